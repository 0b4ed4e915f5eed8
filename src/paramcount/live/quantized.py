"""LoRA adapters and quantized layers of Keras 3: what their variables are, and how many parameters they stand for.

Source: the ``_int8_build``, ``_int4_build``, ``_gptq_build``, ``_awq_build`` and ``_float8_build`` methods of
Dense, EinsumDense, Embedding and ReversibleEmbedding in keras/src/layers/core.
"""

# ruff: noqa: SLF001 - the shape before packing is in private attributes only.

from __future__ import annotations

from math import prod
from typing import Any

_SCALES = {
    "kernel_scale", "embeddings_scale", "reverse_embeddings_scale", "inputs_scale", "outputs_grad_scale",
    "inputs_amax_history", "kernel_amax_history", "outputs_grad_amax_history", "awq_scales",
}  # fmt: skip
_ZEROS = {"kernel_zero", "zero_point", "embeddings_zero", "reverse_embeddings_zero"}
_GROUPS = {"g_idx"}
BOOKKEEPING = _SCALES | _ZEROS | _GROUPS
"""Names of variables that quantization adds; they stand for no parameter of the model."""

_PACKED = ("_kernel", "quantized_kernel", "_embeddings", "reverse_embeddings")
"""Attributes that hold the weights themselves in a quantized layer."""


def mode_of(layer: Any) -> str:
    """``int8``, ``int4``, ``float8``, ``gptq`` or ``awq``; empty for a layer that is not quantized."""
    return str(layer.quantization_mode or "") if getattr(layer, "_is_quantized", False) else ""


def note(layer: Any, variable: Any, name: str) -> str:
    """What is worth saying about a variable of a quantized or adapted layer; empty for all others."""
    if name.startswith("lora_"):
        return "LoRA adapter"
    mode = mode_of(layer)
    if mode == "float8" and name in _SCALES:
        return "float8 scaling statistic, which Keras counts as trainable and training overwrites"
    if mode and name in _SCALES:
        return "quantization scale"
    if mode and name in _ZEROS:
        return "quantization zero point"
    if mode and name in _GROUPS:
        return "group index of the quantization"
    if mode and mode != "float8" and _holds_weights(layer, variable) and not variable.trainable:
        return f"{mode} weights do not train"
    # `enable_lora` clears the flag of the base weights and of nothing else.
    if getattr(layer, "lora_enabled", False) and layer.trainable and not variable.trainable:
        return "LoRA keeps the base weights fixed"
    return ""


def logical(layer: Any, variable: Any, name: str) -> int | None:
    """The number of parameters that a variable of a quantized layer stands for; None where it is its size."""
    mode = mode_of(layer)
    if not mode:
        return None
    if name in BOOKKEEPING:
        return 0
    if variable is getattr(layer, "quantized_kernel", None) and getattr(layer, "_kernel", None) is not None:
        # Before calibration GPTQ and AWQ hold the kernel twice: as it was, and room for the packed one.
        return 0
    if mode in ("int4", "gptq", "awq") and _holds_weights(layer, variable) and "float" not in str(variable.dtype):
        full = _full_shape(layer)
        return None if full is None or prod(full) == prod(variable.shape) else prod(full)
    return None


def _holds_weights(layer: Any, variable: Any) -> bool:
    return any(getattr(layer, attribute, None) is variable for attribute in _PACKED)


def _full_shape(layer: Any) -> tuple[int, ...] | None:
    """The shape of the weights before they were packed."""
    for attribute in ("original_kernel_shape", "kernel_shape"):
        shape = getattr(layer, attribute, None)
        if shape is not None:
            return tuple(int(size) for size in shape)
    if hasattr(layer, "_orig_input_dim"):
        return int(layer._orig_input_dim), int(layer._orig_output_dim)
    if hasattr(layer, "input_dim"):
        return int(layer.input_dim), int(layer.output_dim)
    return None
