"""The layers of Keras that never own a weight, in all versions from 1 to 3."""

from __future__ import annotations

_NAMES = """
InputLayer Activation ActivityRegularization Add AlphaDropout Average Concatenate Dot Dropout ELU Flatten
GaussianDropout GaussianNoise Identity LeakyReLU Masking Maximum Minimum Multiply Permute ReLU RepeatVector
Rescaling Reshape Resizing Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract ThresholdedReLU
UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
Cropping1D Cropping2D Cropping3D AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D
MaxPooling3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D
GlobalMaxPooling2D GlobalMaxPooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalMaxPool1D GlobalMaxPool2D
AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D
AdaptiveMaxPooling2D AdaptiveMaxPooling3D CategoryEncoding CenterCrop Discretization HashedCrossing Hashing
MelSpectrogram AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization
MaxNumBoundingBoxes MixUp Pipeline RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom Solarization Lambda TFOpLambda
SlicingOpLambda ClassMethod InstanceMethod InstanceProperty TensorFlowOpLayer
Merge
""".split()

WEIGHTLESS = frozenset(_NAMES)
"""Class names.  Lambda belongs here: Keras counts nothing that its function closes over."""
