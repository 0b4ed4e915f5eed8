"""Output shapes of the layers that prepare or augment images: most change values only."""

from __future__ import annotations

from paramcount.layers.outputs import replaced, same, shape_of_rank, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.given import Given
    from paramcount.layers.outputs import Rule
    from paramcount.model import Shape, Shapes


def sized(given: Given) -> Shape | None:
    """Images of ``height`` and ``width``; one image or a batch of them."""
    shape = shape_of_rank(given, 3, 4)
    height, width = whole(given.config.get("height"), 1), whole(given.config.get("width"), 1)
    if shape is None or height is None or width is None:
        return None
    return replaced(shape, _sides(given), (height, width))


def cut(given: Given) -> Shapes:
    """As ``sized``, but by cutting: where tf_keras does not know a side, it loses the size of the batch."""
    shape, before = sized(given), given.shape
    if shape is None or before is None or not given.tf_keras or len(shape) == 3 or None not in before[1:3]:
        return shape
    return (None, *shape[1:])


def resizing(given: Given) -> Shapes:
    """With ``crop_to_aspect_ratio`` the images are cut first."""
    return cut(given) if given.flag("crop_to_aspect_ratio", False) else sized(given)


def random_height(given: Given) -> Shapes:
    """The height is drawn for every batch."""
    shape = shape_of_rank(given, 3, 4)
    return None if shape is None else replaced(shape, (-3,), (None,))


def random_width(given: Given) -> Shapes:
    """The width is drawn for every batch."""
    shape = shape_of_rank(given, 3, 4)
    return None if shape is None else replaced(shape, (-2,), (None,))


def _sides(given: Given) -> tuple[int, int]:
    """Where height and width stand, counted from the end; tf_keras takes the channels last only."""
    return (-2, -1) if given.channels_first and not given.tf_keras else (-3, -2)


def bounding_boxes(given: Given) -> Shapes:
    """At most ``max_number`` boxes and labels an image; what else is given stays."""
    found, most = given.inputs, whole(given.config.get("max_number"))
    boxes = found.get("bounding_boxes") if isinstance(found, dict) else None
    if boxes is None:
        return found
    if most is None or not isinstance(found, dict) or not isinstance(boxes, dict) or set(boxes) != {"boxes", "labels"}:
        return None
    cut: dict[str, Shapes] = {}
    for key, shape in boxes.items():
        if not isinstance(shape, tuple) or len(shape) < 2:
            return None
        cut[key] = (shape[0], most, *shape[2:])  # type: ignore[assignment]
    return {**found, "bounding_boxes": cut}


OUTPUTS: dict[str, Rule] = {
    **dict.fromkeys(
        "Rescaling AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MixUp"
        " RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform"
        " RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective"
        " RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation"
        " RandomZoom Solarization".split(),
        same,
    ),
    "Resizing": resizing,
    "CenterCrop": cut,
    "RandomCrop": cut,
    "RandomHeight": random_height,
    "RandomWidth": random_width,
    "MaxNumBoundingBoxes": bounding_boxes,
}
