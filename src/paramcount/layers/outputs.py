"""What the output shapes of many layers have in common: the same shape, ranks, options given once or for each axis."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from paramcount.layers.given import Given
    from paramcount.layers.slot import Config
    from paramcount.model import Shape, Shapes

    Rule: TypeAlias = Callable[[Given], Shapes]

_MOST_BITS = 1024
"""Sizes with more bits are no sizes: their product is not worked out."""


def same(given: Given) -> Shapes:
    """The output has the shape of the input, however the input nests."""
    return given.inputs


def same_of_rank(*ranks: int) -> Rule:
    """The shape of the input, which Keras takes with so many axes only."""

    def rule(given: Given) -> Shapes:
        return shape_of_rank(given, *ranks)

    return rule


def shape_of_rank(given: Given, *ranks: int) -> Shape | None:
    """The shape of the only input; None when it is not known or has another number of axes."""
    from paramcount.layers.given import is_shape

    shape = given.shape
    return shape if shape is not None and len(shape) in ranks and is_shape(given.inputs) else None


def size_of(sizes: Iterable[int | None]) -> int | None:
    """The product of the sizes; None when one is not known."""
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
        if total.bit_length() > _MOST_BITS:
            return None
    return total


def whole(value: object, least: int = 0) -> int | None:
    """A whole number of at least ``least``; None when the option is something else."""
    return value if type(value) is int and value >= least else None


def each_axis(value: object, rank: int, least: int = 1) -> tuple[int, ...] | None:
    """One whole number for each of ``rank`` axes, which may be written once for all; None when it is not that."""
    values = [value] * rank if type(value) is int else value
    if not isinstance(values, (list, tuple)) or len(values) != rank:
        return None
    return tuple(values) if all(type(one) is int and one >= least for one in values) else None


def option(config: Config, *names: str, default: object = None) -> object:
    """The option under the first of the names that Keras has had for it and that the config holds."""
    for name in names:
        value = config.get(name)
        if value is not None:
            return value
    return default


def spatial_axes(given: Given, rank: int) -> tuple[int, ...]:
    """The positions of the spatial axes in a shape with a batch axis."""
    first = 2 if given.channels_first else 1
    return tuple(range(first, first + rank))


def replaced(shape: Shape, axes: Iterable[int], sizes: Iterable[int | None]) -> Shape:
    """The shape with other sizes at some axes."""
    sizes_of = list(shape)
    for axis, size in zip(axes, sizes, strict=True):
        sizes_of[axis] = size
    return tuple(sizes_of)
