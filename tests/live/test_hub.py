"""``hub.load`` and ``hub.KerasLayer``: what the layer registers, and what is there."""

import os
import warnings

import pytest

from live.helpers import finding, roles
from live.standins import loaded, quiet, reusable, saved, tensorflow_1, text_embedding
from paramcount import count
from paramcount.live.trackables import size
from paramcount.model import Role

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def hub(tf, tf_keras):
    """TensorFlow Hub, which needs `pkg_resources`, and so setuptools before 82."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("tensorflow_hub", exc_type=ImportError)


@pytest.fixture(scope="module")
def text_at(tf, tmp_path_factory):
    """A text embedding that lists nothing."""
    return saved(tf, text_embedding(tf), tmp_path_factory.mktemp("hub") / "text")


@pytest.fixture(scope="module")
def small(tf_keras):
    """A model with weights of every role: 3 x 4 + 4 + 4 x 4 = 32, of which 8 never train."""
    layers = [tf_keras.Input((3,)), tf_keras.layers.Dense(4), tf_keras.layers.BatchNormalization()]
    return tf_keras.Sequential(layers, name="small")


@pytest.fixture(scope="module")
def small_at(tf, small, tmp_path_factory):
    """The same as a reusable SavedModel."""
    return saved(tf, reusable(tf, small, (3,)), tmp_path_factory.mktemp("hub") / "small")


def test_a_loaded_module_has_nothing_that_a_model_has(hub, text_at):
    """No layers, no count, no summary."""
    with quiet():
        module = hub.load(text_at)
    for name in ("layers", "count_params", "summary", "weights", "variables"):
        assert not hasattr(module, name)
    assert count(module).total == 500_000


@pytest.mark.parametrize("trainable", [False, True])
def test_a_layer_that_registers_nothing(hub, tf, text_at, trainable):
    """Keras says 0; all is there, and none of it ever trains."""
    layer = hub.KerasLayer(text_at, trainable=trainable)
    with quiet():
        layer(tf.constant(["a"]))
    assert layer.count_params() == 0
    report = count(layer)
    assert (report.total, report.trainable, report.frozen) == (500_000, 0, 500_000)
    assert report.reconcile().holds
    (reason,) = {reason for _, reason in roles(report).values() if reason.startswith("hub")}
    assert reason == (
        "hub.KerasLayer registers only what the module lists in `variables`; this one lists none, "
        "so the optimizer never sees it"
    )
    found = finding(report, "hub-layer-misses-variables")
    assert found.severity == "warning"
    assert "Keras counts 0 parameters of the 500,000" in found.message
    assert [one.role for one in report.not_parameters] == [Role.TABLE]


def test_such_a_layer_in_a_model(hub, tf, tf_keras, text_at):
    """Keras says 255 where there are 500,255, in a Sequential and in a functional model."""
    make = lambda: hub.KerasLayer(text_at, dtype=tf.string, input_shape=[], name="text")  # noqa: E731
    sequential = tf_keras.Sequential([make(), tf_keras.layers.Dense(5)])
    inputs = tf_keras.Input((), dtype=tf.string)
    functional = tf_keras.Model(inputs, tf_keras.layers.Dense(5)(make()(inputs)))
    for model in (sequential, functional):
        model.build((None,))
        assert model.count_params() == 255
        report = count(model)
        assert (report.total, report.trainable, report.frozen) == (500_255, 255, 500_000)
        assert report.reconcile().holds
        assert [row.parameters for row in report.rows(depth=1) if row.parameters] == [500_000, 255]
        assert [one.id for one in report.findings] == ["hub-layer-misses-variables"]
        assert report.findings[0].where == "text"


def test_a_frozen_layer_whose_variables_all_say_that_they_train(hub, tf_keras, small, small_at):
    """The flag of the layer decides, and no variable knows of it."""
    layer = hub.KerasLayer(small_at, name="base")
    assert sum(variable.trainable for variable in layer.weights) == 4
    model = tf_keras.Sequential([tf_keras.Input((3,)), layer, tf_keras.layers.Dense(1)])
    report = count(model)
    assert report.total == model.count_params() == size(small.weights) + 5
    assert (report.trainable, report.frozen, report.state) == (5, 24, 8)
    assert {reason for role, reason in roles(report).values() if role is Role.FROZEN} == {"trainable=False on base"}
    assert (
        "4 variables of this layer with 24 parameters say trainable=True"
        in finding(report, "flags-say-trainable").message
    )


def test_a_layer_that_trains(hub, small_at):
    """What the module lists as trainable trains, and there is nothing to remark."""
    layer = hub.KerasLayer(small_at, trainable=True)
    report = count(layer)
    assert (report.total, report.trainable) == (32, 24) == (size(layer.weights), size(layer.trainable_weights))
    assert report.findings == ()


def test_a_layer_inside_a_module(hub, tf, small_at):
    """The freeze is told by the module's own list of trainable variables only because Keras has its own."""
    module = tf.Module(name="outer")
    module.encoder = hub.KerasLayer(small_at, name="encoder")
    module.scale = tf.Variable([1.0, 2.0])
    report = count(module)
    assert (report.total, report.trainable, report.frozen, report.state) == (34, 2, 24, 8)
    assert finding(report, "flags-say-trainable").where == "encoder"


def test_a_layer_around_something_callable(hub, tf):
    """A function has no variables of its own; a module that is handed over as it is has."""
    assert count(hub.KerasLayer(lambda inputs: inputs * 2)).total == 0

    class Scale(tf.Module):
        def __init__(self):
            super().__init__()
            self.by = tf.Variable(tf.ones((3,)))

        def __call__(self, inputs):
            return inputs * self.by

    layer = hub.KerasLayer(Scale(), trainable=True)
    report = count(layer)
    assert (report.total, report.trainable) == (3, 3) == (size(layer.weights), size(layer.trainable_weights))


@pytest.mark.parametrize("resources", [False, True])
def test_a_layer_around_a_module_of_tensorflow_1(hub, tf, tmp_path, resources):
    """It registers the step and, if they are resources, the weights; none of them can train."""
    path = tensorflow_1(tf, tmp_path / "module", resources=resources)
    with quiet():
        layer = hub.KerasLayer(path)
        assert count(hub.load(path)).total == 2_112
    assert size(layer.weights) == (2_113 if resources else 1)
    report = count(layer)
    assert (report.total, report.trainable) == (2_112, 0)
    assert any(one.id == "hub-layer-misses-variables" for one in report.findings) is not resources


def test_the_module_cache_is_not_touched(hub, tf, text_at):
    """A folder is loaded in place, by Hub as by TensorFlow."""
    assert count(loaded(tf, hub.resolve(text_at))).total == 500_000
    assert os.path.samefile(hub.resolve(text_at), text_at)
