"""Output shapes of the layers that move, repeat, cut off or add places without looking at them."""

from __future__ import annotations

from paramcount.layers.outputs import each_axis, option, replaced, shape_of_rank, size_of, spatial_axes, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.layers.outputs import Rule
    from paramcount.model import Shapes

_SIDES = {
    1: (("left_pad", "right_pad"),),
    2: (("top_pad", "bottom_pad"), ("left_pad", "right_pad")),
}
"""Keras 1 may give the padding by side."""


def flatten(given: Given) -> Shapes:
    """All axes but the batch axis become one."""
    shape = given.shape
    return None if not shape else (shape[0], size_of(shape[1:]))


def reshape(given: Given) -> Shapes:
    """The axes of ``target_shape`` behind the batch axis; -1 stands for what is left over."""
    shape = given.shape
    target = option(given.config, "target_shape", "dims")
    if not shape or not isinstance(target, (list, tuple)) or not _is_target(target):
        return None
    written = tuple(None if size == -1 else size for size in target)
    if None in shape[1:] or None in target:
        return (shape[0], *written)
    left, taken = size_of(shape[1:]), size_of(size for size in target if size != -1)
    if left is None or taken is None:
        return None
    if -1 not in target:
        return (shape[0], *written) if left == taken else None
    if taken == 0 or left % taken:
        return None
    return (shape[0], *(left // taken if size == -1 else size for size in target))


def _is_target(target: list[object] | tuple[object, ...]) -> bool:
    """Whether every axis has a size, None or -1, the last at most once."""
    return all(size is None or whole(size, -1) is not None for size in target) and target.count(-1) < 2


def permute(given: Given) -> Shapes:
    """The axes in the order of ``dims``, which counts from 1, behind the batch axis."""
    dims = given.config.get("dims")
    if not isinstance(dims, (list, tuple)) or any(whole(dim, 1) is None for dim in dims):
        return None
    shape = shape_of_rank(given, len(dims) + 1)
    if shape is None or sorted(dims) != list(range(1, len(dims) + 1)):
        return None
    return (shape[0], *(shape[dim] for dim in dims))


def repeat_vector(given: Given) -> Shapes:
    """A new axis of ``n`` places in front of the features."""
    shape, times = shape_of_rank(given, 2), whole(given.config.get("n"), 0 if given.tf_keras else 1)
    return None if shape is None or times is None else (shape[0], times, shape[1])


def cropping(rank: int) -> Rule:
    """Every spatial axis loses places at both ends."""

    def rule(given: Given) -> Shapes:
        return _resized(given, rank, _ends(given.config.get("cropping", 0 if rank == 2 else 1), rank), -1)

    return rule


def zero_padding(rank: int) -> Rule:
    """Every spatial axis gains places at both ends."""

    def rule(given: Given) -> Shapes:
        value = given.config.get("padding", 1)
        if isinstance(value, dict):
            value = [[value.get(side, 0) for side in sides] for sides in _SIDES.get(rank, ())]
            value = value[0] if rank == 1 else value
        if rank == 2 and isinstance(value, (list, tuple)) and len(value) == 4:
            value = [value[:2], value[2:]]
        return _resized(given, rank, _ends(value, rank), 1)

    return rule


def _ends(value: object, rank: int) -> list[int] | None:
    """Places at both ends together, for each spatial axis.

    The option is one number for all ends, or one number or a pair of them for each axis; for a single axis it is the
    pair itself.
    """
    if rank == 1:
        value = [value]
    elif type(value) is int:
        value = [value] * rank
    if not isinstance(value, (list, tuple)) or len(value) != rank:
        return None
    pairs = [each_axis(ends, 2, 0) for ends in value]
    return None if None in pairs else [sum(pair) for pair in pairs if pair is not None]


def _resized(given: Given, rank: int, ends: list[int] | None, sign: int) -> Shapes:
    """The spatial axes longer or shorter by so many places; None when nothing would be left of one."""
    shape = shape_of_rank(given, rank + 2)
    if shape is None or ends is None:
        return None
    axes = (1,) if rank == 1 and (given.tf_keras or sign < 0) else spatial_axes(given, rank)
    sizes = [None if (size := shape[axis]) is None else size + sign * end for axis, end in zip(axes, ends, strict=True)]
    if sign < 0 and any(size is not None and size <= 0 for size in sizes):
        if rank < 3 or not given.tf_keras:
            return None
        # tf_keras does not look whether anything is left of three axes.
        sizes = [size and max(size, 0) for size in sizes]
    return replaced(shape, axes, sizes)


def up_sampling(rank: int) -> Rule:
    """Every place along a spatial axis becomes ``size`` places."""

    def rule(given: Given) -> Shapes:
        shape = shape_of_rank(given, rank + 2)
        # Keras 1 writes ``length``.
        times = each_axis(option(given.config, "size", "length", default=2), rank)
        if shape is None or times is None:
            return None
        axes = (1,) if rank == 1 else spatial_axes(given, rank)
        sizes = [
            None if (size := shape[axis]) is None else size * factor for axis, factor in zip(axes, times, strict=True)
        ]
        if rank == 2 and given.tf_keras and None in sizes:
            # tf_keras resizes images, and then knows both sides or neither.
            sizes = [None, None]
        return replaced(shape, axes, sizes)

    return rule


OUTPUTS: dict[str, Rule] = {
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    **{f"Cropping{rank}D": cropping(rank) for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": zero_padding(rank) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": up_sampling(rank) for rank in (1, 2, 3)},
}
