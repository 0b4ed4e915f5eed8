"""Models that a Python callable makes: ``package.module:name``, imported and called because the user asked for it.

The code runs as it is, but in a scope in which weights get no memory, so that a model of any size can be counted.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect as introspection
import os
import sys
from typing import TYPE_CHECKING, Any

from paramcount import live
from paramcount.errors import CallableFailed, UsageError
from paramcount.live.blame import explained
from paramcount.live.unallocated import without_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from paramcount.model import Model, Shapes


PLACES = "Modules are looked for in the current directory, and where the Python that runs paramcount has them."


def inspect_callable(target: object, arguments: Mapping[str, object], input_shape: Shapes = None) -> Model:
    """The facts of the model that ``target`` makes or is.

    What the code prints goes to standard error, so that it does not mix with a report on standard output.

    Args:
        target: ``package.module:name``, with dots in the name where it is an attribute of a class; or the function
            or class itself.  A name that stands for a model is counted as it is.
        arguments: keyword arguments of the call.
        input_shape: as in ``paramcount.count``, for a model that is not built when the call returns.

    Raises:
        UsageError: when the text names no callable, or the callable does not take these arguments.
        CallableFailed: when there is no such module or name, when the code raises (the message has its reason and
            place), and when it makes no model.
        CannotBuild: when the model cannot be built for ``input_shape``.
    """
    title = target if isinstance(target, str) else _name_of(target)
    with contextlib.redirect_stdout(sys.stderr), _current_directory(), _collecting(), without_weights():
        found: Any = _resolved(target) if isinstance(target, str) else target
        model = found
        if not _is_model(found):
            _check(found, arguments, title)
            with explained(f"`{title}`", unallocated=True):
                model = found(**arguments)
        elif arguments:
            raise UsageError(f"`{title}` is a model and not a function", advice="Leave the arguments out.")
        facts = _facts(model, title, input_shape)
    return facts._replace(source=facts.source._replace(path=title))


def _facts(model: object, title: str, input_shape: Shapes) -> Model:
    if not _is_model(model):
        raise CallableFailed(
            f"`{title}` returned no Keras model or layer",
            found=_described(model),
            advice="Name a function or class that gives the model itself.",
        )
    return live.inspect(model, input_shape)


def _is_model(found: object) -> bool:
    return live.adapter_for(found) is not None


def _described(value: object) -> str:
    """The type of ``value``, and of what it holds when it is a short tuple or list."""
    name = type(value).__name__
    if isinstance(value, (tuple, list)) and 0 < len(value) <= 5:
        return f"a {name} of {', '.join(type(entry).__name__ for entry in value)}"
    return "None" if value is None else f"an object of class {name}"


def _name_of(target: object) -> str:
    name = getattr(target, "__qualname__", "") or type(target).__qualname__
    return f"{getattr(target, '__module__', '')}:{name}".lstrip(":")


@contextlib.contextmanager
def _collecting() -> Iterator[None]:
    """Has the cyclic collector work, whoever switched it off: frameworks leave cycles with tensors in them."""
    collects = gc.isenabled()
    gc.enable()
    try:
        yield
    finally:
        if not collects:
            gc.disable()


@contextlib.contextmanager
def _current_directory() -> Iterator[None]:
    """Makes the modules of the current directory importable, as ``python -m`` does and with its exceptions."""
    before = list(sys.path)
    with contextlib.suppress(OSError):  # The directory may be gone.
        if not getattr(sys.flags, "safe_path", False) and "" not in before:
            sys.path.insert(0, os.getcwd())
            importlib.invalidate_caches()
    added = sys.path[0] if len(sys.path) > len(before) else None
    try:
        yield
    finally:
        if added is not None and added in sys.path:
            sys.path.remove(added)


def _resolved(title: str) -> Any:
    """The object that ``package.module:name`` names."""
    path, _, attributes = title.partition(":")
    if not all(part.isidentifier() for part in (*path.split("."), *attributes.split("."))):
        raise UsageError("this names nothing that can be called", found=repr(title), expected="`package.module:name`")
    found: Any = _imported(path)
    separator = ":"
    for attribute in attributes.split("."):
        with explained(f"looking up `{title}`"):
            # A module may import what it offers only now, and fail then.
            present = hasattr(found, attribute)
            following = getattr(found, attribute) if present else None
        if not present:
            raise CallableFailed(f"`{path}` has no `{attribute}`", advice=_near(attribute, dir(found)))
        found, path, separator = following, f"{path}{separator}{attribute}", "."
    return found


def _imported(name: str) -> object:
    parts = name.split(".")
    own = {".".join(parts[: end + 1]) for end in range(len(parts))}
    with explained(f"importing `{name}`"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in own:
                raise  # A module that this one imports is missing.
            raise CallableFailed(f"there is no module `{error.name}`", advice=_meant(str(error.name))) from error


def _meant(missing: str) -> str:
    """What may have been meant by a module that does not exist."""
    import pkgutil

    above, _, last = missing.rpartition(".")
    if last == "py":
        return f"Name the module and not its file: `{above}`."
    places = getattr(sys.modules.get(above), "__path__", ()) if above else None
    return _near(last, [found.name for found in pkgutil.iter_modules(places)]) or PLACES


def _near(name: str, names: Iterable[str]) -> str:
    """An advice that gives the names most like ``name``; empty when there are none."""
    import difflib

    public = {one.lower(): one for one in names if not one.startswith("_")}
    close = [f"`{public[one]}`" for one in difflib.get_close_matches(name.lower(), public, 3, 0.7)]
    return f"Did you mean {' or '.join(close)}?" if close else ""


def _check(found: Any, arguments: Mapping[str, object], title: str) -> None:
    """Refuse what cannot be called with ``arguments``, as far as a signature tells, before any of it runs."""
    if not callable(found):
        raise CallableFailed(
            f"`{title}` is neither a Keras model nor a function or class that makes one", found=_described(found)
        )
    signature = _signature(found)
    if signature is None:
        return
    try:
        signature.bind(**arguments)
    except TypeError as error:
        unknown = [name for name in arguments if name not in signature.parameters]
        advice = _near(unknown[0], signature.parameters) if unknown else ""
        bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
        takes = str(signature.replace(parameters=bare, return_annotation=signature.empty))
        raise UsageError(
            f"`{title}` does not take these arguments: {error}", advice=advice or f"It takes {takes}."
        ) from error


def _signature(found: Any) -> introspection.Signature | None:
    """What ``found`` takes; None where only the call itself will tell."""
    is_class = isinstance(found, type)
    # The signature of a class may be that of `__new__`, which in Keras takes everything.
    entry = next(cls.__dict__["__init__"] for cls in found.__mro__ if "__init__" in cls.__dict__) if is_class else found
    try:
        signature = introspection.signature(entry)
    except (ValueError, TypeError):
        return None  # Written in C, or too clever.
    return signature.replace(parameters=list(signature.parameters.values())[1:]) if is_class else signature
