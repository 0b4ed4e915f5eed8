"""Real files that nobody here wrote: ``PARAMCOUNT_CORPUS`` names a folder of them with their truth.

``truth.json`` is a list of ``{"file", "kind", "expected": {"total", "tensors", "trainable", "non_trainable"}}``.
The files are not part of this repository, so without the folder there is nothing to compare.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

import paramcount
from config_only import config_of, count_config

FOLDER = Path(os.environ.get("PARAMCOUNT_CORPUS", ""))
KINDS = ("h5", "keras", "lfs_pointer")
WITH_CONFIG = ("h5", "keras", "config_json")
EXACT, WHY_NOT, NO_CONFIG = "exact", "says why not", "holds no config"


def entries(kinds=KINDS):
    truth = FOLDER / "truth.json"
    if not os.environ.get("PARAMCOUNT_CORPUS") or not truth.exists():
        return []
    return [entry for entry in json.loads(truth.read_text(encoding="utf-8")) if entry["kind"] in kinds]


@pytest.mark.skipif(not entries(), reason="PARAMCOUNT_CORPUS names no corpus")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["file"].rpartition("/")[2])
def test_a_real_file_equals_its_truth(entry):
    path, expected = FOLDER / entry["file"], entry["expected"]
    if entry["kind"] == "lfs_pointer":
        with pytest.raises(paramcount.ParamcountError) as caught:
            paramcount.count(path)
        assert caught.value.slug == "lfs-pointer"
        return
    report = paramcount.count(path)

    assert report.reconcile().holds
    if report.lower_bound:
        # The truth says 0 for a model that was saved before it was built: nothing is known, which is not nothing.
        assert (expected["total"], report.total) == (0, None)
        return
    assert (expected["total"], expected["tensors"]) == (report.total, report.tensors)
    if expected.get("trainable") is not None:
        assert (expected["trainable"], expected["non_trainable"]) == (report.trainable, report.non_trainable)


def from_config_alone(entry):
    """What comes of the config without the weights; a number that is not the truth fails."""
    config, expected = config_of(FOLDER / entry["file"]), entry["expected"]
    if config is None:
        return NO_CONFIG
    report = count_config(config)
    assert report.reconcile().holds
    if report.lower_bound:
        assert any(finding.id in ("size-unknown", "custom-layer") for finding in report.findings)
        # The truth says 0 for a model that was saved before it was built.
        assert (report.total or 0) <= expected["total"] or expected["total"] == 0
        return WHY_NOT
    assert (expected["total"], expected["tensors"]) == (report.total, report.tensors)
    if expected.get("trainable") is not None:
        assert (expected["trainable"], expected["non_trainable"]) == (report.trainable, report.non_trainable)
    return EXACT


@pytest.mark.skipif(not entries(WITH_CONFIG), reason="PARAMCOUNT_CORPUS names no corpus")
@pytest.mark.parametrize("entry", entries(WITH_CONFIG), ids=lambda entry: entry["file"].rpartition("/")[2])
def test_a_real_config_alone_equals_its_truth_or_says_why_not(entry):
    assert from_config_alone(entry) in (EXACT, WHY_NOT, NO_CONFIG)


@pytest.mark.skipif(not entries(WITH_CONFIG), reason="PARAMCOUNT_CORPUS names no corpus")
def test_nearly_every_real_config_is_enough_alone(capsys):
    """Nine of ten configs need no weights to be counted; ``pytest -s`` shows how many."""
    found = Counter(from_config_alone(entry) for entry in entries(WITH_CONFIG))
    with capsys.disabled():
        print(f"\nconfigs alone: {', '.join(f'{number} {kind}' for kind, number in found.most_common())}")

    assert found[EXACT] >= 9 * found[WHY_NOT]
