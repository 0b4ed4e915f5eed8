"""``tf.Module`` and its like: every variable once, whatever class is on the way to it."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live.helpers import finding, roles
from live.standins import loaded, quiet, saved
from paramcount import count
from paramcount.errors import UnsupportedObject
from paramcount.live.trackables import size
from paramcount.model import Role

pytestmark = pytest.mark.oracle

ASKED = os.environ.get("PARAMCOUNT_EXAMPLES")


def check(one, variables, trainable=None):
    """Count ``one`` and compare with variables that were put into it; returns the report."""
    report = count(one)
    assert report.total == size(variables)
    if trainable is not None:
        assert report.trainable == size(trainable)
    assert report.reconcile().holds
    assert not report.lower_bound
    assert not [found for found in report.findings if found.id == "counts-disagree"]
    return report


def module(tf, **held):
    """A module that holds the given objects as attributes."""
    made = tf.Module(name="made")
    for name, value in held.items():
        setattr(made, name, value)
    return made


def test_containers_of_every_kind(tf):
    """Lists, tuples, dicts, sets and nests of them are looked through; the paths say where."""
    one = [tf.Variable(tf.ones((number + 1,))) for number in range(6)]
    held = module(tf, plain=one[0], several=[one[1], (one[2],)], named={"a": one[3], "b": [one[4]]})
    held.inner = [module(tf, deep={"x": [one[5]]})]
    report = check(held, one, one)
    assert set(roles(report)) == {
        "plain", "several/0", "several/1/0", "named/a", "named/b/0", "inner/0/deep/x/0",
    }  # fmt: skip
    assert report.total == size(held.variables)
    assert report.findings == ()


def test_a_module_at_two_places_is_counted_once_and_shown_twice(tf):
    """The rows that share it name each other, and add up."""
    shared = module(tf, w=tf.Variable(tf.ones((3, 4))))
    both = module(tf, a=module(tf, s=shared), b=module(tf, s=shared, own=tf.Variable([1.0])))
    report = check(both, both.variables)
    assert report.sharing == {"a/s/w": ("a/s/w", "b/s/w")}
    assert [row.parameters for row in report.rows(depth=1)] == [12, 13]


def test_a_module_that_holds_itself(tf):
    """A circle ends where it closes."""
    one = module(tf, w=tf.Variable([1.0, 2.0]))
    one.again = module(tf, back=one)
    check(one, one.variables)


def test_layers_of_both_keras_inside_a_module(tf, keras, tf_keras):
    """`tf.Module.variables` does not see those of Keras 3; a freeze is read by the rules of the layer's framework."""
    three, two = keras.layers.Dense(3), tf_keras.layers.Dense(5)
    base = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(4), tf_keras.layers.BatchNormalization()])
    for layer in (three, two):
        layer.build((None, 2))
    base.trainable = False
    held = module(tf, three=three, two=two, base=base)
    every = [*three.variables, *two.variables, *base.variables]
    report = check(held, every, [*three.variables, *two.variables])
    found = finding(report, "variables-attribute-differs")
    assert found.severity == "warning"
    assert "leaves out 9 parameters of 52" in found.message
    assert finding(report, "flags-say-trainable").where == "base"
    (kernel,) = [role for path, role in roles(report).items() if path.startswith("base/") and "kernel" in path]
    assert kernel == (Role.FROZEN, "trainable=False on base")
    assert report.state == 8
    three.trainable = False
    assert count(held).trainable == size(two.variables)


def test_a_keras_layer_that_is_not_built_makes_the_total_a_lower_bound(tf, keras):
    """Also inside a module, nothing is 0 because it does not exist yet."""
    report = count(module(tf, w=tf.Variable([1.0]), later=keras.layers.Dense(3)))
    assert (report.total, report.lower_bound) == (1, True)
    assert finding(report, "not-built").where == "later"


