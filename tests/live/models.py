"""Random models of either framework, out of plain descriptions that hypothesis can shrink."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

WIDTH = 6
"""Every block takes and gives vectors of this size, so that any block fits, and may be used, anywhere."""

KINDS = (
    "dense", "dense_no_bias", "batch_norm", "batch_norm_plain", "layer_norm", "group_norm", "prelu", "dropout",
    "activation", "normalization", "lstm", "gru", "bidirectional", "rnn_cells", "attention", "conv", "separable",
    "depthwise", "transpose", "time_distributed", "embedding", "einsum", "custom",
)  # fmt: skip
KERAS_3_KINDS = ("rms_norm", "spectral", "grouped_attention", "lora", "int8", "int4")


@dataclass(frozen=True)
class Block:
    """A layer, or a model of blocks."""

    kind: str
    parts: tuple["Block", ...] = ()
    reuse: int | None = None
    """Use an earlier block once more instead, by its number; only in functional and subclassed models."""


@dataclass(frozen=True)
class Plan:
    """A model, and what is frozen in it: by the number of a layer, and the flag that it gets."""

    top: Block
    freezes: tuple[tuple[int, bool], ...] = ()
    variables: tuple[int, ...] = field(default=())
    """Numbers of variables that are frozen on their own."""


def plans(kinds, nested=("sequential", "functional", "subclass")):
    """Plans of models out of layers of ``kinds``."""
    leaf = st.builds(Block, st.sampled_from(kinds), st.just(()), st.none() | st.integers(0, 3))

    def models(inner):
        parts = st.lists(inner, min_size=1, max_size=4).map(tuple)
        return st.builds(Block, st.sampled_from(nested), parts, st.none() | st.integers(0, 3))

    top = models(st.recursive(leaf, models, max_leaves=8))
    freezes = st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=4).map(tuple)
    return st.builds(Plan, top, freezes, st.lists(st.integers(0, 30), max_size=2).map(tuple))


class Maker:
    """Turns plans into models of one framework."""

    def __init__(self, keras):
        self.keras = keras
        self.layers = keras.layers
        self.used = []

    def model(self, plan, built=True):
        """The model of ``plan``; freezes are not applied yet."""
        self.used = []
        block = plan.top
        model = getattr(self, f"_{block.kind}")(block.parts, built)
        if built and block.kind != "functional":
            model(self.keras.Input((WIDTH,)))
        return model

    def block(self, block, share=True):
        if block.reuse is not None and share and self.used:
            return self.used[block.reuse % len(self.used)]
        made = getattr(self, f"_{block.kind}")(block.parts, False) if block.parts else self._leaf(block.kind)
        self.used.append(made)
        return made

    def _sequential(self, parts, built):
        # A Sequential model takes every layer once, and only under different names.
        made = {layer.name: layer for layer in (self.block(part, share=False) for part in parts)}
        return self.keras.Sequential(([self.keras.Input((WIDTH,))] if built else []) + list(made.values()))

    def _functional(self, parts, built):
        inputs = x = self.keras.Input((WIDTH,))
        for part in parts:
            x = self.layers.Add()([x, self.block(part)(x)])
        return self.keras.Model(inputs, x)

    def _subclass(self, parts, built):
        maker = self

        class Sub(self.keras.Model):
            def __init__(self):
                super().__init__()
                made = [maker.block(part) for part in parts]
                self.first = made[0]
                self.table = {"some": made[1:2], "others": tuple(made[2:])}
                self.scale = self.add_weight(name="scale", shape=(WIDTH,))
                self.offset = self.add_weight(name="offset", shape=(2,), trainable=False)

            def call(self, x, training=None):
                x = self.first(x) * self.scale
                for layer in [*self.table["some"], *self.table["others"]]:
                    x = layer(x) + x
                return x

        return Sub()

    def _leaf(self, kind):
        return getattr(self, f"make_{kind}")()

    def _around(self, *inner, shape=(3, 2)):
        """Layers on another shape than a vector, with what leads there and back."""
        return self.keras.Sequential(
            [
                self.keras.Input((WIDTH,)),
                self.layers.Reshape(shape),
                *inner,
                self.layers.Flatten(),
                self.layers.Dense(WIDTH),
            ]
        )

    def make_dense(self):
        return self.layers.Dense(WIDTH)

    def make_dense_no_bias(self):
        return self.layers.Dense(WIDTH, use_bias=False)

    def make_batch_norm(self):
        return self.layers.BatchNormalization()

    def make_batch_norm_plain(self):
        return self.layers.BatchNormalization(scale=False, center=False)

    def make_layer_norm(self):
        return self.layers.LayerNormalization()

    def make_group_norm(self):
        return self.layers.GroupNormalization(3)

    def make_rms_norm(self):
        return self.layers.RMSNormalization()

    def make_prelu(self):
        return self.layers.PReLU()

    def make_dropout(self):
        return self.layers.Dropout(0.1)

    def make_activation(self):
        return self.layers.Activation("relu")

    def make_normalization(self):
        # Keras itself fails on one that is built while a graph is traced, and then used in another.
        made = self.layers.Normalization()
        made.build((None, WIDTH))
        return made

    def make_spectral(self):
        return self.layers.SpectralNormalization(self.layers.Dense(WIDTH))

    def make_lstm(self):
        return self._around(self.layers.LSTM(2))

    def make_gru(self):
        return self._around(self.layers.GRU(2, reset_after=False))

    def make_bidirectional(self):
        return self._around(self.layers.Bidirectional(self.layers.SimpleRNN(2)))

    def make_rnn_cells(self):
        return self._around(self.layers.RNN([self.layers.LSTMCell(2), self.layers.GRUCell(3)]))

    def make_attention(self):
        layers, keras = self.layers, self.keras
        inputs = keras.Input((WIDTH,))
        x = layers.Reshape((3, 2))(inputs)
        return keras.Model(inputs, layers.Flatten()(layers.MultiHeadAttention(2, 2)(x, x)))

    def make_grouped_attention(self):
        layers, keras = self.layers, self.keras
        inputs = keras.Input((WIDTH,))
        x = layers.Reshape((3, 2))(inputs)
        return keras.Model(inputs, layers.Flatten()(layers.GroupQueryAttention(2, 4, 2)(x, x)))

    def make_conv(self):
        return self._around(self.layers.Conv1D(4, 2, groups=2))

    def make_separable(self):
        return self._around(self.layers.SeparableConv1D(4, 2, depth_multiplier=2))

    def make_depthwise(self):
        return self._around(self.layers.DepthwiseConv1D(2, depth_multiplier=3))

    def make_transpose(self):
        return self._around(self.layers.Conv1DTranspose(3, 2))

    def make_time_distributed(self):
        return self._around(self.layers.TimeDistributed(self.layers.Dense(3)))

    def make_embedding(self):
        return self._around(self.layers.Embedding(5, 3), shape=(6,))

    def make_einsum(self):
        return self._around(self.layers.EinsumDense("abc,cd->abd", (3, 3), bias_axes="d"))

    def make_lora(self):
        made = self._around(self.layers.Dense(4))
        made.layers[1].enable_lora(2)
        return made

    def make_int8(self):
        return self._quantized("int8")

    def make_int4(self):
        return self._quantized("int4")

    def _quantized(self, mode):
        made = self._around(self.layers.Dense(5))
        made.layers[1].quantize(mode)
        return made

    def make_custom(self):
        class Custom(self.layers.Layer):
            def build(self, shape):
                self.kernel = self.add_weight(name="kernel", shape=(shape[-1], WIDTH))
                self.statistic = self.add_weight(name="statistic", shape=(3,), trainable=False)
                self.count = self.add_weight(name="count", shape=(), dtype="int32", trainable=False)
                super().build(shape)

            def call(self, x):
                return x @ self.kernel

        return Custom()


def freeze(model, plan):
    """Set the flags that ``plan`` asks for, in its order."""
    layers = [model, *model._flatten_layers(include_self=False, recursive=True)]
    for number, flag in plan.freezes:
        layers[number % len(layers)].trainable = flag
