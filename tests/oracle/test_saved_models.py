"""SavedModels and checkpoints that TensorFlow and both Keras write, against the count of what was in memory."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import math
import os
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_random_models import PLANS, Builder, freeze
from test_stored_forms import Counted, our_count, own_count

import paramcount
from oracle_frameworks import framework

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

KERAS, TF_KERAS = framework("keras"), framework("tf_keras")
if KERAS is None or TF_KERAS is None:
    pytest.skip("TensorFlow and both Keras are needed", allow_module_level=True)
tf: Any = framework("tensorflow")
MODULES = {"keras": KERAS, "tf_keras": TF_KERAS}
EXAMPLES = int(os.environ.get("PARAMCOUNT_EXAMPLES", "5"))
BOTH = pytest.mark.parametrize("which", ["keras", "tf_keras"])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Less talk, and no memory of the models before."""
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    yield
    for keras in MODULES.values():
        keras.backend.clear_session()
    gc.collect()


def counted(path: Path) -> paramcount.Report:
    report = paramcount.count(path)
    assert report.reconcile().holds, report.reconcile()
    return report


def ids(report: paramcount.Report) -> set[str]:
    return {finding.id for finding in report.findings}


def exact(report: paramcount.Report, expected: Counted) -> None:
    """Total, split and tensors are those of the model in memory."""
    assert expected == our_count(report)
    assert report.undetermined == 0


def bounds(report: paramcount.Report, expected: Counted) -> None:
    """Total and tensors are; of the split, what the form cannot say is undetermined, and the rest is right."""
    assert expected[:2] == our_count(report)[:2]
    assert report.trainable <= expected.trainable <= report.trainable + report.undetermined
    assert report.state + report.frozen <= expected.non_trainable


def of_variables(variables: Iterable[Any], trainable: Iterable[Any]) -> Counted:
    """What a module with these variables counts."""
    every, trains = [{id(v): v for v in found}.values() for found in (variables, trainable)]
    rest = [v for v in every if all(v is not one for one in trains)]
    numbers: list[int] = []
    for found in (every, trains, rest):
        numbers += [sum(math.prod(v.shape) for v in found), len(found)]
    return Counted(*numbers)


# Models of Keras


def plain(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(16), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(4)]
    )
    model.layers[0].trainable = False
    return model


def frozen_base(keras: Any) -> Any:
    """A frozen model with batch normalization inside another one."""
    layers = keras.layers
    base = keras.Sequential([keras.Input((8,)), layers.Dense(6), layers.BatchNormalization()], name="base")
    base.trainable = False
    inputs = keras.Input((8,))
    return keras.Model(inputs, layers.Dense(3)(base(inputs)))


def recurrent(keras: Any) -> Any:
    layers = keras.layers
    inputs = keras.Input((5, 8))
    return keras.Model(
        inputs, layers.Dense(2)(layers.GRU(2)(layers.Bidirectional(layers.LSTM(3, return_sequences=True))(inputs)))
    )


def of_its_own(keras: Any) -> Any:
    """A layer with a weight that does not train, a whole number, a layer and a metric inside."""

    class Mine(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.w = self.add_weight(name="w", shape=(8, 4))
            self.ema = self.add_weight(name="ema", shape=(8, 4), trainable=False)
            self.seen = self.add_weight(name="seen", shape=(), dtype="int32", trainable=False, initializer="zeros")
            self.inner = keras.layers.Dense(3)
            self.inner.build((None, 4))
            self.mean = keras.metrics.Mean(name="mean_of_mine")

        def call(self, x: Any) -> Any:
            return self.inner(x @ self.w)

    inputs = keras.Input((8,))
    return keras.Model(inputs, Mine()(inputs))


def half_precision(keras: Any) -> Any:
    layers = keras.layers
    parts = [layers.Dense(5, dtype="mixed_float16"), layers.BatchNormalization(dtype="mixed_bfloat16"), layers.Dense(2)]
    return keras.Sequential([keras.Input((8,)), *parts])


def normalized(keras: Any) -> Any:
    layer = keras.layers.Normalization()
    layer.adapt(np.ones((4, 8), "float32"))
    return keras.Sequential([keras.Input((8,)), layer, keras.layers.Dense(2)])


CASES: dict[str, Callable[[Any], Any]] = {
    made.__name__: made for made in (plain, recurrent, of_its_own, half_precision, normalized)
}
"""What ``test_many_forms`` has not."""


def train(model: Any, optimizer: Any = "adam") -> None:
    """One step, so that the optimizer has its slots."""
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=True)
    shapes = [(4, *tuple(one.shape)[1:]) for one in getattr(model, "inputs", None) or [np.zeros((4, 8))]]
    inputs = [np.random.default_rng(1).random(shape, "float32") for shape in shapes]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    model.train_on_batch(inputs, np.asarray(model(inputs)) + 1)


