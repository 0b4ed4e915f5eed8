"""Formulas that users register for layers of their own."""

from __future__ import annotations

from paramcount.errors import UsageError
from paramcount.formula import Expression, expression
from paramcount.layers.given import is_shape
from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from paramcount.layers.given import Given
    from paramcount.model import Shapes

    Definition: TypeAlias = Callable[[Given], Iterable[Slot] | Mapping[str, Iterable[Expression | int]]]

REGISTRY: dict[str, tuple[Definition, Callable[[Given], Shapes] | None]] = {}
"""Class name to what it creates, and what it gives out."""


def register_layer(
    class_name: str, variables: Definition, output: Callable[[Given], Shapes] | str | None = None
) -> None:
    """Teach paramcount a layer of your own.

    Args:
        class_name: the class as configs name it, without its package.
        variables: takes the layer's options and input shapes (a ``Given``), and returns its variables in the order
            of their creation: a dict of name to axes, whose sizes are numbers, ``given.option("units")`` or
            ``given.axis(-1)``; or a list of ``Slot``, which can also say that a variable never trains and why.
        output: takes the same and returns the output shape, batch axis included; ``"same"`` for a layer that keeps
            the shape of its input.  Without it, what follows the layer may stay unknown.

    Raises:
        UsageError: when the arguments are not of this kind.

    Example:
        >>> import paramcount
        >>> paramcount.register_layer("Affine", lambda given: {"scale": [given.axis(-1)], "shift": [given.axis(-1)]})
    """
    if not isinstance(class_name, str) or not class_name or not callable(variables):
        raise UsageError("register_layer takes the name of a class, and a function that returns its variables")
    if output is not None and output != "same" and not callable(output):
        raise UsageError("`output` is a function of the layer's options and input shapes, or 'same'")
    rule = _same if output == "same" else output
    REGISTRY[class_name] = (variables, rule)  # type: ignore[assignment]


def find(class_name: str) -> str:
    """The registered name of a class, which configs may name with its package; empty when there is none."""
    if not REGISTRY:
        return ""
    plain = class_name.rpartition(">")[2]
    return class_name if class_name in REGISTRY else plain if plain in REGISTRY else ""


def slots(class_name: str, given: Given) -> list[Slot]:
    """The variables of a registered layer.

    Raises:
        UsageError: when its function returns something else.
    """
    made = REGISTRY[find(class_name)][0](given)
    try:
        if isinstance(made, dict):
            return [Slot(str(name), tuple(expression(axis) for axis in axes)) for name, axes in made.items()]
        found = [slot for slot in made if isinstance(slot, Slot)]
        valid = len(found) == len(list(made))
    except TypeError:
        valid = False
    if not valid:
        raise UsageError(
            f"The formula registered for {class_name} returns no variables", found=type(made).__name__,
            expected="a dict of name to axes, or a list of Slot",
        )  # fmt: skip
    return found


def output(class_name: str, given: Given) -> Shapes:
    """What a registered layer gives out; None when that was not registered."""
    rule = REGISTRY[find(class_name)][1]
    shape = rule(given) if rule is not None else None
    return tuple(shape) if isinstance(shape, list) and is_shape(tuple(shape)) else shape


def _same(given: Given) -> Shapes:
    return given.shape
