"""The shapes that a config holds: of inputs where a layer was built, of outputs where a tensor is passed on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.model import Shape, Shapes

_SAME_SHAPE = frozenset(
    """Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise
    GroupNormalization LayerNormalization LeakyReLU Masking Normalization PReLU ReLU RMSNormalization Rescaling
    Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D ThresholdedReLU UnitNormalization""".split()
)
"""Layers whose output has the shape of their input."""


def to_shape(value: object) -> Shape | None:
    """A JSON list of sizes as a shape; None when it is not one."""
    if not isinstance(value, (list, tuple)):
        return None
    for size in value:
        if size is not None and (not isinstance(size, int) or isinstance(size, bool)):
            return None
    return tuple(None if size is None or size < 0 else size for size in value)


def build_shape(build: object) -> Shapes:
    """The input shape of a ``build_config``: one shape, or several by name."""
    if not isinstance(build, dict):
        return None
    if "input_shape" in build:
        return _nested(build["input_shape"])
    shapes = build.get("shapes_dict")
    if not isinstance(shapes, dict):
        return None
    found = {str(key): shape for key, value in shapes.items() if (shape := to_shape(value)) is not None}
    return next(iter(found.values())) if len(found) == 1 else found or None


def own_input_shape(options: dict[str, Any]) -> Shapes:
    """The input shape that a layer's own options give, with the batch axis in front."""
    for key in ("batch_shape", "batch_input_shape"):
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


def graph_outputs(entries: list[Any]) -> dict[str, Shape]:
    """Layer name to output shape, from the tensors that Keras 3 writes into the arguments of each call."""
    found: dict[str, Shape] = {}
    for entry in entries:
        nodes = entry.get("inbound_nodes") if isinstance(entry, dict) else None
        stack: list[Any] = [nodes] if isinstance(nodes, list) else []
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(item for item in value if isinstance(item, (list, dict)))
            elif value.get("class_name") == "__keras_tensor__":
                _note_tensor(value.get("config"), found)
            else:
                stack.extend(item for item in value.values() if isinstance(item, (list, dict)))
    return found


def _note_tensor(config: object, found: dict[str, Shape]) -> None:
    """Note the first output of the layer that made one tensor."""
    if not isinstance(config, dict):
        return
    shape, history = to_shape(config.get("shape")), config.get("keras_history")
    if shape is None or not isinstance(history, list) or len(history) != 3:
        return
    if isinstance(history[0], str) and history[2] == 0:
        found.setdefault(history[0], shape)


def sequence_outputs(children: list[Node]) -> None:
    """In a Sequential, what the next built layer takes in is what the one before it gave out."""
    following: Shapes = None
    for child in reversed(children):
        if child.output_shape is None and isinstance(following, tuple):
            child.output_shape = following
        following = child.input_shape


def settle_output(node: Node) -> Shapes:
    """The node's output shape, where the config tells it or the class leaves no doubt."""
    given, shape = node.output_shape, node.input_shape
    if given is not None:
        return given
    if node.class_name == "InputLayer":
        return shape
    if not isinstance(shape, tuple) or not shape or isinstance(shape[0], (tuple, dict)):
        return None
    if node.class_name in _SAME_SHAPE:
        return shape
    if node.class_name in ("Dense", "TimeDistributedDense") and isinstance(node.config.get("units"), int):
        return (*shape[:-1], node.config["units"])  # type: ignore[arg-type]
    return None
