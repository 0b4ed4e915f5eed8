"""The block of totals: by role, with sizes and reasons, and what else the storage holds."""

from __future__ import annotations

from paramcount.model import OTHER_ROLES, PARAMETER_ROLES
from paramcount.render.document import Column, Line, Table, printable
from paramcount.render.numbers import integer, percent, plural, size
from paramcount.render.reasons import freezers, states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.count import Amount
    from paramcount.model import Layer, Variable
    from paramcount.report import Report

NAMES = {
    "optimizer": "optimizer",
    "metric": "metrics",
    "rng": "random seeds",
    "counter": "counters",
    "table": "tables",
    "constant": "constants",
}
"""What the roles that are no parameters are called."""
MISSES = ("keras-misses-variables", "hub-layer-misses-variables")
"""Findings that say what Keras counts, where that is less than what is there."""

COLUMNS = (
    Column(style="name"),
    Column(right=True, style="number"),
    Column(right=True, style="muted", spare=1),
    Column(right=True),
    Column(right=True),
    Column(style="muted", fold=True),
)


def totals_table(report: Report) -> Table:
    """Trainable, frozen, state, undetermined and total; then what is stored but is no parameter."""
    lines = [*_role_lines(report), *_unknown_lines(report), _total(report)]
    lines += _keras(report)
    lines += _largest(report)
    lines += _formulas(report)
    lines += _quantized(report)
    lines += _other_lines(report)
    lines += _storage_lines(report)
    return Table(COLUMNS, tuple(lines), "totals")


def _line(label: str, amount: Amount, share: str, note: str, style: str, *, bound: bool = False) -> Line:
    number = integer(amount.parameters)
    sized = "" if amount.bytes is None else size(amount.bytes)
    cells = (
        label,
        f"at least {number}" if bound else number,
        share,
        plural(amount.tensors, "tensor"),
        f"at least {sized}" if bound and sized else sized,
        printable(note),
    )
    return Line(cells, (style, style, "", "", "", ""))


def _role_lines(report: Report) -> list[Line]:
    totals, bound = report.totals, report.lower_bound
    whole = 0 if bound else totals.total.parameters
    notes = {"frozen": freezers, "state": states, "undetermined": _undetermined}
    lines = []
    for role, amount in zip(PARAMETER_ROLES, totals, strict=True):
        # Nothing trainable is worth a line of its own, unless that is not even known.
        known = role.value == "trainable" and not bound and not totals.undetermined.tensors and totals.total.tensors
        if amount.tensors or known:
            note = notes[role.value](report) if role.value in notes else ""
            share = percent(amount.parameters, whole) if whole else ""
            lines.append(_line(role.value.capitalize(), amount, share, note, role.value, bound=bound))
    return lines


def _undetermined(report: Report) -> str:
    """The reasons why it is not known whether the undetermined variables train."""
    reasons = {v.reason: None for v in report.variables() if v.role.value == "undetermined" and v.reason}
    return "; ".join(reasons) or "the file does not say whether they train"


def _unknown_lines(report: Report) -> list[Line]:
    if not report.lower_bound:
        return []
    reasons: dict[str, int] = {}
    for layer in report.unknown_layers:
        reasons[layer.unknown] = reasons.get(layer.unknown, 0) + 1
    notes = [f"{plural(number, 'layer')}: {reason}" for reason, number in reasons.items()]
    if report.totals.total.unknown:
        notes.append(f"{plural(report.totals.total.unknown, 'tensor')} of unknown shape")
    return [_note("Unknown", printable("; ".join(notes)), "unknown")]


def _note(label: str, note: str, style: str = "") -> Line:
    """A line of words: no numbers stand in its columns, so the words may begin where those do."""
    return Line((label, "", "", "", "", note), (style, "", "", "", "", style), kind="note")


def _total(report: Report) -> Line:
    amount = report.totals.total
    if report.total is None:
        return Line(("Total", "unknown", "", "", "", ""), ("strong", "unknown", "", "", "", ""), 0, "sum")
    line = _line("Total", amount, "", "", "strong", bound=report.lower_bound)
    return line._replace(kind="sum", styles=("strong", "strong", "", "strong", "strong", ""))


