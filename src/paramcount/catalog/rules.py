"""What the options and the input make of an architecture: widths, sizes, padding, and which layers there are.

Rules are data.  A width is a product, rounded in one of the ways of the mobile models:

    d a 32      32 * alpha, rounded to a multiple of 8
    m a 24      the same of its integer part
    i a 64      the integer part of 64 * alpha
    w a 1280    rounded to a multiple of 8 where alpha is above 1, else 1280
    x 4 6       6 times the width that rule 4 gives
    d 4 2.5     2.5 times the width that rule 4 gives, rounded to a multiple of 8
    k 16        16

Sizes are a chain: each letter says how the next size follows from the one before it.
"""

from __future__ import annotations

from paramcount.catalog.signatures import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.catalog.models import Entry
    from paramcount.catalog.signatures import Shape


def rounded(value: float) -> int:
    """The multiple of 8 next to ``value``, at least 8, and never more than a tenth below it."""
    nearest = max(8, int(value + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * value else nearest


def widths(entry: Entry, rules: str, alpha: float) -> list[int]:
    """The number of filters that each rule gives, in order.

    Raises:
        UsageError: when a layer would have no filter, or more than a float can say.
    """
    found: list[int] = []
    try:
        for rule in rules.split(";") if rules else ():
            found.append(_width(rule.split(), found, alpha))
    except OverflowError:
        refuse(entry, "alpha", alpha, "a number that is not as large")
    if any(width < 1 for width in found):
        refuse(entry, "alpha", alpha, "so much that every layer has a filter")
    return found


def _width(rule: list[str], found: list[int], alpha: float) -> int:
    """The number of filters that one rule gives."""
    way, source, *rest = rule
    if way == "k":
        return int(source)
    factor = number(rest[0])
    product = (alpha if source == "a" else found[int(source)]) * factor
    if way == "w" and not alpha > 1:
        return int(factor)
    if way in "dw":
        return rounded(product)
    return rounded(int(product)) if way == "m" else int(product)


def number(text: str) -> float:
    """An integer or a float, as it is written."""
    return float(text) if "." in text or "e" in text else int(text)


def levels(entry: Entry, chain: str, shape: Shape) -> list[tuple[int | None, int | None]]:
    """Height and width of the input and after each step of the chain; None where they are open.

    Raises:
        UsageError: when nothing would be left of a size, or two branches would not fit each other.
    """
    rows, columns, _ = shape
    # Keras pads both sides as if the sizes were even when the height is open, whatever the width is.
    blind = rows is None
    sizes = [(rows, columns)]
    for step in chain:
        if step == "P" and blind and columns is not None and columns % 2:
            refuse(entry, "input_shape", shape, "a fixed height too, or another width, with which the branches fit")
        rows = None if rows is None else _after(step, rows, False)
        columns = None if columns is None else _after(step, columns, blind)
        if columns is not None and columns < 1:
            refuse(entry, "input_shape", shape, "a width of which something is left")
        sizes.append((rows, columns))
    return sizes


def _after(step: str, size: int, blind: bool) -> int:
    """The size after one step that halves it, or takes a quarter of it."""
    if step == "v":
        return (size - 3) // 2 + 1
    if step == "q":
        return size // 4
    if step == "f" or (step in "pP" and blind):
        return size // 2
    return (size + 1) // 2


def padding(entry: Entry, shape: Shape, kernel: int, size: tuple[int | None, int | None]) -> list[list[int]]:
    """The zeros before and after each axis, so that a kernel with a stride of 2 meets all of an input of ``size``.

    Raises:
        UsageError: when the height is fixed and the width open: Keras cannot build that.
    """
    rows, columns = size
    if rows is None:
        even: tuple[int, int] = (1, 1)
    elif columns is None:
        refuse(entry, "input_shape", shape, "a fixed width where the height is fixed")
    else:
        even = (1 - rows % 2, 1 - columns % 2)
    half = kernel // 2
    return [[half - less, half] for less in even]


def conditions(options: dict[str, Any]) -> set[str]:
    """The letters of the conditions that hold: which head, which preprocessing, whether there is a dropout."""
    pooling = options["pooling"]
    head = "t" if options["include_top"] else {"avg": "a", "max": "m"}.get(pooling, "n")
    holds = {head}
    if options.get("include_preprocessing"):
        holds.add("3" if options["input_shape"][2] == 3 else "o")
    if options.get("dropout_rate", 0) > 0:
        holds.add("r")
    return holds
