"""The weights of a TensorFlow.js layers model, given to the layers of its config.

TensorFlow.js saves a weight under the name that it was made with, and the converter under its name in the HDF5 file:
either begins with the name of its layer, or of the model around that.
"""

from __future__ import annotations

from paramcount.architecture.slots import flat_slots
from paramcount.readers.stored import StoredVariable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.node import Node
    from paramcount.readers.tensorflow.tfjs_manifest import Weight

    Stored = list[tuple[str, list[StoredVariable]]]

OPTIMIZER_SCOPES = ("optimizer", "optimizer_weights", "training")
"""First parts of the names of what is an optimizer's, where no layer is called so."""


def is_optimizer(weight: Weight, root: Node) -> bool:
    """Whether an entry belongs to the optimizer."""
    first = weight.name.partition("/")[0]
    named = first in OPTIMIZER_SCOPES and all(child.name != first for child in root.children)
    return weight.optimizer or named


def assigned(root: Node, weights: list[Weight], every_level: bool) -> tuple[Stored, list[StoredVariable]]:
    """The layers of the model with their weights, in the order of the manifest; and the weights of none of them.

    Args:
        root: the config of the model.
        weights: the entries that are the model's.
        every_level: see ``architecture.flags``.
    """
    layers = [child for child in root.children if not child.operation]
    tops = {layer.name: layer for layer in layers}
    inner = _inner(layers)
    found: dict[str, list[StoredVariable]] = {layer.name: [] for layer in layers}
    loose = []
    for index, weight in enumerate(weights):
        variable = StoredVariable(weight.name, weight.shape, weight.dtype, weight.name, (0, index))
        owner = _owner(weight.name.split("/"), tops, inner)
        if owner:
            found[owner].append(variable)
        else:
            loose.append(variable)
    return list(found.items()), _by_order(layers, found, loose, every_level)


def _inner(layers: list[Node]) -> dict[str, str]:
    """Names of the layers inside others to the layer of the model that holds them; empty where several do."""
    found: dict[str, str] = {}
    for layer in layers:
        for node in layer.walk():
            if node.name and node is not layer:
                found[node.name] = layer.name if found.get(node.name, layer.name) == layer.name else ""
    return found


def _owner(parts: list[str], tops: dict[str, Node], inner: dict[str, str]) -> str:
    """The layer whose name stands in the name of a weight; empty when there is none."""
    for part in parts[:-1]:
        if part in tops:
            return part
    for part in reversed(parts[:-1]):
        if inner.get(part):
            return inner[part]
    # Keras 1 joins the names of layer and weight by an underscore: the longest layer name that fits.
    fitting = [name for name in tops if name and parts[-1].startswith(f"{name}_")] if len(parts) == 1 else []
    return max(fitting, key=len) if fitting else ""


def _by_order(
    layers: list[Node], found: dict[str, list[StoredVariable]], loose: list[StoredVariable], every_level: bool
) -> list[StoredVariable]:
    """Give weights whose names tell nothing to the layers that have none, if they are as many as those make."""
    empty = [(layer, flat_slots(layer, every_level)) for layer in layers if not found[layer.name]]
    wanted = sum([len(slots) for _, slots in empty if slots is not None])
    if not loose or wanted != len(loose):
        return loose
    at = 0
    for layer, slots in empty:
        number = len(slots or ())
        found[layer.name] += loose[at : at + number]
        at += number
    return []
