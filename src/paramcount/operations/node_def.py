"""``TensorFlowOpLayer`` of TensorFlow 2.0 to 2.3: one graph node, its attributes and its constant inputs."""

from __future__ import annotations

from paramcount.operations.literals import integer
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_UNKNOWN = Tensor(None)
_MAX_INPUTS = 10_000

_NODES = """
    AddV2=math.add Add=math.add Sub=math.subtract Mul=math.multiply RealDiv=realdiv Div=div DivNoNan=div_no_nan
    FloorDiv=floordiv FloorMod=floormod Mod=floormod Maximum=maximum Minimum=minimum Pow=pow Equal=equal
    NotEqual=not_equal Greater=greater GreaterEqual=greater_equal Less=less LessEqual=less_equal
    LogicalAnd=logical_and LogicalOr=logical_or SquaredDifference=squared_difference Atan2=atan2 TruncateDiv=truncatediv
    Xlogy=xlogy Xdivy=xdivy BiasAdd=bias_add
    Abs=abs Acos=acos Asin=asin Atan=atan Ceil=ceil Cos=cos Cosh=cosh Elu=elu Erf=erf Exp=exp Expm1=expm1 Floor=floor
    LeakyRelu=leaky_relu Log=log Log1p=log1p LogicalNot=logical_not Neg=negative OnesLike=ones_like
    Reciprocal=reciprocal Inv=reciprocal Relu=relu Relu6=relu6 Rint=rint Round=round Rsqrt=rsqrt Selu=selu
    Sigmoid=sigmoid Sign=sign Sin=sin Sinh=sinh Softplus=softplus Softsign=softsign Sqrt=sqrt Square=square Tan=tan
    Tanh=tanh ZerosLike=zeros_like IsNan=is_nan IsInf=is_inf IsFinite=is_finite ClipByValue=clip_by_value
    Softmax=softmax LogSoftmax=log_softmax LRN=lrn CheckNumerics=check_numerics MatrixBandPart=band_part
    Erfc=erfc Lgamma=lgamma
    Identity=identity StopGradient=stop_gradient Cast=cast PreventGradient=identity
    AddN=add_n AccumulateNV2=add_n Pack=stack ConcatV2=concat Concat=concat
    Shape=shape Size=size Rank=rank
    RGBToHSV=image.rgb_to_hsv HSVToRGB=image.hsv_to_rgb Cumsum=cumsum Cumprod=cumprod
""".split()
"""Operations whose first input decides, or that take their inputs as functions take arguments."""

