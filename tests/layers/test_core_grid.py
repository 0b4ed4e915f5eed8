"""Dense, EinsumDense, embeddings and PReLU, under all their options, own what Keras says.

``PARAMCOUNT_EXAMPLES`` sets how many cases of each kind are tried.
"""

from __future__ import annotations

import pytest

from layer_oracle import Case, run_grid
from oracle_frameworks import framework
from paramcount.folding import fold
from paramcount.layers import core
from paramcount.layers.given import Given

pytestmark = pytest.mark.oracle


def some_shape(draw, least=1, most=4):
    """A batch axis, which is sometimes known, and other axes, the last of which always is."""
    rank = draw.randint(least, most)
    middle = [draw.choice([None, 2, 3, 5, 7]) for _ in range(rank - 1)]
    return (draw.choice([None, None, 4]), *middle, draw.randint(1, 9)) if rank else (None,)


def dense(draw):
    options = {"units": draw.randint(1, 20), "use_bias": draw.random() < 0.6}
    return Case("Dense", options if draw.random() < 0.8 else {"units": 3}, some_shape(draw))


EQUATIONS = (
    ("ab,bc->ac", 2, "c"), ("abc,cd->abd", 3, "d"), ("abc,cd->abd", 3, "bd"), ("abc,cde->abde", 3, "de"),
    ("abc,cde->abde", 3, "d"), ("abcd,cde->abe", 4, "e"), ("abc,bc->abc", 3, "c"), ("abc,bcd->abd", 3, "bd"),
    ("abc,dc->abd", 3, "db"), ("abc,bd->adc", 3, "dc"), ("abc,cb->a", 3, ""), ("aBc,cd->adB", 3, "B"),
    ("...x,xy->...y", 0, "y"), ("...x,xyz->...yz", 0, "yz"), ("...xy,yz->...xz", 1, "z"), ("...xy,xyz->...z", 1, "z"),
    ("ab...,bc->ac...", -1, "c"), ("ab...,bcd->acd...", -1, "d"), ("abc...,cd->abd...", -2, "bd"),
)  # fmt: skip
"""Equation, number of axes (0 and 1: more on the left, negative: more on the right) and bias axes that go with it."""


def einsum_dense(draw):
    equation, form, bias = draw.choice(EQUATIONS)
    letters = equation.split(",")[0].replace(".", "")
    outputs = equation.split("->")[1].replace(".", "")
    more = draw.randint(1, 3) if form in (0, 1) else draw.randint(0, 2) if form < 0 else 0
    sizes = {letter: draw.randint(1, 6) for letter in "abcdexyzB"}
    named = [sizes[letter] for letter in letters]
    around = [draw.choice([None, 2, 3]) for _ in range(more)]
    if form in (0, 1):
        shape = (*around, *named)
        asked = outputs
    else:
        shape = (draw.choice([None, 4]), *named[1:], *around)
        asked = outputs[1:]
    # An axis of the output that the input has may be left open.
    given = [None if letter in letters and draw.random() < 0.5 else sizes[letter] for letter in asked]
    shape = tuple(
        None if position and letter not in equation.split(",")[1].split("-")[0] + bias and draw.random() < 0.3 else size
        for position, (size, letter) in enumerate(
            zip(shape, ("." * more + letters) if form in (0, 1) else letters + "." * more, strict=True)
        )
    )
    options = {"equation": equation, "output_shape": given[0] if len(given) == 1 and given[0] else given}
    if bias and draw.random() < 0.7:
        options["bias_axes"] = bias
    return Case("EinsumDense", options, shape)


def embedding(draw):
    options = {"input_dim": draw.randint(1, 30), "output_dim": draw.randint(1, 9), "mask_zero": draw.random() < 0.3}
    shape = some_shape(draw, 0)
    if len(shape) == 2 and draw.random() < 0.3:
        options["input_length"] = shape[1]
    return Case("Embedding", options, shape, dtype="int32")


def reversible_embedding(draw):
    options = {"input_dim": draw.randint(1, 30), "output_dim": draw.randint(1, 9), "tie_weights": draw.random() < 0.5}
    return Case("ReversibleEmbedding", options, some_shape(draw, 0), dtype="int32")


