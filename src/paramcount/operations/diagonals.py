"""Matrices and their diagonals."""

from __future__ import annotations

from paramcount.operations.shapes import axes_of, plus, product
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension


def diagonal_matrix(call: Call) -> Tensor:
    """``diag``: a matrix of a vector's elements, or the diagonal of a matrix."""
    shape, offset = call.shape(0, "x"), call.whole("k", default=0)
    if len(shape) == 1:
        side = plus(shape[0], abs(offset))
        return Tensor((side, side))
    if len(shape) != 2:
        raise Unknown
    return Tensor((_diagonal(shape[0], shape[1], offset),))


def _diagonal(rows: Dimension, columns: Dimension, offset: int) -> Dimension:
    """The length of a diagonal that starts ``offset`` to the right, or below."""
    if rows is None or columns is None:
        return None
    rest = columns - offset if offset > 0 else rows + offset
    return max(0, min(rest, rows, columns))


def flat_diagonal(call: Call) -> Tensor:
    """``diagflat``: a matrix of all elements."""
    side = plus(product(call.shape(0, "x")), abs(call.whole("k", default=0)))
    return Tensor((side, side))


def diagonal(call: Call) -> Tensor:
    """The diagonals of two axes, as the last axis."""
    shape = call.shape(0, "x")
    axes = axes_of((call.whole("axis1", default=0), call.whole("axis2", default=1)), len(shape))
    length = _diagonal(shape[axes[0]], shape[axes[1]], call.whole("offset", default=0))
    return Tensor((*(size for axis, size in enumerate(shape) if axis not in axes), length))


def stacked_diagonal(call: Call) -> Tensor:
    """TensorFlow's ``linalg.diag``: the last axis becomes a square."""
    shape = call.shape(0, "diagonal")
    if not shape or any(name in call.kwargs for name in ("num_rows", "num_cols")) or call.option("k", default=0) != 0:
        raise Unknown
    return Tensor((*shape, shape[-1]))


def diagonal_part(call: Call) -> Tensor:
    """TensorFlow's ``linalg.diag_part``: the diagonal of the last two axes."""
    shape = call.shape(0, "input")
    if len(shape) < 2 or call.option("k", default=0) != 0:
        raise Unknown
    return Tensor((*shape[:-2], _diagonal(shape[-2], shape[-1], 0)))


def vander(call: Call) -> Tensor:
    """The powers of a vector's elements."""
    shape = call.shape(0, "x")
    if len(shape) != 1:
        raise Unknown
    return Tensor((*shape, shape[0] if call.option("N") is None else call.whole("N")))


def at_least(rank: int) -> Callable[[Call], Tensor]:
    """The rule of an operation that needs ``rank`` axes and keeps the shape."""

    def rule(call: Call) -> Tensor:
        shape = call.shape(0, "x")
        if len(shape) < rank:
            raise Unknown
        return Tensor(shape)

    return rule


RULES = {
    "Diag": diagonal_matrix, "Diagflat": flat_diagonal, "Diagonal": diagonal, "StackedDiag": stacked_diagonal,
    "DiagPart": diagonal_part, "Vander": vander, "Matrix": at_least(2), "Flipud": at_least(1), "Fliplr": at_least(2),
}  # fmt: skip
