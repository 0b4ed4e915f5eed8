"""The JSON of a config as a tree of nodes.

Three dialects are read: Keras 3 and tf_keras v3 (``module``, ``registered_name``, ``build_config``), Keras 2
(``class_name`` and ``config``, a Sequential's config being a dict or a bare list) and Keras 1 (``Merge``, the old
class names).  Nothing is imported or deserialized: a Lambda's code stays the text it is.
"""

from __future__ import annotations

from paramcount.architecture.node import Node
from paramcount.architecture.shapes import build_shape, own_input_shape, sequence_outputs, shape_graph
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.layers.custom import find
from paramcount.layers.table import MODELS, WRAPPERS, is_known, may_hold_layers, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 64
"""Models nested deeper than this are refused."""
MAX_LAYERS = 100_000
"""Layers of one model, the copies that Keras makes itself included; the largest known has some thousands."""

_NOT_LAYERS = ("_initializer", "_regularizer", "_constraint", "dtype", "activation", "optimizer", "metrics", "loss")
"""Endings of the options that hold an object of Keras which is not a layer."""
_NOT_LAYER_MODULES = (
    "keras.initializers", "keras.regularizers", "keras.constraints", "keras.optimizers", "keras.losses",
    "keras.metrics", "keras.dtype_policies", "keras.mixed_precision", "keras.activations", "keras.quantizers",
    "keras.random", "keras.ops", "builtins",
)  # fmt: skip


_OF_APPLICATIONS = {
    "LayerScale": ("init_values", "projection_dim"),
    "StochasticDepth": ("drop_path_rate",),
    "CustomScaleLayer": ("scale",),
}
"""Layers that ``keras.applications`` makes for itself, with their options: others may have layers of these names."""


def parse_config(config: object, where: str) -> Node:
    """The tree of a model's config.

    Raises:
        CorruptFile: when it is not the config of a model or layer.
        LimitExceeded: when models are nested too deeply.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise CorruptFile(
            "The config does not describe a model", where=where, expected="a JSON object with `class_name`"
        )
    root = _Parser(where).node(config, "", 0)
    _find_earlier_places(root)
    return root


class _Parser:
    """Walks one config, counting layers so that a hostile one cannot grow without bound."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.layers = 0

    def _count(self, depth: int) -> None:
        """Account for one more layer at ``depth``."""
        self.layers += 1
        if depth > MAX_DEPTH or self.layers > MAX_LAYERS:
            raise LimitExceeded(
                "The config nests too many layers",
                where=self.where,
                expected=f"at most {MAX_DEPTH} levels and {MAX_LAYERS} layers",
            )

    def node(self, entry: dict[str, Any], attribute: str, depth: int) -> Node:
        """The node of one serialized layer."""
        self._count(depth)
        class_name = entry["class_name"].removeprefix("Custom>")
        if class_name not in _OF_APPLICATIONS:
            class_name = entry["class_name"]
        raw = entry.get("config")
        options: dict[str, Any] = raw if isinstance(raw, dict) else {}
        name = options.get("name", entry.get("name"))
        node = Node(name if isinstance(name, str) else "", class_name, options, attribute)
        node.shared_id = entry.get("shared_object_id")
        node.module = str(entry.get("module", ""))
        node.operation = node.module.startswith(("keras.src.ops", "keras.ops"))
        node.inbound = entry.get("inbound_nodes")
        key = entry.get("name")
        node.key = key if isinstance(key, str) else node.name
        if class_name in _OF_APPLICATIONS:
            node.custom = not _is_of_applications(class_name, entry, options)
        else:
            node.custom = node.custom or _registered_elsewhere(entry)
        node.input_shape = build_shape(entry.get("build_config")) or own_input_shape(options)
        if isinstance(raw, list):
            node.children = self._listed(raw, "layers", depth)
            _note_dropped(node, raw, len(node.children))
        elif node.custom or may_hold_layers(class_name):
            self._children(node, options, depth)
        if not node.children and class_name in _HOLDERS and not _is_empty_model(raw):
            node.broken = f"the config of this {class_name} holds no layer"
        if node.children and node.is_model:
            _shape_children(node, options)
        return node

    def _children(self, node: Node, options: dict[str, Any], depth: int) -> None:
        """The layers that the options hold, and the parts that a Keras layer makes for itself."""
        # A model has its layers in one place; whatever else its config holds, Keras makes no layer of it.
        models_own = node.class_name in ("Sequential", "Functional") and not node.custom
        for key, value in options.items():
            if models_own and key != "layers":
                continue
            if isinstance(value, dict):
                if _is_layer(key, value):
                    node.children.append(self.node(value, key, depth + 1))
            elif isinstance(value, list) and not key.endswith(_NOT_LAYERS):
                found = self._listed(value, key, depth)
                node.children += found
                if key in _LISTS and not node.custom:
                    _note_dropped(node, value, len(found))
        for key, part in parts_of(node.class_name, options).items():
            node.children.append(_part(key, part.class_name, dict(part.config)))
        if node.class_name == "Bidirectional":
            self._complete_bidirectional(node)

    def _complete_bidirectional(self, node: Node) -> None:
        """Name the two directions as Keras stores them; without a ``backward_layer`` the other one is copied."""
        by_attribute = {child.attribute: child for child in node.children}
        forward = by_attribute.get("layer") or by_attribute.get("forward_layer")
        if forward is None:
            return
        forward.attribute = "forward_layer"
        if "backward_layer" not in by_attribute:
            backward = self._copy(forward)
            backward.attribute = "backward_layer"
            backward.name = f"backward_{forward.name}"
            node.children.append(backward)

    def _copy(self, node: Node) -> Node:
        """The same layer once more, as Keras makes it from the same config; copies of copies are counted as well."""
        self._count(0)
        twin = Node(node.name, node.class_name, node.config, node.attribute)
        twin.part, twin.custom, twin.trainable, twin.listed = node.part, node.custom, node.trainable, node.listed
        twin.children = [self._copy(child) for child in node.children]
        return twin

    def _listed(self, entries: list[Any], attribute: str, depth: int) -> list[Node]:
        """The layers of a list of serialized layers; anything else in it is passed over."""
        found = []
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get("class_name"), str) and _is_layer(attribute, entry):
                found.append(self.node(entry, attribute, depth + 1))
                found[-1].listed = True
        return found


