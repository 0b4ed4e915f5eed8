"""How many parameters does this model have, how many of them train, and why?

``paramcount.count(model_or_path)`` answers; see its documentation.  Importing this package imports no framework.
"""

from __future__ import annotations

from paramcount.api import count, explain
from paramcount.errors import ParamcountError
from paramcount.model import Finding, Layer, Role, Source, Variable
from paramcount.report import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.layers.custom import register_layer
    from paramcount.layers.slot import Slot

__version__ = "0.1.0"

__all__ = [
    "Finding", "Layer", "ParamcountError", "Report", "Role", "Slot", "Source", "Variable", "__version__", "count",
    "explain", "register_layer",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What only those need who describe layers of their own, loaded when they ask for it."""
    if name == "register_layer":
        from paramcount.layers.custom import register_layer

        return register_layer
    if name == "Slot":
        from paramcount.layers.slot import Slot

        return Slot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All public names, also those that are not loaded yet."""
    return [*__all__]
