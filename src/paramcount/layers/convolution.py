"""Variables of the convolutions: ordinary, transposed, depthwise, separable and locally connected."""

from __future__ import annotations

from paramcount.layers.slot import Slot, with_bias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config


def conv(config: Config) -> list[Slot]:
    """``kernel`` and, by default, ``bias``."""
    return with_bias(config, "kernel")


def depthwise(config: Config) -> list[Slot]:
    """``depthwise_kernel`` (Keras 3 calls the variable ``kernel``) and, by default, ``bias``."""
    return with_bias(config, "depthwise_kernel")


def separable(config: Config) -> list[Slot]:
    """``depthwise_kernel``, ``pointwise_kernel`` and, by default, one ``bias`` for both."""
    return with_bias(config, "depthwise_kernel", "pointwise_kernel")


_CONV = (
    "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
    "LocallyConnected1D", "LocallyConnected2D",
    # The names of Keras 1, some of which later versions kept as aliases.
    "Convolution1D", "Convolution2D", "Convolution3D", "AtrousConvolution1D", "AtrousConvolution2D",
    "Deconvolution2D", "Deconvolution3D", "Convolution2DTranspose", "Convolution3DTranspose",
)  # fmt: skip
_SEPARABLE = ("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")

VARIABLES = {
    **dict.fromkeys(_CONV, conv),
    **dict.fromkeys(_SEPARABLE, separable),
    "DepthwiseConv1D": depthwise,
    "DepthwiseConv2D": depthwise,
}
