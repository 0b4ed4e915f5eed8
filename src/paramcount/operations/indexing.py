"""What ``x[...]`` leaves of a shape, and of a constant."""

from __future__ import annotations

from paramcount.operations.literals import integer
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape

_BOUNDS = ("start", "stop", "step")


def get_item(call: Call) -> Tensor:
    """``x[key]``, with the key as Keras 3 or tf_keras writes it."""
    x = call.tensor(0, "x", "tensor")
    shape = call.shape(0, "x", "tensor")
    key = call.get(1, "key", "slice_spec", default=call)
    if key is call:
        raise Unknown
    keys = list(key) if isinstance(key, (list, tuple)) and not isinstance(key, Tensor) else [key]
    return Tensor(indexed(shape, keys), _indexed_value(x.value, keys))


def indexed(shape: Shape, keys: Sequence[Any]) -> Shape:
    """The shape of a tensor under a list of ints, slices, None for a new axis, and at most one ellipsis."""
    if len(keys) > 2 * MAX_RANK:
        raise Unknown
    taken = sum(1 for key in keys if key is not None and not _is_ellipsis(key))
    dots = sum(1 for key in keys if _is_ellipsis(key))
    if dots > 1 or taken > len(shape):
        raise Unknown
    result: list[Dimension] = []
    position = 0
    for key in keys:
        if key is None:
            result.append(1)
        elif _is_ellipsis(key):
            end = position + len(shape) - taken
            result += shape[position:end]
            position = end
        else:
            result += _one(shape[position], key)
            position += 1
    return (*result, *shape[position:])


def _one(size: Dimension, key: Any) -> list[Dimension]:
    """What one key leaves of one axis: nothing for an index, a size for a slice."""
    bounds = bounds_of(key)
    if bounds is not None:
        return [_sliced(size, *bounds)]
    if isinstance(key, Tensor):
        # An index that is known only when the model runs must be a scalar: a longer one would gather.
        if key.shape != ():
            raise Unknown
        return []
    index = integer(key)
    if size is not None and not -size <= index < size:
        raise Unknown
    return []


def _is_ellipsis(key: Any) -> bool:
    """Whether a key is ``...``."""
    return key is ... or (isinstance(key, dict) and key.get("class_name") == "__ellipsis__")


def bounds_of(key: Any) -> tuple[Any, Any, Any] | None:
    """Start, stop and step of a slice as configs write it; None for what is no slice."""
    if not isinstance(key, dict):
        return None
    if key.get("class_name") in ("__slice__", "slice") and isinstance(key.get("config"), dict):
        key = key["config"]
    if not all(name in key for name in _BOUNDS):
        return None
    return key["start"], key["stop"], key["step"]


def _sliced(size: Dimension, start: Any, stop: Any, step: Any) -> Dimension:
    """The length of a slice; None where the axis, or a bound that matters, is not known."""
    if size is None:
        return None
    if start is None and stop is None and step is None:
        return size
    limits = [_bound(limit) for limit in (start, stop, step)]
    if any(limit is Unknown for limit in limits):
        return None
    if limits[2] == 0:
        raise Unknown
    return len(range(*slice(*limits).indices(size)))


def _bound(limit: Any) -> Any:
    """One bound; the class Unknown for a scalar whose value is known only when the model runs."""
    if limit is None:
        return None
    if isinstance(limit, Tensor) and limit.value is None:
        return Unknown
    return integer(limit)


def _indexed_value(value: object, keys: Sequence[Any]) -> object:
    """The constant under one key; None where it is not known."""
    if not isinstance(value, tuple) or len(keys) != 1:
        return None
    bounds = bounds_of(keys[0])
    if bounds is not None:
        limits = [_bound(limit) for limit in bounds]
        return None if Unknown in limits or limits[2] == 0 else value[slice(*limits)]
    if keys[0] is None or _is_ellipsis(keys[0]) or (isinstance(keys[0], Tensor) and keys[0].value is None):
        return None
    return value[integer(keys[0])]


RULES = {"GetItem": get_item}
