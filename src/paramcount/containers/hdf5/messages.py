"""Dataspace, datatype and layout messages: the shape, the type and the place of a dataset.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (IV.A.2.b, d and i)
"""

from __future__ import annotations

from math import prod
from struct import Struct

from paramcount.containers.hdf5.file import UNDEFINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.hdf5.file import Hdf5File

MAX_RANK = 32
"""``H5S_MAX_RANK``: no dataset has more dimensions."""

CLASSES = (
    "integer", "float", "time", "string", "bitfield", "opaque", "compound", "reference", "enum", "vlen", "array",
    "complex",
)  # fmt: skip
"""Datatype classes, by their number."""

FLOATS = {
    (16, 5, 10): "float16", (16, 8, 7): "bfloat16", (32, 8, 23): "float32", (64, 11, 52): "float64",
    (80, 15, 64): "float128", (128, 15, 112): "float128", (8, 4, 3): "float8_e4m3", (8, 5, 2): "float8_e5m2",
    (8, 3, 4): "float8_e3m4", (8, 8, 0): "float8_e8m0fnu", (6, 2, 3): "float6_e2m3fn", (6, 3, 2): "float6_e3m2fn",
    (4, 2, 1): "float4_e2m1fn",
}  # fmt: skip
"""Bit precision, exponent size and mantissa size of the floating-point types that have a name.

NumPy calls the 80-bit extended type ``float128``, after the bytes it takes.
"""

NESTING_LIMIT = 16
"""Datatypes inside datatypes; the HDF5 library itself does not go far beyond."""

_DATATYPE = Struct("<B3sI")
_FLOAT = Struct("<HHBBBB")
_DIMENSIONS = tuple(Struct(f"<{rank}Q") for rank in range(MAX_RANK + 1))
_TWO = Struct("<QQ")


class Datatype:
    """One datatype.

    Attributes:
        kind: the class, by its name in ``CLASSES``.
        name: the dtype in the field's names.
        size: bytes of one element.
        length: bytes of the message itself, so that what follows it can be found.
        dims: the dimensions of an array datatype.
        base: the datatype of the elements of an array, an enumeration or a variable-length type.
        bits: the class bit field, as an integer.
    """

    __slots__ = ("base", "bits", "dims", "kind", "length", "name", "size")

    def __init__(self, kind: str, name: str, size: int, length: int, bits: int) -> None:
        self.kind = kind
        self.name = name
        self.size = size
        self.length = length
        self.bits = bits
        self.dims: tuple[int, ...] = ()
        self.base: Datatype | None = None


def read_dataspace(file: Hdf5File, body: bytes) -> tuple[int, ...]:
    """The dimensions of a dataspace message; ``()`` for a scalar and ``(0,)`` for a null dataspace."""
    version, rank = body[0], body[1]
    if rank > MAX_RANK:
        raise file.corrupt("A dataspace has too many dimensions", 0, found=str(rank), expected=f"at most {MAX_RANK}")
    if version == 1:
        return _DIMENSIONS[rank].unpack_from(body, 8)
    if version == 2:
        if body[3] == 2:
            return (0,)
        return _DIMENSIONS[rank].unpack_from(body, 4)
    raise file.unsupported(f"Dataspace version {version}", 0)


def read_datatype(file: Hdf5File, body: bytes) -> Datatype:
    """The datatype in a message; the same few come back in every dataset, and are parsed once."""
    known = file.datatypes.get(body)
    if known is None:
        known = file.datatypes[body] = parse_datatype(file, body, 0)
    return known


def parse_datatype(file: Hdf5File, body: bytes, depth: int) -> Datatype:
    """The datatype that begins at the start of ``body``, inside ``depth`` others."""
    head, field, size = _DATATYPE.unpack_from(body)
    bits = int.from_bytes(field, "little")
    kind = head & 0x0F
    if kind >= len(CLASSES):
        raise file.unsupported(f"Datatype class {kind}", 0)
    if size == 0:
        raise file.corrupt("A datatype has no size", 0, found=CLASSES[kind])
    made = Datatype(CLASSES[kind], CLASSES[kind], size, 8, bits)
    if kind == 0:
        _read_integer(file, made, body)
    elif kind == 1:
        _read_float(file, made, body)
    elif kind == 2:
        made.length = 10
    elif kind == 4:
        made.name, made.length = f"bitfield{size * 8}", 12
    elif kind == 5:
        # The tag of an opaque type follows, with its length in the bit field.
        made.name, made.length = f"opaque{size}", 8 + (bits & 0xFF)
    elif kind == 9 and bits & 0x0F == 1:
        made.name, made.length = "string", 8 + inner_datatype(file, body, depth).length
    elif kind not in (3, 7):
        from paramcount.containers.hdf5.datatypes import read_nested

        read_nested(file, made, body, head >> 4, depth)
    return made


def inner_datatype(file: Hdf5File, body: bytes, depth: int, at: int = 8) -> Datatype:
    """The datatype at ``at`` inside another one."""
    if depth >= NESTING_LIMIT:
        raise file.corrupt("Datatypes are nested too deeply", 0, expected=f"at most {NESTING_LIMIT} levels")
    # Each is cut out of the rest of the message, so that many of them cost the square of its length.
    file.spend(len(body))
    return parse_datatype(file, body[at:], depth + 1)


