"""The form between a report and what is shown: paragraphs and tables whose parts say what they are.

A style is a word for what a thing is (``trainable``, ``muted``, ``strong``), never for how it looks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    Segment: TypeAlias = tuple[str, str]
    """Some text and its style."""
    Block: TypeAlias = "Paragraph" | "Table"
else:
    from paramcount.records import NamedTuple


class Column(NamedTuple):
    """One column of a table."""

    title: str = ""
    right: bool = False
    """Whether the cells end, rather than begin, on one line."""
    style: str = ""
    spare: int = 0
    """Which columns go first where there is no room: the highest number; 0 never goes."""
    fold: bool = False
    """Whether a long cell may continue on the next line; numbers may not."""


class Line(NamedTuple):
    """One line of a table."""

    cells: tuple[str, ...]
    styles: tuple[str, ...] = ()
    """The style of each cell, where it is not the column's; empty: none differs."""
    depth: int = 0
    """How far the first cell is indented."""
    kind: str = ""
    """``layer``, ``variable``, ``sum`` (below a rule), ``rest``, ``heading``, ``note`` (a label and
    words, nothing between) or ``gap`` (nothing but space)."""


class Table(NamedTuple):
    """Columns, and lines with one cell for each of them.  A column in which nothing stands is not shown."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    name: str = ""
    """What the table is: ``layers``, ``totals``, ``sharing``, ``tensors``."""


class Paragraph(NamedTuple):
    """Running text."""

    segments: tuple[Segment, ...]
    hang: int = 0
    """How far lines after the first are indented."""
    kind: str = ""
    """``header``, ``note``, ``finding``, ``advice``."""

    @property
    def text(self) -> str:
        """The text without its styles."""
        return "".join([text for text, _ in self.segments])


def printable(text: str) -> str:
    """``text`` with everything that could steer a terminal, or not be encoded, written as an escape.

    Names come from files that nobody vouches for: an escape sequence in one would otherwise reach the
    terminal, and a lone surrogate (a byte of a file name that is no UTF-8) would stop the output.
    """
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text])


def used(table: Table) -> Table:
    """``table`` without the columns in which nothing stands."""
    keep = [index for index in range(len(table.columns)) if any(line.cells[index] for line in table.lines)]
    if len(keep) == len(table.columns):
        return table
    return select(table, keep)


def select(table: Table, keep: list[int]) -> Table:
    """``table`` with only the columns at the indices ``keep``."""
    lines = [
        line._replace(
            cells=tuple([line.cells[index] for index in keep]),
            styles=tuple([line.styles[index] for index in keep]) if line.styles else (),
        )
        for line in table.lines
    ]
    return table._replace(columns=tuple([table.columns[index] for index in keep]), lines=tuple(lines))
