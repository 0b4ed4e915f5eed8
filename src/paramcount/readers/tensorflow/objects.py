"""The graph of Python objects that a SavedModel and an object-based checkpoint store, in one form for both.

A SavedModel says of each object what it is, of each variable its shape and whether it was created to train.  A
checkpoint has only names, and for each variable the key under which its index has shape and dtype.  Cycles and
objects with many names are normal; nothing here follows an edge.

Source: ``tensorflow/core/protobuf/saved_object_graph.proto`` and ``trackable_object_graph.proto``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import fields, message, scan, text
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow.dtypes import name_of
from paramcount.readers.tensorflow.shapes import head_of, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.containers.protobuf import Span, Value
    from paramcount.model import Shape

OBJECT, VARIABLE, ASSET, FUNCTION, CONSTANT, CAPTURED, RESOURCE = (
    "object", "variable", "asset", "function", "constant", "captured tensor", "resource"
)  # fmt: skip
"""What a node is."""
_OF_VARIABLE = 7
_KINDS = {
    4: OBJECT, 5: ASSET, 6: FUNCTION, _OF_VARIABLE: VARIABLE, 8: FUNCTION, 9: CONSTANT, 10: RESOURCE, 12: CAPTURED,
}  # fmt: skip
"""Field of a ``SavedObject`` to the kind that it means."""

NODE_LIMIT, EDGE_LIMIT = 300_000, 1_000_000
"""Objects of one graph, and what they hold; the largest known has some ten thousand."""
AT_ONCE = 4 << 20
"""Bytes of a graph that is read at once."""
DEPTH_LIMIT = 200
"""Objects inside one another."""
PATH_ROOM = 64 << 20
"""Characters of the paths of one graph together: a few bytes of a file can make many long ones."""
VALUE = "VARIABLE_VALUE"
"""The attribute under which a checkpoint keeps the value of a variable."""


class Room:
    """What the paths of one graph may take, and how deep they may go."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.left = PATH_ROOM

    def take(self, path: str, times: int = 1) -> None:
        """Note that ``path`` is kept.

        Raises:
            LimitExceeded: when all of them together are too long.
        """
        self.left -= (len(path) + 1) * times
        if self.left < 0:
            raise LimitExceeded(
                "The paths of the objects are too long", where=self.where, expected=f"at most {PATH_ROOM} characters"
            )

    def check_depth(self, depth: int) -> None:
        """Check how many objects are inside one another.

        Raises:
            LimitExceeded: when they are too many.
        """
        if depth > DEPTH_LIMIT:
            raise LimitExceeded(
                "The objects are nested too deeply", where=self.where, expected=f"at most {DEPTH_LIMIT} levels"
            )


class Node:
    """One object.

    Attributes:
        number: its place in the graph, by which edges name it.
        kind: one of the constants above.
        identifier: what class of object a SavedModel says it is, such as ``_tf_keras_layer``.
        metadata: JSON that TensorFlow before 2.5 kept with a layer of Keras.
        edges: name and number of every object that it holds.
        slots: numbers of a variable and of its slot, where the object is an optimizer that keeps them so.
        name: of a variable or of the operation of a constant, as TensorFlow names it.
        shape: of a variable; None when its rank is not known.
        dtype: of a variable; empty when not known.
        trainable: the flag that a variable was created with; None where a checkpoint does not tell.
        key: of a variable's value in the index of its checkpoint; empty when it is not known.
        values: keys of everything else that a checkpoint keeps for the object.
    """

    __slots__ = (
        "dtype", "edges", "identifier", "key", "kind", "metadata", "name", "number", "shape", "slots", "trainable",
        "values",
    )  # fmt: skip

    def __init__(self, number: int) -> None:
        self.number = number
        self.kind = OBJECT
        self.identifier = ""
        self.metadata = ""
        self.edges: list[tuple[str, int]] = []
        self.slots: list[tuple[int, int]] = []
        self.name = ""
        self.shape: Shape | None = None
        self.dtype = ""
        self.trainable: bool | None = None
        self.key = ""
        self.values: list[str] = []

    def edge(self, name: str) -> int | None:
        """The number of the object that it holds under ``name``; None when it holds none."""
        for edge, number in self.edges:
            if edge == name:
                return number
        return None

    def names(self) -> set[str]:
        """The names under which it holds objects."""
        return {name for name, _ in self.edges}