def stored_forms(which: str, model: Any, folder: Path, *, trained: bool) -> Iterator[tuple[str, Path, bool]]:
    """Name, path and whether the split is in it of everything that TensorFlow makes of a model."""
    if which == "keras":
        model.export(folder / "export", verbose=False)
        yield "export", folder / "export", True
        tf.saved_model.save(model, str(folder / "saved"))
        yield "saved", folder / "saved", trained
    else:
        # The functions of the model take most of the time, and hold nothing that is counted.
        model.save(folder / "saved", save_format="tf", save_traces=False)
        yield "saved", folder / "saved", True
        model.save_weights(folder / "weights" / "w", save_format="tf")
        yield "weights", folder / "weights", trained
        if not trained:
            with contextlib.redirect_stdout(io.StringIO()):
                model.export(folder / "export")
            yield "export", folder / "export", True
    held = {"optimizer": model.optimizer} if trained else {}
    tf.train.Checkpoint(net=model, step=tf.Variable(1), **held).save(folder / "checkpoint" / "ckpt")
    yield "checkpoint", folder / "checkpoint", trained


@BOTH
@pytest.mark.parametrize("trained", [False, True], ids=["new", "trained"])
@pytest.mark.parametrize("case", list(CASES))
def test_every_form_of_a_model_of_keras_counts_as_it_does_in_memory(which, case, trained, tmp_path):
    model = CASES[case](MODULES[which])
    if trained:
        train(model)
    expected = own_count(model)
    for _, path, split in stored_forms(which, model, tmp_path, trained=trained):
        report = counted(path)
        if split:
            exact(report, expected)
        else:
            bounds(report, expected)
            assert ids(report) & {"freezes-not-stored", "checkpoint-only"} or not report.undetermined


@pytest.mark.parametrize("traces", [False, True], ids=["without functions", "with functions"])
def test_the_functions_of_a_model_change_nothing(traces, tmp_path):
    model = frozen_base(TF_KERAS)
    train(model)
    model.save(tmp_path / "saved", save_format="tf", save_traces=traces)
    exact(counted(tmp_path / "saved"), own_count(model))


def test_a_model_of_tf_keras_that_tensorflow_saves_says_what_is_frozen(tmp_path):
    model = frozen_base(TF_KERAS)
    tf.saved_model.save(model, str(tmp_path))
    exact(counted(tmp_path), own_count(model))


@BOTH
def test_texts_and_their_tables_are_no_parameters(which, tmp_path):
    keras = MODULES[which]
    texts = keras.layers.TextVectorization(max_tokens=50, output_sequence_length=4)
    texts.adapt(["a b c", "d e f"])
    inputs = keras.Input((1,), dtype="string") if which == "keras" else keras.Input((1,), dtype=tf.string)
    outputs = keras.layers.Dense(1)(keras.layers.LSTM(5)(keras.layers.Embedding(50, 6)(texts(inputs))))
    model = keras.Model(inputs, outputs)
    # The table of tf_keras is one of the weights of its layer, without a shape.
    expected = of_variables(
        *[[v for v in found if hasattr(v, "shape")] for found in (model.weights, model.trainable_weights)]
    )
    form = partial(model.export, verbose=False) if which == "keras" else partial(model.save, save_format="tf")
    form(tmp_path / "model")
    tf.train.Checkpoint(model).write(tmp_path / "checkpoint" / "ckpt")
    report = counted(tmp_path / "model")

    assert (546, 546, 6) == (expected.total, expected.trainable, expected.tensors)
    exact(report, expected)
    bounds(counted(tmp_path / "checkpoint"), expected)


# Optimizers


