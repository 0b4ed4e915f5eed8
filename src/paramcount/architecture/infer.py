"""Which shape goes into each layer and comes out of it: a model's graph, run with shapes in place of tensors.

Layers are built as Keras builds them, on what their first call takes in; what the config says about its own shapes
is believed first.  A shape that no rule gives is unknown, and so is everything that depends on it.
"""

from __future__ import annotations

from paramcount.architecture.graph import Ref, calls_of, endpoints
from paramcount.architecture.running import MAX_STEPS, WITH_OPTIONS, Graph, Plan, call_options, declared, fed, is_one
from paramcount.architecture.shapes import MAX_RANK
from paramcount.layers.given import LARGEST, Given, is_shape, leaves
from paramcount.layers.table import MODELS, MULTI_HEAD, WITH_CELL, WRAPPERS, output_of, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Config
    from paramcount.model import Shapes


def infer(root: Node, tf_keras: bool, inputs: Shapes = None) -> Shapes:
    """Give every layer below ``root`` its input and output shapes, as far as they follow from the config.

    Args:
        root: the tree of the config; its nodes are changed.
        tf_keras: True when Keras 1, Keras 2 or tf_keras makes the layers.
        inputs: shapes of the model's inputs, batch axis included, where the config has none.

    Returns:
        The output shape of the model; None when it is not known.
    """
    return Inference(tf_keras).call(root, possible(inputs))


def complete(root: Node, tf_keras: bool, inputs: Shapes = None) -> None:
    """The same where the config tells most of it, as those of Keras 3 do: only what is missing is inferred."""
    inference = Inference(tf_keras)
    # tf_keras tells the first argument of a call alone, and for an Embedding any number of words.
    if tf_keras or inputs is not None or not _is_told(root):
        inference.call(root, inputs)
        return
    for node in reversed(list(root.walk())):
        if not node.is_model:
            continue
        for child in node.children:
            if child.operation:
                continue
            options = _first_options(child) if child.class_name in WITH_OPTIONS else {}
            if child.output_shape is None or options or (child.children and not child.is_model):
                inference.call(child, child.input_shape, options)
        given = _given_out(node)
        if given is None:
            given = inference.call(node, node.input_shape)
        if node.output_shape is None or (given is not None and not is_shape(given)):
            node.output_shape = given


def _first_options(node: Node) -> dict[str, Any]:
    """The options of a layer's first call that change what comes out of it."""
    calls = calls_of(node, ())
    return call_options(calls[0].kwargs) if calls else {}


def _given_out(model: Node) -> Shapes:
    """What a model gives out, where the shapes of all its layers are known."""
    if model.class_name == "Sequential":
        return model.children[-1].output_shape if model.children else None
    outputs = {child.key: child for child in model.children}
    ends = endpoints(model.config.get("output_layers"))
    found = _ends(ends, outputs)
    if found is None or is_shape(found) or None in leaves(found):
        return found if is_shape(found) else None
    return found[0] if isinstance(found, tuple) and is_one(found) else found  # type: ignore[return-value]


def _ends(value: object, layers: Mapping[str, Node]) -> Shapes:
    """The shapes of a model's outputs, in their nesting; None for one that the config does not tell."""
    if isinstance(value, Ref):
        node = layers.get(value.layer)
        # The shape of a layer is that of its first call.
        if node is None or (value.call and isinstance(node.inbound, list) and len(node.inbound) > 1):
            return None
        given = leaves(node.output_shape)
        return given[value.tensor] if 0 <= value.tensor < len(given) else None
    if isinstance(value, dict):
        return {str(key): _ends(part, layers) for key, part in value.items()}
    return tuple(_ends(part, layers) for part in value) if isinstance(value, list) else None


def _is_told(root: Node) -> bool:
    """Whether the config holds the input shape of every layer."""
    for node in root.walk():
        if node.is_model and any(
            child.input_shape is None and not child.operation and not child.is_model for child in node.children
        ):
            return False
    return True


class Inner:
    """A layer inside a wrapper, as the wrapper's definition sees it."""

    __slots__ = ("_call", "_node", "attribute", "class_name", "config")

    def __init__(self, node: Node, call: Callable[[Node, Shapes], Shapes]) -> None:
        self.attribute = node.attribute
        self.class_name = node.class_name
        self.config: Config = node.config
        self._node = node
        self._call = call

    def call(self, inputs: Shapes) -> Shapes:
        """Build the layer on ``inputs`` and give its output shape."""
        return self._call(self._node, inputs)


