"""Every form of an explanation: as looked at and accepted, and what must hold whatever it looks like."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import explained
import golden
from builders import layer, report
from explained import dense
from paramcount.explanation import LEVELS, explain
from paramcount.render import explanation, explanation_html, explanation_json, explanation_markdown
from paramcount.render.explanation_rows import shape_text, sizes_text, total_text
from paramcount.render.options import Options

SCHEMA = Path(__file__).parents[2] / "docs" / "explain-schema.json"
MODELS = pytest.mark.parametrize("name", explained.ALL)
TAGS = re.compile(r"\x1b\[[0-9;]*m")

ISSUE = """\
lstm        4 * (64 * (64 + 5) + 64) = 17920          4 gates, each: units * (units + inputs) + units
  kernel            (5, 256)    5 * 4*64      =  1280
  recurrent_kernel  (64, 256)   64 * 4*64     = 16384
  bias              (256,)      4*64          =   256
gru         3 * (32 * (32 + 64) + 2 * 32) = 9408      3 gates; reset_after=True keeps two biases
"""


@MODELS
@pytest.mark.parametrize("level", LEVELS)
def test_text(name, level):
    golden.check(f"explain/{name}-{level}.txt", explanation.render(explain(explained.ALL[name]()), level))


@MODELS
@pytest.mark.parametrize("columns", [80, 160])
def test_terminal(name, columns):
    shown = explanation.render(explain(explained.ALL[name]()), "variables", Options(width=columns, color=True))
    golden.check(f"explain/{name}-{columns}.term.txt", shown)


@MODELS
@pytest.mark.parametrize("level", LEVELS)
def test_markdown(name, level):
    golden.check(f"explain/{name}-{level}.md", explanation_markdown.render(explain(explained.ALL[name]()), level))


@MODELS
def test_json(name):
    golden.check(f"explain/{name}.json", explanation_json.render(explain(explained.ALL[name]())))


def test_html():
    made = explanation_html.render(explain(explained.transfer()), "teach")
    golden.check("explain/transfer-teach.html", made)


def test_the_example_of_the_issue_is_what_is_shown():
    shown = explanation.render(explain(explained.recurrent_model()))
    assert shown.startswith(ISSUE)
    last = shown.splitlines()[-1]
    assert last == "total       17920 + 9408 + 2352 + 200 = 29880         equals what the file stores"


@MODELS
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("columns", [40, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(name, level, columns):
    shown = explanation.render(explain(explained.ALL[name]()), level, Options(width=columns))
    assert [line for line in shown.splitlines() if len(line) > columns] == []


@MODELS
@pytest.mark.parametrize("level", LEVELS)
def test_no_width_loses_a_word_or_a_number(name, level):
    """Only where lines break differs."""
    made = explain(explained.ALL[name]())
    wide = explanation.render(made, level).split()
    assert sorted(explanation.render(made, level, Options(width=60)).split()) == sorted(wide)


@MODELS
def test_colours_change_no_text(name):
    made = explain(explained.ALL[name]())
    for width in (None, 80):
        plain = explanation.render(made, "variables", Options(width=width))
        coloured = explanation.render(made, "variables", Options(width=width, color=True))
        assert TAGS.sub("", coloured) == plain
        assert coloured != plain


@MODELS
@pytest.mark.parametrize("level", LEVELS)
def test_json_keeps_its_schema(name, level):
    validator = pytest.importorskip("jsonschema").Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    validator.validate(json.loads(explanation_json.render(explain(explained.ALL[name]()), level)))


@MODELS
def test_json_has_every_number(name):
    made = explain(explained.ALL[name]())
    data = made.to_dict()
    assert [layer["calculation"] for layer in data["layers"]] == [line.calculation for line in made.lines]
    assert [layer["value"] for layer in data["layers"]] == [line.value for line in made.lines]
    assert data["total"]["value"] == made.report.total
    assert sum(data["total"]["terms"]) - data["total"]["shown_twice"] == made.report.total


class Balanced(HTMLParser):
    """Fails at an element that is not closed by its own end."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.addresses = [], [], []

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@MODELS
@pytest.mark.parametrize("level", LEVELS)
def test_html_is_well_formed_and_stands_alone(name, level):
    page = Balanced()
    made = explanation_html.render(explain(explained.ALL[name]()), level)
    page.feed(made)
    assert page.open == []
    assert page.addresses == []
    assert "<script" not in made
    for math in re.findall(r"<math>.*?</math>", made):
        ET.fromstring(math)  # noqa: S314 - made by us


