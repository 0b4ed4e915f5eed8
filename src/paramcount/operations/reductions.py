"""Operations that take axes away: sums, means, norms, and what finds one of many."""

from __future__ import annotations

from math import prod

from paramcount.operations.literals import integers, is_number
from paramcount.operations.shapes import axes_of, axis_of, divided, product, reduced, replaced, same
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape

_INPUT = ("x", "input_tensor", "input", "tensor", "a")


def _axes(call: Call) -> tuple[Dimension, ...] | None:
    """The axes of a reduction, None for all of them."""
    axes = call.option("axis", "axes", "reduction_indices", "dimension")
    return None if axes is None else integers(axes)


def reduction(call: Call) -> Tensor:
    """Any reduction over one axis, several or all."""
    axes = _axes(call)
    keepdims = call.flag("keepdims", "keep_dims")
    if axes is None and not keepdims:
        return Tensor(())
    return Tensor(reduced(call.shape(0, *_INPUT), axes, keepdims))


def of_ints(function: Callable[[Sequence[int]], int]) -> Callable[[Call], Tensor]:
    """The rule of a reduction that keeps ints of shapes known, such as the product of all of them."""

    def rule(call: Call) -> Tensor:
        result = reduction(call)
        value = call.tensor(0, *_INPUT).value
        if result.shape != () or not isinstance(value, tuple) or not value or not all(map(is_number, value)):
            return result
        number = function(value)
        return Tensor((), number) if is_number(number) else result

    return rule


def first_axis(call: Call) -> Tensor:
    """TensorFlow's argmax and argmin, whose axis is the first unless they say another."""
    shape = call.shape(0, *_INPUT)
    axes = _axes(call)
    return Tensor(reduced(shape, (0,) if axes is None else axes, False))


def average(call: Call) -> Tensor:
    """A weighted mean; weights are of the shape of ``x`` or of that of its axis."""
    if call.option("axis") is None:
        return Tensor(())
    return Tensor(reduced(call.shape(0, "x"), _axes(call), False))


def quantile(call: Call) -> Tensor:
    """Quantiles: a vector of them comes first in the shape.  A list of one is read differently by Keras's versions."""
    asked = call.shape(1, "q")
    given = call.get(1, "q")
    if len(asked) > 1 or (isinstance(given, (list, tuple)) and not isinstance(given, Tensor) and len(given) < 2):
        raise Unknown
    return Tensor(asked + reduced(call.shape(0, "x"), _axes(call), call.flag("keepdims")))


def moments(call: Call) -> object:
    """Mean and variance."""
    result = reduction(call)
    return (result, result)


def cumulative(call: Call) -> Tensor:
    """Sums along an axis keep the shape; without one they are of the flat tensor."""
    shape = call.shape(0, "x", "input")
    axis = call.option("axis")
    if axis is None:
        return Tensor((product(shape),))
    axis_of(call.whole("axis"), len(shape))
    return Tensor(shape)


def sort(call: Call) -> Tensor:
    """Sorting along the last axis, or along None of the flat tensor."""
    if "axis" in call.config and call.config["axis"] is None:
        return Tensor((product(call.shape(0, "x")),))
    shape = call.shape(0, "x", "values")
    axis_of(call.whole("axis", default=-1), len(shape))
    return Tensor(shape)


def along_axes(call: Call) -> Tensor:
    """Operations along axes that keep the shape: softmax, flips, rolls, normalization."""
    shape = call.shape(0, "x", "logits", "tensor", "input")
    axes = _axes(call)
    if axes is not None:
        axes_of(axes, len(shape))
    return Tensor(shape)


def top_k(call: Call) -> object:
    """The largest ``k`` of the last axis, and their places."""
    shape = replaced(call.shape(0, "x", "input"), -1, call.whole("k", default=1))
    return (Tensor(shape), Tensor(shape))


def difference(call: Call) -> Tensor:
    """``diff``: each of ``n`` differences shortens the axis by one."""
    shape = call.shape(0, "a")
    axis, times = call.whole("axis", default=-1), call.whole("n", default=1)
    size = shape[axis_of(axis, len(shape))]
    if times < 0:
        raise Unknown
    return Tensor(replaced(shape, axis, None if size is None else max(size - times, 0)))


def trace(call: Call) -> Tensor:
    """The sum of a diagonal."""
    shape = call.shape(0, "x")
    return Tensor(reduced(shape, (call.whole("axis1", default=0), call.whole("axis2", default=1)), False))


def trace_of_last(call: Call) -> Tensor:
    """TensorFlow's trace, which sums the diagonal of the last two axes."""
    return Tensor(reduced(call.shape(0, "x"), (-2, -1), False))


def trapezoid(call: Call) -> Tensor:
    """An integral along one axis."""
    return Tensor(reduced(call.shape(0, "y"), (call.whole("axis", default=-1),), False))


def segments(call: Call) -> Tensor:
    """Sums of segments of the first axis, whose number may be known only when the model runs."""
    shape = call.shape(0, "data")
    if not shape:
        raise Unknown
    number = call.option("num_segments")
    return Tensor((None if number is None else call.whole("num_segments"), *shape[1:]))


def unsorted_segments(call: Call) -> Tensor:
    """TensorFlow's unsorted segments, whose ids may have several axes."""
    data, ids = call.shape(0, "data"), call.shape(1, "segment_ids")
    if len(ids) > len(data):
        raise Unknown
    return Tensor((call.numbers("num_segments")[0], *data[len(ids) :]))


