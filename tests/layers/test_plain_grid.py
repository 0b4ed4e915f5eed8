"""Output shapes of activations, regularization, inputs and Lambda, against Keras 3 and tf_keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from layer_oracle import Case, keras3_facts, tf_keras_facts
from paramcount.layers.given import Given
from paramcount.layers.plain import OUTPUTS
from weightless_family import agree, batch, names, shape

if TYPE_CHECKING:
    import random

NEEDS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "relu"},
    **{f"SpatialDropout{rank}D": {"rate": 0.3} for rank in (1, 2, 3)},
    **{name: {"rate": 0.3} for name in "AlphaDropout Dropout GaussianDropout".split()},
    "GaussianNoise": {"stddev": 0.5},
}


def activation(draw: random.Random) -> Case:
    name = draw.choice(names("activations", "ThresholdedReLU"))
    return Case(name, NEEDS.get(name, {}), shape(draw, draw.randint(1, 4)))


def regularization(draw: random.Random) -> Case:
    name = draw.choice(names("regularization"))
    axes = int(name[-2]) + 1 if name.startswith("Spatial") else draw.randint(1, 4)
    return Case(name, NEEDS.get(name, {}), shape(draw, axes))


def plain(draw: random.Random) -> Case:
    name = draw.choice(names("plain", "InputLayer", "Lambda", "Masking"))
    return Case(name, {}, shape(draw, draw.randint(1, 4)))


def masking(draw: random.Random) -> Case:
    return Case("Masking", {}, (batch(draw), *shape(draw, 1)))


def thresholded(draw: random.Random) -> Case:
    return Case("ThresholdedReLU", {"theta": 0.5}, shape(draw, draw.randint(1, 4)))


@pytest.mark.oracle
@pytest.mark.parametrize("tf_keras", [False, True])
def test_layers_that_change_values_only_keep_the_shape(tf_keras: bool) -> None:
    agree("activations", [activation, *[thresholded] * tf_keras], 20, tf_keras)
    agree("regularization", [regularization], 20, tf_keras)
    agree("plain", [plain, masking], 10, tf_keras)


@pytest.mark.oracle
def test_identity_passes_on_a_nest_of_inputs() -> None:
    inputs: Any = {"first": (None, 3), "second": ((None, 4), (2, 5))}
    facts = keras3_facts("Identity", {}, inputs)
    assert facts is not None
    assert OUTPUTS["Identity"](Given({}, inputs)) == facts.output == inputs


@pytest.mark.oracle
@pytest.mark.parametrize("inputs", [(None, 3), (4, 3), (None, None)])
def test_a_lambda_has_the_shape_that_its_option_names(inputs: Any) -> None:
    def function(values: Any) -> Any:
        return values

    options = {"function": function, "output_shape": (inputs[1],)}
    for facts_of, old in ((keras3_facts, False), (tf_keras_facts, True)):
        facts = facts_of("Lambda", options, inputs)
        assert facts is not None
        assert OUTPUTS["Lambda"](Given({"output_shape": [inputs[1]]}, inputs, old)) == facts.output


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"output_shape": None},
        {"output_shape": "shape_of", "output_shape_type": "function"},
        {"output_shape": ["4wEAAAA=", None, None], "output_shape_type": "lambda"},
        {"output_shape": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}},
        {"output_shape": [[3], [4]]},
        {"output_shape": [-1]},
    ],
)
def test_a_lambda_without_a_plain_shape_has_none(config: dict[str, Any]) -> None:
    assert OUTPUTS["Lambda"](Given(config, (None, 3))) is None


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({"batch_shape": [None, 28, 28, 3]}, (None, 28, 28, 3)),
        ({"batch_input_shape": [2, 5]}, (2, 5)),
        ({"shape": [5], "batch_size": 4}, (4, 5)),
        ({"input_shape": [None, 5]}, (None, None, 5)),
        ({"batch_shape": "x"}, None),
        ({}, None),
    ],
)
def test_an_input_layer_gives_what_its_options_say(config: dict[str, Any], output: Any) -> None:
    assert OUTPUTS["InputLayer"](Given(config)) == output
