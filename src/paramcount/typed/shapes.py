"""The shape of an output, from the config of what leads to it: asked where a text computes with shapes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.typed.session import History


def inferred_shape(config: dict[str, Any], history: History) -> tuple[int | None, ...] | None:  # noqa: ARG001
    """The shape of the one output of a Functional model, batch axis included; None when no rule gives it.

    Args:
        config: a Functional model that ends at the output.
        history: layer, node and tensor of the output; the same that the config names.
    """
    from paramcount.architecture.infer import infer
    from paramcount.architecture.parse import parse_config
    from paramcount.layers.given import is_shape

    layers = config["config"]["layers"]
    tf_keras = any(layer["module"].startswith("tf_keras") for layer in layers)
    shapes: Any = infer(parse_config(config, "the text"), tf_keras)
    if (
        isinstance(shapes, (tuple, list))
        and len(shapes) == 1
        and is_shape(shapes[0])
        and not isinstance(shapes[0], int)
    ):
        shapes = shapes[0]
    if not isinstance(shapes, tuple) or not all(size is None or isinstance(size, int) for size in shapes):
        return None
    return shapes
