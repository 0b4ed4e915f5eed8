"""Object headers: the list of messages that makes an address a group or a dataset.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A, versions 1 and 2)
"""

from __future__ import annotations

from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File

DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES, LAYOUT = 0x01, 0x02, 0x03, 0x06, 0x07, 0x08
GROUP_INFO, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 0x0A, 0x0C, 0x10, 0x11, 0x15

SINGLE = frozenset((DATASPACE, LINK_INFO, DATATYPE, EXTERNAL_FILES, LAYOUT, GROUP_INFO, SYMBOL_TABLE, ATTRIBUTE_INFO))
"""Messages of which an object has one; the first counts, as in the HDF5 library."""

MULTIPLE = frozenset((LINK, ATTRIBUTE, CONTINUATION))
"""Messages of which an object may have many."""

LAST_KNOWN = 0x18
"""The highest message type of the specification."""

SHARED, MUST_UNDERSTAND = 0x02, 0x80
"""Header message flags: the body lies elsewhere; a reader that does not know the message must give up."""

UNUSUAL = SHARED | MUST_UNDERSTAND

BLOCK_LIMIT = 4096
"""Continuation blocks of one object.  HDF5 adds one when the others are full, and makes each larger."""

_SIZE = Struct("<I")
_MESSAGE = Struct("<HHB")
_BLOCK = Struct("<QQ")


class Header:
    """The messages of one object, as far as they have been read.

    Attributes:
        address: of the header, which identifies the object.
        kinds: the body of the first message of each kind in ``SINGLE``.
        links: the bodies of the link messages; None when there are none.
        attributes: the bodies of the attribute messages; None when there are none.
        committed: the address of another object whose datatype is also this one's; None for a type of its own.
        pending: address and size of the continuation blocks that have not been read; None when there are none.
        version: of the header, 1 or 2.
        message_size: bytes before the body of each message.
    """

    __slots__ = ("_file", "address", "attributes", "committed", "kinds", "links", "message_size", "pending", "version")

    def __init__(self, file: Hdf5File, address: int) -> None:
        self._file = file
        self.address = address
        self.kinds: dict[int, bytes] = {}
        self.links: list[bytes] | None = None
        self.committed: int | None = None
        self.attributes: list[bytes] | None = None
        self.pending: list[tuple[int, int]] | None = None
        self.message_size = 8
        data, at = file.view(address, 16)
        if data[at] == 1:
            self.version = 1
            size = 16 + _SIZE.unpack_from(data, at + 8)[0]
            if at + size > len(data):
                data, at = file.view(address, size)
            file.spent += size
            self._scan(data, at + 16, at + size)
        elif data[at : at + 4] == b"OHDR":
            from paramcount.containers.hdf5.objects_v2 import read_first

            self.version = 2
            read_first(file, self)
        else:
            raise file.corrupt("There is no object header", address, found=f"the bytes {data[at : at + 4].hex()}")

    def complete(self) -> None:
        """Read the continuation blocks that have not been read yet.

        The attributes of a group often lie there, so a caller who wants none of them does not pay for them.
        """
        seen: set[int] = set()
        while self.pending:
            address, size = self.pending.pop()
            if address in seen:
                raise self._file.corrupt("A continuation block of an object header is used twice", address)
            if len(seen) >= BLOCK_LIMIT:
                raise self._file.corrupt("An object header has too many continuation blocks", self.address)
            seen.add(address)
            data = self._file.part(address, size)
            if self.version == 1:
                self._scan(data, 0, size)
            else:
                from paramcount.containers.hdf5.objects_v2 import scan_continuation

                scan_continuation(self._file, self, data, address)

    def _scan(self, data: bytes, at: int, end: int) -> None:
        """The messages of one block of a version 1 header, which is ``data`` from ``at`` to ``end``."""
        kinds, unpack = self.kinds, _MESSAGE.unpack_from
        while at + 8 <= end:
            kind, size, flags = unpack(data, at)
            start = at + 8
            at = start + size
            if at > end or flags & UNUSUAL:
                self.check(kind, flags, data[start:at], at - end)
            if kind in SINGLE:
                if kind not in kinds:
                    kinds[kind] = data[start:at]
            elif kind in MULTIPLE:
                self.add(kind, data[start:at])

    def add(self, kind: int, body: bytes) -> None:
        """Keep one message of the kinds in ``MULTIPLE``."""
        if kind == CONTINUATION:
            self.pending = self.pending or []
            self.pending.append(_BLOCK.unpack_from(body))
        elif kind == ATTRIBUTE:
            self.attributes = self.attributes or []
            self.attributes.append(body)
        else:
            self.links = self.links or []
            self.links.append(body)

    def check(self, kind: int, flags: int, body: bytes, excess: int) -> None:
        """Look at a message that is longer than its block, shared, or not to be skipped.

        Raises:
            CorruptFile: when it goes on for ``excess`` bytes behind the end of its block.
            UnsupportedHdf5: when its body is elsewhere, or when it is of an unknown kind and must be understood.
        """
        if excess > 0:
            raise self._file.corrupt(
                "A message is longer than its object header", self.address, found=f"{excess} bytes too many"
            )
        if flags & SHARED and kind == DATATYPE and self.committed is None and DATATYPE not in self.kinds:
            self.committed = self._committed(body)
        elif flags & SHARED and (kind in SINGLE or kind in MULTIPLE):
            raise self._file.unsupported("A shared message", self.address)
        if flags & MUST_UNDERSTAND and kind > LAST_KNOWN:
            raise self._file.unsupported(f"Message type {kind:#06x}", self.address)

    def _committed(self, body: bytes) -> int:
        """The address in a shared message that refers to a committed datatype."""
        # Version 1 has six reserved bytes before the address; version 3 tells a heap (1) from an object (2).
        if body[0] == 1 or body[0] == 2 or (body[0] == 3 and body[1] == 2):
            return int.from_bytes(body[8:16] if body[0] == 1 else body[2:10], "little")
        raise self._file.unsupported("The shared message table", self.address)
