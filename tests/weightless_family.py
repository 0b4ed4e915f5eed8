"""The layers without weights, in the form that ``layer_oracle`` compares with Keras; and sizes to draw from."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from layer_oracle import run_grid
from paramcount.layers.weightless import FAMILIES

if TYPE_CHECKING:
    import random


def family(name: str) -> Any:
    """A module whose classes own no variable, unless it says otherwise."""
    module = importlib.import_module(f"paramcount.layers.{name}")
    none = dict.fromkeys(module.OUTPUTS, lambda given: [])
    return SimpleNamespace(VARIABLES=none | getattr(module, "VARIABLES", {}), OUTPUTS=module.OUTPUTS)


def agree(name: str, kinds: list[Any], count: int, tf_keras: bool) -> None:
    """Compare every kind of case with Keras; half of them at least must be cases that Keras takes."""
    tried, wrong = run_grid(family(name), kinds, count, tf_keras)
    assert not wrong, "\n".join([f"{len(wrong)} of {tried}", *wrong[:20]])
    assert tried >= len(kinds) * count // 3


def names(module: str, *without: str) -> list[str]:
    """The classes of a module, in a fixed order."""
    return [name for name in FAMILIES[module].split() if name not in without]


def size(draw: random.Random, most: int = 12) -> int | None:
    """The size of an axis, now and then unknown."""
    return draw.choice([None, *(draw.randint(1, most) for _ in range(4))])


def batch(draw: random.Random) -> int | None:
    """The size of the batch axis, mostly unknown."""
    return draw.choice([None, None, None, draw.randint(1, 5)])


def shape(draw: random.Random, axes: int, most: int = 12) -> tuple[int | None, ...]:
    """A batch axis and so many others."""
    return (batch(draw), *(size(draw, most) for _ in range(axes)))


def some(draw: random.Random, **options: list[Any]) -> dict[str, Any]:
    """A value for some of the options; the others keep their default."""
    return {key: draw.choice(values) for key, values in options.items() if draw.random() < 0.7}
