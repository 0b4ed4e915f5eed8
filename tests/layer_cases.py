"""Random cases over all layers of Keras: a class, options that its constructor takes, and what it is called on.

``some_layer`` draws options by the names of the constructor's parameters, with what the class asks for besides;
``some_case`` adds inputs.  Many cases are refused by Keras, which is the reader's to find out.
"""

# ruff: noqa: C408, E501, FURB171, N803, PIE810, PLR0912, PLR0915, S105, SIM102 - a table of chances, no secrets

from __future__ import annotations

import inspect


class Lay:
    """A layer that is to be made; ``repr`` is the call of its constructor."""

    def __init__(self, cls, kw):
        self.cls, self.kw = cls, kw

    def __repr__(self):
        return f"{self.cls}({', '.join(f'{k}={v!r}' for k, v in self.kw.items())})"

    def make(self, L):
        return getattr(L, self.cls)(**{k: real(v, L) for k, v in self.kw.items()})


def real(v, L):
    if isinstance(v, Lay):
        return v.make(L)
    if isinstance(v, list):
        return [real(x, L) for x in v]
    if isinstance(v, tuple):
        return tuple(real(x, L) for x in v)
    return v


class Case:
    """A layer and what it is called on."""

    def __init__(self, lay, inputs, call=None, dtype="float32", spread=False):
        self.lay, self.inputs, self.call, self.dtype, self.spread = lay, inputs, call or {}, dtype, spread

    def __repr__(self):
        return f"{self.lay!r} on {self.inputs} call={self.call} {self.dtype if self.dtype != 'float32' else ''}{' spread' if self.spread else ''}"


EXCLUDED = set(
    "Layer Lambda FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper InputLayer AbstractRNNCell DenseFeatures Wrapper PreprocessingLayer DynamicLookup DynamicEmbedding RandomFourierFeatures".split()
)
MERGES = "Add Average Concatenate Dot Maximum Minimum Multiply Subtract".split()
CELLS = "SimpleRNNCell LSTMCell GRUCell StackedRNNCells".split()


def classes(L):
    return [
        k
        for k in sorted(dir(L))
        if inspect.isclass(getattr(L, k))
        and hasattr(getattr(L, k), "get_config")
        and hasattr(getattr(L, k), "call")
        and k not in EXCLUDED
    ]


def spatial_rank(cls):
    for n in (1, 2, 3):
        if f"{n}D" in cls:
            return n
    return 0


def dim(d, lo=1, hi=14, p_none=0.2):
    return None if d.random() < p_none else d.randint(lo, hi)


def batch(d):
    return None if d.random() < 0.9 else d.randint(1, 4)


def generic_shape(d, lo=2, hi=5):
    r = d.randint(lo, hi)
    if r == 1:
        return (batch(d),)
    return (batch(d), *[dim(d, 1, 8, 0.15) for _ in range(r - 2)], dim(d, 1, 9, 0.03))


IMAGE2 = set(
    "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Resizing Solarization RandomHeight RandomWidth".split()
)


