"""The config inside a stored model, taken out of it, so that it can be counted alone."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import paramcount
from paramcount.containers.hdf5 import open_hdf5
from paramcount.readers.config_json import read_config
from paramcount.sources.bytesource import LocalFile, MemoryBytes


def config_of(path):
    """The config of a ``.keras`` archive, an HDF5 file or a JSON file, with the version of Keras in it, or None."""
    path = Path(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            names = archive.namelist()
            version = json.loads(archive.read("metadata.json"))["keras_version"] if "metadata.json" in names else ""
        return {**config, "keras_version": version}
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with LocalFile(str(path)) as source:
        root = open_hdf5(source)
        text = root.attribute("model_config")
        if not text:
            return None
        weights = root.get("model_weights")
        version = root.attribute("keras_version") or (weights.attribute("keras_version") if weights else "")
        return {**json.loads(text), "keras_version": version or "2.0.0"}


def count_config(config, inputs=None):
    """The report of a config alone."""
    data = MemoryBytes(json.dumps(config).encode(), "config.json")
    return paramcount.Report(read_config(data, config, inputs))
