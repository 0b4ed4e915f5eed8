"""Every class of ``keras.layers``, with options and inputs at random, counts as Keras counts it, by every way in.

A layer comes as the config of a model around it, with and without the shapes that Keras 3 writes into it, and as text.
``PARAMCOUNT_EXAMPLES`` sets how many cases of each class are tried.
"""

from __future__ import annotations

import json
import os
import random
import warnings
from typing import Any

import pytest

import paramcount
from layer_cases import CELLS, Case, classes, some_case
from oracle_frameworks import framework
from paramcount.architecture.describe import model_of
from paramcount.count import layers_of
from paramcount.readers.config_json import read_config
from paramcount.sources.bytesource import MemoryBytes
from paramcount.typed import read_layer

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

EACH = int(os.environ.get("PARAMCOUNT_EXAMPLES", "2"))


def mapped(nest: Any, function: Any) -> Any:
    """``function`` of every leaf; sequences become tuples where they hold what it gives."""
    if isinstance(nest, dict):
        return {key: mapped(value, function) for key, value in nest.items()}
    if isinstance(nest, list):
        return [mapped(value, function) for value in nest]
    return function(nest)


def shapes(tensors: Any) -> Any:
    """The shapes of a nest of tensors."""
    if isinstance(tensors, dict):
        return {key: shapes(value) for key, value in tensors.items()}
    if isinstance(tensors, (list, tuple)):
        return tuple(shapes(value) for value in tensors)
    return None if getattr(tensors.shape, "rank", 0) is None else tuple(tensors.shape)


def truth(keras: Any, case: Case) -> tuple[Any, list[Any], Any, Any]:
    """The layer, its variables (name, shape, whether it trains), its output and the config of a model of it."""
    layer = case.lay.make(keras.layers)
    inputs = mapped(case.inputs, lambda shape: keras.Input(batch_shape=shape, dtype=case.dtype))
    output, config = None, None
    if case.lay.cls in CELLS:
        layer.build(case.inputs)
    else:
        output = layer(*inputs, **case.call) if case.spread else layer(inputs, **case.call)
        config = json.loads(keras.Model(inputs, output).to_json())
    trains = {id(variable) for variable in layer.trainable_weights}
    once = {id(variable): variable for variable in layer.weights}
    variables = [
        (variable.name.partition(":")[0].rpartition("/")[2], tuple(variable.shape), key in trains)
        for key, variable in once.items()
    ]
    return layer, variables, ... if config is None else shapes(output), config


def facts(layer: Any) -> tuple[list[Any], Any]:
    """The same of paramcount's layer."""
    found = {}
    for one in layers_of(layer):
        for variable in one.variables:
            key = variable.storage or f"{one.path}/{variable.name}"
            found.setdefault(key, (variable.name.rpartition("/")[2], variable.shape, variable.role == "trainable"))
    return list(found.values()), layer.output_shape


def stripped(config: Any) -> Any:
    """A config without the shapes that Keras 3 writes for layers and tensors, as the configs of HDF5 files are."""
    if isinstance(config, list):
        return [stripped(value) for value in config]
    if not isinstance(config, dict):
        return config
    kept = {key: stripped(value) for key, value in config.items() if key != "build_config"}
    if config.get("class_name") == "__keras_tensor__":
        kept["config"].pop("shape", None)
    return kept


def answers(case: Case, name: str, config: Any, tf_keras: bool) -> dict[str, Any]:
    """What paramcount says about the layer, by each way in."""
    found = {}
    for way, form in (("config", config), ("config without shapes", stripped(config))):
        if form is not None:
            model = read_config(MemoryBytes(b"", "config.json"), form)
            found[way] = next(layer for layer in model.root.children if layer.name == name)
    if not case.call:
        inputs = tuple(case.inputs) if isinstance(case.inputs, list) else case.inputs
        found["text"] = model_of(read_layer(repr(case.lay), tf_keras), inputs, tf_keras=tf_keras).root
    return found


