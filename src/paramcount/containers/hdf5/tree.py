"""Groups and datasets: the tree that the readers walk."""

from __future__ import annotations

from math import prod

from paramcount.containers.hdf5.file import BROKEN
from paramcount.containers.hdf5.groups import read_symbol_table
from paramcount.containers.hdf5.messages import read_dataspace, read_datatype, read_layout
from paramcount.containers.hdf5.objects import (
    ATTRIBUTE_INFO,
    DATASPACE,
    DATATYPE,
    EXTERNAL_FILES,
    GROUP_INFO,
    LAYOUT,
    LINK_INFO,
    SYMBOL_TABLE,
    Header,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.attributes import Value
    from paramcount.containers.hdf5.file import Hdf5File
    from paramcount.containers.hdf5.groups import Link

BOMB_BYTES, BOMB_RATIO = 4 << 30, 1000
"""A dataset that declares more than both, in bytes and in sizes of its file, is refused, as Keras does."""


class _Object:
    """What groups and datasets share: a path, an address and attributes."""

    __slots__ = ("_file", "_header", "address", "path")
    _file: Hdf5File
    _header: Header | None
    address: int
    path: str

    def _messages(self) -> Header:
        """The object header; a dataset drops it at first, for few datasets are asked for their attributes."""
        if self._header is None:
            self._header = Header(self._file, self.address)
        return self._header

    def attribute(self, name: str) -> Value | None:
        """The value of the attribute ``name``, or None when there is none.

        A string becomes a ``str`` (bytes that are not UTF-8 are escaped), numbers become ``int``, ``float`` or
        ``bool``, arrays become flat lists of those, and every other type an ``Unreadable`` with the reason.

        Raises:
            CorruptFile: when the attribute contradicts itself.
            TruncatedFile: when its value lies beyond the end of the file.
        """
        from paramcount.containers.hdf5.attributes import read_attribute

        self._file.path = self.path
        try:
            return read_attribute(self._file, self._messages(), name)
        except BROKEN as error:
            raise self._file.broken(f"attribute {name} of {self.path}", error) from error

    def attribute_names(self) -> tuple[str, ...]:
        """The names of all attributes, in the order of the file."""
        from paramcount.containers.hdf5.attributes import read_names

        self._file.path = self.path
        try:
            return read_names(self._file, self._messages())
        except BROKEN as error:
            raise self._file.broken(f"attributes of {self.path}", error) from error

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


class Group(_Object):
    """A group: its links lead to further groups and to datasets.

    Attributes:
        path: from the root, such as ``/layers/dense``; ``/`` for the root itself.
        address: of the object header.  Two paths with one address are one group (hard links), which is also how
            a caller notices a cycle.
    """

    __slots__ = ("_children", "_complete", "_table")

    def __init__(self, file: Hdf5File, header: Header, path: str) -> None:
        self._file = file
        self._header = header
        self.address = header.address
        self.path = path
        self._table: dict[str, Link] | None = None
        self._children: dict[str, Group | Dataset] = {}
        self._complete = False

    def names(self) -> tuple[str, ...]:
        """The names of all links, those that ``get`` refuses included, in the order of the file."""
        return tuple(self._links())

    def get(self, name: str) -> Group | Dataset | None:
        """The group or dataset that the link ``name`` leads to; None when there is neither.

        Raises:
            UnsafeFile: for soft, external and user-defined links, and for datasets with data in other files.
            UnsupportedHdf5: when the object uses a feature that is not read here.
            CorruptFile: when the object contradicts itself.
            TruncatedFile: when it lies beyond the end of the file.
        """
        known = self._children.get(name)
        if known is None:
            link = self._links().get(name)
            if link is None:
                return None
            path = f"{self.path}/{name}" if self.path != "/" else f"/{name}"
            known = open_object(self._file, link, path)
            if known is not None:
                self._children[name] = known
        return known

    def children(self) -> dict[str, Group | Dataset]:
        """All groups and datasets of this group by name, in the order of the file; see ``get`` for the errors.

        Committed datatypes, the third kind of object, hold no data and are left out.
        """
        if not self._complete:
            file, prefix, known = self._file, self.path if self.path != "/" else "", self._children
            children = {}
            for name, link in self._links().items():
                child = known.get(name) or open_object(file, link, f"{prefix}/{name}")
                if child is not None:
                    children[name] = child
            self._children = children
            self._complete = True
        return dict(self._children)

    def _links(self) -> dict[str, Link]:
        if self._table is None:
            self._file.path = self.path
            try:
                self._table = _read_links(self._file, self._messages())
            except BROKEN as error:
                raise self._file.broken(self.path, error) from error
        return self._table


class Dataset(_Object):
    """A dataset: a tensor, of which only the description is read.

    Attributes:
        path: from the root, such as ``/layers/dense/vars/0``.
        address: of the object header; two paths with one address are one dataset.
        shape: ``()`` for a scalar, ``(0,)`` for a null dataspace; the dimensions of an array datatype come last.
        dtype: in the field's names, such as ``float32`` or ``opaque2``.
        itemsize: bytes of one element.
        declared_bytes: elements times ``itemsize``.
        stored_bytes: bytes in the file; None for chunked storage, where only the chunk index knows.
        allocated: False when the file holds no data for it.
    """

    __slots__ = ("allocated", "declared_bytes", "dtype", "itemsize", "shape", "stored_bytes")

    def __init__(self, file: Hdf5File, header: Header, path: str) -> None:
        self._file = file
        self._header = None
        self.address = header.address
        self.path = path
        kinds = header.kinds
        body = kinds[DATASPACE]
        shape = file.dataspaces.get(body)
        if shape is None:
            shape = file.dataspaces[body] = read_dataspace(file, body)
        body = kinds[DATATYPE] if header.committed is None else _committed_type(file, header)
        datatype = file.datatypes.get(body) or read_datatype(file, body)
        self.dtype = datatype.name
        self.itemsize = itemsize = datatype.size
        if datatype.kind == "array" and datatype.base is not None:
            shape += datatype.dims
            self.dtype = datatype.base.name
            self.itemsize = itemsize = datatype.base.size
        self.shape = shape
        self.declared_bytes = declared = prod(shape) * itemsize
        self.stored_bytes, self.allocated = read_layout(file, kinds[LAYOUT], declared)
        if declared > BOMB_BYTES and declared > BOMB_RATIO * file.size:
            raise file.unsafe(
                "The dataset declares far more data than the file could hold",
                path,
                found=f"{declared} bytes in a file of {file.size}",
            )
        if EXTERNAL_FILES in kinds:
            raise file.unsafe("The data of this dataset is in another file, which is never opened", path)


def open_object(file: Hdf5File, link: Link, path: str) -> Group | Dataset | None:
    """The object behind one link, None for a committed datatype; see ``Group.get`` for the errors."""
    if isinstance(link, tuple):
        raise file.unsafe("Links of this kind are never followed", path, found=f"a {link[0]} to {link[1]!r}")
    file.path = path
    try:
        header = Header(file, link)
        kinds = header.kinds
        if SYMBOL_TABLE in kinds:
            return Group(file, header, path)
        if header.pending:
            header.complete()
        if LAYOUT in kinds and DATASPACE in kinds and (DATATYPE in kinds or header.committed is not None):
            return Dataset(file, header, path)
        if SYMBOL_TABLE in kinds or LINK_INFO in kinds or GROUP_INFO in kinds or header.links:
            return Group(file, header, path)
        if DATATYPE in kinds and LAYOUT not in kinds:
            return None
    except BROKEN as error:
        raise file.broken(path, error) from error
    raise file.corrupt(
        "This object is neither a group nor a dataset",
        link,
        found=f"messages {sorted(kinds)}" if kinds else "no messages",
    )


def _committed_type(file: Hdf5File, header: Header) -> bytes:
    """The datatype message of the object that ``header`` shares its type with."""
    owner = Header(file, header.committed or 0)
    owner.complete()
    # A type that is shared in turn would be a chain, and a chain can be a ring.
    if owner.committed is not None or DATATYPE not in owner.kinds:
        raise file.corrupt("A committed datatype is not where a dataset says", owner.address)
    return owner.kinds[DATATYPE]


def _read_links(file: Hdf5File, header: Header) -> dict[str, Link]:
    """The links of a group, whichever way it stores them."""
    table = header.kinds.get(SYMBOL_TABLE)
    if table is not None:
        links = read_symbol_table(file, table)
    else:
        from paramcount.containers.hdf5.links import read_links

        links = read_links(file, header)
    if "" in links or "/" in "".join(links):
        raise file.corrupt("A link has an empty name, or one with a slash", header.address)
    return links


__all__ = ["ATTRIBUTE_INFO", "Dataset", "Group", "open_object"]
