"""Fractal heaps: where densely stored links and attributes are kept.

Read are managed, tiny and huge objects without filters, which is what HDF5 writes for groups and attributes.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (III.G)
"""

from __future__ import annotations

from struct import Struct

from paramcount.containers.hdf5.file import UNDEFINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File

MANAGED, HUGE, TINY = 0, 1, 2
"""Types of objects: in a block, in a place of their own, in their own identifier."""

DEPTH_LIMIT = 16
"""Indirect blocks in indirect blocks; each level holds at least twice what the one below holds."""

_HEADER = Struct("<4sBHHBIQQQQQQQQQQQQHQQHHQH")
_PLACE = Struct("<QQQ")
_ADDRESS = Struct("<Q")


class FractalHeap:
    """One fractal heap.

    Raises:
        CorruptFile: when its header is not what the format allows.
        UnsupportedHdf5: when its blocks are filtered.
    """

    def __init__(self, file: Hdf5File, address: int) -> None:
        self._file = file
        self._address = address
        fields = _HEADER.unpack(file.part(address, _HEADER.size))
        signature, version, self._id_size, filters, self._flags, self._managed_limit, _next, self._huge = fields[:8]
        self._width, self._start, self._largest, bits, _rows, self._root, self._rows = fields[18:]
        if signature != b"FRHP":
            raise file.corrupt("There is no fractal heap", address, found=signature.hex())
        if version != 0 or filters:
            raise file.unsupported("A filtered fractal heap" if filters else f"Fractal heap version {version}", address)
        if not (_power(self._width) and _power(self._start) and _power(self._largest) and 0 < bits <= 64):
            raise file.corrupt("A fractal heap has impossible sizes", address)
        self._offset_size = (bits + 7) // 8
        self._length_size = _bytes_for(min(self._largest, self._managed_limit))
        self._blocks: dict[int, tuple[int, int]] | None = None
        self._huge_objects: dict[int, tuple[int, int]] | None = None

    def get(self, identifier: bytes) -> bytes:
        """The object that ``identifier`` names.

        Raises:
            CorruptFile: when it is not inside the heap.
            TruncatedFile: when it lies beyond the end of the file.
        """
        kind = identifier[0] >> 4 & 3
        if identifier[0] >> 6 or kind > TINY:
            raise self._file.unsupported(f"An object identifier of version {identifier[0] >> 6}", self._address)
        if kind == MANAGED:
            return self._managed(identifier)
        if kind == HUGE:
            return self._huge_object(identifier)
        return self._tiny(identifier)

    def _managed(self, identifier: bytes) -> bytes:
        """An object in one of the direct blocks: its offset in the heap, and its length."""
        middle = 1 + self._offset_size
        offset = int.from_bytes(identifier[1:middle], "little")
        length = int.from_bytes(identifier[middle : middle + self._length_size], "little")
        if self._blocks is None:
            self._blocks = {}
            self._find_blocks()
        start, size, address = self._block_of(offset)
        if offset - start + length > size:
            raise self._file.corrupt("An object of a fractal heap is longer than its block", address)
        return self._file.part(address + offset - start, length)

    def _block_of(self, offset: int) -> tuple[int, int, int]:
        """Start in the heap, size and address of the direct block that holds ``offset``."""
        blocks = self._blocks or {}
        # A block begins at a multiple of its size, and all sizes are powers of two.
        size = self._start
        while size <= self._largest:
            start = offset - offset % size
            known = blocks.get(start)
            if known is not None and offset < start + known[0]:
                return start, known[0], known[1]
            size *= 2
        raise self._file.corrupt("An object lies outside its fractal heap", self._address, found=f"offset {offset}")

    def _find_blocks(self) -> None:
        """Note where each direct block is."""
        if self._root == UNDEFINED:
            return
        if not self._rows:
            self._note_direct(self._root, 0, self._start)
            return
        self._walk(self._root, self._rows, 0, set(), 0)

    def _walk(self, address: int, rows: int, start: int, seen: set[int], depth: int) -> None:
        """Note the direct blocks below the indirect block at ``address``, which begins at ``start`` of the heap."""
        file = self._file
        if address in seen or depth > DEPTH_LIMIT or rows > 64:
            raise file.corrupt("An indirect block of a fractal heap is used twice, or is too large", address)
        seen.add(address)
        head = 13 + self._offset_size
        data = file.part(address, head + 8 * rows * self._width)
        if data[:4] != b"FHIB":
            raise file.corrupt("There is no indirect block of a fractal heap", address, found=data[:4].hex())
        at = head
        for row in range(rows):
            # The first two rows have blocks of the starting size; each further row doubles it.
            size = self._start << max(0, row - 1)
            for _ in range(self._width):
                child = _ADDRESS.unpack_from(data, at)[0]
                if child != UNDEFINED and size <= self._largest:
                    self._note_direct(child, start, size)
                elif child != UNDEFINED:
                    self._walk(child, self._rows_of(size), start, seen, depth + 1)
                start += size
                at += 8

    def _rows_of(self, size: int) -> int:
        """The rows of an indirect block that covers ``size`` bytes of the heap."""
        blocks: int = size // (self._start * self._width)
        return blocks.bit_length()

    def _note_direct(self, address: int, start: int, size: int) -> None:
        blocks = self._blocks if self._blocks is not None else {}
        if self._file.read(address, 4) != b"FHDB":
            raise self._file.corrupt("There is no direct block of a fractal heap", address)
        blocks[start] = size, address

    def _huge_object(self, identifier: bytes) -> bytes:
        """An object too large for a block: in the file on its own."""
        # When identifiers are long enough, they hold address and length; otherwise a B-tree does.
        if self._id_size >= 17:
            address, length = int.from_bytes(identifier[1:9], "little"), int.from_bytes(identifier[9:17], "little")
            return self._file.part(address, length)
        if self._huge_objects is None:
            from paramcount.containers.hdf5.btree import HUGE_INDIRECT, read_records

            records = [_PLACE.unpack(record) for record in read_records(self._file, self._huge, HUGE_INDIRECT)]
            self._huge_objects = {key: (address, length) for address, length, key in records}
        key = int.from_bytes(identifier[1 : self._id_size], "little")
        place = self._huge_objects.get(key)
        if place is None:
            raise self._file.corrupt("A huge object is not in the index of its fractal heap", self._address)
        return self._file.part(*place)

    def _tiny(self, identifier: bytes) -> bytes:
        """An object in the identifier itself."""
        # Identifiers of more than 18 bytes take another byte for the length.
        if self._id_size > 18:
            length, at = (identifier[0] & 0x0F) << 8 | identifier[1], 2
        else:
            length, at = identifier[0] & 0x0F, 1
        return identifier[at : at + length + 1]


def _power(number: int) -> bool:
    return number > 0 and number & number - 1 == 0


def _bytes_for(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)
