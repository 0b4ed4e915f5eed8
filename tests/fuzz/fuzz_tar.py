"""Fuzz entry of the tar and gzip readers: ``python tests/fuzz/fuzz_tar.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.
"""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from archives import linked, model_files, tarred
from paramcount.containers.archive import WANTED, TarFolder, open_archive
from paramcount.containers.tar import FILE, Tar, is_header
from paramcount.errors import ParamcountError
from paramcount.sources.bytesource import MemoryBytes
from paramcount.sources.stream import FileStream, drop


def one_input(data: bytes) -> None:
    """Read ``data`` as an archive, as a model in one, and compressed; its sums are put right, so that it is read on."""
    errors = [attempt(action, data) for action in (members, folder)]
    repaired = with_sums(data)
    errors += [attempt(action, repaired) for action in (members, folder)]
    # Bytes that nobody changed after they were compressed say more about what is inside.
    errors.append(attempt(folder, gzip.compress(repaired, 1)))
    for error in filter(None, errors):
        raise error


def attempt(action: object, data: bytes) -> ParamcountError | None:
    """The error with which ``action`` fails; None when it does not."""
    try:
        action(data)  # type: ignore[operator]
    except ParamcountError as error:
        return error
    return None


def members(data: bytes) -> None:
    """Every member, read to its end; together they are no larger than the archive."""
    tar, total = Tar(FileStream(MemoryBytes(data, "fuzzed"))), 0
    while (entry := tar.next()) is not None:
        assert entry.size >= 0
        if entry.kind == FILE:
            read = drop(tar, entry.size)
            assert read == entry.size
            total += read
    assert total <= len(data)


def folder(data: bytes) -> None:
    """The model in the archive, and every file of it that may be there."""
    found = open_archive(MemoryBytes(data, "fuzzed"), "fuzzed")
    found.names()
    for name in (*WANTED, "variables/variables.data-00000-of-00001", "assets/words"):
        source = found.open(name)
        if source is not None:
            assert len(source.read(0, source.size)) == source.size
    if isinstance(found, TarFolder):
        assert found.bytes_read <= found.size + 1


def with_sums(data: bytes) -> bytes:
    """``data`` with the sum of each block that looks like a header put right."""
    made = bytearray(data)
    for at in range(0, len(made) - 511, 512):
        block = made[at : at + 512]
        if block[257:262] == b"ustar" and not is_header(bytes(block)):
            made[at + 148 : at + 156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(made)


def seeds() -> list[bytes]:
    """Small archives: of each form, with long names, links, sparse members, plain and compressed."""
    files = model_files(b"data" * 200, **{"assets/words": b"a b c", "x" * 120: b"long", "keras_metadata.pb": b"m"})
    made = [
        tarred(files, prefix, form)
        for prefix in ("./", "model/1/")
        for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    ]
    short = {name: data for name, data in files.items() if len(name) < 100}
    made.append(tarred(short, "", tarfile.USTAR_FORMAT))
    made.append(linked("./saved_model.pb", "../" * 60 + "etc/passwd", files=model_files()))
    made.append(_odd() + made[0])
    return [*[data.rstrip(b"\0") + bytes(1024) for data in made], *[gzip.compress(data, 6, mtime=0) for data in made]]


def _odd() -> bytes:
    """Members that are no files: a device, a sparse one, one with a size in binary, one with records for all."""
    made = io.BytesIO()
    for kind, size in ((tarfile.CHRTYPE, 0), (b"S", 512), (b"V", 512), (b"g", 512)):
        entry = tarfile.TarInfo("odd")
        entry.type, entry.size = kind, size
        made.write(entry.tobuf(tarfile.GNU_FORMAT))
        made.write((b"20 comment=some tex\n" if kind == b"g" else b"").ljust(size, b"\0"))
    entry = tarfile.TarInfo("binary")
    entry.size = 512
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\x80" + (512).to_bytes(11, "big")
    return made.getvalue() + with_sums(bytes(header)) + bytes(512)


if __name__ == "__main__":
    from mutate import run

    run(one_input, seeds(), __doc__)
