"""Operations of the graph: functions of ``keras.ops``, of TensorFlow and of the old backend, and Python's operators.

Functions of TensorFlow become the operation of Keras that computes the same.
"""

from __future__ import annotations

from paramcount.layers.signatures import REQUIRED, Signature, literal
from paramcount.typed.construct import bind, flows_in, plain
from paramcount.typed.graph import add_node
from paramcount.typed.operations_table import OPERATIONS
from paramcount.typed.values import Layer, tensors_in, unknown_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

OPERATORS = {
    "Add": "add", "Sub": "subtract", "Mult": "multiply", "Div": "true_divide", "FloorDiv": "floor_divide",
    "Mod": "mod", "Pow": "power", "MatMult": "matmul", "USub": "negative", "Lt": "less", "LtE": "less_equal",
    "Gt": "greater", "GtE": "greater_equal", "Eq": "equal", "NotEq": "not_equal", "BitAnd": "logical_and",
    "BitOr": "logical_or", "BitXor": "logical_xor", "Invert": "logical_not",
}  # fmt: skip
"""Python's operators, by the name of the syntax tree, and the function of ``keras.ops`` that each stands for."""

_UNARY = (
    "abs ceil cos cosh erf exp expm1 floor log log1p logical_not negative relu relu6 reciprocal round rsqrt selu"
    " sigmoid sign silu sin softplus softsign sqrt square swish tan tanh zeros_like ones_like elu gelu"
)
_BINARY = (
    "add subtract multiply divide maximum minimum equal not_equal less less_equal greater greater_equal logical_and"
    " logical_or floor_divide mod"
)
_TENSORFLOW = {
    "concat": "concatenate values:xs axis", "reduce_mean": "mean x axis keepdims", "reduce_sum": "sum x axis keepdims",
    "reduce_max": "max x axis keepdims", "reduce_min": "min x axis keepdims", "reduce_prod": "prod x axis keepdims",
    "reduce_std": "std x axis keepdims", "reduce_variance": "var x axis keepdims",
    "reshape": "reshape tensor:x shape:newshape", "expand_dims": "expand_dims x axis", "squeeze": "squeeze x axis",
    "transpose": "transpose a:x perm:axes", "cast": "cast x dtype", "matmul": "matmul a:x1 b:x2",
    "stack": "stack values:x axis", "split": "split value:x num_or_size_splits:indices_or_sections axis",
    "tile": "tile x multiples:repeats", "pow": "power x:x1 y:x2", "softmax": "softmax logits:x axis",
    "leaky_relu": "leaky_relu features:x alpha:negative_slope", "l2_normalize": "normalize x axis",
    "gather": "take params:x indices", "argmax": "argmax x axis", "pad": "pad tensor:x paddings:pad_width mode",
    "one_hot": "one_hot indices:x depth:num_classes", "stop_gradient": "stop_gradient x:variable",
    "clip_by_value": "clip t:x clip_value_min:x_min clip_value_max:x_max", "unstack": "unstack value:x num axis",
    "reverse": "flip tensor:x axis", "depth_to_space": "depth_to_space x block_size", "norm": "norm tensor:x ord axis",
    "space_to_depth": "space_to_depth x block_size", "resize": "image.resize images size method:interpolation",
    "where": "where condition x:x1 y:x2", "einsum": "einsum equation:subscripts *operands", "identity": "copy x",
    "log_softmax": "log_softmax logits:x axis", "tensordot": "tensordot a:x1 b:x2 axes",
}  # fmt: skip
_BACKEND = {
    "concatenate": "concatenate tensors:xs axis=-1", "mean": "mean x axis keepdims", "sum": "sum x axis keepdims",
    "max": "max x axis keepdims", "min": "min x axis keepdims", "prod": "prod x axis keepdims",
    "std": "std x axis keepdims", "var": "var x axis keepdims", "expand_dims": "expand_dims x axis=-1",
    "squeeze": "squeeze x axis", "reshape": "reshape x shape:newshape", "stack": "stack x axis",
    "permute_dimensions": "transpose x pattern:axes", "pow": "power x:x1 a:x2", "softmax": "softmax x axis",
    "l2_normalize": "normalize x axis", "cast": "cast x dtype", "dot": "dot x:x1 y:x2", "argmax": "argmax x axis",
    "clip": "clip x min_value:x_min max_value:x_max", "tile": "tile x n:repeats", "reverse": "flip x axes:axis",
    "one_hot": "one_hot indices:x num_classes", "stop_gradient": "stop_gradient variables:variable",
}  # fmt: skip


def operator(session: Session, symbol: str, operands: list[Value], line: int) -> Value:
    """What one of Python's operators makes of tensors; ``symbol`` is its name in the syntax tree."""
    name = OPERATORS.get(symbol)
    if name is None:
        raise session.beyond(f"The operator {symbol} on outputs of layers is not read", line)
    return operation(session, name, operands, {}, line)


