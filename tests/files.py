"""Stored models made by hand with h5py, in the layouts of writers that are not installed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

h5py = pytest.importorskip("h5py")

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Shapes = "Mapping[str, tuple[int, ...]]"


def dense(name: str, units: int, inputs: int | None = None, **options: Any) -> dict[str, Any]:
    """The Keras 3 config of a Dense layer."""
    entry: dict[str, Any] = {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"name": name, "trainable": True, "units": units, "use_bias": True, **options},
        "registered_name": None,
    }
    if inputs is not None:
        entry["build_config"] = {"input_shape": [None, inputs]}
    return entry


def custom(class_name: str, **options: Any) -> dict[str, Any]:
    """The config of a layer or model that is not Keras's own."""
    return {
        "module": None,
        "class_name": class_name,
        "config": {"trainable": True, **options},
        "registered_name": f"mine>{class_name}",
    }


def sequential(*layers: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The Keras 3 config of a Sequential."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "model", "trainable": True, "layers": list(layers), **options},
        "registered_name": None,
    }


def weights(datasets: Mapping[str, tuple[int, ...]], names: Mapping[str, str] | None = None, **options: Any) -> bytes:
    """A Keras 3 weights file: datasets by path with their shapes, and the ``name`` of groups by path."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        for path, shape in datasets.items():
            scalar_counter = path.startswith("optimizer") and shape == ()
            file[path] = np.zeros(shape, "int64" if scalar_counter else "float32")
        for path, name in (names or {}).items():
            file.require_group(path).attrs["name"] = name
    return buffer.getvalue()


def archive(
    path: Path, config: Mapping[str, Any], stored: bytes, version: str = "3.15.1", compression: int = zipfile.ZIP_STORED
) -> Path:
    """A ``.keras`` archive."""
    with zipfile.ZipFile(path, "w", compression) as zipped:
        zipped.writestr("metadata.json", json.dumps({"keras_version": version, "date_saved": "2026-01-01@00:00:00"}))
        zipped.writestr("config.json", json.dumps(config))
        zipped.writestr("model.weights.h5", stored)
    return path


def legacy(
    path: Path,
    layers: Mapping[str, Mapping[str, tuple[int, ...]]],
    config: Any = None,
    version: str = "2.1.3",
    *,
    whole: bool = True,
    split: bool = False,
    optimizer: Mapping[str, tuple[int, ...]] | None = None,
    training: Any = None,
) -> Path:
    """A whole-model or weights-only HDF5 file: layer name to weight name to shape."""
    with h5py.File(path, "w") as file:
        holder = file.create_group("model_weights") if whole else file
        if version:
            file.attrs["keras_version"] = version
            holder.attrs["keras_version"] = version
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
        write_names(holder, "layer_names", list(layers), split)
        for layer, tensors in layers.items():
            group = holder.create_group(layer)
            write_names(group, "weight_names", list(tensors), split)
            for name, shape in tensors.items():
                group[name] = np.zeros(shape, "float32")
        for name, shape in (optimizer or {}).items():
            file[f"optimizer_weights/{name}"] = np.zeros(shape, "float32")
    return path


def write_names(group: Any, attribute: str, names: list[str], split: bool) -> None:
    """A list of names as Keras writes it; ``split`` as it does for long lists."""
    encoded = np.array([name.encode() for name in names], dtype="S64" if names else "float64")
    if not split:
        group.attrs[attribute] = encoded
        return
    for number, part in enumerate(np.array_split(encoded, 2)):
        group.attrs[f"{attribute}{number}"] = part
