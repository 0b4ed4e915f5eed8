"""Shapes of TensorFlowOpLayer against TensorFlow: graph nodes as TensorFlow 2.0 to 2.3 stored them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.tf_calls import CALLS
from oracle_frameworks import framework
from paramcount.operations import Tensor, tf_output

tf_keras = framework("tf_keras")
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(tf_keras is None, reason="needs TensorFlow")]


def nodes(call: str) -> list[tuple[str, Any, Any]]:
    """For each node of a graph of this call alone: its operation, TensorFlow's shapes, and ours."""
    import numpy as np
    import tensorflow as tf
    from google.protobuf import json_format

    found: list[tuple[str, Any, Any]] = []
    with tf.Graph().as_default() as graph:
        shapes = {"x": (None, 4, 6), "s": (3, 4, 6), "im": (None, 8, 10, 3), "u": (None, None, 6), "m": (2, 5, 5)}
        names: dict[str, Any] = {key: tf.compat.v1.placeholder("float32", shape) for key, shape in shapes.items()}
        names |= {"tf": tf, "np": np, "K": tf_keras.backend, "i": tf.compat.v1.placeholder("int32", (None,))}
        names["n"] = tf.shape(names["x"])[0]
        try:
            eval(call, names)  # noqa: S307 - lines of this repository
        except Exception:
            return []
        known: dict[str, Tensor] = {}
        for operation in graph.get_operations():
            expected = [None if out.shape.rank is None else tuple(out.shape) for out in operation.outputs]
            result = [Tensor(shape) for shape in expected]
            if operation.type not in ("Placeholder", "Const"):
                constants = {}
                args = []
                for index, tensor in enumerate(operation.inputs):
                    if tensor.op.type == "Const":
                        constants[str(index)] = tf.get_static_value(tensor).tolist()
                    else:
                        args.append(known[tensor.name])
                node = json_format.MessageToDict(operation.node_def)
                config = json.loads(json.dumps({"name": "op", "node_def": node, "constants": constants}, default=repr))
                ours = tf_output("TensorFlowOpLayer", config, [args[0] if len(args) == 1 else args], {})
                ours = [ours] if isinstance(ours, Tensor) else ours
                found.append((operation.type, expected, [tensor.shape for tensor in ours]))
                result = ours if ours != [Tensor(None)] else result
            known |= {tensor.name: mine for tensor, mine in zip(operation.outputs, result, strict=True)}
    return found


def agrees(expected: Any, ours: Any) -> bool:
    """Whether no size that both know differs; TensorFlow folds more constants than one node shows."""
    return len(expected) == len(ours) and all(
        len(theirs) == len(mine) and all(a == b or None in (a, b) for a, b in zip(theirs, mine, strict=True))
        for theirs, mine in zip(expected, ours, strict=True)
        if theirs is not None
    )


def test_shapes_are_those_of_tensorflow():
    wrong, number, known = [], 0, set()
    for call in CALLS:
        for operation, expected, ours in nodes(call):
            if ours == [None]:
                continue
            number += 1
            known.add(operation)
            if not agrees(expected, ours):
                wrong.append((call, operation, expected, ours))
    assert wrong == []
    assert number > 300
    assert len(known) > 70
