"""Live models of tf_keras: a freeze is a flag of the layer, and every level on the way counts."""

import os
import subprocess
import sys

import pytest

from live.helpers import agree, finding, roles, size
from paramcount import count
from paramcount.errors import UnsupportedObject
from paramcount.model import Role

TRAINABLE = (Role.TRAINABLE, "")


def test_a_freeze_leaves_the_flags_of_the_variables_alone(tf_keras):
    """Whoever asks the variables gets a wrong answer; the layers know."""
    model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2, name="a")], name="m")
    model.trainable = False
    assert all(variable.trainable for variable in model.weights)
    assert roles(agree(model))["a/kernel"] == (Role.FROZEN, "trainable=False on the model itself")


def test_a_layer_switched_on_again_below_a_frozen_model_does_not_train(tf_keras):
    """The flags of all levels count, unlike in Keras 3."""
    inner = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(3, name="a")], name="inner")
    model = tf_keras.Sequential([tf_keras.Input((3,)), inner, tf_keras.layers.Dense(2)])
    inner.trainable = False
    inner.layers[0].trainable = True
    report = agree(model)
    assert report.trainable == 8
    assert roles(report)["inner/a/kernel"] == (Role.FROZEN, "trainable=False on inner")


def test_raw_variables_are_weights_here(tf_keras, tf):
    """tf_keras counts every tf.Variable that it finds in an attribute, a list or a module."""

    class Part(tf.Module):
        def __init__(self):
            super().__init__(name="part")
            self.inside = tf.Variable(tf.ones((3,)))

    class Raw(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.scale = tf.Variable(tf.ones((7,)))
            self.fixed = tf.Variable(tf.ones((2,)), trainable=False)
            self.several = [tf.Variable(1.0)]
            self.several.append(tf.Variable(2.0))
            self.part = Part()
            self.blocks = {"a": [tf_keras.layers.Dense(2, name="dense")]}

        def call(self, x):
            return self.blocks["a"][0](x) * self.part.inside[0]

    model = Raw()
    model(tf.ones((1, 2)))
    report = agree(model)
    assert report.total == 7 + 2 + 2 + 3 + 6
    found = roles(report)
    assert found["scale"] == TRAINABLE
    assert found["fixed"][0] is Role.STATE
    assert found["part/inside"] == TRAINABLE
    assert found["dense/kernel"] == TRAINABLE


def test_a_custom_cell_that_never_says_that_it_is_built(tf_keras, tf):
    """The recurrent layer has built it, so its weights are known."""

    class Cell(tf_keras.layers.Layer):
        state_size = 4

        def build(self, shape):
            self.kernel = self.add_weight("kernel", (shape[-1], 4))

        def call(self, inputs, states):
            out = tf.matmul(inputs, self.kernel) + states[0]
            return out, [out]

    assert agree(tf_keras.Sequential([tf_keras.Input((5, 3)), tf_keras.layers.RNN(Cell())])).total == 12


def test_the_state_of_metrics_that_the_model_counts(tf_keras, tf):
    """tf_keras lists the metrics that are attributes of a model among its weights; the reason says so."""

    class Tracking(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.head = tf_keras.layers.Dense(2)
            self.loss_tracker = tf_keras.metrics.Mean(name="loss")

        def call(self, x):
            return self.head(x)

    model = Tracking()
    model(tf.ones((1, 2)))
    report = agree(model)
    assert report.state == 2
    assert "tf_keras counts as a weight" in roles(report)["loss/total"][1]


def test_an_adapted_vocabulary_is_a_table(tf_keras, tf):
    """It has no shape, and is no parameter; tf-idf weights are, and so is the number of documents."""
    lookup = tf_keras.layers.StringLookup(name="lookup")
    lookup.adapt(["a", "b", "c"])
    model = tf_keras.Sequential([tf_keras.Input((1,), dtype="string"), lookup, tf_keras.layers.Embedding(4, 2)])
    report = count(model)
    assert report.total == 8
    assert not report.lower_bound
    assert [one.role for one in report.not_parameters] == [Role.TABLE]
    assert report.findings == ()
    weighted = tf_keras.layers.TextVectorization(output_mode="tf_idf")
    weighted.adapt(["a b", "c"])
    assert count(tf_keras.Sequential([tf_keras.Input((1,), dtype="string"), weighted])).total == 4 + 1


def test_seeds_metrics_and_optimizers(tf_keras, tf):
    """An optimizer that contradicts the flags is a finding here too, by either family of optimizers."""
    for optimizer in (tf_keras.optimizers.Adam(), tf_keras.optimizers.legacy.Adam()):
        model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2), tf_keras.layers.Dense(2)])
        model.compile(optimizer, "mse", metrics=["mae"])
        model.fit(tf.ones((2, 3)), tf.ones((2, 2)), verbose=0)
        report = agree(model)
        assert [one.id for one in report.findings] == []
        assert {one.role for one in report.not_parameters} == {Role.OPTIMIZER, Role.METRIC}
        model.layers[0].trainable = False
        assert "built for 4 trainable tensors, and 2" in finding(count(model), "optimizer-contradicts-flags").message


