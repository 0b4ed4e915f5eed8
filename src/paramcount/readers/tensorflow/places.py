"""The tree of layers that an object graph stands for: every object at the place where its owner holds it.

The layers of Keras stand in lists that Keras keeps, those of anything else under the attributes of their owner.  An
object that several others hold has its first place in full; its others show the same tensors again.
"""

from __future__ import annotations

from paramcount.errors import LimitExceeded
from paramcount.readers.tensorflow.objects import OBJECT, VARIABLE, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.architecture.node import Node as Config
    from paramcount.readers.tensorflow.belonging import Belonging
    from paramcount.readers.tensorflow.metadata import Told
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph

TWIN_LIMIT = 100_000
"""Further places of objects in one model; what is beyond that is counted, but shown once."""
STEP_LIMIT = 2_000_000
"""Edges that are followed to build one tree: many objects may open one list."""
LISTS = ("variables", "trainable_variables", "non_trainable_variables", "_all_variables")
"""Lists of variables that belong to the objects of a model; they say what trains, and own nothing."""
_PASSED = frozenset(("signatures", "regularization_losses", *LISTS))
_OPENED = ("_layers", "_operations", "_functional", "_tracked")
"""Names under which Keras 3 holds the layers of a model; the objects in between are no layers."""
_PARTS = frozenset(("cell", "forward_layer", "backward_layer", "layer"))
"""Attributes that tell more of a part of a layer than its name."""


