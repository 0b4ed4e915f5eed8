"""Roles to totals: every tensor once, exact integers, and a proof that the rows add up."""

from __future__ import annotations

from paramcount.dtypes import bits_of
from paramcount.model import PARAMETER_ROLES, Layer, Model, Role, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple


class Amount(NamedTuple):
    """A number of parameters, in how many tensors, and their size."""

    parameters: int = 0
    tensors: int = 0
    bits: int = 0
    unsized: int = 0
    """Tensors whose size in bits is not known because their dtype has no known width."""
    unknown: int = 0
    """Tensors whose number of parameters is not known because their shape is not."""

    def __add__(self, other: Amount) -> Amount:  # type: ignore[override]
        return Amount._make(map(int.__add__, self, other))

    @property
    def bytes(self) -> int | None:
        """Size in whole bytes, rounded up; None when the size of a tensor is not known."""
        return None if self.unsized or self.unknown else -(-self.bits // 8)


NONE = Amount()
"""No parameters in no tensors."""


class Totals(NamedTuple):
    """Amounts by role; everything else is derived from these four."""

    trainable: Amount = NONE
    frozen: Amount = NONE
    state: Amount = NONE
    undetermined: Amount = NONE

    def __add__(self, other: Totals) -> Totals:  # type: ignore[override]
        # Most layers have weights of one role: what is nothing is passed over, not added.
        if self is NOTHING:
            return other
        pairs = zip(self, other, strict=True)
        return Totals._make([mine + more if mine[1] and more[1] else mine if mine[1] else more for mine, more in pairs])

    @property
    def total(self) -> Amount:
        """All parameters: trainable, frozen, state and undetermined."""
        total = NONE
        for amount in self:
            if amount[1]:
                total = amount if total is NONE else total + amount
        return total

    @property
    def non_trainable(self) -> Amount:
        """What Keras calls non-trainable: frozen and state."""
        return self.frozen + self.state


NOTHING = Totals()
"""The totals of a layer without weights."""


class Reconciliation(NamedTuple):
    """The sums that must agree.  Every field is a number of parameters.

    ``rows + ownerless - shown_twice == total`` for every model, and for a stored one also
    ``stored - not_parameters - stored_twice + implied == total``.
    """

    rows: int
    """Sum of the top-level rows."""
    ownerless: int
    """Weights of the model itself, which no layer owns."""
    shown_twice: int
    """Counted in more than one row because tensors are shared."""
    total: int
    stored: int | None
    """Elements that the storage holds; None for a model in memory."""
    not_parameters: int
    stored_twice: int
    """Elements of datasets that are copies of another dataset."""
    implied: int
    """Parameters that loading creates although the file does not store them."""

    @property
    def holds(self) -> bool:
        """Whether every sum agrees."""
        if self.rows + self.ownerless - self.shown_twice != self.total:
            return False
        if self.stored is None:
            return True
        return self.stored - self.not_parameters - self.stored_twice + self.implied == self.total


def tally(variables: Iterable[Variable]) -> Totals:
    """Totals of ``variables``, every storage key once; variables that are not parameters are left out."""
    sums: dict[Role, list[int]] = {}
    seen = set()
    for variable in variables:
        key = variable.storage or variable.path
        role = variable.role
        if key in seen or role not in PARAMETER_ROLES:
            continue
        seen.add(key)
        entry = sums.get(role) or sums.setdefault(role, [0, 0, 0, 0, 0])
        parameters = variable.parameters
        width = bits_of(variable.dtype)
        entry[1] += 1
        if parameters is None:
            entry[4] += 1
        else:
            entry[0] += parameters
            entry[2] += parameters * (width or 0)
            entry[3] += width is None
    if not sums:
        return NOTHING
    return Totals._make([Amount._make(sums[role]) if role in sums else NONE for role in PARAMETER_ROLES])


def layers_of(layer: Layer) -> Iterator[Layer]:
    """``layer`` and every layer below it, parents first."""
    stack = [layer]
    while stack:
        current = stack.pop()
        yield current
        if current.children:
            stack.extend(reversed(current.children))


def variables_of(layer: Layer) -> Iterator[Variable]:
    """Every variable of ``layer`` and of the layers below it; a shared one at each of its places."""
    for current in layers_of(layer):
        yield from current.variables


def tally_tree(root: Layer) -> dict[int, Totals]:
    """Totals of every layer's subtree, each tensor once within it, keyed by ``id(layer)``."""
    totals: dict[int, Totals] = {}
    order = list(layers_of(root))
    keys = [variable.storage or variable.path for layer in order for variable in layer.variables]
    shares = len(keys) != len(set(keys))
    for layer in reversed(order):
        if shares:
            totals[id(layer)] = tally(variables_of(layer))
            continue
        own = tally(layer.variables) if layer.variables else NOTHING
        for child in layer.children:
            below = totals[id(child)]
            if below is not NOTHING:
                own = own + below
        totals[id(layer)] = own
    return totals


def not_parameters(model: Model) -> tuple[Variable, ...]:
    """Every variable that is listed but is no parameter, each tensor once."""
    found: dict[str, Variable] = {}
    for variable in (*model.others, *variables_of(model.root)):
        if variable.role not in PARAMETER_ROLES:
            found.setdefault(variable.key, variable)
    return tuple(found.values())


def sharing(model: Model) -> dict[str, tuple[str, ...]]:
    """Storage key to all places of the tensor, for every tensor that has more than one place."""
    variables = list(variables_of(model.root))
    if len({variable.storage or variable.path for variable in variables}) == len(variables):
        return {}
    places: dict[str, list[str]] = {}
    for variable in variables:
        places.setdefault(variable.key, []).append(variable.path)
    return {key: tuple(paths) for key, paths in places.items() if len(paths) > 1}


def unknown_layers(model: Model) -> tuple[Layer, ...]:
    """The layers whose variables are not all known; while there is one, every total is a lower bound."""
    return tuple(layer for layer in layers_of(model.root) if layer.unknown)


def reconcile(model: Model, totals: dict[int, Totals] | None = None) -> Reconciliation:
    """The sums of ``model`` side by side; see ``Reconciliation``."""
    totals = tally_tree(model.root) if totals is None else totals
    rows = sum(totals[id(child)].total.parameters for child in model.root.children)
    ownerless = tally(model.root.variables).total.parameters
    total = totals[id(model.root)].total.parameters
    unique: dict[str, Variable] = {}
    datasets: dict[str, int] = {}
    for variable in (*variables_of(model.root), *model.others):
        unique.setdefault(variable.key, variable)
        if variable.stored_at:
            datasets[variable.stored_at] = variable.parameters or 0
    held_once = sum(v.parameters or 0 for v in unique.values() if not v.implied)
    return Reconciliation(
        rows=rows,
        ownerless=ownerless,
        shown_twice=rows + ownerless - total,
        total=total,
        stored=None if model.stored is None else model.stored.parameters,
        not_parameters=sum(v.parameters or 0 for v in not_parameters(model)),
        stored_twice=sum(datasets.values()) - held_once if model.stored is not None else 0,
        implied=sum(v.parameters or 0 for v in unique.values() if v.implied and v.role in PARAMETER_ROLES),
    )
