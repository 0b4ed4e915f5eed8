"""Tar archives and compressed streams that lie: each has one defect and leads to an error that names it."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import tracemalloc
import zlib

import pytest

from archives import FILES, linked, model_files, tarred, tgz
from fuzz.fuzz_tar import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.containers import tar as tar_reader
from paramcount.containers.archive import open_archive
from paramcount.containers.tar import Tar
from paramcount.errors import (
    CorruptFile,
    LimitExceeded,
    NotAModel,
    ParamcountError,
    TruncatedFile,
    UnsafeFile,
)
from paramcount.sources.bytesource import MemoryBytes
from paramcount.sources.stream import FileStream


def refused(error: type[ParamcountError], words: str, data: bytes | bytearray) -> None:
    """Listing ``data`` raises exactly this error, naming the file."""
    with pytest.raises(error, match=words) as caught:
        listed(bytes(data))
    assert type(caught.value) is error
    assert "hostile.tar" in str(caught.value)


def listed(data: bytes) -> list[str]:
    tar = Tar(FileStream(MemoryBytes(data, "hostile.tar")))
    return [entry.name for entry in iter(tar.next, None)]


def header(name: str = "file", size: int = 0, kind: bytes = b"0", **fields: bytes) -> bytes:
    """One header; ``fields`` are set as they are given, and the sum is right."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, size
    made = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    for field, (start, end) in {"size": (124, 136), "magic": (257, 265), "more": (482, 483)}.items():
        if f"_{field}" in fields:
            made[start:end] = fields[f"_{field}"].ljust(end - start, b"\0")
    made[148:156] = b"%06o\0 " % (sum(made[:148]) + 256 + sum(made[156:]))
    return bytes(made)


def extended(records: bytes, kind: bytes = b"x") -> bytes:
    return header("pax", len(records), kind) + records + bytes(-len(records) % 512)


END = bytes(1024)


class TestHeaders:
    def test_the_first_block_must_be_a_header(self):
        refused(NotAModel, "not a tar archive", b"x" * 1024)
        refused(NotAModel, "not a tar archive", b"")
        refused(NotAModel, "not a tar archive", b"x" * 100)

    def test_later_blocks_must_be_headers(self):
        refused(CorruptFile, "no header where a member should begin", header() + b"x" * 512)

    def test_a_sum_that_is_wrong_is_refused(self):
        data = bytearray(tarred(FILES))
        data[0] ^= 1
        refused(NotAModel, "not a tar archive", data)

    @pytest.mark.parametrize("size", [b"-1", b"0x10", b"9", b"\xff" * 12, b"1 2", b"\x81"])
    def test_a_size_that_is_no_number_is_refused(self, size):
        refused(CorruptFile, "no number", header(_size=size) + END)

    @pytest.mark.parametrize("size", [b"77777777777", b"\x80" + b"\xff" * 11, b"\x80\0\0\0\x7f" + b"\xff" * 7])
    def test_a_size_beyond_the_file_is_no_allocation(self, size):
        tracemalloc.start()
        refused(TruncatedFile, "cut off", header(_size=size) + END)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()

    def test_a_wanted_file_that_claims_to_be_huge_is_no_allocation(self):
        for size in (b"%o" % (200 << 20), b"77777777777", b"\x80" + b"\xff" * 11):
            data = header("saved_model.pb", _size=size) + bytes(2048)
            tracemalloc.start()
            with pytest.raises((TruncatedFile, LimitExceeded)):
                open_archive(MemoryBytes(data, "x"), "x")
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
            tracemalloc.stop()

    def test_headers_that_extend_one_another_without_end_are_refused(self):
        refused(LimitExceeded, "extend the same member", (header("a", 2, b"L") + b"a\0" + bytes(510)) * 100 + END)

    def test_a_header_that_extends_nothing_is_refused(self):
        refused(TruncatedFile, "only extends others", header("a", 2, b"L") + b"a\0" + bytes(510) + END)

    @pytest.mark.parametrize("kind", [b"L", b"K", b"x", b"g"])
    def test_names_that_claim_to_be_huge_are_refused(self, kind):
        refused(LimitExceeded, "names in the archive are too long", header("a", 1 << 30, kind) + END)
        refused(TruncatedFile, "cut off", header("a", 1 << 20, kind) + END)

    def test_many_long_names_are_refused(self, monkeypatch):
        monkeypatch.setattr(tar_reader, "NAMES_LIMIT", 10_000)
        one = header("a", 3000, b"L") + b"n" * 3000 + bytes(72) + header()
        refused(LimitExceeded, "too long|too many members", one * 4 + END)

    def test_many_members_are_refused(self, monkeypatch):
        monkeypatch.setattr(tar_reader, "MEMBER_LIMIT", 100)
        refused(LimitExceeded, "too many members", header() * 101 + END)

    def test_a_map_of_a_sparse_member_without_end_is_refused(self, monkeypatch):
        monkeypatch.setattr(tar_reader, "MEMBER_LIMIT", 100)
        more = bytearray(512)
        more[504] = 1
        refused(LimitExceeded, "map of a sparse member", header(kind=b"S", _more=b"\1") + bytes(more) * 200)
        refused(TruncatedFile, "cut off", header(kind=b"S", _more=b"\1") + bytes(more) * 10)


