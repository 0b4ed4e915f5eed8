"""What is promised of every layer without weights: a rule for its output or a documented reason, and no surprises."""

from __future__ import annotations

import importlib
import inspect
import os
import random
from typing import Any

import pytest

from oracle_frameworks import framework
from paramcount.layers import table
from paramcount.layers.given import Given, is_shape
from paramcount.layers.weightless import FAMILIES, WEIGHTLESS

UNKNOWN = {
    "Layer": "the base class of every layer: a subclass decides",
    "InputSpec": "a description of inputs, not a layer",
    "JaxLayer": "the weights come from a function of the user",
    "FlaxLayer": "the weights come from a Flax module",
    "TorchModuleWrapper": "the weights come from a PyTorch module",
    "TFSMLayer": "the weights lie in a SavedModel",
    "AbstractRNNCell": "the base class of cells: a subclass decides",
    "DenseFeatures": "the weights belong to feature columns",
}
"""Public classes of which no config says what they own, and why."""
OTHERS = {"Pipeline"}
"""Layers that own nothing themselves, and give out what the layers inside make."""
RULES = {
    name: importlib.import_module(f"paramcount.layers.{family}").OUTPUTS[name]
    for family, classes in FAMILIES.items()
    for name in classes.split()
}


@pytest.mark.oracle
@pytest.mark.parametrize("framework_name", ["keras", "tf_keras"])
def test_every_public_layer_has_an_output_rule_or_a_reason(framework_name: str) -> None:
    layers = framework(framework_name)
    if layers is None:
        pytest.skip(f"{framework_name} is not installed")
    public = {name for name in dir(layers.layers) if inspect.isclass(getattr(layers.layers, name))}
    # Convolution2D is Conv2D: only names that a config can hold are asked here.
    settled = set(table.classes()) | set(RULES) | set(UNKNOWN) | OTHERS
    assert not {name for name in public if name not in settled and not _is_alias(layers.layers, name, settled)}


def _is_alias(module: Any, name: str, known: set[str]) -> bool:
    return getattr(module, name).__name__ in known


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_what_no_config_tells_is_unknown_and_never_none(name: str) -> None:
    assert table.slots_of(name, {}, inputs=(None, 3)) is None
    assert table.output_of(name, {}, (None, 3)) is None
    assert not table.is_known(name)


@pytest.mark.parametrize("name", sorted(WEIGHTLESS))
def test_layers_without_weights_create_nothing(name: str) -> None:
    assert table.slots_of(name, {}) == []


def test_every_module_defines_the_classes_that_it_is_listed_with() -> None:
    for family, classes in FAMILIES.items():
        defined = set(importlib.import_module(f"paramcount.layers.{family}").OUTPUTS)
        assert set(classes.split()) <= defined
        assert defined - set(classes.split()) <= set(table.classes())


@pytest.mark.parametrize("name", sorted(RULES))
def test_an_unknown_input_has_an_unknown_output(name: str) -> None:
    assert RULES[name](Given({}, None)) is None


ODD_VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 3, -1, -7, 10**30, 0.5, float("nan"), "", "same", "valid", "SAME", "th",
    "channels_first",
    "one_hot", "multi_hot", "tf_idf", "stft", [], [0], [1], [2, 2], [[1, 2], [3, 4]], [[1, 2]] * 3, [2, 2, 2], [-1, -1],
    [10**30] * 40, [None, 3], ["a"], [[[[]]]], {}, {"a": {}}, {"class_name": "x"}, {"left_pad": 1}, (1, 2), b"x",
]  # fmt: skip
ODD_INPUTS: list[Any] = [
    None, (), (None,), (3,), (None, 1), (None, 4), (2, 3, 4), (None, None, None), (1, 0, 3), (None, 8, 9, 3),
    (None, 3, 4, 5, 6), (2,) * 9, (10**30,) * 5, ((None, 4), (None, 4)), ((None, 4), (3, 2, 4)), ((2, 3), None),
    ((), ()), {}, {"images": (None, 8, 8, 3), "labels": (None, 4)}, {"images": (4, 8, 8, 3), "bounding_boxes": {}},
    {"bounding_boxes": {"boxes": (1, 2, 4), "labels": ()}}, {"bounding_boxes": (1, 2)}, (((None, 2),), (None, 2)),
]  # fmt: skip
OPTIONS = """pool_size strides padding data_format dim_ordering keepdims output_size target_shape dims n cropping size
axis axes mode mode_type concat_axis dot_axes height width crop_to_aspect_ratio max_number num_tokens output_mode
bin_boundaries num_bins vocabulary vocabulary_size idf_weights max_tokens pad_to_max_tokens num_oov_indices oov_token
output_sequence_length split ngrams ragged num_mel_bins sequence_stride frame_length frame_step fft_length expand_dims
output_shape output_shape_type batch_shape shape batch_size border_mode pool_length stride length
has_input_vocabulary""".split()


def _is_nest(found: Any) -> bool:
    if isinstance(found, dict):
        return all(map(_is_nest, found.values()))
    return found is None or is_shape(found) or (isinstance(found, tuple) and all(map(_is_nest, found)))


@pytest.mark.parametrize(
    "name", sorted({*RULES, "STFTSpectrogram", "StringLookup", "IntegerLookup", "TextVectorization"})
)
def test_odd_configs_give_a_shape_or_none(name: str) -> None:
    draw = random.Random(name)  # noqa: S311
    for _ in range(int(os.environ.get("PARAMCOUNT_EXAMPLES", "150"))):
        config = {key: draw.choice(ODD_VALUES) for key in draw.sample(OPTIONS, draw.randint(0, 20))}
        found = table.output_of(name, config, draw.choice(ODD_INPUTS), draw.random() < 0.5)
        assert _is_nest(found)
        if is_shape(found) and name != "InputLayer":
            assert all(size is None or size >= 0 for size in found)  # type: ignore[union-attr]
        table.slots_of(name, config, tf_keras=draw.random() < 0.5)
