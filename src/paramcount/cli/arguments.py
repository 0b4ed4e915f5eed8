"""The arguments of the command line, read without anything that is slow to import."""

from __future__ import annotations

import argparse

from paramcount.errors import UsageError
from paramcount.render.options import SORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

FORMATS = ("text", "json", "csv", "markdown")

DESCRIPTION = """\
How many parameters does a TensorFlow or Keras model have, how many train, and
why?  Counts exactly, reads no weights, runs no code and needs no framework."""

EPILOG = """\
commands (`paramcount COMMAND --help` tells more):
  show MODEL ...         the table of layers and the totals; also without `show`
  explain MODEL ...      why each layer has the parameters that it has
  layer "Dense(4)" ...   the same for one layer that is typed
  garden --list          the experiments of the TensorFlow Model Garden

examples:
  paramcount model.keras               the model's own layers, and the totals
  paramcount model.keras --depth all   the layers inside them too
  paramcount model.keras --top 10      the ten largest layers at any level
  paramcount model.h5 --format json    everything, for programs
  paramcount *.keras --format csv      one table of several models
  paramcount saved_model/              a SavedModel; a checkpoint by its prefix
  paramcount google/nnlm-en-dim128/2   a TensorFlow Hub or Kaggle handle

output:
  On a terminal the output fits its width.  Piped, no name and no number is ever
  cut.  JSON always holds everything, whatever --depth, --sort and --top say; of
  several models it is one line each (JSON Lines).  CSV rows never overlap, so
  they can be summed.  NO_COLOR, FORCE_COLOR, COLUMNS and TERM=dumb are heeded.

exit codes:
  0 counted                1 a check failed
  2 could not be read, or wrong arguments: one message on standard error
  3 a fault in paramcount itself        130 interrupted"""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        """Raise the family's error for wrong arguments."""
        raise UsageError(message)


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help of a fixed width: argparse would import ``shutil`` to ask for the terminal's, on every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=80)


def parser() -> argparse.ArgumentParser:
    """The parser of ``show``, which is also what happens when no command is named."""
    made = Parser(
        prog="paramcount",
        usage="paramcount [show] MODEL [MODEL ...] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("models", metavar="MODEL", nargs="*", help="file, folder, handle or name of a model")
    _add_rows(made.add_argument_group("what to show"))
    add_model(made.add_argument_group("what the model itself does not say"))
    _add_output(made.add_argument_group("how to show it"))
    return made


def add_model(group: argparse._ArgumentGroup) -> None:
    """The options that say how a model is to be made which is not built, or which is known by its name."""
    group.add_argument(
        "--input-shape",
        action="append",
        metavar="SHAPE",
        help="28,28,3: shape of the input without the batch axis, where the model is not built; repeat it for"
        " several inputs, in order or as name=28,28,3",
    )
    group.add_argument("--no-top", action="store_true", help="a named model without its classifier")
    group.add_argument("--classes", type=_positive, metavar="N", help="classes of a named model")
    group.add_argument("--alpha", type=_number, metavar="X", help="width of a named MobileNet")
    group.add_argument("--depth-multiplier", type=_positive, metavar="N", help="of a named MobileNet")
    group.add_argument("--minimalistic", action="store_true", help="the plainer form of a named MobileNetV3")
    group.add_argument("--no-preprocessing", action="store_true", help="a named model without its preprocessing")
    group.add_argument("--pooling", choices=("avg", "max"), metavar="P", help="avg or max: what follows without a top")
    group.add_argument(
        "--arg", action="append", metavar="NAME=VALUE", help="an argument of package.module:function; repeatable"
    )
    group.add_argument(
        "--tag-set", metavar="TAGS", help="serve or train,gpu: which graph of a SavedModel; '' for one without tags"
    )
    group.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="task.model.num_classes=10: an override of garden:NAME"
    )
    group.add_argument("--config", action="append", metavar="FILE", help="a YAML file of overrides of garden:NAME")


OPTIONS = {
    "no_top": ("include_top", False),
    "minimalistic": ("minimalistic", True),
    "no_preprocessing": ("include_preprocessing", False),
}
"""Switches of the command line to the options of ``keras.applications`` that they set."""
VALUED = ("classes", "alpha", "depth_multiplier", "pooling")
"""Options of the command line that have the name and the value of one of ``keras.applications``."""


def take_model(values: dict[str, Any]) -> None:
    """Replace what ``add_model`` has parsed by the keyword arguments of ``count`` (``request.MODEL_OPTIONS``).

    Raises:
        UsageError: when a shape or an argument is none.
    """
    options = {name: value for switch, (name, value) in OPTIONS.items() if values.pop(switch)}
    options |= {name: value for name in VALUED if (value := values.pop(name)) is not None}
    shapes, arguments = values.pop("input_shape"), values.pop("arg")
    values |= {"input_shape": None, "options": options, "arguments": {}}
    values["settings"], values["configs"] = (tuple(values.pop(name) or ()) for name in ("set", "config"))
    if values["tag_set"] is not None:
        values["tag_set"] = tuple(tag.strip() for tag in values["tag_set"].split(",") if tag.strip())
    if shapes:
        from paramcount.cli.shapes import parse

        values["input_shape"] = parse(shapes)
    if arguments:
        from paramcount.live.arguments import parse_arguments

        values["arguments"] = parse_arguments(arguments)


def _add_rows(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--depth",
        type=_depth,
        default=argparse.SUPPRESS,
        metavar="N|all",
        help="levels of layers inside layers; else the first with several layers, and all for --variables and --top",
    )
    group.add_argument("--variables", action="store_true", help="every tensor with shape, dtype, role and reason")
    group.add_argument("--sort", choices=SORTS, default="order", metavar="KEY", help=f"one of {', '.join(SORTS)}")
    group.add_argument("--top", type=_positive, metavar="N", help="the N largest layers; all others get one line")
    group.add_argument("--sharing", action="store_true", help="every shared tensor with all places where it is used")
    group.add_argument(
        "--tensors",
        action="store_true",
        help="every stored tensor with where it is stored, those of the optimizer and the like too",
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    add_output(group, FORMATS)
    group.add_argument("--version", action="store_true", help="show the version")
    group.add_argument("-h", "--help", action="store_true", help="show this help")


def add_output(group: argparse._ArgumentGroup, formats: tuple[str, ...]) -> None:
    """The options that every command has."""
    group.add_argument("--format", choices=formats, default="text", metavar="F", help=f"one of {', '.join(formats)}")
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN", help="auto, always or never"
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _depth(text: str) -> int | None:
    try:
        return None if text == "all" else _positive(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, or `all`") from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
