"""Functional models."""

from __future__ import annotations

from paramcount.typed.construct import flag, flows_in, name_of, shown
from paramcount.typed.graph import ordered, rewired
from paramcount.typed.values import Model, Tensor, Unknown, tensors_in, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value


def make_functional(
    session: Session, tf_keras: bool, args: list[Value], kwargs: dict[str, Value], line: int, own_name: str = ""
) -> Model:
    """``Model(inputs, outputs, name)``; ``own_name`` is the class that the text has for it, if it has one."""
    given = dict(zip(["inputs", "outputs", "name"], args, strict=False))
    given.update(kwargs)
    if len(args) > 3 or not given.keys() <= {"inputs", "outputs", "name", "trainable", "dtype"}:
        raise session.wrong("`Model` takes `inputs`, `outputs` and `name`", line, found=", ".join(given)[:120])
    inputs, outputs = given.get("inputs"), given.get("outputs")
    for value, what in ((inputs, "inputs"), (outputs, "outputs")):
        _check(session, value, what, line)
    module = "tf_keras.src.engine.functional" if tf_keras else "keras.src.models.functional"
    model = Model("Functional", module, "", line)
    if any(tensor.source.inputs for tensor in tensors_in(inputs)):
        inputs, outputs = rewired(session, model, inputs, outputs, line)
    model.name = name_of(session, given.get("name"), own_name or "Functional", tf_keras, line)
    connect(session, model, inputs, outputs, line)
    if given.get("trainable") is not None:
        model.set_trainable(flag(session, given["trainable"], "trainable", line))
    session.models.append(model)
    return model


def connect(session: Session, model: Model, inputs: Value, outputs: Value, line: int) -> None:
    """Give a model its graph."""
    model.members, model.own_nodes, _ = ordered(session, inputs, outputs, line)
    model.inputs, model.outputs = inputs, outputs


def _check(session: Session, value: Value, what: str, line: int) -> None:
    """Refuse inputs or outputs that are not all tensors."""
    items = list(walk(value))
    for item in items:
        if isinstance(item, Unknown):
            raise flows_in(session, item, f"`{what}` of a `Model`", line)
        if not isinstance(item, Tensor):
            raise session.wrong(f"`{what}` of a `Model` are outputs of layers or an `Input`", line, found=shown(item))
    if not items:
        raise session.wrong(f"A `Model` needs `{what}`", line)
