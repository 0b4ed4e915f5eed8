"""Output shapes of the regularization layers: they change values, or nothing, and never a shape."""

from __future__ import annotations

from paramcount.layers.outputs import same, same_of_rank

OUTPUTS = dict.fromkeys("ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise".split(), same) | {
    f"SpatialDropout{rank}D": same_of_rank(rank + 2) for rank in (1, 2, 3)
}
