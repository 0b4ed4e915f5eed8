"""What a framework's adapter has to answer about the objects of that framework.

Everything in this package works on objects of frameworks that it never imports, so those are typed ``Any``.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from paramcount.live.tree import Spot
    from paramcount.model import Finding, Role, Shapes, Variable

NOT_BUILT = "not built yet"
"""Why the variables of a layer are not known before it has seen the shape of an input."""


class Held(NamedTuple):
    """One variable at one layer that holds it, before its role is decided."""

    variable: Any
    name: str
    meant_to_train: bool = True
    """Whether it was created with ``trainable=True``; everything else is state by design."""
    switched_on: bool = True
    """The flag of the variable itself, as it is now."""
    note: str = ""
    """Why it is state, or what is worth saying about it although it trains."""
    role: Role | None = None
    """The role of what is no parameter; None for parameters."""
    logical: int | None = None
    """See ``paramcount.model.Variable.logical``."""


class Weights(NamedTuple):
    """The framework's own answer for a whole model."""

    every: tuple[Any, ...]
    trainable: tuple[Any, ...]


class Adapter(ABC):
    """Reads the objects of one framework; a subclass a framework.

    Args:
        layer_class: the framework's base class of all layers, from which the object derives.
    """

    framework = ""
    """``keras`` or ``tf_keras``, as in ``paramcount.model.Source``."""
    title = ""
    """The framework as shown to people."""
    every_level = False
    """True when a variable trains only if the flags of all levels above it are True; else the top one decides."""
    wraps = False
    """True for a layer that does nothing but hold an object that is no layer."""
    overlooks = ""
    """Why a layer does not list all variables of an object that is no layer, as part of a sentence."""

    def __init__(self, layer_class: type) -> None:
        self.layer_class = layer_class
        self.package = layer_class.__module__.partition(".")[0]

    @property
    def version(self) -> str:
        """The version of the package."""
        return str(getattr(sys.modules.get(self.package), "__version__", ""))

    @abstractmethod
    def is_model(self, layer: Any) -> bool:
        """Whether ``layer`` is a model, so that the layers in it are the rows of its report."""

    @abstractmethod
    def children(self, layer: Any) -> list[Any]:
        """The layers that ``layer`` holds in any way that the framework follows, each once."""

    def parts(self, layer: Any) -> list[tuple[str, Any]]:
        """The children with the names that they have here."""
        return [(str(getattr(child, "name", "") or type(child).__name__), child) for child in self.children(layer)]

    def sees(self, layer: Any, part: Any) -> set[int]:  # noqa: ARG002 - a framework that sees nothing asks nothing
        """Identities of those variables of ``part``, which is no layer of this framework, that ``layer`` lists."""
        return set()

    def name(self, layer: Any) -> str:
        """What a root is called."""
        name = getattr(layer, "name", "")
        return name if isinstance(name, str) and name else type(layer).__name__

    def has_rows(self, root: Spot) -> bool:
        """Whether what is below the root makes the rows of its report; else the root is the one row."""
        return self.is_model(root.layer)

    def kind(self, layer: Any) -> str:
        """What ``layer`` is, in a word."""
        return "model" if self.is_model(layer) else "layer"

    def aside(self, layer: Any) -> list[tuple[str, Role, Any]]:  # noqa: ARG002 - for most, `others` says it all
        """Name, role and variable of what ``layer`` holds beside its parts and is no parameter."""
        return []

    @abstractmethod
    def held(self, layer: Any) -> list[Held]:
        """The variables that ``layer`` itself holds, without those of its children."""

    @abstractmethod
    def flag(self, layer: Any) -> bool | None:
        """The layer's ``trainable`` flag; None when objects of its kind have none."""

    @abstractmethod
    def gap(self, spot: Spot) -> str:
        """Why not all of the layer's own variables are known; empty when they are."""

    @abstractmethod
    def shapes(self, layer: Any) -> tuple[Shapes, Shapes]:
        """Input and output shape with the batch axis, as far as they are known."""

    @abstractmethod
    def describe(self, variable: Any) -> tuple[tuple[int | None, ...] | None, str]:
        """Shape and dtype of a variable."""

    @abstractmethod
    def answer(self, model: Any) -> Weights | None:
        """What the framework itself lists as weights; None when it refuses to."""

    @abstractmethod
    def others(self, model: Any) -> list[Variable]:
        """Optimizer slots, metrics and the like."""

    @abstractmethod
    def findings(self, root: Spot, trainable: set[int]) -> Iterator[Finding]:
        """What only this framework's objects can tell; ``trainable`` are the ids of the variables that train."""

    @abstractmethod
    def attempts(self, model: Any, shapes: Any) -> Iterator[tuple[Callable[[], object], bool]]:
        """Ways to build ``model`` for inputs of ``shapes``, the best first; each raises when it fails.

        The flag beside a way says whether it has run the model, so that what is not built then is not used.
        """

    @abstractmethod
    def unallocated(self) -> AbstractContextManager[object]:
        """The scope in which the framework creates variables without memory for their values."""

    @abstractmethod
    def global_state(self) -> list[object]:
        """The containers in which the framework keeps name counters and the like."""


