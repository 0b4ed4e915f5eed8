"""The table of layers."""

from __future__ import annotations

from paramcount.count import variables_of
from paramcount.model import PARAMETER_ROLES
from paramcount.render.document import Column, Line, Table, printable
from paramcount.render.numbers import bar, integer, layer_shape, percent, tensor_shape
from paramcount.render.reasons import trains, unknowns
from paramcount.render.rows import entries, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Layer, Variable
    from paramcount.render.options import Options
    from paramcount.render.rows import Entry, Shown
    from paramcount.report import Report

TITLES = ("Layer", "Class", "Output", "Tensors", "Parameters", "Share", "", "Shared", "Trains")
VARIABLE_TITLES = ("Layer, variable", "Class, dtype", "Output, shape", *TITLES[3:])


def layers_table(report: Report, options: Options) -> Table:
    """One line a layer, and below it, where asked for, one line a tensor."""
    rows = entries(report, options)
    marks = shared(report, rows)
    whole = 0 if report.lower_bound else report.totals.total.parameters
    lines: list[Line] = []
    for index, row in enumerate(rows):
        lines.append(_line(report, row, whole, marks.get(index)))
        if options.variables and not row.opened and row.kind in ("layer", "own", "ownerless"):
            lines.extend(_variable_lines(report, row))
    if any(row.kind != "layer" for row in rows):
        lines.append(_total_line(report))
    titles = VARIABLE_TITLES if options.variables else TITLES
    return Table(_columns(titles), tuple(lines), "layers")


def _columns(titles: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column(titles[0], style="name", fold=True),
        Column(titles[1], style="muted", spare=3),
        Column(titles[2], style="muted", spare=2),
        Column(titles[3], right=True),
        Column(titles[4], right=True, style="number"),
        Column(titles[5], right=True, style="muted", spare=1),
        Column(titles[6], style="bar", spare=4),
        Column(titles[7], style="shared", fold=True),
        Column(titles[8], fold=True),
    )


def _line(report: Report, row: Entry, whole: int, mark: Shown | None) -> Line:
    total = row.totals.total
    layer = row.layer
    named = row.kind == "layer"
    unknown = unknowns(layer, row.totals) if report.lower_bound and (named or row.kind == "rest") else ""
    why = _why(row)
    if unknown:
        why = f"{why}; {unknown}" if why else unknown
    parts = row.kind != "twice" and whole and total.parameters
    style = _style(row.totals) if total.tensors and row.kind != "twice" else "muted"
    cells = (
        printable(row.label),
        printable(layer.class_name) if named else "",
        printable(layer_shape(layer.output_shape)) if named else "",
        integer(total.tensors) if total.tensors or not unknown else "?",
        _parameters(total.parameters, unknown),
        percent(total.parameters, whole) if parts else "",
        bar(total.parameters, whole) if parts else "",
        _mark_text(mark, total.tensors) if mark else "",
        printable(why),
    )
    number = "" if total.parameters else "muted"
    return Line(
        cells, ("", "", "", number, number, "", style, "", "unknown" if unknown else style), row.level, row.kind
    )


def _why(row: Entry) -> str:
    if row.kind == "twice":
        return "counted once in the total"
    if row.kind == "rest":
        parts = [
            f"{integer(amount.parameters)} {name}"
            for name, amount in zip(("train", "frozen", "state", "undetermined"), row.totals, strict=True)
            if amount.tensors
        ]
        return ", ".join(parts)
    layer = row.layer if row.kind == "layer" else row.layer._replace(children=())
    return trains(layer, row.totals)


def _parameters(number: int, unknown: str) -> str:
    if unknown:
        return f">= {integer(number)}" if number else "unknown"
    return integer(number)


def _style(totals: tuple[object, ...]) -> str:
    """The style of the first role that has weights: a layer that trains in part is shown as one that trains."""
    trainable, frozen, state, undetermined = totals
    for style, amount in (("trainable", trainable), ("frozen", frozen), ("undetermined", undetermined)):
        if amount.tensors:  # type: ignore[attr-defined]
            return style
    return "state" if state else "muted"


def _mark_text(mark: Shown, tensors: int) -> str:
    if mark.before:
        amount = "" if mark.tensors == tensors else f"{mark.tensors} of {tensors} "
        return printable(f"{amount}already in {', '.join(mark.before)}")
    return printable(f"also in {', '.join(mark.after)}")


def _total_line(report: Report) -> Line:
    total = report.totals.total
    number = f">= {integer(total.parameters)}" if report.lower_bound else integer(total.parameters)
    cells = ("Total", "", "", integer(total.tensors), number, "", "", "", "")
    return Line(cells, ("strong", "", "", "strong", "strong", "", "", "", ""), 0, "sum")


def _variable_lines(report: Report, row: Entry) -> list[Line]:
    layer = row.layer
    variables = variables_of(layer) if row.kind == "layer" else layer.variables
    return [_variable_line(report, layer, variable, row.level + 1) for variable in variables]


def _variable_line(report: Report, layer: Layer, variable: Variable, level: int) -> Line:
    counted = variable.role in PARAMETER_ROLES
    number = variable.parameters
    others = [path for path in report.sharing.get(variable.key, ()) if path != variable.path]
    cells = (
        printable(_relative(variable.path, layer.path)),
        printable(variable.dtype),
        tensor_shape(variable.shape),
        "",
        ("unknown" if number is None else integer(number)) if counted else "",
        "",
        "",
        printable(f"also in {', '.join(others)}") if others else "",
        printable(role_text(variable)),
    )
    style = str(variable.role.value) if counted else "muted"
    return Line(cells, ("variable", "", "", "", "variable", "", "", "", style), level, "variable")


def _relative(path: str, base: str) -> str:
    return path[len(base) + 1 :] if base and path.startswith(base + "/") else path


def role_text(variable: Variable) -> str:
    """The role of a variable and why it has it: ``frozen: trainable=False on base``."""
    text = variable.role.value if variable.role in PARAMETER_ROLES else f"{variable.role.value} (no parameter)"
    text = f"{text}: {variable.reason}" if variable.reason else text
    return f"{text}; implied, not stored" if variable.implied else text
