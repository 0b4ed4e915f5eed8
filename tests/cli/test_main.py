"""The command line in this process: what it prints, where, and which code it returns."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO, TextIOWrapper

import pytest

import builders
from paramcount import __version__
from paramcount.cli import show
from paramcount.cli.arguments import FORMATS
from paramcount.errors import FAMILY, ParamcountError, UsageError
from paramcount.render import text


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_a_model_alone_is_shown(run):
    """`paramcount MODEL` counts it and returns 0."""
    result = run("model.keras".replace("model", "dominated"))
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith("dominated.keras · Keras 3.15.1 archive")
    assert "23,908,682" in result.out


def test_show_may_be_said(run):
    """`paramcount show MODEL` is the same."""
    assert run("show", "dominated.keras").out == run("dominated.keras").out


def test_the_short_way_is_the_long_way(run):
    """What needs no parsing means what the parser says."""
    from paramcount.cli.request import Request, request_of

    assert request_of(["a", "b"]) == request_of(["a", "b", "--color", "auto"]) == Request(("a", "b"))


@pytest.mark.parametrize("argv", [("--", "show"), ("show", "show"), ("show", "--", "show"), ("./show",)])
def test_a_file_called_show(monkeypatch, run, argv):
    """A file with the name of the command can be named."""
    seen = []
    monkeypatch.setattr(show, "count", lambda path, **_: seen.append(path) or builders.dominated())
    assert run(*argv).code == 0
    assert seen == [argv[-1]]


def test_options_and_models_in_any_order(run):
    """Options may stand before, between and after models."""
    one = run("--depth", "2", "transfer.keras", "shared.keras").out
    assert run("transfer.keras", "--depth", "2", "shared.keras").out == one
    assert run("transfer.keras", "shared.keras", "--depth=2").out == one
    assert run("--depth", "2", "--", "transfer.keras", "shared.keras").out == one


def test_several_models_are_shown_in_turn(run):
    """Each has its own report, with an empty line between."""
    assert run("dominated.keras", "shared.keras").out == run("dominated.keras").out + "\n" + run("shared.keras").out


def test_one_that_cannot_be_read_hides_no_other(run):
    """The others are still counted; the exit code tells."""
    result = run("truncated.keras", "dominated.keras", "fault.keras", "shared.keras")
    assert result.code == 3
    assert result.out == run("dominated.keras").out + "\n" + run("shared.keras").out
    assert result.err.count("paramcount: ") == 2


def test_json_of_one_model_is_one_document(run):
    """It is what `Report.to_dict` gives."""
    data = json.loads(run("transfer.keras", "--format", "json").out)
    assert data["totals"]["trainable"]["parameters"] == 12810


def test_json_of_several_models_is_one_line_each(run):
    """Lines of JSON, without those that could not be read."""
    result = run("transfer.keras", "truncated.keras", "shared.keras", "--format", "json")
    assert [json.loads(line)["source"]["path"] for line in result.out.splitlines()] == [
        "transfer.keras",
        "shared.keras",
    ]
    assert result.code == 2


def test_csv_of_several_models_is_one_table(run):
    """One line of titles, and a column that says which model a row belongs to."""
    result = run("truncated.keras", "transfer.keras", "shared.keras", "--format", "csv")
    assert {row["model"] for row in csv.DictReader(StringIO(result.out))} == {"transfer.keras", "shared.keras"}
    assert result.out.count("class_name") == 1


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_something(run, form):
    """Every format that the help names exists."""
    assert "23" in run("dominated.keras", "--format", form).out


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        (("--depth", "all"), "bn_2"),
        (("--depth", "2"), "bn_2"),
        (("--variables",), "moving_variance"),
        (("--top", "1"), "5 more rows"),
        (("--sort", "parameters"), "dense"),
        (("--sharing",), "No tensor is shared."),
        (("--tensors",), "layers/optimizer/iteration"),
    ],
)
def test_options(run, options, seen):
    """Each option shows what it promises."""
    assert seen in run("transfer.keras", *options).out


def test_variables_and_top_stop_where_told(run):
    """They look at all levels unless a depth is given."""
    assert "3 more rows" not in run("transfer.keras", "--top", "1", "--depth", "1").out
    assert "2 more rows" in run("transfer.keras", "--top", "1", "--depth", "1").out


def test_an_error_is_one_message_on_standard_error(run):
    """The file, what is wrong, what to do, the slug and its page; nothing on standard output."""
    result = run("truncated.keras")
    assert (result.code, result.out) == (2, "")
    first, second = result.err.splitlines()
    assert first.startswith("paramcount: error: truncated.keras: metadata.json: the header ends early.")
    assert second.strip().startswith("[truncated-file] https://")
    assert second.endswith("/docs/errors/truncated-file.md")
    assert "Traceback" not in result.err


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_has_its_code(monkeypatch, run, kind):
    """Every error of the family ends with 2 and names its slug or the help."""

    def fail(path, **_):
        raise kind("it is not so")

    monkeypatch.setattr(show, "count", fail)
    result = run("x")
    assert (result.code, result.out) == (2, "")
    assert ("--help" if kind is UsageError else f"[{kind.slug}]") in result.err


def test_what_an_error_quotes_cannot_steer_the_terminal(monkeypatch, run):
    """Escape sequences and line breaks that come from the file are written as escapes."""

    def fail(path, **_):
        raise ParamcountError("bad name 'a\x1b[2J\nparamcount: all is well'")

    monkeypatch.setattr(show, "count", fail)
    result = run("x")
    assert "\x1b" not in result.err
    assert result.err.count("\n") == 2


def test_a_fault_asks_for_a_report(run):
    """What should not happen is one line with a request, and its own code."""
    result = run("fault.keras")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("paramcount: fault: fault.keras: ValueError: boom\\x1b[2J\n")
    assert "Please report it" in result.err
    assert "Traceback" not in result.err


def test_debug_shows_the_traceback(run):
    """For those who want to report it well."""
    result = run("fault.keras", "--debug")
    assert "Traceback" in result.err
    assert result.code == 3


@pytest.mark.parametrize(
    "argv",
    [(), ("--sort", "x", "m"), ("--depth", "0", "m"), ("--top", "-1", "m"), ("--nonsense", "m"), ("--dep", "1", "m")],
)
def test_wrong_arguments(run, argv):
    """Wrong arguments are code 2, one line, and a hint at the help."""
    result = run(*argv)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("paramcount: error: ")
    assert result.err.endswith("See `paramcount --help`.\n")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("argv", [("--help",), ("-h",), ("show", "--help")])
def test_help(run, argv):
    """Help fits 80 columns and names every option."""
    result = run(*argv)
    assert (result.code, result.err) == (0, "")
    assert max(map(len, result.out.splitlines())) <= 80
    for word in ("--format", "--depth", "--variables", "--sort", "--top", "--sharing", "--tensors", "--color"):
        assert f"  {word}" in result.out
    assert "exit codes" in result.out


def test_version(run):
    """The version alone."""
    assert run("--version").out == f"paramcount {__version__}\n"


def test_an_interrupt_is_quiet(run):
    """Control-C ends without a traceback, with the code a shell expects."""
    result = run("interrupted.keras")
    assert (result.code, result.out, result.err) == (130, "", "")


class Closed(StringIO):
    """A pipe whose reader has gone."""

    def write(self, text):
        raise BrokenPipeError


def test_a_closed_pipe_is_quiet(run):
    """`| head` is no error to talk about."""
    result = run("dominated.keras", stdout=Closed())
    assert (result.code, result.err) == (141, "")


class Full(StringIO):
    """A disk without room."""

    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told(run):
    """Output that cannot be written is an error of its own."""
    result = run("dominated.keras", stdout=Full())
    assert result.code == 2
    assert result.err == "paramcount: error: the output could not be written: No space left on device\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("form", FORMATS)
def test_any_encoding_will_do(run, encoding, form):
    """Where the output cannot carry a character there is a plain one in its place, and the columns still align."""
    raw = BytesIO()
    stream = TextIOWrapper(raw, encoding=encoding, newline="\n")
    stream.getvalue = lambda: stream.flush() or raw.getvalue().decode(encoding)
    result = run("transfer.keras", "--format", form, stdout=stream)
    assert result.code == 0
    assert "12,810" in result.out or "12810" in result.out
    if encoding == "ascii" and form == "text":
        plain = text.render(builders.transfer())
        assert [len(line) for line in result.out.splitlines()] == [len(line) for line in plain.splitlines()]
        assert "transfer.keras - Keras 3.15.1 archive" in result.out


def test_a_name_that_is_no_utf8(monkeypatch, run):
    """The bytes of a file name that no encoding explains are shown as escapes."""
    report = builders.dominated()
    model = report.model._replace(source=report.source._replace(path="caf\udce9.keras"))
    monkeypatch.setattr(show, "count", lambda path, **_: type(report)(model))
    for form in FORMATS:
        raw = BytesIO()
        stream = TextIOWrapper(raw, encoding="utf-8", newline="\n")
        stream.getvalue = lambda stream=stream, raw=raw: stream.flush() or raw.getvalue().decode()
        assert "udce9.keras" in run("caf\udce9.keras", "--format", form, stdout=stream).out


def test_a_terminal_gets_its_width_and_colours(run, monkeypatch):
    """On a terminal the report fits, and has colours."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    seen = run("transfer.keras", stdout=Terminal()).out
    assert "No room for Class and Output" in seen
    assert "\x1b[" in seen


