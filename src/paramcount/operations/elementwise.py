"""Operations that leave a shape as it is, and those that meet element by element."""

from __future__ import annotations

from operator import add, floordiv, mod, mul, neg, sub

from paramcount.operations.call import known_shape
from paramcount.operations.literals import combined, literal
from paramcount.operations.shapes import broadcast, merged
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.operations.call import Call


def _truncated(left: int, right: int) -> int:
    """Division towards zero."""
    return left // right if (left < 0) == (right < 0) else -(-left // right)


_ARITHMETIC = {
    "Add": add, "AddV2": add, "Subtract": sub, "Multiply": mul, "FloorDivide": floordiv, "Mod": mod,
    "Maximum": max, "Minimum": min, "TruncateDivide": _truncated,
}  # fmt: skip
"""What operations on the ints of a shape give; every other operation makes no constant."""


def unchanged(call: Call) -> Tensor:
    """The shape of the first input, and its value where the operation only passes it on."""
    return Tensor(call.shape(0, "x", "input", "inputs", "images", "array", "a"))


def passed_on(call: Call) -> Tensor:
    """The first input itself."""
    x = call.tensor(0, "x", "input", "value", "tensor", "variable")
    return Tensor(known_shape(x), x.value)


def cast(call: Call) -> Tensor:
    """The first input in another dtype; a narrow one, or a boolean, may change the ints of a shape."""
    x = call.tensor(0, "x", "input", "value", "tensor")
    dtype = call.option("dtype")
    name = dtype if isinstance(dtype, str) else ""
    return Tensor(known_shape(x), x.value if name in ("int32", "int64", "float64") else None, name)


def converted(call: Call) -> Tensor:
    """The first input as a tensor, in another dtype if one is named."""
    return passed_on(call) if call.option("dtype") is None else cast(call)


def negative(call: Call) -> Tensor:
    """``-x``."""
    x = call.tensor(0, "x")
    return Tensor(known_shape(x), combined(lambda a, _: neg(a), x.value, 0))


def binary(name: str) -> Callable[[Call], Tensor]:
    """The rule of an operation of two tensors that are broadcast."""

    def rule(call: Call) -> Tensor:
        left = call.tensor(0, "x1", "x", "a", "scalar")
        right = call.tensor(1, "x2", "y", "b", "q", "logits", "log_input", "x")
        shape = broadcast(known_shape(left), known_shape(right))
        function = _ARITHMETIC.get(name)
        return Tensor(shape, combined(function, left.value, right.value) if function else None)

    return rule


def first_of_two(call: Call) -> Tensor:
    """Shifts and bitwise operations: Keras takes the shape of the first, which must then hold the second."""
    left, right = call.shape(0, "x"), call.shape(1, "y")
    both = broadcast(left, right)
    if len(both) != len(left) or any(mine not in (size, None) for mine, size in zip(left, both, strict=True)):
        raise Unknown
    return Tensor(left)


def where(call: Call) -> object:
    """``where(condition, x1, x2)``; of a condition alone, Keras's backends give different things."""
    condition = call.shape(0, "condition")
    return Tensor(broadcast(condition, call.shape(1, "x1", "x"), call.shape(2, "x2", "y")))


def where_or_places(call: Call) -> object:
    """TensorFlow's ``where``; of a condition alone, a row of coordinates for each element that is true."""
    if call.get(1, "x") is None and call.get(2, "y") is None:
        return Tensor((None, len(call.shape(0, "condition"))))
    return where(call)


def nonzero(call: Call) -> object:
    """The places of the elements that are not zero: one list of unknown length for each axis."""
    return tuple(Tensor((None,)) for _ in call.shape(0, "x", "condition"))


def add_n(call: Call) -> Tensor:
    """The sum of a list of tensors of one shape."""
    return Tensor(merged(call.shapes(0, "inputs")))


def listed(call: Call) -> object:
    """Several tensors as they are."""
    return [literal(item) for item in call.items(0, "input", "tensors")]


def select(call: Call) -> Tensor:
    """``select(condlist, choicelist)``: all conditions and choices have one shape."""
    conditions = [known_shape(literal(item)) for item in call.items(0, "condlist")]
    choices = [known_shape(literal(item)) for item in call.items(1, "choicelist")]
    return Tensor(merged(conditions + choices))


RULES = {
    "Where": where,
    "WhereTf": where_or_places,
    "Nonzero": nonzero,
    "Negative": negative,
    "Cast": cast,
    "ConvertToTensor": converted,
    "Copy": passed_on,
    "FirstOfTwo": first_of_two,
    "AddN": add_n,
    "Listed": listed,
    "Select": select,
}
