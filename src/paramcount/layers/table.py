"""One look-up for all families: what a layer of a given class creates, and of which parts it is made."""

from __future__ import annotations

from paramcount.layers import attention, convolution, core, normalization, preprocessing, quantized, recurrent
from paramcount.layers.slot import Part, Slot
from paramcount.layers.weightless import WEIGHTLESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Config

VARIABLES: dict[str, Callable[[Config], list[Slot]]] = {
    **core.VARIABLES,
    **convolution.VARIABLES,
    **recurrent.VARIABLES,
    **normalization.VARIABLES,
    **attention.VARIABLES,
    **preprocessing.VARIABLES,
    **dict.fromkeys(preprocessing.LOOKUPS, preprocessing.lookup),
}
"""Class name to the definition of its own variables, as one flat list."""

WRAPPERS = frozenset(
    {"Bidirectional", "TimeDistributed", "Wrapper", "SpectralNormalization", "RNN", "StackedRNNCells"}
)
"""Layers whose variables are those of the layers they hold, which their config describes."""

MODELS = frozenset({"Sequential", "Functional", "Model", "Graph"})


def slots_of(class_name: str, config: Config, stored: int = 0) -> list[Slot] | None:
    """The layer's own variables in creation order; None when the class is not one of Keras's.

    Args:
        class_name: public name of the class.
        config: the layer's options.
        stored: how many variables the file stores; settles options that only a quantized layer knows.
    """
    define = VARIABLES.get(class_name)
    if define is not None:
        plain = define(config)
        if class_name in quantized.QUANTIZED_CLASSES and isinstance(config.get("dtype"), dict):
            mode = quantized.mode_of(config)
            return quantized.slots(plain, mode, stored) if mode else plain
        return plain
    if class_name in WEIGHTLESS or class_name in MODELS or class_name in attention.MULTI_HEAD:
        return []
    if class_name == "SpectralNormalization":
        return [Slot("kernel"), Slot("vector_u", normalization.POWER_ITERATION)]
    return [] if class_name in WRAPPERS else None


def holds_cell(class_name: str) -> bool:
    """Whether a layer keeps its variables in a cell of its own, as LSTM does."""
    return class_name in recurrent.LAYERS


def parts_of(class_name: str, config: Config) -> dict[str, Part]:
    """The layers that a composite layer makes for itself, by attribute; wrapped layers are not among them."""
    if class_name in recurrent.LAYERS:
        return recurrent.own_cell(class_name, config)
    if class_name in attention.MULTI_HEAD:
        return attention.multi_head_parts(config)
    return {}


def flat_slots(node: Node) -> list[Slot] | None:
    """The variables of a layer and of all its parts in one list, as files list them that flatten layers.

    None when the class, or that of a layer inside, is not one of Keras's own.
    """
    if node.custom:
        return None
    found: list[Slot] = []
    if node.class_name != "SpectralNormalization" and not holds_cell(node.class_name):
        own = slots_of(node.class_name, node.config)
        if own is None:
            return None
        found += own
    for child in node.children:
        inner = flat_slots(child)
        if inner is None:
            return None
        found += inner
    if node.class_name == "SpectralNormalization":
        found.append(Slot("vector_u", normalization.POWER_ITERATION))
    return found


def is_known(class_name: str) -> bool:
    """Whether the class is one of Keras's own, so that its variables and roles are known."""
    return class_name in VARIABLES or class_name in WEIGHTLESS or class_name in MODELS or class_name in WRAPPERS or (
        class_name in attention.MULTI_HEAD
    )
