"""Output shapes of the plainest layers: inputs, layers that pass on what they get, and functions that are not known."""

from __future__ import annotations

from paramcount.layers.outputs import option, same, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.model import Shape, Shapes


def input_layer(given: Given) -> Shapes:
    """The shape of the option ``batch_shape``, or of ``shape`` behind a batch axis of ``batch_size``."""
    if given.inputs is not None:
        return given.inputs
    batched = _shape(option(given.config, "batch_shape", "batch_input_shape"))
    if batched is not None:
        return batched
    single = _shape(option(given.config, "shape", "input_shape"))
    return None if single is None else (whole(given.config.get("batch_size")), *single)


def function(given: Given) -> Shapes:
    """What ``output_shape`` says, if that is a shape: the function itself is never looked at.

    Keras puts the batch axis of the input in front.
    """
    shape = given.shape
    # Keras 1 and 2 write next to it whether a shape or a function is meant.
    if shape is None or given.config.get("output_shape_type", "raw") != "raw":
        return None
    single = _shape(given.config.get("output_shape"))
    return None if single is None else (*shape[:1], *single)


def _shape(value: object) -> Shape | None:
    """A list of sizes as a shape; None when it is something else."""
    if not isinstance(value, (list, tuple)):
        return None
    for size in value:
        if size is not None and whole(size) is None:
            return None
    return tuple(value)


OUTPUTS = {
    "InputLayer": input_layer,
    "Identity": same,
    "Masking": same,
    "UnitNormalization": same,
    "Lambda": function,
}
