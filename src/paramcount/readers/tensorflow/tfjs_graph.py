"""The graph of a TensorFlow.js graph model: a ``GraphDef`` as JSON, whose constants stand in the manifest."""

from __future__ import annotations

from paramcount.errors import CorruptFile
from paramcount.readers.tensorflow.constants import Constant, by_itself, classify
from paramcount.readers.tensorflow.consumers import GRAPH
from paramcount.readers.tensorflow.graph import Function, Graph, Node
from paramcount.readers.tensorflow.wiring import Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.readers.tensorflow.tfjs_manifest import Weight


def graph_of(topology: dict[str, Any], where: str) -> Graph:
    """The graph of a topology in JSON.

    Raises:
        CorruptFile: when its nodes are none.
    """
    library = topology.get("library")
    functions = library.get("function") if isinstance(library, dict) else None
    nodes = _nodes(topology.get("node"), where)
    return Graph(nodes, tuple([_function(entry, where) for entry in _list(functions)]))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _nodes(value: object, where: str) -> tuple[Node, ...]:
    return tuple([_node(entry, where) for entry in _list(value)])


def _node(entry: object, where: str) -> Node:
    name, op = (entry.get("name"), entry.get("op")) if isinstance(entry, dict) else (None, None)
    if not isinstance(entry, dict) or not isinstance(name, str) or not isinstance(op, str):
        raise CorruptFile("A node of the graph has no name or no operation", where=where, found=repr(entry)[:80])
    inputs = tuple([value for value in _list(entry.get("input")) if isinstance(value, str)])
    return Node(name, op, inputs, calls=_calls(entry.get("attr")))


def _calls(attributes: object) -> tuple[str, ...]:
    """The functions that a node calls, by the names of its attributes."""
    if not isinstance(attributes, dict):
        return ()
    found = []
    for key in sorted(attributes):
        value = attributes[key]
        function = value.get("func") if isinstance(value, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str):
            found.append(name)
    return tuple(found)


def _function(entry: object, where: str) -> Function:
    signature = entry.get("signature") if isinstance(entry, dict) else None
    name = signature.get("name") if isinstance(signature, dict) else None
    if not isinstance(entry, dict) or not isinstance(signature, dict) or not isinstance(name, str):
        raise CorruptFile("A function of the graph has no name", where=where)
    arguments = _names(signature.get("inputArg"))
    results = entry.get("ret")
    returns = results if isinstance(results, dict) else {}
    ordered = [(one, returns[one]) for one in _names(signature.get("outputArg")) if isinstance(returns.get(one), str)]
    return Function(name, arguments, _nodes(entry.get("nodeDef"), where), tuple(ordered))


def _names(arguments: object) -> tuple[str, ...]:
    names = [one.get("name") for one in _list(arguments) if isinstance(one, dict)]
    return tuple([name for name in names if isinstance(name, str)])


def constants_of(graph: Graph, weights: list[Weight]) -> list[Constant]:
    """Every entry of the manifest as a constant of the graph; one that the graph does not have is judged by itself."""
    wiring = Wiring(graph, GRAPH)
    places: dict[str, tuple[str, Node]] = {}
    for scope, nodes in wiring.scopes():
        for node in nodes:
            if node.op in ("Const", "HostConst"):
                places.setdefault(node.name, (scope, node))
                if scope:
                    places.setdefault(f"{scope}/{node.name}", (scope, node))
    found = []
    for weight in weights:
        made = Node(weight.name, "Const", (), weight.dtype, weight.shape)
        place = places.get(weight.name)
        if place is None:
            verdict = by_itself(weight.dtype, weight.shape)
        else:
            verdict = classify(made._replace(name=place[1].name), place[0], wiring)
        found.append(Constant(made, "", verdict))
    return found
