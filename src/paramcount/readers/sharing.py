"""Layers that stand in several places of a model and are stored in one of them."""

from __future__ import annotations

from paramcount.layers.table import slots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.matching import Place


def link_shared(root: Place) -> list[Place]:
    """Set ``shares`` on every place whose tensors another place stores; return those found by name alone.

    Keras stores a shared layer where it is visited first, and its config marks the later places.  Where it does not,
    a layer that stores nothing and has the name, class and options of one that does is taken to be that one.
    """
    places = {id(place.node): place for place in root.walk() if place.node is not None and place is not root}
    missing = [place for place in places.values() if not _stores(place) and _may_share(place)]
    if not missing:
        return []
    by_name: dict[tuple[str, str], Place] = {}
    for place in places.values():
        node = place.node
        if node is not None and not node.part and _stores(place):
            by_name.setdefault((node.class_name, node.name), place)
    guessed = []
    for place in missing:
        node = place.node
        if node is None or place.shares is not None:
            continue
        twin = places.get(id(node.again)) if node.again is not None else None
        if twin is None and not node.part:
            twin = by_name.get((node.class_name, node.name))
            if twin is None or twin.node is None or twin.node.config != node.config:
                continue
            guessed.append(place)
        if twin is not None:
            _link(place, twin)
    return guessed


def _may_share(place: Place) -> bool:
    """Whether a place that stores nothing stands for a layer with weights."""
    node = place.node
    return node is not None and not node.operation and (node.again is not None or _expects_variables(place))


def _stores(place: Place) -> bool:
    return place.group is not None and next(place.group.all_variables(), None) is not None


def _link(place: Place, twin: Place) -> None:
    """Let ``place`` and the parts below it show the tensors of ``twin``."""
    place.shares = twin.shares or twin
    for own, other in zip(place.children, twin.children, strict=False):
        if own.node is not None and other.node is not None and own.node.class_name == other.node.class_name:
            _link(own, other)


def _expects_variables(place: Place) -> bool:
    """Whether the layer, or a part of it, owns variables once it is built."""
    return any(
        inner.node is not None and bool(slots_of(inner.node.class_name, inner.node.config)) for inner in place.walk()
    )
