"""How many parameters does this model have, how many of them train, and why?

``paramcount.count(model_or_path)`` answers; see its documentation.  Importing this package imports no framework.
"""

from __future__ import annotations

from paramcount.api import count, explain
from paramcount.errors import ParamcountError
from paramcount.layers.custom import register_layer
from paramcount.layers.slot import Slot
from paramcount.model import Finding, Layer, Role, Source, Variable
from paramcount.report import Report

__version__ = "0.1.0"

__all__ = [
    "Finding", "Layer", "ParamcountError", "Report", "Role", "Slot", "Source", "Variable", "__version__", "count",
    "explain", "register_layer",
]  # fmt: skip
