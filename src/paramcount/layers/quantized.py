"""Variables of quantized layers, in the order in which Keras 3 stores them, and LoRA adapters.

Source: ``variable_serialization_spec`` and the ``_int8_build``, ``_int4_build``, ``_float8_build``, ``_gptq_build``
and ``_awq_build`` methods of Dense, EinsumDense, Embedding and ReversibleEmbedding in Keras 3.15.
"""

from __future__ import annotations

from math import prod

from paramcount.formula import Symbol
from paramcount.layers.slot import KEPT_BY_LORA, Slot
from paramcount.layers.table import QUANTIZABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramcount.layers.given import Given
    from paramcount.layers.slot import Config
    from paramcount.model import Shape

LORA_CLASSES = QUANTIZABLE | {"Conv1D", "Conv2D", "Conv3D"}

ADAPTER = "adapter"
"""The group of the LoRA adapters."""
SCALES = "scales"
"""The group of what quantization adds to a tensor."""
_SCALE = "quantization scale"
ZERO_POINT = "quantization zero point"
_GROUPS = "group index of the quantization"
_AWQ = "activation scale of the quantization"
_FLOAT8 = "float8 scaling statistic, which Keras counts as trainable"
_MODES = ("int8", "int4", "float8", "gptq", "awq")
_AMAX_HISTORY = 1024


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
    for known in _MODES:
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
        names = [f"{part}_{what}" for part in parts for what in ("scale", "amax_history")]
        return plain + [Slot(name, None, "", True, _FLOAT8, SCALES) for name in names]
    scales = _bookkeeping(kernel.name, mode)
    if mode in ("gptq", "awq"):
        return [*rest, Slot("quantized_kernel", None, f"{mode.upper()} weights do not train"), *scales]
    if rest and rest[0].name == "reverse_embeddings":
        reverse = [slot for slot in _bookkeeping(rest[0].name, mode) if slot.state != _GROUPS]
        return [_fixed(kernel, mode), *scales, _fixed(rest[0], mode), *reverse]
    return [_fixed(kernel, mode), *rest, *scales]


def _fixed(slot: Slot, mode: str) -> Slot:
    return Slot(slot.name, None, f"{mode} weights do not train")


def _bookkeeping(kernel: str, mode: str) -> list[Slot]:
    """Scales, zero points and group indices that belong to the tensor called ``kernel``."""
    found = [Slot(f"{kernel}_scale", None, _SCALE, True, "", SCALES)]
    if mode != "int8":
        found.append(Slot(f"{kernel}_zero", None, ZERO_POINT, True, "", SCALES))
    if mode == "awq":
        found.append(Slot("awq_scales", None, _AWQ, True, "", SCALES))
    if mode != "int8":
        found.append(Slot("g_idx", None, _GROUPS, True, "", SCALES))
    return found


def shaped_slots(class_name: str, plain: list[Slot], given: Given, stored: int = 0) -> list[Slot]:
    """The variables of a layer under its dtype policy: names, roles and stored shapes.

    A policy that does not quantize leaves ``plain`` as it is.

    Args:
        class_name: one of ``QUANTIZABLE``.
        plain: the variables without the policy, with their shapes.
        given: the layer's options and inputs.
        stored: how many variables the file stores; 0 where there is no file, and the options alone decide which exist.
    """
    if given.tf_keras or class_name not in QUANTIZABLE:
        return plain
    mode = mode_of(given.config)
    if not mode:
        return [slot._replace(shape=None) for slot in plain] if _maps_policies(given.config) else plain
    from paramcount.layers.quantized_shapes import shapes

    known = shapes(class_name, mode, plain, given)
    found = slots(plain, mode, stored)
    if not stored and mode == "int4" and not blocks(mode, given.config):
        found = [slot for slot in found if slot.state not in (ZERO_POINT, _GROUPS)]
    kept = {slot.name: slot.shape for slot in plain}
    shaped = [slot._replace(shape=known.get(slot.name, kept.get(slot.name))) for slot in found]
    return [slot._replace(name=variable_name(class_name, mode, slot.name)) for slot in shaped]


def variable_name(class_name: str, mode: str, attribute: str) -> str:
    """The name that Keras gives the variable in an attribute: for GPTQ and AWQ they are not the same."""
    if attribute == "quantized_kernel":
        return "kernel"
    if attribute == "kernel_zero" and class_name == "EinsumDense" and mode in ("gptq", "awq"):
        return "zero_point"
    return attribute


