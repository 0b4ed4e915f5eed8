"""A model of the framework layer by layer beside paramcount's report of the same model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount import Report
    from paramcount.model import Layer


class Line(NamedTuple):
    """One layer, as either side sees it."""

    parameters: int | None
    trainable: int
    output: Any
    """Shape of its first output tensor or tensors, as nested tuples."""


def lines_of_framework(model: Any) -> dict[str, Line]:
    """Path of every layer that the framework has, those of nested models included, to its numbers."""
    return {path: _framework_line(layer) for path, layer in _layers(model, "")}


def _layers(model: Any, above: str) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        path = f"{above}/{layer.name}" if above else layer.name
        if is_operation(layer):
            continue
        yield path, layer
        if hasattr(layer, "layers"):
            yield from _layers(layer, path)


def is_operation(layer: Any) -> bool:
    """Whether it is an operation that tf_keras shows as a layer."""
    return type(layer).__name__ in ("TFOpLambda", "SlicingOpLambda")


def _framework_line(layer: Any) -> Line:
    weights = {id(weight): weight for weight in layer.weights}.values()
    trained = {id(weight): weight for weight in layer.trainable_weights}.values()
    sizes = [sum(math.prod(tuple(weight.shape)) for weight in group) for group in (weights, trained)]
    return Line(sizes[0], sizes[1], plain(_first_output(layer)))


def _first_output(layer: Any) -> Any:
    """The shape that the first call in the graph gives out; of a layer without a call, the shape it computes."""
    for node in layer._inbound_nodes:
        tensors = getattr(node, "output_tensors", None)
        if tensors is None:
            tensors = node.outputs
        if not isinstance(tensors, (list, tuple)):
            return tensors.shape
        shapes = [tensor.shape for tensor in tensors]
        return shapes[0] if len(shapes) == 1 else shapes
    return None


def plain(shape: Any) -> Any:
    """A shape as a tuple; several as a tuple of tuples; None stays."""
    if shape is None:
        return None
    return tuple(size if size is None or isinstance(size, int) else plain(size) for size in tuple(shape))


def lines_of_report(report: Report) -> dict[str, Line]:
    """The same from paramcount."""
    rows = {id(row.layer): row for row in report}
    return {layer.path: _report_line(layer, rows[id(layer)]) for layer in _below(report.model.root)}


def _below(layer: Layer) -> Iterator[Layer]:
    for child in layer.children:
        yield child
        yield from _below(child)


def _report_line(layer: Layer, row: Any) -> Line:
    return Line(row.parameters, row.totals.trainable.parameters, plain(layer.output_shape))


def differences(model: Any, report: Report) -> list[str]:
    """Every layer in which the two sides are not the same; layers inside a layer are the report's own affair."""
    theirs, ours = lines_of_framework(model), lines_of_report(report)
    found = [f"{path}: {theirs[path]} of the framework is not in the report" for path in theirs if path not in ours]
    for path, line in theirs.items():
        mine = ours.get(path)
        if mine is not None and not same(mine, line):
            found.append(f"{path}: {mine}, but the framework has {line}")
    return found


def same(ours: Line, theirs: Line) -> bool:
    """Whether the numbers agree; the framework may not know the output of a layer that was never called in a graph."""
    return ours[:2] == theirs[:2] and (theirs.output is None or ours.output == theirs.output)
