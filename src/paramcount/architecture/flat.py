"""The variables of a layer with those of its parts, in one list, as whole-model HDF5 files have them."""

from __future__ import annotations

from paramcount.layers.table import holds_cell, slots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Slot


def flat_slots(node: Node) -> list[Slot] | None:
    """The variables of a layer and of all its parts in one list, as files list them that flatten layers.

    None when the class, or that of a layer inside, is not one of Keras's own.
    """
    if node.custom:
        return None
    own = [] if holds_cell(node.class_name) else slots_of(node.class_name, node.config)
    if own is None:
        return None
    # Spectral normalization holds the kernel of the layer inside once more; flattened, it is one tensor.
    found = own[1:] if node.class_name == "SpectralNormalization" else own
    for child in node.children:
        inner = flat_slots(child)
        if inner is None:
            return None
        found = inner + found if node.class_name == "SpectralNormalization" else found + inner
    return found
