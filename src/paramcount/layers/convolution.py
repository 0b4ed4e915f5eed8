"""Convolutions: ordinary, transposed, depthwise and separable, under the names of Keras 1, 2 and 3."""

from __future__ import annotations

from paramcount.formula import INPUT, Number, Symbol
from paramcount.layers.keras1 import is_old, kernel_axes, renamed
from paramcount.layers.slot import Slot
from paramcount.layers.windows import input_channels, joined_axes, padding_of, split_axes, windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from paramcount.formula import Expression
    from paramcount.layers.given import Given
    from paramcount.model import Shape, Shapes

    Result = TypeVar("Result")


def conv(given: Given, rank: int) -> list[Slot]:
    """``kernel`` (window, channels of one group, filters) and, by default, ``bias`` (filters)."""
    given = renamed(given)
    filters = given.option("filters")
    kernel = kernel_axes(given, given.kernel(rank), channels_per_group(given, rank), filters)
    return [Slot("kernel", kernel), *given.bias(filters)]


def conv_output(given: Given, rank: int) -> Shapes:
    """One value of each filter for every position of the window."""
    given = renamed(given)
    return _moved(given, rank, given.option("filters"))


def channels_per_group(given: Given, rank: int) -> Expression:
    """The channels that one filter sees: with ``groups``, a part of them."""
    channels, groups = input_channels(given, rank), given.option("groups", 1)
    if given.tf_keras and groups.number == 0:
        return channels
    if groups.number == 1:
        return channels
    if channels.number is not None and groups.number and channels.number % groups.number:
        return Symbol("channels_per_group", None, INPUT)
    return channels // groups


def conv_transpose(given: Given, rank: int) -> list[Slot]:
    """``kernel`` (window, filters, channels: the other way round) and, by default, ``bias`` (filters)."""
    given = renamed(given)
    filters, channels = given.option("filters"), input_channels(given, rank)
    return [Slot("kernel", kernel_axes(given, given.kernel(rank), filters, channels)), *given.bias(filters)]


def conv_transpose_output(given: Given, rank: int) -> Shapes:
    """Every position of the input spreads over a window of the output."""
    if is_old(given):
        return _asked_output(given, rank)
    split, padding = split_axes(given, rank), padding_of(given)
    window, strides = given.each("kernel_size", rank, None), given.each("strides", rank)
    # The three-dimensional layer of tf_keras leaves its dilation out of account here.
    dilation = (1,) * rank if given.tf_keras and rank == 3 else given.each("dilation_rate", rank)
    extra = given.each("output_padding", rank, None, 0)
    if extra is None and given.config.get("output_padding") is not None:
        return None
    if split is None or window is None or strides is None or dilation is None or len(split[0]) > 1:
        return None
    if padding not in ("valid", "same"):
        return None
    spread = [
        None if size is None else _spread(size, (reach - 1) * apart + 1, stride, padding, more)
        for size, reach, apart, stride, more in zip(
            split[1], window, dilation, strides, extra or [None] * rank, strict=True
        )
    ]
    if any(size is not None and size < 0 for size in spread):
        return None
    return joined_axes(given, split[0], spread, given.option("filters").value)


def _spread(size: int, window: int, stride: int, padding: str, extra: int | None) -> int:
    """Places of a transposed convolution's output along an axis; ``extra`` is its ``output_padding``."""
    if extra is not None:
        return (size - 1) * stride + (window if padding == "valid" else window % 2) + extra
    return size * stride if padding == "same" else (size - 1) * stride + max(window, stride)


def _asked_output(given: Given, rank: int) -> Shapes:
    """Keras 1 had the output's shape as an option."""
    asked, shape = given.config.get("output_shape"), given.shape
    if shape is None or not isinstance(asked, (list, tuple)) or len(asked) != rank + 2 or len(shape) != rank + 2:
        return None
    spatial = tuple(asked[2:] if given.channels_first else asked[1:-1])
    if not all(type(size) is int and size > 0 for size in spatial):
        return None
    return joined_axes(given, shape[:1], spatial, renamed(given).option("filters").value)


def depthwise(given: Given, rank: int) -> list[Slot]:
    """``kernel`` (window, channels, ``depth_multiplier``) and, by default, ``bias`` (channels * multiplier).

    tf_keras calls the first ``depthwise_kernel``.
    """
    channels, multiplier = input_channels(given, rank), given.option("depth_multiplier", 1)
    name = "depthwise_kernel" if given.tf_keras else "kernel"
    return [Slot(name, (*given.kernel(rank), channels, multiplier)), *given.bias(channels * multiplier)]


