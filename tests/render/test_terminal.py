"""On a terminal: it fits, numbers and names stay whole, and colours come only when asked for."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

import builders
import golden
from paramcount.render.options import Options
from paramcount.render.terminal import render

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
MODELS = {**builders.ALL, "resnet": builders.resnet_like}


@pytest.mark.parametrize("columns", [80, 100, 120, 160, 250])
@pytest.mark.parametrize(
    "options", [Options(), Options(depth=None), Options(depth=None, variables=True), Options(top=2)]
)
@pytest.mark.parametrize("name", MODELS)
def test_it_fits(name, options, columns):
    """No line is wider than the terminal."""
    seen = render(MODELS[name](), options._replace(width=columns))
    assert [line for line in seen.splitlines() if cell_len(line) > columns] == []


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 160])
@pytest.mark.parametrize("name", MODELS)
def test_no_number_is_ever_cut(name, columns):
    """Every exact integer stands whole in one line, however narrow it gets."""
    report = MODELS[name]()
    seen = render(report, Options(width=columns))
    for row in report.rows(depth=1):
        assert row.parameters is None or f"{row.parameters:,}" in seen
    assert "…" not in seen


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_long_name_folds_and_stays_whole(columns):
    """A name longer than its column continues on the next line."""
    name = "a_very_long_name_" * 12
    seen = render(builders.report(builders.dense(name, 3, 4)), Options(width=columns))
    first_column = "".join(line.split("  ")[0].strip() for line in seen.splitlines()[3:])
    assert name in first_column


def test_what_is_left_out_is_said():
    """Columns without room are named, so that nobody thinks they are unknown."""
    assert "No room for Class and Output" in render(builders.transfer(), Options(width=80))
    assert "No room" not in render(builders.transfer(), Options(width=160))


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("name", builders.ALL)
def test_golden(name, columns):
    """The terminal form, as looked at and accepted."""
    golden.check(f"{name}-{columns}.term.txt", render(builders.ALL[name](), Options(width=columns)))


def test_no_escapes_without_colour():
    """Without colour there is no escape sequence at all."""
    assert "\x1b" not in render(builders.transfer(), Options(width=80))


def test_colours_change_no_character():
    """With the colours taken out, the two forms are one."""
    plain = render(builders.transfer(), Options(width=80))
    colored = render(builders.transfer(), Options(width=80, color=True))
    assert ESCAPE.search(colored)
    stripped = "".join(line.rstrip() + "\n" for line in ESCAPE.sub("", colored).splitlines())
    assert stripped == plain


def test_the_environment_does_not_matter(monkeypatch):
    """The form depends on its arguments only."""
    seen = render(builders.transfer(), Options(width=80, color=True))
    for name, value in {"NO_COLOR": "1", "COLUMNS": "33", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert render(builders.transfer(), Options(width=80, color=True)) == seen


def test_markup_in_a_name_is_text():
    """A layer called like a rich tag or an emoji is shown as it is called."""
    seen = render(builders.report(builders.dense("[bold]x:smile:", 1, 1)), Options(width=80))
    assert "[bold]x:smile:" in seen


def test_no_width_means_as_much_as_it_takes():
    """Colours into a pipe: nothing folds."""
    seen = render(builders.partly(), Options(color=True))
    assert "partly: 28 train, 20 frozen (trainable=False on block_1), 8 state" in seen
