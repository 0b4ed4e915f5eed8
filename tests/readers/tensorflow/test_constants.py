"""Constants are weights or not by how they are read, by who takes them, and by their dtype and shape."""

from __future__ import annotations

import pytest

from paramcount.containers.protobuf import whole
from paramcount.errors import CorruptFile
from paramcount.model import Role
from paramcount.readers.tensorflow.constants import BY_DTYPE, BY_OPERATION, WAS_VARIABLE, by_itself, constants_of
from paramcount.readers.tensorflow.graph import read_graph
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import FLOAT, INT32, INT64, QINT8, QINT32, STRING, UINT8, calling, const, function, graph, node


def verdicts(*nodes, functions=(), **options):
    """Name to verdict of every constant."""
    found = constants_of(read_graph(whole(MemoryBytes(graph(*nodes, functions=functions), "made"))), **options)
    return {constant.stored_at: constant.verdict for constant in found}


def verdict(shape, dtype, *others, name="c", **more):
    return verdicts(const(name, shape, dtype), *others, **more)[name]


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("dense/kernel", node("dense/kernel/read", "Identity", "dense/kernel")),
        ("dense/kernel", node("dense/MatMul/ReadVariableOp", "Identity", "dense/kernel")),
        ("dense/MatMul/ReadVariableOp/resource", node("dense/MatMul/ReadVariableOp", "Identity", "x")),
        ("dense/MatMul/ReadVariableOp_1", b""),
    ],
)
def test_what_was_a_variable_is_known_by_its_reader_or_its_name(name, reader):
    others = (reader,) if reader else ()
    found = verdict((2, 3), FLOAT, *others, name=name)

    assert (found.role, found.evidence) == (Role.UNDETERMINED, WAS_VARIABLE)
    assert "it was a variable" in found.reason


def test_a_scalar_that_was_a_variable_is_a_parameter_unless_it_counts():
    reader = node("c/read", "Identity", "c")

    assert verdict((), FLOAT, reader).role is Role.UNDETERMINED
    assert verdict((), INT64, reader).role is Role.COUNTER


@pytest.mark.parametrize("name", ["c/reading", "other/read", "c/ReadVariableOpX"])
def test_other_identities_are_no_readers(name):
    found = verdict((2,), INT32, node(name, "Identity", "c"))

    assert found.role is Role.CONSTANT


@pytest.mark.parametrize(
    ("op", "position", "slot"),
    [
        ("Conv2D", 1, "kernel"),
        ("DepthwiseConv2dNative", 1, "kernel"),
        ("MatMul", 1, "kernel"),
        ("MatMul", 0, "kernel"),
        ("BiasAdd", 1, "bias"),
        ("FusedBatchNormV3", 1, "gamma"),
        ("FusedBatchNormV3", 4, "moving_variance"),
        ("GatherV2", 0, "embeddings"),
        ("_FusedConv2D", 2, "bias"),
    ],
)
def test_the_operation_says_what_a_weight_is(op, position, slot):
    inputs = ["x"] * 5
    inputs[position] = "c"
    found = verdict((4,), FLOAT, node("layer/op", op, *inputs))

    assert (found.role, found.evidence, found.op, found.slot) == (Role.UNDETERMINED, BY_OPERATION, op, slot)


def test_a_weight_is_followed_through_operations_that_pass_it_on():
    chain = [node("i", "Identity", "c"), node("r", "Reshape", "i", "s"), node("conv", "Conv2D", "x", "r:0")]

    assert verdict((4,), FLOAT, *chain).op == "Conv2D"


@pytest.mark.parametrize(
    ("op", "position", "reason"),
    [
        ("Reshape", 1, "shape of Reshape"),
        ("Transpose", 1, "permutation of Transpose"),
        ("Pad", 1, "paddings of Pad"),
        ("Mean", 1, "axes of Mean"),
        ("StridedSlice", 2, "bounds of StridedSlice"),
        ("Select", 1, "alternative of Select"),
    ],
)
@pytest.mark.parametrize("dtype", [INT32, FLOAT])
def test_sizes_are_no_weights_whatever_their_dtype(op, position, reason, dtype):
    inputs = ["x"] * 3
    inputs[position] = "c"
    found = verdict((4,), dtype, node("op", op, *inputs))

    assert (found.role, found.reason) == (Role.CONSTANT, reason)


@pytest.mark.parametrize(
    ("shape", "dtype", "role", "reason"),
    [
        ((3,), FLOAT, Role.UNDETERMINED, BY_DTYPE),
        ((), FLOAT, Role.CONSTANT, "a single number"),
        ((3,), INT32, Role.CONSTANT, "int32 values"),
        ((3,), UINT8, Role.CONSTANT, "uint8 values"),
        ((3,), STRING, Role.CONSTANT, "text"),
    ],
)
def test_without_evidence_dtype_and_shape_decide(shape, dtype, role, reason):
    found = verdict(shape, dtype, node("sum", "AddV2", "x", "c"))

    assert found.role is role
    assert reason in found.reason


def test_a_size_that_is_also_added_is_judged_by_its_dtype():
    takers = [node("shape", "Reshape", "x", "c"), node("sum", "AddV2", "x", "c")]

    assert verdict((3,), FLOAT, *takers).role is Role.UNDETERMINED
    assert verdict((3,), INT32, *takers).role is Role.CONSTANT


