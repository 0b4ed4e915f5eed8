"""Plain text: columns aligned, nothing cut, no colours."""

from __future__ import annotations

from paramcount.render.build import build
from paramcount.render.document import Paragraph
from paramcount.render.options import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.render.document import Table
    from paramcount.render.options import Options
    from paramcount.report import Report

GAP = "  "
GLYPHS = "·█▏▎▍▌▋▊▉─"
"""The characters beyond ASCII that the renderers themselves write; each is one column wide."""

_OWN = dict.fromkeys(map(ord, GLYPHS), ".")


def render(report: Report, options: Options = DEFAULT) -> str:
    """The report as text, ending in a newline."""
    lines: list[str] = []
    previous = ""
    for block in build(report, options):
        if isinstance(block, Paragraph):
            if previous and block.kind != "advice" and not (block.kind == previous == "finding"):
                lines.append("")
            lines.append(block.text)
            previous = block.kind
        else:
            lines.append("")
            lines.extend(table_lines(block))
            previous = "table"
    return "\n".join(lines) + "\n"


def table_lines(table: Table) -> list[str]:
    """The lines of one table: a line of titles where it has any, and a rule above every sum."""
    first = [GAP * line.depth + line.cells[0] if line.depth else line.cells[0] for line in table.lines]
    spanning = {index: line.cells[-1] for index, line in enumerate(table.lines) if line.kind == "note"}
    columns, numbers = [], 0
    for index, column in enumerate(table.columns):
        texts = first if index == 0 else [line.cells[index] for line in table.lines]
        if spanning and index:
            texts = ["" if place in spanning else text for place, text in enumerate(texts)]
        if any(texts):
            columns.append(aligned([column.title, *texts], column.right))
            numbers = len(columns) if column.right else numbers
    rows = [GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)]
    found = rows[:1] if rows[0] else []
    for index, (line, row) in enumerate(zip(table.lines, rows[1:], strict=True)):
        if line.kind == "sum" and table.name != "totals":
            found.append("─" * line_length([width(column[0]) for column in columns[:numbers]]))
        found.append(columns[0][index + 1] + GAP + spanning[index] if index in spanning else row)
    return found


def aligned(texts: list[str], right: bool) -> list[str]:
    """One column: ``texts`` with spaces before or behind them, so that all are equally wide."""
    if _is_narrow("".join(texts)):
        room = max(map(len, texts))
        return [text.rjust(room) for text in texts] if right else [text.ljust(room) for text in texts]
    widths = [width(text) for text in texts]
    room = max(widths)
    spaces = [" " * (room - taken) for taken in widths]
    return [space + text if right else text + space for text, space in zip(texts, spaces, strict=True)]


def line_length(widths: list[int]) -> int:
    """How long a line is that is made of columns of these widths."""
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _is_narrow(text: str) -> bool:
    """Whether every character of ``text`` is one column wide for certain: ASCII, and what we write ourselves."""
    return text.isascii() or text.translate(_OWN).isascii()


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    if _is_narrow(text):
        return len(text)
    from unicodedata import combining, east_asian_width

    wide = sum([east_asian_width(char) in "WF" for char in text])
    return len(text) + wide - sum([combining(char) > 0 for char in text])