def optimizers(which: str) -> dict[str, Callable[[], Any]]:
    keras = MODULES[which]
    new = keras.optimizers
    schedule = partial(new.schedules.ExponentialDecay, 0.1, 10, 0.9)
    found: dict[str, Callable[[], Any]] = {
        "sgd": new.SGD, "momentum": partial(new.SGD, 0.1, momentum=0.9), "adam": new.Adam,
        "amsgrad": partial(new.Adam, amsgrad=True), "ema": partial(new.AdamW, use_ema=True),
        "rmsprop": partial(new.RMSprop, centered=True, momentum=0.5), "ftrl": new.Ftrl, "adafactor": new.Adafactor,
        "lion": new.Lion, "adagrad": new.Adagrad, "adadelta": new.Adadelta, "nadam": new.Nadam, "adamax": new.Adamax,
        "schedule": lambda: new.Adam(schedule()),
    }  # fmt: skip
    if which == "keras":
        scaled = lambda: new.LossScaleOptimizer(new.Adam())  # noqa: E731
        return found | {
            "lamb": new.Lamb, "muon": partial(new.Muon, learning_rate=0.1), "scaled": scaled,
            "steps": partial(new.Adam, gradient_accumulation_steps=2),
        }  # fmt: skip
    old = new.legacy
    return found | {
        "scaled": lambda: keras.mixed_precision.LossScaleOptimizer(new.Adam()), "old sgd": old.SGD,
        "old momentum": partial(old.SGD, 0.1, momentum=0.9), "old adam": old.Adam,
        "old amsgrad": partial(old.Adam, amsgrad=True), "old ftrl": old.Ftrl, "old nadam": old.Nadam,
        "old rmsprop": partial(old.RMSprop, centered=True, momentum=0.5), "old adamax": old.Adamax,
        "old adagrad": old.Adagrad, "old adadelta": old.Adadelta, "old schedule": lambda: old.Adam(schedule()),
        "old scaled": lambda: keras.mixed_precision.LossScaleOptimizer(old.Adam()),
    }  # fmt: skip


SAYS_NOTHING = ("old sgd",)
"""Optimizers without slots that keep no list either."""
IN_SAVED_MODELS = ("adam", "adafactor", "scaled", "old adam", "old sgd", "old scaled")
FAMILIES = [(which, name) for which in MODULES for name in optimizers(which)]


@pytest.mark.parametrize(("which", "name"), FAMILIES)
def test_every_optimizer_says_what_it_trains_and_none_is_counted(which, name, tmp_path):
    keras = MODULES[which]
    model = plain(keras)
    train(model, optimizers(which)[name]())
    expected = own_count(model)
    held = tf.train.Checkpoint(net=model, opt=model.optimizer, step=tf.Variable(1))
    held.save(tmp_path / "checkpoint" / "ckpt")
    report = counted(tmp_path / "checkpoint")

    assert expected.trainable == 100
    (bounds if name in SAYS_NOTHING else exact)(report, expected)
    assert {"counter": 2} == {"counter": sum(v.role == "counter" for v in report.not_parameters)}
    if name in IN_SAVED_MODELS:
        if which == "tf_keras":
            model.save(tmp_path / "saved", save_format="tf")
        else:
            tf.saved_model.save(model, str(tmp_path / "saved"))
        exact(counted(tmp_path / "saved"), expected)


def test_an_optimizer_alone_tells_nothing_of_the_model_but_what_it_trains(tmp_path):
    model = plain(KERAS)
    train(model)
    tf.train.Checkpoint(opt=model.optimizer).save(tmp_path / "ckpt")
    report = counted(tmp_path)

    assert report.total in (0, own_count(model).trainable)
    assert not report.frozen


def test_an_optimizer_of_tensorflow_1_in_eager_mode_names_what_it_trains(tmp_path):
    module = tf.Module()
    module.w, module.other = tf.Variable(tf.ones((3, 4)), name="w"), tf.Variable(tf.ones(3), name="other")
    optimizer = tf.compat.v1.train.AdamOptimizer()
    optimizer.apply_gradients([(tf.ones((3, 4)), module.w)])
    tf.train.Checkpoint(module=module, optimizer=optimizer).save(tmp_path / "ckpt")
    report = counted(tmp_path)

    assert (15, 12, 3, 0) == (report.total, report.trainable, report.frozen, report.undetermined)


# Modules of TensorFlow


def spec(*shape: int | None) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def saved(module: Any, folder: Path) -> tuple[paramcount.Report, paramcount.Report]:
    """A module as a SavedModel and as a checkpoint."""
    tf.saved_model.save(module, str(folder / "saved"))
    tf.train.Checkpoint(module).save(folder / "checkpoint" / "ckpt")
    return counted(folder / "saved"), counted(folder / "checkpoint")


