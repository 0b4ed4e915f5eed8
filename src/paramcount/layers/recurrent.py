"""Variables of the recurrent layers and their cells.

Keras 3 and tf_keras hold the variables in a cell inside the layer; whole-model HDF5 files list them with the layer.
"""

from __future__ import annotations

from paramcount.layers.slot import Part, Slot, with_bias
from paramcount.layers.table import WITH_CELL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config


def cell(config: Config) -> list[Slot]:
    """``kernel``, ``recurrent_kernel`` and, by default, ``bias``."""
    return with_bias(config, "kernel", "recurrent_kernel")


def cudnn(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """The cuDNN layers of Keras 2 always have a bias."""
    return [Slot("kernel"), Slot("recurrent_kernel"), Slot("bias")]


def own_cell(class_name: str, config: Config) -> dict[str, Part]:
    """The cell that a layer such as LSTM makes for itself; it takes the layer's own options."""
    return {"cell": Part(f"{class_name}Cell", config)}


VARIABLES = {
    **dict.fromkeys(WITH_CELL, cell),
    **{f"{name}Cell": cell for name in WITH_CELL},
    "CuDNNLSTM": cudnn,
    "CuDNNGRU": cudnn,
}
