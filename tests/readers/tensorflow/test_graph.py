"""A graph is read with names, operations, dtypes and shapes, and without the values of its constants."""

from __future__ import annotations

import pytest

from paramcount.containers.protobuf import whole
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow import graph as reader
from paramcount.readers.tensorflow.graph import Function, Node, read_graph
from paramcount.readers.tensorflow.text import as_wire, message_of
from paramcount.readers.tensorflow.wire import looks_like_graph, looks_like_meta_graph, looks_like_saved_model
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from tensorflow_files import (
    FLOAT,
    INT32,
    STRING,
    attribute,
    calling,
    const,
    field,
    function,
    graph,
    node,
    shape_proto,
    variable,
)

META = field(1, field(1, "v1") + field(4, "serve") + field(5, "2.15.0")) + field(2, graph(node("x", "Placeholder")))
SAVED = field(1, 1) + field(2, META)


def read(data):
    return read_graph(whole(MemoryBytes(data, "made.pb")))


def test_a_node_has_name_operation_and_inputs():
    found = read(graph(node("a/b", "MatMul", "x", "^y", "z:1")))

    assert found.nodes == (Node("a/b", "MatMul", ("x", "^y", "z:1")),)
    assert found.version == 1882


@pytest.mark.parametrize("size", [0, 100, 100_000])
def test_a_constant_has_the_dtype_and_shape_of_its_value(size):
    """A small node is read at once, a large one field by field."""
    (found,) = read(graph(const("c", (2, 3), INT32, bytes(size)))).nodes

    assert (found.dtype, found.shape) == ("int32", (2, 3))


def test_the_values_of_constants_are_not_read(tmp_path):
    path = tmp_path / "big.pb"
    path.write_bytes(graph(*[const(f"c{index}", (250_000,), FLOAT, bytes(1_000_000)) for index in range(5)]))
    with LocalFile(str(path)) as source:
        found = read_graph(whole(source))
        read_bytes = source.bytes_read

    assert [one.shape for one in found.nodes] == [(250_000,)] * 5
    assert read_bytes < 100_000


def test_a_constant_without_axes_is_a_scalar_and_text_is_text():
    nodes = read(graph(const("a", ()), const("b", (2,), STRING))).nodes

    assert [(one.dtype, one.shape) for one in nodes] == [("float32", ()), ("string", (2,))]


def test_a_variable_has_dtype_shape_and_shared_name():
    nodes = read(graph(variable("w", (3, 4)), variable("v", None, op="VariableV2"), variable("u", (-1, 2)))).nodes

    assert [(one.dtype, one.shape, one.shared_name) for one in nodes] == [
        ("float32", (3, 4), "w"), ("float32", None, "v"), ("float32", (None, 2), "u"),
    ]  # fmt: skip


def test_functions_have_arguments_nodes_and_results_in_order():
    body = function("f", ["x", "y"], [node("sum", "AddV2", "x", "y")], {"second": "y", "first": "sum:z:0"})
    found = read(graph(calling("call", "While", "a", cond="g", body="f"), functions=(body,)))

    assert found.nodes[0].calls == ("f", "g")
    assert found.functions == (
        Function("f", ("x", "y"), (Node("sum", "AddV2", ("x", "y")),), (("second", "y"), ("first", "sum:z:0"))),
    )


def test_branches_are_a_list_of_functions():
    listed = field(1, field(9, field(1, "f")) + field(9, field(1, "g")))
    (found,) = read(graph(node("case", "Case", "i", attributes=attribute("branches", listed)))).nodes

    assert found.calls == ("f", "g")


@pytest.mark.parametrize("data", [field(1, field(1, "a")), field(1, field(2, "Const")), field(1, b"")])
def test_a_node_without_name_or_operation_is_refused(data):
    with pytest.raises(CorruptFile, match="no name or no operation"):
        read(data)


def test_more_axes_than_any_tensor_has_are_refused():
    with pytest.raises(LimitExceeded, match="too many axes"):
        read(graph(const("c", (1,) * 255)))


def test_more_nodes_than_any_graph_has_are_refused(monkeypatch):
    monkeypatch.setattr(reader, "NODE_LIMIT", 3)
    nodes = [node(f"n{index}", "NoOp") for index in range(4)]

    with pytest.raises(LimitExceeded, match="too many nodes"):
        read(graph(*nodes))
    with pytest.raises(LimitExceeded, match="too many nodes"):
        read(graph(functions=(function("f", [], nodes[:2]), function("g", [], nodes[:2]))))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (graph(node("a", "NoOp")), (True, False, False)),
        (graph(functions=(function("f", [], [node("a", "NoOp")]),)), (True, False, False)),
        (SAVED, (False, True, False)),
        (META, (False, False, True)),
        (b"", (False, False, False)),
        (b"\x0a\x03abc\x12\x03abc", (False, False, False)),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), (False, False, False)),
        (b"The model is on the other computer.\n", (False, False, False)),
        (bytes(range(256)), (False, False, False)),
        (field(1, 8) + field(2, "pytorch") + field(7, b"\x0a\x00"), (False, False, False)),
    ],
)
def test_the_messages_are_told_apart_by_their_fields(data, expected):
    source = MemoryBytes(data, "made")

    assert expected == (looks_like_graph(source), looks_like_saved_model(source), looks_like_meta_graph(source))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('node { name: "a" }', "GraphDef"),
        ("# a comment\n\nversions {\n}", "GraphDef"),
        ("saved_model_schema_version: 1", "SavedModel"),
        ("meta_graphs {", "SavedModel"),
        ("meta_info_def {", "MetaGraphDef"),
        ("node of a network", ""),
        ('model_checkpoint_path: "model"', ""),
        ("{", ""),
        ("", ""),
    ],
)
def test_a_text_is_known_by_its_first_field(text, expected):
    assert message_of(MemoryBytes(text.encode(), "made")) == expected


def test_a_graph_as_text_is_the_graph_in_binary():
    text = r"""
    node { name: "w" op: "Const"
      attr { key: "dtype" value { type: DT_FLOAT } }
      attr { key: "value" value { tensor { dtype: DT_FLOAT
        tensor_shape { dim { size: 2 } dim { size: 3 } } tensor_content: "\000\"}" float_val: 1.5e-3 } } } }
    node { name: "loop" op: "While" input: "w" input: "^x" attr { key: "body" value { func { name: "f" } } } }
    node { name: "v" op: "VarHandleOp" attr { key: "shape" value { shape { unknown_rank: true } } } }
    library { function { signature { name: "f" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" } }
      node_def { name: "id" op: "Identity" input: "x" } ret { key: "y" value: "id:output:0" } } }
    versions { producer: 1882 }
    """
    found = read_graph(whole(as_wire(MemoryBytes(text.encode(), "made.pbtxt"), "GraphDef")))

    body = Function("f", ("x",), (Node("id", "Identity", ("x",)),), (("y", "id:output:0"),))
    assert found.functions == (body,)
    assert found.nodes == (
        Node("w", "Const", (), "float32", (2, 3)), Node("loop", "While", ("w", "^x"), calls=("f",)),
        Node("v", "VarHandleOp"),
    )  # fmt: skip
    assert found.version == 1882


def test_an_unknown_rank_is_no_shape():
    assert reader.shape_of(shape_proto(None), "made") is None