def test_quantized_weights_are_known_by_the_operation_that_makes_numbers_of_them():
    dequantize = [node("d", "Dequantize", "c", "low", "high"), node("conv", "Conv2D", "x", "d")]

    assert verdict((3, 4), UINT8, *dequantize).op == "Conv2D"
    assert verdict((3, 4), QINT8, node("q", "QuantizedConv2DWithBias", "x", "c", "b")).slot == "kernel"
    assert verdict((4,), QINT32, node("q", "QuantizedConv2DWithBias", "x", "k", "c")).slot == "bias"
    assert verdict((4,), INT32, node("conv", "BiasAdd", "x", "c")).role is Role.CONSTANT


def test_a_table_is_no_weight():
    assert verdict((3,), STRING, node("init", "LookupTableImportV2", "table", "c", "v")).role is Role.TABLE


class TestFunctions:
    BODY = function(
        "body", ["i", "w", "state"], [node("next", "MatMul", "state", "w")], {"i": "i", "w": "w", "state": "next:0"}
    )

    def test_a_constant_is_followed_into_a_loop_that_leaves_it_as_it_is(self):
        loop = calling("loop", "StatelessWhile", "zero", "c", "start", body="body")

        found = verdict((3, 3), FLOAT, loop, functions=(self.BODY,))
        assert (found.op, found.taker, found.taker_scope) == ("MatMul", "next", "body")

    def test_what_a_loop_begins_with_is_no_weight(self):
        loop = calling("loop", "While", "zero", "w", "c", body="body")

        found = verdict((1, 3), FLOAT, loop, functions=(self.BODY,))
        assert (found.role, found.reason) == (Role.CONSTANT, "what a loop begins with")

    def test_the_same_in_a_loop_of_old_operations(self):
        enter = [node("enter", "Enter", "c"), node("merge", "Merge", "enter", "next")]

        assert verdict((1, 3), FLOAT, *enter).role is Role.CONSTANT

    def test_the_first_input_of_a_condition_is_no_argument(self):
        branch = function("then", ["w"], [node("out", "MatMul", "x", "w")])
        call = calling("if", "If", "predicate", "c", then_branch="then")

        assert verdict((3, 3), FLOAT, call, functions=(branch,)).op == "MatMul"

    def test_a_function_may_be_called_by_its_name(self):
        inner = function("f", ["w"], [node("out", "Conv2D", "x", "w")])

        assert verdict((3, 3), FLOAT, node("call", "f", "c"), functions=(inner,)).op == "Conv2D"

    def test_constants_of_functions_are_found_under_the_name_of_the_function(self):
        inner = function("f", [], [const("w", (2, 2)), node("out", "MatMul", "x", "w")])
        found = verdicts(node("call", "f"), functions=(inner,))

        assert found["f: w"].evidence == BY_OPERATION

    def test_constants_of_functions_that_nothing_calls_are_no_weights(self):
        inner = function("f", [], [const("w", (2, 2)), node("out", "MatMul", "x", "w")])

        assert verdicts(node("a", "NoOp"), functions=(inner,))["f: w"].reason == "in a function that nothing calls"
        assert verdicts(functions=(inner,))["f: w"].role is Role.UNDETERMINED

    def test_functions_that_call_each_other_end(self):
        one = function("f", ["x"], [node("g", "g", "x")])
        two = function("g", ["x"], [node("f", "f", "x")])

        assert verdict((2,), FLOAT, node("call", "f", "c"), functions=(one, two)).role is Role.UNDETERMINED


def test_beside_variables_only_what_was_one_is_a_weight():
    nodes = (const("a", (2,)), node("a/read", "Identity", "a"), const("b", (2,)), node("sum", "BiasAdd", "x", "b"))
    found = verdicts(*nodes, holds_variables=True)

    assert (found["a"].role, found["b"].role) == (Role.UNDETERMINED, Role.CONSTANT)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Const_1", Role.CONSTANT),
        ("a/Const", Role.CONSTANT),
        ("crf/transitions", Role.UNDETERMINED),
        ("Const_1/kernel", Role.UNDETERMINED),
        ("Constant", Role.UNDETERMINED),
    ],
)
def test_beside_what_were_variables_a_name_of_a_constant_is_one(name, role):
    """Such as a row of zeros that is put before an embedding."""
    marked = const("kernel", (2, 3), FLOAT), node("kernel/read", "Identity", "kernel")

    assert verdict((1, 100), FLOAT, *marked, name=name).role is role
    assert verdict((1, 100), FLOAT, name=name).role is Role.UNDETERMINED


def test_two_constants_of_one_name_are_refused():
    with pytest.raises(CorruptFile, match="one name"):
        verdicts(const("a", (2,)), const("a", (3,)))


def test_a_tensor_alone_is_judged_by_dtype_and_shape():
    assert by_itself("float16", (2,)).role is Role.UNDETERMINED
    assert by_itself("int8", (2,)).role is Role.CONSTANT
    assert by_itself("int8", (2,), small_integers=True).role is Role.UNDETERMINED
    assert by_itself("", (2,)).role is Role.CONSTANT
