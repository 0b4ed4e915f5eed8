"""Formulas of typed layers: what is printed can be computed, and gives the number beside it."""

from __future__ import annotations

import math

import pytest

from paramcount.architecture.describe import batched, model_of
from paramcount.explaining.records import FORMULA, NONE
from paramcount.explanation import explain
from paramcount.notation import text
from paramcount.render import explanation as rendering
from paramcount.report import Report
from paramcount.typed import read_layer

LAYERS = [
    ("Dense(5)", (3,), 20),
    ("Dense(5, use_bias=False)", (3,), 15),
    ("Dense(64, lora_rank=4)", (64,), 4672),
    ("EinsumDense('abc,cde->abde', output_shape=(None, 4, 8), bias_axes='de')", (10, 32), 1056),
    ("Embedding(1000, 16)", (10,), 16000),
    ("PReLU(shared_axes=[1])", (4, 8), 8),
    ("Conv1D(8, 3)", (20, 4), 104),
    ("Conv2D(64, 6)", (28, 28, 3), 6976),
    ("Conv2D(64, 3, groups=4)", (8, 8, 16), 2368),
    ("Conv3DTranspose(4, 2)", (4, 4, 4, 3), 100),
    ("DepthwiseConv2D(3, depth_multiplier=2)", (8, 8, 16), 320),
    ("SeparableConv2D(32, 3, depth_multiplier=2)", (28, 28, 3), 278),
    ("LSTM(64)", (10, 5), 17920),
    ("GRU(32)", (10, 64), 9408),
    ("GRU(16, reset_after=False)", (10, 32), 2352),
    ("SimpleRNN(8, use_bias=False)", (10, 16), 192),
    ("ConvLSTM2D(8, 3)", (5, 16, 16, 3), 3200),
    ("RNN([LSTMCell(8), GRUCell(4)])", (5, 16), 968),
    ("Bidirectional(GRU(32))", (10, 128), 31104),
    ("Bidirectional(LSTM(8), backward_layer=GRU(4, go_backwards=True))", (5, 16), 1064),
    ("TimeDistributed(Dense(501))", (7, 40), 20541),
    ("SpectralNormalization(Conv2DTranspose(8, 3))", (16, 16, 3), 227),
    ("BatchNormalization()", (7, 7, 64), 256),
    ("LayerNormalization(axis=[1, 2])", (4, 8), 64),
    ("GroupNormalization(groups=4)", (4, 8), 16),
    ("Normalization()", (4,), 9),
    ("MultiHeadAttention(2, 16)", ((10, 64), (20, 32)), 6304),
    ("GroupedQueryAttention(64, 8, 2)", ((10, 512), (10, 512)), 656640),
    ("AdditiveAttention()", ((10, 64), (10, 64)), 64),
    ("STFTSpectrogram(frame_length=256)", (1000, 1), 66048),
    ("Dense(8, dtype='int8_from_float32')", (16,), 144),
]
"""A layer, the shapes of its inputs, and how many parameters Keras says that it has."""


def explained(layer, shapes):
    return explain(Report(model_of(read_layer(layer), batched(shapes))))


@pytest.mark.parametrize(("layer", "shapes", "parameters"), LAYERS)
def test_the_number_is_keras_s(layer, shapes, parameters):
    made = explained(layer, shapes)
    assert [line.value for line in made.lines] == [parameters]
    assert made.lines[0].status == FORMULA


@pytest.mark.parametrize(("layer", "shapes", "parameters"), LAYERS)
def test_what_is_printed_computes_to_the_number(layer, shapes, parameters):
    line = explained(layer, shapes).lines[0]
    names = {"ceil": math.ceil, "floor": math.floor}
    assert eval(text(line.formula), names) == parameters  # noqa: S307 - printed a line above


@pytest.mark.parametrize(("layer", "shapes", "parameters"), LAYERS)
def test_the_formula_in_names_computes_to_the_number(layer, shapes, parameters):
    """Where each name has one number, the names can be filled in by hand."""
    line = explained(layer, shapes).lines[0]
    numbers: dict[str, set[int]] = {}
    for symbol in line.formula.symbols():
        numbers.setdefault(symbol.name, set()).add(symbol.number)
    if any(len(found) > 1 for found in numbers.values()):
        pytest.skip("two sizes of one name")
    names = {name: found.pop() for name, found in numbers.items()}
    shown = text(line.formula, names=True)
    assert eval(shown, {"ceil": math.ceil, "floor": math.floor, **names}) == parameters  # noqa: S307 - as above


@pytest.mark.parametrize(("layer", "shapes", "parameters"), LAYERS)
def test_every_size_has_a_meaning(layer, shapes, parameters):
    """The glossary knows every name that a definition uses: none is only its own name with spaces."""
    from paramcount.render.glossary import meaning

    line = explained(layer, shapes).lines[0]
    bare = [s.name for s in line.formula.symbols() if meaning(s, line.layer).startswith(s.name.replace("_", " ") + ",")]
    assert bare == []


@pytest.mark.parametrize(("layer", "shapes", "parameters"), LAYERS)
def test_the_variables_add_up_at_every_level(layer, shapes, parameters):
    made = explained(layer, shapes)
    assert sum(item.value for item in made.lines[0].items) == parameters
    for level in ("line", "variables", "teach"):
        assert f"{parameters}" in rendering.render_layer(made, level)


@pytest.mark.parametrize("layer", ["Dropout(0.5)", "Flatten()", "MaxPooling2D()", "Activation('relu')"])
def test_a_layer_without_weights_has_none(layer):
    made = explained(layer, (8, 8, 3))
    assert made.lines == ()
    assert [line.status for line in made.weightless] == [NONE]
