"""Why a variable that was created with ``trainable=False`` is state."""

from __future__ import annotations

from paramcount.layers.states import ADAPTED, BATCH_STATE, POWER_ITERATION

STATE = "created with trainable=False"


def state_reason(class_name: str, name: str) -> str:
    """In words, for the variable called ``name`` of a layer of class ``class_name``."""
    if name in BATCH_STATE:
        return BATCH_STATE[name]
    if class_name == "Normalization" and name in ("mean", "variance", "count"):
        return ADAPTED
    if name == "vector_u":
        return POWER_ITERATION
    return STATE
