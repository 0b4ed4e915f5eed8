"""Layers from the arguments of their constructors."""

from __future__ import annotations

from paramcount.layers.signatures import REQUIRED, helper, names, signature
from paramcount.typed.options import normalised
from paramcount.typed.refusal import near
from paramcount.typed.values import Function, Layer, LocalClass, Node, Partial, Ref, Tensor, Unknown, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.signatures import Signature
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

WITHOUT_EFFECT = ("_initializer", "_regularizer", "_constraint")
"""Endings of the options whose value changes no count and no shape."""
HARMLESS = frozenset({"weights", "seed", "rate", "momentum", "epsilon", "mean", "variance"})
"""Options that may be unknown, because they change no count and no shape."""
_WHOLE = frozenset(
    "units filters input_dim output_dim num_heads key_dim head_dim num_query_heads num_key_value_heads".split()
)
"""Options that are whole numbers above zero."""
_CELLS = {"LSTM", "GRU", "SimpleRNN"}


def make_layer(
    session: Session, class_name: str, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int
) -> Layer:
    """The layer that a constructor call makes, with every option.

    Raises:
        ParamcountError: when there is no such layer, or it does not take these arguments.
    """
    found = signature(class_name, tf_keras)
    if found is None:
        raise session.wrong(
            f"There is no layer `{class_name[:80]}` in {'tf_keras' if tf_keras else 'Keras 3'}",
            line,
            advice=near(class_name, names(tf_keras)),
        )
    session.budget.spend(line, 10)
    session.weigh(line, [args, kwargs])
    given = bind(session, found, f"`{found.class_name}`", args, kwargs, line, tf_keras)
    if tf_keras and isinstance(given.get("units"), float):
        # As tf_keras does; Keras 3 refuses it.
        try:
            given["units"] = int(given["units"])
        except (OverflowError, ValueError):
            raise session.wrong(f"`{found.class_name}` takes no `units` that is not finite", line) from None
    if found.class_name == "InputLayer":
        return _input_layer(session, given, tf_keras, line)
    return _layer(session, found, given, tf_keras, line)


def bind(
    session: Session, found: Signature, what: str, args: list[Value], kwargs: dict[str, Value], line: int,
    tf_keras: bool = False,
) -> dict[str, Value]:  # fmt: skip
    """The arguments by name, checked as Python and Keras check them; without the defaults."""
    by_place = [key for key, _ in found.parameters if key not in found.keyword_only]
    if len(args) > len(by_place) and not found.open_ended:
        raise session.wrong(
            f"{what} takes at most {len(by_place)} arguments by place", line, found=f"{len(args)}",
            advice=f"In order: {', '.join(by_place)}." if by_place else "Give its options by name.",
        )  # fmt: skip
    given = dict(zip(by_place, args, strict=False))
    own = {key for key, _ in found.parameters}
    for key, value in kwargs.items():
        if key in given:
            raise session.wrong(f"{what} is given `{key}` twice, by place and by name", line)
        if key not in own and key not in found.accepted:
            raise _no_such_option(session, found, what, key, tf_keras, line)
        given[key] = value
    missing = [key for key, default in found.parameters if default is REQUIRED and key not in given]
    if missing:
        listed = " and ".join(f"`{key}`" for key in missing)
        raise session.wrong(f"{what} needs {listed}", line, advice=f"Give {listed}, as in Keras.")
    return given


def _no_such_option(session: Session, found: Signature, what: str, key: str, tf_keras: bool, line: int) -> Exception:
    """The error for an option that the constructor does not take."""
    other = signature(found.class_name, not tf_keras)
    known = list(dict.fromkeys([name for name, _ in found.parameters] + sorted(found.accepted)))
    advice = near(key, known)
    if other is not None and (key in dict(other.parameters) or key in other.accepted):
        theirs = "Keras 3" if tf_keras else "tf_keras"
        advice = f"{theirs} has it; this text uses {'tf_keras' if tf_keras else 'Keras 3'}. {advice}".strip()
    return session.wrong(
        f"{what} has no option `{key[:80]}`", line, advice=advice or f"Its options: {', '.join(known)}."
    )


