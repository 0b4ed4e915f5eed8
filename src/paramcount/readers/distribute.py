"""Gives the tensors of a flattened model back to the layers inside it."""

from __future__ import annotations

from paramcount.architecture.slots import flat_slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.architecture.node import Node
    from paramcount.readers.stored import StoredVariable


def holds_model(node: Node) -> bool:
    """Whether the layer is a model, or wraps one."""
    return node.is_model or (node.is_wrapper and any(child.is_model for child in node.children))


def base_name(key: str) -> str:
    """A variable's own name: ``kernel`` of ``dense_1/kernel:0``."""
    return key.rpartition("/")[2].partition(":")[0]


def distribute(node: Node, stored: list[StoredVariable], every_level: bool) -> dict[int, list[StoredVariable]] | None:
    """The tensors of each layer inside ``node``, by ``id`` of its config; None when it cannot be told.

    Args:
        node: the config of the model.
        stored: its tensors, in the order of the file.
        every_level: True for the rule of Keras 1, Keras 2 and tf_keras on frozen models.
    """
    leaves = [leaf for leaf, _ in _leaves(node, ())]
    named = _by_names(node, stored)
    if named is not None and _fits(leaves, named):
        return named
    ordered = _by_order(node, stored, every_level)
    if ordered is not None:
        return ordered
    return named


def _leaves(node: Node, above: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The layers inside that hold no model, each with the names of the models around it."""
    for child in node.children:
        if child.operation:
            continue
        if holds_model(child):
            yield from _leaves(child, (*above, child.name))
        else:
            yield child, above


def _by_names(node: Node, stored: list[StoredVariable]) -> dict[int, list[StoredVariable]] | None:
    """By the layer name in each tensor's name; None when a name leads to no layer or to several."""
    by_name: dict[str, list[tuple[Node, tuple[str, ...]]]] = {}
    for leaf, above in _leaves(node, ()):
        by_name.setdefault(leaf.name, []).append((leaf, above))
    owned: dict[int, list[StoredVariable]] = {}
    for variable in stored:
        parts = variable.key.split("/")
        candidates = _candidates(parts, by_name)
        if len(candidates) > 1:
            # Two models inside may hold layers of one name: the name of the model around decides.
            candidates = [entry for entry in candidates if set(entry[1]) <= set(parts)] or candidates
        if len(candidates) != 1:
            return None
        owned.setdefault(id(candidates[0][0]), []).append(variable)
    return owned


def _candidates(
    parts: list[str], by_name: dict[str, list[tuple[Node, tuple[str, ...]]]]
) -> list[tuple[Node, tuple[str, ...]]]:
    for part in reversed(parts[:-1]):
        if part in by_name:
            return by_name[part]
    if len(parts) == 1:
        # Keras 1 joins the names of layer and weight by an underscore: the longest layer name that fits.
        fitting = [name for name in by_name if name and parts[0].startswith(f"{name}_")]
        if fitting:
            return by_name[max(fitting, key=len)]
    return []


def _fits(leaves: list[Node], owned: dict[int, list[StoredVariable]]) -> bool:
    """Whether every layer of Keras's own got as many tensors as it makes; a layer not built gets none."""
    for leaf in leaves:
        slots = flat_slots(leaf, False)
        count = len(owned.get(id(leaf), ()))
        if slots is not None and count not in (0, len(slots)) and not _unrolled(leaf):
            return False
    return True


def _unrolled(leaf: Node) -> bool:
    """Keras 1 keeps the gates of a recurrent layer in tensors of their own; LoRA and quantization add some."""
    if leaf.class_name in ("LSTM", "GRU") or leaf.config.get("lora_rank"):
        return True
    from paramcount.layers.quantized import mode_of

    return bool(mode_of(leaf.config))


def _by_order(node: Node, stored: list[StoredVariable], every_level: bool) -> dict[int, list[StoredVariable]] | None:
    """By Keras's order: what trains, layer by layer, then what does not; None when the numbers do not agree."""
    first: list[Node] = []
    later: list[Node] = []
    for leaf, _ in _leaves(node, ()):
        slots = flat_slots(leaf, every_level)
        if slots is None:
            return None
        frozen = leaf.trainable is False or (every_level and node.trainable is False)
        for slot in slots:
            (later if frozen or slot.state else first).append(leaf)
    expected = first + later
    if len(expected) != len(stored):
        return None
    owned: dict[int, list[StoredVariable]] = {}
    for leaf, variable in zip(expected, stored, strict=True):
        owned.setdefault(id(leaf), []).append(variable)
    return owned


def namesakes(stored: list[tuple[str, list[StoredVariable]]], names_are_unique: bool) -> frozenset[str]:
    """Names that two groups have in common only because both hold a model that was built in the same way.

    Two groups with the very same list of tensors are more likely two towers made by one function than one model
    nested twice; a scope in the names that is the other group's name proves the contrary.
    """
    if names_are_unique:
        return frozenset()
    alike: dict[frozenset[tuple[str, object]], list[str]] = {}
    for name, variables in stored:
        if variables:
            alike.setdefault(frozenset((v.key, v.shape) for v in variables), []).append(name)
    doubtful: set[str] = set()
    for signature, groups in alike.items():
        if len(groups) > 1:
            doubtful.update(key for key, _ in signature if key.partition("/")[0] not in groups)
    return frozenset(doubtful)