def _read_integer(file: Hdf5File, made: Datatype, body: bytes) -> None:
    """Fixed-point numbers: bit 3 of the class bit field tells whether they are signed."""
    precision = body[10] | body[11] << 8
    if not 0 < precision <= made.size * 8:
        raise file.corrupt(
            "An integer type has more bits than its bytes", 0, found=f"{precision} bits in {made.size} bytes"
        )
    made.name = f"{'int' if made.bits & 8 else 'uint'}{precision}"
    made.length = 12


def _read_float(file: Hdf5File, made: Datatype, body: bytes) -> None:
    """Floating-point numbers, named after the sizes of their exponent and mantissa."""
    _offset, precision, _exponent_at, exponent, _mantissa_at, mantissa = _FLOAT.unpack_from(body, 8)
    if not 0 < precision <= made.size * 8 or exponent + mantissa > precision:
        raise file.corrupt(
            "A floating-point type has more bits than its bytes",
            0,
            found=f"{precision} bits, {exponent} of exponent and {mantissa} of mantissa, in {made.size} bytes",
        )
    made.name = FLOATS.get((precision, exponent, mantissa), f"float{precision}_e{exponent}m{mantissa}")
    made.length = 20


def read_layout(file: Hdf5File, body: bytes, declared: int) -> tuple[int | None, bool]:
    """Bytes stored (None when only a chunk index knows) and whether there is any storage at all.

    Raises:
        TruncatedFile: when contiguous storage ends beyond the file.
        CorruptFile: when the size of the storage is not that of the shape.
        UnsafeFile: for a virtual dataset, whose data is in other files.
    """
    version = body[0]
    if 3 <= version <= 5:
        kind = body[1]
        if kind == 1:
            address, size = _TWO.unpack_from(body, 2)
            return _check_contiguous(file, address, size, declared)
        if kind == 0:
            return _check_compact(file, body, declared)
        if kind == 2:
            at = 3 if version == 3 else _chunk_address_at(body)
            return _chunked(body, at)
        if kind == 3:
            raise file.unsafe("This dataset is virtual: its data would come from other files", file.path)
        raise file.unsupported(f"Layout class {kind}", 0)
    if version in (1, 2):
        return _read_old_layout(file, body, declared)
    raise file.unsupported(f"Layout version {version}", 0)


def _check_contiguous(file: Hdf5File, address: int, size: int, declared: int) -> tuple[int, bool]:
    if size != declared:
        raise file.corrupt(
            "The storage of this dataset does not have the size of its shape",
            0,
            found=f"{size} bytes",
            expected=f"{declared} bytes",
        )
    if address == UNDEFINED:
        return 0, False
    if address + size > file.size:
        raise file.truncated(
            "The storage of this dataset ends beyond the end of the file",
            address,
            found=f"{file.size} bytes",
            expected=f"{address + size} bytes",
        )
    return size, True


def _check_compact(file: Hdf5File, body: bytes, declared: int) -> tuple[int, bool]:
    """Compact storage is in the message itself."""
    size = body[2] | body[3] << 8
    if size != declared or size > len(body) - 4:
        raise file.corrupt(
            "The compact storage of this dataset does not have the size of its shape",
            0,
            found=f"{size} bytes in a message of {len(body)}",
            expected=f"{declared} bytes",
        )
    return size, True


def _chunk_address_at(body: bytes) -> int:
    """Where the address of the chunk index is in a version 4 or 5 layout: behind the dimensions and the index type."""
    rank, width, at = body[3], body[4], 5
    at += rank * width
    # Bytes of index parameters: single chunk (with a filter), implicit, fixed array, extensible array, B-tree.
    kind = body[at]
    parameters = {1: 12 if body[2] & 2 else 0, 2: 0, 3: 1, 4: 5, 5: 6}
    return at + 1 + parameters[kind]


def _chunked(body: bytes, at: int) -> tuple[int | None, bool]:
    """Chunked storage: how much there is stands in the chunk index, which is not walked."""
    if int.from_bytes(body[at : at + 8], "little") == UNDEFINED:
        return 0, False
    return None, True


def _read_old_layout(file: Hdf5File, body: bytes, declared: int) -> tuple[int | None, bool]:
    """Versions 1 and 2, of HDF5 1.6.2 and older: the dimensions stand in the message, in 4 bytes each."""
    kind = body[2]
    if kind == 1:
        address = int.from_bytes(body[8:16], "little")
        # The size in the message overflows at 4 GiB; the library computes it from the shape, and so is it here.
        return _check_contiguous(file, address, declared, declared)
    if kind == 2:
        return _chunked(body, 8)
    if kind == 0:
        sizes = Struct(f"<{body[1]}I").unpack_from(body, 8)
        size = int.from_bytes(body[8 + 4 * body[1] :][:4], "little")
        if size != declared:
            raise file.corrupt(
                "The compact storage of this dataset does not have the size of its shape",
                0,
                found=f"{size} bytes, {prod(sizes)}",
            )
        return size, True
    raise file.unsupported(f"Layout class {kind}", 0)
