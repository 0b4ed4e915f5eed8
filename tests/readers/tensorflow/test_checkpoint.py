"""Object-based checkpoints made by hand: shapes of the index, names of the graph, and what nobody says."""

from __future__ import annotations

import pytest

from paramcount.errors import CorruptFile, LimitExceeded, SourceMissing
from paramcount.model import Role
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.report import Report
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.bundle_maker import FLOAT32, INT64, STRING, field
from readers.tensorflow.saved_model_maker import GRAPH, VALUE, Objects, checkpoint_files, in_memory, step, stored


def counted(files: dict[str, bytes], prefix: str = "ckpt") -> Report:
    report = Report(read_checkpoint(in_memory(files), prefix))
    assert report.reconcile().holds
    return report


def ids(report: Report) -> list[str]:
    return [finding.id for finding in report.findings]


def dense() -> Objects:
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    return objects


def test_variables_have_the_shapes_of_the_index_and_their_keys():
    report = counted(checkpoint_files(dense()))

    assert (16, 16, 2) == (report.total, report.undetermined, report.tensors)
    assert {"dense/kernel" + VALUE: (3, 4), "dense/bias" + VALUE: (4,)} == {
        variable.stored_at: variable.shape for variable in report.variables()
    }
    assert ["checkpoint-only"] == ids(report)


def test_the_source_is_named_by_its_prefix():
    source = counted(checkpoint_files(dense(), "model-7"), "model-7").source

    assert ("folder/model-7", "tf-checkpoint", "tensorflow") == (source.path, source.format, source.framework)


def test_a_checkpoint_of_a_training_run_is_split():
    """An optimizer of Keras lists what it trains; its slots, its counters and the run's own are no parameters."""
    objects = Objects()
    _, kernel, _ = objects.dense(0, "net", 3, 4)
    optimizer = objects.object(0, "opt")
    slots = [objects.variable(None, "", (3, 4), name=f"adam/{one}") for one in ("m", "v")]
    counters = [step(objects, optimizer, "_iterations"), objects.variable(optimizer, "_learning_rate", ())]
    objects.listed(optimizer, "_variables", [*counters, *slots])
    objects.listed(optimizer, "_trainable_variables", [kernel])
    step(objects)
    step(objects, edge="step")
    report = counted(checkpoint_files(objects))

    assert (16, 12, 4, 0) == (report.total, report.trainable, report.frozen, report.undetermined)
    assert {"optimizer": 26, "counter": 2} == {
        role: sum(v.parameters for v in report.not_parameters if v.role == role) for role in ("optimizer", "counter")
    }
    assert [] == ids(report)


def test_slots_that_are_named_by_their_variables_split_it_too():
    objects = Objects()
    _, kernel, bias = objects.dense(0, "net", 3, 4)
    optimizer = objects.object(0, "opt")
    for name in ("iter", "decay"):
        objects.variable(optimizer, name, ())
    for original, shape in ((kernel, (3, 4)), (bias, (4,))):
        objects.slot(optimizer, original, objects.variable(None, "", shape))
    files = checkpoint_files(objects)
    # TensorFlow keeps slots under keys of their own, which no path of edges leads to.
    report = counted(files)

    assert (16, 16) == (report.total, report.trainable)


def test_the_content_of_a_table_is_no_parameter():
    objects = dense()
    table = objects.object(0, "table")
    keys, values = "table/.ATTRIBUTES/table-keys", "table/.ATTRIBUTES/table-values"
    objects.nodes[table].others += [keys, values]
    report = counted(checkpoint_files(objects, **{keys: stored(STRING, (9,)), values: stored(INT64, (9,))}))

    assert 16 == report.total
    assert {keys: Role.TABLE, values: Role.TABLE} == {v.path: v.role for v in report.not_parameters}


def test_what_no_object_claims_is_shown_and_not_counted():
    report = counted(checkpoint_files(dense(), left_over=stored(FLOAT32, (5,)), texts=stored(STRING, (3,))))

    assert (16, 21) == (report.total, report.reconcile().stored - 3)
    assert {"left_over", "texts"} == {variable.path for variable in report.not_parameters}


def test_a_variable_that_the_index_lacks_makes_a_lower_bound():
    report = Report(read_checkpoint(in_memory(checkpoint_files(dense(), without=[2])), "ckpt"))

    assert report.lower_bound
    assert ids(report).count("values-missing") == 1
    assert "1 variable of the object graph" in next(f.message for f in report.findings if f.id == "values-missing")


def test_a_shard_without_values_that_is_missing_is_a_warning():
    objects = dense()
    files = checkpoint_files(objects)
    shard = make.string_tensor(objects.tracked())
    entries = objects.entries() | {b"": make.header(2), GRAPH.encode(): make.entry(STRING, (), 1, size=len(shard))}
    files = {"ckpt.index": make.table(entries), "ckpt.data-00001-of-00002": shard}
    report = counted(files)

    assert 16 == report.total
    assert "checkpoint-shards-missing" in ids(report)


