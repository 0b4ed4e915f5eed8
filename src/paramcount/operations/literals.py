"""Constants as configs write them: numbers, nested lists, NumPy arrays, slices."""

from __future__ import annotations

from paramcount.operations.tensor import MAX_RANK, MAX_SIZE, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.operations.tensor import Dimension

_ARRAYS = frozenset(("__numpy__", "__tensor__", "ndarray"))
_MAX_VALUES = 64
"""Longer constants are weights and tables, no shapes."""


def literal(found: Any, depth: int = 0) -> Tensor:
    """The tensor that stands for a constant; a Tensor stays as it is.  Raises Unknown for what is no tensor."""
    found = unwrapped(found)
    if isinstance(found, Tensor):
        return found
    if isinstance(found, (bool, float, complex, str)):
        return Tensor(())
    if isinstance(found, int):
        return Tensor((), found)
    if depth > MAX_RANK:
        raise Unknown
    if isinstance(found, dict):
        return literal(_array(found), depth + 1)
    if isinstance(found, (list, tuple)):
        return _stacked(found, depth)
    raise Unknown


def _array(found: dict[str, Any]) -> Any:
    """The nested lists of an array."""
    config = found.get("config")
    if found.get("class_name") in _ARRAYS and isinstance(config, dict) and "value" in config:
        return config["value"]
    if found.get("type") == "ndarray" and isinstance(found.get("value"), (list, int, float)):
        return found["value"]
    raise Unknown


def _stacked(found: list[Any] | tuple[Any, ...], depth: int) -> Tensor:
    """The tensor of a list: its elements have one shape, of which only short lists are asked."""
    if not found:
        return Tensor((0,), ())
    elements = [literal(item, depth + 1) for item in (found if len(found) <= _MAX_VALUES else found[:1])]
    first = elements[0].shape
    if not isinstance(first, tuple) or any(element.shape != first for element in elements):
        raise Unknown
    value = tuple(element.value for element in elements) if len(found) <= _MAX_VALUES else None
    return Tensor((len(found), *first), value)


def unwrapped(found: Any) -> Any:
    """The list that a TensorShape or a tuple is stored as; everything else as it is."""
    if isinstance(found, dict) and found.get("class_name") in ("TensorShape", "__tuple__"):
        items = found.get("items")
        return items if isinstance(items, list) else None
    return found


def integer(found: Any) -> int:
    """An int, or the int that a scalar is known to be.  Raises Unknown for everything else."""
    if isinstance(found, (Tensor, dict)):
        found = literal(found).value
    if isinstance(found, bool) or not isinstance(found, int) or not -MAX_SIZE < found < MAX_SIZE:
        raise Unknown
    return found


def integers(found: Any) -> tuple[Dimension, ...]:
    """One int or a list of ints as a tuple, None for each that is not known; Raises Unknown if its length is not."""
    found = unwrapped(found)
    if found is None or isinstance(found, (bool, float, str)):
        raise Unknown
    if isinstance(found, int):
        return (integer(found),)
    if isinstance(found, (list, tuple)) and not isinstance(found, Tensor):
        if len(found) > MAX_RANK * MAX_RANK:
            raise Unknown
        return tuple(_perhaps(item) for item in found)
    return _of_tensor(literal(found))


def _of_tensor(tensor: Tensor) -> tuple[Dimension, ...]:
    """The ints of a scalar or vector."""
    value = tensor.value
    if isinstance(value, int):
        return (integer(value),)
    if isinstance(value, tuple):
        return tuple(_perhaps(item) for item in value)
    shape = tensor.shape
    if shape == ():
        return (None,)
    if isinstance(shape, tuple) and len(shape) == 1 and isinstance(shape[0], int) and 0 <= shape[0] <= MAX_RANK:
        return (None,) * shape[0]
    raise Unknown


def _perhaps(item: Any) -> Dimension:
    """One int of a list; None for null and for a scalar whose value is not known."""
    if item is None:
        return None
    if isinstance(item, Tensor):
        if item.shape is not None and len(item.shape) != 0:
            raise Unknown
        return None if item.value is None else integer(item.value)
    return integer(item)


def combined(function: Any, left: object, right: object) -> object:
    """The constant that an operation makes of two constants, element by element; None where it is not known."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        return _combined_lists(function, left, right)
    if not is_number(left) or not is_number(right):
        return None
    try:
        result = function(left, right)
    except ArithmeticError:
        return None
    return result if is_number(result) else None


def _combined_lists(function: Any, left: object, right: object) -> object:
    """The same for vectors, of which a scalar or a vector of one meets every element of the other."""
    lefts = left if isinstance(left, tuple) else (left,)
    rights = right if isinstance(right, tuple) else (right,)
    length = max(len(lefts), len(rights)) if lefts and rights else 0
    if len(lefts) not in (1, length) or len(rights) not in (1, length):
        return None
    if any(isinstance(item, tuple) for item in (*lefts, *rights)):
        return None
    lefts, rights = lefts * (length // len(lefts) or 1), rights * (length // len(rights) or 1)
    return tuple(combined(function, a, b) for a, b in zip(lefts, rights, strict=True)) if length else None


def is_number(value: object) -> bool:
    """Whether a value is an int that TensorFlow's 32 bits hold."""
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
