"""Fuzz entry of TensorFlow.js: ``python tests/fuzz/fuzz_tfjs.py --inputs 200000``.

Values of the JSON of small models are changed, which bytes changed at random would seldom leave readable: the first
eight bytes of an input say how.  Only a ``ParamcountError`` may come out, and the sums of every model that is read
must agree.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "readers")]

from fuzz_readers import change_json

from paramcount.errors import ParamcountError
from paramcount.readers.tensorflow.tfjs import is_tfjs, read_tfjs
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import graph_model, json_node, layers_model, manifest, weight


def one_input(data: bytes) -> None:
    """Read a model with values changed."""
    seed, number = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
    models = seeds()
    value = change_json(random.Random(seed), json.loads(models[number % len(models)]))  # noqa: S311
    if not is_tfjs(value):
        raise ParamcountError("no longer a model")
    text = json.dumps(value).encode()
    report = Report(read_tfjs(MemoryBytes(text, "fuzzed.json"), value))
    assert report.reconcile().holds, report.reconcile()
    str(report)
    json.dumps(report.to_dict())


def seeds() -> list[str]:
    """A layers model with a model inside, a graph model with a loop, and a manifest alone."""
    inner = _sequential("inner", _dense("a", 4, 3), _dense("b", 2))
    entries = [weight(f"{name}/{part}", shape) for name, part, shape in (
        ("a", "kernel", (3, 4)), ("a", "bias", (4,)), ("b", "kernel", (4, 2)), ("b", "bias", (2,)),
        ("bn", "gamma", (2,)), ("bn", "beta", (2,)), ("bn", "moving_mean", (2,)), ("bn", "moving_variance", (2,)),
    )]  # fmt: skip
    normalization = {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": [1]}}
    training = {"optimizer_config": {"class_name": "Adam", "config": {}}}
    slot = weight("m/a/kernel", (3, 4), group="optimizer", quantization={"dtype": "uint8"})
    layers = layers_model(_sequential("net", inner, normalization), *entries, slot, trainingConfig=training)
    body: dict[str, Any] = {
        "signature": {"name": "body", "inputArg": [{"name": "w"}], "outputArg": [{"name": "w"}]},
        "nodeDef": [json_node("m", "MatMul", "x", "w")], "ret": {"w": "w"},
    }  # fmt: skip
    nodes = [json_node("a/w", "Const"), json_node("s", "Const"), json_node("loop", "While", "a/w", body="body")]
    graph = graph_model(nodes, weight("a/w", (3, 3)), weight("s", (2,), "int32"), library={"function": [body]})
    return [json.dumps(value) for value in (layers, graph, manifest(*entries))]


def _sequential(name: str, *layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "trainable": False, "layers": list(layers)}}


def _dense(name: str, units: int, inputs: int | None = None) -> dict[str, Any]:
    options = {} if inputs is None else {"batch_input_shape": [None, inputs]}
    return {"class_name": "Dense", "config": {"name": name, "units": units, "use_bias": True, **options}}


if __name__ == "__main__":
    from mutate import numbered

    numbered(one_input, [], __doc__)