class ObjectGraph:
    """All objects; the first one is the root.

    Attributes:
        nodes: by number.
        where: what errors call it.
        flagged: True for a SavedModel, which says of each variable whether it was created to train.
    """

    def __init__(self, nodes: list[Node], where: str, *, flagged: bool) -> None:
        if not nodes:
            raise CorruptFile("The object graph has no objects", where=where)
        self.nodes = nodes
        self.where = where
        self.flagged = flagged
        self._paths: dict[int, str] = {}
        for node in nodes:
            targets = [number for _, number in node.edges] + [number for pair in node.slots for number in pair]
            if targets and not 0 <= min(targets) <= max(targets) < len(nodes):
                raise CorruptFile(
                    "An object refers to one that is not there", where=f"{where}, object {node.number}",
                    found=str(max(targets)), expected=f"a number below {len(nodes)}",
                )  # fmt: skip

    @property
    def root(self) -> Node:
        """The object that was saved."""
        return self.nodes[0]

    def variables(self) -> list[Node]:
        """Every variable, in the order of the graph."""
        return [node for node in self.nodes if node.kind == VARIABLE]

    def children(self, node: Node) -> Iterator[tuple[str, Node]]:
        """Name and object of every edge."""
        for name, number in node.edges:
            yield name, self.nodes[number]

    def paths(self) -> dict[int, str]:
        """Number of every object to the shortest path to it, as TensorFlow writes paths in keys."""
        if self._paths:
            return self._paths
        paths = {0: ""}
        order = [self.root]
        room = Room(self.where)
        for node in order:
            above = paths[node.number]
            for name, number in node.edges:
                if number not in paths:
                    # A point or a slash in a name would be taken for one between names.
                    escaped = name.replace(".", "..").replace("/", ".S")
                    paths[number] = path = f"{above}/{escaped}" if above else escaped
                    room.take(path)
                    order.append(self.nodes[number])
        self._paths = paths
        return paths

    def exports(self) -> list[Node]:
        """The objects that list their variables twice, as exports of Keras 3 do, wherever they are held."""
        every = "_all_variables"
        return [node for node in self.nodes if node.edge(every) is not None and node.edge("variables") is not None]

    def listed(self, node: Node, name: str) -> list[Node] | None:
        """The variables that ``node`` lists under ``name``; None when it has no such list."""
        number = node.edge(name)
        if number is None or self.nodes[number].kind != OBJECT:
            return None
        return [child for _, child in self.children(self.nodes[number]) if child.kind == VARIABLE]


def read_saved_objects(span: Span) -> ObjectGraph:
    """The graph of a SavedModel, from the ``SavedObjectGraph`` in its ``saved_model.pb``."""
    where = f"{span.source.name}, object graph"
    nodes: list[Node] = []
    edges = 0
    # Every object is looked at; one by one is only how a graph of many megabytes stays out of memory.
    small = span.size <= AT_ONCE
    for number, value in fields(span.read(), where) if small else scan(span):
        if number == 1 and not isinstance(value, int):
            nodes.append(_saved(len(nodes), value if isinstance(value, bytes) else value.read(), where))
            edges = _checked_number(nodes, edges, where)
    return ObjectGraph(nodes, where, flagged=True)


def read_tracked_objects(data: bytes, where: str) -> ObjectGraph:
    """The graph of a checkpoint, from a serialized ``TrackableObjectGraph``; shapes are those of the index."""
    nodes: list[Node] = []
    edges = 0
    for number, value in fields(data, where):
        if number == 1:
            nodes.append(_tracked(len(nodes), message(value, where), where))
            edges = _checked_number(nodes, edges, where)
    return ObjectGraph(nodes, where, flagged=False)


