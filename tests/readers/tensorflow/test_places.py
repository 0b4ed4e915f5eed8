"""The tree of layers: every object at the place where its owner holds it, what is shared twice, nothing for ever."""

from __future__ import annotations

import json

import pytest

from paramcount.count import layers_of
from paramcount.errors import LimitExceeded
from paramcount.readers.tensorflow import objects as objects_module
from paramcount.readers.tensorflow import places
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.readers.tensorflow.savedmodel import read_saved_model
from paramcount.report import Report
from readers.tensorflow.saved_model_maker import (
    LAYER,
    METRIC,
    NETWORK,
    Objects,
    checkpoint_files,
    in_memory,
    model_files,
)

BOTH = pytest.mark.parametrize("form", ["saved", "tracked"])


def counted(objects: Objects, form: str = "saved", **options) -> Report:
    if form == "saved":
        report = Report(read_saved_model(in_memory(model_files(objects, **options))))
    else:
        report = Report(read_checkpoint(in_memory(checkpoint_files(objects)), "ckpt"))
    assert report.reconcile().holds
    return report


def layers(report: Report) -> list[str]:
    return [layer.path for root in report.layers for layer in layers_of(root)]


def paths(report: Report) -> list[str]:
    return [variable.path for variable in report.variables()]


@BOTH
def test_objects_are_layers_under_the_names_of_their_attributes(form):
    objects = Objects()
    encoder = objects.object(0, "encoder")
    objects.dense(encoder, "inner", 3, 4)
    objects.dense(0, "head", 4, 2)
    report = counted(objects, form)

    assert ["encoder", "encoder/inner", "head"] == layers(report)
    assert ["encoder/inner/kernel", "encoder/inner/bias", "head/kernel", "head/bias"] == paths(report)
    assert [16, 10] == [row.parameters for row in report.rows(1)]


@BOTH
def test_objects_without_weights_are_no_layers(form):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.object(objects.object(0, "empty"), "inside")
    objects.resource(0, "table")

    assert ["dense"] == layers(counted(objects, form))


@BOTH
def test_lists_of_python_are_rows_with_their_items_in_order(form):
    objects = Objects()
    blocks = objects.listed(0, "blocks", [])
    for number in (10, 2, 1, 0):
        objects.variable(objects.object(blocks, str(number)), "w", (number + 1,))

    assert ["blocks/0/w", "blocks/1/w", "blocks/2/w", "blocks/10/w"] == paths(counted(objects, form))


@BOTH
def test_a_layer_that_its_owner_holds_under_two_names_is_one(form):
    """Keras holds a layer as an attribute, as ``layer-0`` and as ``layer_with_weights-0``: the attribute names it."""
    objects = Objects()
    dense, _, _ = objects.dense(None, "", 3, 4)
    for edge in ("layer_with_weights-0", "layer-0", "mine"):
        objects.edge(0, edge, dense)
    report = counted(objects, form)

    assert (["mine"], {}) == (layers(report), report.sharing)


@BOTH
def test_layers_of_numbers_only_have_the_names_that_their_variables_carry(form):
    objects = Objects()
    for number, name in enumerate(("first", "second", "second")):
        layer = objects.object(0, f"layer-{number}")
        objects.variable(layer, "kernel", (number + 1,), name=f"{name}/kernel:0")

    assert ["first", "second", "second#2"] == layers(counted(objects, form))


def test_names_that_keras_gave_come_before_all_others():
    objects = Objects()
    layer = objects.object(0, "layer-0", LAYER)
    objects.variable(layer, "kernel", (2,), name="scope/kernel")
    cell = objects.object(layer, "cell", LAYER)
    objects.variable(cell, "recurrent", (3,))
    said = {layer: json.dumps({"name": "rnn"}), cell: json.dumps({"name": "lstm_cell"})}

    assert ["rnn", "rnn/cell"] == layers(counted(objects, said=said))


@BOTH
def test_lists_that_keras_3_keeps_are_opened_and_are_no_layers(form):
    objects = Objects()
    inner = objects.object(0, "_functional")
    kept = objects.listed(inner, "_layers", [])
    layer, _, _ = objects.dense(None, "", 3, 4)
    objects.edge(kept, "0", layer)
    objects.edge(objects.listed(0, "_operations", []), "0", layer)
    objects.nodes[layer].edges = [("_kernel", 4), ("bias", 5)]
    report = counted(objects, form)

    assert 1 == len(layers(report))
    assert 16 == report.total


@BOTH
def test_a_list_that_holds_itself_ends(form):
    objects = Objects()
    kept = objects.listed(0, "_layers", [])
    objects.edge(kept, "_layers", kept)
    objects.edge(kept, "0", kept)
    objects.edge(kept, "1", 0)
    objects.edge(kept, "2", objects.variable(None, "", (5,)))

    assert 5 == counted(objects, form).total