class TestRecords:
    @pytest.mark.parametrize(
        "records",
        [
            b"5 a=1\n", b"999 path=x\n", b"-1 path=x\n", b"path=x\n", b" path=x\n", b"9 path=xy", b"6 =ab\n",
            b"8 pathx\n", b"0 a=\n", b"99999999999999999999999 a=b\n", b"\xb2 a=b\n", b"7 a=bc\n7 a=", b"3 \n",
        ],
    )  # fmt: skip
    def test_records_that_are_broken_are_refused(self, records):
        refused(CorruptFile, "extended header is broken", extended(records) + header() + END)

    @pytest.mark.parametrize("rest", [b"no length here", b" a=b\n", b"0 a=b\n", b"x" * 100, b"6"])
    def test_records_that_break_off_behind_a_good_one_are_refused(self, rest):
        """Fuzzing found that what has no length once was read for ever."""
        refused(CorruptFile, "extended header is broken", extended(b"6 a=b\n" + rest) + header() + END)

    @pytest.mark.parametrize("size", ["-1", "1e3", "", "9" * 25, "\u0663"])
    def test_a_size_that_is_no_number_is_refused(self, size):
        record = f"size={size}\n".encode()
        record = b"%d %s" % (len(record) + 3, record) if len(record) > 6 else b"9 " + record
        if len(record) != int(record.split(b" ")[0]):
            record = b"%d %s" % (len(record), record.partition(b" ")[2])
        refused(CorruptFile, "no number", extended(record) + header() + END)

    def test_a_size_beyond_the_file_is_cut_off(self):
        refused(
            TruncatedFile, "cut off", extended(b"21 size=99999999999\n"[:0] + b"20 size=99999999999\n") + header() + END
        )

    @pytest.mark.parametrize("record", [b"10 path=a\n", b"14 linkpath=a\n", b"10 size=1\n", b"21 GNU.sparse.major=1\n"])
    def test_a_name_or_size_for_all_members_is_refused(self, record):
        record = b"%d %s" % (len(record), record.partition(b" ")[2])
        refused(CorruptFile, "of all members", extended(record, b"g") + header() + END)

    def test_a_hundred_thousand_records_take_no_long_time(self):
        records = b"".join(b"12 k%05d=v\n" % number for number in range(87_000))
        before = time.process_time()
        assert listed(extended(records) + header() + END) == ["file"]
        assert time.process_time() - before < 10


