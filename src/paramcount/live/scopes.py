"""Variables that nothing but their names puts in order: those of a graph of TensorFlow 1, and those of bare lists.

A graph of TensorFlow 1 keeps its variables in collections.  ``tf.saved_model.load`` makes objects only of those that
are resources; reference variables, which TensorFlow 1 makes unless told otherwise, stay in the graph alone, and so
``loaded.variables`` leaves them out without an error.
"""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any

from paramcount.live import trackables
from paramcount.live.roles import plain_shape

if TYPE_CHECKING:
    from collections.abc import Iterable

_SLOTS = {
    "Adadelta", "Adadelta_1", "Adagrad", "AdagradDA", "Adam", "Adam_1", "Ftrl", "Ftrl_1", "Momentum",
    "RMSProp", "RMSProp_1", "RMSProp_2",
}  # fmt: skip
"""What the optimizers of TensorFlow 1 append to the name of a variable for their slots."""
_POWERS = re.compile(r"(.*/)?beta[12]_power(_\d+)?")
_PART = re.compile(r"part_\d+")


class Scope:
    """The variables whose names begin alike.

    Args:
        name: the last part of what their names begin with.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.variables: list[tuple[str, Any]] = []
        self.scopes: dict[str, Scope] = {}


def scope_of(variables: Iterable[tuple[str, Any]]) -> Scope:
    """The tree of scopes of named variables; what all of their names begin with is left out.

    The parts of a partitioned variable stay together in the scope that holds it, as ``w/part_0``.
    """
    split = []
    for name, variable in variables:
        last = short(name)
        above = name[: -len(last)].rstrip("/")
        split.append((above.split("/") if above else [], last, variable))
    while split and all(len(scopes) > 1 for scopes, _, _ in split) and len({scopes[0] for scopes, _, _ in split}) == 1:
        split = [(scopes[1:], last, variable) for scopes, last, variable in split]
    root = Scope("")
    for scopes, last, variable in split:
        place = root
        for name in scopes:
            place = place.scopes.setdefault(name, Scope(name))
        place.variables.append((last, variable))
    return root


def short(name: str) -> str:
    """The last part of a name; the last two for a part of a partitioned variable."""
    above, _, last = name.rpartition("/")
    return f"{above.rpartition('/')[2]}/{last}" if above and _PART.fullmatch(last) else last


def name_of(variable: Any) -> str:
    """The full name, without the number of the output."""
    return str(getattr(variable, "name", "") or type(variable).__name__).partition(":")[0]


def graph_of(one: Any) -> Any:
    """The graph of TensorFlow 1 that ``one`` was loaded with, or that a function wraps; None when there is none."""
    graph = trackables.attributes(one).get("graph")
    if graph is None and trackables.kind_of(one) == trackables.FUNCTION:
        graph = getattr(one, "graph", None)
    return graph if hasattr(graph, "get_collection") else None


def in_graph(graph: Any) -> dict[str, Any]:
    """Name to variable, of all variables in the graph's collection; a variable that is used twice is there once."""
    return {name_of(variable): variable for variable in graph.get_collection("variables")}


def trained_in(graph: Any) -> set[str] | None:
    """Names of the variables that the graph was made to train; None when it does not say."""
    return {name_of(variable) for variable in graph.get_collection("trainable_variables")} or None


def is_slot(name: str, trained: set[str]) -> bool:
    """Whether a variable belongs to an optimizer of TensorFlow 1, which only its name tells."""
    stem, _, last = name.rpartition("/")
    if last in _SLOTS or _PART.fullmatch(last):
        slot = last if last in _SLOTS else stem.rpartition("/")[2]
        owner = stem if last in _SLOTS else stem.rpartition("/")[0]
        return slot in _SLOTS and (owner in trained or f"{owner}/part_0" in trained)
    return bool(_POWERS.fullmatch(name))


def constants(graph: Any) -> tuple[int, int]:
    """Number and values of the floating constants in a graph that are more than single numbers."""
    number = values = 0
    for operation in graph.get_operations():
        if operation.type == "Const":
            tensor = operation.outputs[0]
            shape = plain_shape(tensor.shape)
            if shape and None not in shape and trackables.dtype_of(tensor).startswith(("float", "bfloat")):
                number += 1
                values += prod(shape)
    return number, values
