"""What the pages of ``docs/layers/`` say of a layer, computed by paramcount: variables, formulas, options, dialects."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from layer_examples import ELSEWHERE, PAGES, TENSORS, VALUES

from paramcount.architecture.describe import batched, model_of
from paramcount.cli.layer import model_of_text
from paramcount.cli.shapes import parse
from paramcount.errors import ParamcountError
from paramcount.explaining.composing import terms_of
from paramcount.explaining.notes import peeled
from paramcount.explanation import explain
from paramcount.formula import COPIES, Expression, Symbol
from paramcount.layers.signatures import BASE, REQUIRED, names, signature
from paramcount.model import Role
from paramcount.notation import text
from paramcount.report import Report

if TYPE_CHECKING:
    from paramcount.explaining.records import Line
    from paramcount.model import Model, Shapes


class Example(NamedTuple):
    """The worked example of a layer."""

    class_name: str
    call: str
    """As it is typed."""
    shapes: tuple[str, ...]
    """Of its inputs, as they are typed for ``--input-shape``."""


class Row(NamedTuple):
    """One variable."""

    name: str
    sizes: str
    """Of its axes by their names: ``(inputs, units)``."""
    shape: tuple[int | None, ...] | None
    trains: str
    """``yes``, or why not."""


class Facts(NamedTuple):
    """What one layer owns and gives."""

    rows: tuple[Row, ...]
    formula: str
    """By names, in the form of the textbooks."""
    calculation: str
    """With numbers: ``(3 + 1) * 5 = 20``."""
    total: int | None
    output: Shapes
    lines: tuple[Line, ...]
    parts: dict[str, str]
    """Names of the layers inside that share a formula to their addend in it; empty for a layer without any."""


class Tried(NamedTuple):
    """One option with another value."""

    option: str
    typed: str
    """Such as ``use_bias=False``; there may be other options that it works together with."""
    facts: Facts
    without: Facts
    """What the layer is without the option, but with the others."""


class Options(NamedTuple):
    """The options of a layer, by what another value of them did."""

    formula: list[Tried]
    """The formula or the list of variables became another."""
    sizes: list[str]
    """Other numbers in the same formula."""
    output: list[str]
    """Another output shape alone."""
    neither: list[str]
    unknown: list[Tried]
    """With another value the count is not known."""
    untried: list[str]
    """No other value was at hand that is accepted."""


def examples() -> dict[str, list[Example]]:
    """Family to its examples, in the order of the page."""
    found = {}
    for family, page in PAGES.items():
        rows = [[part.strip() for part in row.split(" @ ")] for row in page.examples.strip().splitlines()]
        found[family] = [Example(call.partition("(")[0], call, tuple(shapes)) for call, *shapes in rows]
    return found


@cache
def exists(class_name: str, tf_keras: bool) -> bool:
    """Whether Keras 3 or tf_keras has the layer."""
    return class_name in names(tf_keras)


@cache
def facts(call: str, shapes: tuple[str, ...], tf_keras: bool) -> Facts | None:
    """What the typed layer is; None when it is refused."""
    try:
        model = _model(call, shapes, tf_keras)
    except ParamcountError:
        return None
    found = explain(Report(model))
    lines = found.lines or found.weightless
    rows = tuple(_row(line, index) for line in lines for index in range(len(line.items)))
    formulas = [_in_names(line.formula) for line in lines if line.formula is not None]
    numbers = [f"{line.expression} = {line.result}" if line.expression else line.result for line in lines]
    sums = numbers[0] if len(lines) == 1 else ""
    output = model.root.output_shape
    return Facts(rows, " + ".join(formulas), sums, _total(lines), output, lines, _parts(lines))


def _parts(lines: tuple[Line, ...]) -> dict[str, str]:
    """The addends of a composite layer, as attention is one."""
    terms = [term for line in lines for term in terms_of(line.items)]
    found = {term.holder.name: _in_names(term.formula) for term in terms}
    return found if len(found) == len(terms) > 1 else {}


def _model(call: str, shapes: tuple[str, ...], tf_keras: bool) -> Model:
    """The typed layer; one that is not in ``keras.layers`` has the arguments of its call as its config."""
    name = call.partition("(")[0]
    if exists(name, False) or exists(name, True):
        return model_of_text(f"tf_keras.layers.{call}" if tf_keras else call, shapes, tf_keras)
    config = {node.arg: ast.literal_eval(node.value) for node in _call(call).keywords}
    return model_of({"class_name": name, "config": config}, batched(parse(shapes)), tf_keras=tf_keras)


def _total(lines: tuple[Line, ...]) -> int | None:
    values = [0 if line.status == "none" else line.value for line in lines]
    return None if None in values else sum(value or 0 for value in values)


def _row(line: Line, index: int) -> Row:
    item = line.items[index]
    variable = item.variable
    axes = variable.axes
    sizes = "not known" if axes is None else f"({', '.join(_counted(text(axis, names=True), axis) for axis in axes)})"
    trains = "yes" if variable.role is Role.TRAINABLE else f"no: {variable.reason}"
    if variable.role is Role.UNDETERMINED:
        trains = "not known"
    return Row(item.name, sizes, variable.shape, trains)


def _in_names(formula: Expression) -> str:
    """``4 * (units * (units + inputs) + units)``: what is merely so many times the same is given by its number."""
    copies, inner = peeled(formula)
    front = "".join(f"{symbol.number} * " for symbol in copies if symbol.number != 1)
    shown = _counted(text(inner, names=True), inner)
    return f"{front}({shown})" if front and _is_sum(shown) else front + shown


def _is_sum(shown: str) -> bool:
    depth = 0
    for index, sign in enumerate(shown):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and shown.startswith(" + ", index):
            return True
    return False


def _counted(shown: str, expression: Expression) -> str:
    """The names of numbers of copies replaced by the numbers: ``4 * units`` for ``gates * units``."""
    for symbol in expression.symbols():
        if symbol.kind == COPIES and symbol.number is not None:
            once = rf"\b{symbol.name} \* " if symbol.number == 1 else rf"\b{symbol.name}\b"
            shown = re.sub(once, "" if symbol.number == 1 else str(symbol.number), shown)
    return shown


def symbols(found: Facts) -> list[tuple[Symbol, Line]]:
    """The sizes in the formulas, without numbers of copies."""
    pairs: dict[str, tuple[Symbol, Line]] = {}
    for line in found.lines:
        for item in line.items:
            for axis in item.variable.axes or ():
                for symbol in axis.symbols():
                    if symbol.kind != COPIES:
                        pairs.setdefault(symbol.name, (symbol, line))
    return list(pairs.values())


@cache
def options(example: Example, tf_keras: bool) -> Options:
    """What other values of each option change."""
    found = Options([], [], [], [], [], [])
    base = facts(example.call, example.shapes, tf_keras)
    if base is None:
        raise SystemExit(f"this example is refused: {example.call}")
    beside: set[str] = set()
    for option in own_options(example.class_name, tf_keras):
        every = variants(example, option, tf_keras)
        tried = [one for one in every if one.facts.total is not None]
        if every and not tried:
            found.unknown.append(every[0])
            continue
        kinds = [_kind(one.without, one.facts) for one in tried]
        if "formula" in kinds:
            found.formula.append(tried[kinds.index("formula")])
            beside |= set(_keywords(found.formula[-1].typed)) - {option}
            continue
        place = next((kind for kind in ("sizes", "output", "neither") if kind in kinds), "untried")
        getattr(found, place).append(option)
    # What only works together with an option is shown with it.
    return found._replace(neither=[option for option in found.neither if option not in beside])


def _kind(base: Facts, other: Facts) -> str:
    if base.formula != other.formula or [(r.name, r.sizes, r.trains) for r in base.rows] != [
        (r.name, r.sizes, r.trains) for r in other.rows
    ]:
        return "formula"
    if base.rows != other.rows:
        return "sizes"
    comparable = base.output is not None and other.output is not None
    return "output" if comparable and base.output != other.output else "neither"


def own_options(class_name: str, tf_keras: bool) -> list[str]:
    """The options of the class itself, without those that every layer has."""
    found = signature(class_name, tf_keras)
    left_out = {*BASE, "dynamic", *TENSORS, *ELSEWHERE}
    return [] if found is None else [name for name, _ in found.parameters if name not in left_out]


@cache
def variants(example: Example, option: str, tf_keras: bool) -> tuple[Tried, ...]:
    """The example with other values of one option, as far as they are accepted."""
    given = _given(example, tf_keras)
    default = dict(signature(example.class_name, tf_keras).parameters)[option]  # type: ignore[union-attr]
    found = []
    for value in _values(example.class_name, option, given.get(option, default)):
        typed = f"{option}={value}"
        more = _keywords(typed)
        beside = {name: source for name, source in more.items() if name != option}
        made = facts(_typed(example, tf_keras, more), example.shapes, tf_keras)
        base = facts(example.call, example.shapes, tf_keras)
        without = facts(_typed(example, tf_keras, beside), example.shapes, tf_keras) or base
        if made is not None and without is not None:
            found.append(Tried(option, typed, made, without))
    return tuple(found)


def typed_with(example: Example, tf_keras: bool, typed: str) -> str:
    """The call of the example with options as ``variants`` shows them."""
    return _typed(example, tf_keras, _keywords(typed))


def _typed(example: Example, tf_keras: bool, more: dict[str, str]) -> str:
    """The call of the example with other options."""
    merged = {**{name: ast.unparse(node) for name, node in _given(example, tf_keras).items()}, **more}
    return f"{example.class_name}({', '.join(f'{name}={source}' for name, source in merged.items())})"


def _keywords(typed: str) -> dict[str, str]:
    return {str(node.arg): ast.unparse(node.value) for node in _call(f"f({typed})").keywords}


def _given(example: Example, tf_keras: bool) -> dict[str, ast.expr]:
    """The arguments of the example by the names of their options."""
    call = _call(example.call)
    found = signature(example.class_name, tf_keras)
    assert found is not None  # noqa: S101 - only classes of the framework are asked for
    placed = zip([name for name, _ in found.parameters], call.args, strict=False)
    return {**dict(placed), **{str(node.arg): node.value for node in call.keywords}}


def _call(source: str) -> ast.Call:
    tree = ast.parse(source, mode="eval").body
    assert isinstance(tree, ast.Call)  # noqa: S101 - the examples are calls
    return tree


def _values(class_name: str, option: str, current: object) -> list[str]:
    """Other values than the current one, as they are typed."""
    listed = VALUES.get(f"{class_name}.{option}", VALUES.get(option))
    shown = ast.unparse(current) if isinstance(current, ast.expr) else repr(current)
    value: object = None
    if current is not REQUIRED:
        try:
            value = ast.literal_eval(shown)
        except (ValueError, SyntaxError):
            value = None
    found = [*(listed or ()), *_near(value, option)]
    return [one for one in dict.fromkeys(found) if one != shown]


def _near(value: object, option: str) -> list[str]:
    """Values of the same kind."""
    if option.endswith("initializer"):
        return ["'ones'"]
    if option.endswith("regularizer"):
        return ["'l2'"]
    if option.endswith("constraint"):
        return ["'non_neg'"]
    if isinstance(value, bool):
        return [str(not value)]
    if isinstance(value, int):
        return [str(value + 1), str(value * 2)]
    if isinstance(value, float):
        return [str(value / 2)] if value else ["0.5"]
    if isinstance(value, tuple) and value and all(type(one) is int for one in value):
        return [str(tuple(one + 1 for one in value)), str(tuple(one * 2 for one in value))]
    if isinstance(value, tuple) and value and all(isinstance(one, (int, float)) for one in value):
        return [str(tuple(one / 2 for one in value))]
    return ["2"] if isinstance(value, tuple) else []


def axes_that_count(example: Example, tf_keras: bool) -> list[list[int]]:
    """For each input the axes, counted from 1 behind the batch axis, of which a larger size changes the count."""
    base = facts(example.call, example.shapes, tf_keras)
    assert base is not None  # noqa: S101 - the caller has shown it
    found = []
    for place, shape in enumerate(example.shapes):
        sizes = shape.split(",")
        changing = []
        for axis, size in enumerate(sizes):
            for step in (1, int(size)):
                other = ",".join([*sizes[:axis], str(int(size) + step), *sizes[axis + 1 :]])
                made = facts(example.call, (*example.shapes[:place], other, *example.shapes[place + 1 :]), tf_keras)
                if made is not None and made.total is not None:
                    if made.total != base.total:
                        changing.append(axis + 1)
                    break
        found.append(changing)
    return found


class Difference(NamedTuple):
    """What tf_keras makes otherwise."""

    typed: str
    """The option, ``padding='same'``; empty for the example itself."""
    kind: str
    """``names``, ``variables`` or ``output``."""
    keras: Facts
    tf_keras: Facts


def differences(example: Example) -> list[Difference]:
    """What Keras 3 and tf_keras make otherwise: of the example, and else with single options.

    What one of the two refuses, or of which it does not tell the count, is left out.
    """
    new, old = facts(example.call, example.shapes, False), facts(example.call, example.shapes, True)
    found = [("", _difference(new, old), new, old)]
    both = [name for name in own_options(example.class_name, False) if name in own_options(example.class_name, True)]
    for option in both:
        before = {one.typed: one.facts for one in variants(example, option, True)}
        for one in variants(example, option, False):
            other = before.get(one.typed)
            found.append((one.typed, _difference(one.facts, other), one.facts, other))
    base = found[0][1]
    return [
        Difference(typed, kind, keras, tf_keras)
        for typed, kind, keras, tf_keras in found
        if kind and keras is not None and tf_keras is not None and (not typed or kind != base)
    ]


def _difference(new: Facts | None, old: Facts | None) -> str:
    """In what two layers differ most; empty when they do not, or cannot be compared."""
    if new is None or old is None or new.total is None or old.total is None:
        return ""
    if [(row.shape, row.trains) for row in new.rows] != [(row.shape, row.trains) for row in old.rows]:
        return "variables"
    if [row.name for row in new.rows] != [row.name for row in old.rows]:
        return "names"
    return "output" if new.output != old.output and None not in (new.output, old.output) else ""


def other_defaults(class_name: str) -> list[tuple[str, object, object]]:
    """Options whose default is another in tf_keras: name, in Keras 3, in tf_keras."""
    new, old = (signature(class_name, tf_keras) for tf_keras in (False, True))
    if new is None or old is None:
        return []
    before = dict(old.parameters)
    return [
        (name, value, before[name])
        for name, value in new.parameters
        if name in before and name not in BASE and _plain(value) != _plain(before[name])
    ]


def _plain(value: object) -> object:
    """A default as it acts: ``(2, 2)`` and 2 are one, and so are None and the format that Keras begins with."""
    if isinstance(value, tuple) and value and len(set(map(str, value))) == 1:
        return _plain(value[0])
    if isinstance(value, str):
        value = value.lower()
    return None if value == "channels_last" else value


def status_of_class(class_name: str) -> str:
    """What is shown of a layer of which only the class is known."""
    model = model_of({"class_name": class_name, "config": {"name": "layer"}}, (None, 8))
    found = explain(Report(model))
    lines = found.lines or found.weightless
    output = "output shape not known" if model.root.output_shape is None else "output shape known"
    return f"`{lines[0].result}` parameters, {output}"


def is_old(example: Example) -> bool:
    """Whether only tf_keras has the layer."""
    return exists(example.class_name, True) and not exists(example.class_name, False)


def shown_facts(example: Example) -> Facts:
    """What the example is, in Keras 3 if that has the layer.

    Raises:
        SystemExit: when paramcount refuses it.
    """
    found = facts(example.call, example.shapes, is_old(example))
    if found is None:
        raise SystemExit(f"this example is refused: {example.call}")
    return found


def may_own(example: Example) -> bool:
    """Whether the layer has variables in its example or with some option."""
    if shown_facts(example).rows:
        return True
    dialects = [tf_keras for tf_keras in (False, True) if exists(example.class_name, tf_keras)]
    return any(options(example, old).formula or options(example, old).unknown for old in dialects)
