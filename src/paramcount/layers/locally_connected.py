"""Convolutions that share no weights: every position of the window has its own."""

from __future__ import annotations

from paramcount.formula import INPUT, OPTION, Product, Symbol, product
from paramcount.layers.given import SPATIAL
from paramcount.layers.keras1 import is_old
from paramcount.layers.slot import Slot
from paramcount.layers.windows import input_channels, padding_of, split_axes, steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Expression
    from paramcount.layers.given import Given
    from paramcount.layers.slot import Axes

    Whole = tuple[int, ...]


def slots(given: Given, rank: int) -> list[Slot]:
    """``kernel``, whose form depends on ``implementation``, and a ``bias`` for every position.

    1 keeps a matrix for each position; 2 a weight for each pair of places of input and output, most of which are
    never used; 3 those weights alone that are used, as one vector.
    """
    filters, channels = given.option("filters"), input_channels(given, rank)
    places, positions = _places(given, rank), _positions(given, rank)
    how = given.option("implementation", 1).number
    kernel: Axes | None = None
    if how == 1:
        kernel = (product(positions), Product((*given.kernel(rank), channels)), filters)
    elif how == 2:
        before = (channels, *places) if given.channels_first else (*places, channels)
        after = (filters, *positions) if given.channels_first else (*positions, filters)
        kernel = (*before, *after)
    elif how == 3:
        kernel = (Product((*_connections(given, rank), channels, filters)),)
    # The bias keeps the filters last whatever the input's order; Keras 1 did not.
    first = given.channels_first and is_old(given)
    bias: Axes = (filters, *positions) if first else (*positions, filters)
    return [Slot("kernel", kernel), *given.bias(*bias)]


def _spatial(given: Given, rank: int) -> tuple[int | None, ...]:
    split = split_axes(given, rank)
    return (None,) * rank if split is None or len(split[0]) > 1 else split[1]


def _places(given: Given, rank: int) -> tuple[Symbol, ...]:
    """The spatial axes of the input."""
    named = zip(SPATIAL[rank], _spatial(given, rank), strict=True)
    return tuple(Symbol(f"input_{name}", size, INPUT) for name, size in named)


def _positions(given: Given, rank: int) -> tuple[Symbol, ...]:
    """The spatial axes of the output."""
    window = given.each("kernel_size", rank, None) or (0,) * rank
    strides = given.each("strides", rank) or (0,) * rank
    found = [
        steps(size, reach, stride, 1, padding_of(given)) or None
        for size, reach, stride in zip(_spatial(given, rank), window, strides, strict=True)
    ]
    return tuple(Symbol(f"output_{name}", size, OPTION) for name, size in zip(SPATIAL[rank], found, strict=True))


def _connections(given: Given, rank: int) -> tuple[Expression, ...]:
    """Along each axis, how many pairs of a place and a position are connected."""
    positions, window = _positions(given, rank), given.kernel(rank)
    if padding_of(given) == "valid":
        return (*positions, *window)
    strides = given.each("strides", rank)
    found = []
    for index, (name, size) in enumerate(zip(SPATIAL[rank], _spatial(given, rank), strict=True)):
        count, reach = positions[index].number, window[index].number
        known = padding_of(given) == "same" and size and count and reach and strides
        number = overlaps(size, count, reach, strides[index]) if known else None  # type: ignore[arg-type, index]
        found.append(Symbol(f"connections_{name}", number, INPUT))
    return tuple(found)


def overlaps(size: int, positions: int, window: int, stride: int) -> int:
    """Places that windows centred on every ``stride``-th place see of an axis, cut off at both edges, in all."""
    left, right = window // 2, window - window // 2
    # The first positions are cut off at the left, the last ones at the right; what is left are two plain sums.
    uncut = min(positions, max(0, (size - right) // stride + 1))
    ends = stride * uncut * (uncut - 1) // 2 + right * uncut + size * (positions - uncut)
    cut = min(positions, left // stride + 1)
    starts = stride * (positions * (positions - 1) - cut * (cut - 1)) // 2 - left * (positions - cut)
    return ends - starts
