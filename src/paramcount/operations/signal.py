"""Fourier transforms and frames of signals; complex tensors are pairs of a real and an imaginary one in Keras."""

from __future__ import annotations

from paramcount.operations.call import known_shape
from paramcount.operations.literals import integer, literal
from paramcount.operations.shapes import merged, replaced
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape


def _pair(call: Call) -> Shape:
    """The shape that real and imaginary part have."""
    parts = call.items(0, "x")
    if len(parts) != 2:
        raise Unknown
    shape = merged([known_shape(literal(part)) for part in parts])
    if not shape:
        raise Unknown
    return shape


def _length(call: Call, name: str) -> int | None:
    """A length that may be left to the input."""
    if call.option(name) is None:
        return None
    length = call.whole(name)
    if length <= 0:
        raise Unknown
    return length


def transform(call: Call) -> object:
    """``fft`` and ``ifft2``: a pair of the same shape."""
    shape = Tensor(_pair(call))
    return (shape, shape)


def real_transform(call: Call) -> object:
    """``rfft``: half of the frequencies, and one more."""
    shape = call.shape(0, "x")
    given = _length(call, "fft_length")
    size = shape[-1] if shape and given is None else given
    result = Tensor(replaced(shape, -1, None if size is None else size // 2 + 1))
    return (result, result)


def inverse_real(call: Call) -> Tensor:
    """``irfft``."""
    shape = _pair(call)
    given, size = _length(call, "fft_length"), shape[-1]
    return Tensor(replaced(shape, -1, given if given is not None or size is None else 2 * (size - 1)))


def short_time(call: Call) -> object:
    """``stft``: frames, and the frequencies of each."""
    shape = call.shape(0, "x")
    length, step = call.whole("fft_length"), call.whole("sequence_stride")
    size = shape[-1] if shape else None
    if not shape or step <= 0 or length <= 0:
        raise Unknown
    padded = length // 2 * 2 if call.flag("center", default=True) else 0
    frames = _frames(size, padded - length, step)
    result = Tensor((*shape[:-1], frames, length // 2 + 1))
    return (result, result)


def _frames(size: Dimension, more: int, step: int) -> Dimension:
    """How many frames begin in a signal."""
    if size is None:
        return None
    if size + more < 0:
        raise Unknown
    return 1 + (size + more) // step


def inverse_short_time(call: Call) -> Tensor:
    """``istft``: as long as told, or as the frames reach."""
    shape = _pair(call)
    if len(shape) < 2:
        raise Unknown
    length, frames = _length(call, "length"), shape[-2]
    if length is None and frames is not None:
        window = call.whole("fft_length")
        length = (frames - 1) * call.whole("sequence_stride") + window
        if call.flag("center", default=True):
            length -= window // 2 * 2
    return Tensor((*shape[:-2], length))


def sequences(call: Call) -> Tensor:
    """``extract_sequences``: frames of a length, one every stride."""
    shape = call.shape(0, "x")
    length, step = call.whole("sequence_length"), call.whole("sequence_stride")
    if not shape or length <= 0 or step <= 0:
        raise Unknown
    return Tensor((*shape[:-1], _frames(shape[-1], -length, step), length))


def frame(call: Call) -> Tensor:
    """TensorFlow's ``frame`` of the last axis."""
    shape = call.shape(0, "signal")
    length, step = call.whole("frame_length"), call.whole("frame_step")
    if not shape or call.whole("axis", default=-1) not in (-1, len(shape) - 1) or length <= 0 or step <= 0:
        raise Unknown
    size = shape[-1]
    if call.flag("pad_end"):
        frames = None if size is None else -(-size // step)
    else:
        frames = None if size is None else max(0, 1 + (size - length) // step)
    return Tensor((*shape[:-1], frames, length))


def short_time_complex(call: Call) -> Tensor:
    """TensorFlow's ``stft``: complex frequencies of each frame."""
    shape = call.shape(0, "signals")
    length, step = call.whole("frame_length"), call.whole("frame_step")
    if not shape or length <= 0 or step <= 0 or call.flag("pad_end"):
        raise Unknown
    enclosing = 1 << (length - 1).bit_length()
    window = enclosing if call.option("fft_length") is None else call.whole("fft_length")
    size = shape[-1]
    frames = None if size is None else max(0, 1 + (size - length) // step)
    return Tensor((*shape[:-1], frames, window // 2 + 1))


def overlap_and_add(call: Call) -> Tensor:
    """TensorFlow's frames put together again."""
    shape, step = call.shape(0, "signal"), call.whole("frame_step")
    if len(shape) < 2 or step <= 0:
        raise Unknown
    frames, length = shape[-2:]
    return Tensor((*shape[:-2], None if frames is None or length is None else (frames - 1) * step + length))


def real_complex(call: Call) -> Tensor:
    """TensorFlow's ``rfft`` of the last axis."""
    shape = call.shape(0, "input_tensor", "input")
    given = call.option("fft_length")
    size = shape[-1] if shape else None
    if given is not None:
        size = integer(given[0] if isinstance(given, (list, tuple)) and len(given) == 1 else given)
    return Tensor(replaced(shape, -1, None if size is None else size // 2 + 1))


RULES = {
    "FFT": transform, "RFFT": real_transform, "IRFFT": inverse_real, "STFT": short_time,
    "ISTFT": inverse_short_time, "ExtractSequences": sequences, "Frame": frame, "StftTf": short_time_complex,
    "RfftTf": real_complex, "OverlapAndAdd": overlap_and_add,
}  # fmt: skip
