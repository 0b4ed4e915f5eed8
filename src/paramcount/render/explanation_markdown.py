"""An explanation as GitHub-flavoured Markdown, readable as source too."""

from __future__ import annotations

from paramcount.render.build import header
from paramcount.render.document import printable
from paramcount.render.explanation_rows import note_text, role_words, shape_text, sizes_text, total_note, total_text
from paramcount.render.markdown import code, escape, grid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.explaining.records import Item, Line
    from paramcount.explanation import Explanation
    from paramcount.model import Finding


def render(explanation: Explanation, level: str = "") -> str:
    """The explanation as Markdown, ending in a newline."""
    level = level or explanation.level
    name, *facts = header(explanation.report).segments
    parts = [f"**{escape(name[0])}**" + "".join([escape(text) for text, _ in facts])]
    if level == "line":
        parts.append(
            grid(("Layer", "Calculation", ""), [_line_row(line) for line in explanation.lines] + [_sum(explanation)])
        )
    else:
        parts += list(_by_layer(explanation, level))
    parts += [f"> **Warning** {code(printable(f.id))} {escape(printable(f.message))}" for f in _warnings(explanation)]
    return "\n\n".join(parts) + "\n"


def _warnings(explanation: Explanation) -> list[Finding]:
    return [finding for finding in explanation.report.findings if finding.severity != "info"]


def _calculation(line: Line) -> str:
    return code(f"{line.expression} = {line.result}" if line.expression else line.result)


def _line_row(line: Line) -> tuple[str, str, str]:
    return code(printable(line.path)), _calculation(line), escape(printable(note_text(line)))


def _sum(explanation: Explanation) -> tuple[str, str, str]:
    total = explanation.total
    return f"**{total.label}**", code(total_text(total)), escape(total_note(total))


def _by_layer(explanation: Explanation, level: str) -> Iterator[str]:
    """A heading, a table of variables and, for teaching, the words of each layer."""
    from paramcount.render.lessons import lessons, of_model, without_weights

    taught = lessons(explanation) if level == "teach" else []
    for index, line in enumerate(explanation.lines):
        label, calculation, note = _line_row(line)
        yield f"### {label}"
        yield calculation + (f": {note}" if note else "")
        if line.items:
            yield grid(("Variable", "Shape", "Sizes", "Parameters", ""), [_item_row(item) for item in line.items], 3)
        if taught:
            pairs = taught[index].sizes
            sizes = [f"- {code(left)}: {escape(right)}" if right else f"- {code(left)}" for left, right in pairs]
            yield from ["\n".join(sizes)] if sizes else []
            yield from ([escape(printable(" ".join(taught[index].sentences)))] if taught[index].sentences else [])
    label, calculation, note = _sum(explanation)
    yield f"{label} {calculation}" + (f": {note}" if note else "")
    if level == "teach":
        whole = of_model(explanation) if explanation.total.label == "total" else []
        yield from ["\n".join(f"- {escape(printable(sentence))}" for sentence in whole)] if whole else []
        nothing = [f"- {escape(printable(names))}: {escape(why)}" for names, why in without_weights(explanation)]
        yield from ["**Without weights**", "\n".join(nothing)] if nothing else []


def _item_row(item: Item) -> tuple[str, ...]:
    value = "?" if item.value is None else str(item.value)
    return code(printable(item.name)), escape(shape_text(item)), code(sizes_text(item)), value, escape(role_words(item))
