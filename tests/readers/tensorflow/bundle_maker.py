"""Checkpoints and graphs of TensorFlow made by hand: tables, bundles, slices, the first format, collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FLOAT32, INT32, STRING, INT64, BOOL, INT4 = 1, 3, 7, 9, 10, 29
WIDTHS = {FLOAT32: 4, INT32: 4, INT64: 8, BOOL: 1, INT4: 1}
MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")


def varint(value: int) -> bytes:
    """A number in groups of seven bits; a negative one as ``int64`` writes it."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(number: int, values: Iterable[int | bytes | str]) -> bytes:
    """A repeated field."""
    return b"".join(field(number, value) for value in values)


def shape(sizes: Sequence[int]) -> bytes:
    """A ``TensorShapeProto``."""
    return fields(2, [field(1, size) for size in sizes])


# Tables


def snappy(data: bytes) -> bytes:
    """``data`` packed with literals and with copies of all three kinds, as far as it repeats itself."""
    out, at, literal = bytearray(varint(len(data))), 0, bytearray()
    seen: dict[bytes, int] = {}
    while at < len(data):
        start = seen.get(data[at : at + 4])
        seen[data[at : at + 4]] = at
        length = 0
        while (
            start is not None and length < 64 and at + length < len(data) and data[start + length] == data[at + length]
        ):
            length += 1
        if length < 4 or start is None:
            literal.append(data[at])
            at += 1
            continue
        out += _literal(literal) + _copy(at - start, length)
        literal.clear()
        at += length
    return bytes(out + _literal(literal))


def _literal(data: bytes | bytearray) -> bytes:
    if not data:
        return b""
    size = len(data) - 1
    if size < 60:
        return bytes((size << 2,)) + data
    width = (size.bit_length() + 7) // 8
    return bytes((59 + width << 2,)) + size.to_bytes(width, "little") + data


def _copy(offset: int, length: int) -> bytes:
    if length <= 11 and offset < 2048:
        return bytes((1 | length - 4 << 2 | offset >> 8 << 5, offset & 0xFF))
    if offset < 1 << 16:
        return bytes((2 | length - 1 << 2,)) + offset.to_bytes(2, "little")
    return bytes((3 | length - 1 << 2,)) + offset.to_bytes(4, "little")


def block(entries: Sequence[tuple[bytes, bytes]], interval: int = 16) -> bytes:
    """The entries of a block, each without what its key shares with the one before it, and the list of restarts."""
    out, restarts, previous = bytearray(), [0], b""
    for number, (key, value) in enumerate(entries):
        shared = 0
        if number % interval:
            while shared < min(len(key), len(previous)) and key[shared] == previous[shared]:
                shared += 1
        elif number:
            restarts.append(len(out))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        previous = key
    return bytes(out) + b"".join(at.to_bytes(4, "little") for at in (*restarts, len(restarts)))


def table(entries: Mapping[bytes, bytes], per_block: int = 1000, packed: bool = False, interval: int = 16) -> bytes:
    """A whole table, with ``per_block`` entries in each block."""
    items = sorted(entries.items())
    out, index = bytearray(), []
    for at in range(0, len(items), per_block):
        part = items[at : at + per_block]
        index.append((part[-1][0], _put(out, block(part, interval), packed)))
    more = _put(out, block([]), packed)
    footer = more + _put(out, block(index, 1), packed)
    return bytes(out) + footer.ljust(40, b"\0") + MAGIC


def _put(out: bytearray, data: bytes, packed: bool) -> bytes:
    """Append a block with its trailer; what is returned is its handle."""
    data = snappy(data) if packed else data
    handle = varint(len(out)) + varint(len(data))
    out += data + bytes((packed,)) + bytes(4)
    return handle


# Bundles


def header(shards: int = 1, endianness: int = 0, asks: int = 0) -> bytes:
    version = field(1, 1) + (field(2, asks) if asks else b"")
    return field(1, shards) + (field(2, endianness) if endianness else b"") + field(3, version)


def entry(
    dtype: int,
    sizes: Sequence[int],
    shard: int = 0,
    offset: int = 0,
    size: int | None = None,
    slices: Sequence[Sequence[tuple[int, int]]] = (),
) -> bytes:
    """A ``BundleEntryProto``; its size is that of the shape unless it is given or the tensor is sliced."""
    if size is None:
        size = 0 if slices else WIDTHS[dtype]
        for one in sizes:
            size *= one
    data = field(1, dtype) + field(2, shape(sizes))
    for number, value in ((3, shard), (4, offset), (5, size)):
        data += field(number, value) if value else b""
    return data + b"\x35abcd" + fields(7, [tensor_slice(one) for one in slices])


def tensor_slice(extents: Sequence[tuple[int, int]]) -> bytes:
    """A ``TensorSliceProto``; an extent with the length -1 is the whole axis."""
    return fields(
        1,
        [
            (field(1, start) if start else b"") + (field(2, length) if length != -1 else b"")
            for start, length in extents
        ],
    )


