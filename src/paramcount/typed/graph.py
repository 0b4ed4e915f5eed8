"""The graph of calls: calling layers, and the order in which Keras lists what lies between inputs and outputs."""

from __future__ import annotations

from paramcount.errors import BeyondTypedModels, UsageError
from paramcount.typed.construct import flows_in, input_layer, shown
from paramcount.typed.values import Layer, Model, Node, Tensor, Unknown, mapped, tensors_in, unknown_in, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_ATTENTION = ("MultiHeadAttention", "GroupQueryAttention")
_STATES = {
    "LSTM": 2, "GRU": 1, "SimpleRNN": 1, "ConvLSTM1D": 2, "ConvLSTM2D": 2, "ConvLSTM3D": 2, "LSTMCell": 2, "GRUCell": 1,
    "SimpleRNNCell": 1,
}  # fmt: skip


def call_layer(session: Session, layer: Layer, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """What a layer gives for these arguments; unknown when no tensor is among them (the call computes something).

    Raises:
        ParamcountError: when an unknown value goes in beside a tensor.
    """
    session.budget.spend(line, 2)
    session.weigh(line, [args, kwargs])
    if not tensors_in([args, kwargs]):
        unknown = unknown_in([args, kwargs])
        if unknown is None and not args and not kwargs:
            raise session.wrong(f"The layer `{layer.name}` is called without an input", line)
        return Unknown(f"the result of `{layer.name}` on data", line, unknown)
    kwargs = {key: None if key == "training" and isinstance(value, Unknown) else value for key, value in kwargs.items()}
    unknown = unknown_in([args, kwargs])
    if unknown is not None:
        raise flows_in(session, unknown, f"an input of `{layer.name}`", line)
    for item in walk([args, kwargs]):
        if not isinstance(item, (Tensor, bool, int, float, str, slice)) and item is not None and item is not ...:
            raise session.beyond(f"An input of `{layer.name}` is not read", line, found=shown(item))
    _first_call(session, layer, args, kwargs, line)
    return add_node(session, layer, tuple(args), kwargs, line).outputs


def add_node(session: Session, layer: Layer, args: tuple[Value, ...], kwargs: dict[str, Value], line: int) -> Node:
    """One more call of a layer, with its outputs."""
    index = len(layer.nodes)
    node = Node(layer, index, args, kwargs)
    session.budget.spend(line, 1 + len(node.inputs) // 4)
    if isinstance(layer, Model) and layer.outputs is not None:
        places = iter(range(len(tensors_in(layer.outputs))))
        node.outputs = mapped(layer.outputs, lambda _: Tensor(layer, index, next(places)))
    else:
        count = outputs_of(session, layer, kwargs, line)
        tensors = [Tensor(layer, index, place) for place in range(count)]
        node.outputs = tensors if count > 1 or layer.class_name in {"Split", "Unstack"} else tensors[0]
    layer.nodes.append(node)
    return node


def _first_call(session: Session, layer: Layer, args: list[Value], kwargs: dict[str, Value], line: int) -> None:
    """What the first call of a layer makes besides: the parts of attention, the graph of a Sequential."""
    if isinstance(layer, Model) and layer.sequential and layer.outputs is None:
        from paramcount.typed.sequential import build_hidden

        build_hidden(session, layer, tensors_in([args, kwargs]), line)
    elif isinstance(layer, Model) and layer.outputs is not None:
        expected, got = len(tensors_in(layer.inputs)), len(tensors_in([args, kwargs]))
        if expected != got:
            raise session.wrong(f"The model `{layer.name}` takes {expected} inputs", line, found=f"{got}")
    elif layer.class_name in _ATTENTION and not layer.nodes:
        session.namer.skip("Softmax", "Dropout")
    elif layer.class_name == "Lambda" and layer.function is not None and layer.options.get("output_shape") is None:
        layer.options["output_shape"] = _lambda_shape(session, layer, args, line)


def _lambda_shape(session: Session, layer: Layer, args: list[Value], line: int) -> Value:
    """The output shape of a Lambda without the batch axis, by following its function; None when that cannot be done."""
    from paramcount.typed.interpreter import Uncertain, call_function

    assert layer.function is not None  # noqa: S101
    used = dict(session.namer.used)
    depth = session.budget.depth

    def stand_in(tensor: Tensor) -> Tensor:
        shape = shape_of(session, tensor, line)
        name = f"{tensor.layer.name}_{tensor.node}_{tensor.index}"
        made = input_layer(name, None if shape is None else list(shape), "float32", layer.tf_keras, line)
        found: Tensor = made.nodes[0].outputs
        return found

    try:
        arguments = layer.options.get("arguments") or {}
        result = call_function(session.evaluator, layer.function, mapped(list(args), stand_in), dict(arguments), line)
        shape = shape_of(session, result, line) if isinstance(result, Tensor) else None
    except (BeyondTypedModels, UsageError, Uncertain):
        session.budget.depth = depth
        shape = None
    session.namer.used = used
    return None if shape is None else list(shape[1:])


def outputs_of(session: Session, layer: Layer, kwargs: dict[str, Value], line: int) -> int:
    """How many tensors a call of a layer gives."""
    name, options = layer.class_name, layer.options
    if layer.operation:
        return _outputs_of_operation(session, layer, line)
    if name in _STATES or name == "RNN":
        return 1 + (_states(session, layer, line) if options.get("return_state") else 0)
    if name == "Bidirectional":
        inner = options["layer"]
        states = 2 * _states(session, inner, line) if inner.options.get("return_state") else 0
        return (2 if options.get("merge_mode") is None else 1) + states
    if name.endswith("Attention") and kwargs.get("return_attention_scores") is True:
        return 2
    return 1


def _states(session: Session, layer: Layer, line: int) -> int:
    """How many states a recurrent layer gives with its output."""
    if layer.class_name in _STATES:
        return _STATES[layer.class_name]
    cell = layer.options.get("cell")
    if isinstance(cell, Layer) and cell.class_name in _STATES:
        return _STATES[cell.class_name]
    raise session.beyond(f"How many states `{layer.name}` gives is not known", line)


_SEVERAL = {"Moments": 2, "TopK": 2, "Slogdet": 2, "Qr": 2, "Eig": 2, "Eigh": 2, "RFFT": 2, "FFT": 2, "STFT": 2}


def _outputs_of_operation(session: Session, layer: Layer, line: int) -> int:
    """How many tensors an operation of the graph gives."""
    name = layer.class_name
    if name in {"Split", "ArraySplit", "Hsplit", "Vsplit", "Dsplit"}:
        sections = layer.options.get("indices_or_sections")
        count = len(sections) + 1 if isinstance(sections, list) else sections
        if not isinstance(count, int) or not 0 < count <= 10_000:
            raise session.beyond("How many parts a split gives is not known", line, found=shown(sections))
        return count
    if name == "Unstack":
        count = layer.options.get("num")
        if not isinstance(count, int) or not 0 < count <= 10_000:
            raise session.beyond("How many parts `unstack` gives is not known without `num`", line)
        return count
    if name in {"SVD", "LuFactor", "Scan", "WhileLoop", "ForiLoop", "Map", "AssociativeScan", "CTCDecode", "Unique"}:
        raise session.beyond(f"The operation `{name}` on outputs of layers is not read", line)
    return _SEVERAL.get(name, 1)


def ordered(session: Session, inputs: Value, outputs: Value, line: int) -> tuple[list[Layer], list[Node], list[Node]]:
    """What lies between inputs and outputs, in the order of Keras: layers and operations, calls, and calls as found.

    Keras goes through the graph depth first from the outputs, and sorts by the distance to the last output.

    Raises:
        ParamcountError: when an output does not depend on the inputs alone, or two layers have one name.
    """
    found, indices = _depth_first(session, inputs, outputs, line)
    depths: dict[int, int] = {}
    layer_depths: dict[int, int] = {}
    inside = {id(node) for node in found}
    for node in reversed(found):
        depth = max(depths.get(id(node), 0), layer_depths.get(id(node.layer), 0))
        depths[id(node)] = layer_depths[id(node.layer)] = depth
        for tensor in node.inputs:
            parent = tensor.source
            if id(parent) in inside:
                depths[id(parent)] = max(depth + 1, depths.get(id(parent), 0))
    layers = {id(node.layer): node.layer for node in found}
    nodes = list(found)
    for tensor in tensors_in(inputs):
        if id(tensor.layer) not in layers and not tensor.source.inputs:
            layers[id(tensor.layer)] = tensor.layer
            layer_depths[id(tensor.layer)], indices[id(tensor.layer)] = 0, -1
            depths[id(tensor.source)] = 0
            nodes.append(tensor.source)
    _check_connected(session, inputs, found, line)
    order = sorted(layers.values(), key=lambda layer: (-layer_depths[id(layer)], indices[id(layer)]))
    _check_names(session, order, line)
    return order, nodes, found


def _depth_first(session: Session, inputs: Value, outputs: Value, line: int) -> tuple[list[Node], dict[int, int]]:
    """The calls from inputs to outputs, each after those it needs, and the order in which layers are met."""
    declared = {tensor.key for tensor in tensors_in(inputs)}
    done: set[int] = set()
    found: list[Node] = []
    indices: dict[int, int] = {}
    for output in tensors_in(outputs):
        stack = [(output, False)]
        while stack:
            tensor, finished = stack.pop()
            node = tensor.source
            if finished:
                if id(node) not in done:
                    done.add(id(node))
                    found.append(node)
                continue
            if id(node) in done:
                continue
            session.budget.spend(line)
            if node.inputs and tensor.key in declared:
                done.add(id(node))
                continue
            indices.setdefault(id(node.layer), len(indices))
            stack.append((tensor, True))
            stack.extend((item, False) for item in reversed(node.inputs))
    return found, indices


def _check_connected(session: Session, inputs: Value, found: list[Node], line: int) -> None:
    """Refuse a graph that needs an input which is not among the model's."""
    computable = {tensor.key for tensor in tensors_in(inputs)}
    for node in found:
        if not node.inputs:
            known = (id(node.layer), node.index, 0) in computable
        else:
            known = all(tensor.key in computable for tensor in node.inputs)
        if not known:
            raise session.wrong(
                "The outputs of the model do not depend on its inputs alone", line, found=f"`{node.layer.name}`",
                advice="Give every Input that the outputs need.",
            )  # fmt: skip
        computable.update(tensor.key for tensor in tensors_in(node.outputs))


def _check_names(session: Session, layers: list[Layer], line: int) -> None:
    """Refuse two layers of one name, as Keras does."""
    seen = set()
    for layer in layers:
        if layer.name in seen:
            raise session.wrong(f"Two layers of the model are named `{layer.name[:80]}`", line)
        seen.add(layer.name)


def rewired(session: Session, model: Model, inputs: Value, outputs: Value, line: int) -> tuple[Value, Value]:
    """Inputs and outputs of a model that begins in the middle of a graph: the calls are made again on a new Input."""
    nodes = ordered(session, inputs, outputs, line)[2]
    swaps: dict[tuple[int, int, int], Tensor] = {}
    for tensor in tensors_in(inputs):
        if tensor.source.inputs:
            shape = shape_of(session, tensor, line)
            if shape is None:
                raise session.beyond("The shape of an intermediate output that becomes an input is not known", line)
            name = f"{tensor.layer.name}_CLONE"
            new = input_layer(name, list(shape), "float32", tensor.layer.tf_keras, line)
            swaps[tensor.key] = new.nodes[0].outputs
    model.rewired = len(swaps)

    def swapped(tensor: Tensor) -> Tensor:
        return swaps.get(tensor.key, tensor)

    for node in nodes:
        if not any(tensor.key in swaps for tensor in node.inputs):
            continue
        copy = add_node(session, node.layer, mapped(node.args, swapped), mapped(node.kwargs, swapped), line)
        for old, made in zip(tensors_in(node.outputs), tensors_in(copy.outputs), strict=True):
            swaps[old.key] = made
    return mapped(inputs, swapped), mapped(outputs, swapped)


def shape_of(session: Session, tensor: Tensor, line: int) -> tuple[int | None, ...] | None:
    """The shape of a tensor with the batch axis; None when nobody can tell."""
    if tensor.layer.class_name == "InputLayer":
        shape = tensor.layer.options["batch_shape"]
        return None if shape is None else tuple(shape)
    if session.shape_of is None:
        return None
    if tensor.key not in session.shapes:
        from paramcount.typed.serialize import partial_config

        config, history = partial_config(session, tensor, line)
        session.shapes[tensor.key] = session.shape_of(config, history)
        session.keep.append(tensor.layer)
    return session.shapes[tensor.key]
