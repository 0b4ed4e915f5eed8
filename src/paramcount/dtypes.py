"""Every dtype by its width in bits.  A name that is not here is kept as data: its size is then unknown."""

from __future__ import annotations

BITS: dict[str, int] = {
    "bool": 8,
    "int2": 2, "uint2": 2, "int4": 4, "uint4": 4,
    "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "int64": 64, "uint64": 64,
    "float16": 16, "bfloat16": 16, "float32": 32, "float64": 64, "float128": 128,
    "float8_e4m3fn": 8, "float8_e4m3": 8, "float8_e4m3b11fnuz": 8, "float8_e4m3fnuz": 8,
    "float8_e5m2": 8, "float8_e5m2fnuz": 8, "float8_e8m0fnu": 8, "float8_e3m4": 8,
    "float6_e2m3fn": 6, "float6_e3m2fn": 6, "float4_e2m1fn": 4,
    "complex64": 64, "complex128": 128,
}  # fmt: skip
"""Bits of one element.  Packed types count their true width, so two ``int4`` values are one byte."""


def bits_of(dtype: str) -> int | None:
    """The width in bits of one element of ``dtype``; None when the name is not known (strings, objects)."""
    return BITS.get(dtype)
