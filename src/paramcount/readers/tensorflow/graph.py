"""A ``GraphDef``: its nodes and those of its functions, with what they say of dtypes and shapes, and no weights.

A node that holds a large constant is read field by field, so that the values are passed over; all others are small.
Source: ``tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,function}.proto``.
"""

from __future__ import annotations

from paramcount.containers import protobuf
from paramcount.containers.protobuf import Span, fields, scan
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow.dtypes import name_of
from paramcount.readers.tensorflow.shapes import shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple

    from paramcount.containers.protobuf import Value
    from paramcount.model import Shape
else:
    from paramcount.records import NamedTuple

SMALL = 1024
"""Bytes of a node, an attribute or a text that is read as a whole."""
NODE_LIMIT = 500_000
"""Nodes of a graph and its functions, four inputs counted as one more; three times those of the largest known."""
INPUT_LIMIT = 1 << 17
"""Inputs of one node; those that initialize or save a model have one for each variable."""
TEXT_LIMIT = 1 << 16
"""Bytes of a name."""


class Node(NamedTuple):
    """One operation."""

    name: str
    op: str
    """Its kind, such as ``Const``, ``Conv2D`` or ``VarHandleOp``; or the name of a function."""
    inputs: tuple[str, ...] = ()
    """As stored: ``name``, ``name:1`` or ``name:output:0`` for values, ``^name`` for what only comes before."""
    dtype: str = ""
    """Of the value of a constant, or of a variable; empty when the node says none."""
    shape: Shape | None = None
    """The same for the shape; None when the node says none, or an unknown one."""
    shared_name: str = ""
    """For a variable, the name by which others find it."""
    calls: tuple[str, ...] = ()
    """Names of the functions that it calls, by the names of its attributes: ``body`` and ``cond`` of a loop."""


class Function(NamedTuple):
    """A function of the graph's library."""

    name: str
    arguments: tuple[str, ...]
    nodes: tuple[Node, ...]
    returns: tuple[tuple[str, str], ...] = ()
    """What each result is called, and which value of the function it is, in the order of the results."""


class Graph(NamedTuple):
    """All of it."""

    nodes: tuple[Node, ...]
    functions: tuple[Function, ...] = ()
    version: int = 0
    """The number by which TensorFlow counts what its graphs may hold; 0 when it is not there."""


