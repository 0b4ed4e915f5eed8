"""EinsumDense: the sizes of its kernel, bias and output follow from an equation such as ``abc,cd->abd``.

A letter that the input has takes its size from there, another one from the option ``output_shape``, which leaves the
batch axis out.  ``...`` on the left or on the right stands for any number of axes that stay as they are.
"""

from __future__ import annotations

from paramcount.formula import INPUT, OPTION, Number, Symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.layers.given import Given
    from paramcount.layers.slot import Axes
    from paramcount.model import Shape, Shapes
else:
    from paramcount.records import NamedTuple

_LONGEST = 256
"""Characters of an equation that is read: Keras has 52 letters."""


class Equation(NamedTuple):
    """The letters of the axes, and where axes are left out."""

    inputs: str
    kernel: str
    outputs: str
    left: bool
    """The first axes are left out, as in ``...x,xy->...y``."""
    right: bool


def parsed(equation: object) -> Equation | None:
    """An equation in one of the three forms that Keras takes; None for anything else."""
    if not isinstance(equation, str) or len(equation) > _LONGEST:
        return None
    operands, arrow, outputs = equation.partition("->")
    inputs, comma, kernel = operands.partition(",")
    left = inputs.startswith("...") and outputs.startswith("...")
    right = not left and inputs.endswith("...") and outputs.endswith("...")
    if left:
        inputs, outputs = inputs[3:], outputs[3:]
    elif right:
        inputs, outputs = inputs[:-3], outputs[:-3]
    letters = (inputs, kernel, outputs)
    if not arrow or not comma or not all(part.isascii() and part.isalpha() for part in letters):
        return None
    # Every letter of the kernel and of the output has to stand somewhere else as well.
    found = set(kernel) <= set(inputs + outputs) and set(outputs) <= set(inputs + kernel)
    return Equation(inputs, kernel, outputs, left, right) if found and (len(inputs) > 1 or not right) else None


class Sizes(NamedTuple):
    """What is known of the sizes of the letters."""

    of_input: dict[str, int | None]
    of_output: dict[str, int | None]
    elided: int
    """Number of axes that ``...`` stands for; 0 when the input is not known."""
    output: Shape | None
    """The whole shape of the output, where the input is known; sizes that the options leave open are None."""


def kernel_and_bias(given: Given) -> tuple[Axes | None, Axes | None]:
    """The axes of ``kernel`` and ``bias``; None for what the equation does not say."""
    equation = parsed(given.config.get("equation"))
    sizes = _sizes(given, equation) if equation is not None else None
    if equation is None or sizes is None:
        return None, None
    named = _symbols(equation, sizes, given.tf_keras)
    return tuple(named[letter] for letter in equation.kernel), _bias(given, equation, sizes, named)


def output(given: Given) -> Shapes:
    """The output's shape; None when it is not known or when Keras refuses the equation for this input."""
    equation = parsed(given.config.get("equation"))
    sizes = _sizes(given, equation) if equation is not None else None
    if equation is None or sizes is None or sizes.output is None or not given.tf_keras:
        return sizes.output if sizes is not None else None
    # Keras 3 tells what it has worked out, backwards as it is; tf_keras tells what comes out.
    shown = [sizes.of_input.get(letter, sizes.of_output.get(letter)) for letter in equation.outputs]
    if equation.left:
        return (*(given.shape or ())[: sizes.elided], *shown)
    return (*shown, *sizes.output[len(shown) :])


def _sizes(given: Given, equation: Equation) -> Sizes | None:
    """The sizes of all letters; None when input and options do not fit the equation."""
    shape, partial = given.shape, given.config.get("output_shape")
    partial = (partial,) if type(partial) is int else partial
    if not isinstance(partial, (list, tuple)) or len(partial) > _LONGEST or not all(map(_is_size, partial)):
        partial = None
    if shape is None or partial is None:
        return _without_input(equation, None if partial is None else tuple(partial))
    elided = len(shape) - len(equation.inputs)
    if elided < 0 or (elided and not equation.left and not equation.right):
        return None
    # Keras lists the axes that `...` stands for on the left backwards, all but the batch axis.
    moved = shape[1:elided][::-1] if equation.left else ()
    whole = (shape[0], *moved, *partial, *(shape[len(shape) - elided :] if equation.right and elided else ()))
    skipped = elided if equation.left else 0
    if len(whole) != len(equation.outputs) + elided:
        return None
    of_input = dict(zip(equation.inputs, shape[skipped:], strict=False))
    of_output = dict(zip(equation.outputs, whole[skipped:], strict=False))
    for letter, size in of_output.items():
        if size is not None and letter in of_input and size != of_input[letter]:
            return None
    return Sizes(of_input, of_output, elided, whole)


def _is_size(size: object) -> bool:
    return size is None or (type(size) is int and size >= 0)


def _without_input(equation: Equation, partial: Shape | None) -> Sizes | None:
    """The sizes that the options give alone."""
    letters = equation.outputs
    if partial is None:
        return Sizes(dict.fromkeys(equation.inputs), dict.fromkeys(letters), 0, None)
    if len(partial) == len(letters) - 1:
        partial = (None, *partial)
    elif len(partial) != len(letters) or not equation.left:
        return None
    return Sizes(dict.fromkeys(equation.inputs), dict(zip(letters, partial, strict=True)), 0, None)


def _symbols(equation: Equation, sizes: Sizes, tf_keras: bool) -> dict[str, Symbol]:
    """Each letter with its size, under a name that says where it comes from."""
    summed = [letter for letter in dict.fromkeys(equation.inputs) if letter not in equation.outputs]
    added = [letter for letter in dict.fromkeys(equation.outputs) if letter not in equation.inputs]
    named = {}
    for letter in dict.fromkeys(equation.inputs + equation.outputs):
        first, second = sizes.of_input.get(letter), sizes.of_output.get(letter)
        size = first if letter in sizes.of_input and (tf_keras or second is None) else second
        if letter in added:
            named[letter] = Symbol("units" if len(added) == 1 else f"units_{letter}", size, OPTION)
        elif letter in summed:
            named[letter] = Symbol("inputs" if len(summed) == 1 else f"inputs_{letter}", size, INPUT)
        else:
            named[letter] = Symbol(f"shared_{letter}", size, INPUT)
    return named


def _bias(given: Given, equation: Equation, sizes: Sizes, named: dict[str, Symbol]) -> Axes | None:
    """From the first letter of the output that has a bias: its size, or 1 for a letter that has none."""
    asked = given.config.get("bias_axes")
    if not isinstance(asked, str) or not asked or any(letter not in equation.outputs for letter in asked):
        return None
    if equation.right and given.shape is None:
        return None
    start = min(equation.outputs.index(letter) for letter in set(asked))
    axes = []
    for letter in equation.outputs[start:]:
        # The bias goes by the output alone: what the options leave open has no size there.
        known = named[letter] if sizes.of_output.get(letter) is not None else Symbol(named[letter].name, None, OPTION)
        axes.append(known if letter in asked else Number(1))
    return (*axes, *(Number(1),) * (sizes.elided if equation.right else 0))