@pytest.mark.parametrize(
    ("argv", "environment", "terminal", "colored"),
    [
        ((), {"TERM": "xterm"}, True, True),
        ((), {"TERM": "dumb"}, True, False),
        ((), {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ((), {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ((), {"TERM": "xterm"}, False, False),
        ((), {"FORCE_COLOR": "1"}, False, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (("--color", "always"), {"NO_COLOR": "1"}, False, True),
        (("--color", "never"), {"FORCE_COLOR": "1", "TERM": "xterm"}, True, False),
    ],
)
def test_colours(run, monkeypatch, argv, environment, terminal, colored):
    """The option wins over NO_COLOR, that over FORCE_COLOR, that over what the terminal is."""
    monkeypatch.delenv("TERM", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    seen = run("transfer.keras", *argv, stdout=Terminal() if terminal else StringIO()).out
    assert ("\x1b[" in seen) == colored


@pytest.mark.parametrize("told", ["0", "-5", "x", "", "٣"])
def test_a_width_that_is_none(run, monkeypatch, told):
    """COLUMNS is believed only where it is a width."""
    monkeypatch.setenv("COLUMNS", told)
    assert "12,810" in run("transfer.keras", stdout=Terminal()).out


def test_programs_get_no_colours(run):
    """JSON, CSV and Markdown are never coloured."""
    for form in ("json", "csv", "markdown"):
        assert "\x1b" not in run("transfer.keras", "--format", form, "--color", "always", stdout=Terminal()).out


def wrapped(levels):
    """Two layers inside ``levels`` layers that hold nothing else."""
    path = "/".join(["outer"] * levels)
    found = [builders.dense(f"{path}/first", 4, 3), builders.dense(f"{path}/second", 3, 2)]
    while path:
        found = [builders.layer(path, "Sequential", *found)]
        path = path.rpartition("/")[0]
    return builders.report(*found)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_model_inside_nothing_but_models_is_opened_down_to_its_layers(run, monkeypatch, levels):
    monkeypatch.setattr(show, "count", lambda *_, **__: wrapped(levels))

    assert "second" in run("model.keras").out
    assert "second" not in run("model.keras", "--depth", "1").out


def test_the_parts_of_a_single_layer_with_weights_of_its_own_are_not_opened(run, monkeypatch):
    layer = builders.dense("outer", 4, 3)
    parts = [builders.dense("outer/first", 4, 3), builders.dense("outer/second", 3, 2)]
    monkeypatch.setattr(show, "count", lambda *_, **__: builders.report(layer._replace(children=tuple(parts))))

    assert "second" not in run("model.keras").out