def prelu(draw):
    shape = (
        None,
        *(draw.choice([1, 2, 3, 5, None] if draw.random() < 0.2 else [1, 2, 3]) for _ in range(draw.randint(1, 4))),
    )
    axes = draw.sample(range(1, len(shape)), draw.randint(0, len(shape) - 1))
    if draw.random() < 0.1:
        axes = [-1]
    return Case("PReLU", {"shared_axes": axes[0] if len(axes) == 1 else axes or None}, shape)


BOTH = (dense, einsum_dense, embedding, prelu)


@pytest.mark.parametrize(("tf_keras", "kinds"), [(False, (*BOTH, reversible_embedding)), (True, BOTH)])
def test_core_layers_own_and_give_what_keras_says(tf_keras, kinds):
    if framework("tf_keras" if tf_keras else "keras") is None:
        pytest.skip("not installed")

    accepted, wrong = run_grid(core, kinds, 25, tf_keras)

    assert not wrong, "\n".join(wrong)
    assert accepted > 15 * len(kinds)


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "compact"),
    [
        ("Dense", {"units": 5}, (None, 3), "(3 + 1) * 5"),
        ("Dense", {"units": 5, "use_bias": False}, (None, 3), "3 * 5"),
        ("Embedding", {"input_dim": 10, "output_dim": 4}, (None, 7), "10 * 4"),
        ("MaxoutDense", {"output_dim": 5, "nb_feature": 4}, (None, 3), "4 * (3 + 1) * 5"),
        ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 64, "bias_axes": "c"}, (2, 3), "(3 + 1) * 64"),
    ],
)  # fmt: skip
def test_the_compact_form_is_that_of_the_textbooks(class_name, config, shape, compact):
    slots = core.VARIABLES[class_name](Given(config, shape))

    assert str(fold([slot.shape for slot in slots])) == compact


BAD = [None, True, -1, 0, 1.5, 10**30, "x", "...", [], [[3]], {"a": 1}, [10**30], list(range(999))]
NO_EQUATIONS = ["", "ab", "ab,bc", "->", "ab,bc->", ",->", "...,->...", "a b,bc->ac", "éa,ab->éb", "a" * 999, 7]
NOT_KERAS_EQUATIONS = ["a...,ab->b...", "...ab,bc->ac", "ab,cd->ae", "ab,bc->ad"]


@pytest.mark.parametrize("class_name", sorted(core.VARIABLES))
@pytest.mark.parametrize("bad", BAD)
def test_options_that_make_no_sense_leave_sizes_unknown(class_name, bad):
    sound = {"units": 3, "input_dim": 4, "output_dim": 5, "equation": "abc,cd->abd", "output_shape": [None, 4]}
    for name in (
        "units",
        "output_dim",
        "input_dim",
        "equation",
        "output_shape",
        "bias_axes",
        "shared_axes",
        "use_bias",
    ):
        for shape in (None, (), (None,), (None, 5), (None, 9, 10**30), (None,) * 90):
            given = Given({**sound, name: bad}, shape)
            for slot in core.VARIABLES[class_name](given):
                assert slot.shape is None or all(axis.value is None or axis.value >= 0 for axis in slot.shape)
            output = core.OUTPUTS[class_name](given)
            assert output is None or all(size is None or size >= 0 for size in output)


@pytest.mark.parametrize("equation", NO_EQUATIONS + NOT_KERAS_EQUATIONS)
def test_an_equation_that_keras_does_not_take_leaves_everything_unknown(equation):
    given = Given({"equation": equation, "output_shape": 4, "bias_axes": "c"}, (None, 3))

    assert [slot.shape for slot in core.einsum_dense(given)] == [None, None]
    assert core.einsum_dense_output(given) is None


@pytest.mark.parametrize(
    ("equation", "asked", "expected"),
    [
        ("abc,cd->abd", [None, 64], [(None, 64), (64,)]),
        ("...x,xd->...d", 64, [(None, 64), (64,)]),
        ("abc...,cd->abd...", [None, 64], [(None, 64), None]),
    ],
)
def test_what_the_options_say_is_known_without_an_input(equation, asked, expected):
    slots = core.einsum_dense(Given({"equation": equation, "output_shape": asked, "bias_axes": "d"}))

    assert [slot.shape and tuple(axis.value for axis in slot.shape) for slot in slots] == expected
