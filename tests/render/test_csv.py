"""CSV: exact integers, and rows that can be summed."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

import builders
import golden
from paramcount.render.csv import LAYER_FIELDS, TENSOR_FIELDS, render
from paramcount.render.options import Options


def rows(text):
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("name", builders.ALL)
def test_golden(name):
    """The CSV form, as looked at and accepted."""
    golden.check(f"{name}.csv", render(builders.ALL[name](), Options(depth=None)))
    golden.check(f"{name}-variables.csv", render(builders.ALL[name](), Options(depth=None, variables=True)))


@pytest.mark.parametrize("name", builders.ALL)
@pytest.mark.parametrize("options", [Options(), Options(depth=None), Options(top=1), Options(depth=2, sort="name")])
def test_the_columns_sum_to_the_total(name, options):
    """`total` less `shown_twice` is the total of the model, at every depth."""
    report = builders.ALL[name]()
    found = rows(render(report, options))
    if options.top is None:
        assert sum(int(row["total"] or 0) - int(row["shown_twice"]) for row in found) == report.totals.total.parameters
    for row in found:
        parts = [int(row[role] or 0) for role in ("trainable", "frozen", "state", "undetermined")]
        assert int(row["total"] or 0) == sum(parts)


def test_unknown_is_empty():
    """A layer that is not built has no number."""
    row = rows(render(builders.unbuilt()))[1]
    assert row["total"] == row["trainable"] == row["bytes"] == ""
    assert row["unknown"] == "not built yet"


def test_one_row_a_tensor():
    """With variables, every tensor at every place; with tensors, what is no parameter too."""
    report = builders.transfer()
    assert len(rows(render(report, Options(variables=True)))) == 15
    assert len(rows(render(report, Options(tensors=True)))) == 18
    assert len(rows(render(builders.shared(), Options(sharing=True)))) == 3


def test_names_are_exact():
    """Commas, quotes and line breaks of a name survive."""
    name = 'a, "b"\nc'
    assert rows(render(builders.report(builders.dense(name, 1, 1))))[0]["name"] == name


def test_titles():
    """The line of titles can be left out, for the second of several models."""
    assert render(builders.dominated()).splitlines()[0] == ",".join(LAYER_FIELDS)
    assert render(builders.dominated(), titles=False).splitlines()[0].startswith("model.keras,layer,conv2d,")
    assert render(builders.dominated(), Options(variables=True)).splitlines()[0] == ",".join(TENSOR_FIELDS)
