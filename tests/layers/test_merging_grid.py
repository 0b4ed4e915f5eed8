"""Output shapes of the layers that merge several inputs, against Keras 3 and tf_keras; Keras 1's by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from layer_oracle import Case
from paramcount.layers.given import Given
from paramcount.layers.merging import OUTPUTS
from weightless_family import agree, shape, size

if TYPE_CHECKING:
    import random

grid = pytest.mark.oracle


def elementwise(draw: random.Random) -> Case:
    """Axes of the same size, of 1, or unknown; some inputs lack axes in front."""
    name = draw.choice(["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"])
    first = shape(draw, draw.randint(1, 4))
    count = 2 if name == "Subtract" else draw.randint(1, 4)
    inputs = [first]
    for _ in range(count - 1):
        rest = [draw.choice([axis, axis, axis, 1, None, 3]) for axis in first[1:]]
        inputs.append((draw.choice([first[0], first[0], None]), *rest[draw.choice([0, 0, 0, 1]) :]))
    draw.shuffle(inputs)
    return Case(name, {}, inputs)


def concatenate(draw: random.Random) -> Case:
    first = shape(draw, draw.randint(1, 4))
    axis = draw.choice([-1, -1, *range(-len(first), len(first))])
    inputs = [first]
    for _ in range(draw.randint(0, 3)):
        other = [draw.choice([one, one, one, one, None]) for one in first]
        other[axis] = size(draw)
        inputs.append(tuple(other))
    draw.shuffle(inputs)
    return Case("Concatenate", {"axis": axis} if axis != -1 or draw.random() < 0.5 else {}, inputs)


def dot(draw: random.Random) -> Case:
    left, right = shape(draw, draw.randint(1, 3)), list(shape(draw, draw.randint(1, 3)))
    places = (draw.randrange(1, len(left)), draw.randrange(1, len(right)))
    right[places[1]] = left[places[0]]
    right[0] = draw.choice([left[0], left[0], None])
    signed = [draw.choice([places[0], places[0] - len(left)]), draw.choice([places[1], places[1] - len(right)])]
    axes: Any = draw.choice([tuple(signed), signed])
    if signed[0] == signed[1] and draw.random() < 0.7:
        axes = signed[0]
    options = {"axes": axes} | draw.choice([{}, {"normalize": True}])
    return Case("Dot", options, [left, tuple(right)])


@grid
def test_merging_gives_the_shapes_of_keras3() -> None:
    agree("merging", [elementwise, concatenate, dot], 60, tf_keras=False)


@grid
def test_merging_gives_the_shapes_of_tf_keras() -> None:
    agree("merging", [elementwise, concatenate, dot], 30, tf_keras=True)


@pytest.mark.parametrize(
    ("config", "inputs", "output"),
    [
        ({"mode": "sum"}, ((None, 4), (None, 4)), (None, 4)),
        ({"mode": "max"}, ((None, 4), (None, 4), (None, 4)), (None, 4)),
        ({"mode": "ave"}, ((None, 4), (None, 5)), None),
        ({"mode": "concat"}, ((None, 3, 4), (None, 3, 5)), (None, 3, 9)),
        ({"mode": "concat", "concat_axis": 1}, ((None, 3, 4), (None, 2, 4)), (None, 5, 4)),
        ({"mode": "dot", "dot_axes": [2, 2]}, ((None, 3, 4), (None, 5, 4)), (None, 3, 5)),
        ({"mode": "cos", "dot_axes": -1}, ((None, 4), (None, 4)), (None, 1)),
        ({"mode": "dot", "dot_axes": 1}, ((None, 4), (None, 4)), None),
        ({"mode": {"function": "f"}, "output_shape": [7]}, ((None, 4), (None, 4)), None),
        ({"mode": "f", "mode_type": "function", "output_shape": None}, ((None, 4), (None, 4)), None),
    ],
)
def test_merge_of_keras1_follows_its_mode(config: dict[str, Any], inputs: Any, output: Any) -> None:
    assert OUTPUTS["Merge"](Given(config, inputs, True)) == output


@pytest.mark.parametrize("name", sorted(OUTPUTS))
@pytest.mark.parametrize("inputs", [None, (None, 4), (None, (None, 4)), ((), (None, 4)), {}])
def test_what_is_no_list_of_shapes_has_no_output(name: str, inputs: Any) -> None:
    assert OUTPUTS[name](Given({"axes": 1}, inputs)) is None
