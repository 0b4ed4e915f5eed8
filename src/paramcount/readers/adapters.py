"""Quantized layers and LoRA adapters: what packed tensors stand for, and what loading adds."""

from __future__ import annotations

from paramcount.architecture.slots import slots_for
from paramcount.layers import quantized
from paramcount.layers.slot import KEPT_BY_LORA
from paramcount.model import Role, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Slot
    from paramcount.readers.matching import Place


def _zero_points(found: list[Variable], node: Node, slots: list[Slot], place: Place, holder: Place) -> list[Variable]:
    """The zero points of GPTQ and AWQ, which Keras 3.15 leaves out of a ``.keras`` file although the layer has them.

    They have the shape of the scales; ``save_own_variables`` takes them for those of an int4 layer without blocks.
    """
    names = [slot.name for slot in slots]
    mode = quantized.mode_of(node.config)
    if mode not in ("gptq", "awq") or "kernel_scale" not in names:
        return []
    if any(slot.state == quantized.ZERO_POINT for slot in slots):
        return []
    name = quantized.variable_name(node.class_name, mode, "kernel_zero")
    scale = found[names.index("kernel_scale")]
    path, storage = f"{place.path}/{name}", f"{holder.path}/{name}"
    made = Variable(path, scale.shape, "uint8", Role.STATE, quantized.ZERO_POINT, storage, implied=True, logical=0)
    return [made._replace(axes=scale.axes, group=scale.group)]


def unpacked(found: list[Variable], node: Node, slots: list[Slot]) -> list[Variable]:
    """The variables of a quantized layer with what they stand for; others as they are."""
    mode = quantized.mode_of(node.config)
    if not mode:
        return found
    shapes = {slot.name: variable.shape or () for slot, variable in zip(slots, found, strict=True)}
    sizes = quantized.logical_sizes(node.config, mode, shapes)
    return [
        variable._replace(logical=0 if slot.bookkeeping else sizes.get(slot.name))
        for slot, variable in zip(slots, found, strict=True)
    ]


def adapted(
    found: list[Variable], node: Node, slots: list[Slot], place: Place, holder: Place, freeze: Freeze
) -> list[Variable]:
    """Logical sizes of a quantized layer, and the LoRA adapters that loading creates."""
    if node.class_name not in quantized.LORA_CLASSES:
        return found
    found = unpacked(found, node, slots) + _zero_points(found, node, slots, place, holder)
    adapters = quantized.adapter_shapes(node.class_name, node.config, found[0].shape or ())
    if not adapters:
        return found
    if found[0].role is not Role.STATE:
        found[0] = found[0]._replace(role=Role.FROZEN, reason=KEPT_BY_LORA)
    role, reason = (Role.FROZEN, freeze.reason) if freeze.owner else (Role.TRAINABLE, "LoRA adapter")
    base = slots[0].name
    rules = {slot.name: slot for slot in slots_for(node, tf_keras=False) or ()}
    for suffix, shape in zip("ab", adapters, strict=True):
        name = f"lora_{base}_{suffix}"
        storage = f"{holder.path}/{name}"
        made = Variable(f"{place.path}/{name}", shape, "float32", role, reason, storage, implied=True)
        rule = rules.get(name)
        found.append(made if rule is None else made._replace(axes=rule.shape, group=rule.group))
    return found
