"""Shapes as they are typed: ``28,28,3``, ``(28, 28, 3)``, ``None,5``, ``image=28,28,3``."""

from __future__ import annotations

from paramcount.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.model import Shape, Shapes

LARGEST = 10**12
"""A size above this is a slip of the hand."""
AXES = 32


def parse(texts: Sequence[str]) -> Shapes:
    """The input shapes that the options ``--input-shape`` give: one, several in order, or several by name.

    The batch axis is left out, as in ``keras.Input(shape=…)``; ``None`` in front is taken for it.

    Raises:
        UsageError: when a text is no shape, or some are named and some are not.

    Example:
        >>> parse(["28,28,3"]), parse(["None,5"]), parse(["a=4", "b=2,3"])
        ((28, 28, 3), (None, 5), {'a': (4,), 'b': (2, 3)})
    """
    named = [text.partition("=") for text in texts if "=" in text]
    if not named:
        shapes = [shape(text) for text in texts]
        return None if not shapes else shapes[0] if len(shapes) == 1 else tuple(shapes)
    if len(named) < len(texts):
        raise UsageError("some of the input shapes are named and some are not", advice="Name all of them, or none.")
    found: dict[str, Shapes] = {}
    for name, _, text in named:
        if name.strip() in found:
            raise UsageError(f"the input {name.strip()!r} is given twice")
        found[name.strip()] = shape(text)
    return found


def shape(text: str) -> Shape:
    """One shape: whole numbers or ``None`` between commas, in brackets or not."""
    bare = text.strip()
    if bare[:1] + bare[-1:] in ("()", "[]") and len(bare) > 1:
        bare = bare[1:-1].strip()
    parts = [part.strip() for part in bare.split(",")] if bare else []
    if parts and not parts[-1] and len(parts) > 1:
        parts.pop()
    if len(parts) > AXES:
        raise UsageError(f"the input shape has {len(parts)} axes", expected=f"at most {AXES}")
    return tuple(_size(part, text) for part in parts)


def _size(part: str, text: str) -> int | None:
    if part in ("None", "none", "?"):
        return None
    if not (part.isascii() and part.isdigit() and len(part) <= 13 and int(part) <= LARGEST):
        raise UsageError(
            f"{text!r} is not an input shape",
            found=repr(part),
            expected="whole numbers or None between commas, such as 28,28,3",
        )
    return int(part)
