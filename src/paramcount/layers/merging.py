"""Output shapes of the layers that make one tensor of several."""

from __future__ import annotations

from paramcount.layers.given import is_shape
from paramcount.layers.outputs import each_axis, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.layers.outputs import Rule
    from paramcount.model import Shape, Shapes

_LEAST = -(2**31)


def inputs_of(given: Given) -> tuple[Shape, ...] | None:
    """The shapes of the inputs; None when there are none, or when the axes of one are not known."""
    if given.inputs is None or is_shape(given.inputs):
        return None
    shapes = given.shapes
    return shapes if shapes and all(shapes) else None  # type: ignore[return-value]


def elementwise(given: Given) -> Shapes:
    """Value by value; an axis of 1 is repeated, and missing axes are put in behind the batch axis."""
    shapes = inputs_of(given)
    if shapes is None or len({shape[0] for shape in shapes} - {None}) > 1:
        return None
    most = max(map(len, shapes))
    result: list[int | None] = [1] * most
    for shape in shapes:
        wide = [shape[0], *[1] * (most - len(shape)), *shape[1:]]
        if not all(_fit(one, other) for one, other in zip(result[1:], wide[1:], strict=True)):
            return None
        result = [_common(one, other, given.tf_keras) for one, other in zip(result, wide, strict=True)]
    if not given.tf_keras:
        # Keras 3 settles the batch axis by itself: one known size is enough.
        result[0] = next((shape[0] for shape in shapes if shape[0] is not None), None)
    return tuple(result)


def _fit(one: int | None, other: int | None) -> bool:
    """Whether two axes can be taken value by value."""
    return one is None or other is None or one == other or 1 in (one, other)


def _common(one: int | None, other: int | None, sure: bool) -> int | None:
    """The size of an axis of two inputs.

    A known size beside an unknown one is the size of both, as long as it is not the 1 that is repeated: tf_keras is
    ``sure`` of that, Keras 3 leaves the axis unknown.
    """
    if one is None or other is None:
        known = one if other is None else other
        return known if sure and known is not None and known > 1 else None
    return other if one == 1 else one


def subtract(given: Given) -> Shapes:
    """Of exactly two inputs."""
    return elementwise(given) if len(given.shapes) == 2 else None


def concatenate(given: Given) -> Shapes:
    """The sizes along ``axis`` added up; the other axes fit."""
    return _joined(given, given.config.get("axis", -1))


def _joined(given: Given, axis: object) -> Shapes:
    shapes, place = inputs_of(given), whole(axis, _LEAST)
    if shapes is None or place is None or len({len(shape) for shape in shapes}) > 1:
        return None
    rank = len(shapes[0])
    if not -rank <= place < rank:
        return None
    result = list(shapes[0])
    for index in range(rank):
        sizes = [shape[index] for shape in shapes]
        known = [size for size in sizes if size is not None]
        if index == place % rank:
            result[index] = sum(known) if len(known) == len(sizes) else None
        elif len(set(known)) > 1:
            return None
        elif given.tf_keras:
            # The tensor itself knows what any input knows; Keras 3 believes the first.
            result[index] = known[0] if known else None
    return tuple(result)


def dot(given: Given) -> Shapes:
    """Products added up along an axis of each input; what is left of both stands side by side."""
    return _products(given, given.config.get("axes"))


def _products(given: Given, axes: object) -> Shapes:
    """The shapes without the axes of the products and without the second batch axis; never the batch axis alone."""
    shapes = inputs_of(given)
    if shapes is None or len(shapes) != 2:
        return None
    places = each_axis(axes, 2, _LEAST)
    if places is None or any(not -len(shape) <= axis < len(shape) for axis, shape in zip(places, shapes, strict=True)):
        return None
    left, right = list(shapes[0]), list(shapes[1])
    if left.pop(places[0]) != right.pop(places[1]) or not right:
        return None
    if given.tf_keras:
        # Keras 3 believes the first input; the product itself repeats a batch of 1.
        if not _fit(left[0], right[0]):
            return None
        left[0] = _common(left[0], right[0], True)
    rest = (*left, *right[1:])
    return rest if len(rest) > 1 else (*rest, 1)


def merge(given: Given) -> Shapes:
    """Keras 1: what ``mode`` says; what a function makes of the inputs is not known."""
    shapes, mode = inputs_of(given), given.config.get("mode", "sum")
    if shapes is None or given.config.get("mode_type", "raw") != "raw":
        return None
    if mode in ("sum", "mul", "ave", "max"):
        return shapes[0] if len(set(shapes)) == 1 else None
    if mode == "concat":
        return _joined(given, given.config.get("concat_axis", -1))
    axes = given.config.get("dot_axes", -1)
    # One axis of 0 or more has meant different things; the config of a layer that was built holds two.
    return None if mode not in ("dot", "cos") or whole(axes) is not None else _products(given, axes)


OUTPUTS: dict[str, Rule] = {
    **dict.fromkeys("Add Multiply Average Maximum Minimum".split(), elementwise),
    "Subtract": subtract,
    "Concatenate": concatenate,
    "Dot": dot,
    "Merge": merge,
}
