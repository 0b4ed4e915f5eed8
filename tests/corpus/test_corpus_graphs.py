"""Real graphs that nobody here wrote: TensorFlow Lite, frozen graphs and TensorFlow.js, compared with their truth.

The truth of ``truth.json`` (see ``test_corpus.py``) is the number of elements of all tensors with values, whatever
they are to the model, and how many have which dtype.
"""

from __future__ import annotations

from collections import Counter

import pytest

import paramcount
from corpus.test_corpus import FOLDER, entries
from paramcount.model import PARAMETER_ROLES

KINDS = ("tflite", "pb", "tfjs", "tfjs_manifest")
NO_WEIGHT = ("a single number", " of ", "what a loop begins with")
"""Why real numbers may be no weights: they have no axis, or an operation takes them as a size or an alternative."""


def elements_by_dtype(variables):
    found = Counter()
    for variable in {variable.key: variable for variable in variables}.values():
        found[variable.dtype] += variable.parameters
    return found


def is_weight_like(dtype):
    return dtype.startswith(("float", "int8", "uint8"))


@pytest.mark.skipif(not entries(KINDS), reason="PARAMCOUNT_CORPUS names no corpus")
@pytest.mark.parametrize("entry", entries(KINDS), ids=lambda entry: entry["file"])
def test_parameters_and_constants_are_all_that_is_stored(entry):
    expected = entry["expected"]
    report = paramcount.count(FOLDER / entry["file"])
    sums = report.reconcile()

    assert sums.holds
    assert expected.get("unique_buffers_total", expected["total"]) == sums.stored == sums.total + sums.not_parameters
    if expected["total"] == 0 and any(finding.id == "opaque-operation" for finding in report.findings):
        # The truth counts what lies outside of a compiled block, which is nothing: nothing is known, which is not 0.
        assert report.total is None
        return
    parameters = elements_by_dtype(one for one in report.variables() if one.role in PARAMETER_ROLES)
    constants = elements_by_dtype(report.not_parameters)
    if "unique_buffers_total" not in expected or expected["unique_buffers_total"] == expected["total"]:
        held = {dtype.lower(): number for dtype, number in expected["by_dtype"].items()}
        assert {dtype: number for dtype, number in (parameters + constants).items() if number} == held
    for one in report.not_parameters:
        assert not is_weight_like(one.dtype) or any(reason in one.reason for reason in NO_WEIGHT), one
    for one in report.variables():
        # Whole numbers of four bytes are parameters only as the biases of quantized operations.
        assert is_weight_like(one.dtype) or one.name == "bias" or "bias" in one.name, one


@pytest.mark.skipif(not entries(KINDS), reason="PARAMCOUNT_CORPUS names no corpus")
def test_how_many_real_numbers_are_no_weights(capsys):
    """``pytest -s`` shows it by kind."""
    kinds: dict[str, Counter[str]] = {}
    for entry in entries(KINDS):
        report = paramcount.count(FOLDER / entry["file"])
        counted = kinds.setdefault(entry["kind"], Counter())
        parameters = elements_by_dtype(one for one in report.variables() if one.role in PARAMETER_ROLES)
        counted["files"] += 1
        counted["unknown"] += report.total is None
        counted["parameters"] += sum(parameters.values())
        counted["of them whole numbers of 4 bytes"] += parameters["int32"]
        others = elements_by_dtype(report.not_parameters)
        counted["real numbers that are none"] += sum(n for dtype, n in others.items() if is_weight_like(dtype))
        counted["other constants"] += sum(n for dtype, n in others.items() if not is_weight_like(dtype))
    with capsys.disabled():
        for kind, counted in kinds.items():
            print(f"\n{kind}: {dict(counted)}", end="")

    assert sum(counted["files"] for counted in kinds.values()) == len(entries(KINDS))
