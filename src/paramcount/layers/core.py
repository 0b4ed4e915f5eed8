"""Dense, EinsumDense, the embeddings and PReLU, under the names of Keras 1, 2 and 3."""

from __future__ import annotations

from paramcount.formula import COPIES, Number
from paramcount.layers.given import axis_of, flag
from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Expression, Symbol
    from paramcount.layers.given import Given
    from paramcount.model import Shapes


def dense(given: Given) -> list[Slot]:
    """``kernel`` (inputs, units) and, by default, ``bias`` (units)."""
    inputs, units = given.axis(-1), units_of(given)
    return [Slot("kernel", (inputs, units)), *given.bias(units)]


def dense_output(given: Given) -> Shapes:
    """The last axis becomes ``units``."""
    shape = given.shape
    return None if shape is None or len(shape) < 2 else (*shape[:-1], units_of(given).value)


def units_of(given: Given) -> Symbol:
    """The width of the output, which Keras 1 calls ``output_dim``."""
    return given.option("units" if "units" in given.config else "output_dim", name="units")


def maxout(given: Given) -> list[Slot]:
    """Keras 1: ``nb_feature`` Dense layers side by side, of which the greatest output counts."""
    copies, inputs, units = given.option("nb_feature", 4, kind=COPIES), given.axis(-1), units_of(given)
    return [Slot("kernel", (copies, inputs, units)), *given.bias(copies, units)]


def highway(given: Given) -> list[Slot]:
    """Keras 1: a kernel and a carry kernel, each with a bias by default; the output is as wide as the input."""
    inputs = given.axis(-1)
    slots = [Slot("W", (inputs, inputs)), Slot("W_carry", (inputs, inputs))]
    return [*slots, Slot("b", (inputs,)), Slot("b_carry", (inputs,))] if flag(given.config, "bias") else slots


def highway_output(given: Given) -> Shapes:
    """The shape of the input, which has two axes."""
    return given.shape if given.shape is not None and len(given.shape) == 2 else None


def einsum_dense(given: Given) -> list[Slot]:
    """``kernel``; ``bias`` when ``bias_axes`` names at least one axis."""
    from paramcount.layers.einsum import kernel_and_bias

    kernel, bias = kernel_and_bias(given)
    return [Slot("kernel", kernel), Slot("bias", bias)] if given.config.get("bias_axes") else [Slot("kernel", kernel)]


def einsum_dense_output(given: Given) -> Shapes:
    """What the equation says."""
    from paramcount.layers.einsum import output

    return output(given)


def embedding(given: Given) -> list[Slot]:
    """``embeddings`` (words, width) alone: the input's shape does not matter."""
    return [Slot("embeddings", (given.option("input_dim"), given.option("output_dim")))]


def reversible_embedding(given: Given) -> list[Slot]:
    """``embeddings``, and ``reverse_embeddings`` (width, words) when the weights are not tied."""
    words, width = given.option("input_dim"), given.option("output_dim")
    slots = [Slot("embeddings", (words, width))]
    if not flag(given.config, "tie_weights"):
        slots.append(Slot("reverse_embeddings", (width, words)))
    return slots


def embedding_output(given: Given) -> Shapes:
    """A vector of ``output_dim`` for every number of the input."""
    return None if given.shape is None else (*given.shape, given.option("output_dim").value)


def prelu(given: Given) -> list[Slot]:
    """``alpha`` alone: a slope for every value of one input, except along ``shared_axes``."""
    shape, shared = given.shape, given.config.get("shared_axes")
    if shape is None:
        return [Slot("alpha")]
    names = ["features"] if len(shape) == 2 else [f"axis_{index}" for index in range(1, len(shape))]
    axes: list[Expression] = [axis_of(shape, index, name) for index, name in enumerate(names, 1)]
    for axis in shared if isinstance(shared, (list, tuple)) else [shared] if shared is not None else []:
        # Counted as Keras does, from 1, and from the end when that is negative.
        if type(axis) is not int or not -len(axes) <= axis - 1 < len(axes):
            return [Slot("alpha")]
        axes[axis - 1] = Number(1)
    return [Slot("alpha", tuple(axes))]


def prelu_output(given: Given) -> Shapes:
    """The shape of the input."""
    return given.shape


VARIABLES = {
    "Dense": dense,
    "TimeDistributedDense": dense,
    "MaxoutDense": maxout,
    "Highway": highway,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "ReversibleEmbedding": reversible_embedding,
    "PReLU": prelu,
}

OUTPUTS = {
    "Dense": dense_output,
    "TimeDistributedDense": dense_output,
    "MaxoutDense": dense_output,
    "Highway": highway_output,
    "EinsumDense": einsum_dense_output,
    "Embedding": embedding_output,
    "ReversibleEmbedding": embedding_output,
    "PReLU": prelu_output,
}
