"""Protocol buffers on the wire: fields in order, nothing read that is passed over, no length believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.containers import protobuf
from paramcount.containers.protobuf import Span, fields, message, scan, signed, text, varints, whole
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.sources.bytesource import BLOCK, MemoryBytes
from readers.tensorflow.bundle_maker import field, varint

NUMBERS = st.integers(0, (1 << 64) - 1)
VALUES = st.one_of(NUMBERS, st.binary(max_size=200))
MESSAGES = st.lists(st.tuples(st.integers(1, 40), VALUES), max_size=8)
FIXED32, FIXED64, GROUP = 5, 1, 3


def parsed(data: bytes) -> list[tuple[int, int | bytes]]:
    return list(fields(data, "m"))


def scanned(data: bytes) -> list[tuple[int, int | bytes]]:
    found = scan(whole(MemoryBytes(data, "m")))
    return [(number, value.read() if isinstance(value, Span) else value) for number, value in found]


def result(read, data: bytes) -> list[tuple[int, int | bytes]] | None:
    """The fields, or None when the bytes are no message."""
    try:
        return read(data)
    except CorruptFile:
        return None


BOTH = pytest.mark.parametrize("read", [parsed, scanned])


@given(MESSAGES)
def test_every_field_comes_back_in_order_from_memory_and_from_a_source(values):
    data = b"".join(field(number, value) for number, value in values)

    assert values == parsed(data) == scanned(data)


@given(MESSAGES, st.data())
def test_a_message_that_is_cut_off_gives_whole_fields_or_an_error(values, draw):
    data = b"".join(field(number, value) for number, value in values)
    part = data[: draw.draw(st.integers(0, len(data)))]
    found = result(parsed, part)

    assert found == result(scanned, part)
    assert found is None or found == values[: len(found)]


@given(st.binary(max_size=100))
def test_any_bytes_are_the_same_message_in_memory_and_in_a_source_or_none(data):
    assert result(parsed, data) == result(scanned, data)


@BOTH
def test_numbers_of_fixed_width_are_read_in_little_endian(read):
    data = varint(3 << 3 | FIXED32) + b"\x01\2\0\0" + varint(4 << 3 | FIXED64) + b"\0\0\0\0\0\0\0\x80"

    assert [(3, 0x201), (4, 1 << 63)] == read(data)


@BOTH
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x01", "number 0"),
        (b"\x07", "number 0"),
        (varint(1 << 3 | GROUP), "wire type"),
        (varint(1 << 3 | 4), "wire type"),
        (varint(1 << 3 | 6), "wire type"),
        (varint(1 << 3 | 7), "wire type"),
        (varint(1 << 3 | FIXED32) + b"abc", "cut off"),
        (varint(1 << 3 | FIXED64) + b"abcdefg", "cut off"),
        (b"\x08", "cut off"),
        (b"\x08\x80", "cut off"),
        (b"\x88", "cut off"),
        (b"\x08" + b"\x80" * 10 + b"\1", "too long"),
        (b"\x80" * 11, "too long"),
        (b"\x0a\x02a", "longer than the message"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "longer than the message"),
        (b"\x0a", "cut off"),
    ],
)
def test_what_is_no_message_is_refused_by_name_and_place(read, data, words):
    with pytest.raises(CorruptFile, match=words) as caught:
        read(data)
    assert "m" in str(caught.value)


@BOTH
def test_a_number_of_ten_bytes_keeps_its_lowest_64_bits(read):
    assert [(1, (1 << 64) - 1)] == read(b"\x08" + b"\xff" * 9 + b"\x7f")


@BOTH
def test_numbers_of_fields_may_be_as_large_as_the_format_allows(read):
    largest = (1 << 29) - 1

    assert [(largest, b"x")] == read(field(largest, b"x"))


def test_what_is_passed_over_is_not_read():
    large = 50 * BLOCK
    source = MemoryBytes(field(1, bytes(large)) + field(2, bytes(large)) + field(3, 7), "m")
    found = dict(scan(whole(source)))

    assert (large, large, 7) == (found[1].size, found[2].size, found[3])
    assert source.bytes_read < BLOCK


def test_a_message_inside_ends_where_its_owner_says():
    inner = field(1, b"abc")
    source = MemoryBytes(field(5, inner) + field(6, 1), "m")
    ((_, span), _) = list(scan(whole(source)))

    assert [(1, b"abc")] == [(number, value.read()) for number, value in scan(span)]
    with pytest.raises(CorruptFile, match="longer than the message"):
        list(scan(Span(source, span.start, span.end - 1)))


def test_a_message_that_is_too_large_to_be_read_at_once_is_refused(monkeypatch):
    span = whole(MemoryBytes(bytes(100), "m"))

    assert bytes(100) == span.read(100)
    with pytest.raises(LimitExceeded, match="100 bytes"):
        span.read(99)
    assert protobuf.MESSAGE_LIMIT <= 64 << 20


@given(st.lists(NUMBERS))
def test_packed_numbers_come_back(numbers):
    assert numbers == varints(b"".join(varint(number) for number in numbers), "m")


def test_packed_numbers_that_are_cut_off_are_refused():
    with pytest.raises(CorruptFile, match="cut off"):
        varints(b"\x01\x80", "m")


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_signed_number_comes_back(number):
    assert number == signed(number & (1 << 64) - 1)


def test_text_is_utf8_and_no_number():
    assert "gewöhnlich" == text("gewöhnlich".encode(), "m")
    for value in (b"\xff", 7):
        with pytest.raises(CorruptFile, match="no text"):
            text(value, "m")


def test_a_number_is_no_message():
    assert b"x" == message(b"x", "m")
    with pytest.raises(CorruptFile, match="where a message should"):
        message(7, "m")
