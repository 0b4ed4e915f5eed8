"""Version 2 B-trees: the indexes of densely stored links and attributes.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (III.A.2)
"""

from __future__ import annotations

from struct import Struct

from paramcount.containers.hdf5.file import UNDEFINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File

HUGE_INDIRECT, LINK_NAMES, ATTRIBUTE_NAMES = 1, 5, 8
"""Types of B-trees, by what their records describe."""

DEPTH_LIMIT = 16
"""Levels above the leaves; the number of records grows with the power of the depth."""

NODE_LIMIT = 1 << 20
"""Bytes of one node; HDF5 takes 512."""

_HEADER = Struct("<4sBBIHHBBQHQ")
_NODE = Struct("<4sBB")

CHECKSUM = 4


class _Tree:
    """One B-tree: what its header says, and the nodes that have been met."""

    __slots__ = ("depth", "file", "kind", "node_size", "record_size", "seen", "widths")

    def __init__(self, file: Hdf5File, kind: int, node_size: int, record_size: int, depth: int) -> None:
        self.file = file
        self.kind = kind
        self.node_size = node_size
        self.record_size = record_size
        self.depth = depth
        self.seen: set[int] = set()
        self.widths = _widths(node_size, record_size, depth)


def read_records(file: Hdf5File, address: int, kind: int) -> list[bytes]:
    """All records of the B-tree at ``address``, in its order.

    Raises:
        CorruptFile: when it is not a B-tree of this type, or when its nodes contradict its header.
    """
    head = _HEADER.unpack(file.part(address, _HEADER.size))
    signature, version, found, node_size, record_size, depth, _split, _merge, root, count, total = head
    if signature != b"BTHD" or found != kind:
        raise file.corrupt("There is no B-tree of the expected type", address, found=f"{signature.hex()}, type {found}")
    if version != 0:
        raise file.unsupported(f"B-tree version {version}", address)
    if root == UNDEFINED:
        return []
    if not 0 < record_size < node_size <= NODE_LIMIT or depth > DEPTH_LIMIT:
        raise file.corrupt(
            "A B-tree has impossible sizes",
            address,
            found=f"records of {record_size} bytes in nodes of {node_size} bytes, {depth} levels",
        )
    records: list[bytes] = []
    _read_node(_Tree(file, kind, node_size, record_size, depth), root, count, depth, records)
    if len(records) != total:
        raise file.corrupt(
            "A B-tree has not as many records as it says", address, found=str(len(records)), expected=str(total)
        )
    return records


def _read_node(tree: _Tree, address: int, count: int, level: int, records: list[bytes]) -> None:
    """Add the records of one node, and of those below it, to ``records``.

    The level decreases with each step, so that the depth of the recursion is bounded by ``DEPTH_LIMIT``.
    """
    file, size = tree.file, tree.record_size
    if address in tree.seen:
        raise file.corrupt("A node of a B-tree is used twice", address)
    tree.seen.add(address)
    count_width, total_width = tree.widths[level]
    pointer = 8 + count_width + total_width if level else 0
    used = _NODE.size + count * size + (count + 1) * pointer
    if used + CHECKSUM > tree.node_size:
        raise file.corrupt("A node of a B-tree has more records than fit into it", address, found=str(count))
    data = file.part(address, used)
    signature, _version, kind = _NODE.unpack_from(data)
    if signature != (b"BTIN" if level else b"BTLF") or kind != tree.kind:
        raise file.corrupt("There is no node of a B-tree of the expected type", address, found=signature.hex())
    own = [data[6 + index * size : 6 + (index + 1) * size] for index in range(count)]
    if not level:
        records += own
        return
    at = 6 + count * size
    for index in range(count + 1):
        child = int.from_bytes(data[at : at + 8], "little")
        below = int.from_bytes(data[at + 8 : at + 8 + count_width], "little")
        _read_node(tree, child, below, level - 1, records)
        records += own[index : index + 1]
        at += pointer


def _widths(node_size: int, record_size: int, depth: int) -> list[tuple[int, int]]:
    """For each level, the bytes of the two counts in a child pointer.

    The first holds as many records as a child can have; the second, above level 1, as many as it and all nodes
    below it can have.  Neither is stored: both follow from the sizes in the header.
    """
    most = total = (node_size - _NODE.size - CHECKSUM) // record_size
    leaf_width = _bytes_for(most)
    widths = [(0, 0)]
    total_width = 0
    for _level in range(1, depth + 1):
        widths.append((leaf_width, total_width))
        pointer = 8 + leaf_width + total_width
        most = (node_size - _NODE.size - CHECKSUM - pointer) // (record_size + pointer)
        total = (most + 1) * total + most
        total_width = _bytes_for(total)
    return widths


def _bytes_for(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)
