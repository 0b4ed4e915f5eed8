"""What the process's own streams can show, and writing to them so that nothing in a file name can stop it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

WIDTH = 80
"""Columns where a terminal does not say how many it has."""

PLAIN = {
    ord(char): plain
    for char, plain in {
        "·": "-", "─": "-", "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "=", "▍": "=", "▎": "-", "▏": "-", "→": "->",
    }.items()
}  # fmt: skip
"""What stands for the characters of our own beyond ASCII where the output cannot carry them; as wide as they."""


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads ``stream`` as it is written."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def wants_color(choice: str, terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to colour: by the option, then ``NO_COLOR``, then ``FORCE_COLOR``, then what the terminal is.

    An empty ``NO_COLOR`` or ``FORCE_COLOR`` counts as not set: https://no-color.org and https://force-color.org.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return terminal and environment.get("TERM") != "dumb" and not _old_windows()


def _old_windows() -> bool:
    """Whether this is a Windows console that would show colours as escape sequences."""
    if os.name != "nt":
        return False
    from rich.console import detect_legacy_windows

    return detect_legacy_windows()


def columns(stream: TextIO, environment: Mapping[str, str]) -> int:
    """The width to fill: ``COLUMNS`` where it is set, else the terminal's own."""
    told = environment.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (AttributeError, ValueError, OSError):
        return WIDTH


def look(stream: TextIO, color: str) -> tuple[int | None, bool]:
    """The width to fill, None for a file or a pipe, and whether to colour; ``color`` is the option."""
    terminal = is_terminal(stream)
    return columns(stream, os.environ) if terminal else None, wants_color(color, terminal, os.environ)


def hush_frameworks(model: str) -> None:
    """Keep TensorFlow quiet where ``model`` may be a function, which imports it: it only has warnings to say."""
    if ":" in model:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def write(stream: TextIO, text: str) -> None:
    """Write ``text`` as far as the encoding of ``stream`` can carry it, and never fail for the rest."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not text.isascii():
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)
