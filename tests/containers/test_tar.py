"""What tarfile writes is read as tarfile reads it, in order, in constant memory."""

from __future__ import annotations

import io
import tarfile
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archives import linked, tarred
from paramcount.containers.tar import Tar, is_header
from paramcount.errors import TruncatedFile
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from paramcount.sources.stream import FileStream, take

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=("Cs",)), min_size=1, max_size=150)


def opened(data: bytes) -> Tar:
    return Tar(FileStream(MemoryBytes(data, "test.tar")))


def everything(data: bytes) -> dict[str, bytes]:
    """Every file of an archive with its bytes."""
    tar, found = opened(data), {}
    while (entry := tar.next()) is not None:
        if entry.kind == "file":
            found[entry.name] = take(tar, entry.size)
    return found


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=6), st.sampled_from(FORMATS[1:]))
def test_every_file_is_read_with_its_name_and_its_bytes(files, form):
    assert everything(tarred(files, "", form)) == files


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("length", [1, 99, 100, 101, 155, 200])
def test_names_of_any_length_are_whole(form, length):
    name = "folder/" * 12 + "x" * length if form != tarfile.USTAR_FORMAT else "folder/" * 12 + "x" * min(length, 100)

    assert everything(tarred({name: b"data"}, "", form)) == {name: b"data"}


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_not_read_is_passed_over(form):
    tar = opened(tarred({"a": b"x" * 1000, "b": b"y" * 513, "c": b"z"}, "", form))

    assert [(entry.name, entry.size) for entry in iter(tar.next, None)] == [("a", 1000), ("b", 513), ("c", 1)]


def test_a_member_that_is_read_in_part_is_passed_over_to_its_end():
    tar = opened(tarred({"a": b"x" * 1000, "b": b"yy"}, ""))
    tar.next()

    assert tar.read(10) == b"x" * 10
    assert tar.next().name == "b"
    assert tar.read(10) == b"yy"
    assert tar.read(10) == b""
    assert tar.next() is None
    assert tar.next() is None


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["other", "../../etc/passwd", "x" * 300])
def test_a_link_says_where_it_leads(kind, target):
    entry = opened(linked("link", target, kind)).next()

    assert (entry.name, entry.kind, entry.size, entry.target) == ("link", "link", 0, target)


def test_a_size_beyond_octal_digits_is_read():
    entry = tarfile.TarInfo("large")
    entry.size = 9 << 40
    header = entry.tobuf(tarfile.GNU_FORMAT)
    pax = entry.tobuf(tarfile.PAX_FORMAT)

    assert opened(header).next().size == 9 << 40
    assert opened(pax).next().size == 9 << 40


def test_a_folder_of_an_old_archive_is_known_by_its_slash():
    entry = tarfile.TarInfo("folder/")
    entry.type = tarfile.AREGTYPE
    header = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
    header[257:265] = bytes(8)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))

    assert opened(bytes(header)).next().kind == "folder"


def test_other_kinds_are_listed_and_passed_over():
    kinds = [tarfile.CHRTYPE, tarfile.FIFOTYPE, b"V", b"?"]
    parts = []
    for kind in kinds:
        entry = tarfile.TarInfo("odd")
        entry.type = kind
        parts.append(entry.tobuf(tarfile.USTAR_FORMAT))
    tar = opened(b"".join(parts) + tarred({"file": b"1"}, ""))

    assert [entry.kind for entry in iter(tar.next, None)] == ["other"] * 4 + ["file"]


def test_a_sparse_member_of_gnu_tar_is_passed_over_with_its_maps():
    entry = tarfile.TarInfo("sparse")
    entry.type, entry.size = b"S", 700
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[482] = 1
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))
    more, last = bytearray(512), bytearray(512)
    more[504] = 1
    data = bytes(header + more + last) + b"x" * 700 + bytes(324) + tarred({"file": b"1"}, "")

    assert [(entry.kind, entry.size) for entry in iter(opened(data).next, None)] == [("other", 700), ("file", 1)]


def test_a_sparse_member_of_pax_is_no_file():
    entry = tarfile.TarInfo("sparse")
    entry.size, entry.pax_headers = 2, {"GNU.sparse.major": "1", "GNU.sparse.name": "real"}
    data = entry.tobuf(tarfile.PAX_FORMAT) + b"12" + bytes(510)

    assert opened(data).next().kind == "other"


def test_a_comment_for_all_members_changes_none():
    entry = tarfile.TarInfo("pax_global_header")
    record = b"20 comment=some text"[:19] + b"\n"
    entry.type, entry.size = b"g", len(record)
    data = entry.tobuf(tarfile.USTAR_FORMAT) + record + bytes(512 - len(record)) + tarred({"file": b"1"}, "")

    assert everything(data) == {"file": b"1"}


def test_sums_of_signed_bytes_are_accepted():
    header = bytearray(tarfile.TarInfo("n\u00e4me").tobuf(tarfile.GNU_FORMAT))
    assert is_header(bytes(header))
    signed = sum(byte - 256 if byte > 127 else byte for byte in header[:148] + header[156:]) + 256
    header[148:156] = b"%06o\0 " % signed

    assert is_header(bytes(header))


def test_an_archive_may_simply_end():
    data = tarred({"a": b"x" * 512}, "")

    assert everything(data[:1024]) == {"a": b"x" * 512}


@pytest.mark.parametrize("size", [512, 600, 1023, 1100, 1536, 1537, 2047])
def test_an_archive_that_ends_inside_a_member_is_cut_off(size):
    data = tarred({"a": b"x" * 512, "b": b"y"}, "")[:size]

    with pytest.raises(TruncatedFile, match="cut off"):
        everything(data)


def test_large_members_take_no_memory(tmp_path):
    path = tmp_path / "large.tar"
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("data")
        entry.size = 64 << 20
        archive.addfile(entry, io.BytesIO(bytes(64 << 20)))
        archive.addfile(tarfile.TarInfo("last"))
    tracemalloc.start()
    with LocalFile(str(path)) as source:
        tar = Tar(FileStream(source))
        names = [entry.name for entry in iter(tar.next, None)]
        read = source.bytes_read
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert names == ["data", "last"]
    assert peak < 1 << 20
    assert read < 1 << 16
