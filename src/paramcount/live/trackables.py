"""What TensorFlow's objects are, and what hangs below them, told by the names of their classes.

TensorFlow itself has three ways to list what an object owns, and each leaves something out: ``tf.Module.variables``
stops at whatever is no ``tf.Module``; the dependencies of a checkpoint hold counters, optimizers and views of the
same variables under several names, and not what a set or a tuple key hides; and a loaded object has only the lists
that it was saved with.  So attributes are walked here, and every edge is judged by what is at its end.
"""

# ruff: noqa: SLF001 - `_trackable_children` is the only way to what objects without attributes track.

from __future__ import annotations

import contextlib
import weakref
from math import prod
from typing import TYPE_CHECKING, Any

from paramcount.live.adapter import by_identity, identity, listed
from paramcount.live.roles import plain_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE, SHARDED, TABLE, RANDOM = "variable", "sharded variable", "lookup table", "random generator"
OPTIMIZER, METRIC, FUNCTION, MODULE = "optimizer", "metric", "function", "module"

_TELLING = {
    ("tensorflow.python.ops.variables", "Variable"): VARIABLE,
    ("keras.src.backend.common.variables", "Variable"): VARIABLE,
    ("keras.src.backend.common.variables", "KerasVariable"): VARIABLE,
    ("tensorflow.python.distribute.sharded_variable", "ShardedVariableMixin"): SHARDED,
    ("tensorflow.python.ops.lookup_ops", "LookupInterface"): TABLE,
    ("tensorflow.python.ops.lookup_ops", "_RestoredStaticHashTable"): TABLE,
    ("tensorflow.python.ops.lookup_ops", "_RestoredMutableHashTable"): TABLE,
    ("tensorflow.python.ops.lookup_ops", "_RestoredDenseHashTable"): TABLE,
    ("tensorflow.python.ops.stateful_random_ops", "Generator"): RANDOM,
    ("keras.src.random.seed_generator", "SeedGenerator"): RANDOM,
    ("tensorflow.python.types.core", "PolymorphicFunction"): FUNCTION,
    ("tensorflow.python.types.core", "GenericFunction"): FUNCTION,
    ("tensorflow.python.types.core", "ConcreteFunction"): FUNCTION,
    ("tensorflow.python.eager.def_function", "Function"): FUNCTION,
}
_KERAS = ("keras", "tf_keras")
_FRAMEWORKS = (*_KERAS, "tensorflow")
_OPTIMIZERS = ("BaseOptimizer", "_BaseOptimizer", "OptimizerV2", "Optimizer")

LISTS = ("variables", "trainable_variables", "non_trainable_variables", "_all_variables")
"""Attributes that list what the object has elsewhere too, by the interface of reusable SavedModels or by Keras."""
_OF_TENSORFLOW = frozenset((
    "_name_scope", "_saver", "_checkpoint_options", "signatures", "regularization_losses", "asset_paths", "initializer",
    "graph", "restore", "prune", "graph_debug_info",
))  # fmt: skip
"""What TensorFlow gives its objects, and a user may call an attribute too."""
_OF_KERAS = frozenset((
    "keras_api", "_misc_assets", "_functional", "_inbound_nodes", "_outbound_nodes", "_operations", "_tracked",
    "_compiled_trainable_state", "_losses", "_loss_ids",
))  # fmt: skip
"""What Keras gives the objects that it saves: other ways to the same layers, and what is no layer."""
_AGAIN = frozenset(("_kwargs", "_attached_dependencies"))
"""Where a ``tf.train.Checkpoint`` holds once more what its attributes hold."""


class Bundle:
    """Several objects that are counted together although nothing of TensorFlow holds them."""

    def __init__(self, name: str, parts: dict[str, Any], gap: str = "") -> None:
        self.name = name
        self.parts = parts
        self.gap = gap
        """Why there may be more; empty when there is not."""


def kind_of(one: Any) -> str:
    """One of the kinds above, by the classes that ``one`` derives from; empty for everything else."""
    is_module = False
    for cls in type(one).__mro__:
        told = _TELLING.get((cls.__module__, cls.__name__))
        if told:
            return told
        package = cls.__module__.partition(".")[0]
        if package in _FRAMEWORKS:
            if cls.__name__ == "Metric" and "metric" in cls.__module__:
                return METRIC
            if cls.__name__ in _OPTIMIZERS and "optimizer" in cls.__module__:
                return OPTIMIZER
            is_module = is_module or (package == "tensorflow" and cls.__name__ == "AutoTrackable")
    return MODULE if is_module else ""


def is_tf_module(one: Any) -> bool:
    """Whether ``one`` is a ``tf.Module``, and not only something that TensorFlow tracks."""
    return any(cls.__name__ == "Module" and cls.__module__.endswith(".module.module") for cls in type(one).__mro__)


def is_loaded(one: Any) -> bool:
    """Whether ``one`` came out of ``tf.saved_model.load`` and has lost its class."""
    return any(cls.__name__ == "_UserObject" and ".saved_model." in cls.__module__ for cls in type(one).__mro__)


def is_of_keras(one: Any) -> bool:
    """Whether ``one`` is an object of Keras, or was one before it was saved and loaded."""
    if not is_loaded(one):
        return any(cls.__module__.partition(".")[0] in _KERAS for cls in type(one).__mro__)
    own = attributes(one)
    return "variables" in attributes(own.get("keras_api")) or "_losses_override" in own or "_inbound_nodes" in own


