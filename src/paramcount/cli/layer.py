"""``paramcount layer "Conv2D(64, 6)" --input-shape 28,28,3``: one layer that is typed, with its formula."""

from __future__ import annotations

from paramcount.cli.terminal import write
from paramcount.errors import UsageError
from paramcount.layers.given import is_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Any, NamedTuple, TextIO

    from paramcount.model import Model, Shape, Shapes
else:
    from paramcount.records import NamedTuple

DESCRIPTION = """\
How many parameters one layer has, by its formula.  The layer is written as in
Python, and read without running it."""

EPILOG = """\
examples:
  paramcount layer "Conv2D(64, 6)" --input-shape 28,28,3
  paramcount layer "LSTM(64)" --input-shape None,5 --level variables
  paramcount layer "Bidirectional(GRU(32))" --input-shape 100,16
  paramcount layer "Attention()" --input-shape 10,64 --input-shape 20,64

An input shape is written without the batch axis, as for keras.Input; None is an
axis that may have any size.  Repeat the option for a layer with several inputs
(query, value, key).  Exit codes are those of `paramcount --help`."""


ATTENTION = ("MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention", "Attention", "AdditiveAttention")
"""Layers that take sequences of vectors, several of them."""
ANY_AXES = ("RNN", *ATTENTION)
"""Layers of which Keras, or a cell of one's own, may take another number of axes than the usual one."""


class Request(NamedTuple):
    """The arguments of one call."""

    layer: str = ""
    input_shape: tuple[str, ...] = ()
    level: str = ""
    format: str = "text"
    color: str = "auto"
    tf_keras: bool = False
    help: bool = False


def run(argv: Sequence[str], stdout: TextIO) -> int:
    """Show the layer; 0.

    Raises:
        ParamcountError: when the text is no layer of Keras, or the arguments are wrong.
    """
    request = request_of(argv)
    if request.help:
        write(stdout, parser().format_help())
        return 0
    if not request.layer:
        raise UsageError(
            "no layer was typed",
            advice='Write one as in Python, in quotes: paramcount layer "Dense(4)" --input-shape 3.',
        )
    from paramcount.explanation import explain
    from paramcount.report import Report

    explanation = explain(Report(model_of_text(request.layer, request.input_shape, request.tf_keras)))
    if not explanation.lines:
        # A layer without weights is what was asked for: it gets its line too.
        explanation = explanation._replace(lines=explanation.weightless, weightless=())
    if request.format == "text":
        from paramcount.cli.explain import terminal_options
        from paramcount.render.explanation import render_layer

        text = render_layer(explanation, request.level or "line", terminal_options(request.color, stdout))
    else:
        from paramcount.cli.explain import rendered

        text = rendered(explanation, request.level, request.format, request.color, stdout)
    write(stdout, text)
    return 0


def model_of_text(text: str, shapes: Sequence[str], tf_keras: bool = False) -> Model:
    """The layer of a text, as a model of nothing else.

    Raises:
        ParamcountError: when the text is no layer, or a shape is none.
    """
    from paramcount.architecture.describe import model_of
    from paramcount.cli.shapes import parse
    from paramcount.model import Source
    from paramcount.typed import read_layer

    inputs = parse(shapes)
    config = read_layer(text, tf_keras)
    _check_axes(config, inputs, tf_keras)
    source = Source(text, "typed-layer", "typed layer", "tf_keras" if tf_keras else "keras")
    return model_of(config, _with_batch(config, inputs), source, tf_keras=tf_keras)


def _with_batch(config: Mapping[str, Any], inputs: Shapes) -> Shapes:
    """``inputs`` with a batch axis in front, unless the layer shows by the axes that it takes that one is there.

    ``None,5`` is a sequence of any length, as for ``keras.Input``; ``None,28,28,3`` is a batch of images for a Conv2D.
    """
    if isinstance(inputs, dict):
        return {name: _with_batch(config, shape) for name, shape in inputs.items()}
    if inputs is None or not is_shape(inputs):
        return inputs if inputs is None else tuple(_with_batch(config, each) for each in inputs)  # type: ignore[arg-type]
    shape: Shape = inputs  # type: ignore[assignment]
    return shape if len(shape) == _rank(config) else (None, *shape)


