"""Configs that nobody trusts: what comes out is a number that is right, "unknown", or an error with a name."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from fuzz.fuzz_configs import one_text
from paramcount import Report
from paramcount.architecture import infer, shapes
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.config_json import read_config
from paramcount.sources.bytesource import MemoryBytes

HUGE = 2**62
BEYOND = 10**30


def layer(class_name, name="", inbound=None, **options):
    name = name or class_name.lower()
    entry = {"class_name": class_name, "name": name, "config": {"name": name, **options}}
    return entry if inbound is None else {**entry, "inbound_nodes": inbound}


def dense(name="dense", units=4, inbound=None, **options):
    return layer("Dense", name, inbound, units=units, **options)


def entrance(name="in", shape=(None, 3)):
    return layer("InputLayer", name, [], batch_shape=list(shape))


def tensor(name, call=0, index=0):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, index]}}


def call(*args, **kwargs):
    return {"args": list(args), "kwargs": kwargs}


def functional(*layers, name="m", inputs=None, outputs=None):
    config = {"name": name, "layers": list(layers), "input_layers": inputs or [["in", 0, 0]]}
    config["output_layers"] = outputs or [[layers[-1]["name"], 0, 0]]
    return {"class_name": "Functional", "name": name, "config": config}


def sequential(*layers, shape=(None, 3)):
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [entrance(shape=shape), *layers]}}


def operation(module, class_name, *args, **options):
    entry = layer(class_name, "op", [call(*(args or [tensor("in")]))], **options)
    return functional(entrance(), {**entry, "module": f"keras.src.ops.{module}"}, dense("end", 3, [call(tensor("op"))]))


def report_of(config):
    """What the config alone gives; it is shown in every way as well."""
    shown = one_text(json.dumps(config))
    report = Report(read_config(MemoryBytes(b"{}", "hostile.json"), json.loads(json.dumps(config))))
    assert (shown.total, shown.lower_bound) == (report.total, report.lower_bound)
    return report


def reasons(report):
    return " ".join(f"{finding.where}: {finding.message}" for finding in report.findings)


GRAPHS = {
    "a cycle": [dense("a", 3, [call(tensor("b"))]), dense("b", 3, [call(tensor("a"))])],
    "a layer that feeds itself": [dense("a", 3, [call(tensor("a"))])],
    "a layer that is not there": [dense("a", 3, [call(tensor("elsewhere"))])],
    "a call that is not there": [dense("a", 3, [call(tensor("in", 5))])],
    "a tensor that is not there": [dense("a", 3, [call(tensor("in", 0, 7))])],
    "negative indices": [dense("a", 3, [call(tensor("in", -1, -1))])],
    "huge indices": [dense("a", 3, [call(tensor("in", BEYOND, BEYOND))])],
    "a call that waits for a later one": [dense("a", 3, [call(tensor("a", 1)), call(tensor("a", 0))])],
    "a name that is a list": [dense("a", 3, [call(tensor(["in"]))])],
    "indices that are text": [dense("a", 3, [call(tensor("in", "0", "0"))])],
    "calls that are a dict": [dense("a", 3, {"args": [tensor("in")]})],
    "calls that are numbers": [dense("a", 3, [1, None, 2.5])],
    "an old cycle": [dense("a", 3, [[["b", 0, 0, {}]]]), dense("b", 3, [[["a", 0, 0, {"x": ["a", 0, 0]}]]])],
}


@pytest.mark.parametrize("layers", GRAPHS.values(), ids=GRAPHS)
def test_a_graph_that_cannot_run_leaves_its_layers_unknown(layers):
    report = report_of(functional(entrance(), *layers))

    assert report.lower_bound
    assert {finding.id for finding in report.findings} == {"size-unknown"}
    assert report.total == 3 * len(layers)  # The biases do not depend on the input.


@pytest.mark.parametrize("length", [2_000, 20_000])
def test_layers_in_reverse_order_take_time_that_grows_with_their_number(length, monkeypatch):
    chain = [dense(f"d{n}", 3, [call(tensor(f"d{n - 1}" if n else "in"))]) for n in range(length)]
    config = functional(entrance(), *chain[::-1], outputs=[[f"d{length - 1}", 0, 0]])
    runs = []
    run = infer.Graph._run
    monkeypatch.setattr(infer.Graph, "_run", lambda self, *place: (runs.append(place), run(self, *place))[1])

    report = Report(read_config(MemoryBytes(b"{}", "x"), config))

    assert (report.total, report.lower_bound) == (12 * length, False)
    assert len(runs) == length


def nest(depth, around):
    """Models inside each other, each calling the one inside as ``around`` says."""
    inner = functional(entrance(shape=(None, 3)), dense("d", 3, [call(tensor("in"))]), name="m0")
    for level in range(depth):
        name = f"m{level}"
        layers, last = around(inner, name)
        inner = functional(entrance(), *layers, name=f"m{level + 1}", outputs=[last])
    return inner


def called_twice(inner, name):
    return [{**inner, "inbound_nodes": [call(tensor("in")), call(tensor(name))]}], [name, 1, 0]


def called_twice_with_options(inner, name):
    calls = [call(tensor("in"), reverse=True), call(tensor("in"), reverse=False), call(tensor(name), reverse=True)]
    return [{**inner, "inbound_nodes": calls}], [name, 2, 0]


@pytest.mark.parametrize("around", [called_twice, called_twice_with_options])
def test_a_model_that_each_level_calls_twice_does_not_double_the_work_at_each_level(around):
    inference = infer.Inference(False)
    from paramcount.architecture.parse import parse_config

    inference.call(parse_config(nest(50, around), "x"), None)

    assert inference.steps < 5_000
    assert report_of(nest(50, around)).total == 12


def test_work_that_doubles_at_each_level_ends_at_a_bound(monkeypatch):
    """Two calls on different shapes at every level are 2 ** 40 different runs."""

    def around(inner, name):
        layers = [
            layer("Concatenate", "c", [call([tensor("in"), tensor("in")])], axis=1),
            layer("ZeroPadding1D", "p", [call(tensor("c"))], padding=[0, 1]),
            {**inner, "inbound_nodes": [call(tensor("c")), call(tensor("p"))]},
        ]
        return [entrance(shape=(None, None, 3)), *layers], [name, 0, 0]

    monkeypatch.setattr(infer, "MAX_STEPS", 20_000)
    config = nest(40, around)
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 1, 3]
    ran = []
    output = infer.Inference._output
    monkeypatch.setattr(infer.Inference, "_output", lambda *given: (ran.append(1), output(*given))[1])

    report_of(config)

    assert 0 < len(ran) <= 2 * 20_000


def test_a_run_counts_layers_that_are_not_called_too(monkeypatch):
    """A model of nothing but inputs, called on ever other shapes, costs as much as they are many."""
    monkeypatch.setattr(infer, "MAX_STEPS", 20_000)
    runs = []
    feed = infer.Graph._feed
    monkeypatch.setattr(infer.Graph, "_feed", lambda self, node: (runs.append(1), feed(self, node))[1])
    entries = [entrance(f"i{n}") for n in range(500)]
    inner = functional(*entries, dense("d", 3, [call(tensor("i0"))]), name="inner", inputs=[["i0", 0, 0]])
    pads = [layer("ZeroPadding1D", f"p{n}", [call(tensor("in"))], padding=[0, n]) for n in range(500)]
    inner["inbound_nodes"] = [call(tensor(f"p{n}")) for n in range(500)]

    report_of(functional(entrance(shape=(None, 1, 3)), *pads, inner))

    assert len(runs) < 50_000


def wrapped(class_name, times, inner):
    for _ in range(times):
        inner = layer(class_name, "w", layer=inner)
    return inner


def test_directions_in_directions_are_refused_before_they_fill_the_memory():
    with pytest.raises(LimitExceeded, match="nests too many layers"):
        report_of(sequential(wrapped("Bidirectional", 40, layer("LSTM", units=3)), shape=(None, 5, 3)))


def test_models_nested_too_deeply_are_refused():
    inner = dense()
    for _ in range(70):
        inner = layer("Sequential", layers=[inner])
    with pytest.raises(LimitExceeded):
        report_of(inner)


def test_many_steps_in_time_are_followed():
    assert report_of(sequential(wrapped("TimeDistributed", 50, dense("d", 3)), shape=(None, *[2] * 60))).total == 9


BROKEN = {
    "a Sequential without layers": {"class_name": "Sequential", "config": {"name": "s"}},
    "a Functional without layers": {"class_name": "Functional", "config": {}},
    "no config": {"class_name": "Model", "config": None},
    "a Graph of Keras 0": {"class_name": "Graph", "config": {"nodes": {}}},
    "layers that are none": {"class_name": "Sequential", "config": [[[[]]], 5, None, "x", {"class_name": 5}]},
    "a layer without options": sequential({"class_name": "Mine", "config": None}),
    "a wrapper of nothing": sequential(layer("TimeDistributed")),
    "directions of nothing": sequential(layer("Bidirectional", layer=3)),
    "a recurrence without a cell": sequential(layer("RNN", cell=[])),
    "cells that are none": sequential(layer("RNN", cell=["LSTMCell", 3])),
    "a pipeline of nothing": sequential(layer("Pipeline", layers=None)),
}


@pytest.mark.parametrize("config", BROKEN.values(), ids=BROKEN)
def test_layers_that_the_config_does_not_tell_are_unknown_and_not_nothing(config):
    report = report_of(config)

    assert report.total is None
    assert report.lower_bound
    assert "layer" in reasons(report)


def test_a_model_has_its_layers_in_one_place():
    config = sequential(dense("a", 4))
    config["config"] |= {"cells": [dense("b", 4)], "layer": dense("c", 4)}

    assert report_of(config).total == 16


@pytest.mark.parametrize("value", [None, "", 0, [], False])
def test_an_option_that_is_there_counts_as_python_counts_it(value):
    layers = dense("a", 4, use_bias=value), layer("LSTM", units=3, use_bias=value)

    assert report_of(sequential(layers[0])).total == 12
    assert report_of(sequential(layers[1], shape=(None, 5, 3))).total == 4 * 3 * (3 + 3)


def test_a_recurrent_layer_is_built_on_what_its_config_says():
    """Keras builds it on that, and only then calls it."""
    one = {**layer("LSTM", units=3), "build_config": {"input_shape": [None, 5, 7]}}

    assert report_of(sequential(one, shape=(None, 5, 4))).total == 4 * (3 * (3 + 7) + 3)


def test_a_model_without_layers_has_nothing():
    assert report_of({"class_name": "Sequential", "config": {"name": "s", "layers": []}}).total == 0


def test_one_broken_entry_makes_the_rest_a_lower_bound():
    report = report_of(sequential(dense("a", 4), "x", None))

    assert (report.total, report.lower_bound) == (16, True)
    assert "2 of the 4 layers" in reasons(report)


def test_a_shared_layer_is_what_its_first_place_says():
    """Keras makes the layer at the first place and returns it at the second, whatever is written there."""
    twins = [{**dense("a", units), "shared_object_id": 7} for units in (0, 5)]
    report = report_of(sequential(*twins))

    assert (report.total, report.tensors) == (0, 2)
    assert {variable.shape for variable in report.variables()} == {(3, 0), (0,)}


def test_a_shared_spectral_normalization_is_counted_once():
    one = {**layer("SpectralNormalization", layer=dense("d", 4)), "shared_object_id": 7}

    assert report_of(sequential(one, one, shape=(None, 4))).total == 4 * 4 + 4 + 4


def test_the_kernel_that_spectral_normalization_divides_is_that_of_the_layer_inside():
    """The layer inside is built first, on what its own config says."""
    inner = {**layer("Conv2D", filters=3, kernel_size=2), "build_config": {"input_shape": [None, 6, 6, 1]}}
    report = report_of(sequential(layer("SpectralNormalization", layer=inner), shape=(None, 6, 6, 2)))

    assert report.total == 2 * 2 * 1 * 3 + 3 + 3


SIZES = {
    "absurd units": sequential(dense("a", BEYOND), dense("b", BEYOND)),
    "absurd inputs": sequential(dense("a", 4), shape=(None, BEYOND)),
    "too long to print": sequential(dense("a", 10**4000), shape=(None, 10**4000)),
    "fractions": sequential(dense("a", 3.5), dense("b", float("inf")), dense("c", float("nan")), dense("d", 1e300)),
    "negative": sequential(dense("a", -5), layer("Conv2D", filters=-3, kernel_size=[-1, 2])),
    "more axes than tensors have": sequential(layer("PReLU"), shape=(None, *[HUGE] * 20_000)),
    "more axes after a Reshape": sequential(layer("Reshape", target_shape=[HUGE] * 5_000), layer("PReLU")),
    "flattened": sequential(layer("Flatten"), dense(), shape=(None, *[HUGE] * 60)),
    "padded": sequential(layer("ZeroPadding1D", padding=HUGE), layer("ZeroPadding1D", padding=HUGE), layer("PReLU")),
    "repeated": sequential(layer("RepeatVector", n=HUGE), layer("Flatten"), dense()),
    "enlarged": sequential(*[layer("UpSampling1D", f"u{n}", size=2**40) for n in range(50)], layer("PReLU")),
    "an equation": sequential(layer("EinsumDense", equation="a" * 10**6 + ",b->c", output_shape=[None, 3])),
    "heads": sequential(layer("MultiHeadAttention", num_heads=HUGE, key_dim=HUGE, output_shape=[HUGE] * 5_000)),
    "axes": sequential(layer("LayerNormalization", axis=list(range(1, 10**5)))),
    "tiles": operation("numpy", "Tile", repeats=[HUGE] * 10_000),
    "repeats": operation("numpy", "Repeat", repeats=BEYOND, axis=-1),
    "a broadcast": operation("numpy", "BroadcastTo", shape=[HUGE] * 10_000),
    "a reshape": operation("numpy", "Reshape", newshape=[HUGE] * 10_000),
    "pads": operation("numpy", "Pad", pad_width=[[HUGE, HUGE]] * 10_000),
    "a split": operation("numpy", "Split", indices_or_sections=2**60, axis=-1),
    "an unstack": operation("core", "Unstack", num=2**60, axis=-1),
    "a product of letters": operation("numpy", "Einsum", subscripts="a" * 10**6 + "->" + "b" * 10**6),
    "sizes that are lists": sequential(dense("a", [3]), layer("Conv1D", filters={}, kernel_size=[[3]])),
    "a rank of adapters": {**sequential(dense("a", 3, lora_rank=BEYOND)), "module": "keras"},
}


@pytest.mark.parametrize("config", SIZES.values(), ids=SIZES)
def test_absurd_sizes_are_unknown_and_cost_nothing(config):
    tracemalloc.start()
    report = report_of(config)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert report.lower_bound
    assert report.findings
    assert peak < 100e6


@pytest.mark.parametrize("rank", [3, shapes.MAX_RANK])
def test_astronomic_products_are_exact_and_can_be_printed(rank):
    report = report_of(sequential(layer("PReLU"), shape=(None, *[HUGE] * (rank - 1))))

    assert report.total == HUGE ** (rank - 1)


@pytest.mark.parametrize("digits", [4_000, 5_000])
def test_numbers_longer_than_python_prints_are_no_sizes(digits):
    text = '{"class_name": "Dense", "config": {"units": 1%s}}' % ("0" * digits)
    try:
        report = one_text(text)
    except CorruptFile:
        assert digits > 4300
    else:
        assert report.lower_bound


@pytest.mark.parametrize("depth", [40, 300, 100_000])
def test_deep_nesting_ends_in_an_answer_or_in_a_named_error(depth):
    deep = "[" * depth + "]" * depth
    graph = (
        '{"class_name": "Functional", "config": {"name": "m", "input_layers": %s, "output_layers": %s, "layers": ['
        '{"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 3], "name": "in"}},'
        '{"class_name": "Dense", "name": "d", "config": {"units": 3, "name": "d", "dtype": %s},'
        ' "build_config": {"input_shape": %s}, "inbound_nodes": [{"args": %s, "kwargs": {"x": %s}}]}]}}'
    )
    if depth > 10_000:
        with pytest.raises((CorruptFile, LimitExceeded)):
            one_text(graph.replace("%s", deep))
    else:
        assert one_text(graph.replace("%s", deep)).lower_bound


NAMES = [None, 1, [1], {"a": 1}, True, "", "/", "a/b", "../x", "\0\x1b[31m\n\u202e", "\ud800", "x" * 10**5, 2.5]


def test_names_that_are_none_are_no_trouble():
    layers = [{"class_name": "Dense", "name": name, "config": {"name": name, "units": 3}} for name in NAMES]
    report = report_of(sequential(*layers))

    assert report.total == 12 * len(NAMES)
    assert len({variable.path for variable in report.variables()}) == 2 * len(NAMES)


def test_class_names_that_are_none_are_somebody_elses():
    names = ["", "\0", "Custom>", "Custom>LayerScale", "x" * 10**5, "../../x", "__init__", "paramcount.layers"]
    report = report_of(sequential(*[layer(name, f"l{index}") for index, name in enumerate(names)]))

    assert report.total is None
    assert sum(finding.id == "custom-layer" for finding in report.findings) == len(names)


def test_values_that_cannot_be_keys_are_no_trouble():
    odd = {"a": {"b": [1, 2, 3]}}
    entry = {
        "class_name": "Dense", "name": odd, "config": {"name": [1], "units": [3], "dtype": odd, "trainable": []},
        "inbound_nodes": odd, "shared_object_id": [1], "build_config": {"input_shape": "abc"}, "registered_name": [1],
        "module": odd,
    }  # fmt: skip
    config = {"name": ["x"], "layers": [entry, entry], "input_layers": odd, "output_layers": 5, "trainable": []}

    assert report_of({"class_name": "Functional", "config": config, "keras_version": [3]}).total is None


def test_a_dict_of_inputs_and_outputs_is_followed():
    taken = call({"x": tensor("in"), "y": [tensor("in")]})
    config = functional(
        entrance(), layer("Concatenate", "c", [call([tensor("in"), tensor("in")])]), dense("a", 3, [taken]),
        dense("b", 3, [call(tensor("c"))]), inputs={"q": ["in", 0, 0]}, outputs={"z": ["b", 0, 0], "w": [["a", 0, 0]]},
    )  # fmt: skip
    report = report_of(config)

    assert {row.layer.name: row.parameters for row in report}["b"] == 6 * 3 + 3
    assert report.model.root.output_shape == {"z": (None, 3), "w": ((None, 3),)}


def test_hundred_thousand_cells_and_copies_are_counted_against_the_limit():
    cells = [layer("LSTMCell", units=3)] * 60_000
    with pytest.raises(LimitExceeded):
        report_of(sequential(layer("Bidirectional", layer=layer("RNN", cell=cells)), shape=(None, 5, 3)))


@pytest.mark.parametrize("value", [None, 0, False])
def test_a_flag_that_is_there_counts_as_python_counts_it(value):
    frozen = sequential(dense("a", 4))
    frozen["config"]["trainable"] = value

    assert (report_of(frozen).total, report_of(frozen).trainable) == (16, 0)
