"""Output shapes of the pooling layers, against Keras 3 and tf_keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layer_oracle import Case
from weightless_family import agree, names, shape, some

if TYPE_CHECKING:
    import random

pytestmark = pytest.mark.oracle

FORMATS = ["channels_last", "channels_first", None]


def _rank(name: str) -> int:
    return int(name[-2])


def moving(draw: random.Random) -> Case:
    name = draw.choice([name for name in names("pooling") if not name.startswith(("Global", "Adaptive"))])
    rank = _rank(name)
    one = draw.randint(1, 4)
    options = some(
        draw,
        pool_size=[one, [draw.randint(1, 4) for _ in range(rank)], tuple(draw.randint(1, 4) for _ in range(rank))],
        strides=[None, draw.randint(1, 4), tuple(draw.randint(1, 4) for _ in range(rank))],
        padding=["valid", "same"],
        data_format=FORMATS[:2] if rank == 1 else FORMATS,
    )
    return Case(name, options, shape(draw, rank + 1))


def whole_axes(draw: random.Random) -> Case:
    name = draw.choice([name for name in names("pooling") if name.startswith("Global")])
    options = some(draw, keepdims=[True, False], data_format=FORMATS)
    return Case(name, options, shape(draw, _rank(name) + 1))


def adaptive(draw: random.Random) -> Case:
    name = draw.choice([name for name in names("pooling") if name.startswith("Adaptive")])
    rank = _rank(name)
    options = some(draw, data_format=FORMATS)
    options["output_size"] = draw.choice([draw.randint(1, 9), tuple(draw.randint(1, 9) for _ in range(rank))])
    return Case(name, options, shape(draw, rank + 1))


def test_pools_give_the_shapes_of_keras3() -> None:
    agree("pooling", [moving, whole_axes, adaptive], 40, tf_keras=False)


def test_pools_give_the_shapes_of_tf_keras() -> None:
    agree("pooling", [moving, whole_axes], 20, tf_keras=True)
