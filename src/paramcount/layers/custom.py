"""Formulas that users register for layers of their own."""

from __future__ import annotations

from paramcount.errors import ParamcountError, UsageError
from paramcount.formula import Expression, expression
from paramcount.layers.given import is_shape
from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from paramcount.layers.given import Given
    from paramcount.layers.slot import Axes
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
            What is not known, such as the shape of the input, must not make it fail.
        output: takes the same and returns the output shape, batch axis included, or None where it is not known;
            ``"same"`` for a layer that keeps the shape of its input.  Without it, what follows the layer may stay
            unknown.

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
        UsageError: when its function fails, or returns something else.
    """
    made = _asked(class_name, REGISTRY[find(class_name)][0], given)
    try:
        if isinstance(made, dict):
            return [Slot(str(name), _axes(axes)) for name, axes in made.items()]
        found = list(made)
        valid = all(isinstance(slot, Slot) for slot in found)
    except TypeError:
        valid = False
    if not valid:
        raise UsageError(
            f"The formula registered for {class_name} returns no variables", found=_shown(made),
            expected="a dict of name to axes, or a list of Slot",
        )  # fmt: skip
    return [slot if slot.shape is None else slot._replace(shape=_axes(slot.shape)) for slot in found]


def output(class_name: str, given: Given) -> Shapes:
    """What a registered layer gives out; None when that was not registered.

    Raises:
        UsageError: when its function fails, or returns no shape.
    """
    rule = REGISTRY[find(class_name)][1]
    made = None if rule is None else _asked(class_name, rule, given)
    shape = _plain(made)
    if shape is None and made is not None:
        raise UsageError(
            f"The output registered for {class_name} is no shape", found=_shown(made),
            expected="a tuple of sizes, batch axis included, with None for a size that is not known",
        )  # fmt: skip
    return shape


def _asked(class_name: str, function: Callable[[Given], Any], given: Given) -> Any:
    """What the registered function returns."""
    try:
        return function(given)
    except ParamcountError:
        raise
    except Exception as error:
        # Readers ask for names alone before they know any shape, and hostile files hold any option.
        raise UsageError(
            f"The formula registered for {class_name} fails: {type(error).__name__}: {error}",
            advice="Options and shapes may be missing: given.option('units') and given.axis(-1) answer even then.",
        ) from error


def _axes(axes: Iterable[Expression | int]) -> Axes:
    """Sizes as expressions.

    Raises:
        UsageError: when one of them is no size.
    """
    found = (axes,) if isinstance(axes, (int, Expression)) else tuple(axes)
    for axis in found:
        if not isinstance(axis, Expression) and (type(axis) is not int or axis < 0):
            raise UsageError(
                "A registered formula has an axis that is no size", found=_shown(axis),
                expected="a whole number, given.option('units') or given.axis(-1)",
            )  # fmt: skip
    return tuple(expression(axis) for axis in found)


def _plain(made: Any, depth: int = 0) -> Shapes:
    """A shape, or several; None for anything else."""
    if depth > _DEEPEST or not isinstance(made, (list, tuple, dict)):
        return None
    if isinstance(made, dict):
        parts = {str(key): _plain(value, depth + 1) for key, value in made.items()}
        return None if None in parts.values() else parts
    sizes = tuple(one.value if isinstance(one, Expression) else one for one in made)
    if is_shape(sizes):
        return None if any(size is not None and size < 0 for size in sizes) else sizes
    several = tuple(_plain(one, depth + 1) for one in made)
    return None if None in several else several


_DEEPEST = 8
"""Levels to which the outputs of a layer nest."""


def _shown(value: object) -> str:
    return repr(value)[:80]


def _same(given: Given) -> Shapes:
    return given.inputs