def test_a_module_counts_its_variables_and_nothing_else_that_it_holds(tmp_path):
    module = tf.Module()
    module.w = tf.Variable(tf.ones((3, 4)), name="w")
    module.b = tf.Variable(tf.zeros(4), trainable=False, name="b")
    module.steps = tf.Variable(0, dtype=tf.int64, trainable=False)
    module.constant = tf.constant(np.ones(100, "float32"))
    module.generator = tf.random.Generator.from_seed(1)
    module.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), 0)
    module.mutable = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    module.mutable.insert(tf.constant(["x", "y", "z"]), tf.constant([1, 2, 3], tf.int64))
    module.words = tf.Variable(["a", "b"])
    module.use = tf.function(lambda x: x + module.constant, input_signature=[spec(100)])
    report, checkpoint = saved(module, tmp_path)
    roles = {
        role: [v for v in report.not_parameters if v.role == role] for role in ("counter", "rng", "constant", "table")
    }

    assert (16, 12, 0, 4, 2) == (report.total, report.trainable, report.frozen, report.state, report.tensors)
    assert (16, 16) == (checkpoint.total, checkpoint.undetermined)
    assert (1, 1) == (len(roles["counter"]), len(roles["rng"]))
    assert 100 in [variable.parameters for variable in roles["constant"]]
    assert {"words"} <= {variable.path for variable in roles["table"]}


NAMES = (
    "optimizer",
    "metrics",
    "layers",
    "_layers",
    "signatures_of_mine",
    "keras_apis",
    "keras_api",
    "graph",
    "initializer",
    "_losses",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("held", ["a module", "a list", "a variable"])
def test_an_attribute_may_be_called_as_it_likes(name, held, tmp_path):
    """In memory, saved, in a checkpoint, and loaded again."""
    module, inner = tf.Module(), tf.Module()
    module.b, inner.w = tf.Variable(tf.ones(5)), tf.Variable(tf.ones((3, 4)))
    setattr(module, name, {"a module": inner, "a list": [inner], "a variable": inner.w}[held])
    report, checkpoint = saved(module, tmp_path)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))

    assert (17, 17, 17) == (report.total, report.trainable, checkpoint.total)
    assert (17, 17) == (paramcount.count(module).total, paramcount.count(loaded).total)


def test_what_modules_share_is_counted_once_and_named_at_both(tmp_path):
    module = tf.Module()
    module.encoder, module.decoder, embedding = tf.Module(), tf.Module(), tf.Module()
    embedding.table = tf.Variable(tf.ones((10, 4)))
    module.encoder.embedding = module.decoder.embedding = embedding
    module.decoder.out = tf.Variable(tf.ones((4, 4)))
    module.me = module
    for report in saved(module, tmp_path):
        assert (56, 2, 40) == (report.total, report.tensors, report.reconcile().shown_twice)
        assert 1 == len(report.sharing)


def test_dictionaries_lists_and_odd_names_keep_variables_apart(tmp_path):
    module = tf.Module()
    module.held = {"a.b": tf.Variable(tf.ones(1)), "a/b": tf.Variable(tf.ones(2)), "a": {"b": tf.Variable(tf.ones(4))}}
    module.rows = [tf.Variable(tf.ones(8)), (tf.Variable(tf.ones(16)), [tf.Variable(tf.ones(32))])]
    for report in saved(module, tmp_path):
        assert (63, 6, {}) == (report.total, report.tensors, report.sharing)


def test_variables_of_no_fixed_size_have_that_of_their_value(tmp_path):
    module = tf.Module()
    module.rows = tf.Variable(tf.ones((3, 4)), shape=tf.TensorShape([None, 4]))
    module.any = tf.Variable(tf.ones((2, 2)), shape=tf.TensorShape(None))
    for report in saved(module, tmp_path):
        assert (16, False) == (report.total, report.lower_bound)


def test_a_sharded_variable_is_one(tmp_path):
    from tensorflow.python.distribute.sharded_variable import ShardedVariable

    module = tf.Module()
    module.v = ShardedVariable([tf.Variable(tf.ones((2, 3))), tf.Variable(tf.ones((4, 3)))], name="v")
    for report in saved(module, tmp_path):
        assert (18, 1) == (report.total, report.tensors)


