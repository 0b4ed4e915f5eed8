"""Archives that lie: each has one defect and leads to an error that names it."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
import zlib
from struct import pack, pack_into

import pytest

from fuzz.fuzz_zip import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.containers.zip import open_zip
from paramcount.errors import (
    CorruptFile,
    LimitExceeded,
    NotAModel,
    ParamcountError,
    TruncatedFile,
    UnsafeFile,
    UnsupportedFormat,
)
from paramcount.sources.bytesource import MemoryBytes

TEXT = b'{"class_name": "Sequential"}' * 30


def archive(method: int = zipfile.ZIP_STORED, **members: bytes) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in (members or {"config.json": TEXT, "other": b"abc"}).items():
            target.writestr(name, data)
    return bytearray(buffer.getvalue())


def refused(error: type[ParamcountError], words: str, data: bytes | bytearray) -> None:
    """Opening ``data`` and reading its members raises exactly this error, naming the file."""
    with pytest.raises(error, match=words) as caught:
        read_all(bytes(data))
    assert type(caught.value) is error
    assert "hostile.keras" in str(caught.value)


def read_all(data: bytes) -> None:
    opened = open_zip(MemoryBytes(data, "hostile.keras"))
    for name in opened.names():
        member = opened.member(name)
        member.read(0, member.size)


def local(data: bytearray, number: int = 0) -> int:
    """Where the local header of a member is."""
    return nth(data, b"PK\3\4", number)


def central(data: bytearray, number: int = 0) -> int:
    """Where the directory entry of a member is."""
    return nth(data, b"PK\1\2", number)


def nth(data: bytearray, signature: bytes, number: int) -> int:
    at = data.index(signature)
    for _ in range(number):
        at = data.index(signature, at + 1)
    return at


def end(data: bytearray) -> int:
    return data.rindex(b"PK\5\6")


def test_the_archives_here_are_sound():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        read_all(bytes(archive(method)))


def test_other_bytes_are_no_archive():
    refused(NotAModel, "not a zip archive", b"\x89HDF\r\n\x1a\n" + bytes(100))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4"])
def test_a_few_bytes_are_no_archive(data):
    refused(NotAModel, "not a zip archive", data)


class TestDirectory:
    def test_an_end_that_is_missing_is_named(self):
        data = archive()
        refused(TruncatedFile, "end of the zip archive is missing", data[: end(data)])

    def test_bytes_after_the_end_are_refused(self):
        refused(TruncatedFile, "end of the zip archive is missing", archive() + b"more")

    @pytest.mark.parametrize(("field", "value"), [(12, 1), (12, 0xFFFFFF), (16, 0), (16, 0x7FFFFFFF)])
    def test_a_directory_elsewhere_than_it_says_is_refused(self, field, value):
        data = archive()
        pack_into("<I", data, end(data) + field, value)
        refused(CorruptFile, "does not end where the end record begins", data)

    def test_bytes_before_the_archive_are_refused_for_they_move_every_member(self):
        inner = archive()
        refused(CorruptFile, "does not end where", archive()[: len(archive()) - 22] + inner)

    def test_more_entries_than_the_directory_has_are_refused(self):
        data = archive()
        pack_into("<H", data, end(data) + 10, 3)
        refused(CorruptFile, "directory", data)

    def test_fewer_entries_than_the_directory_has_are_refused(self):
        data = archive()
        pack_into("<H", data, end(data) + 10, 1)
        refused(CorruptFile, "has not the size it says", data)

    def test_several_disks_are_named(self):
        data = archive()
        pack_into("<H", data, end(data) + 4, 1)
        refused(UnsupportedFormat, "split over several files", data)
        data = archive()
        pack_into("<H", data, central(data) + 34, 1)
        refused(UnsupportedFormat, "split over several files", data)

    def test_an_absurd_number_of_members_is_refused_at_once(self):
        body = b"PK\3\4" + bytes(96)
        wide = pack("<4sQ4xIIQQQQ", b"PK\6\6", 44, 0, 0, 1 << 60, 1 << 60, 0, 100)
        where = pack("<4sIQI", b"PK\6\7", 0, 100, 1)
        last = pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0, 100, 0)
        refused(LimitExceeded, "too many members", body + wide + where + last)

    def test_a_zip64_locator_that_leads_nowhere_is_refused(self):
        data = archive()
        pack_into("<I", data, end(data) + 16, 0xFFFFFFFF)
        refused(CorruptFile, "zip64 locator is missing", data)
        where = pack("<4sIQI", b"PK\6\7", 0, 0, 1)
        refused(CorruptFile, "zip64 end record is missing", data[: end(data)] + where + data[end(data) :])
        where = pack("<4sIQI", b"PK\6\7", 0, 1 << 62, 1)
        refused(TruncatedFile, "beyond the end", data[: end(data)] + where + data[end(data) :])

    def test_two_members_of_one_name_are_refused(self):
        """Readers disagree on which of the two counts."""
        data = archive(aaaaa=b"1", bbbbb=b"2")
        refused(CorruptFile, "same name", data.replace(b"bbbbb", b"aaaaa"))

    def test_a_name_with_a_nul_is_refused(self):
        """Some readers stop at the NUL, and so see another name."""
        refused(CorruptFile, "with a NUL", archive(aaaaa=b"1").replace(b"aaaaa", b"aa\0aa"))

    def test_a_member_that_needs_zip64_and_has_none_is_refused(self):
        data = archive()
        pack_into("<I", data, central(data) + 24, 0xFFFFFFFF)
        refused(CorruptFile, "no zip64 field", data)

    def test_members_that_overlap_are_refused(self):
        """The bytes of one member inside another are how an archive comes to inflate without end."""
        data = archive()
        pack_into("<I", data, central(data, 1) + 42, 10)
        refused(CorruptFile, "overlaps", data)

    def test_a_member_that_reaches_into_the_directory_is_refused(self):
        data = archive()
        for at in (central(data, 1) + 20, central(data, 1) + 24):
            pack_into("<I", data, at, 4000)
        refused(CorruptFile, "overlaps", data)


class TestMember:
    @pytest.mark.parametrize("at", [0, 26, 30])
    def test_a_local_header_that_contradicts_the_directory_is_refused(self, at):
        data = archive()
        data[local(data, 1) + at] ^= 1
        refused(CorruptFile, "no local header|contradicts the directory", data)

    @pytest.mark.parametrize("at", [18, 22])
    def test_local_sizes_that_contradict_the_directory_are_refused(self, at):
        data = archive()
        pack_into("<I", data, local(data) + at, 5)
        refused(CorruptFile, "contradicts the directory", data)

    def test_a_long_extra_field_does_not_move_a_member_into_the_directory(self):
        data = archive()
        pack_into("<H", data, local(data, 1) + 28, 60_000)
        refused(CorruptFile, "reaches into the directory", data)

    def test_a_stored_member_with_two_sizes_is_refused(self):
        data = archive()
        for at in (local(data) + 22, central(data) + 24):
            pack_into("<I", data, at, 5)
        refused(CorruptFile, "has two sizes", data)

    def test_an_encrypted_member_is_named(self):
        data = archive()
        data[local(data) + 6] |= 1
        refused(UnsupportedFormat, "encrypted", data)

    def test_another_method_is_named(self):
        data = archive()
        for at in (local(data) + 8, central(data) + 10):
            pack_into("<H", data, at, 14)
        refused(UnsupportedFormat, "method 14", data)


class TestDeflate:
    def test_a_bomb_is_refused_before_it_is_inflated(self):
        """Three hundred megabytes of one byte take 300 KB."""
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = b"".join(stream.compress(bytes(1 << 20)) for _ in range(300)) + stream.flush()
        data = archive(zipfile.ZIP_DEFLATED, bomb=b"x")
        made = data[local(data) : local(data) + 34]
        pack_into("<II", made, 18, len(packed), 300 << 20)
        entry = data[central(data) : end(data)]
        pack_into("<II", entry, 20, len(packed), 300 << 20)
        last = data[end(data) :]
        pack_into("<I", last, 16, len(made) + len(packed))
        tracemalloc.start()
        refused(UnsafeFile, "far more than it takes", made + packed + entry + last)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
        tracemalloc.stop()

    def test_a_bomb_that_declares_a_small_size_stays_small(self):
        data = archive(zipfile.ZIP_DEFLATED, bomb=bytes(50 << 20))
        for at in (local(data) + 22, central(data) + 24):
            pack_into("<I", data, at, 1000)
        tracemalloc.start()
        refused(CorruptFile, "more than the directory says", data)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
        tracemalloc.stop()

    def test_a_stream_that_ends_early_is_refused(self):
        data = archive(zipfile.ZIP_DEFLATED, x=TEXT)
        for at in (local(data) + 22, central(data) + 24):
            pack_into("<I", data, at, len(TEXT) + 1)
        refused(CorruptFile, "less than the directory says", data)

    def test_a_stream_that_is_none_is_refused(self):
        data = archive(zipfile.ZIP_DEFLATED, x=TEXT)
        data[local(data) + 31 : central(data)] = b"\xff" * (central(data) - local(data) - 31)
        refused(CorruptFile, "not a valid deflate stream", data)

    def test_a_stream_without_an_end_is_refused(self):
        body = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = body.compress(TEXT) + body.flush(zlib.Z_SYNC_FLUSH)
        data = archive(x=packed)
        for at, value in ((8, 8), (22, len(TEXT))):
            pack_into("<H", data, local(data) + at, value)
            pack_into("<H", data, central(data) + at + 2, value)
        refused(CorruptFile, "has no end", data)


def test_an_archive_cut_at_any_byte_is_an_error():
    for whole in seeds()[:4]:
        for size in range(len(whole)):
            with pytest.raises((TruncatedFile, NotAModel)):
                one_input(whole[:size])


def test_twenty_thousand_mutations_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_zip.py`` does the same for as long as one likes."""
    started = time.process_time()
    outcomes = {outcome(one_input, data) for data in mutated(seeds(), 20_000, seed=7)}
    assert {"read", "corrupt-file", "truncated-file"} <= outcomes
    assert time.process_time() - started < 60
