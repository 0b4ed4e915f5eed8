"""Variables and output shapes of the preprocessing and image layers, against Keras 3 and tf_keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from layer_oracle import Case
from weightless_family import agree, batch, names, shape, size, some

if TYPE_CHECKING:
    import random

pytestmark = pytest.mark.oracle

FORMATS = ["channels_last", "channels_first", None]
MODES = ["int", "one_hot", "multi_hot", "count"]
NEEDS: dict[str, dict[str, Any]] = {
    "Rescaling": {"scale": 0.5},
    "RandomHeight": {"factor": 0.2},
    "RandomWidth": {"factor": 0.2},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "RandomPosterization": {"factor": 4},
    **{
        f"Random{name}": {"factor": 0.3}
        for name in "Brightness ColorDegeneration Contrast Hue Rotation Saturation Sharpness".split()
    },
}
"""Arguments that the image layers cannot do without."""
SIZED = ["Resizing", "CenterCrop", "RandomCrop"]
OLD = "Rescaling RandomHeight RandomWidth RandomBrightness RandomContrast RandomFlip RandomRotation RandomTranslation"
"""Image layers of tf_keras."""


def _images(draw: random.Random, first: bool) -> tuple[int | None, ...]:
    sides = [draw.choice([None, *range(8, 20)]) for _ in range(2)]
    image = (3, *sides) if first else (*sides, 3)
    return draw.choice([image, (batch(draw), *image), (batch(draw), *image)])


def image(draw: random.Random) -> Case:
    name = draw.choice(names("image", "RandomHeight", "RandomWidth", "MaxNumBoundingBoxes", *SIZED))
    return Case(name, NEEDS.get(name, {}), _images(draw, False))


def image_of_tf_keras(draw: random.Random) -> Case:
    name = draw.choice(OLD.split())
    return Case(name, NEEDS.get(name, {}), _images(draw, False))


def labelled_images(draw: random.Random) -> Case:
    name = draw.choice(
        ["CutMix", "MixUp", "AugMix", "RandomFlip", "RandAugment", "Solarization", "MaxNumBoundingBoxes"]
    )
    number = draw.randint(1, 4)
    inputs = {"images": (number, 16, 20, 3), "labels": (number, draw.randint(1, 9))}
    if name == "MaxNumBoundingBoxes":
        inputs["bounding_boxes"] = {"boxes": (number, 5, 4), "labels": (number, 5)}  # type: ignore[assignment]
    return Case(name, {"max_number": draw.randint(1, 9)} if name == "MaxNumBoundingBoxes" else {}, inputs)


def sized(draw: random.Random) -> Case:
    name = draw.choice(SIZED)
    options = {"height": draw.randint(1, 16), "width": draw.randint(1, 16)} | some(draw, data_format=FORMATS)
    if name == "Resizing":
        options |= some(draw, interpolation=["nearest", "bilinear"], crop_to_aspect_ratio=[True, False])
        if not options.get("crop_to_aspect_ratio"):
            options |= some(draw, pad_to_aspect_ratio=[True, False])
    return Case(name, options, _images(draw, options.get("data_format") == "channels_first"))


def sized_of_tf_keras(draw: random.Random) -> Case:
    name = draw.choice(SIZED)
    options: dict[str, Any] = {"height": draw.randint(1, 16), "width": draw.randint(1, 16)}
    if name == "Resizing":
        options |= some(draw, interpolation=["nearest", "bilinear", "area"], crop_to_aspect_ratio=[True, False])
    return Case(name, options, _images(draw, False))


def _rows(draw: random.Random) -> tuple[int | None, ...]:
    return draw.choice([shape(draw, 1), (batch(draw), 1), (batch(draw),), shape(draw, 2), (*shape(draw, 1), 1)])


def category_encoding(draw: random.Random) -> Case:
    options = {"num_tokens": draw.randint(1, 9)} | some(draw, output_mode=["one_hot", "multi_hot", "count"])
    return Case("CategoryEncoding", options, _rows(draw), dtype="int32")


def discretization(draw: random.Random) -> Case:
    options = {"bin_boundaries": [float(limit) for limit in range(draw.randint(1, 6))]}
    return Case("Discretization", options | some(draw, output_mode=MODES), _rows(draw))


def discretization_by_number(draw: random.Random) -> Case:
    return Case("Discretization", {"num_bins": draw.randint(1, 6)} | some(draw, output_mode=MODES), _rows(draw))


def hashing(draw: random.Random) -> Case:
    options = {"num_bins": draw.randint(1, 9)} | some(draw, output_mode=MODES, salt=[3, None])
    return Case("Hashing", options, _rows(draw), dtype="int64")


def hashed_crossing(draw: random.Random) -> Case:
    rows = draw.choice([(batch(draw),), (batch(draw), 1)])
    options = {"num_bins": draw.randint(1, 9)} | some(draw, output_mode=["int", "one_hot"])
    return Case("HashedCrossing", options, [rows, rows], dtype="int64")


def _vocabulary(draw: random.Random, words: list[Any], unknown: Any) -> dict[str, Any]:
    options: dict[str, Any] = some(draw, output_mode=[*MODES, "tf_idf"], num_oov_indices=[0, 1, 2])
    count = draw.randint(1, 5)
    leading = options.get("num_oov_indices", 1) if draw.random() < 0.3 and options.get("output_mode") != "int" else 0
    options["vocabulary"] = [unknown] * leading + words[:count]
    if options.get("output_mode") == "tf_idf":
        options["idf_weights"] = [0.5] * len(options["vocabulary"])
    if draw.random() < 0.4:
        options |= {"max_tokens": draw.randint(10, 14), "pad_to_max_tokens": draw.choice([True, False])}
    return options


def string_lookup(draw: random.Random) -> Case:
    return Case("StringLookup", _vocabulary(draw, ["a", "b", "c", "d", "e"], "[UNK]"), _rows(draw), dtype="string")


def integer_lookup(draw: random.Random) -> Case:
    return Case("IntegerLookup", _vocabulary(draw, [11, 12, 13, 14, 15], -1), _rows(draw), dtype="int64")


def lookup_without_vocabulary(draw: random.Random) -> Case:
    options = some(draw, output_mode=MODES)
    if draw.random() < 0.5:
        options |= {"max_tokens": draw.randint(10, 14), "pad_to_max_tokens": draw.choice([True, False])}
    return Case("StringLookup", options, _rows(draw), dtype="string")


def text_vectorization(draw: random.Random) -> Case:
    options = _vocabulary(draw, ["a", "b", "c", "d", "e"], "[UNK]") | some(draw, ngrams=[2, None])
    del options["vocabulary"][:-1]
    if "idf_weights" in options:
        del options["idf_weights"][:-1]
    options.pop("num_oov_indices", None)
    options |= some(draw, split=["whitespace", "character", None])
    if options.get("output_mode", "int") == "int":
        options |= some(draw, output_sequence_length=[None, draw.randint(1, 9)])
    else:
        options["output_mode"] = draw.choice(["multi_hot", "count"]) if "idf_weights" not in options else "tf_idf"
    return Case("TextVectorization", options, draw.choice([(batch(draw), 1), (batch(draw),)]), dtype="string")


def mel_spectrogram(draw: random.Random) -> Case:
    options = some(
        draw,
        num_mel_bins=[8, 20],
        fft_length=[16, 32, 64],
        sequence_stride=[4, 7, 16],
        sequence_length=[None, 8, 16],
    )
    return Case("MelSpectrogram", options, draw.choice([(size(draw, 999),), shape(draw, 1, 999)]))


def stft_spectrogram(draw: random.Random) -> Case:
    frame = draw.randint(2, 40)
    options = some(
        draw,
        mode=["log", "magnitude", "psd", "real", "imag", "angle", "stft"],
        frame_step=[None, draw.randint(1, frame)],
        fft_length=[None, 64, 128, 41],
        padding=["valid", "same"],
        expand_dims=[True, False],
        data_format=FORMATS,
        trainable=[True, False],
    )
    channels, length = draw.randint(1, 3), draw.choice([None, draw.randint(40, 300)])
    first = options.get("data_format") == "channels_first"
    inputs = (batch(draw), channels, length) if first else (batch(draw), length, channels)
    return Case("STFTSpectrogram", options | {"frame_length": frame}, inputs)


ROWS = [category_encoding, discretization, hashing, hashed_crossing, string_lookup, integer_lookup, text_vectorization]


def test_images_have_the_shapes_of_keras3() -> None:
    agree("image", [image, sized, labelled_images], 40, tf_keras=False)


def test_images_have_the_shapes_of_tf_keras() -> None:
    agree("image", [image_of_tf_keras, sized_of_tf_keras], 25, tf_keras=True)


def test_preprocessing_has_the_shapes_of_keras3() -> None:
    kinds = [*ROWS, discretization_by_number, lookup_without_vocabulary, mel_spectrogram, stft_spectrogram]
    agree("preprocessing", kinds, 25, tf_keras=False)


def test_preprocessing_has_the_shapes_of_tf_keras() -> None:
    agree("preprocessing", ROWS, 20, tf_keras=True)
