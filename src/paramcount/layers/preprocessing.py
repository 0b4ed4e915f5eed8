"""The preprocessing layers for numbers, categories, text and sound.

Only the spectrogram owns parameters, and in tf_keras the look-ups that weigh by inverse document frequency.
"""

from __future__ import annotations

from paramcount.formula import Number, Symbol
from paramcount.layers.outputs import option, shape_of_rank, whole
from paramcount.layers.slot import Slot
from paramcount.layers.windows import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.layers.outputs import Rule
    from paramcount.model import Shape, Shapes

_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
"""Former names of output modes."""


def stft(given: Given) -> list[Slot]:
    """``real_kernel`` unless ``mode="imag"``, ``imag_kernel`` unless ``mode="real"``; they train by default."""
    mode = given.text("mode", "log")
    shape = (given.option("frame_length", 256), Number(1), _fft_length(given) // 2 + 1)
    names = ["real_kernel"] * (mode != "imag") + ["imag_kernel"] * (mode != "real")
    return [Slot(name, shape) for name in names]


def _fft_length(given: Given) -> Symbol:
    """By default the frame's length, rounded up to a power of two."""
    length, frame = given.option("fft_length"), given.option("frame_length", 256).value
    # Keras takes 0 for "not given" as well.
    return length if length.value or not frame else Symbol("fft_length", 1 << (frame - 1).bit_length())


def lookup(given: Given) -> list[Slot]:
    """tf_keras holds inverse document frequencies in a weight; everything else is a table.

    It declares the weight without a size, and counts it as one parameter whatever it holds.
    """
    if not given.tf_keras or _mode(given) != "tf_idf":
        return []
    sizes = (Symbol("vocabulary_size", None),)
    # tf_keras gives it no name of its own.
    return [Slot("Variable", sizes, "inverse document frequencies taken from the data in adapt()")]


def _mode(given: Given) -> str:
    mode = given.text("output_mode", "int")
    return _MODES.get(mode, mode)


def category_encoding(given: Given) -> Shapes:
    """One value for each of ``num_tokens`` categories."""
    depth = whole(option(given.config, "num_tokens", "max_tokens"), 1)
    return _encoded(given, given.shape, given.text("output_mode", "multi_hot"), depth)


def discretization(given: Given) -> Shapes:
    """The number of the bin, or one value for each bin."""
    mode, shape = _mode(given), given.shape
    limits = given.config.get("bin_boundaries")
    depth = len(limits) + 1 if isinstance(limits, (list, tuple)) and (limits or not given.tf_keras) else None
    if depth is None and not given.tf_keras:
        depth = whole(given.config.get("num_bins"))
    if shape is None or mode in ("int", "one_hot") or given.tf_keras:
        return _encoded(given, shape, mode, depth)
    # Keras 3 leaves out the second axis here, not the last.
    return None if depth is None else (shape[0], *shape[2:], depth) if len(shape) > 1 else (depth,)


def hashing(given: Given) -> Shapes:
    """The number of the bin, or one value for each of ``num_bins``."""
    mode, shape, depth = _mode(given), given.shape, whole(given.config.get("num_bins"), 1)
    if mode == "int" or given.tf_keras or shape is None or depth is None:
        return _encoded(given, shape, mode, depth)
    return (*shape[:-1], depth)


def hashed_crossing(given: Given) -> Shapes:
    """Of inputs of one shape, whose last axis is 1 if there is one besides the batch axis."""
    shape, mode, depth = given.shape, _mode(given), whole(given.config.get("num_bins"), 1)
    if len(given.shapes) < 2 or set(given.shapes) != {shape} or not shape or shape[1:] not in ((), (1,)):
        return None
    if given.tf_keras:
        # The size of the batch is lost on the way.
        return _encoded(given, (None, *shape[1:]), mode, depth)
    if mode == "int" or depth is None:
        return shape if mode == "int" else None
    return (*shape, depth) if shape[-1] != 1 else (*shape[:-1], depth)


def _looked_up(given: Given, shape: Shape | None, oov_token: object) -> Shapes:
    mode, depth = _mode(given), _depth(given, oov_token)
    if shape is None or mode == "int" or depth is not None:
        return _encoded(given, shape, mode, depth)
    # Keras 3 takes a layer that has not seen its vocabulary yet.
    return None if given.tf_keras or _holds_vocabulary(given) else _encoded_axes(shape, mode, None)


def _holds_vocabulary(given: Given) -> bool:
    """Whether a vocabulary is said to be there, so that its size is a number which is only not known here."""
    return given.config.get("vocabulary") is not None or given.flag("has_input_vocabulary", False)


def _depth(given: Given, oov_token: object) -> int | None:
    """Entries of the vocabulary and of the indices for what is not in it; with padding, as many as may be."""
    if given.flag("pad_to_max_tokens", False):
        return whole(given.config.get("max_tokens"), 1)
    others, words = whole(given.config.get("num_oov_indices", 1)), given.config.get("vocabulary")
    if not isinstance(words, (list, tuple)) or others is None:
        size = whole(given.config.get("vocabulary_size"), 1)
        # Keras 3 writes 1, for the words that it does not know, where there is no vocabulary yet.
        return None if size == 1 and not given.tf_keras else size
    # A vocabulary may begin with the entries for unknown words itself.
    begins = others <= len(words) and all(word == oov_token for word in words[:others])
    return len(words) if begins else len(words) + others


def string_look_up(given: Given) -> Shapes:
    """As every look-up; what is not in the vocabulary is ``[UNK]``."""
    return _looked_up(given, given.shape, given.config.get("oov_token", "[UNK]"))


def integer_look_up(given: Given) -> Shapes:
    """As every look-up; what is not in the vocabulary is -1."""
    return _looked_up(given, given.shape, given.config.get("oov_token", -1))


def text_vectorization(given: Given) -> Shapes:
    """A row of ``output_sequence_length`` words for each text, or one value for each entry of the vocabulary."""
    shape, mode = given.shape, _mode(given)
    if not shape:
        return None
    if given.tf_keras:
        return _texts_of_tf_keras(given, shape, mode)
    if mode == "int":
        return (shape[0], whole(given.config.get("output_sequence_length")))
    if given.config.get("split", "whitespace") is not None:
        shape = (*shape, None)
    elif len(shape) == 1:
        shape = (*shape, 1)
    return _looked_up(given, shape, "[UNK]")


def _texts_of_tf_keras(given: Given, shape: Shape, mode: str) -> Shapes:
    """What tf_keras's tensors still know of their shape after the texts were split and looked up."""
    if given.flag("ragged", False):
        return None
    length = whole(given.config.get("output_sequence_length"))
    split = given.config.get("split", "whitespace")
    if split is not None:
        # Splitting at white space loses the size of the batch.
        rows = shape[0] if split == "character" else None
        return (rows, length) if mode == "int" else _looked_up(given, (rows, None), "[UNK]")
    if given.config.get("ngrams") is not None:
        shape = (*shape[:-1], None)
    if mode != "int" or length is None:
        return _looked_up(given, shape, "[UNK]")
    return (None,) * len(shape) if None in shape else (*shape[:-1], length)


def _encoded(given: Given, shape: Shape | None, mode: str, depth: int | None) -> Shapes:
    """Categories as they are (``int``), or as ``depth`` values: each for itself, or together along the last axis."""
    if shape is None or mode == "int":
        return shape
    if depth is None:
        return None
    if given.tf_keras:
        return _encoded_rows(shape, mode, depth)
    return _encoded_axes(shape, mode, depth)


def _encoded_axes(shape: Shape, mode: str, depth: int | None) -> Shape:
    """Keras 3 encodes any number of axes; an empty vocabulary leaves the last of them unknown."""
    if mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


def _encoded_rows(shape: Shape, mode: str, depth: int | None) -> Shapes:
    """tf_keras encodes single rows or a batch of them."""
    if mode == "one_hot" and (not shape or shape[-1] != 1):
        shape = (*shape, 1)
    return None if len(shape) > 2 else (*shape[:-1], depth)


def mel_spectrogram(given: Given) -> Shapes:
    """``num_mel_bins`` bands by steps of ``sequence_stride``."""
    shape = shape_of_rank(given, 1, 2)
    bands, stride = given.option("num_mel_bins", 128).value, given.option("sequence_stride", 512).value
    if shape is None or bands is None or not stride:
        return None
    length = shape[-1]
    return (*shape[:-1], bands, None if length is None else (length + stride + 1) // stride)


def stft_spectrogram(given: Given) -> Shapes:
    """Frequencies of every channel at every step, side by side or on an axis of their own with ``expand_dims``."""
    shape = shape_of_rank(given, 3)
    frame = given.option("frame_length", 256).value
    length, step = _fft_length(given).value, given.option("frame_step").value or (frame or 0) // 2
    if shape is None or not frame or not length or not step:
        return None
    size, channels = (shape[2], shape[1]) if given.channels_first else (shape[1], shape[2])
    if channels is None:
        return None
    positions = steps(size, frame, step, 1, given.text("padding", "valid"))
    if size is not None and not positions:
        return None
    frequencies = (length // 2 + 1) * (2 if given.text("mode") == "stft" else 1)
    if given.flag("expand_dims", False):
        grid = (channels, positions, frequencies) if given.channels_first else (positions, frequencies, channels)
        return (shape[0], *grid)
    together = frequencies * channels
    return (shape[0], together, positions) if given.channels_first else (shape[0], positions, together)


VARIABLES = {
    "STFTSpectrogram": stft,
    "StringLookup": lookup,
    "IntegerLookup": lookup,
    "TextVectorization": lookup,
}

OUTPUTS: dict[str, Rule] = {
    "CategoryEncoding": category_encoding,
    "Discretization": discretization,
    "HashedCrossing": hashed_crossing,
    "Hashing": hashing,
    "StringLookup": string_look_up,
    "IntegerLookup": integer_look_up,
    "TextVectorization": text_vectorization,
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}
