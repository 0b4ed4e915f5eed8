"""What an explanation promises: the calculations that people ask for, honest where something is not known."""

from __future__ import annotations

import pytest

import explained
from builders import layer, report
from explained import dense, option, recurrent, taken, variable
from paramcount.errors import UsageError
from paramcount.explaining import records
from paramcount.explanation import FEW, explain
from paramcount.model import Role, Variable


def lines(made, *patterns):
    return [line.calculation for line in explain(made, patterns).lines]


def by_path(made, *patterns):
    return {line.path: line for line in explain(made, patterns).lines}


def test_dense_layers_as_q2_writes_them():
    assert lines(explained.dense_chain()) == [
        "dense = (3 + 1) * 5 = 20",
        "dense_1 = (5 + 1) * 8 = 48",
        "dense_2 = (8 + 1) * 10 = 90",
        "dense_3 = (10 + 1) * 15 = 165",
        "dense_4 = (15 + 1) * 4 = 64",
    ]


def test_convolutions_as_q3_writes_them():
    made = report(explained.conv2d("conv2d", 3, 64, 6, 6), explained.conv2d("conv2d_1", 64, 32, 4, 4))
    assert lines(made) == [
        "conv2d = (3 * 6 * 6 + 1) * 64 = 6976",
        "conv2d_1 = (64 * 4 * 4 + 1) * 32 = 32800",
    ]


def test_recurrent_layers_as_q5_writes_them():
    assert lines(explained.recurrent_model()) == [
        "lstm = 4 * (64 * (64 + 5) + 64) = 17920",
        "gru = 3 * (32 * (32 + 64) + 2 * 32) = 9408",
        "gru_1 = 3 * (16 * (16 + 32) + 16) = 2352",
        "simple_rnn = 1 * (8 * (8 + 16) + 8) = 200",
    ]


def test_both_directions_as_q6_writes_them():
    assert lines(explained.bidirectional_model()) == [
        "bidirectional = 2 * 4 * (64 * (64 + 5) + 64) = 35840",
        "bidirectional_1 = 2 * 3 * (32 * (32 + 128) + 2 * 32) = 31104",
        "bidirectional_2 = 2 * 3 * (16 * (16 + 64) + 16) = 7776",
        "bidirectional_3 = 2 * 1 * (8 * (8 + 32) + 8) = 656",
    ]


def test_directions_are_told_apart_by_name_where_their_layers_are_not_there():
    """Files of Keras 2 have the variables of both directions in one group."""
    whole = explained.bidirectional("both", "LSTM", 5, 4, 4)
    names = ("forward_lstm", "backward_lstm")
    variables = [
        one._replace(path=f"both/{name}/{one.name}")
        for name, child in zip(names, whole.children, strict=True)
        for cell in (child, *child.children)
        for one in cell.variables
    ]
    flat = whole._replace(children=(), variables=tuple(variables))
    assert lines(report(flat)) == ["both = 2 * 4 * (4 * (4 + 5) + 4) = 320"]


def test_a_layer_name_that_is_written_twice_is_left_out():
    """``dense_1/dense_1_1/kernel`` in files of Keras 2 is the kernel of ``dense_1``."""
    plain = dense("dense_1", 3, 4)
    doubled = [one._replace(path=f"dense_1/dense_1_1/{one.name}") for one in plain.variables]
    made = report(plain._replace(variables=tuple(doubled)))
    assert [item.name for item in by_path(made)["dense_1"].items] == ["kernel", "bias"]
    for pattern in ("dense_1/kernel", "dense_1/dense_1_1/kernel"):
        assert [item.name for item in explain(made, [pattern]).lines[0].items] == ["kernel"]


def test_a_different_backward_layer_is_added():
    made = report(explained.bidirectional("both", "LSTM", 5, 4, 4, other=3))
    assert lines(made) == ["both = 4 * (4 * (4 + 5) + 4) + 4 * (3 * (3 + 5) + 3) = 268"]


def test_notes_are_computed_from_the_sizes():
    notes = {path: line.note for path, line in by_path(explained.recurrent_model()).items()}
    assert notes == {
        "lstm": "4 gates, each: units * (units + inputs) + units",
        "gru": "3 gates; reset_after=True keeps two biases",
        "gru_1": "3 gates, each: units * (units + inputs) + units",
        "simple_rnn": "units * (units + inputs) + units",
    }
    other = by_path(report(recurrent("lstm", "LSTM", 5, 64, 7)))
    assert other["lstm"].note.startswith("7 gates, each")


def test_the_variables_of_a_cell_are_those_of_its_layer():
    names = [item.name for item in by_path(explained.recurrent_model())["lstm"].items]
    assert names == ["kernel", "recurrent_kernel", "bias"]
    names = [item.name for item in by_path(explained.bidirectional_model())["bidirectional"].items]
    assert names[:2] == ["forward_lstm/kernel", "forward_lstm/recurrent_kernel"]


