"""What goes beyond reading is refused, with the line and with what to do instead; nothing else is."""

from __future__ import annotations

import pytest

from paramcount import errors, typed

HEAD = "import keras\nfrom keras import layers\n"
MODEL = HEAD + "model = keras.Sequential([keras.Input((3,)), layers.Dense(4)])\n"

BEYOND = {
    "an unknown size": (
        HEAD + "import numpy as np\nn = len(np.load('x.npy'))\nm = keras.Sequential([layers.Dense(n)])",
        5,
    ),
    "an undefined name": ("from keras.layers import *\nm = Sequential([Dense(units)])", 2),
    "a class of its own": (HEAD + "class Mine(layers.Layer):\n    pass\nm = keras.Sequential([Mine()])", 5),
    "a subclassed model": (
        HEAD + "class Mine(keras.Model):\n    def __init__(self):\n        self.d = layers.Dense(2)\nm = Mine()",
        0,
    ),
    "a condition on data": (MODEL + "if os.path.exists('x'):\n    model.trainable = False", 4),
    "a condition on data around add": (MODEL + "if FLAG:\n    model.add(layers.Dense(2))", 4),
    "freezing weights": (MODEL + "for w in model.weights:\n    w.trainable = False", 4),
    "freezing one weight": (MODEL + "model.layers[0].kernel.trainable = False", 4),
    "a loaded model": (
        HEAD + "base = keras.models.load_model('m.keras')\nm = keras.Sequential([base, layers.Dense(2)])",
        4,
    ),
    "a layer of another package": ("import keras_hub, keras\nm = keras.Sequential([keras_hub.layers.X(3)])", 2),
    "options after the fact": (MODEL + "model.layers[0].units = 8", 4),
    "quantizing": (MODEL + "model.quantize('int8')", 4),
    "adapters": (MODEL + "model.layers[0].enable_lora(4)", 4),
    "match": (MODEL + "match 3:\n    case 3:\n        pass", 4),
    "no model": (HEAD + "def build(n):\n    return keras.Sequential([layers.Dense(n)])", 0),
    "nothing": ("x = 3", 0),
    "one layer": ("Dense(4)", 0),
    "a list of layers": ("[Dense(4), Dense(5)]", 0),
    "a return on data": (
        HEAD + "def f(n):\n    if UNKNOWN:\n        return layers.Dense(n)\n    return layers.Dense(2)\n"
        "m = keras.Sequential([f(2)])",
        7,
    ),
    "an unknown name of a layer": (HEAD + "m = keras.Sequential([layers.Dense(2, name=NAME)])", 3),
    "unknown keywords": (HEAD + "m = keras.Sequential([layers.Dense(2, **OPTIONS)])", 3),
    "an unknown function of outputs": (HEAD + "i = keras.Input((2,))\nm = keras.Model(i, keras.ops.no_such(i))", 4),
    "stopping at an unknown place": (
        MODEL + "for i in range(3):\n    if UNKNOWN:\n        break\n    model.add(layers.Dense(i + 1))",
        5,
    ),
}

WRONG = {
    "an unknown layer": (HEAD + "m = keras.Sequential([layers.Densee(3)])", 3, "Dense"),
    "an unknown option": (HEAD + "m = keras.Sequential([layers.Dense(unit=3)])", 3, "units"),
    "a missing option": (HEAD + "m = keras.Sequential([layers.Conv2D(3)])", 3, "kernel_size"),
    "an option given twice": (HEAD + "m = keras.Sequential([layers.Dense(3, units=4)])", 3, "twice"),
    "too many options": (HEAD + "m = keras.Sequential([layers.Flatten(1, 2)])", 3, "at most 1"),
    "an option of tf_keras": (HEAD + "m = keras.Sequential([layers.LSTM(3, time_major=True)])", 3, "tf_keras has it"),
    "syntax": ("import keras\nmodel = keras.Sequential([", 2, "not Python"),
    "a graph that is cut": (
        HEAD + "a = keras.Input((2,))\nb = keras.Input((2,))\nm = keras.Model(a, layers.Add()([a, b]))",
        5,
        "inputs",
    ),
    "two layers of one name": (
        HEAD + "m = keras.Sequential([layers.Dense(1, name='a'), layers.Dense(2, name='a')])",
        3,
        "`a`",
    ),
    "an unknown layer of a model": (MODEL + "model.get_layer('dens')", 4, "`dense`"),
    "division by zero": (HEAD + "m = keras.Sequential([layers.Dense(3 // 0)])", 3, "ZeroDivisionError"),
    "unpacking": (HEAD + "a, b = [1, 2, 3]", 3, "2 values"),
    "an output added as a layer": (
        HEAD + "i = keras.Input((2,))\nx = layers.Dense(2)(i)\nm = keras.Sequential([x])",
        5,
        "no layer",
    ),
}


@pytest.mark.parametrize("name", list(BEYOND))
def test_what_goes_beyond_reading_is_refused_with_its_line(name: str) -> None:
    text, line = BEYOND[name]
    with pytest.raises(errors.BeyondTypedModels) as caught:
        typed.read_models(text, "file.py")
    assert caught.value.where == (f"file.py:{line}" if line else "file.py")
    assert caught.value.expected or caught.value.advice
    assert "package.module:function" in str(caught.value) or line == 0


