"""Variables of Dense, EinsumDense, the embeddings and PReLU, under the names of Keras 1, 2 and 3."""

from __future__ import annotations

from paramcount.layers.slot import Slot, flag, with_bias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config


def dense(config: Config) -> list[Slot]:
    """``kernel`` and, by default, ``bias``."""
    return with_bias(config, "kernel")


def einsum_dense(config: Config) -> list[Slot]:
    """``kernel``; ``bias`` when ``bias_axes`` names at least one axis."""
    return [Slot("kernel"), Slot("bias")] if config.get("bias_axes") else [Slot("kernel")]


def embedding(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """``embeddings`` alone."""
    return [Slot("embeddings")]


def reversible_embedding(config: Config) -> list[Slot]:
    """``embeddings``, and ``reverse_embeddings`` when the weights are not tied."""
    slots = [Slot("embeddings")]
    if not flag(config, "tie_weights"):
        slots.append(Slot("reverse_embeddings"))
    return slots


def prelu(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """``alpha`` alone."""
    return [Slot("alpha")]


def highway(config: Config) -> list[Slot]:
    """Keras 1: a kernel and a carry kernel, each with a bias by default."""
    slots = [Slot("W"), Slot("W_carry")]
    return [*slots, Slot("b"), Slot("b_carry")] if flag(config, "bias") else slots


VARIABLES = {
    "Dense": dense,
    "TimeDistributedDense": dense,
    "MaxoutDense": dense,
    "Highway": highway,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "ReversibleEmbedding": reversible_embedding,
    "PReLU": prelu,
}
