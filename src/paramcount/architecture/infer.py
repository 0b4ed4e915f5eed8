"""Which shape goes into each layer and comes out of it: a model's graph, run with shapes in place of tensors.

Layers are built as Keras builds them, on what their first call takes in; what the config says about its own shapes
is believed first.  A shape that no rule gives is unknown, and so is everything that depends on it.
"""

from __future__ import annotations

from paramcount.architecture.graph import Ref, calls_of, endpoints
from paramcount.architecture.shapes import MAX_RANK
from paramcount.layers.given import LARGEST, Given, is_shape, leaves
from paramcount.layers.table import MODELS, MULTI_HEAD, WITH_CELL, WRAPPERS, output_of, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Config
    from paramcount.model import Shape, Shapes
    from paramcount.operations.tensor import Tensor

MAX_STEPS = 1_000_000
"""Layers and tensors met in running one model; a nest of shared models that asks for more stays unknown."""
TF_OPERATIONS = frozenset(
    "TFOpLambda SlicingOpLambda ClassMethod InstanceMethod InstanceProperty TensorFlowOpLayer".split()
)
"""Classes by which tf_keras writes an operation into a graph."""


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
            options = _first_options(child) if child.class_name in _WITH_OPTIONS else {}
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
    return _options(calls[0].kwargs) if calls else {}


def _given_out(model: Node) -> Shapes:
    """What a model gives out, where the shapes of all its layers are known."""
    if model.class_name == "Sequential":
        return model.children[-1].output_shape if model.children else None
    outputs = {child.key: child for child in model.children}
    ends = endpoints(model.config.get("output_layers"))
    found = _ends(ends, outputs)
    if found is None or is_shape(found) or None in leaves(found):
        return found if is_shape(found) else None
    return found[0] if isinstance(found, tuple) and _is_one(found) else found  # type: ignore[return-value]


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
            self._build_parts(node, inputs)
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
        own = _declared(node)
        if id(node) not in self._built and inputs is not None and any(leaf is not None for leaf in leaves(own)):
            self._built.add(id(node))
            Graph(self, node, {}).run()
        return Graph(self, node, _feeds(node, inputs)).run()


class Plan:
    """What a model's config says of its graph, the same for every run.

    Attributes:
        nodes: the layers by the names that the graph uses.
        calls: the calls of each of them.
        outputs: a ``Ref`` for each output of the model.
        shift: by how much calls are numbered too high, for the layers where they are.
        size: how many layers and tensors a run meets.
    """

    __slots__ = ("calls", "nodes", "outputs", "shift", "size")

    def __init__(self, model: Node) -> None:
        self.nodes = {child.key: child for child in model.children}
        self.calls = {name: calls_of(child, self.nodes) for name, child in self.nodes.items()}
        self.outputs = endpoints(model.config.get("output_layers"))
        self.shift = self._shifts()
        self.size = len(self.nodes) + sum(len(call.refs) + 1 for calls in self.calls.values() for call in calls)

    def _shifts(self) -> dict[str, int]:
        """Models that were made with inputs count their own making as call 0, which the config leaves out."""
        last: dict[str, int] = {}
        for calls in self.calls.values():
            for call in calls:
                for ref in call.refs:
                    last[ref.layer] = max(ref.call, last.get(ref.layer, 0))
        for ref in _refs(self.outputs):
            last[ref.layer] = max(ref.call, last.get(ref.layer, 0))
        return {
            name: 1 for name, highest in last.items() if name in self.calls and 0 < len(self.calls[name]) <= highest
        }


