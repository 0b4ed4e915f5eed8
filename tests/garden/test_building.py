"""What the worker makes of experiments, on a stand-in for the package whose models tf_keras builds for real."""

from __future__ import annotations

import pytest

from paramcount.garden.wire import decoded
from paramcount.report import Report

pytestmark = pytest.mark.oracle

REQUESTS = {
    "graph": {"name": "small"},
    "set": {"name": "small", "settings": ["task.model.backbone.dense.units=10"]},
    "file": {
        "name": "small",
        "files": [["one.yaml", "{task: {model: {backbone: {dense: {units: 7}}}}}"]],
        "settings": ["task.model.input_size=[6]"],
    },
    "other": {"name": "small", "settings": ["task.model.backbone.conv.filters=9"]},
    "frozen": {"name": "small_models/frozen"},
    "lazy": {"name": "lazy"},
    "like_data": {"name": "like_data"},
    "uncallable": {"name": "uncallable"},
    "in_training": {"name": "in_training"},
    "boxes": {"name": "boxes"},
    "unused": {"name": "unused"},
    "nested": {"name": "nested"},
    "branches": {"name": "branches"},
    "sampler": {"name": "sampler"},
    "needs_values": {"name": "needs_values"},
    "allocated": {"name": "needs_values", "allocate": True},
    "graph_allocated": {"name": "small", "allocate": True},
    "never": {"name": "never", "allocate": True},
    "no_model": {"name": "no_model"},
    "no_task": {"name": "no_task"},
    "lost_task": {"name": "lost_task"},
}


@pytest.fixture(scope="session")
def given(answers):
    pytest.importorskip("tf_keras")
    return dict(zip(REQUESTS, answers(list(REQUESTS.values())), strict=True))


@pytest.fixture
def report(given):
    """The report of one of the requests above."""

    def made(key):
        assert "model" in given[key], given[key]
        return Report(decoded(given[key]["model"]))

    return made


def numbers(report):
    return report.total, report.trainable, report.frozen, report.state


def test_a_graph_of_layers_is_counted_as_it_is(report):
    found = report("graph")

    assert numbers(found) == (4 * 3 + 3 + 3 * 2 + 2, 23, 0, 0)
    assert [row.layer.name for row in found.rows(depth=1)] == ["first", "second"]
    assert not found.findings


def test_weights_that_have_memory_give_the_same_model(given):
    assert decoded(given["graph_allocated"]["model"]).root.children == decoded(given["graph"]["model"]).root.children


def test_a_setting_changes_the_model(report):
    assert report("set").total == 4 * 10 + 10 + 10 * 2 + 2


def test_files_come_before_settings(report):
    assert report("file").total == 6 * 7 + 7 + 7 * 2 + 2


def test_a_setting_of_what_is_not_chosen_is_told(report):
    found = report("other")

    assert found.total == report("graph").total
    assert [finding.id for finding in found.findings] == ["setting-without-effect"]
    assert "type=conv" in found.findings[0].advice


def test_a_freeze_by_the_task_is_a_frozen_role_with_its_reason(report):
    found = report("frozen")

    assert numbers(found) == (23, 15, 8, 0)
    assert {variable.reason for variable in found.variables() if variable.role == "frozen"} == {"trainable=False here"}


def test_a_model_that_is_partly_built_is_called_before_it_is_counted(report):
    found = report("lazy")

    assert found.total == 4 * 3 + 3 + 3 * 5 + 5
    assert not found.lower_bound


def test_a_model_without_a_known_input_is_called_with_what_its_data_looks_like(report):
    found = report("like_data")

    assert found.total == 11 * 3
    assert not found.lower_bound


def test_a_model_that_cannot_be_called_is_a_lower_bound_with_the_reason(report):
    found = report("uncallable")

    assert found.lower_bound
    assert found.totals.total.parameters == 4 * 3 + 3
    assert [finding.id for finding in found.findings] == ["not-built"]
    assert "wants what nobody gives" in found.findings[0].message


def test_a_layer_that_only_training_calls_is_counted(report):
    found = report("in_training")

    assert found.total == 4 * 3 + 3 + 4 * 7 + 7
    assert not found.lower_bound


def test_a_layer_whose_class_replaces_call_is_not_taken_for_unbuilt(report):
    found = report("boxes")

    assert found.total == 4 * 3 + 3
    assert not found.lower_bound
    assert not found.findings


def test_a_graph_inside_a_model_gives_its_shapes_without_running_again(report):
    found = report("nested")

    assert found.total == 3 * 3 * 3 * 4 + 4 + 3 * 3 * 4 * 5 + 5 + 5 * 5 + 5
    assert not found.lower_bound


def test_a_call_that_branches_on_a_tensor_is_converted_for_it(report):
    found = report("branches")

    assert found.total == 4 * 6 + 6
    assert not found.lower_bound


def test_what_chooses_among_boxes_is_known_to_have_no_weights(report):
    """Its call would fail here: it is not needed."""
    found = report("sampler")

    assert found.total == 4 * 3 + 3
    assert not found.lower_bound


def test_a_layer_that_is_never_called_is_named_and_does_not_make_a_lower_bound(report):
    found = report("unused")

    assert found.total == 4 * 3 + 3
    assert not found.lower_bound
    assert [(finding.id, finding.severity) for finding in found.findings] == [("without-weights", "info")]
    assert "dense" in found.findings[0].message


def test_what_needs_the_values_of_weights_is_built_with_memory(given, report):
    assert given["needs_values"]["again"]
    assert report("allocated").total == 200 * 100 + 100


def test_what_fails_with_memory_too_has_the_reason_of_the_package(given):
    assert not given["never"]["again"]
    what = given["never"]["error"]["what"]

    assert "ValueError: boxes are missing (official/models.py, line " in what


def test_what_is_no_keras_model_is_refused(given):
    assert "no tf_keras model" in given["no_model"]["error"]["what"]
    assert given["no_model"]["error"]["found"] == "an object of class builtins.object"


def test_a_task_whose_module_is_broken_names_the_module_and_what_it_misses(given):
    what = given["no_task"]["error"]["what"]

    assert "official.projects.broken.task cannot be imported" in what
    assert "a_module_that_nobody_has" in what


def test_a_task_that_nothing_registers_is_told_in_the_words_of_the_package(given):
    assert "never registered" in given["lost_task"]["error"]["what"]


def test_rows_and_totals_of_every_model_agree(given):
    from paramcount.count import reconcile

    for answer in given.values():
        if "model" in answer:
            assert reconcile(decoded(answer["model"])).holds
