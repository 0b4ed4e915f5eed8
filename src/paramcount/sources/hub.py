"""Handles of TensorFlow Hub and Kaggle Models: what they mean, and where they are fetched.

Nothing here connects to anything.
"""

from __future__ import annotations

import os

from paramcount.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple

TFHUB, KAGGLE, URL = "tfhub", "kaggle", "url"
"""Kinds of handles: of TensorFlow Hub, of Kaggle Models, and the address of an archive elsewhere."""

TFHUB_HOST, KAGGLE_HOST = "tfhub.dev", "www.kaggle.com"
COMPRESSED = "tf-hub-format=compressed"
"""What asks TensorFlow Hub for an archive in place of a page."""

FRAMEWORKS = frozenset(
    "tensorflow1 tensorflow2 tflite tfjs pytorch jax flax pax maxtext gemmacpp ggml gguf coral scikitlearn mxnet onnx"
    " keras transformers api other tensorrtllm triton vllm".split()
)
"""What Kaggle calls the frameworks of its models, in small letters."""

PARTS_LIMIT, PART_LIMIT = 12, 200
"""The most parts of a handle, and the longest of them."""

FILE_ENDINGS = (
    ".keras", ".h5", ".hdf5", ".json", ".pb", ".pbtxt", ".tflite", ".onnx", ".py", ".zip", ".tar", ".tgz", ".gz",
    ".npz", ".pt", ".pth", ".bin", ".gguf", ".safetensors",
)  # fmt: skip
"""Endings by which something is the name of a file, however many parts it has."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class Handle(NamedTuple):
    """A handle, taken apart."""

    kind: str
    typed: str
    """As the user wrote it."""
    parts: tuple[str, ...] = ()
    """Of TensorFlow Hub: publisher, names, version.  Of Kaggle: owner, model, framework, variation."""
    version: str = ""
    """Of Kaggle: the number of the version; empty for the newest."""


def is_handle(text: str) -> bool:
    """Whether something that is not on disk may be a handle or an address.

    A handle without an address, such as ``google/nnlm-en-dim128/2``, might as well be a path in which something is
    misspelled; it is taken for one where its first part lies on disk.
    """
    if is_address(text):
        return True
    return _bare(text) is not None and not os.path.lexists(text.partition("/")[0])


def parse(text: str) -> Handle:
    """The handle in ``text``, for which ``is_handle`` holds.

    Raises:
        UsageError: when the address is that of a page, or the handle is not complete.
    """
    if not is_address(text):
        found = _bare(text)
        if found is None:
            raise UsageError("This is no handle of TensorFlow Hub or Kaggle Models", where=text)
        return found
    host, _, path = text.partition("://")[2].partition("/")
    parts = [part for part in path.partition("#")[0].partition("?")[0].split("/") if part]
    if host.lower() == TFHUB_HOST and len(parts) > 1:
        return Handle(TFHUB, text, tuple(parts))
    if host.lower() in (KAGGLE_HOST, "kaggle.com") and "models" in parts[:3]:
        return _kaggle(text, _of_page(parts[parts.index("models") + 1 :]))
    return Handle(URL, text)


def is_address(text: str) -> bool:
    """Whether ``text`` is a whole address, as a browser takes it."""
    return text[:8].lower().startswith(("http://", "https://"))


def _bare(text: str) -> Handle | None:
    """A handle that is no address; None when it has not the form of one."""
    kaggle = text.startswith("kaggle://")
    parts = (text[len("kaggle://") :] if kaggle else text).rstrip("/").split("/")
    host = parts[0].lower()
    if host in (TFHUB_HOST, KAGGLE_HOST, "kaggle.com"):
        kaggle = host != TFHUB_HOST
        if kaggle and parts[1:2] != ["models"]:
            return None
        parts = _of_page(parts[2:]) if kaggle else parts[1:]
    if not all(_is_part(part) for part in parts) or not 3 <= len(parts) <= PARTS_LIMIT:
        return None
    if kaggle or (len(parts) in (4, 5) and parts[2].lower() in FRAMEWORKS and not text.lower().endswith(FILE_ENDINGS)):
        return _kaggle(text, parts) if len(parts) in (4, 5) else None
    return Handle(TFHUB, text, tuple(parts)) if is_version(parts[-1]) else None


def _kaggle(text: str, parts: list[str]) -> Handle:
    """A handle of Kaggle Models: ``OWNER/MODEL/FRAMEWORK/VARIATION`` or the same with ``/VERSION``."""
    if len(parts) not in (4, 5) or not all(map(_is_part, parts)) or (len(parts) == 5 and not is_version(parts[4])):
        raise UsageError(
            "This names no variation of a model", where=text, expected="OWNER/MODEL/FRAMEWORK/VARIATION/VERSION",
            advice="Choose the variation on the page of the model, and name that.",
        )  # fmt: skip
    return Handle(KAGGLE, text, tuple(parts[:4]), parts[4].lstrip("0") if len(parts) == 5 else "")


def _of_page(parts: list[str]) -> list[str]:
    """The parts of a handle in the address of a page: ``frameworks/F/variations/V/versions/N`` is the older form."""
    if parts[2:3] == ["frameworks"] and parts[4:5] == ["variations"]:
        version = parts[7:8] if parts[6:7] == ["versions"] else []
        return [*parts[:2], parts[3], *parts[5:6], *version]
    # Addresses of downloads, and of pages that show a tab, go on behind the version.
    return parts[:5] if len(parts) > 5 and is_version(parts[4]) else parts


def _is_part(part: str) -> bool:
    return 0 < len(part) <= PART_LIMIT and part[0] != "." and not set(part) - _LETTERS


def is_version(part: str) -> bool:
    """Whether a part of a handle is the number of a version."""
    return part.isascii() and part.isdigit() and 0 < len(part) < 8 and part.strip("0") != ""


def _base(variable: str, host: str) -> str:
    """The address under which a hub is reached; a mirror or a test names another one."""
    return (os.environ.get(variable) or f"https://{host}").rstrip("/")


def address(handle: Handle, version: str = "") -> str:
    """Where the archive of a model is fetched; of Kaggle, ``version`` where the handle has none."""
    if handle.kind == TFHUB:
        return f"{_base('PARAMCOUNT_TFHUB_URL', TFHUB_HOST)}/{'/'.join(handle.parts)}?{COMPRESSED}"
    if handle.kind == KAGGLE:
        return f"{_kaggle_api(handle)}/{handle.version or version}/download"
    return handle.typed.partition("#")[0]


def version_address(handle: Handle) -> str:
    """Where Kaggle says which version of a variation is the newest."""
    return f"{_kaggle_api(handle)}/get"


def _kaggle_api(handle: Handle) -> str:
    return f"{_base('PARAMCOUNT_KAGGLE_URL', KAGGLE_HOST)}/api/v1/models/{'/'.join(handle.parts)}"
