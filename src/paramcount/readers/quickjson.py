"""The parser of the ``json`` module without the ``json`` module.

``json`` imports ``re``, ``enum`` and ``functools`` for its error messages and its slow path, which together take as
long as reading a whole model.  The parser itself is written in C and stands alone; where it is missing, or is not
what it has been from Python 3.10 to 3.14, ``json`` does the work.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONSTANTS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_SPACE = " \t\n\r"


class _Settings:
    """What ``json.JSONDecoder`` sets by default, where the C parser looks for it."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = _CONSTANTS.__getitem__


def loads(text: str | bytes) -> Any:
    """The value of a JSON text, as ``json.loads`` gives it.

    Raises:
        ValueError: when it is not JSON.
        RecursionError: when it is nested too deeply.
    """
    if isinstance(text, bytes) and not text.startswith((b"{", b"[")):
        return _by_json(text)
    try:
        from _json import make_scanner

        plain = text.decode() if isinstance(text, bytes) else text.lstrip(_SPACE)
        value, end = make_scanner(_Settings)(plain, 0)  # type: ignore[arg-type]
    except (ImportError, AttributeError, TypeError, StopIteration, SystemError):
        # The parser takes its error from `json`, and fails in another way where that is not imported yet.
        return _by_json(text)
    if end != len(plain) and plain[end:].strip(_SPACE):
        return _by_json(text)
    return value


def _by_json(text: str | bytes) -> Any:
    """The same by the standard library, whose errors say where the fault is."""
    import json

    return json.loads(text)
