"""Totals: every tensor once, exact integers, unknown is never zero, and rows that add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paramcount.count import NONE, Amount, Totals, reconcile, tally, tally_tree
from paramcount.model import Layer, Model, Role, Source, Variable
from paramcount.report import Report

SOURCE = Source("model", "live", "model in memory")


def variable(path, shape=(2, 3), role=Role.TRAINABLE, **facts):
    return Variable(path, shape, facts.pop("dtype", "float32"), role, **facts)


def model(*layers, **facts):
    return Model(Layer("model", "Model", "", facts.pop("own", ()), layers), SOURCE, **facts)


def test_products_of_large_dimensions_are_exact():
    """Three factors whose product overflows 64 bits to 4 when it is computed with fixed-size integers."""
    sizes = (4194305, 4194305, 211106198978564)

    assert 4194305 * 4194305 * 211106198978564 == tally([variable("a", sizes)]).total.parameters
    assert 1 == tally([variable("a", ())]).total.parameters


def test_sizes_are_in_bits_until_the_end():
    """Three values of four bits are 12 bits: two bytes, not one and not three."""
    amount = tally([variable("a", (3,), dtype="int4")]).total

    assert (12, 2) == (amount.bits, amount.bytes)


def test_an_unknown_dtype_has_no_size_and_an_unknown_shape_no_number():
    assert tally([variable("a", dtype="string")]).total.bytes is None
    assert Amount(0, 1, 0, 0, 1) == tally([variable("a", (None, 3))]).total
    assert Amount(0, 1, 0, 0, 1) == tally([variable("a", None)]).total


def test_one_storage_key_is_one_tensor():
    shared = [variable("a/k"), variable("b/k", storage="a/k")]

    assert (6, 1) == tally(shared).total[:2]


def test_what_is_no_parameter_is_listed_and_not_counted():
    found = Report(
        model(Layer("a", "A", "a", (variable("a/seed", (2,), Role.RNG),)), others=(variable("m", role=Role.METRIC),))
    )

    assert 0 == found.total
    assert [Role.METRIC, Role.RNG] == [v.role for v in found.not_parameters]


def test_a_layer_that_is_not_built_makes_every_number_a_lower_bound():
    built = Layer("a", "Dense", "a", (variable("a/kernel"),))
    report = Report(model(built, Layer("b", "Dense", "b", unknown="not built yet")))

    assert (6, True) == (report.total, report.lower_bound)
    assert report.frozen is None
    assert [6, None] == [row.parameters for row in report]
    assert Report(model(Layer("b", "Dense", "b", unknown="not built yet"))).total is None


def test_weights_of_no_layer_and_tensors_shown_twice_are_reconciled():
    a, b = (Layer(name, "Dense", name, (variable(f"{name}/k", storage="a/k"),)) for name in "ab")
    sums = reconcile(model(a, b, own=(variable("scale", (5,)),)))

    assert (12, 5, 6, 11) == sums[:4]
    assert sums.holds


def test_a_sum_that_does_not_hold_is_seen():
    assert not reconcile(model())._replace(rows=1).holds
    assert not reconcile(model())._replace(stored=1).holds


ROLES = st.sampled_from([Role.TRAINABLE, Role.FROZEN, Role.STATE, Role.UNDETERMINED, Role.RNG])
VARIABLES = st.builds(
    variable,
    path=st.text("abc/", min_size=1, max_size=4),
    shape=st.lists(st.integers(0, 5), max_size=3).map(tuple),
    role=ROLES,
)


@st.composite
def trees(draw, depth=3):
    """A tree of layers, some of whose variables are shared with others by their path."""
    children = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    own = draw(st.lists(VARIABLES, max_size=3, unique_by=lambda v: v.path))
    # One key must be one tensor wherever it stands, as it is in a model.
    own = [v._replace(path=f"{v.path}{v.role}{v.shape}") for v in own]
    return Layer("layer", "Layer", f"p{draw(st.integers(0, 9))}", tuple(own), tuple(children))


@given(trees())
def test_the_total_does_not_depend_on_how_it_is_added_up(tree):
    """The sum over the tree is that of all its variables, whether or not some are shared; the rows reconcile."""
    everything = [v for layer in _all(tree) for v in layer.variables]

    assert tally(everything) == tally_tree(tree)[id(tree)]
    assert reconcile(Model(tree, SOURCE)).holds


def _all(layer):
    return [layer, *(inner for child in layer.children for inner in _all(child))]


@given(st.lists(st.builds(Amount, *[st.integers(0, 9)] * 2)).map(lambda found: [a for a in found if a.tensors]))
def test_totals_add_up_by_role(amounts):
    totals = [Totals(trainable=amount) + Totals(state=amount) for amount in amounts]
    total = Totals()
    for one in totals:
        total = total + one

    assert total.trainable == total.state == total.non_trainable
    assert 2 * sum(amount.parameters for amount in amounts) == total.total.parameters
    assert NONE == total.frozen