def defining_class(layer: Any, method: str) -> type:
    """The class whose ``method`` an object of ``type(layer)`` has."""
    return next(cls for cls in type(layer).__mro__ if method in cls.__dict__)


def from_package(cls: type, package: str) -> bool:
    """Whether ``cls`` is the framework's own, not a user's."""
    return cls.__module__.partition(".")[0] == package


def derives(layer: Any, name: str, package: str) -> bool:
    """Whether one of the framework's own classes called ``name`` is a base of the layer's class."""
    return any(cls.__name__ == name and from_package(cls, package) for cls in type(layer).__mro__)


def identity(variable: Any) -> int:
    """What all objects that stand for one variable have in common.

    A variable of Keras 3 on TensorFlow has a ``tf.Variable`` inside, mixed precision of tf_keras wraps one, and one
    of the copies that a distribution strategy keeps knows the variable that stands for them all.
    """
    inner = _inside(variable)
    while inner is not None and inner is not variable:
        variable, inner = inner, _inside(inner)
    return id(variable)


def _inside(variable: Any) -> Any:
    """The variable that ``variable`` stands for; None when it is one itself."""
    cls = type(variable)
    if cls.__module__.startswith("keras.src.backend"):
        value = getattr(variable, "_value", None)
        return value if type(value).__module__.startswith("tensorflow.") and hasattr(value, "trainable") else None
    if cls.__name__.startswith("AutoCast"):
        return getattr(variable, "_variable", None)
    if not cls.__module__.startswith("tensorflow.") or not hasattr(variable, "trainable"):
        return None
    for one in (variable, getattr(variable, "handle", None)):
        container = getattr(one, "_distributed_container", None)
        if container is not None:
            return container()
    return None


def by_identity(objects: Any) -> list[Any]:
    """``objects`` in their order, each once; the objects themselves are never compared."""
    return list({id(one): one for one in objects}.values())


def listed(owner: Any, attribute: str) -> list[Any]:
    """What ``attribute`` lists; nothing where there is none, or where asking for it fails."""
    try:
        found = getattr(owner, attribute, None) or ()
        return list(found() if callable(found) and not isinstance(found, (list, tuple)) else found)
    except Exception:  # noqa: BLE001 - user classes may override these properties with any code
        return []


def the_only(shapes: list[Shapes]) -> Shapes:
    """The one shape in ``shapes``; None for a layer that was called on different ones."""
    different = {str(shape): shape for shape in shapes}
    return next(iter(different.values())) if len(different) == 1 else None


def attribute_holding(layer: Any, value: Any) -> str:
    """The name of the attribute of ``layer`` that is ``value``; empty when there is none."""
    return next((name.strip("_") for name, held in vars(layer).items() if held is value), "")
