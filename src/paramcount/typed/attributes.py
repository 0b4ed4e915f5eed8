"""Reading and setting attributes of layers, models, outputs and the rest."""

from __future__ import annotations

from paramcount.typed.construct import flag, flows_in, shown
from paramcount.typed.graph import shape_of
from paramcount.typed.values import (
    Function,
    Layer,
    LocalClass,
    Method,
    Model,
    Ref,
    Tensor,
    Unknown,
    tensors_in,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_METHODS_OF_VALUES = (str, list, dict, tuple, set, frozenset, int, float, range)
_UNKNOWN_OF_LAYERS = frozenset(
    "weights variables trainable_weights non_trainable_weights trainable_variables non_trainable_variables kernel bias"
    " losses metrics updates optimizer history stop_training metrics_names loss path _layers built dtype_policy"
    " compute_dtype variable_dtype input_spec input_names output_names gamma beta moving_mean moving_variance"
    " embeddings supports_masking stateful inbound_nodes _inbound_nodes".split()
)


def attribute(session: Session, owner: Value, name: str, line: int) -> Value:
    """The value of ``owner.name``; a :class:`Method` where it is about to be called."""
    if isinstance(owner, Unknown):
        return owner
    if isinstance(owner, Ref):
        return _of_ref(owner, name)
    if isinstance(owner, Tensor):
        return _of_tensor(session, owner, name, line)
    if isinstance(owner, Model):
        return _of_model(session, owner, name, line)
    if isinstance(owner, Layer):
        return _of_layer(session, owner, name, line)
    if isinstance(owner, Function):
        return owner.name if name == "__name__" else Unknown(f"`{owner.name}.{name}`", line)
    if isinstance(owner, LocalClass):
        return owner.name if name == "__name__" else Unknown(f"`{owner.name}.{name}`", line)
    if isinstance(owner, range) and name in {"start", "stop", "step"}:
        return getattr(owner, name)
    if isinstance(owner, tuple) and name in {"ndims", "rank"}:
        return len(owner)
    if isinstance(owner, _METHODS_OF_VALUES):
        return Method(owner, name)
    return Unknown(f"`.{name}` of {shown(owner)}", line)


def _of_ref(owner: Ref, name: str) -> Value:
    """A part of a module, or a constant of it."""
    if owner.path == "math" and name in {"pi", "e", "inf"}:
        return {"pi": 3.141592653589793, "e": 2.718281828459045, "inf": float("inf")}[name]
    if name in {"__name__", "__qualname__"}:
        return owner.last
    return Ref(f"{owner.path}.{name}") if len(owner.path) < 1000 else Unknown("a very long name")


def _of_tensor(session: Session, tensor: Tensor, name: str, line: int) -> Value:
    """The shape of an output and what follows from it."""
    if name in {"shape", "_keras_shape"}:
        return _shape(session, tensor, line)
    if name in {"ndim", "rank"}:
        shape = _shape(session, tensor, line)
        return shape if isinstance(shape, Unknown) else len(shape)
    if name == "dtype":
        return Unknown(f"the dtype of {shown(tensor)}", line)
    if name == "name":
        return f"{tensor.layer.name}"
    return Method(tensor, name)


def _shape(session: Session, tensor: Tensor, line: int) -> Value:
    """The shape of an output as a tuple; unknown when nobody can tell."""
    shape = shape_of(session, tensor, line)
    return Unknown(f"the shape of {shown(tensor)}", line) if shape is None else tuple(shape)


def _of_layer(session: Session, layer: Layer, name: str, line: int) -> Value:
    """An attribute of a layer."""
    if name in {"name", "_name"}:
        return layer.name
    if name in {"trainable", "_trainable"}:
        return layer.trainable
    if name in {"output", "input", "output_shape", "input_shape", "_output", "outputs", "inputs"}:
        return _ends(session, layer, name, line)
    if name == "__class__":
        return Ref(f"{layer.module}.{layer.class_name}")
    if name in {"forward_layer", "layer"} and isinstance(layer.options.get("layer"), Layer):
        return layer.options["layer"]
    if name in layer.options:
        value = layer.options[name]
        return tuple(value) if isinstance(value, list) else value
    if name == "dtype":
        return layer.dtype
    if name in _UNKNOWN_OF_LAYERS:
        return Unknown(f"`.{name}` of the layer `{layer.name}`", line)
    return Method(layer, name)


def _of_model(session: Session, model: Model, name: str, line: int) -> Value:
    """An attribute of a model."""
    if name == "layers":
        session.budget.spend(line, len(model.members) // 4)
        return model.layers()
    if name in {"inputs", "input", "outputs", "output"}:
        value = model.inputs if name.startswith("input") else model.outputs
        if value is None:
            raise session.wrong(f"`{model.name}` has no `{name}` yet", line, advice="Give it an input shape first.")
        return list(tensors_in(value)) if name.endswith("s") else value
    if name in {"input_shape", "output_shape"} and model.outputs is not None:
        tensors = tensors_in(model.inputs if name.startswith("input") else model.outputs)
        shapes = [_shape(session, tensor, line) for tensor in tensors]
        return shapes[0] if len(shapes) == 1 else shapes
    if name in {"operations", "_operations"}:
        return Unknown("the operations of a model", line)
    return _of_layer(session, model, name, line)


def _ends(session: Session, layer: Layer, name: str, line: int) -> Value:
    """What goes into and comes out of the first call of a layer."""
    if not layer.nodes:
        raise session.wrong(
            f"The layer `{layer.name}` was not called, so it has no `{name}`", line,
            advice="Call it on an output, or give its model an input shape.",
        )  # fmt: skip
    node = layer.nodes[0]
    tensors = tensors_in(node.outputs) if "output" in name or not node.inputs else node.inputs
    if name.endswith("_shape"):
        shapes = [_shape(session, tensor, line) for tensor in tensors]
        return shapes[0] if len(shapes) == 1 else shapes
    return tensors[0] if len(tensors) == 1 else tensors


def set_attribute(session: Session, owner: Value, name: str, value: Value, line: int) -> None:
    """``owner.name = value``: freezing and renaming; other attributes change nothing that is counted."""
    if isinstance(owner, Layer):
        _set_of_layer(session, owner, name, value, line)
    elif name == "trainable":
        raise session.beyond(
            "Freezing something that is neither a layer nor a model of the text is not read", line, shown(owner)
        )


def _set_of_layer(session: Session, layer: Layer, name: str, value: Value, line: int) -> None:
    """Set an attribute of a layer or model."""
    if name == "trainable":
        if isinstance(value, Unknown):
            raise flows_in(session, value, f"`trainable` of `{layer.name}`", line)
        held = len(layer.members) if isinstance(layer, Model) else 1
        session.budget.spend(line, held)
        layer.set_trainable(flag(session, value, "trainable", line))
    elif name in {"_name", "name"}:
        if not isinstance(value, str):
            raise session.beyond("A name that is not a constant text is not read", line, shown(value))
        layer.name = value
    elif name in layer.options or name in {"layers", "_layers", "_trainable", "inputs", "outputs", "output"}:
        raise session.beyond(f"Changing `{name}` of a layer after it is made is not read", line)
