"""Operations on images, of which a batch may be missing."""

from __future__ import annotations

from paramcount.operations.literals import integers
from paramcount.operations.shapes import plus, product, replaced, times
from paramcount.operations.tensor import Tensor
from paramcount.operations.unknown import Unknown
from paramcount.operations.windows import is_last, spread, window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from paramcount.operations.call import Call
    from paramcount.operations.tensor import Dimension, Shape


def _images(call: Call) -> tuple[Shape, bool]:
    """The shape of one image or a batch of them, and whether channels come last."""
    shape = call.shape(0, "images", "image", "input", "image1")
    if len(shape) not in (3, 4):
        raise Unknown
    return shape, is_last(call.text("data_format", default="channels_last"))


def _resized(shape: Shape, last: bool, height: Dimension, width: Dimension) -> Shape:
    """Images of another height and width."""
    return replaced(replaced(shape, -3 if last else -2, height), -2 if last else -1, width)


def same_images(call: Call) -> Tensor:
    """What is drawn differently in images of the same size."""
    return Tensor(_images(call)[0])


def colours(call: Call) -> Tensor:
    """From one space of three colours to another."""
    shape, last = _images(call)
    if shape[-1 if last else -3] not in (3, None):
        raise Unknown
    return Tensor(shape)


def grayscale(call: Call) -> Tensor:
    """One channel in place of three."""
    shape, last = _images(call)
    if shape[-1 if last else -3] not in (1, 3, None):
        raise Unknown
    return Tensor(replaced(shape, -1 if last else -3, 1))


def with_channels(channels: int) -> Callable[[Call], Tensor]:
    """The rule of TensorFlow's colour functions, which take images of any rank."""

    def rule(call: Call) -> Tensor:
        return Tensor(replaced(call.shape(0, "images", "image"), -1, channels))

    return rule


def resize(call: Call) -> Tensor:
    """``resize`` to a height and width."""
    shape, last = _images(call)
    size = call.numbers("size")
    if len(size) == 1:
        size = size * 2
    if len(size) != 2 or call.option("preserve_aspect_ratio", default=False) is not False:
        raise Unknown
    return Tensor(_resized(shape, last, size[0], size[1]))


def resize_to(call: Call) -> Tensor:
    """TensorFlow's functions that take a target height and width."""
    shape, _ = _images(call)
    height, width = call.numbers("target_height"), call.numbers("target_width")
    return Tensor(_resized(shape, True, height[0], width[0]))


def pad_images(sign: int) -> Callable[[Call], Tensor]:
    """The rule of ``pad_images`` (1) and ``crop_images`` (-1): a target size, or what is added at both ends."""
    word = "padding" if sign > 0 else "cropping"

    def rule(call: Call) -> Tensor:
        shape, last = _images(call)
        sizes = [
            _changed(call, shape[-3 if last else -2], sign, "target_height", f"top_{word}", f"bottom_{word}"),
            _changed(call, shape[-2 if last else -1], sign, "target_width", f"left_{word}", f"right_{word}"),
        ]
        return Tensor(_resized(shape, last, sizes[0], sizes[1]))

    return rule


def _changed(call: Call, size: Dimension, sign: int, target: str, before: str, after: str) -> Dimension:
    """One side of padded or cropped images."""
    if call.option(target) is not None:
        result = call.whole(target)
        if size is not None and (result - size) * sign < 0:
            raise Unknown
        return result
    ends = [call.whole(name) for name in (before, after)]
    if min(ends) < 0:
        raise Unknown
    return plus(size, sign * sum(ends))


def patches(call: Call) -> Tensor:
    """``extract_patches``: each patch becomes channels."""
    size = integers(call.option("size"))
    size = size * 2 if len(size) == 1 else size
    shape = call.shape(0, "images")
    rank = len(size)
    if rank not in (2, 3) or len(shape) not in (rank + 1, rank + 2):
        raise Unknown
    last = is_last(call.text("data_format", default="channels_last"))
    batch, image = shape[: len(shape) - rank - 1], shape[len(shape) - rank - 1 :]
    sizes, channels = (image[:-1], image[-1]) if last else (image[1:], image[0])
    kernel = spread(size, rank)
    strides = spread(call.numbers("strides"), rank) if call.option("strides") is not None else kernel
    dilation = spread(call.numbers("dilation_rate"), rank) if call.option("dilation_rate") is not None else (1,) * rank
    padding = call.text("padding", default="valid")
    counts = [window(*part[:3], padding, part[3]) for part in zip(sizes, kernel, strides, dilation, strict=True)]
    depth = times(product(kernel), channels)
    return Tensor((*batch, *counts, depth) if last else (*batch, depth, *counts))


