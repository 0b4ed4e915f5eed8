"""Tables: what is put into one comes out again, however it is cut into blocks and packed."""

from __future__ import annotations

import pytest

from paramcount.containers.leveldb import BLOCK_LIMIT, entries, first, is_table
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow.bundle_maker import block, table, varint

NAMES = {f"layer_{number}/{part}".encode(): bytes((number,)) * number for number in range(200) for part in ("b", "w")}


def source(data: bytes) -> MemoryBytes:
    return MemoryBytes(data, "table")


class Watched(MemoryBytes):
    """Bytes that remember which of them were asked for."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data, "watched")
        self.asked = 0

    def read(self, offset: int, size: int) -> bytes:
        self.asked += size
        return super().read(offset, size)


class TestIsTable:
    def test_a_table_is_known_by_its_last_bytes(self):
        assert is_table(source(table({b"": b"x"})))

    @pytest.mark.parametrize("data", [b"", b"abc", bytes(100), table({b"": b"x"})[:-1], table({b"": b"x"}) + b"\0"])
    def test_nothing_else_is_one(self, data):
        assert not is_table(source(data))


class TestEntries:
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("per_block", [1, 7, 1000])
    @pytest.mark.parametrize("interval", [1, 16, 10_000])
    def test_all_come_out_in_order(self, packed, per_block, interval):
        data = table(NAMES, per_block=per_block, packed=packed, interval=interval)
        assert list(entries(source(data))) == sorted(NAMES.items())

    def test_a_table_may_be_empty(self):
        assert list(entries(source(table({})))) == []
        assert first(source(table({}))) is None

    def test_a_table_may_have_an_empty_block(self):
        data = bytearray()
        blocks = [block([]), block([(b"k", b"v")])]
        handles = []
        for one in (*blocks, block([])):
            handles.append(varint(len(data)) + varint(len(one)))
            data += one + bytes(5)
        index = block([(b"a", handles[0]), (b"z", handles[1])])
        footer = handles[2] + varint(len(data)) + varint(len(index))
        data += index + bytes(5) + footer.ljust(40, b"\0") + table({})[-8:]
        assert list(entries(source(bytes(data)))) == [(b"k", b"v")]

    def test_lengths_beyond_a_byte_are_read(self):
        held = {b"k" * 300: b"v" * 70_000, b"k" * 300 + b"x" * 200: b"", b"l": b"w"}
        assert dict(entries(source(table(held)))) == held


class TestFirst:
    @pytest.mark.parametrize("packed", [False, True])
    def test_it_is_the_first_entry(self, packed):
        assert first(source(table(NAMES, packed=packed))) == min(NAMES.items())

    def test_weights_behind_it_in_the_same_block_are_not_read(self):
        watched = Watched(table({b"": b"names and shapes", b"w": bytes(1 << 20)}))
        assert first(watched) == (b"", b"names and shapes")
        assert watched.asked < 1000

    def test_a_block_of_weights_may_be_larger_than_any_that_is_read_whole(self):
        watched = Watched(table({b"": b"shapes", b"w": bytes(BLOCK_LIMIT)}))
        assert first(watched) == (b"", b"shapes")
