"""The layers' own rules beside what a live model holds, so that its numbers can be explained too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.layers import custom
from paramcount.layers.table import is_known, slots_of
from paramcount.live.adapter import from_package

if TYPE_CHECKING:
    from paramcount.layers.slot import Slot
    from paramcount.live.adapter import Adapter
    from paramcount.live.tree import Spot


def formulas(spot: Spot) -> dict[str, Slot]:
    """Path of a variable to what its layer's rule says about it, where the two agree in name and shape."""
    adapter = spot.adapter
    held = [(path, one) for path, one in spot.held if one.role is None]
    if not held:
        return {}
    slots = _slots(adapter, spot) or []
    by_name = {slot.name: slot for slot in slots}
    found = {}
    for path, one in held:
        slot = by_name.get(str(one.name).rpartition("/")[2].partition(":")[0].lstrip("_"))
        if slot is None or slot.shape is None:
            continue
        if tuple(axis.value for axis in slot.shape) == adapter.describe(one.variable)[0]:
            found[path] = slot
    return found


def _slots(adapter: Adapter, spot: Spot) -> list[Slot] | None:
    """What the rule of the layer's class makes of its options; None for a class without a rule."""
    cls = type(spot.layer)
    name = cls.__name__
    own = from_package(cls, adapter.package) and is_known(name)
    if not own and not custom.find(name):
        return None
    return slots_of(name, _config(spot.layer), 0, spot.input_shape, adapter.framework == "tf_keras")


def _config(layer: Any) -> dict[str, Any]:
    """The layer's options; none where it cannot say them."""
    try:
        config = layer.get_config()
    except Exception:  # noqa: BLE001 - `get_config` may be a user's code, and many raise on purpose
        return {}
    return config if isinstance(config, dict) else {}
