"""The way out of a rule that cannot say what an operation gives."""

from __future__ import annotations


class Unknown(Exception):
    """What the operation gives is not known; it never leaves this room."""
