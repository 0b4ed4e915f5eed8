"""The layer that a Flatten makes large: what it leaves, and how much of the model that costs."""

from __future__ import annotations

from math import prod

from paramcount.formula import INPUT
from paramcount.layers.given import first_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.explaining.records import Line
    from paramcount.model import Layer
else:
    from paramcount.records import NamedTuple

TRANSPARENT = frozenset(
    {"Dropout", "Activation", "ReLU", "LeakyReLU", "GaussianNoise", "GaussianDropout", "AlphaDropout"}
)
"""Layers that pass on as many numbers as they take."""


class Flattened(NamedTuple):
    """A Flatten in front of a layer with weights."""

    layer: Layer
    sizes: tuple[int, ...]
    """What it multiplies."""

    @property
    def inputs(self) -> int:
        """How many numbers it leaves."""
        return prod(self.sizes)


def flattens(siblings: tuple[Layer, ...]) -> dict[int, Flattened]:
    """For the layers beside each other: ``id`` of a layer to the Flatten right in front of it."""
    found: dict[int, Flattened] = {}
    before: Flattened | None = None
    for index, layer in enumerate(siblings):
        if layer.class_name == "Flatten":
            before = _flatten(layer, siblings[index - 1] if index else None)
        elif layer.class_name not in TRANSPARENT:
            if before is not None and layer.variables:
                found[id(layer)] = before
            before = None
    return found


def fits(flatten: Flattened, line: Line) -> bool:
    """Whether the sizes agree: the layer takes as many inputs as the Flatten leaves."""
    axes = [axis for item in line.items for axis in item.variable.axes or ()]
    taken = {symbol.number for axis in axes for symbol in axis.symbols() if symbol.kind == INPUT}
    if not axes:
        taken = {item.variable.shape[0] for item in line.items if item.variable.shape and len(item.variable.shape) == 2}
    return flatten.inputs in taken


def _flatten(layer: Layer, above: Layer | None) -> Flattened | None:
    shape = first_shape(layer.input_shape)
    if shape is None and above is not None:
        shape = first_shape(above.output_shape)
    sizes = tuple(size for size in (shape or ())[1:] if size is not None)
    if shape is None or len(sizes) != len(shape) - 1 or len(sizes) < 2:
        return None
    return Flattened(layer, sizes)


def flattened(flatten: Flattened) -> str:
    """``Flatten leaves 54 * 54 * 64 = 186,624 inputs``."""
    return f"Flatten leaves {' * '.join(map(str, flatten.sizes))} = {flatten.inputs:,} inputs"