@BOTH
def test_what_two_owners_hold_is_counted_once_and_shown_at_both(form):
    objects = Objects()
    left, right = objects.object(0, "left"), objects.object(0, "right")
    dense, _, _ = objects.dense(left, "shared", 3, 4)
    objects.edge(right, "shared", dense)
    objects.variable(right, "own", (2,))
    report = counted(objects, form)
    sums = report.reconcile()

    assert (18, 3, 16) == (report.total, report.tensors, sums.shown_twice)
    assert ("left/shared/kernel", "right/shared/kernel") in report.sharing.values()
    assert [16, 18] == [row.parameters for row in report.rows(1)]


@BOTH
def test_a_variable_that_two_owners_hold_is_counted_once_and_shown_at_both(form):
    objects = Objects()
    table = objects.variable(objects.object(0, "embedding"), "table", (7, 2))
    objects.edge(objects.object(0, "head"), "tied", table)
    report = counted(objects, form)

    assert 14 == report.total
    assert [("embedding/table", "head/tied")] == list(report.sharing.values())


@BOTH
def test_all_that_is_below_a_shared_object_is_shown_again_with_its_path(form):
    objects = Objects()
    left, right = objects.object(0, "left"), objects.object(0, "right")
    model = objects.object(left, "model")
    objects.dense(model, "dense", 3, 4)
    objects.variable(model, "scale", (2,))
    objects.edge(right, "same", model)

    assert [
        "left/model/scale", "left/model/dense/kernel", "left/model/dense/bias",
        "right/same/scale", "right/same/dense/kernel", "right/same/dense/bias",
    ] == paths(counted(objects, form))  # fmt: skip


@BOTH
def test_an_attribute_and_a_list_of_one_owner_are_no_sharing(form):
    objects = Objects()
    dense, _, _ = objects.dense(0, "dense", 3, 4)
    objects.listed(0, "all_of_them", [dense])
    report = counted(objects, form)

    assert ({}, 16) == (report.sharing, report.total)
    assert layers(report)[0] == "dense"


@BOTH
def test_an_object_that_holds_its_owner_or_itself_is_shown_once(form):
    objects = Objects()
    layer, _, _ = objects.dense(0, "dense", 3, 4)
    inner = objects.object(layer, "inner")
    objects.variable(inner, "w", (2,))
    for owner, name, target in ((layer, "parent", 0), (inner, "up", layer), (inner, "me", inner), (0, "self", 0)):
        objects.edge(owner, name, target)
    report = counted(objects, form)

    assert (18, {}) == (report.total, report.sharing)


@BOTH
def test_two_objects_that_hold_each_other_are_both_counted_once(form):
    objects = Objects()
    one, other = objects.object(0, "one"), objects.object(0, "other")
    objects.variable(one, "w", (2,))
    objects.variable(other, "w", (3,))
    objects.edge(one, "peer", other)
    objects.edge(other, "peer", one)
    report = counted(objects, form)

    assert (5, 2) == (report.total, report.tensors)


@BOTH
@pytest.mark.parametrize("edge", ["keras_api", "signatures", "regularization_losses", "non_trainable_variables"])
def test_bookkeeping_makes_no_places(form, edge):
    objects = Objects()
    dense, kernel, _ = objects.dense(0, "dense", 3, 4)
    kept = objects.object(0, edge)
    objects.edge(kept, "dense", dense)
    objects.listed(kept, "variables", [kernel])
    objects.edge(objects.object(0, edge + "2"), "kernel", kernel)
    report = counted(objects, form)

    assert ["dense", f"{edge}2"] == layers(report)


@BOTH
def test_metrics_and_optimizers_make_no_places(form):
    objects = Objects()
    layer, _, _ = objects.dense(0, "dense", 3, 4)
    metric = objects.object(layer, "seen", METRIC)
    for name in ("total", "count"):
        objects.variable(metric, name, (), trains=False)

    assert ["dense"] == layers(counted(objects, form))


@BOTH
def test_names_with_points_and_slashes_keep_every_variable_apart(form):
    objects = Objects()
    held = objects.object(0, "held")
    objects.variable(held, "a/b", (1,), name="x")
    objects.variable(objects.object(held, "a"), "b", (2,), name="y")
    objects.variable(objects.object(held, "a/b"), "c", (4,), name="z")
    objects.variable(objects.object(held, "a_b"), "c", (8,), name="z")
    objects.variable(objects.object(held, "a..b"), "c.d", (16,), name="v")
    objects.variable(held, "", (32,), name="")
    report = counted(objects, form)

    assert (63, 6) == (report.total, report.tensors)
    assert 6 == len(set(paths(report)))