def test_the_first_thing_that_is_not_read_is_named() -> None:
    text = (
        HEAD + "class Block(layers.Layer):\n    pass\ni = keras.Input((3,))\nx = Block(2)(i)\n"
        "x = layers.Dropout(0.1)(x)\nx = layers.Dense(2)(x)\nm = keras.Model(i, x)"
    )
    with pytest.raises(errors.BeyondTypedModels) as caught:
        typed.read_models(text, "file.py")
    assert caught.value.where == "file.py:9"
    assert caught.value.found == "`Block`, which line 3 defines and which is not read (line 6)"


def test_options_are_listed_once() -> None:
    with pytest.raises(errors.UsageError) as caught:
        typed.read_layer("Dense(3, nothing_like_it=1)")
    assert str(caught.value).count("activity_regularizer") == 1


@pytest.mark.parametrize("name", list(WRONG))
def test_what_keras_would_refuse_is_refused_with_its_line(name: str) -> None:
    text, line, words = WRONG[name]
    with pytest.raises(errors.ParamcountError) as caught:
        typed.read_models(text, "file.py")
    assert caught.value.where == f"file.py:{line}"
    assert words in str(caught.value)


PASSED = """
from __future__ import annotations
import os, sys, numpy as np, tensorflow as tf
import pandas as pd
from mylib import plot
from tensorflow.keras.callbacks import EarlyStopping
'''A tutorial.'''
!pip install keras
%matplotlib inline
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype("float32") / 255.0
y_train = tf.keras.utils.to_categorical(y_train, 10)
os.environ["X"] = "1"
assert x_train.shape == (60000, 784)
if len(tf.config.list_physical_devices("GPU")) > 0:
    print("GPU")
try:
    tpu = tf.distribute.cluster_resolver.TPUClusterResolver()
except ValueError:
    tpu = None
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    model = tf.keras.Sequential([tf.keras.layers.Dense(512, input_shape=(784,)), tf.keras.layers.Dense(10)])
    model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss="mse", metrics=["accuracy"])
@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = model(x)
    return loss
history = model.fit(x_train, y_train, epochs=5, callbacks=[EarlyStopping(patience=3)], validation_split=0.1)
for epoch in range(100000):
    for batch, labels in zip(x_train, y_train):
        loss = train_step(batch, labels)
    if epoch % 10 == 0:
        print(f"epoch {epoch}: {loss:.3f}")
while True:
    if model.evaluate(x_test, y_test)[1] > 0.9:
        break
best = max(history.history["accuracy"])
plt.plot(history.history["loss"]); plt.show()
predictions = model.predict(x_test)
print(np.argmax(predictions[0]), model.count_params(), "%d layers" % len(model.layers))
probability_model = model(x_test[:1]).numpy()
acc = [h for h in history.history["acc"] if h > 0.5]
model.save("m.keras")
plot(model)
del x_train
def unused():
    raise NotImplementedError
async def other(): ...
"""


def test_statements_that_change_no_model_are_passed_over() -> None:
    found = typed.read_models(PASSED, "tutorial.py")
    assert [(model.name, model.input_shape) for model in found] == [("model", (784,))]
    assert found[0].notes == ("line 46 hands it to `mylib.plot`, which is not read",)


def test_models_that_others_contain_are_no_results() -> None:
    text = HEAD + (
        "i = keras.Input((4,))\nx = layers.Dense(2)(i)\nencoder = keras.Model(i, x)\n"
        "j = keras.Input((2,))\ndecoder = keras.Model(j, layers.Dense(4)(j))\n"
        "auto = keras.Model(i, decoder(encoder(i)))\nother = keras.Sequential([layers.Dense(9)])\n"
        "models = [keras.Sequential([layers.Dense(n)]) for n in (1, 2)]\n"
    )
    found = typed.read_models(text, "file.py")
    assert [(model.name, model.line) for model in found] == [
        ("auto", 8),
        ("other", 9),
        ("models[0]", 10),
        ("models[1]", 10),
    ]


def test_a_pasted_expression_is_a_model() -> None:
    (model,) = typed.read_models(">>> Sequential([Input((3,)), Dense(4, activation=tf.nn.relu)])", "paste")
    assert model.name == ""
    assert [layer["class_name"] for layer in model.config["config"]["layers"]] == ["InputLayer", "Dense"]
    assert model.input_shape == (3,)


def test_a_variable_that_is_bound_twice_gives_both_models() -> None:
    text = HEAD + "model = keras.Sequential([layers.Dense(1)])\nmodel = keras.Sequential([layers.Dense(2)])\n"
    assert [(model.name, model.line) for model in typed.read_models(text, "f.py")] == [("model", 3), ("model", 4)]


def test_the_shape_of_an_output_is_asked_for_where_the_text_uses_it() -> None:
    text = HEAD + "i = keras.Input((4,))\nx = layers.Dense(5)(i)\nm = keras.Model(i, layers.Dense(x.shape[-1])(x))\n"
    asked = []

    def shape_of(config: dict, history: tuple) -> tuple:
        asked.append((config["config"]["layers"][-1]["name"], history))
        return (None, 77)

    (model,) = typed.read_models(text, "f.py", shape_of)
    assert asked == [("dense", ("dense", 0, 0))]
    assert model.config["config"]["layers"][-1]["config"]["units"] == 77
    with pytest.raises(errors.BeyondTypedModels, match="the shape of an output of `dense`"):
        typed.read_models(text, "f.py", lambda _config, _history: None)
