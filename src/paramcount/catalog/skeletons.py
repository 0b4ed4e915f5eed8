"""What the catalog keeps of each class of layer: the options that matter, with Keras's defaults for them.

An architecture then names only what differs.  Initializers, regularizers, momenta and the like change no shape, no
variable and no flag, and are left out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONVOLUTION: dict[str, Any] = {
    "kernel_size": None, "strides": [1, 1], "padding": "valid", "data_format": "channels_last",
    "dilation_rate": [1, 1], "activation": "linear", "use_bias": True,
}  # fmt: skip
_POOLING: dict[str, Any] = {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid", "data_format": "channels_last"}
_GLOBAL_POOLING: dict[str, Any] = {"data_format": "channels_last", "keepdims": False}

KEPT: dict[str, dict[str, Any]] = {
    "InputLayer": {"batch_shape": None, "dtype": "float32"},
    "Conv2D": {"filters": None, **_CONVOLUTION, "groups": 1},
    "DepthwiseConv2D": {**_CONVOLUTION, "depth_multiplier": 1},
    "SeparableConv2D": {"filters": None, **_CONVOLUTION, "depth_multiplier": 1},
    "Dense": {"units": None, "activation": "linear", "use_bias": True},
    "BatchNormalization": {"axis": -1, "center": True, "scale": True, "renorm": False},
    "LayerNormalization": {"axis": [-1], "center": True, "scale": True, "rms_scaling": False},
    "Normalization": {"axis": [-1], "mean": None, "variance": None},
    "Activation": {"activation": "relu"},
    "ReLU": {},
    "Rescaling": {"scale": None, "offset": 0.0},
    "ZeroPadding2D": {"padding": None, "data_format": "channels_last"},
    "Cropping2D": {"cropping": None, "data_format": "channels_last"},
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalMaxPooling2D": _GLOBAL_POOLING,
    "GlobalAveragePooling2D": _GLOBAL_POOLING,
    "Concatenate": {"axis": -1},
    "Add": {},
    "Multiply": {},
    "Flatten": {"data_format": "channels_last"},
    "Reshape": {"target_shape": None},
    "Dropout": {"rate": None, "seed": None},
    "CustomScaleLayer": {"scale": None},
    "LayerScale": {"projection_dim": None},
    "Sequential": {"layers": None},
    "ops.Add": {},
    "ops.Multiply": {},
}
"""Class to the options kept and their defaults; None where there is none.  ``ops.`` marks an operation."""

_OWN_MODULE = {
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
    "LayerScale": "keras.src.applications.convnext",
    "ops.Add": "keras.src.ops.numpy",
    "ops.Multiply": "keras.src.ops.numpy",
}
"""Classes that are not among ``keras.layers``; Keras writes their name a second time, as the registered one."""

MERGING = frozenset({"Add", "Multiply", "Concatenate", "CustomScaleLayer"})
"""Layers that are called with a list of tensors."""


def head(kind: str) -> tuple[str, str, str | None]:
    """Module, class name and registered name of a class, as ``to_json`` has them."""
    class_name = kind.rpartition(".")[2]
    if kind in _OWN_MODULE:
        return _OWN_MODULE[kind], class_name, class_name
    return ("keras" if kind == "Sequential" else "keras.layers"), class_name, None


def skeleton(kind: str) -> dict[str, Any]:
    """A fresh config of a class with its defaults; the name comes first and is still to be filled in.

    Raises:
        KeyError: when the catalog has no such class.
    """
    own = {option: value[:] if isinstance(value, list) else value for option, value in KEPT[kind].items()}
    if kind == "InputLayer" or kind.startswith("ops."):
        return {"name": "", **own}
    return {"name": "", "trainable": True, "dtype": "float32", **own}