_INPUTS = {
    "Reshape": ("reshape", "tensor shape"), "ExpandDims": ("expand_dims", "input axis"),
    "Squeeze": ("squeeze", "input"), "Transpose": ("transpose", "a perm"), "Pad": ("pad", "tensor paddings"),
    "PadV2": ("pad", "tensor paddings constant_values"), "MirrorPad": ("pad", "tensor paddings"),
    "Tile": ("tile", "input multiples"), "BroadcastTo": ("broadcast_to", "input shape"),
    "GatherV2": ("gather", "params indices axis"), "Gather": ("gather", "params indices"),
    "GatherNd": ("gather_nd", "params indices"), "MatMul": ("matmul", "a b"), "BatchMatMul": ("matmul", "a b"),
    "BatchMatMulV2": ("matmul", "a b"), "OneHot": ("one_hot", "indices depth on_value off_value"),
    "Range": ("range", "start limit delta"), "Fill": ("fill", "dims value"), "Slice": ("slice", "input_ begin size"),
    "Select": ("where", "condition x y"), "SelectV2": ("where", "condition x y"),
    "ArgMax": ("argmax", "input axis"), "ArgMin": ("argmin", "input axis"), "TopKV2": ("top_k", "input k"),
    "Split": ("split", "axis value"), "SplitV": ("split", "value num_or_size_splits axis"),
    "Unpack": ("unstack", "value"), "ReverseV2": ("reverse", "tensor axis"),
    "ResizeBilinear": ("image.resize_bilinear", "images size"),
    "ResizeBicubic": ("image.resize_bicubic", "images size"),
    "ResizeNearestNeighbor": ("image.resize_nearest_neighbor", "images size"),
    "ResizeArea": ("image.resize_area", "images size"), "Conv2D": ("conv2d", "input filters"),
    "Conv3D": ("conv3d", "input filters"), "DepthwiseConv2dNative": ("depthwise_conv2d", "input filter"),
    "MaxPool": ("max_pool", "input"), "AvgPool": ("avg_pool", "input"), "MaxPool3D": ("max_pool3d", "input"),
    "AvgPool3D": ("avg_pool3d", "input"), "SpaceToDepth": ("space_to_depth", "input"),
    "DepthToSpace": ("depth_to_space", "input"), "ExtractImagePatches": ("image.extract_patches", "images"),
    "Where": ("where", "condition"), "Roll": ("roll", "input shift axis"), "MatrixSolve": ("solve", "a b"),
    "SegmentSum": ("segment_sum", "data segment_ids"), "SegmentMean": ("segment_mean", "data segment_ids"),
    "SegmentMax": ("segment_max", "data segment_ids"), "ScatterNd": ("scatter_nd", "indices updates shape"),
    "UnsortedSegmentSum": ("unsorted_segment_sum", "data segment_ids num_segments"),
    "TensorScatterUpdate": ("tensor_scatter_nd_update", "tensor indices updates"),
    "ReverseSequence": ("reverse_sequence", "input seq_lengths"), "Cross": ("cross", "a b"),
    "Conv2DBackpropInput": ("conv2d_transpose", "output_shape filters input"),
    "L2Loss": ("l2_loss", "t"), "MatrixDiag": ("diag", "diagonal"), "MatrixDiagPart": ("diag_part", "input"),
    "MatrixInverse": ("inv", "input"), "Cholesky": ("cholesky", "input"), "MatrixDeterminant": ("det", "input"),
    "RandomStandardNormal": ("random.normal", "shape"), "RandomUniform": ("random.uniform", "shape"),
    "TruncatedNormal": ("random.truncated_normal", "shape"),
    "Sum": ("reduce_sum", "input_tensor axis"), "Prod": ("reduce_prod", "input_tensor axis"),
    "Max": ("reduce_max", "input_tensor axis"), "Min": ("reduce_min", "input_tensor axis"),
    **dict.fromkeys(("Mean", "All", "Any", "EuclideanNorm"), ("reduce_mean", "input_tensor axis")),
}  # fmt: skip
"""Operations by the function that they are, and the names of its arguments in the order of the inputs."""

_FIRST = {"Split": "value", "Conv2DBackpropInput": "input"}
"""The function's first argument where it is not the node's first input."""

_OPTIONS = {
    "keep_dims": "keepdims", "squeeze_dims": "axis", "axis": "axis", "num": "num", "num_split": "num_or_size_splits",
    "transpose_a": "transpose_a", "transpose_b": "transpose_b", "adj_x": "adjoint_a", "adj_y": "adjoint_b",
    "batch_dims": "batch_dims", "strides": "strides", "padding": "padding", "dilations": "dilations",
    "data_format": "data_format", "ksize": "ksize", "ksizes": "sizes", "rates": "rates", "block_size": "block_size",
}  # fmt: skip
"""Attributes of a node by the option of the function."""


