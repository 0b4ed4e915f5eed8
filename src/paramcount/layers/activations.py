"""Output shapes of the activation layers: an activation looks at every value alone, or at one axis as a whole."""

from __future__ import annotations

from paramcount.layers.outputs import same

OUTPUTS = dict.fromkeys("Activation ELU LeakyReLU ReLU Softmax ThresholdedReLU".split(), same)
