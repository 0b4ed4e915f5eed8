"""The records in which a layer's definition names its variables and its parts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple, TypeAlias

    from paramcount.formula import Expression
    from paramcount.model import Shapes

    Config: TypeAlias = Mapping[str, Any]
    Axes: TypeAlias = tuple[Expression, ...]
else:
    from paramcount.records import NamedTuple


KEPT_BY_LORA = "LoRA keeps the base weights fixed"
"""The state of weights that would train, were it not for their adapters: they count as frozen."""


class Slot(NamedTuple):
    """One variable that a layer creates."""

    name: str
    """As Keras names it, such as ``kernel``."""
    shape: Axes | None = None
    """The sizes of its axes, as expressions of the layer's options and its input; None when no rule gives them."""
    state: str = ""
    """Why it never trains, in words; empty for a variable that trains unless it is frozen."""
    bookkeeping: bool = False
    """True for scales and zero points of a quantized layer: no parameters of the model that was quantized."""
    note: str = ""
    """What is worth saying about its role although it trains."""
    group: str = ""
    """Variables of one group are folded into one term of the formula: adapters stand apart from the kernel."""
    dtype: str = ""
    """Where it is not the dtype in which the layer keeps its variables."""


class Part(NamedTuple):
    """A layer inside a composite layer, under the attribute that holds it."""

    class_name: str
    config: Config
    inputs: Shapes = None
    """What the composite layer passes on to it."""
    slots: tuple[Slot, ...] | None = None
    """Its variables, where the composite layer knows better names for their sizes than the part itself."""
