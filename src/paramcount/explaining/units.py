"""Which layers get a line: a layer is explained with the parts that it makes for itself, a model by its layers."""

from __future__ import annotations

from paramcount.count import layers_of
from paramcount.explaining.records import Item
from paramcount.formula import product
from paramcount.layers.table import MODELS, MULTI_HEAD, WITH_CELL, WRAPPERS, is_known
from paramcount.model import PARAMETER_ROLES, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.model import Layer
else:
    from paramcount.records import NamedTuple

COMPOSITE = WITH_CELL | WRAPPERS | MULTI_HEAD
"""Layers of Keras that are explained in one line with everything inside them."""


class Unit(NamedTuple):
    """What one line is about."""

    layer: Layer
    path: str
    holders: tuple[Layer, ...]
    """The layers whose variables belong to it, those inside before the layer itself."""


def units_of(root: Layer) -> list[Unit]:
    """Every layer that owns weights or has nothing inside, in the order of the rows."""
    opened = _opened(root)
    found: list[Unit] = []
    stack = [root]
    while stack:
        layer = stack.pop()
        path = layer.path or (layer.name if layer is root else "")
        if id(layer) in opened:
            if layer.variables or layer.unknown:
                found.append(Unit(layer, path, (layer,)))
            stack.extend(reversed(layer.children))
        else:
            found.append(Unit(layer, path, tuple(reversed(_parents_last(layer)))))
    return found


def items_of(unit: Unit) -> tuple[Item, ...]:
    """The parameters of ``unit``, each tensor once."""
    found: dict[str, Item] = {}
    places = _places(unit)
    for holder in unit.holders:
        doubled = _doubled(holder)
        for variable in holder.variables:
            if variable.role in PARAMETER_ROLES and variable.key not in found:
                formula = None if variable.axes is None else product(variable.axes)
                name = joined(places[id(holder)], _relative(_relative(variable.path, holder.path), doubled))
                found[variable.key] = Item(name, variable, holder, formula)
    return tuple(found.values())


def _doubled(holder: Layer) -> str:
    """The name that all variables of a layer of Keras have in front once more, as Keras 2 wrote it; empty for none.

    ``dense_1/dense_1_1/kernel`` is the kernel of ``dense_1``: there is no layer inside it.
    """
    if holder.children or holder.class_name in COMPOSITE or any(v.axes is None for v in holder.variables):
        return ""
    fronts = {_relative(variable.path, holder.path).rpartition("/")[0] for variable in holder.variables}
    return fronts.pop() if len(fronts) == 1 else ""


def _places(unit: Unit) -> dict[int, str]:
    """``id`` of each holder to where it is, seen from the line.

    A cell is where its layer is, and what wraps a single layer needs not be told apart from it.
    """
    cells = {id(child): holder.path for holder in unit.holders if holder.class_name in WITH_CELL
             for child in holder.children}  # fmt: skip
    places = {id(holder): _relative(cells.get(id(holder), holder.path), unit.layer.path) for holder in unit.holders}
    owners = {places[id(holder)] for holder in unit.holders if holder.variables}
    if len(owners) == 1:
        return dict.fromkeys(places, "")
    return {key: "" if place == unit.layer.path else place for key, place in places.items()}


def is_model(layer: Layer) -> bool:
    """Whether a layer is a model, whose layers are explained one by one."""
    return layer.class_name in MODELS or (bool(layer.children) and not is_known(layer.class_name))


def _opened(root: Layer) -> set[int]:
    """The layers that are explained by what is inside them: models, and whatever holds one."""
    found: set[int] = set()
    for layer in reversed(list(layers_of(root))):
        inside = any(id(child) in found for child in layer.children)
        alone = layer.class_name in COMPOSITE or not layer.children
        if inside or is_model(layer) or not alone:
            found.add(id(layer))
    return found


def _parents_last(layer: Layer) -> list[Layer]:
    """``layer`` and all below it, so that reading backwards meets the parts first, in their order."""
    found: list[Layer] = []
    stack = [layer]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(current.children)
    return found


def _relative(path: str, base: str) -> str:
    return path[len(base) + 1 :] if base and path.startswith(base + "/") else path
