"""One line on the terminal while a model is fetched."""

from __future__ import annotations

from paramcount.cli.terminal import is_terminal, write
from paramcount.render.numbers import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TextIO

    from paramcount.report import Report


class Line:
    """Says how much has been fetched, in a line that is written over and taken away at the end.

    It is drawn when its text changes, so that it needs no clock and is quiet on a fast connection.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = ""

    def __call__(self, fetched: int, whole: int | None) -> None:
        """Show ``fetched`` bytes, of ``whole`` where that is known."""
        text = f"fetched {size(fetched)}" + (f" of {size(whole)}" if whole else "")
        if text != self._shown:
            self._draw(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._draw("")
            self._draw("")

    def _draw(self, text: str) -> None:
        write(self._stream, "\r" + text.ljust(len(self._shown)))
        self._stream.flush()
        self._shown = text


def line_on(stream: TextIO) -> Line | None:
    """What shows progress on ``stream``; None where nobody is looking."""
    return Line(stream) if is_terminal(stream) else None


def watched(count: Callable[..., Report], model: str, options: Mapping[str, Any], stream: TextIO) -> Report:
    """What ``count`` makes of ``model``, with its progress on ``stream`` while the model is fetched.

    The line is gone before anything else is said, whatever happens.
    """
    line = line_on(stream)
    if line is None:
        return count(model, **options)
    try:
        return count(model, progress=line, **options)
    finally:
        line.clear()