def read_graph(span: Span) -> Graph:
    """The graph whose message lies at ``span``.

    Raises:
        CorruptFile: when it is no graph.
        LimitExceeded: when it has more nodes than any graph.
    """
    nodes: list[Node] = []
    functions: list[Function] = []
    version, left = 0, NODE_LIMIT
    for number, value in scan(span):
        if number == 1 and isinstance(value, Span):
            left = _one_less(left, span)
            nodes.append(_node(value))
            left -= len(nodes[-1].inputs) // 4
        elif number == 2 and isinstance(value, Span):
            for inner, function in scan(value):
                if inner == 1 and isinstance(function, Span):
                    functions.append(_function(function, left))
                    inputs = sum([len(node.inputs) // 4 for node in functions[-1].nodes])
                    left = _one_less(left - len(functions[-1].nodes) - inputs, span)
        elif number == 4 and isinstance(value, Span):
            version = _first_number(value)
    return Graph(tuple(nodes), tuple(functions), version)


def main_nodes(span: Span) -> Iterator[Node]:
    """The nodes of a graph without those of its functions, which are most of it and are passed over."""
    left = NODE_LIMIT
    for number, value in scan(span):
        if number == 1 and isinstance(value, Span):
            left = _one_less(left, span)
            yield _node(value)


def _one_less(left: int, span: Span) -> int:
    """How many nodes may follow, after one of them."""
    if left <= 0:
        raise LimitExceeded(
            "The graph has too many nodes", where=span.source.name, expected=f"at most {NODE_LIMIT} nodes"
        )
    return left - 1


def _first_number(span: Span) -> int:
    """The first field of a message, if it is a number."""
    for number, value in scan(span):
        return value if number == 1 and isinstance(value, int) else 0
    return 0


def _function(span: Span, left: int) -> Function:
    name, returns = "", {}
    nodes: list[Node] = []
    arguments: list[str] = []
    order: list[str] = []
    where = f"{span.source.name}, byte {span.start}"
    for number, value in scan(span):
        if not isinstance(value, Span):
            continue
        if number == 1:
            name, arguments, order = _signature(value)
        elif number == 3:
            left = _one_less(left, span)
            nodes.append(_node(value))
        elif number == 4:
            entry = dict(fields(value.read(TEXT_LIMIT), where))
            returns[protobuf.text(entry.get(1, b""), where)] = protobuf.text(entry.get(2, b""), where)
    ordered = [(result, returns[result]) for result in order if result in returns]
    return Function(name, tuple(arguments), tuple(nodes), tuple(ordered))


def _signature(span: Span) -> tuple[str, list[str], list[str]]:
    """The name of a function, and what its arguments and results are called."""
    name = ""
    arguments: list[str] = []
    results: list[str] = []
    where = f"{span.source.name}, byte {span.start}"
    for number, value in scan(span):
        if not isinstance(value, Span):
            continue
        if number == 1:
            name = protobuf.text(value.read(TEXT_LIMIT), where)
        elif number in (2, 3):
            found = next((text for inner, text in fields(value.read(), where) if inner == 1), b"")
            (arguments if number == 2 else results).append(protobuf.text(found, where))
    return name, arguments, results


class _Attributes:
    """What the attributes of one node say."""

    __slots__ = ("calls", "dtype", "said", "shape", "shared_name", "where")

    def __init__(self, where: str) -> None:
        self.where = where
        self.dtype = self.said = self.shared_name = ""
        self.shape: Shape | None = None
        self.calls: list[tuple[bytes, str]] = []

    def add(self, key: bytes, value: bytes) -> None:
        """A small attribute."""
        if key in _KEYS:
            for number, found in fields(value, self.where):
                if number == 6 and isinstance(found, int) and key == b"dtype":
                    self.said = name_of(found)
                elif number == 7 and key == b"shape":
                    self.shape = shape_of(protobuf.message(found, self.where), self.where)
                elif number == 8 and key == b"value":
                    self._tensor(fields(protobuf.message(found, self.where), self.where))
                elif number == 2 and key == b"shared_name":
                    self.shared_name = protobuf.text(found, self.where)
        elif value[:1] == b"\x52" or key == b"branches":
            self._functions(key, value)

    def _functions(self, key: bytes, value: bytes) -> None:
        """The function, or the list of functions, that is the value of an attribute."""
        for number, found in fields(value, self.where):
            if number == 10:
                self._function(key, found)
            elif number == 1:
                for inner, one in fields(protobuf.message(found, self.where), self.where):
                    if inner == 9:
                        self._function(key, one)

    def _function(self, key: bytes, found: Value) -> None:
        for number, name in fields(protobuf.message(found, self.where), self.where):
            if number == 1:
                self.calls.append((key, protobuf.text(name, self.where)))

    def add_large(self, span: Span) -> None:
        """An attribute that is large: of interest only if it is the value of a constant."""
        key = b""
        for number, value in scan(span):
            if number == 1 and isinstance(value, Span):
                key = value.read(TEXT_LIMIT)
            elif number == 2 and isinstance(value, Span) and key == b"value":
                for inner, tensor in scan(value):
                    if inner == 8 and isinstance(tensor, Span):
                        self._tensor(scan(tensor))

    def _tensor(self, entries: Iterator[tuple[int, Value | Span]]) -> None:
        """Dtype and shape of a tensor; its values come behind them and are left where they are."""
        self.shape = self.shape if self.shape is not None else ()
        for number, value in entries:
            if number == 1 and isinstance(value, int):
                self.dtype = name_of(value)
            elif number == 2 and not isinstance(value, int):
                data = value.read(TEXT_LIMIT) if isinstance(value, Span) else value
                self.shape = shape_of(data, self.where)
            elif number > 2:
                break


_KEYS = frozenset((b"value", b"dtype", b"shape", b"shared_name"))


def _key(call: tuple[bytes, str]) -> bytes:
    """Attributes are stored in no order, so their names give one."""
    return call[0]


def _node(span: Span) -> Node:
    where = f"{span.source.name}, node at byte {span.start}"
    name = op = ""
    inputs: list[str] = []
    attributes = _Attributes(where)
    small = span.size <= SMALL
    entries: Iterator[tuple[int, Value | Span]] = fields(span.read(), where) if small else scan(span)
    for number, value in entries:
        if number == 5:
            _attribute(attributes, value, where)
        elif number < 4:
            text = protobuf.text(value.read(TEXT_LIMIT) if isinstance(value, Span) else value, where)
            if number == 1:
                name = text
            elif number == 2:
                op = text
            else:
                inputs.append(text)
                if len(inputs) > INPUT_LIMIT:
                    raise LimitExceeded("A node has too many inputs", where=where, expected=f"at most {INPUT_LIMIT}")
    if not name or not op:
        raise CorruptFile("A node of the graph has no name or no operation", where=where)
    return Node(
        name, op, tuple(inputs), attributes.dtype or attributes.said, attributes.shape, attributes.shared_name,
        tuple([called for _, called in sorted(attributes.calls, key=_key)]),
    )  # fmt: skip


def _attribute(attributes: _Attributes, value: Value | Span, where: str) -> None:
    if isinstance(value, Span):
        if value.size > SMALL:
            attributes.add_large(value)
            return
        value = value.read()
    key = content = b""
    for number, found in fields(protobuf.message(value, where), where):
        if number == 1:
            key = protobuf.message(found, where)
        elif number == 2:
            content = protobuf.message(found, where)
    attributes.add(key, content)
