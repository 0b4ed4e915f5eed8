"""The frameworks that tests compare with; None where one is not installed."""

from __future__ import annotations

import functools
import importlib
import os
import warnings
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Without this, tf_keras's SpectralNormalization meets the InputSpec of Keras 3.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


@functools.cache
def framework(name: str) -> Any:
    """The module ``keras`` (if it is Keras 3) or ``tf_keras``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = importlib.import_module(name)
        except ImportError:
            return None
    return module if name != "keras" or module.__version__.startswith("3") else None
