"""Models to compare with: every layer that owns weights, frozen in every way, nested, shared, trained, quantized.

``cases(keras)`` takes the framework's module (Keras 3 or tf_keras) and gives ``name -> function that makes a model``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[], Any]


def is_keras3(keras: Any) -> bool:
    return keras.__version__.startswith("3")


def single_layers(keras: Any) -> dict[str, tuple[Make, tuple[int, ...]]]:
    """Layer makers with the shape of one input, without the batch axis."""
    layers = keras.layers
    vector, sequence, image = (4,), (5, 4), (8, 8, 2)
    found = {
        "dense": (partial(layers.Dense, 3), vector),
        "dense_no_bias": (partial(layers.Dense, 3, use_bias=False), vector),
        "einsum": (partial(layers.EinsumDense, "abc,cd->abd", output_shape=(None, 5), bias_axes="d"), (3, 4)),
        "einsum_no_bias": (partial(layers.EinsumDense, "abc,cd->abd", output_shape=(None, 5)), (3, 4)),
        "embedding": (partial(layers.Embedding, 10, 4), (3,)),
        "prelu": (layers.PReLU, vector),
        "conv1d": (partial(layers.Conv1D, 3, 2), (8, 2)),
        "conv2d_groups": (partial(layers.Conv2D, 4, 3, groups=2), image),
        "conv3d": (partial(layers.Conv3D, 3, 2), (5, 5, 5, 2)),
        "conv1d_transpose": (partial(layers.Conv1DTranspose, 3, 2), (8, 2)),
        "conv2d_transpose": (partial(layers.Conv2DTranspose, 3, 2, use_bias=False), image),
        "conv3d_transpose": (partial(layers.Conv3DTranspose, 3, 2), (5, 5, 5, 2)),
        "depthwise1d": (partial(layers.DepthwiseConv1D, 3), (8, 2)),
        "depthwise2d": (partial(layers.DepthwiseConv2D, 3, depth_multiplier=2, use_bias=False), image),
        "separable1d": (partial(layers.SeparableConv1D, 3, 2), (8, 2)),
        "separable2d": (partial(layers.SeparableConv2D, 3, 2, use_bias=False), image),
        "lstm": (partial(layers.LSTM, 3), sequence),
        "gru": (partial(layers.GRU, 3, reset_after=False), sequence),
        "simple_rnn": (partial(layers.SimpleRNN, 3, use_bias=False), sequence),
        "rnn_of_cell": (lambda: layers.RNN(layers.LSTMCell(3)), sequence),
        "rnn_of_cells": (lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]), sequence),
        "bidirectional": (lambda: layers.Bidirectional(layers.LSTM(3)), sequence),
        "bidirectional_two": (partial(two_directions, layers), sequence),
        "bidirectional_cells": (
            lambda: layers.Bidirectional(layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)])),
            sequence,
        ),
        "bidirectional_conv_lstm": (lambda: layers.Bidirectional(layers.ConvLSTM2D(3, 2)), (5, 6, 6, 2)),
        "time_distributed": (lambda: layers.TimeDistributed(layers.Dense(3)), sequence),
        "time_distributed_bn": (lambda: layers.TimeDistributed(layers.BatchNormalization()), sequence),
        "time_distributed_conv": (lambda: layers.TimeDistributed(layers.Conv2D(3, 2)), (5, 6, 6, 2)),
        "conv_lstm1d": (partial(layers.ConvLSTM1D, 3, 2), (5, 6, 2)),
        "conv_lstm2d": (partial(layers.ConvLSTM2D, 3, 2), (5, 6, 6, 2)),
        "batch_norm": (layers.BatchNormalization, vector),
        "batch_norm_no_scale": (partial(layers.BatchNormalization, scale=False), vector),
        "batch_norm_bare": (partial(layers.BatchNormalization, scale=False, center=False), vector),
        "batch_renorm": (partial(layers.BatchNormalization, renorm=True), vector),
        "layer_norm": (layers.LayerNormalization, vector),
        "group_norm": (partial(layers.GroupNormalization, groups=2), vector),
        "normalization": (layers.Normalization, vector),
        "normalization_given": (partial(layers.Normalization, mean=1.0, variance=2.0), vector),
        "spectral_dense": (lambda: layers.SpectralNormalization(layers.Dense(3)), vector),
        "spectral_conv": (lambda: layers.SpectralNormalization(layers.Conv2D(3, 2)), (6, 6, 2)),
        "dropout": (partial(layers.Dropout, 0.5), vector),
        "noise": (partial(layers.GaussianNoise, 0.5), vector),
    }
    return found | (only_keras3(layers) if is_keras3(keras) else only_tf_keras(layers))


def two_directions(layers: Any) -> Any:
    forward = layers.GRU(3, return_sequences=True)
    return layers.Bidirectional(
        forward, backward_layer=layers.GRU(3, return_sequences=True, go_backwards=True, use_bias=False)
    )


def only_keras3(layers: Any) -> dict[str, tuple[Make, tuple[int, ...]]]:
    einsum = partial(layers.EinsumDense, "abc,cde->abde", output_shape=(None, 4, 6), bias_axes="de", lora_rank=2)
    return {
        "rms_norm": (layers.RMSNormalization, (4,)),
        "layer_norm_rms": (partial(layers.LayerNormalization, rms_scaling=True), (4,)),
        "reversible_tied": (partial(layers.ReversibleEmbedding, 10, 4), (3,)),
        "reversible_untied": (partial(layers.ReversibleEmbedding, 10, 4, tie_weights=False), (3,)),
        "lora_dense": (partial(layers.Dense, 8, lora_rank=2), (4,)),
        "lora_embedding": (partial(layers.Embedding, 10, 8, lora_rank=2), (3,)),
        "lora_conv": (partial(layers.Conv2D, 8, 3, lora_rank=2), (6, 6, 2)),
        "lora_einsum": (einsum, (3, 8)),
        "int8_policy": (partial(layers.Dense, 9, dtype="int8_from_float32"), (6,)),
        "int4_policy": (partial(layers.Dense, 9, dtype="int4_from_float32"), (6,)),
        "float8_policy": (partial(layers.Dense, 9, dtype="float8_from_float32"), (6,)),
        "int4_blocks_policy": (partial(layers.Dense, 9, dtype="int4/4_from_float32"), (8,)),
        "gptq_policy": (partial(layers.Dense, 9, dtype="gptq/4/4_from_float32"), (8,)),
        "gptq8_policy": (partial(layers.Dense, 9, dtype="gptq/8/-1_from_float32"), (8,)),
        "awq_policy": (partial(layers.Dense, 9, dtype="awq/4/4_from_float32"), (8,)),
    }


def only_tf_keras(layers: Any) -> dict[str, tuple[Make, tuple[int, ...]]]:
    return {
        "locally_connected1d": (partial(layers.LocallyConnected1D, 3, 2), (8, 2)),
        "locally_connected2d": (partial(layers.LocallyConnected2D, 3, 2, implementation=2), (6, 6, 2)),
    }


def around(keras: Any, make_layer: Make, shape: tuple[int, ...], frozen: str) -> Any:
    """A Functional model around one layer."""
    layer, inputs = make_layer(), keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    if frozen == "layer":
        layer.trainable = False
    if frozen == "model":
        model.trainable = False
    return model


def attention(keras: Any, name: str, frozen: bool = False, **options: Any) -> Any:
    inputs = keras.Input((5, 8))
    layer = getattr(keras.layers, name)(**options)
    if name in ("Attention", "AdditiveAttention"):
        return keras.Model(inputs, layer([inputs, inputs]))
    model = keras.Model(inputs, layer(inputs, inputs))
    if frozen:
        layer.trainable = False
    return model


def inner_model(keras: Any, functional: bool, name: str) -> Any:
    layers = keras.layers
    if not functional:
        stack = [layers.Dense(4, name="first"), layers.BatchNormalization(), layers.Dense(4)]
        return keras.Sequential([keras.Input((4,)), *stack], name=name)
    inputs = keras.Input((4,))
    x = layers.BatchNormalization(name="norm")(layers.Dense(4, name="first")(inputs))
    return keras.Model(inputs, layers.Dense(4, name="last")(x), name=name)


def nested(keras: Any, functional: bool, frozen: str) -> Any:
    """Two models in a model, one of them used twice."""
    inputs = keras.Input((4,))
    a, b = inner_model(keras, functional, "a"), inner_model(keras, functional, "b")
    head = keras.layers.Dense(2, name="head")
    model = keras.Model(inputs, head(a(b(a(inputs)))))
    if frozen in ("a", "a but last"):
        a.trainable = False
    if frozen == "a but last":
        a.layers[-1].trainable = True
    if frozen == "norm":
        a.layers[-2].trainable = False
    if frozen == "lasts":
        a.layers[-1].trainable = b.layers[-1].trainable = False
    if frozen in ("model", "model but head"):
        model.trainable = False
    if frozen == "model but head":
        head.trainable = True
    return model


def shared(keras: Any, frozen: str) -> Any:
    """One layer in two models and in the model around them."""
    layers = keras.layers
    layer, norm = layers.Dense(4, name="shared"), layers.BatchNormalization(name="shared_norm")
    a = keras.Sequential([keras.Input((4,)), layer, norm, layers.Dense(3)], name="a")
    b = keras.Sequential([keras.Input((4,)), layer, norm, layers.Dense(2)], name="b")
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [a(inputs), b(inputs), layer(inputs)])
    if frozen == "a":
        a.trainable = False
    if frozen == "layer":
        layer.trainable = False
    return model


def towers(keras: Any) -> Any:
    """Two models with equal names and weights of their own."""
    inputs = keras.Input((4,))
    return keras.Model(inputs, [inner_model(keras, True, name)(inputs) for name in ("a", "b")])


def applied_twice(keras: Any) -> Any:
    layer, inputs = keras.layers.LSTM(4, return_sequences=True), keras.Input((5, 4))
    return keras.Model(inputs, layer(layer(inputs)))


def deep(keras: Any) -> Any:
    """Five models inside one another."""
    model = None
    for depth in range(5):
        inputs = keras.Input((4,))
        x = keras.layers.Dense(4)(inputs)
        x = model(x) if model is not None else x
        model = keras.Model(inputs, keras.layers.LayerNormalization()(x), name=f"level_{depth}")
    return model


def wrapped_model(keras: Any) -> Any:
    layers, inputs = keras.layers, keras.Input((4,))
    x = layers.Dense(2)(layers.BatchNormalization()(layers.Dense(3)(inputs)))
    inner, outer = keras.Model(inputs, x), keras.Input((5, 4))
    return keras.Model(outer, layers.TimeDistributed(inner)(outer))


def half_precision(keras: Any) -> Any:
    inputs = keras.Input((4,))
    x = keras.layers.Dense(3, dtype="bfloat16")(inputs)
    return keras.Model(inputs, keras.layers.Dense(3, dtype="float16")(x))


def trained(keras: Any, optimizer: str) -> Any:
    """A model after one step, with the slots of its optimizer and the state of a metric."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(2)])
    model.compile(getattr(keras.optimizers, optimizer)(), "mse", metrics=["mae"])
    model.fit(np.zeros((8, 4)), np.zeros((8, 2)), verbose=0)
    return model


