"""TensorFlow Lite models are counted tensor by tensor, each buffer once."""

from __future__ import annotations

import pytest

import paramcount
from oracle_frameworks import framework
from paramcount.errors import CorruptFile
from paramcount.model import Role
from paramcount.readers.tensorflow.tflite import read_tflite
from paramcount.readers.tensorflow.tflite_operations import dtype_of, name_of
from paramcount.report import Report
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from tensorflow_files import (
    Int,
    builtin,
    convolution,
    custom,
    data_of,
    flatbuffer,
    operator,
    subgraph,
    tensor,
    tflite,
)

ADD, CONV, DEQUANTIZE, FULLY, RESHAPE, LSTM, WHILE, CALL_ONCE, HANDLE, ASSIGN = 0, 3, 6, 9, 22, 44, 119, 129, 142, 144


def report(data):
    found = Report(read_tflite(MemoryBytes(data, "made.tflite")))
    assert found.reconcile().holds
    return found


def findings(found):
    return {finding.id: finding for finding in found.findings}


def one(code, inputs, *tensors, buffers, codes=None):
    """A model of one operation, whose result is its last tensor."""
    output = tensor("out", (1,))
    made = subgraph([*tensors, output], [operator(0, inputs, (len(tensors),))])
    return tflite(codes or [builtin(code)], [made], buffers)


def test_a_model_has_rows_by_its_operations():
    found = report(convolution())

    assert (found.total, found.undetermined, found.tensors) == (224, 224, 2)
    assert [(row.layer.name, row.layer.class_name) for row in found.rows(1)] == [("conv", "CONV_2D")]
    assert [variable.name for variable in found.variables()] == ["kernel", "bias"]
    assert [(v.role, v.reason) for v in found.not_parameters] == [(Role.CONSTANT, "shape of RESHAPE")]
    assert found.model.stored == (226, 3)


def test_the_finding_says_why_the_number_is_below_that_of_keras():
    told = findings(report(convolution()))["batch-normalization-folded"].message

    assert "batch normalization has become part of kernels" in told
    assert "What trained is not in the file" in told


@pytest.mark.parametrize(
    ("dtype", "bias"), [("float32", "float32"), ("int8", "int32"), ("uint8", "int32"), ("int4", "int32")]
)
def test_quantization_never_changes_the_count(dtype, bias):
    found = report(convolution(dtype, bias))

    assert found.total == 224
    assert ("weights-quantized" in findings(found)) == (dtype != "float32")
    assert "size-disagrees" not in findings(found)


def test_float16_weights_are_followed_through_the_operation_that_widens_them():
    tensors = [
        tensor("x", (1, 4)),
        tensor("net/fc/MatMul", (3, 4), "float16", 1),
        tensor("wide", (3, 4)),
        tensor("y", (1, 3)),
    ]
    made = subgraph(tensors, [operator(0, (1,), (2,)), operator(1, (0, 2, -1), (3,))])
    found = report(tflite([builtin(DEQUANTIZE), builtin(FULLY)], [made], [b"", data_of((3, 4), "float16")]))

    assert found.total == 12
    assert [row.layer.class_name for row in found.rows(1)] == ["FULLY_CONNECTED"]
    assert next(iter(found.variables())).dtype == "float16"


def test_a_buffer_of_two_tensors_is_counted_once_and_shown_in_both_places():
    tensors = [
        tensor("x", (1, 4)),
        tensor("a/fc/k", (4, 4), buffer=1),
        tensor("b/fc/k", (4, 4), buffer=1),
        tensor("y", (1, 4)),
        tensor("z", (1, 4)),
    ]
    made = subgraph(tensors, [operator(0, (0, 1), (3,)), operator(0, (3, 2), (4,))])
    found = report(tflite([builtin(FULLY)], [made], [b"", data_of((4, 4))]))

    assert (found.total, found.tensors) == (16, 1)
    assert [row.parameters for row in found.rows(1)] == [16, 16]
    assert found.reconcile().shown_twice == 16


def test_a_buffer_that_is_a_weight_somewhere_is_a_weight():
    tensors = [
        tensor("x", (1, 4)),
        tensor("s", (4,), buffer=1),
        tensor("k", (4,), buffer=1),
        tensor("y", (1, 4)),
        tensor("z", (1,)),
    ]
    made = subgraph(tensors, [operator(0, (0, 1), (3,)), operator(1, (3, 2), (4,))])
    found = report(tflite([builtin(RESHAPE), builtin(FULLY)], [made], [b"", data_of((4,))]))

    assert (found.total, found.not_parameters) == (4, ())


