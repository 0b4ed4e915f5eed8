"""The groups of a Keras 3 weights file as a plain tree: which group holds which tensors, under which name.

Keras 3 and tf_keras v3 write one group for each layer, by attribute path (``layers/dense``), with the tensors as
datasets ``0``, ``1``, … of its subgroup ``vars``; from 3.6 on, an attribute of ``vars`` holds the layer's name.
"""

from __future__ import annotations

from math import prod

from paramcount.containers.hdf5 import Dataset, Group
from paramcount.errors import CorruptFile, LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple

    from paramcount.model import Shape
else:
    from paramcount.records import NamedTuple

MAX_DEPTH = 96
MAX_GROUPS = 2_000_000
VARS = "vars"


class StoredVariable(NamedTuple):
    """One dataset."""

    key: str
    """Its name in its group: an index in most files."""
    shape: Shape
    dtype: str
    stored_at: str
    """Path of the dataset, with the name of the shard in front where there are several."""
    address: tuple[int, int]
    """File and object address: equal for two names of one dataset."""

    @property
    def elements(self) -> int:
        """Number of elements."""
        return prod(self.shape)  # type: ignore[arg-type]


class StoredGroup:
    """The tensors of one layer, and the groups below it.

    Attributes:
        key: last part of its path.
        path: where it is in the file.
        variables: the datasets of its ``vars``, by index.
        children: groups below it, in the order of the file.
        is_layer: whether it has a ``vars`` group, so that it is a layer and not a list of layers.
    """

    __slots__ = ("_name", "_vars", "children", "is_layer", "key", "path", "variables")

    def __init__(self, key: str, path: str) -> None:
        self.key = key
        self.path = path
        self._name: str | None = None
        self._vars: Group | None = None
        self.variables: list[StoredVariable] = []
        self.children: dict[str, StoredGroup] = {}
        self.is_layer = False

    @property
    def name(self) -> str:
        """The layer's name as stored, read when it is asked for; empty where the writer stores none."""
        if self._name is None:
            found = self._vars.attribute("name") if self._vars is not None else None
            self._name = found if isinstance(found, str) else ""
        return self._name

    def holds(self, group: Group) -> None:
        """Note that ``group`` is the ``vars`` of this layer."""
        self.is_layer = True
        self._vars = group

    def all_variables(self) -> Iterator[StoredVariable]:
        """The variables of this group and of every group below it."""
        stack = [self]
        while stack:
            group = stack.pop()
            yield from group.variables
            stack.extend(reversed(group.children.values()))


class TreeReader:
    """Reads the groups of one or several files into one tree, as the shards of a model are."""

    def __init__(self) -> None:
        self.root = StoredGroup("", "")
        self.groups = 0
        self.strays: list[StoredVariable] = []
        """Datasets that are not in a ``vars`` group: no Keras 3 file has any."""
        self._first: dict[tuple[int, int], str] = {}

    def add(self, root: Group, label: str = "", file: int = 0) -> None:
        """Add the tree below ``root``.

        Args:
            root: root group of the file.
            label: put in front of the paths of its datasets; names a shard.
            file: number of the file, so that addresses of several files differ.
        """
        visited: set[int] = set()
        stack: list[tuple[Group, StoredGroup, int]] = [(root, self.root, 0)]
        while stack:
            group, into, depth = stack.pop()
            self._guard(group, visited, depth)
            below: list[tuple[Group, StoredGroup, int]] = []
            for key, child in group.children().items():
                if isinstance(child, Dataset):
                    self.strays.append(self._variable(key, child, label, file))
                elif key == VARS:
                    self._read_vars(child, into, label, file, visited, depth)
                else:
                    below.append((child, _descend(into, key), depth + 1))
            stack.extend(reversed(below))

    def _guard(self, group: Group, visited: set[int], depth: int) -> None:
        """Refuse cycles of hard links, and trees no model has."""
        if group.address in visited:
            raise CorruptFile("A group contains itself", where=group.path)
        visited.add(group.address)
        self.groups += 1
        if depth > MAX_DEPTH or self.groups > MAX_GROUPS:
            raise LimitExceeded("The file nests too many groups", where=group.path)

    def _read_vars(self, group: Group, into: StoredGroup, label: str, file: int, visited: set[int], depth: int) -> None:
        """The tensors of one layer; a group in ``vars`` holds further ones under a name of its own."""
        self._guard(group, visited, depth)
        into.holds(group)
        found = into.variables
        for key, child in group.children().items():
            if isinstance(child, Dataset):
                found.append(self._variable(key, child, label, file))
            else:
                self._read_vars(child, _descend(into, key), label, file, visited, depth + 1)
        if len(found) > 1:
            found.sort(key=_by_index)

    def _variable(self, key: str, dataset: Dataset, label: str, file: int) -> StoredVariable:
        """One dataset; a hard link to one that was met before says where that one is."""
        address = (file, dataset.address)
        stored_at = self._first.setdefault(address, label + dataset.path)
        return StoredVariable._make((key, dataset.shape, dtype_of(dataset), stored_at, address))


def read_tree(root: Group) -> TreeReader:
    """The tree of a file that holds all weights of a model."""
    tree = TreeReader()
    tree.add(root)
    return tree


def _by_index(variable: StoredVariable) -> tuple[int, int, str]:
    """Indices in numeric order, then any other names in theirs."""
    key = variable.key
    return (0, int(key), "") if key.isdecimal() and len(key) < 10 else (1, 0, key)


def _descend(into: StoredGroup, key: str) -> StoredGroup:
    """The group ``key`` below ``into``; Windows writers of 2023 put several levels into one name."""
    parts = key.replace("\\", "/").split("/") if "\\" in key else (key,)
    for part in parts:
        if not part:
            continue
        child = into.children.get(part)
        if child is None:
            child = into.children[part] = StoredGroup(part, f"{into.path}/{part}")
        into = child
    return into


def dtype_of(dataset: Dataset) -> str:
    """The dtype in Keras's names: bfloat16 is stored as two opaque bytes, with or without a note that says so."""
    dtype = dataset.dtype
    if dtype == "opaque2":
        return "bfloat16"
    if dtype.startswith("opaque"):
        note = dataset.attribute("dtype")
        return note if isinstance(note, str) else dtype
    return dtype