def draw_shape(d, cls, kw, tf):
    n = spatial_rank(cls)
    cf = str(kw.get("data_format")).lower() == "channels_first"
    if cls in IMAGE2:
        s = [dim(d, 4, 40), dim(d, 4, 40)]
        c = [d.choice([1, 3, 3, 4])]
        s = c + s if cf else s + c
        return tuple(s) if d.random() < 0.12 else (batch(d), *s)
    if n:
        s = [dim(d, 1, 16) for _ in range(n)]
        g = kw.get("groups", 1)
        c = [g * d.randint(1, 5) if isinstance(g, int) else d.randint(1, 6)]
        if "LSTM" in cls:
            s = c + s if cf else s + c
            return (batch(d), dim(d, 1, 6, 0.3), *s)
        s = c + s if cf else s + c
        extra = (
            [dim(d, 1, 4, 0.1)]
            if d.random() < 0.06 and not ("Pool" in cls or "Up" in cls or "Pad" in cls or "Crop" in cls)
            else []
        )
        return (batch(d), *extra, *s)
    if cls in ("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "Masking"):
        return (batch(d), dim(d, 1, 9, 0.4), d.randint(1, 9))
    if cls in CELLS:
        return (batch(d), d.randint(1, 9))
    if cls == "RepeatVector":
        return (batch(d), dim(d))
    if cls in ("STFTSpectrogram",):
        return (batch(d), dim(d, 600, 2000, 0.1), d.randint(1, 3))
    if cls == "MelSpectrogram":
        return (batch(d), dim(d, 600, 20000, 0.1)) if d.random() < 0.8 else (dim(d, 600, 20000, 0.1),)
    return generic_shape(d)


def tup(d, n, f, p=0.5):
    if n == 0:
        n = 1
    if d.random() < p:
        return f()
    v = [f() for _ in range(n)]
    return tuple(v) if d.random() < 0.7 else v


INIT = ["zeros", "ones", "glorot_uniform", "he_normal", "RandomNormal", "lecun_uniform"]


def param(d, cls, name, default, tf, kw):
    n = spatial_rank(cls)
    if name.endswith("_initializer"):
        return d.choice(INIT)
    if name.endswith("_regularizer"):
        return d.choice([None, "l2", "l1"])
    if name.endswith("_constraint"):
        return d.choice([None, "non_neg", "unit_norm"])
    if name in ("activation",):
        return (
            d.choice([None, "relu", "tanh", "softmax", "linear", "elu"])
            if cls != "Activation"
            else d.choice(["relu", "softmax", "gelu", "swish", "sigmoid"])
        )
    if name == "recurrent_activation":
        return d.choice(["sigmoid", "hard_sigmoid"])
    if name == "seed":
        return d.choice([None, 1337])
    if name == "data_format":
        return d.choice(["channels_last", "channels_last", "channels_first", None, "Channels_First"])
    if name == "filters":
        g = kw.get("groups", 1)
        return g * d.randint(1, 4)
    if name == "groups" and "Conv" in cls:
        return d.choice([1, 2, 3])
    if name == "groups":
        return d.choice([-1, 1, 2, 4, 32])
    if name == "kernel_size" and n:
        return tup(d, n, lambda: d.randint(1, 5))
    if name == "pool_size":
        return tup(d, n, lambda: d.randint(1, 4))
    if name == "strides":
        if "Pool" in cls and d.random() < 0.3:
            return None
        return tup(d, n, lambda: d.choice([1, 1, 2, 3]))
    if name == "dilation_rate":
        return tup(d, n, lambda: d.choice([1, 1, 2, 3]))
    if name == "padding" and "ZeroPadding" not in cls:
        return d.choice(["valid", "same", "same", "causal" if n == 1 else "valid", "SAME"])
    if name == "output_padding":
        return d.choice([None, None, 0, 1, tup(d, n, lambda: d.randint(0, 2))])
    if name == "depth_multiplier":
        return d.randint(1, 3)
    if name == "output_size":
        return tup(d, n, lambda: d.randint(1, 6))
    if name == "units":
        return d.randint(1, 9)
    if name in ("rate", "dropout", "recurrent_dropout", "stddev"):
        return d.choice([0.0, 0.1, 0.5])
    if name == "size":
        return tup(d, n, lambda: d.randint(1, 3))
    if name == "interpolation":
        return d.choice(["nearest", "bilinear"])
    if name == "fill_mode":
        return d.choice(["reflect", "constant", "nearest", "wrap"])
    if name in ("height", "width"):
        return d.randint(1, 30)
    if name == "value_range":
        return d.choice([(0, 255), (0, 1), [0, 1.0]])
    if name in ("factor",):
        return d.choice([0.1, 0.5, (0.1, 0.5)])
    if name in ("height_factor", "width_factor"):
        return d.choice([0.1, (-0.2, 0.3)])
    if name in ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor"):
        return d.choice([None, 0.2])
    if name in ("x_factor", "y_factor"):
        return d.choice([0.1, 0.5])
    if name == "use_cudnn":
        return d.choice(["auto", False, True])
    if name in ("lora_rank",):
        return d.choice([None, None, 1, 2, 4])
    if name == "lora_alpha":
        return d.choice([None, 2, 8])
    if name == "axis":
        if cls in (
            "LayerNormalization",
            "BatchNormalization",
            "SyncBatchNormalization",
            "GroupNormalization",
            "Softmax",
            "Concatenate",
            "RMSNormalization",
            "UnitNormalization",
            "Normalization",
        ):
            opts = [-1, -1, 1, 2, -2, 3]
            if cls in ("LayerNormalization", "Softmax", "UnitNormalization", "Normalization", "RMSNormalization"):
                opts += [(1, 2), [-1, -2], [1], (-2, -1), [1, 3], (2, 1)]
            if cls in ("BatchNormalization", "SyncBatchNormalization") and tf:
                opts += [[1], [1, 2], [1, 3]]
            if cls == "Normalization":
                opts += [None, None]
            return d.choice(opts)
    if isinstance(default, bool):
        return d.random() < 0.5
    return inspect._empty


SKIP = inspect._empty


def some_layer(d, cls, L, tf, depth=0, shape=None):
    """A layer of the class with random options, of which a case has few or many."""
    c = getattr(L, cls)
    sig = [
        (p.name, p.default)
        for p in inspect.signature(c.__init__).parameters.values()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ][1:]
    kw = {}
    own = OVERRIDE.get(cls)
    density = d.choice([0, 0.15, 0.4, 0.8])
    if "groups" in dict(sig) and d.random() < 0.4 and "Conv" in cls:
        kw["groups"] = d.choice([2, 3])
    for name, default in sig:
        if name in kw or name in ("self", "name", "dtype", "weights"):
            continue
        if default is not inspect._empty and d.random() > density:
            continue
        v = param(d, cls, name, default, tf, kw)
        if v is not SKIP:
            kw[name] = v
    # strides and dilation together are mostly refused
    if "strides" in kw and "dilation_rate" in kw and d.random() < 0.85:
        kw.pop(d.choice(["strides", "dilation_rate"]))
    if own:
        own(d, kw, tf, depth, L)
    wrapper = cls in ("TimeDistributed", "Bidirectional", "RNN", "StackedRNNCells", "SpectralNormalization")
    if d.random() < 0.12 and not (depth and wrapper) and cls not in ("SpatialDropout1D",):
        kw["trainable"] = False
    if d.random() < 0.1:
        kw["dtype"] = d.choice(["float16", "mixed_float16", "float64", "mixed_bfloat16", "bfloat16"])
    if d.random() < 0.06:
        kw["name"] = f"my_{cls.lower()}_{d.randint(0, 99)}"
    if cls.endswith("Dropout1D") or cls.endswith("Dropout2D"):
        kw.pop("trainable", None)
    if not tf and cls in (
        "Discretization",
        "HashedCrossing",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "Pipeline",
    ):
        kw.pop("trainable", None)
        kw.pop("dtype", None)
    return Lay(cls, kw)


# ---- overrides
def o_embedding(d, kw, tf, depth, L):
    kw["input_dim"], kw["output_dim"] = d.randint(1, 30), d.randint(1, 9)
    for k in ("quantization_config",):
        kw.pop(k, None)
    if tf and d.random() < 0.2:
        kw["input_length"] = None


def o_mha(d, kw, tf, depth, L):
    kw["num_heads"], kw["key_dim"] = d.randint(1, 4), d.randint(1, 6)
    if d.random() < 0.4:
        kw["value_dim"] = d.randint(1, 6)
    if d.random() < 0.4:
        kw["output_shape"] = d.choice([d.randint(1, 6), (d.randint(1, 4), d.randint(1, 3)), [5]])
    if d.random() < 0.3:
        kw["attention_axes"] = d.choice([(1,), (2,), (1, 2), (2, 3), 1, [1], (-2,), (-3, -2)])
    if "flash_attention" in kw:
        kw.pop("flash_attention")
    if not tf and d.random() < 0.1:
        kw["sliding_window"] = 3


def o_gqa(d, kw, tf, depth, L):
    kv = d.randint(1, 3)
    kw["head_dim"], kw["num_key_value_heads"], kw["num_query_heads"] = d.randint(1, 6), kv, kv * d.randint(1, 3)
    if d.random() < 0.1:
        kw["sliding_window"] = 3
    kw.pop("flash_attention", None)


def o_einsum(d, kw, tf, depth, L):
    eq, outs, bias = d.choice(
        [
            ("ab,bc->ac", 1, "c"),
            ("abc,cd->abd", 2, "bd"),
            ("abc,cde->abde", 3, "de"),
            ("abcd,cde->abe", 2, "e"),
            ("...x,xy->...y", 1, "y"),
            ("abc,bcd->abd", 2, "d"),
            ("ab...,bc->ac...", 1, "c"),
            ("...xy,yz->...xz", 2, "z"),
            ("abc,cd->adb", 2, "d"),
            ("abc,abd->acd", 2, "cd"),
            ("aBc,cD->aBD", 2, "BD"),
        ]
    )
    o = [d.choice([None, d.randint(1, 6)]) for _ in range(outs)]
    o[-1] = d.randint(1, 6)
    kw["equation"], kw["output_shape"] = eq, (o[0] if outs == 1 and d.random() < 0.7 else d.choice([tuple, list])(o))
    if d.random() < 0.6:
        kw["bias_axes"] = bias
    kw.pop("quantization_config", None)


def o_prelu(d, kw, tf, depth, L):
    if d.random() < 0.6:
        kw["shared_axes"] = d.choice([[1], [1, 2], (1, 2), 1, [2], [1, 2, 3], [-1], -2])


def o_reshape(d, kw, tf, depth, L):
    kw["target_shape"] = d.choice(
        [(-1,), [-1, 1], (1, -1), (2, -1), (-1, 2), (2, 3), (6,), (1, 1, -1), (-1, 3, 1), [4, 2], (None, 2)]
    )


def o_permute(d, kw, tf, depth, L):
    n = d.randint(1, 4)
    p = list(range(1, n + 1))
    d.shuffle(p)
    kw["dims"] = d.choice([tuple, list])(p)


def o_repeat(d, kw, tf, depth, L):
    kw["n"] = d.randint(1, 6)


def pairs(key, n, hi=3):
    def f(d, kw, tf, depth, L):
        def one():
            return d.randint(0, hi)

        k = d.random()
        if k < 0.15:
            kw.pop(key, None)
        elif k < 0.4:
            kw[key] = one()
        elif n == 1:
            kw[key] = d.choice([(one(), one()), [one(), one()]])
        elif k < 0.7:
            kw[key] = tuple(one() for _ in range(n))
        else:
            kw[key] = tuple((one(), one()) for _ in range(n))

    return f


def o_cat(d, kw, tf, depth, L):
    kw["num_tokens"] = d.randint(1, 9)
    kw["output_mode"] = d.choice(["one_hot", "multi_hot", "count"])
    kw.pop("sparse", None)


def o_disc(d, kw, tf, depth, L):
    kw["bin_boundaries"] = sorted(round(d.random(), 2) for _ in range(d.randint(1, 4)))
    kw["output_mode"] = d.choice(["int", "one_hot", "multi_hot", "count"])
    kw.pop("sparse", None)
    kw.pop("num_bins", None)
    if d.random() < 0.15:
        kw.pop("bin_boundaries")
        kw["num_bins"] = d.randint(1, 6)


def o_hash(d, kw, tf, depth, L):
    kw["num_bins"] = d.randint(1, 9)
    kw["output_mode"] = d.choice(["int", "one_hot", "multi_hot", "count"])
    kw.pop("sparse", None)
    kw.pop("salt", None)
    kw.pop("mask_value", None)


def o_hashc(d, kw, tf, depth, L):
    kw["num_bins"] = d.randint(1, 9)
    kw["output_mode"] = d.choice(["int", "one_hot"])
    kw.pop("sparse", None)


def o_slookup(d, kw, tf, depth, L):
    kw["output_mode"] = d.choice(["int", "one_hot", "multi_hot", "count", "tf_idf"])
    n = d.randint(1, 5)
    if d.random() < 0.8:
        kw["vocabulary"] = [f"w{i}" for i in range(n)]
    if kw["output_mode"] == "tf_idf" and "vocabulary" in kw:
        kw["idf_weights"] = [1.0] * n
    if d.random() < 0.3:
        kw["num_oov_indices"] = d.randint(0, 3)
    if d.random() < 0.2:
        kw["mask_token"] = "m"
    if d.random() < 0.3:
        kw["max_tokens"] = d.randint(9, 20)
    for k in ("sparse", "salt"):
        kw.pop(k, None)


def o_ilookup(d, kw, tf, depth, L):
    o_slookup(d, kw, tf, depth, L)
    if "vocabulary" in kw:
        kw["vocabulary"] = [10 + i for i, _ in enumerate(kw["vocabulary"])]
    if "mask_token" in kw:
        kw["mask_token"] = 0


def o_textvec(d, kw, tf, depth, L):
    kw["output_mode"] = d.choice(["int", "multi_hot", "count", "tf_idf"])
    n = d.randint(1, 5)
    if d.random() < 0.7:
        kw["vocabulary"] = [f"w{i}" for i in range(n)]
    if kw["output_mode"] == "tf_idf" and "vocabulary" in kw:
        kw["idf_weights"] = [1.0] * n
    if kw["output_mode"] == "int" and d.random() < 0.5:
        kw["output_sequence_length"] = d.randint(1, 8)
    if d.random() < 0.3:
        kw["max_tokens"] = d.randint(9, 20)
    for k in ("sparse", "ragged"):
        kw.pop(k, None)


def o_norm(d, kw, tf, depth, L):
    if d.random() < 0.3:
        kw["mean"], kw["variance"] = 1.0, 2.0
    if d.random() < 0.1:
        kw["mean"], kw["variance"] = [1.0, 2, 3], [2.0, 1, 1]


def rec_layer(d, L, tf, depth):
    cls = d.choice(["LSTM", "GRU", "SimpleRNN", "LSTM", "RNN"] if depth < 2 else ["LSTM", "GRU"])
    return some_layer(d, cls, L, tf, depth + 1)


def o_bidi(d, kw, tf, depth, L):
    if d.random() < 0.1 and hasattr(L, "ConvLSTM1D"):
        inner = some_layer(d, d.choice(["ConvLSTM1D", "ConvLSTM2D"]), L, tf, depth + 1)
    else:
        inner = rec_layer(d, L, tf, depth)
    inner.kw.pop("name", None)
    kw["layer"] = inner
    kw["merge_mode"] = d.choice(["concat", "sum", "mul", "ave", None, "concat"])
    if d.random() < 0.3:
        back = rec_layer(d, L, tf, depth)
        for k in ("return_sequences", "return_state", "stateful"):
            back.kw.pop(k, None)
            if k in inner.kw:
                back.kw[k] = inner.kw[k]
        back.kw["go_backwards"] = not inner.kw.get("go_backwards", False)
        back.kw.pop("name", None)
        if d.random() < 0.3:
            back.kw["name"] = "other_way"
        kw["backward_layer"] = back


def o_td(d, kw, tf, depth, L):
    inner = d.choice(
        [
            "Dense",
            "Conv2D",
            "Conv1D",
            "LSTM",
            "BatchNormalization",
            "Flatten",
            "MaxPooling2D",
            "Dropout",
            "Embedding",
            "LayerNormalization",
            "Reshape",
            "TimeDistributed",
            "Bidirectional",
            "GlobalAveragePooling2D",
            "SeparableConv2D",
            "GRU",
            "Activation",
            "PReLU",
            "EinsumDense",
            "Conv2DTranspose",
            "Cropping2D",
        ]
    )
    if depth > 1:
        inner = "Dense"
    kw["layer"] = some_layer(d, inner, L, tf, depth + 1)


def o_sn(d, kw, tf, depth, L):
    kw["layer"] = some_layer(
        d,
        d.choice(
            [
                "Dense",
                "Conv2D",
                "Conv1D",
                "Embedding",
                "Conv2DTranspose",
                "DepthwiseConv2D",
                "EinsumDense",
                "SeparableConv2D",
                "Conv3D",
            ]
        ),
        L,
        tf,
        depth + 1,
    )
    kw["layer"].kw.pop("lora_rank", None)
    kw["layer"].kw.pop("trainable", None)
    kw["power_iterations"] = d.randint(1, 3)


def cell(d, L, tf, depth):
    cls = d.choice(
        ["LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"]
        if depth < 2
        else ["LSTMCell", "GRUCell", "SimpleRNNCell"]
    )
    return some_layer(d, cls, L, tf, depth + 1)


def o_rnn(d, kw, tf, depth, L):
    kw["cell"] = [cell(d, L, tf, depth) for _ in range(d.randint(1, 3))] if d.random() < 0.3 else cell(d, L, tf, depth)


def o_stacked(d, kw, tf, depth, L):
    kw["cells"] = [cell(d, L, tf, depth + 1) for _ in range(d.randint(1, 3))]


def o_dot(d, kw, tf, depth, L):
    kw["axes"] = d.choice([1, -1, 2, (1, 1), (2, 1), (1, 2), [2, 2], (-1, 1), (-1, -2), 3])


def o_drop(d, kw, tf, depth, L):
    kw.pop("noise_shape", None)


def o_resc(d, kw, tf, depth, L):
    kw["scale"] = 1 / 255
    kw["offset"] = d.choice([0.0, -1])


def o_stft(d, kw, tf, depth, L):
    kw["mode"] = d.choice(["log", "magnitude", "psd", "real", "imag", "angle", "stft"])
    kw["frame_length"] = d.choice([64, 128, 255])
    if d.random() < 0.5:
        kw["frame_step"] = d.choice([16, 32, 63])
    if d.random() < 0.5:
        kw["fft_length"] = d.choice([256, 512])
    if d.random() < 0.3:
        kw["window"] = d.choice(["hann", "hamming", None])
    if kw.get("scaling") is not None:
        kw.pop("scaling")


def o_mel(d, kw, tf, depth, L):
    if d.random() < 0.6:
        kw["fft_length"] = d.choice([256, 512])
    if d.random() < 0.6:
        kw["sequence_stride"] = d.choice([64, 100])
    if d.random() < 0.4:
        kw["sequence_length"] = d.choice([128, 256])
    if d.random() < 0.6:
        kw["num_mel_bins"] = d.randint(8, 80)


def o_rev(d, kw, tf, depth, L):
    o_embedding(d, kw, tf, depth, L)
    kw.pop("lora_rank", None)


def o_flip(d, kw, tf, depth, L):
    kw["mode"] = d.choice(["horizontal", "vertical", "horizontal_and_vertical"])


def o_att(d, kw, tf, depth, L):
    if d.random() < 0.4:
        kw["score_mode"] = d.choice(["dot", "concat"])


def o_aar(d, kw, tf, depth, L):
    if kw.get("crop_to_aspect_ratio") and kw.get("pad_to_aspect_ratio"):
        kw.pop("pad_to_aspect_ratio")
    kw.pop("fill_mode", None)


def o_lc(d, kw, tf, depth, L):
    kw["implementation"] = d.choice([1, 2, 3])
    if d.random() < 0.7:
        kw.pop("padding", None)


def o_bins(d, kw, tf, depth, L):
    kw["max_number"] = d.randint(1, 9)


def o_pipe(d, kw, tf, depth, L):
    kw["layers"] = [
        some_layer(d, x, L, tf, depth + 1)
        for x in d.sample(
            ["RandomFlip", "Rescaling", "RandomRotation", "CenterCrop", "Resizing", "Dense"], d.randint(1, 3)
        )
    ]


def o_blur(d, kw, tf, depth, L):
    kw["kernel_size"] = d.choice([3, 5, (3, 5)])


def o_bn(d, kw, tf, depth, L):
    if kw.get("renorm") and d.random() < 0.5:
        kw["renorm_clipping"] = {"rmax": 2.0}
    kw.pop("synchronized", None) if tf else None


OVERRIDE = dict(
    Embedding=o_embedding,
    ReversibleEmbedding=o_rev,
    MultiHeadAttention=o_mha,
    GroupQueryAttention=o_gqa,
    EinsumDense=o_einsum,
    PReLU=o_prelu,
    Reshape=o_reshape,
    Permute=o_permute,
    RepeatVector=o_repeat,
    Cropping1D=pairs("cropping", 1),
    Cropping2D=pairs("cropping", 2),
    Cropping3D=pairs("cropping", 3),
    ZeroPadding1D=pairs("padding", 1),
    ZeroPadding2D=pairs("padding", 2),
    ZeroPadding3D=pairs("padding", 3),
    CategoryEncoding=o_cat,
    Discretization=o_disc,
    Hashing=o_hash,
    HashedCrossing=o_hashc,
    StringLookup=o_slookup,
    IntegerLookup=o_ilookup,
    TextVectorization=o_textvec,
    Normalization=o_norm,
    Bidirectional=o_bidi,
    TimeDistributed=o_td,
    SpectralNormalization=o_sn,
    RNN=o_rnn,
    StackedRNNCells=o_stacked,
    Dot=o_dot,
    Dropout=o_drop,
    AlphaDropout=o_drop,
    Rescaling=o_resc,
    STFTSpectrogram=o_stft,
    MelSpectrogram=o_mel,
    RandomFlip=o_flip,
    Attention=o_att,
    Resizing=o_aar,
    LocallyConnected1D=o_lc,
    LocallyConnected2D=o_lc,
    MaxNumBoundingBoxes=o_bins,
    Pipeline=o_pipe,
    RandomGaussianBlur=o_blur,
    BatchNormalization=o_bn,
)


def shape_for(d, lay, tf):
    cls, kw = lay.cls, lay.kw
    if cls == "Bidirectional":
        return shape_for(d, kw["layer"], tf)
    if cls == "TimeDistributed":
        s = shape_for(d, kw["layer"], tf)
        return (s[0], dim(d, 1, 6, 0.3), *s[1:])
    if cls == "SpectralNormalization":
        return shape_for(d, kw["layer"], tf)
    if cls == "EinsumDense":
        left = kw["equation"].split(",")[0]
        n = len(left.replace("...", "")) + (d.randint(1, 2) if "..." in left else 0)
        return (batch(d), *[dim(d, 1, 6, 0.15) for _ in range(n - 2)], dim(d, 1, 6, 0.05)) if n > 1 else (None,)
    if cls == "Permute":
        return (batch(d), *[dim(d, 1, 8) for _ in kw["dims"]])
    if cls == "Pipeline":
        return draw_shape(d, "Resizing", kw, tf)
    if cls == "Reshape":
        return d.choice(
            [
                (None, 6),
                (None, 2, 3),
                (None, None, 4),
                (None, 4, 6),
                (None, 12),
                (None, 8),
                (2, 6),
                (None, 2, None, 3),
                (None,),
                (None, None),
            ]
        )
    return draw_shape(d, cls, kw, tf)


def some_case(d, cls, L, tf):
    lay = some_layer(d, cls, L, tf)
    call, dtype = {}, "float32"
    if cls in MERGES:
        base = generic_shape(d, 1 if cls != "Dot" else 2, 4)
        n = d.randint(2, 4) if cls not in ("Dot", "Subtract") else 2
        ins = []
        for _ in range(n):
            s = list(base)
            for i in range(1, len(s)):
                r = d.random()
                if cls == "Concatenate":
                    ax = lay.kw.get("axis", -1)
                    if i == ax % len(s):
                        s[i] = d.randint(1, 5)
                    elif r < 0.1:
                        s[i] = None
                elif r < 0.15:
                    s[i] = 1
                elif r < 0.25:
                    s[i] = None
                elif cls == "Dot" and r < 0.4:
                    s[i] = d.randint(1, 5)
            if d.random() < 0.1 and len(s) > 1 and cls not in ("Concatenate",):
                s = [s[0], *s[2:]]
            ins.append(tuple(s))
        return Case(lay, ins)
    if cls in ("Attention", "AdditiveAttention"):
        r = d.choice([3, 3, 3, 4])

        def seq():
            return (None, *[2] * (r - 3), dim(d, 1, 6), f)

        f = d.randint(1, 6)
        q, v = seq(), list(seq())
        k = (*v[:-1], f)
        if d.random() < 0.4:
            v[-1] = d.randint(1, 6)
        ins = [q, tuple(v)] if v[-1] == f and d.random() < 0.6 else [q, tuple(v), k]
        if d.random() < 0.2:
            call["return_attention_scores"] = True
        if d.random() < 0.1:
            call["use_causal_mask"] = True
        return Case(lay, ins, call)
    if cls in ("MultiHeadAttention", "GroupQueryAttention"):
        ax = lay.kw.get("attention_axes")
        r = d.choice([3, 3, 4]) if ax is None else d.choice([3, 4, 5])
        if cls == "GroupQueryAttention":
            r = 3
        same = [dim(d, 1, 5, 0.2) for _ in range(r - 3)]
        q = (None, *same, dim(d, 1, 6), d.randint(1, 7))
        v = (None, *same, dim(d, 1, 6), d.randint(1, 7))
        k = (*v[:-1], d.randint(1, 7))
        ins = d.choice([[q, q], [q, v], [q, v, k]])
        if d.random() < 0.25:
            call["return_attention_scores"] = True
        if d.random() < 0.1:
            call["use_causal_mask"] = True
        return Case(lay, ins, call, spread=True)
    if cls in CELLS:
        s = (None, d.randint(1, 9))
        return Case(lay, s)
    if cls in ("Embedding", "ReversibleEmbedding"):
        s = (batch(d), *[dim(d) for _ in range(d.randint(0, 3))])
        return Case(lay, s, dtype="int32")
    if cls == "HashedCrossing":
        s = (batch(d), d.choice([1])) if d.random() < 0.7 else (batch(d),)
        return Case(lay, [s, s], dtype="int32")
    if cls == "StringLookup":
        return Case(lay, generic_shape(d, 1, 3), dtype="string" if not lay.kw.get("invert") else "int64")
    if cls == "TextVectorization":
        return Case(lay, d.choice([(None,), (None, 1), (4, 1), (3,)]), dtype="string")
    if cls == "IntegerLookup":
        return Case(lay, generic_shape(d, 1, 3), dtype="int64")
    if cls == "Hashing":
        return Case(lay, generic_shape(d, 1, 3), dtype=d.choice(["int32", "int64"]))
    if cls == "CategoryEncoding":
        return Case(lay, d.choice([generic_shape(d, 1, 3), (None, 1)]), dtype="int32")
    if cls == "MaxNumBoundingBoxes":
        return Case(lay, {"boxes": (None, dim(d), 4), "labels": (None, 5)})
    if cls in ("CutMix", "MixUp") and d.random() < 0.5:
        return Case(lay, {"images": shape_for(d, lay, tf), "labels": (None, 5)})
    s = shape_for(d, lay, tf)
    if cls == "TimeDistributed" and lay.kw["layer"].cls == "Embedding":
        dtype = "int32"
        s = (None, dim(d), *[dim(d) for _ in range(d.randint(0, 2))])
    if cls == "SpectralNormalization" and lay.kw["layer"].cls == "Embedding":
        dtype = "int32"
    return Case(lay, s, call, dtype)
