"""Counting a stored model imports no framework, and no more of the standard library than it must."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "numpy", "h5py", "pyfive", "torch", "jax", "google.protobuf"}
SLOW = {"typing", "dataclasses", "inspect", "re", "enum", "json", "argparse", "pathlib", "zipfile", "rich", "logging"}
"""Modules that cost a large part of the interpreter's start-up, and that the plain path does without."""

KERAS = ("examples/transfer.keras", "examples/two_dense.h5", "examples/recurrent.keras")
TENSORFLOW = tuple(
    f"docs/samples/{name}"
    for name in (
        "exported", "saved", "hub_module", "checkpoint", "checkpoint/ckpt-1", "frozen.pb", "float.tflite",
        "int8.tflite", "tfjs_layers.json", "tfjs_graph.json", "tfjs_manifest.json",
    )
)  # fmt: skip
STORED = (*KERAS, *TENSORFLOW)


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported when it has run ``code``."""
    script = f"{code}\nimport sys; found = sorted(sys.modules)\nimport json; sys.stderr.write(json.dumps(found))"
    # Without `site` there are no `.pth` files, which may import anything before the script begins.
    paths = [str(Path(part).resolve()) for part in sys.path if part]
    script = f"import sys; sys.path[:] = {paths!r}; sys.argv = ['paramcount']\n{script}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def running(*arguments: str) -> str:
    return f"import io; from paramcount.cli.main import main; assert main({arguments!r}, io.StringIO(), None) == 0"


def counting(name: str) -> str:
    return running(str(ROOT / name))


DERIVED = {
    "a model of keras.applications": ("ResNet50",),
    "a typed layer": ("layer", "Dense(4)", "--input-shape", "3"),
    "a config": ("config.json",),
}
"""What is counted by formulas alone, to the arguments of the command."""
CONFIG = {
    "class_name": "Sequential",
    "config": {
        "name": "small",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 8, 8, 3]}},
            {"class_name": "Conv2D", "config": {"name": "conv", "filters": 2, "kernel_size": [3, 3]}},
        ],
    },
    "keras_version": "3.15.1",
}


@pytest.fixture(params=list(DERIVED))
def derived(request, tmp_path):
    """The code that runs one of these commands."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    return running(*[str(config) if word == config.name else word for word in DERIVED[request.param]])


def test_counting_by_formulas_imports_no_framework_and_no_slow_module(derived):
    modules = modules_after(derived)

    assert not (FRAMEWORKS | SLOW) & modules
    assert "paramcount.architecture.describe" in modules


@pytest.mark.parametrize("name", STORED)
def test_counting_a_file_imports_no_framework(name):
    modules = modules_after(counting(name))

    assert not FRAMEWORKS & modules
    assert "paramcount.readers" in modules


@pytest.mark.parametrize("name", STORED)
def test_counting_a_file_pays_for_no_slow_module(name):
    assert not SLOW & modules_after(counting(name))


@pytest.mark.parametrize("name", ["numpy", "json"])
def test_the_check_can_fail(name):
    """The same check sees a module that was imported on purpose."""
    pytest.importorskip(name)

    assert name in modules_after(f"import {name}")


def test_importing_the_package_imports_no_framework():
    assert not FRAMEWORKS & modules_after("import paramcount")
