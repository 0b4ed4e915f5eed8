"""Layers and models that are typed as Python: read from the syntax tree, never executed.

Nothing that the text names is imported or called.  What reading cannot follow is refused with its line.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from paramcount.typed.session import Session, ShapeOf
else:
    from paramcount.records import NamedTuple


class TypedModel(NamedTuple):
    """One model of a text."""

    name: str
    """The Python variable; empty for an expression."""
    line: int
    """Where the model is made."""
    config: dict[str, Any]
    """In the form of Keras 3's ``to_json()``, without shapes but those of InputLayers."""
    input_shape: tuple[int | None, ...] | None
    """Of a model with one input, without the batch axis; None when the text does not tell it."""
    notes: tuple[str, ...] = ()
    """What could change the model and was not read."""


def read_layer(text: str, tf_keras: bool = False) -> dict[str, Any]:
    """The config of one layer from a constructor call such as ``Conv2D(64, 6)``, with every option.

    Args:
        text: the call, as in Python.
        tf_keras: whether it is a layer of tf_keras, where the text does not say so.

    Raises:
        ParamcountError: when it is no such call, or Keras does not take these arguments.
    """
    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.refusal import wrong
    from paramcount.typed.serialize import entry_of
    from paramcount.typed.session import Session
    from paramcount.typed.syntax import tree_of
    from paramcount.typed.values import Layer, Ref, Scope

    where = "the typed layer"
    session = Session(where, lines=False)
    session.tf_keras = tf_keras
    tree = tree_of(text, where, "eval")
    scope = Scope()
    value = _guarded(session, lambda: Evaluator(session).value(tree.body, scope))
    if isinstance(value, Ref):
        raise wrong(f"`{value.last}` is a class without its arguments", where, advice=f"Write `{value.last}(...)`.")
    if not isinstance(value, Layer):
        from paramcount.typed.construct import shown

        raise wrong(
            "This is not a layer of Keras", where, found=shown(value), advice="Write it as in Keras: `Conv2D(64, 6)`."
        )
    entry: dict[str, Any] = _guarded(session, lambda: entry_of(session, value))
    entry["name"] = value.name
    return entry


def read_models(text: str, where: str, shape_of: ShapeOf | None = None) -> list[TypedModel]:
    """The models that a Python text defines and that no other model of it contains, in the order of definition.

    Args:
        text: a file's content or a pasted part of one.
        where: its name, for messages.
        shape_of: tells the shape of an output where the text computes with it; takes the config of a Functional
            model that ends there, and layer, node and tensor of the output.  By default it is inferred.

    Raises:
        ParamcountError: when the text goes beyond what is read, with the line, or holds no model.
    """
    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.interpreter import Interpreter, Uncertain
    from paramcount.typed.session import Session
    from paramcount.typed.syntax import tree_of
    from paramcount.typed.values import Scope

    tree = tree_of(text, where, "exec")
    if shape_of is None:
        from paramcount.typed.shapes import inferred_shape

        shape_of = inferred_shape
    session = Session(where, shape_of)
    interpreter = Interpreter(Evaluator(session))
    scope = Scope()

    def run() -> list[TypedModel]:
        try:
            interpreter.run(tree.body, scope)
        except Uncertain as uncertain:
            raise session.beyond(f"Where the text goes on hangs on {uncertain.what}", uncertain.line) from None
        from paramcount.typed.roots import results

        return results(interpreter, scope)

    models: list[TypedModel] = _guarded(session, run)
    return models


def _guarded(session: Session, action: Any) -> Any:
    """The result of an action; a text that is nested deeper than Python follows is refused."""
    try:
        return action()
    except RecursionError:
        from paramcount.typed.limits import too_much

        raise too_much(session.where, 0, "The text is nested too deeply", "what Python follows") from None


__all__ = ["TypedModel", "read_layer", "read_models"]
