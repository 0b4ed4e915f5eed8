"""The tree of layers of a live model: every layer at every place where it is held, with a unique path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.live.choice import Choice
from paramcount.live.lists import Lists, settle
from paramcount.live.scopes import Scope
from paramcount.model import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.adapter import Adapter, Held
    from paramcount.model import Shapes


class Spot:
    """One layer at one place of the tree."""

    __slots__ = (
        "adapter", "children", "flag", "gap", "held", "input_shape", "layer", "lists", "name", "output_shape",
        "overlooked", "parent", "path",
    )  # fmt: skip

    def __init__(self, layer: Any, name: str, parent: Spot | None, path: str, adapter: Adapter) -> None:
        self.layer = layer
        self.adapter = adapter
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
        self.lists: Lists | None = None
        """What an object that is no layer lists as its variables."""
        self.overlooked: dict[int, str] = {}
        """Identity of each variable that the layer above does not see although it is here or below, and why."""

    @property
    def class_name(self) -> str:
        """The class of the layer; empty for a place that only the names of variables make."""
        return "" if isinstance(self.layer, Scope) else type(self.layer).__name__

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


MANY = 20_000
"""Places from which on an object that stands elsewhere in the tree is not shown with all that it holds again.

What TensorFlow loads may be held in so many ways that the number of places grows beyond all bounds.
"""


def grow(adapter: Adapter, model: Any) -> Spot:
    """The tree of ``model``, whose adapter is ``adapter``.  The root's path is empty."""
    names, choice = Names(), Choice()
    root = Spot(model, adapter.name(model), None, "", adapter)
    stack, shown, number = [root], set(), 0
    mixed = adapter.framework == "tensorflow"
    while stack:
        spot = stack.pop()
        number += 1
        if number > MANY and id(spot.layer) in shown:
            continue
        shown.add(id(spot.layer))
        _fill(spot, names, choice)
        mixed = mixed or any(child.adapter is not spot.adapter for child in spot.children)
        stack.extend(reversed(spot.children))
    if mixed:
        settle(root, names, Spot)
    return root


def _fill(spot: Spot, names: Names, choice: Choice) -> None:
    """Add to ``spot`` what its adapter knows of its layer, and a place for each of its children."""
    layer, adapter = spot.layer, spot.adapter
    spot.flag = adapter.flag(layer)
    spot.input_shape, spot.output_shape = adapter.shapes(layer)
    above = {id(place.layer) for place in spot.upwards()}
    for name, child in adapter.parts(layer):
        if id(child) not in above:  # A layer that holds a layer above it would never end.
            reader = choice(child) or adapter
            if type(reader) is type(adapter):
                reader = adapter
            spot.children.append(Spot(child, name, spot, names.unique(joined(spot.path, name)), reader))
    for held in adapter.held(layer):
        spot.held.append((names.unique(joined(spot.path, held.name)), held))
    spot.gap = adapter.gap(spot)
