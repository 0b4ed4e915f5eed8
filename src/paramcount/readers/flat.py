"""The layout of whole-model HDF5 files: one flat list of named tensors for each layer of the model.

A model inside the model is one such list.  Its tensors are given back to the layers inside by the layer names that
their own names carry, or else by the order in which Keras lists them.
"""

from __future__ import annotations

from paramcount.architecture import flags
from paramcount.architecture.slots import flat_slots, role_of
from paramcount.layers.slot import KEPT_BY_LORA, Slot
from paramcount.layers.states import BATCH_STATE, POWER_ITERATION
from paramcount.layers.table import has_policy
from paramcount.model import Finding, Layer, Role, Variable, joined
from paramcount.readers.distribute import base_name, distribute, holds_model, namesakes
from paramcount.readers.findings import NO_CONFIG, NOT_BUILT, NOT_SAID
from paramcount.readers.witness import Witness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Axes
    from paramcount.readers.stored import StoredVariable

    Owned = Mapping[int, list[StoredVariable]]

_STATE_NAMES = {**BATCH_STATE, "vector_u": POWER_ITERATION, "sn_u": POWER_ITERATION}
"""Names that settle by themselves that a variable never trains."""


class FlatLayers:
    """Builds the layers of one file.

    Args:
        node: the config of the model; None for a file of weights alone.
        every_level: True for the rule of Keras 1, Keras 2 and tf_keras (see ``architecture.flags``).
        marks_shared: True when the writer marks shared layers in the config, so that names need not tell.
        names_are_unique: True when the writer never gives two tensors one name, so that equal names prove sharing.
    """

    def __init__(
        self, node: Node | None, every_level: bool, *, marks_shared: bool = False, names_are_unique: bool = False
    ) -> None:
        self.node = node
        self.every_level = every_level
        self.marks_shared = marks_shared and node is not None
        self.names_are_unique = names_are_unique
        self.findings: list[Finding] = []
        self.custom: dict[str, str] = {}
        self.witness = Witness()
        self._paths: dict[int, str] = {}
        self._names: dict[tuple[str, object], Variable] = {}
        self._doubtful: frozenset[str] = frozenset()
        self._notes: dict[tuple[str, str, bool], int] = {}

    def root(self, stored: list[tuple[str, list[StoredVariable]]], own: list[StoredVariable]) -> Layer:
        """The whole tree.

        Args:
            stored: the layers that the file lists, each with its tensors.
            own: tensors of the model itself.
        """
        node, listed = self.node, dict(stored)
        self._doubtful = namesakes(stored, self.names_are_unique)
        freeze = flags.of_root(node)
        layers = []
        for child in node.children if node is not None else ():
            if child.operation:
                continue
            layers.append(self._layer(child, node, "", listed.pop(child.name, []), freeze))
        layers += [self._weights_only(name, variables) for name, variables in listed.items()]
        variables = tuple(self._variable("", v, base_name(v.key), freeze, None, False) for v in own)
        self._say_names()
        return self._made(node, "", variables, tuple(layers))

    def _layer(
        self, node: Node, parent: Node | None, above: str, stored: list[StoredVariable], freeze: Freeze
    ) -> Layer:
        path = joined(above, node.name or node.attribute)
        freeze = flags.enter(freeze, node, parent, path, self.every_level)
        if holds_model(node):
            owned = distribute(node, stored, self.every_level)
            if owned is not None:
                return self._nested(node, path, owned, freeze)
        return self._leaf(node, path, stored, freeze)

    def _nested(self, node: Node, path: str, owned: Owned, freeze: Freeze) -> Layer:
        """A model inside the model, whose tensors ``owned`` gives to the layers inside it."""
        children = []
        for child in node.children:
            if child.operation:
                continue
            inner = joined(path, child.name or child.attribute)
            below = flags.enter(freeze, child, node, inner, self.every_level)
            if holds_model(child):
                children.append(self._nested(child, inner, owned, below))
            else:
                children.append(self._leaf(child, inner, owned.get(id(child), []), below))
        return self._made(node, path, (), tuple(children))

    def _leaf(self, node: Node, path: str, stored: list[StoredVariable], freeze: Freeze) -> Layer:
        """A layer without layers of its own in the result; what it wraps is known by its options."""
        self._paths[id(node)] = path
        slots = flat_slots(node, self.every_level)
        if slots is None and stored:
            self.custom[path] = node.class_name
        twin = self._paths.get(id(node.again), "") if node.again is not None else ""
        variables = []
        names = _tails(stored, node.name)
        assigned = _assign(slots, stored)
        for variable, slot, name in zip(stored, assigned, names, strict=True):
            inner = self._inner_freeze(node, name, path, freeze)
            axes = None if slots is None else self.witness.axes(slot, variable.shape, path, node.class_name)
            told = slots is not None and inner is not None
            made = self._variable(path, variable, name, inner or flags.Freeze(), slot, told, axes)
            variables.append(made._replace(storage=joined(twin, name)) if twin else self._seen_by_name(made, variable))
        known = [slot for slot in assigned if slot is not None]
        if has_policy(node.config) and len(known) == len(variables):
            from paramcount.readers.adapters import unpacked

            variables = unpacked(variables, node, known)
        if any("lora_" in variable.name for variable in variables):
            variables = [_fixed_by_lora(variable) for variable in variables]
        return self._made(node, path, tuple(variables), (), NOT_BUILT if slots and not stored else "")

    def _inner_freeze(self, node: Node, name: str, path: str, freeze: Freeze) -> Freeze | None:
        """The state of one tensor of a wrapper, whose wrapped layers have flags of their own; None where it is open."""
        if freeze.owner or not any(inner.trainable is False for child in node.children for inner in child.walk()):
            return freeze
        places = name.split("/")
        frozen = {one for child in _on_its_side(node.children, places) for one in _freezers(child, places)}
        if "" in frozen and len(frozen) > 1:
            return None
        owner = min(frozen, default="")
        return flags.Freeze(joined(path, owner), False) if owner else freeze

    def _weights_only(self, name: str, stored: list[StoredVariable]) -> Layer:
        """A layer of which only the tensors are known."""
        variables = []
        for variable, slot, tail in zip(stored, _assign(None, stored), _tails(stored, name), strict=True):
            made = self._variable(name, variable, tail, flags.Freeze(), slot, False)
            variables.append(self._seen_by_name(made, variable))
        return Layer(name, "", name, tuple(variables))

    def _variable(
        self,
        path: str,
        stored: StoredVariable,
        name: str,
        freeze: Freeze,
        slot: Slot | None,
        known: bool,
        axes: Axes | None = None,
    ) -> Variable:
        role, reason, logical = self._role(freeze, slot, known)
        group = slot.group if slot is not None and known else ""
        full = joined(path, name)
        # As a tuple, because this runs for every tensor, and naming the fields takes longer.
        return Variable._make(
            (full, stored.shape, stored.dtype, role, reason, "", stored.stored_at, False, logical, axes, group)
        )

    def _role(self, freeze: Freeze, slot: Slot | None, known: bool) -> tuple[Role, str, int | None]:
        if slot is not None and slot.state:
            return *role_of(slot, freeze), 0 if slot.bookkeeping else None
        if freeze.owner:
            return Role.FROZEN, freeze.reason, None
        if self.node is None:
            return Role.UNDETERMINED, NO_CONFIG, None
        if not known:
            return Role.UNDETERMINED, NOT_SAID, None
        return (
            Role.TRAINABLE,
            slot.note if slot is not None else "",
            0 if slot is not None and slot.bookkeeping else None,
        )

    def _seen_by_name(self, variable: Variable, stored: StoredVariable) -> Variable:
        """Where the writer marks nothing, one full name in two layers means one tensor, and that is said."""
        if self.marks_shared or "/" not in stored.key:
            return variable
        first = self._names.setdefault((stored.key, stored.shape), variable)
        layer, other = variable.path.rpartition("/")[0], first.path.rpartition("/")[0]
        if first is variable or layer == other:
            return variable
        if stored.key in self._doubtful or (self.node is None and not self.names_are_unique):
            self._note(layer, other, variable, counted_once=False)
            return variable
        if not self.names_are_unique:
            self._note(layer, other, variable, counted_once=True)
        return variable._replace(storage=first.key)

    def _note(self, layer: str, other: str, variable: Variable, counted_once: bool) -> None:
        """Remember how many parameters of two layers have one name, to be said once for the two."""
        key = (layer, other, counted_once)
        self._notes[key] = self._notes.get(key, 0) + (variable.parameters or 0)

    def _say_names(self) -> None:
        for (layer, other, counted_once), size in self._notes.items():
            if counted_once:
                message = (
                    f"The tensors stored for this layer and for {other} have the same names and shapes: they are taken "
                    f"to be one shared layer and counted once.  Loading the file gives each a copy of its own, "
                    f"{size:,} parameters more."
                )
                advice = f"If they only have the same names, add {size:,} to the total."
                self.findings.append(Finding("shared-by-name", "warning", layer, message, advice))
            else:
                message = (
                    f"Tensors of the same names and shapes are stored for this layer and for {other}: they are taken "
                    f"to be two layers built alike, and both are counted."
                )
                advice = f"If they are one shared layer, the total is {size:,} less."
                self.findings.append(Finding("same-names", "warning", layer, message, advice))

    def _made(
        self,
        node: Node | None,
        path: str,
        variables: tuple[Variable, ...],
        children: tuple[Layer, ...],
        unknown: str = "",
    ) -> Layer:
        if node is None:
            return Layer("", "", path, variables, children)
        return Layer(
            node.name, node.class_name, path, variables, children, node.trainable, node.input_shape,
            node.output_shape, unknown,
        )  # fmt: skip


