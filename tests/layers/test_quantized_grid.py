"""Quantized layers and LoRA adapters against Keras 3: names, stored shapes and roles of their variables."""

from __future__ import annotations

import pytest

from composite_oracle import run_grid
from layer_oracle import Case
from oracle_frameworks import framework
from paramcount.layers import core
from paramcount.layers.given import Given
from paramcount.layers.quantized import ADAPTER, KEPT_BY_LORA, shaped_slots, with_adapters

FLOAT8 = {"class_name": "QuantizedFloat8DTypePolicy", "config": {"mode": "float8", "amax_history_length": 7}}
FLOAT8["config"]["source_name"] = "float32"
EQUATIONS = [
    ("ab,bc->ac", 2, 1), ("abc,cd->abd", 3, 1), ("...x,xy->...y", 3, 1), ("...x,xy->...y", 4, 1),
    ("abc,cde->abde", 3, 2), ("abcd,cde->abe", 4, 1), ("abc,bde->adec", 3, 2), ("abc,dce->abde", 3, 2),
    ("ab,bcde->acde", 2, 3), ("abc,cb->a", 3, 0), ("abc,bc->ab", 3, 0), ("ab...,bc->ac...", 3, 1),
    ("abc,abcd->d", 3, 1), ("abc,c->ab", 3, 0), ("ab,b->a", 2, 0),
]  # fmt: skip


def _policy(draw, modes):
    mode = draw.choice(modes)
    if mode == "float8":
        return draw.choice(["float8_from_float32", {"module": "keras", "registered_name": None, **FLOAT8}])
    block = draw.choice([-1, 1, 2, 3, 5, 128])
    if mode == "int4":
        name = draw.choice(["int4", f"int4/{block}"])
    else:
        name = f"{mode}/{draw.choice([2, 3, 4, 8]) if mode == 'gptq' else 4}/{block}" if mode != "int8" else mode
    if draw.random() < 0.5:
        return f"{name}_from_{draw.choice(['float32', 'mixed_bfloat16'])}"
    class_name = {"gptq": "GPTQDTypePolicy", "awq": "AWQDTypePolicy"}.get(mode, "QuantizedDTypePolicy")
    class_name = "Int4DTypePolicy" if "int4/" in name else class_name
    config = {"mode": name, "source_name": "float32"}
    return {"module": "keras", "class_name": class_name, "config": config, "registered_name": None}


def _lora(draw):
    return {"lora_rank": draw.randint(1, 3), "lora_alpha": 2} if draw.random() < 0.4 else {}


def dense(draw):
    options = {"units": draw.randint(1, 9), "use_bias": draw.random() < 0.7} | _lora(draw)
    modes = ["int8", "int4", "int4", "float8"] + ([] if "lora_rank" in options else ["gptq", "awq"])
    options["dtype"] = _policy(draw, modes)
    return Case("Dense", options, draw.choice([(None, draw.randint(1, 9)), (2, None, draw.randint(1, 9))]))


def einsum_dense(draw):
    equation, rank, made = draw.choice(EQUATIONS)
    inputs = tuple(draw.randint(2, 7) for _ in range(rank))
    output = equation.rpartition("->")[2].replace("...", "")
    of_input = equation.partition(",")[0]
    sizes = [draw.randint(1, 6) if label not in of_input else None for label in output][
        1 if "..." != equation[:3] else 0 :
    ]
    options = {"equation": equation, "output_shape": tuple(sizes)} | _lora(draw)
    if draw.random() < 0.5 and made:
        options["bias_axes"] = output[-1]
    modes = ["int8", "int8", "int4", "int4", "float8"] + ([] if "lora_rank" in options else ["gptq", "awq"])
    options["dtype"] = _policy(draw, modes)
    return Case("EinsumDense", options, (None, *inputs[1:]) if equation[:4] != "abc,abcd" else inputs)


def embedding(draw):
    options = {"input_dim": draw.randint(1, 9), "output_dim": draw.randint(1, 9)} | _lora(draw)
    name = draw.choice(["Embedding", "ReversibleEmbedding"])
    if name == "ReversibleEmbedding":
        options["tie_weights"] = draw.random() < 0.5
    options["dtype"] = _policy(draw, ["int8", "int4", "int4"])
    return Case(name, options, (None, 4), {}, "int32")


