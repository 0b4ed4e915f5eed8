"""What the operations of TensorFlow do with their inputs: which are weights, which are sizes, which are passed on.

Source: the operations' definitions in ``tensorflow/core/ops/*.cc``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple


class Operations(NamedTuple):
    """What is known of the operations of one kind of graph."""

    weights: dict[str, dict[int, str]]
    """Operation to the inputs that hold weights, and what those are called."""
    sizes: dict[str, dict[int, str]]
    """Operation to the inputs that are no weights whatever their dtype, and what those are called."""
    passing: dict[str, int]
    """Operation to the input that it gives out again, perhaps in another shape: who takes that takes the constant."""
    merges: tuple[str, ...] = ()
    """Operations at which a loop begins again: a constant that comes here is what the loop begins with."""
    loops: tuple[str, ...] = ()
    """Operations that call a body again and again, with what it gave out before."""
    branches: tuple[str, ...] = ()
    """Operations whose first input says which function is called; the functions get the others."""
    tables: tuple[str, ...] = ()
    """Operations that fill a lookup table."""
    quantized: bool = False
    """Whether any operation may take weights that are small whole numbers; else only those that say so."""


def table(*entries: tuple[str, dict[int, str]]) -> dict[str, dict[int, str]]:
    """Names of operations to what their inputs are called; several operations may share one entry."""
    return {name: inputs for names, inputs in entries for name in names.split()}


_WEIGHTS = table(
    ("Conv Conv2D Conv3D Conv2DBackpropInput Conv3DBackpropInputV2 Dilation2D", {1: "kernel"}),
    ("DepthwiseConv2dNative SparseMatMul", {1: "kernel"}),
    ("_FusedConv2D _FusedMatMul _FusedDepthwiseConv2dNative", {1: "kernel", 2: "bias", 3: "alpha"}),
    ("FusedDepthwiseConv2dNative", {1: "kernel", 2: "bias", 3: "alpha"}),
    ("MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum", {0: "kernel", 1: "kernel"}),
    ("SparseTensorDenseMatMul", {3: "kernel"}),
    ("BiasAdd BiasAddV1 QuantizedBiasAdd", {1: "bias"}),
    (
        "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 _FusedBatchNormEx",
        {1: "gamma", 2: "beta", 3: "moving_mean", 4: "moving_variance"},
    ),
    (
        "BatchNormWithGlobalNormalization",
        {1: "moving_mean", 2: "moving_variance", 3: "beta", 4: "gamma"},
    ),
    ("Prelu", {1: "alpha"}),
    ("Gather GatherV2 GatherNd ResourceGather EmbeddingLookup", {0: "embeddings"}),
    ("CudnnRNN CudnnRNNV2 CudnnRNNV3", {3: "params"}),
    (
        "LSTMBlockCell",
        {3: "kernel", 4: "peephole_input", 5: "peephole_forget", 6: "peephole_output", 7: "bias"},
    ),
    (
        "BlockLSTM BlockLSTMV2",
        {4: "kernel", 5: "peephole_input", 6: "peephole_forget", 7: "peephole_output", 8: "bias"},
    ),
    ("GRUBlockCell", {2: "gate_kernel", 3: "kernel", 4: "gate_bias", 5: "bias"}),
    ("QuantizedConv2D QuantizedMatMul QuantizedDepthwiseConv2D", {1: "kernel"}),
    ("Dequantize UniformDequantize", {0: "kernel"}),
)

_SIZES = table(
    ("Reshape BroadcastTo", {1: "shape"}),
    ("Transpose", {1: "permutation"}),
    ("Pad PadV2 MirrorPad", {1: "paddings"}),
    ("StridedSlice", {1: "bounds", 2: "bounds", 3: "strides"}),
    ("Slice", {1: "bounds", 2: "bounds"}),
    ("Split", {0: "axis"}),
    ("SplitV", {1: "sizes", 2: "axis"}),
    ("ExpandDims", {1: "axis"}),
    ("Mean Sum Max Min Prod All Any ReverseV2", {1: "axes"}),
    ("Tile", {1: "multiples"}),
    ("Fill", {0: "shape", 1: "value"}),
    ("Gather GatherV2", {1: "indices", 2: "axis"}),
    ("ArgMax ArgMin Cumsum TopKV2", {1: "axis or number"}),
    ("ResizeBilinear ResizeNearestNeighbor ResizeBicubic", {1: "size"}),
    ("Range", {0: "bounds", 1: "bounds", 2: "step"}),
    ("OneHot", {1: "depth", 2: "value", 3: "value"}),
    ("Select SelectV2", {0: "choice", 1: "alternative", 2: "alternative"}),
    ("Greater GreaterEqual Less LessEqual Equal NotEqual", {0: "bound", 1: "bound"}),
    ("ClipByValue FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel", {1: "range", 2: "range"}),
    ("QuantizeV2 Dequantize", {1: "range", 2: "range"}),
    ("CropAndResize", {1: "boxes", 2: "indices", 3: "size"}),
    ("TensorListReserve TensorListFromTensor TensorListStack", {0: "value", 1: "shape"}),
    ("UniformDequantize", {1: "scale", 2: "zero point"}),
    ("Assign AssignVariableOp", {1: "initial value of a variable"}),
    ("RandomUniform RandomStandardNormal TruncatedNormal", {0: "shape"}),
)

QUANTIZED = ("Quantized", "Uniform", "Dequantize")
"""How operations begin whose weights may be whole numbers."""

_PASSING: dict[str, int] = {
    **dict.fromkeys(("Identity", "ReadVariableOp", "Enter", "RefEnter", "Cast", "StopGradient", "Snapshot"), 0),
    **dict.fromkeys(("Reshape", "Transpose", "ExpandDims", "Squeeze", "StridedSlice", "Slice", "SplitV"), 0),
    **dict.fromkeys(("Unpack", "Switch", "RefSwitch", "PlaceholderWithDefault", "Pad", "PadV2", "Tile"), 0),
    **dict.fromkeys(("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel", "PreventGradient"), 0),
    **dict.fromkeys(("Dequantize", "UniformDequantize"), 0),
    "Split": 1,
}

GRAPH = Operations(
    weights=_WEIGHTS,
    sizes=_SIZES,
    passing=_PASSING,
    merges=("Merge", "RefMerge"),
    loops=("While", "StatelessWhile"),
    branches=("If", "StatelessIf", "Case", "StatelessCase"),
    tables=("LookupTableImport", "LookupTableImportV2", "InitializeTable", "InitializeTableV2"),
)
"""The operations of TensorFlow."""

OPAQUE = ("TRTEngineOp", "EdgeTpuOp", "XlaCallModule", "_XlaCompile")
"""Operations that hold a whole compiled model as bytes, weights and all."""
