"""FlatBuffers are read field by field, and only what is asked for."""

from __future__ import annotations

import pytest

from paramcount.containers.flatbuffer import FlatBuffer
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import Int, Ints, flatbuffer


class Counting(MemoryBytes):
    """Bytes that know how many of them were asked for."""

    def read(self, offset, size):
        self.bytes_read += size
        return super().read(offset, size)


def root(fields):
    return FlatBuffer(MemoryBytes(flatbuffer(fields), "made")).root()


def test_a_number_is_read_in_its_width():
    table = root({0: Int(200, 1), 1: Int(-5), 2: Int(1 << 40, 8)})

    assert (table.integer(0, 1), table.integer(2, 8)) == (200, 1 << 40)
    assert table.integer(1, 4, signed=True) == -5


def test_a_field_that_is_not_there_has_its_default():
    table = root({2: Int(1)})

    assert (table.integer(0, 4), table.integer(1, 4, default=7), table.integer(9, 4, default=8)) == (0, 7, 8)
    assert (table.text(0), table.table(1), table.integers(3, 4), list(table.tables(4))) == ("", None, (), [])
    assert [table.has(field) for field in (0, 2, 9)] == [False, True, False]


def test_texts_numbers_and_tables_are_followed():
    table = root({0: "name", 1: Ints((1, -2, 3)), 2: {0: "inner"}, 3: [{0: Int(1)}, {0: Int(2)}]})

    assert (table.text(0), table.integers(1, 4, signed=True)) == ("name", (1, -2, 3))
    inner = table.table(2)
    assert inner is not None
    assert inner.text(0) == "inner"
    assert [one.integer(0, 4) for one in table.tables(3)] == [1, 2]


def test_a_text_that_is_no_utf_8_is_shown_with_replacements():
    assert root({0: b"a\xff"}).text(0) == "a�"


def test_bytes_are_measured_and_not_read():
    source = Counting(flatbuffer({0: bytes(1 << 20)}), "made")

    assert FlatBuffer(source).root().vector(0, 1)[1] == 1 << 20
    assert source.bytes_read < 100


def test_a_vector_that_is_longer_than_any_is_refused():
    with pytest.raises(LimitExceeded, match="too many elements"):
        root({0: bytes((1 << 20) + 8)}).integers(0, 1)


def test_an_offset_out_of_the_file_is_named():
    data = bytearray(flatbuffer({0: "name"}))
    data[:4] = (1 << 20).to_bytes(4, "little")

    with pytest.raises(CorruptFile, match="leads out of the file") as caught:
        FlatBuffer(MemoryBytes(bytes(data), "made")).root()
    assert "made, byte 0" in str(caught.value)
