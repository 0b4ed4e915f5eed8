"""`paramcount layer`: one layer that is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO

import pytest

from paramcount.cli import layer
from paramcount.cli.main import main

SLOW = (
    "typing", "dataclasses", "enum", "re", "json", "argparse", "pathlib", "inspect", "functools", "collections.abc",
    "rich", "keras", "tensorflow", "numpy",
)  # fmt: skip
"""What the plain path must not import, beside what the interpreter itself has imported."""


@pytest.fixture
def run(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv):
        out, err = StringIO(), StringIO()
        code = main(("layer", *argv), out, err)
        return code, out.getvalue(), err.getvalue()

    return call


@pytest.mark.parametrize(
    ("text", "shape", "example"),
    [
        ("Conv2D(64, 6)", "28,28", "--input-shape 28,28,3."),
        ("Conv2D(64, 6)", "10", "--input-shape 28,28,10."),
        ("Conv2D(64, 6)", "2,2,28,28,3", "--input-shape 28,28,3."),
        ("Conv1D(64, 6)", "10", "--input-shape 10,3."),
        ("MaxPooling2D()", "8,8", "--input-shape 8,8,3."),
        ("LSTM(5)", "3", "--input-shape None,3."),
        ("Bidirectional(LSTM(5))", "3", "--input-shape None,3."),
        ("TimeDistributed(Dense(5))", "8", "--input-shape None,8."),
        ("TimeDistributed(Conv2D(5, 3))", "8,8,3", "--input-shape None,8,8,3."),
        ("ConvLSTM2D(3, 3)", "8,8,3", "--input-shape None,8,8,3."),
    ],
)
def test_an_input_of_too_few_or_too_many_axes_gives_no_number(run, text, shape, example):
    code, out, err = run(text, "--input-shape", shape)
    assert (code, out) == (2, "")
    assert f"`{text.partition('(')[0]}` takes " in err
    assert example in err


@pytest.mark.parametrize(
    ("text", "shape", "result"),
    [
        ("Conv2D(4, 3)", "None,28,28,3", " = 112 "),
        ("MultiHeadAttention(2, 3)", "5", " = "),
        ("AdaptiveMaxPooling2D(3)", "8,8", " = 0 "),
        ("TimeDistributed(Dense(5))", "7,8,3", " = 20 "),
        ("Dense(5)", "7,8,3", " = 20 "),
    ],
)
def test_an_input_that_keras_takes_is_not_refused(run, text, shape, result):
    code, out, err = run(text, "--input-shape", shape)
    assert (code, err) == (0, "")
    assert result in out


def test_convolutions_of_keras_2_take_several_axes_for_the_batch(run):
    code, out, _ = run("Conv2D(4, 3)", "--input-shape", "2,2,28,28,3", "--tf-keras")
    assert code == 0
    assert "output (2, 2, 26, 26, 4)" in out


def test_an_output_that_is_not_known_is_said_to_be(run):
    code, out, _ = run("Conv2D(64, 60)", "--input-shape", "28,28,3")
    assert code == 0
    assert "output not known" in out
    assert "output" not in run("Conv2D(64, 60)")[1]


def test_a_shape_with_spaces_is_no_part_of_the_layer(run):
    for rest in (("28,", "28,", "3"), ("28", "28", "3")):
        code, _, err = run("Conv2D(64, 6)", "--input-shape", *rest)
        assert code == 2
        assert "words stand behind the layer" in err
        assert "--input-shape 28,28,3" in err


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Dense(units)", "Write the value itself"),
        ("Conv2D(64, 6, padding=same)", "text in quotes"),
        ("Dense 5", "'Conv2D(64, 6)'"),
        ("Dense(5", "'Conv2D(64, 6)'"),
    ],
)
def test_the_advice_is_for_one_layer(run, text, advice):
    code, _, err = run(text, "--input-shape", "3")
    assert code == 2
    assert advice in err
    assert "package.module" not in err
    assert "Sequential" not in err


def test_a_layer_of_keras_2_alone_is_known_as_one(run):
    code, _, err = run("ThresholdedReLU()", "--input-shape", "10,64")
    assert code == 2
    assert "add --tf-keras" in err
    assert run("ThresholdedReLU()", "--input-shape", "10,64", "--tf-keras")[0] == 0


def test_the_example_of_the_issue(run):
    shown = "conv2d = (3 * 6 * 6 + 1) * 64 = 6976                  output (23, 23, 64)\n"
    assert run("Conv2D(64, 6)", "--input-shape", "28,28,3") == (0, shown, "")


@pytest.mark.parametrize(
    ("text", "shape", "calculation"),
    [
        ("Dense(5)", "3", "dense = (3 + 1) * 5 = 20"),
        ("Dense(5, use_bias=False)", "3", "dense = 3 * 5 = 15"),
        ("Conv2D(32, (4, 4))", "11,11,64", "conv2d = (64 * 4 * 4 + 1) * 32 = 32800"),
        ("LSTM(64)", "None,5", "lstm = 4 * (64 * (64 + 5) + 64) = 17920"),
        ("GRU(32)", "None,64", "gru = 3 * (32 * (32 + 64) + 2 * 32) = 9408"),
        ("GRU(16, reset_after=False)", "10,32", "gru = 3 * (16 * (16 + 32) + 16) = 2352"),
        ("SimpleRNN(8)", "10,16", "simple_rnn = 1 * (8 * (8 + 16) + 8) = 200"),
        ("Bidirectional(LSTM(64))", "10,5", "bidirectional = 2 * 4 * (64 * (64 + 5) + 64) = 35840"),
        ("Bidirectional(GRU(32))", "10,128", "bidirectional = 2 * 3 * (32 * (32 + 128) + 2 * 32) = 31104"),
        ("Embedding(1000, 16)", "10", "embedding = 1000 * 16 = 16000"),
        ("keras.layers.BatchNormalization()", "8,8,32", "batch_normalization = 4 * 32 = 128"),
    ],
)
def test_calculations(run, text, shape, calculation):
    code, out, err = run(text, f"--input-shape={shape}")
    assert (code, err) == (0, "")
    assert out.split("  ")[0].strip() == calculation


def test_a_layer_without_weights_says_so(run):
    code, out, _ = run("Dropout(0.5)", "--input-shape", "10")
    assert code == 0
    assert out.startswith("dropout = 0")
    assert "no weights" in out


def test_a_size_that_is_missing_is_named(run):
    code, out, _ = run("Dense(5)")
    assert code == 0
    assert out.startswith("dense = (inputs + 1) * 5 = ?")


def test_levels_and_formats(run):
    out = run("LSTM(64)", "--input-shape", "None,5", "--level", "variables")[1]
    assert "  recurrent_kernel  (64, 256)   64 * 4*64     = 16384\n" in out
    data = json.loads(run("LSTM(64)", "--input-shape", "None,5", "--format", "json")[1])
    assert data["layers"][0]["value"] == 17920
    assert "gates = 4" in run("LSTM(64)", "--input-shape", "None,5", "--level", "teach")[1]


@pytest.mark.parametrize("argv", [[], ["Dense(5"], ["nonsense"], ["Dense(5)", "--input-shape", "x"], ["Dens(5)"]])
def test_what_is_no_layer_is_refused_with_one_message(run, argv):
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("paramcount: error: ")


def test_help(run):
    code, out, _ = run("--help")
    assert code == 0
    assert out.startswith('usage: paramcount layer "LAYER(...)"')
    assert all(len(line) <= 80 for line in out.splitlines())


def test_the_short_way_is_the_long_way():
    argv = ["Dense(4)", "--input-shape", "3", "--input-shape=5"]
    assert layer.request_of(argv) == layer.request_of([*argv, "--color", "auto"])
    assert layer.request_of(argv) == layer.Request("Dense(4)", ("3", "5"))


@pytest.mark.parametrize(
    ("class_name", "given", "expected"),
    [
        ("LSTM", (None, 5), (None, None, 5)),
        ("LSTM", (7, 5), (None, 7, 5)),
        ("LSTM", (None, 7, 5), (None, 7, 5)),
        ("Dense", (None, 5), (None, None, 5)),
        ("Conv2D", (None, None, 3), (None, None, None, 3)),
        ("Conv2D", (None, 8, 8, 3), (None, 8, 8, 3)),
        ("ConvLSTM2D", (None, 8, 8, 3), (None, None, 8, 8, 3)),
        ("MultiHeadAttention", ((None, 8), (4, 8)), ((None, None, 8), (None, 4, 8))),
    ],
)
def test_a_batch_axis_is_added_unless_the_layer_shows_that_it_is_there(class_name, given, expected):
    assert layer._with_batch({"class_name": class_name}, given) == expected


@pytest.mark.parametrize(
    ("text", "shape", "calculation"),
    [
        ("TimeDistributed(Dense(4))", "None,5", "time_distributed = (5 + 1) * 4 = 24"),
        ("TimeDistributed(Conv2D(4, 3))", "None,8,8,3", "time_distributed = (3 * 3 * 3 + 1) * 4 = 112"),
        ("Bidirectional(LSTM(4))", "None,5", "bidirectional = 2 * 4 * (4 * (4 + 5) + 4) = 320"),
    ],
)
def test_a_wrapper_takes_what_its_layer_takes(run, text, shape, calculation):
    assert run(text, "--input-shape", shape)[1].split("  ")[0] == calculation


def test_the_plain_path_imports_nothing_slow():
    code = f"""
import sys
before = set(sys.modules)
from paramcount.cli.main import main
main(["layer", "Dense(5)", "--input-shape", "3"], sys.stdout, sys.stderr)
print(*(set(sys.modules) - before).intersection({SLOW!r}))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines()[0].startswith("dense = (3 + 1) * 5 = 20")
    assert done.stdout.splitlines()[1:] == [""]
