"""The attention layers against Keras 3 and tf_keras: variables of all projections, and outputs."""

from __future__ import annotations

import pytest

from composite_oracle import run_grid
from layer_oracle import Case
from oracle_frameworks import framework
from paramcount.layers.attention import OUTPUTS, VARIABLES, multi_head_parts
from paramcount.layers.given import Given
from paramcount.layers.table import MULTI_HEAD


def _three(draw, same_width=False, rank=3):
    """Query, value and, mostly, key."""
    batch, middle = draw.choice([None, 2]), [draw.randint(1, 4) for _ in range(rank - 3)]
    shared = [draw.choice([None, 5, 6]) for _ in range(rank - 2)] if rank > 3 else [draw.choice([None, 5])]
    width = draw.randint(2, 6)
    query = (batch, *middle, draw.choice([None, 4, 7]), width)
    value = (batch, *shared[: rank - 2], width if same_width else draw.randint(2, 6))
    key = (batch, *shared[: rank - 2], width if same_width else draw.randint(2, 6))
    return [query, value, key] if draw.random() < 0.6 else [query, value]


def _flags(draw, *names):
    return {name: draw.random() < 0.5 for name in names if draw.random() < 0.7}


def _scores(draw):
    return {"return_attention_scores": draw.random() < 0.7} if draw.random() < 0.5 else {}


def dot_product(draw):
    options = _flags(draw, "use_scale") | {
        "score_mode": draw.choice(["dot", "concat"]),
        "dropout": draw.choice([0, 0.5]),
    }
    inputs = _three(draw)
    inputs = [(*inputs[0][:-1], inputs[-1][-1]), *inputs[1:]]
    return Case("Attention", options, inputs, _scores(draw))


def additive(draw):
    return Case("AdditiveAttention", _flags(draw, "use_scale"), _three(draw, same_width=True), _scores(draw))


def multi_head(draw):
    options = {"num_heads": draw.randint(1, 4), "key_dim": draw.randint(1, 5)} | _flags(draw, "use_bias")
    if draw.random() < 0.4:
        options["value_dim"] = draw.randint(1, 5)
    if draw.random() < 0.4:
        options["output_shape"] = draw.choice([draw.randint(1, 6), (3,), [2, 3]])
    if draw.random() < 0.2:
        options["dropout"] = 0.5
    return Case("MultiHeadAttention", options, _three(draw), _scores(draw), spread=True)


def multi_head_of_keras_3(draw):
    case = multi_head(draw)
    options = {**case.options, **_flags(draw, "use_gate")}
    if draw.random() < 0.2:
        options["sliding_window"] = 2
    return case._replace(options=options)


def multi_head_over_axes(draw):
    """Query, key and value of more axes than one of time."""
    case = multi_head(draw)
    rank = draw.choice([4, 5])
    batch, width, sizes = draw.choice([None, 2]), draw.randint(2, 5), [draw.randint(2, 4) for _ in range(rank - 2)]
    shape = (batch, *sizes, width)
    options = {**case.options, "attention_axes": draw.choice([None, (1,), (2,), (1, 2), 2])}
    if options["attention_axes"] is None:
        options.pop("attention_axes")
    return case._replace(options=options, inputs=[shape] * draw.choice([2, 3]), call=_scores(draw))


def batches_of_one_or_unknown_size(draw):
    """tf_keras multiplies them together, Keras 3 goes by the query."""
    case = draw.choice([dot_product, multi_head])(draw)
    batch = draw.randint(2, 3)
    inputs = [(draw.choice([None, 1, batch]), *shape[1:]) for shape in case.inputs]
    return case._replace(inputs=inputs)


def grouped(draw):
    shared = draw.randint(1, 3)
    options = {"head_dim": draw.randint(1, 5), "num_query_heads": shared * draw.randint(1, 3)}
    options |= {"num_key_value_heads": shared} | _flags(draw, "use_bias", "use_gate")
    inputs = _three(draw, same_width=draw.random() < 0.7)
    return Case("GroupQueryAttention", options, inputs, _scores(draw), spread=True)


