"""From matched places to the layers of a ``Model``: names, roles and reasons of every stored tensor."""

from __future__ import annotations

from paramcount.architecture import flags
from paramcount.architecture.slots import as_held_below, slots_for
from paramcount.layers.slot import Slot
from paramcount.layers.table import has_policy, holds_cell, slots_of
from paramcount.model import Finding, Layer, Role, Variable
from paramcount.readers.findings import NO_CONFIG, NOT_BUILT, NOT_SAID
from paramcount.readers.kinds import kind_of
from paramcount.readers.matching import LAYER_LISTS
from paramcount.readers.witness import Witness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Config
    from paramcount.readers.matching import Place
    from paramcount.readers.stored import StoredGroup, StoredVariable


class Assembler:
    """Builds layers and collects what is no parameter, and what should be said.

    Args:
        every_level: True for the rule of Keras 1, Keras 2 and tf_keras (see ``architecture.flags``).
        has_config: False for a file of weights alone.
    """

    def __init__(self, every_level: bool, has_config: bool) -> None:
        self.every_level = every_level
        self.has_config = has_config
        self.others: list[Variable] = []
        self.findings: list[Finding] = []
        self.custom: dict[str, str] = {}
        """Path to class of the layers that are not Keras's own and store something."""
        self.witness = Witness()
        self._first: dict[tuple[int, int], str] = {}

    def root(self, place: Place) -> Layer:
        """The whole tree."""
        return self._build(place, flags.of_root(place.node))

    def _layer(self, place: Place, parent: Place, above: Freeze) -> Layer:
        node = place.node
        if node is not None:
            above = flags.enter(above, node, parent.node, place.path, self.every_level)
        return self._build(place, above)

    def _build(self, place: Place, freeze: Freeze) -> Layer:
        node = place.node
        children = tuple(self._layer(child, place, freeze) for child in self._layers(place))
        variables = self._own(place, freeze)
        if node is not None and node.class_name == "SpectralNormalization":
            variables = as_held_below(variables, children)
        if node is None:
            return Layer(place.name, _stored_class(place), place.path, variables, children)
        return Layer(
            place.name, node.class_name, place.path, variables, children, node.trainable, node.input_shape,
            node.output_shape, "" if variables or children else _why_empty(node),
        )  # fmt: skip

    def _layers(self, place: Place) -> list[Place]:
        """The children that are layers; optimizers, metrics and seed generators go to ``others``."""
        kept = []
        for child in place.children:
            group = child.group
            kind = None
            if child.node is None and group is not None:
                kind = kind_of(child.attribute, group, not place.path)
            if kind is None or group is None:
                kept.append(child)
            else:
                self._set_aside(child.path, group, *kind)
        return kept

    def _set_aside(self, path: str, group: StoredGroup, role: Role, reason: str) -> None:
        for stored in group.all_variables():
            below = stored.stored_at.rpartition(group.path + "/")[2].replace("/vars/", "/").removeprefix("vars/")
            own = f"{path}/{below}"
            self.others.append(
                Variable(own, stored.shape, stored.dtype, role, reason, self._storage(stored, own), stored.stored_at)
            )

    def _own(self, place: Place, freeze: Freeze) -> tuple[Variable, ...]:
        """The layer's own variables, or those of the place that stores them."""
        holder = place.shares if place.shares is not None else place
        group, node = holder.group, place.node
        if group is None or not group.variables:
            return ()
        slots = self._slots(place, group)
        found = []
        for index, stored in enumerate(group.variables):
            slot = slots[index] if slots is not None else None
            found.append(self._variable(place, holder, freeze, stored, slot))
        class_name = node.class_name if node is not None else _stored_class(place)
        if slots is None:
            if node is not None and node.custom and place.path:
                self.custom[place.path] = class_name
        elif class_name == "SpectralNormalization":
            _alias_kernel(found, place, holder)
        elif node is not None and (node.config.get("lora_rank") or has_policy(node.config)):
            from paramcount.readers.adapters import adapted

            found = adapted(found, node, slots, place, holder, freeze)
        return tuple(found)

    def _slots(self, place: Place, group: StoredGroup) -> list[Slot] | None:
        """What the stored tensors are, when the class is known and their number is what it creates."""
        node, stored = place.node, group.variables
        if node is None:
            return _guessed(group)
        if node.custom or holds_cell(node.class_name):
            return None
        slots = slots_for(node, self.every_level, len(stored))
        if slots is None or len(slots) == len(stored):
            return slots
        found: list[Slot] | None = None
        if not node.is_model:
            message = f"{node.class_name} stores {len(stored)} tensors where its config makes {len(slots)}."
            advice = "The numbers are those of the file."
            if _never_state(slots, node.config):
                # Whatever its options were, a layer of this class has nothing but weights that train.
                found = [Slot(variable.key) for variable in stored]
            else:
                advice += "  Whether these tensors train is undetermined."
            self.findings.append(Finding("unexpected-variables", "warning", place.path, message, advice))
        return found

    def _variable(
        self, place: Place, holder: Place, freeze: Freeze, stored: StoredVariable, slot: Slot | None
    ) -> Variable:
        name = slot.name if slot is not None else stored.key
        path = f"{place.path}/{name}" if place.path else name
        storage = self._storage(stored, path) if holder is place else f"{holder.path}/{name}"
        role, reason = self._role(place, freeze, slot)
        axes = self.witness.axes(slot, stored.shape, place.path, place.node.class_name if place.node else "")
        group = slot.group if slot is not None else ""
        return Variable._make(
            (path, stored.shape, stored.dtype, role, reason, storage, stored.stored_at, False, None, axes, group)
        )

    def _role(self, place: Place, freeze: Freeze, slot: Slot | None) -> tuple[Role, str]:
        if slot is not None and slot.state:
            return Role.STATE, slot.state
        if freeze.owner:
            return Role.FROZEN, freeze.reason
        if not self.has_config:
            return Role.UNDETERMINED, NO_CONFIG
        if slot is None or place.node is None:
            return Role.UNDETERMINED, NOT_SAID
        return Role.TRAINABLE, slot.note

    def _storage(self, stored: StoredVariable, path: str) -> str:
        """The path under which a dataset was met first: hard links to one dataset are one tensor."""
        return self._first.setdefault(stored.address, path)


