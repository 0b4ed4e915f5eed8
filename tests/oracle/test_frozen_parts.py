"""One part of a wrapper frozen, stored by the framework in both forms, against its count of the model in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from test_saved_models import MODULES, bounds
from test_stored_forms import own_count

import paramcount

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def stack(keras: Any) -> Any:
    return keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.GRUCell(4)])


def two_directions(keras: Any, forward: str, backward: str) -> Any:
    layers = keras.layers
    back = layers.GRU(3, name=backward, go_backwards=True, return_sequences=True)
    return layers.Bidirectional(layers.LSTM(3, name=forward, return_sequences=True), backward_layer=back)


def first_cell(layer: Any) -> Any:
    return layer.cell.cells[0]


def forward(layer: Any) -> Any:
    return layer.forward_layer


def backward(layer: Any) -> Any:
    return layer.backward_layer


Case = tuple["Callable[[Any], Any]", "Callable[[Any], Any]", tuple[int, ...]]
CASES: dict[str, Case] = {
    "first cell": (stack, first_cell, (3, 6)),
    "second cell": (stack, lambda layer: layer.cell.cells[1], (3, 6)),
    "cell in time": (lambda k: k.layers.TimeDistributed(stack(k)), lambda t: first_cell(t.layer), (2, 3, 6)),
    "cell in a direction": (
        lambda k: k.layers.Bidirectional(stack(k)), lambda two: first_cell(two.forward_layer), (3, 6)
    ),
    "forward": (lambda k: two_directions(k, "one", "two"), forward, (3, 6)),
    "backward": (lambda k: two_directions(k, "one", "two"), backward, (3, 6)),
    "forward of misleading names": (lambda k: two_directions(k, "x", "forward_x"), forward, (3, 6)),
    "backward of misleading names": (lambda k: two_directions(k, "x", "forward_x"), backward, (3, 6)),
    "forward of names changed": (lambda k: two_directions(k, "backward_x", "forward_x"), forward, (3, 6)),
    "backward of names changed": (lambda k: two_directions(k, "backward_x", "forward_x"), backward, (3, 6)),
}  # fmt: skip


@pytest.mark.parametrize("form", ["h5", "keras"])
@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("which", list(MODULES))
def test_a_frozen_part_freezes_its_own_weights_alone(which, case, form, tmp_path):
    keras = MODULES[which]
    make, part, shape = CASES[case]
    model = keras.Sequential([keras.Input(shape), make(keras), keras.layers.Dense(2)])
    part(model.layers[0]).trainable = False
    model.save(tmp_path / f"m.{form}")
    report = paramcount.count(tmp_path / f"m.{form}")
    # The config of a Bidirectional of tf_keras holds the flags that its layers had before it wrapped them.
    loses = which == "tf_keras" and "forward_layer" in vars(model.layers[0])
    expected = own_count(keras.Sequential.from_config(model.get_config()) if loses else model)

    bounds(report, expected)
    assert "undetermined" not in {v.role for v in report.variables()} or form == "h5"