class TestLinks:
    @pytest.mark.parametrize("target", ["/etc/passwd", "../../../etc/passwd", "saved_model.pb", "./variables", ""])
    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
    def test_links_are_never_followed(self, kind, target):
        data = linked("variables", target, kind, {"saved_model.pb": b"x", "other/variables.index": b"y"})
        folder = open_archive(MemoryBytes(data, "x"), "x")

        with pytest.raises(UnsafeFile, match="links in an archive are not followed"):
            folder.open("variables/variables.index")

    def test_a_file_behind_a_link_is_not_the_file_of_that_name(self):
        """A program that unpacks would write the second member through the link."""
        data = linked("variables", "/tmp", files={**FILES})  # noqa: S108 - nothing is written
        folder = open_archive(MemoryBytes(data, "x"), "x")

        with pytest.raises(UnsafeFile):
            folder.open("variables/variables.index")

    def test_a_circle_of_links_is_no_circle_for_us(self):
        data = linked("a", "b")[:512] + linked("b", "a")[:512] + tarred(FILES)
        folder = open_archive(MemoryBytes(data, "x"), "x")

        assert folder.open("saved_model.pb") is not None

    def test_twenty_thousand_models_that_are_links_take_no_long_time(self):
        before = time.process_time()
        link = linked("0/saved_model.pb", "x")[:512]
        data = b"".join(header(f"{number}/saved_model.pb", kind=b"2") for number in range(20_000))
        with pytest.raises(ParamcountError, match="several models"):
            open_archive(MemoryBytes(link + data + END, "x"), "x")

        assert time.process_time() - before < 20


class TestBombs:
    def test_zeros_behind_the_model_are_never_unpacked(self):
        bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
        parts = [bomb.compress(tarred({**FILES}, "")[:2560] + header("zeros", 1 << 30))]
        parts += [bomb.compress(bytes(1 << 20)) for _ in range(64)]
        data = b"".join(parts) + bomb.flush()
        tracemalloc.start()
        folder = open_archive(MemoryBytes(data, "x"), "x")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert folder.open("saved_model.pb") is not None
        assert peak < 2 << 20

    def test_zeros_before_the_model_are_refused(self, monkeypatch):
        monkeypatch.setattr("paramcount.containers.gunzip.RATIO_FROM", 8 << 20)
        data = tgz({"zeros": bytes(32 << 20), **FILES})
        tracemalloc.start()
        with pytest.raises(UnsafeFile, match="far more than it takes"):
            open_archive(MemoryBytes(data, "x"), "x")
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
        tracemalloc.stop()

    def test_a_name_that_unpacks_to_a_gigabyte_is_refused(self):
        data = gzip.compress(header("a", 1 << 30, b"L") + b"n" * (4 << 20), 9)
        tracemalloc.start()
        with pytest.raises(LimitExceeded, match="too long"):
            open_archive(MemoryBytes(data, "x"), "x")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()

    def test_an_archive_in_an_archive_is_not_looked_into(self):
        with pytest.raises(NotAModel, match="no SavedModel"):
            open_archive(MemoryBytes(tgz({"inner.tar.gz": tgz(dict(FILES))}), "x"), "x")
        with pytest.raises(NotAModel, match="holds no tar archive"):
            open_archive(MemoryBytes(gzip.compress(tgz(dict(FILES))), "x"), "x")


def test_a_stream_that_is_cut_off_anywhere_ends_in_an_error_or_in_the_model():
    data = tgz(model_files(b"data" * 300))
    for end in range(0, len(data), 7):
        try:
            folder = open_archive(MemoryBytes(data[:end], "x"), "x")
        except ParamcountError:
            continue
        assert folder.open("saved_model.pb") is not None


def test_what_tarfile_extracts_is_what_is_read():
    """Names and bytes of every file are those that the standard library finds, so that nobody reads another archive."""
    for data in seeds():
        with tarfile.open(fileobj=io.BytesIO(data)) as theirs:
            expected = [(one.name, one.size) for one in theirs if one.isfile() and not one.issparse()]
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        tar = Tar(FileStream(MemoryBytes(plain, "x")))
        ours = [(entry.name, entry.size) for entry in iter(tar.next, None) if entry.kind == "file"]
        assert [one for one in ours if one[0] != "odd"] == [one for one in expected if one[0] != "odd"]


def test_changed_archives_end_in_an_error_of_ours():
    outcomes = {outcome(one_input, data) for data in mutated(seeds(), 1000, 7)}

    assert {"read", "corrupt-file", "truncated-file", "not-a-model"} <= outcomes