def test_names_from_a_file_are_only_text():
    made = explain(report(dense("<img src=x>|`\x1b[2J", 3, 4)))
    page = Balanced()
    page.feed(explanation_html.render(made, "teach"))
    assert page.addresses == []
    assert "\x1b" not in explanation.render(made, "teach")
    assert "\x1b" not in explanation_markdown.render(made, "teach")
    assert "\\x1b[2J" in explanation.render(made, "line")


def test_a_notebook_shows_a_fragment():
    made = explain(explained.dense_chain())
    assert made._repr_html_().startswith('<div class="paramcount">')
    assert str(made) == explanation.render(made).rstrip("\n")


def test_the_layer_that_has_nearly_everything_cannot_be_missed():
    """Q8: the line that says so stands alone at the end, and the reason beside the number."""
    for level in ("line", "variables"):
        shown = explanation.render(explain(explained.flattening()), level)
        assert shown.splitlines()[-1] == "dense alone has 23,888,000 of 23,908,682 (99.9 %)"
        assert "Flatten leaves 54 * 54 * 64 = 186,624 inputs" in shown
    taught = explanation.render(explain(explained.flattening()), "teach")
    assert "turns 54 * 54 * 64 into 186,624 inputs" in " ".join(taught.split())


def test_tensors_and_parameters_stand_side_by_side():
    """Q10, Q11: 2 is the number of tensors, and what trained before is added up."""
    words = " ".join(explanation.render(explain(explained.transfer()), "teach").split())
    assert "330 parameters in 2 tensors train. len(model.trainable_weights) is the number of tensors, 2" in words
    assert "928 parameters in 3 tensors are frozen by base" in words
    assert "330 + 928 = 1,258 parameters in 5 tensors trained" in words
    assert "64 parameters in 2 tensors never train by design" in words
    assert "928 + 64 = 992 non-trainable" in words


def test_the_tensors_are_told_by_name():
    """Q13: 26 tensors are 13 kernels and 13 biases."""
    made = explain(report(*[dense(f"dense_{index}", 2, 2) for index in range(13)]))
    words = " ".join(explanation.render(made, "teach").split())
    assert "in 26 tensors. By name, the tensors are 13 kernel, 13 bias." in words


def test_what_holds_for_several_layers_is_said_of_each():
    weightless = [layer(name, "Flatten") for name in ("flatten", "flatten_1")]
    made = explain(report(dense("dense", 2, 2), *weightless))
    words = " ".join(explanation.render(made, "teach").split())
    assert "flatten, flatten_1: each puts its numbers in one row" in words


def test_the_window_is_moved_over_what_the_layer_takes():
    words = {}
    for name in ("Conv1D", "Conv2D", "Conv3D"):
        made = explain(report(dense("c", 2, 2)._replace(class_name=name)))
        words[name] = " ".join(explanation.render(made, "teach").split())
    assert "neither the length of the input nor padding" in words["Conv1D"]
    assert "neither the size of the image nor padding" in words["Conv2D"]
    assert "neither the size of the input nor padding" in words["Conv3D"]


def test_each_thing_is_explained_once():
    words = " ".join(explanation.render(explain(explained.dense_chain()), "teach").split())
    assert words.count("The + 1 is the bias") == 1
    assert words.count("Freezing changes who trains") == 1


def test_many_terms_are_not_written_out():
    many = explain(report(*[dense(f"dense_{index}", 2, 2) for index in range(20)]))
    assert total_text(many.total) == "sum of 20 layers = 120"


def test_shapes_are_written_as_python_writes_them():
    items = explain(explained.recurrent_model()).lines[0].items
    assert [shape_text(item) for item in items] == ["(5, 256)", "(64, 256)", "(256,)"]
    assert [sizes_text(item) for item in items] == ["5 * 4*64", "64 * 4*64", "4*64"]


def test_one_variable_needs_no_second_line():
    made = explain(explained.recurrent_model(), ("lstm/kernel",))
    assert explanation.render(made).splitlines() == [
        "lstm/kernel  5 * 4 * 64 = 1280                        inputs * gates * units"
    ]