def _is_layer(key: str, value: dict[str, Any]) -> bool:
    """Whether an option's value is a serialized layer, and not an initializer, a dtype policy or the like."""
    class_name, config = value.get("class_name"), value.get("config")
    if not isinstance(class_name, str) or class_name == "__keras_tensor__" or key.endswith(_NOT_LAYERS):
        return False
    module = value.get("module")
    if isinstance(module, str) and module:
        if module.startswith(_NOT_LAYER_MODULES):
            return key == "layers"
        if module.startswith(("keras.", "keras_hub.", "keras_cv.", "keras_nlp.", "tf_keras.")):
            return True
    if isinstance(config, list):
        return class_name == "Sequential"
    return isinstance(config, dict) and (key == "layers" or is_known(class_name) or "name" in config)


_LISTS = frozenset({"layers", "cell", "cells"})
"""Options of Keras's layers that are lists of layers."""
_HOLDERS = MODELS | WRAPPERS | {"Pipeline"}
"""Classes that are nothing without the layers in their config."""


def _note_dropped(node: Node, entries: list[Any], found: int) -> None:
    """Note that some of what stands where layers belong is none."""
    if len(entries) > found:
        node.broken = f"{len(entries) - found:,} of the {len(entries):,} layers in its config are no layers of Keras"


def _is_empty_model(config: object) -> bool:
    """Whether a model has no layer because none was added to it."""
    layers = config.get("layers") if isinstance(config, dict) else config
    return isinstance(layers, list)


def _registered_elsewhere(entry: dict[str, Any]) -> bool:
    """Whether a class with the name of a Keras layer is somebody's own, by the package it is registered in."""
    registered = entry.get("registered_name")
    if find(entry["class_name"]):
        return False
    return isinstance(registered, str) and ">" in registered and not registered.startswith("keras")


def _is_of_applications(class_name: str, entry: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether it is the class of ``keras.applications``: by its module, or where there is none by its options."""
    module = entry.get("module")
    if isinstance(module, str) and module and module != "builtins":
        return module.startswith(("keras.src.applications", "tf_keras.src.applications", "keras.applications"))
    return all(option in options for option in _OF_APPLICATIONS[class_name])


def _part(attribute: str, class_name: str, options: dict[str, Any]) -> Node:
    """A part without a config of its own: its flag is its owner's."""
    node = Node(attribute, class_name, options, attribute)
    node.trainable = None
    node.part = True
    for key, part in parts_of(class_name, options).items():
        node.children.append(_part(key, part.class_name, dict(part.config)))
    return node


def _find_earlier_places(root: Node) -> None:
    """Connect a layer that the config marks as shared with its first place, and what is inside it with what is there.

    Keras 3 and tf_keras write a ``shared_object_id`` where a layer re-appears; only some versions write it at the
    first place as well, so the first place is found by its id or else by name, class and options.
    """
    by_id: dict[object, Node] = {}
    by_name: dict[tuple[str, str], Node] = {}
    for node in root.walk():
        key = (node.class_name, node.name)
        identity = node.shared_id
        if isinstance(identity, (int, str)):
            earlier = by_id.get(identity) or by_name.get(key)
            if earlier is not None and earlier.class_name == node.class_name and earlier.name == node.name:
                node.again = earlier.again or earlier
            by_id.setdefault(identity, node)
        if node.again is not None and len(node.again.children) == len(node.children):
            for child, twin in zip(node.children, node.again.children, strict=True):
                child.again = twin.again or twin
        if not node.part:
            by_name.setdefault(key, node)


def _shape_children(node: Node, options: dict[str, Any]) -> None:
    """Give the layers of a model the output shapes that the config tells."""
    entries = options.get("layers")
    if node.class_name == "Sequential":
        sequence_outputs(node.children)
        # The input layer of a Sequential is not one of its layers: Keras neither lists nor stores it.
        if node.input_shape is None and node.children[0].class_name == "InputLayer":
            node.input_shape = node.children[0].input_shape
        node.children = [child for child in node.children if child.class_name != "InputLayer"]
    elif isinstance(entries, list):
        shape_graph(node, entries)
