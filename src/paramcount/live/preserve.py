"""Puts a model, and everything it hangs together with, back into the state in which it was found.

Building is the one thing that cannot be asked of a copy: closures, bound methods and Keras's own wrapper around
``build`` keep pointing at the original, and a config forgets freezes and whatever was changed after construction.
So the object itself is built, and every attribute and every container that can be reached from it is put back.
"""

from __future__ import annotations

import collections
import functools
import gc
import random
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ATOMS = (type(None), bool, int, float, complex, str, bytes, type, types.ModuleType, types.BuiltinFunctionType)
_FOREIGN = {"numpy", "jax", "jaxlib", "torch", "weakref", "threading", "_thread", "logging", "h5py"}
"""Packages whose objects hold values and locks, never layers."""
_SHALLOW = {"KerasTensor", "Node", "KerasHistory", "KerasVariable"}
"""Classes whose own attributes are kept, but not what these lead to: they lead through the whole process."""


class Preserved:
    """The state of all that can be reached from ``roots``, to be put back with ``restore``."""

    def __init__(self, roots: Iterable[object]) -> None:
        self._kept: list[tuple[Callable[[Any, Any], None], Any, Any]] = []
        self._random = [(put, put_arg) for put, put_arg in _random_states()]
        seen: dict[int, object] = {}
        stack = list(roots)
        while stack:
            one = stack.pop()
            if isinstance(one, _ATOMS) or id(one) in seen:
                continue
            seen[id(one)] = one
            stack.extend(self._keep(one))

    def restore(self) -> None:
        """Put everything back; may be called as often as needed."""
        for put_back, target, state in self._kept:
            put_back(target, state)
        for put_random, state in self._random:
            put_random(state)

    def _keep(self, one: Any) -> list[object]:
        """Remember the state of one object; returns the objects it leads to."""
        found: list[object] = []
        kind = type(one)
        if issubclass(kind, dict):
            self._kept.append((_put_dict, one, list(dict.items(one))))
            found += [*dict.keys(one), *dict.values(one)]
        elif issubclass(kind, list):
            self._kept.append((_put_list, one, list.__getitem__(one, slice(None))))
            found += self._kept[-1][2]
        elif issubclass(kind, (set, collections.deque)):
            self._kept.append((_put_set if issubclass(kind, set) else _put_deque, one, list(one)))
            found += self._kept[-1][2]
        elif issubclass(kind, (tuple, frozenset)):
            found += list(one)
        elif issubclass(kind, types.FunctionType):
            return [cell.cell_contents for cell in one.__closure__ or () if _is_filled(cell)]
        elif issubclass(kind, types.MethodType):
            return [one.__self__]
        elif issubclass(kind, functools.partial):
            return [one.func, one.args, one.keywords]
        return found + self._keep_attributes(one, kind)

    def _keep_attributes(self, one: Any, kind: type) -> list[object]:
        if not _may_lead_to_layers(kind):
            return []
        attributes = _attributes(one)
        if attributes is None:
            return []
        self._kept.append((_put_dict, attributes, list(attributes.items())))
        if not _SHALLOW.isdisjoint(cls.__name__ for cls in kind.__mro__) or kind.__name__ == "Variable":
            return []
        wrapped = [one.__wrapped__] if kind.__module__.endswith("trackable.data_structures") and _is_proxy(one) else []
        return [*attributes.values(), *wrapped]


def layers_alive(layer_class: type) -> list[object]:
    """All layers in the process.

    A model may call layers that it does not hold, through a closure or a global name.  Keras does not count
    these, but building the model builds them too, so they have to be put back as well.
    """
    return [one for one in gc.get_objects() if issubclass(type(one), layer_class)]


def _may_lead_to_layers(kind: type) -> bool:
    package = str(kind.__module__).partition(".")[0]
    if package == "tensorflow":
        # Of TensorFlow's own objects only the containers that wrap a layer's lists and dicts hold layers.
        return ".trackable." in kind.__module__
    return package not in _FOREIGN or issubclass(kind, threading.local)


def _attributes(one: Any) -> dict[str, Any] | None:
    """The real ``__dict__``, past every property and proxy that pretends to be it."""
    try:
        # A thread-local object has one for each thread, and only its own way to find the right one.
        attributes = vars(one) if isinstance(one, threading.local) else object.__getattribute__(one, "__dict__")
    except (AttributeError, TypeError):
        return None
    return attributes if type(attributes) is dict else None


def _is_proxy(one: Any) -> bool:
    return any(cls.__name__ == "ObjectProxy" for cls in type(one).__mro__)


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _put_dict(target: Any, items: list[tuple[Any, Any]]) -> None:
    """Only what differs is written, so that an object that was not touched is not touched now either."""
    now = list(dict.items(target))
    if len(now) == len(items) and all(a is c and b is d for (a, b), (c, d) in zip(now, items, strict=True)):
        return
    methods: Any = collections.OrderedDict if isinstance(target, collections.OrderedDict) else dict
    methods.clear(target)
    for key, value in items:
        methods.__setitem__(target, key, value)


def _put_list(target: Any, items: list[Any]) -> None:
    now = list.__getitem__(target, slice(None))
    if len(now) != len(items) or any(a is not b for a, b in zip(now, items, strict=True)):
        list.__setitem__(target, slice(None), items)


def _put_set(target: Any, items: list[Any]) -> None:
    set.clear(target)
    set.update(target, items)


def _put_deque(target: Any, items: list[Any]) -> None:
    target.clear()
    target.extend(items)


def _random_states() -> Iterable[tuple[Callable[[Any], object], Any]]:
    """Setter and state of every random generator that creating an initializer or a seed draws from."""
    yield random.setstate, random.getstate()
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    if numpy_random is not None:
        yield numpy_random.set_state, numpy_random.get_state()
    context = sys.modules.get("tensorflow.python.eager.context")
    generators = [getattr(context.context(), "_rng", None)] if context is not None else []
    for package in ("tf_keras.src.backend", "keras.src.backend", "keras.backend"):
        # tf_keras.utils.set_random_seed puts a generator here, from which unseeded initializers draw.
        holder = getattr(sys.modules.get(package), "_SEED_GENERATOR", None)
        generators.append(getattr(holder, "generator", None))
    for generator in generators:
        if isinstance(generator, random.Random):
            yield generator.setstate, generator.getstate()
