"""Frameworks for the tests of live models, and the noise they make."""

import importlib
import os
import warnings

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NOISE = (
    # What frameworks and the packages below them say of each other while they trace a model.
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore:.*does not have a `build\\(\\)` method.*:UserWarning",
    "ignore:.*looks like it has unbuilt state.*:UserWarning",
    "ignore:A layer's `trainable` state has changed:UserWarning",
    "ignore:.*trainable weights and collected trainable weights.*:UserWarning",
    "ignore:unclosed event loop:ResourceWarning",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "/live/" in item.path.as_posix():
            for rule in NOISE:
                item.add_marker(pytest.mark.filterwarnings(rule))


def _import(name):
    """Import a framework without turning the warnings of its import into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="session")
def tf():
    return _import("tensorflow")


@pytest.fixture(scope="session")
def keras():
    _import(os.environ.get("KERAS_BACKEND") or "tensorflow")
    found = _import("keras")
    if not found.__version__.startswith("3."):
        pytest.skip("keras is not Keras 3")
    return found


@pytest.fixture(scope="session")
def tf_keras(tf):
    return _import("tf_keras")


@pytest.fixture(scope="session", params=["keras", "tf_keras"])
def either(request):
    """Keras 3 or tf_keras, for what both do alike."""
    return request.getfixturevalue(request.param)
