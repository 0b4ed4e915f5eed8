"""The shapes that a config holds: of inputs where a layer was built, of outputs where a tensor is passed on."""

from __future__ import annotations

from paramcount.layers.given import LARGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.model import Shape, Shapes


MAX_RANK = 64
"""Axes of a shape: no framework's tensors have more, and the product of many sizes takes long."""


def to_shape(value: object) -> Shape | None:
    """A JSON list of sizes as a shape; None when no tensor can have it."""
    if not isinstance(value, list) or len(value) > MAX_RANK:
        return None
    for size in value:
        if size is not None and (type(size) is not int or not 0 <= size < LARGEST):
            return None
    return tuple(value)


def written(shape: Shape) -> str:
    """A shape as Python writes it: ``(None, 5)``."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def build_shape(build: object) -> Shapes:
    """The input shape of a ``build_config``: one shape, or several by name."""
    if not isinstance(build, dict):
        return None
    if "input_shape" in build:
        return _nested(build["input_shape"])
    shapes = build.get("shapes_dict")
    if not isinstance(shapes, dict):
        return None
    found: dict[str, Shapes] = {
        str(key): shape for key, value in shapes.items() if (shape := to_shape(value)) is not None
    }
    return next(iter(found.values())) if len(found) == 1 else found or None


def own_input_shape(options: dict[str, Any]) -> Shapes:
    """The input shape that a layer's own options give, with the batch axis in front."""
    for key in ("batch_shape", "batch_input_shape", "build_input_shape"):
        if key in options:
            return _nested(options[key])
    return None


def _nested(value: object, depth: int = 0) -> Shapes:
    shape = to_shape(value)
    if shape is not None:
        return shape
    if depth > 4:
        return None
    if isinstance(value, list):
        parts = tuple(_nested(part, depth + 1) for part in value)
        return parts if all(part is not None for part in parts) else None
    if isinstance(value, dict):
        return {str(key): _nested(part, depth + 1) for key, part in value.items()}
    return None


def shape_graph(model: Node, entries: list[Any]) -> None:
    """Shapes of the layers of a Functional model, from the tensors that Keras 3 writes into each call."""
    outputs: dict[str, Shape] = {}
    for child, entry in zip(model.children, entries, strict=False):
        calls = entry.get("inbound_nodes") if isinstance(entry, dict) else None
        for call in calls if isinstance(calls, list) else ():
            taken = _note_arguments(call, outputs) if isinstance(call, dict) else None
            if child.input_shape is None and child.name == entry.get("name"):
                child.input_shape = taken
    for child in model.children:
        child.output_shape = outputs.get(child.name)


def _note_arguments(call: dict[str, Any], outputs: dict[str, Shape]) -> Shape | None:
    """Note every tensor in the arguments of one call, which nest in lists and dicts; the shape of the only one."""
    shapes: list[Shape | None] = []
    stack: list[Any] = [call.get("args"), call.get("kwargs")]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += value
        elif isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                shapes.append(_note_tensor(value.get("config"), outputs))
            else:
                stack += value.values()
    return shapes[0] if len(shapes) == 1 else None


def _note_tensor(config: object, outputs: dict[str, Shape]) -> Shape | None:
    """The shape of one tensor, noted for the layer that made it when it is its first output."""
    if not isinstance(config, dict):
        return None
    shape, history = to_shape(config.get("shape")), config.get("keras_history")
    if shape is not None and isinstance(history, list) and len(history) == 3 and history[2] == 0:
        name = history[0]
        if isinstance(name, str):
            outputs.setdefault(name, shape)
    return shape


def sequence_outputs(children: list[Node]) -> None:
    """In a Sequential, what one layer gives out is what the next takes in."""
    following: Shapes = None
    for child in reversed(children):
        if isinstance(following, tuple):
            child.output_shape = following
        following = child.input_shape
