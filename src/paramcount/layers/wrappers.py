"""Outputs of the layers whose variables are those of the layers they hold.

Every definition calls each layer inside once, on what that layer sees of the input, also where the wrapper's own
output stays unknown: the call is what builds it.
"""

from __future__ import annotations

from paramcount.layers.given import Given, first_shape, is_shape
from paramcount.layers.recurrent import cell_states, sequence_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from paramcount.layers.slot import Config
    from paramcount.model import Shape, Shapes

    class Inner(Protocol):
        """A layer inside a wrapper."""

        attribute: str
        """The attribute or option that holds it, such as ``layer`` or ``backward_layer``."""
        class_name: str
        """Its class."""
        config: Config
        """Its options."""

        def call(self, inputs: Shapes) -> Shapes:
            """Build the layer on ``inputs`` and give its output shape; None when that is not known."""


_MOST_CELLS = 1000
_MOST_LEVELS = 20
"""Stacks of stacks of cells that are followed."""
_MERGES = ("sum", "mul", "ave", "concat", None)


def bidirectional(given: Given, inner: Sequence[Inner]) -> Shapes:
    """Both directions' outputs merged, or side by side; then the states of both, if asked for."""
    forward = _held(inner, "forward_layer", "layer")
    backward = _held(inner, "backward_layer")
    if forward is None:
        return None
    sequence = first_shape(given.inputs)
    there = forward.call(sequence)
    back = backward.call(sequence) if backward is not None else there
    if there is None or back is None:
        return None
    if not given.tf_keras:
        # Keras 3 takes the backward layer's output to be like that of the forward layer.
        back = there
    states: tuple[Any, ...] = ()
    if Given(forward.config).flag("return_state", False):
        if is_shape(there) or is_shape(back) or not isinstance(there, tuple) or not isinstance(back, tuple):
            return None
        states = (*there[1:], *back[1:])
        there, back = there[0], back[0]  # type: ignore[assignment]
    mode = given.config.get("merge_mode", "concat")
    if mode not in _MERGES or not _is_one(there) or not _is_one(back):
        return None
    merged = (there, back) if mode is None else (_merged(there, back, mode),)  # type: ignore[arg-type]
    if merged[0] is None:
        return None
    return (*merged, *states) if states or mode is None else merged[0]


def _merged(there: Shape, back: Shape, mode: str) -> Shape | None:
    """One tensor of two."""
    if len(there) != len(back) or not there:
        return None
    if mode == "concat":
        both = (there[-1], back[-1])
        return (*there[:-1], None if None in both else sum(both))  # type: ignore[arg-type]
    if there == back:
        return there
    return None if there[:-1] != back[:-1] or 1 not in (there[-1], back[-1]) else max(there, back, key=_last)


def _last(shape: Shape) -> int:
    return shape[-1] or 0


def time_distributed(given: Given, inner: Sequence[Inner]) -> Shapes:
    """The layer sees one step of the sequence; its output gets the axis of time back."""
    layer = _held(inner, "layer")
    if layer is None:
        return None
    shape = given.shape
    if not is_shape(given.inputs) and not given.tf_keras:
        return layer.call(None)
    step = _each(given.inputs, _without_time)
    found = layer.call(step)
    if found is None or shape is None or len(shape) < 3 or (not given.tf_keras and not _is_one(found)):
        return None
    return _each(found, lambda one: (one[0], shape[1], *one[1:]) if one else None)


def _without_time(shape: Shape) -> Shape | None:
    return (shape[0], *shape[2:]) if len(shape) > 2 else None


def _each(shapes: Shapes, change: Callable[[Shape], Shape | None]) -> Shapes:
    """The change made to every shape of a nest."""
    if shapes is None:
        return None
    if is_shape(shapes):
        return change(shapes)  # type: ignore[arg-type]
    if isinstance(shapes, dict):
        return {name: _each(one, change) for name, one in shapes.items()}
    return tuple(_each(one, change) for one in shapes)  # type: ignore[arg-type]


def same_as_inside(given: Given, inner: Sequence[Inner]) -> Shapes:
    """What the layer inside gives out."""
    layer = _held(inner, "layer")
    return None if layer is None else layer.call(given.inputs)


def wrapper(given: Given, inner: Sequence[Inner]) -> Shapes:
    """The base class builds its layer and does not call it: tf_keras passes the input on, Keras 3 refuses the call."""
    for one in inner:
        one.call(given.inputs)
    return given.inputs if given.tf_keras else None


