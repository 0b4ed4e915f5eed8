"""Numbers are shown exactly, or rounded without ever claiming nothing or everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.render.numbers import (
    bar,
    bar_eighths,
    integer,
    layer_shape,
    percent,
    plural,
    size,
    tensor_shape,
)


def test_integers_are_grouped():
    """Every digit is there, in groups of three."""
    assert integer(1315753984) == "1,315,753,984"


@pytest.mark.parametrize(("number", "text"), [(0, "0 tensors"), (1, "1 tensor"), (2000, "2,000 tensors")])
def test_plural(number, text):
    """One is singular, all else plural."""
    assert plural(number, "tensor") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (51240, "50.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (9_083_176, "8.7 MiB"),
        (1024**3, "1.0 GiB"),
        (1024**7, "1,024.0 EiB"),
    ],
)
def test_size(value, text):
    """Sizes have one decimal of the largest unit they fill, and are exact below 1 KiB."""
    assert size(value) == text


@given(st.integers(0, 2**70))
def test_size_shows_zero_only_for_zero(value):
    """No size that is not zero starts with a lone zero."""
    assert size(value).startswith("0") == (value == 0)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 10**9, "<0.1 %"),
        (10**9 - 1, 10**9, ">99.9 %"),
        (23_888_000, 23_908_682, "99.9 %"),
        (1, 2, "50.0 %"),
        (999, 1000, "99.9 %"),
        (9995, 10000, ">99.9 %"),
    ],
)
def test_percent(part, whole, text):
    """Shares have one decimal, with a bound where that decimal would claim too much."""
    assert percent(part, whole) == text


@given(st.integers(1, 10**15), st.integers(0, 10**15))
def test_percent_and_bar_claim_nothing_untrue(whole, part):
    """0 % and an empty bar mean nothing at all; 100 % and a full bar mean everything."""
    part %= whole + 1
    text = percent(part, whole)
    assert (text == "0 %") == (part == 0)
    assert (text == "100 %") == (part == whole)
    assert (bar(part, whole) == "") == (part == 0)
    assert (bar(part, whole) == "█" * 10) == (part == whole)


@given(st.integers(0, 80))
def test_a_bar_can_be_measured(eighths):
    """The filled part of a bar can be read back from its characters."""
    assert bar_eighths(bar(eighths, 80)) == eighths


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (None, ""),
        ((None, 7, 7, 1280), "(7, 7, 1280)"),
        ((None, 10), "(10)"),
        ((32, 10), "(10)"),
        ((None, None, None, 3), "(?, ?, 3)"),
        ((None,), "()"),
        (((None, 2), (None, 3, 4)), "[(2), (3, 4)]"),
        ({"a": (None, 2), "b": None}, "{a: (2), b: ?}"),
        (((None, 2), None), "[(2), ?]"),
    ],
)
def test_layer_shapes_leave_out_the_batch_axis(shape, text):
    """The batch axis is left out, an unknown axis is a question mark."""
    assert layer_shape(shape) == text


@pytest.mark.parametrize(
    ("shape", "text"), [(None, ""), ((), "scalar"), ((3, 3, 3, 32), "(3, 3, 3, 32)"), ((None, 4), "(?, 4)")]
)
def test_tensor_shapes_are_complete(shape, text):
    """The shape of a variable has all its axes."""
    assert tensor_shape(shape) == text
