"""Deflated members of an archive, as sources with random access in bounded memory.

Keras stores its members unpacked; a file that somebody zipped again has them deflated.  A small member is
inflated once.  A large one, such as 100 MB of weights between which the descriptions lie scattered, is inflated
from the nearest of a limited number of saved states, and only the blocks that were asked for are kept.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right

from paramcount.errors import CorruptFile, LimitExceeded, TruncatedFile, UnsafeFile
from paramcount.sources.bytesource import READ_LIMIT, MemoryBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

WHOLE_LIMIT = 16 << 20
"""The largest member that is inflated at once."""

RATIO_LIMIT, RATIO_FROM = 200, 256 << 20
"""A member above the second size must not inflate to more than the first number times its packed size.

A model whose weights are all zero shrinks to a thousandth and is no bomb; below this size it does no harm either.
"""

CHUNK = 1 << 16
"""Packed bytes taken at a time, and the size of the blocks that are kept."""

STATE_EVERY, STATE_LIMIT = 1 << 20, 256
"""Inflated bytes between two saved states, at first, and how many are kept.  Each takes about 40 KB."""

BLOCK_LIMIT = 128
"""Blocks kept, of ``CHUNK`` bytes each."""

WORK_LIMIT = 32
"""How many times its own size a member may be inflated in all, when it is read from back to front."""


def inflated(packed: ByteSource, size: int) -> ByteSource:
    """The ``size`` bytes that ``packed`` inflates to.

    Raises:
        UnsafeFile: when that would be far more than what is packed.
        CorruptFile: when it is not a deflate stream of that size.
    """
    if size > RATIO_FROM and size > RATIO_LIMIT * packed.size:
        raise UnsafeFile(
            "The member would inflate to far more than it takes in the archive",
            where=packed.name,
            found=f"{size} bytes from {packed.size}",
            expected=f"at most {RATIO_LIMIT} times as many",
        )
    if size > WHOLE_LIMIT:
        return Inflating(packed, size)
    stream = _Stream(packed, zlib.decompressobj(-zlib.MAX_WBITS), 0, 0)
    parts = []
    while stream.at < size:
        parts.append(stream.take(size - stream.at, size))
    stream.check_end(size)
    return MemoryBytes(b"".join(parts), packed.name)


class _Stream:
    """A deflate stream at one place of it: ``taken`` packed bytes have become ``at`` bytes."""

    __slots__ = ("at", "inflate", "packed", "taken")

    def __init__(self, packed: ByteSource, inflate: zlib._Decompress, taken: int, at: int) -> None:
        self.packed = packed
        self.inflate = inflate
        self.taken = taken
        self.at = at

    def copy(self) -> _Stream:
        """The same place, to come back to."""
        return _Stream(self.packed, self.inflate.copy(), self.taken, self.at)

    def take(self, most: int, size: int) -> bytes:
        """The next bytes, at least one and at most ``most``."""
        while True:
            data = self.inflate.unconsumed_tail
            if not data:
                data = self.packed.read(self.taken, min(CHUNK, self.packed.size - self.taken))
                self.taken += len(data)
            try:
                out = self.inflate.decompress(data, most)
            except zlib.error as error:
                raise CorruptFile("The member is not a valid deflate stream", where=self.packed.name) from error
            if out:
                self.at += len(out)
                return out
            if self.inflate.eof or (self.taken >= self.packed.size and not self.inflate.unconsumed_tail):
                raise CorruptFile(
                    "The member inflates to less than the directory says",
                    where=self.packed.name,
                    found=f"{self.at} bytes",
                    expected=f"{size} bytes",
                )

    def check_end(self, size: int) -> None:
        """Nothing may follow the last byte that the directory knows of."""
        data = self.inflate.unconsumed_tail
        try:
            while not self.inflate.eof and (data or self.taken < self.packed.size):
                if not data:
                    data = self.packed.read(self.taken, min(CHUNK, self.packed.size - self.taken))
                    self.taken += len(data)
                if self.inflate.decompress(data, 1):
                    raise CorruptFile(
                        "The member inflates to more than the directory says",
                        where=self.packed.name,
                        expected=f"{size} bytes",
                    )
                data = self.inflate.unconsumed_tail
        except zlib.error as error:
            raise CorruptFile("The member is not a valid deflate stream", where=self.packed.name) from error
        if not self.inflate.eof:
            raise CorruptFile("The deflate stream of the member has no end", where=self.packed.name)


class Inflating:
    """A large deflated member with random access: a ``ByteSource`` over saved states and a few blocks."""

    def __init__(self, packed: ByteSource, size: int) -> None:
        self.name = packed.name
        self.size = size
        self._packed = packed
        self._stream = _Stream(packed, zlib.decompressobj(-zlib.MAX_WBITS), 0, 0)
        self._states = [self._stream.copy()]
        self._spacing = STATE_EVERY
        self._blocks: dict[int, bytes] = {}
        self._work = 0

    @property
    def bytes_read(self) -> int:
        """Packed bytes read so far, of the whole archive."""
        return self._packed.bytes_read

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset``; see ``LocalFile.read``."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise TruncatedFile(
                "A structure lies beyond the end of this member",
                where=self.name,
                found=f"{self.size} bytes",
                expected=f"{size} bytes at offset {offset}",
            )
        if size > READ_LIMIT:
            raise LimitExceeded("A single structure is too large", where=self.name, found=f"{size} bytes")
        if size == 0:
            return b""
        first, last = offset // CHUNK, (offset + size - 1) // CHUNK
        data = b"".join([self._block(index) for index in range(first, last + 1)])
        start = offset - first * CHUNK
        return data[start : start + size]

    def _block(self, index: int) -> bytes:
        """One block: kept, or inflated from the nearest place before it."""
        block = self._blocks.get(index)
        if block is None:
            begin, end = index * CHUNK, min((index + 1) * CHUNK, self.size)
            self._seek(begin)
            parts = []
            while self._stream.at < end:
                parts.append(self._take(end - self._stream.at))
            block = b"".join(parts)
            if len(self._blocks) >= BLOCK_LIMIT:
                # Blocks are dropped in the order in which they came: a dictionary remembers that order.
                del self._blocks[next(iter(self._blocks))]
            self._blocks[index] = block
        return block

    def _seek(self, offset: int) -> None:
        """Bring the stream to ``offset``, from where it is or from a saved state, whichever is nearer."""
        nearest = self._states[bisect_right(self._states, offset, key=_place) - 1]
        if not nearest.at <= self._stream.at <= offset:
            self._stream = nearest.copy()
        while self._stream.at < offset:
            self._take(min(CHUNK, offset - self._stream.at))

    def _take(self, most: int) -> bytes:
        """The next bytes of the stream; saves a state when it has come far enough beyond the last one."""
        data = self._stream.take(most, self.size)
        self._work += len(data)
        if self._work > WORK_LIMIT * self.size:
            raise LimitExceeded(
                "The member would have to be inflated again and again",
                where=self.name,
                found=f"{self._work} bytes inflated",
                expected=f"at most {WORK_LIMIT} times its {self.size} bytes",
            )
        if self._stream.at >= self._states[-1].at + self._spacing:
            self._states.append(self._stream.copy())
            if len(self._states) >= STATE_LIMIT:
                self._states = self._states[::2]
                self._spacing *= 2
        return data


def _place(stream: _Stream) -> int:
    return stream.at
