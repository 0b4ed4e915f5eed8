"""SavedModels made by hand: copies proved or not, values that are missing or another model's, several graphs."""

from __future__ import annotations

import math

import pytest

from paramcount.errors import CorruptFile, NotAModel, UsageError
from paramcount.model import Role
from paramcount.readers.tensorflow import stored_values
from paramcount.readers.tensorflow.savedmodel import is_saved_model, read_saved_model
from paramcount.report import Report
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.bundle_maker import FLOAT32, INT64, STRING, field
from readers.tensorflow.saved_model_maker import (
    DATA,
    INDEX,
    VALUE,
    Objects,
    in_memory,
    meta_graph,
    model_files,
    saved_model,
    stored,
)
from tensorflow_files import const


def counted(files: dict[str, bytes], tags=None) -> Report:
    report = Report(read_saved_model(in_memory(files), tags))
    assert report.reconcile().holds
    return report


def ids(report: Report) -> list[str]:
    return [finding.id for finding in report.findings]


def others(report: Report) -> dict[str, tuple[str, int | None]]:
    return {variable.path: (variable.role.value, variable.parameters) for variable in report.not_parameters}


def dense() -> Objects:
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    return objects


def exported(copies: int = 2, *, alike: bool = True) -> tuple[Objects, dict[int, int]]:
    """An export of Keras 3: three weights and a seed, and ``copies`` of the weights once more, as their originals."""
    objects = Objects()
    shapes = {"dense/kernel": (3, 4), "dense/bias": (4,), "dense_1/kernel": (3, 4)}
    weights = [objects.variable(None, "", shape, name=name) for name, shape in shapes.items()]
    seed = objects.variable(None, "", (2,), name="seed_generator_state", dtype=INT64, trains=False)
    objects.lists([*weights, seed], weights)
    all_of_them = objects.listed(0, "_all_variables", [])
    same = {}
    for number, (name, shape) in enumerate(list(shapes.items())[:copies]):
        copy = objects.variable(all_of_them, str(number), shape, name=name)
        same[copy] = weights[number] if alike else copy
    return objects, same


def test_an_export_that_something_else_holds_is_counted_once_too():
    objects = Objects()
    objects.dense(0, "head", 2, 2)
    export = objects.object(0, "part")
    weights = [objects.variable(None, "", shape, name="a") for shape in ((3, 4), (4,))]
    for name, listed in (("variables", weights), ("trainable_variables", weights[:1])):
        objects.listed(export, name, listed)
    every = objects.listed(export, "_all_variables", [])
    same = {objects.variable(every, "0", (3, 4), name="a"): weights[0]}
    same[objects.variable(every, "1", (4,), name="a")] = weights[1]
    report = counted(model_files(objects, same=same))

    assert (6 + 16, 6 + 12, 4) == (report.total, report.trainable, report.tensors)
    assert ["exported-twice"] == ids(report)


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_copies_with_the_same_checksums_are_counted_once(copies):
    """Keras 3 stores all of an export twice, or a part of it."""
    objects, same = exported(copies)
    report = counted(model_files(objects, same=same))

    assert (28, 28, 3) == (report.total, report.trainable, report.tensors)
    assert ["exported-twice"] == ids(report)
    assert (28 + 2 + sum((12, 4, 12)[:copies])) == report.reconcile().stored
    assert ["dense/kernel", "dense/bias", "dense_1/kernel"] == [variable.path for variable in report.variables()]


def test_the_finding_says_how_many_bytes_the_copies_take():
    objects, same = exported(3)
    report = counted(model_files(objects, same=same))

    assert "3 variables twice" in report.findings[0].message
    assert "112 bytes" in report.findings[0].message


def test_copies_that_were_left_behind_by_training_are_told_by_their_form_and_it_is_said():
    """An export that is loaded, trained on and saved again has trained one of the two."""
    objects, same = exported(2, alike=False)
    report = counted(model_files(objects, same=same))

    assert (28, 28, 3) == (report.total, report.trainable, report.tensors)
    assert ["exported-twice-unproved"] == ids(report)
    assert "Their values differ" in report.findings[0].message


def test_a_weight_of_another_name_and_value_is_no_copy():
    objects, _ = exported(0)
    objects.variable(objects.listed(0, "_all_variables", []), "0", (3, 4), name="other/kernel")

    assert (40, []) == ((report := counted(model_files(objects))).total, ids(report))


def test_equal_values_do_not_take_the_original_of_another_copy():
    """New biases are all zeros, of which one may have been trained since."""
    objects = Objects()
    names = ("one/bias", "two/bias")
    weights = [objects.variable(None, "", (4,), name=name) for name in names]
    objects.lists(weights, weights)
    copies = objects.listed(0, "_all_variables", [])
    same = {objects.variable(copies, str(at), (4,), name=name): weights[1] for at, name in enumerate(names)}
    report = counted(model_files(objects, same=same))

    assert (8, 2) == (report.total, report.tensors)
    assert ["exported-twice", "exported-twice-unproved"] == ids(report)