def _never_state(slots: list[Slot], config: Config) -> bool:
    """Whether a layer's class has no weights but those that train."""
    return bool(slots) and not has_policy(config) and not any(slot.state for slot in slots)


def _guessed(group: StoredGroup) -> list[Slot] | None:
    """What the tensors of a group without a config are, when its name and their shapes tell."""
    from paramcount.layers.guess import guess_class, guess_slots

    class_name = guess_class(group.key) or guess_class(group.name)
    return guess_slots(class_name, [variable.shape for variable in group.variables])


def _stored_class(place: Place) -> str:
    """The class that the name of a group without a config was formed from; empty for an attribute's name."""
    if place.group is None or place.attribute not in LAYER_LISTS:
        return ""
    from paramcount.layers.guess import guess_class

    return guess_class(place.group.key)


def _why_empty(node: Node) -> str:
    """Why a layer that owns variables has none stored; empty for a layer that owns none."""
    if node.custom or node.operation or not slots_of(node.class_name, node.config):
        return ""
    return NOT_BUILT


def _alias_kernel(found: list[Variable], place: Place, holder: Place) -> None:
    """SpectralNormalization stores the kernel of the layer it wraps once more, as its own first variable."""
    inner = place.children[0] if place.children else None
    group = inner.group if inner is not None and inner.shares is None else None
    if inner is None or group is None or not group.variables or group.variables[0].shape != found[0].shape:
        return
    node = inner.node
    slots = slots_of(node.class_name, node.config) if node is not None else _guessed(group)
    name = slots[0].name if slots else group.variables[0].key
    twin = f"{holder.path}/{inner.path.rpartition('/')[2]}/{name}"
    found[0] = found[0]._replace(storage=twin)
