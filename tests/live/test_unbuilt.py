"""Models that are not built: never 0, countable for a given shape, and left exactly as they were."""

import os
import subprocess
import sys

import pytest

from live.helpers import agree, fingerprint
from paramcount import count
from paramcount.errors import CannotBuild


def make(keras):
    """Classes of unbuilt models of either framework."""
    layers = keras.layers

    class InLists(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.1)]
            self.table = {"a": [layers.Dense(3, trainable=False)]}
            self.unused_list = []

        def call(self, x, training=False):
            for block in self.blocks:
                x = block(x, training=training) if not isinstance(block, layers.Dense) else block(x)
            return self.table["a"][0](x)

    class Nested(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = InLists()
            self.outer = keras.Sequential([layers.Dense(5), InLists()])

        def call(self, x, training=None, mask=None):
            return self.outer(self.inner(x, training=training))

    class Custom(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(name="kernel", shape=(shape[-1], 6))
            self.statistic = self.add_weight(name="statistic", shape=(6,), trainable=False)
            self.late = layers.Dense(2)
            self.late.build((None, 6))
            self.built = True

        def call(self, x):
            return self.late(x @ self.kernel)

    class WithCustom(keras.Model):
        def __init__(self):
            super().__init__()
            self.custom = Custom()
            self.attention = layers.MultiHeadAttention(2, 3)
            self.both = layers.Bidirectional(layers.GRU(3))

        def call(self, x):
            x = self.custom(x)
            return self.both(self.attention(x, x))

    class TwoInputs(keras.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right, self.join = layers.Dense(3), layers.Dense(3), layers.Concatenate()

        def call(self, inputs):
            if isinstance(inputs, dict):
                inputs = [inputs["left"], inputs["right"]]
            left, right = inputs
            return self.join([self.left(left), self.right(right)])

    class Shared(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = layers.Dense(4)
            self.again = [self.one, keras.Sequential([self.one, layers.Dense(4)])]

        def call(self, x):
            return self.again[1](self.again[0](x))

    class PartBuilt(keras.Model):
        def __init__(self):
            super().__init__()
            self.base = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.BatchNormalization()])
            self.base.trainable = False
            self.head = layers.Dense(2)

        def call(self, x):
            return self.head(self.base(x))

    return [
        (InLists, (6,), (2, 6)),
        (Nested, (6,), (2, 6)),
        (WithCustom, (5, 6), (2, 5, 6)),
        (TwoInputs, [(4,), (5,)], [(2, 4), (2, 5)]),
        (TwoInputs, {"left": (4,), "right": (5,)}, {"left": (2, 4), "right": (2, 5)}),
        (Shared, (4,), (2, 4)),
        (PartBuilt, (6,), (2, 6)),
        (lambda: keras.Sequential([layers.Dense(4), layers.Flatten(), layers.Dense(2)]), (3, 5), (2, 3, 5)),
        (lambda: keras.Sequential([keras.Sequential([layers.Conv2D(4, 3)])]), (8, 8, 3), (2, 8, 8, 3)),
        (lambda: keras.Sequential([layers.Reshape((7,)), layers.Embedding(9, 4), layers.LSTM(3)]), (7,), (2, 7)),
        (lambda: layers.Dense(4), (3,), (2, 3)),
        (lambda: keras.Sequential([layers.Normalization(), layers.Dense(4)]), (3,), (2, 3)),
    ]  # fmt: skip


CASES = range(12)


def ones(keras, shape):
    import numpy as np

    if isinstance(shape, dict):
        return {key: ones(keras, value) for key, value in shape.items()}
    if isinstance(shape, list):
        return [ones(keras, value) for value in shape]
    return np.ones(shape, "float32")


def summary(report):
    """The numbers of a report and of all its rows, without the names that Keras may number differently."""
    rows = [(row.depth, row.parameters, row.totals) for row in report]
    return report.total, report.trainable, report.frozen, report.state, report.tensors, rows


@pytest.mark.parametrize("case", CASES)
def test_an_unbuilt_model_is_a_lower_bound(either, case):
    """It is unknown, or "at least" what exists already; what to do is part of the finding."""
    model = make(either)[case][0]()
    report = count(model)
    assert report.lower_bound
    assert report.total != 0
    assert report.reconcile().holds
    (found,) = [one for one in report.findings if one.id == "not-built"]
    assert "input_shape" in found.advice


@pytest.mark.parametrize("case", CASES)
def test_counting_for_a_shape_gives_what_building_gives(either, case):
    """Total, split, tensors and rows are those of the same model once it was called."""
    create, shape, called_on = make(either)[case]
    model = create()
    report = count(model, input_shape=shape)
    assert not report.lower_bound
    assert report.reconcile().holds
    model(ones(either, called_on))
    built = agree(model)
    assert summary(report) == summary(built)
    assert summary(count(model, input_shape=(1, 2, 3))) == summary(built)


@pytest.mark.parametrize("case", CASES)
def test_the_model_is_left_as_it_was(either, case):
    """Every attribute of every layer, the counters of names and all random generators are what they were."""
    create, shape, _ = make(either)[case]
    model = create()
    base = next(cls for cls in type(model).__mro__ if cls.__name__ == "Layer")
    keep, before = fingerprint(base)
    count(model, input_shape=shape)
    after = fingerprint(base)[1]
    assert {key: value for key, value in after.items() if key in before} == before
    assert count(model).lower_bound
    del keep


@pytest.mark.parametrize("case", [0, 6, 7])
def test_a_counted_model_can_still_be_trained(either, case):
    """What counting created is gone: the model builds, fits and predicts as if nothing had happened."""
    create, shape, called_on = make(either)[case]
    model = create()
    count(model, input_shape=shape)
    inputs = ones(either, called_on)
    outputs = model(inputs)
    model.compile("sgd", "mse")
    model.fit(inputs, ones(either, tuple(outputs.shape)), verbose=0)
    assert not count(model).lower_bound


def test_layers_that_only_a_closure_holds_are_put_back_too(either):
    """Keras does not count them, but building the model builds them."""
    outside = either.layers.Dense(3)

    class Closing(either.Model):
        def __init__(self):
            super().__init__()
            self.head = either.layers.Dense(2)

        def call(self, x):
            return self.head(outside(x))

    assert count(Closing(), input_shape=(4,)).total == 8
    assert (outside.built, outside.weights) == (False, [])
    outside(ones(either, (2, 4)))
    assert len(outside.get_weights()) == 2


def test_the_names_of_later_layers_do_not_change(either):
    """The numbers that Keras gives layers go on where they were."""
    first = either.layers.Dense(2).name
    model = either.Sequential([either.layers.Dense(2), either.layers.Dense(2)])
    number = int(first.rpartition("_")[2]) if "_" in first else 0
    count(model, input_shape=(3,))
    assert either.layers.Dense(2).name == f"dense_{number + 3}"


def test_a_failure_names_the_reason_and_changes_nothing(either):
    """The framework's own reason in one line, and the model can be counted for a better shape."""
    model = either.Sequential([either.layers.Conv2D(4, 3), either.layers.Flatten(), either.layers.Dense(2)])
    with pytest.raises(CannotBuild) as caught:
        count(model, input_shape=(8,))
    assert "(None, 8)" in str(caught.value)
    assert "ndim" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert model.built is False
    assert count(model, input_shape=(8, 8, 3)).total == 4 * 28 + 2 * (36 * 4 + 1)


def test_code_of_the_model_that_fails(either):
    """An error of the user's own code is the reason, not a traceback."""

    class Broken(either.Model):
        def __init__(self):
            super().__init__()
            self.head = either.layers.Dense(2)

        def call(self, x):
            raise RuntimeError("no such thing")

    with pytest.raises(CannotBuild, match="no such thing"):
        count(Broken(), input_shape=(3,))


def test_inputs_of_whole_numbers(either):
    """Where floats cannot be used, integers are tried."""

    class Picky(either.Model):
        def __init__(self):
            super().__init__()
            self.table = either.layers.Embedding(5, 2)

        def call(self, x):
            if "int" not in str(x.dtype):
                raise TypeError("whole numbers only")
            return self.table(x)

    assert count(Picky(), input_shape=(3,)).total == 10


def test_several_arguments_of_call(keras):
    """A list of shapes is spread over the arguments that `call` requires."""

    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = keras.layers.Dense(2), keras.layers.Dense(2)

        def call(self, left, right):
            return self.a(left) + self.b(right)

    assert count(Two(), input_shape=[(3,), (4,)]).total == 8 + 10
    assert count(Two(), input_shape={"left": (3,), "right": (4,)}).total == 8 + 10


def test_a_model_that_only_build_was_called_on_is_partly_built(keras):
    """Keras 3 then says 0 without an error; the count says that nothing is known."""

    class Sub(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.drop = keras.layers.Dense(2, name="a"), keras.layers.Dropout(0.1)

        def call(self, x):
            return self.drop(self.a(x))

    model = Sub()
    with pytest.warns(UserWarning, match="build"):
        model.build((None, 3))
    assert model.count_params() == 0
    report = count(model)
    assert (report.total, report.lower_bound) == (None, True)
    assert [layer.path for layer in report.unknown_layers] == ["a"]
    assert count(model, input_shape=(3,)).total == 8


def test_a_layer_that_was_never_called_makes_the_count_a_lower_bound(either):
    """The rest is counted, also when a shape is given: no shape reaches a layer that is not used."""

    class Unused(either.Model):
        def __init__(self):
            super().__init__()
            self.used, self.unused = either.layers.Dense(2), either.layers.Dense(1000, name="unused")

        def call(self, x):
            return self.used(x)

    model = Unused()
    for report in (count(model, input_shape=(3,)), model(ones(either, (1, 3))) is None or count(model)):
        assert (report.total, report.lower_bound) == (8, True)
        assert [layer.path for layer in report.unknown_layers] == ["unused"]


def test_layers_that_own_nothing_never_make_it_one(either):
    """Dropout, activations, pooling and merging are known to stay empty."""
    layers = either.layers
    empty = [layers.Dropout(0.1), layers.Activation("relu"), layers.Flatten(), layers.MaxPool2D(), layers.Concatenate()]
    for layer in [*empty, layers.Reshape((3,)), layers.Rescaling(2.0), layers.Add(), layers.ReLU()]:
        assert not count(layer).lower_bound, layer


def test_custom_layers_of_unknown_weights_are_unknown(either):
    """A class that overrides `build` may create anything there."""

    class Custom(either.layers.Layer):
        def build(self, shape):
            super().build(shape)

    assert count(Custom()).total is None
    assert count(either.Sequential()).total is None


def test_pretrained_weights_keep_their_values(either):
    """A part that is built already is called while counting, and not changed."""
    create, shape, _ = make(either)[6]
    model = create()
    before = [value.tolist() for value in model.base.get_weights()]
    nodes = len(model.base.layers[0]._inbound_nodes)
    report = count(model, input_shape=shape)
    assert (report.frozen, report.state, report.trainable) == (28 + 8, 8, 10)
    assert [value.tolist() for value in model.base.get_weights()] == before
    assert len(model.base.layers[0]._inbound_nodes) == nodes


LARGE = """
import resource, sys
{imports}
import paramcount

class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.up, self.down = keras.layers.Dense(16384), keras.layers.Dense(4096)
    def build(self, shape):
        self.up.build(shape); self.down.build((*shape[:-1], 16384))
        self.built = True
    def call(self, x):
        return self.down(self.up(x))

class Large(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [Block() for _ in range(5)]
        self.head = keras.layers.Dense(14576)
    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)

model = Large()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = paramcount.count(model, input_shape=(4096,))
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print(report.total, grown, model.built, len(model.weights) if model.built else 0)
"""


@pytest.mark.parametrize("imports", ["import keras", "import tf_keras as keras"])
def test_a_model_of_700_million_parameters_takes_no_memory(imports, tmp_path):
    """2.9 GB of weights are counted in less than 200 MB."""
    pytest.importorskip(imports.split()[1])
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    code = LARGE.format(imports=imports)
    done = subprocess.run(  # noqa: PLW1510 - the message of a failure is asserted below
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    total, grown, built, weights = done.stdout.split()
    expected = 5 * (4096 * 16384 + 16384 + 16384 * 4096 + 4096) + 4097 * 14576
    assert (int(total), built, weights) == (expected, "False", "0")
    assert int(grown) < 200
