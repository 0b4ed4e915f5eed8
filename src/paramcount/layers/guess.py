"""What a stored layer is when no config says so: its group is named after its class.

``batch_normalization_3`` was written for a BatchNormalization; the number and the shapes of its tensors must agree
before anything is concluded from the name.
"""

from __future__ import annotations

from paramcount.layers.table import classes, slots_of
from paramcount.layers.weightless import WEIGHTLESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.layers.slot import Slot
    from paramcount.model import Shape

_OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"use_bias": False},
    {"bias_axes": "x"},
    {"tie_weights": False},
    {"scale": False},
    {"scale": False, "center": False},
    {"renorm": True},
    {"renorm": True, "scale": False},
    {"renorm": True, "scale": False, "center": False},
    {"use_scale": True},
    {"score_mode": "concat"},
    {"use_scale": True, "score_mode": "concat"},
    {"mode": "real"},
)
"""Options that change the number of variables, the defaults first."""

_VECTORS = frozenset({"BatchNormalization", "SyncBatchNormalization"})
"""Classes whose variables all have one and the same shape."""

_by_key: dict[str, str] = {}


def guess_class(key: str) -> str:
    """The class of Keras that a group such as ``conv2d_1`` is named after; empty when there is none."""
    if not _by_key:
        for name in (*classes(), *WEIGHTLESS, "Sequential", "Functional"):
            _by_key.setdefault(_plain(name), name)
    stem, _, count = key.rpartition("_")
    return _by_key.get(_plain(stem if count.isdecimal() and stem else key), "")


def _plain(name: str) -> str:
    """Letters and digits alone: Keras 3 and tf_keras set the underscores of ``conv_lstm2d`` differently."""
    return name.replace("_", "").lower()


def guess_slots(class_name: str, shapes: Sequence[Shape]) -> list[Slot] | None:
    """The variables of a layer of this class that stores tensors of these shapes; None when they do not fit."""
    if not class_name or class_name in WEIGHTLESS:
        return None
    if class_name in _VECTORS and len(set(shapes)) > 1:
        return None
    for options in _OPTIONS:
        slots = slots_of(class_name, options)
        if slots is not None and len(slots) == len(shapes):
            return slots
    return None
