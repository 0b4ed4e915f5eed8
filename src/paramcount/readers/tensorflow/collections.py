"""The collections of a graph of TensorFlow 1: which variables it has, and which of them an optimizer would change.

A ``MetaGraphDef``, in a ``.meta`` file or a SavedModel, keeps named lists beside its graph.  ``variables`` and
``trainable_variables`` are what Keras calls weights and trainable weights, slots of the optimizer included; whose
slot one is, its name says.  Shapes are in the graph, at the operation that makes the variable.

Source: ``tensorflow/core/protobuf/meta_graph.proto`` and ``tensorflow/core/framework/variable.proto``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import Span, fields, message, scan, signed, text, varints
from paramcount.errors import CorruptFile
from paramcount.readers.tensorflow.bundle import check_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import NamedTuple

    from paramcount.containers.protobuf import Value
    from paramcount.model import Shape
else:
    from paramcount.records import NamedTuple

VARIABLES, TRAINABLE, LOCAL = "variables", "trainable_variables", "local_variables"
AVERAGED, STEP, MODEL, METRICS = "moving_average_variables", "global_step", "model_variables", "metric_variables"
KNOWN = frozenset((VARIABLES, TRAINABLE, LOCAL, AVERAGED, STEP, MODEL, METRICS))
"""The collections that are read; of all others not even the names of their members."""

MAKERS = frozenset(("VarHandleOp", "VariableV2", "Variable"))
"""Operations that make a variable: a resource, and two generations of references."""


class Part(NamedTuple):
    """Which slice of a partitioned variable one of its parts is."""

    shape: tuple[int, ...]
    """Of the whole."""
    offset: tuple[int, ...]
    size: tuple[int, ...]


class CollectionVariable(NamedTuple):
    """A variable of a graph, or one part of a partitioned one."""

    name: str
    """Of the operation that makes it."""
    full_name: str
    """Of the whole that it is a part of, which is also its name in a checkpoint; else ``name``."""
    shape: Shape | None
    """Its own, as the graph says; None when the graph does not."""
    dtype: str
    trainable: bool | None
    """None when the graph says of no variable whether it trains."""
    collections: tuple[str, ...]
    is_resource: bool
    part: Part | None = None

    @property
    def elements(self) -> int | None:
        """How many elements the shape has; None when it is not known."""
        total = 1
        for size in self.shape if self.shape is not None else (None,):
            if size is None:
                return None
            total *= size
        return total


class _Definition(NamedTuple):
    """A ``VariableDef``."""

    name: str
    full_name: str = ""
    part: Part | None = None
    is_resource: bool = False
    trainable: bool = False


class MetaGraph(NamedTuple):
    """What of a ``MetaGraphDef`` is of interest, as places in its source."""

    collections: tuple[Span, ...]
    graphs: tuple[Span, ...]
    tags: tuple[str, ...]


def read_meta_graph(span: Span) -> MetaGraph:
    """The parts of a ``MetaGraphDef``, none of which is read yet but its tags."""
    collections, graphs, tags = [], [], []
    for number, value in scan(span):
        if not isinstance(value, Span):
            continue
        if number == 1:
            found = (inner for tag, inner in scan(value) if tag == 4 and isinstance(inner, Span))
            tags += [text(inner.read(), span.source.name) for inner in found]
        elif number == 2:
            graphs.append(value)
        elif number == 4:
            collections.append(value)
    return MetaGraph(tuple(collections), tuple(graphs), tuple(tags))


def collection_variables(collections: Iterable[Span], graphs: Iterable[Span]) -> list[CollectionVariable]:
    """Every variable that the collections name, or, where none names any, every one that the graph makes.

    Args:
        collections: the entries of ``collection_def``.
        graphs: the ``graph_def``; protocol buffers allow it to come in pieces.
    """
    members: dict[str, list[str]] = {}
    defined: dict[str, _Definition] = {}
    listed: set[str] = set()
    for key, definition in _members(collections):
        listed.add(key)
        known = defined.setdefault(definition.name, definition)
        if definition.full_name and not known.full_name:
            defined[definition.name] = definition
        members.setdefault(definition.name, []).append(key)
    made = _made(graphs)
    if VARIABLES not in listed and TRAINABLE not in listed:
        # A graph that was stripped of its collections still shows what it would restore.
        for name in made:
            defined.setdefault(name, _Definition(name))
    flags = any(definition.trainable for definition in defined.values())
    return [
        _variable(definition, tuple(dict.fromkeys(members.get(name, ()))), made, listed, flags)
        for name, definition in defined.items()
    ]


def _variable(
    definition: _Definition,
    members: tuple[str, ...],
    made: Mapping[str, tuple[Shape | None, str, bool]],
    listed: set[str],
    flags: bool,
) -> CollectionVariable:
    """One variable.  Before TensorFlow 1.13 definitions had no flag, so that one that is not set may mean nothing."""
    shape, dtype, resource = made.get(definition.name, (None, "", definition.is_resource))
    trains = TRAINABLE in members if TRAINABLE in listed else definition.trainable if flags else None
    full_name = definition.full_name or definition.name
    return CollectionVariable(definition.name, full_name, shape, dtype, trains, members, resource, definition.part)


def _made(graphs: Iterable[Span]) -> dict[str, tuple[Shape | None, str, bool]]:
    """Shape and dtype of every variable by the name of the operation that makes it, and whether it is a resource."""
    from paramcount.readers.tensorflow.graph import read_graph

    nodes = (node for span in graphs for node in read_graph(span).nodes if node.op in MAKERS)
    return {node.name: (node.shape, node.dtype, node.op == "VarHandleOp") for node in nodes}


def _members(collections: Iterable[Span]) -> Iterator[tuple[str, _Definition]]:
    """Each member of each known collection, with the collection's name: ``variables`` first, for the order."""
    found: list[tuple[str, Span]] = []
    for span in collections:
        key, content = "", None
        for number, value in scan(span):
            if isinstance(value, Span):
                key, content = (text(value.read(), span.source.name), content) if number == 1 else (key, value)
        if key in KNOWN and content is not None:
            found.append((key, content))
    for key, content in sorted(found, key=_variables_first):
        for definition in _definitions(content):
            yield key, definition


