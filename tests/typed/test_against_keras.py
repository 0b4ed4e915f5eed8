"""What is read from a text is what real Keras builds when it runs the text."""

from __future__ import annotations

import json
import os

import pytest

from oracle_frameworks import framework
from paramcount import typed
from paramcount.architecture.describe import model_of
from paramcount.report import Report
from typed.comparing import cases, differences, run_with_keras
from typed.programs import program

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
    text = cases()[name]
    real = run_with_keras(keras, text)
    for model in typed.read_models(text, "text.py"):
        built = real[model.name]
        totals = Report(model_of(model.config)).totals
        assert totals.total.parameters == built.count_params()
        assert totals.trainable.parameters == sum(int(keras.ops.size(weight)) for weight in built.trainable_weights)


@pytest.mark.parametrize("seed", range(int(os.environ.get("PARAMCOUNT_EXAMPLES", "40"))))
def test_a_random_program_gives_the_config_and_the_count_of_keras(seed: int) -> None:
    text = program(seed)
    real = run_with_keras(keras, text)["model"]
    (model, *_) = [found for found in typed.read_models(text, "text.py") if found.name == "model"]
    assert differences(model.config["config"], json.loads(real.to_json())["config"]) == [], text
    totals = Report(model_of(model.config)).totals
    assert totals.total.parameters == real.count_params(), text
    assert totals.trainable.parameters == sum(int(keras.ops.size(weight)) for weight in real.trainable_weights), text
