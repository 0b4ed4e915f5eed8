"""What a checkpoint of TensorFlow stores: names, shapes and places, from its ``.index``; the weights are not read.

A tensor bundle is one table, ``<prefix>.index``, and shards of data, ``<prefix>.data-00000-of-00001`` and so on.
The key "" holds a header, every other key a tensor.  A variable that was partitioned has one entry with its whole
shape and no bytes, and one more for each of its slices, whose keys begin with a zero byte.  What depends on the byte
order are the bytes of the weights alone, so that a bundle in big endian reads like any other.

Source: ``tensorflow/core/protobuf/tensor_bundle.proto`` and ``tensorflow/core/util/tensor_bundle/naming.h``.
"""

from __future__ import annotations

from paramcount.containers.leveldb import entries as table_entries
from paramcount.containers.protobuf import fields, message
from paramcount.dtypes import bits_of
from paramcount.errors import CorruptFile, LfsPointer, NotAModel, UnsupportedFormat
from paramcount.readers.tensorflow import shapes
from paramcount.readers.tensorflow.dtypes import NO_NUMBERS, name_of
from paramcount.readers.tensorflow.slices import (
    Uncovered,
    as_number,
    cover,
    extent_lengths,
    key_text,
    product,
    slice_key,
    slice_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.model import Shape
    from paramcount.readers.tensorflow.slices import FullShape, Slice
    from paramcount.sources.bytesource import ByteSource
else:
    from paramcount.records import NamedTuple

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The key of the object graph, a string among the tensors."""

VERSION = 1
"""The newest version of the format; what asks for a newer one is refused."""
RANK_LIMIT = 254
ELEMENT_LIMIT = (1 << 63) - 1
"""What TensorFlow itself allows: axes of a tensor, and elements."""
SHARD_LIMIT = 99_999
"""The number of shards has five digits in their names."""
LFS = b"version https://git-lfs.github.com/spec/"


class Entry(NamedTuple):
    """One tensor of a bundle; one that is ``sliced`` has no bytes of its own, for its slices have them."""

    key: str
    dtype: str
    """Empty when this version does not know the number."""
    shape: FullShape
    shard: int
    offset: int
    size: int
    crc: int
    sliced: bool

    @property
    def elements(self) -> int:
        """How many elements the shape has."""
        return product(self.shape)

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers: strings and variants are no parameters, and in no count of what is stored."""
        return self.dtype not in NO_NUMBERS


class Bundle(NamedTuple):
    """Everything that the index of a bundle says."""

    name: str
    """What messages call it."""
    shards: int
    entries: dict[str, Entry]
    """By key, in order; without the header and without slices."""
    slices: dict[str, dict[Slice, Entry]]
    """The slices that are stored of each partitioned tensor, by their extents; their key is that of the tensor."""
    uncovered: tuple[Uncovered, ...]
    big_endian: bool
    size: int
    """Bytes of the index itself."""

    @property
    def bytes(self) -> int:
        """Bytes of all tensors in the shards."""
        parts = (part.size for found in self.slices.values() for part in found.values())
        return sum(entry.size for entry in self.entries.values()) + sum(parts)

    def numeric(self) -> list[Entry]:
        """The tensors of numbers, in order."""
        return [entry for entry in self.entries.values() if entry.is_numeric]

    def elements(self) -> int:
        """Elements of all tensors of numbers; a partitioned one counts whole."""
        return sum(entry.elements for entry in self.numeric())


def read_bundle(source: ByteSource) -> Bundle:
    """The index of a bundle.

    Raises:
        LfsPointer: when the index was not fetched.
        NotAModel: when the table is no bundle.
        UnsupportedFormat: when a newer version of TensorFlow is asked for.
        CorruptFile: when an entry contradicts itself or the header.
    """
    if is_pointer(source):
        raise LfsPointer(
            "The index of the checkpoint is a Git LFS pointer, not the index it stands for", where=source.name
        )
    table = table_entries(source)
    key, value = next(table, (b"?", b""))
    if key:
        raise NotAModel("This table is no checkpoint of TensorFlow", where=source.name, expected="a header first")
    shards, big_endian = _header(value, source.name)
    entries: dict[str, Entry] = {}
    slices: dict[str, dict[Slice, Entry]] = {}
    declared: dict[str, list[Slice]] = {}
    for key, value in table:
        if key.startswith(b"\0"):
            name, extents = slice_key(key, source.name)
            where = f"{source.name}, a slice of {name}"
            slices.setdefault(name, {})[extents] = _entry(name, value, shards, where)[0]
        else:
            name = key_text(key, source.name)
            entries[name], found = _entry(name, value, shards, f"{source.name}, {name}")
            if found:
                declared[name] = found
    uncovered = _uncovered(entries, slices, declared)
    return Bundle(source.name, shards, entries, slices, uncovered, big_endian, source.size)


def is_pointer(source: ByteSource) -> bool:
    """Whether a file only stands for one that Git LFS did not fetch."""
    return source.size < 1024 and source.read(0, min(source.size, len(LFS))) == LFS


def _header(data: bytes, where: str) -> tuple[int, bool]:
    """The number of shards, and whether the weights are in big endian."""
    values = dict(fields(data, where))
    shards, endianness, version = values.get(1, 0), values.get(2, 0), values.get(3, b"")
    if isinstance(shards, bytes):
        raise NotAModel("This table is a checkpoint of the first version, not a bundle", where=where)
    if not 0 < shards <= SHARD_LIMIT or endianness not in (0, 1):
        raise CorruptFile(
            "The header of the checkpoint is broken", where=where, found=f"{shards} shards, byte order {endianness!r}"
        )
    asks = as_number(dict(fields(message(version, where), where)).get(2, 0), where)
    if asks > VERSION:
        raise UnsupportedFormat(
            "The checkpoint is of a newer version", where=where, found=str(asks), expected=f"at most {VERSION}"
        )
    return shards, endianness == 1


def _entry(name: str, data: bytes, shards: int, where: str) -> tuple[Entry, list[Slice]]:
    """One tensor, and the slices that it says it is made of."""
    dtype, shape, begin = shapes.head_of(data, where)
    numbers = [0, dtype, 0, 0, 0, 0, 0]
    slices: list[Slice] = []
    for field, value in fields(data[begin:], where):
        if field == 2:
            more = shapes.shape_of(message(value, where), where)
            shape = None if shape is None or more is None else shape + more
        elif field == 7:
            slices.append(slice_of(message(value, where), where))
        elif field < 7:
            numbers[field] = as_number(value, where)
    _, dtype, _, shard, offset, size, crc = numbers
    if dtype <= 0 or not 0 <= shard < shards or offset < 0 or size < 0:
        raise CorruptFile(
            "An entry of the checkpoint is broken", where=where,
            found=f"dtype {dtype}, {size} bytes at {offset} of shard {shard} of {shards}",
        )  # fmt: skip
    form = _FORMS.get((dtype, shape)) or _form(dtype, shape, where)
    # What is sliced has no bytes of its own.
    expected = 0 if slices else form.size
    if expected is not None and size != expected:
        raise CorruptFile(
            "The shape of a tensor and its size contradict each other", where=where,
            found=f"{size} bytes", expected=f"{expected} bytes for {form.dtype} {form.shape}",
        )  # fmt: skip
    return Entry._make((name, form.dtype, form.shape, shard, offset, size, crc, bool(slices))), slices


class _Form(NamedTuple):
    """What the entries of one dtype and shape have in common."""

    dtype: str
    shape: FullShape
    size: int | None
    """Bytes of the value; None where they do not follow from dtype and shape."""


_FORMS: dict[tuple[int, object], _Form] = {}
"""Those that are known: a model has few."""


def _form(number: int, shape: Shape | None, where: str) -> _Form:
    """The form of a dtype and a shape, whose sizes must all be known, as they are for what is stored."""
    whole = _definite(shape, where)
    check_shape(whole, where)
    dtype = name_of(number)
    width = bits_of(dtype)
    # TensorFlow stores numbers of less than a byte in one byte each.
    form = _Form(dtype, whole, None if width is None else product(whole) * max(width // 8, 1))
    if len(_FORMS) < shapes.KNOWN_LIMIT:
        _FORMS[number, shape] = form
    return form


def check_shape(shape: FullShape, where: str) -> None:
    """A shape has a rank and sizes that TensorFlow allows."""
    if len(shape) > RANK_LIMIT or product(shape) > ELEMENT_LIMIT:
        raise CorruptFile(
            "A tensor is larger than TensorFlow allows", where=where, found=f"{len(shape)} axes: {shape[:4]} …"
        )


def shape_of(data: bytes, where: str) -> FullShape:
    """A ``TensorShapeProto`` whose sizes must all be known."""
    return _definite(shapes.shape_of(data, where), where)


def _definite(shape: Shape | None, where: str) -> FullShape:
    if shape is None or None in shape:
        raise CorruptFile("A stored tensor has no definite shape", where=where, found=f"{shape}")
    return shape  # type: ignore[return-value]


def _uncovered(
    entries: dict[str, Entry], slices: dict[str, dict[Slice, Entry]], declared: dict[str, list[Slice]]
) -> tuple[Uncovered, ...]:
    """Every partitioned tensor whose slices do not make it up."""
    found = []
    for name in dict.fromkeys((*declared, *slices)):
        whole, parts = entries.get(name), slices.get(name, {})
        held = sum(part.elements for part in parts.values())
        if whole is None or name not in declared:
            found.append(Uncovered(name, held, whole.elements if whole else 0, "slices are stored of no such tensor"))
            continue
        why = _fault(whole, parts, declared[name])
        if why:
            found.append(Uncovered(name, held, whole.elements, why))
    return tuple(found)


def _fault(whole: Entry, parts: dict[Slice, Entry], declared: list[Slice]) -> str:
    """What is wrong with the slices of one tensor; empty when nothing is."""
    if len(declared) != len(parts) or set(declared) != set(parts):
        return "other slices are stored than the tensor says"
    for extents, part in parts.items():
        if part.dtype != whole.dtype or part.sliced:
            return "a slice is of another dtype"
        if part.shape != extent_lengths(extents, whole.shape):
            return "a slice has not the shape of its place"
    return cover(whole.shape, declared)
