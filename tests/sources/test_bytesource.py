"""Random access to bytes: exact ranges, nothing beyond the end, and an honest count of what was fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paramcount
from paramcount.errors import EmptyFile, LimitExceeded, SourceMissing, SourceUnreadable, TruncatedFile
from paramcount.sources import bytesource
from paramcount.sources.bytesource import BLOCK, LocalFile, MemoryBytes, Window

DATA = bytes(range(256)) * 200
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    return str(tmp_path / "file")


@given(st.lists(st.tuples(st.integers(0, len(DATA)), st.integers(0, 3 * BLOCK)), max_size=12))
def test_every_range_inside_the_file_is_exact(tmp_path_factory, ranges):
    file = tmp_path_factory.getbasetemp() / "ranges"
    file.write_bytes(DATA)
    with LocalFile(str(file)) as source:
        for offset, size in ranges:
            if offset + size <= len(DATA):
                assert DATA[offset : offset + size] == source.read(offset, size)
        assert source.bytes_read <= len(DATA)


@pytest.mark.parametrize(("offset", "size"), [(0, len(DATA) + 1), (len(DATA), 1), (-1, 2), (5, -1), (2**70, 1)])
def test_a_range_beyond_the_end_is_an_error(path, offset, size):
    with LocalFile(path) as file:
        for source in (file, Window(file, 0, len(DATA), "part"), MemoryBytes(DATA, "memory")):
            with pytest.raises(TruncatedFile):
                source.read(offset, size)


def test_a_block_is_fetched_once(path):
    with LocalFile(path) as source:
        source.read(0, 10)
        source.read(5, 10)

        assert BLOCK == source.bytes_read


def test_a_full_cache_starts_anew(path, monkeypatch):
    monkeypatch.setattr(bytesource, "CACHE_LIMIT", 2 * BLOCK)
    with LocalFile(path) as source:
        for offset in range(0, 8 * BLOCK, BLOCK):
            assert DATA[offset : offset + 4] == source.read(offset, 4)
        assert len(source._blocks) <= 4


def test_a_read_that_is_too_large_is_refused(path, monkeypatch):
    monkeypatch.setattr(bytesource, "READ_LIMIT", 1000)
    with LocalFile(path) as source, pytest.raises(LimitExceeded):
        source.read(0, 1001)


def test_a_file_that_shrinks_while_it_is_read_is_an_error(path):
    with LocalFile(path) as source:
        Path(path).write_bytes(DATA[:100])
        with pytest.raises(TruncatedFile, match="became shorter"):
            source.read(BLOCK, 10)


def test_short_reads_are_completed(path, monkeypatch):
    pread = bytesource.PREAD
    monkeypatch.setattr(bytesource, "PREAD", lambda fd, size, offset: pread(fd, min(size, 100), offset))
    with LocalFile(path) as source:
        assert DATA[:5000] == source.read(0, 5000)


def test_a_system_without_pread_reads_the_same(path, monkeypatch):
    monkeypatch.setattr(bytesource, "PREAD", bytesource._seek_and_read)
    with LocalFile(path) as source:
        assert DATA[777:9999] == source.read(777, 9999 - 777)


def test_a_window_has_offsets_of_its_own(path):
    with LocalFile(path) as file:
        window = Window(file, 1000, 50, "part")

        assert DATA[1010:1020] == window.read(10, 10)
        assert window.bytes_read == file.bytes_read


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda folder: folder / "gone", SourceMissing),
        (lambda folder: folder, SourceUnreadable),
        (lambda folder: (folder / "empty").touch() or folder / "empty", EmptyFile),
    ],
)
def test_what_is_no_readable_file_is_named(tmp_path, make, error):
    with pytest.raises(error):
        LocalFile(str(make(tmp_path)))


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts what a process reads")
@pytest.mark.parametrize("name", ["conv_pool.keras", "two_dense.h5"])
def test_bytes_read_are_those_that_the_system_counts(name):
    paramcount.count(EXAMPLES / name)

    before = read_by_this_process()
    noise = read_by_this_process() - before
    report = paramcount.count(EXAMPLES / name)

    assert report.source.bytes_read == read_by_this_process() - before - 2 * noise


def read_by_this_process() -> int:
    line = Path("/proc/self/io").read_text(encoding="ascii").splitlines()[0]
    return int(line.removeprefix("rchar: "))
