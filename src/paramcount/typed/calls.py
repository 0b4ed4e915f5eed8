"""What a call gives: a layer, a model, the outputs of a layer, a constant, or something unknown."""

from __future__ import annotations

from paramcount.layers.signatures import canonical
from paramcount.typed.construct import dtype_of, flows_in, make_helper, make_layer, shown
from paramcount.typed.graph import call_layer, shape_of
from paramcount.typed.names import canonical_path
from paramcount.typed.values import (
    Function,
    Layer,
    LocalClass,
    Method,
    Model,
    Partial,
    Ref,
    Tensor,
    Unknown,
    layers_in,
    tensors_in,
    unknown_in,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_HELPERS = ("initializers", "regularizers", "constraints")
_MERGES = {
    "add": "Add", "subtract": "Subtract", "multiply": "Multiply", "average": "Average", "maximum": "Maximum",
    "minimum": "Minimum", "concatenate": "Concatenate", "dot": "Dot",
}  # fmt: skip
_FRAMEWORKS = frozenset({"builtins", "keras", "tf_keras", "tensorflow", "math", "numpy", "functools", "os", "sys"})
_GLOBAL_DTYPES = frozenset({"set_floatx", "set_global_policy", "set_dtype_policy", "set_policy"})
_OTHER_PARTS = frozenset(
    "optimizers losses metrics callbacks datasets utils preprocessing saving wrappers estimator experimental legacy"
    " distribution random quantizers export tree visualization distillation mixed_precision dtype_policies"
    " config".split()
)


def call(evaluator: Evaluator, function: Value, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """The value of ``function(*args, **kwargs)``.

    Raises:
        ParamcountError: when the call goes beyond what is read, or Keras would refuse it.
    """
    session = evaluator.session
    session.budget.spend(line)
    if isinstance(function, Unknown):
        if not session.lines:
            raise _no_such_layer(session, function)
        hand_over(function.reason, args, kwargs, line)
        return Unknown(f"the result of {function.reason[:200]}", line, function)
    if isinstance(function, Partial):
        return call(evaluator, function.function, [*function.given, *args], {**function.named, **kwargs}, line)
    if isinstance(function, Ref):
        return _of_ref(evaluator, canonical_path(function.path), args, kwargs, line)
    if isinstance(function, Function):
        from paramcount.typed.interpreter import call_function

        return call_function(evaluator, function, args, kwargs, line)
    _no_unknown_names(session, kwargs, line)
    if isinstance(function, Layer):
        return call_layer(session, function, args, kwargs, line)
    if isinstance(function, Method):
        from paramcount.typed.methods import call_method

        return call_method(evaluator, function.owner, function.name, args, kwargs, line)
    if isinstance(function, LocalClass):
        return _of_class(session, function, args, kwargs, line)
    raise session.wrong("What is called here is no function, layer or model", line, found=shown(function))


def _no_such_layer(session: Session, function: Unknown) -> Exception:
    """The error for a layer on the command line that Keras does not have."""
    from paramcount.layers.signatures import names
    from paramcount.typed.refusal import near

    name = function.reason.split("`")[1] if function.reason.count("`") > 1 else function.reason
    if not session.tf_keras and name in names(True):
        return session.wrong(f"Keras 3 has no layer `{name}`", 0, advice="tf_keras has it: add --tf-keras.")
    advice = near(name, names(session.tf_keras)) or "Write it as in Keras: `Conv2D(64, 6)`."
    return session.wrong(f"Keras has no layer `{name}`", 0, advice=advice)


def _no_unknown_names(session: Session, kwargs: dict[str, Value], line: int) -> None:
    """Refuse ``**options`` that are not known."""
    if "**" in kwargs:
        raise flows_in(session, kwargs["**"], "`**` options", line)


def hand_over(what: str, args: list[Value], kwargs: dict[str, Value], line: int) -> None:
    """Note on every model that something which is not read was given it."""
    for layer in layers_in([args, kwargs]):
        note = f"line {line} hands it to {what[:120]}, which is not read"
        if isinstance(layer, Model) and note not in layer.notes and len(layer.notes) < 20:
            layer.notes.append(note)


def _of_class(session: Session, function: LocalClass, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """An object of a class of the text, or the result of a function of it that is not read."""
    if function.model and (len(args) >= 2 or "outputs" in kwargs):
        from paramcount.typed.functional import make_functional

        return make_functional(session, False, args, kwargs, line, function.name)
    what = f"`{function.name}`, which line {function.line} defines and which is not read"
    if layers_in([args, kwargs]):
        from paramcount.typed.effects import may_change_layers

        if may_change_layers(session, function.node):
            hand_over(f"`{function.name}`", args, kwargs, line)
    return Unknown(what, line)


def _of_ref(evaluator: Evaluator, path: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """A call of something imported."""
    root, _, rest = path.partition(".")
    if root in {"keras", "tf_keras"}:
        _no_unknown_names(evaluator.session, kwargs, line)
        return _of_keras(evaluator, root == "tf_keras" or evaluator.session.tf_keras, rest, args, kwargs, line)
    if root == "tensorflow":
        return _of_tensorflow(evaluator.session, path, args, kwargs, line)
    if root == "builtins":
        from paramcount.typed.pythons import call_builtin

        return call_builtin(evaluator, rest, args, kwargs, line)
    if root in {"math", "numpy", "functools"}:
        from paramcount.typed.pythons import call_math

        return call_math(evaluator, path, args, kwargs, line)
    if root not in _FRAMEWORKS:
        hand_over(f"`{path}`", args, kwargs, line)
    return Unknown(f"the result of `{path[:120]}(...)`", line)


def _of_keras(
    evaluator: Evaluator, tf_keras: bool, rest: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """A call of something of Keras; ``rest`` is the path below ``keras``."""
    session = evaluator.session
    part, _, name = rest.rpartition(".")
    parts = part.split(".")
    if parts[0] == "applications":
        from paramcount.typed.applications import call_application

        return call_application(session, parts, name, tf_keras, args, kwargs, line)
    if name in {"Sequential", "Model", "Functional", "Input"} and parts[0] not in _OTHER_PARTS:
        return _model(session, name, tf_keras, args, kwargs, line)
    if parts[0] in _HELPERS:
        return make_helper(session, parts[0], name, args, kwargs, line)
    if name in {"clear_session", "reset_uids"}:
        session.namer.reset()
        return None
    if name in _GLOBAL_DTYPES and args:
        session.dtype = dtype_of(session, args[0], line) or session.dtype
        return None
    if name in {"DTypePolicy", "Policy"} and len(args) + len(kwargs) == 1:
        return dtype_of(session, [*args, *kwargs.values()][0], line)
    if parts[0] in {"ops", "activations", "backend"}:
        return _operation(session, f"keras.{rest}", args, kwargs, line)
    if parts[0] in _OTHER_PARTS and "layers" not in parts:
        return Unknown(f"the result of `keras.{rest[:120]}(...)`", line)
    return _layer(evaluator, parts, name, tf_keras, args, kwargs, line)


def _model(
    session: Session, name: str, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """``Sequential``, ``Model`` and ``Input``."""
    if name == "Sequential":
        from paramcount.typed.sequential import make_sequential

        return make_sequential(session, tf_keras, args, kwargs, line)
    if name == "Input":
        return _input(session, tf_keras, args, kwargs, line)
    from paramcount.typed.functional import make_functional

    return make_functional(session, tf_keras, args, kwargs, line)


def _input(session: Session, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int) -> Tensor:
    """``Input(shape, batch_size)``: the output of a new InputLayer."""
    if len(args) > 2:
        raise session.wrong("`Input` is given more than `shape` and `batch_size` by place", line)
    given = {**dict(zip(["shape", "batch_size"], args, strict=False)), **kwargs}
    if "tensor" in given:
        raise session.beyond("An `Input` of a tensor that exists already is not read", line)
    if tf_keras and "shape" in given:
        given["input_shape"] = given.pop("shape")
    layer = make_layer(session, "InputLayer", tf_keras, [], given, line)
    tensor = layer.nodes[0].outputs
    assert isinstance(tensor, Tensor)  # noqa: S101
    return tensor


def _layer(
    evaluator: Evaluator, parts: list[str], name: str, tf_keras: bool, args: list[Value], kwargs: dict[str, Value],
    line: int,
) -> Value:  # fmt: skip
    """A layer's constructor, or one of the functions that merge outputs."""
    session = evaluator.session
    if name in _MERGES and ("layers" in parts or parts == [""]):
        return _merge(session, name, tf_keras, args, kwargs, line)
    if name == "InputSpec" or not name[:1].isupper():
        return Unknown(f"the result of `keras.{'.'.join(parts)}.{name[:80]}(...)`", line)
    if "layers" in parts or canonical(name, tf_keras) is not None:
        return make_layer(session, name, tf_keras, args, kwargs, line)
    return Unknown(f"the result of `keras.{'.'.join(parts)}.{name[:80]}(...)`", line)


def _merge(
    session: Session, name: str, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """``layers.add([x, y])`` and its kin: a layer that is called at once."""
    if "inputs" in kwargs:
        args = [kwargs["inputs"], *args]
        kwargs = {key: value for key, value in kwargs.items() if key != "inputs"}
    if not args:
        raise session.wrong(f"`{name}` needs a list of outputs", line)
    layer = make_layer(session, _MERGES[name], tf_keras, args[1:], kwargs, line)
    return call_layer(session, layer, args[:1], {}, line)


def _operation(session: Session, path: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """A function of ``keras.ops``, ``keras.activations`` or ``keras.backend``."""
    from paramcount.typed import operations

    name = path.rpartition(".")[2]
    tensors = tensors_in([args, kwargs])
    if not tensors:
        return Unknown(f"the result of `{path[:120]}(...)`", line)
    if name in {"shape", "int_shape"}:
        shape = shape_of(session, tensors[0], line)
        return Unknown(f"the shape of {shown(tensors[0])}", line) if shape is None else tuple(shape)
    if ".backend." in path:
        mapping = operations.foreign(path)
        if mapping:
            return operations.foreign_operation(session, mapping, args, kwargs, line)
    function = operations.function_of(path)
    if not function or ".backend." in path:
        raise session.beyond(f"The function `{path[:120]}` on outputs of layers is not read", line)
    return operations.operation(session, function, args, kwargs, line)


def _of_tensorflow(session: Session, path: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """A function of TensorFlow: an operation of the graph when it is given outputs, otherwise data."""
    tensors = tensors_in([args, kwargs])
    name = path.rpartition(".")[2]
    if not tensors:
        return Unknown(f"the result of `{path[:120]}(...)`", line)
    if name == "shape":
        shape = shape_of(session, tensors[0], line)
        return Unknown(f"the shape of {shown(tensors[0])}", line) if shape is None else tuple(shape)
    from paramcount.typed import operations

    mapping = operations.foreign(path)
    if not mapping:
        raise session.beyond(f"The function `{path[:120]}` on outputs of layers is not read", line)
    unknown = unknown_in([args, kwargs])
    if unknown is not None:
        raise flows_in(session, unknown, f"an argument of `{path[:120]}`", line)
    return operations.foreign_operation(session, mapping, args, kwargs, line)
