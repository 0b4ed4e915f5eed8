"""Sequential models: adding, removing and building, as Keras does it."""

from __future__ import annotations

from paramcount.typed.construct import flag, flows_in, input_layer, name_of, shape_value, shown
from paramcount.typed.graph import call_layer, shape_of
from paramcount.typed.values import Layer, Model, Tensor, Unknown, tensors_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value


def make_sequential(session: Session, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int) -> Model:
    """``Sequential(layers, trainable, name)``."""
    places = ["layers", "name"] if tf_keras else ["layers", "trainable", "name"]
    given = dict(zip(places, args, strict=False))
    given.update(kwargs)
    if len(args) > len(places) or not given.keys() <= {"layers", "trainable", "name", "dtype"}:
        raise session.wrong("`Sequential` takes `layers`, `trainable` and `name`", line)
    name = name_of(session, given.get("name"), "Sequential", tf_keras, line)
    model = Model("Sequential", "tf_keras" if tf_keras else "keras", name, line)
    model.trainable = flag(session, given.get("trainable", True), "trainable", line)
    model.dtype = session.dtype
    session.models.append(model)
    layers = given.get("layers")
    if isinstance(layers, (Layer, Tensor)):
        layers = [layers]
    if isinstance(layers, Unknown):
        raise flows_in(session, layers, "the layers of a `Sequential`", line)
    if layers is not None and not isinstance(layers, (list, tuple)):
        raise session.wrong("`Sequential` takes a list of layers", line, found=shown(layers))
    for layer in layers or []:
        _append(session, model, layer, line)
    if layers:
        rebuild(session, model, line)
    return model


def add(session: Session, model: Model, layer: Value, line: int) -> None:
    """``model.add(layer)``."""
    _append(session, model, layer, line)
    rebuild(session, model, line)


def pop(session: Session, model: Model, line: int) -> Value:
    """``model.pop()``."""
    if not model.layers():
        raise session.wrong("`pop` finds no layer in the Sequential", line)
    layer = model.members.pop()
    model.outputs = None
    rebuild(session, model, line)
    return layer


def build(session: Session, model: Model, shape: Value, line: int) -> None:
    """``model.build(shape)``: give it an InputLayer, unless it has one."""
    if not model.members:
        raise session.wrong(f"The Sequential `{model.name}` has no layers to build", line)
    if model.members[0].class_name != "InputLayer":
        sizes = shape_value(session, shape, "The shape given to `build`", line)
        _prepend(session, model, sizes, line)
    _connect(session, model, line)


def build_hidden(session: Session, model: Model, inputs: list[Tensor], line: int) -> None:
    """What the first call of a Sequential does that has no input shape: the InputLayer gets that of the call."""
    if not model.members:
        raise session.wrong(f"The Sequential `{model.name}` has no layers", line)
    if model.members[0].class_name != "InputLayer":
        shape = shape_of(session, inputs[0], line) if len(inputs) == 1 else None
        _prepend(session, model, None if shape is None else list(shape), line)
        model.hidden_input = shape is None
    _connect(session, model, line)


def rebuild(session: Session, model: Model, line: int) -> None:
    """Connect the layers as soon as the shape of the input is known."""
    model.outputs = None
    if len(model.members) < 2:
        return
    first = model.members[0]
    if first.class_name == "InputLayer":
        _connect(session, model, line)
    elif isinstance(first, Model) and first.outputs is not None:
        inputs = tensors_in(first.inputs)
        if len(inputs) == 1:
            shape = shape_of(session, inputs[0], line)
            if shape is not None:
                _prepend(session, model, list(shape), line)
                _connect(session, model, line)


def _append(session: Session, model: Model, layer: Value, line: int) -> None:
    """Put one layer on top."""
    if isinstance(layer, Unknown):
        raise flows_in(session, layer, f"a layer of `{model.name}`", line)
    if isinstance(layer, Tensor) and layer.layer.class_name == "InputLayer":
        layer = layer.layer
    if not isinstance(layer, Layer) or layer.operation:
        raise session.wrong(f"What is added to `{model.name}` is no layer", line, found=shown(layer))
    if not model.members and layer.first_shape is not None:
        _insert_input(session, model, layer, line)
    if any(layer.name == other.name and layer is not other for other in model.members):
        raise session.wrong(f"Two layers of `{model.name}` are named `{layer.name[:80]}`", line)
    if model.members and layer.class_name == "InputLayer" and model.members[0].class_name == "InputLayer":
        raise session.wrong(f"`{model.name}` has an input shape already", line)
    session.budget.spend(line, 1 + len(model.members) // 8)
    model.members.append(layer)


def _insert_input(session: Session, model: Model, layer: Layer, line: int) -> None:
    """The InputLayer that a first layer's ``input_shape`` asks for."""
    model.members.append(_new_input(session, layer, list(layer.first_shape), line))


def _prepend(session: Session, model: Model, shape: list[int | None] | None, line: int) -> None:
    """An InputLayer in front of the layers."""
    model.members.insert(0, _new_input(session, model.members[0], shape, line))


def _new_input(session: Session, first: Layer, shape: list[int | None] | None, line: int) -> Layer:
    """An InputLayer for a Sequential that begins with ``first``."""
    name = f"{first.name}_input" if first.tf_keras else session.namer.take("InputLayer")
    return input_layer(name, shape, "float32", first.tf_keras, line)


def _connect(session: Session, model: Model, line: int) -> None:
    """Call one layer after the other.  A call that was made before is not made again: it is the same."""
    value: Value = model.members[0].nodes[0].outputs
    model.inputs = value
    for layer in model.members[1:]:
        session.budget.spend(line)
        value = _called_before(layer, value) or call_layer(session, layer, [value], {}, line)
    model.outputs = value
    if not model.tf_keras:
        session.namer.skip("Functional")


def _called_before(layer: Layer, value: Value) -> Value:
    """What the layer gave for this one tensor; None when it was not called on it by itself."""
    if not isinstance(value, Tensor):
        return None
    for node in layer.nodes[:4]:
        alone = len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], Tensor)
        if alone and node.args[0].key == value.key:
            return node.outputs
    return None