def test_state_and_inputs_have_no_values():
    found = report(
        one(
            LSTM,
            (0, 1, 2),
            tensor("x", (1, 4)),
            tensor("k", (2, 4), buffer=1),
            tensor("state", (1, 2), is_variable=True),
            buffers=[b"", data_of((2, 4))],
        )
    )

    assert found.total == 8


def test_the_weights_of_a_recurrent_layer_are_named_by_their_gates():
    tensors = [tensor("x", (1, 7, 4)), *[tensor(f"arith.constant{n}", (2, 4), buffer=n) for n in range(1, 5)]]
    found = report(one(LSTM, (0, 1, 2, 3, 4), *tensors, buffers=[b"", *[data_of((2, 4))] * 4]))

    assert [row.layer.name for row in found.rows(1)] == ["unidirectional_sequence_lstm"]
    assert [v.name for v in found.variables()] == ["kernel_input", "kernel_forget", "kernel_cell", "kernel_output"]


def test_a_constant_that_an_operation_of_any_kind_takes_is_judged_by_its_dtype():
    shapes = [("float32", (3,)), ("int8", (3,)), ("int32", (3,)), ("float32", ())]
    tensors = [tensor(f"t{n}", shape, dtype, n + 1) for n, (dtype, shape) in enumerate(shapes)]
    found = report(one(ADD, (0, 1, 2, 3), *tensors, buffers=[b"", *[data_of(shape, dtype) for dtype, shape in shapes]]))

    assert (found.total, found.tensors) == (6, 2)
    assert "2 tensors counted by dtype and shape alone" in findings(found)["batch-normalization-folded"].message


def test_an_operation_of_somebodys_own_keeps_its_name():
    found = report(
        one(
            0,
            (0, 1),
            tensor("x", (1,)),
            tensor("k", (3, 3), buffer=1),
            codes=[custom("Mine")],
            buffers=[b"", data_of((3, 3))],
        )
    )

    assert [(row.layer.class_name, row.parameters) for row in found.rows(1)] == [("Mine", 9)]


def test_a_compiled_model_is_unknown_and_not_zero():
    found = report(one(0, (0,), tensor("x", (1,)), codes=[custom("edgetpu-custom-op")], buffers=[b""]))

    assert (found.total, found.lower_bound) == (None, True)
    assert "cannot be counted" in findings(found)["opaque-operation"].message


def test_what_lies_outside_of_a_compiled_part_is_a_lower_bound():
    tensors = [tensor("x", (1, 4)), tensor("k", (3, 4), buffer=1), tensor("y", (1, 3)), tensor("z", (1,))]
    made = subgraph(tensors, [operator(0, (0,), (2,)), operator(1, (2, 1), (3,))])
    found = report(tflite([custom("edgetpu-custom-op"), builtin(FULLY)], [made], [b"", data_of((3, 4))]))

    assert (found.total, found.lower_bound) == (12, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (one(98, (0,), tensor("x", (1,)), buffers=[b""]), "take none, so that it has no parameters"),
        (
            one(RESHAPE, (0, 1), tensor("x", (1,)), tensor("s", (2,), "int32", 1), buffers=[b"", bytes(8)]),
            "None of the 1 tensor",
        ),
        (
            one(18, (0, 1), tensor("x", (1,)), tensor("k", (), buffer=1), buffers=[b"", bytes(4)]),
            "1 single number may have been one",
        ),
    ],
)
def test_a_true_zero_says_why(data, words):
    found = report(data)

    assert (found.total, found.lower_bound) == (0, False)
    assert words in findings(found)["no-weights"].message


def test_a_sparse_tensor_counts_by_its_shape_and_says_what_is_stored():
    tensors = [tensor("x", (1, 8)), tensor("k", (8, 8), buffer=1, sparse=True), tensor("y", (1, 8))]
    made = subgraph(tensors, [operator(0, (0, 1), (2,))])
    found = report(tflite([builtin(FULLY)], [made], [b"", bytes(40)]))

    assert found.total == 64
    assert "10 values that are not zero" in findings(found)["weights-sparse"].message
    assert "size-disagrees" not in findings(found)


def test_values_that_are_not_as_many_as_the_shape_says_are_reported():
    found = report(one(FULLY, (0, 1), tensor("x", (1, 8)), tensor("k", (8, 8), buffer=1), buffers=[b"", bytes(40)]))

    assert found.total == 64
    assert "k: 40 bytes for 64 values of float32" in findings(found)["size-disagrees"].message


