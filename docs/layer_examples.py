"""What ``layer_pages.py`` cannot compute: a worked example for each layer, and values worth trying for its options.

Everything else on the pages of ``docs/layers/`` is computed from these by paramcount itself.
"""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """One page: a family of layers."""

    title: str
    about: str
    """What the layers of the family have in common."""
    grids: tuple[str, ...]
    """The tests that compare the family with Keras, ``core`` for ``tests/layers/test_core_grid.py``."""
    examples: str
    """One layer a line: the constructor call as it is typed, ``@``, and the shapes of its inputs."""


PAGES: dict[str, Page] = {
    "core": Page(
        "Dense layers and embeddings",
        "A dense layer multiplies what comes in with a matrix of weights; an embedding looks up rows of a table.",
        ("core", "quantized"),
        """
        Dense(5) @ 3
        EinsumDense('abc,cd->abd', output_shape=(10, 64), bias_axes='d') @ 10,32
        Embedding(1000, 64) @ 20
        ReversibleEmbedding(1000, 64) @ 20
        PReLU() @ 28,28,16
        """,
    ),
    "convolution": Page(
        "Convolutions",
        "A convolution moves one window of weights over its input, so that the size of the input does not matter.",
        ("convolution",),
        """
        Conv1D(32, 3) @ 100,16
        Conv2D(64, 6) @ 28,28,3
        Conv3D(16, 3) @ 16,16,16,4
        Conv1DTranspose(32, 3) @ 100,16
        Conv2DTranspose(64, 3) @ 14,14,16
        Conv3DTranspose(16, 3) @ 8,8,8,4
        DepthwiseConv1D(3) @ 100,16
        DepthwiseConv2D(3) @ 28,28,16
        SeparableConv1D(32, 3) @ 100,16
        SeparableConv2D(32, 3) @ 28,28,16
        LocallyConnected1D(4, 3) @ 10,6
        LocallyConnected2D(4, 3) @ 8,8,4
        """,
    ),
    "recurrent": Page(
        "Recurrent layers",
        "A recurrent layer reads a sequence step by step, with the same weights at every step,"
        " so that the length of the sequence does not matter.",
        ("recurrent",),
        """
        SimpleRNN(8) @ 10,16
        LSTM(64) @ 10,5
        GRU(32) @ 10,64
        ConvLSTM1D(8, 3) @ 10,20,4
        ConvLSTM2D(8, 3) @ 10,20,20,4
        ConvLSTM3D(8, 3) @ 5,8,8,8,4
        SimpleRNNCell(8) @ 16
        LSTMCell(64) @ 5
        GRUCell(32) @ 64
        """,
    ),
    "normalization": Page(
        "Normalization",
        "A normalization brings its input to a common scale; what it keeps of the data never trains.",
        ("normalization",),
        """
        BatchNormalization() @ 28,28,64
        LayerNormalization() @ 10,64
        GroupNormalization(8) @ 28,28,64
        RMSNormalization() @ 10,64
        UnitNormalization() @ 10,64
        Normalization() @ 8
        SpectralNormalization(Dense(4)) @ 3
        """,
    ),
    "attention": Page(
        "Attention",
        "Attention mixes the places of a sequence; what trains are the projections that it is made of.",
        ("attention",),
        """
        MultiHeadAttention(8, 64) @ 10,512 @ 20,256
        GroupQueryAttention(64, 8, 2) @ 10,512 @ 20,512
        Attention() @ 10,64 @ 20,64
        AdditiveAttention() @ 10,64 @ 20,64
        """,
    ),
    "wrappers": Page(
        "Wrappers and cells inside other layers",
        "A wrapper owns no weights of its own: it has those of the layers inside.",
        ("wrappers",),
        """
        Bidirectional(LSTM(64)) @ 10,5
        TimeDistributed(Dense(4)) @ 10,3
        Wrapper(Dense(4)) @ 3
        RNN(LSTMCell(64)) @ 10,5
        StackedRNNCells([LSTMCell(8), LSTMCell(4)]) @ 5
        Pipeline([Rescaling(0.5), CenterCrop(20, 20)]) @ 28,28,3
        """,
    ),
    "preprocessing": Page(
        "Preprocessing of text, numbers and sound",
        "These layers turn words, numbers or sound into tensors.  What they look up in a table does not train.",
        ("preprocessing",),
        """
        STFTSpectrogram(frame_length=256, frame_step=64) @ 1024,1
        MelSpectrogram() @ 16000
        StringLookup(vocabulary=['a', 'b', 'c']) @ 10
        IntegerLookup(vocabulary=[12, 36, 42]) @ 10
        TextVectorization(max_tokens=1000, output_sequence_length=20) @ 1
        CategoryEncoding(num_tokens=10) @ 3
        Discretization(bin_boundaries=[0.0, 1.0, 2.0]) @ 4
        Hashing(num_bins=8) @ 4
        HashedCrossing(num_bins=8) @ 1 @ 1
        """,
    ),
    "applications": Page(
        "Layers inside the models of keras.applications",
        "Some models of `keras.applications` bring small layers of their own: ConvNeXt and InceptionResNetV2 do.",
        ("applications_layers",),
        """
        LayerScale(init_values=1e-06, projection_dim=96) @ 56,56,96
        StochasticDepth(drop_path_rate=0.1) @ 56,56,96
        CustomScaleLayer(scale=0.17) @ 35,35,320 @ 35,35,320
        """,
    ),
    "plain": Page(
        "Inputs and layers that pass on",
        "These layers bring data in or hand it on as it is.",
        ("plain",),
        """
        InputLayer((28, 28, 3)) @ 28,28,3
        Identity() @ 10,64
        Masking() @ 10,8
        """,
    ),
    "activations": Page(
        "Activations",
        "An activation applies one fixed function to each number.  The one that learns, PReLU, stands with the"
        " [dense layers](core.md#prelu).",
        ("plain",),
        """
        Activation('relu') @ 10,64
        ReLU() @ 10,64
        LeakyReLU() @ 10,64
        ELU() @ 10,64
        Softmax() @ 10,64
        ThresholdedReLU() @ 10,64
        """,
    ),
    "regularization": Page(
        "Regularization",
        "These layers disturb or penalize numbers while the model trains, and own nothing.",
        ("plain",),
        """
        Dropout(0.5) @ 10,64
        SpatialDropout1D(0.5) @ 10,64
        SpatialDropout2D(0.5) @ 28,28,64
        SpatialDropout3D(0.5) @ 8,8,8,64
        AlphaDropout(0.5) @ 10,64
        GaussianDropout(0.5) @ 10,64
        GaussianNoise(0.1) @ 10,64
        ActivityRegularization(0.01) @ 10,64
        """,
    ),
    "pooling": Page(
        "Pooling",
        "A pool takes the largest number or the mean of each window, for which nothing has to be learned.",
        ("pooling",),
        """
        MaxPooling1D(3) @ 100,16
        MaxPooling2D(3) @ 28,28,16
        MaxPooling3D(3) @ 16,16,16,4
        AveragePooling1D(3) @ 100,16
        AveragePooling2D(3) @ 28,28,16
        AveragePooling3D(3) @ 16,16,16,4
        GlobalMaxPooling1D() @ 100,16
        GlobalMaxPooling2D() @ 28,28,16
        GlobalMaxPooling3D() @ 16,16,16,4
        GlobalAveragePooling1D() @ 100,16
        GlobalAveragePooling2D() @ 28,28,16
        GlobalAveragePooling3D() @ 16,16,16,4
        AdaptiveMaxPooling1D(4) @ 100,16
        AdaptiveMaxPooling2D(4) @ 28,28,16
        AdaptiveMaxPooling3D(4) @ 16,16,16,4
        AdaptiveAveragePooling1D(4) @ 100,16
        AdaptiveAveragePooling2D(4) @ 28,28,16
        AdaptiveAveragePooling3D(4) @ 16,16,16,4
        """,
    ),
    "reshaping": Page(
        "Reshaping",
        "These layers arrange, cut, pad or repeat numbers, and change none of them.",
        ("reshaping",),
        """
        Flatten() @ 7,7,64
        Reshape((49, 64)) @ 7,7,64
        Permute((2, 1)) @ 10,64
        RepeatVector(5) @ 64
        Cropping1D(2) @ 100,16
        Cropping2D(2) @ 28,28,16
        Cropping3D(2) @ 16,16,16,4
        ZeroPadding1D(2) @ 100,16
        ZeroPadding2D(2) @ 28,28,16
        ZeroPadding3D(2) @ 16,16,16,4
        UpSampling1D(2) @ 100,16
        UpSampling2D(2) @ 28,28,16
        UpSampling3D(2) @ 16,16,16,4
        """,
    ),
    "merging": Page(
        "Merging",
        "A merging layer combines several inputs by a fixed rule.",
        ("merging",),
        """
        Add() @ 28,28,64 @ 28,28,64
        Subtract() @ 28,28,64 @ 28,28,64
        Multiply() @ 28,28,64 @ 28,28,64
        Average() @ 28,28,64 @ 28,28,64
        Maximum() @ 28,28,64 @ 28,28,64
        Minimum() @ 28,28,64 @ 28,28,64
        Concatenate() @ 28,28,64 @ 28,28,64
        Dot(axes=2) @ 10,64 @ 20,64
        """,
    ),
    "image": Page(
        "Preprocessing and augmentation of images",
        "These layers change pictures by a fixed rule or by chance, and learn nothing.",
        ("preprocessing",),
        """
        Rescaling(0.5) @ 28,28,3
        Resizing(20, 20) @ 28,28,3
        CenterCrop(20, 20) @ 28,28,3
        RandomCrop(20, 20) @ 28,28,3
        RandomFlip() @ 28,28,3
        RandomRotation(0.1) @ 28,28,3
        RandomTranslation(0.1, 0.1) @ 28,28,3
        RandomZoom(0.1) @ 28,28,3
        RandomHeight(0.1) @ 28,28,3
        RandomWidth(0.1) @ 28,28,3
        RandomShear() @ 28,28,3
        RandomPerspective() @ 28,28,3
        RandomElasticTransform() @ 28,28,3
        RandomErasing() @ 28,28,3
        RandomBrightness(0.1) @ 28,28,3
        RandomContrast(0.1) @ 28,28,3
        RandomColorDegeneration(0.1) @ 28,28,3
        RandomColorJitter() @ 28,28,3
        RandomGaussianBlur() @ 28,28,3
        RandomGrayscale() @ 28,28,3
        RandomHue(0.1) @ 28,28,3
        RandomInvert() @ 28,28,3
        RandomPosterization(4) @ 28,28,3
        RandomSaturation(0.1) @ 28,28,3
        RandomSharpness(0.1) @ 28,28,3
        Solarization() @ 28,28,3
        AutoContrast() @ 28,28,3
        Equalization() @ 28,28,3
        ContrastLimitedAdaptiveHistogramEqualization() @ 28,28,3
        AugMix() @ 28,28,3
        CutMix() @ 28,28,3
        MixUp() @ 28,28,3
        RandAugment() @ 28,28,3
        MaxNumBoundingBoxes(10) @ 20,4
        """,
    ),
}
"""Family, which is the name of its page, to what stands there."""

