"""Who freezes a layer: the ``trainable`` flags of a config, read by the rule of the framework that wrote it.

Keras 3 keeps the truth with each layer: setting a flag changes the flags of all layers below, and when a model is
asked for its trainable weights only its own flag and those of the layers count.  Keras 1, Keras 2 and tf_keras ask
every level in between as well.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.architecture.node import Node
else:
    from paramcount.records import NamedTuple

THE_MODEL = "the model itself"


class Freeze(NamedTuple):
    """What freezes the layers below one point of the tree."""

    owner: str = ""
    """Path of the topmost layer whose ``trainable=False`` explains it; empty when nothing does."""
    root: bool = False
    """Whether the model itself is frozen, which no layer below can undo."""

    @property
    def reason(self) -> str:
        """The reason of a frozen variable."""
        return f"trainable=False on {self.owner}"


_NOTHING = Freeze()


def of_root(node: Node | None) -> Freeze:
    """The state at the top of a model."""
    frozen = node is not None and node.trainable is False
    return Freeze(THE_MODEL, True) if frozen else _NOTHING


def enter(above: Freeze, node: Node, parent: Node | None, path: str, every_level: bool) -> Freeze:
    """The state inside ``node``.

    Args:
        above: the state of the level that holds it.
        node: the layer entered.
        parent: the layer that holds it.
        path: the path of ``node``, which names it in a reason.
        every_level: True for the rule of Keras 1, Keras 2 and tf_keras.
    """
    if node.trainable is False:
        return above if above.owner else Freeze(path, False)
    if node.trainable is None or every_level or above.root:
        return above
    # A layer that Keras wraps is frozen with its wrapper: the config of the wrapped layer may be older than that.
    if parent is not None and (parent.is_wrapper or parent.part):
        return above
    return _NOTHING
