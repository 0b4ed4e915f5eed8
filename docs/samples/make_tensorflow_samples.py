"""Writes the graphs that the documentation counts: ``python docs/samples/make_tensorflow_samples.py [folder]``.

Needs tf_keras and TensorFlow.  The files in this folder were written by tf_keras 2.21.0 and TensorFlow 2.21.0.  The
weights are small random numbers, because the converters leave zeros out and store equal tensors once.  The files of
TensorFlow.js are written here, in the form of its converter, whose packages do not go with this TensorFlow.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import tensorflow as tf
import tf_keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tf_keras import layers


def little() -> Any:
    """A convolution, batch normalization, a depthwise convolution and a dense layer: 1,066 parameters."""
    image = tf_keras.Input((12, 12, 3), batch_size=1, name="image")
    x = layers.Conv2D(8, 3, strides=2, name="conv")(image)
    x = layers.ReLU(name="relu")(layers.BatchNormalization(name="bn")(x))
    x = layers.DepthwiseConv2D(3, name="depthwise", trainable=False)(x)
    x = layers.Dense(10, name="head")(layers.Flatten(name="flat")(x))
    model = tf_keras.Model(image, x, name="little")
    for index, weight in enumerate(model.weights):
        weight.assign(tf.random.stateless_uniform(weight.shape, (index, 1), 0.1, 1.0))
    return model


def frozen(model: Any) -> Any:
    """The model as a graph with constants in place of its variables."""
    function = tf.function(model.__call__).get_concrete_function(tf.TensorSpec((1, 12, 12, 3)))
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    graph.library.Clear()
    return graph


def images() -> Any:
    """What the converter tries the model on to find the ranges of its values."""
    for seed in (1, 2):
        yield [tf.random.stateless_uniform((1, 12, 12, 3), (0, seed))]


def converted(model: Any, *, quantized: bool) -> bytes:
    """The model in TensorFlow Lite, with real numbers or with whole ones."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = images
    return bytes(converter.convert())


def entry(name: str, shape: Any, dtype: str = "float32", **more: Any) -> dict[str, Any]:
    """One weight of a manifest."""
    return {"name": name, "shape": [int(size) for size in shape], "dtype": dtype, **more}


def layers_model(model: Any) -> dict[str, Any]:
    """``model.json`` of a layers model, quantized to one byte."""
    quantization = {"quantization": {"dtype": "uint8", "min": 0.1, "scale": 0.0035}}
    weights = [entry(weight.name.partition(":")[0], weight.shape, **quantization) for weight in model.weights]
    topology = {
        "keras_version": tf_keras.__version__, "backend": "tensorflow", "model_config": json.loads(model.to_json()),
    }  # fmt: skip
    return {
        "format": "layers-model", "generatedBy": f"keras v{tf_keras.__version__}",
        "convertedBy": "TensorFlow.js Converter v4.22.0", "modelTopology": topology,
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": weights}],
    }  # fmt: skip


def graph_model(graph: Any) -> dict[str, Any]:
    """``model.json`` of a graph model: the nodes, and their constants in a manifest."""
    nodes, weights = [], []
    for node in graph.node:
        nodes.append({"name": node.name, "op": node.op, "input": list(node.input)})
        if node.op == "Const":
            tensor = node.attr["value"].tensor
            weights.append(
                entry(node.name, [dim.size for dim in tensor.tensor_shape.dim], tf.as_dtype(tensor.dtype).name)
            )
    return {
        "format": "graph-model", "generatedBy": tf.__version__, "convertedBy": "TensorFlow.js Converter v4.22.0",
        "modelTopology": {"node": nodes, "versions": {"producer": graph.versions.producer}},
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": weights}],
    }  # fmt: skip


def main(folder: Path) -> None:
    """Write everything."""
    model = little()
    graph = frozen(model)
    (folder / "frozen.pb").write_bytes(graph.SerializeToString(deterministic=True))
    (folder / "float.tflite").write_bytes(converted(model, quantized=False))
    (folder / "int8.tflite").write_bytes(converted(model, quantized=True))
    layers_json, graph_json = layers_model(model), graph_model(graph)
    (folder / "tfjs_layers.json").write_text(json.dumps(layers_json) + "\n", newline="\n")
    (folder / "tfjs_graph.json").write_text(json.dumps(graph_json) + "\n", newline="\n")
    (folder / "tfjs_manifest.json").write_text(json.dumps(layers_json["weightsManifest"]) + "\n", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
