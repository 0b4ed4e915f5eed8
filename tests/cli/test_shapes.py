"""Shapes as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.cli.shapes import AXES, parse
from paramcount.errors import UsageError


@pytest.mark.parametrize("text", ["28,28,3", "(28, 28, 3)", "[28,28,3]", " 28 , 28,3 ", "(28, 28, 3,)"])
def test_one_shape_in_every_notation(text):
    assert parse([text]) == (28, 28, 3)


def test_open_axes_and_no_axes():
    assert parse(["None,5"]) == (None, 5)
    assert parse(["?,5"]) == (None, 5)
    assert parse(["4,"]) == (4,)
    assert parse(["()"]) == ()
    assert parse([]) is None


def test_several_in_order_or_by_name():
    assert parse(["4", "2,3"]) == ((4,), (2, 3))
    assert parse(["a=4", "b=(2,3)"]) == {"a": (4,), "b": (2, 3)}
    assert parse(["a=4"]) == {"a": (4,)}


@pytest.mark.parametrize(
    "texts",
    [["28,x"], ["-1,3"], ["1.5"], ["28,,3"], [","], ["28x28"], ["(28,28"], ["9" * 20], ["1,2", "a=3"], ["a=1", "a=2"],
     [",".join(["1"] * (AXES + 1))], ["1_000"], ["²"]],
)  # fmt: skip
def test_what_is_no_shape_is_refused(texts):
    with pytest.raises(UsageError):
        parse(texts)


@given(st.lists(st.none() | st.integers(0, 10**6), max_size=6))
def test_a_shape_as_python_writes_it_is_itself(sizes):
    assert parse([repr(tuple(sizes))]) == tuple(sizes)


@given(st.text(max_size=30))
def test_no_text_does_anything_else_than_be_refused(text):
    try:
        parse([text])
    except UsageError:
        pass
