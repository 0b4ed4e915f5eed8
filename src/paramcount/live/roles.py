"""From the tree of a live model to the facts: a role and a reason for every variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.live.adapter import identity
from paramcount.live.formulas import formulas
from paramcount.live.reasons import STATE
from paramcount.model import Layer, Role, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.adapter import Held
    from paramcount.live.tree import Spot

OWN_FLAG = "the variable's own trainable=False"
NOT_LISTED = "the model leaves it out of its trainable weights"
THE_MODEL = "trainable=False on the model itself"


class Places:
    """Every variable of a tree with all places where it is held."""

    def __init__(self, root: Spot) -> None:
        self._root = root
        self.of: dict[int, list[tuple[Spot, str, Held]]] = {}
        """Identity of the variable to its places: where, under which path, and what was found there."""
        for spot in root.all():
            for path, held in spot.held:
                self.of.setdefault(identity(held.variable), []).append((spot, path, held))

    def trainable(self) -> set[int]:
        """Identities of the parameters that train, by the rules of their frameworks."""
        return {key for key, places in self.of.items() if any(_trains(key, spot, held) for spot, _, held in places)}

    def unseen(self) -> dict[int, str]:
        """Identity of each variable that a layer of Keras holds somewhere below it and does not list, and why."""
        found = {}
        for key, places in self.of.items():
            reasons = [_unseen(key, spot) for spot, _, _ in places]
            if all(reasons):
                found[key] = reasons[0]
        return found

    def role(self, key: int, trainable: set[int]) -> tuple[Role, str]:
        """Role and reason of the variable with id ``key``, the same at all its places."""
        places = self.of[key]
        fixed = next((held.role for _, _, held in places if held.role is not None), None)
        note = next((held.note for _, _, held in places if held.note), "")
        if fixed is not None:
            return fixed, note
        if key in trainable:
            return Role.TRAINABLE, note
        meant = [spot for spot, _, held in places if held.meant_to_train]
        if not meant:
            return Role.STATE, note or STATE
        overlooked = [_unseen(key, spot) for spot in meant]
        if all(overlooked):
            return Role.FROZEN, overlooked[0]
        # A wrapper may hold the variable of a layer inside it: the freeze that reaches furthest up explains both.
        freezes = [(self._freezer(spot), spot) for spot in meant]
        found = [(freezer, spot) for freezer, spot in freezes if freezer is not None]
        if not found:
            switched_on = any(held.switched_on for _, _, held in places)
            excluder = next(filter(None, (_listing(spot) for spot in meant)), None)
            if switched_on and excluder is not None:
                return Role.FROZEN, f"left out of the `trainable_variables` of {excluder.path or 'the object itself'}"
            return Role.FROZEN, note or (NOT_LISTED if switched_on else OWN_FLAG)
        freezer, spot = min(found, key=lambda pair: sum(1 for _ in pair[0].upwards()))
        return Role.FROZEN, _by(freezer, spot)

    def _freezer(self, spot: Spot) -> Spot | None:
        """The topmost layer whose flag keeps the variables of ``spot`` from training; None when no flag does."""
        if self._root.flag is False:
            return self._root
        freezer = None
        for place in spot.upwards():
            if place.flag is False:
                freezer = place
            elif place.flag is True and not place.adapter.every_level:
                # Keras 3 copies a flag downwards when it is set, and asks only the variable afterwards
                # (`Layer.trainable` in keras/src/layers/layer.py): a flag above a layer that was switched on
                # again does not explain what is frozen below.
                break
        return freezer


def _trains(key: int, spot: Spot, held: Held) -> bool:
    """Whether a variable trains as far as one of its places is concerned."""
    if held.role is not None or not held.switched_on or _unseen(key, spot):
        return False
    listing = _listing(spot)
    if listing is not None and listing.lists is not None and key not in (listing.lists.trainable or ()):
        return False
    return not any(place.flag is False and _is_asked(place) for place in spot.upwards())


def _is_asked(place: Spot) -> bool:
    """Whether the flag of this place matters: of every level, or only of the topmost one of a framework."""
    above = place.parent
    return place.adapter.every_level or above is None or above.adapter is not place.adapter


def _listing(spot: Spot) -> Spot | None:
    """The topmost object at or above ``spot`` that lists what of it trains."""
    found = None
    for place in spot.upwards():
        if place.lists is not None and place.lists.trainable is not None:
            found = place
    return found


def _unseen(key: int, spot: Spot) -> str:
    """Why a layer above ``spot`` does not list the variable; empty when all of them do."""
    return next((place.overlooked[key] for place in spot.upwards() if key in place.overlooked), "")


def _by(freezer: Spot, owner: Spot) -> str:
    if freezer is owner and freezer.parent is not None:
        return "trainable=False here"
    return f"trainable=False on {freezer.path}" if freezer.path else THE_MODEL


def to_layer(root: Spot, trainable: set[int], root_class: str = "") -> Layer:
    """The facts of the tree, once ``trainable`` says which variables train."""
    places = Places(root)
    roles = {key: places.role(key, trainable) for key in places.of}
    storage = {key: found[0][1] if len(found) > 1 else "" for key, found in places.of.items()}

    def variables(spot: Spot) -> Iterator[Variable]:
        rules = formulas(spot)
        for path, held in spot.held:
            key, rule = identity(held.variable), rules.get(path)
            shape, dtype = spot.adapter.describe(held.variable)
            made = Variable(path, shape, dtype, *roles[key], storage[key], logical=held.logical)
            yield made if rule is None else made._replace(axes=rule.shape, group=rule.group)

    made: dict[int, Layer] = {}
    for spot in reversed(list(root.all())):
        made[id(spot)] = Layer(
            name=spot.name,
            class_name=root_class if root_class and spot is root else spot.class_name,
            path=spot.path,
            variables=tuple(variables(spot)),
            children=tuple(made[id(child)] for child in spot.children),
            trainable=spot.flag,
            input_shape=spot.input_shape,
            output_shape=spot.output_shape,
            unknown=spot.gap,
        )
    return made[id(root)]


def plain_shape(shape: Any) -> Any:
    """A shape, or a nest of shapes, of a framework in plain tuples and dicts; None when it is none."""
    if shape is None or isinstance(shape, (str, int)):
        return None
    if isinstance(shape, dict):
        return {str(key): plain_shape(value) for key, value in shape.items()}
    try:
        entries = list(shape)
    except (TypeError, ValueError):  # A TensorShape of unknown rank.
        return None
    if all(_is_size(entry) for entry in entries):
        return tuple(None if entry is None or getattr(entry, "value", 0) is None else int(entry) for entry in entries)
    return tuple(plain_shape(entry) for entry in entries)


def _is_size(entry: Any) -> bool:
    """Whether ``entry`` is a size: None, an int, NumPy's int or the ``Dimension`` of old TensorFlow."""
    return entry is None or (not isinstance(entry, (str, list, tuple, dict)) and hasattr(type(entry), "__index__"))
