"""A few words beside a line, computed from its formula and its variables."""

from __future__ import annotations

from paramcount.explaining.composing import terms_of
from paramcount.explaining.flattening import flattened
from paramcount.explaining.records import AGREES, FORMULA
from paramcount.formula import COPIES, Number, Product, Symbol, product
from paramcount.model import Role
from paramcount.notation import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.explaining.flattening import Flattened
    from paramcount.explaining.records import Item, Line
    from paramcount.formula import Expression

LONGEST = 72
"""A formula in names that is longer than this says less than the variables do."""


def note_of(line: Line, flatten: Flattened | None = None) -> str:
    """What is worth saying about a layer; empty when there is nothing to say."""
    parts = [line.reason] if line.reason else []
    if line.formula is not None and line.status in (AGREES, FORMULA):
        parts.append(_in_names(line))
    if flatten is not None:
        parts.append(flattened(flatten))
    parts += [_state(line.items), _sharing(line)]
    return "; ".join(part for part in parts if part)


def peeled(formula: Expression) -> tuple[list[Symbol], Expression]:
    """The numbers of copies in front of a formula, and what there is so often."""
    if not isinstance(formula, Product):
        return [], formula
    copies = []
    for factor in formula.factors:
        if not (isinstance(factor, Symbol) and factor.kind == COPIES):
            break
        copies.append(factor)
    return copies, product(formula.factors[len(copies) :])


def _in_names(line: Line) -> str:
    """``4 gates, each: units * (units + inputs) + units``."""
    assert line.formula is not None  # noqa: S101 - the caller has asked
    copies, inner = peeled(line.formula)
    several = [_counted(symbol) for symbol in copies if symbol.number != 1]
    front = ", each ".join(several)
    if keeps_two_biases(line.items):
        kept = "reset_after=True keeps two biases"
        return f"{front}; {kept}" if front else kept
    names = text(inner, names=True)
    if names == text(inner) or len(names) > LONGEST:
        names = _by_parts(line)
    if not front:
        return names
    return f"{front}, each: {names}" if names else front


def _counted(symbol: Symbol) -> str:
    """``4 gates``."""
    words = symbol.name.replace("_", " ")
    return words if symbol.number is None else f"{symbol.number} {words}"


def keeps_two_biases(items: Sequence[Item]) -> bool:
    """Whether this is a GRU that keeps the biases of its input and of its state apart."""
    for item in items:
        axes = item.variable.axes or ()
        if item.name.rpartition("/")[2] == "bias" and "GRU" in item.holder.class_name and len(axes) == 2:
            return isinstance(axes[0], (Number, Symbol)) and axes[0].value == 2
    return False


def _by_parts(line: Line) -> str:
    """The parts of a composite layer as a sum: ``query_dense + key_dense + value_dense + output_dense``."""
    parts = dict.fromkeys(item.name.rpartition("/")[0] or item.name for item in line.items)
    if len({id(term.holder) for term in terms_of(line.items)}) < 2:
        return ""
    names = list(parts)
    shown = " + ".join(names)
    return shown if len(shown) <= LONGEST else f"{len(names)} parts"


def _state(items: Sequence[Item]) -> str:
    """Which variables never train by design, where others of the layer do."""
    names = [item.name for item in items if item.variable.role is Role.STATE]
    if not names:
        return ""
    if len(names) == len(items):
        return "state, which never trains"
    shown = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return f"{shown} never train" if len(names) > 1 else f"{shown} never trains"


def _sharing(line: Line) -> str:
    if not line.shared:
        return ""
    where = ", ".join(line.shared)
    if all(item.repeated for item in line.items):
        return f"the same tensors as {where}: counted once"
    names = ", ".join(item.name for item in line.items if item.repeated)
    return f"{names} shared with {where}: counted once"
