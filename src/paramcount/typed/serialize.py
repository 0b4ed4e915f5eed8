"""Layers and models as the config that Keras 3 writes with ``to_json()``."""

from __future__ import annotations

from paramcount.typed.graph import ordered
from paramcount.typed.values import Layer, Model, Tensor, mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.typed.session import History, Session
    from paramcount.typed.values import Node, Value


def entry_of(session: Session, layer: Layer) -> dict[str, Any]:
    """One layer, operation or model as Keras serializes it, without calls."""
    session.budget.spend(layer.line, 2 + len(layer.options) // 2)
    if isinstance(layer, Model):
        return _model_entry(session, layer)
    config: dict[str, Any] = {"name": layer.name}
    if layer.class_name == "InputLayer":
        config = {**layer.options, "name": layer.name}
    elif layer.operation:
        config.update(layer.options)
    else:
        config |= {"trainable": layer.trainable, "dtype": layer.dtype}
        config.update({key: _serialized(session, value) for key, value in layer.options.items()})
    registered = layer.class_name if layer.operation else None
    return {"module": layer.module, "class_name": layer.class_name, "config": config, "registered_name": registered}


def _serialized(session: Session, value: Value) -> Value:
    """An option's value with its layers serialized."""
    if isinstance(value, Layer):
        return entry_of(session, value)
    if isinstance(value, list):
        session.budget.spend(0, len(value) // 16)
        return [_serialized(session, item) for item in value]
    if isinstance(value, dict):
        return {key: _serialized(session, item) for key, item in value.items()}
    return value


def _model_entry(session: Session, model: Model) -> dict[str, Any]:
    """A model as Keras serializes it."""
    if not model.sequential:
        config = functional_config(session, model)
        return {
            "module": model.module, "class_name": "Functional", "config": config, "registered_name": "Functional",
        }  # fmt: skip
    layers = [layer for layer in model.members if not (model.hidden_input and layer is model.members[0])]
    sequential: dict[str, Any] = {"name": model.name, "trainable": model.trainable, "dtype": model.dtype}
    sequential["layers"] = [entry_of(session, layer) for layer in layers]
    if layers and layers[0].class_name == "InputLayer":
        sequential["build_input_shape"] = layers[0].options["batch_shape"]
    return {"module": model.module, "class_name": "Sequential", "config": sequential, "registered_name": None}


def functional_config(session: Session, model: Model) -> dict[str, Any]:
    """The config of a Functional model: its layers with their calls, its inputs and its outputs."""
    graph = _Graph(session, model.members, model.own_nodes)
    config: dict[str, Any] = {"name": model.name, "trainable": model.trainable, "layers": graph.layers()}
    config["input_layers"] = mapped(model.inputs, graph.output_history)
    config["output_layers"] = mapped(model.outputs, graph.output_history)
    return config


def partial_config(session: Session, tensor: Tensor, line: int) -> tuple[dict[str, Any], History]:
    """The config of all that leads to a tensor, and the tensor's place in it."""
    sources = _inputs_of(session, tensor, line)
    members, nodes, _ = ordered(session, sources, [tensor], line)
    graph = _Graph(session, members, nodes)
    config = {
        "name": "typed", "trainable": True, "layers": graph.layers(),
        "input_layers": mapped(sources, graph.output_history), "output_layers": [graph.output_history(tensor)],
    }  # fmt: skip
    layer, node, index = graph.history(tensor)
    entry = {
        "module": "keras.src.models.functional", "class_name": "Functional", "config": config,
        "registered_name": "Functional",
    }  # fmt: skip
    return entry, (layer, node, index)


def _inputs_of(session: Session, tensor: Tensor, line: int) -> list[Tensor]:
    """The outputs of InputLayers that a tensor depends on."""
    found, stack, seen = [], [tensor], set()
    while stack:
        item = stack.pop()
        if item.key in seen:
            continue
        seen.add(item.key)
        session.budget.spend(line)
        if not item.source.inputs:
            found.append(item)
        stack.extend(item.source.inputs)
    return found


class _Graph:
    """Writes the calls of a model: only calls that belong to it are counted."""

    def __init__(self, session: Session, members: list[Layer], nodes: list[Node]) -> None:
        self.session = session
        self.members = members
        self.own: dict[tuple[int, int], int] = {}
        per_layer: dict[int, list[int]] = {}
        for node in nodes:
            per_layer.setdefault(id(node.layer), []).append(node.index)
        self.calls = {key: sorted(set(indices)) for key, indices in per_layer.items()}
        for key, indices in self.calls.items():
            for place, index in enumerate(indices):
                self.own[key, index] = place

    def layers(self) -> list[dict[str, Any]]:
        """The layers in order, each with its calls."""
        entries = []
        for layer in self.members:
            entry = entry_of(self.session, layer)
            entry["name"] = layer.name
            nodes = [layer.nodes[index] for index in self.calls.get(id(layer), [])]
            entry["inbound_nodes"] = [self._call(node) for node in nodes if node.inputs]
            entries.append(entry)
        return entries

    def _call(self, node: Node) -> dict[str, Any]:
        """One call."""
        return {"args": self._written(list(node.args)), "kwargs": self._written(node.kwargs)}

    def _written(self, value: Value) -> Value:
        """Arguments of a call as Keras writes them."""
        if isinstance(value, Tensor):
            return {"class_name": "__keras_tensor__", "config": {"keras_history": list(self.history(value))}}
        if isinstance(value, (list, tuple)):
            return [self._written(item) for item in value]
        if isinstance(value, dict):
            return {key: self._written(item) for key, item in value.items()}
        if isinstance(value, slice):
            config = {"start": value.start, "stop": value.stop, "step": value.step}
            return {"class_name": "__slice__", "config": config}
        if value is ...:
            return {"class_name": "__ellipsis__", "config": {}}
        return value

    def history(self, tensor: Tensor) -> tuple[str, int, int]:
        """Layer, call and place of a tensor, among the calls of the model."""
        return tensor.layer.name, self.own.get((id(tensor.layer), tensor.node), 0), tensor.index

    def output_history(self, tensor: Tensor) -> list[Any]:
        """The same for the lists of inputs and outputs, where Keras counts one call more of a nested Functional."""
        name, node, index = self.history(tensor)
        nested = isinstance(tensor.layer, Model) and not tensor.layer.sequential
        return [name, node + nested, index]
