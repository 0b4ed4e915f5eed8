"""What is read from a text is what real Keras builds when it runs the text."""

from __future__ import annotations

import json

import pytest
from oracle_frameworks import framework
from typed.comparing import cases, differences, run_with_keras

from paramcount import typed

pytestmark = pytest.mark.oracle
keras = framework("keras")
if keras is None:
    pytest.skip("needs Keras 3", allow_module_level=True)


@pytest.mark.parametrize("name", list(cases()))
def test_a_text_gives_the_config_of_the_model_that_keras_builds(name: str) -> None:
    text = cases()[name]
    real = run_with_keras(keras, text)
    found = typed.read_models(text, "text.py")
    assert found
    for model in found:
        assert differences(model.config["config"], json.loads(real[model.name].to_json())["config"]) == []


@pytest.mark.parametrize("name", list(cases()))
def test_a_text_counts_to_what_keras_counts(name: str) -> None:
    from paramcount.architecture.describe import model_of
    from paramcount.report import Report

    text = cases()[name]
    real = run_with_keras(keras, text)
    for model in typed.read_models(text, "text.py"):
        built = real[model.name]
        totals = Report(model_of(model.config)).totals
        assert totals.total.parameters == built.count_params()
        assert totals.trainable.parameters == sum(int(keras.ops.size(weight)) for weight in built.trainable_weights)
