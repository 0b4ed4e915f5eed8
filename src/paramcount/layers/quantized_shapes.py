"""Shapes in which a quantized layer keeps its weights, and those of the scales beside them."""

from __future__ import annotations

from paramcount.formula import Number, product
from paramcount.layers.einsum import parsed
from paramcount.layers.quantized import blocks, history, weight_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Expression
    from paramcount.layers.given import Given
    from paramcount.layers.slot import Axes, Slot

_PER_BYTE = 2
"""Values of 4 bits in a byte."""
_MOST_AXES = 52
"""An ellipsis that stands for more axes than that has more than Keras has letters."""


def shapes(class_name: str, mode: str, plain: list[Slot], given: Given) -> dict[str, Axes | None]:
    """The shape of every variable that the quantization makes or changes, by attribute; None for one that is not known.

    Args:
        class_name: the layer's class.
        mode: see ``quantized.mode_of``.
        plain: the variables without quantization.
        given: the layer's options and inputs.
    """
    kernel = plain[0].shape
    if mode == "float8":
        parts = ("inputs", "kernel", "outputs_grad")
        whole: dict[str, Axes | None] = {f"{part}_scale": () for part in parts}
        return {**whole, **{f"{part}_amax_history": (history(given.config),) for part in parts}}
    if kernel is None:
        return {slot.name: slot.shape for slot in plain[1:]}
    if class_name in ("Embedding", "ReversibleEmbedding"):
        return _embeddings(mode, kernel, given) if len(kernel) == 2 else {}
    if mode == "int8":
        scale = kernel[-1:] if class_name == "Dense" else _scale_of_einsum(given, kernel)
        return {"kernel": kernel, "kernel_scale": scale}
    matrix = _matrix(class_name, mode, kernel, given)
    if matrix is None:
        return {}
    return _int4(given, *matrix) if mode == "int4" else _transposed(mode, given, *matrix)


def _matrix(class_name: str, mode: str, kernel: Axes, given: Given) -> tuple[Expression, Expression] | None:
    """The kernel as a matrix: what the layer sums over, and what it gives out."""
    if class_name == "Dense":
        return (kernel[0], kernel[1]) if len(kernel) == 2 else None
    if mode != "int4":
        return _by_largest_axis(kernel)
    labels = _labels(given)
    if labels is None or len(labels[1]) != len(kernel):
        return None
    summed = [axis for label, axis in zip(labels[1], kernel, strict=True) if label not in labels[2]]
    kept = [axis for label, axis in zip(labels[1], kernel, strict=True) if label in labels[2]]
    return product(summed), product(kept)


def _by_largest_axis(kernel: Axes) -> tuple[Expression, Expression] | None:
    """How GPTQ and AWQ flatten the kernel of an EinsumDense.

    They do not ask the equation: a kernel of three axes whose first is the largest is taken for a projection onto
    heads, any other for one that puts heads together.
    """
    if len(kernel) == 2:
        return kernel[0], kernel[1]
    sizes = [axis.value for axis in kernel]
    if len(kernel) != 3 or None in sizes:
        return None
    if sizes.index(max(sizes)) == 0:  # type: ignore[type-var]
        return kernel[0], product(kernel[1:])
    return product(kernel[:2]), kernel[2]


def _int4(given: Given, rows: Expression, columns: Expression) -> dict[str, Axes | None]:
    """Two columns share a byte; a block of rows shares a scale, or all rows do."""
    block = blocks("int4", given.config)
    scale = (columns,) if block is None else (rows.per(block), columns)
    return {
        "kernel": (rows, columns.per(_PER_BYTE)), "kernel_scale": scale, "kernel_zero": scale, "g_idx": (rows,),
    }  # fmt: skip


def _transposed(mode: str, given: Given, rows: Expression, columns: Expression) -> dict[str, Axes | None]:
    """GPTQ and AWQ keep the columns first, two to a byte when a weight has 4 bits."""
    group = blocks(mode, given.config)
    packed = columns.per(_PER_BYTE) if mode == "awq" or weight_bits(given.config) == 4 else columns
    scale = (columns, Number(1) if group is None else rows.per(group))
    return {
        "quantized_kernel": (packed, rows), "kernel_scale": scale, "kernel_zero": scale,
        "awq_scales": (rows,), "g_idx": (rows,),
    }  # fmt: skip


def _embeddings(mode: str, embeddings: Axes, given: Given) -> dict[str, Axes | None]:
    """A scale for every row or block of it; the reverse embeddings are packed and scaled along the same axis."""
    entries, width = embeddings
    if mode == "int8":
        return {
            "embeddings": embeddings, "embeddings_scale": (entries,),
            "reverse_embeddings": (width, entries), "reverse_embeddings_scale": (entries,),
        }  # fmt: skip
    if mode != "int4":
        return {}
    block, packed = blocks(mode, given.config), width.per(_PER_BYTE)
    scale = (entries,) if block is None else (entries, width.per(block))
    reverse = (entries,) if block is None else (width.per(block), entries)
    return {
        "embeddings": (entries, packed), "embeddings_scale": scale, "embeddings_zero": scale, "g_idx": (width,),
        "reverse_embeddings": (packed, entries), "reverse_embeddings_scale": reverse,
        "reverse_embeddings_zero": reverse,
    }  # fmt: skip


def _labels(given: Given) -> tuple[list[str], list[str], list[str]] | None:
    """The axes of input, kernel and output in the equation; an ellipsis becomes as many axes as it stands for."""
    equation = parsed(given.config.get("equation"))
    if equation is None:
        return None
    inputs, kernel, output, left, right = equation
    others: list[str] = []
    if left or right:
        shape = given.shape
        if shape is None or not len(inputs) <= len(shape) <= len(inputs) + _MOST_AXES:
            return None
        others = [f"...{index}" for index in range(len(shape) - len(inputs))]
    if left:
        return [*others, *inputs], list(kernel), [*others, *output]
    return [*inputs, *others], list(kernel), [*output, *others]


def _scale_of_einsum(given: Given, kernel: Axes) -> Axes | None:
    """The shape of the int8 scale of an EinsumDense: that of the output, as far as the kernel makes it.

    Keras puts each summed axis where the output has one that the kernel does not make, and leaves those over out.
    """
    labels = _labels(given)
    if labels is None or len(labels[1]) != len(kernel):
        return None
    inputs, weights, output = labels
    summed = [index for index, label in enumerate(weights) if label not in output]
    free = [index for index, label in enumerate(output) if label not in weights]
    order = [weights.index(label) for label in output if label in weights]
    place, left_out = _last_place(inputs, weights, output), []
    for index in summed:
        if free:
            place = free.pop(0)
        else:
            left_out.append(index)
        order.insert(place, index)
    sizes = [Number(1) if index in summed else axis for index, axis in enumerate(kernel)]
    scale: list[Expression] = [sizes[index] for index in order]
    for place in free:
        scale.insert(place, Number(1))
    for place in reversed(left_out):
        if place >= len(scale):
            return None
        scale.pop(place)
    return tuple(scale)


def _last_place(inputs: list[str], weights: list[str], output: list[str]) -> int:
    """Where Keras inserts a summed axis of the kernel when the output has no place for it: where it inserted last."""
    place = output.index(weights[-1]) if weights[-1] in output else -1
    free = [index for index, label in enumerate(output) if label not in inputs]
    for label in inputs:
        if label not in output and free:
            place = free.pop(0)
    return place
