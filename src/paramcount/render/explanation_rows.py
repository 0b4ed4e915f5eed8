"""An explanation as lines of styled text: one form for plain text and for terminals of any width.

A calculation is written so that it can be copied, with plain digits; where there is no room, what stands beside it goes
below it, and no number is ever cut.
"""

from __future__ import annotations

from paramcount.explaining.records import DIFFERS, NONE, STORED, UNKNOWN
from paramcount.model import Role
from paramcount.notation import sizes
from paramcount.render.document import printable
from paramcount.render.numbers import layer_shape, percent
from paramcount.render.text import width as columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from paramcount.explaining.records import Item, Line, Total
    from paramcount.explanation import Explanation
    from paramcount.render.document import Segment

    Styled: TypeAlias = list[Segment]

NOTES = 54
"""Where notes begin, unless the calculations need more room."""
FARTHEST = 84
"""A calculation that is longer than this pushes its own note away, and not those of the others."""
PROSE = 100
"""Columns that running text takes at most."""
TERMS = 8
"""A sum of more terms than this is not written out."""
SHAPES, SIZES = 10, 12
"""The least room for the shapes of variables and for the products of their sizes."""
STYLES = {UNKNOWN: "unknown", DIFFERS: "warning", STORED: "muted"}


def rows(explanation: Explanation, level: str, room: int | None = None) -> list[Styled]:
    """The lines to show at a level, none of them longer than ``room`` columns."""
    if level == "line":
        heads = [(_equation(line), _note(line)) for line in explanation.lines]
    else:
        names = max((columns(line.path) for line in explanation.lines), default=0)
        names = max(names, len(explanation.total.label))
        heads = [(_named(line, names), _note(line)) for line in explanation.lines]
    total = _total(explanation, level, max((len(_plain(head)) for head, _ in heads), default=0))
    if total is not None:
        heads.append(total)
    placed = _placed(heads, room)
    found: list[Styled] = []
    between = _between(explanation, level, room)
    for index, lines in enumerate(placed):
        found += lines
        if index < len(between):
            found += between[index]
    found += _after(explanation, level, room)
    while found and not found[-1]:
        found.pop()
    return found


def layer_rows(explanation: Explanation, level: str, room: int | None = None) -> list[Styled]:
    """The lines for one typed layer: ``conv2d = (3 * 6 * 6 + 1) * 64 = 6976``, and beside it the output shape."""
    heads = []
    for line in explanation.lines:
        shown = layer_shape(line.layer.output_shape)
        words = [f"output {shown}" if shown else _no_output(line), line.reason]
        if line.status == NONE or (level != "line" and not line.reason):
            words.append(note_text(line))
        note = "; ".join(word for word in words if word)
        heads.append((_equation(line), [(printable(note), "muted")] if note else []))
    if len(heads) > 1:
        heads += [total] if (total := _total(explanation, "line", 0)) else []
    between = _between(explanation, level, room)
    found: list[Styled] = []
    for index, lines in enumerate(_placed(heads, room)):
        found += lines + (between[index] if index < len(between) else [])
    advice = dict.fromkeys(finding.advice for finding in explanation.report.findings if finding.severity != "info")
    for text in advice:
        found += _indented([(printable(text), "muted")], room, 2) if text else []
    return found


def _no_output(line: Line) -> str:
    """That Keras may not take what it is given, where it is not known what a layer makes of a known input."""
    return "output not known: see whether Keras takes these options and this input" if line.layer.input_shape else ""


def shape_text(item: Item) -> str:
    """The shape of a variable as Python writes it: ``(256,)``; ``?`` for a size that is not known."""
    shape = item.variable.shape
    if shape is None:
        shape = None if item.variable.axes is None else tuple(axis.value for axis in item.variable.axes)
    if shape is None:
        return "(?)"
    shown = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({shown},)" if len(shape) == 1 else f"({shown})"


def sizes_text(item: Item) -> str:
    """The sizes of the axes as factors: ``5 * 4*64``; by the stored shape where no formula is known."""
    axes = item.variable.axes
    if axes is not None and not item.differs:
        return sizes(axes)
    shape = item.variable.shape
    return " * ".join("?" if size is None else str(size) for size in shape) if shape else "1" if shape == () else "?"


