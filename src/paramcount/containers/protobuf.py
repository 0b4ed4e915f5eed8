"""Protocol buffers on the wire: the fields of a message, by number, without a schema and without recursion.

A small message is parsed from bytes (``fields``), a large one field by field from its source (``scan``), so that what
is not of interest is passed over and never read.  Packed numbers are unpacked by ``varints``.

Format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple, TypeAlias

    from paramcount.sources.bytesource import ByteSource

    Value: TypeAlias = int | bytes
    """A number for the wire types 0, 1 and 5, unsigned and in little endian; bytes for wire type 2."""
else:
    from paramcount.records import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types.  3 and 4, groups, have been deprecated since before TensorFlow was written."""

WINDOW = 64
"""Bytes read ahead for a tag and a length."""
MESSAGE_LIMIT = 64 << 20
"""Bytes of the largest message that is read at once; weights are never among them."""


class Span(NamedTuple):
    """Where the content of one field lies in its source."""

    source: ByteSource
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.end - self.start

    def read(self, limit: int = MESSAGE_LIMIT) -> bytes:
        """The content itself.

        Raises:
            LimitExceeded: when it has more than ``limit`` bytes.
        """
        if self.size > limit:
            raise LimitExceeded(
                "A message is too large", where=f"{self.source.name}, byte {self.start}",
                found=f"{self.size} bytes", expected=f"at most {limit} bytes",
            )  # fmt: skip
        return self.source.read(self.start, self.size)


def whole(source: ByteSource) -> Span:
    """A whole source as one message."""
    return Span(source, 0, source.size)


def scan(span: Span) -> Iterator[tuple[int, int | Span]]:
    """Number and value of every field of a large message; what has a length is given as its place, unread.

    Raises:
        CorruptFile: when the bytes are no message.
    """
    source, at, end = span
    while at < end:
        head = source.read(at, min(WINDOW, end - at))
        tag, used = _varint(head, 0, source.name, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise _corrupt("A field has the number 0", source.name, at)
        if kind == VARINT:
            value, used = _varint(head, used, source.name, at)
            yield number, value
            at += used
        elif kind == BYTES:
            size, used = _varint(head, used, source.name, at)
            start = at + used
            if size > end - start:
                raise _corrupt("A field is longer than the message it is in", source.name, at, f"{size} bytes")
            yield number, Span(source, start, start + size)
            at = start + size
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            if used + size > len(head):
                raise _corrupt("A number is cut off", source.name, at)
            yield number, int.from_bytes(head[used : used + size], "little")
            at += used + size
        else:
            raise _corrupt("A field has a wire type that is not used", source.name, at, str(kind))


def fields(data: bytes, where: str) -> Iterator[tuple[int, Value]]:
    """Number and value of every field of a message in memory.

    Args:
        data: the message.
        where: what an error calls it.

    Raises:
        CorruptFile: when the bytes are no message.
    """
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        at += 1
        if tag >= 0x80:
            tag, at = _varint(data, at - 1, where, 0)
        kind = tag & 7
        if tag < 8:
            raise _corrupt("A field has the number 0", where, at)
        if kind in (BYTES, VARINT):
            # Nearly every number has one byte or two, and a call for each would take most of the time.
            if at < end and data[at] < 0x80:
                value = data[at]
                at += 1
            elif at + 1 < end and data[at + 1] < 0x80:
                value = data[at] & 0x7F | data[at + 1] << 7
                at += 2
            else:
                value, at = _varint(data, at, where, 0)
            if kind == VARINT:
                yield tag >> 3, value
                continue
            if value > end - at:
                raise _corrupt("A field is longer than the message it is in", where, at, f"{value} bytes")
            yield tag >> 3, data[at : at + value]
            at += value
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            if size > end - at:
                raise _corrupt("A number is cut off", where, at)
            yield tag >> 3, int.from_bytes(data[at : at + size], "little")
            at += size
        else:
            raise _corrupt("A field has a wire type that is not used", where, at, str(kind))


def varints(data: bytes, where: str) -> list[int]:
    """The numbers of a packed field."""
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at, where, 0)
        found.append(value)
    return found


def signed(value: int) -> int:
    """A number of 64 bits as ``int64`` means it."""
    return value - (1 << 64) if value >= 1 << 63 else value


def text(value: Value, where: str) -> str:
    """A field that is text.

    Raises:
        CorruptFile: when it is a number, or no UTF-8.
    """
    try:
        return str(value, "utf-8")  # type: ignore[arg-type]
    except (TypeError, UnicodeDecodeError) as error:
        raise _corrupt("A text is no text", where, 0) from error


def message(value: Value, where: str) -> bytes:
    """A field that is a message or bytes.

    Raises:
        CorruptFile: when it is a number.
    """
    if isinstance(value, int):
        raise _corrupt("A number stands where a message should", where, 0, str(value))
    return value


def _varint(data: bytes, at: int, where: str, base: int) -> tuple[int, int]:
    """A number of up to 64 bits, and where the next thing begins."""
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, place + 1
        shift += 7
    raise _corrupt("A number is cut off or too long", where, base + at)


def _corrupt(what: str, where: str, at: int, found: str = "") -> CorruptFile:
    return CorruptFile(what, where=f"{where}, byte {at}" if at else where, found=found)
