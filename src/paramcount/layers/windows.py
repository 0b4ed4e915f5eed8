"""Windows that move along the spatial axes: how often a window fits, for convolutions and pools alike."""

from __future__ import annotations

from paramcount.formula import INPUT, Symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.formula import Expression
    from paramcount.layers.given import Given
    from paramcount.model import Shape

PADDINGS = ("valid", "same", "causal", "full")
"""``full``, a window that may overlap by a single place, is known to tf_keras's LocallyConnected alone."""


def steps(size: int | None, window: int, stride: int, dilation: int, padding: str) -> int | None:
    """Positions of a window along an axis.

    Args:
        size: places along the axis; None when they are not known.
        window: places that the window looks at, at least 1.
        stride: places from one position to the next, at least 1.
        dilation: distance of the places that the window looks at, at least 1.
        padding: ``valid``, ``same``, ``causal`` or ``full``.

    Returns:
        The number of positions, which is 0 when the window just does not fit (tf_keras takes that, Keras 3 does not);
        None when it is not known or when every version of Keras refuses.
    """
    if size is None or padding not in PADDINGS or min(window, stride, dilation) < 1:
        return None
    beyond = (window - 1) * dilation
    starts = size - beyond if padding == "valid" else size + beyond if padding == "full" else size
    positions = -(-starts // stride)
    return positions if positions >= 0 else None


def windowed(
    given: Given,
    rank: int,
    window: Sequence[int] | None,
    strides: Sequence[int] | None,
    dilation: Sequence[int] | None,
    padding: str,
    channels: Expression | None = None,
) -> Shape | None:
    """The output shape of a layer whose windows move along the ``rank`` spatial axes of its input.

    Args:
        given: its input and its ``data_format``.
        rank: number of spatial axes.
        window: size of the window along each spatial axis; None when the option is not understood.
        strides: its steps, likewise.
        dilation: its dilation, likewise.
        padding: the option of that name.
        channels: channels of the output; None for those of the input.

    Returns:
        The shape with its batch axis; None when it is not known or when Keras refuses the input.
    """
    split = split_axes(given, rank)
    if split is None or window is None or strides is None or dilation is None or padding not in PADDINGS:
        return None
    before, spatial, kept = split
    moved = []
    for size, reach, stride, spread in zip(spatial, window, strides, dilation, strict=True):
        positions = steps(size, reach, stride, spread, padding)
        if size is not None and (positions is None or (positions == 0 and not given.tf_keras)):
            return None
        moved.append(positions)
    return joined_axes(given, before, moved, kept if channels is None else channels.value)


def padding_of(given: Given) -> str:
    """The option ``padding``, in which Keras takes any case; windows do not reach over the edge by default."""
    return given.text("padding", "valid").lower()


def input_channels(given: Given, rank: int) -> Symbol:
    """The channels of an input with ``rank`` spatial axes, which may have several batch axes."""
    shape = given.shape
    if shape is not None and len(shape) < rank + 2:
        # Keras refuses such an input: whichever axis is taken for the channels would give a wrong number.
        return Symbol("input_channels", None, INPUT)
    return given.axis(-1 - rank if given.channels_first else -1, "input_channels")


def split_axes(given: Given, rank: int) -> tuple[Shape, Shape, int | None] | None:
    """Batch axes, spatial axes and channels of the input; None when it has not the axes for that.

    The convolutions of tf_keras take several batch axes.
    """
    shape = given.shape
    if shape is None or len(shape) < rank + 2 or (len(shape) > rank + 2 and not given.tf_keras):
        return None
    before = shape[: -1 - rank]
    if given.channels_first:
        return before, shape[-rank:], shape[-1 - rank]
    return before, shape[-1 - rank : -1], shape[-1]


def joined_axes(given: Given, before: Shape, spatial: Sequence[int | None], channels: int | None) -> Shape:
    """A shape of batch axes, spatial axes and channels, in the order of the layer's ``data_format``."""
    return (*before, channels, *spatial) if given.channels_first else (*before, *spatial, channels)
