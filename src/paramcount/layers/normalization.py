"""Variables of the normalization layers; most own state that is never trained."""

from __future__ import annotations

from paramcount.layers.slot import Slot, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config

MOVING_MEAN = "moving mean of batch normalization"
MOVING_VARIANCE = "moving variance of batch normalization"
RENORM = "renormalization statistic of batch normalization"
ADAPTED = "statistic that Normalization takes from the data in adapt()"
POWER_ITERATION = "power-iteration vector of spectral normalization"

BATCH_STATE = {
    "moving_mean": MOVING_MEAN,
    "moving_variance": MOVING_VARIANCE,
    "moving_stddev": RENORM,
    "renorm_mean": RENORM,
    "renorm_stddev": RENORM,
    # Keras 1 stored the standard deviation or the variance under these names.
    "running_mean": MOVING_MEAN,
    "running_std": MOVING_VARIANCE,
    "running_variance": MOVING_VARIANCE,
}
"""Names of the statistics, in every version of Keras, to what they are."""


def scale_and_center(config: Config) -> list[Slot]:
    """``gamma`` with ``scale``, ``beta`` with ``center``; both by default."""
    slots = [Slot("gamma")] if flag(config, "scale") else []
    return [*slots, Slot("beta")] if flag(config, "center") else slots


def batch(config: Config) -> list[Slot]:
    """``gamma`` and ``beta``, then the moving statistics; ``renorm`` adds three more of those."""
    names = ["moving_mean", "moving_variance"]
    if config.get("renorm"):
        names += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    return scale_and_center(config) + [Slot(name, BATCH_STATE[name]) for name in names]


def layer(config: Config) -> list[Slot]:
    """``gamma`` and ``beta``; with ``rms_scaling`` only ``gamma``."""
    if config.get("rms_scaling"):
        return [Slot("gamma")]
    return scale_and_center(config)


def rms(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """``scale`` alone."""
    return [Slot("scale")]


def normalization(config: Config) -> list[Slot]:
    """``mean``, ``variance`` and ``count``; nothing when mean and variance are given."""
    if config.get("mean") is not None or config.get("input_mean") is not None:
        return []
    return [Slot("mean", ADAPTED), Slot("variance", ADAPTED), Slot("count", ADAPTED)]


def spectral(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """The ``kernel`` of the layer it wraps, held once more, and the vector of the power iteration."""
    return [Slot("kernel"), Slot("vector_u", POWER_ITERATION)]


VARIABLES = {
    "BatchNormalization": batch,
    "BatchNormalizationV1": batch,
    "BatchNormalizationV2": batch,
    "SyncBatchNormalization": batch,
    "LayerNormalization": layer,
    "GroupNormalization": scale_and_center,
    "RMSNormalization": rms,
    "Normalization": normalization,
    "SpectralNormalization": spectral,
}
