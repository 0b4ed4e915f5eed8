"""Streams give all bytes once and in order, whatever is looked at, skipped or read in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paramcount.sources.bytesource import LocalFile, MemoryBytes
from paramcount.sources.stream import CHUNK, Ahead, FileStream, drop, take

DATA = bytes(range(256)) * 1000


def stream() -> FileStream:
    return FileStream(MemoryBytes(DATA, "data"))


@given(
    st.lists(st.tuples(st.sampled_from(["peek", "read", "skip", "drop", "take"]), st.integers(0, 100_000)), max_size=12)
)
def test_every_byte_comes_once_and_in_order(steps):
    ahead, at = Ahead(stream()), 0
    for step, size in steps:
        rest = DATA[at:]
        if step == "peek":
            assert ahead.peek(size) == rest[:size]
        elif step == "read":
            data = ahead.read(size)
            assert rest.startswith(data)
            assert len(data) <= size
            assert data or not size or not rest
            at += len(data)
        elif step == "take":
            assert take(ahead, size) == rest[:size]
            at += len(rest[:size])
        else:
            passed = ahead.skip(size) if step == "skip" else drop(ahead, size)
            assert passed == min(size, len(rest))
            at += passed
    assert take(ahead, 1 << 40) == DATA[at:]


def test_no_read_is_larger_than_a_chunk():
    assert len(stream().read(1 << 40)) == CHUNK
    assert stream().read(0) == b""


def test_what_is_skipped_in_a_file_is_not_read(tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    with LocalFile(str(tmp_path / "file")) as source:
        ahead = Ahead(FileStream(source))
        ahead.peek(10)
        assert ahead.skip(200_000) == 200_000
        assert ahead.read(3) == DATA[200_000:200_003]
        assert ahead.bytes_read < 3 * 4096
        assert ahead.name == str(tmp_path / "file")
