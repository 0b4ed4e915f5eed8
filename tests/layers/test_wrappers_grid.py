"""Layers that hold other layers against Keras 3 and tf_keras: the variables inside, and the output."""

from __future__ import annotations

import pytest

from composite_oracle import run_grid
from layer_oracle import Case
from oracle_frameworks import framework
from paramcount.layers.given import Given
from paramcount.layers.wrappers import WRAPPED


def described(class_name, **config):
    """A layer as a config holds it."""
    return {"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": None}


def _flags(draw, *names):
    return {name: draw.random() < 0.5 for name in names if draw.random() < 0.7}


def _batch(draw):
    return draw.choice([None, 2]), draw.choice([None, 6])


def _recurrent(draw, **config):
    name = draw.choice(["LSTM", "GRU", "SimpleRNN"])
    return described(name, units=draw.randint(1, 6), **config)


def bidirectional(draw):
    flags = _flags(draw, "return_sequences", "return_state")
    options = {"layer": _recurrent(draw, **flags, **_flags(draw, "use_bias"))}
    if draw.random() < 0.8:
        options["merge_mode"] = draw.choice(["concat", "sum", "mul", "ave", None])
    if draw.random() < 0.4:
        backward = _recurrent(draw, **flags, go_backwards=True)
        if draw.random() < 0.5:
            backward["config"]["units"] = options["layer"]["config"]["units"]
        options["backward_layer"] = backward
    return Case("Bidirectional", options, (*_batch(draw), draw.randint(1, 5)))


def _cell(draw, depth=0):
    if depth < 2 and draw.random() < 0.15:
        return described("StackedRNNCells", cells=[_cell(draw, depth + 1) for _ in range(draw.randint(1, 3))])
    name = draw.choice(["LSTMCell", "GRUCell", "SimpleRNNCell"])
    return described(name, units=draw.randint(1, 6), **_flags(draw, "use_bias"))


def rnn(draw):
    cell = _cell(draw, 2)
    if draw.random() < 0.6:
        cell = described("StackedRNNCells", cells=[_cell(draw, 1) for _ in range(draw.randint(1, 3))])
    options = {"cell": cell, **_flags(draw, "return_sequences", "return_state", "go_backwards")}
    return Case("RNN", options, (*_batch(draw), draw.randint(1, 5)))


def both_directions_of_rnn(draw):
    case = rnn(draw)
    options = {"layer": described("RNN", **case.options), "merge_mode": draw.choice(["concat", "sum", None])}
    return case._replace(class_name="Bidirectional", options=options)


def over_more_axes(draw):
    """What stands between batch and features does not matter to Keras 3."""
    case = rnn(draw)
    return case._replace(inputs=(*case.inputs[:2], 3, case.inputs[2]))


def both_directions_of_images(draw):
    rank = draw.choice([1, 2])
    flags = _flags(draw, "return_sequences", "return_state", "use_bias")
    form = draw.choice(["channels_first", "channels_last"])
    padding = draw.choice(["same", "valid"])
    inner = described(
        f"ConvLSTM{rank}D", filters=draw.randint(1, 3), kernel_size=2, padding=padding, data_format=form, **flags
    )
    options = {"layer": inner, "merge_mode": draw.choice(["concat", "sum", None])}
    return Case("Bidirectional", options, (*_batch(draw), *[draw.randint(3, 5) for _ in range(rank + 1)]))


def both_directions_with_states(draw):
    case = bidirectional(draw)
    inner = case.options["layer"]
    options = {key: value for key, value in case.options.items() if key != "backward_layer"}
    state = (case.inputs[0], inner["config"]["units"])
    states = [state] * (4 if inner["class_name"] == "LSTM" else 2)
    return case._replace(options=options, inputs=[case.inputs, states], spread=True)


def spectral(draw):
    name = draw.choice(["Dense", "Conv1D", "Conv2D", "Embedding", "DepthwiseConv2D", "Conv2DTranspose", "EinsumDense"])
    wide = draw.randint(1, 5)
    if name == "Embedding":
        inner = described(name, input_dim=5, output_dim=draw.randint(1, 4))
        return Case("SpectralNormalization", {"layer": inner}, (None, 4), {}, "int32")
    if name == "Dense":
        inner, tail = described(name, units=draw.randint(1, 6)), (wide,)
    elif name == "EinsumDense":
        inner, tail = described(name, equation="abc,cd->abd", output_shape=[None, 4]), (3, wide)
    else:
        made = (
            {"depth_multiplier": draw.randint(1, 3)} if name == "DepthwiseConv2D" else {"filters": draw.randint(1, 4)}
        )
        inner, tail = described(name, kernel_size=2, **made), (*[5] * (1 if "1D" in name else 2), wide)
    return Case("SpectralNormalization", {"layer": inner}, (draw.choice([None, 2]), *tail))


def time_distributed(draw):
    name = draw.choice(
        ["Dense", "Conv1D", "Conv2D", "LSTM", "Flatten", "LayerNormalization", "Bidirectional", "Dropout"]
    )
    wide = draw.randint(1, 5)
    batch = _batch(draw)
    if name == "Dense":
        inner, tail = described(name, units=draw.randint(1, 6)), draw.choice([(wide,), (3, wide)])
    elif name.startswith("Conv"):
        rank = int(name[4])
        inner, tail = (
            described(name, filters=2, kernel_size=3, padding=draw.choice(["same", "valid"])),
            (*[5] * rank, wide),
        )
    elif name == "LSTM":
        inner, tail = described(name, units=3, **_flags(draw, "return_sequences")), (4, wide)
    elif name == "Bidirectional":
        inner, tail = described(name, layer=described("GRU", units=3, return_sequences=True)), (4, wide)
    else:
        inner, tail = described(name, **({"rate": 0.5} if name == "Dropout" else {})), draw.choice([(wide,), (3, wide)])
    return Case("TimeDistributed", {"layer": inner}, (*batch, *tail))


