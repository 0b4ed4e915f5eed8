"""What must hold without any framework: constants, slices, hostile arguments."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramcount.operations import Tensor, keras_output, tf_output
from paramcount.operations.families import KERAS, KERAS_BINARY, KERAS_UNCHANGED, TF, TF_BINARY, TF_UNCHANGED
from paramcount.operations.node_def import _INPUTS, _NODES

X = Tensor((None, 4, 6))
NUMPY = "keras.src.ops.numpy"
UNKNOWN = Tensor(None)
EXAMPLES = max(150, int(os.environ.get("PARAMCOUNT_EXAMPLES", "0")))


def named(families: dict[str, str]) -> list[str]:
    return [word.partition("=")[0] for names in families.values() for word in names.split()]


KERAS_NAMES = sorted([*KERAS_UNCHANGED, *KERAS_BINARY, *named(KERAS)])
TF_NAMES = sorted([*TF_UNCHANGED, *TF_BINARY, *named(TF)])
NODE_NAMES = sorted([*_INPUTS, *(word.partition("=")[0] for word in _NODES), "StridedSlice"])


def function(name: str, *args: Any, **kwargs: Any) -> Any:
    return tf_output("TFOpLambda", {"name": "tf." + name, "function": name}, args, kwargs)


def sliced(x: Tensor, spec: Any) -> Any:
    return tf_output("SlicingOpLambda", {"function": "__operators__.getitem"}, [x], {"slice_spec": spec})


def test_ints_of_a_shape_stay_known_through_slices_and_arithmetic():
    shape = function("compat.v1.shape", X, out_type="int32")
    assert shape == Tensor((3,), (None, 4, 6))
    batch, height = sliced(shape, 0), sliced(shape, 1)
    assert (batch, height.value) == (Tensor(()), 4)
    size = function("math.multiply", height, y=6)
    assert function("reshape", X, shape=[batch, size]).shape == (None, 24)
    rest = sliced(shape, {"start": 1, "stop": None, "step": None})
    assert function("math.reduce_prod", rest).value == 24
    assert function("stack", [batch, 24]).value == (None, 24)
    assert function("concat", [rest, [7]], axis=0).value == (4, 6, 7)


def test_a_cast_that_may_change_an_int_forgets_it():
    height = Tensor((), 300)
    assert function("cast", height, dtype="int64").value == 300
    assert function("cast", height, dtype="int8").value is None
    assert function("cast", height, dtype="bool").value is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (0, (4, 6)),
        ([{"class_name": "__ellipsis__", "config": {}}, 0], (None, 4)),
        ([{"class_name": "__slice__", "config": {"start": None, "stop": 2, "step": None}}, None], (None, 1, 4, 6)),
        ([{"start": 0, "stop": 2, "step": 1}, {"start": None, "stop": None, "step": -2}], (None, 2, 6)),
        ([0, 0, 0, 0], None),
        ([0, 4], None),
        ([[0, 1]], None),
        ([{"start": 0, "stop": 2, "step": 0}, {"start": 0, "stop": 2, "step": 0}], None),
        (True, None),
        ("first", None),
    ],
)
def test_a_slice_as_configs_write_it(key: Any, expected: Any):
    assert keras_output(NUMPY, "GetItem", {"name": "get_item"}, [X, key], {}).shape == expected


def test_an_axis_cut_at_a_place_that_only_a_run_knows_has_no_size():
    spec = [{"start": None, "stop": None, "step": None}, {"start": None, "stop": Tensor(()), "step": None}]
    assert sliced(X, spec).shape == (None, None, 6)


def test_an_unknown_size_meets_a_known_one():
    add = lambda a, b: keras_output(NUMPY, "Add", {}, [Tensor(a), Tensor(b)], {}).shape  # noqa: E731
    assert add((None, 1), (5, 7)) == (5, 7)
    assert add((None,), (1,)) == (None,)
    assert add((3,), (4,)) is None


def test_what_is_not_keras_own_is_not_known():
    assert keras_output("my_package.ops", "Add", {}, [X, X], {}) == UNKNOWN
    assert keras_output(NUMPY, "Invented", {}, [X], {}) == UNKNOWN
    assert tf_output("TFOpLambda", {"function": "invented"}, [X], {}) == UNKNOWN
    assert tf_output("ClassMethod", {"method_name": "from_tensor"}, [X], {}) == UNKNOWN


def test_arrays_give_their_shape():
    array = {"class_name": "__tensor__", "config": {"value": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "dtype": "float32"}}
    assert keras_output(NUMPY, "Matmul", {}, [Tensor((None, 3)), array], {}).shape == (None, 2)


def test_a_shape_of_a_property_is_a_tuple():
    assert tf_output("InstanceProperty", {"attr_name": "shape"}, [X], {}) == (None, 4, 6)
    assert tf_output("InstanceProperty", {"attr_name": "flat_values"}, [X], {}) == UNKNOWN


def test_shapes_that_do_not_fit_are_unknown_and_not_guessed():
    assert keras_output(NUMPY, "Reshape", {"newshape": [5, 5]}, [Tensor((4, 6))], {}) == UNKNOWN
    assert keras_output(NUMPY, "Reshape", {"newshape": [-1, -1]}, [Tensor((4, 6))], {}) == UNKNOWN
    assert keras_output(NUMPY, "Reshape", {"newshape": [-1, 0]}, [Tensor((4, 6))], {}) == UNKNOWN
    assert keras_output(NUMPY, "Concatenate", {"axis": 0}, [[Tensor((4, 6)), Tensor((4, 5))]], {}) == UNKNOWN
    assert keras_output(NUMPY, "Split", {"indices_or_sections": 5, "axis": 1}, [X], {}) == UNKNOWN
    assert keras_output(NUMPY, "Squeeze", {"axis": 1}, [X], {}) == UNKNOWN
    assert keras_output(NUMPY, "Mean", {"axis": [1, 1]}, [X], {}) == UNKNOWN


def test_a_size_that_no_tensor_has_is_unknown():
    huge = 10**30
    assert keras_output(NUMPY, "Tile", {"repeats": [1, huge, 1]}, [X], {}) == UNKNOWN
    assert keras_output(NUMPY, "Split", {"indices_or_sections": huge, "axis": 0}, [X], {}) == UNKNOWN
    assert keras_output(NUMPY, "Unstack", {"axis": 0}, [Tensor((huge,))], {}) == UNKNOWN
    assert keras_output("keras.src.ops.core", "Unstack", {"num": 10**9, "axis": 0}, [X], {}) == UNKNOWN
    assert function("range", 0, limit=huge) == Tensor((None,))


def test_numbers_do_not_grow_without_end():
    x: Any = Tensor((2**40, 2**20))
    for _ in range(100):
        x = keras_output(NUMPY, "Kron", {}, [x, x], {})
    assert x == UNKNOWN
    value: Any = Tensor((), 2**20)
    for _ in range(100):
        value = function("math.multiply", value, y=value)
    assert value == Tensor(())


def test_a_deep_nest_is_unknown():
    nest: Any = 1
    for _ in range(100_000):
        nest = [nest]
    for name in ("Reshape", "Add", "GetItem", "Take", "Concatenate", "Pad"):
        config = {"newshape": nest, "pad_width": nest}
        assert keras_output(NUMPY, name, config, [X, nest], {}) == UNKNOWN
    assert tf_output("TensorFlowOpLayer", {"node_def": "[" * 100_000}, [X], {}) == UNKNOWN
    while isinstance(nest, list):  # A nest this deep must not be left to the collector.
        nest = nest.pop()


WORDS = """
    axis axes keepdims newshape shape perm repeats pad_width indices_or_sections num_classes size k q n num strides
    padding data_format dilation_rate pool_size subscripts key slice_spec paddings multiples num_or_size_splits depth
    y x b a indices filters ksize block_size kernel_size output_size fft_length sequence_stride sequence_length
    batch_dims begin dtype maxlen pattern source destination axis1 axis2 offset output_padding num_segments ids
    class_name config value start stop step items type node_def constants op attr function attr_name