def role_words(item: Item) -> str:
    """Why a variable does not train; empty for one that does."""
    role, reason = item.variable.role, item.variable.reason
    words = "" if role is Role.TRAINABLE else role.value
    words = f"{words}: {reason}" if words and reason else words or reason
    if item.differs:
        gives = f"the formula gives {_derived(item)}"
        words = f"{words}; {gives}" if words else gives
    if item.repeated:
        words = f"{words}; counted above" if words else "counted above"
    return printable(words)


def _derived(item: Item) -> str:
    """``4 * 5 = 20``: what the formula says of a variable, for comparison."""
    axes = item.variable.axes or ()
    value = None if item.formula is None else item.formula.value
    return f"{sizes(axes)} = {'?' if value is None else value}" if len(axes) > 1 else sizes(axes)


def total_text(total: Total) -> str:
    """``16 + 25 + 60 + 22 = 123``; ``sum of 104 layers = 25636712`` where that is shorter."""
    if total.value is None:
        return "unknown"
    equals = ">=" if total.lower_bound else "="
    terms = [str(term) for term in total.terms]
    if len(terms) > TERMS:
        left = f"sum of {total.rows} layers" + (f" - {total.shown_twice}" if total.shown_twice else "")
        return f"{left} {equals} {total.value}"
    left = " + ".join([*terms, *["?"] * (total.rows - len(terms))])
    left += f" - {total.shown_twice}" if total.shown_twice else ""
    return f"{left} {equals} {total.value}" if left != str(total.value) else left


def total_note(total: Total) -> str:
    """What is to be said beside the total."""
    twice = f"{total.shown_twice} stand in more than one row and count once" if total.shown_twice else ""
    return "; ".join(part for part in (twice, total.note) if part)


