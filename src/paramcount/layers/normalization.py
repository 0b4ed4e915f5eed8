"""The normalization layers; most own state that is never trained."""

from __future__ import annotations

from paramcount.formula import Number, Symbol
from paramcount.layers.given import axis_of, flag
from paramcount.layers.slot import Slot
from paramcount.layers.states import ADAPTED, BATCH_STATE, POWER_ITERATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.formula import Expression
    from paramcount.layers.given import Given
    from paramcount.layers.slot import Axes
    from paramcount.model import Shapes


def batch(given: Given) -> list[Slot]:
    """``gamma`` and ``beta``, then the moving statistics; ``renorm`` adds three more of those."""
    names = ["moving_mean", "moving_variance"]
    if given.config.get("renorm"):
        names += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    shape = _batch_axes(given)
    slots = _scale_and_center(given, shape) + [Slot(name, shape, BATCH_STATE[name]) for name in names]
    return [slot._replace(dtype="float32") for slot in slots] if _is_kept_wide(given) else slots


def _is_kept_wide(given: Given) -> bool:
    """Whether tf_keras keeps a layer of half precision in float32, which it does for batch normalization alone."""
    policy = given.config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else policy
    return given.tf_keras and name in ("float16", "bfloat16")


def _batch_axes(given: Given) -> Axes | None:
    """One size for one axis; tf_keras spreads several axes, and virtual batches, over all axes of the input."""
    shape, asked = given.shape, _asked(given)
    virtual = given.config.get("virtual_batch_size") is not None
    if asked is None or (len(asked) == 1 and not virtual):
        return None if asked is None else _sizes(given, asked)
    moved = _unmoved(given, asked) if virtual else asked
    axes = places(moved, len(shape)) if moved is not None and shape is not None else None
    if axes is None or shape is None:
        return None
    spread: list[Expression] = [Number(1)] * len(shape)
    for axis, size in zip(axes, _named(given, axes), strict=True):
        spread[axis] = size
    return (*spread[:1], Number(1), *spread[1:]) if virtual else tuple(spread)


def _unmoved(given: Given, asked: Sequence[int]) -> Sequence[int] | None:
    """The axes as they were before tf_keras counted the axis of its virtual batches in; None when that is not sure.

    It writes the axes so into the config when the layer is built, always as a list of numbers of 2 or more.
    """
    if not isinstance(given.config.get("axis"), (list, tuple)) or min(asked) < 2:
        return asked
    return tuple(axis - 1 for axis in asked) if given.shape is not None and max(asked) >= len(given.shape) else None


def layer(given: Given) -> list[Slot]:
    """``gamma`` and ``beta``; with ``rms_scaling`` only ``gamma``."""
    shape = _layer_axes(given)
    if given.config.get("rms_scaling"):
        return [Slot("gamma", shape)]
    return _scale_and_center(given, shape)


def _layer_axes(given: Given) -> Axes | None:
    """The sizes of the normalized axes: in their own order in tf_keras, sorted as they are written in Keras 3."""
    asked = _asked(given)
    if asked is None:
        return None
    return _sizes(given, asked if given.tf_keras else sorted(asked))


def group(given: Given) -> list[Slot]:
    """``gamma`` and ``beta``, one value for each channel: the number of groups does not matter."""
    asked = _asked(given)
    return _scale_and_center(given, _sizes(given, asked) if asked is not None and len(asked) == 1 else None)


def _scale_and_center(given: Given, shape: Axes | None) -> list[Slot]:
    """``gamma`` with ``scale``, ``beta`` with ``center``; both by default."""
    slots = [Slot("gamma", shape)] if flag(given.config, "scale") else []
    return [*slots, Slot("beta", shape)] if flag(given.config, "center") else slots


def rms(given: Given) -> list[Slot]:
    """``scale`` alone."""
    return [Slot("scale", _layer_axes(given))]


def normalization(given: Given) -> list[Slot]:
    """``mean``, ``variance`` and ``count``; nothing when mean and variance are given."""
    config = given.config
    if config.get("mean") is not None or config.get("input_mean") is not None:
        return []
    shape = _kept_axes(given)
    count = Slot("count", (), ADAPTED, dtype="int64" if given.tf_keras else "int32")
    return [Slot("mean", shape, ADAPTED), Slot("variance", shape, ADAPTED), count]


