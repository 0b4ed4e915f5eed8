"""Groups of the older kind: a version 1 B-tree of symbol table nodes, with the names in a local heap.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (III.A.1, III.B, III.C and III.D)
"""

from __future__ import annotations

from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from paramcount.containers.hdf5.file import Hdf5File

    Link: TypeAlias = int | tuple[str, str]
    """The address of an object header, or the kind and the target of a link that is not followed."""

LEVEL_LIMIT = 16
"""Levels of a B-tree.  With two children a node, 16 levels hold more entries than any file has."""

_TABLE = Struct("<QQ")
_NODE = Struct("<4sBBH")
_CHILD = Struct("<Q")
_HEAP = Struct("<4sIQQQ")
_SYMBOL = Struct("<4s2xH")
_ENTRY = Struct("<QQI4xI12x")

SOFT = 2
"""Cache type of a symbol table entry that is a soft link."""


def read_symbol_table(file: Hdf5File, body: bytes) -> dict[str, Link]:
    """The links of a group whose symbol table message is ``body``, in the order of its B-tree (by name).

    Raises:
        CorruptFile: when a structure is not what the format allows, or two links have one name.
        TruncatedFile: when one lies beyond the end of the file.
    """
    tree, heap = _TABLE.unpack_from(body)
    names = _read_heap(file, heap)
    links: dict[str, Link] = {}
    count = 0
    for node in _symbol_nodes(file, tree):
        count += _read_entries(file, node, names, links)
    if len(links) != count:
        raise file.corrupt("Two links of a group have the same name", tree, found=f"{count - len(links)} doubled")
    return links


def _read_heap(file: Hdf5File, address: int) -> bytes:
    """The data segment of a local heap."""
    data, at = file.view(address, 32)
    signature, _version, size, _free, segment = _HEAP.unpack_from(data, at)
    if signature != b"HEAP":
        raise file.corrupt("A group has no local heap for its names", address, found=signature.hex())
    # A heap that never had to grow is followed by its data segment, which is then here already.
    if segment == address + 32 and at + 32 + size <= len(data):
        file.spent += size
        return data[at + 32 : at + 32 + size]
    return file.part(segment, size)


def _symbol_nodes(file: Hdf5File, root: int) -> tuple[int, ...]:
    """The addresses of the symbol table nodes under the B-tree at ``root``, from left to right."""
    children, level = _read_node(file, root, None)
    if len(children) == 1 and not level:
        return children
    seen = {root}
    while True:
        # A node with two parents is a cycle or a bomb: a sound tree meets each of its nodes once.
        met = len(seen) + len(children)
        seen.update(children)
        if len(seen) != met:
            raise file.corrupt("A node of a B-tree is used twice", root)
        if not level:
            return children
        level -= 1
        children = tuple([below for child in children for below in _read_node(file, child, level)[0]])


def _read_node(file: Hdf5File, address: int, expected: int | None) -> tuple[tuple[int, ...], int]:
    """The children of one B-tree node, and its level above the symbol table nodes."""
    data, at = file.view(address, 40)
    signature, kind, level, used = _NODE.unpack_from(data, at)
    if signature != b"TREE" or kind != 0:
        raise file.corrupt("A group has no B-tree of links", address, found=signature.hex())
    if level != expected if expected is not None else level > LEVEL_LIMIT:
        raise file.corrupt("A B-tree has a node of the wrong level", address, found=str(level))
    if used == 1:
        return _CHILD.unpack_from(data, at + 32), level
    # Keys and children take turns, beginning and ending with a key.
    return Struct("<" + "8xQ" * used).unpack(file.part(address + 24, used * 16)), level


def _read_entries(file: Hdf5File, address: int, names: bytes, links: dict[str, Link]) -> int:
    """Add the links of one symbol table node to ``links``; return how many there were."""
    data, at = file.view(address, 8)
    signature, count = _SYMBOL.unpack_from(data, at)
    if signature != b"SNOD":
        raise file.corrupt("A group has no symbol table node where its B-tree says", address, found=signature.hex())
    size = 8 + 40 * count
    entries = data[at + 8 : at + size] if at + size <= len(data) else file.read(address + 8, size - 8)
    file.spend(size)
    for start, header, cache, value in _ENTRY.iter_unpack(entries):
        end = names.find(b"\0", start)
        if end < 0:
            raise file.corrupt("A name lies outside its local heap", address, found=f"offset {start} of {len(names)}")
        raw = names[start:end]
        name = raw.decode() if raw.isascii() else _decode(raw)
        links[name] = header if cache != SOFT else ("soft link", _target(file, names, value))
    return int(count)


def _target(file: Hdf5File, names: bytes, start: int) -> str:
    """Where a soft link leads to: a path, kept among the names."""
    end = names.find(b"\0", start)
    if end < 0:
        raise file.corrupt("The target of a soft link lies outside its local heap", 0, found=f"offset {start}")
    return _decode(names[start:end])


def _decode(raw: bytes) -> str:
    """A name; bytes that are not UTF-8 are shown escaped."""
    return raw.decode("utf-8", "backslashreplace")