def patches_of_four(call: Call) -> Tensor:
    """TensorFlow's ``extract_patches``, whose options name all four axes."""
    shape = call.shape(0, "images")
    if len(shape) != 4:
        raise Unknown
    kernel, strides, rates = (_inner(call.option(*names)) for names in _PATCHES)
    padding = call.text("padding")
    counts = [window(*part[:3], padding, part[3]) for part in zip(shape[1:3], kernel, strides, rates, strict=True)]
    return Tensor((shape[0], *counts, times(shape[3], product(kernel))))


_PATCHES = (("sizes", "ksizes"), ("strides",), ("rates",))


def _inner(value: Any) -> tuple[int, ...]:
    """Height and width of an option that is ``[1, height, width, 1]``."""
    numbers = integers(value)
    if len(numbers) != 4 or numbers[0] != 1 or numbers[3] != 1:
        raise Unknown
    return spread(numbers[1:3], 2)


def coordinates(call: Call) -> Tensor:
    """``map_coordinates``: one element for each place."""
    shape, places = call.shape(0, "inputs"), call.shape(1, "coordinates")
    if len(places) < 2 or places[0] not in (len(shape), None):
        raise Unknown
    return Tensor(places[1:])


def scaled(call: Call) -> Tensor:
    """``scale_and_translate`` to a shape."""
    return Tensor(integers(call.get(1, "output_shape")))


def edges(call: Call) -> Tensor:
    """The Sobel filter: two gradients for each channel."""
    shape = call.shape(0, "images", "image")
    if len(shape) != 4:
        raise Unknown
    return Tensor((*shape, 2))


def one_per_image(call: Call) -> Tensor:
    """A similarity for each pair of images."""
    shape = _images(call)[0]
    return Tensor(shape[:-3])


def central_crop(call: Call) -> Tensor:
    """TensorFlow's crop to a fraction, of which as much goes at each side."""
    shape, _ = _images(call)
    fraction = call.option("central_fraction")
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction <= 1:
        raise Unknown
    height, width = (None if size is None else size - 2 * int((size - size * fraction) / 2) for size in shape[-3:-1])
    return Tensor(_resized(shape, True, height, width))


def transposed_images(call: Call) -> Tensor:
    """Height and width exchanged."""
    shape, _ = _images(call)
    return Tensor(_resized(shape, True, shape[-2], shape[-3]))


def gradients(call: Call) -> object:
    """Differences along height and width."""
    images = Tensor(_images(call)[0])
    return (images, images)


def one_for_each(call: Call) -> Tensor:
    """TensorFlow's measures of images: one number for each of a batch."""
    shape = call.shape(0, "images", "img1", "a")
    if len(shape) not in (3, 4):
        raise Unknown
    return Tensor(shape[:-3])


def crop_and_resize(call: Call) -> Tensor:
    """TensorFlow's ``crop_and_resize``: an image for each box."""
    shape, boxes = call.shape(0, "image"), call.shape(1, "boxes")
    size = call.numbers("crop_size")
    if len(shape) != 4 or len(boxes) != 2 or len(size) != 2:
        raise Unknown
    return Tensor((boxes[0], *size, shape[3]))


RULES = {
    "SameImages": same_images, "Colours": colours, "RGBToGrayscale": grayscale, "ToThree": with_channels(3),
    "ToOne": with_channels(1), "Resize": resize, "ResizeTo": resize_to, "PadImages": pad_images(1),
    "CropImages": pad_images(-1), "ExtractPatches": patches, "PatchesOfFour": patches_of_four,
    "MapCoordinates": coordinates, "ScaleAndTranslate": scaled, "SobelEdges": edges, "SSIM": one_per_image,
    "CropAndResize": crop_and_resize, "CentralCrop": central_crop, "TransposeImages": transposed_images,
    "Gradients": gradients, "OnePerImage": one_for_each,
}  # fmt: skip
