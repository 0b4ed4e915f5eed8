"""Writes the files that the documentation derives from others: ``python docs/samples/derive.py [folder]``.

They go into ``derived/`` in that folder, which must hold ``examples/`` and ``docs/samples/``, as the repository does.
Most of them are broken on purpose.  Needs the standard library alone.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path


def main(home: Path) -> None:
    """Write everything."""
    folder = home / "derived"
    folder.mkdir(exist_ok=True)
    two_dense = (home / "examples" / "two_dense.h5").read_bytes()
    chain = (home / "examples" / "dense_chain.keras").read_bytes()
    samples = home / "docs" / "samples"
    _write_broken(folder, two_dense, chain)
    _write_foreign(folder)
    (folder / "misnamed.keras").write_bytes(two_dense)
    _unzip(home / "examples" / "dense_chain.keras", folder / "unzipped")
    _write_changed_config(samples / "normalized.keras", folder / "unexpected.keras")
    _write_other_units(samples / "normalized.keras", folder / "other_units.keras")
    for name, promised in (("preset", 276), ("preset_wrong", 300)):
        _write_preset(folder / name, (samples / "normalized.weights.h5").read_bytes(), promised)


def _write_broken(folder: Path, two_dense: bytes, chain: bytes) -> None:
    (folder / "empty.keras").write_bytes(b"")
    (folder / "cut.h5").write_bytes(two_dense[: len(two_dense) // 2])
    (folder / "cut.keras").write_bytes(chain[: len(chain) // 2])
    # Byte 8 of an HDF5 file is the version of its superblock; 0 to 3 exist.
    (folder / "newer.h5").write_bytes(two_dense[:8] + b"\x09" + two_dense[9:])
    (folder / "pointer.keras").write_text(
        "version https://git-lfs.github.com/spec/v1\n"
        "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
        "size 102520112\n",
        newline="\n",
    )
    _zip(folder / "not_json.keras", {"config.json": b'{"class_name": "Sequential", '})
    nested: dict[str, object] = {"class_name": "Dense", "config": {"name": "dense", "units": 1}}
    for _ in range(100):
        nested = {"class_name": "Sequential", "config": {"name": "inner", "layers": [nested]}}
    _zip(folder / "deep.keras", {"config.json": json.dumps(nested).encode()})
    weight_map = {"/layers/dense/vars": "../elsewhere/secret.weights.h5"}
    (folder / "outside.weights.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    if hasattr(os, "mkfifo") and not (folder / "pipe.keras").exists():
        os.mkfifo(folder / "pipe.keras")


def _write_foreign(folder: Path) -> None:
    (folder / "notes.txt").write_text("The model is on the other computer.\n", newline="\n")
    (folder / "model.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(56))
    (folder / "model.pkl").write_bytes(b"\x80\x04\x95" + bytes(61))
    (folder / "config.json").write_text(json.dumps({"class_name": "Sequential", "config": {"layers": []}}))
    (folder / "model.gguf").write_bytes(b"GGUF" + bytes(20))


def _write_changed_config(source: Path, target: Path) -> None:
    """An archive whose config says that a Dense layer has no bias, although one is stored."""
    _write_with_options(source, target, {"use_bias": False})


def _write_other_units(source: Path, target: Path) -> None:
    """An archive whose config gives a Dense layer more units than the stored kernel has columns."""
    _write_with_options(source, target, {"units": 6})


def _write_with_options(source: Path, target: Path, options: dict[str, object]) -> None:
    """An archive with other options for its last Dense layer."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    dense = [layer for layer in config["config"]["layers"] if layer["class_name"] == "Dense"]
    dense[-1]["config"].update(options)
    members["config.json"] = json.dumps(config).encode()
    _zip(target, members)


def _write_preset(folder: Path, weights: bytes, promised: int) -> None:
    """A folder with the three files of a KerasHub preset, around the weights of a small model."""
    folder.mkdir(exist_ok=True)
    config = {
        "module": "keras_hub.src.models.example.example_backbone",
        "class_name": "ExampleBackbone",
        "config": {"name": "example_backbone", "trainable": True},
        "registered_name": "keras_hub>ExampleBackbone",
    }
    metadata = {"keras_version": "3.15.1", "keras_hub_version": "0.21.0", "parameter_count": promised}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (folder / "model.weights.h5").write_bytes(weights)


def _unzip(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(source) as archive:
        for name in ("config.json", "metadata.json", "model.weights.h5"):
            (folder / name).write_bytes(archive.read(name))


def _zip(path: Path, members: dict[str, bytes]) -> None:
    """An archive that is the same on every day: stored members, with the format's first date."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent.parent)
