"""What every structure of one HDF5 file shares: its bytes, a budget for the work it may cause, and its errors.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

from struct import error as struct_error

from paramcount.errors import CorruptFile, LimitExceeded, TruncatedFile, UnsafeFile, UnsupportedHdf5
from paramcount.sources.bytesource import BLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.messages import Datatype
    from paramcount.errors import ParamcountError
    from paramcount.sources.bytesource import ByteSource

UNDEFINED = 0xFFFFFFFFFFFFFFFF
"""The *undefined address* of the specification: nothing has been allocated."""

BUDGET = 16 << 20
"""Bytes of structures that any file may have parsed, however small it is."""

BUDGET_PER_BYTE = 2
"""Further bytes of structures for each byte of the file.

In a sound file every structure has one owner, so reading all of them costs less than the file's size.  A file
in which many groups share one large table would cost the square of it.
"""

PART_LIMIT = 64 << 20
"""The largest single structure."""

BLOCK_BITS = BLOCK.bit_length() - 1
BLOCK_MASK = BLOCK - 1

BLOCKS_KEPT = (32 << 20) // BLOCK
"""Blocks kept; beyond that the cache starts anew."""

BROKEN = (struct_error, IndexError, KeyError, ValueError, OverflowError, RecursionError, MemoryError)
"""What Python raises when the fields of a structure make no sense; never shown to a caller."""


class Hdf5File:
    """One HDF5 file: addresses in it are relative to its superblock."""

    __slots__ = (
        "attributes", "blocks", "budget", "collected", "collections", "dataspaces", "datatypes", "name", "path",
        "shift", "size", "source", "spent",
    )  # fmt: skip

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.name = source.name
        self.path = "superblock"
        self.size = source.size
        self.blocks: dict[int, bytes] = {}
        # An archive member begins somewhere within a block of its archive; ours are to begin where those begin.
        self.shift: int = getattr(source, "origin", 0) & BLOCK_MASK
        self.spent = 0
        self.budget = BUDGET + BUDGET_PER_BYTE * source.size
        # The same few shapes and types come back thousands of times: each distinct message is parsed once.
        self.datatypes: dict[bytes, Datatype] = {}
        self.dataspaces: dict[bytes, tuple[int, ...]] = {}
        self.attributes: dict[bytes, tuple[Datatype, tuple[int, ...] | None]] = {}
        self.collected = 0
        self.collections: dict[int, dict[int, tuple[int, int]]] = {}

    def spend(self, size: int) -> None:
        """Account for ``size`` bytes of structures.

        Raises:
            LimitExceeded: when the file has had more of them parsed than it can honestly hold.
        """
        self.spent += size
        if self.spent > self.budget:
            raise LimitExceeded(
                "The structures of this HDF5 file refer to each other far too often",
                where=self.name,
                found=f"{self.spent} bytes of structures",
                expected=f"at most {self.budget} bytes in a file of {self.size} bytes",
            )

    def view(self, address: int, size: int) -> tuple[bytes, int]:
        """A buffer that holds ``size`` bytes from ``address``, and where in it they begin.

        Most structures lie within one block that is already here, so that looking at them copies nothing: this
        is called thousands of times for one model.  More of the file may follow in the buffer.

        Raises:
            TruncatedFile: when the range is not inside the file.
        """
        at = address + self.shift
        block = self.blocks.get(at >> BLOCK_BITS) or self._load(at >> BLOCK_BITS)
        start = at & BLOCK_MASK
        if start + size <= len(block):
            return block, start
        return self._across(address, size), 0

    def read(self, address: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``address``; see ``view``."""
        buffer, start = self.view(address, size)
        return buffer[start : start + size]

    def _load(self, number: int) -> bytes:
        """Read one block and keep it."""
        begin, end = (number << BLOCK_BITS) - self.shift, (number + 1 << BLOCK_BITS) - self.shift
        if begin >= self.size:
            raise self.truncated("A structure lies beyond the end of the file", begin, found=f"{self.size} bytes")
        if len(self.blocks) >= BLOCKS_KEPT:
            self.blocks.clear()
        block = self.source.read(max(0, begin), min(end, self.size) - max(0, begin))
        # What comes before the file in its first block belongs to others; it is never looked at.
        self.blocks[number] = block = bytes(max(0, -begin)) + block
        return block

    def _across(self, address: int, size: int) -> bytes:
        """A range that goes on behind the block in which it begins."""
        if address + size > self.size:
            raise self.truncated(
                "A structure ends beyond the end of the file",
                address,
                found=f"{self.size} bytes",
                expected=f"{address + size} bytes",
            )
        if size > PART_LIMIT:
            raise LimitExceeded(
                "A single structure is too large",
                where=self.place(address),
                found=f"{size} bytes",
                expected=f"at most {PART_LIMIT} bytes",
            )
        return self.source.read(address, size)

    def part(self, address: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``address``, accounted for."""
        buffer, start = self.view(address, size)
        self.spent += size
        if self.spent > self.budget:
            self.spend(0)
        return buffer[start : start + size]

    def place(self, address: int) -> str:
        """The words that name a place in a message: the object that is being read, and an address if there is one."""
        return f"{self.name}, {self.path}, address {address}" if address else f"{self.name}, {self.path}"

    def corrupt(self, what: str, address: int, found: str = "", expected: str = "") -> CorruptFile:
        """The error for a structure at ``address`` that the format does not allow."""
        return CorruptFile(what, where=self.place(address), found=found, expected=expected)

    def truncated(self, what: str, address: int, found: str = "", expected: str = "") -> TruncatedFile:
        """The error for a structure at ``address`` that points beyond the end of the file."""
        return TruncatedFile(what, where=self.place(address), found=found, expected=expected)

    def unsafe(self, what: str, path: str, found: str = "", expected: str = "") -> UnsafeFile:
        """The error for an object at ``path`` that must not be followed or believed."""
        return UnsafeFile(what, where=f"{self.name}, {path}", found=found, expected=expected)

    def unsupported(self, what: str, address: int, found: str = "") -> UnsupportedHdf5:
        """The error for a feature at ``address`` that is legal, but not read here."""
        return UnsupportedHdf5(
            f"{what} is a feature of HDF5 that is not read here", where=self.place(address), found=found
        )

    def broken(self, path: str, error: BaseException) -> ParamcountError:
        """The error for fields at ``path`` that cannot be taken apart at all."""
        return CorruptFile(
            "The fields of an HDF5 structure do not fit together",
            where=f"{self.name}, {path}",
            found=f"{type(error).__name__} while reading them",
        )
