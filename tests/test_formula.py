"""Expressions evaluate, fold without changing their value, and print in every notation."""

from __future__ import annotations

from math import prod
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.folding import fold, repeated
from paramcount.formula import COPIES, INPUT, OPTION, Number, Product, Quotient, Sum, Symbol, product, total
from paramcount.notation import latex, mathml, sizes, text

NAMES = ("units", "inputs", "filters", "kernel_height", "heads", "key_dim", "gates")


@st.composite
def symbols(draw):
    """A named size; one name has one kind, and each occurrence its own number."""
    name = draw(st.sampled_from(NAMES))
    kind = COPIES if name == "gates" else INPUT if name == "inputs" else OPTION
    return Symbol(name, draw(st.integers(1, 40)), kind)


atoms = symbols() | st.integers(1, 9).map(Number)
axes = (
    atoms
    | st.lists(atoms, min_size=2, max_size=3).map(Product)
    | st.builds(lambda top, below: top.per(below), symbols(), st.integers(1, 5).map(Number))
)
variables = st.lists(st.lists(axes, max_size=4), max_size=6)
unknown = st.sampled_from(NAMES).map(lambda name: Symbol(name, None))
expressions = st.recursive(
    atoms | unknown,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(Sum),
        st.lists(inner, min_size=2, max_size=3).map(Product),
        st.builds(Quotient, inner, inner, st.booleans()),
    ),
    max_leaves=8,
)


def plainly(shapes):
    """The sum of products, without any folding."""
    return sum(prod(axis.value for axis in shape) for shape in shapes)


@given(variables)
def test_folding_keeps_the_value(shapes):
    assert fold(shapes).value == plainly(shapes)


@given(variables, st.data())
def test_folding_keeps_the_value_for_all_other_sizes(shapes, data):
    """The form is made by distributing and collecting alone, so it holds whatever the sizes are."""
    folded = fold(shapes)
    found = {symbol for shape in shapes for axis in shape for symbol in axis.symbols()}
    numbers = {symbol: data.draw(st.integers(1, 50)) for symbol in sorted(found, key=repr)}

    def renumbered(part):
        if isinstance(part, Symbol):
            return Symbol(part.name, numbers[part], part.kind)
        if isinstance(part, Quotient):
            return Quotient(renumbered(part.top), renumbered(part.below), part.up)
        if isinstance(part, (Sum, Product)):
            return type(part)([renumbered(each) for each in part.parts()])
        return part

    again = [[renumbered(axis) for axis in shape] for shape in shapes]
    assert renumbered(folded).value == plainly(again)


@given(variables)
def test_a_folded_form_is_no_longer_than_the_plain_one(shapes):
    plain = total(product(shape) for shape in shapes)
    assert len(list(fold(shapes).symbols())) <= len(list(plain.symbols()))


@given(expressions)
def test_text_means_the_value(expression):
    """What is printed can be computed: each name stands for its number."""
    from math import ceil

    shown = text(expression).replace(" / ", " // ")
    if expression.value is None:
        return
    # The quotients of Python's own integers: rounded down in brackets, up inside ceil().
    if "ceil" not in shown and "//" not in shown:
        assert eval(shown, {"ceil": ceil}) == expression.value  # noqa: S307 - made a line above


@given(expressions, st.booleans())
def test_mathml_is_well_formed(expression, names):
    root = ET.fromstring(mathml(expression, names))  # noqa: S314 - made a line above
    assert root.tag == "math"


@given(expressions, st.booleans())
def test_latex_is_balanced(expression, names):
    shown = latex(expression, names)
    depth = 0
    for char in shown:
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert shown.count(r"\left") == shown.count(r"\right")


def test_names_cannot_break_the_markup():
    odd = Symbol('<b>&_"', None)
    assert ET.fromstring(mathml(odd)).find(".//mi").text == '<b>&_"'  # noqa: S314 - made by us
    assert latex(Symbol("key_dim", None)) == r"\mathrm{key\_dim}"


def test_a_size_that_is_not_known_is_its_name():
    inputs, units = Symbol("inputs", None, INPUT), Symbol("units", 5)
    folded = fold([(inputs, units), (units,)])
    assert text(folded) == "(inputs + 1) * 5"
    assert folded.value is None
    assert folded.unknown() == [inputs]


@pytest.mark.parametrize(
    ("shapes", "shown"),
    [
        ([(3, "units:5"), ("units:5",)], "(3 + 1) * 5"),
        ([("kh:6", "kw:6", "inputs:3", "filters:64"), ("filters:64",)], "(3 * 6 * 6 + 1) * 64"),
        ([("inputs:5", "gates:4", "units:64"), ("units:64", "gates:4", "units:64"), ("gates:4", "units:64")],
         "4 * (64 * (64 + 5) + 64)"),
        ([("inputs:64", "gates:3", "units:32"), ("units:32", "gates:3", "units:32"), (2, "gates:3", "units:32")],
         "3 * (32 * (32 + 64) + 2 * 32)"),
        ([("inputs:16", "gates:1", "units:8"), ("units:8", "gates:1", "units:8"), ("gates:1", "units:8")],
         "1 * (8 * (8 + 16) + 8)"),
        ([("inputs:32",)] * 4, "4 * 32"),
        ([("a:7", "b:5")], "7 * 5"),
        ([()], "1"),
        ([], "0"),
    ],
)  # fmt: skip
def test_the_forms_of_the_textbooks(shapes, shown):
    def atom(written):
        if isinstance(written, int):
            return Number(written) if written == 2 else Symbol("inputs", written, INPUT)
        name, _, number = written.partition(":")
        kind = {"gates": COPIES, "inputs": INPUT}.get(name, OPTION)
        return Symbol(name, int(number), kind)

    assert text(fold([[atom(axis) for axis in shape] for shape in shapes])) == shown


def test_copies_stand_in_front():
    inner = fold([(Symbol("inputs", 3, INPUT), Symbol("units", 5)), (Symbol("units", 5),)])
    assert text(repeated(Symbol("directions", 2, COPIES), inner)) == "2 * (3 + 1) * 5"
    assert text(repeated(Symbol("directions", 2, COPIES), Number(7))) == "2 * 7"


def test_axes_stand_apart_from_each_other():
    wide = Product((Symbol("gates", 4, COPIES), Symbol("units", 64)))
    assert sizes((Symbol("inputs", 5, INPUT), wide)) == "5 * 4*64"
    assert sizes((wide,), names=True) == "gates*units"
    assert sizes(()) == "1"


def test_a_quotient_by_nothing_has_no_value():
    assert Quotient(Number(5), Number(0), True).value is None
    assert Quotient(Number(5), Number(2), True).value == 3
    assert Quotient(Number(5), Number(2), False).value == 2
