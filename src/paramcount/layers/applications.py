"""The layers that ``keras.applications`` defines for itself: in ConvNeXt and in InceptionResNetV2."""

from __future__ import annotations

from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.model import Shape, Shapes


def layer_scale(given: Given) -> list[Slot]:
    """``gamma``: a factor for each channel.  Keras 3 gives the variable no name; this is its attribute."""
    return [Slot("gamma", (given.option("projection_dim"),))]


def layer_scale_output(given: Given) -> Shapes:
    """The input times a vector: its shape, unless one of them is spread along the last axis."""
    shape, factors = given.shape, given.option("projection_dim").value
    return None if shape is None or factors is None else _broadcast(shape, (factors,))


def stochastic_depth_output(given: Given) -> Shapes:
    """The shape of the input, a part of which is dropped in training."""
    return given.shape


def custom_scale_output(given: Given) -> Shapes:
    """The first input plus a multiple of the second."""
    shapes = given.shapes
    if len(shapes) != 2 or shapes[0] is None or shapes[1] is None:
        return None
    return _broadcast(shapes[0], shapes[1])


def _broadcast(one: Shape, other: Shape) -> Shape | None:
    """The shape of a sum or a product; None when the sizes do not go together."""
    longest = max(len(one), len(other))
    found = []
    for pair in zip((1,) * (longest - len(one)) + one, (1,) * (longest - len(other)) + other, strict=True):
        sizes = {size for size in pair if size != 1}
        if len(sizes) > 1 and None not in sizes:
            return None
        # An unknown size beside a known one must turn out to be that one, or 1.
        found.append(max((size for size in sizes if size is not None), default=None) if sizes else 1)
    return tuple(found)


VARIABLES = {"LayerScale": layer_scale}

OUTPUTS = {
    "LayerScale": layer_scale_output,
    "StochasticDepth": stochastic_depth_output,
    "CustomScaleLayer": custom_scale_output,
}
