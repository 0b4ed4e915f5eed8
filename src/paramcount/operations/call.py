"""One operation's arguments, as its rule reads them."""

from __future__ import annotations

from paramcount.operations.literals import integer, integers, literal, unwrapped
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from paramcount.operations.tensor import Dimension, Shape

_MISSING = object()


class Call:
    """The options and inputs of one operation.

    Keras 3 keeps options in the operation's config and tensors in the arguments of its node; ``TFOpLambda`` keeps both
    in the arguments.  A rule names an input by its position and by every name that it has somewhere.
    """

    __slots__ = ("args", "config", "kwargs")

    def __init__(self, config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self.config = config
        self.args = args
        self.kwargs = kwargs

    def get(self, position: int, *names: str, default: Any = None) -> Any:
        """The input at ``position`` or under one of ``names``, ``default`` where there is none."""
        if 0 <= position < len(self.args):
            return unwrapped(self.args[position])
        for name in names:
            if name in self.kwargs:
                return unwrapped(self.kwargs[name])
        return default

    def tensor(self, position: int, *names: str) -> Tensor:
        """That input as a tensor: numbers and nested lists are constants.  Raises Unknown where there is none."""
        found = self.get(position, *names, default=_MISSING)
        if found is _MISSING or found is None:
            raise Unknown
        return literal(found)

    def shape(self, position: int, *names: str) -> Shape:
        """The shape of that input.  Raises Unknown where not even its rank is known."""
        return known_shape(self.tensor(position, *names))

    def shapes(self, position: int, *names: str) -> list[Shape]:
        """The shapes of an input that is a list of tensors."""
        return [known_shape(literal(item)) for item in self.items(position, *names)]

    def items(self, position: int, *names: str) -> list[Any]:
        """An input that is a list of at least one tensor."""
        found = self.get(position, *names)
        if not isinstance(found, (list, tuple)) or isinstance(found, Tensor) or not found:
            raise Unknown
        return list(found)

    def option(self, *names: str, default: Any = None) -> Any:
        """An option, from the config or the named arguments; ``default`` where it is absent or None."""
        for holder in (self.config, self.kwargs):
            for name in names:
                value = unwrapped(holder.get(name))
                if value is not None:
                    return value
        return default

    def whole(self, *names: str, default: int | None = None) -> int:
        """An option that is one int.  Raises Unknown if it is something else, or absent without a default."""
        return integer(self.option(*names, default=default))

    def flag(self, *names: str, default: bool = False) -> bool:
        """An option that is a boolean."""
        value = self.option(*names, default=default)
        if not isinstance(value, bool):
            raise Unknown
        return value

    def text(self, *names: str, default: str = "") -> str:
        """An option that is a text, in lower case."""
        value = self.option(*names, default=default)
        if not isinstance(value, str):
            raise Unknown
        return value.lower()

    def numbers(self, *names: str) -> tuple[Dimension, ...]:
        """An option that is one int or a list of ints, as a tuple; None stands for ints that are not known."""
        value = self.option(*names)
        if value is None:
            raise Unknown
        return integers(value)

    def known_numbers(self, *names: str) -> tuple[int, ...]:
        """The same, for options that say nothing unless all of their ints are known."""
        return tuple(integer(number) for number in self.numbers(*names))


def known_shape(tensor: Tensor) -> Shape:
    """The shape of ``tensor``, checked.  Raises Unknown where its rank is not known or the shape is none."""
    shape = tensor.shape
    if not isinstance(shape, (tuple, list)) or len(shape) > MAX_RANK:
        raise Unknown
    return tuple(None if size is None else _size(size) for size in shape)


def _size(size: object) -> int:
    """A dimension: an int that is not negative."""
    number = integer(size)
    if number < 0:
        raise Unknown
    return number
