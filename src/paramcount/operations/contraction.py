"""Shapes of products that sum over axes: matmul, tensordot, einsum."""

from __future__ import annotations

from paramcount.operations.shapes import axes_of, broadcast, same
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.operations.tensor import Dimension, Shape

_MAX_SUBSCRIPTS = 1000


def matmul(left: Shape, right: Shape) -> Shape:
    """The shape of a matrix product; vectors lose the axis that is summed, leading axes are broadcast."""
    if not left or not right:
        raise Unknown
    rows = left[-2:-1]
    columns = right[-1:] if len(right) > 1 else ()
    same(left[-1], right[-2] if len(right) > 1 else right[0])
    return (*broadcast(left[:-2], right[:-2]), *rows, *columns)


def dot(left: Shape, right: Shape) -> Shape:
    """The shape of NumPy's ``dot``, which pairs every leading axis of one with every one of the other."""
    if not left or not right:
        return left or right
    if len(right) == 1:
        same(left[-1], right[0])
        return left[:-1]
    same(left[-1], right[-2])
    return (*left[:-1], *right[:-2], right[-1])


def tensordot(left: Shape, right: Shape, axes: int | tuple[Sequence[Dimension], Sequence[Dimension]]) -> Shape:
    """The shape of a product over ``axes``: a number of them, or those of each side."""
    if isinstance(axes, int):
        if not 0 <= axes <= min(len(left), len(right)):
            raise Unknown
        lefts, rights = list(range(len(left) - axes, len(left))), list(range(axes))
    else:
        lefts, rights = axes_of(axes[0], len(left)), axes_of(axes[1], len(right))
    if len(lefts) != len(rights):
        raise Unknown
    for a, b in zip(lefts, rights, strict=True):
        same(left[a], right[b])
    return (
        *(size for axis, size in enumerate(left) if axis not in lefts),
        *(size for axis, size in enumerate(right) if axis not in rights),
    )


def einsum(subscripts: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of an Einstein sum; letters are axes, ``...`` the axes that are broadcast."""
    equation = subscripts.replace(" ", "")
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",") if len(equation) <= _MAX_SUBSCRIPTS else []
    if len(terms) != len(shapes):
        raise Unknown
    sizes: dict[str, Dimension] = {}
    rest: Shape = ()
    for term, shape in zip(terms, shapes, strict=True):
        rest = broadcast(rest, _bind(term, shape, sizes))
    if not arrow:
        letters = inputs.replace(",", "").replace(".", "")
        output = "..." + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    head, dots, tail = output.partition("...")
    if any(letter not in sizes for letter in head + tail) or len(set(head + tail)) != len(head + tail):
        raise Unknown
    if rest and not dots:
        raise Unknown
    return (*(sizes[letter] for letter in head), *rest, *(sizes[letter] for letter in tail))


def _bind(term: str, shape: Shape, sizes: dict[str, Dimension]) -> Shape:
    """Notes the size of each letter of one term, and returns the axes under its dots."""
    head, dots, tail = term.partition("...")
    named = len(head) + len(tail)
    if not (head + tail).isalpha() and head + tail:
        raise Unknown
    if len(shape) < named or (not dots and len(shape) != named):
        raise Unknown
    end = len(shape) - len(tail)
    pairs = [*zip(head, shape[: len(head)], strict=True), *zip(tail, shape[end:], strict=True)]
    for letter, size in pairs:
        sizes[letter] = broadcast((sizes[letter],), (size,))[0] if letter in sizes else size
    return shape[len(head) : end]
