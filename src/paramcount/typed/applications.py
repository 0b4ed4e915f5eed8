"""Models of ``keras.applications`` inside a text: their graph from the catalog, with this text's names."""

from __future__ import annotations

from paramcount.errors import ParamcountError
from paramcount.typed.construct import plain
from paramcount.typed.functional import connect
from paramcount.typed.graph import add_node
from paramcount.typed.naming import snake_case
from paramcount.typed.operations import operation, operator
from paramcount.typed.values import Layer, Model, Node, Tensor, Unknown, tensors_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_PREPROCESSING = {
    "identity": ("efficientnet", "efficientnet_v2", "mobilenet_v3", "convnext"),
    "scaled": ("mobilenet", "mobilenet_v2", "inception_v3", "inception_resnet_v2", "xception", "nasnet", "resnet_v2"),
    "caffe": ("vgg16", "vgg19", "resnet", "resnet50", "imagenet_utils"),
    "torch": ("densenet",),
}  # fmt: skip
"""What ``preprocess_input`` of each module computes."""


def call_application(
    session: Session, parts: list[str], name: str, tf_keras: bool, args: list[Value], kwargs: dict[str, Value],
    line: int,
) -> Value:  # fmt: skip
    """A model of ``keras.applications``, or what the functions beside the models give."""
    if name == "preprocess_input":
        return _preprocessed(session, parts[-1], args, kwargs, line)
    if not name[:1].isupper():
        return Unknown(f"the result of `keras.applications.{name[:80]}(...)`", line)
    from paramcount import catalog

    canonical = catalog.find(name)
    if canonical is None:
        raise session.wrong(f"`keras.applications` has no model `{name[:80]}`", line)
    if args:
        raise session.beyond(f"Arguments by place of `{name}` are not read", line, advice="Give them by name.")
    tensor = kwargs.pop("input_tensor", None)
    if isinstance(tensor, Layer) and tensor.class_name == "InputLayer":
        tensor = tensor.nodes[0].outputs
    if tensor is not None and (not isinstance(tensor, Tensor) or tensor.layer.class_name != "InputLayer"):
        raise session.beyond("An `input_tensor` that is no `Input` is not read", line)
    options = {
        key: plain(session, value, f"`{key}` of `{name}`", line, idle=key == "weights")
        for key, value in kwargs.items()
    }  # fmt: skip
    options.pop("weights", None)
    if tensor is not None:
        options["input_shape"] = tensor.layer.options["batch_shape"][1:]
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    try:
        config = catalog.config(canonical, **options)
    except ParamcountError as error:
        raise error.at(f"{session.where}:{line}") from None
    return load(session, config, tf_keras, line, tensor)


def load(session: Session, entry: dict[str, Any], tf_keras: bool, line: int, tensor: Tensor | None = None) -> Model:
    """The graph of a Functional model's config; names that Keras chose itself go on from those that are taken.

    ``tensor``, the output of an InputLayer, takes the place of the model's own input.
    """
    config = entry["config"]
    entries = config["layers"]
    session.budget.spend(line, len(entries))
    names = _renamed(session, [(item["class_name"], item["config"]["name"]) for item in entries], tensor is not None)
    made: dict[str, Layer] = {}
    for item in entries:
        own = item["config"]["name"]
        if item["class_name"] == "InputLayer" and tensor is not None:
            made[own] = tensor.layer
        else:
            made[own] = _layer(item, names[own], tf_keras, line)
    _call_all(session, entries, made, line)
    module = "tf_keras.src.engine.functional" if tf_keras else "keras.src.models.functional"
    model = Model("Functional", module, config["name"], line)
    model.trainable = config.get("trainable", True) is not False

    def end(history: list[Any]) -> Value:
        if isinstance(history, list) and len(history) == 3 and isinstance(history[0], str):
            return Tensor(made[history[0]], history[1], history[2])
        return [end(item) for item in history]

    inputs = end(config["input_layers"])
    # Of a tensor that it is given Keras looks up where it comes from, which is a list.
    connect(session, model, inputs if tensor is None else [inputs], end(config["output_layers"]), line)
    session.models.append(model)
    return model