def test_a_copy_of_a_copy_is_no_copy_of_a_weight_that_has_one_already():
    objects, same = exported(1)
    (copy, original), *_ = same.items()
    objects.edge(0, "_more", objects.listed(None, "", [objects.variable(None, "", (3, 4), name="dense/kernel")]))
    third = len(objects.nodes) - 2
    report = counted(model_files(objects, same={**same, third: original}))

    assert copy != third
    assert (28, 40) == (report.trainable, report.total)


def test_without_the_index_copies_are_told_by_their_form_and_it_is_said_that_nothing_proves_it():
    objects, _ = exported(2)
    report = counted({"saved_model.pb": saved_model(meta_graph(objects))})

    assert (28, 28) == (report.total, report.trainable)
    assert ["exported-twice-unproved", "values-missing"] == ids(report)


def test_a_weight_of_another_name_is_no_copy_without_the_index():
    objects, _ = exported(0)
    objects.variable(objects.listed(0, "_all_variables", []), "0", (3, 4), name="other/kernel")
    report = counted({"saved_model.pb": saved_model(meta_graph(objects))})

    assert 40 == report.total


def test_what_an_object_owns_is_no_copy_although_its_values_are_alike():
    """Two layers that start with the same zeros have the same checksums."""
    objects = Objects()
    _, kernel, bias = objects.dense(0, "first", 3, 4)
    _, other, _ = objects.dense(0, "second", 3, 4)
    objects.lists([kernel, bias], [kernel, bias])
    report = counted(model_files(objects, same={other: kernel}))

    assert (32, []) == (report.total, ids(report))


def test_seeds_and_generators_are_no_parameters():
    objects, same = exported(2)

    assert {"random/seed_generator_state": ("rng", 2)}.items() <= others(
        counted(model_files(objects, same=same))
    ).items()


def test_optimizers_and_metrics_are_shown_and_not_counted():
    objects = dense()
    optimizer = objects.object(0, "optimizer", "optimizer")
    objects.variable(optimizer, "m", (3, 4), name="Adam/m/dense/kernel", trains=False)
    metric = objects.object(0, "loss", "_tf_keras_metric")
    objects.variable(metric, "total", (), trains=False)
    found = counted(model_files(objects))

    assert {"optimizer/Adam/m/dense/kernel": ("optimizer", 12), "metrics/total": ("metric", 1)} == others(found)
    assert (16, 29) == (found.total, found.reconcile().stored)


def test_other_variables_of_one_name_are_all_shown():
    objects = dense()
    optimizer = objects.object(0, "optimizer", "optimizer")
    for edge in ("a", "b", "c"):
        objects.variable(optimizer, edge, (2,), name="m", trains=False)

    assert 3 == len(counted(model_files(objects)).not_parameters)


def test_tables_and_assets_are_no_parameters():
    """Keys and values of a table are stored, and may be numbers."""
    objects = dense()
    lookup = objects.object(0, "lookup")
    objects.resource(lookup, "table")
    objects.add(lookup, "vocabulary", 5, field(1, 0))
    keys, values = "lookup/table/.ATTRIBUTES/table-keys", "lookup/table/.ATTRIBUTES/table-values"
    found = counted(model_files(objects, **{keys: stored(STRING, (7,)), values: stored(INT64, (7,))}))

    assert 16 == found.total
    assert {keys: ("table", 7), values: ("table", 7)} == others(found)
    assert stored_values.CONTENT == found.not_parameters[0].reason


def test_what_no_object_claims_is_shown_as_that():
    found = counted(model_files(dense(), **{"left/over" + VALUE: stored(FLOAT32, (5,))}))
    (other,) = found.not_parameters

    assert (16, Role.CONSTANT, stored_values.NOT_OF_GRAPH, 5) == (
        found.total, other.role, other.reason, other.parameters
    )  # fmt: skip


def test_constants_have_the_shapes_of_the_operations_that_make_them():
    objects = dense()
    objects.constant(objects.object(0, "layer"), "mean", "Const_7")
    objects.constant(0, "unknown", "Const_8")
    nodes = [const("Const", (99,)), const("Const_7", (10, 10))]
    found = counted(model_files(objects, nodes))

    assert {"constants/layer/mean": ("constant", 100), "constants/unknown": ("constant", None)} == others(found)
    assert 16 == found.total


def test_graphs_without_constants_to_find_are_not_read():
    objects = dense()
    large = [const(f"Const_{number}", (500,), content=bytes(2000)) for number in range(100)]
    folder = in_memory(model_files(objects, large))
    read_saved_model(folder)
    source = folder.open("saved_model.pb")

    assert source.size > 200_000
    assert Report(read_saved_model(folder)).total == 16


