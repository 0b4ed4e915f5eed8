"""Convolutions, pooling and attention as operations."""

from __future__ import annotations

from paramcount.operations.call import Call
from paramcount.operations.literals import integer, integers
from paramcount.operations.shapes import divided, plus, times, total
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown
from paramcount.operations.windows import channels_of, is_last, spatial, spread, transposed, window, with_spatial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.operations.tensor import Dimension, Shape


def _per_axis(call: Call, rank: int, last: bool, *names: str) -> tuple[int, ...]:
    """Strides and such for each spatial axis; TensorFlow's may name the batch and channel axes too."""
    value = call.option(*names)
    if value is None:
        return (1,) * rank
    numbers = integers(value)
    if len(numbers) == rank + 2:
        ends = (numbers[0], numbers[-1] if last else numbers[1])
        if ends != (1, 1):
            raise Unknown
        numbers = numbers[1:-1] if last else numbers[2:]
    return spread(numbers, rank)


def _layout(call: Call, shape: Shape) -> tuple[bool, Shape]:
    """Whether channels come last, and the spatial axes."""
    last = is_last(call.text("data_format", default="channels_last"))
    return last, spatial(shape, last)


def _slid(call: Call, shape: Shape, kernel: Shape) -> tuple[bool, list[Dimension]]:
    """The spatial axes after a window of shape ``kernel`` has gone over them."""
    last, sizes = _layout(call, shape)
    rank = len(sizes)
    padding, sizes = _padded(call, sizes, last)
    if padding == "causal" and rank != 1:
        raise Unknown
    window_sizes = spread(kernel, rank) if len(kernel) == rank else _per_axis_of(kernel, rank, last)
    strides = _per_axis(call, rank, last, "strides", "stride")
    dilations = _per_axis(call, rank, last, "dilation_rate", "dilations", "rate")
    parts = zip(sizes, window_sizes, strides, dilations, strict=True)
    return last, [window(size, k, stride, padding, dilation) for size, k, stride, dilation in parts]


def _padded(call: Call, sizes: Shape, last: bool) -> tuple[str, Shape]:
    """How the window treats the ends; TensorFlow may list what comes before and after each axis."""
    pairs = call.option("padding")
    if not isinstance(pairs, (list, tuple)):
        return call.text("padding", default="valid"), sizes
    if len(pairs) != len(sizes) + 2:
        raise Unknown
    inner = pairs[1:-1] if last else pairs[2:]
    return "valid", tuple(plus(size, total(integers(pair))) for size, pair in zip(sizes, inner, strict=True))


def _per_axis_of(kernel: Shape, rank: int, last: bool) -> tuple[int, ...]:
    """A window of pooling, which TensorFlow may write with batch and channels."""
    if len(kernel) == rank + 2:
        kernel = kernel[1:-1] if last else kernel[2:]
    return spread(kernel, rank)


def convolution(call: Call) -> Tensor:
    """A convolution; its kernel's axes are space, input channels, filters."""
    shape, kernel = call.shape(0, "inputs", "input", "value"), call.shape(1, "kernel", "filters", "filter")
    if len(kernel) != len(shape) or len(shape) < 3:
        raise Unknown
    last, sizes = _slid(call, shape, kernel[:-2])
    channels, expected = channels_of(shape, last), kernel[-2]
    if channels is not None and expected is not None and (expected == 0 or channels % expected):
        raise Unknown
    return Tensor(with_spatial(shape, sizes, kernel[-1], last))


def depthwise(call: Call) -> Tensor:
    """A depthwise convolution: each channel has filters of its own."""
    shape, kernel = call.shape(0, "inputs", "input"), call.shape(1, "kernel", "filter")
    if len(kernel) != len(shape):
        raise Unknown
    last, sizes = _slid(call, shape, kernel[:-2])
    _fits(channels_of(shape, last), kernel[-2])
    return Tensor(with_spatial(shape, sizes, times(kernel[-1], kernel[-2]), last))


def separable(call: Call) -> Tensor:
    """A depthwise convolution and one of size 1 after it."""
    shape, kernel = call.shape(0, "inputs", "input"), call.shape(1, "depthwise_kernel", "depthwise_filter")
    pointwise = call.shape(2, "pointwise_kernel", "pointwise_filter")
    if len(kernel) != len(shape) or len(pointwise) != len(kernel):
        raise Unknown
    last, sizes = _slid(call, shape, kernel[:-2])
    _fits(channels_of(shape, last), kernel[-2])
    return Tensor(with_spatial(shape, sizes, pointwise[-1], last))


def _fits(channels: Dimension, expected: Dimension) -> None:
    """Raises Unknown if the kernel is made for another number of channels."""
    if channels is not None and expected is not None and channels != expected:
        raise Unknown


def transposed_convolution(call: Call) -> Tensor:
    """Keras's transposed convolution."""
    shape, kernel = call.shape(0, "inputs"), call.shape(1, "kernel")
    last, sizes = _layout(call, shape)
    rank = len(sizes)
    if len(kernel) != len(shape):
        raise Unknown
    window_sizes = spread(kernel[:-2], rank)
    strides = _per_axis(call, rank, last, "strides")
    dilations = _per_axis(call, rank, last, "dilation_rate")
    padding = call.text("padding", default="valid")
    extra: tuple[int | None, ...] = (None,) * rank
    if call.option("output_padding") is not None:
        given = call.known_numbers("output_padding")
        extra = given * rank if len(given) == 1 else given
    parts = zip(sizes, window_sizes, strides, dilations, extra, strict=True)
    grown = [transposed(size, k, stride, padding, dilation, more) for size, k, stride, dilation, more in parts]
    return Tensor(with_spatial(shape, grown, kernel[-2], last))


