"""The models of ``keras.applications`` by name, and what is known of each without building it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple

KERAS_VERSION = "3.15.1"
"""The Keras whose models these are."""


class Family(NamedTuple):
    """What the models of one module of Keras have in common."""

    modules: tuple[str, ...]
    """Modules of ``keras.applications`` that have it."""
    least: int
    """The smallest height and width that Keras accepts."""
    paper: str
    """Where the architecture was published."""


class Entry(NamedTuple):
    """One model."""

    name: str
    """The function of ``keras.applications``."""
    family: str
    size: int
    """Height and width of the default input."""
    default: str
    """The name that the model gets; empty where Keras makes it of the options."""

    @property
    def facts(self) -> Family:
        """What it shares with its family."""
        return FAMILIES[self.family]


FAMILIES = {
    "convnext": Family(("convnext",), 32, "Liu et al., A ConvNet for the 2020s, 2022, arXiv:2201.03545"),
    "densenet": Family(
        ("densenet",), 32, "Huang et al., Densely Connected Convolutional Networks, 2017, arXiv:1608.06993"
    ),
    "efficientnet": Family(
        ("efficientnet",), 32, "Tan and Le, EfficientNet: Rethinking Model Scaling, 2019, arXiv:1905.11946"
    ),
    "efficientnet_v2": Family(
        ("efficientnet_v2",), 32, "Tan and Le, EfficientNetV2: Smaller and Faster, 2021, arXiv:2104.00298"
    ),
    "inception_resnet_v2": Family(
        ("inception_resnet_v2",), 75, "Szegedy et al., Inception-v4, Inception-ResNet, 2017, arXiv:1602.07261"
    ),
    "inception_v3": Family(
        ("inception_v3",), 75, "Szegedy et al., Rethinking the Inception Architecture, 2016, arXiv:1512.00567"
    ),
    "mobilenet": Family(("mobilenet",), 32, "Howard et al., MobileNets, 2017, arXiv:1704.04861"),
    "mobilenet_v2": Family(("mobilenet_v2",), 32, "Sandler et al., MobileNetV2, 2018, arXiv:1801.04381"),
    "mobilenet_v3": Family(("mobilenet_v3",), 32, "Howard et al., Searching for MobileNetV3, 2019, arXiv:1905.02244"),
    "nasnet": Family(("nasnet",), 32, "Zoph et al., Learning Transferable Architectures, 2018, arXiv:1707.07012"),
    "resnet": Family(
        ("resnet", "resnet50"), 32, "He et al., Deep Residual Learning for Image Recognition, 2016, arXiv:1512.03385"
    ),
    "resnet_v2": Family(
        ("resnet_v2",), 32, "He et al., Identity Mappings in Deep Residual Networks, 2016, arXiv:1603.05027"
    ),
    "vgg": Family(
        ("vgg16", "vgg19"), 32, "Simonyan and Zisserman, Very Deep Convolutional Networks, 2015, arXiv:1409.1556"
    ),
    "xception": Family(("xception",), 71, "Chollet, Xception, 2017, arXiv:1610.02357"),
}  # fmt: skip

_MODELS = """\
ConvNeXtTiny convnext 224 convnext_tiny
ConvNeXtSmall convnext 224 convnext_small
ConvNeXtBase convnext 224 convnext_base
ConvNeXtLarge convnext 224 convnext_large
ConvNeXtXLarge convnext 224 convnext_xlarge
DenseNet121 densenet 224 densenet121
DenseNet169 densenet 224 densenet169
DenseNet201 densenet 224 densenet201
EfficientNetB0 efficientnet 224 efficientnetb0
EfficientNetB1 efficientnet 240 efficientnetb1
EfficientNetB2 efficientnet 260 efficientnetb2
EfficientNetB3 efficientnet 300 efficientnetb3
EfficientNetB4 efficientnet 380 efficientnetb4
EfficientNetB5 efficientnet 456 efficientnetb5
EfficientNetB6 efficientnet 528 efficientnetb6
EfficientNetB7 efficientnet 600 efficientnetb7
EfficientNetV2B0 efficientnet_v2 224 efficientnetv2-b0
EfficientNetV2B1 efficientnet_v2 240 efficientnetv2-b1
EfficientNetV2B2 efficientnet_v2 260 efficientnetv2-b2
EfficientNetV2B3 efficientnet_v2 300 efficientnetv2-b3
EfficientNetV2S efficientnet_v2 384 efficientnetv2-s
EfficientNetV2M efficientnet_v2 480 efficientnetv2-m
EfficientNetV2L efficientnet_v2 480 efficientnetv2-l
InceptionResNetV2 inception_resnet_v2 299 inception_resnet_v2
InceptionV3 inception_v3 299 inception_v3
MobileNet mobilenet 224 -
MobileNetV2 mobilenet_v2 224 -
MobileNetV3Small mobilenet_v3 224 MobileNetV3Small
MobileNetV3Large mobilenet_v3 224 MobileNetV3Large
NASNetMobile nasnet 224 nasnet_mobile
NASNetLarge nasnet 331 nasnet_large
ResNet50 resnet 224 resnet50
ResNet101 resnet 224 resnet101
ResNet152 resnet 224 resnet152
ResNet50V2 resnet_v2 224 resnet50v2
ResNet101V2 resnet_v2 224 resnet101v2
ResNet152V2 resnet_v2 224 resnet152v2
VGG16 vgg 224 vgg16
VGG19 vgg 224 vgg19
Xception xception 299 xception"""


def _entry(line: str) -> Entry:
    """The record of one line of the table."""
    name, family, size, default = line.split()
    return Entry(name, family, int(size), "" if default == "-" else default)


MODELS = {entry.name: entry for entry in map(_entry, _MODELS.split("\n"))}
"""Every model by its name in Keras."""

_PACKAGES = frozenset({"", "keras", "tf.keras", "tensorflow.keras", "tf_keras", "keras.api", "keras.src"})
"""What may stand before ``applications``."""


def find(name: str) -> str | None:
    """The model's name as Keras writes it; None when it is not one of these models.

    Case, hyphens and underscores do not matter, and the name may stand behind its module:
    ``tf.keras.applications.vgg16.VGG16``.
    """
    if not isinstance(name, str):
        return None
    path, _, last = name.strip().rpartition(".")
    entry = _by_plain_name().get(_plain(last))
    return entry.name if entry is not None and _is_home(path.lower(), entry.facts) else None


def similar(name: str) -> list[str]:
    """Up to three models whose names are close to ``name``, the closest first; empty when none is."""
    from difflib import get_close_matches

    plain = _by_plain_name()
    wanted = _plain(str(name)[-_LONGEST:].rpartition(".")[2])
    return [plain[match].name for match in get_close_matches(wanted, plain, n=3, cutoff=0.6)]


_LONGEST = 80
"""Characters of a misspelt name that are looked at: comparing takes the product of the lengths."""


def _plain(name: str) -> str:
    """A name without what people write in different ways."""
    return name.lower().replace("_", "").replace("-", "")


def _by_plain_name() -> dict[str, Entry]:
    """Every model by the name that is compared."""
    return {_plain(name): entry for name, entry in MODELS.items()}


def _is_home(path: str, family: Family) -> bool:
    """Whether the dotted ``path`` names a module that has the family's models."""
    head, _, module = path.rpartition(".")
    if module in family.modules:
        path = head
    if path in ("", "applications"):
        return True
    head, _, module = path.rpartition(".")
    return module == "applications" and head in _PACKAGES