def test_mixed_precision_variables(tf_keras):
    """The dtype is the one that is stored."""
    model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2, dtype="mixed_float16")])
    assert {one.dtype for one in agree(model).variables()} == {"float32"}


def test_spectral_normalization_as_tf_keras(tmp_path):
    """It only works where `keras` is tf_keras, which an environment variable decides; its vector is state."""
    pytest.importorskip("tf_keras")
    code = (
        "import tensorflow as tf, paramcount\n"
        "keras = tf.keras\n"
        "layer = keras.layers.SpectralNormalization(keras.layers.Dense(4), name='sn')\n"
        "model = keras.Sequential([keras.Input((3,)), layer])\n"
        "report = paramcount.count(model)\n"
        "assert report.total == model.count_params() == 20, report.total\n"
        "assert (report.trainable, report.state) == (16, 4)\n"
        "assert report.source.framework == 'tf_keras'\n"
        "assert report.reconcile().holds and not report.lower_bound\n"
        "reasons = {one.name: one.reason for one in report.variables()}\n"
        "assert 'power-iteration' in reasons['vector_u'], reasons\n"
    )
    environment = os.environ | {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)


def test_a_tensor_that_trains_in_one_place_only(tf_keras):
    """tf_keras lists it as trainable and as non-trainable; it trains, and the total holds it once."""
    shared = tf_keras.layers.Dense(3, name="shared")

    def wrap(name):
        inputs = tf_keras.Input((3,))
        return tf_keras.Model(inputs, shared(inputs), name=name)

    frozen, free = wrap("frozen"), wrap("free")
    frozen.trainable = False
    shared.trainable = True
    inputs = tf_keras.Input((3,))
    model = tf_keras.Model(inputs, free(frozen(inputs)))
    assert size(model.trainable_weights) == size(model.non_trainable_weights) == 12
    report = agree(model)
    assert (report.trainable, report.non_trainable) == (12, 0)


def test_what_is_no_layer_is_refused(either):
    """Metrics and optimizers own variables, but are no models."""
    for thing in (either.metrics.Mean(), either.optimizers.Adam(), either.losses.MeanSquaredError()):
        with pytest.raises(UnsupportedObject):
            count(thing)


def test_a_layer_that_is_called_on_a_dict_of_one_input_is_counted(tf_keras):
    """tf_keras's own property of the call's input shapes fails there."""

    class FromDict(tf_keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = tf_keras.layers.Dense(2)

        def call(self, inputs):
            return self.inner(inputs["image"])

    inputs = {"image": tf_keras.Input((3,), name="image")}
    report = agree(tf_keras.Model(inputs, FromDict()(inputs)))
    assert report.total == 8
