"""What the sizes in formulas are, in words for whoever meets them for the first time."""

from __future__ import annotations

from paramcount.formula import COPIES, INPUT
from paramcount.layers.given import first_shape
from paramcount.layers.table import classes, is_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Symbol
    from paramcount.model import Layer

SIZES = {
    "units": "neurons of the layer, each with a result of its own",
    "inputs": "numbers that each neuron takes in",
    "input_channels": "channels of the input: a window looks at all of them at once",
    "input_depth": "channels of the input",
    "channels": "channels of the input",
    "features": "numbers at each place of the input",
    "filters": "patterns that the layer looks for, each of which makes one channel of the output",
    "kernel_length": "length of the window that is moved along the input",
    "kernel_height": "height of the window that is moved over the input",
    "kernel_width": "width of the window that is moved over the input",
    "kernel_depth": "depth of the window that is moved through the input",
    "groups": "parts that the channels are split into; a filter looks at one of them",
    "depth_multiplier": "filters for each channel of the input",
    "gates": "small layers of the same sizes side by side, one for each gate",
    "directions": "one copy reads from the first step to the last, one from the last to the first",
    "biases": "biases that are kept apart",
    "input_dim": "entries of the table, such as words of a vocabulary",
    "output_dim": "numbers that stand for each entry",
    "output_shape": "features of the output",
    "vocabulary": "entries of the table, such as words of a vocabulary",
    "heads": "parts that look at the input side by side",
    "num_heads": "parts that look at the input side by side",
    "query_heads": "heads of the query",
    "num_query_heads": "heads of the query",
    "key_value_heads": "heads of key and value, which several heads of the query share",
    "num_key_value_heads": "heads of key and value, which several heads of the query share",
    "key_dim": "numbers that each head makes of a query or a key",
    "head_dim": "numbers that each head makes of a query, a key or a value",
    "value_dim": "numbers that each head makes of a value",
    "query_channels": "numbers at each place of the query",
    "key_channels": "numbers at each place of the key",
    "value_channels": "numbers at each place of the value",
    "query_features": "numbers at each place of the query",
    "key_features": "numbers at each place of the key",
    "value_features": "numbers at each place of the value",
    "rank": "rank of the LoRA adapter: how narrow it is",
    "lora_rank": "rank of the LoRA adapter: how narrow it is",
    "frame_length": "samples that each frame looks at",
    "fft_length": "length of the Fourier transform",
    "bias_vectors": "biases: one for the input, one for the state",
    "vocabulary_size": "entries of the vocabulary",
    "channels_per_group": "channels that one filter looks at",
    "kernel_outputs": "the last size of the kernel of the layer inside",
    "amax_history_length": "steps whose largest values float8 remembers",
    "frame_step": "samples from one frame to the next",
    "num_mel_bins": "bands of the mel scale",
    "nb_feature": "neurons that are computed side by side, of which the largest result is kept",
    "block_size": "weights that share a scale",
    "group_size": "weights that share a scale",
    "projection_dim": "channels that are scaled",
}
"""Name of a size in a formula to what it is."""


def meaning(symbol: Symbol, layer: Layer) -> str:
    """What the size ``symbol`` of a formula of ``layer`` is, and where it comes from."""
    if symbol.kind == COPIES and symbol.number == 1:
        return "one set of weights"
    words = SIZES.get(symbol.name) or _family(symbol.name)
    if not words:
        words = symbol.name.replace("_", " ")
        words += {INPUT: ", a size of the input", COPIES: " side by side"}.get(symbol.kind, ", an option of the layer")
    return f"{words}{_origin(symbol, layer)}"


FAMILIES = (
    ("axis_", "the size of axis {} of the input"),
    ("inputs_", "inputs that are summed over, letter {} of the equation"),
    ("units_", "results, letter {} of the equation"),
    ("shared_", "places with weights of their own, letter {} of the equation"),
    ("input_", "{} of the input: each place has weights of its own"),
    ("output_", "{} of the output: each place has weights of its own"),
    ("connections_", "connections along the {}"),
)
"""Beginnings of names that are made for one layer, and what the rest of the name says."""


def _family(name: str) -> str:
    """What a size is whose name begins like those of its kind; empty when none does."""
    for prefix, words in FAMILIES:
        if name.startswith(prefix):
            return words.format(name[len(prefix) :].replace("_", " "))
    return ""