def adapted(draw):
    """LoRA on layers that are not quantized."""
    rank = draw.randint(1, 3)
    name = draw.choice(["Dense", "EinsumDense", "Embedding", "ReversibleEmbedding", f"Conv{rank}D"])
    lora = {"lora_rank": draw.randint(1, 3)}
    if name == "Dense":
        return Case(name, {"units": draw.randint(1, 9)} | lora, (None, 5))
    if name == "EinsumDense":
        return Case(
            name, {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"} | lora, (2, 3, 4)
        )
    if name.startswith("Conv"):
        groups = draw.choice([1, 2])
        options = {"filters": 4, "kernel_size": 2, "groups": groups, "use_bias": draw.random() < 0.5}
        return Case(name, options | lora, (None, *[5] * rank, 6))
    options = {"input_dim": 7, "output_dim": draw.randint(1, 9)} | lora
    if name == "ReversibleEmbedding":
        options["tie_weights"] = draw.random() < 0.5
    return Case(name, options, (None, 4), {}, "int32")


def configured(draw):
    """A quantization config beside the policy comes first."""
    mode = draw.choice(["int4", "int4", "gptq", "int8"])
    size = draw.choice([None, -1, 1, 3]) if mode == "int4" else draw.choice([-1, 2, 3])
    inner = {"weight_quantizer": None, "activation_quantizer": None, "block_size": size}
    class_name = {"int4": "Int4QuantizationConfig", "gptq": "GPTQConfig", "int8": "Int8QuantizationConfig"}[mode]
    if mode == "gptq":
        inner = {"dataset": None, "tokenizer": None, "weight_bits": draw.choice([2, 4, 8]), "group_size": size}
    if mode == "int8":
        inner.pop("block_size")
    own = {"module": "keras.quantizers", "class_name": class_name, "config": inner, "registered_name": None}
    case = draw.choice([dense, einsum_dense, embedding] if mode != "gptq" else [dense])(draw)
    options = {**case.options, "dtype": _policy(draw, [draw.choice([mode, "int4"])]), "quantization_config": own}
    if isinstance(options["dtype"], str):
        config = {"mode": options["dtype"].partition("_from_")[0], "source_name": "float32"}
        names = {"gptq": "GPTQDTypePolicy", "int4/": "Int4DTypePolicy"}
        policy = next(
            (name for start, name in names.items() if config["mode"].startswith(start)), "QuantizedDTypePolicy"
        )
        options["dtype"] = {"module": "keras", "class_name": policy, "config": config, "registered_name": None}
    return case._replace(options=options)


def projections(draw):
    """The dense layers inside an attention layer take over its policy."""
    options = {"num_heads": draw.randint(1, 3), "key_dim": draw.randint(1, 5), "use_bias": draw.random() < 0.5}
    options["dtype"] = _policy(draw, ["int8", "int4", "int4", "float8", "gptq", "awq"])
    if draw.random() < 0.3:
        options["output_shape"] = draw.choice([5, (2, 3)])
    return Case("MultiHeadAttention", options, [(None, 4, draw.randint(1, 9))] * 2, spread=True)


@pytest.mark.oracle
@pytest.mark.skipif(framework("keras") is None, reason="needs Keras 3")
def test_quantized_layers_are_those_of_keras_3():
    kinds = [dense, einsum_dense, embedding, adapted, configured, projections]
    tried, wrong = run_grid(kinds, 20, tf_keras=False, ordered=False)

    assert not wrong, "\n".join(wrong[:5])
    assert tried > 20 * 5 // 4


def _shapes(slots):
    return {slot.name: slot.shape and tuple(axis.value for axis in slot.shape) for slot in slots}


def _dense(inputs=(None, 3), stored=0, **config):
    given = Given({"units": 5, **config}, inputs)
    plain = core.VARIABLES["Dense"](given)
    return plain, shaped_slots("Dense", plain, given, stored), given


def test_blocks_round_up():
    _, slots, _ = _dense(dtype="int4/2_from_float32")

    assert _shapes(slots) == {
        "kernel": (3, 3), "bias": (5,), "kernel_scale": (2, 5), "kernel_zero": (2, 5), "g_idx": (3,),
    }  # fmt: skip
    assert str(slots[0].shape[1]) == "ceil(5 / 2)"


def test_the_policy_without_a_block_size_works_by_column():
    _, slots, _ = _dense(dtype="int4_from_float32")

    assert _shapes(slots) == {"kernel": (3, 3), "bias": (5,), "kernel_scale": (5,)}


def test_a_file_with_more_tensors_than_the_policy_says_is_believed():
    _, slots, _ = _dense(dtype="int4_from_float32", stored=5)

    assert [slot.name for slot in slots] == ["kernel", "bias", "kernel_scale", "kernel_zero", "g_idx"]


def test_what_quantization_adds_is_no_parameter_of_the_model():
    _, slots, _ = _dense(dtype="int8_from_float32")

    assert [(slot.name, slot.bookkeeping) for slot in slots] == [
        ("kernel", False),
        ("bias", False),
        ("kernel_scale", True),
    ]


def test_lora_keeps_the_kernel_and_adds_two_adapters():
    plain, slots, given = _dense(lora_rank=2)

    found = with_adapters("Dense", plain, slots, given)

    assert _shapes(found) == {"kernel": (3, 5), "bias": (5,), "lora_kernel_a": (3, 2), "lora_kernel_b": (2, 5)}
    assert [slot.state for slot in found] == [KEPT_BY_LORA, "", "", ""]
    assert [slot.group for slot in found] == ["", "", ADAPTER, ADAPTER]


def test_layers_without_inputs_keep_their_names():
    _, slots, _ = _dense(None, dtype="gptq/4/128_from_float32")

    assert [slot.name for slot in slots] == ["bias", "kernel", "kernel_scale", "kernel_zero", "g_idx"]
    assert slots[1].shape[1].value is None


def test_a_policy_that_depends_on_the_path_leaves_the_shapes_open():
    inner = {"default_policy": "float32", "policy_map": {"a/b": {"class_name": "QuantizedDTypePolicy", "config": {}}}}
    inner["policy_map"]["a/b"]["config"]["mode"] = "int8"
    _, slots, _ = _dense(dtype={"class_name": "DTypePolicyMap", "config": inner})

    assert _shapes(slots) == {"kernel": None, "bias": None}


@pytest.mark.parametrize("name", ["Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"])
@pytest.mark.parametrize(
    "dtype",
    [
        "int4/0_from_x", "int4/-5_from_x", "int4/9999999999999999999999999_from_x", "int4/x_from_x", "gptq_from_x",
        "gptq/4_from_x", "gptq/x/y_from_x", "awq/4/0_from_x", "int8_from_", "float8_from_x", 7, None, [], {},
        {"config": []}, {"class_name": 3, "config": {"mode": []}}, {"class_name": "DTypePolicyMap", "config": {}},
        {"class_name": "DTypePolicyMap", "config": {"policy_map": [1], "default_policy": {"config": {"mode": "int4"}}}},
        {"class_name": "QuantizedFloat8DTypePolicy", "config": {"mode": "float8", "amax_history_length": "x"}},
    ],
)  # fmt: skip
def test_policies_of_any_kind_give_shapes_or_nothing(name, dtype):
    for rank in (None, -1, "x", 10**30, 2.5, [1]):
        for equation in (None, "abc,cde->abde", "...x,xy->...y", "a,b->c", "ab,cdefgh->ah", 7):
            for inputs in (None, (), (None, 3), (2, 3, 4), (1,) * 80):
                config = {"units": 5, "input_dim": 4, "output_dim": 3, "tie_weights": False, "lora_rank": rank}
                config |= {"equation": equation, "output_shape": (None, 2, 3), "dtype": dtype}
                given = Given({**config, "quantization_config": dtype}, inputs)
                plain = core.VARIABLES[name](given)
                for stored in (0, 1, 5):
                    with_adapters(name, plain, shaped_slots(name, plain, given, stored), given)
