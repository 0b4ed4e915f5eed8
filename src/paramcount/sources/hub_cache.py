"""What ``tensorflow_hub`` and ``kagglehub`` keep on this machine of the models that they have fetched.

Their caches are read as they write them, and never changed: https://www.tensorflow.org/hub/caching and
https://github.com/Kaggle/kagglehub.
"""

from __future__ import annotations

import os

from paramcount.errors import UsageError
from paramcount.sources.hub import (
    COMPRESSED,
    KAGGLE,
    KAGGLE_HOST,
    TFHUB,
    TFHUB_HOST,
    URL,
    is_address,
    is_version,
    parse,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.sources.hub import Handle

DESCRIPTOR_LIMIT, DESCRIPTORS_LIMIT = 4096, 10_000
"""Bytes read of a file that says which handle a folder of the cache is of, and how many such files are read."""


def cached(handle: Handle) -> str | None:
    """The folder in which a cache keeps the model; None when none does."""
    if handle.kind == KAGGLE:
        return _in_kagglehub(handle) or _in_tfhub(handle)
    return _in_tfhub(handle)


def tfhub_cache() -> str:
    """The folder in which ``tensorflow_hub`` keeps what it fetches."""
    named = os.environ.get("TFHUB_CACHE_DIR")
    if named:
        return named
    import tempfile

    return os.path.join(tempfile.gettempdir(), "tfhub_modules")


def _in_tfhub(handle: Handle) -> str | None:
    """The folder of the model in the cache of ``tensorflow_hub``, whose name is the SHA-1 of the handle as typed."""
    cache = tfhub_cache()
    if not os.path.isdir(cache):
        return None
    from hashlib import sha1

    for spelling in spellings(handle):
        name = sha1(spelling.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
        if _is_filled(os.path.join(cache, name)):
            return os.path.join(cache, name)
    return _by_descriptor(handle, cache)


def spellings(handle: Handle) -> Iterator[str]:
    """Addresses that mean the same model: as it was typed, then as others would type it."""
    yield handle.typed
    if handle.kind == URL:
        return
    hosts = (TFHUB_HOST,) if handle.kind == TFHUB else (KAGGLE_HOST, "kaggle.com")
    for path in _paths(handle):
        for scheme in ("https", "http"):
            for host in hosts:
                for end in ("", "/", f"?{COMPRESSED}", f"/?{COMPRESSED}"):
                    yield f"{scheme}://{host}/{path}{end}"


def _paths(handle: Handle) -> Iterator[str]:
    """The path behind the host."""
    if handle.kind == TFHUB:
        yield "/".join(handle.parts)
        return
    owner, model, framework, variation = handle.parts
    for spelled in dict.fromkeys(
        (framework, framework[:1].lower() + framework[1:], framework[:1].upper() + framework[1:])
    ):
        plain = f"models/{owner}/{model}/{spelled}/{variation}"
        old = f"models/{owner}/{model}/frameworks/{spelled}/variations/{variation}"
        yield f"{plain}/{handle.version}" if handle.version else plain
        yield f"{old}/versions/{handle.version}" if handle.version else old


def _by_descriptor(handle: Handle, cache: str) -> str | None:
    """The folder whose descriptor names the model in yet another spelling."""
    read = 0
    try:
        with os.scandir(cache) as entries:
            for entry in entries:
                if not entry.name.endswith(".descriptor.txt") or not entry.is_file():
                    continue
                folder = entry.path[: -len(".descriptor.txt")]
                if _same(handle, _described(entry.path)) and _is_filled(folder):
                    return folder
                read += 1
                if read >= DESCRIPTORS_LIMIT:
                    break
    except OSError:
        return None
    return None


def _described(path: str) -> str:
    """The handle that a descriptor names: its first line is ``Module: HANDLE``."""
    try:
        with open(path, "rb") as file:
            line = file.read(DESCRIPTOR_LIMIT).partition(b"\n")[0]
    except OSError:
        return ""
    return line.partition(b"Module: ")[2].strip().decode("utf-8", "replace")


def _same(handle: Handle, text: str) -> bool:
    """Whether ``text`` means the same model."""
    if not is_address(text):
        return text == handle.typed
    try:
        other = parse(text)
    except UsageError:
        return False
    if handle.kind == URL:
        return other.kind == URL and other.typed == handle.typed
    return (other.kind, other.version, [part.lower() for part in other.parts]) == (
        handle.kind,
        handle.version,
        [part.lower() for part in handle.parts],
    )


def _is_filled(folder: str) -> bool:
    """Whether a folder is there and not empty, which is all that ``tensorflow_hub`` asks of its cache."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def kagglehub_cache() -> str:
    """The folder in which ``kagglehub`` keeps the models that it fetches."""
    home = os.environ.get("KAGGLEHUB_CACHE") or os.path.join(os.path.expanduser("~"), ".cache", "kagglehub")
    return os.path.join(home, "models")


def _in_kagglehub(handle: Handle) -> str | None:
    """The folder of the model in the cache of ``kagglehub``: of the version that is meant, or the newest one there."""
    folder = kagglehub_cache()
    for part in handle.parts:
        # Kaggle does not tell capital letters apart, and the cache has them as they were typed.
        names = {name.lower(): name for name in sorted(_names(folder), reverse=True)}
        if part.lower() not in names:
            return None
        folder = os.path.join(folder, part if os.path.isdir(os.path.join(folder, part)) else names[part.lower()])
    there = set(_names(folder))
    # While a model is being fetched its folder exists; the marker beside it is written at the end.
    versions = [name for name in there if is_version(name) and f"{name}.complete" in there]
    if handle.version:
        return os.path.join(folder, handle.version) if handle.version in versions else None
    return os.path.join(folder, max(versions, key=int)) if versions else None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