def attributes(one: Any) -> dict[str, Any]:
    """The object's own attributes, past every property; none for objects without."""
    try:
        found = object.__getattribute__(one, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def edges(one: Any, *, asks: bool = True) -> list[tuple[str, Any]]:
    """What ``one`` holds as attributes, also in containers: names and objects, each object once.

    An object that is held under several names has the first public one.  ``asks``: whether the object's own answer
    to a checkpoint is looked at too.
    """
    if isinstance(one, Bundle):
        found = [edge for name, part in one.parts.items() for edge in _flat(name, part, ())]
    else:
        own = {name: value for name, value in attributes(one).items() if not _is_no_part(one, name, value)}
        named = sorted(own.items(), key=lambda item: item[0].startswith("_"))
        tracked = [item for item in _tracked(one) if item[0] not in own] if asks else []
        found = [edge for name, value in [*named, *tracked] for edge in _flat(name.lstrip("_") or name, value, ())]
    unique: dict[int, tuple[str, Any]] = {}
    for name, value in found:
        unique.setdefault(identity(value), (name, value))
    return list(unique.values())


def held_in(container: Any) -> list[tuple[str, Any]]:
    """What a list or dict holds, also in others; names and objects."""
    return [] if container is None else list(_flat("", container, ()))


def _is_no_part(owner: Any, name: str, value: Any) -> bool:
    if name in _OF_TENSORFLOW or name in _OF_KERAS:
        # A user may give an attribute any of these names; then something that is counted is there.
        told = isinstance(value, (list, tuple, dict)) or kind_of(value) in (VARIABLE, MODULE)
        return not told or (name in _OF_KERAS and is_of_keras(owner) and not _holds_layers(owner, name))
    return name.startswith("_self_") or name in _AGAIN or (name in LISTS and isinstance(value, (list, tuple)))


def _holds_layers(owner: Any, name: str) -> bool:
    """Whether a model of Keras 3 that was saved and loaded holds its layers there, and nowhere else."""
    return name == "_operations" and is_loaded(owner) and "_layers" not in attributes(owner)


def _tracked(one: Any) -> list[tuple[str, Any]]:
    """What only the object's own answer to a checkpoint tells."""
    with contextlib.suppress(Exception):  # The method may be overridden by any code.
        return [(str(name), value) for name, value in one._trackable_children().items() if name not in _ignored(one)]
    return []


def _ignored(one: Any) -> set[str]:
    own = {name for name, value in attributes(one).items() if _is_no_part(one, name, value)}
    return own.union(_OF_TENSORFLOW, _OF_KERAS, LISTS)


def _flat(name: str, value: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """``value``, or what a container holds, down to what is no container."""
    if isinstance(value, weakref.ref):
        value = value()  # `tf.train.Checkpoint(root=...)` holds its root so.
    if isinstance(value, (list, tuple, dict, set, frozenset)) and id(value) not in above:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in list(items):
            yield from _flat(f"{name}/{key}" if name else str(key), entry, (*above, id(value)))
    elif value is not None and not isinstance(value, (str, bytes, int, float, type)):
        yield name, value


def variables_below(one: Any) -> list[Any]:
    """Every variable that can be reached from ``one``, each once, whatever it is to training."""
    found, seen, stack = [], set(), [one]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        kind = kind_of(current)
        if kind == VARIABLE:
            found.append(current)
        elif kind == SHARDED:
            found += listed(current, "variables")
        elif kind in (OPTIMIZER, METRIC, RANDOM):
            found += state_of(current)
        elif kind == MODULE or isinstance(current, Bundle):
            lists = [entry for name in LISTS for entry in listed_as(current, name) or ()]
            stack += [value for _, value in edges(current)] + lists
    return list({identity(one): one for one in found}.values())


def state_of(one: Any) -> list[Any]:
    """The variables of an optimizer, a metric or a random generator."""
    found = listed(one, "variables") or [
        getattr(one, name) for name in ("state", "_state_var") if getattr(one, name, None) is not None
    ]
    return by_identity(entry for entry in found if kind_of(entry) == VARIABLE)


def listed_as(one: Any, name: str) -> list[Any] | None:
    """The variables that ``one`` itself lists under ``name``; None where it has no such list of its own."""
    value = attributes(one).get(name)
    if value is None and _is_property_of_user(type(one), name):
        with contextlib.suppress(Exception):
            value = getattr(one, name)
    if not isinstance(value, (list, tuple)):
        return None
    return [entry for entry in value if kind_of(entry) == VARIABLE]


def _is_property_of_user(cls: type, name: str) -> bool:
    """Whether a class of the user's own says what ``name`` lists."""
    defines = next((base for base in cls.__mro__ if name in base.__dict__), None)
    return defines is not None and defines.__module__.partition(".")[0] not in _FRAMEWORKS


def describe(variable: Any) -> tuple[tuple[int | None, ...] | None, str]:
    """Shape and dtype; a shape that is only known at run time is taken from the value."""
    if not hasattr(variable, "shape"):
        return None, str(getattr(variable, "_dtype", ""))
    shape = plain_shape(variable.shape)
    if shape is None or None in shape:
        with contextlib.suppress(Exception):
            shape = plain_shape(variable.read_value().shape)
    return shape, dtype_of(variable)


def dtype_of(variable: Any) -> str:
    """The name of the dtype, the same for reference variables."""
    dtype = getattr(variable, "dtype", "")
    return str(getattr(dtype, "name", dtype)).removesuffix("_ref")


def size_of(variable: Any) -> int:
    """Number of values; 0 where the shape is not known."""
    shape = describe(variable)[0]
    return 0 if shape is None or None in shape else prod(size or 0 for size in shape)


def size(variables: Any) -> int:
    """Number of values of ``variables``, each once."""
    return sum(size_of(one) for one in {identity(one): one for one in variables}.values())
