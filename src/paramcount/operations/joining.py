"""Operations that make one tensor of several or several of one."""

from __future__ import annotations

from paramcount.operations.call import known_shape
from paramcount.operations.literals import integer, integers, literal
from paramcount.operations.shapes import (
    axis_of,
    broadcast,
    divided,
    inserted,
    merged,
    plus,
    product,
    reduced,
    replaced,
    same,
    total,
)
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape

MAX_PARTS = 10_000
"""More tensors than any model makes of one."""


def concatenated(shapes: Sequence[Shape], axis: int) -> Shape:
    """The shape of tensors one after another along an axis; the other sizes are those of the first, as in Keras."""
    axis = axis_of(axis, len(shapes[0]))
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise Unknown
    merged([replaced(shape, axis, 1) for shape in shapes])
    return replaced(shapes[0], axis, total(shape[axis] for shape in shapes))


def _first(shapes: Sequence[Shape]) -> Shape:
    """Keras takes the first shape, and only asks whether the others fit."""
    merged(shapes)
    return shapes[0]


def concatenate(call: Call) -> Tensor:
    """Keras's ``concatenate``."""
    return Tensor(concatenated(call.shapes(0, "xs"), call.whole("axis", default=0)))


def concat(call: Call) -> Tensor:
    """TensorFlow's ``concat``, which gathers what each tensor knows; ints of shapes stay known."""
    tensors = [literal(item) for item in call.items(0, "values")]
    shapes = [known_shape(tensor) for tensor in tensors]
    axis = axis_of(call.whole("axis", "concat_dim"), len(shapes[0]))
    common = merged([replaced(shape, axis_of(axis, len(shape)), 1) for shape in shapes])
    shape = replaced(common, axis, total(shape[axis] for shape in shapes))
    values = [tensor.value for tensor in tensors]
    if len(shape) == 1 and all(isinstance(value, tuple) for value in values) and (shape[0] or 0) <= MAX_RANK:
        return Tensor(shape, tuple(number for value in values if isinstance(value, tuple) for number in value))
    return Tensor(shape)


def stack(common: Callable[[Sequence[Shape]], Shape]) -> Callable[[Call], Tensor]:
    """The rule of ``stack``, along a new axis; ints of shapes stay known."""

    def rule(call: Call) -> Tensor:
        tensors = [literal(item) for item in call.items(0, "x", "values", "arrays")]
        shape = common([known_shape(tensor) for tensor in tensors])
        value = tuple(tensor.value for tensor in tensors) if not shape and len(tensors) <= MAX_RANK else None
        return Tensor(inserted(shape, call.whole("axis", default=0), len(tensors)), value)

    return rule


def append(call: Call) -> Tensor:
    """One tensor after another, both flat if no axis is given."""
    left, right = call.shape(0, "x1"), call.shape(1, "x2")
    if call.option("axis") is None:
        return Tensor((plus(product(left), product(right)),))
    return Tensor(concatenated([left, right], call.whole("axis")))


def stacks(axis: int) -> Callable[[Call], Tensor]:
    """The rule of ``hstack``, ``vstack`` and ``dstack``; Keras's own shapes hold for tensors of enough axes."""

    def rule(call: Call) -> Tensor:
        shapes = call.shapes(0, "xs")
        if any(len(shape) <= max(axis, 1) for shape in shapes):
            raise Unknown
        return Tensor(concatenated(shapes, axis))

    return rule


def split(call: Call) -> list[Tensor]:
    """``split`` at places of an axis, or into equal parts."""
    return _split(call.shape(0, "x"), call.option("indices_or_sections"), call.whole("axis", default=0))


def splits(axis: int) -> Callable[[Call], list[Tensor]]:
    """The rule of ``vsplit``, ``hsplit`` and ``dsplit``."""

    def rule(call: Call) -> list[Tensor]:
        shape = call.shape(0, "x")
        if len(shape) < (1 if axis == 1 else axis + 1) or (axis == 0 and len(shape) < 2):
            raise Unknown
        return _split(shape, call.option("indices_or_sections"), min(axis, len(shape) - 1))

    return rule


def _split(shape: Shape, where: object, axis: int) -> list[Tensor]:
    """The parts of ``shape`` along one axis."""
    axis = axis_of(axis, len(shape))
    size = shape[axis]
    if isinstance(where, int):
        parts = _few(integer(where))
        return [Tensor(replaced(shape, axis, divided(size, parts)))] * parts
    places = [0, *(integer(place) for place in integers(where)), size]
    _few(len(places))
    sizes = [_between(places[index], places[index + 1]) for index in range(len(places) - 1)]
    return [Tensor(replaced(shape, axis, part)) for part in sizes]


