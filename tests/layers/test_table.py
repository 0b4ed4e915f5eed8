"""The table of layers names what the families define, and nothing else."""

from __future__ import annotations

from importlib import import_module

import pytest

from paramcount.layers.quantized import LORA_CLASSES
from paramcount.layers.table import FAMILIES, MULTI_HEAD, QUANTIZABLE, WITH_CELL, is_known, slots_of
from paramcount.layers.weightless import WEIGHTLESS


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_defines_the_classes_that_the_table_names(family):
    defined = import_module(f"paramcount.layers.{family}").VARIABLES

    assert sorted(FAMILIES[family].split()) == sorted(defined)


def test_every_class_stands_in_one_place():
    named = [name for names in FAMILIES.values() for name in names.split()]

    assert len(set(named)) == len(named)
    assert not set(named) & WEIGHTLESS
    assert set(named) >= MULTI_HEAD | QUANTIZABLE | WITH_CELL | LORA_CLASSES


def test_a_class_that_is_not_kerass_has_no_known_variables():
    assert slots_of("Mine", {}) is None
    assert not is_known("Mine")
    assert slots_of("Flatten", {}) == []