def transposed_to(call: Call) -> Tensor:
    """TensorFlow's transposed convolution, which is told the shape of its result."""
    shape = call.shape(0, "input", "value")
    result = integers(call.option("output_shape"))
    if len(result) != len(shape):
        raise Unknown
    return Tensor(tuple(None if size == -1 else size for size in result))


def pooling(call: Call) -> Tensor:
    """Max and average pooling; strides are the window unless they are given."""
    shape = call.shape(0, "inputs", "input", "value")
    last, sizes = _layout(call, shape)
    kernel = _per_axis_of(integers(call.option("pool_size", "ksize", "window_shape")), len(sizes), last)
    slid = call
    if call.option("strides") is None and "window_shape" not in call.kwargs:
        slid = Call({**call.config, "strides": list(kernel)}, call.args, call.kwargs)
    counts = _slid(slid, shape, kernel)[1]
    return Tensor(with_spatial(shape, counts, channels_of(shape, last), last))


def adaptive_pooling(call: Call) -> Tensor:
    """Pooling to a size that is given; Keras 3.15 claims one axis too many where channels are last."""
    shape = call.shape(0, "inputs")
    last, sizes = _layout(call, shape)
    if last:
        raise Unknown
    target = spread(call.numbers("output_size"), len(sizes))
    return Tensor(with_spatial(shape, target, channels_of(shape, last), last))


def attention(call: Call) -> Tensor:
    """``dot_product_attention``: Keras says the query's shape, which holds if values are as wide."""
    query, value = call.shape(0, "query"), call.shape(2, "value")
    if len(query) != 4 or len(value) != 4:
        raise Unknown
    _fits(query[-1], value[-1])
    return Tensor(query)


def normalized(call: Call) -> Tensor:
    """A normalization: means, variances and scales do not change the shape of ``x``."""
    return Tensor(call.shape(0, "x", "input", "value"))


def ctc_loss(call: Call) -> Tensor:
    """One loss for each sample."""
    return Tensor(call.shape(0, "target")[:1])


def ctc_decode(call: Call) -> object:
    """The best paths, and how likely they are."""
    shape = call.shape(0, "inputs")
    if len(shape) != 3:
        raise Unknown
    paths = 1 if call.text("strategy", default="greedy") == "greedy" else call.whole("top_paths", default=1)
    return (Tensor((paths, *shape[:2])), Tensor((shape[0], paths)))


def _pair(value: object) -> tuple[int, int]:
    """An option that is one int or two."""
    numbers = integers(value)
    if len(numbers) not in (1, 2):
        raise Unknown
    return integer(numbers[0]), integer(numbers[-1])


def unfold(call: Call) -> Tensor:
    """Patches of images whose channels come first, as columns."""
    shape = call.shape(0, "x")
    if len(shape) != 4:
        raise Unknown
    kernel = _pair(call.option("kernel_size"))
    options = [_pair(call.option(name, default=value)) for name, value in _UNFOLD]
    counts = []
    for axis in (0, 1):
        size = shape[2 + axis]
        dilation, padding, stride = (option[axis] for option in options)
        if min(dilation, stride, kernel[axis]) <= 0 or padding < 0:
            raise Unknown
        counts.append(None if size is None else window(size + 2 * padding, kernel[axis], stride, "valid", dilation))
    return Tensor((shape[0], times(shape[1], kernel[0] * kernel[1]), times(*counts)))


_UNFOLD = (("dilation", 1), ("padding", 0), ("stride", 1))


def fold(call: Call) -> Tensor:
    """Columns back to images."""
    shape = call.shape(0, "x")
    kernel, size = _pair(call.option("kernel_size")), _pair(call.option("output_size"))
    if len(shape) != 3:
        raise Unknown
    return Tensor((shape[0], divided(shape[1], kernel[0] * kernel[1]), *size))


def between_space_and_depth(to_space: bool) -> Callable[[Call], Tensor]:
    """The rule of ``depth_to_space`` and ``space_to_depth``."""

    def rule(call: Call) -> Tensor:
        shape = call.shape(0, "x", "input")
        last, sizes = _layout(call, shape)
        block = call.whole("block_size")
        if len(shape) != 4 or block <= 0:
            raise Unknown
        channels = channels_of(shape, last)
        if to_space:
            grown = [times(size, block) for size in sizes]
            return Tensor(with_spatial(shape, grown, divided(channels, block * block), last))
        shrunk = [divided(size, block) for size in sizes]
        return Tensor(with_spatial(shape, shrunk, times(channels, block * block), last))

    return rule


RULES = {
    "Conv": convolution, "DepthwiseConv": depthwise, "SeparableConv": separable,
    "ConvTranspose": transposed_convolution, "TransposedTo": transposed_to, "Pool": pooling,
    "AdaptivePool": adaptive_pooling, "DotProductAttention": attention, "Normalized": normalized,
    "CTCLoss": ctc_loss, "CTCDecode": ctc_decode, "Unfold": unfold, "Fold": fold,
    "DepthToSpace": between_space_and_depth(to_space=True), "SpaceToDepth": between_space_and_depth(to_space=False),
}  # fmt: skip
