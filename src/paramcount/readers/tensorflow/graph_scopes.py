"""Layers from names: graphs have no layers, but the names of their nodes have the scopes of those who made them."""

from __future__ import annotations

from paramcount.model import Layer, Variable, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from paramcount.model import Role, Shape
else:
    from paramcount.records import NamedTuple

LEVELS = 24
"""Levels of layers; the parts of a longer name stay together in the last one."""

_WRAPPERS = ("StatefulPartitionedCall", "PartitionedCall")
_INNER = ("batchnorm", "Tensordot", "embedding_lookup", "separable_conv2d")
"""Scopes that an operation of several nodes makes, which are no layers."""


class Tensor(NamedTuple):
    """One weight, before it has a place."""

    scope: tuple[str, ...]
    """The names of the layers around it."""
    name: str
    shape: Shape | None
    dtype: str
    role: Role
    reason: str
    stored_at: str
    """Its full name in the file, by which one tensor is known in several places."""
    class_name: str = ""
    """The operation that takes it, for the class of its layer."""
    telling: bool = False
    """Whether that operation takes weights in this place: a convolution says more of its layer than a sum does."""


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a name, without those that only say that a function was called."""
    return tuple([part for part in name.split("/") if part and part not in _WRAPPERS])


def placed(name: str, slot: str, taker: str) -> tuple[tuple[str, ...], str]:
    """The scope of a constant and its own name there.

    Args:
        name: of the constant.
        slot: what the operation that takes it calls it; empty when it has no name for it.
        taker: the name of that operation's node, whose scope serves where the constant has none.
    """
    parts = list(parts_of(name))
    if parts and parts[-1] == "resource":
        parts.pop()
    if parts and parts[-1].startswith("ReadVariableOp"):
        parts.pop()
        return _read_at(parts, slot, parts_of(taker))
    own = parts.pop() if parts else name
    while parts and parts[-1] in _INNER:
        own = f"{parts.pop()}/{own}"
    if not parts:
        return parts_of(taker)[:-1] or parts_of(taker), own
    return tuple(parts), own


def _read_at(parts: list[str], slot: str, taker: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The same for a variable that was read at ``parts``: by a layer, or by one operation of it."""
    here = tuple(parts)
    # A layer reads its variables in its own scope, and the operation that takes them stands in that scope too.
    if len(taker) > len(here) and taker[: len(here)] == here:
        return here or taker[:-1], slot or "weight"
    own = parts.pop() if parts else "weight"
    while parts and parts[-1] in _INNER:
        parts.pop()
    return tuple(parts) or taker[:-1] or taker, slot or own


def without_common(scopes: Iterable[tuple[str, ...]]) -> int:
    """How many first parts all scopes have in common, so that every one keeps a part of its own."""
    shortest: tuple[str, ...] | None = None
    for scope in scopes:
        shortest = scope if shortest is None else shortest
        same = 0
        for mine, other in zip(shortest, scope, strict=False):
            if mine != other:
                break
            same += 1
        shortest = shortest[: min(same, max(len(scope) - 1, 0))]
        if not shortest:
            return 0
    return len(shortest or ())


class _Open:
    """A layer that is being filled."""

    __slots__ = ("children", "class_name", "name", "path", "used", "variables", "weight")

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.class_name = ""
        self.weight = (False, -1)
        self.used: dict[str, int] = {}
        self.variables: list[Variable] = []
        self.children: dict[str, _Open] = {}

    def add(self, tensor: Tensor) -> None:
        """Put a tensor in, under a name that no other has; the largest one says what class the layer is."""
        number = self.used.get(tensor.name, 0)
        self.used[tensor.name] = number + 1
        name = f"{tensor.name}#{number + 1}" if number else tensor.name
        variable = Variable(
            joined(self.path, name), tensor.shape, tensor.dtype, tensor.role, tensor.reason, tensor.stored_at,
            tensor.stored_at,
        )  # fmt: skip
        self.variables.append(variable)
        weight = tensor.telling, variable.parameters or 0
        if tensor.class_name and weight > self.weight:
            self.class_name, self.weight = tensor.class_name, weight


def tree(tensors: list[Tensor]) -> Layer:
    """The layers of all tensors, nested as their names are, in the order in which they come."""
    nested = [tensor.scope for tensor in tensors if len(tensor.scope) > 1]
    skipped = without_common(nested)
    root = _Open("/".join(nested[0][:skipped]) if nested else "", "")
    for tensor in tensors:
        scope = tensor.scope[skipped:] if len(tensor.scope) > 1 else tensor.scope
        if len(scope) > LEVELS:
            scope = (*scope[: LEVELS - 1], "/".join(scope[LEVELS - 1 :]))
        current = root
        for part in scope:
            child = current.children.get(part)
            if child is None:
                child = current.children[part] = _Open(part, joined(current.path, part))
            current = child
        current.add(tensor)
    return _closed(root)


def _closed(root: _Open) -> Layer:
    """The tree as records, from the leaves upwards; its depth has a limit of its own."""
    children = tuple([_closed(child) for child in root.children.values()])
    return Layer(root.name, root.class_name, root.path, tuple(root.variables), children)


def with_unknown(root: Layer, names: list[tuple[str, str]], why: str) -> Layer:
    """The tree with a layer of unknown weights for each of ``names``, which come with their classes."""
    used = {child.name: 1 for child in root.children}
    found = []
    for name, class_name in names:
        number = used.get(name, 0) + 1
        used[name] = number
        unique = name if number == 1 else f"{name}#{number}"
        found.append(Layer(unique, class_name, unique, unknown=why))
    return root._replace(children=(*root.children, *found)) if found else root
