"""Real files that nobody here wrote: ``PARAMCOUNT_CORPUS`` names a folder of them with their truth.

``truth.json`` is a list of ``{"file", "kind", "expected": {"total", "tensors", "trainable", "non_trainable"}}``.
The files are not part of this repository, so without the folder there is nothing to compare.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import paramcount

FOLDER = Path(os.environ.get("PARAMCOUNT_CORPUS", ""))
KINDS = ("h5", "keras", "lfs_pointer")


def entries():
    truth = FOLDER / "truth.json"
    if not os.environ.get("PARAMCOUNT_CORPUS") or not truth.exists():
        return []
    return [entry for entry in json.loads(truth.read_text(encoding="utf-8")) if entry["kind"] in KINDS]


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
