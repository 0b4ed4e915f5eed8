"""Plain text: everything is there, nothing is cut, and it lines up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
import golden
from paramcount.count import layers_of
from paramcount.model import Finding, Role
from paramcount.render.options import Options
from paramcount.render.text import render, width

EVERYTHING = Options(depth=None, variables=True)


@pytest.mark.parametrize("name", builders.ALL)
def test_golden(name):
    """The plain form, as looked at and accepted."""
    golden.check(f"{name}.txt", render(builders.ALL[name]()))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("depth", Options(depth=None)),
        ("variables", EVERYTHING),
        ("top", Options(depth=None, top=2)),
        ("sharing", Options(sharing=True)),
        ("tensors", Options(tensors=True)),
        ("sorted", Options(sort="parameters", depth=None)),
    ],
)
def test_golden_options(name, options):
    """The same for every option, on the models that show most of it."""
    golden.check(f"transfer-{name}.txt", render(builders.transfer(), options))
    golden.check(f"shared-{name}.txt", render(builders.shared(), options))


NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="/"), min_size=1, max_size=200)
LAYERS = st.lists(st.tuples(NAMES, st.integers(0, 10**12)), min_size=1, max_size=6, unique_by=lambda item: item[0])


@settings(max_examples=200, deadline=None)
@given(LAYERS)
def test_no_name_and_no_number_is_lost(layers):
    """Every name and every exact integer appears, however long and strange."""
    report = builders.report(
        *[builders.layer(name, "C", builders.variable(f"{name}/w", (number,))) for name, number in layers]
    )
    seen = render(report, EVERYTHING)
    for name, number in layers:
        assert f"{number:,}" in seen
        if name.isprintable():
            assert name.rstrip() in seen
    assert f"{report.total:,}" in seen


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_nothing_in_a_name_can_steer_a_terminal(name):
    """Control characters, escape sequences and lone surrogates of a name are written as escapes."""
    report = builders.report(
        builders.layer(f"x{name}", name, builders.variable(f"{name}/{name}", (1,), reason=name, dtype=name)),
        findings=(Finding("id", "warning", name, name, name),),
        source=builders.ARCHIVE._replace(path=name),
    )
    for options in (EVERYTHING, Options(tensors=True, sharing=True)):
        assert render(report, options).replace("\n", "").isprintable()


def test_lone_surrogates_are_escaped():
    """A file name that is no UTF-8 can be shown."""
    report = builders.report(source=builders.ARCHIVE._replace(path="caf\udce9.keras"))
    assert render(report).startswith("caf\\udce9.keras · ")


def test_columns_line_up_with_wide_characters():
    """Characters that take two columns are counted as two."""
    report = builders.report(builders.dense("稠密层", 3, 4), builders.dense("dense", 3, 4))
    rows = [line for line in render(report).splitlines() if "Dense" in line]
    assert len({width(row.partition("Dense")[0]) for row in rows}) == 1


@pytest.mark.parametrize("name", builders.ALL)
@pytest.mark.parametrize("options", [Options(), Options(depth=None), Options(top=1), Options(depth=None, top=2)])
def test_rows_add_up(name, options):
    """The numbers of the rows, with the lines for what they show twice or leave out, give the total."""
    from paramcount.render.rows import entries

    report = builders.ALL[name]()
    rows = entries(report, options)
    assert sum(row.totals.total.parameters for row in rows if row.level == 0) == report.totals.total.parameters
    assert sum(row.totals.total.tensors for row in rows if row.level == 0) == report.tensors


@pytest.mark.parametrize("name", builders.ALL)
def test_every_layer_has_a_row_at_full_depth(name):
    """Nothing of the tree is left out."""
    report = builders.ALL[name]()
    seen = render(report, EVERYTHING)
    for layer in layers_of(report.model.root):
        assert layer.path == "" or layer.name in seen
        for variable in layer.variables:
            assert variable.name in seen


def test_unknown_is_never_zero():
    """A layer that is not built has no number, and the total says that it is a lower bound."""
    lines = render(builders.unbuilt()).splitlines()
    row = next(line for line in lines if line.startswith("dense_1"))
    assert row.split()[2:4] == ["?", "unknown"]
    assert " 0 " not in row
    assert any(line.startswith("Total      at least 26") for line in lines)


def test_nothing_known_has_no_total():
    """When no layer is built, the total is unknown, not 0."""
    seen = render(builders.report(builders.layer("dense", "Dense", unknown="not built yet"), source=builders.LIVE))
    assert "Total    unknown" in seen
    assert "In Keras" not in seen


def test_a_tensor_of_unknown_shape_is_said_to_be_unknown():
    """An unknown shape makes a lower bound too."""
    seen = render(
        builders.report(builders.layer("t", "T", builders.variable("t/w", None), builders.variable("t/v", (2,))))
    )
    assert ">= 2" in seen
    assert "1 tensor of unknown shape" in seen


def test_the_layer_that_owns_nearly_everything_is_named():
    """Of 23,908,682 parameters one Dense holds 23,888,000; the total line names it."""
    seen = render(builders.dominated())
    assert "Largest    23,888,000  99.9 %  2 tensors  91.1 MiB  dense alone" in seen


def test_no_layer_is_largest_when_none_owns_half():
    """Two equal layers: no one is named."""
    assert "Largest" not in render(builders.report(builders.dense("a", 3, 4), builders.dense("b", 3, 4)))


def test_a_flag_is_seen_from_the_row():
    """The same flag is `here` on its own layer and named on the layers below."""
    seen = render(builders.transfer(), Options(depth=None))
    assert "no: trainable=False here" in seen
    assert "no: trainable=False on mobilenetv2_1.00_224" in seen


def test_a_flag_that_the_variable_calls_here():
    """A reason relative to its layer is read as that layer's flag by every row above it."""
    report = builders.report(
        builders.layer("base", "Functional", builders.dense("base/d", 2, 2, Role.FROZEN, "trainable=False here"))
    )
    assert "no: trainable=False on d\n" in render(report)
    assert "no: trainable=False here\n" in render(report, Options(depth=None))
    assert "by base/d\n" in render(report)


