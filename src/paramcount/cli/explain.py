"""``paramcount explain MODEL [PATTERN ...]``: why each layer has the parameters that it has."""

from __future__ import annotations

from paramcount.api import count
from paramcount.cli.show import counted
from paramcount.cli.terminal import hush_frameworks, look, write
from paramcount.errors import UsageError
from paramcount.explanation import LEVELS, Explanation, explain
from paramcount.render.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from typing import Any, NamedTuple, TextIO
else:
    from paramcount.records import NamedTuple

FORMATS = ("text", "markdown", "json", "html")

DESCRIPTION = """\
Why each layer has the parameters that it has: its formula with this model's
numbers in it, compared with what is stored."""

EPILOG = """\
levels:
  line       one line a layer, such as `dense = (3 + 1) * 5 = 20`
  variables  its variables too: shape, sizes, and why one does not train
  teach      in words for whoever learns it: what each factor is, and why
Without --level a model of up to 12 layers with weights is shown by variable, a
larger one a line per layer.

examples:
  paramcount explain model.keras                  the whole model
  paramcount explain model.keras lstm             one layer
  paramcount explain model.keras 'block5*'        all layers that match
  paramcount explain model.keras lstm/kernel      one variable
  paramcount explain model.keras --level teach    for beginners

A pattern is the path or name of a layer or variable, or a glob (*, ?, [ab]) of
them; put a glob in quotes.  Exit codes are those of `paramcount --help`."""


class Request(NamedTuple):
    """The arguments of one call."""

    model: str
    patterns: tuple[str, ...] = ()
    level: str = ""
    format: str = "text"
    color: str = "auto"
    help: bool = False
    model_options: dict[str, Any] = {"arguments": {}}  # noqa: RUF012 - never changed
    """What ``count`` is given beside the model: whoever names a function here asks for it to be called."""


def run(argv: Sequence[str], stdout: TextIO, complain: Callable[[str, Exception], int]) -> int:
    """Count the model and show the explanation.

    Returns:
        0, or the exit code that ``complain`` gave for a model that could not be read.

    Raises:
        UsageError: when the arguments are wrong, or a pattern matches nothing.
    """
    request = request_of(argv)
    if request.help:
        write(stdout, parser().format_help())
        return 0
    if not request.model:
        raise UsageError("no MODEL was named", advice="See `paramcount explain --help`.")
    hush_frameworks(request.model)
    try:
        report = counted(count, request.model, request.model_options)
    # Whatever goes wrong, `complain` says what it was, and of which model.
    except Exception as error:  # noqa: BLE001
        return complain(request.model, error)
    write(stdout, rendered(explain(report, request.patterns), request.level, request.format, request.color, stdout))
    return 0


def request_of(argv: Sequence[str]) -> Request:
    """The request that the arguments make; nothing slow is imported where there are no options."""
    if argv and not any(argument.startswith("-") for argument in argv):
        return Request(argv[0], tuple(argv[1:]))
    end = argv.index("--") if "--" in argv else len(argv)
    values = dict(vars(parser().parse_intermixed_args(argv[:end])))
    names = [*values.pop("models"), *argv[end + 1 :]]
    from paramcount.cli.arguments import take_model

    take_model(values)
    from paramcount.cli.request import MODEL_OPTIONS, model_options

    options = model_options({name: values.pop(name) for name in MODEL_OPTIONS})
    values.pop("debug")
    return Request(names[0] if names else "", tuple(names[1:]), model_options=options, **values)


def parser() -> argparse.ArgumentParser:
    """The parser of ``explain``."""
    from paramcount.cli.arguments import Formatter, Parser, add_model

    made = Parser(
        prog="paramcount explain",
        usage="paramcount explain MODEL [PATTERN ...] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("models", metavar="MODEL [PATTERN ...]", nargs="*", help="the model, and which of its layers")
    add_explaining(made.add_argument_group("how to show it"))
    add_model(made.add_argument_group("what the model itself does not say"))
    return made


def add_explaining(group: argparse._ArgumentGroup) -> None:
    """The options of ``explain`` and ``layer``."""
    from paramcount.cli.arguments import add_output

    group.add_argument("--level", choices=LEVELS, default="", metavar="L", help=f"one of {', '.join(LEVELS)}")
    add_output(group, FORMATS)
    group.add_argument("-h", "--help", action="store_true", help="show this help")


def rendered(explanation: Explanation, level: str, form: str, color: str, stdout: TextIO) -> str:
    """The explanation in the form that was asked for; text fits the terminal."""
    if form == "json":
        from paramcount.render import explanation_json

        return explanation_json.render(explanation, level)
    if form == "markdown":
        from paramcount.render import explanation_markdown

        return explanation_markdown.render(explanation, level)
    if form == "html":
        from paramcount.render import explanation_html

        return explanation_html.render(explanation, level)
    from paramcount.render.explanation import render

    return render(explanation, level, terminal_options(color, stdout))


def terminal_options(color: str, stdout: TextIO) -> Options:
    """Width and colours of the terminal; neither into a file or a pipe."""
    width, colored = look(stdout, color)
    return Options(width=width, color=colored)
