"""How many parameters does this model have, how many of them train, and why?

``paramcount.count(model_or_path)`` answers; see its documentation.  Importing this package imports no framework.
"""

from __future__ import annotations

from paramcount.api import count
from paramcount.errors import ParamcountError
from paramcount.model import Finding, Layer, Role, Source, Variable
from paramcount.report import Report

__version__ = "0.1.0"

__all__ = ["Finding", "Layer", "ParamcountError", "Report", "Role", "Source", "Variable", "__version__", "count"]
