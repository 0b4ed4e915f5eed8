"""The tree of layers of a live model: every layer at every place where it is held, with a unique path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.model import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.adapter import Adapter, Held
    from paramcount.model import Shapes


class Spot:
    """One layer at one place of the tree."""

    __slots__ = ("children", "flag", "gap", "held", "input_shape", "layer", "name", "output_shape", "parent", "path")

    def __init__(self, layer: Any, name: str, parent: Spot | None, path: str) -> None:
        self.layer = layer
        self.name = name
        self.parent = parent
        self.path = path
        self.flag: bool | None = None
        self.gap = ""
        self.held: list[tuple[str, Held]] = []
        """Path and variable, for every variable that the layer holds."""
        self.children: list[Spot] = []
        self.input_shape: Shapes = None
        self.output_shape: Shapes = None

    @property
    def class_name(self) -> str:
        """The class of the layer."""
        return type(self.layer).__name__

    def upwards(self) -> Iterator[Spot]:
        """This place and all above it, from here to the top."""
        spot: Spot | None = self
        while spot is not None:
            yield spot
            spot = spot.parent

    def all(self) -> Iterator[Spot]:
        """This place and all below it, parents first."""
        stack = [self]
        while stack:
            spot = stack.pop()
            yield spot
            stack.extend(reversed(spot.children))


class Names:
    """Gives every path once: the second object with a path gets ``#2`` behind it."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def unique(self, path: str) -> str:
        """``path``, or the first free variation of it."""
        count = self._given.get(path, 0)
        while count and f"{path}#{count + 1}" in self._given:
            count += 1
        self._given[path] = count + 1
        if not count:
            return path
        self._given[f"{path}#{count + 1}"] = 1
        return f"{path}#{count + 1}"


def grow(adapter: Adapter, model: Any) -> Spot:
    """The tree of ``model``.  The root's path is empty."""
    names = Names()
    root = Spot(model, str(model.name), None, "")
    stack = [root]
    while stack:
        spot = stack.pop()
        _fill(adapter, spot, names)
        stack.extend(reversed(spot.children))
    return root


def _fill(adapter: Adapter, spot: Spot, names: Names) -> None:
    """Add to ``spot`` what the adapter knows of its layer, and a place for each of its children."""
    layer = spot.layer
    spot.flag = adapter.flag(layer)
    spot.input_shape, spot.output_shape = adapter.shapes(layer)
    above = {id(place.layer) for place in spot.upwards()}
    for child in adapter.children(layer):
        if id(child) not in above:  # A layer that holds a layer above it would never end.
            name = str(getattr(child, "name", "") or type(child).__name__)
            spot.children.append(Spot(child, name, spot, names.unique(joined(spot.path, name))))
    for held in adapter.held(layer):
        spot.held.append((names.unique(joined(spot.path, held.name)), held))
    spot.gap = adapter.gap(spot)
