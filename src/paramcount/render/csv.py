"""Comma-separated values: exact integers, names untouched, and rows that can be summed.

Rows do not overlap: a layer with layers inside it is represented by those, and by one ``own`` row if it has
weights beside them.  So ``total`` less ``shown_twice``, summed over the rows, is the total of the model.
"""

from __future__ import annotations

import csv
from io import StringIO

from paramcount.count import layers_of
from paramcount.model import PARAMETER_ROLES
from paramcount.render.numbers import layer_shape, tensor_shape
from paramcount.render.options import DEFAULT
from paramcount.render.rows import Shown, flat, largest, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Variable
    from paramcount.render.options import Options
    from paramcount.render.rows import Entry
    from paramcount.report import Report

LAYER_FIELDS = (
    "model", "kind", "path", "name", "class_name", "trainable_flag", "output_shape", "tensors",
    "total", "trainable", "frozen", "state", "undetermined", "bytes", "shown_twice", "shared_with", "unknown",
)  # fmt: skip
"""One row a layer.  ``kind``: ``layer``, ``own``, ``ownerless`` (weights of no layer) or ``rest`` (left out)."""

TENSOR_FIELDS = (
    "model", "layer", "class_name", "path", "name", "shape", "dtype", "role", "reason",
    "parameters", "bytes", "storage", "stored_at", "implied", "logical_parameters",
)  # fmt: skip
"""One row a tensor and place; rows with the same ``storage`` are one tensor."""


def render(report: Report, options: Options = DEFAULT, *, titles: bool = True) -> str:
    """The report as CSV, with the line of titles where ``titles`` says so."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    tensors = options.variables or options.tensors or options.sharing
    if titles:
        writer.writerow(TENSOR_FIELDS if tensors else LAYER_FIELDS)
    writer.writerows(_tensor_rows(report, options) if tensors else _layer_rows(report, options))
    return stream.getvalue()


def _layer_rows(report: Report, options: Options) -> list[tuple[object, ...]]:
    rows = flat(report, options) if options.top is None else largest(report, options)
    rows = [row for row in rows if row.kind != "twice"]
    marks = shared(report, rows)
    return [_layer_row(report, row, marks.get(index, Shown())) for index, row in enumerate(rows)]


def _layer_row(report: Report, row: Entry, mark: Shown) -> tuple[object, ...]:
    layer, named, totals = row.layer, row.kind == "layer", row.totals
    # A zero that only means that nothing is known is left empty.
    unknown = report.lower_bound and named and any(inner.unknown for inner in layers_of(layer))
    known = [amount.parameters if amount.parameters or not unknown else "" for amount in (totals.total, *totals)]
    return (
        report.source.path,
        row.kind,
        layer.path if row.kind != "rest" else row.label,
        layer.name if row.kind in ("layer", "own") else "",
        layer.class_name if row.kind in ("layer", "own") else "",
        ("" if layer.trainable is None else str(layer.trainable).lower()) if named else "",
        layer_shape(layer.output_shape) if named else "",
        totals.total.tensors,
        *known,
        "" if totals.total.bytes is None or known[0] == "" else totals.total.bytes,
        mark.parameters,
        " ".join((*mark.before, *mark.after)),
        "; ".join(dict.fromkeys(inner.unknown for inner in layers_of(layer) if inner.unknown)) if unknown else "",
    )


def _tensor_rows(report: Report, options: Options) -> list[tuple[object, ...]]:
    """Parameters at all their places; with ``tensors`` what is no parameter too; with ``sharing`` the shared only."""
    owned = [(layer, variable) for layer in layers_of(report.model.root) for variable in layer.variables]
    if options.sharing:
        owned = [(layer, variable) for layer, variable in owned if variable.key in report.sharing]
    if not options.tensors:
        owned = [(layer, variable) for layer, variable in owned if variable.role in PARAMETER_ROLES]
    rows = [_tensor_row(report, layer.path, layer.class_name, variable) for layer, variable in owned]
    if options.tensors:
        rows += [_tensor_row(report, "", "", variable) for variable in report.model.others]
    return rows


def _tensor_row(report: Report, layer: str, class_name: str, variable: Variable) -> tuple[object, ...]:
    return (
        report.source.path,
        layer,
        class_name,
        variable.path,
        variable.name,
        tensor_shape(variable.shape),
        variable.dtype,
        variable.role.value,
        variable.reason,
        "" if variable.parameters is None else variable.parameters,
        "" if variable.bits is None else -(-variable.bits // 8),
        variable.key,
        variable.stored_at,
        str(variable.implied).lower(),
        "" if variable.logical is None else variable.logical,
    )