def _check_axes(config: Mapping[str, Any], inputs: Shapes, tf_keras: bool) -> None:
    """Refuse an input with fewer or more axes than the layer takes, from which a formula would make a wrong number.

    Raises:
        UsageError: with a shape that would do.
    """
    name, rank = str(config.get("class_name", "")), _rank(config)
    if not rank or inputs is None or not is_shape(inputs) or name in ANY_AXES or "Adaptive" in name:
        return
    shape: Shape = inputs  # type: ignore[assignment]
    # With the batch axis in front it has one more.  Convolutions of Keras 2 take several axes for the batch.
    several = name == "TimeDistributed" or (tf_keras and "Conv" in name)
    if len(shape) in (rank - 1, rank) or (several and len(shape) > rank):
        return
    raise UsageError(
        f"`{name}` takes {rank - 1} axes beside the batch axis",
        found=f"{len(shape)}: {shape}",
        advice=f"Give all of them, such as --input-shape {_example(name, shape, rank - 1)}.",
    )


def _example(name: str, shape: Shape, axes: int) -> str:
    """``shape`` as it may have been meant: with channels behind it, or with steps in front of it."""
    spatial = "D" in name and "LSTM" not in name and name != "TimeDistributed"
    missing = axes - len(shape)
    if missing == 1:
        shape = (*shape, 3) if spatial else (None, *shape)
    elif missing:
        shape = (*([28] * (axes - 1) if spatial else [None] * (axes - 1)), *shape[-1:])
    return ",".join(str(size) for size in shape)


def _rank(config: Mapping[str, Any]) -> int:
    """Axes of what a layer takes, batch axis included; 0 where that is not fixed."""
    name = str(config.get("class_name", ""))
    inner = (config.get("config") or {}).get("layer")
    if name == "TimeDistributed":
        return 1 + ((_rank(inner) if isinstance(inner, dict) else 0) or 2)
    if inner and name in ("Bidirectional", "SpectralNormalization", "Wrapper") and isinstance(inner, dict):
        return _rank(inner)
    if name in ("LSTM", "GRU", "SimpleRNN", "RNN", "CuDNNLSTM", "CuDNNGRU", *ATTENTION):
        return 3
    for spatial in (1, 2, 3):
        if f"{spatial}D" in name:
            return spatial + (3 if name.startswith("ConvLSTM") else 2)
    return 0


def request_of(argv: Sequence[str]) -> Request:
    """The request that the arguments make; a layer and its input shapes are read without argparse."""
    quick = _quick(argv)
    if quick is not None:
        return quick
    values = dict(vars(parser().parse_intermixed_args(list(argv))))
    values.pop("debug")
    values["input_shape"] = tuple(values["input_shape"] or ())
    return Request(**{**values, "layer": _one(values.pop("layer"))})


def _one(words: Sequence[str]) -> str:
    """The layer; a shape that was typed with spaces leaves words behind it.

    Raises:
        UsageError: when words follow a layer that is complete.
    """
    if len(words) > 1 and words[0].rstrip().endswith(")"):
        raise UsageError(
            "words stand behind the layer",
            found=repr(" ".join(words[1:])),
            advice="Write a shape without spaces, as in --input-shape 28,28,3.",
        )
    return " ".join(words)


def _quick(argv: Sequence[str]) -> Request | None:
    """The request of ``LAYER [--input-shape SHAPE] ...``; None when there is more to parse."""
    shapes: list[str] = []
    layers: list[str] = []
    rest = list(reversed(argv))
    while rest:
        argument = rest.pop()
        if argument == "--input-shape" and rest and not rest[-1].startswith("--"):
            shapes.append(rest.pop())
        elif argument.startswith("--input-shape="):
            shapes.append(argument.partition("=")[2])
        elif argument.startswith("-"):
            return None
        else:
            layers.append(argument)
    return Request(_one(layers), tuple(shapes))


def parser() -> argparse.ArgumentParser:
    """The parser of ``layer``."""
    from paramcount.cli.arguments import Formatter, Parser
    from paramcount.cli.explain import add_explaining

    made = Parser(
        prog="paramcount layer",
        usage='paramcount layer "LAYER(...)" [--input-shape SHAPE ...] [options]',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("layer", metavar="LAYER", nargs="*", help='as in Python: "Dense(4, use_bias=False)"')
    group = made.add_argument_group("what it takes, and who makes it")
    group.add_argument(
        "--input-shape", action="append", metavar="SHAPE", help="28,28,3: without the batch axis; repeatable"
    )
    group.add_argument("--tf-keras", action="store_true", help="as Keras 2 (tf_keras) makes it")
    add_explaining(made.add_argument_group("how to show it"))
    return made
