"""Which stored group belongs to which layer of the config.

Keras loads by the attribute that holds a layer and, in a list of layers, by a key formed from the class and a
counter.  That is replayed first.  Where a group finds no layer in this way, because somebody's own class is named
otherwise in the config, the layer's name that newer files carry decides.
"""

from __future__ import annotations

from paramcount.architecture.naming import split_key, stored_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.architecture.naming import Key
    from paramcount.architecture.node import Node
    from paramcount.readers.stored import StoredGroup

LAYER_LISTS = frozenset({"layers", "_layer_checkpoint_dependencies", "_self_tracked_trackables", "_layers"})
"""Names under which writers since TensorFlow 2.12 keep the layers of a model."""


class Place:
    """One layer of the result: its config, its group, or both.

    Attributes:
        node: the config; None for a group without one.
        group: the stored tensors; None for a layer that stores nothing.
        children: the layers inside.
        attribute: the attribute or list under which the parent holds it.
        shares: the place that stores the tensors of this one, when both are one layer.
        path: set when the tree is complete.
    """

    __slots__ = ("attribute", "children", "group", "node", "path", "shares")

    def __init__(self, node: Node | None, group: StoredGroup | None, attribute: str = "") -> None:
        self.node = node
        self.group = group
        self.attribute = attribute
        self.children: list[Place] = []
        self.shares: Place | None = None
        self.path = ""

    @property
    def name(self) -> str:
        """The layer's name: the config's, else the stored one, else the group's."""
        if self.node is not None and self.node.name:
            return self.node.name
        return (self.group.name or self.group.key) if self.group is not None else ""

    def walk(self) -> Iterator[Place]:
        """This place and all below it, parents first."""
        stack = [self]
        while stack:
            place = stack.pop()
            yield place
            stack.extend(reversed(place.children))


class Matcher:
    """Builds the tree of places."""

    def __init__(self, tf_keras: bool) -> None:
        self.tf_keras = tf_keras

    def match(self, node: Node | None, group: StoredGroup | None) -> Place:
        """The tree below one layer of the config and the group found for it."""
        root = Place(node, group)
        stack = [root]
        while stack:
            place = stack.pop()
            place.children = self._children(place)
            stack.extend(reversed(place.children))
        _name_places(root)
        return root

    def _children(self, place: Place) -> list[Place]:
        """The layers of the config in their order, then the groups that belong to none of them."""
        nodes = place.node.children if place.node is not None else []
        if place.group is None or not place.group.children:
            return [Place(node, None, node.attribute) for node in nodes if not node.operation]
        stored = list(_stored_layers(place.group, {node.attribute for node in nodes if not node.listed}))
        found = self._pair(nodes, stored)
        owner = {id(group): node for node, group in found}
        groups = {id(node): group for node, group in found}
        # What the config of somebody's own class holds is a layer of it for sure only where the file stores one.
        own = place.node is not None and place.node.custom
        kept = [node for node in nodes if not node.operation]
        kept = [node for node in kept if not own or node.attribute == "layers" or id(node) in groups]
        result = [Place(node, groups.get(id(node)), node.attribute) for node in kept]
        result += [Place(None, group, attribute) for attribute, group in stored if id(group) not in owner]
        return result

    def _pair(self, nodes: list[Node], stored: list[tuple[str, StoredGroup]]) -> list[tuple[Node, StoredGroup]]:
        pairs: list[tuple[Node, StoredGroup]] = []
        taken: set[int] = set()
        keys: dict[str, dict[Key, Node]] = {}
        without: list[StoredGroup] = []
        for attribute, group in stored:
            held = "layers" if attribute in LAYER_LISTS else attribute
            if held not in keys:
                keys[held] = stored_keys((node for node in nodes if node.attribute == held), self.tf_keras)
            node = _by_attribute(attribute, nodes) if held != "layers" else None
            node = node or keys[held].get(split_key(group.key))
            if node is None or id(node) in taken:
                without.append(group)
            else:
                taken.add(id(node))
                pairs.append((node, group))
        return pairs + _by_name(without, [node for node in nodes if id(node) not in taken])


def _by_name(groups: list[StoredGroup], nodes: list[Node]) -> list[tuple[Node, StoredGroup]]:
    """The groups that carry the name of exactly one of the layers left."""
    names: dict[str, Node | None] = {}
    for node in nodes if groups else ():
        if not node.operation and not node.part:
            names[node.name] = None if node.name in names else node
    named = [(names.get(group.name), group) for group in groups if group.name]
    return [(node, group) for node, group in named if node is not None]


def _by_attribute(attribute: str, nodes: list[Node]) -> Node | None:
    """The one layer held under an attribute; ``layer`` of a wrapper is its forward layer in tf_keras."""
    plain = attribute.lstrip("_")
    names = {plain, f"{plain}_layer"} | ({"forward_layer"} if plain == "layer" else set())
    held = [node for node in nodes if node.attribute.lstrip("_") in names and node.attribute != "layers"]
    return held[0] if len(held) == 1 else None


def _stored_layers(group: StoredGroup, attributes: set[str]) -> Iterator[tuple[str, StoredGroup]]:
    """The groups below ``group`` that are layers, with the attribute or list that holds them.

    Writers before 3.6 make no ``vars`` group for a layer that owns nothing itself; what lies directly in a list of
    layers is a layer all the same.
    """
    stack = [(key, child, False) for key, child in reversed(group.children.items())]
    while stack:
        attribute, child, listed = stack.pop()
        single = not listed and child.key in attributes
        if child.is_layer or single or (listed and attribute in LAYER_LISTS and not child.key.startswith("container")):
            yield attribute, child
        else:
            stack.extend((attribute, below, True) for below in reversed(child.children.values()))


def _name_places(root: Place) -> None:
    """Give every place a path that no other has."""
    stack = [root]
    while stack:
        place = stack.pop()
        used: dict[str, int] = {}
        for child in place.children:
            name = child.name or child.attribute or "layer"
            count = used.get(name, 0)
            used[name] = count + 1
            own = name if count == 0 else f"{name}#{count + 1}"
            child.path = f"{place.path}/{own}" if place.path else own
        stack.extend(place.children)