def _on_its_side(wrapped: list[Node], places: list[str]) -> list[Node]:
    """The wrapped layers that may hold a tensor: one direction of two, where its name tells which."""
    # A user may call the backward layer "forward_…": the prefix tells the side only where Keras has added it.
    names = {child.name for child in wrapped}
    others = [place for place in places if place not in names]
    for child in wrapped:
        side = child.attribute.partition("_")[0]
        if side in ("forward", "backward") and any(place.startswith(f"{side}_") for place in others):
            return [child]
    return [child for child in wrapped if child.name in places] or wrapped


def _freezers(wrapped: Node, places: list[str]) -> set[str]:
    """What freezes the innermost layers that a tensor may belong to: a name for each, empty where nothing does."""
    named: set[str] = set()
    others: set[str] = set()
    stack = [(wrapped, "")]
    while stack:
        node, owner = stack.pop()
        owner = owner or ((node.name or node.attribute) if node.trainable is False else "")
        inner = [child for child in node.children if not child.part]
        stack += [(child, owner) for child in inner]
        if not inner:
            (named if node.name in places else others).add(owner)
    return named or others


def _assign(slots: list[Slot] | None, stored: list[StoredVariable]) -> list[Slot | None]:
    """What each stored tensor is: by its name, else by its place when the numbers agree."""
    bases = [base_name(variable.key) for variable in stored]
    if slots is not None:
        names = {slot.name for slot in slots}
        if all(base in names or base.startswith("lora_") for base in bases):
            return _assign_by_name(slots, bases, stored)
        if len(slots) == len(stored):
            return list(slots)
    return [_by_state_name(base) for base in bases]


