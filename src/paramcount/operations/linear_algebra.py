"""Products of matrices and their decompositions."""

from __future__ import annotations

from paramcount.operations.call import known_shape
from paramcount.operations.contraction import dot, einsum, matmul, tensordot
from paramcount.operations.literals import integer, integers, literal
from paramcount.operations.shapes import broadcast, product, same, times
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape


def _swapped(shape: Shape, swap: bool) -> Shape:
    """A matrix on its side."""
    if not swap:
        return shape
    if len(shape) < 2:
        raise Unknown
    return (*shape[:-2], shape[-1], shape[-2])


def matrix_product(call: Call) -> Tensor:
    """``matmul``, with TensorFlow's options to turn either side."""
    left, right = call.shape(0, "x1", "a", "x"), call.shape(1, "x2", "b", "y", "weights")
    turn_left = call.flag("transpose_a", "adj_x") or call.flag("adjoint_a")
    turn_right = call.flag("transpose_b", "adj_y") or call.flag("adjoint_b")
    return Tensor(matmul(_swapped(left, turn_left), _swapped(right, turn_right)))


def matrix_vector(call: Call) -> Tensor:
    """TensorFlow's ``matvec``: the second holds vectors in its last axis."""
    left, right = call.shape(0, "a"), call.shape(1, "b")
    if not right:
        raise Unknown
    left = _swapped(left, call.flag("transpose_a") or call.flag("adjoint_a"))
    return Tensor(matmul(left, (*right, 1))[:-1])


def dot_product(call: Call) -> Tensor:
    """NumPy's ``dot``."""
    return Tensor(dot(call.shape(0, "x1"), call.shape(1, "x2")))


def inner(call: Call) -> Tensor:
    """The product over the last axis of both."""
    left, right = call.shape(0, "x1"), call.shape(1, "x2")
    if not left or not right:
        return Tensor(left or right)
    same(left[-1], right[-1])
    return Tensor(left[:-1] + right[:-1])


def outer(call: Call) -> Tensor:
    """Every element of one with every element of the other."""
    return Tensor((product(call.shape(0, "x1")), product(call.shape(1, "x2"))))


def tensor_product(call: Call) -> Tensor:
    """``tensordot`` over a number of axes or named ones."""
    left, right = call.shape(0, "x1", "a"), call.shape(1, "x2", "b")
    axes = call.option("axes", default=2)
    if isinstance(axes, int):
        return Tensor(tensordot(left, right, integer(axes)))
    if not isinstance(axes, (list, tuple)) or len(axes) != 2:
        raise Unknown
    return Tensor(tensordot(left, right, (integers(axes[0]), integers(axes[1]))))


def einstein_sum(call: Call) -> Tensor:
    """``einsum``; TensorFlow's own arguments are lost when its model is stored."""
    subscripts = call.config.get("subscripts")
    operands = list(call.args)
    if subscripts is None and operands:
        subscripts = operands.pop(0)
    if not isinstance(subscripts, str) or len(operands) > MAX_RANK:
        raise Unknown
    return Tensor(einsum(subscripts, [known_shape(literal(operand)) for operand in operands]))


def kronecker(call: Call) -> Tensor:
    """The Kronecker product of tensors of one rank."""
    left, right = call.shape(0, "x1"), call.shape(1, "x2")
    if len(left) != len(right):
        raise Unknown
    return Tensor(tuple(times(a, b) for a, b in zip(left, right, strict=True)))


def distances(call: Call) -> Tensor:
    """``cdist``: every row of one to every row of the other."""
    left, right = call.shape(0, "x"), call.shape(1, "y")
    if len(left) < 2 or len(right) < 2:
        raise Unknown
    same(left[-1], right[-1])
    return Tensor((*broadcast(left[:-2], right[:-2]), left[-2], right[-2]))


def correlate(call: Call) -> Tensor:
    """The correlation of two vectors."""
    left, right = call.shape(0, "x1"), call.shape(1, "x2")
    if len(left) != 1 or len(right) != 1 or left[0] is None or right[0] is None:
        raise Unknown
    long, short = max(left[0], right[0]), min(left[0], right[0])
    sizes = {"valid": long - short + 1, "same": long, "full": long + short - 1}
    return Tensor((sizes.get(call.text("mode", default="valid"), -1),))