@BOTH
def test_two_variables_that_come_to_one_name_are_two(form):
    """Keras 3 keeps a kernel as ``_kernel``; a layer of somebody's own may have another one as ``kernel``."""
    objects = Objects()
    layer = objects.object(0, "layer")
    for edge in ("_kernel", "kernel", "kernel_"):
        objects.variable(layer, edge, (3,), name="layer/kernel")
    report = counted(objects, form)

    assert (9, 3, {}) == (report.total, report.tensors, report.sharing)


@BOTH
def test_layers_that_are_called_like_a_second_one_are_apart(form):
    objects = Objects()
    for number, name in enumerate(("a", "a", "a#2", "a")):
        objects.variable(objects.object(0, f"layer-{number}"), "w", (2,), name=f"{name}/w")
    report = counted(objects, form)

    assert (8, 4) == (report.total, report.tensors)


@BOTH
def test_what_nobody_owns_is_shown_under_its_name(form):
    objects = Objects()
    one = objects.variable(None, "", (3, 4), name="net/dense/kernel:0")
    other = objects.variable(None, "", (4,), name="net/dense/bias")
    same = objects.variable(None, "", (5,), name="net/dense/bias")
    objects.lists([one, other, same], [one, other, same])
    report = counted(objects, form)

    assert (21, 3) == (report.total, report.tensors)
    assert "dense/kernel" in paths(report)


def test_a_name_that_an_owner_and_nobody_have_is_two_variables():
    objects = Objects()
    own = objects.variable(objects.object(0, "dense"), "kernel", (3,), name="a/b/kernel")
    loose = objects.variable(None, "", (4,), name="dense/kernel")
    objects.lists([own, loose], [own, loose])
    report = counted(objects)

    assert (7, 2) == (report.total, report.tensors)


@BOTH
def test_objects_are_inside_one_another_up_to_a_limit(form, monkeypatch):
    objects = Objects()
    owner = 0
    for _ in range(8):
        owner = objects.object(owner, "a")
    objects.variable(owner, "w", (2,))
    monkeypatch.setattr(objects_module, "DEPTH_LIMIT", 8)

    assert 2 == counted(objects, form).total
    objects.variable(objects.object(owner, "a"), "w", (2,))
    with pytest.raises(LimitExceeded, match="nested too deeply"):
        counted(objects, form)


@BOTH
def test_what_is_shared_too_often_is_counted_and_shown_once(form, monkeypatch):
    monkeypatch.setattr(places, "TWIN_LIMIT", 3)
    objects = Objects()
    shared, _, _ = objects.dense(0, "first", 3, 4)
    for number in range(20):
        objects.edge(objects.object(0, f"other_{number}"), "shared", shared)
    report = counted(objects, form)

    assert 16 == report.total
    assert 20 > sum(path.startswith("other") for path in paths(report))


@BOTH
def test_lists_that_many_objects_open_are_followed_up_to_a_limit(form, monkeypatch):
    objects = Objects()
    kept = objects.listed(None, "", [])
    for number in range(20):
        objects.variable(objects.object(kept, str(number)), "w", (2,))
    for number in range(20):
        objects.edge(objects.object(0, f"owner_{number}"), "_layers", kept)

    assert 40 == counted(objects, form).total
    monkeypatch.setattr(places, "STEP_LIMIT", 100)
    with pytest.raises(LimitExceeded, match="too many ways"):
        counted(objects, form)


def test_a_model_has_the_shapes_and_formulas_that_its_config_gives():
    objects = Objects(NETWORK)
    layer, kernel, bias = objects.dense(0, "layer-0", 3, 4)
    objects.lists([kernel, bias], [kernel, bias])
    config = {"name": "out", "units": 4, "use_bias": True}
    value = {"class_name": "Dense", "name": "out", "trainable": True, "config": config, "build_input_shape": [None, 3]}
    report = counted(objects, said={layer: json.dumps(value)})
    (row,) = report.layers

    assert ("Dense", "out", (None, 4), True) == (row.class_name, row.name, row.output_shape, row.trainable)
    assert (1, 1) == (report.formulas.layers, report.formulas.agreeing)


def test_a_config_that_says_something_else_than_the_variables_is_a_finding():
    objects = Objects(NETWORK)
    layer, _, _ = objects.dense(0, "layer-0", 3, 4)
    value = {
        "class_name": "Dense",
        "name": "out",
        "config": {"name": "out", "units": 9},
        "build_input_shape": [None, 3],
    }
    report = counted(objects, said={layer: json.dumps(value)})

    assert 16 == report.total
    assert ["formula-disagrees"] == [finding.id for finding in report.findings]
