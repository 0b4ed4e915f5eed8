"""The errors of typed models and layers, all with the place, what was found and what to do instead."""

from __future__ import annotations

from paramcount import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SUPPORTED = (
    "a plain `Sequential([...])` or functional definition: imports, assignments, literals, loops over ranges and "
    "lists, and helper functions that only build layers"
)
VALUES = "Write the value itself, and text in quotes: `Conv2D(64, 6, padding='same')`."
"""The advice for a layer on the command line, which no function builds."""
ADVICE = "Name a function that builds the model as `package.module:function`; that form runs it."


def place(where: str, line: int) -> str:
    """File and line as one text; a line of 0 is not known."""
    return f"{where}:{line}" if line else where


def beyond(
    what: str, where: str, line: int = 0, *, found: str = "", advice: str = "", expected: str = SUPPORTED
) -> errors.ParamcountError:
    """The error for a text that needs more than reading."""
    kind: type[errors.ParamcountError] = getattr(errors, "BeyondTypedModels", errors.UnsupportedFormat)
    return kind(what, where=place(where, line), found=found, expected=expected, advice=advice or ADVICE)


def wrong(what: str, where: str, line: int = 0, *, found: str = "", advice: str = "") -> errors.ParamcountError:
    """The error for a layer or call that Keras itself would refuse."""
    kind: type[errors.ParamcountError] = getattr(errors, "WrongLayer", errors.UsageError)
    return kind(
        what, where=place(where, line), found=found, advice=advice or "Check the arguments as Keras takes them."
    )


def near(name: str, known: Iterable[str]) -> str:
    """Advice that names what resembles ``name``; empty when nothing does."""
    from difflib import get_close_matches

    by_lower = {item.lower(): item for item in known}
    matches = get_close_matches(name[:80].lower(), by_lower, n=3, cutoff=0.6)
    shown = [f"`{by_lower[match]}`" for match in matches]
    return f"Did you mean {' or '.join(shown)}?" if shown else ""
