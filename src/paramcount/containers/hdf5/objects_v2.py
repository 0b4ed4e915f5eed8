"""Object headers of version 2, which are written with ``libver="latest"`` and when an order is tracked.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A.1.b)
"""

from __future__ import annotations

from paramcount.containers.hdf5.objects import MULTIPLE, SINGLE, UNUSUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File
    from paramcount.containers.hdf5.objects import Header

CREATION_ORDER, PHASE_CHANGE, TIMES = 0x04, 0x10, 0x20
"""Flags: messages carry a creation order; attribute limits and four times stand in the prefix."""


def read_first(file: Hdf5File, header: Header) -> None:
    """Read the first chunk of messages into ``header``."""
    data = file.part(header.address, 6)
    if data[4] != 2:
        raise file.unsupported(f"Object header version {data[4]}", header.address)
    flags = data[5]
    header.message_size = 6 if flags & CREATION_ORDER else 4
    at = 6 + (16 if flags & TIMES else 0) + (4 if flags & PHASE_CHANGE else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(file.part(header.address + at, width), "little")
    _scan(header, file.part(header.address + at + width, size))


def scan_continuation(file: Hdf5File, header: Header, data: bytes, address: int) -> None:
    """The messages of one continuation block: a signature first, a check sum last."""
    if data[:4] != b"OCHK" or len(data) < 8:
        raise file.corrupt("A continuation block of an object header has no signature", address, found=data[:4].hex())
    _scan(header, data[4:-4])


def _scan(header: Header, data: bytes) -> None:
    """The messages of one chunk; a gap too small for a message may follow the last."""
    at, end, head, kinds = 0, len(data), header.message_size, header.kinds
    while at + head <= end:
        kind, flags = data[at], data[at + 3]
        start = at + head
        at = start + (data[at + 1] | data[at + 2] << 8)
        if at > end or flags & UNUSUAL:
            header.check(kind, flags, data[start:at], at - end)
        if kind in SINGLE:
            if kind not in kinds:
                kinds[kind] = data[start:at]
        elif kind in MULTIPLE:
            header.add(kind, data[start:at])
