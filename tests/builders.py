"""Models made by hand from plain facts, so that a test needs no file and no framework."""

from __future__ import annotations

from typing import Any

from paramcount.model import Finding, Layer, Model, Role, Source, Stored, Variable
from paramcount.report import Report

ARCHIVE = Source(
    path="model.keras",
    format="keras-archive",
    title="Keras archive",
    framework="keras",
    framework_version="3.15.1",
    size_bytes=9_751_230,
    bytes_read=411_034,
)
LIVE = Source(path="Sequential", format="live", title="model in memory", framework="keras", framework_version="3.15.1")


def variable(path: str, shape: tuple[int | None, ...] | None, role: Role = Role.TRAINABLE, **facts: Any) -> Variable:
    """One float32 variable, stored under its own path."""
    facts = {"dtype": "float32", "stored_at": f"layers/{path}", **facts}
    return Variable(path, shape, role=role, **facts)


def layer(path: str, class_name: str = "Layer", *parts: Variable | Layer, **facts: Any) -> Layer:
    """One layer at ``path``, with its variables and children as they come."""
    return Layer(
        name=path.rpartition("/")[2],
        class_name=class_name,
        path=path,
        variables=tuple(part for part in parts if isinstance(part, Variable)),
        children=tuple(part for part in parts if isinstance(part, Layer)),
        **facts,
    )


def dense(path: str, inputs: int, units: int, role: Role = Role.TRAINABLE, reason: str = "", **facts: Any) -> Layer:
    """A Dense layer with its kernel and bias."""
    facts = {"output_shape": (None, units), "trainable": role is not Role.FROZEN, **facts}
    kernel = variable(f"{path}/kernel", (inputs, units), role, reason=reason)
    bias = variable(f"{path}/bias", (units,), role, reason=reason)
    return layer(path, "Dense", kernel, bias, **facts)


def batch_normalization(path: str, size: int, role: Role = Role.TRAINABLE, reason: str = "", **facts: Any) -> Layer:
    """A BatchNormalization layer: two vectors that train, two of state."""
    parts = [variable(f"{path}/{name}", (size,), role, reason=reason) for name in ("gamma", "beta")]
    parts += [
        variable(f"{path}/{name}", (size,), Role.STATE, reason=f"{name.replace('_', ' ')} of batch normalization")
        for name in ("moving_mean", "moving_variance")
    ]
    return layer(path, "BatchNormalization", *parts, **facts)


def report(
    *layers: Layer,
    source: Source = ARCHIVE,
    own: tuple[Variable, ...] = (),
    others: tuple[Variable, ...] = (),
    findings: tuple[Finding, ...] = (),
    **facts: Any,
) -> Report:
    """A report on a model of ``layers``, which stores exactly what its variables say."""
    root = Layer("functional", "Functional", "", own, layers, **facts)
    model = Model(root, source, others, findings)
    if source.format != "live":
        model = model._replace(stored=stored(model))
    return Report(model)


def stored(model: Model) -> Stored:
    """What a file holds that has exactly one dataset for each place named in ``model``."""
    found: dict[str, int] = {}
    pending = [model.root]
    variables = list(model.others)
    while pending:
        current = pending.pop()
        pending.extend(current.children)
        variables.extend(current.variables)
    for each in variables:
        if each.stored_at and each.parameters is not None:
            found[each.stored_at] = each.parameters
    return Stored(sum(found.values()), len(found))


def transfer() -> Report:
    """A frozen base with batch normalization inside, and a head that trains: a part of it shows every reason."""
    base = "mobilenetv2_1.00_224"
    why = f"trainable=False on {base}"
    conv = variable(f"{base}/Conv1/kernel", (3, 3, 3, 32), Role.FROZEN, reason=why)
    inner = [layer(f"{base}/Conv1", "Conv2D", conv, output_shape=(None, 112, 112, 32), trainable=True)]
    for index in range(3):
        path = f"{base}/bn_{index}"
        shape = (None, 112, 112, 32)
        inner.append(batch_normalization(path, 32, Role.FROZEN, why, output_shape=shape, trainable=True))
    return report(
        layer(base, "Functional", *inner, output_shape=(None, 7, 7, 1280), trainable=False),
        layer("global_average_pooling2d", "GlobalAveragePooling2D", output_shape=(None, 1280), trainable=True),
        dense("dense", 1280, 10),
        source=ARCHIVE._replace(path="transfer.keras"),
        others=optimizer(("iteration", ()), ("learning_rate", ()), ("dense_kernel_momentum", (1280, 10))),
    )


