"""Which rule tells the shape of which operation; a family is imported when one of its operations is met."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from paramcount.operations.call import Call

    Rule = Callable[[Call], object]

KERAS_UNCHANGED = frozenset(
    """
    Abs Absolute Angle Arccos Arccosh Arcsin Arcsinh Arctan Arctanh BitwiseInvert BitwiseNot Cbrt Ceil Celu Clip Conj
    Conjugate Cos Cosh Deg2rad Elu EmptyLike Erf Erfc Erfinv Exp Exp2 Expm1 Fabs Floor FullLike Gelu HardShrink
    HardSigmoid HardSilu HardTanh I0 Imag Isfinite Isinf Isnan Isneginf Isposinf Isreal LeakyRelu Log Log10 Log1p Log2
    LogSigmoid LogicalNot NanToNum OnesLike Rad2deg Real Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Signbit
    Silu Sin Sinc Sinh SoftShrink Softplus Softsign SparsePlus SparseSigmoid Sqrt Square Squareplus Tan Tanh TanhShrink
    Threshold Trunc ZerosLike
    LayerNorm RMSNorm
""".split()
)
"""Operations of one tensor whose result has its shape."""

KERAS_BINARY = frozenset(
    """
    Add Arctan2 Divide DivideNoNan Equal FloorDivide Fmax Fmin Fmod Gcd Greater GreaterEqual Heaviside Hypot Isclose
    Lcm Ldexp Less LessEqual Logaddexp Logaddexp2 LogicalAnd LogicalOr LogicalXor Maximum Minimum Mod Multiply
    Nextafter NotEqual Power Subtract TrueDivide
""".split()
)
"""Operations of two tensors that are broadcast."""

_REDUCTIONS = """
    All Amax Amin Any Argmax Argmin CountNonzero Logsumexp Max Mean Median Min Nanargmax Nanargmin Nanmax Nanmean
    Nanmedian Nanmin Nanprod Nanstd Nansum Nanvar Norm Prod Ptp Std Sum Var
"""

KERAS = {
    "elementwise": """
        Where Nonzero Negative Cast Copy StopGradient=Copy ConvertToTensor SaturateCast=Cast Array=Cast Select
        BitwiseAnd=FirstOfTwo BitwiseOr=FirstOfTwo BitwiseXor=FirstOfTwo BitwiseLeftShift=FirstOfTwo
        BitwiseRightShift=FirstOfTwo Polar=FirstOfTwo LeftShift=FirstOfTwo RightShift=FirstOfTwo
    """,
    "reductions": " ".join(f"{name}=Reduction" for name in _REDUCTIONS.split())
    + """
        Average Quantile Percentile=Quantile Nanquantile=Quantile Nanpercentile=Quantile Moments Cumsum=Cumulative
        Cumprod=Cumulative Nancumsum=Cumulative Nancumprod=Cumulative Sort Argsort=Sort Argpartition=Sort
        Softmax=AlongAxes LogSoftmax=AlongAxes Sparsemax=AlongAxes Flip=AlongAxes Roll=AlongAxes Normalize=AlongAxes
        TopK Diff Trace Trapezoid SegmentSum=Segments SegmentMax=Segments SegmentMin=Segments SegmentProd=Segments
        Glu CategoricalCrossentropy SparseCategoricalCrossentropy BinaryCrossentropy AllClose=Scalar PSNR=Scalar
        Vdot=Scalar Size=Scalar InTopK Histogram Bincount Digitize SearchSorted Unique IsIn
    """,
    "reshaping": """
        Reshape Ravel Transpose Swapaxes Moveaxis Rot90 ExpandDims Squeeze Rearrange ViewAsComplex ViewAsReal
    """,
    "growing": "Pad Tile Repeat BroadcastTo",
    "diagonals": "Diag Diagflat Diagonal Vander Tril=Matrix Triu=Matrix Flipud Fliplr",
    "joining": """
        Concatenate Stack Append Hstack Vstack Dstack Split Hsplit Vsplit Dsplit ArraySplit Unstack Meshgrid Cross
    """,
    "selection": """
        Take TakeAlongAxis OneHot MultiHot Slice SliceUpdate=Updated ScatterUpdate=Updated Scatter Full Arange Linspace
        Geomspace=Linspace Logspace=Linspace UnravelIndex
    """,
    "indexing": "GetItem",
    "linear_algebra": """
        Matmul Dot Inner Outer Tensordot Einsum Kron CDist Correlate Cholesky=Square CholeskyInverse=Square Inv=Square
        Det=Number Logdet=Number MatrixRank Eig=Eigen Eigh=Eigen Slogdet LuFactor Qr SVD Solve SolveTriangular=Solve
        Lstsq Pinv
    """,
    "nn": """
        Conv DepthwiseConv SeparableConv ConvTranspose MaxPool=Pool AveragePool=Pool AdaptiveMaxPool=AdaptivePool
        AdaptiveAveragePool=AdaptivePool DotProductAttention BatchNorm=Normalized CTCLoss CTCDecode Unfold Fold
        DepthToSpace SpaceToDepth
    """,
    "image": """
        AffineTransform=SameImages ElasticTransform=SameImages GaussianBlur=SameImages PerspectiveTransform=SameImages
        RGBToHSV=Colours HSVToRGB=Colours RGBToGrayscale Resize PadImages CropImages ExtractPatches MapCoordinates
        ScaleAndTranslate SobelEdges SSIM
    """,
    "signal": "FFT FFT2=FFT IFFT2=FFT RFFT IRFFT STFT ISTFT ExtractSequences",
}
"""Operations of Keras 3 by family; ``Name=Rule`` where a rule serves several."""

TF_UNCHANGED = frozenset(
    """
    abs acos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil check_numerics
    clip_by_value clip_by_norm clip_by_average_norm conj cos cosh digamma dropout elu erf erfc erfcinv erfinv exp expm1
    fake_quant_with_min_max_args floor gelu grad_pass_through imag invert is_finite is_inf is_nan is_non_decreasing
    isotonic_regression l2_normalize leaky_relu lgamma local_response_normalization lrn log log1p log_sigmoid
    logical_not ndtri ones_like ones_like_v2 real reciprocal reciprocal_no_nan relu relu6 rint round rsqrt selu sigmoid
    sign silu swish sin sinh softplus softsign sqrt square tan tanh zeros_like hard_sigmoid
    experimental.dropout experimental.stateless_dropout stateless_dropout band_part expm logm sqrtm
    image.adjust_brightness image.adjust_contrast image.adjust_gamma image.adjust_hue image.adjust_saturation
    image.adjust_jpeg_quality image.flip_left_right image.flip_up_down image.random_brightness image.random_contrast
    image.random_flip_left_right image.random_flip_up_down image.random_hue image.random_saturation
    image.per_image_standardization image.convert_image_dtype image.hsv_to_rgb image.rgb_to_hsv image.rgb_to_yiq
    image.rgb_to_yuv image.yiq_to_rgb image.yuv_to_rgb image.draw_bounding_boxes
    image.stateless_random_brightness image.stateless_random_contrast image.stateless_random_flip_left_right
    image.stateless_random_flip_up_down image.stateless_random_hue image.stateless_random_saturation
    image.random_jpeg_quality image.stateless_random_jpeg_quality set_diag reverse_sequence
    fft fft2d fft3d ifft ifft2d ifft3d fftshift ifftshift random.shuffle
