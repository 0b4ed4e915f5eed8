"""A model comes out of its plain form as it went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import builders
from paramcount import count
from paramcount.garden.wire import decoded, encoded

EXAMPLES = Path(__file__).parents[2] / "examples"


def there_and_back(model):
    return decoded(json.loads(json.dumps(encoded(model))))


@pytest.mark.parametrize("name", list(builders.ALL))
def test_a_model_made_by_hand_is_the_same_again(name):
    model = builders.ALL[name]().model._replace(stored=None)

    assert there_and_back(model) == model


@pytest.mark.parametrize("name", ["transfer.keras", "recurrent.keras", "two_dense.h5"])
def test_a_model_with_formulas_is_the_same_again(name):
    model = count(str(EXAMPLES / name)).model._replace(stored=None)

    assert there_and_back(model) == model


def test_what_is_no_model_is_refused():
    with pytest.raises((KeyError, ValueError, TypeError)):
        decoded({"root": ["a", "b"], "source": [], "others": [], "findings": []})
