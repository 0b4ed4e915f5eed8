"""Names of variables as a tree of layers."""

from __future__ import annotations

from paramcount.count import layers_of, variables_of
from paramcount.model import Layer, Role, Variable
from paramcount.readers.tensorflow.scopes import DEPTH_LIMIT, tree_of


def tree(*paths: str) -> Layer:
    return tree_of([Variable(path, (2,), "float32", Role.UNDETERMINED) for path in paths], "model")


def test_every_scope_is_a_layer_and_the_rest_of_the_name_its_variable():
    root = tree("resnet/block1/conv/kernel", "resnet/block1/conv/bias", "resnet/block2/kernel", "head/kernel")
    assert [layer.path for layer in layers_of(root)] == [
        "", "resnet", "resnet/block1", "resnet/block1/conv", "resnet/block2", "head",
    ]  # fmt: skip
    assert [layer.name for layer in layers_of(root)] == ["model", "resnet", "block1", "conv", "block2", "head"]
    assert {layer.class_name for layer in layers_of(root)} == {""}
    assert [variable.path for variable in root.children[0].children[0].children[0].variables] == [
        "resnet/block1/conv/kernel", "resnet/block1/conv/bias",
    ]  # fmt: skip


def test_layers_come_in_the_order_in_which_they_first_appear():
    root = tree("b/x", "a/x", "b/y", "a/inner/x", "b/inner/x")
    assert [layer.path for layer in layers_of(root)] == ["", "b", "b/inner", "a", "a/inner"]
    assert [variable.name for variable in root.children[0].variables] == ["x", "y"]


def test_a_variable_in_no_scope_belongs_to_the_root():
    root = tree("w", "dense/w")
    assert [variable.path for variable in root.variables] == ["w"]


def test_a_name_may_be_that_of_a_variable_and_of_a_scope():
    root = tree("net/w", "net/w/extra")
    assert [layer.path for layer in layers_of(root)] == ["", "net", "net/w"]
    assert [variable.path for variable in variables_of(root)] == ["net/w", "net/w/extra"]


def test_slashes_without_a_name_between_them_make_no_layer():
    root = tree("/a//b/w", "//w", "")
    assert [layer.path for layer in layers_of(root)] == ["", "a", "a/b"]
    assert [variable.path for variable in root.variables] == ["//w", ""]


def test_nothing_is_a_root_alone():
    assert tree() == Layer("model", "", "")


def test_very_deep_names_stay_together_in_the_last_layer():
    deep = "/".join(["s"] * 5000)
    root = tree(f"{deep}/one", f"{deep}/two")
    layers = list(layers_of(root))
    assert len(layers) == DEPTH_LIMIT + 1
    assert [variable.name for variable in layers[-1].variables] == ["one", "two"]
