"""Texts that import tf_keras get its names, its options and its counts."""

from __future__ import annotations

import warnings

import pytest

from oracle_frameworks import framework
from paramcount import typed
from paramcount.architecture.describe import model_of
from paramcount.report import Report
from typed.texts import TF_KERAS

pytestmark = pytest.mark.oracle
tf_keras = framework("tf_keras")
if tf_keras is None:
    pytest.skip("needs tf_keras", allow_module_level=True)


@pytest.mark.parametrize("name", list(TF_KERAS))
def test_a_text_gives_the_layers_and_the_count_of_tf_keras(name: str) -> None:
    tf_keras.backend.clear_session()
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(TF_KERAS[name], names)  # noqa: S102
    real = names["model"]
    (model,) = typed.read_models(TF_KERAS[name], "text.py")
    theirs = [(layer["class_name"], layer["config"]["name"]) for layer in real.get_config()["layers"]]
    ours = [(layer["class_name"], layer["config"]["name"]) for layer in model.config["config"]["layers"]]
    assert ours == theirs
    assert model.config["config"]["name"] == real.name
    assert all(layer["module"].startswith("tf_keras") for layer in model.config["config"]["layers"])
    totals = Report(model_of(model.config, tf_keras=True)).totals
    assert totals.total.parameters == real.count_params()
    assert totals.trainable.parameters == sum(int(weight.shape.num_elements()) for weight in real.trainable_weights)