def _variables_first(item: tuple[str, Span]) -> tuple[bool, str]:
    return item[0] != VARIABLES, item[0]


def _definitions(content: Span) -> Iterator[_Definition]:
    """The members of one ``CollectionDef``: names of operations, or definitions."""
    where = content.source.name
    for kind, values in scan(content):
        if kind not in (1, 2) or not isinstance(values, Span):
            continue
        for number, value in scan(values):
            if number == 1 and isinstance(value, Span):
                data = value.read()
                yield _Definition(_operation(text(data, where))) if kind == 1 else _definition(data, where)


def _definition(data: bytes, where: str) -> _Definition:
    found = dict(fields(data, where))
    full_name, part = _part(message(found[4], where), where) if 4 in found else ("", None)
    name = _operation(text(found.get(1, b""), where))
    return _Definition(name, full_name, part, bool(found.get(5, 0)), bool(found.get(7, 0)))


def _part(data: bytes, where: str) -> tuple[str, Part | None]:
    """Name of the whole and place of the part, from a ``SaveSliceInfoDef``."""
    name = ""
    numbers: dict[int, list[int]] = {2: [], 3: [], 4: []}
    for number, value in fields(data, where):
        if number == 1:
            name = text(value, where)
        elif number in numbers:
            numbers[number] += _numbers(value, where)
    sizes, offset, size = (tuple(found) for found in numbers.values())
    if any(one < 0 for one in sizes):
        raise CorruptFile("A variable in parts has no definite shape", where=where, found=f"{name}, {sizes[:8]}")
    check_shape(sizes, f"{where}, {name}")
    return name, Part(sizes, offset, size) if name else None


def _numbers(value: Value, where: str) -> list[int]:
    """A repeated number, packed or not."""
    return [signed(one) for one in ([value] if isinstance(value, int) else varints(value, where))]


def _operation(name: str) -> str:
    """The operation whose output ``name`` is: ``w`` for ``w:0``."""
    return name.removesuffix(":0")


def wholes(variables: Iterable[CollectionVariable]) -> dict[str, CollectionVariable]:
    """The variables by their names in a checkpoint; the parts of a partitioned one are put together."""
    found: dict[str, CollectionVariable] = {}
    for variable in variables:
        known = found.get(variable.full_name)
        if known is not None:
            trains = known.trainable or variable.trainable
            found[variable.full_name] = known._replace(trainable=trains)
        elif variable.part is not None:
            found[variable.full_name] = variable._replace(name=variable.full_name, shape=variable.part.shape)
        else:
            found[variable.full_name] = variable
    return found