@pytest.mark.parametrize("name", explained.ALL)
def test_the_lines_add_up_to_the_total(name):
    """Every parameter of the model is in exactly one line, once."""
    made = explained.ALL[name]()
    explanation = explain(made)
    known = [line for line in explanation.lines if line.status != records.UNKNOWN]
    rest = sum(
        item.value or 0
        for line in explanation.lines
        if line.status == records.UNKNOWN
        for item in line.items
    )  # fmt: skip
    assert sum(line.value - line.repeated for line in known) + rest == made.total
    assert sum(explanation.total.terms) - explanation.total.shown_twice == explanation.total.value == made.total


@pytest.mark.parametrize("name", explained.ALL)
def test_a_line_that_agrees_has_the_value_of_its_formula(name):
    checked = [line for line in explain(explained.ALL[name]()).lines if line.status == records.AGREES]
    assert all(line.formula.value == line.value == line.derived for line in checked)


def test_a_disagreement_shows_both_numbers_and_counts_what_is_stored():
    line = by_path(explained.mixed())["wrong"]
    assert line.status == records.DIFFERS
    assert (line.derived, line.value) == (25, 30)
    assert "25" in line.reason
    assert "30" in line.reason
    assert line.calculation == "wrong = (4 + 1) * 5 = 25"


def test_another_shape_of_the_same_size_is_a_disagreement():
    made = dense("dense", 4, 5)
    kernel = made.variables[0]._replace(shape=(5, 4))
    line = by_path(report(made._replace(variables=(kernel, made.variables[1]))))["dense"]
    assert line.status == records.DIFFERS
    assert "another shape" in line.reason


def test_a_custom_layer_is_counted_by_its_stored_shapes():
    line = by_path(explained.mixed())["scaled"]
    assert line.status == records.STORED
    assert line.calculation == "scaled = 4 * 6 + 6 = 30"
    assert line.derived is None
    assert "Scaled is not a layer of Keras" in line.note


def test_many_variables_without_a_formula_are_only_added():
    bare = [Variable(f"big/{index}", (2, 3), "float32", Role.TRAINABLE, stored_at=f"b/{index}") for index in range(6)]
    assert lines(report(layer("big", "Big", *bare))) == ["big = 36"]


def test_a_part_without_a_formula_is_named():
    made = dense("dense", 4, 5)
    extra = Variable("dense/extra", (7,), "float32", Role.TRAINABLE, stored_at="e")
    line = by_path(report(made._replace(variables=(*made.variables, extra))))["dense"]
    assert line.status == records.PARTLY
    assert line.calculation == "dense = (4 + 1) * 5 + 7 = 32"
    assert "extra" in line.note


def test_an_unknown_size_is_never_a_number():
    explanation = explain(explained.from_config())
    line = explanation.lines[1]
    assert line.status == records.UNKNOWN
    assert line.value is None
    assert line.calculation == "dense_1 = (inputs + 1) * 2 = ?"
    assert "inputs" in line.note
    assert explanation.total.lower_bound
    assert explanation.total.value == 18


def test_a_layer_of_which_nothing_is_known_is_a_line():
    line = by_path(report(layer("dense", "Dense", unknown="not built when it was saved")))["dense"]
    assert (line.status, line.value, line.note) == (records.UNKNOWN, None, "not built when it was saved")
    assert line.calculation == "dense = ?"


def test_a_config_alone_claims_no_agreement():
    explanation = explain(explained.from_config())
    assert explanation.lines[0].status == records.FORMULA
    assert explanation.total.note.startswith("from the config alone")


def test_shared_tensors_are_marked_and_taken_off():
    explanation = explain(explained.mixed())
    lines_ = {line.path: line for line in explanation.lines}
    assert lines_["right/shared"].shared == ("left/shared",)
    assert lines_["right/shared"].repeated == 20
    assert "counted once" in lines_["right/shared"].note
    assert lines_["left/shared"].repeated == 0
    assert explanation.total.shown_twice == 20


def test_a_tensor_that_a_wrapper_holds_once_more_is_one_variable():
    line = by_path(explained.mixed())["spectral"]
    assert [item.name for item in line.items] == ["dense/kernel", "dense/bias", "vector_u"]
    assert line.calculation == "spectral = (8 + 1) * 4 + 4 = 40"


def test_projections_of_attention_are_one_line():
    line = by_path(explained.mixed())["attention"]
    projections = "(16 + 1) * 2 * 4 + (16 + 1) * 2 * 4 + (16 + 1) * 2 * 4 + (2 * 4 + 1) * 16"
    assert line.calculation == f"attention = {projections} = 552"
    assert line.note == "query_dense + key_dense + value_dense + output_dense"


def test_an_adapter_is_a_term_of_its_own():
    assert by_path(explained.mixed())["adapted"].calculation == "adapted = (8 + 1) * 6 + 2 * (6 + 8) = 82"


def test_packed_weights_are_a_quotient():
    assert by_path(explained.mixed())["packed"].calculation == "packed = 8 * ceil(5 / 2) + 5 + 5 = 34"