class Inference:
    """One run over one model; ``tf_keras`` as in ``infer``."""

    def __init__(self, tf_keras: bool) -> None:
        self.tf_keras = tf_keras
        self.steps = 0
        self.plans: dict[int, Plan] = {}
        self._known: dict[tuple[int, object, object], Shapes] = {}
        self._begun: set[int] = set()
        self._built: set[int] = set()

    def call(self, node: Node, inputs: Shapes, kwargs: Mapping[str, Any] | None = None) -> Shapes:
        """Run one layer: its output shape for ``inputs``; the first call builds it."""
        if inputs is None:
            inputs = node.input_shape
        elif node.input_shape is None:
            node.input_shape = inputs
        key = (id(node), _hashable(inputs), tuple(kwargs.items()) if kwargs else None)
        if key in self._known:
            return self._known[key]
        self.steps += 1
        if self.steps > MAX_STEPS:
            return None
        found = possible(self._output(node, inputs, kwargs or {}))
        if found is None and inputs == node.input_shape:
            # The config may tell what no rule gives.
            found = node.output_shape
        self._known[key] = found
        if id(node) not in self._begun:
            self._begun.add(id(node))
            told = node.output_shape
            # Of several tensors, the config tells the first.
            if told is None or (found is not None and is_shape(told) and not is_shape(found)):
                node.output_shape = found
        return found

    def _output(self, node: Node, inputs: Shapes, kwargs: Mapping[str, Any]) -> Shapes:
        name = node.class_name
        if node.custom and not node.is_model:
            return None
        if name == "Sequential":
            return self._sequential(node, inputs)
        if name in WRAPPERS or name == "Pipeline":
            return self._wrapped(node, inputs, kwargs)
        if name in MODELS or node.is_model:
            return self._functional(node, inputs)
        if name == "Merge" and node.children:
            inputs = tuple(self.call(child, None) for child in node.children)
        if name in WITH_CELL or name in MULTI_HEAD:
            built = node.input_shape
            self._build_parts(node, built if name in WITH_CELL and is_shape(built) else inputs)
        config = {**node.config, "_call": kwargs} if kwargs else node.config
        return output_of(name, config, inputs, self.tf_keras)

    def _sequential(self, node: Node, inputs: Shapes) -> Shapes:
        """One layer after the other; a model with an input of its own is built on that before it is called."""
        if id(node) not in self._built:
            self._built.add(id(node))
            if node.input_shape is not None and node.input_shape != inputs:
                self._chain(node, node.input_shape)
        return self._chain(node, inputs)

    def _chain(self, node: Node, shapes: Shapes) -> Shapes:
        for child in node.children:
            shapes = self.call(child, shapes)
        return shapes

    def _wrapped(self, node: Node, inputs: Shapes, kwargs: Mapping[str, Any]) -> Shapes:
        from paramcount.layers.wrappers import WRAPPED

        config = {**node.config, "_call": kwargs} if kwargs else node.config
        inner = [Inner(child, self.call) for child in node.children]
        return WRAPPED[node.class_name](Given(config, inputs, self.tf_keras), inner)

    def _build_parts(self, node: Node, inputs: Shapes) -> None:
        """Tell the parts that a layer makes for itself what they take in."""
        parts = parts_of(node.class_name, node.config, inputs, self.tf_keras)
        for child in node.children:
            part = parts.get(child.attribute)
            if part is not None and child.input_shape is None:
                child.input_shape, child.slots = part.inputs, part.slots

    def _functional(self, node: Node, inputs: Shapes) -> Shapes:
        """A model inside the graph is built on the shapes of its own input layers, then called on others."""
        own = declared(node)
        if id(node) not in self._built and inputs is not None and any(leaf is not None for leaf in leaves(own)):
            self._built.add(id(node))
            Graph(self, node, {}).run()
        return Graph(self, node, fed(node, inputs)).run()


def possible(shapes: Shapes) -> Shapes:
    """The same, with None for every shape that no tensor can have: numbers and lists would grow without end."""
    if shapes is None:
        return None
    if isinstance(shapes, dict):
        return {key: possible(shape) for key, shape in shapes.items()}
    if not is_shape(shapes):
        return tuple([possible(shape) for shape in shapes])  # type: ignore[arg-type]
    if len(shapes) > MAX_RANK:
        return None
    for size in shapes:
        if size is not None and size >= LARGEST:  # type: ignore[operator]
            return None
    return shapes


def _hashable(shapes: Shapes) -> object:
    if isinstance(shapes, dict):
        return tuple((key, _hashable(value)) for key, value in shapes.items())
    if isinstance(shapes, tuple) and not is_shape(shapes):
        return tuple(_hashable(value) for value in shapes)  # type: ignore[arg-type]
    return shapes
