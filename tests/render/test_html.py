"""HTML: one fragment, offline, without script, and nothing in a name becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import builders
from paramcount.count import layers_of
from paramcount.render.html import render
from paramcount.render.options import Options

VOID = {"br", "hr", "img", "input", "meta", "link"}


class Checker(HTMLParser):
    """Collects tags and text, and notices what is not closed."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.tags = set()
        self.text = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onclick", "onload"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def parsed(text):
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    return checker


@pytest.mark.parametrize("options", [Options(), Options(top=2), Options(tensors=True, sharing=True)])
@pytest.mark.parametrize("name", builders.ALL)
def test_it_is_well_formed_and_offline(name, options):
    """Every tag is closed; nothing is fetched and nothing runs."""
    text = render(builders.ALL[name](), options)
    assert parsed(text).tags <= {"div", "style", "p", "span", "details", "summary", "table", "tr", "td", "th"}
    assert "http" not in text
    assert "url(" not in text


@pytest.mark.parametrize("name", builders.ALL)
def test_everything_is_in_it(name):
    """All layers and tensors are there, below the rows that open."""
    report = builders.ALL[name]()
    seen = " ".join(parsed(render(report)).text)
    for layer in layers_of(report.model.root):
        assert layer.name in seen or not layer.path
        for variable in layer.variables:
            assert variable.name in seen
    assert f"{report.totals.total.parameters:,}" in seen


def test_names_are_text():
    """A layer called like a script is text."""
    name = "</div><script>alert('x')</script>&amp;\"'"
    report = builders.report(builders.dense(name, 1, 1, reason=name), source=builders.ARCHIVE._replace(path=name))
    checker = parsed(render(report))
    assert "script" not in checker.tags
    assert any(name in text for text in checker.text)


def test_style_stays_inside():
    """Every rule of the style is below the fragment's own class."""
    style = render(builders.dominated()).partition("<style>")[2].partition("</style>")[0]
    selectors = [part for rule in style.split("}") for part in rule.partition("{")[0].split(",") if part.strip()]
    assert all(selector.strip().startswith(".paramcount") for selector in selectors)


def test_the_report_offers_it():
    """A notebook finds it by the name it looks for."""
    assert builders.dominated()._repr_html_() == render(builders.dominated())
