"""The formula of a line: the folded groups of its variables added, equal directions in front as a factor."""

from __future__ import annotations

from paramcount.count import layers_of
from paramcount.explaining.records import AGREES, DIFFERS, FORMULA, NONE, PARTLY, STORED, UNKNOWN
from paramcount.folding import fold, repeated
from paramcount.formula import COPIES, Number, Product, Sum, Symbol, total
from paramcount.layers.table import is_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    from paramcount.explaining.records import Item
    from paramcount.explaining.units import Unit
    from paramcount.formula import Expression
    from paramcount.model import Layer
else:
    from paramcount.records import NamedTuple

SPELLED = 4
"""So many variables without a formula are written out by their stored shapes; of more, only the sum is."""

NOT_DERIVABLE = {
    "JaxLayer": "its weights are those of a JAX function",
    "FlaxLayer": "its weights are those of a Flax module",
    "TorchModuleWrapper": "its weights are those of a PyTorch module",
    "TFSMLayer": "its weights are those of a SavedModel",
}
"""Layers of Keras whose config says nothing about their weights."""


class Term(NamedTuple):
    """One addend of a formula."""

    holder: Layer
    formula: Expression


def terms_of(items: Sequence[Item]) -> list[Term]:
    """One term for each group of variables that belong together, in their order."""
    groups: dict[tuple[int, str, bool], list[Item]] = {}
    for item in items:
        groups.setdefault((id(item.holder), item.variable.group, item.formula is not None), []).append(item)
    return [Term(group[0].holder, _folded(group)) for group in groups.values()]


def _folded(items: list[Item]) -> Expression:
    if items[0].formula is not None:
        return fold([item.variable.axes or () for item in items])
    return total(_plain(item) for item in items)


def _plain(item: Item) -> Expression:
    """The product of a stored shape; a name without a number where not even that is known."""
    shape = item.variable.shape
    if shape is None or None in shape:
        return Symbol(item.name, None)
    numbers = [Number(size or 0) for size in shape]
    return numbers[0] if len(numbers) == 1 else Product(numbers) if numbers else Number(1)


def composed(unit: Unit, items: Sequence[Item]) -> Expression | None:
    """The formula of a line; None when it has no variables, or too many of which only the shapes are known."""
    plain = [item for item in items if item.formula is None]
    if not items or len(plain) > SPELLED:
        return None
    for layer in unit.holders:
        if layer.class_name == "Bidirectional":
            return total(_directions(_sides(layer, items)))
    return _added([term.formula for term in terms_of(items)])


def _sides(layer: Layer, items: Sequence[Item]) -> tuple[list[Item], list[Item], list[Item]]:
    """The variables of the forward and of the backward layer, and all others.

    Where the two layers are not there, as in files of Keras 2, the names of the variables tell them apart.
    """
    if len(layer.children) == 2:
        inside = {id(inner): place for place, child in enumerate(layer.children) for inner in layers_of(child)}
        places = [inside.get(id(item.holder), 2) for item in items]
    else:
        fronts = ("forward_", "backward_")
        places = [next((i for i, front in enumerate(fronts) if item.name.startswith(front)), 2) for item in items]
    forward, backward, others = (
        [item for item, place in zip(items, places, strict=True) if place == side] for side in range(3)
    )
    return forward, backward, others


def _directions(sides: tuple[list[Item], list[Item], list[Item]]) -> list[Expression]:
    """The terms of both directions, as twice those of one where they are alike."""
    forward, backward, others = ([term.formula for term in terms_of(side)] for side in sides)
    if forward and forward == backward:
        return [repeated(Symbol("directions", 2, COPIES), _added(forward)), *others]
    return [*forward, *backward, *others]


def _added(terms: list[Expression]) -> Expression:
    """The sum, without a sum inside a sum."""
    flat: list[Expression] = []
    for term in terms:
        flat += term.terms if isinstance(term, Sum) else [term]
    return total(flat)


def status_of(unit: Unit, items: Sequence[Item], formula: Expression | None, witness: bool) -> tuple[str, str]:
    """How formula and storage stand to each other, and why.

    Args:
        unit: what the line is about.
        items: its variables.
        formula: their sum.
        witness: whether there is anything beside the formula: stored tensors, or a model in memory.
    """
    missing = [layer.unknown for layer in unit.holders if layer.unknown]
    if not items:
        return (UNKNOWN, missing[0]) if missing else (NONE, "")
    known = [item for item in items if item.formula is not None]
    differing = [item for item in items if item.differs]
    if differing:
        return DIFFERS, _disagreement(items, formula)
    if missing or any(item.value is None for item in items):
        return UNKNOWN, _missing(items, missing)
    if not known:
        return STORED, _no_formula(unit.layer)
    if len(known) < len(items):
        names = ", ".join(item.name for item in items if item.formula is None)
        return PARTLY, f"{names} by the stored shape: no formula is known for it"
    compared = witness and not all(item.variable.implied for item in items)
    return (AGREES, "") if compared else (FORMULA, "")


def _disagreement(items: Sequence[Item], formula: Expression | None) -> str:
    stored = sum(item.variable.parameters or 0 for item in items)
    derived = None if formula is None else formula.value
    names = ", ".join(item.name for item in items if item.differs)
    if derived == stored:
        return f"{names}: another shape is stored than the formula gives"
    shown = "something else" if derived is None else f"{derived:,}"
    return f"{names}: the formula gives {shown}, but {stored:,} are stored, and those count"


def _missing(items: Sequence[Item], reasons: list[str]) -> str:
    """The reason that the layer itself gives, else the sizes that are missing."""
    if reasons:
        return reasons[0]
    axes = [axis for item in items if item.value is None for axis in item.variable.axes or ()]
    names = dict.fromkeys(symbol.name for axis in axes for symbol in axis.unknown())
    if names:
        return f"not known: {', '.join(names)}"
    return f"the shape of {', '.join(item.name for item in items if item.value is None)} is not known"


def _no_formula(layer: Layer) -> str:
    name = layer.class_name
    if not layer.path and layer.children:
        return "by the stored shapes: weights of the model itself, which no layer owns"
    if not name:
        return "by the stored shapes: the file does not say which class it is"
    if name in NOT_DERIVABLE:
        return f"by the stored shapes: {NOT_DERIVABLE[name]}"
    if not is_known(name):
        return f"by the stored shapes: {name} is not a layer of Keras"
    return "by the stored shapes: no formula is at hand"