def _keras(report: Report) -> list[Line]:
    """How the numbers map to Keras's own two; nothing where a finding says that Keras counts others."""
    if report.total is None or any(finding.id in MISSES for finding in report.findings):
        return []
    totals = report.totals
    least = integer(totals.trainable.parameters)
    if totals.undetermined.parameters:
        most = integer(totals.trainable.parameters + totals.undetermined.parameters)
        note = f"between {least} and {most} trainable; the file does not say which"
    else:
        note = f"{least} trainable, {integer(totals.non_trainable.parameters)} non-trainable"
    if report.lower_bound:
        note = f"at least {note}, in the layers that are known"
    return [_note("In Keras", note)]


def _largest(report: Report) -> list[Line]:
    """The layer that alone owns more than half of everything, where there is one among several."""
    whole = report.totals.total.parameters
    leaves = [(sum([part.parameters for part in report.totals_of(layer)]), layer) for layer in _leaves(report)]
    owners = [(parameters, layer) for parameters, layer in leaves if parameters]
    if report.lower_bound or len(owners) < 2:
        return []
    parameters, layer = max(owners, key=lambda item: item[0])
    if 2 * parameters <= whole:
        return []
    amount = report.totals_of(layer).total
    line = _line("Largest", amount, percent(amount.parameters, whole), f"{layer.path} alone", "strong")
    return [line._replace(styles=("strong", "strong", "strong", "", "", "strong"))]


def _leaves(report: Report) -> list[Layer]:
    found, pending = [], list(report.layers)
    while pending:
        layer = pending.pop()
        # A layer that is all in its one part, as an LSTM is in its cell, goes by the name that people know.
        if layer.children and (len(layer.children) > 1 or layer.variables):
            pending.extend(layer.children)
        else:
            found.append(layer)
    return found


def _formulas(report: Report) -> list[Line]:
    """Whether the layers' formulas, made from the config alone, say the same as what was found."""
    if report.source.derived:
        known = report.totals.total.tensors > 0
        return [_note("Formulas", "every number comes from them: nothing is stored")] if known else []
    found = report.formulas
    if not found.agreeing:
        return []
    layers = plural(found.layers, "layer")
    if found.agreeing == found.layers:
        which = f"all {layers}" if found.layers > 1 else "the one layer"
        return [_note("Formulas", f"agree for {which} with weights")]
    return [_note("Formulas", f"agree for {found.agreeing:,} of {layers} with weights")]


def _quantized(report: Report) -> list[Line]:
    if not report.quantized or report.logical_total is None:
        return []
    number = integer(report.logical_total)
    return [_note("Unpacked", f"{number} parameters before quantization, without scales and zero points")]


def _other_lines(report: Report) -> list[Line]:
    others = report.not_parameters
    if not others:
        return []
    lines = [Line(("",) * 6, kind="gap"), Line(("Not parameters", "", "", "", "", ""), kind="heading")]
    for role in OTHER_ROLES:
        group = [variable for variable in others if variable.role is role]
        if group:
            lines.append(_other_line(NAMES[role.value], group))
    return lines


def _other_line(label: str, group: list[Variable]) -> Line:
    values = [variable.parameters for variable in group]
    bits = [variable.bits for variable in group]
    sized = "" if None in bits else size(-(-sum([value or 0 for value in bits]) // 8))
    number = integer(sum([value or 0 for value in values]))
    reasons = {variable.reason: None for variable in group if variable.reason}
    note = next(iter(reasons)) if len(reasons) == 1 else ""
    number = f"at least {number}" if None in values else number
    cells = (label, number, "", plural(len(group), "tensor"), sized, printable(note))
    return Line(cells, depth=1)


def _storage_lines(report: Report) -> list[Line]:
    """How the total and the storage agree, where that is not plain to see; and loudly where they do not."""
    if report.model.stored is None:
        # Without a storage, the sums could only disagree with themselves.
        return []
    sums = report.reconcile()
    if not sums.holds:
        note = "these sums do not agree, which is a fault in paramcount: please report it with the model's config"
        return [_note("Check", note, "warning")]
    if sums.stored is None or sums.stored == sums.total:
        return []
    terms = [f"{integer(sums.total)} parameters"]
    if sums.not_parameters:
        terms.append(f"+ {integer(sums.not_parameters)} not parameters")
    if sums.stored_twice:
        terms.append(f"+ {integer(sums.stored_twice)} stored twice")
    if sums.implied:
        terms.append(f"- {integer(sums.implied)} implied, not stored")
    stored = report.model.stored
    tensors = f" in {plural(stored.tensors, 'tensor')}" if stored else ""
    note = f"{integer(sums.stored)} values{tensors} = {' '.join(terms)}"
    return [Line(("",) * 6, kind="gap"), _note("Stored", note)]
