"""Variables of quantized layers, in the order in which Keras 3 stores them, and LoRA adapters.

Source: ``variable_serialization_spec`` of Dense, EinsumDense, Embedding and ReversibleEmbedding in Keras 3.15.
"""

from __future__ import annotations

from math import prod

from paramcount.layers.slot import Slot
from paramcount.layers.table import QUANTIZABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramcount.layers.slot import Config
    from paramcount.model import Shape

LORA_CLASSES = QUANTIZABLE | {"Conv1D", "Conv2D", "Conv3D"}

KEPT_BY_LORA = "LoRA keeps the base weights fixed"
_SCALE = "quantization scale"
ZERO_POINT = "quantization zero point"
_GROUPS = "group index of the quantization"
_AWQ = "activation scale of the quantization"
_FLOAT8 = "float8 scaling statistic, which Keras counts as trainable"


def mode_of(config: Config) -> str:
    """``int8``, ``int4``, ``float8``, ``gptq`` or ``awq``; empty for a layer that is not quantized."""
    policy = config.get("dtype")
    if isinstance(policy, str):
        policy = {"config": {"name": policy}}
    if not isinstance(policy, dict):
        return ""
    inner = policy.get("config")
    inner = inner if isinstance(inner, dict) else {}
    name = str(policy.get("class_name", ""))
    mode = str(inner.get("mode") or (inner.get("name") if "_from_" in str(inner.get("name")) else "") or "")
    for known in ("int8", "int4", "float8", "gptq", "awq"):
        if mode.startswith(known) or name.lower().startswith((known, f"quantized{known}")):
            return known
    return ""


def slots(plain: list[Slot], mode: str, stored: int) -> list[Slot]:
    """The variables of a layer whose unquantized variables are ``plain``, of which ``stored`` are in the file.

    Zero points and group indices exist only when the quantization works in blocks, which their number tells.
    All that may exist are returned when ``stored`` is 0.
    """
    full = _all_slots(plain, mode)
    if stored in (0, len(full)):
        return full
    if mode in ("gptq", "awq"):
        return [slot for slot in full if slot.state != ZERO_POINT]
    return [slot for slot in full if slot.state not in (ZERO_POINT, _GROUPS)]


def _all_slots(plain: list[Slot], mode: str) -> list[Slot]:
    kernel, rest = plain[0], plain[1:]
    if mode == "float8":
        parts = ("inputs", "kernel", "outputs_grad")
        return plain + [Slot(f"{p}_{s}", "", True, _FLOAT8) for p in parts for s in ("scale", "amax_history")]
    scales = _bookkeeping(kernel.name, mode)
    if mode in ("gptq", "awq"):
        return [*rest, Slot("quantized_kernel", f"{mode.upper()} weights do not train"), *scales]
    if rest and rest[0].name == "reverse_embeddings":
        reverse = [slot for slot in _bookkeeping(rest[0].name, mode) if slot.state != _GROUPS]
        return [_fixed(kernel, mode), *scales, _fixed(rest[0], mode), *reverse]
    return [_fixed(kernel, mode), *rest, *scales]


def _fixed(slot: Slot, mode: str) -> Slot:
    return Slot(slot.name, f"{mode} weights do not train")


def _bookkeeping(kernel: str, mode: str) -> list[Slot]:
    """Scales, zero points and group indices that belong to the tensor called ``kernel``."""
    found = [Slot(f"{kernel}_scale", _SCALE, True)]
    if mode != "int8":
        found.append(Slot(f"{kernel}_zero", ZERO_POINT, True))
    if mode == "awq":
        found.append(Slot("awq_scales", _AWQ, True))
    if mode != "int8":
        found.append(Slot("g_idx", _GROUPS, True))
    return found


def logical_sizes(config: Config, mode: str, shapes: Mapping[str, Shape]) -> dict[str, int]:
    """Number of weights that each packed tensor stands for, by its name; tensors that are not packed are left out.

    Args:
        config: the layer's options.
        mode: see ``mode_of``.
        shapes: stored shapes of the layer's variables by name.
    """
    if mode not in ("int4", "gptq", "awq") or (mode != "int4" and _weight_bits(config) != 4):
        return {}
    found: dict[str, int] = {}
    for name in ("kernel", "quantized_kernel", "embeddings", "reverse_embeddings"):
        scale = shapes.get("kernel_scale" if name == "quantized_kernel" else f"{name}_scale")
        if name not in shapes or scale is None:
            continue
        packed = prod(size or 0 for size in shapes[name])
        # Two values share a byte along one axis: the embedding's own width, else the axis that has one scale a column.
        # GPTQ and AWQ keep the layer's outputs first, int4 keeps them last.
        axis = 0 if mode != "int4" else -1
        width = config.get("output_dim") if "embeddings" in name else scale[axis] if scale else None
        if isinstance(width, int) and width > 0:
            found[name] = packed // ((width + 1) // 2) * width
    return found


def _weight_bits(config: Config) -> int:
    """Bits of a GPTQ or AWQ weight, from a policy such as ``gptq/4/128``; 4 when it does not say."""
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    mode = inner.get("mode") if isinstance(inner, dict) else None
    parts = str(mode).split("/")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 4


def adapter_shapes(class_name: str, config: Config, kernel: Shape) -> tuple[Shape, ...]:
    """Shapes of the two LoRA adapters of a layer whose first tensor is stored with shape ``kernel``."""
    rank = config.get("lora_rank")
    if not isinstance(rank, int) or rank <= 0 or not kernel:
        return ()
    # The last axis as the layer has it: a packed tensor is stored with half of it.
    width = config.get("units" if class_name == "Dense" else "output_dim")
    last = width if isinstance(width, int) else kernel[-1]
    return (*kernel[:-1], rank), (rank, last)