class Graph:
    """One run of the graph of one model."""

    def __init__(self, inference: Inference, model: Node, feeds: Mapping[str, Shape | None]) -> None:
        self.inference = inference
        self.model = model
        self.feeds = feeds
        plan = inference.plans.get(id(model))
        if plan is None:
            plan = inference.plans[id(model)] = Plan(model)
        self.plan = plan
        self.nodes, self.calls, self.outputs, self.shift = plan.nodes, plan.calls, plan.outputs, plan.shift
        self.results: dict[tuple[str, int], list[Tensor]] = {}

    def run(self) -> Shapes:
        """Run every call whose arguments are there, and give the shapes of the model's outputs."""
        # A run costs time whatever is in it: layers that are called are counted again when they run.
        self.inference.steps += self.plan.size
        if self.inference.steps > MAX_STEPS:
            return None
        waits: dict[tuple[str, int], list[tuple[str, int]]] = {}
        missing: dict[tuple[str, int], int] = {}
        ready: list[tuple[str, int]] = []
        for name, calls in self.calls.items():
            if not calls:
                self._feed(self.nodes[name])
                ready.append((name, -1))
            for index, call in enumerate(calls):
                needed = {self._place(ref) for ref in call.refs}
                missing[name, index] = len(needed)
                for place in needed:
                    waits.setdefault(place, []).append((name, index))
                if not needed:
                    ready.append((name, index))
        while ready:
            done = ready.pop()
            if done[1] >= 0:
                self._run(*done)
            for following in waits.get((done[0], max(0, done[1])), ()):
                missing[following] -= 1
                if not missing[following]:
                    ready.append(following)
        shapes = _shapes(self._resolve(self.outputs))
        alone = isinstance(self.outputs, list) and isinstance(shapes, tuple) and _is_one(shapes)
        return shapes[0] if alone else shapes  # type: ignore[index,return-value]

    def _feed(self, node: Node) -> None:
        """The output of an input layer, or of a layer that is called on nothing."""
        shape = self.feeds.get(node.key)
        if shape is None:
            shape = node.input_shape if is_shape(node.input_shape) else None  # type: ignore[assignment]
        elif node.input_shape is None or node.input_shape == ():
            node.input_shape = shape
        if node.class_name == "InputLayer":
            node.output_shape = node.output_shape or shape
        self._keep((node.key, 0), _tensor(shape))

    def _place(self, ref: Ref) -> tuple[str, int]:
        return ref.layer, max(0, ref.call - self.shift.get(ref.layer, 0))

    def _keep(self, place: tuple[str, int], value: object) -> None:
        self.results[place] = _flat(value)

    def _run(self, name: str, index: int) -> None:
        """One call of one layer or operation."""
        node, call = self.nodes[name], self.calls[name][index]
        args, kwargs = self._resolve(call.args), self._resolve(call.kwargs)
        if node.operation or node.class_name in TF_OPERATIONS:
            result = self._operate(node, args, kwargs)
            if node.output_shape is None:
                node.output_shape = _shapes(result)
        else:
            inputs = _taken(node, args, kwargs)
            options = _options(kwargs) if kwargs else None
            result = _tensors(self.inference.call(node, inputs, options))
        self._keep((name, index), result)

    def _operate(self, node: Node, args: list[Any], kwargs: dict[str, Any]) -> object:
        from paramcount import operations

        self.inference.steps += 1
        if node.operation:
            return operations.keras_output(node.module, node.class_name, node.config, args, kwargs)
        return operations.tf_output(node.class_name, node.config, args, kwargs)

    def _resolve(self, value: Any) -> Any:
        """Arguments with the tensors themselves in place of the references."""
        if isinstance(value, Ref):
            found = self.results.get(self._place(value), [])
            return found[value.tensor] if 0 <= value.tensor < len(found) else _tensor(None)
        if isinstance(value, list):
            return [self._resolve(one) for one in value]
        if isinstance(value, dict):
            return {key: self._resolve(one) for key, one in value.items()}
        return value


_CALL_OPTIONS = ("return_attention_scores", "reverse")
"""Arguments of a call that change what comes out of a layer."""
_WITH_OPTIONS = frozenset({"Attention", "AdditiveAttention", "ReversibleEmbedding", *MULTI_HEAD})
"""Layers that take them."""


def _options(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the arguments of a call that change what comes out."""
    found = {key: kwargs[key] for key in _CALL_OPTIONS if key in kwargs}
    return {key: value for key, value in found.items() if value is None or type(value) in (bool, int, str)}


def _taken(node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Shapes:
    """What a layer is built on: its first argument; query, value and key of an attention."""
    if node.class_name in MULTI_HEAD:
        named = [*args, *[None] * 3][:3]
        taken = [kwargs.get(key, value) for key, value in zip(("query", "value", "key"), named, strict=True)]
        return tuple(_shapes(value) for value in taken if value is not None)
    if args:
        return _shapes(args[0])
    return _shapes(kwargs.get("inputs", next(iter(kwargs.values()), None)))


def _declared(node: Node) -> Shapes:
    """The shapes that the input layers of a model have of their own."""
    return tuple(child.input_shape for child in node.children if child.class_name == "InputLayer")


def _feeds(node: Node, inputs: Shapes) -> dict[str, Shape | None]:
    """Name of an input layer to the shape that the model is called on."""
    layers = endpoints(node.config.get("input_layers"))
    if isinstance(layers, dict) and isinstance(inputs, dict):
        return {ref.layer: _one(inputs.get(key)) for key, ref in layers.items() if isinstance(ref, Ref)}
    names = [ref.layer for ref in _refs(layers)]
    if isinstance(inputs, dict) and all(name in inputs for name in names):
        return {name: _one(inputs[name]) for name in names}
    shapes = leaves(inputs)
    return dict(zip(names, shapes, strict=True)) if len(names) == len(shapes) else {}


def _one(shapes: Shapes) -> Shape | None:
    return shapes if is_shape(shapes) else None  # type: ignore[return-value]


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [ref for part in parts for ref in _refs(part)]


def _tensor(shape: Shape | None) -> Tensor:
    from paramcount.operations.tensor import Tensor

    return Tensor._make((shape, None, ""))


def _tensors(shapes: Shapes) -> Any:
    """Shapes as tensors, in their nesting."""
    if shapes is None or is_shape(shapes):
        return _tensor(shapes)  # type: ignore[arg-type]
    if isinstance(shapes, dict):
        return {key: _tensors(value) for key, value in shapes.items()}
    return [_tensors(value) for value in shapes]  # type: ignore[arg-type]


def _flat(value: object) -> list[Any]:
    """The tensors of a result in order."""
    if hasattr(value, "shape"):
        return [value]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _flat(part)]
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in _flat(part)]
    return [value]


def _shapes(value: Any) -> Shapes:
    """Tensors as their shapes.  Where all of several are unknown, so is the whole: it would read as one shape."""
    if hasattr(value, "shape"):
        return value.shape  # type: ignore[no-any-return]
    if isinstance(value, dict):
        return {str(key): _shapes(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        found = tuple(_shapes(part) for part in value)
        return None if all(shape is None for shape in found) else found
    return None


def _is_one(shapes: tuple[Any, ...]) -> bool:
    return len(shapes) == 1 and not is_shape(shapes)


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