def difference(keras: Any, case: Case, tf_keras: bool) -> str | None:
    """How paramcount differs, in words; empty when it does not; None when Keras refuses the case."""
    try:
        layer, variables, output, config = truth(keras, case)
    except Exception:
        return None
    for way, found in answers(case, layer.name, config, tf_keras).items():
        ours, given = facts(found)
        # tf_keras lists the weights that train first.
        if sorted(ours, key=repr) != sorted(variables, key=repr) or (not tf_keras and ours != variables):
            return f"{case!r} as {way}: {ours}, Keras has {variables}"
        if output is not ... and given != output:
            return f"{case!r} as {way}: gives {given}, in Keras {output}"
    return ""


@pytest.mark.parametrize("which", ["keras", "tf_keras"])
def test_every_class_under_random_options(which):
    """Names, shapes, roles, order and outputs, whichever way the layer comes."""
    keras = framework(which)
    if keras is None:
        pytest.skip(f"{which} is not installed")
    tf_keras = which == "tf_keras"
    tried, wrong, met = 0, [], set()
    for class_name in classes(keras.layers):
        draw = random.Random(class_name)  # noqa: S311 - cases, no secrets
        for _ in range(EACH):
            found = _unallocated(keras, some_case(draw, class_name, keras.layers, tf_keras), tf_keras)
            if found is not None:
                tried += 1
                met.add(class_name)
            if found:
                wrong.append(found)
    keras.backend.clear_session()

    assert not wrong, "\n".join(wrong[:10])
    assert tried > EACH * 70
    assert len(met) > 90


