"""Keras 3 on its other backends, each in a process of its own because a process has one backend."""

import importlib.util
import os
import subprocess
import sys

import pytest

SCRIPT = """
import math, sys
import numpy, keras, paramcount

assert keras.backend.backend() == "{backend}"
layers = keras.layers


class Sub(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5)]
        self.rest = {{"a": keras.Sequential([layers.Dense(3, trainable=False), layers.Dense(2)])}}

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(x)
        return self.rest["a"](x)


class Custom(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], 3))

    def call(self, x):
        return keras.ops.matmul(x, self.kernel)


def inputs(*shape):
    return numpy.ones(shape, "float32")


def sequence():
    return keras.Sequential([layers.LSTM(3, return_sequences=True), Custom(), layers.Dense(2)])


def agree(report, model):
    assert report.total == model.count_params(), (report.total, model.count_params())
    assert report.trainable == sum(math.prod(v.shape) for v in model.trainable_weights)
    assert report.reconcile().holds and not report.lower_bound


for create, shape, called_on in ((Sub, (6,), (2, 6)), (sequence, (5, 4), (2, 5, 4))):
    model = create()
    before = paramcount.count(model)
    assert before.lower_bound
    report = paramcount.count(model, input_shape=shape)
    assert not model.built and paramcount.count(model).totals == before.totals
    model(inputs(*called_on))
    agree(report, model)
    agree(paramcount.count(model), model)
    model.trainable = False
    assert paramcount.count(model).trainable == 0

functional = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
functional.layers[0].enable_lora(2)
agree(paramcount.count(functional), functional)
functional.layers[1].quantize("int8")
assert paramcount.count(functional).quantized
assert "tensorflow" not in sys.modules
print("counted")
"""


@pytest.mark.parametrize("backend", ["jax", "numpy", "torch"])
def test_every_backend_is_counted_alike(backend, tmp_path):
    """The same models give the framework's own numbers, built or not, and TensorFlow is not needed."""
    for needed in ("keras", *{"numpy": ("numpy", "scipy")}.get(backend, (backend,))):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT.format(backend=backend)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.strip().endswith("counted"), done.stderr[-3000:]