def wrapped(segments: Styled, room: int | None, indent: int) -> list[Styled]:
    """``segments`` in lines of at most ``room`` columns, broken at spaces; what follows is indented."""
    if room is None or columns(_plain(segments)) <= room:
        return [segments]
    indent = min(indent, room // 2)
    lines: list[Styled] = [[]]
    used = 0
    for text, style in segments:
        for piece in _terms(text, room) if style == "formula" else _pieces(text):
            size = columns(piece.rstrip())
            if used + size > room and used > indent:
                lines[-1] = _trimmed(lines[-1])
                lines.append([(" " * indent, "")])
                used = indent
            shown = piece.lstrip() if used == indent and len(lines) > 1 else piece
            lines[-1].append((shown, style))
            used += columns(shown)
    lines[-1] = _trimmed(lines[-1])
    return lines


def _pieces(text: str) -> Iterator[str]:
    """``text`` cut behind each run of spaces."""
    start = 0
    while start < len(text):
        end = text.find(" ", start)
        if end < 0:
            yield text[start:]
            return
        while end < len(text) and text[end] == " ":
            end += 1
        yield text[start:end]
        start = end


def _terms(text: str, room: int) -> Iterator[str]:
    """A formula cut behind each ``+`` that stands in no bracket; at every space where a term alone is too long."""
    depth = start = 0
    terms = []
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and text.startswith("+ ", index):
            terms.append(text[start : index + 2])
            start = index + 2
    for term in [*terms, text[start:]]:
        if columns(term) > room // 2:
            yield from _pieces(term)
        else:
            yield term


def _trimmed(line: Styled) -> Styled:
    """``line`` without spaces at its end."""
    line = list(line)
    while line and not line[-1][0].rstrip():
        line.pop()
    if line:
        line[-1] = (line[-1][0].rstrip(), line[-1][1])
    return line


def _plain(segments: Iterable[Segment]) -> str:
    return "".join([text for text, _ in segments])


def _result(line: Line) -> Styled:
    expression = line.expression
    style = STYLES.get(line.status, "strong")
    found: Styled = [(expression, "formula"), (" = ", "muted")] if expression else []
    return [*found, (line.result, style)]


def _equation(line: Line) -> Styled:
    """``dense = (3 + 1) * 5 = 20``."""
    return [(printable(line.path), "name"), (" = ", "muted"), *_result(line)]


def _named(line: Line, room: int) -> Styled:
    """``lstm        4 * (64 * (64 + 5) + 64) = 17920``."""
    name = printable(line.path)
    return [(name, "title"), (" " * (room - columns(name) + 2), ""), *_result(line)]


def _note(line: Line) -> Styled:
    note = note_text(line)
    style = STYLES.get(line.status, "muted") if line.reason else "muted"
    return [(printable(note), style)] if note else []


def note_text(line: Line) -> str:
    """What stands beside a calculation."""
    if line.status != NONE:
        return line.note
    from paramcount.render.glossary import no_weights

    return no_weights(line.layer.class_name)


def _total(explanation: Explanation, level: str, longest: int) -> tuple[Styled, Styled] | None:  # noqa: ARG001
    total = explanation.total
    if len(explanation.lines) < 2 and len(total.terms) < 2 and total.label == "sum":
        return None
    if not explanation.lines and total.value is None and not total.terms:
        return [("no layer of the model has weights", "muted")], []
    names = max((columns(line.path) for line in explanation.lines), default=0)
    head: Styled = [(total.label, "strong")]
    head += (
        [(" = ", "muted")] if level == "line" else [(" " * (max(names, len(total.label)) - len(total.label) + 2), "")]
    )
    style = "unknown" if total.value is None else "strong"
    note = total_note(total)
    return [*head, (total_text(total), style)], [(note, "muted")] if note else []


def _placed(heads: Sequence[tuple[Styled, Styled]], room: int | None) -> list[list[Styled]]:
    """Each calculation with its note beside it where there is room, below it where there is none."""
    lengths = [columns(_plain(head)) for head, _ in heads]
    place = max([NOTES, *[length + 2 for length in lengths if length + 2 <= FARTHEST]])
    if room is not None:
        notes = [columns(_plain(note)) for _, note in heads]
        wanted = max([start + 2 for start in lengths if start + 2 <= FARTHEST], default=0)
        if place + max(notes, default=0) > room:
            place = min(place, max(wanted, 1))
    found = []
    for (head, note), length in zip(heads, lengths, strict=True):
        start = max(place, length + 2)
        if not note:
            found.append(wrapped(head, room, 4))
        elif room is None or start + columns(_plain(note)) <= room:
            found.append([[*head, (" " * (start - length), ""), *note]])
        else:
            found.append([*wrapped(head, room, 4), *_indented(note, room, 4)])
    return found


def _indented(segments: Styled, room: int | None, indent: int) -> list[Styled]:
    return wrapped([(" " * indent, ""), *segments], room, indent)


def _between(explanation: Explanation, level: str, room: int | None) -> list[list[Styled]]:
    """What stands below each calculation."""
    if level == "line":
        return []
    lines = explanation.lines
    items = [item for line in lines for item in line.items]
    beside = [role_words(item) for item in items]
    if level == "teach":
        beside = _purposes(items, beside)
    grids = _grids(items, beside, room)
    found = []
    position = 0
    for line in lines:
        block = grids[position : position + len(line.items)]
        found.append([] if line.alone else [row for grid in block for row in grid])
        position += len(line.items)
    if level == "teach":
        return _taught(explanation, found, room)
    return found


def _purposes(items: Sequence[Item], beside: list[str]) -> list[str]:
    """What a variable is for, beside the first of its name that has nothing else to say."""
    from paramcount.render.glossary import purpose

    said: set[str] = set()
    found = []
    for item, words in zip(items, beside, strict=True):
        meant = purpose(item.name)
        fresh = not words and meant not in said
        found.append(meant if fresh else words)
        if fresh:
            said.add(meant)
    return found


def _grids(items: Sequence[Item], beside_: Sequence[str], room: int | None) -> list[list[Styled]]:
    """One row a variable, on one grid for the whole model, with some words beside it."""
    table = [
        (printable(item.name), shape_text(item), sizes_text(item), _value(item), words)
        for item, words in zip(items, beside_, strict=True)
    ]
    widths = [max((columns(row[index]) for row in table), default=0) for index in range(4)]
    widths[1], widths[2] = max(widths[1], SHAPES), max(widths[2], SIZES)
    taken = 2 + sum(widths) + 2 * 3 + 2
    found = []
    for item, (name, shape, product, value, role) in zip(items, table, strict=True):
        style = "muted" if item.variable.role is Role.TRAINABLE else str(item.variable.role.value)
        if room is not None and taken > room:
            row: Styled = [(f"  {name}", "name"), (f" {shape}  {product} = ", "muted"), (value, "")]
        else:
            row = [
                ("  " + name.ljust(widths[0] - columns(name) + len(name)) + "  ", "name"),
                (shape.ljust(widths[1]) + "  ", "muted"),
                (product.ljust(widths[2]) + "  = ", "muted"),
                (value.rjust(widths[3]), ""),
            ]
        beside = columns(_plain(row)) + 2 + columns(role)
        if not role:
            found.append(wrapped(row, room, 6))
        elif room is None or beside <= room:
            found.append([[*row, ("  ", ""), (role, style)]])
        else:
            found.append([*wrapped(row, room, 6), *_indented([(role, style)], room, 6)])
    return found


def _value(item: Item) -> str:
    return "?" if item.value is None else str(item.value)


def _taught(explanation: Explanation, variables: list[list[Styled]], room: int | None) -> list[list[Styled]]:
    """The variables, and below them the words."""
    from paramcount.render.lessons import lessons

    found = []
    for lesson, rows_ in zip(lessons(explanation), variables, strict=True):
        wide = max((columns(left) for left, right in lesson.sizes if right), default=0)
        block = list(rows_)
        if lesson.named and lesson.named not in lesson.line.note:
            block += _indented([(lesson.named, "name")], room, 4)
        for left, right in lesson.sizes:
            label: Styled = [(f"    {left.ljust(wide)}  " if right else f"    {left}", "name"), (right, "muted")]
            block += wrapped(label, _prose(room), 6 + wide)
        for sentence in lesson.sentences:
            block += _paragraph(sentence, room, 4)
        found.append([*block, []])
    return found


def _after(explanation: Explanation, level: str, room: int | None) -> Iterator[Styled]:
    """What follows the total."""
    if level == "teach":
        from paramcount.render.lessons import of_model, without_weights

        for sentence in of_model(explanation) if explanation.total.label == "total" else []:
            yield from _paragraph(sentence, room, 2)
        nothing = without_weights(explanation)
        if nothing:
            yield []
            yield [("Without weights", "strong")]
        for names, why in nothing:
            yield from wrapped([(f"  {printable(names)}: ", "name"), (why, "muted")], _prose(room), 4)
    else:
        yield from _standing_out(explanation, room)
    yield from _warnings(explanation, room)


def _warnings(explanation: Explanation, room: int | None) -> Iterator[Styled]:
    """The warnings about what is shown."""
    for finding in explanation.report.findings:
        if finding.severity != "info" and _concerns(explanation, finding.where):
            where = f"{printable(finding.where)}: " if finding.where else ""
            yield []
            text: Styled = [(f"Warning [{printable(finding.id)}] ", "warning"), (where, "name")]
            yield from wrapped([*text, (printable(finding.message), "")], room, 2)
            if finding.advice:
                yield from _indented([(printable(finding.advice), "muted")], room, 2)


def _standing_out(explanation: Explanation, room: int | None) -> Iterator[Styled]:
    """The layer that alone has most of the parameters, which nobody should overlook."""
    largest = explanation.largest()
    if largest is None or not explanation.total.value:
        return
    own = (largest.value or 0) - largest.repeated
    share = percent(own, explanation.total.value)
    yield []
    yield from wrapped(
        [(f"{printable(largest.path)} alone has {own:,} of {explanation.total.value:,} ({share})", "strong")], room, 2
    )


def _concerns(explanation: Explanation, where: str) -> bool:
    """Whether a finding is about something that is shown."""
    if explanation.total.label == "total" or not where:
        return explanation.total.label == "total"
    return any(where == line.path or where.startswith(line.path + "/") for line in explanation.lines)


def _prose(room: int | None) -> int:
    return PROSE if room is None else min(room, PROSE)


def _paragraph(sentence: str, room: int | None, indent: int) -> list[Styled]:
    return _indented([(printable(sentence), "")], _prose(room), indent)