def in_a_pipeline(draw):
    layers = [described("Dense", units=draw.randint(1, 6)) for _ in range(draw.randint(1, 3))]
    return Case("Pipeline", {"layers": layers}, (draw.choice([None, 2]), draw.randint(1, 5)))


def wrapper(draw):
    return Case("Wrapper", {"layer": described("Dense", units=draw.randint(1, 6))}, (None, 3))


@pytest.mark.oracle
@pytest.mark.skipif(framework("keras") is None, reason="needs Keras 3")
def test_wrappers_are_those_of_keras_3():
    kinds = [bidirectional, both_directions_of_images, both_directions_with_states, both_directions_of_rnn, rnn]
    kinds += [over_more_axes, time_distributed, in_a_pipeline]
    tried, wrong = run_grid(kinds, 15, tf_keras=False)
    wrong += run_grid([spectral], 15, tf_keras=False, ordered=False)[1]

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 15 * 8 // 4


@pytest.mark.oracle
@pytest.mark.skipif(framework("tf_keras") is None, reason="needs tf_keras")
def test_wrappers_are_those_of_tf_keras():
    kinds = [bidirectional, both_directions_of_images, both_directions_with_states, both_directions_of_rnn, rnn]
    kinds += [time_distributed, wrapper]
    tried, wrong = run_grid(kinds, 4, tf_keras=True)
    wrong += run_grid([spectral], 4, tf_keras=True, ordered=False)[1]

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 4 * 7 // 4


class Recorder:
    """A layer inside that notes what it is built on and does not know its output."""

    def __init__(self, attribute, class_name="Mine", **config):
        self.attribute, self.class_name, self.config, self.seen = attribute, class_name, config, []

    def call(self, inputs):
        self.seen.append(inputs)


@pytest.mark.parametrize(
    ("name", "attributes", "inputs", "seen"),
    [
        ("Bidirectional", ["layer", "backward_layer"], (None, 7, 5), [(None, 7, 5), (None, 7, 5)]),
        ("Bidirectional", ["forward_layer", "backward_layer"], ((2, 7, 5), (2, 3)), [(2, 7, 5), (2, 7, 5)]),
        ("TimeDistributed", ["layer"], (None, 7, 5, 4), [(None, 5, 4)]),
        ("SpectralNormalization", ["layer"], (None, 7), [(None, 7)]),
        ("Wrapper", ["layer"], (None, 7), [(None, 7)]),
        ("RNN", ["cell"], (None, 7, 5), [(None, 5)]),
        ("RNN", ["cells", "cells"], (None, 7, 5), [(None, 5), None]),
        ("StackedRNNCells", ["cells", "cells"], (None, 5), [(None, 5), None]),
        ("Pipeline", ["layers", "layers"], (None, 5), [(None, 5), None]),
    ],
)
def test_a_layer_inside_is_built_also_where_the_output_is_unknown(name, attributes, inputs, seen):
    inner = [Recorder(attribute) for attribute in attributes]

    assert WRAPPED[name](Given({}, inputs), inner) is None
    assert [one.seen for one in inner] == [[shape] for shape in seen]


def test_a_known_cell_after_an_unknown_one_is_not_built_on_a_guess():
    cells = [Recorder("cells"), Recorder("cells", "GRUCell", units=3)]

    assert WRAPPED["StackedRNNCells"](Given({}, (None, 5)), cells) is None
    assert cells[1].seen == [None]


def test_time_major_and_reversed_states_are_options_of_tf_keras():
    cells = [Recorder("cells", "GRUCell", units=3), Recorder("cells", "LSTMCell", units=4)]
    options = {"return_state": True, "return_sequences": True, "time_major": True}
    stacked = Given({"reverse_state_order": True}, (2, 5), tf_keras=True)

    assert WRAPPED["RNN"](Given(options, (7, 2, 5), tf_keras=True), cells[:1]) == ((7, 2, 3), (2, 3))
    assert WRAPPED["StackedRNNCells"](stacked, cells) == ((2, 4), (((2, 4), (2, 4)), (2, 3)))


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("value", [None, -1, 10**30, "8", [3], {}, [{}] * 3, [None], True])
def test_configs_of_any_kind_give_a_shape_or_nothing(name, value):
    keys = ["layer", "cell", "cells", "merge_mode", "units", "return_state", "time_major"]
    config = dict.fromkeys(keys, value)
    for inputs in (None, (), (None,), (4, 7, 5), ((4, 7, 5), None), {"a": (1, 2, 3)}, ((),)):
        for attribute in ("layer", "cell", "cells", "layers"):
            for class_name in ("LSTMCell", "StackedRNNCells", "Dense", "Mine"):
                inner = [Recorder(attribute, class_name, **config), Recorder("backward_layer", class_name, **config)]
                for tf_keras in (False, True):
                    WRAPPED[name](Given(config, inputs, tf_keras), inner)
                    WRAPPED[name](Given(config, inputs, tf_keras), [])


def test_stacks_of_stacks_without_end_are_unknown():
    config = {"cells": []}
    config["cells"].append({"class_name": "StackedRNNCells", "config": config})

    assert WRAPPED["RNN"](Given({}, (None, 7, 5)), [Recorder("cell", "StackedRNNCells", **config)]) is None