def rnn(given: Given, inner: Sequence[Inner]) -> Shapes:
    """As LSTM and its like, with the states of the cell or cells."""
    sequence = given.shape
    step: Shape | None = None
    time_major = given.tf_keras and given.flag("time_major", False)
    if sequence is not None and len(sequence) > 2:
        step = sequence[1:] if time_major else (sequence[0], *sequence[2:])
    stacked = len(inner) > 1 or (len(inner) == 1 and inner[0].attribute == "cells")
    if stacked:
        found = _chained(given, inner, step)
    elif inner:
        inner[0].call(step)
        found = _states_of(inner[0].class_name, inner[0].config, step, given.tf_keras)
    else:
        return None
    if found is None or sequence is None:
        return None
    out, states = found
    return sequence_output(given, sequence, out, states)


def stacked_cells(given: Given, inner: Sequence[Inner]) -> Shapes:
    """The output of the last cell, and the states of all."""
    return _chained(given, inner, given.shape)


def _chained(
    given: Given, inner: Sequence[Inner], step: Shape | None, depth: int = 0
) -> tuple[Shape, tuple[Shapes, ...]] | None:
    """Each cell on the output of the one before: the last output, and every cell's states."""
    states: list[Shapes] = []
    known, seen = bool(inner), step
    for cell in inner:
        cell.call(seen)
        found = _states_of(cell.class_name, cell.config, seen, given.tf_keras, depth)
        seen = None if found is None else found[0]
        known = known and found is not None
        states.append(None if found is None else _nested(cell.class_name, found[1]))
    return (seen, _ordered(given, states)) if known and seen is not None else None


def _ordered(given: Given, states: list[Shapes]) -> tuple[Shapes, ...]:
    backwards = given.tf_keras and given.flag("reverse_state_order", False)
    return tuple(reversed(states)) if backwards else tuple(states)


def _nested(class_name: str, states: tuple[Shapes, ...]) -> Shapes:
    """A cell of one state stands for one tensor among the cells of a stack; a stack of one cell does not."""
    return states[0] if len(states) == 1 and class_name != "StackedRNNCells" else states


def _states_of(
    class_name: str, config: Config, step: Shape | None, tf_keras: bool, depth: int = 0
) -> tuple[Shape, tuple[Shapes, ...]] | None:
    """The output of a cell for one step, and its states; None for a cell that is not one of Keras's."""
    if step is None or depth > _MOST_LEVELS:
        return None
    if class_name != "StackedRNNCells":
        if len(step) < 2 or (len(step) > 2 and tf_keras):
            return None
        # Keras 3 goes by the batch axis and the cell's own width, whatever stands between.
        found = cell_states(class_name, Given(config, (step[0], step[-1]), tf_keras))
        return None if found is None else (found[0], found)
    listed = config.get("cells")
    if not isinstance(listed, (list, tuple)) or not 0 < len(listed) <= _MOST_CELLS:
        return None
    cells = [_Described(entry) for entry in listed if isinstance(entry, dict)]
    return _chained(Given(config, step, tf_keras), cells, step, depth + 1) if len(cells) == len(listed) else None


class _Described:
    """A cell inside stacked cells, asked for its shapes alone: the stack itself builds it."""

    __slots__ = ("attribute", "class_name", "config")

    def __init__(self, entry: dict[str, Any]) -> None:
        options = entry.get("config")
        self.attribute = "cells"
        self.class_name = str(entry.get("class_name"))
        self.config: Config = options if isinstance(options, dict) else {}

    def call(self, inputs: Shapes) -> Shapes:  # noqa: ARG002
        return None


def pipeline(given: Given, inner: Sequence[Inner]) -> Shapes:
    """One layer after the other."""
    shapes = given.inputs if inner else None
    for layer in inner:
        shapes = layer.call(shapes)
    return shapes


def _held(inner: Sequence[Inner], *attributes: str) -> Inner | None:
    """The layer in the first of these attributes that holds one."""
    for attribute in attributes:
        for one in inner:
            if one.attribute == attribute:
                return one
    return None


def _is_one(shapes: Shapes) -> bool:
    return shapes is not None and is_shape(shapes)


WRAPPED: dict[str, Callable[[Given, Sequence[Inner]], Shapes]] = {
    "Bidirectional": bidirectional,
    "TimeDistributed": time_distributed,
    "Wrapper": wrapper,
    "SpectralNormalization": same_as_inside,
    "RNN": rnn,
    "StackedRNNCells": stacked_cells,
    "Pipeline": pipeline,
}
