"""The options of the functions of ``keras.applications``: their defaults, and what they accept.

They are checked as Keras checks them with ``weights=None``.  What it refuses only because it has no ImageNet weights
for it, such as two classes or four channels, is no error here.
"""

from __future__ import annotations

from paramcount.catalog.models import MODELS
from paramcount.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn, TypeAlias

    from paramcount.catalog.models import Entry

    Shape: TypeAlias = tuple[int | None, int | None, int]

_COMMON: dict[str, Any] = {
    "include_top": True, "weights": "imagenet", "input_tensor": None, "input_shape": None, "pooling": None,
    "classes": 1000, "classifier_activation": "softmax",
}  # fmt: skip
_OWN: dict[str, dict[str, Any]] = {
    "convnext": {"include_preprocessing": True},
    "efficientnet_v2": {"include_preprocessing": True},
    "mobilenet": {"alpha": 1.0, "depth_multiplier": 1, "dropout": 0.001},
    "mobilenet_v2": {"alpha": 1.0},
    "mobilenet_v3": {"alpha": 1.0, "minimalistic": False, "dropout_rate": 0.2, "include_preprocessing": True},
}
"""Options that only some families have."""
POOLINGS = ("avg", "max")
ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear"
    " log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus"
    " sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
).split()
"""The activations that Keras knows by name."""
_WRITTEN_AS = {"swish": "silu", "hard_swish": "hard_silu", None: "linear"}
"""Names under which Keras stores an activation that has two."""


def options(name: str) -> Mapping[str, Any]:
    """The options of the model's function with their defaults; ``name`` as ``find`` gives it.

    Raises:
        UsageError: when it is no such model.
    """
    entry = known(name)
    return {**_COMMON, **_OWN.get(entry.family, {}), "name": entry.default or None}


def known(name: str) -> Entry:
    """The model of that name.

    Raises:
        UsageError: when there is none.
    """
    from paramcount.catalog.models import find, similar

    found = find(name)
    if found is None:
        close = similar(name)
        advice = f"Did you mean {' or '.join(close)}?" if close else "`paramcount.catalog.names()` lists them all."
        raise UsageError(f"{_shown(name)} is not a model of keras.applications", advice=advice)
    return MODELS[found]


def checked(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option of the model, as given or by default; ``input_shape`` is then the shape that the model takes.

    Raises:
        UsageError: for an option that the model does not have, and for a value that Keras refuses.
    """
    every = dict(options(entry.name))
    for option, value in given.items():
        if option not in every:
            raise UsageError(
                f"{entry.name} has no option {_shown(option)}",
                expected=f"one of {', '.join(every)}",
                advice=_AT_HAND,
            )
        every[option] = value
        if option in _CHECKS and value is not None:
            allowed, check = _CHECKS[option]
            if not check(value):
                refuse(entry, option, value, allowed)
        elif value is None and option in _NEVER_NONE:
            refuse(entry, option, value, _CHECKS[option][0])
    if "name" in given:
        _check_name(entry, given["name"])
    every["input_shape"] = _shape(entry, bool(every["include_top"]), every["input_shape"])
    activation = every["classifier_activation"]
    every["classifier_activation"] = _WRITTEN_AS.get(activation, activation)
    return every


_AT_HAND = "See `paramcount --help` for the options of named models."


def refuse(entry: Entry, option: str, value: object, allowed: str) -> NoReturn:
    """Say what is wrong with the value of an option, and what would be right."""
    raise UsageError(
        f"{entry.name} does not take this {option}",
        where=f"{option}={_shown(value)}",
        expected=allowed,
        advice=_AT_HAND,
    )


def _shown(value: object) -> str:
    """A value as it was given, however long it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - the object is the caller's; so is what its repr does.
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def _is_size(value: object) -> bool:
    """Whether it is an integer from 1 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: object) -> bool:
    """Whether it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or value - value == 0


def _is_rate(value: object) -> bool:
    """Whether it is a share that a Dropout layer takes."""
    return _is_number(value) and 0 <= value <= 1  # type: ignore[operator]


def _is_flag(value: object) -> bool:
    """Whether it is True or False, or the 1 or 0 that stands for it."""
    return isinstance(value, int) and value in (0, 1)


_FLAG = ("True or False", _is_flag)
_RATE = ("a number from 0 to 1", _is_rate)
_SIZE = ("an integer from 1 on", _is_size)
_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "include_top": _FLAG,
    "include_preprocessing": _FLAG,
    "minimalistic": _FLAG,
    "classes": _SIZE,
    "depth_multiplier": _SIZE,
    "alpha": ("a finite number", _is_number),
    "dropout": _RATE,
    "dropout_rate": _RATE,
    "pooling": (f"None, {' or '.join(map(repr, POOLINGS))}", lambda value: value in POOLINGS),
    "classifier_activation": (
        f"None or one of {', '.join(ACTIVATIONS)}",
        lambda value: isinstance(value, str) and value in ACTIVATIONS,
    ),
}
_NEVER_NONE = frozenset(_CHECKS) - {"pooling", "classifier_activation"}


def _check_name(entry: Entry, value: object) -> None:
    """Refuse what cannot be the name of the model.

    EfficientNetV2 looks its blocks up by this name and ConvNeXt puts it before those of its layers.
    """
    if value is None and entry.family not in ("convnext", "efficientnet_v2"):
        return
    if entry.family == "efficientnet_v2" and value != entry.default:
        refuse(entry, "name", value, f"{entry.default!r}, because Keras finds the blocks of the model by its name")
    if not isinstance(value, str) or "/" in value:
        refuse(entry, "name", value, "a text without `/`")


def _shape(entry: Entry, top: bool, given: object) -> Shape:
    """The shape of one input: height and width (None for any) and channels."""
    if given is None:
        return _default_shape(entry, top)
    allowed = "three values, (height, width, channels), of which height and width may be None"
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        refuse(entry, "input_shape", given, allowed)
    rows, columns, channels = given
    if not _is_size(channels) or not all(size is None or _is_size(size) for size in (rows, columns)):
        refuse(entry, "input_shape", given, allowed)
    if entry.family == "mobilenet_v3":
        # Its own check asks for both sizes, and its head for none.
        small = None not in given and min(rows, columns) < entry.facts.least
    else:
        small = any(size is not None and size < entry.facts.least for size in (rows, columns))
        if top and None in given:
            refuse(entry, "input_shape", given, "a fixed height and width, or include_top=False")
    if small:
        refuse(entry, "input_shape", given, f"height and width of at least {entry.facts.least}")
    return rows, columns, channels


def _default_shape(entry: Entry, top: bool) -> Shape:
    """The shape that Keras chooses."""
    fixed = top or entry.name == "NASNetMobile"
    size = entry.size if fixed and entry.family != "mobilenet_v3" else None
    return size, size, 3
