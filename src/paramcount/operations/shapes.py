"""Arithmetic of shapes that several families need; every function raises Unknown where shapes do not fit."""

from __future__ import annotations

from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from paramcount.operations.tensor import Dimension, Shape


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; negative ones count from the end."""
    if not -rank <= axis < rank:
        raise Unknown
    return axis % rank


def axes_of(axes: Iterable[Dimension], rank: int) -> list[int]:
    """Several axes counted from the front, each named once."""
    found = []
    for axis in axes:
        if axis is None:
            raise Unknown
        found.append(axis_of(axis, rank))
    if len(set(found)) != len(found):
        raise Unknown
    return found


def product(sizes: Iterable[Dimension]) -> Dimension:
    """The number of elements; None where a size is not known."""
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
    return total


def total(sizes: Iterable[Dimension]) -> Dimension:
    """The sum of sizes; None where one is not known."""
    result = 0
    for size in sizes:
        if size is None:
            return None
        result += size
    return result


def times(left: Dimension, right: Dimension) -> Dimension:
    """A size times another."""
    return None if left is None or right is None else left * right


def plus(left: Dimension, right: Dimension) -> Dimension:
    """A size plus another."""
    return None if left is None or right is None else left + right


def same(left: Dimension, right: Dimension) -> Dimension:
    """The size of one axis that two tensors share."""
    if left is not None and right is not None and left != right:
        raise Unknown
    return right if left is None else left


def merged(shapes: Iterable[Shape]) -> Shape:
    """The shape that all of ``shapes`` are, each knowing a part of it."""
    result: Shape | None = None
    for shape in shapes:
        if result is None:
            result = shape
        elif len(result) != len(shape):
            raise Unknown
        else:
            result = tuple(same(a, b) for a, b in zip(result, shape, strict=True))
    if result is None:
        raise Unknown
    return result


def broadcast(*shapes: Shape) -> Shape:
    """The shape in which tensors of these shapes meet; an unknown size that meets more than one is that size."""
    result: Shape = ()
    for shape in shapes:
        rank = max(len(result), len(shape))
        left = (1,) * (rank - len(result)) + result
        right = (1,) * (rank - len(shape)) + shape
        result = tuple(_broadcast(a, b) for a, b in zip(left, right, strict=True))
    return result


def _broadcast(left: Dimension, right: Dimension) -> Dimension:
    """The same for one axis."""
    if left == 1:
        return right
    if right == 1:
        return left
    return same(left, right)


def reduced(shape: Shape, axes: Iterable[Dimension] | None, keepdims: bool) -> Shape:
    """The shape after a reduction over ``axes``, or over all of them for None."""
    gone = set(range(len(shape)) if axes is None else axes_of(axes, len(shape)))
    if keepdims:
        return tuple(1 if axis in gone else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)


def replaced(shape: Shape, axis: int, *sizes: Dimension) -> Shape:
    """``shape`` with other sizes in place of one axis, which counts from the front or from the end."""
    axis = axis_of(axis, len(shape))
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def inserted(shape: Shape, axis: int, size: Dimension) -> Shape:
    """``shape`` with one more axis, whose place is counted in the result."""
    axis = axis_of(axis, len(shape) + 1)
    return (*shape[:axis], size, *shape[axis:])


def divided(size: Dimension, by: int) -> Dimension:
    """A size that is cut into ``by`` equal parts."""
    if by <= 0 or (size is not None and size % by):
        raise Unknown
    return None if size is None else size // by
