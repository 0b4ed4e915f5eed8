"""Graphs are counted by their constants where they are frozen, and by their variables where they are not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import paramcount
from oracle_frameworks import framework
from paramcount.model import Role
from paramcount.readers.tensorflow.frozen import read_frozen
from paramcount.readers.tensorflow.text import as_wire
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import INT32, INT64, UINT8, const, function, graph, node, variable


def report(data):
    found = Report(read_frozen(MemoryBytes(data, "frozen.pb")))
    assert found.reconcile().holds
    return found


def findings(found):
    return {finding.id: finding for finding in found.findings}


FROZEN = graph(
    const("net/conv/Conv2D/ReadVariableOp/resource", (3, 3, 3, 8)),
    node("net/conv/Conv2D/ReadVariableOp", "Identity", "net/conv/Conv2D/ReadVariableOp/resource"),
    node("net/conv/Conv2D", "Conv2D", "x", "net/conv/Conv2D/ReadVariableOp"),
    const("net/conv/BiasAdd/ReadVariableOp/resource", (8,)),
    node("net/conv/BiasAdd/ReadVariableOp", "Identity", "net/conv/BiasAdd/ReadVariableOp/resource"),
    node("net/conv/BiasAdd", "BiasAdd", "net/conv/Conv2D", "net/conv/BiasAdd/ReadVariableOp"),
    const("net/flatten/Const", (2,), INT32),
    node("net/flatten/Reshape", "Reshape", "net/conv/BiasAdd", "net/flatten/Const"),
    const("net/bn/ReadVariableOp/resource", (8,)),
    node("net/bn/ReadVariableOp", "Identity", "net/bn/ReadVariableOp/resource"),
    node("net/bn/FusedBatchNormV3", "FusedBatchNormV3", "x", "net/bn/ReadVariableOp", "b", "m", "v"),
)


def test_a_frozen_graph_has_rows_by_the_names_of_its_nodes():
    found = report(FROZEN)

    assert (found.total, found.undetermined, found.trainable, found.tensors) == (232, 232, 0, 3)
    assert [(row.layer.name, row.layer.class_name, row.parameters) for row in found.rows(1)] == [
        ("conv", "Conv2D", 224), ("bn", "FusedBatchNormV3", 8),
    ]  # fmt: skip
    assert [variable.path for variable in found.variables()] == ["conv/kernel", "conv/bias", "bn/gamma"]
    assert found.model.root.name == "net"


def test_constants_that_are_no_weights_stand_apart():
    found = report(FROZEN)

    assert [(one.path, one.role, one.parameters) for one in found.not_parameters] == [
        ("net/flatten/Const", Role.CONSTANT, 2)
    ]
    assert found.model.stored == (234, 4)
    assert found.source.format == "frozen-graph"


def test_the_finding_says_by_what_evidence_tensors_are_weights():
    told = findings(report(FROZEN))["constants-as-weights"].message

    assert "3 tensors counted as weights (3 read as variables are)" in told
    assert "folded" not in told


def test_weights_without_a_trace_of_variables_are_doubtful():
    data = graph(
        const("w", (2, 3)), node("a/mul", "Mul", "x", "w"), const("k", (2, 3)), node("b/m", "MatMul", "x", "k")
    )
    found = report(data)
    told = findings(found)["constants-as-weights"].message

    assert found.total == 12
    assert "1 taken as weights by their operations, 1 only by dtype and shape" in told
    assert "folded into kernels" in told
    assert [row.layer.path for row in found.rows(1)] == ["a", "b"]


def test_one_constant_with_two_takers_is_counted_once():
    data = graph(const("w", (2, 3)), node("a", "MatMul", "x", "w"), node("b", "MatMul", "y", "w"))

    assert (report(data).total, report(data).tensors) == (6, 1)


def test_functions_are_counted_too():
    inner = function("f", [], [const("f/w", (2, 3)), node("f/m", "MatMul", "x", "f/w")])
    found = report(graph(node("call", "f"), const("a/w", (4,)), node("a/b", "BiasAdd", "x", "a/w"), functions=(inner,)))

    assert found.total == 10
    assert {one.stored_at for one in found.variables()} == {"a/w", "f: f/w"}


def test_quantized_constants_are_counted_as_they_are_without_quantization():
    data = graph(
        const("k", (3, 4), UINT8), const("low", ()), const("high", ()), node("d", "Dequantize", "k", "low", "high"),
        node("fc/MatMul", "MatMul", "x", "d"),
    )  # fmt: skip
    found = report(data)

    assert found.total == 12
    assert "weights-quantized" in findings(found)


def test_a_graph_that_is_not_frozen_is_counted_by_its_variables():
    data = graph(
        variable("fc/w", (4, 3), op="VariableV2"), variable("fc/b", (3,)), variable("global_step", (), INT64),
        const("fc/b/init", (3,)), node("fc/b/Assign", "AssignVariableOp", "fc/b", "fc/b/init"),
    )  # fmt: skip
    found = report(data)

    assert (found.total, found.undetermined, found.source.format) == (15, 15, "graph-def")
    assert [(row.layer.name, row.parameters) for row in found.rows(1)] == [("fc", 15)]
    assert {one.role for one in found.not_parameters} == {Role.COUNTER, Role.CONSTANT}
    assert "3 variables" in findings(found)["graph-not-frozen"].message


def test_an_optimizer_in_the_graph_tells_what_trains_and_what_is_its_own():
    data = graph(
        variable("fc/w", (4, 3)), variable("fc/w/Adam", (4, 3)), variable("fc/w/Adam_1", (4, 3)),
        variable("fixed", (7,)),
        node("Adam/update", "ResourceApplyAdam", "fc/w", "fc/w/Adam", "fc/w/Adam_1", "x"),
    )  # fmt: skip
    found = report(data)

    assert (found.total, found.trainable, found.undetermined) == (19, 12, 7)
    assert sum(one.parameters for one in found.not_parameters if one.role is Role.OPTIMIZER) == 24


def test_a_variable_of_unknown_shape_makes_the_total_a_lower_bound():
    found = report(graph(variable("a/w", None), variable("a/b", (3,))))

    assert found.lower_bound
    assert found.total == 3


def test_two_handles_of_one_variable_are_one():
    again = variable("a/w", (3,)).replace(b"\n\x03a/w", b"\n\x03a/v", 1)

    assert report(graph(variable("a/w", (3,)), again)).total == 3


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ((node("x", "Placeholder"), node("y", "Relu", "x")), "neither constants nor variables"),
        ((const("s", (2,), INT32), node("r", "Reshape", "x", "s")), "None of the 1 constant is a weight"),
    ],
)
def test_a_true_zero_says_why(nodes, words):
    found = report(graph(*nodes))

    assert (found.total, found.lower_bound) == (0, False)
    assert words in findings(found)["no-weights"].message


def test_weights_inside_a_compiled_operation_are_unknown_and_not_zero():
    found = report(graph(node("trt/engine", "TRTEngineOp", "x")))

    assert found.total is None
    assert "opaque-operation" in findings(found)


def test_names_of_any_depth_make_a_tree_of_bounded_depth():
    names = ["a/" * depth + "w" for depth in (1, 30, 2000)]
    found = report(graph(*[const(name, (2,)) for name in names]))

    assert found.total == 6
    assert max(row.depth for row in found.rows()) < 25
    assert str(found)


def test_a_text_is_counted_as_the_binary_is():
    text = b'node { name: "w" op: "Const" attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape '
    text += b'{ dim { size: 5 } } } } } } node { name: "a/add" op: "BiasAdd" input: "x" input: "w" }'
    source = MemoryBytes(text, "frozen.pbtxt")
    found = Report(read_frozen(as_wire(source, "GraphDef"), source))

    assert found.total == 5
    assert found.source.size_bytes == len(text)


def little(keras):
    """A convolution, batch normalization, a depthwise convolution and a dense layer."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(8, 3, name="conv")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.DepthwiseConv2D(3, name="dw")(x)
    return keras.Model(image, layers.Dense(10, name="head")(layers.Flatten()(x)), name="little")


