"""Operations that arrange the same elements otherwise: reshape, transpose, squeeze."""

from __future__ import annotations

from paramcount.operations.call import known_shape
from paramcount.operations.literals import integer, integers
from paramcount.operations.shapes import axes_of, axis_of, inserted, product
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension

_INPUT = ("x", "tensor", "input", "a", "array")


def reshape(call: Call) -> Tensor:
    """``reshape``; -1 stands for what is left, which is known if everything else is."""
    shape = call.tensor(0, *_INPUT).shape
    new = call.numbers("newshape", "shape")
    if len(new) > MAX_RANK or new.count(-1) > 1 or any(size is not None and size < -1 for size in new):
        raise Unknown
    if shape is None or None in shape or None in new:
        return Tensor(tuple(None if size == -1 else size for size in new))
    count = product(known_shape(Tensor(shape))) or 0
    if -1 not in new:
        if product(new) != count:
            raise Unknown
        return Tensor(new)
    rest = product(size for size in new if size != -1) or 0
    if rest == 0 or count % rest:
        raise Unknown
    return Tensor(tuple(count // rest if size == -1 else size for size in new))


def ravel(call: Call) -> Tensor:
    """All elements in one axis."""
    return Tensor((product(call.shape(0, *_INPUT)),))


def batch_flatten(call: Call) -> Tensor:
    """All axes but the first in one."""
    shape = call.shape(0, *_INPUT)
    if not shape:
        raise Unknown
    return Tensor((shape[0], product(shape[1:])))


def transpose(call: Call) -> Tensor:
    """The axes in another order, in the reverse order if none is given."""
    shape = call.shape(0, *_INPUT)
    order = call.option("axes", "perm")
    if order is None:
        return Tensor(shape[::-1])
    axes = axes_of(integers(order), len(shape))
    if len(axes) != len(shape):
        raise Unknown
    return Tensor(tuple(shape[axis] for axis in axes))


def swap_axes(call: Call) -> Tensor:
    """Two axes in each other's place."""
    shape = list(call.shape(0, *_INPUT))
    one, other = axis_of(call.whole("axis1"), len(shape)), axis_of(call.whole("axis2"), len(shape))
    shape[one], shape[other] = shape[other], shape[one]
    return Tensor(tuple(shape))


def matrix_transpose(call: Call) -> Tensor:
    """The last two axes in each other's place."""
    shape = call.shape(0, "a", "matrix", "x")
    if len(shape) < 2:
        raise Unknown
    return Tensor((*shape[:-2], shape[-1], shape[-2]))


def move_axis(call: Call) -> Tensor:
    """Some axes at new places, the others in their order."""
    shape = call.shape(0, *_INPUT)
    sources = axes_of(call.numbers("source"), len(shape))
    places = axes_of(call.numbers("destination"), len(shape))
    if len(sources) != len(places):
        raise Unknown
    order = [axis for axis in range(len(shape)) if axis not in sources]
    for place, source in sorted(zip(places, sources, strict=True)):
        order.insert(place, source)
    return Tensor(tuple(shape[axis] for axis in order))


def rotate(call: Call) -> Tensor:
    """``rot90``: Keras swaps both axes whatever ``k`` is, which is right for the odd ones alone."""
    shape = list(call.shape(0, *_INPUT))
    axes = axes_of(call.numbers("axes") if call.option("axes") is not None else (0, 1), len(shape))
    one, other = axes if len(axes) == 2 else (0, 0)
    if len(axes) != 2 or (call.whole("k", default=1) % 2 == 0 and shape[one] != shape[other]):
        raise Unknown
    shape[one], shape[other] = shape[other], shape[one]
    return Tensor(tuple(shape))


def expand_dims(call: Call) -> Tensor:
    """New axes of size 1, whose places are counted in the result."""
    x = call.tensor(0, *_INPUT)
    shape = known_shape(x)
    axis = call.option("axis", "dim")
    axes = (len(shape),) if axis is None else integers(axis)
    rank = len(shape) + len(axes)
    if rank > MAX_RANK:
        raise Unknown
    new, sizes = set(axes_of(axes, rank)), iter(shape)
    value = (x.value,) if not shape and isinstance(x.value, int) else None
    return Tensor(tuple(1 if place in new else next(sizes) for place in range(rank)), value)


def squeeze(call: Call) -> Tensor:
    """Axes of size 1 gone: those that are named, or all; Keras keeps axes whose size is not known."""
    x = call.tensor(0, *_INPUT)
    shape = known_shape(x)
    axis = call.option("axis", "squeeze_dims")
    axes = [place for place, size in enumerate(shape) if size == 1]
    if axis is not None and axis != []:
        axes = axes_of(integers(axis), len(shape))
    if any(shape[place] not in (1, None) for place in axes):
        raise Unknown
    value = x.value[0] if shape == (1,) and isinstance(x.value, tuple) else None
    return Tensor(tuple(size for place, size in enumerate(shape) if place not in axes), value)


def squeeze_known(call: Call) -> Tensor:
    """TensorFlow's ``squeeze``: without axes, a size that is not known leaves the rank open."""
    if call.option("axis", "squeeze_dims") in (None, []) and None in call.shape(0, *_INPUT):
        raise Unknown
    return squeeze(call)


def rearrange(call: Call) -> Tensor:
    """``rearrange(x, "b (h w) c -> b h w c", h=4)``: axes by name, in parentheses those that are one axis."""
    shape, pattern = call.shape(0, "tensor"), call.get(1, "pattern")
    if not isinstance(pattern, str) or pattern.count("->") != 1 or len(pattern) > 1000:
        raise Unknown
    left, right = (_groups(part) for part in pattern.split("->"))
    if len(left) != len(shape):
        raise Unknown
    sizes: dict[str, Dimension] = {}
    for group, size in zip(left, shape, strict=True):
        _split_group(group, size, call.kwargs, sizes)
    if sorted(sizes) != sorted(name for group in right for name in group):
        raise Unknown
    return Tensor(tuple(product(sizes[name] for name in group) for group in right))


def _groups(part: str) -> list[list[str]]:
    """One side of a pattern: the names of each axis."""
    groups: list[list[str]] = []
    inside = False
    for word in part.replace("(", " ( ").replace(")", " ) ").split():
        if word in "()":
            if inside == (word == "("):
                raise Unknown
            inside = word == "("
            if inside:
                groups.append([])
        elif not word.isidentifier():
            raise Unknown
        elif inside:
            groups[-1].append(word)
        else:
            groups.append([word])
    if inside:
        raise Unknown
    return groups


def _split_group(names: list[str], size: Dimension, given: Any, sizes: dict[str, Dimension]) -> None:
    """Notes the sizes of the names that share one axis; one of them may be what is left."""
    known = {name: integer(given[name]) for name in names if name in given}
    left = [name for name in names if name not in known]
    rest = product(known.values()) or 0
    if len(left) > 1 or len(set(names)) != len(names) or any(name in sizes for name in names) or rest <= 0:
        raise Unknown
    if size is not None and (size % rest or (not left and size != rest)):
        raise Unknown
    sizes.update(known)
    for name in left:
        sizes[name] = None if size is None else size // rest


def adapt_rank(call: Call) -> Tensor:
    """The shape that ``ensure_shape`` promises, where the tensor's own says less."""
    shape = call.numbers("shape")
    own = call.tensor(0, "x").shape
    if own is None:
        return Tensor(shape)
    own = known_shape(Tensor(own))
    if len(own) != len(shape):
        raise Unknown
    return Tensor(tuple(size if size is not None else mine for size, mine in zip(shape, own, strict=True)))


def view_as_complex(call: Call) -> Tensor:
    """Pairs of the last axis as complex numbers."""
    shape = call.shape(0, "x")
    if not shape or shape[-1] not in (2, None):
        raise Unknown
    return Tensor(shape[:-1])


def view_as_real(call: Call) -> Tensor:
    """Complex numbers as pairs in a new last axis."""
    shape = call.shape(0, "x")
    return Tensor(inserted(shape, -1, 2))


def shape_of(call: Call) -> Tensor:
    """TensorFlow's ``shape``: a vector whose value is the shape itself."""
    shape = call.shape(0, "input", "x")
    return Tensor((len(shape),), shape)


def rank_of(call: Call) -> Tensor:
    """The number of axes."""
    return Tensor((), len(call.shape(0, "input", "x")))


def size_of(call: Call) -> Tensor:
    """The number of elements."""
    return Tensor((), product(call.shape(0, "input", "x")))


RULES = {
    "Reshape": reshape, "BatchFlatten": batch_flatten, "Ravel": ravel, "Transpose": transpose, "Swapaxes": swap_axes,
    "Moveaxis": move_axis, "MatrixTranspose": matrix_transpose, "Rot90": rotate, "ExpandDims": expand_dims,
    "Squeeze": squeeze, "SqueezeTf": squeeze_known, "Rearrange": rearrange, "EnsureShape": adapt_rank,
    "ViewAsComplex": view_as_complex, "ViewAsReal": view_as_real, "Shape": shape_of, "Rank": rank_of, "Size": size_of,
}  # fmt: skip
