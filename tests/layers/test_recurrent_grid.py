"""The recurrent layers against Keras 3 and tf_keras: names, shapes and roles of their variables, and their outputs."""

from __future__ import annotations

import pytest

from composite_oracle import run_grid
from layer_oracle import Case
from oracle_frameworks import framework
from paramcount.folding import fold
from paramcount.layers.given import Given
from paramcount.layers.recurrent import OUTPUTS, VARIABLES, own_cell, states


def _flags(draw, *names):
    return {name: draw.random() < 0.5 for name in names if draw.random() < 0.7}


def _sequence(draw):
    return (draw.choice([None, 4]), draw.choice([None, 7, 1]), draw.randint(1, 9))


def plain(draw):
    name = draw.choice(["SimpleRNN", "LSTM", "GRU"])
    options = {"units": draw.randint(1, 9)}
    options |= _flags(draw, "use_bias", "return_sequences", "return_state", "go_backwards", "stateful", "unroll")
    if name == "GRU":
        options |= _flags(draw, "reset_after")
    if name == "LSTM":
        options |= _flags(draw, "unit_forget_bias")
    if draw.random() < 0.3:
        options |= {"dropout": 0.5, "recurrent_dropout": 0.25}
    return Case(name, options, _sequence(draw))


def conv_lstm(draw):
    rank = draw.choice([1, 1, 2, 2, 3])
    each = [draw.randint(1, 3) for _ in range(rank)]
    options = {
        "filters": draw.randint(1, 4),
        "kernel_size": draw.choice([each, each[0]]),
        "padding": draw.choice(["valid", "same", "SAME", "causal"]),
        "data_format": draw.choice([None, "channels_last", "channels_first"]),
    }
    options |= _flags(draw, "use_bias", "return_sequences", "return_state", "stateful", "unit_forget_bias")
    if draw.random() < 0.4:
        options["strides"] = draw.choice([2, [draw.randint(1, 3) for _ in range(rank)]])
    elif draw.random() < 0.4:
        options["dilation_rate"] = draw.choice([2, [draw.randint(1, 2) for _ in range(rank)]])
    sizes = [draw.choice([3, 5, 6, 8]) for _ in range(rank)]
    channels = draw.randint(1, 3)
    first = options["data_format"] == "channels_first"
    step = [channels, *sizes] if first else [*sizes, channels]
    return Case(f"ConvLSTM{rank}D", options, (draw.choice([None, 2]), draw.choice([None, 3]), *step))


def with_states(draw):
    """Initial states are passed to the call."""
    case = plain(draw)
    options = {key: value for key, value in case.options.items() if key not in ("stateful", "unroll")}
    batch, units = case.inputs[0], options["units"]
    many = 2 if case.class_name == "LSTM" else 1
    return case._replace(options=options, inputs=[case.inputs, [(batch, units)] * many], spread=True)


def with_states_in_a_list(draw):
    """As tf_keras takes them."""
    case = with_states(draw)
    return case._replace(inputs=[case.inputs[0], *case.inputs[1]], spread=False)


def cell(draw):
    """A cell called by itself."""
    name, units = draw.choice(["SimpleRNNCell", "LSTMCell", "GRUCell"]), draw.randint(1, 6)
    batch, many = draw.choice([None, 3]), 2 if name == "LSTMCell" else 1
    state = (batch, units) if many == 1 and draw.random() < 0.5 else [(batch, units)] * many
    options = {"units": units, **_flags(draw, "use_bias")}
    return Case(name, options, [(batch, draw.randint(1, 5)), state], spread=True)


def time_major(draw):
    """An option of tf_keras alone."""
    case = plain(draw)
    return case._replace(options={**case.options, "time_major": True})


@pytest.mark.oracle
@pytest.mark.skipif(framework("keras") is None, reason="needs Keras 3")
def test_recurrent_layers_are_those_of_keras_3():
    tried, wrong = run_grid([plain, conv_lstm, with_states, cell], 40, tf_keras=False)

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 40 * 4 // 4


@pytest.mark.oracle
@pytest.mark.skipif(framework("tf_keras") is None, reason="needs tf_keras")
def test_recurrent_layers_are_those_of_tf_keras():
    tried, wrong = run_grid([plain, conv_lstm, time_major, with_states, with_states_in_a_list, cell], 8, tf_keras=True)

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 8 * 6 // 4


