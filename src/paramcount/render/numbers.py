"""Numbers as people read them.  The only place where anything is rounded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Shape, Shapes

BINARY_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
BAR_WIDTH = 10
BAR_ENDS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def integer(value: int) -> str:
    """All digits, in groups of three: ``2,270,794``."""
    return f"{value:,}"


def plural(number: int, noun: str) -> str:
    """``1 tensor``, ``2 tensors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(value: int) -> str:
    """A number of bytes with one decimal of the largest unit it fills: ``133.2 KiB``; exact below 1 KiB."""
    if value < 1024:
        return f"{value} B"
    scale = 1
    for unit in BINARY_UNITS:
        scale *= 1024
        tenths = (20 * value + scale) // (2 * scale)
        # What would round to 1,024.0 is one of the next unit.
        if tenths < 10240 or unit == BINARY_UNITS[-1]:
            break
    return f"{tenths // 10:,}.{tenths % 10} {unit}"


def percent(part: int, whole: int) -> str:
    """A share with one decimal; ``0 %`` and ``100 %`` only when that is exactly true."""
    if part == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    tenths = (2000 * part + whole) // (2 * whole)
    if tenths == 0:
        return "<0.1 %"
    if tenths >= 1000:
        return ">99.9 %"
    return f"{tenths // 10}.{tenths % 10} %"


def bar(part: int, whole: int) -> str:
    """A share as a bar: empty only for nothing, full only for everything."""
    if part <= 0:
        return ""
    eighths = 8 * BAR_WIDTH
    filled = eighths if part >= whole else min(max(eighths * part // whole, 1), eighths - 1)
    return "█" * (filled // 8) + BAR_ENDS[filled % 8]


def bar_eighths(text: str) -> int:
    """How much of a bar is filled, in eighths of a character."""
    whole = text.count("█")
    return 8 * whole + BAR_ENDS.index(text[whole:])


def tensor_shape(shape: Shape | None) -> str:
    """The shape of a variable, with all its axes: ``(3, 3, 32)``, ``scalar``; empty when not known."""
    if shape is None:
        return ""
    return f"({_axes(shape)})" if shape else "scalar"


def layer_shape(shapes: Shapes) -> str:
    """The shape of what a layer takes or gives, without the batch axis; several as ``[(…), (…)]``."""
    if shapes is None:
        return ""
    if isinstance(shapes, dict):
        return "{" + ", ".join(f"{name}: {layer_shape(shape) or '?'}" for name, shape in shapes.items()) + "}"
    for axis in shapes:
        if axis is not None and not isinstance(axis, int):
            return "[" + ", ".join(layer_shape(shape) or "?" for shape in shapes) + "]"  # type: ignore[arg-type]
    return f"({_axes(shapes[1:])})"  # type: ignore[arg-type]


def _axes(axes: Shape) -> str:
    return ", ".join(["?" if axis is None else str(axis) for axis in axes])
