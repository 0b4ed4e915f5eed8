"""Output shapes of the layers that reshape, cut, pad and repeat, against Keras 3 and tf_keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from layer_oracle import Case
from weightless_family import agree, shape, size, some

if TYPE_CHECKING:
    import random

pytestmark = pytest.mark.oracle

FORMATS = ["channels_last", "channels_first", None]


def flatten(draw: random.Random) -> Case:
    return Case("Flatten", some(draw, data_format=FORMATS), shape(draw, draw.randint(0, 4)))


def reshape(draw: random.Random) -> Case:
    factors = [draw.randint(1, 4) for _ in range(4)]
    first, second, third, fourth = factors
    given = draw.choice(
        [
            (first, second * third, fourth),
            (first * second * third * fourth,),
            (first * second, third * fourth),
            tuple(factors),
            (None, second, fourth),
            (first * second, None),
        ]
    )
    target = draw.choice(
        [
            (first * second, third * fourth),
            (-1,),
            (-1, fourth),
            (first, -1, fourth),
            (fourth, third, second, first),
            [second, -1],
            (first * second * third * fourth,),
        ]
    )
    return Case("Reshape", {"target_shape": target}, (draw.choice([None, 3]), *given))


def permute(draw: random.Random) -> Case:
    rank = draw.randint(1, 4)
    dims = list(range(1, rank + 1))
    draw.shuffle(dims)
    return Case("Permute", {"dims": draw.choice([dims, tuple(dims)])}, shape(draw, rank))


def repeat_vector(draw: random.Random) -> Case:
    return Case("RepeatVector", {"n": draw.randint(1, 9)}, shape(draw, 1))


def _ends(draw: random.Random, rank: int, most: int) -> Any:
    """One number, one for each axis, or a pair for each axis; a single axis takes the first and the last."""
    pair = (draw.randint(0, most), draw.randint(0, most))
    if rank == 1:
        return draw.choice([draw.randint(0, most), pair, list(pair)])
    pairs = tuple((draw.randint(0, most), draw.randint(0, most)) for _ in range(rank))
    each = tuple(draw.randint(0, most) for _ in range(rank))
    return draw.choice([draw.randint(0, most), each, list(each), pairs, [list(pair) for pair in pairs]])


def cropping(draw: random.Random) -> Case:
    rank = draw.randint(1, 3)
    formats = {} if rank == 1 else some(draw, data_format=FORMATS)
    return Case(f"Cropping{rank}D", some(draw, cropping=[_ends(draw, rank, 4)]) | formats, shape(draw, rank + 1))


def zero_padding(draw: random.Random) -> Case:
    rank = draw.randint(1, 3)
    formats = some(draw, data_format=FORMATS) if rank > 1 else {}
    return Case(f"ZeroPadding{rank}D", some(draw, padding=[_ends(draw, rank, 4)]) | formats, shape(draw, rank + 1))


def zero_padding_of_one_axis(draw: random.Random) -> Case:
    options = some(draw, padding=[_ends(draw, 1, 4)], data_format=FORMATS)
    return Case("ZeroPadding1D", options, shape(draw, 2))


def up_sampling(draw: random.Random) -> Case:
    rank = draw.randint(1, 3)
    one = draw.randint(1, 4)
    times = [one] if rank == 1 else [one, tuple(draw.randint(1, 4) for _ in range(rank))]
    options = some(draw, size=times)
    if rank > 1:
        options |= some(draw, data_format=FORMATS)
    if rank == 2:
        options |= some(draw, interpolation=["nearest", "bilinear", "bicubic", "lanczos3"])
    return Case(f"UpSampling{rank}D", options, (draw.choice([None, 2]), *(size(draw) for _ in range(rank + 1))))


KINDS = [flatten, reshape, permute, repeat_vector, cropping, zero_padding, up_sampling]


def test_reshaping_gives_the_shapes_of_keras3() -> None:
    agree("reshaping", [*KINDS, zero_padding_of_one_axis], 30, tf_keras=False)


def test_reshaping_gives_the_shapes_of_tf_keras() -> None:
    agree("reshaping", KINDS, 20, tf_keras=True)
