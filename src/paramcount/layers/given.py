"""What a layer's definition is given: the options of its config and the shapes of its inputs.

Every question has an answer, whatever stands in the config: a size that is missing or is no whole number becomes a
symbol without a number, so that what depends on it is unknown, and says of which size that is.
"""

from __future__ import annotations

from paramcount.formula import INPUT, OPTION, Symbol
from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Expression
    from paramcount.layers.slot import Config
    from paramcount.model import Shape, Shapes

LARGEST = 1 << 63
"""Sizes from here on are no sizes of a tensor, whatever a config says."""
SPATIAL = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""Names of the spatial axes, by their number."""
_KERNELS = {rank: tuple(f"kernel_{name}" for name in names) for rank, names in SPATIAL.items()}


class Given:
    """The options and input shapes of one layer.

    Attributes:
        config: the options as stored or typed; defaults may be missing.
        inputs: shapes with the batch axis in front, nested as the layer takes them; None when not known.
        tf_keras: True when Keras 2, Keras 1 or tf_keras makes the layer.
        shape: that of the only or first input; None when not known.
    """

    __slots__ = ("config", "inputs", "shape", "tf_keras")

    def __init__(self, config: Config, inputs: Shapes = None, tf_keras: bool = False) -> None:
        self.config = config
        self.inputs = inputs
        self.tf_keras = tf_keras
        self.shape: Shape | None = first_shape(inputs)

    @property
    def shapes(self) -> tuple[Shape | None, ...]:
        """The shapes of all inputs in order."""
        return tuple(leaves(self.inputs))

    def axis(self, index: int, name: str = "inputs") -> Symbol:
        """The size of one axis of the input, batch axis included in the numbering."""
        return axis_of(self.shape, index, name)

    def option(self, key: str, default: int | None = None, name: str = "", kind: str = OPTION) -> Symbol:
        """An option that is a whole number of 0 or more; ``name`` is the option's unless another is better known."""
        value = self.config.get(key)
        if value is None:
            value = default
        if type(value) is float and value.is_integer() and 0 <= value < 2**53:
            value = int(value)
        return Symbol(name or key, value if type(value) is int and 0 <= value < LARGEST else None, kind)

    def text(self, key: str, default: str = "") -> str:
        """An option that is text."""
        value = self.config.get(key)
        return value if isinstance(value, str) else default

    def flag(self, key: str, default: bool = True) -> bool:
        """An option that is True or False."""
        return flag(self.config, key, default)

    def each(self, key: str, rank: int, default: int | None = 1, least: int = 1) -> tuple[int, ...] | None:
        """One whole number of at least ``least`` for each spatial axis; one for all may be written once.

        None when the option is something else.
        """
        value = self.config.get(key)
        if value is None:
            value = default
        values = [value] * rank if type(value) is int else value
        if not isinstance(values, (list, tuple)) or len(values) != rank:
            return None
        for one in values:
            if type(one) is not int or not least <= one < LARGEST:
                return None
        return tuple(values)

    def kernel(self, rank: int, key: str = "kernel_size") -> tuple[Symbol, ...]:
        """The sizes of a window along the spatial axes."""
        sizes = self.each(key, rank, None) or (None,) * rank
        return tuple([Symbol(name, size) for name, size in zip(_KERNELS[rank], sizes, strict=True)])

    @property
    def channels_first(self) -> bool:
        """Whether the channels stand before the spatial axes; ``th`` is the word of Keras 1."""
        order = self.config.get("data_format", self.config.get("dim_ordering"))
        return order != "channels_last" and str(order).lower() in ("channels_first", "th")

    def channels(self, name: str = "input_channels") -> Symbol:
        """The channels of the input."""
        return self.axis(1 if self.channels_first else -1, name)

    def bias(self, *axes: Expression, key: str = "use_bias") -> list[Slot]:
        """The bias, unless the option says that there is none (``bias`` in Keras 1)."""
        wanted = self.config[key] if key in self.config else flag(self.config, "bias")
        return [Slot("bias", axes)] if wanted else []


def flag(config: Config, key: str, default: bool = True) -> bool:
    """A boolean option of a layer's config, with Keras's default where the config does not hold it.

    What is there counts as Python counts it, None as False: so does Keras.
    """
    return bool(config[key]) if key in config else default


def axis_of(shape: Shape | None, index: int, name: str) -> Symbol:
    """The size of one axis of ``shape`` as a named size."""
    size = None
    if shape is not None and -len(shape) <= index < len(shape):
        size = shape[index]
        if size is not None and size >= LARGEST:
            size = None
    return Symbol(name, size, INPUT)


def is_shape(shapes: object) -> bool:
    """Whether ``shapes`` is the shape of one tensor, and not several of them."""
    if not isinstance(shapes, tuple):
        return False
    # A plain loop, because this is asked more often than anything else.
    for size in shapes:  # noqa: SIM110
        if size is not None and type(size) is not int:
            return False
    return True


def first_shape(shapes: Shapes) -> Shape | None:
    """The shape of the only or first tensor; None when it is not known."""
    if shapes is None or is_shape(shapes):
        return shapes  # type: ignore[return-value]
    return next(iter(leaves(shapes)), None)


def leaves(shapes: Shapes) -> list[Shape | None]:
    """The shapes of all tensors in order; None for one that is not known."""
    if shapes is None or is_shape(shapes):
        return [shapes]  # type: ignore[list-item]
    parts = shapes.values() if isinstance(shapes, dict) else shapes
    return [leaf for part in parts for leaf in leaves(part)]  # type: ignore[arg-type]
