"""An explanation as HTML: formulas in MathML, which browsers set without a script; nothing comes from elsewhere."""

from __future__ import annotations

from html import escape

from paramcount.formula import Number
from paramcount.notation import mathml
from paramcount.render.build import header
from paramcount.render.document import printable
from paramcount.render.explanation_rows import note_text, role_words, shape_text, sizes_text, total_note, total_text
from paramcount.render.html_style import STYLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.explaining.records import Item, Line
    from paramcount.explanation import Explanation
    from paramcount.formula import Expression
    from paramcount.render.lessons import Lesson

OWN_STYLE = """
.paramcount details.pc-line{margin:.15em 0;border-bottom:1px solid rgba(128,128,128,.18);padding:.15em .2em}
.paramcount details.pc-line>summary::before{content:"\\25B8";display:inline-block;width:1.1em;opacity:.7}
.paramcount details[open].pc-line>summary::before{content:"\\25BE"}
.paramcount .pc-inner{margin:.2em 0 .6em 1.1em}
.paramcount .pc-inner p{margin:.3em 0;max-width:48em}
.paramcount .pc-value{font-weight:600;font-variant-numeric:tabular-nums}
.paramcount .pc-total{border-top:1px solid rgba(128,128,128,.6);padding-top:.3em}
.paramcount math{font-size:1.05em}
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}
</body>
</html>
"""


def render(explanation: Explanation, level: str = "") -> str:
    """The explanation as a page that stands alone."""
    title = explanation.report.source.path or explanation.report.model.root.name or "model"
    return PAGE.format(title=escape(printable(title)), body=fragment(explanation, level or "variables"))


def fragment(explanation: Explanation, level: str = "variables") -> str:
    """The explanation as a part of a page, one line a layer that opens on its variables."""
    lessons: list[Lesson] = []
    if level == "teach":
        from paramcount.render.lessons import lessons as taught

        lessons = taught(explanation)
    parts = [_header(explanation)]
    for index, line in enumerate(explanation.lines):
        parts.append(_line(line, lessons[index] if lessons else None, level))
    parts.append(_total(explanation))
    parts += _after(explanation, level)
    return f'<div class="paramcount"><style>{STYLE}{OWN_STYLE}</style>{"".join(parts)}</div>\n'


def _header(explanation: Explanation) -> str:
    spans = [f'<span class="pc-{style}">{escape(text)}</span>' for text, style in header(explanation.report).segments]
    return f'<p class="pc-header">{"".join(spans)}</p>'


def _line(line: Line, lesson: Lesson | None, level: str) -> str:
    note = note_text(line)
    style = "warning" if line.reason else "muted"
    shown = f' <span class="pc-{style}">{escape(printable(note))}</span>' if note else ""
    first = f'<span class="pc-title">{escape(printable(line.path))}</span> {_calculation(line)}{shown}'
    if not line.items or level == "line":
        return f'<p class="pc-line">{first}</p>'
    opened = " open" if lesson is not None else ""
    return f'<details class="pc-line"{opened}><summary>{first}</summary>{_inner(line, lesson)}</details>'


def _calculation(line: Line) -> str:
    value = f'<span class="pc-value">{escape(line.result)}</span>'
    return f"{mathml(line.formula)} = {value}" if line.expression and line.formula is not None else value


def _inner(line: Line, lesson: Lesson | None) -> str:
    parts = []
    if line.formula is not None and any(True for _ in line.formula.symbols()):
        parts.append(f"<p>{mathml(line.formula, names=True)}</p>")
    rows = "".join([_item(item) for item in line.items])
    parts.append(f'<div class="pc-scroll"><table class="pc-table">{rows}</table></div>')
    if lesson is not None:
        sizes = [
            f"<tr><td><code>{escape(left)}</code></td><td>{escape(right)}</td></tr>" for left, right in lesson.sizes
        ]
        parts += [f'<table class="pc-table">{"".join(sizes)}</table>'] if sizes else []
        parts += [f"<p>{escape(printable(sentence))}</p>" for sentence in lesson.sentences]
    return f'<div class="pc-inner">{"".join(parts)}</div>'


def _item(item: Item) -> str:
    value = "?" if item.value is None else str(item.value)
    formula = escape(sizes_text(item)) if item.differs else _sizes(item.formula)
    role = item.variable.role.value
    cells = (
        f"<td><code>{escape(printable(item.name))}</code></td>",
        f"<td>{escape(shape_text(item))}</td>",
        f"<td>{formula}</td>",
        f'<td class="pc-right pc-value">{value}</td>',
        f'<td><span class="pc-dot pc-fill-{role}"></span>{escape(role_words(item) or "trains")}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _sizes(formula: Expression | None) -> str:
    return "" if formula is None or isinstance(formula, Number) else mathml(formula)


def _total(explanation: Explanation) -> str:
    total = explanation.total
    note = f' <span class="pc-muted">{escape(printable(total_note(total)))}</span>' if total_note(total) else ""
    return (
        f'<p class="pc-total"><b>{total.label}</b> <span class="pc-value">{escape(total_text(total))}</span>{note}</p>'
    )


def _after(explanation: Explanation, level: str) -> Iterator[str]:
    if level == "teach":
        from paramcount.render.lessons import of_model, without_weights

        if explanation.total.label == "total":
            yield from (f"<p>{escape(printable(sentence))}</p>" for sentence in of_model(explanation))
        nothing = [f"<li>{escape(printable(names))}: {escape(why)}</li>" for names, why in without_weights(explanation)]
        yield from [f"<p><b>Without weights</b></p><ul>{''.join(nothing)}</ul>"] if nothing else []
    for finding in explanation.report.findings:
        if finding.severity != "info":
            yield (
                f'<p class="pc-finding"><span class="pc-warning">Warning [{escape(printable(finding.id))}]</span>'
                f" {escape(printable(finding.where))} {escape(printable(finding.message))}</p>"
            )