def recurrent(keras):
    layers = keras.layers
    tokens = keras.Input((7,), name="tokens", dtype="int32")
    x = layers.LSTM(5, name="lstm")(layers.Embedding(50, 6, name="emb")(tokens))
    return keras.Model(tokens, layers.Dense(3, name="out")(x), name="rec")


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@pytest.mark.parametrize(("build", "shape", "dtype"), [(little, (1, 8, 8, 3), "float32"), (recurrent, (1, 7), "int32")])
@pytest.mark.parametrize("lower", [True, False])
def test_a_model_frozen_by_tensorflow_2_has_the_number_of_keras(tmp_path, name, build, shape, dtype, lower):
    keras = framework(name) or pytest.skip(f"{name} is not installed")
    tf = pytest.importorskip("tensorflow")
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = build(keras)
    traced = tf.function(model.__call__).get_concrete_function(tf.TensorSpec(shape, dtype))
    frozen = convert_variables_to_constants_v2(traced, lower_control_flow=lower).graph.as_graph_def()
    (tmp_path / "frozen.pb").write_bytes(frozen.SerializeToString())
    tf.io.write_graph(frozen, str(tmp_path), "frozen.pbtxt", as_text=True)

    for file in ("frozen.pb", "frozen.pbtxt"):
        found = paramcount.count(tmp_path / file)
        assert found.reconcile().holds
        assert (found.total, found.tensors) == (model.count_params(), len(model.weights))
        held = sum(_elements(one) for one in _all_nodes(frozen) if one.op == "Const")
        assert found.model.stored.parameters == held


def _all_nodes(graph_def):
    yield from graph_def.node
    for one in graph_def.library.function:
        yield from one.node_def


def _elements(one):
    total = 1
    for dim in one.attr["value"].tensor.tensor_shape.dim:
        total *= dim.size
    return total


@pytest.mark.oracle
@pytest.mark.parametrize("resource", [True, False])
def test_a_graph_of_tensorflow_1_before_and_after_freezing(resource):
    tf = pytest.importorskip("tensorflow").compat.v1
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, (None, 4), "x")
        w = tf.get_variable("fc/w", (4, 3), use_resource=resource)
        b = tf.get_variable("fc/b", (3,), use_resource=resource)
        y = tf.nn.bias_add(tf.matmul(x, w), b, name="y")
        tf.train.AdamOptimizer().minimize(tf.reduce_mean(y))
        session.run(tf.global_variables_initializer())
        definition = session.graph.as_graph_def()
        frozen = tf.graph_util.convert_variables_to_constants(session, definition, ["y"])

    assert (report(frozen.SerializeToString()).total, report(frozen.SerializeToString()).tensors) == (15, 2)
    training = report(definition.SerializeToString())
    assert (training.total, training.trainable) == (15, 15)
    assert {one.name for one in training.not_parameters if one.role is Role.OPTIMIZER} == {
        "Adam", "Adam_1", "beta1_power", "beta2_power",
    }  # fmt: skip


def test_the_command_shows_a_graph(tmp_path):
    from paramcount.cli.main import main

    path = Path(tmp_path / "frozen.pb")
    path.write_bytes(FROZEN)
    shown = io.StringIO()

    assert main([str(path)], shown, shown) == 0
    assert "TensorFlow frozen graph" in shown.getvalue()
