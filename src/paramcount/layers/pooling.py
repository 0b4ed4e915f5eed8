"""Output shapes of the pooling layers: windows that move, whole spatial axes, and outputs of a wanted size."""

from __future__ import annotations

from paramcount.layers.outputs import each_axis, option, shape_of_rank, spatial_axes
from paramcount.layers.windows import windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.layers.outputs import Rule
    from paramcount.model import Shapes


def moving(rank: int) -> Rule:
    """One value for each position of a window of ``pool_size``, which moves by ``strides``, else by its own size."""

    def rule(given: Given) -> Shapes:
        if shape_of_rank(given, rank + 2) is None:
            return None
        # Keras 1 writes ``pool_length``, ``stride`` and ``border_mode``.
        size = option(given.config, "pool_size", "pool_length", default=2)
        window = each_axis(size, rank)
        strides = each_axis(option(given.config, "strides", "stride", default=size), rank)
        padding = option(given.config, "padding", "border_mode", default="valid")
        padding = padding.lower() if isinstance(padding, str) else ""
        return windowed(given, rank, window, strides, (1,) * rank, padding) if padding in ("valid", "same") else None

    return rule


def whole_axes(rank: int) -> Rule:
    """One value for each channel; the spatial axes stay as axes of 1 with ``keepdims``."""

    def rule(given: Given) -> Shapes:
        shape = shape_of_rank(given, rank + 2)
        if shape is None:
            return None
        kept = (1,) * rank if given.flag("keepdims", False) else ()
        return (*shape[:2], *kept) if given.channels_first else (shape[0], *kept, shape[-1])

    return rule


def adaptive(rank: int) -> Rule:
    """Spatial axes of ``output_size``, however long those of the input are."""

    def rule(given: Given) -> Shapes:
        shape = shape_of_rank(given, rank + 2)
        sizes = each_axis(given.config.get("output_size"), rank)
        if shape is None or sizes is None:
            return None
        changed = list(shape)
        for axis, size in zip(spatial_axes(given, rank), sizes, strict=True):
            changed[axis] = size
        return tuple(changed)

    return rule


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for rank in (1, 2, 3):
        window, whole, wanted = moving(rank), whole_axes(rank), adaptive(rank)
        for kind in ("MaxPooling", "MaxPool", "AveragePooling", "AvgPool"):
            rules[f"{kind}{rank}D"] = window
            rules[f"Global{kind}{rank}D"] = whole
        for kind in ("Max", "Average"):
            rules[f"Adaptive{kind}Pooling{rank}D"] = wanted
    return rules


OUTPUTS = _rules()
