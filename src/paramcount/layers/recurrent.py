"""Variables and outputs of the recurrent layers and their cells.

Keras 3 and tf_keras hold the variables in a cell inside the layer; whole-model HDF5 files list them with the layer.
A cell sees one step of the sequence: the same shape without the axis of time.
"""

from __future__ import annotations

from paramcount.formula import COPIES, Symbol
from paramcount.layers.given import SPATIAL, Given, is_shape
from paramcount.layers.slot import Part, Slot
from paramcount.layers.windows import windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.formula import Expression
    from paramcount.layers.slot import Axes, Config
    from paramcount.model import Shape, Shapes

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3, "ConvLSTM1D": 4, "ConvLSTM2D": 4, "ConvLSTM3D": 4}
"""How many times a cell transforms its input side by side."""
_STATES = {"SimpleRNN": 1, "GRU": 1, "CuDNNGRU": 1}
"""Number of state tensors, where it is not the two of an LSTM."""
_SPATIAL_RANK = {f"ConvLSTM{rank}D": rank for rank in SPATIAL}

_STORED_WITH_ALL_OPTIONS = ("go_backwards", "bias_constraint", "recurrent_dropout")
"""Options that every stored config of a GRU has, and hardly anybody writes down."""


def _gates(number: int, size: Expression) -> Expression:
    """The columns of all gates, side by side in one tensor."""
    return Symbol("gates", number, COPIES) * size


def _bias(given: Given, *axes: Expression) -> list[Slot]:
    return [slot._replace(shape=axes) for slot in given.bias()]


def _cell(gates: int) -> Callable[[Given], list[Slot]]:
    def variables(given: Given) -> list[Slot]:
        """``kernel``, ``recurrent_kernel`` and, by default, ``bias``, each with the columns of all gates."""
        units = given.option("units")
        columns = _gates(gates, units)
        kernels = _kernels((given.axis(-1), columns), (units, columns))
        return [*kernels, *_bias(given, columns)]

    return variables


def gru(given: Given) -> list[Slot]:
    """As other cells have them; ``reset_after`` keeps one bias for the input and one for the state."""
    units = given.option("units")
    columns = _gates(GATES["GRU"], units)
    both = (Symbol("bias_vectors", 2, COPIES),) if _reset_after(given) else ()
    return [*_kernels((given.axis(-1), columns), (units, columns)), *_bias(given, *both, columns)]


def conv_lstm(given: Given, rank: int, first: int) -> list[Slot]:
    """``kernel`` and ``recurrent_kernel`` are convolutions, the latter over the state.

    Args:
        given: the layer or the cell.
        rank: number of spatial axes.
        first: axis of the channels in the ``channels_first`` format: 1 for the cell, 2 for the layer.
    """
    filters, window = given.option("filters"), given.kernel(rank)
    columns = _gates(GATES["ConvLSTM2D"], filters)
    channels = given.axis(first if given.channels_first else -1, "input_channels")
    return [*_kernels((*window, channels, columns), (*window, filters, columns)), *_bias(given, columns)]


def _conv_variables(rank: int, first: int) -> Callable[[Given], list[Slot]]:
    return lambda given: conv_lstm(given, rank, first)


def _cudnn(gates: int) -> Callable[[Given], list[Slot]]:
    def variables(given: Given) -> list[Slot]:
        """The cuDNN layers of Keras 2 always have a bias for the input and one for the state, in one vector."""
        units = given.option("units")
        columns = _gates(gates, units)
        kernels = _kernels((given.axis(-1), columns), (units, columns))
        return [*kernels, Slot("bias", (Symbol("bias_vectors", 2, COPIES) * columns,))]

    return variables


def _kernels(kernel: Axes, recurrent: Axes) -> list[Slot]:
    return [Slot("kernel", kernel), Slot("recurrent_kernel", recurrent)]


def _reset_after(given: Given) -> bool:
    """Whether a GRU applies its reset gate after the matrix product.

    That is the default; configs that Keras stored before it knew the option have all others, and mean False.
    """
    stored_before = "reset_after" not in given.config and all(key in given.config for key in _STORED_WITH_ALL_OPTIONS)
    return given.flag("reset_after", not stored_before)


def own_cell(class_name: str, config: Config, inputs: Shapes = None) -> dict[str, Part]:
    """The cell that a layer such as LSTM makes for itself; it takes the layer's own options and one step."""
    return {"cell": Part(f"{class_name}Cell", config, step_of(class_name, Given(config, inputs)))}


def step_of(class_name: str, given: Given) -> Shape | None:
    """What the cell sees of the sequence: batch and features; None when the sequence has not the axes for that."""
    shape, rank = given.shape, _SPATIAL_RANK.get(class_name, 0)
    if shape is None or len(shape) != rank + 3:
        return None
    if given.flag("time_major", False):
        return None if rank else shape[1:]
    return (shape[0], *shape[2:])