def _origin(symbol: Symbol, layer: Layer) -> str:
    """Where in its input the size stands, if it stands there once."""
    shape = first_shape(layer.input_shape)
    if symbol.kind != INPUT or shape is None or symbol.number is None or symbol.number not in shape[1:]:
        return ""
    shown = ", ".join("None" if size is None else str(size) for size in shape)
    if shape[-1] == symbol.number:
        return f"; the last axis of the input ({shown})"
    return f"; an axis of the input ({shown})"


VARIABLES = {
    "kernel": "the weights: what each input is multiplied with",
    "recurrent_kernel": "the weights for the layer's own state of the step before",
    "bias": "what is added to the result, whatever comes in",
    "gamma": "what the normalized values are multiplied with",
    "beta": "what is added to the normalized values",
    "moving_mean": "the mean seen in training, kept for prediction",
    "moving_variance": "the variance seen in training, kept for prediction",
    "embeddings": "the table: one row of numbers for each entry",
    "reverse_embeddings": "a second table, for the way back",
    "depthwise_kernel": "one small window for each channel alone",
    "pointwise_kernel": "weights that mix the channels, place by place",
    "alpha": "the slope for values below zero",
    "scale": "what the values are multiplied with",
    "lora_kernel_a": "the adapter's way in",
    "lora_kernel_b": "the adapter's way out",
    "lora_embeddings_a": "the adapter's way in",
    "lora_embeddings_b": "the adapter's way out",
    "vector_u": "a helper of spectral normalization, which no training step changes",
    "mean": "the mean that adapt() took from the data",
    "variance": "the variance that adapt() took from the data",
    "count": "how many values adapt() has seen",
    "kernel_scale": "what turns the packed whole numbers back into weights",
    "kernel_zero": "which packed whole number stands for zero",
    "g_idx": "which block each row belongs to",
}
"""Name of a variable to what it is for."""


def purpose(name: str) -> str:
    """What a variable is for, by the last part of its name; empty for a name that says nothing."""
    return VARIABLES.get(name.rpartition("/")[2], "")


GATES = {
    "LSTM": "what to forget, what to take in, what that would be, and what to show",
    "GRU": "what to forget, how much to renew, and what the new state would be",
}
"""What the gates of a recurrent layer decide, by class."""

WEIGHTLESS = (
    ("Flatten", "it puts its numbers in one row and changes none of them"),
    ("Reshape Permute RepeatVector", "it arranges its numbers anew and changes none of them"),
    (
        (
            "MaxPooling1D MaxPooling2D MaxPooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D"
            " AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D"
        ),
        "it picks the largest number of each window, for which nothing has to be learned",
    ),
    (
        (
            "AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D"
            " GlobalAveragePooling3D AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D"
        ),
        "it takes the mean of each window, for which nothing has to be learned",
    ),
    (
        "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout AlphaDropout GaussianNoise",
        "it disturbs numbers by chance while training; its rate is set by you, not learned",
    ),
    (
        "Activation ReLU LeakyReLU ELU Softmax ThresholdedReLU",
        "it applies one fixed function to each number",
    ),
    ("Add Subtract Multiply Average Maximum Minimum Concatenate Dot", "it combines its inputs by a fixed rule"),
    ("InputLayer", "it only says which shape comes in"),
    ("ZeroPadding1D ZeroPadding2D ZeroPadding3D", "it puts zeros around its input"),
    ("Cropping1D Cropping2D Cropping3D CenterCrop", "it cuts off the rim of its input"),
    ("UpSampling1D UpSampling2D UpSampling3D Resizing", "it changes the size by a fixed rule"),
    ("Lambda", "Keras tracks no weights in a Lambda, even if its function uses some"),
)
"""Classes without weights, and why they have none."""


def why_weightless(class_name: str) -> str:
    """Why a layer of this class has no weights, as part of a sentence."""
    for names, words in WEIGHTLESS:
        if class_name in names.split():
            return words
    if class_name in classes():
        return "with these options it needs none"
    return "it follows a fixed rule" if is_known(class_name) else "it holds none"


def no_weights(class_name: str) -> str:
    """What stands beside the 0 of a layer without weights."""
    return f"no weights: {why_weightless(class_name)}"