@pytest.mark.parametrize("expand", [False, True], ids=["one", "every replica"])
def test_a_variable_of_a_strategy_is_one_whatever_is_stored_of_its_replicas(expand, tmp_path):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        model = plain(TF_KERAS)
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    policy = "expand_distributed_variables" if expand else None
    options = tf.saved_model.SaveOptions(experimental_variable_policy=policy)
    model.save(tmp_path / "saved", save_format="tf", options=options)

    exact(counted(tmp_path / "saved"), own_count(model))


# Reusable modules


@pytest.fixture(scope="module")
def reusable(tmp_path_factory):
    """Modules as hubs serve them: of all of a model, one that trains a part, one inside another, one saved again."""
    folder = tmp_path_factory.mktemp("hub")
    base = TF_KERAS.Sequential([TF_KERAS.Input((8,)), TF_KERAS.layers.Dense(6), TF_KERAS.layers.BatchNormalization()])
    call = tf.function(base, input_signature=[spec(None, 8)])
    expected = {}
    for name, trains in (("whole", base.trainable_variables), ("part", base.trainable_variables[:1])):
        module = tf.train.Checkpoint()
        module.__call__ = call
        module.variables, module.trainable_variables = base.variables, trains
        module.regularization_losses = []
        tf.saved_model.save(module, str(folder / name))
        expected[name] = of_variables(base.variables, trains)
    loaded = tf.saved_model.load(str(folder / "part"))
    tf.saved_model.save(loaded, str(folder / "again"))
    expected["again"] = expected["part"]
    outer = tf.Module()
    outer.inner = outer.alias = loaded
    outer.head = tf.Variable(tf.ones((6, 7)))
    tf.saved_model.save(outer, str(folder / "inside"))
    tf.train.Checkpoint(outer).save(folder / "checkpoint" / "ckpt")
    expected["inside"] = of_variables([*loaded.variables, outer.head], [*loaded.trainable_variables, outer.head])
    return folder, expected


@pytest.mark.parametrize("name", ["whole", "part", "again", "inside"])
def test_a_reusable_module_trains_what_it_says(reusable, name):
    folder, expected = reusable

    exact(counted(folder / name), expected[name])


def test_a_reusable_module_in_a_checkpoint_keeps_what_it_leaves_out(reusable):
    folder, expected = reusable
    report = counted(folder / "checkpoint")

    bounds(report, expected["inside"])
    assert (18, 12) == (report.frozen, report.state)


def test_a_model_of_keras_3_in_a_module_leaves_open_what_is_frozen_and_nothing_else(tmp_path):
    module = tf.Module()
    module.net = frozen_base(KERAS)
    module.w = tf.Variable(tf.ones(3))
    report, checkpoint = saved(module, tmp_path)
    weights = [*module.net.weights, module.w]
    expected = of_variables(weights, [*module.net.trainable_weights, module.w])

    bounds(report, expected)
    bounds(checkpoint, expected)
    assert (3, {"freezes-not-stored"}) == (report.trainable, ids(report))


def test_a_model_of_tf_keras_in_a_module_says_what_is_frozen(tmp_path):
    module = tf.Module()
    module.net = frozen_base(TF_KERAS)
    module.w = tf.Variable(tf.ones(3))
    tf.saved_model.save(module, str(tmp_path))

    exact(counted(tmp_path), of_variables([*module.net.weights, module.w], [*module.net.trainable_weights, module.w]))


# Random models


@BOTH
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    plan=PLANS,
    flags=st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.booleans()), max_size=4),
    functional=st.booleans(),
    trained=st.booleans(),
)
def test_any_model_counts_as_the_framework_does(which, tmp_path_factory, plan, flags, functional, trained):
    keras = MODULES[which]
    keras.backend.clear_session()
    builder = Builder(keras, named=False)
    model = builder.model(plan, functional)
    freeze(builder, flags)
    trained = trained and bool(model.trainable_weights)
    if trained:
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    expected = own_count(model)
    if not expected.total:
        return
    folder = tmp_path_factory.mktemp("random")
    for _, path, split in stored_forms(which, model, folder, trained=trained):
        report = counted(path)
        (exact if split else bounds)(report, expected)
    gc.collect()


# Exports that are loaded again


