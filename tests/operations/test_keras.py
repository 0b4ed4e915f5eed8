"""Shapes of operation nodes against Keras 3: real models, their JSON, and the shapes of their symbolic tensors."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest

from operations.keras_calls import BINARY, CALLS, REDUCTIONS, UNARY
from oracle_frameworks import framework
from paramcount.operations import Tensor, keras_output

keras = framework("keras")
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(keras is None, reason="needs Keras 3")]

# Keras's own shape is not that of the result: tensors that do not fit in the way in which they are combined, one axis
# too many where channels are last, a vector where the result is a number.
LEFT_OPEN = frozenset(
    """
    Ndim Corrcoef View Where AdaptiveMaxPool AdaptiveAveragePool Tril Triu Kron Polar Tensordot BitwiseAnd BitwiseOr
    BitwiseXor LeftShift RightShift BitwiseLeftShift BitwiseRightShift
""".split()
)
SAMPLE = 200


def namespace() -> dict[str, Any]:
    import numpy as np

    shapes = {
        "x": (None, 4, 6), "y": (None, 4, 6), "s": (3, 4, 6), "v": (None, 6), "m": (2, 5, 5), "c": (None, 1, 6),
        "i": (None,), "j": (None, 4), "im": (None, 8, 10, 3), "cf": (None, 3, 8, 10), "u": (None, None, 6),
        "w": (None, None, None, 3), "p": (None, 12), "one": (7,), "two": (4, 5), "b": (None, 2, 6),
    }  # fmt: skip
    types = {"i": "int32", "j": "int32", "b": "bool"}
    tensors = {name: keras.Input(batch_shape=shape, dtype=types.get(name)) for name, shape in shapes.items()}
    return {"ops": keras.ops, "np": np, **tensors}


def all_calls() -> list[str]:
    """Every call of the grid: those written out, and every operation of one or two tensors over several shapes."""
    calls = list(CALLS)
    for name in UNARY:
        calls += [f"ops.{name}({tensor})" for tensor in ("x", "s", "u", "v", "m", "j", "w", "one")]
    pairs = [("x", "y"), ("x", "2"), ("s", "x"), ("u", "x"), ("x", "c"), ("v", "x"), ("j", "j"), ("m", "m"), ("x", "m")]
    for name in BINARY:
        calls += [f"ops.{name}({left}, {right})" for left, right in pairs]
    for name in REDUCTIONS:
        for tensor in ("x", "s", "u"):
            for axis in (0, 1, -1, None, (0, 2), (-1, 1), ()):
                calls += [f"ops.{name}({tensor}, axis={axis}, keepdims={keep})" for keep in (False, True)]
    return calls


def nodes_of(call: str) -> list[tuple[str, str, dict[str, Any], list[Any], dict[str, Any], Any]]:
    """The operation nodes of a model of this call alone: module, class, config, arguments, and Keras's shapes."""
    names = namespace()
    try:
        made = eval(call, names)  # noqa: S307 - lines of this repository
        inputs = [tensor for tensor in names.values() if isinstance(tensor, keras.KerasTensor)]
        model = keras.Model(inputs, made)
        stored = json.loads(model.to_json())
    except Exception:
        return []
    found = []
    for layer in stored["config"]["layers"]:
        if ".ops." not in layer["module"]:
            continue
        operation = next(operation for operation in model.operations if operation.name == layer["name"])
        node = layer["inbound_nodes"][0]
        args, kwargs = (decoded(node[part]) for part in ("args", "kwargs"))
        outputs = keras.tree.map_structure(shape_of, operation.output)
        found.append((layer["module"], layer["class_name"], layer["config"], args, kwargs, outputs))
    return found


def shape_of(tensor: Any) -> Any:
    return Tensor(tuple(None if size is None else int(size) for size in tensor.shape))


def decoded(value: Any) -> Any:
    """A node's arguments with tensors in place of references."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return Tensor(tuple(value["config"]["shape"]))
        return {key: decoded(item) for key, item in value.items()}
    return value


def flat(result: Any) -> list[Any]:
    if isinstance(result, (list, tuple)) and not isinstance(result, Tensor):
        return [tensor.shape for tensor in result]
    return [result.shape]


def chosen() -> list[str]:
    """A fixed sample, or as many calls as PARAMCOUNT_EXAMPLES says."""
    calls = all_calls()
    number = int(os.environ.get("PARAMCOUNT_EXAMPLES", "0")) or SAMPLE
    return random.Random(4).sample(calls, min(number, len(calls)))  # noqa: S311 - a sample, no secret


def test_shapes_are_those_of_keras():
    compared, wrong, unknown = 0, [], []
    for call in chosen():
        for module, name, config, args, kwargs, expected in nodes_of(call):
            result = keras_output(module, name, config, args, kwargs)
            if result == Tensor(None):
                if name not in LEFT_OPEN:
                    unknown.append((call, name, flat(expected)))
                continue
            compared += 1
            if flat(result) != flat(expected):
                wrong.append((call, name, flat(expected), flat(result)))
    assert wrong == []
    assert unknown == []
    assert compared > SAMPLE // 2


def test_every_operation_of_keras_is_known_or_left_open():
    from keras.src import ops
    from keras.src.ops.operation import Operation

    from paramcount.operations.families import KERAS, KERAS_BINARY, KERAS_UNCHANGED, rule_of

    modules = (ops.numpy, ops.nn, ops.math, ops.linalg, ops.image, ops.core)
    classes = {
        name
        for module in modules
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, Operation) and found is not Operation
    }
    known = {name for name in classes if name in KERAS_UNCHANGED | KERAS_BINARY or rule_of(KERAS, name)}
    # The first row holds functions, of which a config stores no shape.
    assert classes - known <= {
        "AssociativeScan", "Cond", "ForiLoop", "Map", "Scan", "Switch", "VectorizedMap", "WhileLoop", "JVP", "Function",
        "SegmentReduction", "Corrcoef", "Ndim", "View",
    }  # fmt: skip
    assert len(known) > 250