def test_without_the_shard_of_the_object_graph_there_are_only_names():
    files = checkpoint_files(dense())
    del files["ckpt.data-00000-of-00001"]
    report = counted(files)

    assert 16 == report.total
    assert "checkpoint-shards-missing" in ids(report)


def test_without_its_index_there_is_no_checkpoint():
    with pytest.raises(SourceMissing, match="index"):
        counted({"ckpt.data-00000-of-00001": b""})


@pytest.mark.parametrize("graph", [b"\xff", field(1, field(1, field(1, 9))), b"", field(1, 7)])
def test_an_object_graph_that_is_none_is_refused(graph):
    with pytest.raises(CorruptFile):
        counted(checkpoint_files(graph))


def test_a_value_that_two_variables_claim_is_counted_once_and_the_total_is_a_lower_bound():
    objects = Objects()
    for edge in ("a", "b"):
        objects.variable(0, edge, (3, 4))
    files = checkpoint_files(objects)
    name = "ckpt.data-00000-of-00001"
    files[name] = files[name].replace(b"b/.ATTRIBUTES", b"a/.ATTRIBUTES")
    report = Report(read_checkpoint(in_memory(files), "ckpt"))

    assert (12, True) == (report.totals.total.parameters, report.lower_bound)
    assert "values-missing" in ids(report)


def untracked() -> Objects:
    """A model of a class of its own in Keras 3, saved before it was compiled: only attributes are there."""
    objects = Objects()
    net = objects.object(0, "net")
    layer = objects.object(net, "dense")
    objects.variable(layer, "_kernel", (3, 4), name="net/dense/kernel")
    return objects


def test_layers_in_lists_that_keras_3_did_not_save_are_a_warning():
    report = counted(checkpoint_files(untracked()))

    assert ["checkpoint-only", "keras-3-lists-not-saved"] == ids(report)


def test_a_compiled_model_may_have_lost_what_its_optimizer_does_not_train():
    objects = untracked()
    objects.listed(1, "_compiled_trainable_state", [])
    optimizer = objects.object(1, "optimizer")
    objects.listed(optimizer, "_variables", [step(objects, optimizer, "_iterations")])
    objects.listed(optimizer, "_trainable_variables", [3])

    assert ["keras-3-lists-not-saved"] == ids(counted(checkpoint_files(objects)))


@pytest.mark.parametrize("edge", ["_layers", "layer-0", "0"])
def test_a_model_with_the_lists_of_keras_is_complete(edge):
    objects = untracked()
    objects.listed(1, edge, [])

    assert ["checkpoint-only"] == ids(counted(checkpoint_files(objects)))


def test_modules_of_tensorflow_itself_are_complete():
    objects = Objects()
    objects.dense(objects.object(0, "net"), "dense", 3, 4)

    assert ["checkpoint-only"] == ids(counted(checkpoint_files(objects)))


def test_a_checkpoint_without_any_variable_is_nothing_and_says_so():
    report = counted(checkpoint_files(Objects()))

    assert (0, 0) == (report.totals.total.parameters, report.tensors)


@pytest.mark.parametrize(("alike", "found"), [(True, "exported-twice"), (False, "exported-twice-unproved")])
def test_an_export_in_a_checkpoint_is_counted_once(alike, found):
    objects = Objects()
    export = objects.object(0, "loaded")
    kernel = objects.variable(None, "", (3, 4), name="dense/kernel")
    objects.lists([kernel], [kernel], export)
    copy = objects.variable(objects.listed(export, "_all_variables", []), "0", (3, 4), name="dense/kernel")
    report = counted(checkpoint_files(objects, same={copy: kernel} if alike else None))

    assert (12, 1) == (report.total, report.tensors)
    assert {found, "checkpoint-only"} == {*ids(report)}


def test_a_single_number_that_may_be_a_metrics_is_said():
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.variable(objects.object(0, "seen"), "total", ())
    objects.variable(objects.object(0, "more"), "total", (1,))
    report = counted(checkpoint_files(objects))
    (found,) = [finding for finding in report.findings if finding.id == "checkpoint-maybe-metric"]

    assert (18, "Where it is a metric's, the total is 1 less.") == (report.total, found.advice)


def test_an_object_graph_that_is_too_large_is_refused_before_it_is_read():
    files = checkpoint_files(dense())
    entries = {b"": make.header(), GRAPH.encode(): make.entry(STRING, (), size=1 << 40)}
    files["ckpt.index"] = make.table(entries)
    with pytest.raises((LimitExceeded, CorruptFile, SourceMissing)):
        counted(files)
