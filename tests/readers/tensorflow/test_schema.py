"""The tables of field numbers, dtypes and operations are TensorFlow's own."""

from __future__ import annotations

import pytest

from paramcount.containers.protobuf import whole
from paramcount.readers.tensorflow import tflite_operations as lite
from paramcount.readers.tensorflow.schema import DTYPES, SCHEMA
from paramcount.readers.tensorflow.text import as_wire, message_of
from paramcount.sources.bytesource import MemoryBytes

pytestmark = pytest.mark.oracle


@pytest.fixture(autouse=True, scope="module")
def tensorflow():
    """The module; the tests here are skipped where it is not installed."""
    return pytest.importorskip("tensorflow")


def descriptors():
    """Every message below a SavedModel, and the definition of a variable, by our name and by TensorFlow's."""
    from tensorflow.core.framework import variable_pb2
    from tensorflow.core.protobuf import saved_model_pb2

    found = {}
    pending = [
        ("SavedModel", saved_model_pb2.SavedModel.DESCRIPTOR),
        ("VariableDef", variable_pb2.VariableDef.DESCRIPTOR),
    ]
    while pending:
        name, descriptor = pending.pop()
        if name in found or name not in SCHEMA.messages:
            continue
        found[name] = descriptor
        for field, (_, kind) in SCHEMA.messages[name].items():
            pending.append((kind, descriptor.fields_by_name[field].message_type))
    return found


def test_every_message_of_the_schema_is_reached():
    assert set(descriptors()) == set(SCHEMA.messages)


@pytest.mark.parametrize("message", list(SCHEMA.messages))
def test_numbers_and_kinds_of_fields_are_those_of_tensorflow(message):
    kinds = {3: "int", 4: "int", 5: "int", 8: "bool", 9: "bytes", 12: "bytes", 14: "DataType"}
    descriptor = descriptors()[message]
    for field, (number, kind) in SCHEMA.messages[message].items():
        held = descriptor.fields_by_name[field]
        assert (held.number, kinds.get(held.type, kind)) == (number, kind), field


def test_dtypes_have_the_numbers_of_tensorflow():
    from tensorflow.core.framework import types_pb2

    assert dict(types_pb2.DataType.items()) == DTYPES


def test_operations_and_dtypes_of_tensorflow_lite_have_its_numbers():
    from tensorflow.lite.python import schema_py_generated as schema

    operations = {number: name for name, number in vars(schema.BuiltinOperator).items() if name[0] != "_"}
    dtypes = {number: name.lower() for name, number in vars(schema.TensorType).items() if name[0] != "_"}

    assert {number: lite.name_of(number) for number in operations} == operations
    assert {number: lite.dtype_of(number) for number in dtypes} == dtypes
    known = lite.OPERATIONS
    for table in (known.weights, known.sizes, known.passing, known.loops, known.branches):
        assert set(table) - {lite.FIRST_STATE} <= set(operations.values())


def test_operations_of_graphs_are_those_of_tensorflow():
    from tensorflow.python.framework import op_def_registry

    from paramcount.readers.tensorflow.consumers import GRAPH

    # These are made by the converter of TensorFlow.js, or were in older versions.
    elsewhere = {"FusedDepthwiseConv2dNative", "_FusedDepthwiseConv2dNative", "Prelu", "EmbeddingLookup", "RefIdentity"}
    for table in (GRAPH.weights, GRAPH.sizes, GRAPH.passing, GRAPH.loops, GRAPH.branches, GRAPH.tables, GRAPH.merges):
        assert {name for name in table if op_def_registry.get(name) is None} <= elsewhere


@pytest.mark.filterwarnings("ignore")
def test_a_saved_model_as_text_has_what_the_binary_has(tmp_path, tensorflow):
    tf = tensorflow
    from google.protobuf import text_format
    from tensorflow.core.protobuf import saved_model_pb2

    module = tf.Module()
    module.v = tf.Variable(tf.ones((3, 2)), name="v", trainable=False)
    module.c = tf.constant([1.0, 2.0])
    module.f = tf.function(lambda x: x @ module.v + module.c, input_signature=[tf.TensorSpec((1, 3))])
    tf.saved_model.save(module, str(tmp_path))
    binary = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    source = MemoryBytes(text_format.MessageToString(binary).encode(), "saved_model.pbtxt")

    assert message_of(source) == "SavedModel"
    made = saved_model_pb2.SavedModel.FromString(whole(as_wire(source, "SavedModel")).read())
    kept, held = made.meta_graphs[0], binary.meta_graphs[0]
    assert list(kept.meta_info_def.tags) == list(held.meta_info_def.tags)
    assert len(kept.object_graph_def.nodes) == len(held.object_graph_def.nodes)
    for mine, theirs in zip(kept.object_graph_def.nodes, held.object_graph_def.nodes, strict=True):
        assert mine.WhichOneof("kind") == theirs.WhichOneof("kind")
        assert mine.children == theirs.children
        assert (mine.variable.shape, mine.variable.name) == (theirs.variable.shape, theirs.variable.name)
    for mine, theirs in zip(kept.graph_def.node, held.graph_def.node, strict=True):
        assert (mine.name, mine.op, mine.input) == (theirs.name, theirs.op, theirs.input)
        assert mine.attr["value"].tensor.tensor_shape == theirs.attr["value"].tensor.tensor_shape