def quantized(keras: Any, mode: str, lora: bool = False) -> Any:
    layers = keras.layers
    einsum = layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")
    stack = [layers.Embedding(20, 16), layers.Dense(33), einsum, layers.Dense(4, use_bias=False)]
    model = keras.Sequential([keras.Input((6,)), *stack])
    if lora:
        model.layers[1].enable_lora(2)
    if mode:
        model.quantize(mode)
    return model


def quantized_embedding(keras: Any, mode: str, tied: bool) -> Any:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.ReversibleEmbedding(20, 17, tie_weights=tied)(inputs))
    model.quantize(mode)
    return model


def cases(keras: Any) -> dict[str, Make]:
    """All models by name."""
    found: dict[str, Make] = {}
    for name, (make, shape) in single_layers(keras).items():
        for frozen in ("", "layer", "model"):
            found[f"{name} {frozen}".strip()] = partial(around, keras, make, shape, frozen)
    heads = {"num_heads": 2, "key_dim": 3}
    found["attention"] = partial(attention, keras, "Attention", use_scale=True, score_mode="concat")
    found["additive"] = partial(attention, keras, "AdditiveAttention")
    found["multi_head"] = partial(attention, keras, "MultiHeadAttention", **heads)
    found["multi_head frozen"] = partial(attention, keras, "MultiHeadAttention", frozen=True, **heads)
    found["multi_head bare"] = partial(attention, keras, "MultiHeadAttention", use_bias=False, value_dim=4, **heads)
    for functional in (True, False):
        for frozen in ("", "a", "a but last", "norm", "lasts", "model", "model but head"):
            kind = "functional" if functional else "sequential"
            found[f"nested {kind}: {frozen}"] = partial(nested, keras, functional, frozen)
    for frozen in ("", "a", "layer"):
        found[f"shared: {frozen}"] = partial(shared, keras, frozen)
    for make in (towers, applied_twice, deep, wrapped_model, half_precision):
        found[make.__name__] = partial(make, keras)
    for optimizer in ("Adam", "SGD", "RMSprop", "Adagrad", "Nadam", "Ftrl"):
        found[f"trained with {optimizer}"] = partial(trained, keras, optimizer)
    if is_keras3(keras):
        groups = {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2}
        found["grouped_query"] = partial(attention, keras, "GroupQueryAttention", **groups)
        found["multi_head gate"] = partial(attention, keras, "MultiHeadAttention", use_gate=True, **heads)
        for mode in ("int8", "int4", "float8"):
            found[f"quantized {mode}"] = partial(quantized, keras, mode)
        found["lora"] = partial(quantized, keras, "", lora=True)
        found["lora int8"] = partial(quantized, keras, "int8", lora=True)
        for mode in ("int8", "int4"):
            for tied in (True, False):
                found[f"quantized embedding {mode} tied={tied}"] = partial(quantized_embedding, keras, mode, tied)
    return found


# What a file cannot tell, with the reason; the tests check that nothing else is missed.
NOT_STORED = {
    ("tf_keras", "nested sequential: a but last"): "tf_keras does not store the flag of a Sequential",
}
