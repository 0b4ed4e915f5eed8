"""Shapes of TFOpLambda and SlicingOpLambda against tf_keras: real models, their JSON, their symbolic tensors."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest

from operations.tf_calls import BINARY, CALLS, UNARY
from oracle_frameworks import framework
from paramcount.operations import Tensor, tf_output

tf_keras = framework("tf_keras")
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(tf_keras is None, reason="needs tf_keras")]

SAMPLE = 60
# A squeeze whose axes depend on the input; functions whose arguments are lost in JSON or that no rule covers.
LEFT_OPEN = frozenset(
    """
    squeeze compat.v1.squeeze einsum meshgrid linalg.normalize math.polyval space_to_batch_nd
    compat.v1.batch_to_space_nd compat.v1.nn.softmax_cross_entropy_with_logits_v2
""".split()
)


def namespace() -> dict[str, Any]:
    import numpy as np
    import tensorflow as tf

    shapes = {
        "x": (None, 4, 6), "s": (3, 4, 6), "i": (None,), "im": (None, 8, 10, 3), "u": (None, None, 6), "m": (2, 5, 5),
        "w": (None, None, None, 3),
    }  # fmt: skip
    inputs = {
        name: tf_keras.Input(batch_shape=shape, dtype="int32" if name == "i" else "float32", name=name)
        for name, shape in shapes.items()
    }
    return {"tf": tf, "np": np, "K": tf_keras.backend, "keras": tf_keras, "n": tf.shape(inputs["x"])[0], **inputs}


def all_calls() -> list[str]:
    calls = list(CALLS)
    for name in UNARY:
        calls += [f"tf.{name}({tensor})" for tensor in ("x", "s", "u", "m")]
    for name in BINARY:
        calls += [f"tf.{name}({pair})" for pair in ("x, x", "x, 2.0", "s, x", "u, x", "m, m", "x, x[:, :1]")]
    return calls


def chosen() -> list[str]:
    calls = all_calls()
    number = int(os.environ.get("PARAMCOUNT_EXAMPLES", "0")) or SAMPLE
    return random.Random(5).sample(calls, min(number, len(calls)))  # noqa: S311 - a sample, no secret


def compared(call: str) -> list[tuple[str, Any, Any]]:
    """For each function of a model of this call alone: its name, Keras's shapes, and ours."""
    names = namespace()
    try:
        made = eval(call, names)  # noqa: S307 - lines of this repository
        inputs = [names[name] for name in ("x", "s", "i", "im", "u", "m", "w")]
        model = tf_keras.Model(inputs, made)
        stored = json.loads(model.to_json())
    except Exception:
        return []
    known: dict[str, list[Any]] = {}
    found = []
    for layer in stored["config"]["layers"]:
        name = layer["name"]
        made = model.get_layer(name).get_output_at(0)
        expected = [shape_of(tensor) for tensor in (made if isinstance(made, (list, tuple)) else [made])]
        result: Any = [Tensor(shape) for shape in expected]
        if layer["class_name"] != "InputLayer":
            args, kwargs = arguments(layer["inbound_nodes"][0], known)
            result = tf_output(layer["class_name"], layer["config"], args, kwargs)
            result = [result] if isinstance(result, Tensor) else list(result)
            found.append((layer["config"]["function"], expected, [tensor.shape for tensor in result]))
            if result == [Tensor(None)]:
                result = [Tensor(shape) for shape in expected]
        known[name] = result
    return found


def shape_of(tensor: Any) -> Any:
    return None if tensor.shape.rank is None else tuple(tensor.shape)


def arguments(node: Any, known: dict[str, list[Any]]) -> tuple[list[Any], dict[str, Any]]:
    """The first argument and the named ones of a stored node, with tensors in place of references."""
    kwargs: dict[str, Any] = {}

    def first(entry: Any) -> Any:
        if entry and isinstance(entry[0], str):
            kwargs.update(entry[3])
            return entry[2] if entry[0] == "_CONSTANT_VALUE" else known[entry[0]][entry[2]]
        return [first(item) for item in entry]

    def named(value: Any) -> Any:
        if isinstance(value, list):
            if len(value) == 3 and isinstance(value[0], str) and value[0] in known:
                return known[value[0]][value[2]]
            return [named(item) for item in value]
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        return value

    return [first(node)], {key: named(value) for key, value in kwargs.items()}


def agrees(expected: Any, ours: Any) -> bool:
    """Whether shapes are the same, or ours says a size that tf_keras leaves open."""
    if len(expected) != len(ours):
        return False
    return all(
        theirs is not None
        and len(theirs) == len(mine)
        and all(a in (b, None) for a, b in zip(theirs, mine, strict=True))
        for theirs, mine in zip(expected, ours, strict=True)
    )


def test_shapes_are_those_of_tf_keras():
    wrong, unknown, number = [], [], 0
    for call in chosen():
        for function, expected, ours in compared(call):
            if ours == [None]:
                unknown += [] if function in LEFT_OPEN else [(call, function, expected)]
                continue
            number += 1
            if not agrees(expected, ours):
                wrong.append((call, function, expected, ours))
    assert wrong == []
    assert unknown == []
    assert number > SAMPLE // 2
