"""JSON is a contract: it fits its published schema, holds everything and is exact."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import builders
import golden
from paramcount.errors import LimitExceeded
from paramcount.model import Role
from paramcount.render.json import ROLES, render, report_to_dict
from paramcount.render.options import Options

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def odd_shapes():
    shapes = ((None, 2), {"a": (None, None), "b": None}, ((None, 3), ((None,), None)))
    return builders.report(
        builders.layer(
            "a", "A", builders.variable("a/w", None, dtype="string"), input_shape=shapes, output_shape=(None, 2)
        ),
        builders.layer("b", "", builders.variable("b/s", (None, 3), Role.RNG), trainable=None),
    )


MODELS = {**builders.ALL, "odd_shapes": odd_shapes, "empty": builders.report}


def test_the_schema_is_one():
    """The schema itself is valid, and closed at every level."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    pending = [SCHEMA]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if "properties" in part:
                assert part["additionalProperties"] is False
                assert set(part["required"]) == set(part["properties"])
                assert part["description"]
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)


@pytest.mark.parametrize("name", MODELS)
def test_output_fits_the_schema(name):
    """What is written validates."""
    assert list(VALIDATOR.iter_errors(json.loads(render(MODELS[name]())))) == []


def test_the_schema_can_refuse():
    """A missing and an unknown key are both refused."""
    data = report_to_dict(builders.dominated())
    assert not VALIDATOR.is_valid({**data, "more": 1})
    del data["totals"]["state"]
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize("name", builders.ALL)
def test_golden(name):
    """The JSON form, as looked at and accepted."""
    golden.check(f"{name}.json", render(builders.ALL[name]()))


def test_totals_have_the_six_keys():
    """The keys that programs rely on."""
    totals = report_to_dict(builders.transfer())["totals"]
    assert tuple(totals) == ROLES
    assert totals["trainable"] == {"parameters": 12810, "tensors": 2, "bytes": 51240}
    assert totals["non_trainable"] == {"parameters": 1248, "tensors": 13, "bytes": 4992}


def test_unknown_is_null():
    """Where nothing is known there is null, never 0."""
    data = report_to_dict(builders.unbuilt())
    assert data["lower_bound"] is True
    assert data["totals"]["frozen"] == {"parameters": None, "tensors": 0, "bytes": None}
    dense = data["layers"][1]
    assert set(dense["parameters"].values()) == {None}
    assert dense["unknown"] == "not built yet"
    assert data["layers"][2]["lower_bound"] is True
    assert data["layers"][0]["lower_bound"] is False


def test_options_do_not_change_it():
    """Depth, order and top are for people."""
    assert render(builders.transfer(), Options(depth=1, top=1, sort="name")) == render(builders.transfer())


def test_one_line():
    """Several models are one line each."""
    text = render(builders.transfer(), lines=True)
    assert text.count("\n") == 1
    assert json.loads(text) == report_to_dict(builders.transfer())


def test_it_is_ascii():
    """Whatever a name holds, even a lone surrogate, the output can be encoded, and read back as it was."""
    text = render(builders.report(builders.dense("caf\udce9", 1, 1)))
    assert text.isascii()
    assert json.loads(text)["layers"][0]["name"] == "caf\udce9"


def test_the_report_offers_it():
    """`Report.to_dict` is the same data."""
    report = builders.shared()
    assert report.to_dict() == report_to_dict(report)


def test_too_deep():
    """Layers nested deeper than the encoder can follow are an error of the family, not a traceback."""
    inner = builders.dense("n", 1, 1)
    for _ in range(30_000):
        inner = builders.layer("n", "Model", inner)
    with pytest.raises(LimitExceeded, match="nested too deeply"):
        render(builders.report(inner))
