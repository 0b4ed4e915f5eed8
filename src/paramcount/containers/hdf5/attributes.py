"""Attributes: small named values beside a group or a dataset.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A.2.m, versions 1 to 3,
and III.E, global heaps, in which the text of most strings is kept)
"""

from __future__ import annotations

from math import prod
from struct import Struct

from paramcount.containers.hdf5.messages import read_dataspace, read_datatype
from paramcount.containers.hdf5.objects import ATTRIBUTE_INFO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from paramcount.containers.hdf5.file import Hdf5File
    from paramcount.containers.hdf5.messages import Datatype
    from paramcount.containers.hdf5.objects import Header

    Scalar: TypeAlias = str | int | float | bool
    Value: TypeAlias = Scalar | list[Scalar] | "Unreadable"

_HEAD = Struct("<BBHHH")
_VLEN = Struct("<IQI")
_COLLECTION = Struct("<4sB3xQ")
_OBJECT = Struct("<HH4xQ")

_CODES = {
    "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float16": "e", "float32": "f", "float64": "d", "bool": "?",
}  # fmt: skip
"""Codes of ``struct`` for the types that become numbers."""


ELEMENT_LIMIT = 1 << 20
"""Elements of an array that becomes a list; what is longer describes no model."""

OBJECTS_KEPT = 100_000
"""Objects of global heap collections whose places are remembered, and more than any one collection has."""


class Unreadable:
    """The value of an attribute that is there, but of a type that is not read.

    Attributes:
        reason: which type it has.
    """

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"Unreadable({self.reason!r})"


def read_attribute(file: Hdf5File, header: Header, name: str) -> Value | None:
    """The value of one attribute of an object; None when it has none of this name."""
    wanted = name.encode("utf-8", "surrogatepass") + b"\0"
    for body in bodies(file, header):
        if body.startswith(wanted, 9 if body[0] == 3 else 8) and body[2] | body[3] << 8 == len(wanted):
            return _value(file, body)
    return None


def read_names(file: Hdf5File, header: Header) -> tuple[str, ...]:
    """The names of all attributes of an object."""
    names = []
    for body in bodies(file, header):
        start = 9 if body[0] == 3 else 8
        names.append(_text(body[start : start + (body[2] | body[3] << 8)].split(b"\0", 1)[0]))
    return tuple(names)


def bodies(file: Hdf5File, header: Header) -> list[bytes]:
    """The attribute messages of an object, wherever they are stored."""
    if header.pending:
        header.complete()
    if ATTRIBUTE_INFO in header.kinds:
        from paramcount.containers.hdf5.links import dense_attributes

        dense = dense_attributes(file, header.kinds[ATTRIBUTE_INFO])
        header.attributes = (header.attributes or []) + dense
        # What was in the heap is in the header now, and need not be looked up again.
        del header.kinds[ATTRIBUTE_INFO]
    return header.attributes or []


def _value(file: Hdf5File, body: bytes) -> Value:
    """The value in one attribute message."""
    version, flags, name_size, datatype_size, dataspace_size = _HEAD.unpack_from(body)
    if version == 1:
        # The three parts are padded to multiples of eight bytes.
        middle = 8 + (name_size + 7 & ~7)
        at = middle + (datatype_size + 7 & ~7) + (dataspace_size + 7 & ~7)
    elif version in (2, 3):
        if flags & 3:
            return Unreadable("a committed datatype")
        middle = 6 + version + name_size
        at = middle + datatype_size + dataspace_size
    else:
        raise file.unsupported(f"Attribute version {version}", 0)
    # Thousands of attributes have the same few types and shapes: nothing but their text differs.
    known = file.attributes.get(body[2:8] + body[middle:at])
    if known is None:
        known = _read_type(file, version, body[middle:at], datatype_size, dataspace_size)
        file.attributes[body[2:8] + body[middle:at]] = known
    datatype, shape = known
    if shape is None:
        return Unreadable("a null dataspace")
    count = prod(shape)
    size = count * datatype.size
    if size > len(body) - at:
        raise file.corrupt(
            "The value of an attribute is longer than its message",
            0,
            found=f"{len(body) - at} bytes",
            expected=f"{size} bytes",
        )
    if count > ELEMENT_LIMIT:
        return Unreadable(f"an array of {count} elements")
    values = _elements(file, datatype, body[at : at + size], count)
    return values if shape or isinstance(values, Unreadable) else values[0]