def test_what_is_no_parameter(tf, keras, tf_keras):
    """Optimizers, metrics, generators, tables, counters and texts are listed, with their roles, and never counted."""
    weight = tf.Variable(tf.ones((2, 3)), name="weight")
    adam, legacy, new = tf_keras.optimizers.Adam(), tf_keras.optimizers.legacy.Adam(), keras.optimizers.Adam()
    adam.build([weight])
    legacy.apply_gradients([(tf.ones((2, 3)), weight)])
    new.build([keras.Variable([1.0])])
    old = tf.compat.v1.train.AdamOptimizer()
    words = tf.lookup.KeyValueTensorInitializer(tf.constant(["a"]), tf.constant([0], tf.int64))
    held = module(tf, weight=weight, adam=adam, legacy=legacy, new=new, old=old)
    held.mean, held.metric = keras.metrics.Mean(), tf_keras.metrics.Mean()
    held.random, held.seed = tf.random.Generator.from_seed(1), keras.random.SeedGenerator(1)
    held.table = tf.lookup.StaticHashTable(words, -1)
    held.step = tf.Variable(0, dtype=tf.int64)
    held.names = tf.Variable(["a", "b"])
    held.average = tf.Variable(tf.ones((2, 3)), trainable=False)
    report = check(held, [weight, held.average], [weight])
    found = {role: [] for role in Role.__dict__.values() if isinstance(role, Role)}
    for one in report.not_parameters:
        found[one.role].append(one.path)
    assert found[Role.COUNTER] == ["made/step"]
    assert found[Role.TABLE] == ["made/table", "made/names"]
    assert sorted(found[Role.RNG]) == ["made/random/state", "made/seed/state"]
    assert {path.partition("/")[0] for path in found[Role.OPTIMIZER]} == {"adam", "legacy", "new"}
    assert {path.partition("/")[0] for path in found[Role.METRIC]} == {"mean", "metric"}
    assert roles(report)["made/average"] == (Role.STATE, "created with trainable=False")


def test_whole_numbers_do_not_train_whatever_they_say(tf):
    """TensorFlow lists an integer variable as trainable, and has no gradient for it."""
    report = count(module(tf, ids=tf.Variable([1, 2, 3])))
    assert (report.total, report.trainable, report.state) == (3, 0, 3)


def test_modules_inside_tf_keras_models(tf, tf_keras, tmp_path):
    """tf_keras follows a `tf.Module`, but nothing that was loaded, nor what a module holds of the kind."""
    inner = loaded(tf, saved(tf, module(tf, w=tf.Variable(tf.ones((5,)))), tmp_path / "inner"))

    class Model(tf_keras.Model):
        def __init__(self):
            super().__init__(name="model")
            self.part = module(tf, w=tf.Variable(tf.ones((3,))), inner=inner)
            self.parts = [module(tf, w=tf.Variable(tf.ones((2,))))]
            self._other = loaded(tf, tmp_path / "inner")
            self.dense = tf_keras.layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Model()
    model(tf.ones((1, 2)))
    assert model.count_params() == 3 + 2 + 6
    report = check(model, [*model.weights, inner.w, model._other.w], model.trainable_weights)
    assert report.total == 3 + 5 + 2 + 5 + 6
    assert "In Keras" not in str(report)
    found = {one.where: one.message for one in report.findings if one.id == "keras-misses-variables"}
    assert set(found) == {"part", "other"}
    assert "counts 3 parameters of the 8" in found["part"]
    assert "the optimizer never sees it" in roles(report)["part/inner/w"][1]
    assert roles(report)["part/w"] == (Role.TRAINABLE, "")


