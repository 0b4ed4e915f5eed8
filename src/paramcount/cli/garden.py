"""``paramcount garden --list``: the experiments of the Model Garden; ``paramcount garden NAME``: one of them."""

from __future__ import annotations

from paramcount.catalog import garden
from paramcount.cli.terminal import write
from paramcount.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    from paramcount.catalog.garden import Entry

FORMATS = ("text", "json", "csv", "markdown")
FIELDS = garden.Entry._fields
LIST, SEARCH = "--list", "WORD"
NOTE_WIDTH = 60
"""Characters up to which a setting stands in the table; JSON and CSV have all of it."""

DESCRIPTION = """\
The experiments of the TensorFlow Model Garden: which there are, and how many
parameters their models have."""

EPILOG = """\
examples:
  paramcount garden --list                    every experiment
  paramcount garden --list resnet imagenet    those with both words in their names
  paramcount garden resnet_imagenet           the same as `paramcount garden:resnet_imagenet`
  paramcount garden resnet_imagenet --set task.model.backbone.resnet.model_id=101

With a NAME, every option of `paramcount MODEL` may follow.  The list is that of
the catalog, whatever is installed; docs/garden.md tells how it was made.  Exit
codes are those of `paramcount --help`."""


def run(argv: Sequence[str], stdout: TextIO, show: Callable[[list[str]], int]) -> int:
    """Show the list, or have ``show`` count the experiments that are named.

    Args:
        argv: the arguments behind ``garden``.
        stdout: where the list goes.
        show: what runs ``paramcount MODEL ...`` with the arguments that it is given.

    Returns:
        The exit code.

    Raises:
        UsageError: when the arguments are wrong.
    """
    if LIST not in argv and not any(argument in ("-h", "--help") for argument in argv):
        return show(_prefixed(argv))
    values = vars(parser().parse_intermixed_args(list(argv)))
    if values["help"]:
        write(stdout, parser().format_help())
        return 0
    found = garden.search(values["words"])
    if not found and values["format"] == "text":
        words = " ".join(values["words"])
        names = [entry.name for entry in garden.entries()]
        raise UsageError(f"no experiment has {words} in its name", advice=garden.near(words, names))
    write(stdout, rendered(found, values["format"]))
    return 0


def _prefixed(argv: Sequence[str]) -> list[str]:
    """The arguments for ``paramcount MODEL ...``: what is no option, nor the value of one, is an experiment."""
    from paramcount.cli.arguments import parser as of_show

    takes = {
        option
        for action in of_show()._actions  # noqa: SLF001 - argparse has no public list of its options
        for option in action.option_strings
        if action.nargs != 0
    }
    found: list[str] = []
    value = False
    for argument in argv:
        plain = value or argument.startswith("-")
        found.append(argument if plain or argument.startswith("garden:") else f"garden:{argument}")
        value = not value and argument in takes
    if not any(argument.startswith("garden:") for argument in found):
        raise UsageError("no experiment was named", advice="`paramcount garden --list` shows all.")
    return found


def parser() -> argparse.ArgumentParser:
    """The parser of ``garden --list``."""
    from paramcount.cli.arguments import Formatter, Parser

    made = Parser(
        prog="paramcount garden",
        usage="paramcount garden --list [WORD ...] [--format F]\n       paramcount garden NAME ... [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("words", metavar=SEARCH, nargs="*", help="what the names have to hold")
    made.add_argument(LIST, action="store_true", help="the experiments of the catalog")
    made.add_argument("--format", choices=FORMATS, default="text", metavar="F", help=f"one of {', '.join(FORMATS)}")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.add_argument("-h", "--help", action="store_true", help="show this help")
    return made


def rendered(found: Iterable[Entry], form: str) -> str:
    """The list in one of ``FORMATS``, ending in a newline."""
    if form == "json":
        return _json(found)
    if form == "csv":
        return _csv(found)
    lines = [(entry.name, _number(entry, entry.total), _number(entry, entry.trainable), note(entry)) for entry in found]
    if form == "markdown":
        from paramcount.render.markdown import escape, grid

        cells = [(name, total, trainable, escape(words)) for name, total, trainable, words in lines]
        return grid(("Experiment", "Total", "Trainable", "Note"), cells, 1, 2) + "\n"
    from paramcount.render.document import Column, Line, Table
    from paramcount.render.text import table_lines

    columns = (Column("Experiment"), Column("Total", right=True), Column("Trainable", right=True), Column("Note"))
    source = f"Model Garden {garden.about().version}, {_counted(len(lines))}"
    return "\n".join([source, "", *table_lines(Table(columns, tuple([Line(cells) for cells in lines])))]) + "\n"


def note(entry: Entry) -> str:
    """What has to be said beside the numbers of an experiment."""
    if entry.reason and not entry.settings:
        return f"cannot be built: {entry.reason}"
    if entry.reason:
        return f"with {entry.settings}" if len(entry.settings) <= NOTE_WIDTH else "with settings: see its error"
    return "layers may be without weights" if entry.lower_bound else ""


def _number(entry: Entry, number: int | None) -> str:
    if number is None:
        return "unknown"
    return f">= {number:,}" if entry.lower_bound else f"{number:,}"


def _counted(number: int) -> str:
    return "1 experiment" if number == 1 else f"{number} experiments"


def _json(found: Iterable[Entry]) -> str:
    import json

    about = garden.about()
    listed = [dict(zip(FIELDS, entry, strict=True)) for entry in found]
    data = {"package": garden.PACKAGE, "version": about.version, "tf_keras": about.framework_version}
    return json.dumps({**data, "experiments": listed}, indent=2) + "\n"


def _csv(found: Iterable[Entry]) -> str:
    import csv
    from io import StringIO

    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for entry in found:
        cells = [str(value).lower() if isinstance(value, bool) else value for value in entry]
        writer.writerow(["" if value is None else value for value in cells])
    return stream.getvalue()