def test_many_flags_are_counted():
    """Of more flags than fit a line the number is given; every row names its own."""
    report = builders.report(
        builders.layer(
            "base", "B", *[builders.dense(f"base/d{i}", 2, 2, Role.FROZEN, "trainable=False here") for i in range(5)]
        )
    )
    assert "no: trainable=False on 5 layers\n" in render(report)
    assert "by the flags of 5 layers, each named in its row" in render(report)


def test_undetermined_is_a_range():
    """What the file does not say is given as the bounds between which it lies."""
    assert "between 0 and 24 trainable" in render(builders.undetermined())


def test_a_quantized_model_has_both_counts():
    """The stored and the logical count stand side by side."""
    assert "Unpacked   106 parameters before quantization" in render(builders.partly())


def test_sums_that_do_not_agree_are_told():
    """A reader that lost a tensor cannot hide it."""
    report = builders.transfer()
    model = report.model._replace(stored=report.model.stored._replace(parameters=1))
    assert "these sums do not agree" in render(type(report)(model))


def test_an_empty_model():
    """A model without layers says so."""
    seen = render(builders.report())
    assert "The model has no layers." in seen
    assert "Total     0  0 tensors  0 B" in seen


def test_no_shared_tensor():
    """Asking for shared tensors where there is none gets an answer."""
    assert "No tensor is shared." in render(builders.dominated(), Options(sharing=True))


def test_top_says_what_it_leaves_out():
    """The rest is one line with number, tensors and parameters, and the sum is still the total."""
    lines = render(builders.dominated(), Options(top=1)).splitlines()
    assert lines[3].startswith("dense ")
    assert "6 more rows" in lines[4]
    assert "20,682" in lines[4]
    assert "23,908,682" in lines[6]


@pytest.mark.parametrize(
    ("key", "first"),
    [("name", "conv2d "), ("parameters", "dense "), ("bytes", "dense "), ("tensors", "conv2d "), ("frozen", "conv2d ")],
)
def test_sorted_rows(key, first):
    """Names ascend, numbers descend, and equal rows keep the model's order."""
    assert render(builders.dominated(), Options(sort=key)).splitlines()[3].startswith(first)


def test_deep_nesting_needs_no_stack():
    """Layers nested far deeper than Python can recurse are shown."""
    path = "/".join(["n"] * 3000)
    inner = builders.dense(path, 1, 1)
    while "/" in path:
        path = path.rpartition("/")[0]
        inner = builders.layer(path, "Model", inner)
    assert "Total      2" in render(builders.report(inner), Options(depth=None))


@pytest.mark.parametrize(
    ("title", "version", "seen"),
    [
        ("Keras archive", "3.15.1", "Keras 3.15.1 archive"),
        ("Keras archive", "", "Keras archive"),
        ("Keras 3.15.1 model in memory", "3.15.1", "Keras 3.15.1 model in memory"),
        ("KerasHub preset", "3.15.1", "KerasHub preset, Keras 3.15.1"),
        ("", "", "keras-archive, Keras"),
    ],
)
def test_the_form_carries_the_version_once(title, version, seen):
    """Whether the title begins with the framework, or holds the version already, it is said once."""
    source = builders.LIVE._replace(format="keras-archive", title=title, framework_version=version)
    assert render(builders.report(source=source)).splitlines()[0] == f"Sequential · {seen}"
