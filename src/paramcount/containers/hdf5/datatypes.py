"""Datatypes made of other datatypes: compounds, enumerations, variable-length types, arrays, complex numbers.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A.2.d)
"""

from __future__ import annotations

from math import prod
from struct import Struct

from paramcount.containers.hdf5.messages import MAX_RANK, inner_datatype

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File
    from paramcount.containers.hdf5.messages import Datatype

COMPLEX = {"float16": "complex32", "float32": "complex64", "float64": "complex128", "float128": "complex256"}
"""A pair of these, called ``r`` and ``i``, is how h5py stores a complex number."""

BOOLEAN = ((b"FALSE", b"\0"), (b"TRUE", b"\1"))
"""The enumeration with which h5py stores a boolean."""


def read_nested(file: Hdf5File, made: Datatype, body: bytes, version: int, depth: int) -> None:
    """Complete ``made``, whose message is ``body``, with the types inside it."""
    if made.kind == "compound":
        _read_compound(file, made, body, version, depth)
    elif made.kind == "enum":
        _read_enum(file, made, body, version, depth)
    elif made.kind == "array":
        _read_array(file, made, body, version, depth)
    elif made.kind == "vlen":
        made.base = base = inner_datatype(file, body, depth)
        made.length = 8 + base.length
    else:
        # Complex numbers of HDF5 2.0: the base type has the size of each part.
        made.base = base = inner_datatype(file, body, depth)
        made.length = 8 + base.length
        made.name = COMPLEX.get(base.name, "complex")


def _read_enum(file: Hdf5File, made: Datatype, body: bytes, version: int, depth: int) -> None:
    """An enumeration: a base type, the names, and then the values."""
    made.base = base = inner_datatype(file, body, depth)
    if base.size != made.size:
        raise file.corrupt("An enumeration has not the size of its base type", 0, found=f"{made.size} bytes")
    at = 8 + base.length
    names = []
    for _ in range(made.bits & 0xFFFF):
        name, at = _member_name(body, at, version)
        names.append(name)
    values = [body[at + index * base.size : at + (index + 1) * base.size] for index in range(len(names))]
    made.length = at + len(names) * base.size
    if made.length > len(body):
        raise file.corrupt("An enumeration is longer than its message", 0)
    if base.size == 1 and tuple(sorted(zip(names, values, strict=True))) == BOOLEAN:
        made.name = "bool"


def _read_compound(file: Hdf5File, made: Datatype, body: bytes, version: int, depth: int) -> None:
    """A compound: members with a name, an offset and a type each."""
    at = 8
    members = []
    for _ in range(made.bits & 0xFFFF):
        name, at = _member_name(body, at, version)
        at, counts = _member_place(made, body, at, version)
        base = inner_datatype(file, body, depth, at)
        members.append((name, base.name if not counts else "array"))
        at += base.length
    made.length = at
    if [name for name, _ in members] == [b"r", b"i"] and members[0][1] == members[1][1]:
        made.name = COMPLEX.get(members[0][1], "compound")


def _member_name(body: bytes, at: int, version: int) -> tuple[bytes, int]:
    """The name at ``at``, and where it ends; before version 3 it is padded to a multiple of eight bytes."""
    end = body.index(b"\0", at)
    length = end - at + 1
    return body[at:end], at + (length if version >= 3 else length + 7 & ~7)


def _member_place(made: Datatype, body: bytes, at: int, version: int) -> tuple[int, int]:
    """Where the type of a member begins, and the number of its dimensions (version 1 only)."""
    if version >= 3:
        # The offset takes as many bytes as the size of the compound needs.
        return at + max(1, (made.size.bit_length() + 7) // 8), 0
    if version == 2:
        return at + 4, 0
    return at + 32, body[at + 4]


def _read_array(file: Hdf5File, made: Datatype, body: bytes, version: int, depth: int) -> None:
    """An array: its dimensions and the type of its elements."""
    rank, at = body[8], 9 if version >= 3 else 12
    if rank > MAX_RANK:
        raise file.corrupt("An array type has too many dimensions", 0, found=str(rank))
    dims: tuple[int, ...] = Struct(f"<{rank}I").unpack_from(body, at)
    at += 4 * rank * (1 if version >= 3 else 2)
    base = inner_datatype(file, body, depth, at)
    if prod(dims) * base.size != made.size:
        raise file.corrupt(
            "An array type has not the size of its elements",
            0,
            found=f"{made.size} bytes",
            expected=f"{prod(dims) * base.size} bytes",
        )
    made.length = at + base.length
    # An array of arrays has the dimensions of both.
    made.dims = dims + base.dims
    made.base = base.base if base.kind == "array" and base.base is not None else base