def _given(inputs, **options):
    return Given(options, inputs)


def _folded(name, given):
    return str(fold(slot.shape for slot in VARIABLES[name](given)))


@pytest.mark.parametrize(
    ("name", "units", "features", "options", "formula"),
    [
        ("LSTM", 64, 5, {}, "4 * (64 * (64 + 5) + 64)"),
        ("GRU", 32, 64, {}, "3 * (32 * (32 + 64) + 2 * 32)"),
        ("GRU", 16, 32, {"reset_after": False}, "3 * (16 * (16 + 32) + 16)"),
        ("SimpleRNN", 8, 16, {}, "1 * (8 * (8 + 16) + 8)"),
        ("CuDNNLSTM", 64, 5, {}, "4 * (64 * (64 + 5) + 2 * 64)"),
        ("LSTM", 64, 5, {"use_bias": False}, "4 * 64 * (64 + 5)"),
    ],
)
def test_the_formula_is_that_of_the_textbooks(name, units, features, options, formula):
    assert _folded(name, _given((None, None, features), units=units, **options)) == formula


def test_cudnn_layers_keep_two_biases_in_one_vector():
    lstm = VARIABLES["CuDNNLSTM"](_given((None, None, 3), units=5))
    gru = VARIABLES["CuDNNGRU"](_given((None, None, 3), units=5))

    assert [tuple(axis.value for axis in slot.shape) for slot in lstm] == [(3, 20), (5, 20), (40,)]
    assert [tuple(axis.value for axis in slot.shape) for slot in gru] == [(3, 15), (5, 15), (30,)]


def test_a_stored_config_without_reset_after_is_older_than_the_option():
    stored = {"units": 2, "go_backwards": False, "bias_constraint": None, "recurrent_dropout": 0.0}

    assert len(VARIABLES["GRU"](Given(stored, (None, 3, 4)))[2].shape) == 1
    assert len(VARIABLES["GRU"](Given({"units": 2}, (None, 3, 4)))[2].shape) == 2


def test_the_cell_sees_one_step():
    assert own_cell("LSTM", {"units": 3}, (None, 7, 5))["cell"].inputs == (None, 5)
    assert own_cell("GRU", {"units": 3, "time_major": True}, (7, None, 5))["cell"].inputs == (None, 5)
    assert own_cell("ConvLSTM1D", {"filters": 3}, (2, 7, 9, 5))["cell"].inputs == (2, 9, 5)
    assert own_cell("LSTM", {"units": 3}, (None, 5))["cell"].inputs is None
    assert own_cell("LSTM", {"units": 3})["cell"].inputs is None


def test_states_have_the_shape_of_one_output():
    assert states("LSTM", _given((4, 7, 5), units=3)) == ((4, 3), (4, 3))
    assert states("GRU", _given((4, 7, 5), units=3)) == ((4, 3),)
    assert states("LSTM", _given(None, units=3)) is None
    assert OUTPUTS["LSTMCell"](_given((4, 5), units=3)) == ((4, 3), ((4, 3), (4, 3)))


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", [None, -1, 10**30, "8", [3], {}, True, 2.5])
def test_options_of_any_kind_give_a_shape_or_nothing(name, value):
    options = dict.fromkeys(["units", "filters", "kernel_size", "strides", "padding", "dilation_rate"], value)
    for inputs in (None, (), (None,), (4, 7, 5), (2, 3, 4, 5, 6), ((4, 7, 5), None), {"a": (1, 2, 3)}):
        given = Given({**options, "return_state": True, "return_sequences": True}, inputs)
        assert [slot.name for slot in VARIABLES[name](given)] == ["kernel", "recurrent_kernel", "bias"]
        OUTPUTS[name](given)


def test_the_width_of_keras_1_gives_the_output_and_no_shapes_of_gates():
    given = Given({"output_dim": 6, "return_sequences": True}, (None, 7, 5))

    assert OUTPUTS["LSTM"](given) == (None, 7, 6)
    assert VARIABLES["LSTM"](given)[0].shape[1].value is None
