"""Which rows a report has at a given depth, so that they visibly add up to the total."""

from __future__ import annotations

from paramcount.count import Totals, tally, variables_of
from paramcount.model import PARAMETER_ROLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NamedTuple

    from paramcount.model import Layer
    from paramcount.render.options import Options
    from paramcount.report import Report
else:
    from paramcount.records import NamedTuple


class Entry(NamedTuple):
    """One row: a layer, or one of the sums that close the gap between the layers and the total."""

    kind: str
    """``layer``; ``own``: weights of a layer beside the layers in it; ``ownerless``: the same of the model itself;
    ``rest``: layers left out; ``twice``: what other rows show too, negative."""
    level: int
    label: str
    layer: Layer
    """For the sums, the layer that they belong to."""
    totals: Totals
    opened: bool = False
    """Whether the rows below it show its parts, so that it must not be added to them."""


def entries(report: Report, options: Options) -> list[Entry]:
    """The rows to show: nested, or the largest ones flat when only so many are wanted."""
    return tree(report, options) if options.top is None else largest(report, options)


def tree(report: Report, options: Options) -> list[Entry]:
    """Rows down to the depth of ``options``, parents before children, sorted among those beside them."""
    found = []
    pending = _inside(report, report.model.root, 0, options)[::-1]
    while pending:
        entry = pending.pop()
        found.append(entry)
        if entry.opened:
            pending.extend(reversed(_inside(report, entry.layer, entry.level + 1, options)))
    return found


def flat(report: Report, options: Options) -> list[Entry]:
    """Rows that do not overlap: the deepest layers shown, by path, and weights that lie beside them."""
    found = [
        entry._replace(level=0, label=_flat_label(entry))
        for entry in tree(report, options)
        if not entry.opened and entry.kind != "twice"
    ]
    if options.sort != "order":
        found.sort(key=_key(options.sort))
    return found


def largest(report: Report, options: Options) -> list[Entry]:
    """The first rows of ``flat``, by size unless another order is asked for, and one row for all others."""
    everything = flat(report, options if options.sort != "order" else options._replace(sort="parameters"))
    shown, rest = everything[: options.top], everything[options.top or 0 :]
    root = report.model.root
    if rest:
        count = len(rest)
        label = "1 more row" if count == 1 else f"{count:,} more rows"
        shown.append(Entry("rest", 0, label, root, _sum(rest)))
    twice = minus(_sum(everything), report.totals)
    if any(amount.tensors for amount in twice):
        shown.append(Entry("twice", 0, "shown twice", root, minus(Totals(), twice)))
    return shown


def _inside(report: Report, parent: Layer, level: int, options: Options) -> list[Entry]:
    """The rows that together make up ``parent``."""
    deeper = options.depth is None or level + 1 < options.depth
    found = [
        Entry("layer", level, child.name, child, report.totals_of(child), deeper and bool(child.children))
        for child in parent.children
    ]
    if options.sort != "order":
        found.sort(key=_key(options.sort))
    own = tally(parent.variables) if parent.variables else Totals()
    if own.total.tensors:
        kind, label = ("own", "own weights") if parent.path else ("ownerless", "weights of no layer")
        found.append(Entry(kind, level, label, parent, own))
    if report.sharing:
        twice = minus(_sum(found), report.totals_of(parent))
        if any(amount.tensors for amount in twice):
            found.append(Entry("twice", level, "shown twice", parent, minus(Totals(), twice)))
    return found


def _sum(rows: Iterable[Entry]) -> Totals:
    total = Totals()
    for row in rows:
        total = total + row.totals
    return total


def minus(whole: Totals, part: Totals) -> Totals:
    """``whole`` less ``part``, field by field."""
    return Totals(
        *[
            type(amount)(*[value - less for value, less in zip(amount, other, strict=True)])
            for amount, other in zip(whole, part, strict=True)
        ]
    )


def _flat_label(entry: Entry) -> str:
    if entry.kind == "own":
        return f"{entry.layer.path} (own weights)"
    return entry.layer.path if entry.kind == "layer" else entry.label


def _key(sort: str) -> Callable[[Entry], tuple[int | str, ...]]:
    """The sort key of ``sort``: names ascend, numbers descend."""
    if sort == "name":
        return lambda entry: (entry.label,)
    if sort == "tensors":
        return lambda entry: (-entry.totals.total.tensors,)
    if sort == "bytes":
        return lambda entry: (-entry.totals.total.bits,)
    if sort == "parameters":
        return lambda entry: (-entry.totals.total.parameters,)
    return lambda entry: (-getattr(entry.totals, sort).parameters,)


class Shown(NamedTuple):
    """What a row shares with the other rows shown."""

    before: tuple[str, ...] = ()
    """Paths of the rows above it that show some of its tensors already."""
    after: tuple[str, ...] = ()
    """Paths of the rows below it that show some of its tensors again."""
    tensors: int = 0
    """How many of its tensors a row above shows already."""
    parameters: int = 0
    """How many parameters those have."""


def shared(report: Report, rows: list[Entry]) -> dict[int, Shown]:
    """Index of a row to what it shares with other rows, for rows that share something."""
    if not report.sharing:
        return {}
    held: dict[int, dict[str, int]] = {}
    holders: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if row.opened or row.kind in ("rest", "twice"):
            continue
        variables = variables_of(row.layer) if row.kind == "layer" else row.layer.variables
        for variable in variables:
            if variable.key in report.sharing and variable.role in PARAMETER_ROLES:
                keys = held.setdefault(index, {})
                if variable.key not in keys:
                    keys[variable.key] = variable.parameters or 0
                    holders.setdefault(variable.key, []).append(index)
    return {index: shown for index, keys in held.items() if (shown := _shown(index, keys, holders, rows)) != Shown()}


def _place(row: Entry) -> str:
    """What other rows call ``row``: a name may occur at several levels."""
    return row.layer.path if row.kind == "layer" else row.label


def _shown(index: int, keys: dict[str, int], holders: dict[str, list[int]], rows: list[Entry]) -> Shown:
    before: dict[str, None] = {}
    after: dict[str, None] = {}
    tensors = parameters = 0
    for key, size in keys.items():
        for other in holders[key]:
            if other != index:
                (before if other < index else after)[_place(rows[other])] = None
        if holders[key][0] < index:
            tensors, parameters = tensors + 1, parameters + size
    return Shown(tuple(before), tuple(after), tensors, parameters)