def test_flatten_in_front_of_dense_is_told():
    line = by_path(explained.flattening())["dense"]
    assert line.calculation == "dense = (186624 + 1) * 128 = 23888000"
    assert line.note.endswith("Flatten leaves 54 * 54 * 64 = 186,624 inputs")


def test_a_flatten_that_does_not_fit_is_not_told():
    made = report(
        layer("flatten", "Flatten", input_shape=(None, 2, 3), output_shape=(None, 6)), dense("dense", 7, 2)
    )  # fmt: skip
    assert "Flatten" not in by_path(made)["dense"].note


def test_the_layer_that_has_nearly_everything_stands_out():
    assert explain(explained.flattening()).largest().path == "dense"
    assert explain(explained.dense_chain()).largest() is None


def test_layers_without_weights_are_lines_only_when_they_are_named():
    made = explained.flattening()
    assert "flatten" not in by_path(made)
    assert by_path(made, "flatten")["flatten"].status == records.NONE
    assert lines(made, "flatten") == ["flatten = 0"]
    assert [line.path for line in explain(made).weightless] == ["max_pooling2d", "max_pooling2d_1", "flatten"]


def test_layers_inside_models_have_their_own_lines():
    assert list(by_path(explained.transfer())) == ["base/conv", "base/bn", "dense"]


def test_a_wrapped_model_is_opened():
    inner = layer("time/base", "Sequential", dense("time/base/dense", 4, 2), dense("time/base/dense_1", 2, 2))
    assert lines(report(layer("time", "TimeDistributed", inner))) == [
        "time/base/dense = (4 + 1) * 2 = 10",
        "time/base/dense_1 = (2 + 1) * 2 = 6",
    ]


def test_a_layer_alone_is_explained():
    """Where the root itself is a layer, as for one that is typed."""
    from paramcount.model import Layer, Model
    from paramcount.report import Report

    kernel = variable("kernel", taken("inputs", 3), option("units", 5))
    made = Report(Model(Layer("dense", "Dense", "", (kernel,)), explained.CONFIG))
    assert lines(made) == ["dense = 3 * 5 = 15"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("lstm", ["lstm"]),
        ("gru*", ["gru", "gru_1"]),
        ("*", ["lstm", "gru", "gru_1", "simple_rnn"]),
        ("[gs]*", ["gru", "gru_1", "simple_rnn"]),
        ("lstm/kernel", ["lstm/kernel"]),
        ("lstm/cell/kernel", ["lstm/kernel"]),
        ("*/recurrent_kernel", [f"{name}/recurrent_kernel" for name in ("lstm", "gru", "gru_1", "simple_rnn")]),
    ],
)
def test_patterns_choose_layers_and_variables(pattern, found):
    assert list(by_path(explained.recurrent_model(), pattern)) == found


def test_patterns_find_layers_inside_models():
    made = explained.transfer()
    assert list(by_path(made, "base")) == ["base/conv", "base/bn"]
    assert list(by_path(made, "bn")) == ["base/bn"]
    assert list(by_path(made, "base/*")) == ["base/conv", "base/bn"]
    assert list(by_path(made, "dense", "bn")) == ["base/bn", "dense"]


def test_a_name_with_brackets_is_found_as_it_is():
    assert lines(report(dense("a[1]", 3, 4), dense("b", 4, 5)), "a[1]") == ["a[1] = (3 + 1) * 4 = 16"]


def test_one_variable_is_one_product():
    assert lines(explained.recurrent_model(), "lstm/kernel") == ["lstm/kernel = 5 * 4 * 64 = 1280"]


def test_a_part_is_summed_for_itself():
    total = explain(explained.recurrent_model(), ("gru*",)).total
    assert (total.label, total.terms, total.value) == ("sum", (9408, 2352), 11760)
    assert "29,880" in total.note


def test_what_matches_nothing_names_what_is_near():
    with pytest.raises(UsageError, match=r"'lsmt'.* Did you mean lstm"):
        explain(explained.recurrent_model(), ("lsmt",))
    with pytest.raises(UsageError, match="nothing_like_it"):
        explain(explained.recurrent_model(), ("nothing_like_it",))


def test_sharing_is_told_within_what_was_asked_for():
    explanation = explain(explained.mixed(), ("right/shared",))
    assert explanation.lines[0].shared == ()
    assert explanation.total.value == 20


def test_the_level_follows_the_size():
    assert explain(explained.dense_chain()).level == "variables"
    many = report(*[dense(f"dense_{index}", 2, 2) for index in range(FEW + 1)])
    assert explain(many).level == "line"


def test_an_empty_model_has_no_lines():
    explanation = explain(report())
    assert explanation.lines == ()
    assert explanation.total.value == 0


def test_deep_nesting_is_walked_without_recursion():
    inner = dense("d", 2, 2)
    for _ in range(3000):
        inner = layer("w", "TimeDistributed", inner)
    assert explain(report(inner)).total.value == 6