def _assign_by_name(slots: list[Slot], bases: list[str], stored: list[StoredVariable]) -> list[Slot | None]:
    """Slots by name; where several have it, as in two directions, the first left over whose shape fits."""
    left: dict[str, list[Slot]] = {}
    for slot in slots:
        left.setdefault(slot.name, []).append(slot)
    found: list[Slot | None] = []
    for base, variable in zip(bases, stored, strict=True):
        same = left.get(base)
        if same is None:
            found.append(Slot(base, note="LoRA adapter"))
            continue
        index = next((i for i, slot in enumerate(same) if _fits(slot, variable)), 0) if len(same) > 1 else 0
        found.append(same.pop(index) if len(same) > 1 else same[0])
    return found


def _fits(slot: Slot, stored: StoredVariable) -> bool:
    return slot.shape is not None and tuple([axis.value for axis in slot.shape]) == stored.shape


def _by_state_name(base: str) -> Slot | None:
    """A tensor whose name tells that it never trains; Keras 1 puts the layer's name in front of it."""
    for name, reason in _STATE_NAMES.items():
        if base == name or base.endswith(f"_{name}"):
            return Slot(name, None, reason)
    return None


def _fixed_by_lora(variable: Variable) -> Variable:
    if variable.role is Role.TRAINABLE and variable.name in ("kernel", "embeddings", "_kernel"):
        return variable._replace(role=Role.FROZEN, reason=KEPT_BY_LORA)
    return variable


def _tails(stored: list[StoredVariable], layer: str) -> list[str]:
    """The tensors' names without their layer's, each once: a repeated one gets a number."""
    used: dict[str, int] = {}
    names = []
    for variable in stored:
        name = _tail(variable.key, layer)
        used[name] = used.get(name, 0) + 1
        names.append(name if used[name] == 1 else f"{name}#{used[name]}")
    return names


def _tail(key: str, layer: str) -> str:
    """A tensor's name without its layer's: ``forward_lstm/kernel`` of ``bidirectional/forward_lstm/kernel:0``."""
    plain = key.partition(":")[0]
    parts = plain.split("/")
    if layer in parts[:-1]:
        parts = parts[parts.index(layer) + 1 :]
    if len(parts) == 1 and parts[0].startswith(f"{layer}_"):
        return parts[0][len(layer) + 1 :]
    return "/".join(parts)