@pytest.mark.oracle
@pytest.mark.skipif(framework("keras") is None, reason="needs Keras 3")
def test_attention_layers_are_those_of_keras_3():
    kinds = [dot_product, additive, multi_head_of_keras_3, multi_head_over_axes, grouped]
    kinds += [batches_of_one_or_unknown_size]
    tried, wrong = run_grid(kinds, 20, tf_keras=False)

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 20 * 6 // 4


@pytest.mark.oracle
@pytest.mark.skipif(framework("tf_keras") is None, reason="needs tf_keras")
def test_attention_layers_are_those_of_tf_keras():
    kinds = [dot_product, additive, multi_head, multi_head_over_axes, batches_of_one_or_unknown_size]
    tried, wrong = run_grid(kinds, 8, tf_keras=True)

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 8 * 5 // 4


def _sizes(part):
    return {slot.name: tuple(axis.value for axis in slot.shape) for slot in part.slots}


def test_shapes_may_come_by_name():
    options = {"num_heads": 2, "key_dim": 3}
    shapes = ((None, 4, 5), (None, 6, 7), (None, 6, 8))
    by_name = dict(zip(("query_shape", "value_shape", "key_shape"), shapes, strict=True))

    parts = multi_head_parts(options, by_name)

    assert _sizes(parts["key_dense"]) == {"kernel": (8, 2, 3), "bias": (2, 3)}
    assert _sizes(parts["value_dense"]) == {"kernel": (7, 2, 3), "bias": (2, 3)}
    assert [_sizes(part) for part in multi_head_parts(options, shapes).values()] == [
        _sizes(part) for part in parts.values()
    ]
    assert OUTPUTS["MultiHeadAttention"](Given(options, by_name)) == (None, 4, 5)


def test_a_single_shape_attends_to_itself():
    parts = multi_head_parts({"num_heads": 2, "key_dim": 3}, (None, 4, 5))

    assert _sizes(parts["value_dense"])["kernel"] == (5, 2, 3)
    assert OUTPUTS["MultiHeadAttention"](Given({"num_heads": 2, "key_dim": 3}, (None, 4, 5))) == (None, 4, 5)


def test_a_config_of_tf_keras_remembers_what_it_was_built_on():
    stored = {"class_name": "TensorShape", "items": [None, 4, 5]}
    config = {"num_heads": 2, "key_dim": 3, "query_shape": stored, "value_shape": [None, 6, 7], "key_shape": stored}

    parts = multi_head_parts(config, None, "MultiHeadAttention", tf_keras=True)

    assert _sizes(parts["value_dense"])["kernel"] == (7, 2, 3)


def test_without_shapes_the_projections_still_have_names():
    parts = multi_head_parts({"num_heads": 2, "key_dim": 3, "use_gate": True})

    assert list(parts) == ["query_dense", "key_dense", "gate_dense", "value_dense", "output_dense"]
    assert [slot.name for slot in parts["query_dense"].slots] == ["kernel", "bias"]
    assert parts["query_dense"].slots[0].shape[0].name == "query_features"


def test_projections_take_over_the_dtype_policy():
    parts = multi_head_parts({"num_heads": 2, "key_dim": 3, "dtype": "int8_from_float32"}, (None, 4, 5))

    assert _sizes(parts["query_dense"]) == {"kernel": (5, 2, 3), "bias": (2, 3), "kernel_scale": (1, 1, 2, 3)}


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", [None, -1, 10**30, "8", [3], {}, True, 2.5, [10**30] * 30])
def test_options_of_any_kind_give_a_shape_or_nothing(name, value):
    keys = ["num_heads", "key_dim", "value_dim", "output_shape", "head_dim", "num_query_heads", "attention_axes"]
    options = {**dict.fromkeys(keys, value), "use_gate": True, "dtype": "int4/8_from_float32", "query_shape": value}
    many = (1,) * 70
    for inputs in (
        None,
        (),
        (None,),
        many,
        ((4, 7, 5), None),
        ((4,), (4,)),
        {"query": (1, 2, 3)},
        ((), ()),
        (many,) * 3,
    ):
        for tf_keras in (False, True):
            for call in ({}, {"return_attention_scores": True}):
                given = Given({**options, "_call": call}, inputs, tf_keras)
                VARIABLES[name](given)
                OUTPUTS[name](given)
                if name in MULTI_HEAD:
                    parts = multi_head_parts(given.config, inputs, name, tf_keras)
                    assert len(parts) >= 4