def get_item(session: Session, tensor: Value, key: Value, line: int) -> Value:
    """What slicing and indexing makes of a tensor."""
    return operation(session, "get_item", [tensor, key], {}, line)


def function_of(path: str) -> str:
    """The function of ``keras.ops`` that stands behind a dotted path; empty when there is none.

    ``keras.ops.nn.relu`` and ``keras.ops.relu`` are one.
    """
    name = path.rpartition(".")[2]
    if ".ops.image." in path:
        return f"image.{name}" if _row(f"image.{name}") is not None else ""
    return name if _row(name) is not None else ""


def foreign(path: str) -> str:
    """How a function of TensorFlow, or of the old ``keras.backend``, maps to one of ``keras.ops``; empty if not."""
    name = path.rpartition(".")[2]
    table = _BACKEND if path.startswith(("keras.", "tf_keras.")) else _TENSORFLOW
    if name in table:
        return table[name]
    if name in _UNARY.split():
        return f"{name} x"
    return f"{name} x:x1 y:x2" if name in _BINARY.split() else ""


def foreign_operation(session: Session, mapping: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """The operation for a function that is not one of ``keras.ops``; ``mapping`` comes from :func:`foreign`."""
    name, *places = mapping.split()
    order, renamed, given = [], {}, {}
    for place in places:
        theirs, _, default = place.partition("=")
        theirs, _, ours = theirs.partition(":")
        order.append(theirs)
        renamed[theirs] = ours or theirs
        if default:
            given[ours or theirs] = literal(default)
    if order[-1].startswith("*"):
        return operation(session, name, args, kwargs, line)
    # The first argument goes by many names in TensorFlow.
    first = next((key for key in ("input", "input_tensor", "features", "logits", "a") if key in kwargs), "")
    for key, value in [*zip(order, args, strict=False), *kwargs.items()]:
        if key in {"name", "training"}:
            continue
        theirs = order[0] if key == first and first not in renamed else key
        if theirs not in renamed:
            raise session.beyond(f"The argument `{key[:80]}` of this function on outputs of layers is not read", line)
        given[renamed[theirs]] = value
    if len(args) > len(order):
        raise session.beyond("This function is given more arguments than are read", line)
    sizes = given.get("indices_or_sections")
    if isinstance(sizes, (list, tuple)) and all(isinstance(size, int) for size in sizes):
        # TensorFlow names the sizes of the parts, Keras the places between them.
        given["indices_or_sections"] = [sum(sizes[: place + 1]) for place in range(len(sizes) - 1)]
    return operation(session, name, [], given, line)


def operation(session: Session, name: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """The outputs of a function of ``keras.ops`` on tensors.

    Raises:
        ParamcountError: when there is no such function, or an unknown value goes in.
    """
    row = _row(name)
    if row is None:
        raise session.beyond(f"The function `{name[:80]}` on outputs of layers is not read", line)
    module, class_name, *cells = row.split("|")
    session.weigh(line, [args, kwargs])
    found, homes = _signature(class_name, cells)
    kwargs = {key: value for key, value in kwargs.items() if key != "name" or "name" in homes}
    given = bind(session, found, f"`{name}`", args, kwargs, line)
    unknown = unknown_in(list(given.values()))
    if unknown is not None:
        raise flows_in(session, unknown, f"an argument of `{name}`", line)
    options, call = {}, []
    for key, default in found.parameters:
        value = given.get(key, default)
        if homes[key]:
            options[homes[key]] = plain(session, value, f"`{key}` of `{name}`", line)
        elif key in given or value is not None:
            call.append(value)
    if found.open_ended:
        call += args[len(found.parameters) :]
    layer = Layer(class_name, f"keras.src.ops.{module}", session.namer.take(class_name), options, line)
    layer.operation = True
    if not tensors_in(call):
        raise session.beyond(f"`{name}` takes an output of a layer where it wants a constant", line)
    return add_node(session, layer, tuple(call), {}, line).outputs


def _signature(class_name: str, cells: list[str]) -> tuple[Signature, dict[str, str]]:
    """What a function takes, and the options of the operation to which its parameters go; empty for the call."""
    parameters: list[tuple[str, object]] = []
    homes, open_ended = {}, ""
    for cell in cells:
        if cell.startswith("*"):
            open_ended = cell[1:]
            continue
        key, mark, text = cell.partition("=")
        key, _, home = key.rstrip("!").partition(":")
        parameters.append((key, literal(text) if mark else REQUIRED))
        homes[key] = home
    return Signature(class_name, parameters, frozenset(), frozenset(), open_ended), homes


def _row(name: str) -> str | None:
    """The line of a function."""
    if not name.isascii() or not name.replace(".", "_").isidentifier():
        return None
    start = OPERATIONS.find(f"\n{name}|")
    if start < 0:
        return None
    start += len(name) + 2
    return OPERATIONS[start : OPERATIONS.index("\n", start)]
