"""Models and layers of somebody's own: counted from what is stored, with bounds that hold whatever trains."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from test_stored_forms import own_count

import paramcount
from oracle_frameworks import framework

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def classes(keras: Any) -> dict[str, Callable[[], Any]]:
    """Makers of models with classes of their own, each built and called."""
    layers = keras.layers

    class Scale(layers.Layer):
        """Two trainable weights, and one that is not."""

        def build(self, shape):
            self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="ones")
            self.offset = self.add_weight(name="offset", shape=(1,), initializer="zeros")
            self.seen = self.add_weight(name="seen", shape=(3,), initializer="zeros", trainable=False)
            super().build(shape)

        def call(self, x):
            return x * self.scale + self.offset

    class Block(layers.Layer):
        """Layers of Keras as attributes, in a list and in a dict, and a weight of its own."""

        def __init__(self, **options):
            super().__init__(**options)
            self.first = layers.Dense(4)
            self.norm = layers.BatchNormalization()
            self.more = [layers.Dense(4), layers.LayerNormalization()]
            self.named = {"a": layers.Dense(4, use_bias=False)}

        def build(self, shape):
            self.gain = self.add_weight(name="gain", shape=(4,), initializer="ones")
            for layer in (self.first, self.norm, *self.more, self.named["a"]):
                layer.build((None, 4))
            super().build(shape)

        def call(self, x):
            x = self.norm(self.first(x)) * self.gain
            for layer in self.more:
                x = layer(x)
            return self.named["a"](x)

    class Net(keras.Model):
        """A subclassed model with a model, a list of layers, a loss tracker and a frozen layer."""

        def __init__(self, frozen=False, **options):
            super().__init__(**options)
            self.encoder = keras.Sequential([keras.Input((4,)), layers.Dense(6), layers.BatchNormalization()])
            self.heads = [layers.Dense(3), layers.Dense(2)]
            self.tracker = keras.metrics.Mean(name="loss_total")
            if frozen:
                self.heads[0].trainable = False

        def call(self, x):
            x = self.encoder(x)
            for head in self.heads:
                x = head(x)
            return x

    def sequential(make_layer: Any, frozen: bool = False) -> Any:
        layer = make_layer()
        model = keras.Sequential([keras.Input((4,)), layers.Dense(4), layer, layers.Dense(2)])
        layer.trainable = not frozen
        return model

    def subclassed(frozen: bool = False, whole: bool = False) -> Any:
        model = Net(frozen)
        model(np.zeros((2, 4), "float32"))
        if whole:
            model.trainable = False
        return model

    def trained(make: Callable[[], Any]) -> Any:
        model = make()
        model.compile(keras.optimizers.Adam(), "mse")
        model.fit(np.zeros((8, 4)), np.zeros((8, 2)), verbose=0)
        return model

    makers = {
        "custom layer": partial(sequential, Scale),
        "custom layer frozen": partial(sequential, Scale, frozen=True),
        "custom block": partial(sequential, Block),
        "custom block frozen": partial(sequential, Block, frozen=True),
        "subclassed": subclassed,
        "subclassed with a frozen head": partial(subclassed, frozen=True),
        "subclassed and frozen": partial(subclassed, whole=True),
    }
    learning = ("custom layer", "custom block", "subclassed", "subclassed with a frozen head")
    return makers | {f"{name}, trained": partial(trained, makers[name]) for name in learning}


NAMES = [
    "custom layer", "custom layer frozen", "custom block", "custom block frozen", "subclassed",
    "subclassed with a frozen head", "subclassed and frozen", "custom layer, trained", "custom block, trained",
    "subclassed, trained", "subclassed with a frozen head, trained",
]  # fmt: skip


@pytest.mark.parametrize("which", ["keras", "tf_keras"])
@pytest.mark.parametrize("name", NAMES)
def test_what_trains_lies_between_the_bounds(which, name, tmp_path):
    """The total is exact; what is called trainable trains, and what is called frozen or state does not."""
    keras = framework(which)
    if keras is None:
        pytest.skip(f"{which} is not installed")
    keras.backend.clear_session()
    model = classes(keras)[name]()
    expected = own_count(model)
    forms = ["keras", "weights.h5"] + ([] if name.startswith("subclassed") else ["h5"])
    for form in forms:
        path = tmp_path / f"model.{form}"
        try:
            (model.save_weights if form == "weights.h5" else model.save)(path)
        except ValueError as error:
            # tf_keras cannot write a layer with two weights of one name to HDF5.
            if "name already exists" in str(error):
                continue
            raise
        report = paramcount.count(path)
        totals = report.totals

        assert report.reconcile().holds, form
        # tf_keras counts the metrics that a model holds among its weights; stored, they are told from the layers.
        metrics = sum(v.parameters for v in report.not_parameters if v.role == "metric") if which == "tf_keras" else 0
        assert expected.total - metrics <= report.total <= expected.total, form
        assert totals.trainable.parameters <= expected.trainable, form
        assert totals.trainable.parameters + totals.undetermined.parameters >= expected.trainable, form
        # The slots tell shapes alone: in tf_keras, a block's statistics may have the shape of its biases.
        if name.endswith("trained") and form == "keras" and (which, name) != ("tf_keras", "custom block, trained"):
            assert (totals.trainable.parameters, totals.undetermined.parameters) == (expected.trainable, 0)
        if name.endswith("layer frozen") and form == "keras":
            assert expected.trainable == report.trainable
