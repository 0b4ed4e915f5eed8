"""What tf_keras says of its layers: read as text, from a file of its own or from the objects themselves."""

from __future__ import annotations

import json

import pytest

from paramcount.containers.protobuf import whole
from paramcount.errors import CorruptFile
from paramcount.readers.tensorflow.metadata import DEPTH_LIMIT, config_of, read_metadata
from paramcount.readers.tensorflow.objects import read_saved_objects
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow.bundle_maker import field
from readers.tensorflow.saved_model_maker import LAYER, METRIC, NETWORK, Objects, in_memory, metadata

DENSE = {
    "class_name": "Dense", "name": "out", "trainable": False,
    "config": {"name": "out", "units": 4, "activation": "linear", "use_bias": True},
    "build_input_shape": {"class_name": "TensorShape", "items": [None, 3]},
}  # fmt: skip


def graph_of(objects: Objects):
    return read_saved_objects(whole(MemoryBytes(objects.saved(), "saved_model.pb")))


@pytest.fixture
def objects():
    made = Objects()
    made.dense(0, "layer-0", 3, 4)
    return made


def told(objects, data: bytes | None):
    return read_metadata(in_memory({} if data is None else {"keras_metadata.pb": data}), graph_of(objects))


def test_name_class_and_flag_of_a_layer_are_those_that_keras_gave(objects):
    found = told(objects, metadata({1: json.dumps(DENSE)}))

    assert [1] == list(found)
    assert ("out", "Dense", False, False) == (
        found[1].name, found[1].class_name, found[1].trainable, found[1].is_model
    )  # fmt: skip


def test_a_model_is_told_by_its_identifier(objects):
    assert told(objects, metadata({0: json.dumps(DENSE)}, NETWORK))[0].is_model


def test_older_versions_say_it_in_the_object_itself():
    objects = Objects()
    objects.object(0, "layer-0", LAYER, json.dumps(DENSE))
    objects.object(0, "layer-1", LAYER)

    assert [(1, "out")] == [(number, one.name) for number, one in told(objects, None).items()]


def test_the_file_is_taken_when_both_say_something():
    objects = Objects()
    objects.object(0, "layer-0", LAYER, json.dumps({"name": "old"}))

    assert {} == told(objects, b"")
    assert "new" == told(objects, metadata({1: '{"name": "new"}'}))[1].name


@pytest.mark.parametrize("identifier", [METRIC, "_tf_keras", "", "_generic_user_object", "optimizer"])
def test_what_is_no_layer_is_left_out(objects, identifier):
    assert {} == told(objects, metadata({1: json.dumps(DENSE)}, identifier))


@pytest.mark.parametrize("number", [99, -1, 1 << 62])
def test_an_object_that_is_not_there_is_passed_over(objects, number):
    assert {} == told(objects, metadata({number: json.dumps(DENSE)}))


@pytest.mark.parametrize("said", ["", "no json", "[]", "7", "null", '"text"', "{", "[" * 100_000, "{}" * 2])
def test_what_is_no_object_of_json_says_nothing(objects, said):
    assert {} == told(objects, metadata({1: said}))


@pytest.mark.parametrize("value", [{}, {"name": 7, "class_name": [], "trainable": "yes", "config": 5}])
def test_values_of_other_types_are_as_if_they_were_not_there(objects, value):
    found = told(objects, metadata({1: json.dumps(value)}))
    one = found[1]

    assert ("", "", None) == (one.name, one.class_name, one.trainable)
    assert one.config("m") is None


def test_the_config_has_tuples_and_shapes_as_plain_lists(objects):
    found = told(objects, metadata({1: json.dumps(DENSE)}))
    config = config_of(graph_of(objects).nodes[1], found, "m")

    assert ("Dense", 4) == (config.class_name, config.config["units"])
    assert config_of(graph_of(objects).root, found, "m") is None


def test_tuples_inside_tuples_come_back(objects):
    kernel = {"class_name": "__tuple__", "items": [3, {"class_name": "__tuple__", "items": [1, 2]}]}
    value = {"class_name": "Conv2D", "name": "c", "config": {"name": "c", "filters": 2, "kernel_size": kernel}}
    found = told(objects, metadata({1: json.dumps(value)}))

    assert [3, [1, 2]] == found[1].config("m").config["kernel_size"]


def test_a_config_that_cannot_be_read_is_none(objects):
    for config in ({"layers": 7}, {"layers": [7]}, {"name": {}}):
        value = {"class_name": "Functional", "config": config}
        found = told(objects, metadata({1: json.dumps(value)}))
        found[1].config("m")


def test_a_config_nested_without_end_is_cut():
    objects = Objects()
    objects.dense(0, "layer-0", 3, 4)
    deep = "[" * (2 * DEPTH_LIMIT) + "]" * (2 * DEPTH_LIMIT)
    found = told(objects, metadata({1: f'{{"class_name": "Dense", "config": {{"name": "d", "x": {deep}}}}}'}))

    assert found[1].config("m") is not None


@pytest.mark.parametrize("data", [b"\xff", field(1, field(4, 7)), field(1, field(5, b"\xff")), field(1, b"\x0f")])
def test_a_file_that_is_no_message_is_refused(objects, data):
    with pytest.raises(CorruptFile):
        told(objects, data)


def test_a_number_where_an_entry_should_be_is_passed_over(objects):
    assert {} == told(objects, field(1, 7) + field(2, b"x"))
