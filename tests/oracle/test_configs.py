"""Every model of the zoo from its config alone, and the formulas beside what is stored, against the framework."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from test_stored_forms import PARAMETERS, models, our_count, own_count
from zoo import NOT_STORED

import paramcount
from config_only import config_of, count_config
from oracle_frameworks import framework

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(("which", "case"), PARAMETERS)
def test_a_config_alone_counts_as_the_framework_does(which: str, case: str, tmp_path: Any) -> None:
    """``to_json()``, and the config of an HDF5 file, which has no shapes: totals, split and number of tensors."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    keras = framework(which)
    keras.backend.clear_session()
    model = models(which)[case]()
    model.save(tmp_path / "model.h5")
    for name, config in (("to_json", json.loads(model.to_json())), ("h5", config_of(tmp_path / "model.h5"))):
        expected = own_count(model)
        report = count_config(config)
        if case.startswith("shared") and report.total != expected.total:
            # Not every writer marks that two models share a layer; then the two are counted, and that is said.
            assert [finding.id for finding in report.findings] == ["same-names"]
            assert report.total - expected.total in (20, 56)
            continue
        if report.lower_bound:
            assert report.findings, name
            continue
        counted = our_count(report)
        if (which, case) in NOT_STORED:
            assert expected[:2] == counted[:2], name
        else:
            assert expected == counted, name


@pytest.mark.parametrize(("which", "case"), PARAMETERS)
def test_formulas_agree_with_every_stored_form(which: str, case: str, tmp_path: Any) -> None:
    """Both witnesses say the same of every layer of Keras's own, and output shapes are those of the framework."""
    keras = framework(which)
    keras.backend.clear_session()
    model = models(which)[case]()
    for form in ("keras", "h5"):
        path = tmp_path / f"model.{form}"
        model.save(path)
        report = paramcount.count(path)

        assert not [finding for finding in report.findings if finding.id == "formula-disagrees"], form
        assert report.formulas.layers == report.formulas.agreeing, form