def _between(start: Dimension, stop: Dimension) -> Dimension:
    """The size of a part; places that go back or beyond the end are read in several ways."""
    if start is None or stop is None:
        return None
    if not 0 <= start <= stop:
        raise Unknown
    return stop - start


def _few(parts: int) -> int:
    """A number of tensors that a model may have."""
    if not 0 < parts <= MAX_PARTS:
        raise Unknown
    return parts


def array_split(call: Call) -> list[Tensor]:
    """Parts that are as equal as can be; the first ones are larger by one."""
    shape, parts = call.shape(0, "x"), _few(call.whole("indices_or_sections"))
    axis = axis_of(call.whole("axis", default=0), len(shape))
    size = shape[axis]
    if size is None:
        return [Tensor(shape)] * parts
    return [Tensor(replaced(shape, axis, size // parts + (index < size % parts))) for index in range(parts)]


def split_sizes(call: Call) -> list[Tensor]:
    """TensorFlow's ``split``: a number of equal parts, or the size of each."""
    shape = call.shape(0, "value")
    axis = axis_of(call.whole("axis", default=0), len(shape))
    given = call.option("num_or_size_splits")
    if isinstance(given, int) or (isinstance(given, Tensor) and given.shape == ()):
        return _split(shape, integer(given), axis)
    sizes = integers(given)
    _few(len(sizes))
    if sizes.count(-1):
        rest = total(part for part in sizes if part != -1)
        size = shape[axis]
        left = None if size is None or rest is None else size - rest
        sizes = tuple(left if part == -1 else part for part in sizes)
    if any(part is not None and part < 0 for part in sizes):
        raise Unknown
    same(total(sizes), shape[axis])
    return [Tensor(replaced(shape, axis, part)) for part in sizes]


def unstack(call: Call) -> list[Tensor]:
    """The slices of one axis, which is gone; ints of shapes stay known."""
    x = call.tensor(0, "x", "value")
    shape = known_shape(x)
    axis = axis_of(call.whole("axis", default=0), len(shape))
    parts = shape[axis] if call.option("num") is None else same(call.whole("num"), shape[axis])
    if parts is None or parts > MAX_PARTS:
        raise Unknown
    left = reduced(shape, (axis,), False)
    if len(shape) == 1 and isinstance(x.value, tuple) and len(x.value) == parts:
        return [Tensor(left, value) for value in x.value]
    return [Tensor(left)] * parts


def meshgrid(call: Call) -> list[Tensor]:
    """The grid of several axes' coordinates; ``xy`` exchanges the first two."""
    sizes = [product(known_shape(literal(item))) for item in call.args]
    indexing = call.text("indexing", default="xy")
    if not 2 <= len(sizes) <= MAX_RANK or indexing not in ("xy", "ij"):
        raise Unknown
    if indexing == "xy":
        sizes[0], sizes[1] = sizes[1], sizes[0]
    return [Tensor(tuple(sizes))] * len(sizes)


def cross(call: Call) -> Tensor:
    """The cross product of vectors of two or three elements."""
    left, right = call.shape(0, "x1", "a"), call.shape(1, "x2", "b")
    common = call.option("axis")
    axes = [call.whole("axis") if common is not None else call.whole(name, default=-1) for name in _CROSS_AXES]
    one, other = left[axis_of(axes[0], len(left))], right[axis_of(axes[1], len(right))]
    shape = broadcast(replaced(left, axes[0]), replaced(right, axes[1]))
    if one is None or other is None or one not in (2, 3) or other not in (2, 3):
        raise Unknown
    if one == other == 2:
        return Tensor(shape)
    return Tensor(inserted(shape, axes[2], 3))


_CROSS_AXES = ("axisa", "axisb", "axisc")


RULES = {
    "Concatenate": concatenate, "Stack": stack(_first), "Concat": concat, "StackTf": stack(merged),
    "Append": append, "Hstack": stacks(1), "Vstack": stacks(0),
    "Dstack": stacks(2), "Split": split, "Hsplit": splits(1), "Vsplit": splits(0), "Dsplit": splits(2),
    "ArraySplit": array_split, "SplitSizes": split_sizes, "Unstack": unstack, "Meshgrid": meshgrid, "Cross": cross,
}  # fmt: skip
