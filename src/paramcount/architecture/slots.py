"""The variables of a layer of a config: its own, or in one list with those of the layers inside."""

from __future__ import annotations

from paramcount.layers.slot import KEPT_BY_LORA
from paramcount.layers.table import holds_cell, slots_of
from paramcount.model import Role

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Slot
    from paramcount.model import Layer, Variable


def slots_for(node: Node, tf_keras: bool, stored: int = 0) -> list[Slot] | None:
    """The variables of one layer, without those of the layers inside it; None for a class that nobody knows.

    Args:
        node: the layer; its input shape gives the sizes.
        tf_keras: True when Keras 1, Keras 2 or tf_keras makes the layer.
        stored: how many variables the file stores; settles options that only a quantized layer knows.
    """
    if node.custom:
        return [] if node.is_model else None
    if holds_cell(node.class_name):
        return []
    if node.slots is not None:
        return list(node.slots)
    return slots_of(node.class_name, node.config, stored, node.input_shape, tf_keras)


def flat_slots(node: Node, tf_keras: bool) -> list[Slot] | None:
    """The variables of a layer and of all its parts in one list, as files list them that flatten layers.

    None when the class, or that of a layer inside, is not one of Keras's own.
    """
    own = None if node.custom else slots_for(node, tf_keras)
    if own is None:
        return None
    # Spectral normalization holds the kernel of the layer inside once more; flattened, it is one tensor.
    found = own[1:] if node.class_name == "SpectralNormalization" else own
    for child in node.children:
        inner = flat_slots(child, tf_keras)
        if inner is None:
            return None
        found = inner + found if node.class_name == "SpectralNormalization" else found + inner
    return found


def as_held_below(variables: tuple[Variable, ...], children: tuple[Layer, ...]) -> tuple[Variable, ...]:
    """The variables of a wrapper that holds one of a layer inside once more: it is what it is there."""
    below = {variable.key: variable for child in children for variable in child.variables}
    return tuple(_like(variable, below.get(variable.key)) for variable in variables)


def _like(variable: Variable, twin: Variable | None) -> Variable:
    if twin is None:
        return variable
    shape, axes = (variable.shape, variable.axes) if variable.shape == twin.shape else (twin.shape, twin.axes)
    return variable._replace(role=twin.role, reason=twin.reason, dtype=twin.dtype, shape=shape, axes=axes)


def role_of(slot: Slot, freeze: Freeze) -> tuple[Role, str]:
    """Role and reason of a variable that its layer's rule describes, under the freezes above it."""
    if slot.state == KEPT_BY_LORA:
        return Role.FROZEN, slot.state
    if slot.state:
        return Role.STATE, slot.state
    if freeze.owner:
        return Role.FROZEN, freeze.reason
    return Role.TRAINABLE, slot.note
