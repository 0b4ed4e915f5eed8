"""The record in which a layer's definition names its variables."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple, TypeAlias

    Config: TypeAlias = Mapping[str, Any]
else:
    from paramcount.records import NamedTuple


class Slot(NamedTuple):
    """One variable that a layer creates."""

    name: str
    """As Keras names it, such as ``kernel``."""
    state: str = ""
    """Why it never trains, in words; empty for a variable that trains unless it is frozen."""
    bookkeeping: bool = False
    """True for scales and zero points of a quantized layer: no parameters of the model that was quantized."""
    note: str = ""
    """What is worth saying about its role although it trains."""


class Part(NamedTuple):
    """A layer inside a composite layer, under the attribute that holds it."""

    class_name: str
    config: Config


def flag(config: Config, key: str, default: bool = True) -> bool:
    """A boolean option of a layer's config, with Keras's default where the config does not hold it."""
    value = config.get(key)
    return default if value is None else bool(value)


def with_bias(config: Config, *names: str) -> list[Slot]:
    """Slots of ``names``, followed by ``bias`` unless ``use_bias`` is False (``bias`` in Keras 1)."""
    slots = [Slot(name) for name in names]
    if flag(config, "use_bias", flag(config, "bias")):
        slots.append(Slot("bias"))
    return slots
