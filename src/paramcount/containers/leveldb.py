"""Tables of LevelDB, in which TensorFlow keeps what a checkpoint holds: sorted keys and their values, in blocks.

A table ends in a footer with the place of its index; the index names the blocks, in order; a block is a run of
entries, each of which shares the beginning of its key with the one before it, and a list of the entries that do not.
The whole order is checked, so that a key looked up through the index and a key met in a scan are the same.
Checksums are not computed: they would cost more than all the rest, and prove no count.

Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded, TruncatedFile, UnsupportedFormat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple

    from paramcount.sources.bytesource import ByteSource
else:
    from paramcount.records import NamedTuple

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
"""The last bytes of every table."""
FOOTER = 48
"""Bytes of the footer: the places of two blocks, padding, and the magic."""
TRAILER = 5
"""Bytes behind every block: how it is packed, and its checksum."""
RAW, SNAPPY = 0, 1
"""How a block is packed."""

BLOCK_LIMIT = 64 << 20
"""Bytes of the largest block.  Writers begin a new one after 256 KB."""
KEY_LIMIT = 8 << 10
"""Bytes of the longest key."""
KEYS_LIMIT, KEYS_FREE, KEYS_RATIO = 64 << 20, 1 << 20, 32
"""Bytes of all keys in full: at most the first number, and at most the second and so many times the size of the table.

