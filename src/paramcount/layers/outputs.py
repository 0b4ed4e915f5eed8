"""Output shapes of the layers whose rule is plain: same shape, Dense, convolution and pooling windows, Flatten."""

from __future__ import annotations

from math import prod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config
    from paramcount.model import Shape

SAME_SHAPE = frozenset(
    """Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise
    GroupNormalization Identity InputLayer LayerNormalization LeakyReLU Masking Normalization PReLU ReLU
    RMSNormalization Rescaling Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D ThresholdedReLU
    UnitNormalization""".split()
)
"""Layers whose output has the shape of their input."""

_WINDOWS = {f"{kind}{rank}D": rank for kind in ("Conv", "MaxPooling", "AveragePooling") for rank in (1, 2, 3)}
_GLOBAL = {f"Global{kind}Pooling{rank}D": rank for kind in ("Max", "Average") for rank in (1, 2, 3)}


def output_shape(class_name: str, config: Config, shape: Shape) -> Shape | None:
    """The output of a layer for an input of ``shape``, batch axis included; None where no rule stands here."""
    if class_name in SAME_SHAPE:
        return shape
    if class_name == "Dense" and isinstance(config.get("units"), int):
        return (*shape[:-1], config["units"])
    if class_name == "Flatten":
        rest = shape[1:]
        return (shape[0], None if None in rest else prod(rest))  # type: ignore[arg-type]
    if class_name in _GLOBAL and len(shape) == _GLOBAL[class_name] + 2 and not config.get("keepdims"):
        return (shape[0], shape[1] if _channels_first(config) else shape[-1])
    rank = _WINDOWS.get(class_name)
    return _windowed(config, shape, rank) if rank is not None and len(shape) == rank + 2 else None


def _channels_first(config: Config) -> bool:
    return config.get("data_format") == "channels_first"


def _windowed(config: Config, shape: Shape, rank: int) -> Shape | None:
    """Windows of a convolution or a pool along each spatial axis."""
    first = _channels_first(config)
    window = _each(config.get("kernel_size", config.get("pool_size")), rank)
    strides = _each(config.get("strides") or (window if "pool_size" in config else 1), rank)
    dilation = _each(config.get("dilation_rate", 1), rank)
    padding = config.get("padding", "valid")
    if window is None or strides is None or dilation is None or padding not in ("valid", "same", "causal"):
        return None
    spatial = tuple(
        None if size is None else _steps(size, reach, stride, spread, padding == "valid")
        for size, reach, stride, spread in zip(
            shape[2:] if first else shape[1:-1], window, strides, dilation, strict=True
        )
    )
    channels = config["filters"] if isinstance(config.get("filters"), int) else shape[1] if first else shape[-1]
    return (shape[0], channels, *spatial) if first else (shape[0], *spatial, channels)


def _steps(size: int, window: int, stride: int, dilation: int, valid: bool) -> int:
    """Positions of a window along an axis of ``size``."""
    reach = (window - 1) * dilation if valid else 0
    return max(0, -(-(size - reach) // stride))


def _each(value: object, rank: int) -> tuple[int, ...] | None:
    """One whole number for each spatial axis; None when the option is not that."""
    values = [value] * rank if isinstance(value, int) else value
    if not isinstance(values, (list, tuple)) or len(values) != rank:
        return None
    return tuple(values) if all(type(one) is int and one > 0 for one in values) else None