def _matrix(call: Call, square: bool = False) -> Shape:
    """The first input, which is one matrix or a batch of them."""
    shape = call.shape(0, "x", "a", "input", "tensor", "matrix")
    if len(shape) < 2 or (square and same(shape[-1], shape[-2]) == 0):
        raise Unknown
    return shape


def square(call: Call) -> Tensor:
    """What makes a square matrix of one: its inverse, its Cholesky factor."""
    return Tensor(_matrix(call, square=True))


def number(call: Call) -> Tensor:
    """One number for each square matrix: its determinant."""
    return Tensor(_matrix(call, square=True)[:-2])


def rank(call: Call) -> Tensor:
    """One number for each matrix."""
    return Tensor(_matrix(call)[:-2])


def eigen(call: Call) -> object:
    """Eigenvalues and eigenvectors."""
    shape = _matrix(call, square=True)
    return (Tensor(shape[:-1]), Tensor(shape))


def eigenvalues(call: Call) -> Tensor:
    """Eigenvalues alone."""
    return Tensor(_matrix(call, square=True)[:-1])


def sign_and_logarithm(call: Call) -> object:
    """``slogdet``: Keras says that the sign has no batch axes and makes one that has them."""
    batch = _matrix(call, square=True)[:-2]
    return (Tensor(None if batch else ()), Tensor(batch))


def _smaller(rows: Dimension, columns: Dimension) -> Dimension:
    """The lesser of two sizes."""
    return None if rows is None or columns is None else min(rows, columns)


def lu_factor(call: Call) -> object:
    """The factors in one matrix, and the pivots."""
    shape = _matrix(call)
    return (Tensor(shape), Tensor((*shape[:-2], _smaller(*shape[-2:]))))


def qr(call: Call) -> object:
    """An orthogonal and an upper triangular matrix."""
    shape = _matrix(call)
    batch, rows, columns = shape[:-2], shape[-2], shape[-1]
    full = call.text("mode", default="reduced") == "complete" or call.flag("full_matrices")
    inner_size = rows if full else _smaller(rows, columns)
    return (Tensor((*batch, rows, inner_size)), Tensor((*batch, inner_size, columns)))


def singular_values(keras: bool) -> Callable[[Call], object]:
    """The rule of ``svd``: Keras gives u, s, v; TensorFlow s, u, v."""

    def rule(call: Call) -> object:
        shape = _matrix(call)
        batch, rows, columns = shape[:-2], shape[-2], shape[-1]
        least = _smaller(rows, columns)
        full = call.flag("full_matrices", default=keras)
        s = Tensor((*batch, least))
        if not call.flag("compute_uv", default=True):
            return s
        u = Tensor((*batch, rows, rows if full else least))
        if keras:
            return (u, s, Tensor((*batch, columns, columns) if full else (*batch, least, columns)))
        return (s, u, Tensor((*batch, columns, columns if full else least)))

    return rule


def solve(call: Call) -> Tensor:
    """The solution of a system of equations has the shape of its right side."""
    left, right = call.shape(0, "a", "matrix", "x"), call.shape(1, "b", "rhs")
    if len(left) < 2 or not right:
        raise Unknown
    same(left[-1], left[-2])
    return Tensor(right)


def least_squares(call: Call) -> Tensor:
    """``lstsq`` of one matrix."""
    left, right = call.shape(0, "a"), call.shape(1, "b")
    if len(left) != 2 or len(right) not in (1, 2):
        raise Unknown
    same(left[0], right[0])
    return Tensor((left[1], *right[1:]))


def pseudo_inverse(call: Call) -> Tensor:
    """``pinv``: rows and columns exchanged."""
    return Tensor(_swapped(_matrix(call), swap=True))


RULES = {
    "Matmul": matrix_product, "Matvec": matrix_vector, "Dot": dot_product, "Inner": inner, "Outer": outer,
    "Tensordot": tensor_product, "Einsum": einstein_sum, "Kron": kronecker, "CDist": distances,
    "Correlate": correlate, "Square": square, "Number": number, "MatrixRank": rank, "Eigen": eigen,
    "Slogdet": sign_and_logarithm, "LuFactor": lu_factor, "Qr": qr, "SVD": singular_values(keras=True),
    "SvdTf": singular_values(keras=False), "Solve": solve, "Lstsq": least_squares, "Pinv": pseudo_inverse,
    "Rows": eigenvalues,
}  # fmt: skip