def node_output(config: Mapping[str, Any], args: Sequence[Any]) -> object:
    """What the node of a ``TensorFlowOpLayer`` gives."""
    try:
        node = _node(config.get("node_def"))
        inputs = _inputs(args, config.get("constants"))
        options = _options(node.get("attr"))
        return _output(node.get("op"), inputs, options)
    except (Unknown, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return _UNKNOWN


def _node(found: Any) -> dict[str, Any]:
    """The node as a dictionary; TensorFlow 2.0 and 2.1 write it as JSON in a text."""
    if isinstance(found, str):
        import json

        found = json.loads(found)
    if not isinstance(found, dict):
        raise Unknown
    return found


def _inputs(args: Sequence[Any], constants: Any) -> list[Any]:
    """All inputs of the node: the layer's own, with the constants at their places."""
    inputs: list[Any] = []
    pending = list(args)
    while pending:
        item = pending.pop(0)
        if isinstance(item, (list, tuple)) and not isinstance(item, Tensor):
            pending[:0] = item
        else:
            inputs.append(item)
        if len(inputs) + len(pending) > _MAX_INPUTS:
            raise Unknown
    for index, constant in sorted((int(key), value) for key, value in (constants or {}).items()):
        if not 0 <= index <= len(inputs):
            raise Unknown
        inputs.insert(index, constant)
    return inputs


def _options(attributes: Any) -> dict[str, Any]:
    """The attributes that a rule may ask for."""
    options = {}
    for name, value in (attributes or {}).items():
        if isinstance(value, dict):
            options[name] = _attribute(value)
    return options


def _attribute(value: Mapping[str, Any]) -> Any:
    """An attribute's value: 64-bit ints are texts in protobuf's JSON, and texts are base64."""
    if "i" in value:
        return int(value["i"])
    if "b" in value:
        return value["b"]
    if "s" in value:
        from binascii import a2b_base64

        return a2b_base64(value["s"]).decode("ascii")
    if isinstance(value.get("list"), dict):
        return [int(item) for item in value["list"].get("i", [])]
    return None


def _output(operation: Any, inputs: list[Any], options: dict[str, Any]) -> object:
    """The result of one operation, asked as the function that it is."""
    from paramcount.operations import function_output

    if operation == "StridedSlice":
        return _strided_slice(inputs, options)
    if operation in _INPUTS:
        function, names = _INPUTS[operation]
        named = dict(zip(names.split(), inputs, strict=False))
        for name, value in options.items():
            if name in _OPTIONS and value is not None:
                # Sizes that are an input say more than their number, which is an attribute.
                named.setdefault(_OPTIONS[name], value)
        first = _FIRST.get(operation) or names.split(maxsplit=1)[0]
        return function_output(function, [named.pop(first)], named)
    functions = dict(word.split("=") for word in _NODES)
    if operation not in functions:
        return _UNKNOWN
    if operation in ("AddN", "AccumulateNV2", "Pack", "ConcatV2", "Concat"):
        return _joined(operation, functions[operation], inputs, options)
    return function_output(functions[operation], inputs, {})


def _joined(operation: str, function: str, inputs: list[Any], options: dict[str, Any]) -> object:
    """Operations that take a list of tensors, of which the axis may be the first or the last."""
    from paramcount.operations import function_output

    if operation == "ConcatV2":
        return function_output(function, [inputs[:-1]], {"axis": inputs[-1]})
    if operation == "Concat":
        return function_output(function, [inputs[1:]], {"axis": inputs[0]})
    return function_output(function, [inputs], {"axis": options.get("axis", 0)} if operation == "Pack" else {})


def _strided_slice(inputs: list[Any], options: dict[str, Any]) -> object:
    """``x[...]`` as a graph writes it: three vectors, and masks that say what their elements mean."""
    from paramcount.operations import function_output
    from paramcount.operations.literals import integers

    x, begins, ends, steps = inputs[0], *(integers(item) for item in inputs[1:4])
    masks = {name: integer(options.get(f"{name}_mask", 0)) for name in _MASKS}
    keys: list[Any] = []
    for index, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        bits = {name for name, mask in masks.items() if mask >> index & 1}
        if "ellipsis" in bits:
            keys.append({"class_name": "__ellipsis__"})
        elif "new_axis" in bits:
            keys.append(None)
        elif "shrink_axis" in bits:
            keys.append(Tensor((), begin))
        else:
            start = None if "begin" in bits else Tensor((), begin)
            stop = None if "end" in bits else Tensor((), end)
            keys.append({"start": start, "stop": stop, "step": Tensor((), step)})
    return function_output("__operators__.getitem", [x], {"slice_spec": keys[0] if len(keys) == 1 else keys})


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