def test_values_behind_the_tables_are_found_by_their_offset():
    """A file above two gigabytes keeps its values behind the FlatBuffer."""
    tensors = [tensor("x", (1, 4)), tensor("k", (3, 4), buffer=1), tensor("y", (1, 3))]
    model = {0: Int(3), 1: [builtin(FULLY)], 2: [subgraph(tensors, [operator(0, (0, 1), (2,))])]}
    tables = len(flatbuffer({**model, 4: [{}, {1: Int(1, 8), 2: Int(48, 8)}]}))
    placed = flatbuffer({**model, 4: [{}, {1: Int(tables, 8), 2: Int(48, 8)}]})

    assert report(placed + bytes(48)).total == 12
    with pytest.raises(CorruptFile, match="beyond the end"):
        report(placed + bytes(47))


def test_values_in_another_file_are_counted_by_their_shape():
    tensors = [tensor("x", (1, 4)), {**tensor("k", (3, 4)), 10: Int(7)}, tensor("y", (1, 3))]
    made = subgraph(tensors, [operator(0, (0, 1), (2,))])
    found = report(flatbuffer({1: [builtin(FULLY)], 2: [made], 4: [{}], 9: [{0: Int(7), 3: Int(48, 8)}]}))

    assert (found.total, found.model.stored) == (12, (12, 1))
    assert "values-elsewhere" in findings(found)


def test_weights_of_a_loop_are_found_in_its_body():
    outer = [
        tensor("i", (1,), "int32", 1),
        tensor("state", (1, 3), buffer=2),
        tensor("w", (3, 3), buffer=3),
        tensor("a", (1,)),
        tensor("b", (1,)),
        tensor("c", (1,)),
    ]
    options = {0: Int(1), 1: Int(2)}
    main = subgraph(outer, [operator(0, (0, 1, 2), (3, 4, 5), options)], (), (4,))
    inner = [tensor("i", (1,), "int32"), tensor("state", (1, 3)), tensor("w", (3, 3)), tensor("cell/next", (1, 3))]
    condition = subgraph(inner, [], (0, 1, 2), (0,))
    body = subgraph(inner, [operator(1, (1, 2), (3,))], (0, 1, 2), (0, 3, 2))
    found = report(
        tflite([builtin(WHILE), builtin(FULLY)], [main, condition, body], [b"", bytes(4), bytes(12), bytes(36)])
    )

    assert found.total == 9
    assert {one.reason for one in found.not_parameters} >= {"what a loop begins with"}


def test_the_values_that_variables_begin_with_are_weights():
    main = subgraph([tensor("x", (1,))], [operator(0, (), (), {0: Int(1)})])
    start = subgraph([tensor("handle", (1,)), tensor("w", (3, 3), buffer=1)], [operator(1, (0, 1), ())])
    found = report(tflite([builtin(CALL_ONCE), builtin(ASSIGN)], [main, start], [b"", bytes(36)]))

    assert (found.total, [v.name for v in found.variables()]) == (9, ["variable"])


@pytest.mark.parametrize(("source", "total"), [(2, 6), (3, 15)])
def test_what_a_state_begins_with_is_no_weight(source, total):
    """Streaming models write to a variable what they compute; a variable that is only given constants is a weight."""
    tensors = [tensor("x", (1, 3)), tensor("handle", (1,)), tensor("k", (2, 3), buffer=2), tensor("new", (3, 3))]
    tensors[3] = tensor("new", (3, 3), buffer=1 if source == 3 else 0)
    main = subgraph(
        tensors,
        [
            operator(0, (), (), {0: Int(1)}),
            operator(2, (), (1,), {1: "ring"}),
            operator(3, (0, 2), (3,) if source == 2 else (0,)),
            operator(1, (1, 3), ()),
        ],
    )
    start = subgraph(
        [tensor("handle", (1,)), tensor("w", (3, 3), buffer=1)],
        [operator(2, (), (0,), {1: "ring"}), operator(1, (0, 1), ())],
    )
    codes = [builtin(CALL_ONCE), builtin(ASSIGN), builtin(HANDLE), builtin(FULLY)]
    found = report(tflite(codes, [main, start], [b"", bytes(36), bytes(24)]))

    assert found.total == total
    states = [variable.reason for variable in found.not_parameters]
    assert states == (["first value of ASSIGN_VARIABLE to a state"] if source == 2 else [])