def _layer(session: Session, found: Signature, given: dict[str, Value], tf_keras: bool, line: int) -> Layer:
    """A layer other than an InputLayer."""
    first_shape = _first_shape(session, found.class_name, given, tf_keras, line)
    options = {key: given.get(key, default) for key, default in found.parameters}
    if "activity_regularizer" in given:
        options["activity_regularizer"] = given["activity_regularizer"]
    if found.class_name == "LeakyReLU" and "alpha" in given and not tf_keras:
        options["negative_slope"] = given["alpha"]
    base = {key: options.pop(key, given.get(key)) for key in ("name", "trainable", "dtype")}
    options = {key: _checked(session, found, key, value, line) for key, value in options.items()}
    options = _composed(session, found.class_name, options, tf_keras, line)
    module = "tf_keras.layers" if tf_keras else "keras.layers"
    name = name_of(session, base["name"], found.class_name, tf_keras, line)
    layer = Layer(found.class_name, module, name, normalised(found.class_name, options), line)
    layer.trainable = flag(session, given.get("trainable", True), "trainable", line)
    layer.dtype = dtype_of(session, base["dtype"], line) or session.dtype
    layer.first_shape = first_shape
    if isinstance(given.get("function"), Function):
        layer.function = given["function"]
    if found.class_name == "Lambda":
        layer.options["arguments"] = layer.options["arguments"] or {}
    if found.class_name == "Bidirectional":
        if tf_keras and "trainable" not in given and isinstance(layer.options["layer"], Layer):
            layer.trainable = layer.options["layer"].trainable
        _directions(session, layer, line)
    return layer


def name_of(session: Session, given: Value, class_name: str, tf_keras: bool, line: int) -> str:
    """The name that was given, or the next one of the class."""
    if given is None:
        # Keras calls the class itself otherwise than it serializes it.
        own = "GroupedQueryAttention" if class_name == "GroupQueryAttention" else class_name
        return session.namer.take(own, tf_keras)
    if isinstance(given, Unknown):
        raise flows_in(session, given, f"the name of a `{class_name}`", line)
    if not isinstance(given, str):
        raise session.wrong(f"The name of a `{class_name}` is no text", line, found=shown(given))
    if "/" in given and not tf_keras:
        raise session.wrong("The name of a layer holds a `/`, which Keras 3 does not allow", line, found=shown(given))
    return given


def flag(session: Session, value: Value, what: str, line: int) -> bool:
    """A truth value."""
    if isinstance(value, Unknown):
        raise flows_in(session, value, f"`{what}`", line)
    if not isinstance(value, (bool, int)):
        raise session.wrong(f"`{what}` is neither True nor False", line, found=shown(value))
    return bool(value)


def dtype_of(session: Session, value: Value, line: int) -> str | None:
    """A dtype or policy by its name."""
    if isinstance(value, Unknown):
        raise flows_in(session, value, "`dtype`", line)
    if isinstance(value, Ref):
        return value.last
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = value["config"].get("name")
    if value is None or isinstance(value, str):
        return value
    raise session.wrong("`dtype` is not the name of a dtype", line, found=shown(value))


def flows_in(session: Session, value: Unknown, what: str, line: int) -> Exception:
    """The error for an unknown value where a model needs a known one."""
    first = value.cause or value
    origin = f"{first.reason} (line {first.line})" if first.line and first.line != line else first.reason
    return session.beyond(f"The value of {what} is not known without running the text", line, found=origin)


def _checked(session: Session, found: Signature, key: str, value: Value, line: int) -> Value:
    """An option's value as a config holds it; values that cannot be known are refused where they matter."""
    idle = key in HARMLESS or key.endswith(WITHOUT_EFFECT)
    if value is None and (key, REQUIRED) in found.parameters and key not in {"output_shape", "activation"}:
        raise session.wrong(f"`{found.class_name}` needs a value for `{key}`", line, found="None")
    value = plain(session, value, f"`{key}` of `{found.class_name}`", line, idle)
    if key in _WHOLE and (key, REQUIRED) in found.parameters and not (type(value) is int and value > 0):
        raise session.wrong(
            f"`{key}` of `{found.class_name}` is not a whole number above zero", line, found=shown(value)
        )
    return value