def depthwise_output(given: Given, rank: int) -> Shapes:
    """Every channel is filtered ``depth_multiplier`` times."""
    return _depthwise_moved(given, rank, input_channels(given, rank) * given.option("depth_multiplier", 1))


def separable(given: Given, rank: int) -> list[Slot]:
    """``depthwise_kernel``, ``pointwise_kernel`` (window of 1) and, by default, one ``bias`` for both."""
    given = renamed(given)
    channels, multiplier = input_channels(given, rank), given.option("depth_multiplier", 1)
    filters, ones = given.option("filters"), (Number(1),) * rank
    return [
        Slot("depthwise_kernel", kernel_axes(given, given.kernel(rank), channels, multiplier)),
        Slot("pointwise_kernel", kernel_axes(given, ones, channels * multiplier, filters)),
        *given.bias(filters),
    ]


def separable_output(given: Given, rank: int) -> Shapes:
    """One value of each filter for every position of the window."""
    return _depthwise_moved(renamed(given), rank, renamed(given).option("filters"))


def _depthwise_moved(given: Given, rank: int, channels: Expression) -> Shape | None:
    """Dilated images of which one side is not known come out of tf_keras with no side known."""
    split, dilation = split_axes(given, rank), given.each("dilation_rate", rank)
    if split is None or dilation is None or _has_batch_axes(given, rank):
        return None
    if given.tf_keras and rank == 2 and None in split[1] and max(dilation) > 1:
        return joined_axes(given, split[0], (None, None), channels.value)
    return _moved(given, rank, channels)


def _has_batch_axes(given: Given, rank: int) -> bool:
    """Whether the input has more than one batch axis, which only ``conv`` of tf_keras takes."""
    return given.shape is not None and len(given.shape) != rank + 2


def _moved(given: Given, rank: int, channels: Expression) -> Shape | None:
    window, strides = given.each("kernel_size", rank, None), given.each("strides", rank)
    return windowed(given, rank, window, strides, given.each("dilation_rate", rank), padding_of(given), channels)


def locally_connected(given: Given, rank: int) -> list[Slot]:
    """See ``paramcount.layers.locally_connected``, which few models need."""
    from paramcount.layers.locally_connected import slots

    return slots(renamed(given), rank)


def locally_connected_output(given: Given, rank: int) -> Shapes:
    """One value of each filter for every position of the window."""
    return None if _has_batch_axes(given, rank) else conv_output(given, rank)


def _by_rank(
    function: Callable[[Given, int], Result], names: str, ranks: tuple[int, ...]
) -> dict[str, Callable[[Given], Result]]:
    """``function`` for each class of ``names``, in which ``{}`` stands for the number of spatial axes."""

    def of(rank: int) -> Callable[[Given], Result]:
        return lambda given: function(given, rank)

    return {name.format(rank): of(rank) for rank in ranks for name in names.split()}


# Keras 1's names stand beside those of later versions, some of which kept them as aliases.
_CONV = "Conv{}D Convolution{}D"
_TRANSPOSE = "Conv{}DTranspose"
_OLD_TRANSPOSE = "Deconvolution{}D Convolution{}DTranspose"
_SEPARABLE = "SeparableConv{}D SeparableConvolution{}D"

VARIABLES = {
    **_by_rank(conv, _CONV, (1, 2, 3)),
    **_by_rank(conv, "AtrousConvolution{}D", (1, 2)),
    **_by_rank(conv_transpose, _TRANSPOSE, (1, 2, 3)),
    **_by_rank(conv_transpose, _OLD_TRANSPOSE, (2, 3)),
    **_by_rank(depthwise, "DepthwiseConv{}D", (1, 2)),
    **_by_rank(separable, _SEPARABLE, (1, 2)),
    **_by_rank(locally_connected, "LocallyConnected{}D", (1, 2)),
}

OUTPUTS = {
    **_by_rank(conv_output, _CONV, (1, 2, 3)),
    **_by_rank(conv_output, "AtrousConvolution{}D", (1, 2)),
    **_by_rank(conv_transpose_output, _TRANSPOSE, (1, 2, 3)),
    **_by_rank(conv_transpose_output, _OLD_TRANSPOSE, (2, 3)),
    **_by_rank(depthwise_output, "DepthwiseConv{}D", (1, 2)),
    **_by_rank(separable_output, _SEPARABLE, (1, 2)),
    **_by_rank(locally_connected_output, "LocallyConnected{}D", (1, 2)),
}