def with_adapters(class_name: str, plain: list[Slot], found: list[Slot], given: Given) -> list[Slot]:
    """``found`` with the LoRA adapters that ``lora_rank`` adds to a layer, whose base weights then do not train.

    Args:
        class_name: the layer's class; those that know no LoRA keep what they have.
        plain: the variables without a dtype policy: the adapters go by the shape before packing.
        found: the variables with it, as ``shaped_slots`` gives them.
        given: the layer's options and inputs.
    """
    asked = given.config.get("lora_rank")
    refused = given.tf_keras or class_name not in LORA_CLASSES or mode_of(given.config) in ("gptq", "awq")
    if refused or not plain or not asked:
        return found
    rank, base = given.option("lora_rank"), plain[0]
    first = last = None
    if base.shape is not None:
        first, last = (*base.shape[:-1], rank), (rank, *base.shape[-1:])
    kept = [slot._replace(state=slot.state or KEPT_BY_LORA) if slot.name == base.name else slot for slot in found]
    names = (f"lora_{base.name}_a", f"lora_{base.name}_b")
    return kept + [
        # Keras keeps adapters in float32, whatever the dtype of the layer.
        Slot(name, shape, "", False, "LoRA adapter", ADAPTER, "float32")
        for name, shape in zip(names, (first, last), strict=True)
    ]


def blocks(mode: str, config: Config) -> Symbol | None:
    """How many rows share a scale; None where a whole column shares one.

    A quantization config beside the policy comes first, as in Keras.  The symbol has no number when what stands
    there is none that Keras takes.
    """
    own = _own_quantization(mode, config)
    name = "block_size" if mode == "int4" else "group_size"
    size: object = None
    if own is not None:
        # Keras reads a missing block size as none, and a missing group size as 128.
        size = own.get(name, None if mode == "int4" else 128)
    else:
        written = _policy_mode(config).partition("_from_")[0].split("/")
        size = _number(written[-1]) if len(written) > 1 else None
        if len(written) > 1 and size is None:
            return Symbol(name, None)
    if size == -1 or (size is None and mode == "int4"):
        return None
    return Symbol(name, size if type(size) is int and size > 0 else None)


def history(config: Config) -> Symbol:
    """Length of the statistics that float8 keeps."""
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    length = inner.get("amax_history_length", _AMAX_HISTORY) if isinstance(inner, dict) else _AMAX_HISTORY
    return Symbol("amax_history_length", length if type(length) is int and length >= 0 else None)


def _own_quantization(mode: str, config: Config) -> Config | None:
    """The options of the quantization config that goes with ``mode``; None when there is none."""
    own = config.get("quantization_config")
    expected = {"int4": "Int4QuantizationConfig", "gptq": "GPTQConfig", "awq": "AWQConfig"}.get(mode)
    if not isinstance(own, dict) or own.get("class_name") != expected:
        return None
    inner = own.get("config")
    return inner if isinstance(inner, dict) else {}


def _policy_mode(config: Config) -> str:
    """Such as ``gptq/4/128`` or ``int4/64_from_float32``; empty when the policy does not say."""
    policy = config.get("dtype")
    if isinstance(policy, str):
        return policy
    inner = policy.get("config") if isinstance(policy, dict) else None
    found = (inner.get("mode") or inner.get("name")) if isinstance(inner, dict) else None
    return found if isinstance(found, str) else ""


def _number(written: str) -> int | None:
    digits = written.removeprefix("-")
    return int(written) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else None


def _maps_policies(config: Config) -> bool:
    """Whether the policy depends on the layer's path, which is not known here, and may quantize."""
    policy = config.get("dtype")
    if not isinstance(policy, dict) or policy.get("class_name") != "DTypePolicyMap":
        return False
    inner = policy.get("config")
    if not isinstance(inner, dict):
        return True
    listed = inner.get("policy_map")
    named = [inner.get("default_policy"), *(listed.values() if isinstance(listed, dict) else ())]
    return any(mode_of({"dtype": one}) or (isinstance(one, str) and one.startswith(_MODES)) for one in named)


def logical_sizes(config: Config, mode: str, shapes: Mapping[str, Shape]) -> dict[str, int]:
    """Number of weights that each packed tensor stands for, by its name; tensors that are not packed are left out.

    Args:
        config: the layer's options.
        mode: see ``mode_of``.
        shapes: stored shapes of the layer's variables by name.
    """
    if mode not in ("int4", "gptq", "awq") or (mode != "int4" and weight_bits(config) != 4):
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


def weight_bits(config: Config) -> int:
    """Bits of a GPTQ or AWQ weight, from a policy such as ``gptq/4/128``; 4 when it does not say."""
    own = _own_quantization("gptq", config) if mode_of(config) == "gptq" else None
    if own is not None:
        bits = own.get("weight_bits", 4)
        return bits if type(bits) is int else 4
    parts = _policy_mode(config).split("/")
    return (_number(parts[1]) if len(parts) > 1 else None) or 4


def adapter_shapes(class_name: str, config: Config, kernel: Shape) -> tuple[Shape, ...]:
    """Shapes of the two LoRA adapters of a layer whose first tensor is stored with shape ``kernel``."""
    rank = config.get("lora_rank")
    if not isinstance(rank, int) or rank <= 0 or not kernel:
        return ()
    # The last axis as the layer has it: a packed tensor is stored with half of it.
    width = config.get("units" if class_name == "Dense" else "output_dim")
    last = width if isinstance(width, int) else kernel[-1]
    return (*kernel[:-1], rank), (rank, last)
