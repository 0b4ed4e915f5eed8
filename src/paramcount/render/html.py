"""A self-contained HTML fragment for notebooks: a tree that opens and closes without a script, light or dark."""

from __future__ import annotations

from html import escape

from paramcount.render.build import build
from paramcount.render.document import Paragraph, used
from paramcount.render.html_style import STYLE
from paramcount.render.numbers import BAR_WIDTH, bar_eighths
from paramcount.render.options import DEFAULT
from paramcount.render.text import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.render.document import Block, Column, Line, Table
    from paramcount.render.options import Options
    from paramcount.report import Report

ROLES = frozenset({"trainable", "frozen", "state", "undetermined", "unknown"})
"""Styles that are shown as a dot of a colour before the words: words alone must do on any background."""


def render(report: Report, options: Options = DEFAULT) -> str:
    """The report as an HTML fragment: all levels and all tensors, folded away below their layers."""
    options = options._replace(depth=None, variables=True) if options.top is None else options
    parts = [_block(block) for block in build(report, options)]
    return f'<div class="paramcount"><style>{STYLE}</style>{"".join(parts)}</div>'


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _paragraph(block)
    table = used(block)
    return _tree(table) if table.name == "layers" else _table(table)


def _paragraph(block: Paragraph) -> str:
    spans = [
        f'<span class="pc-{style}">{escape(text)}</span>' if style else escape(text) for text, style in block.segments
    ]
    return f'<p class="pc-{block.kind}">{"".join(spans)}</p>'


def _tree(table: Table) -> str:
    """Rows on one grid, so that their columns align however deep they lie; those below fold away."""
    lines = table.lines
    parts = [_row([column.title for column in table.columns], table, "pc-row pc-titles", None)]
    open_levels: list[int] = []
    for index, line in enumerate(lines):
        while open_levels and open_levels[-1] >= line.depth:
            parts.append("</details>")
            open_levels.pop()
        row = _row(list(line.cells), table, f"pc-row pc-{line.kind}", line)
        if index + 1 < len(lines) and lines[index + 1].depth > line.depth:
            parts.append(f"<details><summary>{row}</summary>")
            open_levels.append(line.depth)
        else:
            parts.append(row)
    parts.append("</details>" * len(open_levels))
    grid = " ".join([_track(table, index, column) for index, column in enumerate(table.columns)])
    return f'<div class="pc-tree"><div class="pc-rows" style="--pc-grid:{grid}">{"".join(parts)}</div></div>'


def _track(table: Table, index: int, column: Column) -> str:
    """The width of one column: numbers and shapes as wide as the widest, words as much as is left."""
    if column.style == "bar":
        return "5em"
    widest = max(
        width(column.title), *[width(line.cells[index]) + 2 * line.depth * (not index) for line in table.lines]
    )
    if column.right:
        return f"{widest + 1}ch"
    if index == 0:
        # Names have no spaces to break at, so they get more than their share.
        return f"minmax(14em,{min(widest * 1.3, 60):.0f}fr)"
    least = 9 if column.fold else 6
    return f"minmax({least}em,{min(max(widest, 8), 40)}fr)"


def _row(cells: list[str], table: Table, kind: str, line: Line | None) -> str:
    spans = []
    for index, (text, column) in enumerate(zip(cells, table.columns, strict=True)):
        style = line.styles[index] if line is not None and line.styles else ""
        indent = f' style="padding-left:{1.2 * line.depth + 1.2:.1f}em"' if line is not None and index == 0 else ""
        spans.append(f"<span{_classes(column, style)}{indent}>{_content(text, column, style)}</span>")
    return f'<div class="{kind}">{"".join(spans)}</div>'


def _classes(column: Column, style: str) -> str:
    """The attribute that says how a cell looks; nothing for most, as a model has thousands of them."""
    names = ["pc-right" if column.right else "", f"pc-{column.style}" if column.style in ("muted", "bar") else ""]
    if style and style not in ROLES:
        names.append(f"pc-{style}")
    found = " ".join([name for name in names if name])
    return f' class="{found}"' if found else ""


def _content(text: str, column: Column, style: str) -> str:
    if not text:
        return ""
    if column.style == "bar":
        share = 100 * bar_eighths(text) / (8 * BAR_WIDTH)
        return f'<span class="pc-fill pc-fill-{escape(style)}" style="width:{share:.2f}%"></span>'
    dot = f'<span class="pc-dot pc-fill-{escape(style)}"></span>' if style in ROLES and not column.right else ""
    return dot + escape(text)


def _table(table: Table) -> str:
    """A table that needs no folding."""
    rows = []
    if any(column.title for column in table.columns):
        rows.append("<tr>" + "".join([_head(column) for column in table.columns]) + "</tr>")
    rows += [f'<tr class="pc-{line.kind or "plain"}">{_cells(line, table)}</tr>' for line in table.lines]
    return f'<div class="pc-scroll"><table class="pc-table">{"".join(rows)}</table></div>'


def _head(column: Column) -> str:
    return f'<th class="{"pc-right" if column.right else ""}">{escape(column.title)}</th>'


def _cells(line: Line, table: Table) -> str:
    columns = table.columns
    if line.kind == "gap":
        return f'<td colspan="{len(columns)}"></td>'
    if line.kind == "heading":
        return f'<td colspan="{len(columns)}">{escape(line.cells[0])}</td>'
    if line.kind == "note":
        style = line.styles[0] if line.styles else ""
        first = _content(line.cells[0], columns[0], style)
        return f'<td>{first}</td><td class="pc-muted" colspan="{len(columns) - 1}">{escape(line.cells[-1])}</td>'
    cells = []
    for index, (text, column) in enumerate(zip(line.cells, columns, strict=True)):
        style = line.styles[index] if line.styles else ""
        indent = ' style="padding-left:1.2em"' if line.depth and index == 0 else ""
        cells.append(f"<td{_classes(column, style)}{indent}>{_content(text, column, style)}</td>")
    return "".join(cells)