def _checked_number(nodes: list[Node], edges: int, where: str) -> int:
    """What all objects so far hold, if they and that are not too many."""
    if len(nodes) > NODE_LIMIT:
        raise LimitExceeded("The object graph has too many objects", where=where, expected=f"at most {NODE_LIMIT}")
    edges += _held(nodes[-1])
    _check_edges(edges, where)
    return edges


def _held(node: Node) -> int:
    return len(node.edges) + len(node.slots) + len(node.values)


def _check_edges(number: int, where: str) -> None:
    if number > EDGE_LIMIT:
        raise LimitExceeded("The objects hold too many others", where=where, expected=f"at most {EDGE_LIMIT}")


def _saved(at: int, data: bytes, where: str) -> Node:
    """One ``SavedObject``."""
    node = Node(at)
    for number, value in fields(data, where):
        if number == _OF_VARIABLE:
            node.kind = VARIABLE
            _variable(node, message(value, where), where)
        elif number == 1:
            node.edges.append(_reference(value, where))
            _check_edges(len(node.edges), where)
        elif number == 3:
            node.slots.append(_slot(value, where))
            _check_edges(_held(node), where)
        elif number in _KINDS:
            node.kind = _KINDS[number]
            _describe(node, number, message(value, where), where)
    return node


def _describe(node: Node, number: int, data: bytes, where: str) -> None:
    """Add what the kind of an object says of it."""
    if number == 4:
        found = dict(fields(data, where))
        node.identifier = text(found.get(1, b""), where)
        node.metadata = text(found.get(3, b""), where)
    elif number == 9:
        node.name = text(dict(fields(data, where)).get(1, b""), where)


def _variable(node: Node, data: bytes, where: str) -> None:
    """Add what a ``SavedVariable`` says.  Its replicas on other devices are the same variable, and passed over."""
    number, node.shape, begin = head_of(data, where)
    node.dtype, node.trainable = name_of(number), False
    for number, value in fields(data[begin:], where):
        if number == 1 and isinstance(value, int):
            node.dtype = name_of(value)
        elif number == 2:
            node.shape = shape_of(message(value, where), where)
        elif number == 3:
            node.trainable = bool(value)
        elif number == 6:
            node.name = text(value, where)


def _tracked(at: int, data: bytes, where: str) -> Node:
    """One ``TrackableObject``."""
    node = Node(at)
    for number, value in fields(data, where):
        if number == 1:
            node.edges.append(_reference(value, where))
        elif number == 2:
            _attribute(node, message(value, where), where)
        elif number == 3:
            node.slots.append(_slot(value, where))
        _check_edges(_held(node), where)
    return node


def _attribute(node: Node, data: bytes, where: str) -> None:
    """Something that the checkpoint keeps for an object: the value of a variable, or what only its class knows."""
    found = {number: text(value, where) for number, value in fields(data, where) if number in (1, 2, 3)}
    key = found.get(3, "")
    if found.get(1) == VALUE:
        node.kind, node.name, node.key = VARIABLE, found.get(2, ""), key
    elif key:
        node.values.append(key)


def _reference(value: Value, where: str) -> tuple[str, int]:
    """Name and number of an ``ObjectReference``."""
    data = message(value, where)
    # Nearly all have a number of one byte or two and a short name, and half of the objects' bytes are references.
    at = 2 if data[1:2] < b"\x80" else 3
    size = len(data) - at - 2
    if data[:1] == b"\x08" and data[at : at + 1] == b"\x12" and 0 <= size == data[at + 1] < 0x80 > data[at - 1]:
        return text(data[at + 2 :], where), data[1] if at == 2 else data[1] & 0x7F | data[2] << 7
    held: Value = 0
    name: Value = b""
    for number, found in fields(data, where):
        if number == 1:
            held = found
        elif number == 2:
            name = found
    return text(name, where), held if isinstance(held, int) else -1


def _slot(value: Value, where: str) -> tuple[int, int]:
    """Numbers of the variable and of its slot."""
    found = dict(fields(message(value, where), where))
    original, slot = found.get(1, 0), found.get(3, 0)
    return (original if isinstance(original, int) else -1), (slot if isinstance(slot, int) else -1)
