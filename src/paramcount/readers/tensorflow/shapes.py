"""Shapes as TensorFlow stores them.

Source: ``tensorflow/core/framework/tensor_shape.proto``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import fields, message, signed
from paramcount.errors import CorruptFile, LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Shape

RANK_LIMIT = 64
"""Axes of a tensor.  TensorFlow stops at 254, and nobody has come near either."""

KNOWN_LIMIT = 4096
"""Shapes that are kept.  A model has few different ones, and each stands in its graph, its objects and its index."""
KNOWN_BYTES = 128
"""Bytes of the longest one that is kept: a name for every axis can make a shape as long as the file."""
_KNOWN: dict[bytes, Shape] = {}
_HEADS: dict[bytes, tuple[int, Shape | None, int]] = {}


def shape_of(data: bytes, where: str) -> Shape | None:
    """The shape of a ``TensorShapeProto``: None for a size that is not known, or where not even the rank is.

    Raises:
        CorruptFile: when a size is no number.
        LimitExceeded: when it has more axes than any tensor.
    """
    if data in _KNOWN:
        return _KNOWN[data]
    sizes: list[int | None] = []
    for number, value in fields(data, where):
        if number == 3 and value:
            return None
        if number == 2:
            size = dict(fields(message(value, where), where)).get(1, 0)
            if not isinstance(size, int):
                raise CorruptFile("A size of a shape is no number", where=where)
            sizes.append(signed(size) if signed(size) >= 0 else None)
            if len(sizes) > RANK_LIMIT:
                raise LimitExceeded("A tensor has too many axes", where=where, expected=f"at most {RANK_LIMIT}")
    shape = tuple(sizes)
    if len(_KNOWN) < KNOWN_LIMIT and len(data) < KNOWN_BYTES:
        _KNOWN[data] = shape
    return shape


def head_of(data: bytes, where: str) -> tuple[int, Shape | None, int]:
    """The number of a dtype and the shape with which a message begins, and how many bytes they take.

    An entry of an index and a variable of a graph begin alike, with a dtype as field 1 and a shape as field 2, and a
    model has few different ones: each is read once.  0 bytes where a message begins otherwise; then it is all to read.

    Raises:
        ParamcountError: as ``shape_of`` does.
    """
    size = 4 + data[3] if len(data) > 3 and data[0] == 8 and data[2] == 18 and data[1] < 128 > data[3] else 0
    head = data[:size]
    found = _HEADS.get(head)
    if found is None:
        if not size or len(head) < size:
            return 0, (), 0
        found = data[1], shape_of(head[4:], where), size
        if len(_HEADS) < KNOWN_LIMIT:
            _HEADS[head] = found
    return found
