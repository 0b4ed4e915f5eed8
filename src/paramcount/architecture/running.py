"""One run of the graph of one model, with shapes in place of tensors."""

from __future__ import annotations

from paramcount.architecture.graph import Ref, calls_of, endpoints
from paramcount.layers.given import is_shape, leaves
from paramcount.layers.table import MULTI_HEAD
from paramcount.layers.weightless import TF_OPERATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from paramcount.architecture.infer import Inference
    from paramcount.architecture.node import Node
    from paramcount.model import Shape, Shapes
    from paramcount.operations.tensor import Tensor

MAX_STEPS = 1_000_000
"""Layers and tensors met in running one model; a nest of shared models that asks for more stays unknown."""


def is_operation(node: Node) -> bool:
    """Whether it is an operation of the graph, as Keras 3 or tf_keras writes one, and no layer."""
    return node.operation or node.class_name in TF_OPERATIONS


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
        for ref in refs(self.outputs):
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
        alone = isinstance(self.outputs, list) and isinstance(shapes, tuple) and is_one(shapes)
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
        if is_operation(node):
            result = self._operate(node, args, kwargs)
            if node.output_shape is None:
                node.output_shape = _shapes(result)
        else:
            inputs = _taken(node, args, kwargs)
            given = call_options(kwargs) if kwargs else None
            result = _tensors(self.inference.call(node, inputs, given))
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
WITH_OPTIONS = frozenset({"Attention", "AdditiveAttention", "ReversibleEmbedding", *MULTI_HEAD})
"""Layers that take them."""


def call_options(kwargs: Mapping[str, Any]) -> dict[str, Any]:
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


def declared(node: Node) -> Shapes:
    """The shapes that the input layers of a model have of their own."""
    return tuple(child.input_shape for child in node.children if child.class_name == "InputLayer")


def fed(node: Node, inputs: Shapes) -> dict[str, Shape | None]:
    """Name of an input layer to the shape that the model is called on."""
    layers = endpoints(node.config.get("input_layers"))
    if isinstance(layers, dict) and isinstance(inputs, dict):
        return {ref.layer: _one(inputs.get(key)) for key, ref in layers.items() if isinstance(ref, Ref)}
    names = [ref.layer for ref in refs(layers)]
    if isinstance(inputs, dict) and all(name in inputs for name in names):
        return {name: _one(inputs[name]) for name in names}
    shapes = leaves(inputs)
    return dict(zip(names, shapes, strict=True)) if len(names) == len(shapes) else {}


def _one(shapes: Shapes) -> Shape | None:
    return shapes if is_shape(shapes) else None  # type: ignore[return-value]


def refs(value: Any) -> list[Ref]:
    """Every reference in a nest of them, in order."""
    if isinstance(value, Ref):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [ref for part in parts for ref in refs(part)]


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


def is_one(shapes: tuple[Any, ...]) -> bool:
    """Whether it is one shape in a tuple of its own."""
    return len(shapes) == 1 and not is_shape(shapes)
