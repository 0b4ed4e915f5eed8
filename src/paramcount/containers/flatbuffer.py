"""FlatBuffers: tables, vectors and strings by their offsets, without a schema and without recursion.

Every table says where its fields are (its vtable), every offset is relative and leads forward, and nothing is read
before somebody asks for it: the weights of a model, which are nearly all of it, stay where they are.

Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

from struct import Struct

from paramcount.errors import CorruptFile, LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.sources.bytesource import ByteSource

WORK_LIMIT = 32 << 20
"""Bytes that may be read of one file, each read counted as eight bytes more; a large model takes a tenth of it."""

WORK_RATIO, WORK_FROM = 64, 1 << 16
"""A small file may be read so many times over, and this number of bytes more: its parts may be shared, but not forever.

Offsets can make one part stand in a million places.  What ends that is not a count of parts but of work.
"""

TEXT_LIMIT = 1 << 16
"""Bytes of the longest text.  TensorFlow Lite joins the names of everything that it fused into one."""

VECTOR_LIMIT = 1 << 20
"""Elements of the largest vector that is read; one of bytes is only measured."""

_INTEGERS = {(1, False): "<B", (1, True): "<b", (2, False): "<H", (4, False): "<I", (4, True): "<i", (8, False): "<Q"}
_VTABLE_LIMIT = 1 << 10


class FlatBuffer:
    """One file, with the work that was done to read it.

    Attributes:
        name: what messages call it.
        size: its number of bytes.
    """

    __slots__ = ("_left", "_source", "_vtables", "name", "size")

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self.size = source.size
        self._source = source
        self._left = min(WORK_LIMIT, WORK_FROM + WORK_RATIO * source.size)
        self._vtables: dict[int, tuple[int, ...]] = {}

    def root(self) -> Table:
        """The table that the file begins with.

        Raises:
            CorruptFile: when there is none.
        """
        return Table(self, self.follow(0))

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes.

        Raises:
            TruncatedFile: when they are not all in the file.
            LimitExceeded: when the file has been read over and over.
        """
        self._left -= size + 8
        if self._left < 0:
            raise LimitExceeded(
                "The parts of this file stand in so many places that reading does not end", where=self.name,
                expected=f"at most {WORK_RATIO} readings of each byte and {WORK_LIMIT} bytes in all",
            )  # fmt: skip
        return self._source.read(offset, size)

    def follow(self, at: int) -> int:
        """Where the offset that stands at ``at`` leads."""
        offset = int.from_bytes(self.read(at, 4), "little")
        # The file's own first four bytes are the only place from which nothing can lead back to itself.
        if offset < 4 or at + offset >= self.size:
            raise CorruptFile(
                "An offset leads out of the file", where=f"{self.name}, byte {at}", found=str(offset),
                expected=f"4 to {self.size - at - 1}",
            )  # fmt: skip
        return at + offset

    def vtable(self, at: int) -> tuple[int, ...]:
        """The places of the fields of a table that has its vtable at ``at``; 0 for a field that is not there."""
        known = self._vtables.get(at)
        if known is None:
            size = int.from_bytes(self.read(at, 2), "little")
            if size < 4 or size % 2 or size > _VTABLE_LIMIT:
                raise CorruptFile(
                    "A table has no valid list of fields", where=f"{self.name}, byte {at}", found=f"{size} bytes"
                )
            data = self.read(at, size)
            known = self._vtables[at] = Struct(f"<{size // 2 - 2}H").unpack_from(data, 4)
        return known


class Table:
    """One table.

    Attributes:
        at: where it begins, which is also what tells it from others.
    """

    __slots__ = ("_buffer", "_fields", "at")

    def __init__(self, buffer: FlatBuffer, at: int) -> None:
        self._buffer = buffer
        self.at = at
        back = int.from_bytes(buffer.read(at, 4), "little", signed=True)
        if not 0 <= at - back <= buffer.size:
            raise CorruptFile("A table leads out of the file", where=f"{buffer.name}, byte {at}", found=str(back))
        self._fields = buffer.vtable(at - back)

    def _place(self, field: int) -> int:
        """Where a field is; 0 when it is not there."""
        offset = self._fields[field] if field < len(self._fields) else 0
        return self.at + offset if offset else 0

    def has(self, field: int) -> bool:
        """Whether a field is there."""
        return self._place(field) != 0

    def integer(self, field: int, size: int, *, signed: bool = False, default: int = 0) -> int:
        """A number of ``size`` bytes; ``default`` when the field is not there."""
        at = self._place(field)
        return int.from_bytes(self._buffer.read(at, size), "little", signed=signed) if at else default

    def table(self, field: int) -> Table | None:
        """A table; None when the field is not there."""
        at = self._place(field)
        return Table(self._buffer, self._buffer.follow(at)) if at else None

    def vector(self, field: int, size: int) -> tuple[int, int]:
        """Where the elements of a vector begin, and how many they are; ``(0, 0)`` when the field is not there.

        Args:
            field: its number.
            size: bytes of one element; 4 for tables and texts, which stand elsewhere.

        Raises:
            CorruptFile: when the elements are not all in the file.
        """
        at = self._place(field)
        if not at:
            return 0, 0
        start = self._buffer.follow(at)
        count = int.from_bytes(self._buffer.read(start, 4), "little")
        if count * size > self._buffer.size - start - 4:
            raise CorruptFile(
                "A vector is longer than the file", where=f"{self._buffer.name}, byte {start}",
                found=f"{count} elements of {size} bytes", expected=f"at most {self._buffer.size - start - 4} bytes",
            )  # fmt: skip
        return start + 4, count

    def integers(self, field: int, size: int, *, signed: bool = False) -> tuple[int, ...]:
        """The numbers of a vector; none when the field is not there.

        Raises:
            LimitExceeded: when there are more than describe any tensor or operator.
        """
        start, count = self._bounded(field, size)
        if not count:
            return ()
        code = _INTEGERS[size, signed]
        return Struct(f"<{count}{code[1]}").unpack(self._buffer.read(start, count * size))

    def tables(self, field: int) -> Iterator[Table]:
        """The tables of a vector, one by one.

        Raises:
            LimitExceeded: when there are more than any model has.
        """
        start, count = self._bounded(field, 4)
        for index in range(count):
            yield Table(self._buffer, self._buffer.follow(start + 4 * index))

    def _bounded(self, field: int, size: int) -> tuple[int, int]:
        start, count = self.vector(field, size)
        if count > VECTOR_LIMIT:
            raise LimitExceeded(
                "A vector has too many elements", where=f"{self._buffer.name}, byte {start}", found=str(count),
                expected=f"at most {VECTOR_LIMIT}",
            )  # fmt: skip
        return start, count

    def text(self, field: int) -> str:
        """A text; empty when the field is not there, and with replacements where it is no UTF-8.

        Raises:
            LimitExceeded: when it is longer than any name.
        """
        start, count = self.vector(field, 1)
        if count > TEXT_LIMIT:
            raise LimitExceeded(
                "A text is too long", where=f"{self._buffer.name}, byte {start}", found=f"{count} bytes",
                expected=f"at most {TEXT_LIMIT} bytes",
            )  # fmt: skip
        return self._buffer.read(start, count).decode("utf-8", "replace") if count else ""
