"""Snappy: one block of bytes, unpacked by plain Python within a bound.

Tables of TensorFlow may pack their blocks this way.  They hold names and shapes, so they are small.

Format: https://github.com/google/snappy/blob/main/format_description.txt
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded

RATIO = 64
"""No packed byte can stand for more than this: a copy of 64 bytes takes at least two."""


def decompress(data: bytes, limit: int, where: str) -> bytes:
    """The bytes that ``data`` stands for.

    Args:
        data: one packed block.
        limit: the largest size that is accepted.
        where: what an error calls it.

    Raises:
        CorruptFile: when it is no such block, or does not have the size it says.
        LimitExceeded: when that size is beyond ``limit``.
    """
    size, at = _size(data, where)
    if size > limit:
        raise LimitExceeded(
            "A packed block is too large", where=where, found=f"{size} bytes", expected=f"at most {limit} bytes"
        )
    if size > RATIO * len(data):
        raise _corrupt("A packed block says that it is larger than it can be", where, 0, f"{size} bytes")
    out = bytearray()
    while at < len(data):
        kind = data[at] & 3
        at = _literal(data, at, out, where) if kind == 0 else _copy(data, at, kind, out, where)
        # Checked after each step, which adds no more than the packed bytes themselves or 64 bytes.
        if len(out) > size:
            raise _corrupt("A packed block holds more than it says", where, at, expected=f"{size} bytes")
    if len(out) != size:
        raise _corrupt("A packed block holds less than it says", where, at, f"{len(out)} bytes", f"{size} bytes")
    return bytes(out)


def _size(data: bytes, where: str) -> tuple[int, int]:
    """The size that the block says it has when unpacked, and where its first element begins."""
    value = 0
    for place in range(min(5, len(data))):
        value |= (data[place] & 0x7F) << 7 * place
        if data[place] < 0x80:
            return value, place + 1
    raise _corrupt("The size of a packed block is cut off or too long", where, 0)


def _literal(data: bytes, at: int, out: bytearray, where: str) -> int:
    """Bytes as they are: up to 60 by the tag itself, more by a length of one to four bytes behind it."""
    length = data[at] >> 2
    at += 1
    if length >= 60:
        width = length - 59
        length = int.from_bytes(_taken(data, at, width, where), "little")
        at += width
    out += _taken(data, at, length + 1, where)
    return at + length + 1


def _copy(data: bytes, at: int, kind: int, out: bytearray, where: str) -> int:
    """Bytes that stand ``offset`` bytes back already, and may go on into what the copy itself adds."""
    tag, width = data[at], (0, 1, 2, 4)[kind]
    offset = int.from_bytes(_taken(data, at + 1, width, where), "little")
    if kind == 1:
        length, offset = (tag >> 2 & 7) + 4, offset | (tag >> 5) << 8
    else:
        length = (tag >> 2) + 1
    if not 0 < offset <= len(out):
        raise _corrupt("A packed block copies what it has not written yet", where, at, f"{offset} bytes back")
    start = len(out) - offset
    if offset >= length:
        out += out[start : start + length]
    else:
        out += (out[start:] * (length // offset + 1))[:length]
    return at + 1 + width


def _taken(data: bytes, at: int, size: int, where: str) -> bytes:
    """Exactly ``size`` bytes from ``at``."""
    part = data[at : at + size]
    if len(part) != size:
        raise _corrupt("A packed block is cut off", where, at)
    return part


def _corrupt(what: str, where: str, at: int, found: str = "", expected: str = "") -> CorruptFile:
    place = f"{where}, packed byte {at}" if at else where
    return CorruptFile(what, where=place, found=found, expected=expected)
