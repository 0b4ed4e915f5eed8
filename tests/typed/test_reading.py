"""What typed layers and models become, in detail."""

from __future__ import annotations

import sys

import pytest

from paramcount import typed
from paramcount.architecture.describe import model_of
from paramcount.report import Report

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"


def options(text: str, **given: bool) -> dict:
    entry = typed.read_layer(text, **given)
    return entry["config"]


def count(text: str) -> list[int]:
    """The total of every model of a text."""
    found = typed.read_models(text, "text.py")
    totals = [Report(model_of(model.config)).totals for model in found]
    assert all(total.undetermined.tensors == 0 for total in totals)
    return [total.total.parameters for total in totals]


def test_a_layer_has_every_option_the_given_and_the_default() -> None:
    entry = typed.read_layer("Conv2D(64, 6)")
    assert {key: entry[key] for key in entry if key != "config"} == {
        "module": "keras.layers",
        "class_name": "Conv2D",
        "registered_name": None,
        "name": "conv2d",
    }
    config = entry["config"]
    assert (config["filters"], config["kernel_size"], config["strides"]) == (64, [6, 6], [1, 1])
    assert (config["use_bias"], config["groups"], config["padding"]) == (True, 1, "valid")


@pytest.mark.parametrize(
    "text",
    [
        "Dense(10, 'relu', use_bias=False)", "layers.Dense(units=10, activation='relu', use_bias=False)",
        "keras.layers.Dense(10, activation=tf.nn.relu, use_bias=not True)", "Dense(2 * 5, 'relu', False)",
        "tf.keras.layers.Dense(units=2**3 + 2, activation=keras.activations.relu, use_bias=0 > 1)",
        "  Dense(**{'units': 10, 'activation': 're' + 'lu', 'use_bias': False})\n",
    ],
)  # fmt: skip
def test_a_layer_may_be_written_in_many_ways(text: str) -> None:
    config = options(text)
    assert (config["units"], config["activation"], config["use_bias"]) == (10, "relu", False)


def test_wrappers_hold_their_layers() -> None:
    config = options("keras.layers.Bidirectional(LSTM(8), backward_layer=GRU(4, go_backwards=True))")
    assert config["layer"]["config"]["name"] == "forward_lstm"
    assert (config["backward_layer"]["class_name"], config["backward_layer"]["config"]["name"]) == ("GRU", "gru")
    config = options("RNN([LSTMCell(4), GRUCell(3)])")
    assert [cell["class_name"] for cell in config["cell"]["config"]["cells"]] == ["LSTMCell", "GRUCell"]
    config = options("Bidirectional(SimpleRNN(2))")
    assert config["backward_layer"]["config"]["go_backwards"] is True


def test_negative_numbers_nested_lists_and_objects_are_constants() -> None:
    assert options("BatchNormalization(axis=-1, momentum=.9)")["axis"] == -1
    assert options("ZeroPadding2D(((1, 2), (3, 4)))")["padding"] == [[1, 2], [3, 4]]
    assert options("ZeroPadding2D((1, 2))")["padding"] == [[1, 1], [2, 2]]
    assert options("Dense(3, kernel_regularizer=regularizers.l2(1e-4))")["kernel_regularizer"]["class_name"] == "L2"
    assert options("Reshape((-1, 4 // 2))")["target_shape"] == [-1, 2]


def test_a_layer_of_tf_keras_is_asked_for_by_name_or_by_argument() -> None:
    assert typed.read_layer("tf_keras.layers.LSTM(3)")["module"] == "tf_keras.layers"
    assert "time_major" in options("LSTM(3, time_major=True)", tf_keras=True)
    assert typed.read_layer("keras.layers.LeakyReLU(alpha=.1)", tf_keras=True)["config"]["alpha"] == 0.1
    assert options("LeakyReLU(alpha=.1)")["negative_slope"] == 0.1


def test_reading_a_layer_imports_neither_ast_nor_warnings_nor_json() -> None:
    import subprocess

    script = (
        "import sys; sys.path[:0] = sys.argv[1].split('|'); from paramcount import typed\n"
        "typed.read_layer('Conv2D(64, 6)')\n"
        "print([name for name in ('ast', 'warnings', 'json', 're', 'typing', 'inspect') if name in sys.modules])\n"
    )
    paths = "|".join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-S", "-c", script, paths], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_functions_of_tensorflow_are_operations() -> None:
    text = (
        HEAD
        + """
i = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3)(i)
y = tf.nn.relu(tf.concat([x, x], axis=-1))
z = tf.reshape(tf.reduce_mean(y, [1, 2]), (-1, 2, 4))
a, b = tf.split(z, [1, 1], axis=1)
m = keras.Model(i, layers.Dense(3)(tf.squeeze(a + b, 1)))
"""
    )
    assert count(text) == [112 + 15]
    (model,) = typed.read_models(text, "t.py")
    names = [layer["class_name"] for layer in model.config["config"]["layers"]]
    assert names == "InputLayer Conv2D Concatenate Relu Mean Reshape Split Add Squeeze Dense".split()


def test_the_output_of_a_lambda_follows_from_its_function() -> None:
    text = """
import tf_keras
from tf_keras import layers, backend as K
i = tf_keras.Input((8, 8, 3))
x = layers.Lambda(lambda t: K.mean(t, axis=[1, 2]))(layers.Conv2D(4, 3)(i))
m = tf_keras.Model(i, layers.Dense(3)(x))
"""
    assert count(text) == [112 + 15]


def test_models_of_keras_applications_are_read_from_the_catalog() -> None:
    assert count("model = tf.keras.applications.ResNet50(weights='imagenet')") == [25_636_712]
    assert count("model = VGG16(include_top=False)") == [14_714_688]


def test_what_a_model_may_become_elsewhere_is_noted() -> None:
    text = HEAD + "m = keras.Sequential([layers.Dense(2)])\nif BIG:\n    m = keras.Sequential([layers.Dense(9)])\n"
    (model,) = typed.read_models(text, "t.py")
    assert model.notes == ("line 5 may put another model in place of `m`, depending on an unknown condition",)
    text = (
        HEAD
        + """
class Gan(keras.Model):
    def __init__(self, d):
        super().__init__()
        d.trainable = False
class Plain(keras.Model):
    def __init__(self, d):
        super().__init__()
d = keras.Sequential([layers.Dense(2)])
g = Gan(d)
p = Plain(d)
"""
    )
    (model,) = typed.read_models(text, "t.py")
    assert model.notes == ("line 13 hands it to `Gan`, which is not read",)


def test_the_global_dtype_policy_is_that_of_the_layers() -> None:
    text = HEAD + "keras.mixed_precision.set_global_policy('mixed_float16')\nm = keras.Sequential([layers.Dense(2)])\n"
    (model,) = typed.read_models(text, "t.py")
    assert model.config["config"]["layers"][0]["config"]["dtype"] == "mixed_float16"