def slice_key(name: str, extents: Sequence[tuple[int, int]]) -> bytes:
    """The key of a slice: numbers and text in an order-preserving code."""
    text = name.encode().replace(b"\xff", b"\xff\0").replace(b"\0", b"\0\xff")
    rank = bytes((1, len(extents))) if extents else b"\0"
    return b"\0" + text + b"\0\1" + rank + b"".join(ordered(one) for extent in extents for one in extent)


def ordered(value: int) -> bytes:
    """A signed number whose bytes sort as the numbers do: as many leading bits say its length as it has bytes."""
    size = next(size for size in range(1, 11) if -(1 << 7 * size - 1) <= value < 1 << 7 * size - 1)
    bits = (value & (1 << 8 * size) - 1) ^ ((1 << size) - 1 << 7 * size)
    return bits.to_bytes(size, "big")


def bundle(tensors: Mapping[str, tuple[int, Sequence[int]]], shards: int = 1, **options: bool | int) -> bytes:
    """The index of tensors of these dtypes and shapes, one behind the other, dealt out to the shards in turn."""
    entries = {b"": header(shards)}
    ends = [0] * shards
    for number, (name, (dtype, sizes)) in enumerate(sorted(tensors.items())):
        shard, size = number % shards, WIDTHS[dtype]
        for one in sizes:
            size *= one
        entries[name.encode()] = entry(dtype, sizes, shard, ends[shard])
        ends[shard] += size
    return table(entries, **options)  # type: ignore[arg-type]


def floats(**shapes: Sequence[int]) -> dict[str, tuple[int, Sequence[int]]]:
    """Tensors of floats; two underscores in a name stand for a slash."""
    return {name.replace("__", "/"): (FLOAT32, sizes) for name, sizes in shapes.items()}


def sliced(
    name: str, sizes: Sequence[int], slices: Sequence[Sequence[tuple[int, int]]], shards: int = 1
) -> dict[bytes, bytes]:
    """The entries of a partitioned variable of floats, each slice in the next shard."""
    entries = {name.encode(): entry(FLOAT32, sizes, slices=slices)}
    for number, extents in enumerate(slices):
        own = [size if length < 0 else length for (_, length), size in zip(extents, sizes, strict=True)]
        entries[slice_key(name, extents)] = entry(FLOAT32, own, number % shards)
    return entries


def string_tensor(text: bytes) -> bytes:
    """The bytes of a string tensor with one string."""
    return varint(len(text)) + b"crc!" + text


# The first format


def first_format(
    tensors: Mapping[str, tuple[int, Sequence[int]]],
    slices: Mapping[str, Sequence[Sequence[tuple[int, int]]]] | None = None,
    **options: bool | int,
) -> bytes:
    """A checkpoint of before there were indexes, with weights of zeros in the same table."""
    described, entries = [], {}
    for name, (dtype, sizes) in tensors.items():
        parts = (slices or {}).get(name, [[(0, -1)] * len(sizes)])
        found = field(1, name) + field(2, shape(sizes)) + field(3, dtype)
        described.append(found + fields(4, [tensor_slice(part) for part in parts]))
        for part in parts:
            entries[slice_key(name, part)] = field(2, field(1, name) + field(2, tensor_slice(part)))
    entries[b""] = field(1, fields(1, described) + field(2, field(1, 1)))
    return table(entries, **options)  # type: ignore[arg-type]


# Graphs


def variable_def(
    name: str,
    trainable: bool = True,
    resource: bool = False,
    whole: tuple[str, Sequence[int], Sequence[int], Sequence[int]] | None = None,
) -> bytes:
    """A ``VariableDef``; ``whole`` is the name and shape of what it is a part of, and its offset and shape there."""
    data = field(1, f"{name}:0") + field(2, f"{name}/Assign") + field(3, f"{name}/read:0")
    if whole is not None:
        packed = b"".join(field(number + 2, b"".join(map(varint, value))) for number, value in enumerate(whole[1:]))
        data += field(4, field(1, whole[0]) + packed)
    data += field(5, 1) if resource else b""
    return data + (field(7, 1) if trainable else b"")


def collection(key: str, values: Sequence[bytes | str]) -> bytes:
    """An entry of ``collection_def``: definitions, or names of operations."""
    kind = 1 if values and isinstance(values[0], str) else 2
    return field(1, key) + field(2, field(kind, fields(1, values)))


def variable_node(name: str, sizes: Sequence[int] | None, dtype: int = FLOAT32, op: str = "VariableV2") -> bytes:
    """The node that makes a variable; None for a shape that is not known."""
    known = field(3, 1) if sizes is None else shape(sizes)
    attributes = {"dtype": field(6, dtype), "shape": field(7, known)}
    return (
        field(1, name)
        + field(2, op)
        + fields(5, [field(1, key) + field(2, value) for key, value in attributes.items()])
    )


def meta_graph(
    collections: Mapping[str, Sequence[bytes | str]], nodes: Sequence[bytes] = (), tags: Sequence[str] = ()
) -> bytes:
    """A ``MetaGraphDef``."""
    info = fields(4, tags) + field(5, "1.15.0")
    entries = [collection(key, values) for key, values in collections.items()]
    return field(1, info) + field(2, fields(1, nodes)) + fields(4, entries)