A key that shares its beginning with the one before it takes four bytes of the table, whatever its length.
"""


class _Block(NamedTuple):
    """Where a block lies, without its trailer."""

    offset: int
    size: int


def is_table(source: ByteSource) -> bool:
    """Whether the last bytes are those of a table."""
    return source.size >= FOOTER and source.read(source.size - 8, 8) == MAGIC


def entries(source: ByteSource) -> Iterator[tuple[bytes, bytes]]:
    """Every key with its value, in the order of the keys.

    Raises:
        TruncatedFile: when the end of the table is missing.
        CorruptFile: when a block is broken, or the keys are not in order.
        UnsupportedFormat: when a block is packed in another way than by Snappy.
        LimitExceeded: when a block or a key is too large.
    """
    previous, total = None, 0
    limit = min(KEYS_LIMIT, KEYS_FREE + KEYS_RATIO * source.size)
    for last, block in _blocks(source):
        where = f"{source.name}, block at byte {block.offset}"
        for key, value in _entries(_read(source, block), where):
            if previous is not None and key <= previous:
                raise CorruptFile("The keys of a table are not in order", where=where, found=repr(key[:80]))
            previous = key
            total += len(key)
            if total > limit:
                raise _too_large("The keys of a table are too long together", where, total, limit)
            yield key, value
        if previous is not None and previous > last:
            raise CorruptFile("A key lies behind what the index says of its block", where=where, found=repr(last[:80]))
        # The next block begins behind the index's key, not only behind the last one that is there.
        previous = last


def first(source: ByteSource) -> tuple[bytes, bytes] | None:
    """The first key with its value, read without the rest of its block, which may hold weights; None if there is none.

    Raises:
        ParamcountError: as ``entries`` does.
    """
    for _, block in _blocks(source):
        where = f"{source.name}, block at byte {block.offset}"
        if _packing(source, block) != RAW:
            return next(_entries(_read(source, block), where), None)
        head = source.read(block.offset, min(block.size, 30))
        shared, fresh, size, at = _lengths(head, 0, where)
        if shared or fresh > KEY_LIMIT or at + fresh + size > block.size:
            raise CorruptFile("The first entry of a block is broken", where=where)
        if size > BLOCK_LIMIT:
            raise _too_large("A value of a table is too large", where, size, BLOCK_LIMIT)
        data = source.read(block.offset + at, fresh + size)
        return data[:fresh], data[fresh:]
    return None


def _blocks(source: ByteSource) -> Iterator[tuple[bytes, _Block]]:
    """Every block of entries, with the key that closes it: its own last one or one behind that."""
    index, where = _index(source), f"{source.name}, index"
    end, closed = 0, None
    for last, value in _entries(_read(source, index), where):
        block, used = _handle(value, 0, where)
        if used != len(value) or (closed is not None and last <= closed):
            raise CorruptFile("The index of a table is broken", where=where, found=repr(last[:80]))
        # Writers lay the blocks one behind the other; a block named twice could be read without end.
        if block.offset < end or block.offset + block.size + TRAILER > index.offset:
            raise CorruptFile(
                "A block of a table is not in its place", where=where,
                found=f"{block.size} bytes at byte {block.offset}", expected=f"bytes {end} to {index.offset}",
            )  # fmt: skip
        end, closed = block.offset + block.size + TRAILER, last
        yield last, block


def _index(source: ByteSource) -> _Block:
    """Where the index lies, as the footer says."""
    if not is_table(source):
        raise TruncatedFile(
            "The end of the table is missing", where=source.name,
            found=f"{source.size} bytes", expected="the magic number of a table as the last 8 bytes",
        )  # fmt: skip
    footer, where = source.read(source.size - FOOTER, FOOTER - 8), f"{source.name}, footer"
    more, at = _handle(footer, 0, where)
    index, _ = _handle(footer, at, where)
    for block in (more, index):
        if block.offset + block.size + TRAILER > source.size - FOOTER:
            raise CorruptFile(
                "The footer of a table points behind its blocks", where=where,
                found=f"{block.size} bytes at byte {block.offset}", expected=f"an end before {source.size - FOOTER}",
            )  # fmt: skip
    return index


def _packing(source: ByteSource, block: _Block) -> int:
    """How a block is packed: the first byte of its trailer."""
    return source.read(block.offset + block.size, 1)[0]


def _read(source: ByteSource, block: _Block) -> bytes:
    """A whole block, unpacked."""
    where = f"{source.name}, block at byte {block.offset}"
    if block.size > BLOCK_LIMIT:
        raise _too_large("A block of a table is too large", where, block.size, BLOCK_LIMIT)
    packing = _packing(source, block)
    data = source.read(block.offset, block.size)
    if packing == RAW:
        return data
    if packing == SNAPPY:
        from paramcount.containers.snappy import decompress

        return decompress(data, BLOCK_LIMIT, where)
    raise UnsupportedFormat(
        "A block of a table is packed in a way that is not read", where=where,
        found=f"type {packing}", expected=f"{RAW} (not packed) or {SNAPPY} (Snappy)",
    )  # fmt: skip


def _entries(data: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    """Every entry of a block; the keys are those of the block alone, not yet compared with others."""
    end, restarts = _restarts(data, where)
    at, key, expected = 0, b"", next(restarts, None)
    while at < end:
        shared, fresh, size, start = _lengths(data, at, where)
        if at == expected:
            # A reader may begin here, and would not know the key before.
            if shared:
                raise CorruptFile("An entry at which one may begin shares its key", where=f"{where}, entry {at}")
            expected = next(restarts, None)
        if shared > len(key) or fresh + size > end - start:
            raise CorruptFile("An entry of a block is longer than there is room", where=f"{where}, entry {at}")
        if shared + fresh > KEY_LIMIT:
            raise _too_large("A key is too long", where, shared + fresh, KEY_LIMIT)
        key = key[:shared] + data[start : start + fresh]
        at = start + fresh + size
        yield key, data[start + fresh : at]
    # A block without entries still has the restart at its beginning.
    if expected is not None and end:
        raise CorruptFile("A block names an entry that is not there", where=where, found=f"byte {expected}")


def _restarts(data: bytes, where: str) -> tuple[int, Iterator[int]]:
    """Where the entries of a block end, and the places at which a reader may begin."""
    count = int.from_bytes(data[-4:], "little")
    end = len(data) - 4 - 4 * count
    if len(data) < 4 or end < 0 or (end and not count):
        raise CorruptFile("The list at the end of a block does not fit", where=where, found=f"{count} places")
    return end, (int.from_bytes(data[at : at + 4], "little") for at in range(end, len(data) - 4, 4))


def _lengths(data: bytes, at: int, where: str) -> tuple[int, int, int, int]:
    """What an entry begins with: shared and further bytes of the key, bytes of the value, and where those begin."""
    if len(data) - at >= 3 and (data[at] | data[at + 1] | data[at + 2]) < 0x80:
        return data[at], data[at + 1], data[at + 2], at + 3
    shared, at = _varint(data, at, where)
    fresh, at = _varint(data, at, where)
    size, at = _varint(data, at, where)
    return shared, fresh, size, at


def _handle(data: bytes, at: int, where: str) -> tuple[_Block, int]:
    """A block as the index and the footer write it, and where the next thing begins."""
    offset, at = _varint(data, at, where)
    size, at = _varint(data, at, where)
    return _Block(offset, size), at


def _varint(data: bytes, at: int, where: str) -> tuple[int, int]:
    """A number of up to 64 bits, and where the next thing begins."""
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        value |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return value, place + 1
        shift += 7
    raise CorruptFile("A number is cut off or too long", where=f"{where}, byte {at}")


def _too_large(what: str, where: str, found: int, limit: int) -> LimitExceeded:
    return LimitExceeded(what, where=where, found=f"{found} bytes", expected=f"at most {limit} bytes")