def _read_type(
    file: Hdf5File, version: int, data: bytes, datatype_size: int, dataspace_size: int
) -> tuple[Datatype, tuple[int, ...] | None]:
    """The datatype and the shape of an attribute; no shape for a null dataspace."""
    datatype = read_datatype(file, data[:datatype_size])
    at = datatype_size + 7 & ~7 if version == 1 else datatype_size
    dataspace = data[at : at + dataspace_size]
    if dataspace[0] == 2 and dataspace[3] == 2:
        return datatype, None
    return datatype, read_dataspace(file, dataspace)


def _elements(file: Hdf5File, datatype: Datatype, data: bytes, count: int) -> list[Scalar] | Unreadable:
    """``count`` elements of one datatype."""
    if datatype.kind == "string":
        return _fixed_strings(datatype, data, count)
    if datatype.kind == "vlen" and datatype.name == "string":
        return _long_strings(file, data)
    code = _CODES.get(datatype.name)
    if code is None or Struct(code).size != datatype.size:
        return Unreadable(f"the type {datatype.name}")
    order = (datatype.base or datatype).bits & 1
    return list(Struct(f"{'>' if order else '<'}{count}{code}").unpack(data))


def _long_strings(file: Hdf5File, data: bytes) -> list[Scalar]:
    """Strings of variable length: each is a length and a place in a global heap."""
    places = list(_VLEN.iter_unpack(data))
    # A sound file has room for each of them; one that shows the same long text a thousand times does not.
    if len(places) > 1 and sum([length for length, _address, _index in places]) > file.size:
        raise file.corrupt("The strings of an attribute are longer than the file", 0)
    return [_text(_heap_object(file, address, index, length)) if length else "" for length, address, index in places]


def _fixed_strings(datatype: Datatype, data: bytes, count: int) -> list[Scalar]:
    """Strings of one length: cut at the first NUL, or stripped of the spaces they are padded with."""
    size = datatype.size
    parts = [data[index * size : (index + 1) * size] for index in range(count)]
    if datatype.bits & 0x0F == 2:
        return [_text(part.rstrip(b" ")) for part in parts]
    if datatype.bits & 0x0F == 1:
        return [_text(part.rstrip(b"\0")) for part in parts]
    return [_text(part.split(b"\0", 1)[0]) for part in parts]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _heap_object(file: Hdf5File, address: int, index: int, length: int) -> bytes:
    """The first ``length`` bytes of object ``index`` of the collection at ``address``."""
    objects = file.collections.get(address)
    if objects is None:
        objects = _read_collection(file, address)
        if file.collected > OBJECTS_KEPT:
            file.collections.clear()
            file.collected = 0
        file.collected += len(objects)
        file.collections[address] = objects
    place = objects.get(index)
    if place is None:
        raise file.corrupt("A variable-length value is not in its global heap", address, found=f"index {index}")
    start, size = place
    if length > size:
        raise file.corrupt(
            "A variable-length value is longer than its place in the global heap",
            start,
            found=f"{length} bytes",
            expected=f"at most {size} bytes",
        )
    return file.part(start, length)


def _read_collection(file: Hdf5File, address: int) -> dict[int, tuple[int, int]]:
    """Where each object of a collection is; their contents are not read."""
    signature, version, size = _COLLECTION.unpack(file.part(address, 16))
    if signature != b"GCOL" or version != 1:
        raise file.corrupt("There is no global heap collection", address, found=signature.hex())
    end = address + size
    if end > file.size:
        raise file.truncated(
            "A global heap collection ends beyond the end of the file",
            address,
            found=f"{file.size} bytes",
            expected=f"{end} bytes",
        )
    objects: dict[int, tuple[int, int]] = {}
    at = address + 16
    while at + 16 <= end:
        index, _references, length = _OBJECT.unpack(file.read(at, 16))
        if index == 0:
            # Index 0 is the free space, which is always last.
            break
        if at + 16 + length > end:
            raise file.corrupt("An object of a global heap is longer than its collection", at, found=f"{length} bytes")
        if index in objects:
            raise file.corrupt("Two objects of a global heap have the same index", at, found=str(index))
        objects[index] = (at + 16, length)
        at += 16 + (length + 7 & ~7)
    file.spend(at - address)
    return objects