def states(class_name: str, given: Given) -> tuple[Shape, ...] | None:
    """The shapes of a layer's state tensors, batch axis included, the output's first; None when not known.

    Args:
        class_name: a recurrent layer such as ``LSTM``.
        given: its options and the sequence that it reads.
    """
    step = step_of(class_name, given)
    return None if step is None else cell_states(f"{class_name}Cell", Given(given.config, step, given.tf_keras))


def cell_states(class_name: str, given: Given) -> tuple[Shape, ...] | None:
    """The shapes of a cell's state tensors for one step, the output's first; None when not known.

    Args:
        class_name: one of Keras's cells, such as ``LSTMCell``.
        given: its options and one step: batch and features.
    """
    layer, step = class_name.removesuffix("Cell"), given.shape
    if layer not in GATES and layer not in ("CuDNNLSTM", "CuDNNGRU"):
        return None
    rank = _SPATIAL_RANK.get(layer, 0)
    if step is None or len(step) != rank + 2:
        return None
    state: Shape | None = (step[0], _units(given))
    if rank and given.tf_keras and _loses_track(given, rank, step):
        filters, open_ = given.option("filters").value, (None,) * rank
        state = (step[0], filters, *open_) if given.channels_first else (step[0], *open_, filters)
    elif rank:
        state = windowed(
            given, rank, given.each("kernel_size", rank, None), given.each("strides", rank),
            given.each("dilation_rate", rank), given.text("padding", "valid").lower(), given.option("filters"),
        )  # fmt: skip
    return None if state is None else (state,) * _STATES.get(layer, 2)


def _loses_track(given: Given, rank: int, step: Shape) -> bool:
    """Whether TensorFlow knows no size of the image any more: to dilate it rearranges, and must know them all."""
    dilation = given.each("dilation_rate", rank)
    sizes = step[2:] if given.channels_first else step[1:-1]
    return dilation is not None and max(dilation) > 1 and None in sizes


def _units(given: Given) -> int | None:
    """The width of the output; ``output_dim`` in Keras 1."""
    return given.option("units", given.option("output_dim").value).value


def _layer_output(class_name: str) -> Callable[[Given], Shapes]:
    def output(given: Given) -> Shapes:
        """The last step's output or, with ``return_sequences``, all of them; then the states, if asked for."""
        shape, found = given.shape, states(class_name, given)
        return None if shape is None or found is None else sequence_output(given, shape, found[0], found)

    return output


def sequence_output(given: Given, sequence: Shape, last: Shape, found: tuple[Shapes, ...]) -> Shapes:
    """What a recurrent layer gives out.

    Args:
        given: its options.
        sequence: the shape of its input.
        last: the output of one step, batch axis included.
        found: the shapes of its states, nested as it nests them.
    """
    time_major = given.flag("time_major", False)
    out = last
    if given.flag("return_sequences", False):
        out = (sequence[0], *last) if time_major else (last[0], sequence[1], *last[1:])
    return (out, *found) if given.flag("return_state", False) else out


def _cell_output(class_name: str) -> Callable[[Given], Shapes]:
    def output(given: Given) -> Shapes:
        """The output of one step, and the states after it, nested as they came in."""
        found = cell_states(class_name, given)
        if found is None:
            return None
        inputs = given.inputs
        alone = not is_shape(inputs) and isinstance(inputs, tuple) and len(inputs) > 1 and is_shape(inputs[1])
        return found[0], found[0] if alone and len(found) == 1 else found

    return output


VARIABLES: dict[str, Callable[[Given], list[Slot]]] = {
    "SimpleRNN": _cell(GATES["SimpleRNN"]),
    "LSTM": _cell(GATES["LSTM"]),
    "GRU": gru,
    "SimpleRNNCell": _cell(GATES["SimpleRNN"]),
    "LSTMCell": _cell(GATES["LSTM"]),
    "GRUCell": gru,
    **{name: _conv_variables(rank, 2) for name, rank in _SPATIAL_RANK.items()},
    **{f"{name}Cell": _conv_variables(rank, 1) for name, rank in _SPATIAL_RANK.items()},
    "CuDNNLSTM": _cudnn(GATES["LSTM"]),
    "CuDNNGRU": _cudnn(GATES["GRU"]),
}

OUTPUTS: dict[str, Callable[[Given], Shapes]] = {
    **{name: _layer_output(name) for name in (*GATES, "CuDNNLSTM", "CuDNNGRU")},
    **{f"{name}Cell": _cell_output(f"{name}Cell") for name in GATES},
}
