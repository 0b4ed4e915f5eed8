"""Python's own functions, and those of ``math`` and NumPy that compute with constants."""

from __future__ import annotations

from paramcount.typed import arithmetic
from paramcount.typed.arithmetic import attempt, check_range, check_size
from paramcount.typed.attributes import attribute, set_attribute
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
    unknown_in,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.values import Value

_LISTS = frozenset("list tuple set frozenset sorted reversed sum min max any all enumerate zip map filter".split())
_NUMBERS = frozenset("int float str bool abs round divmod pow repr chr ord".split())
_MATH = frozenset("ceil floor sqrt log log2 log10 exp trunc fabs gcd".split())


def call_builtin(evaluator: Evaluator, name: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """What one of Python's functions gives; unknown for those that do something."""
    session = evaluator.session
    if name in {"print", "open", "input", "super", "vars", "id", "hash", "next", "iter"}:
        return None if name == "print" else Unknown(f"`{name}(...)`", line)
    if name in {"isinstance", "issubclass"} and len(args) == 2:
        return _is_instance(args[0], args[1], line)
    if name == "type" and len(args) == 1:
        return attribute(session, args[0], "__class__", line) if isinstance(args[0], Layer) else Unknown("a type", line)
    if name in {"getattr", "hasattr", "setattr"} and len(args) >= 2:
        return _by_name(evaluator, name, args, line)
    if name == "callable" and args:
        return isinstance(args[0], (Ref, Function, LocalClass, Partial, Layer, Method))
    if name == "range":
        unknown = unknown_in(args)
        return unknown if unknown is not None else attempt(session, line, lambda: range(*args))
    if name == "len" and len(args) == 1:
        return _length(evaluator, args[0], line)
    if name == "dict":
        return _dict(evaluator, args, kwargs, line)
    if name in _LISTS:
        return _of_lists(evaluator, name, args, kwargs, line)
    if name in _NUMBERS:
        return _of_numbers(evaluator, name, args, kwargs, line)
    return Unknown(f"`{name}(...)`", line)


def _length(evaluator: Evaluator, value: Value, line: int) -> Value:
    """How many parts a value has."""
    if isinstance(value, (list, tuple, dict, str, set, frozenset, range)):
        return attempt(evaluator.session, line, lambda: len(value))
    return Unknown("the length of something unknown", line)


def _dict(evaluator: Evaluator, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """``dict(...)``."""
    found: dict[Value, Value] = {}
    for source in args:
        if isinstance(source, dict):
            found.update(source)
        elif isinstance(source, Unknown):
            return source
        else:
            for pair in evaluator.sequence(source, line):
                key, value = evaluator.sequence(pair, line)[:2]
                arithmetic.store(evaluator.session, found, key, value, line)
    found.update(kwargs)
    return found


def _of_lists(evaluator: Evaluator, name: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """Functions that go through lists."""
    session = evaluator.session
    sources = args[1:] if name in {"map", "filter"} else args
    if name in {"enumerate", "sum", "zip"} and name != "zip":
        sources = args[:1]
    for source in sources:
        if isinstance(source, (Unknown, Ref, Tensor)):
            return source if isinstance(source, Unknown) else Unknown(f"`{name}(...)`", line)
    if name in {"min", "max"} and len(args) > 1:
        sources = [args]
    lists = [evaluator.sequence(source, line) for source in sources]
    first = lists[0] if lists else []
    if name == "map" and args:
        from paramcount.typed.calls import call

        return [call(evaluator, args[0], list(row), {}, line) for row in zip(*lists, strict=False)]
    if name == "zip":
        return list(zip(*lists, strict=False))
    if name == "enumerate":
        start = kwargs.get("start", args[1] if len(args) > 1 else 0)
        return list(enumerate(first, start if isinstance(start, int) else 0))
    if name in {"list", "tuple", "reversed"}:
        return tuple(first) if name == "tuple" else first[::-1] if name == "reversed" else first
    if name == "sum":
        total: Value = args[1] if len(args) > 1 else 0
        for item in first:
            total = evaluator.combine("Add", total, item, line)
        return total
    if unknown_in(first) is not None or kwargs.get("key") or name == "filter":
        return Unknown(f"`{name}(...)` of unknown values", line)
    session.weigh(line, first)
    actions: dict[str, Callable[[list[Value]], Value]] = {
        "set": set, "frozenset": frozenset, "sorted": lambda items: sorted(items, **kwargs), "any": any, "all": all,
        "min": lambda items: min(items, **kwargs), "max": lambda items: max(items, **kwargs),
    }  # fmt: skip
    return attempt(session, line, lambda: actions[name](first))


def _of_numbers(evaluator: Evaluator, name: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """Functions of numbers and texts."""
    session = evaluator.session
    unknown = unknown_in([args, kwargs])
    if unknown is not None:
        return unknown
    if kwargs or not all(isinstance(item, (bool, int, float, str)) or item is None for item in args):
        return Unknown(f"`{name}(...)`", line)
    if name == "pow":
        return arithmetic.binary(session, "Pow", args[0], args[1], line) if len(args) == 2 else Unknown("a power", line)
    if name == "round" and len(args) > 1 and not (isinstance(args[1], int) and abs(args[1]) < 400):
        return Unknown("`round(...)`", line)
    actions: dict[str, Callable[..., Value]] = {
        "int": int, "float": float, "str": str, "bool": bool, "abs": abs, "round": round, "divmod": divmod,
        "repr": repr, "chr": chr, "ord": ord,
    }  # fmt: skip
    result = attempt(session, line, lambda: actions[name](*args))
    check_size(session, result, line)
    return result


def _by_name(evaluator: Evaluator, name: str, args: list[Value], line: int) -> Value:
    """``getattr``, ``hasattr`` and ``setattr``."""
    session = evaluator.session
    if not isinstance(args[1], str):
        return Unknown(f"`{name}(...)`", line)
    if name == "setattr" and len(args) == 3:
        set_attribute(session, args[0], args[1], args[2], line)
        return None
    if name == "hasattr":
        owner = args[0]
        if isinstance(owner, Layer):
            return (
                args[1] in owner.options
                or args[1] in {"name", "trainable"}
                or (
                    Unknown("whether a layer has an attribute", line)
                    if args[1] != "layers"
                    else isinstance(owner, Model)
                )
            )
        return Unknown("`hasattr(...)`", line)
    return attribute(session, args[0], args[1], line)


def _is_instance(value: Value, kinds: Value, line: int) -> Value:
    """Whether a value is of a class, or of one of several."""
    if isinstance(kinds, tuple):
        answers = [_is_instance(value, kind, line) for kind in kinds]
        if True in answers:
            return True
        return next((answer for answer in answers if isinstance(answer, Unknown)), False)
    if not isinstance(kinds, Ref) or isinstance(value, Unknown):
        return Unknown("whether something is of a class", line)
    kind = kinds.last
    if isinstance(value, Layer):
        from paramcount.layers.signatures import canonical

        if kind == "Layer":
            return not value.operation
        if kind in {"Model", "Functional"}:
            return isinstance(value, Model) and (kind == "Model" or not value.sequential)
        known = canonical(kind, value.tf_keras)
        if known is None and kind != "Sequential":
            return Unknown("whether a layer is of a class", line)
        if kind in {"Wrapper", "RNN"}:
            return Unknown("whether a layer is of a class", line)
        return value.class_name == (known or kind)
    types = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": tuple, "dict": dict}
    if kind in types and kinds.path.startswith("builtins."):
        return isinstance(value, types[kind])
    return Unknown("whether something is of a class", line)


def call_math(evaluator: Evaluator, path: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """Functions of ``math`` and NumPy on constants; everything else of NumPy is data."""
    session = evaluator.session
    name = path.rpartition(".")[2]
    if path == "functools.partial" and args:
        return Partial(args[0], args[1:], kwargs)
    if unknown_in([args, kwargs]) is not None:
        return Unknown(f"`{path}(...)`", line)
    if name == "prod" and args and isinstance(args[0], (list, tuple)) and len(args) == 1:
        total: Value = 1
        for item in evaluator.sequence(args[0], line):
            total = evaluator.combine("Mult", total, item, line)
        return total
    if name in _MATH and args and all(isinstance(item, (int, float)) for item in args):
        import math

        if path.startswith("numpy") and name in {"ceil", "floor"}:
            return attempt(session, line, lambda: float(getattr(math, name)(*args)))
        return attempt(session, line, lambda: getattr(math, name)(*args))
    if name == "arange" and args and all(isinstance(item, int) for item in args):
        numbers = attempt(session, line, lambda: range(*args))
        check_range(session, numbers, line)
        return list(numbers)
    if path.startswith("math.") and name == "pow" and len(args) == 2:
        return attempt(session, line, lambda: float(args[0]) ** float(args[1]))
    return Unknown(f"`{path[:120]}(...)`", line)
