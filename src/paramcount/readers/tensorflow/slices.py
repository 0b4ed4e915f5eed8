"""The parts of a partitioned variable: their keys in a bundle, and whether they make up the whole.

Source: ``tensorflow/core/util/tensor_bundle/naming.h``, ``tensorflow/core/framework/tensor_slice.proto`` and
``tensorflow/core/util/saved_tensor_slice_util.cc``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import fields, message, signed
from paramcount.errors import CorruptFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    from paramcount.containers.protobuf import Value

    FullShape: TypeAlias = tuple[int, ...]
    Extent: TypeAlias = tuple[int, int]
    """First index and length along one axis; a length of -1 is the whole axis."""
    Slice: TypeAlias = tuple[Extent, ...]
else:
    from paramcount.records import NamedTuple


class Uncovered(NamedTuple):
    """A partitioned tensor whose slices are not what its own entry says."""

    key: str
    held: int
    """Elements of the slices that are there."""
    expected: int
    """Elements of the whole."""
    why: str
    """What is wrong, as part of a sentence."""


def slice_of(data: bytes, where: str) -> Slice:
    """A ``TensorSliceProto``: an extent for each axis; one without a length is the whole axis."""
    extents = []
    for number, value in fields(data, where):
        if number == 1:
            found = dict(fields(message(value, where), where))
            length = as_number(found[2], where) if 2 in found else -1
            extents.append((as_number(found.get(1, 0), where), length))
    return tuple(extents)


def slice_key(key: bytes, where: str) -> tuple[str, Slice]:
    """Name and extents from the key of a slice: numbers and text in an order-preserving code.

    Source: ``tensorflow/core/lib/strings/ordered_code.h`` and ``tensorflow/core/util/saved_tensor_slice_util.h``.
    """
    end = key.find(b"\0\1", 1)
    # A zero byte in the name is followed by 0xff; behind the name stands the rank, as its width in bytes and itself.
    rank = key[end + 3] if 0 < end < len(key) - 3 and key[end + 2] == 1 else 0
    at = end + 3 + bool(rank)
    if end < 0 or key[end + 2 : at] not in (b"\0", bytes((1, rank))):
        raise CorruptFile("The key of a slice is broken", where=where, found=repr(key[:80]))
    numbers = []
    for _ in range(2 * rank):
        number, at = _ordered(key, at, where)
        numbers.append(number)
    if at != len(key):
        raise CorruptFile("The key of a slice is broken", where=where, found=repr(key[:80]))
    name = key_text(key[1:end].replace(b"\0\xff", b"\0").replace(b"\xff\0", b"\xff"), where)
    return name, tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _ordered(key: bytes, at: int, where: str) -> tuple[int, int]:
    """A signed number: its first bits say its sign and, by how many are alike, its bytes."""
    head = int.from_bytes(key[at : at + 2].ljust(2, b"\0"), "big")
    negative = not head & 0x8000
    alike = 16 - ((head ^ 0xFFFF) if not negative else head).bit_length()
    data = key[at : at + alike]
    if not 0 < alike <= 10 or len(data) != alike:
        raise CorruptFile("A number in the key of a slice is broken", where=where, found=repr(key[:80]))
    value = int.from_bytes(data, "big") & ((1 << 7 * alike) - 1)
    return value - (1 << 7 * alike) if negative else value, at + alike


def uncovered_by(key: str, shape: FullShape, slices: list[Slice]) -> Uncovered | None:
    """What is wrong with the slices of a tensor, judged by their places alone; None when nothing is."""
    why = cover(shape, slices)
    held = sum(product(lengths) for lengths in (extent_lengths(one, shape) for one in slices) if lengths is not None)
    return Uncovered(key, held, product(shape), why) if why else None


def cover(shape: FullShape, slices: list[Slice]) -> str:
    """Why ``slices`` do not make up a tensor of ``shape``; empty when each element is in exactly one.

    TensorFlow cuts along one axis only.  Whatever is a grid is proved here, in time that grows with the slices alone.
    """
    boxes = set()
    for extents in slices:
        lengths = extent_lengths(extents, shape)
        if lengths is None:
            return "a slice lies outside of the tensor"
        boxes.add(tuple([(start, start + length) for (start, _), length in zip(extents, lengths, strict=True)]))
    if len(boxes) != len(slices):
        return "two slices are of the same place"
    count = 1
    for axis, size in enumerate(shape):
        cuts = sorted({box[axis] for box in boxes})
        if [0, *(end for _, end in cuts)] != [*(start for start, _ in cuts), size]:
            return "the slices overlap or leave gaps"
        count *= len(cuts)
    return "" if count == len(boxes) else "the slices leave gaps"


def extent_lengths(extents: Slice, shape: FullShape) -> FullShape | None:
    """The shape of a slice; None when it is not inside a tensor of ``shape``."""
    if len(extents) != len(shape):
        return None
    lengths = []
    for (start, length), size in zip(extents, shape, strict=True):
        taken = size - start if length == -1 else length
        if start < 0 or taken < 0 or start + taken > size:
            return None
        lengths.append(taken)
    return tuple(lengths)


def product(sizes: FullShape) -> int:
    """Elements of a tensor of these sizes."""
    total = 1
    for size in sizes:
        total *= size
    return total


def as_number(value: Value, where: str) -> int:
    """A field that is a number of 64 bits."""
    if isinstance(value, bytes):
        raise CorruptFile("A message stands where a number should", where=where)
    return signed(value)


def key_text(key: bytes, where: str) -> str:
    """A name; bytes that are no text would make two names look the same."""
    try:
        return str(key, "utf-8")
    except UnicodeDecodeError as error:
        raise CorruptFile("The name of a tensor is no text", where=where, found=repr(key[:80])) from error