def _kept_axes(given: Given) -> Axes | None:
    """The sizes of the axes that have statistics of their own, from the first to the last; none with axis=None."""
    if given.config.get("axis", -1) in (None, (), []):
        return ()
    asked, shape = _asked(given), given.shape
    if asked is None or shape is None:
        return None if asked is None else _named(given, asked)
    axes = places(asked, len(shape))
    return None if axes is None else _named(given, sorted(axes))


def spectral(given: Given) -> list[Slot]:
    """The ``kernel`` of the layer it wraps, held once more, and the vector of the power iteration.

    The vector is as long as the last axis of the kernel, whatever that axis means to the wrapped layer.
    """
    found = _wrapped_kernel(given)
    kernel = Slot("kernel") if found is None else Slot(found.name, found.shape)
    length = kernel.shape[-1] if kernel.shape else Symbol("kernel_outputs", None)
    # A group of its own, because it is no bias of the kernel, however much its shape is that of one.
    return [kernel, Slot("vector_u", (Number(1), length), POWER_ITERATION, group="power iteration")]


def _wrapped_kernel(given: Given) -> Slot | None:
    """What spectral normalization divides: the kernel of the wrapped layer, or its embeddings."""
    from paramcount.layers.table import slots_of

    wrapped = given.config.get("layer")
    inner = wrapped.get("config") if isinstance(wrapped, dict) else None
    name = wrapped.get("class_name") if isinstance(wrapped, dict) else None
    if not isinstance(inner, dict) or not isinstance(name, str) or name == "SpectralNormalization":
        return None
    slots = slots_of(name, inner, 0, given.inputs, given.tf_keras) or []
    for wanted in ("kernel", "embeddings"):
        for slot in slots:
            if slot.name == wanted:
                return slot
    return None


def _asked(given: Given) -> tuple[int, ...] | None:
    """The option ``axis``, one or several; the last axis by default, None when it is something else."""
    asked = given.config.get("axis", -1)
    asked = asked if isinstance(asked, (list, tuple)) else (asked,)
    if not 0 < len(asked) <= MOST_AXES:
        return None
    for axis in asked:
        if type(axis) is not int:
            return None
    return tuple(asked)


MOST_AXES = 64
"""More axes than any tensor has."""


def places(asked: Sequence[int], rank: int) -> list[int] | None:
    """The axes counted from the first; None when one is not there or is named twice."""
    found = [axis + rank if axis < 0 else axis for axis in asked]
    for axis in found:
        if not 0 <= axis < rank:
            return None
    return found if len(set(found)) == len(found) else None


def _sizes(given: Given, asked: Sequence[int]) -> Axes | None:
    """The sizes of these axes in this order; None when the input has not got them."""
    if given.shape is not None and places(asked, len(given.shape)) is None:
        return None
    return _named(given, asked)


def _named(given: Given, asked: Sequence[int]) -> Axes:
    rank = 0 if given.shape is None else len(given.shape)
    names = ["features"] if len(asked) == 1 else [f"axis_{axis + rank if axis < 0 else axis}" for axis in asked]
    return tuple(axis_of(given.shape, axis, name) for axis, name in zip(asked, names, strict=True))


def same(given: Given) -> Shapes:
    """The shape of the input, if it has the axes that are normalized."""
    shape, axis = given.shape, given.config.get("axis", -1)
    if shape is None or axis in (None, (), []):
        return shape
    asked: Sequence[int] | None = _asked(given)
    if asked is not None and given.config.get("virtual_batch_size") is not None:
        asked = _unmoved(given, asked) or (-1,)
    return shape if asked is not None and places(asked, len(shape)) is not None else None


VARIABLES = {
    "BatchNormalization": batch,
    "BatchNormalizationV1": batch,
    "BatchNormalizationV2": batch,
    "SyncBatchNormalization": batch,
    "LayerNormalization": layer,
    "GroupNormalization": group,
    "RMSNormalization": rms,
    "Normalization": normalization,
    "SpectralNormalization": spectral,
}

OUTPUTS = dict.fromkeys(VARIABLES, same)
del OUTPUTS["SpectralNormalization"]  # Its output is that of the layer it wraps.
