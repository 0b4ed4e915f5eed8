"""The records of an explanation: facts and expressions, no looks."""

from __future__ import annotations

from paramcount.formula import Number, Symbol
from paramcount.notation import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.formula import Expression
    from paramcount.model import Layer, Variable
else:
    from paramcount.records import NamedTuple

AGREES = "agrees"
"""The formula gives what is stored, or what is there in memory."""
FORMULA = "formula"
"""The formula alone: nothing is stored that it could be compared with."""
STORED = "stored"
"""The stored shapes alone: no formula is known."""
PARTLY = "partly"
"""Some of the variables have a formula, the others are counted from their stored shapes."""
DIFFERS = "differs"
"""The formula gives another number than what is stored; the stored one counts."""
UNKNOWN = "unknown"
"""Neither a formula nor a stored shape gives the number."""
NONE = "none"
"""There is nothing to count."""

STATUSES = (AGREES, FORMULA, STORED, PARTLY, DIFFERS, UNKNOWN, NONE)


class Item(NamedTuple):
    """One variable of a line."""

    name: str
    """As seen from the line: ``kernel``, ``forward_lstm/cell/kernel``."""
    variable: Variable
    holder: Layer
    """The layer that owns it, which may lie inside the line's own layer."""
    formula: Expression | None
    """The product of its axes; None when no formula is known."""
    repeated: bool = False
    """Whether a line before this one has counted the same tensor."""

    @property
    def value(self) -> int | None:
        """Parameters: as stored, or by the formula where nothing is stored; None when neither is known."""
        stored = self.variable.parameters
        return stored if stored is not None or self.formula is None else self.formula.value

    @property
    def differs(self) -> bool:
        """Whether the formula gives another shape than the stored one."""
        axes, shape = self.variable.axes, self.variable.shape
        if axes is None or shape is None:
            return False
        pairs = zip(axes, shape, strict=False)
        return len(axes) != len(shape) or any(None not in (a.value, size) and a.value != size for a, size in pairs)


class Line(NamedTuple):
    """One layer with its variables, or one variable that was asked for alone."""

    path: str
    layer: Layer
    items: tuple[Item, ...] = ()
    formula: Expression | None = None
    """In compact form; None when there is nothing that could be written."""
    status: str = NONE
    reason: str = ""
    """Why the status is what it is, as part of a sentence; empty when formula and storage agree."""
    note: str = ""
    """What is worth saying in a few words: the formula in names, state, sharing."""
    shared: tuple[str, ...] = ()
    """Paths of lines before this one that count some of the same tensors."""

    @property
    def alone(self) -> bool:
        """Whether the line is about one variable that was asked for, and not about its whole layer."""
        return len(self.items) == 1 and self.path != self.layer.path and self.path.endswith(f"/{self.items[0].name}")

    @property
    def value(self) -> int | None:
        """Parameters that count: the stored ones where they are known."""
        values = [item.value for item in self.items]
        if self.status == UNKNOWN or None in values:
            return None
        return sum(value or 0 for value in values)

    @property
    def derived(self) -> int | None:
        """What the formula gives; None when there is none or a size in it is not known."""
        if self.formula is None or self.status == STORED:
            return None
        return self.formula.value

    @property
    def repeated(self) -> int:
        """Parameters that a line before this one has counted."""
        return sum(item.value or 0 for item in self.items if item.repeated)

    @property
    def expression(self) -> str:
        """The formula with its numbers, ``(3 + 1) * 5``; empty where it would only repeat the result."""
        if self.formula is None or (isinstance(self.formula, (Number, Symbol)) and self.formula.value is not None):
            return ""
        return text(self.formula)

    @property
    def result(self) -> str:
        """What the expression amounts to, in plain digits; ``?`` when that is not known."""
        value = self.derived if self.status == DIFFERS else self.value
        return "?" if value is None else str(value)

    @property
    def calculation(self) -> str:
        """The whole line: ``dense = (3 + 1) * 5 = 20``."""
        return " = ".join(part for part in (self.path, self.expression, self.result) if part)


class Total(NamedTuple):
    """How the lines make up the total."""

    label: str
    """``total`` for a whole model, ``sum`` for a part of it."""
    terms: tuple[int, ...]
    """Parameters of the rows that add up."""
    rows: int
    """Number of rows, those of which nothing is known included."""
    shown_twice: int
    """Parameters that stand in more than one row, because their tensors are shared."""
    value: int | None
    """The total; None when nothing is known."""
    lower_bound: bool
    """Whether something is missing, so that the total is "at least"."""
    note: str = ""
    """What it was compared with."""