class Place:
    """One object at one place.

    Attributes:
        node: the object.
        edge: the name under which it is held; empty for the root.
        listed: whether a list of Keras holds it, so that ``edge`` is only a number.
        parent: the place of what holds it; None for the root.
        name: of the layer, once ``name_places`` has run.
        path: names from the top to this one.
        variables: its own, with the names under which it holds them.
        children: the places of the layers that it holds.
        first: the first place of an object that has several; None for that one itself.
        told: what tf_keras says of it; None when it says nothing.
        config: the same as a node of a config, for its formulas; None when it has none.
        scope: what the names of all variables below it have in common; None when there is none.
        depth: how many places are above it.
        numbers: of all objects that it holds.
    """

    __slots__ = (
        "children", "config", "depth", "edge", "first", "listed", "name", "node", "numbers", "parent", "path", "scope",
        "told", "variables",
    )  # fmt: skip

    def __init__(self, node: Node, edge: str, parent: Place | None, *, listed: bool = False) -> None:
        self.node = node
        self.edge = edge
        self.listed = listed
        self.parent = parent
        self.name = self.path = ""
        self.variables: list[tuple[str, Node]] = []
        self.children: list[Place] = []
        self.first: Place | None = None
        self.told: Told | None = None
        self.config: Config | None = None
        self.scope: tuple[str, ...] | None = None
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.numbers: set[int] = set()

    def upwards(self) -> Iterator[Place]:
        """This place and all above it."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.parent

    def all(self) -> Iterator[Place]:
        """This place and all below it, parents first; second places only as themselves."""
        stack = [self]
        while stack:
            place = stack.pop()
            yield place
            stack.extend(reversed(place.children))


class Grower:
    """Builds the tree of one graph.

    Args:
        graph: the objects.
        belonging: which variables are the model's.
        told: what tf_keras says of its layers, by number.
    """

    def __init__(self, graph: ObjectGraph, belonging: Belonging, told: dict[int, Told]) -> None:
        self.graph = graph
        self.belonging = belonging
        self.told = told
        self._holders = _holders(graph, belonging)
        self._first: dict[int, Place] = {}
        self._room = Room(graph.where)
        self._twins = self._steps = 0
        self.owners: dict[int, Place] = {}
        """Number of a variable to the first place that owns it."""

    def root(self) -> Place:
        """The whole tree, without names."""
        root = Place(self.graph.root, "", None)
        self._first[0] = root
        stack = [root]
        while stack:
            place = stack.pop()
            self._fill(place)
            stack.extend(reversed([child for child in place.children if child.first is None]))
        return root

    def _fill(self, place: Place) -> None:
        self._room.check_depth(place.depth)
        place.told = self.told.get(place.node.number)
        opened = {place.node.number}
        pending = [(place.node, False)]
        while pending:
            node, listed = pending.pop(0)
            self._step(len(node.edges))
            for edge, child in _in_order(self.graph, node):
                if edge in _PASSED or child.number in self.belonging.aside:
                    continue
                if child.kind == VARIABLE:
                    self._hold(place, edge, child)
                elif child.kind == OBJECT and child.number in self._holders:
                    if edge not in _OPENED:
                        self._enter(place, edge, child, listed=listed or _is_numbered(edge))
                    elif child.number not in opened:
                        opened.add(child.number)
                        pending.append((child, True))

    def _step(self, edges: int) -> None:
        self._steps += edges
        if self._steps > STEP_LIMIT:
            raise LimitExceeded(
                "The objects of the model hold each other in too many ways", where=self.graph.where,
                expected=f"at most {STEP_LIMIT} edges to follow",
            )  # fmt: skip

    def _hold(self, place: Place, name: str, variable: Node) -> None:
        if variable.number in self.belonging.model and variable.number not in place.numbers:
            place.numbers.add(variable.number)
            self.owners.setdefault(variable.number, place)
            place.variables.append((name, variable))

    def _enter(self, place: Place, edge: str, child: Node, *, listed: bool) -> None:
        """Give ``child`` a place below ``place``, unless it is there already."""
        first = self._first.get(child.number)
        if first is None:
            made = self._first[child.number] = Place(child, edge, place, listed=listed)
            place.children.append(made)
            place.numbers.add(child.number)
            return
        # Keras holds a layer under several names; only what two owners hold is shared.
        if child.number in place.numbers or self._twins >= TWIN_LIMIT:
            return
        if any(above.node is child for above in place.upwards()) or _is_listed_beside(first, place):
            return
        self._twins += 1
        place.numbers.add(child.number)
        made = Place(child, edge, place, listed=listed)
        made.first = first
        made.told = self.told.get(child.number)
        place.children.append(made)


def _is_listed_beside(first: Place, place: Place) -> bool:
    """Whether one owner holds an object both under a name and in a list, or in two lists: that is not sharing."""
    owners = [above.parent if _is_list(above.node) else above for above in (first.parent, place) if above is not None]
    return len(owners) == 2 and owners[0] is owners[1]


def _is_list(node: Node) -> bool:
    """Whether an object is a plain list, whose names are numbers."""
    return bool(node.edges) and all(edge.isdecimal() for edge, _ in node.edges)


def _is_numbered(edge: str) -> bool:
    """Whether a name is only the number of a layer."""
    return edge.startswith(("layer-", "layer_with_weights-")) and edge.rpartition("-")[2].isdecimal()


def _in_order(graph: ObjectGraph, node: Node) -> list[tuple[str, Node]]:
    """The edges of an object: attributes first, then the lists of Keras, of which the plainest comes first."""
    return sorted(graph.children(node), key=_rank)


def _rank(edge: tuple[str, Node]) -> tuple[int, int]:
    name = edge[0]
    if name in _OPENED:
        return 3, _OPENED.index(name)
    if _is_numbered(name):
        return 1 if name.startswith("layer-") else 2, int(name.rpartition("-")[2])
    return 0, int(name) if name.isdecimal() and len(name) < 10 else 0


def _holders(graph: ObjectGraph, belonging: Belonging) -> set[int]:
    """Numbers of the objects from which a variable of the model can be reached."""
    above: dict[int, list[int]] = {}
    for node in graph.nodes:
        if node.number not in belonging.aside:
            for edge, number in node.edges:
                if edge not in _PASSED:
                    above.setdefault(number, []).append(node.number)
    found, stack = set(belonging.model), list(belonging.model)
    while stack:
        for number in above.get(stack.pop(), ()):
            if number not in found:
                found.add(number)
                stack.append(number)
    return found


def name_places(root: Place, where: str) -> None:
    """Give every place below ``root`` a name of its own among its siblings, and its path.

    Args:
        root: the top of the tree.
        where: what errors call it.
    """
    room = Room(where)
    order = list(root.all())
    for place in reversed(order):
        place.scope = _scope(place)
    for place in order:
        used: dict[str, int] = {}
        for child in place.children:
            name = _name(child)
            used[name] = used.get(name, 0) + 1
            child.name = name if used[name] == 1 else f"{name}#{used[name]}"
            child.path = f"{place.path}/{child.name}" if place.path else child.name
            room.take(child.path, 1 + len(child.variables))


def _name(place: Place) -> str:
    if place.told is not None and place.told.name and place.edge not in _PARTS:
        return place.told.name
    if place.listed:
        source = place if place.first is None else place.first
        found = _own_scope(source)
        if found:
            return found
    return place.edge.replace("/", "_") or "layer"


def _own_scope(place: Place) -> str:
    """The name of a layer of Keras, which the names of its variables carry; empty when they do not."""
    scope = place.scope or ()
    if scope and not place.variables and any(child.scope == scope for child in place.children):
        scope = scope[:-1]
    return scope[-1] if scope else ""


def _scope(place: Place) -> tuple[str, ...] | None:
    """What the names of all variables below a place have in common; None when there is no variable."""
    found: tuple[str, ...] | None = None
    scopes = [tuple(node.name.split("/")[:-1]) for _, node in place.variables]
    for scope in (*scopes, *[child.scope for child in place.children if child.scope is not None]):
        found = scope if found is None else _common(found, scope)
    return found


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]
