"""Operators on Python's constants, within bounds."""

from __future__ import annotations

from paramcount.typed.limits import MAX_BITS, MAX_LENGTH, too_much
from paramcount.typed.values import Function, Layer, LocalClass, Ref, Tensor, Unknown, unknown_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

_SCALARS = (bool, int, float, str)
_OBJECTS = (Layer, Tensor, Function, LocalClass)


def attempt(session: Session, line: int, action: Callable[[], Value]) -> Value:
    """The result of an action on constants; what Python refuses is an error with its line."""
    try:
        return action()
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise session.wrong(
            "Python refuses this expression", line, found=f"{type(error).__name__}: {error}"[:200]
        ) from None


def check_size(session: Session, value: Value, line: int) -> None:
    """Refuse integers and texts beyond the bounds."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise too_much(session.where, line, "An integer is too large", f"{MAX_BITS} bits")
    if isinstance(value, str):
        session.budget.size(line, len(value))


def check_range(session: Session, value: range, line: int) -> None:
    """Refuse a range that is too long to be listed."""
    if value and (value[-1] - value[0]) // value.step > MAX_LENGTH:
        session.budget.size(line, MAX_LENGTH + 1)


def binary(session: Session, symbol: str, left: Value, right: Value, line: int) -> Value:
    """The result of an operator with two sides."""
    unknown = _unknown(left, right, line)
    if unknown is not None:
        return unknown
    if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
        return _of_sequences(session, symbol, left, right, line)
    if isinstance(left, (set, frozenset, dict)):
        return Unknown("an operation on a set or dict", line)
    if isinstance(left, str) or isinstance(right, str):
        return _of_texts(session, symbol, left, right, line)
    _check_growth(session, symbol, left, right, line)
    actions: dict[str, Callable[[], Value]] = {
        "Add": lambda: left + right, "Sub": lambda: left - right, "Mult": lambda: left * right,
        "Div": lambda: left / right, "FloorDiv": lambda: left // right, "Mod": lambda: left % right,
        "Pow": lambda: left**right, "LShift": lambda: left << right, "RShift": lambda: left >> right,
        "BitAnd": lambda: left & right, "BitOr": lambda: left | right, "BitXor": lambda: left ^ right,
    }  # fmt: skip
    if symbol not in actions:
        return Unknown(f"the result of {symbol}", line)
    result = attempt(session, line, actions[symbol])
    check_size(session, result, line)
    return Unknown("a complex number", line) if isinstance(result, complex) else result


def _unknown(left: Value, right: Value, line: int) -> Unknown | None:
    """What an operator gives when a side is not known."""
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
        if isinstance(side, Ref):
            return Unknown(f"`{side.path[:120]}`", line)
        if not isinstance(side, (*_SCALARS, list, tuple, set, frozenset, dict, range)) and side is not None:
            return Unknown(f"an operation on a {type(side).__name__}", line)
    return None


def _check_growth(session: Session, symbol: str, left: Value, right: Value, line: int) -> None:
    """Refuse what would make an integer beyond the bounds, before it is made."""
    if not isinstance(left, int) or not isinstance(right, int):
        return
    bits = 0
    if symbol == "Pow" and right > 0:
        bits = left.bit_length() * right if abs(left) > 1 else 1
    elif symbol == "LShift" and right > 0:
        bits = left.bit_length() + right
    if bits > MAX_BITS:
        raise too_much(session.where, line, "An integer is too large", f"{MAX_BITS} bits")


def _of_sequences(session: Session, symbol: str, left: Value, right: Value, line: int) -> Value:
    """Lists and tuples joined or repeated."""
    if symbol == "Mod" and isinstance(left, str):
        return _of_texts(session, symbol, left, right, line)
    if symbol == "Add" and type(left) is type(right):
        session.budget.size(line, len(left) + len(right))
        return left + right
    if symbol == "Mult" and (isinstance(left, int) or isinstance(right, int)):
        items, times = (right, left) if isinstance(left, int) else (left, right)
        session.budget.size(line, len(items) * min(max(times, 0), MAX_LENGTH + 1))
        return items * min(times, MAX_LENGTH + 1)
    raise session.wrong("Python refuses this operator on a list or tuple", line)


def _of_texts(session: Session, symbol: str, left: Value, right: Value, line: int) -> Value:
    """Texts joined, repeated or formatted."""
    if symbol == "Add" and isinstance(left, str) and isinstance(right, str):
        session.budget.size(line, len(left) + len(right))
        return left + right
    if symbol == "Mult" and (isinstance(left, int) or isinstance(right, int)):
        text, times = (right, left) if isinstance(left, int) else (left, right)
        session.budget.size(line, len(text) * min(max(times, 0), MAX_LENGTH + 1))
        return text * min(times, MAX_LENGTH + 1)
    if symbol == "Mod" and isinstance(left, str):
        parts = right if isinstance(right, tuple) else (right,)
        if unknown_in(parts) is None and all(isinstance(part, _SCALARS) for part in parts):
            check_template(session, left, line)
            result = attempt(session, line, lambda: left % right)
            check_size(session, result, line)
            return result
        return Unknown("a text", line)
    raise session.wrong("Python refuses this operator on a text", line)


def check_template(session: Session, text: str, line: int) -> None:
    """Refuse a template whose widths would make a very long text, or that looks into its arguments."""
    digits = longest = depth = deepest = 0
    for sign in text:
        digits = digits + 1 if sign.isdigit() else 0
        depth = max(depth + (sign == "{") - (sign == "}"), 0)
        longest, deepest = max(longest, digits), max(deepest, depth)
    looks_inside = "{" in text and ("[" in text or "__" in text)
    if longest > 3 or deepest > 1 or looks_inside or ("*" in text and "%" in text):
        raise session.beyond("This formatting of a text is not read", line)
    session.budget.size(line, len(text) * 8)


def formatted(session: Session, value: Value, conversion: int, spec: Value, line: int) -> Value:
    """The part of an f-string in braces."""
    if isinstance(value, Unknown) or isinstance(spec, Unknown):
        return value if isinstance(value, Unknown) else spec
    items = value if isinstance(value, (tuple, list)) and len(value) <= 20 else [value]
    if not all(isinstance(item, _SCALARS) or item is None for item in items):
        return Unknown("a text with something that is no constant", line)
    check_template(session, spec, line)
    if conversion in {114, 97}:
        value = repr(value)
    elif conversion == 115:
        value = str(value)
    result = attempt(session, line, lambda: format(value, spec))
    check_size(session, result, line)
    return result


def unary(session: Session, symbol: str, value: Value, line: int) -> Value:
    """The result of a sign before a value."""
    if isinstance(value, (Unknown, Ref)):
        return value if isinstance(value, Unknown) else Unknown(f"`{value.path[:120]}`", line)
    actions: dict[str, Callable[[], Value]] = {"USub": lambda: -value, "UAdd": lambda: +value, "Invert": lambda: ~value}
    return attempt(session, line, actions[symbol])


def compare(session: Session, symbol: str, left: Value, right: Value, line: int) -> Value:
    """The result of a comparison; unknown when it hangs on something unknown."""
    if symbol in {"Is", "IsNot"}:
        return _same(symbol, left, right, line)
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
        if isinstance(side, Ref):
            if isinstance(left, Ref) and isinstance(right, Ref) and symbol in {"Eq", "NotEq"}:
                return (left.path == right.path) is (symbol == "Eq")
            return Unknown(f"`{side.path[:120]}`", line)
    session.weigh(line, [left, right])
    if unknown_in([left, right]) is not None:
        return Unknown("a comparison with unknown values", line)
    if symbol in {"In", "NotIn"} and isinstance(right, range) and not isinstance(left, int):
        # Python would go through the whole range.
        return Unknown("whether something is in a range", line)
    actions: dict[str, Callable[[], Value]] = {
        "Eq": lambda: left == right, "NotEq": lambda: left != right, "Lt": lambda: left < right,
        "LtE": lambda: left <= right, "Gt": lambda: left > right, "GtE": lambda: left >= right,
        "In": lambda: left in right, "NotIn": lambda: left not in right,
    }  # fmt: skip
    return attempt(session, line, actions[symbol])


def _same(symbol: str, left: Value, right: Value, line: int) -> Value:
    """Whether two values are one."""
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return (left.key == right.key) is (symbol == "Is")
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(left, Ref) and isinstance(right, Ref):
        return (left.path == right.path) is (symbol == "Is")
    if isinstance(left, Ref) or isinstance(right, Ref):
        other = right if isinstance(left, Ref) else left
        return symbol == "IsNot" if other is None else Unknown("a comparison", line)
    return (left is right) is (symbol == "Is")


def item_of(session: Session, owner: Value, key: Value, line: int) -> Value:
    """An item or a slice of a list, tuple, dict, text or range."""
    if not isinstance(owner, (list, tuple, dict, str, range)):
        raise session.beyond(f"An item of a {type(owner).__name__} is not read", line)
    if isinstance(owner, dict):
        session.weigh(line, key)
    if isinstance(key, slice) and isinstance(owner, (list, tuple, str)):
        session.budget.size(line, len(owner))
    if isinstance(key, _OBJECTS) and not isinstance(owner, dict):
        raise session.wrong("An index is no number", line)
    return attempt(session, line, lambda: owner[key])


def store(session: Session, owner: Value, key: Value, value: Value, line: int) -> None:
    """Put an item into a list or dict; what is unknown stays so."""
    if isinstance(owner, (Unknown, Ref)):
        return
    if isinstance(key, (Unknown, slice)):
        raise session.beyond("Storing at a place that is not known, or at several, is not read", line)
    if not isinstance(owner, (list, dict)):
        raise session.beyond(f"Storing into a {type(owner).__name__} is not read", line)
    session.weigh(line, key)
    if isinstance(owner, dict) and len(owner) >= MAX_LENGTH:
        session.budget.size(line, len(owner) + 1)

    def put() -> None:
        owner[key] = value

    attempt(session, line, put)


def unique(session: Session, items: list[Value], line: int) -> Value:
    """A set; unknown when one of its items is."""
    if unknown_in(items) is not None:
        return Unknown("a set with unknown items", line)
    session.weigh(line, items)
    return attempt(session, line, lambda: set(items))
