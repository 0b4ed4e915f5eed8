"""Operations that pick elements by their places, or put them there; and tensors made from nothing."""

from __future__ import annotations

from paramcount.operations.call import known_shape
from paramcount.operations.literals import integer, integers
from paramcount.operations.shapes import axes_of, axis_of, broadcast, inserted, product, replaced
from paramcount.operations.tensor import MAX_RANK, Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape


def take(call: Call) -> Tensor:
    """``take``: the places stand where the axis was; without an axis, of the flat tensor."""
    indices = call.shape(1, "indices")
    if call.option("axis") is None:
        return Tensor(indices)
    shape = call.shape(0, "x")
    return Tensor(replaced(shape, call.whole("axis"), *indices))


def take_along_axis(call: Call) -> Tensor:
    """``take_along_axis``: the places are as many as the result has, along one axis."""
    shape, indices = call.shape(0, "x"), call.shape(1, "indices")
    axis = call.whole("axis") if call.option("axis") is not None else None
    if axis is None:
        shape, axis = (product(shape),), 0
    if len(shape) != len(indices):
        raise Unknown
    axis = axis_of(axis, len(shape))
    return Tensor(broadcast(replaced(shape, axis, indices[axis]), indices))


def gather(call: Call) -> Tensor:
    """TensorFlow's ``gather``; the first ``batch_dims`` axes of both go together."""
    x = call.tensor(0, "params")
    shape, indices = known_shape(x), call.shape(1, "indices", "ids")
    batch = call.whole("batch_dims", default=0)
    batch = axis_of(batch, len(indices)) if batch < 0 else batch
    axis = axis_of(call.whole("axis", default=batch), len(shape))
    if not batch <= axis or batch > len(indices):
        raise Unknown
    leading = broadcast(shape[:batch], indices[:batch])
    result = (*leading, *shape[batch:axis], *indices[batch:], *shape[axis + 1 :])
    return Tensor(result, _picked(x.value, call.get(1, "indices")) if not batch else None)


def _picked(value: object, index: object) -> object:
    """One int, or several, of a constant vector."""
    if not isinstance(value, tuple):
        return None
    if isinstance(index, int) and not isinstance(index, bool):
        return value[index] if 0 <= index < len(value) else None
    if isinstance(index, list) and len(index) <= MAX_RANK and all(isinstance(place, int) for place in index):
        return tuple(value[place] for place in index)
    return None


def gather_nd(call: Call) -> Tensor:
    """TensorFlow's ``gather_nd``: the last axis of the places holds coordinates."""
    shape, indices = call.shape(0, "params"), call.shape(1, "indices")
    batch = call.whole("batch_dims", default=0)
    if not indices or indices[-1] is None or not 0 <= batch < len(indices) or batch + indices[-1] > len(shape):
        raise Unknown
    return Tensor((*indices[:-1], *shape[batch + indices[-1] :]))


def one_hot(call: Call) -> Tensor:
    """One more axis, with a place for each class."""
    shape = call.shape(0, "x", "indices")
    classes = call.numbers("num_classes", "depth")
    axis = call.whole("axis", default=-1)
    if len(classes) != 1 or axis < -1 or (axis == len(shape) and axis and call.config):
        raise Unknown
    return Tensor(inserted(shape, axis, classes[0]))


def multi_hot(call: Call) -> Tensor:
    """The classes that occur in each sample, of which Keras takes the second axis together."""
    shape = call.shape(0, "inputs")
    if call.whole("axis", default=-1) != -1:
        raise Unknown
    shape = (*shape, call.whole("num_classes"))
    return Tensor(shape[-1:] if len(shape) == 2 else (shape[0], *shape[2:]))


def slice_of(call: Call) -> Tensor:
    """``slice``: a part that starts at some place; -1 takes all that is left."""
    x = call.tensor(0, "inputs", "input_")
    shape = known_shape(x)
    sizes = integers(call.option("shape", "size"))
    starts = _starts(call, len(shape))
    if len(sizes) != len(shape):
        raise Unknown
    result = tuple(_part(*part) for part in zip(shape, sizes, starts, strict=True))
    value = None
    if len(shape) == 1 and isinstance(x.value, tuple) and starts[0] is not None and result[0] is not None:
        value = x.value[starts[0] : starts[0] + result[0]]
    return Tensor(result, value)


def _starts(call: Call, rank: int) -> tuple[Dimension, ...]:
    """Where each axis starts, None where that is known only when the model runs."""
    starts = integers(call.get(1, "start_indices", "begin"))
    if len(starts) != rank:
        raise Unknown
    return starts