def test_modules_inside_keras_3_models(tf, keras, tf_keras, tmp_path):
    """Keras 3 follows nothing but its own layers; what a module holds is there all the same, and does not train."""
    path = saved(tf, module(tf, w=tf.Variable(tf.ones((5,)))), tmp_path / "inner")

    class Model(keras.Model):
        def __init__(self):
            super().__init__(name="model")
            self.part = module(tf, w=tf.Variable(tf.ones((3,))))
            self.parts = [loaded(tf, path)]
            self.old = tf_keras.layers.Dense(1)
            self.dense = keras.layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Model()
    model(tf.ones((1, 2)))
    model.old.build((None, 3))
    assert model.count_params() == 6
    report = check(model, [*model.weights, model.part.w, model.parts[0].w, *model.old.weights], model.weights)
    assert report.total == 6 + 3 + 5 + 4
    assert [one.where for one in report.findings if one.id == "keras-misses-variables"] == ["part", "parts/0", "old"]
    assert not [one for one in report.findings if one.id == "raw-variable-ignored"]


def test_a_variable_of_keras_3_and_the_one_inside_it_are_one(tf, keras):
    """A module may hold either, or both."""
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    held = module(tf, layer=layer, kernel=layer.kernel, raw=layer.kernel.value, bias=[layer.bias.value])
    report = check(held, layer.variables)
    assert report.tensors == 2


def test_mixed_precision_wraps_no_second_variable(tf, tf_keras):
    """The wrapper of tf_keras and the variable inside are one."""
    layer = tf_keras.layers.Dense(3, dtype="mixed_float16")
    layer.build((None, 2))
    held = module(tf, layer=layer, inside=layer.kernel._variable)
    assert count(held).total == 9


def test_distributed_and_sharded_variables(tf):
    """A mirrored variable is one, whatever number of devices holds it; shards are its parts."""
    from tensorflow.python.distribute.sharded_variable import ShardedVariable

    with quiet():
        strategy = tf.distribute.MirroredStrategy(["cpu:0"])
        with strategy.scope():
            mirrored = tf.Variable(tf.ones((2, 3)))
    shards = ShardedVariable([tf.Variable(tf.ones((2, 4))), tf.Variable(tf.ones((1, 4)))])
    report = count(module(tf, mirrored=mirrored, replica=mirrored.values[0], shards=shards))
    assert report.total == 6 + 12
    assert {"made/shards/part_0", "made/shards/part_1"} <= set(roles(report))


def test_a_variable_without_a_fixed_shape(tf):
    """The shape is the one that it has now."""
    free = tf.Variable(tf.ones((2, 3)), shape=tf.TensorShape(None))
    assert count(module(tf, free=free)).total == 6


def test_a_property_of_the_module_says_what_trains(tf):
    """What a class of the user's own leaves out of `trainable_variables` is frozen, and the reason says by what."""

    class Half(tf.Module):
        def __init__(self):
            super().__init__(name="half")
            self.a, self.b = tf.Variable([1.0]), tf.Variable([1.0, 2.0])

        @property
        def trainable_variables(self):
            return (self.a,)

    report = check(module(tf, half=Half()), [tf.Variable([1.0] * 3)], [tf.Variable([1.0])])
    assert roles(report)["half/b"] == (Role.FROZEN, "left out of the `trainable_variables` of half")


def test_variables_functions_and_collections(tf, keras):
    """What is no model, and still has variables."""
    one, two = tf.Variable(tf.ones((2, 3)), name="one"), tf.Variable(tf.ones((4,)), name="two", trainable=False)
    assert (count(one).total, count(one).trainable) == (6, 6)
    assert (count([one, two, one]).total, count({"a": one, "b": (two,)}).state) == (10, 4)
    assert count(keras.layers.Dense(2)).total is None
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    assert count([layer, one]).total == 14
    assert count(layer.variables).total == 8
    function = tf.function(lambda inputs: inputs * one[0, 0])
    assert count(function).total is None
    assert "never called" in finding(count(function), "no-variables").message
    function(1.0)
    assert count(function).total == 6
    assert count(function.get_concrete_function(tf.TensorSpec([]))).total == 6


