"""Which of a text's models are its results."""

from __future__ import annotations

from paramcount.typed import TypedModel
from paramcount.typed.construct import shown
from paramcount.typed.serialize import entry_of
from paramcount.typed.values import Function, Layer, LocalClass, Model, Tensor, tensors_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.errors import ParamcountError
    from paramcount.typed.interpreter import Interpreter
    from paramcount.typed.session import Session
    from paramcount.typed.values import Scope


def results(interpreter: Interpreter, scope: Scope) -> list[TypedModel]:
    """The models that have a name in the module or stand there by themselves, without those that others contain.

    Raises:
        ParamcountError: when there is none.
    """
    session = interpreter.session
    names = _names(interpreter, scope)
    found = [model for model in session.models if id(model) in names and model.members]
    inner = _contained(session, found)
    roots = [model for model in found if id(model) not in inner]
    if not roots:
        raise _nothing(interpreter, scope)
    return [
        TypedModel(names[id(model)], model.line, entry_of(session, model), _input_shape(model), tuple(model.notes))
        for model in roots
    ]


def _names(interpreter: Interpreter, scope: Scope) -> dict[int, str]:
    """The name of every model that the module has, by the model."""
    names: dict[int, str] = {}
    for name, model in interpreter.named:
        if not names.get(id(model)):
            names[id(model)] = name
    for name, value in list(scope.names.items()):
        if isinstance(value, Model):
            names.setdefault(id(value), name)
        elif isinstance(value, (list, tuple)):
            for place, item in enumerate(value):
                if isinstance(item, Model):
                    names.setdefault(id(item), f"{name}[{place}]")
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, Model):
                    names.setdefault(id(item), f"{name}[{shown(key)}]")
    for model in interpreter.session.seen:
        names.setdefault(id(model), "")
    return names


def _contained(session: Session, models: list[Model]) -> set[int]:
    """The models that are layers of another one, or all of whose layers are."""
    everything = {id(model): _layers_below(session, model) for model in models}
    own = {id(model): {id(layer) for layer in model.layers() if layer.class_name != "InputLayer"} for model in models}
    inner: set[int] = set()
    for place, model in enumerate(models):
        for other_place, other in enumerate(models):
            session.budget.spend(model.line)
            if other is model or id(other) in inner:
                continue
            below = everything[id(other)]
            same = own[id(model)] == own[id(other)]
            within = bool(own[id(model)]) and own[id(model)] <= below and (not same or other_place < place)
            if id(model) in below or within:
                inner.add(id(model))
                break
    return inner


def _layers_below(session: Session, model: Model) -> set[int]:
    """The layers of a model and of all models and layers inside it."""
    seen: set[int] = set()
    stack = list(model.layers())
    while stack:
        layer = stack.pop()
        if id(layer) not in seen:
            session.budget.spend(model.line)
            seen.add(id(layer))
            stack += layer.held()
    return seen


def _input_shape(model: Model) -> tuple[int | None, ...] | None:
    """The shape of a model's one input without the batch axis."""
    tensors = tensors_in(model.inputs) if model.inputs is not None else []
    if not tensors and model.members and model.members[0].class_name == "InputLayer":
        tensors = [model.members[0].nodes[0].outputs]
    if len(tensors) != 1 or tensors[0].layer.class_name != "InputLayer":
        return None
    shape = tensors[0].layer.options["batch_shape"]
    return None if shape is None else tuple(shape[1:])


def _nothing(interpreter: Interpreter, scope: Scope) -> ParamcountError:
    """The error for a text without a model."""
    session, result = interpreter.session, interpreter.result
    if isinstance(result, (Layer, Tensor)) and not isinstance(result, Model):
        kind = "a single layer" if isinstance(result, Layer) else "an output of a layer"
        return session.beyond(
            f"The text holds no model but {kind}", 0, found=shown(result),
            expected="", advice='For one layer: `paramcount layer "Conv2D(64, 6)" --input-shape 28,28,3`.',
        )  # fmt: skip
    if isinstance(result, list) and result and all(isinstance(item, Layer) for item in result):
        return session.beyond(
            "The text holds a list of layers but no model", 0, expected="", advice="Write `Sequential([...])`."
        )
    functions = [name for name, value in scope.names.items() if isinstance(value, Function)]
    classes = [name for name, value in scope.names.items() if isinstance(value, LocalClass)]
    listed = ", ".join(f"`{name}`" for name in [*functions, *classes][:8])
    if session.passed:
        return session.beyond("The text builds no model that can be read", 0, found=", ".join(session.passed[-3:]))
    found = f"definitions that are not called: {listed}" if listed else "no `Sequential` and no `Model`"
    return session.beyond("The text builds no model", 0, found=found)
