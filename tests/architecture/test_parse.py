"""Configs of Keras 1, 2 and 3 as trees of layers; hostile ones end in one clear error."""

from __future__ import annotations

import pytest

from paramcount.architecture.parse import MAX_DEPTH, MAX_LAYERS, parse_config
from paramcount.errors import CorruptFile, LimitExceeded


def layer(class_name, name="", **options):
    return {"class_name": class_name, "config": {"name": name or class_name.lower(), **options}}


def paths(node):
    return [(inner.attribute, inner.class_name) for inner in node.walk()]


def test_the_three_dialects_of_a_sequential_are_one_tree():
    dense = layer("Dense", "d", units=2)
    bare = {"class_name": "Sequential", "config": [dense]}
    named = {"class_name": "Sequential", "config": {"name": "s", "layers": [dense]}}
    newest = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {
        "name": "s", "trainable": True, "layers": [{"module": "keras.layers", **dense}]}}  # fmt: skip

    trees = [paths(parse_config(config, "here")) for config in (bare, named, newest)]

    assert [[("", "Sequential"), ("layers", "Dense")]] * 3 == trees


def test_options_that_hold_other_objects_are_no_layers():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    start = {"module": "keras.initializers", "class_name": "Zeros", "config": {"name": "zeros"}}
    config = {"class_name": "Mine", "config": {"dtype": policy, "kernel_initializer": start, "inner": layer("Dense")}}

    assert [("", "Mine"), ("inner", "Dense")] == paths(parse_config(config, "here"))


def test_a_bidirectional_has_two_directions():
    one = parse_config(layer("Bidirectional", layer=layer("LSTM")), "here")
    two = parse_config(layer("Bidirectional", layer=layer("LSTM"), backward_layer=layer("GRU")), "here")

    assert ["LSTM", "LSTM"] == [child.class_name for child in one.children]
    assert ["LSTM", "GRU"] == [child.class_name for child in two.children]
    assert ["forward_layer", "backward_layer"] == [child.attribute for child in one.children]


def test_a_shared_layer_leads_to_its_first_place():
    first, again = layer("Dense", "d"), {**layer("Dense", "d"), "shared_object_id": 7}
    inner = [layer("Sequential", name, layers=[entry]) for name, entry in (("a", first), ("b", again))]
    root = parse_config(layer("Functional", layers=[*inner, again]), "here")
    places = [node for node in root.walk() if node.class_name == "Dense"]

    assert places[0].again is None
    assert places[1].again is places[0] is places[2].again


def test_operations_of_the_graph_are_no_layers():
    entry = {"module": "keras.src.ops.numpy", **layer("Add", "add")}

    assert parse_config(layer("Functional", layers=[entry]), "here").children[0].operation


def test_a_class_of_the_same_name_elsewhere_is_somebodys_own():
    entry = {"module": None, "registered_name": "mine>Dense", **layer("Dense")}

    assert parse_config(layer("Sequential", layers=[entry]), "here").children[0].custom


@pytest.mark.parametrize("config", [None, [], 3, "x", {}, {"class_name": 3}, {"config": {}}])
def test_what_is_no_config_is_an_error(config):
    with pytest.raises(CorruptFile, match="class_name"):
        parse_config(config, "here")


@pytest.mark.parametrize(
    "options",
    [None, 3, "x", [], [None], [3], {"layers": None}, {"layers": [None, 3, {}]}, {"layer": {"class_name": 3}}],
)
def test_options_of_any_type_are_passed_over(options):
    assert parse_config({"class_name": "Sequential", "config": options}, "here").children == []


def nested(class_name, attribute, depth):
    config = layer("Dense")
    for _ in range(depth):
        config = layer(class_name, **{attribute: [config] if attribute == "layers" else config})
    return config


def test_too_many_levels_are_refused():
    with pytest.raises(LimitExceeded):
        parse_config(nested("Sequential", "layers", MAX_DEPTH + 1), "here")


def test_layers_that_copy_layers_that_copy_layers_are_refused():
    """Each Bidirectional makes a second copy of what it wraps: forty of them would make a million million."""
    with pytest.raises(LimitExceeded):
        parse_config(nested("Bidirectional", "layer", 40), "here")


def test_more_layers_than_any_model_has_are_refused():
    with pytest.raises(LimitExceeded):
        parse_config(layer("Sequential", layers=[layer("Dense")] * (MAX_LAYERS + 1)), "here")