def plain(session: Session, value: Value, what: str, line: int, idle: bool = False) -> Value:
    """A value with functions and classes named by their last name, as a config holds them; layers stay layers."""
    if isinstance(value, (list, tuple)):
        return [plain(session, item, what, line, idle) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(session, item, what, line, idle) for key, item in value.items()}
    if isinstance(value, (range, set, frozenset)):
        session.budget.size(line, len(value))
        return [plain(session, item, what, line, idle) for item in value]
    if isinstance(value, Ref):
        return value.last
    if isinstance(value, Function) or (isinstance(value, LocalClass) and value.function):
        return {"module": "builtins", "class_name": "function", "config": value.name, "registered_name": "function"}
    if value is None or isinstance(value, (bool, int, float, str, Layer)):
        return value
    if idle:
        return None
    if isinstance(value, Unknown):
        raise flows_in(session, value, what, line)
    raise session.beyond(f"The value of {what} is not a constant", line, found=shown(value))


def shown(value: Value) -> str:
    """A value in a few words, for a message."""
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, Ref):
        return f"`{value.path[:120]}`"
    if isinstance(value, Layer):
        return f"the layer `{value.name[:80]}`"
    if isinstance(value, Tensor):
        return f"an output of `{value.layer.name[:80]}`"
    if isinstance(value, (Function, LocalClass)):
        return f"`{value.name[:80]}`"
    if isinstance(value, (bool, int, float, str)) or value is None:
        return repr(value)[:80]
    if isinstance(value, Partial):
        return "a `functools.partial`"
    return f"a {type(value).__name__}"


# Shapes of inputs.


def shape_value(session: Session, value: Value, what: str, line: int) -> list[int | None]:
    """A shape as a list of sizes and None."""
    if isinstance(value, Unknown):
        raise flows_in(session, value, what, line)
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    if not isinstance(value, (list, tuple)):
        raise session.wrong(f"{what} is not a shape", line, found=shown(value))
    for size in value:
        if isinstance(size, Unknown):
            raise flows_in(session, size, what, line)
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            raise session.wrong(f"{what} is not a shape", line, found=f"{shown(size)} in it")
    return list(value)


def _first_shape(
    session: Session, class_name: str, given: dict[str, Value], tf_keras: bool, line: int
) -> list[int | None] | None:
    """The input shape that the constructor of a first layer may be given, with the batch axis."""
    for key in ("batch_input_shape", "batch_shape"):
        if given.get(key) is not None:
            return shape_value(session, given[key], f"`{key}`", line)
    batch = [given.get("batch_size") if isinstance(given.get("batch_size"), int) else None]
    if given.get("input_shape") is not None:
        return batch + shape_value(session, given["input_shape"], "`input_shape`", line)
    if given.get("input_dim") is not None and class_name != "Embedding":
        length = [given.get("input_length")] if class_name in _CELLS else []
        return batch + shape_value(session, [*length, given["input_dim"]], "`input_dim`", line)
    if class_name == "Embedding" and given.get("input_length") is not None:
        # Keras 3 passes over it; what the text means is the length of its input.
        return batch + shape_value(session, given["input_length"], "`input_length`", line)
    if class_name == "Embedding" and tf_keras:
        return [*batch, None]
    return None


def _input_layer(session: Session, given: dict[str, Value], tf_keras: bool, line: int) -> Layer:
    """An InputLayer with its one output."""
    if isinstance(given.get("input_tensor"), Tensor):
        raise session.beyond("An InputLayer of a tensor that exists already is not read", line)
    whole = next((given[key] for key in ("batch_shape", "batch_input_shape") if given.get(key) is not None), None)
    part = next((given[key] for key in ("shape", "input_shape") if given.get(key) is not None), None)
    if whole is not None:
        shape = shape_value(session, whole, "The shape of an Input", line)
    elif part is not None:
        batch = given.get("batch_size")
        if isinstance(batch, Unknown):
            batch = None
        shape = shape_value(session, [batch], "The batch size", line)
        shape += shape_value(session, part, "The shape of an Input", line)
    else:
        raise session.wrong("An Input needs a `shape`", line)
    dtype = dtype_of(session, given.get("dtype"), line) or "float32"
    name = name_of(session, given.get("name"), "InputLayer", tf_keras, line)
    return input_layer(name, shape, dtype, tf_keras, line, sparse=bool(given.get("sparse") is True))