UNKNOWABLE: dict[str, str] = {
    "Lambda": "Keras tracks no weights in a Lambda, even if its function uses some: it counts 0.\n"
    "Its function is code, which paramcount never runs, so only the option `output_shape` tells what comes out.",
    "Layer": "The base class for layers of your own, which create what their code says.",
    "AbstractRNNCell": "The base class for cells of your own, which create what their code says.",
    "JaxLayer": "Its weights are those of a JAX function, of which the config holds no shapes.",
    "FlaxLayer": "Its weights are those of a Flax module, of which the config holds no shapes.",
    "TorchModuleWrapper": "Its weights are those of a PyTorch module, which the config holds as a pickle at most:"
    " paramcount never unpickles.",
    "TFSMLayer": "Its weights are those of a SavedModel elsewhere, of which the config holds the path alone.",
    "DenseFeatures": "Its weights are those of its feature columns of TensorFlow, which are code of their own.",
}
"""Class to why no config can say what it owns or gives out."""

VALUES: dict[str, tuple[str, ...]] = {
    "activation": ("'relu'", "'tanh'"),
    "recurrent_activation": ("'relu'",),
    "attention_axes": ("(1,)",),
    "axes": ("(1, 1)", "-1"),
    "axis": ("1",),
    "BatchNormalization.axis": ("1",),
    "LayerNormalization.axis": ("(1, -1)", "1"),
    "RMSNormalization.axis": ("(1, -1)", "1"),
    "Normalization.axis": ("None",),
    "backward_layer": ("LSTM(32, go_backwards=True)",),
    "batch_size": ("4",),
    "batch_shape": ("(4, 28, 28, 3), shape=None",),
    "bias_axes": ("'bd'", "None"),
    "bin_boundaries": ("[0.0, 1.0], output_mode='count'",),
    "call_endpoint": ("'other'",),
    "cell": ("LSTMCell(32)", "GRUCell(64)"),
    "cells": ("[LSTMCell(8)]",),
    "data_format": ("'channels_first'",),
    "encoding": ("'latin-1'",),
    "equation": ("'abc,bcd->abd'",),
    "fft_length": ("512",),
    "fill_mode": ("'constant'", "'nearest'"),
    "fill_value": ("0.5",),
    "flash_attention": ("False",),
    "frame_step": ("32",),
    "EinsumDense.output_shape": ("(10, 128)", "(None, 64)"),
    "gamma_initializer": ("'zeros'",),
    "groups": ("2",),
    "GroupNormalization.groups": ("4",),
    "Conv2D.groups": ("3, filters=63",),
    "idf_weights": ("[0.5, 1.0, 1.5], output_mode='tf_idf'",),
    "implementation": ("2", "3"),
    "IntegerLookup.vocabulary": ("[12, 36], output_mode='multi_hot'",),
    "IntegerLookup.mask_token": ("0",),
    "IntegerLookup.oov_token": ("-2",),
    "StringLookup.vocabulary": ("['a', 'b'], output_mode='multi_hot'",),
    "StringLookup.mask_token": ("''",),
    "StringLookup.oov_token": ("'?'",),
    "num_oov_indices": ("2, output_mode='multi_hot'",),
    "pad_to_max_tokens": ("True, max_tokens=100, output_mode='multi_hot'",),
    "TextVectorization.pad_to_max_tokens": ("True, output_mode='multi_hot'",),
    "input_length": ("20",),
    "input_shape": ("(14, 14, 3), shape=None",),
    "interpolation": ("'nearest'", "'bilinear'"),
    "layer": ("Dense(8)", "LSTM(32)"),
    "Bidirectional.layer": ("LSTM(32)", "GRU(64)"),
    "layers": ("[CenterCrop(10, 10)]", "[Dense(4)]"),
    "logit_soft_cap": ("30.0",),
    "lora_alpha": ("8, lora_rank=4", "8"),
    "lora_rank": ("4",),
    "mask_token": ("''", "0"),
    "mask_value": ("1",),
    "max_freq": ("4000.0",),
    "max_tokens": ("100, pad_to_max_tokens=True, output_mode='multi_hot'",),
    "max_value": ("6.0",),
    "mean": ("0.5, variance=1.0",),
    "merge_mode": ("'sum'", "None"),
    "RandomFlip.mode": ("'horizontal'",),
    "STFTSpectrogram.mode": ("'real'", "'magnitude'"),
    "moving_variance_initializer": ("'zeros'",),
    "ngrams": ("2",),
    "noise_shape": ("(None, 1, 64)",),
    "num_bins": ("16, output_mode='one_hot'",),
    "Discretization.num_bins": ("16, bin_boundaries=None, output_mode='count'",),
    "num_key_value_heads": ("4",),
    "num_query_heads": ("4",),
    "oov_method": ("'hash'",),
    "oov_token": ("'?'", "-2"),
    "output_mode": ("'one_hot'", "'multi_hot'", "'count'", "'int'"),
    "output_padding": ("0",),
    "output_sequence_length": ("10",),
    "output_shape": ("128", "(None, 128)"),
    "padding": ("'same'",),
    "Conv1D.padding": ("'same'", "'causal'"),
    "LocallyConnected1D.padding": ("'same', implementation=2",),
    "LocallyConnected2D.padding": ("'same', implementation=2",),
    "ZeroPadding1D.padding": ("3",),
    "ZeroPadding2D.padding": ("3",),
    "ZeroPadding3D.padding": ("3",),
    "ragged": ("True",),
    "renorm_clipping": ("{'rmax': 3.0}", "None, renorm=True"),
    "reverse_dtype": ("'float16'",),
    "salt": ("7",),
    "scaling": ("'spectrum'",),
    "score_mode": ("'concat'",),
    "seed": ("7",),
    "sequence_length": ("8000",),
    "shape": ("(14, 14, 3)",),
    "shared_axes": ("[1, 2]",),
    "sliding_window": ("4",),
    "sparse": ("True", "True, output_mode='multi_hot'"),
    "split": ("'character'",),
    "standardize": ("'lower'", "None"),
    "strides": ("2", "3"),
    "target_shape": ("(7, 448)",),
    "use_cudnn": ("False",),
    "value_dim": ("32",),
    "variance": ("1.0, mean=0.5",),
    "virtual_batch_size": ("4",),
    "vocabulary": ("['a', 'b']", "[12, 36]"),
    "vocabulary_dtype": ("'int32'",),
    "width_factor": ("0.2",),
    "window": ("'hamming'", "None"),
    "brightness_factor": ("0.2",),
    "contrast_factor": ("0.2",),
    "saturation_factor": ("0.2",),
    "hue_factor": ("0.2",),
    "dims": ("(1, 2)",),
    "cropping": ("3",),
    "TextVectorization.max_tokens": ("100, pad_to_max_tokens=True, output_mode='multi_hot'",),
    "TextVectorization.vocabulary": ("['a', 'b'], max_tokens=None",),
    "TextVectorization.idf_weights": ("[0.5, 1.0], vocabulary=['a', 'b'], output_mode='tf_idf'",),
}
"""Option, or class and option, to values that Keras takes, as they are typed; a comma may bring another option along.

Numbers and flags need no entry: other ones are tried by themselves.
"""

QUANTIZED: dict[str, tuple[str, ...]] = {
    "Dense": ("int8", "int4", "float8", "gptq/4/128", "awq/4/128"),
    "EinsumDense": ("int8", "int4", "float8", "gptq/4/128", "awq/4/128"),
    "Embedding": ("int8", "int4"),
    "ReversibleEmbedding": ("int8", "int4"),
}
"""Class to the dtype policies that change its variables."""

TENSORS = frozenset("weights input_tensor type_spec".split())
"""Arguments that are tensors, which no text can give: they are left out."""

ELSEWHERE = frozenset("quantization_config gptq_unpacked_column_size".split())
"""Options that only quantization uses, which the pages show by its policies."""