def exported(folder: Path) -> tuple[Any, Counted]:
    """An export with a frozen layer, and what its model counts."""
    layers = KERAS.layers
    model = KERAS.Sequential([KERAS.Input((6,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(2)])
    model.layers[0].trainable = False
    model.export(folder, verbose=False)
    return tf.saved_model.load(str(folder)), own_count(model)


@pytest.mark.parametrize("trained", [False, True], ids=["as it was", "trained on"])
def test_an_export_that_is_loaded_and_stored_again_is_counted_once(trained, tmp_path):
    loaded, expected = exported(tmp_path / "export")
    for variable in loaded.trainable_variables if trained else ():
        variable.assign_add(tf.ones(variable.shape))
    report, checkpoint = saved(loaded, tmp_path)

    exact(report, expected)
    bounds(checkpoint, expected)
    for one in (report, checkpoint):
        assert trained == ("exported-twice-unproved" in ids(one))


def test_a_layer_of_an_export_trains_what_was_created_to_train(tmp_path):
    exported(tmp_path / "export")
    inputs = KERAS.Input((6,))
    layer = KERAS.layers.TFSMLayer(str(tmp_path / "export"), call_endpoint="serve")
    model = KERAS.Model(inputs, KERAS.layers.Dense(2)(layer(inputs)))

    for report in saved(model, tmp_path):
        bounds(report, own_count(model))


# What is loaded again, and what is still in memory


def everywhere(module: Any, folder: Path) -> list[int | None]:
    """The totals of a module in memory, saved, in a checkpoint, and loaded again."""
    report, checkpoint = saved(module, folder)
    loaded = paramcount.count(tf.saved_model.load(str(folder / "saved")))
    return [paramcount.count(module).total, report.total, checkpoint.total, loaded.total]


@pytest.mark.parametrize("shape", [(11, 3), ()], ids=["a matrix", "a number"])
@pytest.mark.parametrize("name", ["_state_var", "seed_generator_state", "save_counter", "global_step", "iterations"])
def test_a_weight_that_is_called_as_a_counter_or_a_seed_is_a_weight(name, shape, tmp_path):
    module, inner = tf.Module(), tf.Module()
    module.w, module.inner = tf.Variable(tf.zeros((2, 2))), inner
    setattr(inner, name, tf.Variable(tf.zeros(shape), name=name.strip("_")))

    assert [4 + math.prod(shape)] * 4 == everywhere(module, tmp_path)


def test_whole_numbers_do_not_train_wherever_they_are(tmp_path):
    module = tf.Module()
    module.w, module.table = tf.Variable(tf.zeros((2, 2))), tf.Variable([1, 2, 3])
    module.step, module.seen = tf.Variable(0), tf.Variable(0, dtype=tf.int64, trainable=False)
    module.number = tf.Variable(2, dtype=tf.int64)
    report, _ = saved(module, tmp_path)
    loaded = paramcount.count(tf.saved_model.load(str(tmp_path / "saved")))

    for one in (paramcount.count(module), report, loaded):
        assert (8, 4, 4) == (one.total, one.trainable, one.state)
        assert 2 == sum(variable.role == "counter" for variable in one.not_parameters)


@BOTH
@pytest.mark.parametrize("name", ["optimizer", "opt"])
def test_the_optimizer_beside_a_model_is_told_whatever_it_is_called(which, name, tmp_path):
    module = tf.Module()
    module.net = frozen_base(MODULES[which])
    train(module.net)
    setattr(module, name, module.net.optimizer)

    assert [own_count(module.net).total] * 4 == everywhere(module, tmp_path)


def test_a_module_that_is_called_optimizer_is_none(tmp_path):
    module, inner = tf.Module(), tf.Module()
    inner.iter, inner.w = tf.Variable(tf.zeros(5)), tf.Variable(tf.zeros((2, 2)))
    module.optimizer = inner

    assert [9] * 4 == everywhere(module, tmp_path)


@BOTH
@pytest.mark.parametrize("case", [*CASES, "frozen_base"])
def test_a_model_that_is_loaded_without_its_classes_counts_as_before(which, case, tmp_path):
    model = (CASES | {"frozen_base": frozen_base})[case](MODULES[which])
    train(model)
    tf.saved_model.save(model, str(tmp_path))
    report = paramcount.count(tf.saved_model.load(str(tmp_path)))

    assert own_count(model)[:2] == our_count(report)[:2]
