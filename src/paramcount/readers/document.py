"""Small helpers that every reader needs: JSON from hostile files, and the versions of the frameworks."""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.quickjson import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.sources.bytesource import ByteSource

JSON_LIMIT = 64 << 20
"""Bytes of the largest config that is read; the largest one known to exist has 3 MB."""


def parse_json(data: bytes | str, where: str) -> Any:
    """The value of a JSON text.

    Raises:
        CorruptFile: when it is not JSON, or not UTF-8.
        LimitExceeded: when it is too large or nested too deeply.
    """
    if len(data) > JSON_LIMIT:
        raise LimitExceeded(
            "A JSON text is too large", where=where, found=f"{len(data)} bytes", expected=f"at most {JSON_LIMIT} bytes"
        )
    try:
        return loads(data)
    except RecursionError as error:
        raise LimitExceeded("A JSON text is nested too deeply", where=where) from error
    except ValueError as error:
        raise CorruptFile(f"This is not valid JSON: {error}", where=where) from error


def read_json(source: ByteSource) -> Any:
    """The JSON value that a whole source holds; see ``parse_json``."""
    if source.size > JSON_LIMIT:
        raise LimitExceeded(
            "A JSON file is too large",
            where=source.name,
            found=f"{source.size} bytes",
            expected=f"at most {JSON_LIMIT} bytes",
        )
    return parse_json(source.read(0, source.size), source.name)


def framework_of(version: str) -> str:
    """The framework that wrote a file, by its version: Keras from 2.4 on to before 3 is TensorFlow's."""
    major, _, rest = version.partition(".")
    if major != "2":
        return "keras" if major else ""
    minor = rest.partition(".")[0]
    return "tf_keras" if version.endswith("-tf") or (minor.isdecimal() and int(minor) >= 4) else "keras"


def asks_every_level(version: str) -> bool:
    """Whether the flags of all levels count, as in Keras 1, Keras 2 and tf_keras; Keras 3 asks otherwise."""
    return version[:2] in ("0.", "1.", "2.")


def _release(version: str) -> tuple[int, int]:
    """Major and minor number of a version; zeros where it has none."""
    parts = version.replace("-", ".").split(".")
    major, minor = (int(part) if part.isdecimal() else 0 for part in [*parts, "0"][:2])
    return major, minor


def marks_shared(version: str) -> bool:
    """Whether whole-model HDF5 files of the writer give shared layers an id: TensorFlow's Keras from 2.5 on."""
    return (2, 5) <= _release(version) < (3, 0)


def names_are_unique(version: str) -> bool:
    """Whether no two tensors have one name: Keras before 2.3, whose names are those of a TensorFlow graph."""
    return (1, 0) <= _release(version) < (2, 3) and not version.endswith("-tf")