def _renamed(session: Session, layers: list[tuple[str, str]], own_input: bool) -> dict[str, str]:
    """The names of layers in this text: those that Keras counts are counted on."""
    names = {}
    taken: dict[str, int] = {}
    used = session.namer.used
    for class_name, name in layers:
        base = snake_case(class_name)
        rest = name.removeprefix(base)
        names[name] = name
        if class_name == "InputLayer" and own_input:
            continue
        if name == base or (name.startswith(base + "_") and rest[1:].isdecimal() and len(rest) < 8):
            number = int(rest[1:]) if rest else 0
            place = used.get(base, 0) + number
            names[name] = f"{base}_{place}" if place else base
            taken[base] = max(taken.get(base, 0), number + 1)
    for base, count in taken.items():
        used[base] = used.get(base, 0) + count
    return names


def _layer(item: dict[str, Any], name: str, tf_keras: bool, line: int) -> Layer:
    """One layer of a config."""
    config = item["config"]
    operation_ = str(item.get("module", "")).startswith("keras.src.ops")
    module = "tf_keras.layers" if tf_keras and not operation_ else item.get("module", "keras.layers")
    options = {key: value for key, value in config.items() if key not in {"name", "trainable", "dtype"}}
    layer = Layer(item["class_name"], module, name, options, line)
    layer.operation = operation_
    layer.trainable = config.get("trainable", True) is not False
    layer.dtype = config.get("dtype", "float32")
    if layer.class_name == "InputLayer":
        layer.options["dtype"] = layer.dtype
        node = Node(layer, 0, (), {})
        node.outputs = Tensor(layer, 0, 0)
        layer.nodes.append(node)
    return layer


def _call_all(session: Session, entries: list[dict[str, Any]], made: dict[str, Layer], line: int) -> None:
    """Make every call of a config, those first whose inputs are there."""
    waiting = [(made[item["config"]["name"]], call) for item in entries for call in item.get("inbound_nodes", [])]
    while waiting:
        later = []
        for layer, call in waiting:
            if all(node < len(made[name].nodes) for name, node in _sources(call)):
                args = _with_tensors(call["args"], made)
                add_node(session, layer, tuple(args), _with_tensors(call.get("kwargs", {}), made), line)
            else:
                later.append((layer, call))
        if len(later) == len(waiting):
            raise session.beyond("The graph of this model cannot be followed", line)
        waiting = later


def _sources(value: Any) -> list[tuple[str, int]]:
    """The layers and calls that a call takes its inputs from."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, node, _ = value["config"]["keras_history"]
            return [(name, node)]
        return [item for part in value.values() for item in _sources(part)]
    if isinstance(value, list):
        return [item for part in value for item in _sources(part)]
    return []


def _with_tensors(value: Any, made: dict[str, Layer]) -> Any:
    """The arguments of a call with tensors for their descriptions."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, node, index = value["config"]["keras_history"]
            return Tensor(made[name], node, index)
        return {key: _with_tensors(item, made) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_tensors(item, made) for item in value]
    return value


def _preprocessed(session: Session, module: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """``preprocess_input`` on an output: operations that keep its shape; on data something unknown."""
    tensors = tensors_in([args, kwargs])
    if len(tensors) != 1:
        return Unknown(f"the result of `{module}.preprocess_input(...)`", line)
    kind = next((key for key, modules in _PREPROCESSING.items() if module in modules), "")
    value: Value = tensors[0]
    if kind == "scaled":
        value = operator(session, "Div", [value, 127.5], line)
        return operator(session, "Sub", [value, 1.0], line)
    if kind == "caffe":
        value = operation(session, "get_item", [value, (..., slice(None, None, -1))], {}, line)
        return operator(session, "Add", [value, 0.0], line)
    if kind == "torch":
        value = operator(session, "Div", [value, 255.0], line)
        return operator(session, "Sub", [value, 0.0], line)
    if kind == "identity":
        return value
    raise session.beyond(f"`{module}.preprocess_input` on an output is not read", line)