def test_without_the_index_shapes_are_those_of_the_definition():
    report = counted({"saved_model.pb": saved_model(meta_graph(dense()))})

    assert (16, ["values-missing"], None) == (report.total, ids(report), report.reconcile().stored)


def test_values_of_another_model_are_a_warning():
    files = model_files(dense())
    other = Objects()
    other.dense(0, "dense", 5, 6)
    files[INDEX] = model_files(other)[INDEX]
    report = counted(files)

    assert (16, ["values-disagree"]) == (report.total, ids(report))
    assert "2 of the 2 variables" in report.findings[0].message


def test_a_variable_without_value_is_a_warning():
    objects = dense()
    report = counted(model_files(objects, without=[3]))

    assert (16, ["values-disagree"]) == (report.total, ids(report))
    assert "1 of the 2" in report.findings[0].message


def test_a_key_that_goes_another_way_than_the_graph_is_found_by_its_form():
    """Where two paths are equally short, TensorFlow may have taken the other one."""
    objects = Objects()
    one, other = objects.object(0, "a"), objects.object(0, "b")
    kernel = objects.variable(one, "w", (3, 4))
    objects.edge(other, "w", kernel)
    objects.variable(one, "v", (2,))
    index = {
        b"": make.header(),
        b"b/w" + VALUE.encode(): stored(FLOAT32, (3, 4)),
        b"a/v" + VALUE.encode(): stored(FLOAT32, (2,)),
    }
    report = counted({**model_files(objects), INDEX: make.table(index)})

    assert (14, []) == (report.total, ids(report))
    assert "b/w" + VALUE in [variable.stored_at for variable in report.variables()]


def test_names_with_points_and_slashes_are_found_in_the_index():
    objects = Objects()
    objects.variable(objects.object(0, "a.b"), "c/d", (3,), name="x")
    report = counted(model_files(objects))

    assert ["a..b/c.Sd" + VALUE] == [variable.stored_at for variable in report.variables()]
    assert [] == ids(report)


def test_a_variable_at_the_root_of_the_root_is_found_in_the_index():
    """A checkpoint of a variable alone has a key that is nothing but the attribute."""
    data = field(1, field(7, field(1, FLOAT32) + field(2, make.shape((3,))) + field(3, 1) + field(6, "w")))
    index = make.table({b"": make.header(), VALUE[1:].encode(): stored(FLOAT32, (3,))})
    report = counted({"saved_model.pb": saved_model(meta_graph(data)), INDEX: index, DATA: b""})

    assert not [finding for finding in report.findings if finding.id == "values-disagree"]


@pytest.mark.parametrize(("shape", "index"), [((-1, 4), (3, 4)), (None, (3, 4)), (None, ())])
def test_a_size_that_is_not_fixed_is_that_of_the_stored_value(shape, index):
    objects = dense()
    loose = objects.variable(0, "loose", shape)
    report = counted(model_files(objects, without=[loose], **{"loose" + VALUE: stored(FLOAT32, index)}))

    assert ([], 16 + math.prod(index)) == (ids(report), report.total)
    assert index in [variable.shape for variable in report.variables()]


@pytest.mark.parametrize("shape", [(-1, 4), None])
def test_without_a_value_a_size_that_is_not_fixed_makes_a_lower_bound(shape):
    objects = dense()
    objects.variable(0, "loose", shape)
    report = Report(read_saved_model(in_memory({"saved_model.pb": saved_model(meta_graph(objects))})))

    assert report.lower_bound
    assert 16 == report.totals.total.parameters


def test_a_value_that_cannot_be_one_of_such_a_variable_is_not_taken_for_it():
    objects = Objects()
    loose = objects.variable(0, "loose", (-1, 4))
    files = model_files(objects, without=[loose], **{"loose" + VALUE: stored(FLOAT32, (3, 5))})
    report = Report(read_saved_model(in_memory(files)))

    assert report.lower_bound
    assert ["values-disagree"] == ids(report)


def test_variables_of_unknown_size_are_matched_after_those_that_are_known():
    objects = Objects()
    loose, sure = objects.object(0, "l"), objects.object(0, "s")
    objects.variable(loose, "x", None)
    objects.variable(sure, "x", (2,))
    entries = {b"": make.header()}
    entries |= {key + VALUE.encode(): stored(FLOAT32, shape) for key, shape in ((b"p", (2,)), (b"q", (5,)))}
    report = Report(read_saved_model(in_memory({**model_files(objects), INDEX: make.table(entries)})))

    assert "values-disagree" not in ids(report)
    assert {(5,): "q" + VALUE, (2,): "p" + VALUE} == {v.shape: v.stored_at for v in report.variables()}


