"""Why some variables never train: by design, whatever the flags of their layers are."""

from __future__ import annotations

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

COUNTERS = frozenset(("global_step", "save_counter", "epoch", "step", "iter", "iterations"))
"""Names of single whole numbers that count steps of training, or saves: no parameters."""


def no_gradient(dtype: str) -> str:
    """Why whole numbers and truth values never train: TensorFlow flags them like any other variable."""
    return f"{dtype} values do not train, whatever their flag says"
