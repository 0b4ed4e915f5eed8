"""SavedModels and checkpoints that nobody here wrote: ``PARAMCOUNT_CORPUS`` names a folder of them with their truth.

See ``test_corpus.py`` for the form of the truth, which for these kinds was found with TensorFlow's own reader.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import paramcount

FOLDER = Path(os.environ.get("PARAMCOUNT_CORPUS", ""))
KINDS = ("savedmodel", "ckpt")
OTHERWISE = {
    # The truth counts the averages that TensorFlow 1 starts from zero, and their steps: Keras counts this MobileNet
    # with its ten outputs as 3,228,864 + 10,250, and knows none of them.
    "mobilenet_aesthetic": (3_239_114, 137),
    # The truth is what TensorFlow 2 makes of it when it is loaded, which leaves out variables of the old kind.
    "saved_model_half_plus_two_mkl": (9, 9),
}
"""Part of a path to total and tensors, where the truth is known to count something else."""


def entries():
    truth = FOLDER / "truth.json"
    if not os.environ.get("PARAMCOUNT_CORPUS") or not truth.exists():
        return []
    return [entry for entry in json.loads(truth.read_text(encoding="utf-8")) if entry["kind"] in KINDS]


def name(entry):
    parts = entry["file"].split("/")
    return "/".join(parts[-3:])


def expected_of(entry):
    known = next((value for part, value in OTHERWISE.items() if part in entry["file"].split("/")), None)
    return known or (entry["expected"]["total"], entry["expected"]["tensors"])


@pytest.mark.skipif(not entries(), reason="PARAMCOUNT_CORPUS names no corpus")
@pytest.mark.parametrize("entry", entries(), ids=name)
def test_a_real_model_of_tensorflow_equals_its_truth(entry):
    path, expected = FOLDER / entry["file"], entry["expected"]
    report = paramcount.count(path)

    assert report.reconcile().holds
    assert expected_of(entry) == (report.total, report.tensors)
    if expected.get("trainable") is not None:
        assert (expected["trainable"], expected["non_trainable"]) == (report.trainable, report.non_trainable)
    if "all_numeric_total" in expected:
        assert expected["all_numeric_total"] == report.reconcile().stored


@pytest.mark.skipif(not entries(), reason="PARAMCOUNT_CORPUS names no corpus")
@pytest.mark.parametrize("entry", entries(), ids=name)
def test_a_real_model_of_tensorflow_counts_alike_however_it_is_named(entry):
    path = FOLDER / entry["file"]
    names = [path.parent] if entry["kind"] == "savedmodel" else [path.with_suffix("")]
    first = paramcount.count(path)
    for other in names:
        report = paramcount.count(other)
        assert (first.total, first.trainable, first.tensors) == (report.total, report.trainable, report.tensors)


@pytest.mark.skipif(not entries(), reason="PARAMCOUNT_CORPUS names no corpus")
def test_what_is_more_than_the_truth_is_told_by_its_names():
    entry = next((entry for entry in entries() if "mobilenet_aesthetic" in entry["file"]), None)
    if entry is None:
        pytest.skip("the corpus has no such model")
    report = paramcount.count(FOLDER / entry["file"])
    names = ("biased", "local_step")
    averages = [variable for variable in report.not_parameters if variable.name.startswith(names)]

    assert entry["expected"]["total"] - report.total == sum(variable.parameters for variable in averages) == 21_942
    assert (21_888, 3_217_226) == (report.state, report.undetermined + report.trainable + report.frozen)
