"""The tables that are shown only when asked for: shared tensors with all their places, and all stored tensors."""

from __future__ import annotations

from paramcount.count import variables_of
from paramcount.render.document import Column, Line, Paragraph, Table, printable
from paramcount.render.layers import role_text
from paramcount.render.numbers import integer, size, tensor_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Variable
    from paramcount.render.document import Block
    from paramcount.render.options import Options
    from paramcount.report import Report


def listings(report: Report, options: Options) -> list[Block]:
    """The tables that ``options`` asks for."""
    found: list[Block] = [tensors_table(report, options)] if options.tensors else []
    if options.sharing:
        none = Paragraph((("No tensor is shared.", ""),), kind="note")
        found.append(sharing_table(report) if report.sharing else none)
    return found


def sharing_table(report: Report) -> Table:
    """Every tensor that has more than one place, with its places below it."""
    columns = (
        Column("Shared tensor", style="name", fold=True),
        Column("Shape", style="muted"),
        Column("Dtype", style="muted"),
        Column("Parameters", right=True, style="number"),
        Column("Places", right=True),
    )
    first = {variable.key: variable for variable in reversed(list(report.variables()))}
    lines = []
    for key, places in report.sharing.items():
        variable = first[key]
        number = "unknown" if variable.parameters is None else integer(variable.parameters)
        shape, dtype = tensor_shape(variable.shape), printable(variable.dtype)
        lines.append(Line((printable(places[0]), shape, dtype, number, integer(len(places)))))
        lines += [Line((f"= {printable(place)}", "", "", "", ""), depth=1, kind="variable") for place in places[1:]]
    return Table(columns, tuple(lines), "sharing")


def tensors_table(report: Report, options: Options) -> Table:
    """Every tensor of the storage, one line each, those that are no parameters too; the sum is the storage's own."""
    columns = (
        Column("Tensor", style="name", fold=True),
        Column("Shape", style="muted"),
        Column("Dtype", style="muted"),
        Column("Values", right=True, style="number"),
        Column("Bytes", right=True),
        Column("Role"),
        Column("Variable", style="muted", fold=True),
    )
    variables = sort_variables(stored_tensors(report), options)
    shown = variables if options.top is None else variables[: options.top]
    lines = [_tensor_line(variable) for variable in shown]
    rest = variables[len(shown) :]
    if rest:
        lines.append(_sum_line(f"{len(rest):,} more", rest, "rest"))
    lines.append(_sum_line(f"{len(variables):,} in all", variables, "sum"))
    return Table(columns, tuple(lines), "tensors")


def stored_tensors(report: Report) -> list[Variable]:
    """One variable for each dataset that is stored, in the order of the model, then those outside it."""
    found: dict[str, Variable] = {}
    for variable in (*variables_of(report.model.root), *report.model.others):
        if not variable.implied:
            found.setdefault(variable.stored_at or variable.key, variable)
    return list(found.values())


def sort_variables(variables: list[Variable], options: Options) -> list[Variable]:
    """``variables`` by name or by size, or as they come."""
    if options.sort == "name":
        return sorted(variables, key=lambda variable: variable.stored_at or variable.path)
    if options.sort != "order" or options.top is not None:
        return sorted(variables, key=lambda variable: -(variable.parameters or 0))
    return variables


def _tensor_line(variable: Variable) -> Line:
    place = variable.stored_at or variable.path
    number = "unknown" if variable.parameters is None else integer(variable.parameters)
    cells = (
        printable(place),
        tensor_shape(variable.shape),
        printable(variable.dtype),
        number,
        "" if variable.bits is None else size(-(-variable.bits // 8)),
        printable(role_text(variable)),
        printable(variable.path) if variable.path != place else "",
    )
    return Line(cells, ("variable", "", "", "variable", "", variable.role.value, ""), 0, "variable")


def _sum_line(label: str, variables: list[Variable], kind: str) -> Line:
    values = sum([variable.parameters or 0 for variable in variables])
    known = all(variable.parameters is not None for variable in variables)
    number = integer(values) if known else f">= {integer(values)}"
    style = "strong" if kind == "sum" else ""
    return Line((label, "", "", number, "", "", ""), (style, "", "", style, "", "", ""), 0, kind)
