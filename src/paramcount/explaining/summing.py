"""How the lines make up the total, and what that total was compared with."""

from __future__ import annotations

from paramcount.explaining.records import AGREES, DIFFERS, FORMULA, NONE, PARTLY, STORED, UNKNOWN, Total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.explaining.records import Line
    from paramcount.report import Report


def total_of(report: Report, lines: Sequence[Line], partial: bool) -> Total:
    """The sum of the model's own rows; of the lines where only a part was asked for."""
    return _sum_of_lines(report, lines) if partial else _sum_of_rows(report, lines)


def _sum_of_rows(report: Report, lines: Sequence[Line]) -> Total:
    rows = [report.totals_of(layer).total for layer in report.layers]
    own = [line for line in lines if line.layer is report.model.root]
    sums = report.reconcile()
    terms = [amount.parameters for amount in rows if amount.tensors] + ([sums.ownerless] if sums.ownerless else [])
    number = len(terms) + sum(1 for line in lines if line.status == UNKNOWN and line not in own)
    bound = report.lower_bound
    return Total("total", tuple(terms), number, sums.shown_twice, report.total, bound, _compared(report, lines))


def _sum_of_lines(report: Report, lines: Sequence[Line]) -> Total:
    counted = [line for line in lines if line.status != NONE]
    terms = tuple(line.value for line in counted if line.value is not None)
    bound = len(terms) < len(counted)
    twice = sum(line.repeated for line in counted)
    value = sum(terms) - twice if terms or not bound else None
    whole = report.total
    note = "" if whole is None or report.lower_bound else f"of {whole:,} in the whole model"
    return Total("sum", terms, len(counted), twice, value, bound, note)


def _compared(report: Report, lines: Sequence[Line]) -> str:
    """``equals what the file stores``, or what stands against that."""
    by_status: dict[str, int] = {}
    for line in lines:
        by_status[line.status] = by_status.get(line.status, 0) + 1
    parts = [_equal(report, by_status)]
    if by_status.get(STORED) or by_status.get(PARTLY):
        number = by_status.get(STORED, 0) + by_status.get(PARTLY, 0)
        parts.append(f"{_layers(number)} without a complete formula")
    if by_status.get(DIFFERS):
        parts.append(f"{_layers(by_status[DIFFERS])} where formula and storage disagree")
    if by_status.get(UNKNOWN):
        parts.append(f"{_layers(by_status[UNKNOWN])} not known")
    return "; ".join(part for part in parts if part)


def _equal(report: Report, by_status: dict[str, int]) -> str:
    stored = report.model.stored
    sums = report.reconcile()
    live = report.source.format == "live"
    if stored is None and not live:
        return "from the config alone" if by_status.get(FORMULA) else ""
    if report.lower_bound:
        return ""
    if live or stored is None:
        return "equals the weights in memory"
    if not sums.holds or not (by_status.get(AGREES) or by_status.get(STORED) or by_status.get(PARTLY)):
        return ""
    if not by_status.get(AGREES) and not by_status.get(PARTLY):
        return "as the file stores it"
    return "equals what the file stores" if sums.stored == sums.total else _with_others(report)


def _with_others(report: Report) -> str:
    """Where the file holds more or fewer values than the model has parameters, how the two go together."""
    sums = report.reconcile()
    parts = []
    if sums.not_parameters:
        parts.append(f"{sums.not_parameters:,} that are no parameters")
    if sums.stored_twice:
        parts.append(f"{sums.stored_twice:,} stored twice")
    more = f", beside {' and '.join(parts)}" if parts else ""
    less = f", with {sums.implied:,} that loading creates" if sums.implied else ""
    return f"equals what the file stores{more}{less}"


def _layers(number: int) -> str:
    return "1 layer" if number == 1 else f"{number:,} layers"
