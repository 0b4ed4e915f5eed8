"""`paramcount garden`: the list of experiments, and the other way to name one."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from paramcount.catalog import garden
from paramcount.cli import garden as command
from paramcount.errors import UsageError


@pytest.fixture
def run():
    """Runs the command with a stand-in for ``paramcount MODEL ...`` that takes down its arguments."""
    shown = []

    def call(*argv):
        out = StringIO()
        code = command.run(argv, out, lambda arguments: shown.append(arguments) or 0)
        return code, out.getvalue(), shown

    return call


def test_the_list_has_every_experiment_with_its_numbers(run):
    code, out, _ = run("--list")
    lines = out.splitlines()

    assert code == 0
    assert lines[0] == "Model Garden 2.20.0, 85 experiments"
    assert lines[2].split() == ["Experiment", "Total", "Trainable", "Note"]
    assert [line.split()[0] for line in lines[3:]] == [entry.name for entry in garden.entries()]
    assert ["resnet_imagenet", "25,612,201", "25,559,081"] in [line.split() for line in lines]


def test_words_choose_experiments(run):
    _, out, _ = run("--list", "video", "ssl", "pretrain")

    assert [line.split()[0] for line in out.splitlines()[3:]] == [
        "video_ssl_pretrain_kinetics400", "video_ssl_pretrain_kinetics600",
    ]  # fmt: skip


def test_what_needs_settings_has_them_as_a_note(run):
    _, out, _ = run("--list", "bert/tagging")

    assert out.splitlines()[-1].endswith("  with task.class_names=[O,B,I]")


def test_what_cannot_be_built_is_not_shown_as_a_number(run):
    _, out, _ = run("--list", "dlrm_criteo")

    assert out.splitlines()[-1].split()[:3] == ["dlrm_criteo", "unknown", "unknown"]
    assert "tensorflow_recommenders" in out


def test_a_search_without_a_result_is_an_error_with_what_is_near(run):
    with pytest.raises(UsageError, match=r"no experiment has resnet_imagnet in its name.*`resnet_imagenet`"):
        run("--list", "resnet_imagnet")


def test_json_has_all_fields_and_the_versions(run):
    _, out, _ = run("--list", "resnet_imagenet", "--format", "json")
    data = json.loads(out)

    assert (data["package"], data["version"]) == ("tf-models-official", "2.20.0")
    assert data["experiments"][0] == {
        "name": "resnet_imagenet", "total": 25_612_201, "trainable": 25_559_081, "frozen": 0, "state": 53_120,
        "tensors": 267, "trainable_tensors": 161, "lower_bound": False, "reason": "", "settings": "",
    }  # fmt: skip


def test_json_of_nothing_is_an_empty_list(run):
    _, out, _ = run("--list", "nothing like it", "--format", "json")

    assert json.loads(out)["experiments"] == []


def test_csv_has_exact_integers_and_leaves_unknown_ones_empty(run):
    _, out, _ = run("--list", "--format", "csv")
    rows = {row["name"]: row for row in csv.DictReader(StringIO(out))}

    assert len(rows) == 85
    assert rows["resnet_imagenet"]["total"] == "25612201"
    assert rows["dlrm_criteo"]["total"] == ""


def test_markdown_is_a_table(run):
    _, out, _ = run("--list", "resnet_imagenet", "--format", "markdown")

    assert out.splitlines()[0].startswith("| Experiment")
    assert "| resnet_imagenet " in out


def test_a_name_is_what_follows_garden_and_a_colon(run):
    code, out, shown = run("resnet_imagenet", "--set", "task.model.num_classes=10", "--depth", "2", "--format=json")

    assert (code, out) == (0, "")
    assert shown == [["garden:resnet_imagenet", "--set", "task.model.num_classes=10", "--depth", "2", "--format=json"]]


def test_a_name_may_have_its_prefix_already(run):
    assert run("garden:mock", "mnist")[2] == [["garden:mock", "garden:mnist"]]


def test_without_a_name_it_is_said_how_to_list_them(run):
    with pytest.raises(UsageError, match=r"no experiment was named.*garden --list"):
        run("--depth", "2")
    with pytest.raises(UsageError, match="no experiment was named"):
        run()


def test_help_shows_both_ways(run):
    code, out, _ = run("--help")

    assert code == 0
    assert "paramcount garden --list [WORD ...]" in out
    assert "paramcount garden NAME ... [options]" in out
