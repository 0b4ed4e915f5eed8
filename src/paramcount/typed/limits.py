"""Bounds on what a text may ask for: its size, its steps, its nesting, the size of its values."""

from __future__ import annotations

from paramcount.errors import LimitExceeded

MAX_TEXT = 1_000_000
"""Characters of a text."""
MAX_STEPS = 200_000
"""Nodes of the syntax tree that are visited, repetitions included, and nodes of the graph that are made."""
MAX_DEPTH = 120
"""Expressions inside each other, calls of functions of the text included."""
MAX_CALLS = 24
"""Functions of the text that call each other."""
MAX_BITS = 4_096
"""Bits of an integer."""
MAX_LENGTH = 100_000
"""Items of a list or characters of a text that is put together."""
MAX_TRAINING_LOOP = 2_000
"""Repetitions of a loop that touches no layer, before it is passed over."""


class Budget:
    """What is left of the steps, and how deep the reading is at the moment."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.steps = 0
        self.depth = 0
        self.calls = 0

    def spend(self, line: int, steps: int = 1) -> None:
        """Account for ``steps`` more.

        Raises:
            LimitExceeded: when too many were made.
        """
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise too_much(self.where, line, "The text takes too many steps to read", f"{MAX_STEPS} steps")

    def enter(self, line: int) -> None:
        """Go one expression deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_much(self.where, line, "The text is nested too deeply", f"{MAX_DEPTH} levels")

    def size(self, line: int, length: int) -> None:
        """Account for a value of ``length`` items or characters that is put together."""
        if length > MAX_LENGTH:
            raise too_much(self.where, line, "A value is too long", f"{MAX_LENGTH} items or characters")
        self.spend(line, length // 16)


def too_much(where: str, line: int, what: str, most: str) -> LimitExceeded:
    """The error of a limit."""
    return LimitExceeded(
        what,
        where=f"{where}:{line}" if line else where,
        expected=f"at most {most}",
        advice="Build the model with `package.module:function`, which runs it.",
    )
