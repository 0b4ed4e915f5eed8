"""SavedModels and checkpoints made to do harm: whatever objects hold, one error of ours, soon, in little memory."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from fuzz.fuzz_checkpoint import one_input as one_checkpoint
from fuzz.fuzz_checkpoint import seeds as checkpoint_seeds
from fuzz.fuzz_savedmodel import one_input as one_model
from fuzz.fuzz_savedmodel import seeds as model_seeds
from fuzz.mutate import mutated, outcome
from paramcount.errors import CorruptFile, LimitExceeded, ParamcountError, UnsafeFile
from paramcount.readers import read
from paramcount.readers.tensorflow import objects as objects_module
from paramcount.readers.tensorflow import places
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.readers.tensorflow.savedmodel import read_saved_model
from paramcount.report import Report
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.bundle_maker import FLOAT32, STRING, field, fields, varint
from readers.tensorflow.saved_model_maker import (
    GRAPH,
    INDEX,
    LAYER,
    VALUE,
    Objects,
    checkpoint_files,
    in_memory,
    meta_graph,
    metadata,
    model_files,
    saved_model,
    write,
)

BOTH = pytest.mark.parametrize("form", ["saved", "tracked"])
SIZE = 3_000
MEGABYTES = 150


def definition(objects: Objects | bytes) -> dict[str, bytes]:
    """A SavedModel without the index of its values, which long paths would make large."""
    return {"saved_model.pb": saved_model(meta_graph(objects))}


def counted(objects: Objects | bytes, form: str) -> Report:
    """Read it under a watch on memory."""
    tracemalloc.start()
    try:
        if form == "saved":
            model = read_saved_model(in_memory(definition(objects)))
        else:
            model = read_checkpoint(in_memory(checkpoint_files(objects)), "ckpt")
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES << 20
    finally:
        tracemalloc.stop()
    report = Report(model)
    assert report.reconcile().holds
    return report


@BOTH
def test_a_cycle_through_every_object_ends(form):
    objects = Objects()
    first = at = objects.object(0, "a")
    for _ in range(100):
        at = objects.object(at, "next")
        objects.variable(at, "w", (2,))
        objects.edge(at, "self", at)
        objects.edge(at, "root", 0)
    objects.edge(at, "next", first)

    assert 200 == counted(objects, form).total


@BOTH
def test_a_graph_with_more_paths_than_atoms_in_the_world_is_counted_once(form):
    objects = Objects()
    at = 0
    for _ in range(90):
        following = objects.object(at, "a")
        for name in ("b", "c", "d"):
            objects.edge(at, name, following)
        at = following
    objects.variable(at, "w", (7,))

    assert 7 == counted(objects, form).total


@BOTH
def test_layers_of_objects_that_all_hold_all_of_the_next_ones_are_shown_within_bounds(form):
    objects = Objects()
    above = [0]
    for _ in range(12):
        below = [objects.object(None, "") for _ in range(12)]
        for owner in above:
            for number, target in enumerate(below):
                objects.edge(owner, f"x{number}", target)
        above = below
    for owner in above:
        objects.variable(owner, "w", (2,))

    assert 24 == counted(objects, form).total


@BOTH
def test_a_chain_without_end_is_refused_before_its_paths_fill_the_memory(form):
    objects = Objects()
    at = 0
    for _ in range(SIZE):
        at = objects.object(at, "a")
    kernel = objects.variable(None, "", (2,))
    objects.edge(at, "w", kernel)
    files = definition(objects) if form == "saved" else shard(objects.tracked())
    with pytest.raises(LimitExceeded, match=r"nested too deeply|paths"):
        read_files(files, form)


def shard(graph: bytes) -> dict[str, bytes]:
    """A checkpoint of this object graph, and of a variable ``w``."""
    data = make.string_tensor(graph)
    entries = {
        b"": make.header(),
        GRAPH.encode(): make.entry(STRING, (), size=len(data)),
        b"w" + VALUE.encode(): make.entry(FLOAT32, (2,)),
    }
    return {"ckpt.index": make.table(entries), "ckpt.data-00000-of-00001": data}


def read_files(files: dict[str, bytes], form: str):
    if form == "saved":
        return read_saved_model(in_memory(files))
    return read_checkpoint(in_memory(files), "ckpt")


@BOTH
@pytest.mark.parametrize("number", [1, 3])
def test_edges_without_end_in_two_bytes_each_are_refused(form, number, monkeypatch):
    assert objects_module.EDGE_LIMIT <= 1_000_000
    monkeypatch.setattr(objects_module, "EDGE_LIMIT", 50_000)
    graph = field(1, (varint(number << 3 | 2) + b"\0") * 60_000)
    with pytest.raises(LimitExceeded, match="hold too many"):
        read_files(definition(graph) if form == "saved" else shard(graph), form)


@BOTH
def test_objects_without_end_in_two_bytes_each_are_refused(form, monkeypatch):
    assert objects_module.NODE_LIMIT <= 300_000
    monkeypatch.setattr(objects_module, "NODE_LIMIT", 20_000)
    graph = b"\x0a\0" * 30_000
    with pytest.raises(LimitExceeded, match="too many objects"):
        read_files(definition(graph) if form == "saved" else shard(graph), form)


@BOTH
def test_a_long_name_that_many_paths_begin_with_is_refused(form, monkeypatch):
    objects = Objects()
    inner = objects.object(0, "n" * 50_000)
    for number in range(2000):
        one = objects.object(inner, str(number))
        # In a checkpoint each variable has its whole path with it, which makes the file large, and not the paths.
        objects.variable(one, "w", (2,)) if form == "saved" else objects.object(one, "w")
    objects.variable(0, "w", (2,))
    files = definition(objects) if form == "saved" else shard(objects.tracked())
    monkeypatch.setattr(objects_module, "PATH_ROOM", 1 << 25)
    with pytest.raises(LimitExceeded, match="paths"):
        read_files(files, form)


@BOTH
def test_one_list_that_every_object_opens_is_followed_within_bounds(form, monkeypatch):
    assert places.STEP_LIMIT <= 2_000_000
    monkeypatch.setattr(places, "STEP_LIMIT", 100_000)
    objects = Objects()
    kept = objects.listed(None, "", [objects.object(None, "") for _ in range(400)])
    for number in range(400):
        objects.variable(kept - 1 - number, "w", (2,))
        objects.edge(objects.object(0, f"x{number}"), "_layers", kept)
    files = definition(objects) if form == "saved" else shard(objects.tracked())
    with pytest.raises(LimitExceeded, match="too many ways"):
        read_files(files, form)


@BOTH
@pytest.mark.parametrize("kind", ["optimizers", "metrics", "wrappers", "listers", "layers"])
def test_a_list_that_hundreds_of_objects_hold_is_looked_at_once(form, kind):
    objects = Objects()
    kept = objects.listed(0, "kept", [objects.variable(None, "", (), trains=False) for _ in range(500)])
    optimizer = objects.object(None, "")
    objects.edge(optimizer, "_variables", kept)
    objects.variable(optimizer, "_iterations", ())
    for number in range(500):
        one = objects.object(0, f"x{number}")
        if kind == "optimizers":
            objects.variable(one, "_iterations", ())
            for edge in ("_variables", "_trainable_variables", "_momentums"):
                objects.edge(one, edge, kept)
        elif kind == "metrics":
            for edge in ("total", "count"):
                objects.variable(one, edge, (), trains=False)
            objects.edge(one, "more", kept)
        elif kind == "wrappers":
            objects.edge(one, "_optimizer", optimizer)
            objects.edge(one, "more", kept)
        elif kind == "listers":
            objects.edge(one, "variables", kept)
            objects.edge(one, "trainable_variables", kept)
        else:
            objects.edge(one, "dense", kept)
    files = definition(objects) if form == "saved" else checkpoint_files(objects)
    try:
        report = Report(read_files(files, form))
    except LimitExceeded:
        return
    assert report.reconcile().holds


@BOTH
def test_thousands_of_variables_in_one_object_are_counted(form):
    objects = Objects()
    for number in range(SIZE):
        objects.variable(0, f"v{number}", (2,))

    assert 2 * SIZE == counted(objects, form).total


@BOTH
@pytest.mark.parametrize("number", [-1, 1 << 31, (1 << 63) - 1, 7])
def test_numbers_of_objects_beyond_the_graph_are_refused(form, number):
    objects = Objects()
    objects.edge(0, "a", number)
    with pytest.raises(CorruptFile, match="not there"):
        read_files(definition(objects) if form == "saved" else shard(objects.tracked()), form)


@pytest.mark.parametrize(
    "said",
    [
        "[" * 300_000, '{"a":' * 300_000, '{"config": {"layers": [' * 2000, "\0", "{}",
        '{"name": "' + "n" * 1_000_000 + '"}',
        '{"name": "..", "class_name": "../../x", "trainable": 1e999}', '{"class_name": 1' + "0" * 5000 + "}",
        json.dumps({"class_name": "Functional", "config": {"layers": [{"class_name": "Functional"}] * 1000}}),
        json.dumps({"class_name": "Dense", "config": {"units": 10**400, "name": "d"}, "build_input_shape": [-5, "x"]}),
        json.dumps({"class_name": "Lambda", "config": {"function": "import os"}}),
    ],
    ids=range(11),
)  # fmt: skip
def test_metadata_that_says_anything_changes_no_number(said):
    objects = Objects()
    layer, _, _ = objects.dense(0, "dense", 3, 4)
    report = Report(read_saved_model(in_memory(model_files(objects, said={layer: said, 0: said, 2: said, 99: said}))))

    assert (16, True) == (report.total, report.reconcile().holds)


def test_metadata_that_says_everything_thousands_of_times_is_read():
    objects = Objects()
    layer, _, _ = objects.dense(0, "dense", 3, 4)
    files = model_files(objects)
    files["keras_metadata.pb"] = metadata({layer: json.dumps({"name": "d", "class_name": "Dense"})}, LAYER) * 20_000
    report = Report(read_saved_model(in_memory(files)))

    assert 16 == report.total


def test_metadata_larger_than_any_message_may_be_is_refused():
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    files = model_files(objects)
    files["keras_metadata.pb"] = field(1, bytes(65 << 20))
    with pytest.raises(LimitExceeded):
        read_saved_model(in_memory(files))


@pytest.mark.parametrize(
    "shape", [(1 << 62, 1 << 62), (-1,), (-(1 << 63), 2), (1,) * 300, (0, 1 << 62), ((1 << 63) - 1, 2)]
)
def test_an_index_with_shapes_that_cannot_be_is_refused_or_disagrees(shape):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    files = model_files(objects)
    key = "dense/kernel" + VALUE
    data = field(1, FLOAT32) + field(2, make.shape(shape)) + field(5, 48)
    files[INDEX] = make.table({b"": make.header(), key.encode(): data})
    try:
        report = Report(read_saved_model(in_memory(files)))
    except ParamcountError:
        return
    assert 16 == report.total
    assert "values-disagree" in [finding.id for finding in report.findings]


def test_sizes_of_variables_beyond_all_bounds_stay_exact():
    objects = Objects()
    objects.variable(0, "w", ((1 << 62), (1 << 62)))
    report = Report(read_saved_model(in_memory(definition(objects))))

    assert 1 << 124 == report.total


def test_thousands_of_values_that_fit_no_variable_are_looked_at_in_steps():
    objects = Objects()
    loose = [objects.variable(0, f"v{number}", (-1, -1)) for number in range(3000)]
    more = {f"x{number}{VALUE}": make.entry(FLOAT32, (number + 1,)) for number in range(3000)}
    report = Report(read_saved_model(in_memory(model_files(objects, without=loose, **more))))

    assert report.lower_bound


@pytest.mark.parametrize("name", ["saved_model.pb", INDEX, "keras_metadata.pb"])
def test_links_out_of_the_folder_are_refused(tmp_path, name):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    write(tmp_path / "outside", model_files(objects, said={1: "{}"}))
    model = write(tmp_path / "model", model_files(objects, said={1: "{}"}))
    (model / name).unlink()
    (model / name).symlink_to(tmp_path / "outside" / name)
    with pytest.raises(UnsafeFile):
        read(str(model))


def test_an_asset_that_names_another_file_is_never_opened(tmp_path):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.add(0, "asset", 5, field(1, 0))
    graph = meta_graph(objects) + field(6, field(1, b"x") + field(2, "../../../etc/passwd"))
    write(tmp_path, model_files(objects) | {"saved_model.pb": saved_model(graph)})

    assert 16 == Report(read(str(tmp_path))).total


def test_a_list_of_checkpoints_that_leads_out_is_refused(tmp_path):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    write(tmp_path, checkpoint_files(objects))
    write(tmp_path / "inside", {"checkpoint": b'model_checkpoint_path: "../ckpt"\n'})
    with pytest.raises(ParamcountError):
        read(str(tmp_path / "inside"))


def test_a_definition_that_is_cut_anywhere_gives_an_error_of_ours_or_a_smaller_model():
    objects = Objects(LAYER)
    objects.dense(0, "dense", 3, 4)
    objects.resource(0, "table")
    objects.constant(0, "c", "Const")
    files = model_files(objects)
    data = files["saved_model.pb"]
    found = set()
    for end in range(len(data)):
        found.add(outcome(lambda part: read_saved_model(in_memory({**files, "saved_model.pb": part})), data[:end]))

    assert found <= {"corrupt-file", "truncated-file", "empty-file", "read"}
    assert "corrupt-file" in found


def test_a_checkpoint_that_is_cut_anywhere_gives_an_error_of_ours_or_a_smaller_model():
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    for name, data in checkpoint_files(objects).items():
        for end in range(len(data)):
            files = {**checkpoint_files(objects), name: data[:end]}
            outcome(lambda _, files=files: read_checkpoint(in_memory(files), "ckpt"), b"")


@pytest.mark.parametrize(("one_input", "seeds"), [(one_model, model_seeds), (one_checkpoint, checkpoint_seeds)])
def test_a_taste_of_the_fuzz_entries(one_input, seeds):
    for data in mutated(seeds(), 1000, 7):
        outcome(one_input, data)


def test_every_seed_of_the_fuzz_entries_is_read():
    for one_input, seeds in ((one_model, model_seeds()), (one_checkpoint, checkpoint_seeds())):
        assert {"read"} == {outcome(one_input, seed) for seed in seeds}


def test_messages_inside_messages_are_no_recursion():
    data = b""
    for _ in range(5000):
        data = field(1, data)
    with pytest.raises(ParamcountError):
        read_saved_model(in_memory({"saved_model.pb": field(2, field(7, data))}))
    with pytest.raises(ParamcountError):
        read_checkpoint(in_memory(shard(fields(1, [data]))), "ckpt")
