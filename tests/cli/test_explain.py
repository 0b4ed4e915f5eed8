"""`paramcount explain`: what it prints, where, and which code it returns."""

from __future__ import annotations

import json
from io import StringIO

import pytest

import explained
from paramcount import errors
from paramcount.cli import explain as command
from paramcount.cli.main import main
from paramcount.render import explanation, explanation_html, explanation_json, explanation_markdown

MODEL = "recurrent.keras"


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def asked():
    """What `count` was asked for."""
    return []


@pytest.fixture
def run(monkeypatch, asked):
    """Runs the command line in this process, reading nothing."""

    def fake_count(path, **options):
        asked.append((path, options))
        if path == "truncated.keras":
            raise errors.TruncatedFile("the header ends early", where="metadata.json")
        if path == "fault.keras":
            raise ValueError("boom")
        return explained.ALL[path.partition(".")[0]]()

    monkeypatch.setattr(command, "count", fake_count)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv, stdout=None):
        out, err = stdout or StringIO(), StringIO()
        code = main(argv, out, err)
        return code, out.getvalue(), err.getvalue()

    return call


def whole(level=""):
    return explanation.render(command.explain(explained.recurrent_model()), level)


def test_a_model_alone(run, asked):
    assert run("explain", MODEL) == (0, whole(), "")
    assert asked == [(MODEL, {"arguments": {}})]


def test_the_short_way_is_the_long_way():
    short, long_ = command.request_of(["a", "b"]), command.request_of(["a", "b", "--color", "auto"])
    assert short == long_ == command.Request("a", ("b",))


@pytest.mark.parametrize("level", ["line", "variables", "teach"])
def test_levels(run, level):
    assert run("explain", MODEL, "--level", level) == (0, whole(level), "")


def test_calculations_are_written_as_people_write_them(run):
    out = run("explain", MODEL, "--level", "line")[1]
    assert out.startswith("lstm = 4 * (64 * (64 + 5) + 64) = 17920 ")


def test_patterns_before_and_after_options(run):
    code, out, _ = run("explain", MODEL, "gru*", "--level", "line", "simple_rnn")
    assert code == 0
    assert [line.split(" = ")[0] for line in out.splitlines()] == ["gru", "gru_1", "simple_rnn", "sum"]


def test_formats(run):
    made = command.explain(explained.recurrent_model())
    assert run("explain", MODEL, "--format", "json")[1] == explanation_json.render(made)
    assert run("explain", MODEL, "--format", "markdown")[1] == explanation_markdown.render(made)
    assert run("explain", MODEL, "--format", "html")[1] == explanation_html.render(made)
    taught = json.loads(run("explain", MODEL, "--format", "json", "--level", "teach")[1])
    assert taught["lessons"]["layers"][0]["path"] == "lstm"
    assert "lessons" not in json.loads(run("explain", MODEL, "--format", "json")[1])


def test_a_terminal_is_filled_and_coloured(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    out = run("explain", MODEL, stdout=Terminal())[1]
    assert "\x1b[" in out
    out = run("explain", MODEL, "--color", "never", stdout=Terminal())[1]
    assert "\x1b[" not in out
    assert max(map(len, out.splitlines())) <= 60


def test_a_pattern_that_matches_nothing(run):
    code, out, err = run("explain", MODEL, "lsmt")
    assert (code, out) == (2, "")
    assert err.startswith("paramcount: error: no layer and no variable matches 'lsmt'. Did you mean lstm")


def test_no_model(run):
    code, _, err = run("explain")
    assert code == 2
    assert "no MODEL was named" in err


def test_a_model_that_cannot_be_read(run):
    code, out, err = run("explain", "truncated.keras")
    assert (code, out) == (2, "")
    assert "truncated.keras: metadata.json: the header ends early" in err
    assert "[truncated-file]" in err
    assert run("explain", "fault.keras")[0] == 3


@pytest.mark.parametrize("argv", [["--level", "all"], ["--format", "csv"], ["--unknown"], ["--classes", "0"]])
def test_wrong_options(run, argv):
    code, out, err = run("explain", MODEL, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("paramcount: error: ")


def test_help(run):
    code, out, _ = run("explain", "--help")
    assert code == 0
    assert out.startswith("usage: paramcount explain MODEL [PATTERN ...]")
    assert all(len(line) <= 80 for line in out.splitlines())


def test_the_general_help_names_every_command(run):
    from paramcount.cli.main import COMMANDS

    out = run("--help")[1]
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (["--input-shape", "28,28,3"], {"input_shape": (28, 28, 3)}),
        (["--input-shape", "4", "--input-shape", "5"], {"input_shape": ((4,), (5,))}),
        (["--input-shape", "a=4", "--input-shape", "b=5,6"], {"input_shape": {"a": (4,), "b": (5, 6)}}),
        (["--no-top"], {"options": {"include_top": False}}),
        (["--classes", "10", "--alpha", "0.35"], {"options": {"classes": 10, "alpha": 0.35}}),
        (["--minimalistic", "--no-preprocessing"], {"options": {"minimalistic": True, "include_preprocessing": False}}),
        (["--pooling", "avg", "--depth-multiplier", "2"], {"options": {"pooling": "avg", "depth_multiplier": 2}}),
        (["--arg", "units=4", "--arg", "name=x"], {"arguments": {"units": 4, "name": "x"}}),
        (["--tag-set", "train, gpu"], {"tag_set": ("train", "gpu")}),
        (["--tag-set", ""], {"tag_set": ()}),
        (
            ["--set", "a.b=1", "--set", "c=2", "--config", "x.yaml"],
            {"settings": ("a.b=1", "c=2"), "configs": ("x.yaml",)},
        ),
    ],
)
def test_what_the_model_does_not_say_is_passed_on(run, asked, argv, options):
    assert run("explain", MODEL, *argv)[0] == 0
    assert asked == [(MODEL, {"arguments": {}, **options})]


def test_show_passes_the_same_on(run, monkeypatch):
    from paramcount.cli import show

    seen = []
    monkeypatch.setattr(show, "count", lambda path, **options: seen.append(options) or explained.recurrent_model())
    assert run(MODEL, "--no-top", "--input-shape", "8")[0] == 0
    assert run(MODEL)[0] == 0
    assert seen == [{"arguments": {}, "input_shape": (8,), "options": {"include_top": False}}, {"arguments": {}}]
