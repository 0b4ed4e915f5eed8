"""The plain facts of a model: what it is made of and where that was found.  Nothing is computed here.

A reader, a live adapter or the catalog produces a ``Model``; ``paramcount.count`` adds it up.
"""

from __future__ import annotations

from paramcount.dtypes import bits_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    from paramcount.formula import Expression

    Shape: TypeAlias = tuple[int | None, ...]
    """Sizes of the axes; None where a size is not fixed or not known."""
    Shapes: TypeAlias = Shape | tuple["Shapes", ...] | dict[str, "Shapes"] | None
    """The shape of one tensor, or of several in the nesting the layer takes them; None when not known."""
else:
    from paramcount.records import NamedTuple


class Role(str):
    """What a variable is to training: one of the constants below, each of which is its own name as text.

    An enumeration in all but its base class: importing ``enum`` takes a quarter of the interpreter's start-up.
    """

    __slots__ = ()

    TRAINABLE: Role
    """A parameter that an optimizer would change."""
    FROZEN: Role
    """A parameter that would train, were it not for a ``trainable=False``; the reason names whose."""
    STATE: Role
    """A parameter that is never trained by design: moving statistics, Normalization, quantization scales."""
    UNDETERMINED: Role
    """A parameter of which the file does not say whether it trains."""
    OPTIMIZER: Role
    """Not a parameter: a slot or a counter of the optimizer."""
    METRIC: Role
    """Not a parameter: the state of a metric or of a loss."""
    RNG: Role
    """Not a parameter: the state of a random seed generator."""
    COUNTER: Role
    """Not a parameter: a step or epoch counter."""
    TABLE: Role
    """Not a parameter: the content of a lookup table or a vocabulary."""
    CONSTANT: Role
    """Not a parameter: a constant of the graph."""

    @property
    def value(self) -> str:
        """The role as plain text."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"Role.{self.upper()}"

    def __reduce__(self) -> tuple[object, ...]:
        return getattr, (Role, self.upper())


_NAMES = (
    "trainable", "frozen", "state", "undetermined", "optimizer", "metric", "rng", "counter", "table", "constant",
)  # fmt: skip
for _name in _NAMES:
    setattr(Role, _name.upper(), Role(_name))

PARAMETER_ROLES = (Role.TRAINABLE, Role.FROZEN, Role.STATE, Role.UNDETERMINED)
"""The roles that make up the total, in the order in which they are shown."""

OTHER_ROLES = (Role.OPTIMIZER, Role.METRIC, Role.RNG, Role.COUNTER, Role.TABLE, Role.CONSTANT)
"""The roles that are listed, but are not parameters."""


def joined(path: str, name: str) -> str:
    """The path of what is called ``name`` inside ``path``; the root's is empty."""
    return f"{path}/{name}" if path else name


class Variable(NamedTuple):
    """One tensor of a model at one place of it."""

    path: str
    """Where it sits in the model: layer names and its own name, joined by ``/``."""
    shape: Shape | None
    """None when even the rank is not known."""
    dtype: str
    """The field's name of the dtype as stored, such as ``float32``; empty when not known."""
    role: Role
    reason: str = ""
    """Why it has this role, as part of a sentence: ``trainable=False on base``."""
    storage: str = ""
    """Identity of the tensor: two variables with one storage key are one tensor.  Empty: it is its path."""
    stored_at: str = ""
    """The dataset or object that holds it; empty when nothing does (see ``implied``)."""
    implied: bool = False
    """True when loading the file creates this tensor although the file does not store it (LoRA adapters)."""
    logical: int | None = None
    """Parameters it stands for where that is not its number of elements (packed or bookkeeping tensors)."""
    axes: tuple[Expression, ...] | None = None
    """Its shape as the layer's options and input give it, which ``agrees`` compares; None where no formula is known."""
    group: str = ""
    """Variables of one group make one term of the layer's formula: adapters stand apart from the kernel."""

    @property
    def key(self) -> str:
        """The storage key: what two places that share one tensor have in common."""
        return self.storage or self.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parameters(self) -> int | None:
        """Number of elements; None when the shape is not fully known."""
        if self.shape is None:
            return None
        # Not `math.prod`: importing that takes longer than this does for all variables of a model.
        total = 1
        for size in self.shape:
            if size is None:
                return None
            total *= size
        return total

    @property
    def agrees(self) -> bool:
        """Whether its formula is known, and gives the very shape that it has."""
        return self.axes is not None and tuple([axis.value for axis in self.axes]) == self.shape

    @property
    def bits(self) -> int | None:
        """Size in bits as stored; None when the shape or the width of the dtype is not known."""
        width, parameters = bits_of(self.dtype), self.parameters
        return None if width is None or parameters is None else width * parameters


class Layer(NamedTuple):
    """One layer, or a model inside a model, or the model itself (the root)."""

    name: str
    class_name: str
    """The public class name, such as ``Dense``; empty when the file does not tell."""
    path: str
    """Names of the layers from the top to this one, joined by ``/``; empty for the root."""
    variables: tuple[Variable, ...] = ()
    """The layer's own, without those of its children."""
    children: tuple[Layer, ...] = ()
    trainable: bool | None = None
    """The ``trainable`` flag as stored; None when the file does not hold one."""
    input_shape: Shapes = None
    output_shape: Shapes = None
    unknown: str = ""
    """Why the layer's variables are not all known (``not built yet``); empty when they are."""


class Source(NamedTuple):
    """Where a model came from."""

    path: str
    """What the user named; the object's class for a model in memory."""
    format: str
    """Stable identifier of the form, such as ``keras-archive`` or ``live``."""
    title: str
    """The form in words, as shown to people."""
    framework: str = ""
    """``keras`` for Keras 3, ``tf_keras`` for Keras 2 as a package or in TensorFlow; empty when not known."""
    framework_version: str = ""
    size_bytes: int | None = None
    """Size on disk of everything that belongs to the model; None for a model in memory, and for one that is fetched."""
    bytes_read: int | None = None
    """Bytes fetched to count it; None for a model in memory."""
    derived: bool = False
    """True when nothing is stored or in memory, so that every number comes from the layers' formulas."""


class Finding(NamedTuple):
    """Something the user should know about the model or the file."""

    id: str
    """Stable identifier, such as ``shared-layer-stored-twice``."""
    severity: str
    """``info``: explains a number.  ``warning``: a number needs care, or loading changes it."""
    where: str
    """Path of the layer or variable concerned; empty for the whole model."""
    message: str
    advice: str = ""


class Stored(NamedTuple):
    """What the storage holds, counted from the file itself before anything is matched to a layer."""

    parameters: int
    """Elements of all tensors, whatever they are to training."""
    tensors: int


class Model(NamedTuple):
    """Everything that was found."""

    root: Layer
    """The tree of layers.  The root's own variables are the weights that no layer owns."""
    source: Source
    others: tuple[Variable, ...] = ()
    """Variables outside the tree: optimizer slots, metrics and the like."""
    findings: tuple[Finding, ...] = ()
    stored: Stored | None = None
    """None for a model in memory."""
