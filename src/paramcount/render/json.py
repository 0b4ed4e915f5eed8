"""The report as data: the contract published in ``docs/schema.json``.

It always holds everything; options that choose what people see (depth, order, top) do not change it.
"""

from __future__ import annotations

import json

from paramcount.count import layers_of
from paramcount.errors import LimitExceeded
from paramcount.notation import sizes
from paramcount.render.options import DEFAULT
from paramcount.report import SCHEMA_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.count import Amount, Totals
    from paramcount.model import Layer, Shapes, Variable
    from paramcount.render.options import Options
    from paramcount.report import Report

ROLES = ("total", "trainable", "frozen", "state", "undetermined", "non_trainable")
"""The keys of every set of totals."""


def render(report: Report, options: Options = DEFAULT, *, lines: bool = False) -> str:  # noqa: ARG001
    """The report as JSON in ASCII, indented, or on one line where ``lines`` says so.

    Raises:
        LimitExceeded: when layers are nested deeper than the encoder can follow.
    """
    try:
        if lines:
            return json.dumps(report_to_dict(report), separators=(",", ":")) + "\n"
        return json.dumps(report_to_dict(report), indent=2) + "\n"
    except RecursionError:
        raise LimitExceeded("layers are nested too deeply to be written as JSON", where=report.source.path) from None


def report_to_dict(report: Report) -> dict[str, Any]:
    """The report as dicts, lists, strings, exact integers, booleans and None."""
    root = report.model.root
    source = report.source
    layers = _layers(report)
    sums = report.reconcile()
    return {
        "schema_version": SCHEMA_VERSION,
        "source": {
            "path": source.path,
            "format": source.format,
            "title": source.title,
            "framework": source.framework,
            "framework_version": source.framework_version,
            "size_bytes": source.size_bytes,
            "bytes_read": source.bytes_read,
        },
        "model": {
            "name": root.name,
            "class_name": root.class_name,
            "trainable_flag": root.trainable,
            "input_shape": shapes_to_list(root.input_shape),
            "output_shape": shapes_to_list(root.output_shape),
            "unknown": root.unknown,
        },
        "totals": _totals(report.totals, bound=report.lower_bound),
        "lower_bound": report.lower_bound,
        "layers": layers,
        "variables": [_variable(variable) for variable in root.variables],
        "shared": [{"storage": key, "paths": list(paths)} for key, paths in report.sharing.items()],
        "not_parameters": [_variable(variable) for variable in report.not_parameters],
        "quantization": _quantization(report),
        "formulas": report.formulas._asdict(),
        "reconciliation": {**sums._asdict(), "holds": sums.holds},
        "findings": [finding._asdict() for finding in report.findings],
    }


def _layers(report: Report) -> list[dict[str, Any]]:
    """The tree of layers, built from the leaves up, so that no depth of nesting can overflow the stack."""
    done: dict[int, dict[str, Any]] = {}
    for layer in reversed(list(layers_of(report.model.root))):
        if layer is not report.model.root:
            done[id(layer)] = _layer(report, layer, [done[id(child)] for child in layer.children])
    return [done[id(layer)] for layer in report.layers]


def _layer(report: Report, layer: Layer, children: list[dict[str, Any]]) -> dict[str, Any]:
    totals = report.totals_of(layer)
    bound = bool(layer.unknown or totals.total.unknown or any(child["lower_bound"] for child in children))
    split = _totals(totals, bound=bound)
    return {
        "name": layer.name,
        "class_name": layer.class_name,
        "path": layer.path,
        "trainable_flag": layer.trainable,
        "input_shape": shapes_to_list(layer.input_shape),
        "output_shape": shapes_to_list(layer.output_shape),
        "parameters": {role: split[role]["parameters"] for role in ROLES},
        "tensors": split["total"]["tensors"],
        "bytes": split["total"]["bytes"],
        "lower_bound": bound,
        "unknown": layer.unknown,
        "variables": [_variable(variable) for variable in layer.variables],
        "children": children,
    }


def _totals(totals: Totals, *, bound: bool) -> dict[str, dict[str, int | None]]:
    return {role: _amount(getattr(totals, role), bound=bound) for role in ROLES}


def _amount(amount: Amount, *, bound: bool) -> dict[str, int | None]:
    """Null, never 0, where a 0 would only mean that nothing is known."""
    known = bool(amount.parameters) or not bound
    return {
        "parameters": amount.parameters if known else None,
        "tensors": amount.tensors,
        "bytes": amount.bytes if known else None,
    }


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "path": variable.path,
        "name": variable.name,
        "shape": None if variable.shape is None else list(variable.shape),
        "dtype": variable.dtype,
        "role": variable.role.value,
        "reason": variable.reason,
        "parameters": variable.parameters,
        "bytes": None if variable.bits is None else -(-variable.bits // 8),
        "storage": variable.key,
        "stored_at": variable.stored_at,
        "implied": variable.implied,
        "logical_parameters": variable.logical,
        "formula": None if variable.axes is None else sizes(variable.axes, names=True),
    }


def _quantization(report: Report) -> dict[str, int | None] | None:
    if not report.quantized:
        return None
    return {"logical_parameters": report.logical_total, "stored_parameters": report.total}


def shapes_to_list(shapes: Shapes) -> Any:
    """Shapes as lists, with the batch axis, in the nesting in which the layer takes them."""
    if shapes is None:
        return None
    if isinstance(shapes, dict):
        return {name: shapes_to_list(shape) for name, shape in shapes.items()}
    return [axis if axis is None or isinstance(axis, int) else shapes_to_list(axis) for axis in shapes]
