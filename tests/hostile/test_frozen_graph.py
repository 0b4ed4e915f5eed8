"""Graphs that lie, or that are made to be followed without end."""

from __future__ import annotations

import tracemalloc

import pytest

from fuzz.fuzz_graphdef import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow import graph as graphs
from paramcount.readers.tensorflow import wiring
from paramcount.readers.tensorflow.frozen import read_frozen
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import attribute, calling, const, field, function, graph, node, varint


def read(data):
    report = Report(read_frozen(MemoryBytes(data, "hostile.pb")))
    assert report.reconcile().holds
    return report


def test_a_shape_that_is_far_too_large_allocates_nothing():
    size = (1 << 63) - 1
    tracemalloc.start()
    report = read(graph(const("a/w", (size,) * 60)))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()

    assert report.total == size**60
    assert str(report)


def test_a_size_below_zero_is_not_known():
    assert read(graph(const("a/w", (-1, 2)))).lower_bound


@pytest.mark.parametrize(
    "data",
    [
        varint(1 << 3 | 2) + varint(1 << 40),
        field(1, b"\x0a\xff\xff\xff\xff\x0f"),
        graph(node("a", "B"))[:-1],
        b"\x0b\x0c",
        b"\xff" * 30,
    ],
)
def test_lengths_beyond_the_file_are_refused(data):
    with pytest.raises(CorruptFile):
        read(data)


def test_names_that_are_no_text_are_refused():
    with pytest.raises(CorruptFile, match="no text"):
        read(field(1, field(1, b"\xff\xfe") + field(2, "Const")))


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(LimitExceeded, match="too large"):
        read(graph(node("n" * 70_000, "Const")))


def test_nodes_that_take_each_other_end():
    nodes = [
        const("c", (2,)),
        node("a", "Identity", "c", "b"),
        node("b", "Identity", "a"),
        node("a2", "Identity", "a2"),
    ]

    assert read(graph(*nodes)).total == 2


def test_a_long_chain_is_not_followed_to_its_end():
    chain = [const("n0", (2,)), *[node(f"n{index}", "Identity", f"n{index - 1}") for index in range(1, 20_000)]]

    assert read(graph(*chain)).total == 2


def test_many_constants_with_many_takers_end():
    """Without a limit these are a hundred million uses."""
    constants = [const(f"c{index}", (2,)) for index in range(300)]
    joined = node("join", "Identity", *[f"c{index}" for index in range(300)])
    takers = [node(f"t{index}", "Identity", "join") for index in range(300)]
    more = [node(f"u{index}", "AddV2", *[f"t{other}" for other in range(300)]) for index in range(30)]

    assert read(graph(*constants, joined, *takers, *more)).total == 600


def test_constants_that_are_taken_everywhere_are_refused_before_that_takes_long(monkeypatch):
    monkeypatch.setattr(wiring, "USE_LIMIT", 1000)
    constants = [const(f"c{index}", (2,)) for index in range(20)]
    takers = [node(f"t{index}", "AddV2", *[f"c{other}" for other in range(20)]) for index in range(100)]
    with pytest.raises(LimitExceeded, match="too many places"):
        read(graph(*constants, *takers))


def test_a_node_with_more_inputs_than_any_is_refused(monkeypatch):
    monkeypatch.setattr(graphs, "INPUT_LIMIT", 100)
    with pytest.raises(LimitExceeded, match="too many inputs"):
        read(graph(node("a", "AddN", *["x"] * 101)))


def test_inputs_count_as_nodes(monkeypatch):
    monkeypatch.setattr(graphs, "NODE_LIMIT", 100)
    nodes = [node(f"n{index}", "AddN", *["x"] * 80) for index in range(10)]
    with pytest.raises(LimitExceeded, match="too many nodes"):
        read(graph(*nodes))
    with pytest.raises(LimitExceeded, match="too many nodes"):
        read(graph(functions=tuple(function(f"f{n}", [], nodes[:2]) for n in range(10))))


def test_thousands_of_compiled_parts_of_one_name_have_names_of_their_own():
    report = read(graph(*[node("engine", "TRTEngineOp")] * 3000))

    assert report.total is None
    assert len({row.layer.name for row in report.rows(1)}) == 3000


def test_functions_that_call_each_other_end():
    functions = tuple(
        function(f"f{n}", ["x"], [calling("c", "PartitionedCall", "x", f=f"f{(n + 1) % 50}")]) for n in range(50)
    )

    assert read(graph(const("c", (2,)), node("call", "f0", "c"), functions=functions)).total == 2


def test_a_loop_whose_body_is_missing_ends():
    loop = calling("loop", "While", "c", body="nowhere")

    assert read(graph(const("c", (2,)), loop)).total == 2


def test_names_made_of_slashes_and_dots_are_only_names():
    names = [
        "/",
        "//",
        "a//b",
        "../../etc",
        ".",
        "a/../b",
        " ",
        "resource",
        "ReadVariableOp",
        "x/ReadVariableOp",
        "\x1b[31m",
    ]
    report = read(graph(*[const(name, (2,)) for name in names]))

    assert report.total == 2 * len(names)
    assert "\x1b" not in str(report)


def test_ten_thousand_levels_of_names_stay_bounded():
    report = read(graph(const("/".join("abcdefghij"[index % 10] for index in range(10_000)), (2,))))

    assert max(row.depth for row in report.rows()) < 25
    str(report)


@pytest.mark.parametrize("key", ["value", "shape", "dtype", "shared_name", "branches", "f"])
@pytest.mark.parametrize("value", [field(8, 5), field(7, 3), field(6, b"x"), field(10, 1), field(1, 9), b"\x52\x00"])
def test_attributes_of_wrong_kinds_are_refused_or_passed_over(key, value):
    outcome(one_input, graph(node("a", "Const", attributes=attribute(key, value))))


@pytest.mark.parametrize("whole", seeds())
def test_a_graph_cut_at_any_byte_raises_nothing_but_our_own_errors(whole):
    for size in range(len(whole)):
        outcome(one_input, whole[:size])


def test_two_thousand_mutations_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_graphdef.py`` does the same for as long as one likes."""
    for data in mutated(seeds(), 2000, 11):
        outcome(one_input, data)
