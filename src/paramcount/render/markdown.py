"""GitHub-flavoured Markdown: the same tables, readable as source too."""

from __future__ import annotations

import re

from paramcount.render.build import build
from paramcount.render.document import Paragraph, used
from paramcount.render.options import DEFAULT
from paramcount.render.text import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.render.document import Line, Table
    from paramcount.render.options import Options
    from paramcount.report import Report

SPECIAL = re.compile(r"[\\`*_\[\]|#~&$]|<(?=[A-Za-z/!?])")
"""What Markdown, or HTML inside it, would take for its own."""

UNDERSCORED = re.compile(r"[\w ./:;,()=%+-]*")
"""Text in which an underscore is all that could mean something; inside a word it does not."""


def render(report: Report, options: Options = DEFAULT) -> str:
    """The report as Markdown, ending in a newline."""
    parts: list[str] = []
    for block in build(report, options):
        if isinstance(block, Paragraph):
            parts.append(_paragraph(block))
        else:
            parts.extend(_pieces(used(block)))
    return "\n\n".join([part for part in parts if part]) + "\n"


def escape(text: str) -> str:
    """``text`` so that Markdown shows exactly it."""
    if UNDERSCORED.fullmatch(text):
        return re.sub(r"\b_|_\b", r"\_", text) if "_" in text else text
    return SPECIAL.sub(lambda found: "\\" + found.group(), text)


def code(text: str) -> str:
    """``text`` as code inside a table cell; a fence longer than any run of backquotes in it."""
    if not text:
        return ""
    fence = "`"
    while fence in text:
        fence += "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    # A table is cut into cells before code is recognised, so a bar needs its backslash even here.
    body = text.replace("|", "\\|")
    return f"{fence}{space}{body}{space}{fence}"


def _paragraph(block: Paragraph) -> str:
    if block.kind == "header":
        name, *rest = block.segments
        return f"**{escape(name[0])}**" + "".join([escape(text) for text, _ in rest])
    if block.kind == "finding":
        first, *rest = block.segments
        return f"> **{escape(first[0])}**" + "".join([escape(text) for text, _ in rest])
    if block.kind == "advice":
        return f"> {escape(block.text.strip())}"
    return escape(block.text)


def _pieces(table: Table) -> list[str]:
    """The table in one piece, or cut at its headings; lines of words below it as text."""
    pieces: list[str] = []
    lines: list[Line] = []
    title = ""
    for line in [*table.lines, None]:
        if line is None or line.kind in ("heading", "gap"):
            pieces += [title, _table(table, lines)] if lines else []
            lines = []
            title = f"**{escape(line.cells[0])}**" if line is not None and line.kind == "heading" else ""
        elif line.kind == "note" and not lines:
            pieces.append(f"{escape(line.cells[0])}: {escape(line.cells[-1])}")
        else:
            lines.append(line)
    return pieces


def _table(table: Table, lines: list[Line]) -> str:
    columns = [index for index, column in enumerate(table.columns) if column.style != "bar"]
    cells = [tuple([_cell(line, index) for index in columns]) for line in lines]
    rights = {place for place, index in enumerate(columns) if table.columns[index].right}
    return grid([table.columns[index].title for index in columns], cells, *rights)


def grid(titles: Sequence[str], rows: Sequence[Sequence[str]], *rights: int) -> str:
    """A table of cells that are Markdown already; the columns at the indices ``rights`` are set to the right."""
    cells = [list(titles), *[list(row) for row in rows]]
    widths = [max(3, *[width(row[index]) for row in cells]) for index in range(len(titles))]
    right = [index in rights for index in range(len(titles))]
    rule = ["-" * (room - 1) + ":" if flush else "-" * room for room, flush in zip(widths, right, strict=True)]
    cells.insert(1, rule)
    return "\n".join([_row(row, widths, right) for row in cells])


def _row(cells: list[str], widths: list[int], rights: list[bool]) -> str:
    padded = []
    for text, room, right in zip(cells, widths, rights, strict=True):
        space = " " * (room - width(text))
        padded.append(space + text if right else text + space)
    return f"| {' | '.join(padded)} |"


def _cell(line: Line, index: int) -> str:
    text = line.cells[index]
    if index == 0 and line.kind in ("layer", "variable"):
        return "&nbsp;&nbsp;" * line.depth + code(text)
    style = line.styles[index] if line.styles else ""
    if style == "strong" and text:
        return f"**{escape(text)}**"
    return escape(text)
