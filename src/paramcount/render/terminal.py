"""A terminal of some width: the least telling columns go first, long names fold, and no number is ever cut."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from paramcount.render.build import build
from paramcount.render.document import Paragraph, select, used
from paramcount.render.options import DEFAULT
from paramcount.render.text import GAP, line_length, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from paramcount.render.document import Block, Line, Table
    from paramcount.render.options import Options
    from paramcount.report import Report

STYLES = {
    "title": "bold",
    "strong": "bold",
    "name": "",
    "number": "",
    "formula": "",
    "muted": "dim",
    "trainable": "green",
    "frozen": "cyan",
    "state": "yellow",
    "undetermined": "magenta",
    "unknown": "bold magenta",
    "shared": "",
    "variable": "dim",
    "info": "bold cyan",
    "warning": "bold yellow",
}
"""What each word for a thing looks like.  Colour never says what words do not say too."""

LEAST = 15
"""The narrowest that a column of words gets: ``trainable=False`` stays in one piece."""

_END = re.compile(r"(?: |\x1b\[[0-9;]*m)+$")

ROOMY = 10_000
"""Columns when nobody said how many there are: nothing folds."""


def render(report: Report, options: Options = DEFAULT) -> str:
    """The report for a terminal of ``options.width`` columns, ending in a newline."""
    room = options.width or ROOMY
    blocks = build(report, options)
    parts: list[RenderableType] = []
    needed = room
    previous = ""
    for block in blocks:
        kind = block.kind if isinstance(block, Paragraph) else "table"
        if previous and kind != "advice":
            parts.append(Text(""))
        rendered, took = _lowered(block, room)
        parts.extend(rendered)
        needed = max(needed, took)
        previous = kind
    return printed(parts, needed, options)


def printed(parts: list[RenderableType], columns: int, options: Options) -> str:
    """``parts`` as text for a terminal of ``columns`` columns."""
    stream = StringIO()
    console = Console(
        file=stream,
        width=columns,
        height=100,
        force_terminal=True,
        force_jupyter=False,
        # The sixteen colours of the terminal's own theme are readable on whatever its background is.
        color_system="standard" if options.color else None,
        no_color=not options.color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
    return "".join([_trimmed(line) + "\n" for line in stream.getvalue().splitlines()])


def _trimmed(line: str) -> str:
    """``line`` without the spaces at its end, which may stand between escape sequences."""
    end = _END.search(line)
    return line if end is None else line[: end.start()] + end.group().replace(" ", "")


def _lowered(block: Block, room: int) -> tuple[list[RenderableType], int]:
    """What to print for ``block``, and how many columns that needs at least."""
    if isinstance(block, Paragraph):
        return [_paragraph(block)], 0
    table, widths, dropped = fitted(used(block), room)
    parts = list(_chunks(table, widths, room))
    if dropped:
        titles = " and ".join(filter(None, [", ".join(dropped[:-1]), dropped[-1]]))
        parts.append(Text(f"No room for {titles}: widen the terminal, or pipe the output", style="dim"))
    return parts, line_length(widths)


def _paragraph(block: Paragraph) -> RenderableType:
    text = Text.assemble(*[(words, STYLES.get(style, "")) for words, style in block.segments])
    if block.kind == "advice":
        return Padding(Text(block.text.strip(), style="dim"), (0, 0, 0, block.hang))
    return text


def fitted(table: Table, room: int) -> tuple[Table, list[int], list[str]]:
    """``table`` with as many columns as ``room`` allows, their widths, and the titles of those left out."""
    order = sorted([(column.spare, index) for index, column in enumerate(table.columns) if column.spare], reverse=True)
    spare = [index for _, index in order]
    choices = [spare[:number] for number in range(len(spare) + 1)]
    natural = natural_widths(table)
    for out in choices:
        keep = [index for index in range(len(table.columns)) if index not in out]
        widths = _widths(table, natural, keep, room, 3)
        if line_length(widths) <= room:
            break
    else:
        widths = _widths(table, natural, keep, room, 8)
    dropped = [table.columns[index].title for index in sorted(out) if table.columns[index].title]
    return select(table, keep), widths, dropped


def natural_widths(table: Table) -> list[int]:
    """The widths at which nothing folds."""
    widths = [width(column.title) for column in table.columns]
    for line in table.lines:
        for index, cell in enumerate(line.cells):
            indent = 2 * line.depth if index == 0 else 0
            if line.kind != "note" or index == 0:
                widths[index] = max(widths[index], width(cell) + indent)
    return widths


def _widths(table: Table, natural: list[int], keep: list[int], room: int, divisor: int) -> list[int]:
    """Widths for the columns ``keep``: those that may fold shrink to a part of ``room``, then take what is left."""
    widths = [natural[index] for index in keep]
    folding = [place for place, index in enumerate(keep) if table.columns[index].fold]
    for place in folding:
        least = max(LEAST, room // divisor)
        widths[place] = min(widths[place], least)
    left = room - line_length(widths)
    for place in folding:
        more = max(0, min(left, natural[keep[place]] - widths[place]))
        widths[place] += more
        left -= more
    return widths


def _chunks(table: Table, widths: list[int], room: int) -> Iterator[RenderableType]:
    """The table in pieces: grids of aligned lines, and between them rules, gaps and lines of words."""
    grid = _grid(table, widths, titles=True)
    for line in table.lines:
        if line.kind in ("note", "gap") or (line.kind == "sum" and table.name != "totals"):
            if grid.row_count or grid.show_header:
                yield grid
            grid = _grid(table, widths, titles=False)
        if line.kind == "gap":
            yield Text("")
        elif line.kind == "note":
            yield _note(line, widths[0], room)
        else:
            if line.kind == "sum" and table.name != "totals":
                yield Text("─" * line_length(_to_numbers(table, widths)), style="dim")
            grid.add_row(*_cells(table, line))
    if grid.row_count or grid.show_header:
        yield grid


def _to_numbers(table: Table, widths: list[int]) -> list[int]:
    """The widths up to the last column of numbers."""
    return widths[: 1 + max([index for index, column in enumerate(table.columns) if column.right])]


def _grid(table: Table, widths: list[int], *, titles: bool) -> Grid:
    shown = titles and any(column.title for column in table.columns)
    grid = Grid(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, show_header=shown, header_style="bold")
    for column, columns in zip(table.columns, widths, strict=True):
        justify = "right" if column.right else "left"
        grid.add_column(
            column.title,
            justify=justify,  # type: ignore[arg-type]
            width=columns,
            no_wrap=not column.fold,
            overflow="fold",
        )
    return grid


def _cells(table: Table, line: Line) -> Iterator[RenderableType]:
    for index, cell in enumerate(line.cells):
        column = table.columns[index]
        style = (line.styles[index] if line.styles else "") or column.style
        text = Text(cell, style=STYLES.get(style, ""), overflow="fold")
        yield Padding(text, (0, 0, 0, 2 * line.depth)) if index == 0 and line.depth else text


def _note(line: Line, label: int, room: int) -> Grid:
    style = STYLES.get(line.styles[-1] if line.styles else "", "")
    grid = Grid(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, show_header=False)
    grid.add_column(width=label)
    grid.add_column(max_width=max(12, room - label - len(GAP)), overflow="fold")
    grid.add_row(Text(line.cells[0], style=style), Text(line.cells[-1], style=style or "dim"))
    return grid
