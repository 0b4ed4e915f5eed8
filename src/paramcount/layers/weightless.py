"""The layers of Keras that never own a weight, in all versions from 1 to 3, by the module that knows their output."""

from __future__ import annotations

FAMILIES: dict[str, str] = {
    "plain": "InputLayer Identity Masking Lambda UnitNormalization",
    "activations": "Activation ELU LeakyReLU ReLU Softmax ThresholdedReLU",
    "regularization": "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise SpatialDropout1D"
    " SpatialDropout2D SpatialDropout3D",
    "pooling": "MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D AveragePooling1D AveragePooling2D"
    " AveragePooling3D AvgPool1D AvgPool2D AvgPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D"
    " GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalAveragePooling1D GlobalAveragePooling2D"
    " GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D AdaptiveAveragePooling1D"
    " AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D",
    "reshaping": "Flatten Reshape Permute RepeatVector Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D"
    " ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D",
    "merging": "Add Subtract Multiply Average Maximum Minimum Concatenate Dot Merge",
    "image": "Rescaling Resizing CenterCrop RandomCrop RandomHeight RandomWidth AugMix AutoContrast"
    " ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MaxNumBoundingBoxes MixUp RandAugment"
    " RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform RandomErasing"
    " RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization"
    " RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Solarization",
    "applications": "StochasticDepth CustomScaleLayer",
    "preprocessing": "CategoryEncoding Discretization HashedCrossing Hashing MelSpectrogram",
}
"""Module to the classes whose output shape it gives."""

TF_OPERATIONS = frozenset(
    "TFOpLambda SlicingOpLambda ClassMethod InstanceMethod InstanceProperty TensorFlowOpLayer".split()
)
"""Classes by which tf_keras writes an operation into a graph; ``paramcount.operations`` knows what they give out."""

WEIGHTLESS = frozenset(" ".join((*FAMILIES.values(), "Pipeline")).split()) | TF_OPERATIONS
"""Class names.  Lambda belongs here: Keras counts nothing that its function closes over."""
