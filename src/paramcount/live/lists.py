"""The lists that objects which are no layers have of their own variables, and what they tell about a whole tree."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from paramcount.live import scopes, trackables
from paramcount.live.adapter import identity
from paramcount.model import Role, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.adapter import Held
    from paramcount.live.tree import Names, Spot

NO_VARIABLES = "it holds no variables now, and may create them when it is first called"
"""Why nothing is known of an object without variables."""


class Lists(NamedTuple):
    """What an object lists, as identities of variables; None where it has no such list."""

    every: frozenset[int] | None
    trainable: frozenset[int] | None
    copies: tuple[Any, ...] = ()
    """Variables that an export of Keras 3 has made a second time."""


def lists_of(one: Any) -> tuple[Lists, list[Any]]:
    """The lists of ``one``, and every variable in any of them that is no copy."""
    named = {name: trackables.listed_as(one, name) for name in trackables.LISTS}
    every, trainable = named["variables"], named["trainable_variables"]
    known = [entry for name in trackables.LISTS[:3] for entry in named[name] or ()]
    copies, more = _copies(known, named["_all_variables"] or [])
    lists = Lists(
        None if every is None else frozenset(map(identity, every)),
        None if trainable is None else frozenset(map(identity, trainable)),
        copies,
    )
    return lists, list({identity(entry): entry for entry in [*known, *more]}.values())


def _copies(known: list[Any], second: list[Any]) -> tuple[tuple[Any, ...], list[Any]]:
    """Which of ``second`` are copies of variables in ``known``, and which are not.

    ``ExportArchive`` of Keras 3 tracks all variables once more as ``_all_variables``, and loading makes two of each.
    Only where each has a counterpart of the same name, shape and dtype are they taken for that.
    """
    ids = set(map(identity, known))
    apart = [entry for entry in second if identity(entry) not in ids]
    unique = {identity(entry): entry for entry in known}.values()
    left = Counter(map(_looks, apart)) - Counter(map(_looks, unique))
    return ((), apart) if left else (tuple(apart), [])


def _looks(variable: Any) -> tuple[Any, ...]:
    return scopes.name_of(variable), *trackables.describe(variable)


def settle(root: Spot, names: Names, spot_class: type[Spot]) -> None:
    """Complete a tree in which not everything is a layer: what only lists hold, what nobody sees, what is empty."""
    every = list(root.all())
    for spot in reversed(every):
        if _is_object(spot):
            _add_listed(spot, names, spot_class)
    for spot in reversed(list(root.all())):
        spot.children = [child for child in spot.children if not _is_empty(child)]
    for spot in root.all():
        if spot.parent is not None and spot.adapter.framework != spot.parent.adapter.framework:
            spot.overlooked = _overlooked(spot.parent, spot)
        if _is_object(spot):
            spot.held = [(path, _as_listed(spot, held)) for path, held in spot.held]
    if _is_object(root) and not root.gap and not any(True for _ in _held_below(root)):
        root.gap = _nothing(root)


def _nothing(root: Spot) -> str:
    """What there is instead of variables: a frozen graph holds what were its weights as constants."""
    layer = root.layer
    signatures = trackables.attributes(layer).get("signatures")
    functions = [] if signatures is None else [*signatures.values()]
    graphs = [graph for graph in map(scopes.graph_of, [layer, *functions]) if graph is not None]
    number, values = max(map(scopes.constants, graphs), default=(0, 0))
    if number:
        return f"it holds no variables, but a graph with {number:,} constants of {values:,} values: a frozen model"
    return "it holds no variables" if graphs else NO_VARIABLES


def _is_object(spot: Spot) -> bool:
    return spot.adapter.framework == "tensorflow"


def _held_below(spot: Spot) -> Iterator[Held]:
    return (held for place in spot.all() for _, held in place.held)


def _is_empty(spot: Spot) -> bool:
    """Whether there is no reason to show an object: no variables, and no layers, which are always shown."""
    return _is_object(spot) and not spot.held and not spot.children and not spot.gap


def _add_listed(spot: Spot, names: Names, spot_class: type[Spot]) -> None:
    """Give an object what it lists and nothing below it holds, in the order of the variables' names."""
    from paramcount.live.tensorflow import held_as

    if isinstance(spot.layer, (scopes.Scope, trackables.Bundle)):
        return
    spot.lists, listed = lists_of(spot.layer)
    if scopes.graph_of(spot.layer) is not None:
        return  # What was loaded from TensorFlow 1 lists only a part of what its graph has.
    here = {identity(held.variable) for held in _held_below(spot)}
    here |= {identity(one) for _, _, one in spot.adapter.aside(spot.layer)}
    missing = [one for one in listed if identity(one) not in here]
    stack = [(spot, scopes.scope_of([(scopes.name_of(one), one) for one in missing]))]
    while stack:
        place, scope = stack.pop()
        for name, variable in scope.variables:
            place.held.append((names.unique(joined(place.path, name)), held_as(name, variable)))
        for name, below in scope.scopes.items():
            child = spot_class(below, name, place, names.unique(joined(place.path, name)), spot.adapter)
            place.children.append(child)
            stack.append((child, below))


def _as_listed(spot: Spot, held: Held) -> Held:
    """A whole number that a module lists as its variable counts there, as the state of a layer does in Keras."""
    if held.role is not Role.COUNTER or held.name.rpartition("/")[2] in ("save_counter", "global_step"):
        return held
    for place in spot.upwards():
        lists = place.lists
        if lists is not None and lists.every is not None and lists.trainable is not None:
            if identity(held.variable) in lists.every:
                return held._replace(role=None, note="a single whole number, which the module lists as a variable")
            return held
    return held


def _overlooked(above: Spot, spot: Spot) -> dict[int, str]:
    """The variables at and below ``spot`` that the layer above it does not list."""
    if not above.adapter.overlooks:
        return {}
    seen = above.adapter.sees(above.layer, spot.layer)
    below = {identity(held.variable) for held in _held_below(spot) if held.role is None}
    lists_none = "; this one lists none" if not seen else ""
    reason = f"{above.adapter.overlooks}{lists_none}, so the optimizer never sees it"
    return dict.fromkeys(below - seen, reason)
