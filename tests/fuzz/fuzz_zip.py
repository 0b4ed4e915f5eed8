"""Fuzz entry of the zip reader: ``python tests/fuzz/fuzz_zip.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.
"""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramcount.containers.inflate import Inflating
from paramcount.containers.zip import Archive, open_zip
from paramcount.errors import ParamcountError
from paramcount.sources.bytesource import MemoryBytes, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.sources.bytesource import ByteSource

MEMBER_BYTES = 1 << 22


def one_input(data: bytes) -> None:
    """Read every member that ``data`` holds, from back to front, going on after an error."""
    archive = open_zip(MemoryBytes(data, "fuzzed"))
    # The source with random access is made for large members; small ones must not break it either.
    stream = Inflating(Window(MemoryBytes(data, "fuzzed"), 0, len(data), "stream"), 5000)
    attempt(read_backwards, stream)
    errors = [attempt(read_member, archive, name) for name in archive.names()]
    for error in filter(None, errors):
        raise error


def attempt(action: Callable[..., None], *arguments: Any) -> ParamcountError | None:
    """The error with which ``action`` fails; None when it does not."""
    try:
        action(*arguments)
    except ParamcountError as error:
        return error
    return None


def read_member(archive: Archive, name: str) -> None:
    """One member, which has the size that the directory says."""
    source = archive.member(name)
    assert source is not None
    assert source.size == archive.size_of(name)
    read_backwards(source)


def read_backwards(source: ByteSource) -> None:
    """At most ``MEMBER_BYTES`` from the start of ``source``, the last of them first."""
    for at in range(max(0, min(source.size, MEMBER_BYTES) - 1000), -1, -1000):
        size = min(1000, source.size - at)
        assert len(source.read(at, size)) == size


def seeds() -> list[bytes]:
    """Small archives: stored, deflated, written to a pipe, with zip64 records, with a comment; and bare streams."""
    text = b'{"class_name": "Sequential", "config": {}}' * 40
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for target in (io.BytesIO(), _Pipe()):
            with zipfile.ZipFile(target, "w", method) as archive:
                archive.writestr("config.json", text)
                archive.writestr("metadata.json", b"{}")
                with archive.open("model.weights.h5", "w", force_zip64=True) as member:
                    member.write(bytes(range(256)) * 8)
                archive.comment = b"a comment" if method else b""
            made.append(target.getvalue())
    compress = zlib.compressobj(6, zlib.DEFLATED, -15)
    made.append(compress.compress(text * 3) + compress.flush())
    return made


class _Pipe(io.BytesIO):
    """A target that cannot seek: sizes then follow the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from mutate import run

    run(one_input, seeds(), __doc__)
