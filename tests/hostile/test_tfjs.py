"""Models of TensorFlow.js that lie."""

from __future__ import annotations

import json

import pytest

import paramcount
from fuzz.mutate import eight_bytes, outcome
from paramcount.errors import CorruptFile, LimitExceeded, ParamcountError
from paramcount.readers.tensorflow.tfjs import is_tfjs, read_tfjs
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import graph_model, json_node, layers_model, manifest, weight

DENSE = {"class_name": "Sequential", "config": {"name": "net", "layers": [
    {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3]}}]}}  # fmt: skip


def read(value):
    report = Report(read_tfjs(MemoryBytes(b"{}", "hostile.json"), value))
    assert report.reconcile().holds
    return report


def refused(error, words, value):
    with pytest.raises(error, match=words) as caught:
        read(value)
    assert type(caught.value) is error
    assert "hostile.json" in str(caught.value)


@pytest.mark.parametrize("size", [-1, 1.5, "3", None, True, 1 << 63, [3], float("nan")])
def test_a_size_that_is_no_size_is_refused(size):
    entry = weight("w", (1,)) | {"shape": [2, size]}
    refused(CorruptFile, "no whole number", manifest(entry))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shape": None}, "no shape"), ({"shape": "3"}, "no shape"), ({"dtype": None}, "no dtype"),
        ({"dtype": ["float32"]}, "no dtype"), ({"name": ""}, "no name"), ({"name": 3}, "no name"),
    ],
)  # fmt: skip
def test_an_entry_without_what_it_needs_is_refused(change, words):
    refused(CorruptFile, words, manifest(weight("w", (1,)) | change))


def test_a_manifest_that_is_none_is_refused():
    refused(CorruptFile, "not a list", {"modelTopology": DENSE, "weightsManifest": {"weights": []}})
    refused(CorruptFile, "no list of weights", {"modelTopology": DENSE, "weightsManifest": [{"paths": []}]})
    refused(CorruptFile, "no name", {"modelTopology": DENSE, "weightsManifest": [{"weights": [None]}]})


def test_a_shape_that_is_far_too_large_is_only_a_number():
    size = (1 << 63) - 1

    assert read(manifest(weight("a/w", (size,) * 60))).total == size**60
    refused(LimitExceeded, "too many axes", manifest(weight("w", (1,) * 65)))


def test_paths_of_shards_are_never_opened():
    value = manifest(weight("a/w", (3,)))
    value[0]["paths"] = ["../../../../etc/passwd", "/dev/zero", None, 5]

    assert read(value).total == 3


def test_a_dtype_of_another_world_has_no_size():
    report = read(manifest(weight("a/w", (3,), "float9"), weight("b/w", (3,), "\x1b[31m")))

    assert report.source.size_bytes == 2
    assert "\x1b" not in str(report)


@pytest.mark.parametrize("entry", [None, 1, "a", [], {}, {"name": "a"}, {"op": "Const"}, {"name": 1, "op": "Const"}])
def test_a_node_that_is_none_is_refused(entry):
    refused(CorruptFile, "no name or no operation", graph_model([entry]))


@pytest.mark.parametrize("library", [None, 1, [], {"function": 1}, {"function": []}])
def test_a_library_that_is_none_is_empty(library):
    assert read(graph_model([json_node("w", "Const")], weight("w", (3,)), library=library)).total == 3


@pytest.mark.parametrize("function", [None, 1, {}, {"signature": None}, {"signature": {"name": 1}}])
def test_a_function_without_a_name_is_refused(function):
    refused(CorruptFile, "has no name", graph_model([json_node("w", "Const")], library={"function": [function]}))


@pytest.mark.parametrize("odd", [None, 1, "x", [1], {"func": 1}, {"func": {"name": 5}}])
def test_odd_inputs_and_attributes_are_passed_over(odd):
    nodes = [json_node("w", "Const"), {"name": "m", "op": "MatMul", "input": odd, "attr": {"f": odd}}]

    assert read(graph_model(nodes, weight("w", (3,)))).total == 3


def test_a_topology_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"modelTopology": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}")

    with pytest.raises(LimitExceeded, match="nested too deeply"):
        paramcount.count(path)


@pytest.mark.parametrize("config", [None, 1, [], {}, {"class_name": 1}, "text", '{"class_name"'])
def test_a_config_that_is_none_is_an_error_of_ours(config):
    with pytest.raises(ParamcountError):
        read(layers_model(config, weight("w", (3,))))


def test_a_thousand_changed_models_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_tfjs.py`` does the same for as long as one likes."""
    pytest.importorskip("h5py")
    from fuzz.fuzz_tfjs import one_input

    for data in eight_bytes(1000, 7):
        outcome(one_input, data)


def test_what_the_fuzz_entry_reads_is_a_model():
    pytest.importorskip("h5py")
    from fuzz.fuzz_tfjs import seeds

    for text in seeds():
        assert is_tfjs(json.loads(text))
        read(json.loads(text))