def _part(size: Dimension, length: Dimension, start: Dimension) -> Dimension:
    """The length of a part of one axis."""
    if length != -1:
        if length is not None and (length < 0 or (size is not None and length + (start or 0) > size)):
            raise Unknown
        return length
    if size is None or start is None:
        return None
    if not 0 <= start <= size:
        raise Unknown
    return size - start


def updated(call: Call) -> Tensor:
    """A tensor with some elements changed."""
    return Tensor(call.shape(0, "inputs", "tensor", "ref"))


def scattered(call: Call) -> Tensor:
    """``scatter``: elements put into zeros of a shape."""
    return Tensor(_new_shape(call.option("shape") if call.option("shape") is not None else call.get(2, "shape")))


def _new_shape(found: object) -> Shape:
    """The shape of a new tensor."""
    shape = integers(found)
    if len(shape) > MAX_RANK:
        raise Unknown
    return known_shape(Tensor(shape))


def full(call: Call) -> Tensor:
    """Keras's ``full``."""
    return Tensor(_new_shape(call.option("shape")))


def filled(call: Call) -> Tensor:
    """TensorFlow's ``zeros``, ``ones``, ``fill`` and random numbers: the shape comes first."""
    return Tensor(_new_shape(call.get(0, "shape", "dims")))


def arange(call: Call) -> Tensor:
    """``arange`` and TensorFlow's ``range``; of unknown length if a bound is known only when the model runs."""
    start, stop = call.get(0, "start"), call.get(1, "stop", "limit")
    step = call.get(2, "step", "delta", default=1)
    if stop is None:
        start, stop = 0, start
    try:
        numbers = [integer(bound) for bound in (start, stop, 1 if step is None else step)]
    except Unknown:
        return Tensor((None,))
    if numbers[2] == 0:
        raise Unknown
    return Tensor((len(range(*numbers)),))


def linspace(call: Call) -> Tensor:
    """Numbers between two others, or between the elements of two tensors."""
    ends = broadcast(call.shape(0, "start"), call.shape(1, "stop"))
    number = call.numbers("num") if call.option("num") is not None else (50,)
    result = Tensor(inserted(ends, call.whole("axis", default=0), number[0]))
    if call.flag("retstep"):
        raise Unknown
    return result


def sequence_mask(call: Call) -> Tensor:
    """TensorFlow's ``sequence_mask``."""
    shape, longest = call.shape(0, "lengths"), call.option("maxlen")
    return Tensor((*shape, None if longest is None else integers(longest)[0]))


def boolean_mask(call: Call) -> Tensor:
    """The elements where a mask is true, whose number is known only when the model runs."""
    shape, mask = call.shape(0, "tensor"), call.shape(1, "mask")
    axis = axis_of(call.whole("axis", default=0), len(shape))
    if not mask or axis + len(mask) > len(shape):
        raise Unknown
    return Tensor((*shape[:axis], None, *shape[axis + len(mask) :]))


def embedding(call: Call) -> Tensor:
    """TensorFlow's ``embedding_lookup`` in one table."""
    table = call.get(0, "params")
    if not isinstance(table, Tensor):
        raise Unknown
    return Tensor(call.shape(1, "ids") + known_shape(table)[1:])


def unravelled(call: Call) -> object:
    """``unravel_index``: one coordinate for each axis."""
    shape = call.shape(0, "indices")
    return [Tensor(shape)] * len(_new_shape(call.option("shape")))


def eye(call: Call) -> Tensor:
    """TensorFlow's identity matrices."""
    rows = _new_shape(call.get(0, "num_rows"))
    columns = rows if call.option("num_columns") is None else call.numbers("num_columns")
    batch = () if call.option("batch_shape") is None else call.numbers("batch_shape")
    if len(rows) != 1 or len(columns) != 1:
        raise Unknown
    return Tensor((*batch, *rows, *columns))


def random_crop(call: Call) -> Tensor:
    """TensorFlow's crop to a size of all axes."""
    size = call.numbers("size")
    if len(size) != len(call.shape(0, "value", "input")):
        raise Unknown
    return Tensor(size)


def along(call: Call) -> Tensor:
    """Reversals of named axes."""
    shape = call.shape(0, "tensor", "input")
    axes_of(call.numbers("axis"), len(shape))
    return Tensor(shape)


RULES = {
    "Take": take, "TakeAlongAxis": take_along_axis, "Gather": gather, "GatherNd": gather_nd, "OneHot": one_hot,
    "MultiHot": multi_hot, "Slice": slice_of, "Updated": updated, "Scatter": scattered, "Full": full,
    "Filled": filled, "Arange": arange, "Linspace": linspace, "SequenceMask": sequence_mask,
    "BooleanMask": boolean_mask, "Embedding": embedding, "UnravelIndex": unravelled, "Along": along,
    "Eye": eye, "RandomCrop": random_crop,
}  # fmt: skip