def test_checkpoints(tf, tf_keras, tmp_path):
    """The counters, the optimizer and its slots are none of the model's."""
    model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2)])
    adam = tf_keras.optimizers.Adam()
    adam.build(model.trainable_variables)
    checkpoint = tf.train.Checkpoint(step=tf.Variable(1), optimizer=adam, net=model)
    checkpoint.save(str(tmp_path / "at"))
    report = check(checkpoint, model.weights, model.trainable_weights)
    counters = [one.path for one in report.not_parameters if one.role is Role.COUNTER]
    assert sorted(counters) == ["save_counter", "step"]
    assert check(tf.train.Checkpoint(root=model), model.weights).total == 8


def test_nothing_is_not_zero(tf):
    """A module without variables may create them later, and a frozen graph has constants in their place."""
    report = count(tf.Module(name="empty"))
    assert (report.total, report.lower_bound) == (None, True)
    assert "may create them" in finding(report, "no-variables").message
    constant = tf.ones((5, 6))
    frozen = tf.function(lambda inputs: inputs @ constant).get_concrete_function(tf.TensorSpec([None, 5]))
    assert count(frozen).total is None
    for thing in ([], [1], {"a": tf.constant([1.0])}, tf.constant([1.0])):
        with pytest.raises(UnsupportedObject):
            count(thing)


LEAVES = ("variable", "fixed", "keras_3", "keras_2", "model", "loaded", "shared", "metric", "slots")
TREES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.tuples(st.sampled_from(("list", "dict", "module")), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=10,
)


class Maker:
    """Makes a plan into objects, and keeps the variables that it has made."""

    def __init__(self, tf, keras, tf_keras, path):
        self.tf, self.frameworks, self.path = tf, {"keras_3": keras, "keras_2": tf_keras}, path
        self.every, self.trainable = [], []
        self.shared = module(tf, w=tf.Variable(tf.ones((11,))))

    def make(self, plan):
        if isinstance(plan, str):
            return self.leaf(plan)
        parts = [self.make(part) for part in plan[1]]
        named = {f"p{number}": part for number, part in enumerate(parts)}
        return {"list": parts, "dict": named}.get(plan[0]) or module(self.tf, **named)

    def leaf(self, kind):
        if kind in ("variable", "fixed"):
            made = self.tf.Variable(self.tf.ones((len(self.every) + 1, 2)), trainable=kind == "variable")
            return self.keep(made, [made], kind == "variable")
        if kind in self.frameworks:
            layer = self.frameworks[kind].layers.Dense(3)
            layer.build((None, len(self.every) + 1))
            return self.keep(layer, layer.variables)
        if kind == "model":
            layers = self.frameworks["keras_2"].layers
            model = self.frameworks["keras_2"].Sequential([layers.InputLayer((4,)), layers.Dense(2)])
            return self.keep(model, model.variables)
        if kind == "loaded":
            made = loaded(self.tf, self.path)
            return self.keep(made, [made.w])
        if kind == "shared":
            return self.keep(self.shared, [self.shared.w])
        if kind == "metric":
            return self.frameworks["keras_2"].metrics.Mean()
        optimizer = self.frameworks["keras_3"].optimizers.SGD(momentum=0.5)
        optimizer.build([self.frameworks["keras_3"].Variable([1.0])])
        return optimizer

    def keep(self, made, variables, trains=True):
        self.every += variables
        self.trainable += variables if trains else []
        return made


@settings(
    max_examples=int(ASKED or 15),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=ASKED is None,
)
@given(plan=TREES)
def test_any_nesting_of_modules_layers_and_containers(tf, keras, tf_keras, tmp_path_factory, plan):
    """The total is the sum over the variables that were made, each once."""
    path = tmp_path_factory.getbasetemp() / "inner"
    if not path.exists():
        saved(tf, module(tf, w=tf.Variable(tf.ones((5,)))), path)
    maker = Maker(tf, keras, tf_keras, path)
    root = module(tf, root=maker.make(plan))
    if maker.every:
        check(root, maker.every, maker.trainable)
    else:
        assert count(root).total in (0, None)
