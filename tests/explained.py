"""Models with formulas, made by hand: every variable has the sizes that its layer's definition would give it."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from builders import ARCHIVE, layer, report
from paramcount.formula import COPIES, INPUT, Expression, Number, Product, Symbol
from paramcount.model import Layer, Role, Source, Variable
from paramcount.report import Report

CONFIG = Source("model.json", "keras-config", "Keras config")


def variable(path: str, *axes: Expression, role: Role = Role.TRAINABLE, reason: str = "", **facts: Any) -> Variable:
    """A stored variable whose shape is what its formula gives."""
    shape = tuple(axis.value for axis in axes)
    facts = {"stored_at": f"layers/{path}", **facts}
    return Variable(path, shape, "float32", role, reason, axes=axes, **facts)


def option(name: str, number: int | None) -> Symbol:
    return Symbol(name, number)


def taken(name: str, number: int | None) -> Symbol:
    return Symbol(name, number, INPUT)


def dense(
    path: str, inputs: int | None, units: int, role: Role = Role.TRAINABLE, reason: str = "", **facts: Any
) -> Layer:
    parts = [variable(f"{path}/kernel", taken("inputs", inputs), option("units", units), role=role, reason=reason)]
    parts.append(variable(f"{path}/bias", option("units", units), role=role, reason=reason))
    facts = {"input_shape": (None, inputs), "output_shape": (None, units), **facts}
    return layer(path, "Dense", *parts, **facts)


def conv2d(path: str, channels: int, filters: int, height: int, width: int, **facts: Any) -> Layer:
    count = option("filters", filters)
    window = (option("kernel_height", height), option("kernel_width", width))
    kernel = variable(f"{path}/kernel", *window, taken("input_channels", channels), count)
    return layer(path, "Conv2D", kernel, variable(f"{path}/bias", count), **facts)


def recurrent(path: str, kind: str, inputs: int, units: int, gates: int, biases: int = 1, **facts: Any) -> Layer:
    """LSTM, GRU or SimpleRNN, which keep their variables in a cell."""
    size = option("units", units)
    wide = Product((Symbol("gates", gates, COPIES), size))
    cell = f"{path}/cell"
    bias = variable(f"{cell}/bias", wide) if biases == 1 else variable(f"{cell}/bias", Number(biases), wide)
    kernel = variable(f"{cell}/kernel", taken("inputs", inputs), wide)
    return layer(
        path,
        kind,
        layer(cell, f"{kind}Cell", kernel, variable(f"{cell}/recurrent_kernel", size, wide), bias),
        input_shape=(None, None, inputs),
        **facts,
    )


def bidirectional(path: str, kind: str, inputs: int, units: int, gates: int, biases: int = 1, other: int = 0) -> Layer:
    name = kind.lower()
    forward = recurrent(f"{path}/forward_{name}", kind, inputs, units, gates, biases)
    backward = recurrent(f"{path}/backward_{name}", kind, inputs, other or units, gates, biases)
    return layer(path, "Bidirectional", forward, backward, input_shape=(None, None, inputs))


def batch_normalization(path: str, size: int, role: Role = Role.TRAINABLE, reason: str = "") -> Layer:
    channels = taken("channels", size)
    parts = [variable(f"{path}/{name}", channels, role=role, reason=reason) for name in ("gamma", "beta")]
    for name in ("moving_mean", "moving_variance"):
        words = f"{name.replace('_', ' ')} of batch normalization"
        parts.append(variable(f"{path}/{name}", channels, role=Role.STATE, reason=words))
    return layer(path, "BatchNormalization", *parts)


def attention(path: str, size: int, heads: int, key_dim: int) -> Layer:
    head, key = option("heads", heads), option("key_dim", key_dim)
    found = []
    for name in ("query", "key", "value"):
        part = f"{path}/{name}_dense"
        kernel = variable(f"{part}/kernel", taken(f"{name}_channels", size), head, key)
        found.append(layer(part, "EinsumDense", kernel, variable(f"{part}/bias", head, key)))
    part, result = f"{path}/output_dense", taken("query_channels", size)
    kernel = variable(f"{part}/kernel", head, key, result)
    found.append(layer(part, "EinsumDense", kernel, variable(f"{part}/bias", result)))
    return layer(path, "MultiHeadAttention", *found, layer(f"{path}/softmax", ""))


def lora(path: str, inputs: int, units: int, rank: int) -> Layer:
    """A Dense layer with an adapter: the kernel is fixed, and loading creates the two narrow matrices."""
    fixed = "LoRA keeps the base weights fixed"
    takes, size, narrow = taken("inputs", inputs), option("units", units), option("lora_rank", rank)
    return layer(
        path,
        "Dense",
        variable(f"{path}/kernel", takes, size, role=Role.FROZEN, reason=fixed),
        variable(f"{path}/bias", size),
        variable(f"{path}/lora_kernel_a", takes, narrow, group="lora", implied=True, stored_at=""),
        variable(f"{path}/lora_kernel_b", narrow, size, group="lora", implied=True, stored_at=""),
        input_shape=(None, inputs),
    )


def spectral(path: str, inputs: int, units: int) -> Layer:
    """A Dense inside SpectralNormalization, which holds its kernel once more."""
    inner = f"{path}/dense"
    size = option("units", units)
    kernel = variable(
        f"{path}/kernel", taken("inputs", inputs), size, storage=f"{inner}/kernel", stored_at=f"layers/{inner}/kernel"
    )
    vector = variable(f"{path}/vector_u", Number(1), size, role=Role.STATE, reason="power-iteration vector")
    return layer(path, "SpectralNormalization", kernel, vector, dense(inner, inputs, units))


def packed(path: str, inputs: int, units: int) -> Layer:
    """A Dense layer quantized to int4: two weights share a byte."""
    takes, size = taken("inputs", inputs), option("units", units)
    weights = variable(
        f"{path}/kernel",
        takes,
        size.per(2),
        role=Role.STATE,
        reason="int4 weights do not train",
        logical=inputs * units,
    )
    scale = variable(
        f"{path}/kernel_scale", size, role=Role.STATE, reason="quantization scale", logical=0, group="scale"
    )
    return layer(path, "Dense", weights, variable(f"{path}/bias", size), scale, input_shape=(None, inputs))


def recurrent_model() -> Report:
    """Q5."""
    return report(
        recurrent("lstm", "LSTM", 5, 64, 4),
        recurrent("gru", "GRU", 64, 32, 3, 2),
        recurrent("gru_1", "GRU", 32, 16, 3),
        recurrent("simple_rnn", "SimpleRNN", 16, 8, 1),
        source=ARCHIVE._replace(path="recurrent.keras"),
    )


def bidirectional_model() -> Report:
    """Q6."""
    return report(
        bidirectional("bidirectional", "LSTM", 5, 64, 4),
        bidirectional("bidirectional_1", "GRU", 128, 32, 3, 2),
        bidirectional("bidirectional_2", "GRU", 64, 16, 3),
        bidirectional("bidirectional_3", "SimpleRNN", 32, 8, 1),
    )


def dense_chain() -> Report:
    """Q2: two of the five are frozen."""
    sizes = (3, 5, 8, 10, 15, 4)
    found = []
    for index, (inputs, units) in enumerate(pairwise(sizes)):
        path = f"dense_{index}" if index else "dense"
        role = Role.FROZEN if index in (1, 2) else Role.TRAINABLE
        found.append(dense(path, inputs, units, role, f"trainable=False on {path}" if role is Role.FROZEN else ""))
    return report(*found)


def flattening() -> Report:
    """Q8: a small convolutional net whose first Dense owns nearly everything."""
    return report(
        conv2d("conv2d", 3, 32, 3, 3, output_shape=(None, 222, 222, 32)),
        layer("max_pooling2d", "MaxPooling2D", output_shape=(None, 111, 111, 32)),
        conv2d("conv2d_1", 32, 64, 3, 3, output_shape=(None, 109, 109, 64)),
        layer("max_pooling2d_1", "MaxPooling2D", output_shape=(None, 54, 54, 64)),
        layer("flatten", "Flatten", output_shape=(None, 186624)),
        dense("dense", 186624, 128),
        dense("dense_1", 128, 10),
    )


def transfer() -> Report:
    """Q10 in small: a frozen base with batch normalization inside, and a head that trains."""
    why = "trainable=False on base"
    channels = [taken("input_channels", 3), option("filters", 32)]
    window = [option("kernel_height", 3), option("kernel_width", 3)]
    kernel = variable("base/conv/kernel", *window, *channels, role=Role.FROZEN, reason=why)
    base = layer(
        "base",
        "Functional",
        layer("base/conv", "Conv2D", kernel, output_shape=(None, 112, 112, 32)),
        batch_normalization("base/bn", 32, Role.FROZEN, why),
        layer("base/relu", "ReLU"),
        trainable=False,
    )
    return report(base, layer("pool", "GlobalAveragePooling2D"), layer("drop", "Dropout"), dense("dense", 32, 10))


def mixed() -> Report:
    """Everything that needs a word: sharing, no formula, another number than stored, an unknown size, no class."""
    twice = dense("left/shared", 4, 4)
    again = layer(
        "right/shared", "Dense",
        *[each._replace(path=each.path.replace("left", "right"), storage=each.path) for each in twice.variables],
    )  # fmt: skip
    bare = [Variable(f"scaled/{index}", shape, "float32", Role.UNDETERMINED, "no flags", stored_at=f"s/{index}")
            for index, shape in enumerate([(4, 6), (6,)])]  # fmt: skip
    wrong = dense("wrong", 4, 5)
    kernel = wrong.variables[0]._replace(shape=(5, 5))
    return report(
        layer("left", "Sequential", twice, dense("left/head", 4, 3)),
        layer("right", "Sequential", again, dense("right/head", 4, 5)),
        layer("scaled", "Scaled", *bare),
        wrong._replace(variables=(kernel, wrong.variables[1])),
        spectral("spectral", 8, 4),
        attention("attention", 16, 2, 4),
        lora("adapted", 8, 6, 2),
        packed("packed", 8, 5),
        own=(Variable("temperature", (), "float32", Role.TRAINABLE, stored_at="t"),),
    )


def from_config() -> Report:
    """A config alone, of which one size is not known."""
    unknown = dense("dense_1", None, 2)
    variables = tuple(
        each._replace(role=Role.UNDETERMINED, reason="its size is not known") for each in unknown.variables
    )
    why = "the size of inputs is not known: its input is (None, None)"
    made = report(dense("dense", 3, 4), unknown._replace(variables=variables, unknown=why), source=CONFIG)
    return Report(made.model._replace(stored=None))


ALL = {
    "recurrent": recurrent_model,
    "bidirectional": bidirectional_model,
    "dense_chain": dense_chain,
    "flattening": flattening,
    "transfer": transfer,
    "mixed": mixed,
    "from_config": from_config,
}
"""Every model of this module, by the name of its golden files."""


def elements(*shapes: tuple[int, ...]) -> int:
    """Elements of arrays of these shapes."""
    return sum(prod(shape) for shape in shapes)
