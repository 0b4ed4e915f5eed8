"""Quantized layers and LoRA adapters: what packed tensors stand for, and what loading adds."""

from __future__ import annotations

from paramcount.layers import quantized
from paramcount.model import Role, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Slot
    from paramcount.readers.matching import Place


def adapted(
    found: list[Variable], node: Node, slots: list[Slot], place: Place, holder: Place, freeze: Freeze
) -> list[Variable]:
    """Logical sizes of a quantized layer, and the LoRA adapters that loading creates."""
    if node.class_name not in quantized.LORA_CLASSES:
        return found
    mode = quantized.mode_of(node.config)
    if mode:
        shapes = {slot.name: variable.shape or () for slot, variable in zip(slots, found, strict=True)}
        sizes = quantized.logical_sizes(node.config, mode, shapes)
        found = [
            variable._replace(logical=0 if slot.bookkeeping else sizes.get(slot.name))
            for slot, variable in zip(slots, found, strict=True)
        ]
    adapters = quantized.adapter_shapes(node.class_name, node.config, found[0].shape or ())
    if not adapters:
        return found
    if found[0].role is not Role.STATE:
        found[0] = found[0]._replace(role=Role.FROZEN, reason=quantized.KEPT_BY_LORA)
    role, reason = (Role.FROZEN, freeze.reason) if freeze.owner else (Role.TRAINABLE, "LoRA adapter")
    base = slots[0].name
    for suffix, shape in zip("ab", adapters, strict=True):
        name = f"lora_{base}_{suffix}"
        storage = f"{holder.path}/{name}"
        found.append(Variable(f"{place.path}/{name}", shape, "float32", role, reason, storage, implied=True))
    return found
