"""What the operations of TensorFlow Lite are called, and what they do with their inputs.

Source: ``tensorflow/compiler/mlir/lite/schema/schema.fbs``, and the kernels in ``tensorflow/lite/kernels``.
"""

from __future__ import annotations

from paramcount.readers.tensorflow.consumers import Operations, table

FIRST_STATE = "ASSIGN_VARIABLE to a state"
"""What the operation is called here that gives a variable its first value, if the model goes on to write others."""

_NAMES = (
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR "
    "FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC "
    "LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX "
    "SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD "
    "UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE "
    "UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE "
    "BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL "
    "LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT "
    "RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT "
    "UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR "
    "LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK "
    "ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 "
    "NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL "
    "PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS "
    "HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE "
    "READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL "
    "GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 "
    "UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE "
    "STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE "
    "STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE "
    "STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG "
    "STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT "
    "STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT "
    "STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL "
    "STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE "
    "STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT "
    "STABLEHLO_CASE "
).split()
_DTYPES = (
    "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource "
    "variant uint32 uint16 int4 bfloat16 int2 uint4"
).split()
CUSTOM = 32
"""The number that stands for an operation with a name of its own."""


def name_of(number: int) -> str:
    """The name of a builtin operation; one that is newer than this table is called by its number."""
    return _NAMES[number] if 0 <= number < len(_NAMES) else f"OPERATION_{number}"


def dtype_of(number: int) -> str:
    """The name of a dtype; empty when it is newer than this table."""
    return _DTYPES[number] if 0 <= number < len(_DTYPES) else ""


_GATES = ("input", "forget", "cell", "output")


def _lstm(first: int, prefix: str = "") -> dict[int, str]:
    """The inputs of one direction of an LSTM: kernels and biases, one for each gate, and what may be there too."""
    found = {first + i: f"{prefix}kernel_{gate}" for i, gate in enumerate(_GATES)}
    found |= {first + 4 + i: f"{prefix}recurrent_kernel_{gate}" for i, gate in enumerate(_GATES)}
    found |= {first + 8 + i: f"{prefix}peephole_{gate}" for i, gate in enumerate(("input", "forget", "output"))}
    found |= {first + 11 + i: f"{prefix}bias_{gate}" for i, gate in enumerate(_GATES)}
    return found | {first + 15: f"{prefix}projection", first + 16: f"{prefix}projection_bias"}


_NORMALIZED = {20 + i: f"normalization_{gate}" for i, gate in enumerate(_GATES)}

OPERATIONS = Operations(
    weights=table(
        ("CONV_2D DEPTHWISE_CONV_2D CONV_3D FULLY_CONNECTED", {1: "kernel", 2: "bias"}),
        ("TRANSPOSE_CONV CONV_3D_TRANSPOSE", {1: "kernel", 3: "bias"}),
        ("BATCH_MATMUL STABLEHLO_DOT_GENERAL", {0: "kernel", 1: "kernel"}),
        ("STABLEHLO_CONVOLUTION", {1: "kernel"}),
        ("GATHER GATHER_ND", {0: "embeddings"}),
        ("EMBEDDING_LOOKUP", {1: "embeddings"}),
        ("EMBEDDING_LOOKUP_SPARSE", {4: "embeddings"}),
        ("PRELU", {1: "alpha"}),
        ("SVDF", {1: "weights_feature", 2: "weights_time", 3: "bias"}),
        ("RNN UNIDIRECTIONAL_SEQUENCE_RNN", {1: "kernel", 2: "recurrent_kernel", 3: "bias"}),
        (
            "BIDIRECTIONAL_SEQUENCE_RNN",
            {
                1: "forward_kernel",
                2: "forward_recurrent_kernel",
                3: "forward_bias",
                5: "backward_kernel",
                6: "backward_recurrent_kernel",
                7: "backward_bias",
            },
        ),
        ("LSTM UNIDIRECTIONAL_SEQUENCE_LSTM", _lstm(1) | _NORMALIZED),
        ("BIDIRECTIONAL_SEQUENCE_LSTM", _lstm(1, "forward_") | _lstm(18, "backward_")),
        ("ASSIGN_VARIABLE", {1: "variable"}),
    ),
    sizes=table(
        ("RESHAPE BROADCAST_TO", {1: "shape"}),
        ("TRANSPOSE", {1: "permutation"}),
        ("PAD MIRROR_PAD", {1: "paddings"}),
        ("PADV2", {1: "paddings", 2: "value"}),
        ("STRIDED_SLICE", {1: "bounds", 2: "bounds", 3: "strides"}),
        ("SLICE", {1: "bounds", 2: "bounds"}),
        ("MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL REVERSE_V2", {1: "axes"}),
        ("GATHER GATHER_ND", {1: "indices"}),
        ("TILE", {1: "multiples"}),
        ("FILL", {0: "shape", 1: "value"}),
        ("RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR", {1: "size"}),
        ("ARG_MAX ARG_MIN TOPK_V2 EXPAND_DIMS CUMSUM", {1: "axis or number"}),
        ("SPLIT", {0: "axis"}),
        ("SPLIT_V", {1: "sizes", 2: "axis"}),
        ("SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND", {1: "block", 2: "paddings"}),
        ("TRANSPOSE_CONV CONV_3D_TRANSPOSE", {0: "shape"}),
        ("ONE_HOT", {1: "depth", 2: "value", 3: "value"}),
        ("RANGE", {0: "bounds", 1: "bounds", 2: "step"}),
        ("SELECT SELECT_V2 WHERE", {0: "choice", 1: "alternative", 2: "alternative"}),
        ("LESS LESS_EQUAL GREATER GREATER_EQUAL EQUAL NOT_EQUAL", {0: "bound", 1: "bound"}),
        ("SCATTER_ND", {0: "indices", 2: "shape"}),
        ("RFFT2D", {1: "length"}),
        ("HASHTABLE_IMPORT", {1: "keys of a table", 2: "values of a table"}),
        ("REVERSE_SEQUENCE", {1: "lengths"}),
        ("RANDOM_UNIFORM RANDOM_STANDARD_NORMAL", {0: "shape"}),
    )
    | {FIRST_STATE: {1: "first value"}},
    passing={
        **dict.fromkeys(("DEQUANTIZE", "QUANTIZE", "DENSIFY", "RESHAPE", "TRANSPOSE", "CAST", "EXPAND_DIMS"), 0),
        **dict.fromkeys(("SQUEEZE", "SPLIT_V", "UNPACK", "STRIDED_SLICE", "SLICE", "TILE", "BROADCAST_TO", "PAD"), 0),
        **dict.fromkeys(("STABLEHLO_TRANSPOSE", "STABLEHLO_RESHAPE", "STABLEHLO_CONVERT"), 0),
        "SPLIT": 1,
    },
    loops=("WHILE", "STABLEHLO_WHILE"),
    branches=("IF",),
    quantized=True,
)
"""The knowledge that ``constants.classify`` takes."""
