"""Options in the form in which Keras serializes them: a size for each axis."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.values import Value

_PER_AXIS = ("kernel_size", "strides", "dilation_rate", "pool_size", "output_padding", "size")


def normalised(class_name: str, options: dict[str, Value]) -> dict[str, Value]:
    """The options with one size an axis where the text gives one for all, as in ``kernel_size=6``."""
    if "data_format" in options and options["data_format"] is None:
        options["data_format"] = "channels_last"
    rank = _rank(class_name)
    if not rank:
        return options
    if "pool_size" in options and options.get("strides") is None:
        options["strides"] = options["pool_size"]
    for key in _PER_AXIS:
        value = options.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and not (key == "size" and rank == 1):
            options[key] = [value] * rank
    for key in ("padding", "cropping"):
        if class_name.startswith(("ZeroPadding", "Cropping")) and key in options:
            options[key] = _pairs(options[key], rank)
    return options


def _rank(class_name: str) -> int:
    """The number of axes in the name of a class, as in ``Conv2D``; 0 when there is none."""
    for rank in (1, 2, 3):
        if f"{rank}D" in class_name:
            return 0 if class_name.startswith(("Global", "Spatial", "Adaptive")) else rank
    return 0


def _pairs(value: Value, rank: int) -> Value:
    """Before and after for each axis; ``2`` and ``(2, 3)`` are short forms of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return [value, value] if rank == 1 else [[value, value] for _ in range(rank)]
    if rank > 1 and isinstance(value, list) and len(value) == rank:
        return [[item, item] if isinstance(item, int) else item for item in value]
    return value
