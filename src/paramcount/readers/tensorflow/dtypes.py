"""The numbers by which TensorFlow stores dtypes.

Source: ``tensorflow/core/framework/types.proto``.
"""

from __future__ import annotations

NAMES: dict[int, str] = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64",
    9: "int64", 10: "bool", 11: "int8", 12: "uint8", 13: "int32", 14: "bfloat16", 15: "int16", 16: "uint16",
    17: "uint16", 18: "complex128", 19: "float16", 20: "resource", 21: "variant", 22: "uint32", 23: "uint64",
    24: "float8_e5m2", 25: "float8_e4m3fn", 26: "float8_e4m3fnuz", 27: "float8_e4m3b11fnuz", 28: "float8_e5m2fnuz",
    29: "int4", 30: "uint4", 31: "int2", 32: "uint2", 33: "float4_e2m1fn",
}  # fmt: skip
"""Number to name; the quantized types 11 to 13, 15 and 16 by what holds their values."""

REFERENCE = 100
"""What is added to the number of a dtype for a reference to a variable of it, as in TensorFlow 1."""

NO_NUMBERS = frozenset(("string", "resource", "variant"))
"""What is no tensor of numbers, and so never a parameter."""


def name_of(number: int) -> str:
    """The name of a dtype; empty when the number is not known."""
    return NAMES.get(number - REFERENCE if number > REFERENCE else number, "")
