"""One layer of a config."""

from __future__ import annotations

from paramcount.layers.table import MODELS, WRAPPERS, is_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from paramcount.layers.slot import Slot
    from paramcount.model import Shapes


class Node:
    """A layer as its config describes it.

    Attributes:
        name: the layer's name; the attribute's for a part that a layer makes for itself.
        class_name: as the config gives it.
        config: the layer's options.
        trainable: the flag as stored; None when the config holds none.
        attribute: the option or attribute of the parent that holds it, such as ``layers`` or ``forward_layer``.
        children: layers inside it, in the order of the config.
        shared_id: set on a layer that stands in the config before already; None otherwise.
        again: the earlier place of the same layer, or of the same part of a layer that has one; None for what is met
            for the first time.
        custom: True when the class is not one of Keras's own.
        listed: True when it stands in a list of layers, as those of a model do.
        part: True when it is a part that a Keras layer makes for itself, without a config of its own.
        operation: True for an operation of the graph, which is no layer and owns nothing.
        key: its name in the graph, which differs from ``name`` for operations of TensorFlow.
        module: the Python module that the config names; nothing is imported from it.
        inbound: the calls of the layer in its graph, as the config holds them.
        input_shape: what it is built on, batch axis included; from the config, or inferred.
        output_shape: what it gives out for that.
        broken: why the config does not tell all layers inside; empty when it does.
        slots: its variables, where the layer that makes this part knows them better than the part itself.
    """

    __slots__ = (
        "again", "attribute", "broken", "children", "class_name", "config", "custom", "inbound", "input_shape", "key",
        "listed", "module", "name", "operation", "output_shape", "part", "shared_id", "slots", "trainable",
    )  # fmt: skip

    def __init__(self, name: str, class_name: str, config: dict[str, Any], attribute: str = "") -> None:
        self.name = name
        self.class_name = class_name
        self.config = config
        self.attribute = attribute
        # What is there counts as Python counts it, null as False: so does Keras.
        self.trainable: bool | None = bool(config["trainable"]) if "trainable" in config else None
        self.children: list[Node] = []
        self.shared_id: object = None
        self.again: Node | None = None
        self.custom = not is_known(class_name)
        self.listed = False
        self.broken = ""
        self.part = False
        self.operation = False
        self.key = self.name
        self.module = ""
        self.inbound: object = None
        self.slots: tuple[Slot, ...] | None = None
        self.input_shape: Shapes = None
        self.output_shape: Shapes = None

    @property
    def is_model(self) -> bool:
        """Whether its children are layers of a model, not parts of a layer."""
        if self.class_name in MODELS or not self.children:
            return self.class_name in MODELS
        return any(child.attribute == "layers" for child in self.children)

    @property
    def is_wrapper(self) -> bool:
        """Whether it is one of Keras's layers that hold other layers."""
        return self.class_name in WRAPPERS

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))