def _unallocated(keras: Any, case: Case, tf_keras: bool) -> str | None:
    """The difference, found without memory for weights where the framework can do that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if tf_keras:
            return difference(keras, case, tf_keras)
        from keras.src.backend.common import global_state

        try:
            with keras.StatelessScope(initialize_variables=False):
                return difference(keras, case, tf_keras)
        finally:
            global_state.set_global_attribute("uninitialized_variables", [])


def _answer(config: Any, tf_keras: bool = False, inputs: Any = None) -> Any:
    return model_of(config, inputs, tf_keras=tf_keras).root


def test_a_pipeline_gives_what_its_last_layer_gives():
    """It lists layers as a model does, but has no graph."""
    text = "Pipeline(layers=[Rescaling(0.5), Dense(7), Resizing(3, 2)])"

    found = model_of(read_layer(text), (None, 16, 29, 4)).root

    assert found.output_shape == (None, 3, 2, 7)
    assert [variable.shape for layer in layers_of(found) for variable in layer.variables] == [(4, 7), (7,)]


def test_a_layer_of_tf_keras_alone_is_read_as_text():
    found = model_of(read_layer("LocallyConnected1D(2, 3)", tf_keras=True), (None, 8, 3), tf_keras=True).root

    assert found.output_shape == (None, 6, 2)


@pytest.mark.parametrize(
    ("text", "shape", "tf_keras", "expected"),
    [
        ("Dense(3, lora_rank=2, dtype='float64')", (None, 4), False, ["float64", "float64", "float32", "float32"]),
        ("Normalization()", (None, 4), False, ["float32", "float32", "int32"]),
        ("Normalization()", (None, 4), True, ["float32", "float32", "int64"]),
        ("BatchNormalization(dtype='float16')", (None, 4), True, ["float32"] * 4),
        ("BatchNormalization(dtype='float16')", (None, 4), False, ["float16"] * 4),
    ],
)
def test_variables_that_do_not_follow_the_dtype_of_their_layer(text, shape, tf_keras, expected):
    found = model_of(read_layer(text, tf_keras), shape, tf_keras=tf_keras).root

    assert [variable.dtype for variable in found.variables] == expected


def test_a_bidirectional_of_tf_keras_is_frozen_with_its_first_layer():
    text = "Bidirectional(LSTM(2, trainable=False), backward_layer=LSTM(3, go_backwards=True))"

    for tf_keras, frozen in ((True, 6), (False, 3)):
        ours, _ = facts(model_of(read_layer(text, tf_keras), (None, None, 4), tf_keras=tf_keras).root)
        assert [trains for _, _, trains in ours].count(False) == frozen


def test_tensorflow_loses_track_of_an_image_that_it_dilates():
    """Where one size is open, it knows none any more, but for ``ConvLSTM`` alone and not in Keras 3."""
    text, shape = "ConvLSTM2D(1, 3, padding='same', dilation_rate=3)", (None, None, None, 5, 4)

    assert model_of(read_layer(text, tf_keras=True), shape, tf_keras=True).root.output_shape == (None,) * 3 + (1,)
    assert model_of(read_layer(text), shape).root.output_shape == (None, None, 5, 1)


def test_negative_attention_axes_of_tf_keras_count_the_heads():
    text = "MultiHeadAttention(2, 3, output_shape=5, attention_axes=(-3, -2))"
    inputs = ((None, 3, 1, 6), (None, 3, 2, 6))

    assert model_of(read_layer(text, tf_keras=True), inputs, tf_keras=True).root.output_shape == (None, 3, 1, 5)


@pytest.mark.parametrize("shapes_told", [True, False])
def test_all_outputs_of_a_layer_are_shown_although_the_config_tells_one(shapes_told):
    keras = framework("keras")
    if keras is None:
        pytest.skip("Keras 3 is not installed")
    inputs = keras.Input((3, 6))
    states = keras.layers.LSTM(4, return_state=True, name="lstm")(inputs)
    scores = keras.layers.Attention(name="attention")([inputs, inputs], return_attention_scores=True)
    config = json.loads(keras.Model(inputs, [states[0], scores[0]]).to_json())

    model = read_config(MemoryBytes(b"", "c.json"), config if shapes_told else stripped(config))

    given = {layer.name: layer.output_shape for layer in model.root.children}
    assert given["lstm"] == ((None, 4),) * 3
    assert given["attention"] == ((None, 3, 6), (None, 3, 3))


@pytest.mark.parametrize("named", [True, False])
def test_all_outputs_of_a_model_inside_are_shown_in_their_nesting(named):
    keras = framework("keras")
    if keras is None:
        pytest.skip("Keras 3 is not installed")
    inner = keras.Input((6,))
    both = [keras.layers.Dense(2)(inner), keras.layers.Dense(3)(inner)]
    part = keras.Model(inner, {"b": both[0], "a": both[1]} if named else both, name="part")
    inputs = keras.Input((6,))
    given = part(inputs)
    config = json.loads(keras.Model(inputs, list(given.values()) if named else given).to_json())

    model = read_config(MemoryBytes(b"", "c.json"), config)

    expected = {"b": (None, 2), "a": (None, 3)} if named else ((None, 2), (None, 3))
    assert next(layer for layer in model.root.children if layer.name == "part").output_shape == expected


def test_a_config_of_tf_keras_tells_the_first_argument_of_a_call_alone():
    keras = framework("tf_keras")
    if keras is None:
        pytest.skip("tf_keras is not installed")
    query, value, words = keras.Input((3, 5)), keras.Input((4, 2)), keras.Input((7,))
    outputs = keras.layers.MultiHeadAttention(2, 3, name="attention")(query, value, return_attention_scores=True)
    embedded = keras.layers.Embedding(9, 4, name="embedding")(words)
    config = json.loads(keras.Model([query, value, words], [*outputs, embedded]).to_json())

    model = read_config(MemoryBytes(b"", "c.json"), config)

    layers = {layer.name: layer for layer in model.root.children}
    assert layers["attention"].output_shape == ((None, 3, 5), (None, 2, 3, 4))
    assert ("kernel", (2, 2, 3), True) in facts(layers["attention"])[0]
    assert layers["embedding"].output_shape == (None, 7, 4)


def test_texts_without_a_vocabulary_are_of_unknown_width():
    """Keras 3 writes a vocabulary of 1 into the config of a layer that has none yet."""
    config = {"output_mode": "count", "vocabulary": None, "vocabulary_size": 1, "name": "texts"}

    found = _answer({"class_name": "TextVectorization", "config": config}, inputs=(None, 1))

    assert found.output_shape == (None, 1, None)


def test_the_sum_is_that_of_the_variables():
    model = model_of(read_layer("Bidirectional(GRU(3))"), (None, None, 4))

    assert paramcount.Report(model).total == 2 * 3 * (3 * (3 + 4) + 2 * 3)
