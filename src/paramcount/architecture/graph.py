"""The calls of a functional graph, from the ``inbound_nodes`` of every version of Keras.

Keras 3 writes each call as ``{"args", "kwargs"}`` with tensors in them; Keras 1, Keras 2 and tf_keras write a nest of
``[layer, call, tensor, kwargs]``, with ``_CONSTANT_VALUE`` in place of the layer for a constant.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any, NamedTuple

    from paramcount.architecture.node import Node
else:
    from paramcount.records import NamedTuple

MAX_NESTING = 32
"""Lists and dicts within the arguments of a call; deeper ones are taken for constants."""
_CONSTANT = "_CONSTANT_VALUE"


class Ref(NamedTuple):
    """One output tensor of one call of a layer."""

    layer: str
    call: int
    tensor: int


class Call(NamedTuple):
    """One use of a layer: its arguments, in which a ``Ref`` stands for each tensor."""

    args: list[Any]
    kwargs: dict[str, Any]
    refs: list[Ref]
    """Every tensor among the arguments."""


def calls_of(node: Node, names: Container[object]) -> list[Call]:
    """The calls of one layer in the graph that holds it, whose layers are called ``names``."""
    inbound = node.inbound
    if not isinstance(inbound, list):
        return []
    return [_new(entry) if isinstance(entry, dict) and "args" in entry else _old(entry, names) for entry in inbound]


def _new(entry: dict[str, Any]) -> Call:
    args, kwargs = entry.get("args"), entry.get("kwargs")
    refs: list[Ref] = []
    return Call(
        _tensors(args, 0, refs) if isinstance(args, list) else [],
        _tensors(kwargs, 0, refs) if isinstance(kwargs, dict) else {},
        refs,
    )


def _tensors(value: Any, depth: int, refs: list[Ref]) -> Any:
    """An argument of Keras 3 with its tensors as references, which are noted in ``refs``."""
    if depth > MAX_NESTING:
        return None
    if isinstance(value, list):
        return [_tensors(one, depth + 1, refs) for one in value]
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            history = config.get("keras_history") if isinstance(config, dict) else None
            if not _is_ref(history, 3):
                return None
            refs.append(_ref(history))
            return refs[-1]
        return {key: _tensors(one, depth + 1, refs) for key, one in value.items()}
    return value


def _is_ref(value: object, *lengths: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) in lengths
        and isinstance(value[0], str)
        and type(value[1]) is int
        and (type(value[2]) is int or value[0] == _CONSTANT)
    )


def _ref(value: Any) -> Ref:
    return Ref._make(value[:3])


def _old(entry: Any, names: Container[object]) -> Call:
    """A call of Keras 1 or 2: the first argument, and the keyword arguments that each of its tensors repeats."""
    kwargs: dict[str, Any] = {}
    refs: list[Ref] = []
    first = _nest(entry, names, kwargs, refs, 0)
    if isinstance(first, list) and len(first) == 1:
        first = first[0]
    return Call([first], {key: _nest(value, names, {}, refs, 0) for key, value in kwargs.items()}, refs)


def _nest(value: Any, names: Container[object], kwargs: dict[str, Any], refs: list[Ref], depth: int) -> Any:
    """One part of a call; ``kwargs`` takes up the keyword arguments in it, ``refs`` the tensors."""
    if depth > MAX_NESTING:
        return None
    if isinstance(value, list):
        if _is_ref(value, 3, 4) and (value[0] in names or value[0] == _CONSTANT):
            if len(value) == 4 and isinstance(value[3], dict):
                kwargs.update(value[3])
            if value[0] == _CONSTANT:
                return value[2]
            refs.append(_ref(value))
            return refs[-1]
        return [_nest(one, names, kwargs, refs, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: _nest(one, names, kwargs, refs, depth + 1) for key, one in value.items()}
    return value


def endpoints(value: Any, depth: int = 0) -> Any:
    """``input_layers`` or ``output_layers`` of a model, with a ``Ref`` for each tensor."""
    if _is_ref(value, 3):
        return _ref(value)
    if depth > MAX_NESTING:
        return None
    if isinstance(value, list):
        return [endpoints(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {str(key): endpoints(one, depth + 1) for key, one in value.items()}
    return None