def test_a_dtype_that_is_not_known_is_counted_all_the_same():
    objects = dense()
    objects.variable(0, "odd", (5,), dtype=999)
    report = Report(read_saved_model(in_memory({"saved_model.pb": saved_model(meta_graph(objects))})))

    assert 21 == report.total


def two_graphs() -> dict[str, bytes]:
    small, large = dense(), Objects()
    large.dense(0, "dense", 5, 6)
    files = model_files(small)
    files["saved_model.pb"] = saved_model(
        meta_graph(large, ("train",)),
        meta_graph(small, ("serve",)),
        meta_graph(large, ("serve", "gpu")),
        meta_graph(small, ()),
    )
    del files[INDEX]
    return files


def test_of_several_graphs_the_one_that_is_served_is_counted():
    report = counted(two_graphs())

    assert 16 == report.total
    assert ids(report)[0] == "several-tag-sets"
    for words in ("4 graphs", "train; serve; serve,gpu; no tags", "`serve`"):
        assert words in report.findings[0].message


@pytest.mark.parametrize(
    ("tags", "total"), [(["train"], 36), (["serve"], 16), (["gpu", "serve"], 36), (["serve", "gpu"], 36), ([], 16)]
)
def test_tags_choose_the_graph(tags, total):
    assert total == counted(two_graphs(), tags).total


@pytest.mark.parametrize("tags", [["other"], ["serve", "tpu"], ["gpu"]])
def test_tags_that_no_graph_has_are_refused_with_those_that_there_are(tags):
    with pytest.raises(UsageError, match="No graph") as caught:
        counted(two_graphs(), tags)
    assert "`serve,gpu`" in str(caught.value)


def test_the_first_graph_is_counted_when_none_is_served():
    files = {"saved_model.pb": saved_model(meta_graph(dense(), ("a",)), meta_graph(Objects(), ("b",)))}

    assert 16 == counted(files).total


def test_a_folder_without_a_definition_is_no_saved_model():
    assert not is_saved_model(in_memory({"model.pb": b""}))
    assert is_saved_model(in_memory({"saved_model.pb": b""}))
    with pytest.raises(NotAModel, match="no SavedModel"):
        counted({INDEX: b""})


def test_a_definition_without_a_graph_is_refused():
    with pytest.raises(CorruptFile, match="no graph"):
        counted({"saved_model.pb": field(1, 1)})


def test_a_definition_as_text_is_the_same_model():
    text = """saved_model_schema_version: 1
    meta_graphs {
      meta_info_def { tags: "serve" tensorflow_version: "2.21.0" }
      object_graph_def {
        nodes { children { node_id: 1 local_name: "w" } user_object { identifier: "_generic_user_object" } }
        nodes { variable { dtype: DT_FLOAT shape { dim { size: 3 } dim { size: 4 } } trainable: true name: "w" } }
      }
    }"""
    report = counted({"saved_model.pbtxt": text.encode()})

    assert (12, 12) == (report.total, report.trainable)


def test_the_source_says_who_wrote_it_and_how_large_it_is():
    objects = dense()
    files = model_files(objects, said={1: '{"name": "dense"}'})
    source = counted(files).source

    assert ("saved-model", "tensorflow", "2.21.0") == (source.format, source.framework, source.framework_version)
    assert "tf_keras" in source.title
    assert "tf_keras" not in counted(model_files(objects)).source.title


def test_the_values_themselves_are_never_opened():
    folder = in_memory(model_files(dense()))
    del folder.files[DATA]

    assert 16 == Report(read_saved_model(folder)).total


def test_a_graph_without_variables_is_one_of_constants():
    report = counted({"saved_model.pb": saved_model(meta_graph(Objects(), nodes=[const("w", (3, 4))]))})

    assert report.trainable == 0


def test_a_graph_of_many_objects_is_read_in_steps_that_grow_with_it():
    """Twice the objects are about twice the calls; the numbers of a flat module once grew with their square."""
    import sys

    calls = []
    for size in (400, 800):
        objects = Objects()
        shared = objects.object(0, "shared")
        for number in range(size):
            layer = objects.object(0, f"layer_{number}")
            objects.listed(layer, "_inbound_nodes", [])
            objects.edge(shared, f"v{number}", objects.variable(layer, "w", (2,), trains=number % 2 == 0))
            objects.variable(0, f"flat_{number}", (2,), trains=number % 3 == 0)
            objects.edge(layer, "root", 0)
        files = model_files(objects)
        count = 0

        def trace(frame, event, argument):
            nonlocal count
            count += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            model = read_saved_model(in_memory(files))
        finally:
            sys.settrace(before)
        calls.append(count)
        assert Report(model).total == 4 * size

    assert calls[1] < 2.5 * calls[0]
