"""Every model of the zoo, in every form that its framework writes, against the framework's own count."""

from __future__ import annotations

import gc
import json
import logging
import math
from typing import Any, NamedTuple

import pytest
from zoo import NOT_STORED, cases

import paramcount
from config_only import config_of, count_config
from oracle_frameworks import framework

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

WHOLE = ("keras", "h5")
WEIGHTS = {"keras": ("weights.h5",), "tf_keras": ("weights.h5", "legacy_weights.h5")}


class Counted(NamedTuple):
    """Parameters and tensors, in total and of what trains and does not."""

    total: int
    tensors: int
    trainable: int
    trainable_tensors: int
    non_trainable: int
    non_trainable_tensors: int


def own_count(model: Any) -> Counted:
    """The framework's count of a model in memory."""
    numbers: list[int] = []
    for weights in (model.weights, model.trainable_weights, model.non_trainable_weights):
        unique = {id(weight): weight for weight in weights}.values()
        numbers += [sum(math.prod(tuple(weight.shape)) for weight in unique), len(unique)]
    return Counted(*numbers)


def our_count(report: paramcount.Report) -> Counted:
    totals = report.totals
    amounts = (totals.total, totals.trainable, totals.non_trainable)
    return Counted(*(number for amount in amounts for number in (amount.parameters, amount.tensors)))


def models(name: str) -> dict[str, Any]:
    return cases(framework(name)) if framework(name) is not None else {}


PARAMETERS = [(which, case) for which in ("keras", "tf_keras") for case in models(which)]


@pytest.mark.parametrize(("which", "case"), PARAMETERS)
def test_every_stored_form_counts_as_the_framework_does(which: str, case: str, tmp_path: Any) -> None:
    """Total, split and number of tensors of a stored model are those of the model that was saved."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    keras = framework(which)
    keras.backend.clear_session()
    model = models(which)[case]()
    expected = own_count(model)
    for form in WHOLE:
        path = tmp_path / f"model.{form}"
        model.save(path)
        report = paramcount.count(path)

        assert report.reconcile().holds, form
        check_formulas(report)
        if (which, case) in NOT_STORED:
            assert expected[:2] == our_count(report)[:2], form
            continue
        assert expected == our_count(report), form
        assert report.totals.undetermined.parameters == 0
        assert not report.lower_bound
    for form in WEIGHTS[which]:
        check_weights_file(model, tmp_path / f"model.{form}", case, expected)
    for config in (json.loads(model.to_json()), config_of(tmp_path / "model.h5")):
        check_config(config, expected, case, exact=(which, case) not in NOT_STORED)
    del model
    gc.collect()


def check_formulas(report: paramcount.Report) -> None:
    """The formulas of all layers say the same as what is stored."""
    assert not [finding for finding in report.findings if finding.id == "formula-disagrees"]
    assert report.formulas.layers == report.formulas.agreeing


def check_config(config: Any, expected: Counted, case: str, *, exact: bool) -> None:
    """The config alone counts as the framework does, also without the shapes that an HDF5 file does not hold."""
    report = count_config(config)
    if report.lower_bound:
        assert report.findings
    elif case.startswith("shared") and report.total != expected.total:
        # Not every writer marks that two models share a layer; then the two are counted, and that is said.
        assert [finding.id for finding in report.findings] == ["same-names"]
        assert report.total - expected.total in (20, 56)
    else:
        counted = our_count(report)
        assert (expected if exact else expected[:2]) == (counted if exact else counted[:2])


def check_weights_file(model: Any, path: Any, case: str, expected: Counted) -> None:
    """A weights file gives the total; it never calls trainable what it cannot know."""
    model.save_weights(path)
    report = paramcount.count(path)

    assert report.reconcile().holds
    assert report.totals.trainable.parameters in (0, expected.trainable)
    if "lora" in case or "gptq" in case or "awq" in case:
        # Adapters are merged into the kernel, zero points are left out: without a config nothing tells of them.
        assert report.total <= expected.total
    elif path.name.startswith("model.legacy") and case.startswith("shared"):
        # Nothing in such a file tells a shared layer from two layers built alike; that is said.
        assert report.total >= expected.total
        assert any(finding.id == "same-names" for finding in report.findings)
    else:
        assert expected[:2] == our_count(report)[:2]
