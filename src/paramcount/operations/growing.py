"""Operations that make more elements of the same: pad, tile, repeat."""

from __future__ import annotations

from paramcount.operations.literals import integer, integers, literal
from paramcount.operations.shapes import axis_of, broadcast, plus, product, replaced, times, total
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension

_INPUT = ("x", "tensor", "input", "a", "array")


def pad(call: Call) -> Tensor:
    """More elements at both ends of each axis."""
    shape = call.shape(0, *_INPUT)
    widths = call.option("pad_width", "paddings")
    pairs = _pairs(widths, len(shape))
    return Tensor(tuple(plus(plus(size, before), after) for size, (before, after) in zip(shape, pairs, strict=True)))


def _pairs(widths: Any, rank: int) -> list[tuple[Dimension, Dimension]]:
    """How many elements come before and after each axis."""
    if isinstance(widths, int) and not isinstance(widths, bool):
        return [(integer(widths), integer(widths))] * rank
    if isinstance(widths, (dict, Tensor)):
        widths = literal(widths).value
    if not isinstance(widths, (list, tuple)) or not widths:
        raise Unknown
    if len(widths) == 2 and all(isinstance(width, int) for width in widths):
        return [(_natural(widths[0]), _natural(widths[1]))] * rank
    if len(widths) not in (1, rank):
        raise Unknown
    pairs = [_pair(width) for width in widths]
    return pairs if len(pairs) == rank else pairs * rank


def _pair(width: Any) -> tuple[Dimension, Dimension]:
    """Before and after of one axis; one number is both."""
    numbers = integers(width)
    if len(numbers) not in (1, 2):
        raise Unknown
    return _natural(numbers[0]), _natural(numbers[-1])


def _natural(number: Dimension) -> Dimension:
    """A padding; negative ones would crop."""
    if number is not None and number < 0:
        raise Unknown
    return number


def tile(call: Call) -> Tensor:
    """The tensor several times along each axis."""
    shape = call.shape(0, *_INPUT)
    repeats = call.numbers("repeats", "multiples")
    rank = max(len(shape), len(repeats))
    if rank > MAX_RANK or any(repeat is not None and repeat < 0 for repeat in repeats):
        raise Unknown
    value = call.tensor(0, *_INPUT).value
    if len(shape) == 1 == len(repeats) and isinstance(value, tuple) and 0 < len(value) * (repeats[0] or 0) <= MAX_RANK:
        return Tensor((len(value) * (repeats[0] or 0),), value * (repeats[0] or 0))
    shape = (1,) * (rank - len(shape)) + shape
    repeats = (1,) * (rank - len(repeats)) + repeats
    return Tensor(tuple(times(size, repeat) for size, repeat in zip(shape, repeats, strict=True)))


def repeat(call: Call) -> Tensor:
    """Each element several times, along one axis or in the flat tensor."""
    shape = call.shape(0, *_INPUT)
    numbers = call.numbers("repeats")
    if any(number is not None and number < 0 for number in numbers):
        raise Unknown
    axis = call.option("axis")
    if axis is None:
        shape, place = (product(shape),), 0
    else:
        place = axis_of(integer(axis), len(shape))
    size = shape[place]
    if len(numbers) == 1:
        return Tensor(replaced(shape, place, times(size, numbers[0])))
    if size is not None and size != len(numbers):
        raise Unknown
    return Tensor(replaced(shape, place, None if size is None else total(numbers)))


def broadcast_to(call: Call) -> Tensor:
    """The tensor at another shape, into which it fits."""
    shape = call.numbers("shape")
    if len(shape) > MAX_RANK or len(call.shape(0, *_INPUT)) > len(shape):
        raise Unknown
    broadcast(call.shape(0, *_INPUT), shape)
    return Tensor(shape)


RULES = {"Pad": pad, "Tile": tile, "Repeat": repeat, "BroadcastTo": broadcast_to}
