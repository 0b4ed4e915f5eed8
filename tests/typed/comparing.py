"""Runs texts with real Keras, and compares the configs."""

from __future__ import annotations

import warnings
from typing import Any

from typed import texts

IGNORED = {
    "dtype",
    "function",
    "output_shape",
    "factor",
    "attention_axes",
    "value_dim",
    "axis",
    "build_config",
    "quantization_config",
    "zero_output_for_mask",
    "shape",
    "build_input_shape",
}
SAME = {"linear": None}


def cases() -> dict[str, str]:
    """Every text by a name of its own."""
    groups = {
        "questions": texts.QUESTIONS,
        "sequential": texts.SEQUENTIAL,
        "functional": texts.FUNCTIONAL,
        "tutorials": texts.TUTORIALS,
        "shapes": texts.SHAPES,
        "applications": texts.APPLICATIONS,
    }
    return {f"{group}-{name}": text for group, found in groups.items() for name, text in found.items()}


def run_with_keras(keras: Any, text: str) -> dict[str, Any]:
    """What the names of a text stand for after Keras has run it."""
    keras.utils.clear_session()
    names: dict[str, Any] = {"__name__": "__main__"}
    text = text.replace("from tensorflow.keras", "from keras").replace("import tensorflow as tf\n", "import keras\n")
    text = text.replace("tf.keras.", "keras.")
    text = "\n".join(line for line in text.split("\n") if ".compile(" not in line and ".summary(" not in line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(text, names)  # noqa: S102
    return names


def differences(ours: Any, real: Any, place: str = "") -> list[str]:
    """Where two configs differ in what both of them tell."""
    if ours == real or SAME.get(real, real) == ours if isinstance(real, (str, type(None))) else ours == real:
        return []
    if isinstance(ours, dict) and isinstance(real, dict):
        if "layers" in real and isinstance(real.get("layers"), list):
            return _of_models(ours, real, place)
        found = []
        for key in (ours.keys() & real.keys()) - IGNORED:
            if not key.endswith(("_initializer", "_regularizer", "_constraint")):
                found += differences(ours[key], real[key], f"{place}.{key}")
        return found
    if isinstance(ours, (list, tuple)) and isinstance(real, (list, tuple)) and len(ours) == len(real):
        return [item for pair in zip(ours, real, strict=True) for item in differences(*pair, place)]
    return [f"{place}: {ours!r} is not {real!r}"]


def _of_models(ours: dict[str, Any], real: dict[str, Any], place: str) -> list[str]:
    """Differences of two models: their layers in order, and the calls of each."""
    listed = [[(item["class_name"], item["config"]["name"]) for item in side["layers"]] for side in (ours, real)]
    if listed[0] != listed[1]:
        return [f"{place}: layers or their order differ: {listed[0]} are not {listed[1]}"]
    found = []
    for mine, theirs in zip(ours["layers"], real["layers"], strict=True):
        name = f"{place}/{theirs['config']['name']}"
        found += differences(mine["module"], theirs["module"], name + " module")
        found += differences(mine["config"], theirs["config"], name)
        calls = [[inputs(call) for call in side.get("inbound_nodes", [])] for side in (mine, theirs)]
        if calls[0] != calls[1]:
            found.append(f"{name}: calls {calls[0]} are not {calls[1]}")
    for key in ("input_layers", "output_layers", "name", "trainable"):
        found += differences(ours.get(key), real.get(key), f"{place} {key}")
    return found


def inputs(value: Any) -> Any:
    """The tensors and constants of a call; what Keras fills in itself is left out."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return tuple(value["config"]["keras_history"])
        kept = {key: inputs(item) for key, item in value.items() if key not in {"mask", "training"}}
        return {key: item for key, item in kept.items() if item is not None}
    return [inputs(item) for item in value] if isinstance(value, (list, tuple)) else value