def test_operations_and_dtypes_that_are_newer_have_numbers_for_names():
    assert (name_of(3), name_of(9999), dtype_of(0), dtype_of(250)) == ("CONV_2D", "OPERATION_9999", "float32", "")
    found = report(one(5000, (0, 1), tensor("x", (1,)), tensor("k", (2,), buffer=1), buffers=[b"", bytes(8)]))

    assert [row.layer.class_name for row in found.rows(1)] == ["OPERATION_5000"]


def test_the_weights_are_not_read(tmp_path):
    path = tmp_path / "big.tflite"
    shape = (1000, 1000)
    tensors = [tensor("x", (1, 1000)), *[tensor(f"k{n}", shape, buffer=n) for n in range(1, 4)], tensor("y", (1,))]
    made = subgraph(tensors, [operator(0, (0, n), (4,)) for n in range(1, 4)])
    path.write_bytes(tflite([builtin(FULLY)], [made], [b"", *[data_of(shape)] * 3]))
    with LocalFile(str(path)) as source:
        found = Report(read_tflite(source))
        read = source.bytes_read

    assert found.total == 3_000_000
    assert read < 40_000


def little(keras):
    layers = keras.layers
    image = keras.Input((16, 16, 3), name="image")
    x = layers.ReLU()(layers.BatchNormalization(name="bn")(layers.Conv2D(8, 3, name="conv")(image)))
    x = layers.DepthwiseConv2D(3, name="dw")(x)
    return keras.Model(image, layers.Dense(10, name="head")(layers.Flatten()(x)), name="little")


def converter(tf, keras, folder):
    model = little(keras)
    # Equal zero biases would be stored once: real ones differ.
    for index, weight in enumerate(model.weights):
        weight.assign(weight + tf.random.stateless_uniform(weight.shape, (index, 1)) + 1.0)
    if keras.__version__.startswith("3"):
        model.export(str(folder / "exported"), verbose=False)
        return tf.lite.TFLiteConverter.from_saved_model(str(folder / "exported"))
    return tf.lite.TFLiteConverter.from_keras_model(model)


def samples(tf):
    for seed in range(2):
        yield [tf.random.stateless_uniform((1, 16, 16, 3), (seed, 2))]


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@pytest.mark.parametrize("mode", ["float", "float16", "dynamic", "int8", "int16x8"])
@pytest.mark.filterwarnings("ignore")
def test_every_mode_of_the_converter_gives_the_same_number(tmp_path, name, mode):
    keras = framework(name) or pytest.skip(f"{name} is not installed")
    tf = pytest.importorskip("tensorflow")
    made = converter(tf, keras, tmp_path)
    if mode != "float":
        made.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "float16":
        made.target_spec.supported_types = [tf.float16]
    if mode in ("int8", "int16x8"):
        made.representative_dataset = lambda: samples(tf)
        sets = tf.lite.OpsSet
        kind = (
            sets.TFLITE_BUILTINS_INT8
            if mode == "int8"
            else sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        )
        made.target_spec.supported_ops = [kind]
    data = made.convert()
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    found = paramcount.count(path)

    assert found.reconcile().holds
    # Batch normalization, 32 parameters, became part of the convolution, which has a kernel and a bias.
    assert found.total == 8 * 27 + 8 + 8 * 9 + 8 + 8 * 144 * 10 + 10
    assert [row.layer.class_name for row in found.rows(1)] == ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]
    assert found.model.stored == by_schema(data)


def by_schema(data):
    """Elements and buffers of all tensors with values, read with the bindings that TensorFlow carries."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    seen = {}
    for part in model.subgraphs:
        for one in part.tensors:
            values = model.buffers[one.buffer].data
            if values is not None and len(values):
                elements = 1
                for size in one.shape if one.shape is not None else ():
                    elements *= int(size)
                seen.setdefault(one.buffer, elements)
    return sum(seen.values()), len(seen)


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_a_recurrent_model_of_the_converter(tmp_path):
    keras = framework("tf_keras") or pytest.skip("tf_keras is not installed")
    tf = pytest.importorskip("tensorflow")
    tokens = keras.Input((7,), name="tokens", dtype="int32", batch_size=1)
    x = keras.layers.LSTM(5, name="lstm")(keras.layers.Embedding(50, 6, name="emb")(tokens))
    model = keras.Model(tokens, keras.layers.Dense(3, name="out")(x), name="rec")
    for index, weight in enumerate(model.weights):
        weight.assign(weight + tf.random.stateless_uniform(weight.shape, (index, 1)) + 1.0)
    data = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    found = report(data)

    assert found.total == model.count_params()
    assert found.model.stored == by_schema(data)