""".split()
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.sampled_from(
        [10**30, -(10**30), 2**63, 0.5, float("nan"), "same", "valid", "channels_first", "abc,cd->abd", ""]
    )
    | st.sampled_from(
        ["__slice__", "__ellipsis__", "__tensor__", "__numpy__", "TensorShape", "int32", "b (h w) -> b h w"]
    )
    | st.builds(
        Tensor,
        st.none() | st.lists(st.none() | st.integers(-1, 5), max_size=4).map(tuple),
        st.none() | st.integers(-9, 9) | st.lists(st.none() | st.integers(-2, 9), max_size=4).map(tuple),
    )
)
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
OPTIONS = st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=6)
ARGUMENTS = st.lists(ANYTHING, max_size=4)


def is_result(result: Any) -> bool:
    """Whether this is what the functions promise to give."""
    if isinstance(result, Tensor):
        shape = result.shape
        return shape is None or all(size is None or (type(size) is int and 0 <= size < 2**63) for size in shape)
    return isinstance(result, (list, tuple)) and all(
        item is None or type(item) is int or is_result(item) for item in result
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(KERAS_NAMES), OPTIONS, ARGUMENTS, OPTIONS)
def test_odd_arguments_of_keras_never_raise(name: str, config: Any, args: Any, kwargs: Any):
    assert is_result(keras_output(NUMPY, name, config, args, kwargs))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(TF_NAMES), ARGUMENTS, OPTIONS)
def test_odd_arguments_of_tensorflow_never_raise(name: str, args: Any, kwargs: Any):
    assert is_result(tf_output("TFOpLambda", {"function": name}, args, kwargs))


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["strides", "padding", "keep_dims", "axis", "num", "begin_mask", "shrink_axis_mask", "T", "ksize"]),
    ANYTHING | st.sampled_from([{"i": "3"}, {"i": "x"}, {"s": "U0FNRQ=="}, {"b": True}, {"list": {"i": ["1", "2"]}}]),
    max_size=4,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(NODE_NAMES) | ATOMS, ARGUMENTS, ATTRIBUTES | ANYTHING, OPTIONS | ANYTHING)
def test_odd_nodes_never_raise(operation: Any, args: Any, attributes: Any, constants: Any):
    config = {"node_def": {"op": operation, "attr": attributes}, "constants": constants}
    assert is_result(tf_output("TensorFlowOpLayer", config, args, {}))


@settings(max_examples=EXAMPLES, deadline=None)
@given(ATOMS, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_odd_layers_never_raise(name: Any, module: Any, config: Any, args: Any, kwargs: Any):
    assert is_result(keras_output(module, name, config, args, kwargs))
    for layer in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "InstanceProperty", name):
        assert is_result(tf_output(layer, config, args, kwargs))
