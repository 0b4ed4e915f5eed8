"""Groups of the newer kind: link messages in the object header, or densely stored in a fractal heap.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A.2.c, g and v)
"""

from __future__ import annotations

from struct import Struct

from paramcount.containers.hdf5.file import UNDEFINED
from paramcount.containers.hdf5.objects import LINK_INFO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File
    from paramcount.containers.hdf5.groups import Link
    from paramcount.containers.hdf5.objects import Header

HARD, SOFT, EXTERNAL = 0, 1, 64
"""Link types; 65 and above are defined by the user."""

TYPED, ORDERED, CHARSET = 0x08, 0x04, 0x10
"""Flags: a link type, a creation order and a character set are there."""

_DENSE = Struct("<QQ")


def read_links(file: Hdf5File, header: Header) -> dict[str, Link]:
    """The links of a group: in their creation order where that is tracked, otherwise by name.

    Raises:
        CorruptFile: when a structure is not what the format allows, or two links have one name.
    """
    header.complete()
    bodies = list(header.links or ())
    info = header.kinds.get(LINK_INFO)
    if info is not None:
        bodies += _dense_links(file, info)
    found = sorted([_read_link(file, body) for body in bodies], key=_by_order)
    links = {name: link for _order, name, link in found}
    if len(links) != len(found):
        raise file.corrupt(
            "Two links of a group have the same name", header.address, found=f"{len(found) - len(links)} doubled"
        )
    return links


def dense_attributes(file: Hdf5File, info: bytes) -> list[bytes]:
    """The attribute messages that an attribute info message leads to."""
    # Creation order tracked: the highest order stands before the addresses.
    heap, names = _DENSE.unpack_from(info, 4 if info[1] & 1 else 2)
    if heap == UNDEFINED:
        return []
    from paramcount.containers.hdf5.btree import ATTRIBUTE_NAMES, read_records
    from paramcount.containers.hdf5.fractal import FractalHeap

    stored = FractalHeap(file, heap)
    bodies = []
    for record in read_records(file, names, ATTRIBUTE_NAMES):
        if record[8] & 2:
            raise file.unsupported("An attribute in the shared message table", names)
        bodies.append(stored.get(record[:8]))
    return bodies


def _dense_links(file: Hdf5File, info: bytes) -> list[bytes]:
    """The link messages that a link info message leads to."""
    heap, names = _DENSE.unpack_from(info, 10 if info[1] & 1 else 2)
    if heap == UNDEFINED:
        return []
    from paramcount.containers.hdf5.btree import LINK_NAMES, read_records
    from paramcount.containers.hdf5.fractal import FractalHeap

    stored = FractalHeap(file, heap)
    # A record is the hash of the name, and then the identifier of the link in the heap.
    return [stored.get(record[4:]) for record in read_records(file, names, LINK_NAMES)]


def _read_link(file: Hdf5File, body: bytes) -> tuple[int, str, Link]:
    """Creation order (-1 when there is none), name and target of one link message."""
    if body[0] != 1:
        raise file.unsupported(f"Link message version {body[0]}", 0)
    flags, at = body[1], 2
    kind = HARD
    if flags & TYPED:
        kind, at = body[at], at + 1
    order = -1
    if flags & ORDERED:
        order, at = int.from_bytes(body[at : at + 8], "little"), at + 8
    if flags & CHARSET:
        at += 1
    width = 1 << (flags & 3)
    size = int.from_bytes(body[at : at + width], "little")
    at += width
    name = body[at : at + size]
    if len(name) != size:
        raise file.corrupt("The name of a link is longer than its message", 0, found=f"{size} bytes")
    return order, _text(name), _target(file, kind, body, at + size)


def _target(file: Hdf5File, kind: int, body: bytes, at: int) -> Link:
    """Where a link leads to, which is only followed when it is a hard link."""
    if kind == HARD:
        address = body[at : at + 8]
        if len(address) != 8:
            raise file.corrupt("A link has no address", 0)
        return int.from_bytes(address, "little")
    size = body[at] | body[at + 1] << 8
    value = body[at + 2 : at + 2 + size]
    if kind == SOFT:
        return "soft link", _text(value)
    if kind == EXTERNAL:
        # A byte of version and flags, the name of the file, and the path in it.
        return "external link", _text(value[1:].replace(b"\0", b" ").strip())
    return f"user-defined link of type {kind}", _text(value)


def _text(data: bytes) -> str:
    """A name; bytes that are not UTF-8 are shown escaped."""
    return data.decode("utf-8", "backslashreplace")


def _by_order(link: tuple[int, str, Link]) -> tuple[int, str]:
    return link[0], link[1]
