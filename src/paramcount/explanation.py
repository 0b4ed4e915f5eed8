"""Why a model has the parameters that it has: each layer's formula with this model's numbers in it.

``explain`` is a pure function of a report.  A formula is composed from the symbolic sizes of the variables, folded
into the form of the textbooks, and compared with what is stored.
"""

from __future__ import annotations

from paramcount.count import layers_of
from paramcount.explaining.composing import composed, status_of
from paramcount.explaining.flattening import fits, flattens
from paramcount.explaining.notes import note_of
from paramcount.explaining.records import NONE, Item, Line, Total
from paramcount.explaining.selecting import selected
from paramcount.explaining.summing import total_of
from paramcount.explaining.units import items_of, units_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NamedTuple

    from paramcount.explaining.flattening import Flattened
    from paramcount.explaining.units import Unit
    from paramcount.report import Report
else:
    from paramcount.records import NamedTuple

LEVELS = ("line", "variables", "teach")
"""How much is shown: one line a layer, its variables too, or everything in words for whoever learns it."""

FEW = 12
"""Layers with weights up to which a model is shown by variable when no level is asked for."""


class Explanation(NamedTuple):
    """A model, or a part of it, layer by layer."""

    report: Report
    lines: tuple[Line, ...]
    """The layers that own weights, in the order of the rows, or those that were asked for."""
    total: Total
    weightless: tuple[Line, ...] = ()
    """The layers without weights, which the teaching level names."""
    flattened: dict[str, Flattened] = {}  # noqa: RUF012 - never changed
    """Path of a line to the Flatten in front of that layer."""

    @property
    def level(self) -> str:
        """The level that suits the size: by variable for a small model, one line a layer for a large one."""
        return "variables" if len(self.lines) <= FEW else "line"

    def largest(self) -> Line | None:
        """The line that alone has nine tenths or more of several; None when no line has."""
        known = [(line.value or 0) - line.repeated for line in self.lines]
        if len(known) < 2 or self.total.label != "total" or self.total.lower_bound or not self.total.value:
            return None
        most = max(known)
        return self.lines[known.index(most)] if 10 * most >= 9 * self.total.value else None

    def to_dict(self, level: str = "variables") -> dict[str, Any]:
        """The explanation as plain data, as published in ``docs/explain-schema.json``."""
        from paramcount.render.explanation_json import explanation_to_dict

        return explanation_to_dict(self, level)

    def __str__(self) -> str:
        from paramcount.render.explanation import render

        return render(self).rstrip("\n")

    def _repr_html_(self) -> str:
        from paramcount.render.explanation_html import fragment

        return fragment(self)


def explain(report: Report, patterns: Sequence[str] = ()) -> Explanation:
    """Why ``report`` has the numbers that it has.

    Args:
        report: of any model, stored, in memory or described by its config alone.
        patterns: paths, names or globs of layers or variables; all layers when there are none.

    Returns:
        One line for each layer that owns weights, and how the lines make up the total.

    Raises:
        UsageError: when a pattern matches no layer and no variable.

    Example:
        >>> [line.calculation for line in explain(count("examples/two_dense.h5")).lines]
        ['dense = (2 + 1) * 3 = 9', 'dense_1 = (3 + 1) * 2 = 8']
    """
    witness = report.model.stored is not None or report.source.format == "live"
    everything = [_line(unit, witness) for unit in units_of(report.model.root)]
    before = _flattens(report, everything)
    lines = _marked(selected(everything, patterns))
    lines = [line._replace(note=note_of(line, before.get(line.path))) for line in lines]
    weightless = () if patterns else tuple(line for line in everything if line.status == NONE)
    return Explanation(report, tuple(lines), total_of(report, lines, bool(patterns)), weightless, before)


def _line(unit: Unit, witness: bool) -> Line:
    items = items_of(unit)
    formula = composed(unit, items)
    status, reason = status_of(unit, items, formula, witness)
    return Line(unit.path, unit.layer, items, formula, status, reason)


def _flattens(report: Report, lines: list[Line]) -> dict[str, Flattened]:
    """Path of a line to the Flatten in front of it, where the sizes agree."""
    before: dict[int, Flattened] = {}
    for layer in layers_of(report.model.root):
        if len(layer.children) > 1:
            before |= flattens(layer.children)
    found = {line.path: before[id(line.layer)] for line in lines if id(line.layer) in before}
    return {line.path: found[line.path] for line in lines if line.path in found and fits(found[line.path], line)}


def _marked(lines: Sequence[Line]) -> list[Line]:
    """The lines, with what an earlier line has counted already marked as such."""
    owners: dict[str, str] = {}
    found = []
    for line in lines:
        items: list[Item] = []
        others: dict[str, None] = {}
        for item in line.items:
            owner = owners.setdefault(item.variable.key, line.path)
            items.append(item if owner == line.path else item._replace(repeated=True))
            if owner != line.path:
                others[owner] = None
        found.append(line._replace(items=tuple(items), shared=tuple(others)) if others else line)
    return found


__all__ = ["FEW", "LEVELS", "Explanation", "Item", "Line", "Total", "explain"]
