"""Sizes that a sliding window leaves: convolutions, pooling and patches."""

from __future__ import annotations

from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.operations.tensor import Dimension, Shape


def spread(numbers: Sequence[Dimension], rank: int) -> tuple[int, ...]:
    """An option that is one number for all spatial axes, or one for each of ``rank``."""
    if len(numbers) == 1:
        numbers = tuple(numbers) * rank
    if len(numbers) != rank or any(number is None or number <= 0 for number in numbers):
        raise Unknown
    return tuple(number for number in numbers if number is not None)


def window(size: Dimension, kernel: int, stride: int, padding: str, dilation: int = 1) -> Dimension:
    """How often a window fits into one axis; ``padding`` is ``same``, ``causal`` or ``valid``."""
    if size is None:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    if padding != "valid":
        raise Unknown
    count = (size - dilation * (kernel - 1) - 1) // stride + 1
    if count <= 0:
        raise Unknown
    return count


def transposed(size: Dimension, kernel: int, stride: int, padding: str, dilation: int, extra: int | None) -> Dimension:
    """The size of one axis after a transposed convolution; ``extra`` is its output padding."""
    if size is None:
        return None
    kernel = (kernel - 1) * dilation + 1
    if padding == "valid":
        return (size - 1) * stride + kernel + (max(stride - kernel, 0) if extra is None else extra)
    if padding != "same":
        raise Unknown
    return size * stride if extra is None else (size - 1) * stride + kernel % 2 + extra


def spatial(shape: Shape, channels_last: bool) -> Shape:
    """The axes between batch and channels."""
    if len(shape) < 3:
        raise Unknown
    return shape[1:-1] if channels_last else shape[2:]


def with_spatial(shape: Shape, sizes: Sequence[Dimension], channels: Dimension, channels_last: bool) -> Shape:
    """A batch of images of another size and number of channels."""
    return (shape[0], *sizes, channels) if channels_last else (shape[0], channels, *sizes)


def channels_of(shape: Shape, channels_last: bool) -> Dimension:
    """The size of the channel axis."""
    return shape[-1] if channels_last else shape[1]


def is_last(data_format: str) -> bool:
    """Whether a data format, as Keras or TensorFlow writes it, has its channels last."""
    if data_format in ("channels_last", "nwc", "nhwc", "ndhwc"):
        return True
    if data_format in ("channels_first", "ncw", "nchw", "ncdhw"):
        return False
    raise Unknown
