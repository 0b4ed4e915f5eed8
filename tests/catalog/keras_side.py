"""Models as real Keras builds them, in the form of the catalog: what the tests compare with."""

from __future__ import annotations

import json
import warnings
from typing import Any

from paramcount.catalog import KERAS_VERSION, skeletons


def build(keras: Any, name: str, /, **options: Any) -> dict[str, Any]:
    """What ``to_json`` says of a model that is built without allocating it."""
    return json.loads(model(keras, name, **options).to_json())


def model(keras: Any, name: str, /, **options: Any) -> Any:
    """A model built afresh, without allocating it."""
    from keras.src.backend.common import global_state

    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        built = getattr(keras.applications, name)(weights=None, **options)
    global_state.set_global_attribute("uninitialized_variables", [])
    return built


def same_version(keras: Any) -> bool:
    """Whether the installed Keras is the one that the catalog is of."""
    return keras is not None and keras.__version__ == KERAS_VERSION


def as_shipped(entry: Any) -> Any:
    """A config of Keras without the fields that the catalog leaves out."""
    config = entry["config"]
    shipped = {
        "module": entry["module"],
        "class_name": entry["class_name"],
        "registered_name": entry["registered_name"],
    }
    if entry["class_name"] == "Functional":
        kept = {**config, "layers": [as_shipped(layer) for layer in config["layers"]]}
        return shipped | {"config": kept}
    kind = f"ops.{entry['class_name']}" if entry["module"].startswith("keras.src.ops") else entry["class_name"]
    kept = {option: config[option] for option in ("name", "trainable", *skeletons.KEPT[kind]) if option in config}
    if "dtype" in config:
        kept["dtype"] = config["dtype"] if isinstance(config["dtype"], str) else config["dtype"]["config"]["name"]
    if "layers" in kept:
        kept["layers"] = [as_shipped(layer) for layer in kept["layers"]]
    shipped["config"] = kept
    if "inbound_nodes" in entry:
        shipped |= {"name": entry["name"], "inbound_nodes": [call(node) for node in entry["inbound_nodes"]]}
    return shipped


def call(node: Any) -> Any:
    """A call of a layer without shapes, dtypes and keywords; a keyword with a tensor is an error."""
    assert "__keras_tensor__" not in json.dumps(node["kwargs"])
    return {"args": tensors(node["args"]), "kwargs": {}}


def tensors(value: Any) -> Any:
    """The same arguments, of each tensor only where it comes from."""
    if isinstance(value, list):
        return [tensors(part) for part in value]
    if isinstance(value, dict):
        return {"class_name": value["class_name"], "config": {"keras_history": value["config"]["keras_history"]}}
    return value


def difference(ours: Any, theirs: Any) -> str:
    """The first place where two configs are not the same; empty when they are."""
    first, second = ours["config"]["layers"], theirs["config"]["layers"]
    for mine, other in zip(first, second, strict=False):
        if mine != other:
            return f"catalog: {mine}\nKeras:   {other}"
    if len(first) != len(second):
        return f"catalog: {len(first)} layers, Keras: {len(second)}"
    return "" if ours == theirs else f"catalog: {_without(ours)}\nKeras:   {_without(theirs)}"


def _without(config: Any) -> Any:
    """What is around the layers."""
    return {**config, "config": {key: value for key, value in config["config"].items() if key != "layers"}}