def input_layer(
    name: str, shape: list[int | None] | None, dtype: str, tf_keras: bool, line: int, sparse: bool = False
) -> Layer:
    """An InputLayer of a name and a shape with the batch axis; the shape is None when nothing tells it."""
    module = "tf_keras.layers" if tf_keras else "keras.layers"
    options = {"batch_shape": shape, "dtype": dtype, "sparse": sparse, "ragged": False}
    layer = Layer("InputLayer", module, name, options, line)
    node = Node(layer, 0, (), {})
    node.outputs = Tensor(layer, 0, 0)
    layer.nodes.append(node)
    return layer


# Layers that make others of those they are given.


def _composed(
    session: Session, class_name: str, options: dict[str, Value], tf_keras: bool, line: int
) -> dict[str, Value]:
    """Checks what a wrapper is given, and stacks the cells of an RNN as Keras does."""
    for key in ("layer", "backward_layer", "cell"):
        value = options.get(key)
        cells_follow = key == "cell" and isinstance(value, list)
        if value is not None and not cells_follow and not isinstance(value, Layer):
            raise session.wrong(f"`{key}` of `{class_name}` is no layer", line, found=shown(value))
    cells = options.get("cells" if class_name == "StackedRNNCells" else "cell")
    if isinstance(cells, list):
        for cell in cells:
            if not isinstance(cell, Layer):
                raise session.wrong(f"A cell of `{class_name}` is no layer", line, found=shown(cell))
        if class_name == "RNN":
            options["cell"] = make_layer(session, "StackedRNNCells", tf_keras, [cells], {}, line)
    return options


def _directions(session: Session, layer: Layer, line: int) -> None:
    """Give a Bidirectional its two layers: copies, with names of their own."""
    inner = layer.options["layer"]
    layer.options["layer"] = copied(session, inner, f"forward_{inner.name.removeprefix('forward_')}", line)
    if layer.options.get("backward_layer") is None:
        twin = copied(session, inner, f"backward_{inner.name.removeprefix('backward_')}", line)
        twin.options["go_backwards"] = not inner.options.get("go_backwards")
        layer.options["backward_layer"] = twin


def copied(session: Session, layer: Layer, name: str, line: int) -> Layer:
    """A layer made anew from another's options, as Keras does from its config."""
    session.budget.enter(line)
    session.budget.spend(line, 1 + len(layer.options))
    twin = Layer(layer.class_name, layer.module, name, {}, layer.line)
    for key, value in layer.options.items():
        twin.options[key] = _copied_value(session, value, line)
    twin.trainable, twin.dtype, twin.operation = layer.trainable, layer.dtype, layer.operation
    session.budget.depth -= 1
    return twin


def _copied_value(session: Session, value: Value, line: int) -> Value:
    """An option's value with its layers copied."""
    if isinstance(value, Layer):
        if hasattr(value, "members"):
            raise session.beyond("A model inside a `Bidirectional` is not read", line)
        return copied(session, value, value.name, line)
    if isinstance(value, list) and any(isinstance(item, Layer) for item in walk(value)):
        return [_copied_value(session, item, line) for item in value]
    return value


def make_helper(
    session: Session, group: str, name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """An initializer, regularizer or constraint as a config holds it; unknown when Keras has none of the name."""
    found = helper(group, name)
    if found is None:
        return Unknown(f"`keras.{group}.{name}(...)`", line)
    given = bind(session, found, f"`{found.class_name}`", args, kwargs, line)
    config = {key: given.get(key, default) for key, default in found.parameters}
    config = {key: plain(session, value, f"`{key}`", line, idle=True) for key, value in config.items()}
    return {"module": f"keras.{group}", "class_name": found.class_name, "config": config, "registered_name": None}
