"""Markdown shows the same, and nothing in a name becomes markup."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import builders
import golden
from paramcount.render.markdown import code, escape, render
from paramcount.render.options import Options


@pytest.mark.parametrize("name", builders.ALL)
def test_golden(name):
    """The Markdown form, as looked at and accepted."""
    golden.check(f"{name}.md", render(builders.ALL[name]()))


def test_golden_depth():
    """Rows below others are indented."""
    golden.check("transfer-depth.md", render(builders.transfer(), Options(depth=None)))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b", "a_b"),
        ("_a_", "\\_a\\_"),
        ("a|b", "a\\|b"),
        ("<script>", "\\<script>"),
        ("<0.1 %", "<0.1 %"),
        (">= 1,000", ">= 1,000"),
        ("*x* [y](z)", "\\*x\\* \\[y\\](z)"),
        ("a `b`", "a \\`b\\`"),
    ],
)
def test_escape(text, escaped):
    """Only what means something to Markdown is escaped, so that the source stays readable."""
    assert escape(text) == escaped


@pytest.mark.parametrize(
    ("text", "fenced"), [("", ""), ("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a|b", "`a\\|b`")]
)
def test_code(text, fenced):
    """A name with backquotes gets a longer fence, and a bar its backslash."""
    assert code(text) == fenced


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NAMES = st.text(st.sampled_from("ab _*`|\\\\<>[]()!#~&;/-+.1$"), min_size=1, max_size=12).map(str.strip).filter(bool)


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES)
def test_a_reader_of_markdown_sees_exactly_the_name(name, word):
    """Read by a Markdown parser, a name in a cell and a word beside it are what they were, and nothing else."""
    table = f"| a | b |\n| --- | --- |\n| {code(name)} | x {escape(word)} x |\n"
    parsed = MARKDOWN.render(table)
    cells = [html.unescape(cell.rpartition("</td>")[0]) for cell in parsed.split("<td>")[1:]]
    assert cells == [f"<code>{name}</code>", f"x {word} x"]


def test_every_row_has_as_many_cells():
    """No name can add a cell to its row."""
    report = builders.report(builders.dense("a|b", 1, 1), builders.dense("c\\|d", 1, 1))
    rows = render(report).split("\n\n")[1].splitlines()
    assert {row.replace("\\|", "").count("|") for row in rows} == {rows[0].count("|")}