def glu(call: Call) -> Tensor:
    """A gated linear unit: one half gates the other."""
    shape = call.shape(0, "x")
    axis = axis_of(call.whole("axis", default=-1), len(shape))
    return Tensor(replaced(shape, axis, divided(shape[axis], 2)))


def crelu(call: Call) -> Tensor:
    """The positive and the negative part, side by side."""
    shape = call.shape(0, "features")
    axis = axis_of(call.whole("axis", default=-1), len(shape))
    size = shape[axis]
    return Tensor(replaced(shape, axis, None if size is None else 2 * size))


def crossentropy(call: Call) -> Tensor:
    """A loss for each element: classes of the last axis are gone."""
    left, right = call.shape(0, "target", "labels"), call.shape(1, "output", "logits")
    axis = call.whole("axis", "dim", default=-1)
    if not left or axis_of(axis, len(left)) != len(left) - 1:
        raise Unknown
    return Tensor(_met(left, right)[:-1])


def _met(left: Shape, right: Shape) -> Shape:
    """The shape of two tensors that have the same."""
    if len(left) != len(right):
        raise Unknown
    return tuple(same(a, b) for a, b in zip(left, right, strict=True))


def sparse_crossentropy(call: Call) -> Tensor:
    """A loss for each label."""
    output = call.shape(1, "output", "logits")
    axis = axis_of(call.whole("axis", default=-1), len(output))
    return Tensor(reduced(output, (axis,), False))


def binary_crossentropy(call: Call) -> Tensor:
    """A loss for each element."""
    return Tensor(_met(call.shape(0, "target", "labels"), call.shape(1, "output", "logits")))


def scalar(_: Call) -> Tensor:
    """One number."""
    return Tensor(())


def in_top_k(call: Call) -> Tensor:
    """Whether each target is among the best."""
    return Tensor(call.shape(0, "targets"))


def in_top_k_of_first(call: Call) -> Tensor:
    """The same for TensorFlow, which takes predictions first in some versions and in others targets."""
    shapes = (call.shape(0), call.shape(1, "targets", "predictions"))
    ranks = [len(shape) for shape in shapes]
    if sorted(ranks) != [1, 2]:
        raise Unknown
    return Tensor(shapes[ranks.index(1)])


def histogram(call: Call) -> object:
    """Counts and the edges between them."""
    bins = call.whole("bins", default=10)
    return (Tensor((bins,)), Tensor((bins + 1,)))


def bincount(call: Call) -> Tensor:
    """Counts of each value, of which the largest is known only when the model runs."""
    return Tensor((*call.shape(0, "x")[:-1], None))


def digitize(call: Call) -> Tensor:
    """The bin of each element."""
    if len(call.shape(1, "bins")) > 1:
        raise Unknown
    return Tensor(call.shape(0, "x"))


def search_sorted(call: Call) -> Tensor:
    """The place of each value in a sorted sequence."""
    return Tensor(call.shape(1, "values"))


def unique(call: Call) -> object:
    """The values that occur, and what else was asked about them; their number may be known only in a run."""
    shape = call.shape(0, "x")
    size = None if call.option("size") is None else call.whole("size")
    axis = None if call.option("axis") is None else axis_of(call.whole("axis"), len(shape))
    values = (size,) if axis is None else replaced(shape, axis, size)
    results = [Tensor(values)]
    if call.flag("return_index"):
        results.append(Tensor((size,)))
    if call.flag("return_inverse"):
        results.append(Tensor(shape if axis is None else (shape[axis],)))
    if call.flag("return_counts"):
        results.append(Tensor((size,)))
    return results[0] if len(results) == 1 else tuple(results)


def unique_of_vector(call: Call) -> object:
    """TensorFlow's ``unique`` of a vector, and where each of its elements went."""
    shape = call.shape(0, "x")
    if len(shape) != 1:
        raise Unknown
    return (Tensor((None,)), Tensor(shape))


def norm(call: Call) -> Tensor:
    """A vector or matrix norm."""
    return reduction(call)


def is_in(call: Call) -> Tensor:
    """Whether each element of the first is in the second."""
    return Tensor(call.shape(0, "x1"))


RULES = {
    "Reduction": reduction, "FirstAxis": first_axis, "Average": average, "Quantile": quantile, "Moments": moments,
    "Cumulative": cumulative, "Sort": sort, "AlongAxes": along_axes, "TopK": top_k, "Diff": difference,
    "Trace": trace, "Trapezoid": trapezoid, "Segments": segments, "UnsortedSegments": unsorted_segments, "Glu": glu,
    "Crelu": crelu, "CategoricalCrossentropy": crossentropy, "SparseCategoricalCrossentropy": sparse_crossentropy,
    "BinaryCrossentropy": binary_crossentropy, "Scalar": scalar, "InTopK": in_top_k, "Histogram": histogram,
    "Bincount": bincount, "Digitize": digitize, "SearchSorted": search_sorted, "Unique": unique, "Norm": norm,
    "IsIn": is_in, "TraceLast": trace_of_last, "UniqueTf": unique_of_vector,
    "InTopKTf": in_top_k_of_first, "ReduceSum": of_ints(sum), "ReduceProd": of_ints(prod), "ReduceMax": of_ints(max),
    "ReduceMin": of_ints(min),
}  # fmt: skip
