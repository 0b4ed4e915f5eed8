"""Random models: layers, nesting, sharing, freezing and saving in any combination, against the framework's count.

``PARAMCOUNT_EXAMPLES`` sets how many models a run makes of each kind.
"""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stored_forms import our_count, own_count

import paramcount
from oracle_frameworks import framework

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

EXAMPLES = int(os.environ.get("PARAMCOUNT_EXAMPLES", "40"))
WIDTH = 4

LEAVES = ("Dense", "BatchNormalization", "LayerNormalization", "PReLU", "Dropout", "Activation", "bare Dense", "wide")
KINDS = st.sampled_from(LEAVES)
PLANS = st.recursive(
    st.lists(KINDS, min_size=1, max_size=3),
    lambda inner: st.lists(
        st.one_of(KINDS, st.tuples(st.sampled_from(["functional", "sequential"]), inner), st.just("again")),
        min_size=1,
        max_size=4,
    ),
    max_leaves=8,
)
"""A list of layers; a pair is a model inside, ``again`` the use of a layer that stands in the model already."""


class Builder:
    """Makes one model from a plan."""

    def __init__(self, keras: Any, named: bool) -> None:
        self.keras = keras
        self.named = named
        self.layers: list[Any] = []
        self.models: list[Any] = []

    def leaf(self, kind: str, number: int = 0) -> Any:
        """One layer; its given name is its place in its model, so that two models may hold layers of one name."""
        layers = self.keras.layers
        name = f"layer_{number}" if self.named else None
        if kind == "Activation":
            return layers.Activation("relu", name=name)
        if kind == "Dropout":
            return layers.Dropout(0.5, name=name)
        if kind in ("Dense", "bare Dense"):
            made = layers.Dense(WIDTH, use_bias=kind == "Dense", name=name)
        elif kind == "wide":
            made = self.keras.Sequential([self.keras.Input((WIDTH,)), layers.Dense(7), layers.Dense(WIDTH)], name=name)
        else:
            made = getattr(layers, kind)(name=name)
        self.layers.append(made)
        return made

    def model(self, plan: list[Any], functional: bool) -> Any:
        parts = []
        for number, part in enumerate(plan):
            if isinstance(part, tuple):
                parts.append(self.model(part[1], part[0] == "functional"))
            elif part == "again":
                # A layer may stand twice in a Functional model, but not in a Sequential.
                names = {layer.name for layer in parts}
                again = self.layers[len(self.layers) // 2] if functional and self.layers else None
                if again is not None and again.name not in names:
                    parts.append(again)
            else:
                parts.append(self.leaf(part, number))
        inputs = self.keras.Input((WIDTH,))
        if not functional:
            made = self.keras.Sequential([inputs, *(parts or [self.leaf("Dense")])])
        else:
            x = inputs
            for part in parts or [self.leaf("Dense")]:
                x = part(x)
            made = self.keras.Model(inputs, x)
        self.models.append(made)
        return made


def freeze(builder: Builder, flags: list[tuple[bool, int, bool]]) -> None:
    """Set flags in turn: on a model or a layer, by number, off or on."""
    tf_keras = not builder.keras.__version__.startswith("3")
    for on_model, number, value in flags:
        things = builder.models if on_model else builder.layers
        if not things:
            continue
        thing = things[number % len(things)]
        # tf_keras does not store the flag of a Sequential, so that a layer inside must not contradict it.
        if not (tf_keras and value):
            thing.trainable = value


@pytest.mark.parametrize("which", ["keras", "tf_keras"])
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    plan=PLANS,
    flags=st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.booleans()), max_size=4),
    named=st.booleans(),
    functional=st.booleans(),
    compiled=st.booleans(),
)
def test_any_model_counts_as_the_framework_does(which, tmp_path, plan, flags, named, functional, compiled):
    """In every form that holds the config; a weights file gives the total."""
    keras = framework(which)
    if keras is None:
        pytest.skip(f"{which} is not installed")
    keras.backend.clear_session()
    builder = Builder(keras, named)
    model = builder.model(plan, functional)
    freeze(builder, flags)
    if compiled and model.trainable_weights:
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    expected = own_count(model)
    for form in ("keras", "h5", "weights.h5"):
        path = tmp_path / f"model.{form}"
        path.unlink(missing_ok=True)
        (model.save_weights if form == "weights.h5" else model.save)(path)
        report = paramcount.count(path)

        assert report.reconcile().holds, form
        if any(finding.id in ("shared-by-name", "same-names") for finding in report.findings):
            continue
        if form == "weights.h5":
            assert expected[:2] == our_count(report)[:2]
        else:
            assert expected == our_count(report), form
    del builder, model
    gc.collect()
