"""What statements could do to layers and models, from their text alone: for those that reading cannot follow."""

from __future__ import annotations

from paramcount.typed.methods import PASSIVE
from paramcount.typed.values import Function, Layer, LocalClass, Scope, layers_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_INNER = frozenset({"FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef"})
_MUTATORS = frozenset("append extend insert pop remove clear update setdefault reverse sort popitem".split())


def nodes_below(session: Session, nodes: list[Any]) -> Iterator[Any]:
    """Every node of some statements, functions inside them excepted."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        session.budget.spend(getattr(node, "lineno", 0))
        yield node
        if type(node).__name__ in _INNER:
            continue
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                stack.extend(item for item in value if hasattr(item, "_fields"))
            elif hasattr(value, "_fields"):
                stack.append(value)


def may_change_layers(session: Session, definition: Any) -> bool:
    """Whether a function or class of the text could freeze layers or add some, by what it names."""
    stack = list(definition.body) if isinstance(definition.body, list) else [definition.body]
    for node in nodes_below(session, stack):
        kind = type(node).__name__
        if kind in {"FunctionDef", "AsyncFunctionDef", "ClassDef"} and may_change_layers(session, node):
            return True
        if kind == "Attribute" and node.attr in {"trainable", "add", "pop", "setattr", "quantize", "enable_lora"}:
            return True
        if kind == "Name" and node.id == "setattr":
            return True
    return False


def touched(session: Session, nodes: list[Any], scope: Scope, leaving: bool) -> tuple[set[str], str]:
    """The names that statements bind or change, and what among them could change a layer or model.

    The second is empty when nothing could.  With ``leaving``, a ``return`` counts as a change, because the rest of a
    function hangs on it.
    """
    names: set[str] = set()
    for node in nodes_below(session, nodes):
        kind, line = type(node).__name__, getattr(node, "lineno", 0)
        if kind == "Name" and type(node.ctx).__name__ != "Load":
            names.add(node.id)
        elif kind in {"FunctionDef", "AsyncFunctionDef", "ClassDef"}:
            names.add(node.name)
        elif kind == "Return" and leaving:
            return names, f"a `return` on line {line}"
        elif kind in {"Attribute", "Subscript"} and type(node.ctx).__name__ != "Load":
            root = _root(node)
            if (kind == "Attribute" and node.attr == "trainable") or _holds_layers(root, scope):
                return names, f"an assignment to a layer or model on line {line}"
            names.update([root] if kind == "Subscript" and root else [])
        elif kind == "Call":
            change = _call(session, node, scope, names)
            if change:
                return names, f"{change} on line {line}"
    return names, ""


def _call(session: Session, node: Any, scope: Scope, names: set[str]) -> str:
    """What a call could change; empty when nothing of a model."""
    function = node.func
    if type(function).__name__ == "Attribute":
        root = _root(function.value)
        if _holds_layers(root, scope) and function.attr not in PASSIVE and not _is_reading(function.attr):
            return f"`.{function.attr}(...)`"
        if function.attr in _MUTATORS and root:
            names.add(root)
        return ""
    value = _value(function.id, scope) if type(function).__name__ == "Name" else None
    if type(function).__name__ == "Name" and function.id == "setattr":
        return "`setattr(...)`"
    if isinstance(value, (Function, LocalClass)):
        given = [*node.args, *[keyword.value for keyword in node.keywords]]
        concerned = isinstance(value, Function) or any(_holds_layers(_root(item), scope) for item in given)
        if concerned and may_change_layers(session, value.node):
            return f"`{function.id}(...)`"
    return ""


def _is_reading(method: str) -> bool:
    """Whether a method of a list or text leaves it as it is."""
    return method in {"items", "keys", "values", "get", "index", "count", "startswith", "endswith", "copy"}


def _root(node: Any) -> str:
    """The name at the bottom of ``a.b[0].c``."""
    while type(node).__name__ in {"Attribute", "Subscript", "Call", "Starred"}:
        node = node.func if type(node).__name__ == "Call" else node.value
    return node.id if type(node).__name__ == "Name" else ""


def _value(name: str, scope: Scope) -> Value:
    """What a name stands for; None when it stands for nothing."""
    holder = scope.holder(name)
    return None if holder is None else holder.names[name]


def _holds_layers(name: str, scope: Scope) -> bool:
    """Whether a name stands for a layer, a model or a structure of such."""
    value = _value(name, scope)
    return isinstance(value, Layer) or (isinstance(value, (list, tuple, dict)) and bool(layers_in(value)))