""".split()
)
"""TensorFlow's functions of one tensor whose result has its shape."""

TF_BINARY = {
    name: rule
    for name, _, rule in (
        word.partition("=")
        for word in """
    add=Add sub=Subtract subtract=Subtract mul=Multiply multiply=Multiply floordiv=FloorDivide floor_div=FloorDivide
    floormod=Mod mod=Mod maximum=Maximum minimum=Minimum scalar_mul=Multiply
    atan2 div divide div_no_nan divide_no_nan equal greater greater_equal igamma igammac less less_equal logical_and
    logical_or logical_xor multiply_no_nan mul_no_nan nextafter not_equal pow realdiv squared_difference truediv
    truncatediv=TruncateDivide truncatemod xdivy xlog1py xlogy zeta polygamma complex bitwise_and bitwise_or
    bitwise_xor left_shift right_shift eq ne sigmoid_cross_entropy_with_logits log_poisson_loss
    weighted_cross_entropy_with_logits cross
""".split()
    )
}
"""TensorFlow's functions of two tensors that are broadcast, with the arithmetic that keeps ints of shapes known."""

TF = {
    "elementwise": """
        negative=Negative neg=Negative cast=Cast saturate_cast=Cast identity=Copy stop_gradient=Copy
        convert_to_tensor=ConvertToTensor to_float=Cast to_double=Cast to_int32=Cast to_int64=Cast to_bfloat16=Cast
        where=WhereTf where_v2=WhereTf add_n=AddN accumulate_n=AddN identity_n=Listed tuple=Listed
    """,
    "reductions": """
        reduce_all=Reduction reduce_any=Reduction reduce_euclidean_norm=Reduction reduce_logsumexp=Reduction
        reduce_max=ReduceMax reduce_mean=Reduction reduce_min=ReduceMin reduce_prod=ReduceProd reduce_std=Reduction
        reduce_sum=ReduceSum reduce_variance=Reduction count_nonzero=Reduction norm=Norm argmax=FirstAxis
        argmin=FirstAxis moments=Moments cumsum=AlongAxes cumprod=AlongAxes cumulative_logsumexp=AlongAxes sort=Sort
        argsort=Sort softmax=AlongAxes log_softmax=AlongAxes roll=AlongAxes top_k=TopK segment_sum=Segments
        segment_mean=Segments segment_max=Segments segment_min=Segments segment_prod=Segments
        unsorted_segment_sum=UnsortedSegments unsorted_segment_mean=UnsortedSegments
        unsorted_segment_max=UnsortedSegments unsorted_segment_min=UnsortedSegments
        unsorted_segment_prod=UnsortedSegments unsorted_segment_sqrt_n=UnsortedSegments crelu=Crelu
        softmax_cross_entropy_with_logits=CategoricalCrossentropy
        softmax_cross_entropy_with_logits_v2=CategoricalCrossentropy
        sparse_softmax_cross_entropy_with_logits=SparseCategoricalCrossentropy l2_loss=Scalar zero_fraction=Scalar
        in_top_k=InTopKTf trace=TraceLast searchsorted=SearchSorted unique=UniqueTf
    """,
    "reshaping": """
        reshape=Reshape transpose=Transpose matrix_transpose=MatrixTranspose adjoint=MatrixTranspose
        expand_dims=ExpandDims squeeze=SqueezeTf ensure_shape=EnsureShape shape=Shape shape_v2=Shape rank=Rank size=Size
        size_v2=Size keras.backend.batch_flatten=BatchFlatten
    """,
    "growing": "pad=Pad tile=Tile repeat=Repeat broadcast_to=BroadcastTo",
    "diagonals": "diag=StackedDiag diag_part=DiagPart",
    "joining": "concat=Concat stack=StackTf parallel_stack=StackTf split=SplitSizes unstack=Unstack",
    "selection": """
        gather=Gather gather_v2=Gather gather_nd=GatherNd one_hot=OneHot slice=Slice zeros=Filled
        ones=Filled fill=Filled random.normal=Filled random.uniform=Filled random.truncated_normal=Filled
        random.stateless_normal=Filled random.stateless_uniform=Filled range=Arange linspace=Linspace
        linspace_nd=Linspace sequence_mask=SequenceMask boolean_mask=BooleanMask embedding_lookup=Embedding
        reverse=Along tensor_scatter_nd_update=Updated tensor_scatter_nd_add=Updated tensor_scatter_nd_sub=Updated
        tensor_scatter_nd_max=Updated tensor_scatter_nd_min=Updated scatter_nd=Scatter
        eye=Eye image.random_crop=RandomCrop image.stateless_random_crop=RandomCrop
    """,
    "indexing": "getitem=GetItem",
    "linear_algebra": """
        matmul=Matmul matvec=Matvec tensordot=Tensordot einsum=Einsum inv=Square cholesky=Square det=Number
        logdet=Number eigh=Eigen svd=SvdTf qr=Qr solve=Solve triangular_solve=Solve cholesky_solve=Solve pinv=Pinv
        matrix_rank=MatrixRank eigvalsh=Rows eigvals=Rows eig=Eigen xw_plus_b=Matmul
    """,
    "nn": """
        conv1d=Conv conv2d=Conv conv3d=Conv convolution=Conv depthwise_conv2d=DepthwiseConv
        depthwise_conv2d_native=DepthwiseConv separable_conv2d=SeparableConv conv1d_transpose=TransposedTo
        conv2d_transpose=TransposedTo conv3d_transpose=TransposedTo conv_transpose=TransposedTo max_pool=Pool
        max_pool1d=Pool max_pool2d=Pool max_pool3d=Pool avg_pool=Pool avg_pool1d=Pool avg_pool2d=Pool avg_pool3d=Pool
        pool=Pool batch_normalization=Normalized bias_add=Normalized depth_to_space=DepthToSpace
        space_to_depth=SpaceToDepth
    """,
    "image": """
        image.resize=Resize image.resize_images=Resize image.resize_bilinear=Resize image.resize_bicubic=Resize
        image.resize_nearest_neighbor=Resize image.resize_area=Resize image.resize_with_pad=ResizeTo
        image.resize_image_with_pad=ResizeTo image.resize_with_crop_or_pad=ResizeTo image.pad_to_bounding_box=ResizeTo
        image.crop_to_bounding_box=ResizeTo image.rgb_to_grayscale=ToOne image.grayscale_to_rgb=ToThree
        image.extract_patches=PatchesOfFour image.extract_image_patches=PatchesOfFour image.sobel_edges=SobelEdges
        image.crop_and_resize=CropAndResize image.central_crop=CentralCrop image.transpose=TransposeImages
        image.image_gradients=Gradients image.total_variation=OnePerImage image.psnr=OnePerImage
        image.ssim=OnePerImage
    """,
    "signal": "frame=Frame stft=StftTf rfft=RfftTf overlap_and_add=OverlapAndAdd",
}
"""TensorFlow's functions by family, without the module where it says nothing."""


def rule_of(families: Mapping[str, str], name: str) -> Rule | None:
    """The rule of the operation ``name`` among ``families``, None where there is none."""
    for family, names in families.items():
        if name in names:
            for word in names.split():
                operation, _, rule = word.partition("=")
                if operation == name:
                    return _rules(family).get(rule or name)
    return None


def _rules(family: str) -> Mapping[str, Rule]:
    """The rules of one family by name."""
    rules: Mapping[str, Rule] = __import__(f"paramcount.operations.{family}", fromlist=["RULES"]).RULES
    return rules