def optimizer(*slots: tuple[str, tuple[int, ...]]) -> tuple[Variable, ...]:
    """Variables of an Adam optimizer."""
    return tuple(variable(f"optimizer/{name}", shape, Role.OPTIMIZER, reason="Adam") for name, shape in slots)


def dominated() -> Report:
    """A small convolutional net of which the first Dense owns nearly everything."""
    return report(
        conv2d("conv2d", 3, 32, 3, (None, 222, 222, 32)),
        layer("max_pooling2d", "MaxPooling2D", output_shape=(None, 111, 111, 32)),
        conv2d("conv2d_1", 32, 64, 3, (None, 109, 109, 64)),
        layer("max_pooling2d_1", "MaxPooling2D", output_shape=(None, 54, 54, 64)),
        layer("flatten", "Flatten", output_shape=(None, 186624)),
        dense("dense", 186624, 128),
        dense("dense_1", 128, 10),
    )


def conv2d(path: str, inputs: int, filters: int, size: int, output: tuple[int | None, ...], **facts: Any) -> Layer:
    """A Conv2D layer with a square kernel."""
    kernel = variable(f"{path}/kernel", (size, size, inputs, filters))
    return layer(path, "Conv2D", kernel, variable(f"{path}/bias", (filters,)), output_shape=output, **facts)


def shared() -> Report:
    """Two encoders around one Dense, a tied output, and a weight of the model itself."""
    kernel = variable("encoder/dense/kernel", (8, 8))
    again = kernel._replace(path="decoder/dense/kernel", storage="encoder/dense/kernel")
    tied = variable("decoder/logits/kernel", (8, 8), storage="encoder/dense/kernel", stored_at="layers/logits")
    return report(
        layer("encoder", "Encoder", layer("encoder/dense", "Dense", kernel)),
        layer(
            "decoder",
            "Decoder",
            variable("decoder/scale", (3,)),
            layer("decoder/dense", "Dense", again),
            layer("decoder/logits", "Dense", tied, variable("decoder/logits/bias", (8,))),
        ),
        own=(variable("temperature", ()),),
        findings=(
            Finding(
                "shared-layer-stored-twice",
                "warning",
                "decoder/logits",
                "the file holds two copies of one tensor",
                "Loading keeps the first.",
            ),
        ),
    )


def unbuilt() -> Report:
    """One layer that is built, one that is not, and a nested model with one of each."""
    return report(
        dense("dense", 3, 4),
        layer("dense_1", "Dense", unknown="not built yet"),
        layer("head", "Sequential", dense("head/a", 4, 2), layer("head/b", "Dense", unknown="not built yet")),
        source=LIVE,
    )


def undetermined() -> Report:
    """A weights-only file, of which only the statistics are settled by their names."""
    why = "weights-only file: no flags are stored"
    return report(
        dense("dense", 3, 4, Role.UNDETERMINED, why, trainable=None, output_shape=None)._replace(class_name=""),
        batch_normalization("bn", 4, Role.UNDETERMINED, why)._replace(class_name=""),
        source=Source("m.weights.h5", "weights-h5", "Keras 3 weights file", "keras", "", 1200, 1200),
    )


def partly() -> Report:
    """A base frozen up to a block, an own flag, and quantized weights beside them."""
    return report(
        layer(
            "base",
            "Functional",
            dense("base/block_1", 4, 4, Role.FROZEN, "trainable=False on base/block_1"),
            dense("base/block_2", 4, 4),
            batch_normalization("base/bn", 4),
        ),
        dense("dense", 4, 2, Role.FROZEN, "trainable=False on dense"),
        layer(
            "quantized",
            "Dense",
            variable("quantized/kernel", (4, 5), Role.FROZEN, dtype="int8", reason="int8 quantization", logical=40),
            variable("quantized/kernel_scale", (10,), Role.STATE, logical=0),
        ),
    )


def resnet_like(blocks: int = 59) -> Report:
    """As many rows as a ResNet50: convolution, batch normalization and activation, again and again."""
    layers: list[Layer] = []
    for index in range(blocks):
        shape = (None, 56, 56, 64)
        layers.append(conv2d(f"conv{index}_block_1_conv", 64, 64, 3, shape, trainable=True))
        layers.append(batch_normalization(f"conv{index}_block_1_bn", 64, output_shape=shape, trainable=True))
        layers.append(layer(f"conv{index}_block_1_relu", "Activation", output_shape=shape, trainable=True))
    return report(*layers, dense("predictions", 2048, 1000))


ALL = {
    "transfer": transfer,
    "dominated": dominated,
    "shared": shared,
    "unbuilt": unbuilt,
    "undetermined": undetermined,
    "partly": partly,
}
"""Every model of this module that is small enough to look at."""
