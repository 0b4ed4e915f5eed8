"""Every experiment that the Model Garden registers, as far as its modules can be imported.

Runs in the worker.  The package has no one place that imports all that it has: an experiment, its task and its
backbone each register themselves when their module is imported, and some modules of a release cannot be.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from paramcount.errors import CannotBuild, UsageError
from paramcount.garden import INSTALL
from paramcount.live.building import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGISTERS = re.compile(r"^\s*@(?:\w+\.)*register_\w+(?:_factory|_cls|_builder)\(", re.MULTILINE)
"""A decorator that puts something into one of the package's tables: experiments, tasks, backbones, data loaders."""
CLASS = re.compile(r"class '(official[\w.]*)\.(\w+)'")
"""A class of the package, as messages name it."""
FRAMEWORKS = ("tensorflow/", "tf_keras/", "keras/", "paramcount/")
NEEDED = "official.core.exp_factory"
EXTRA = f"Install the versions that work together: {INSTALL}."


class Registry(NamedTuple):
    """What was found."""

    experiments: dict[str, Callable[[], Any]]
    """Name to the function that makes the configuration."""
    broken: dict[str, str]
    """Modules that cannot be imported, with the reason."""


def load() -> Registry:
    """Import every module of the package that registers something; those that fail are noted and passed over.

    Raises:
        CannotBuild: when not even the table of experiments can be imported.
    """
    try:
        factory: Any = importlib.import_module(NEEDED)
    except Exception as error:
        raise CannotBuild(f"the Model Garden package cannot be imported: {reason(error)}", advice=EXTRA) from error
    broken = {}
    for name in modules():
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001, PERF203 - a module of another project may raise anything
            broken[name] = reason(error)
    return Registry(dict(_flat(factory._REGISTERED_CONFIGS, "")), broken)  # noqa: SLF001 - the only table there is


def modules() -> list[str]:
    """The names of all modules of the package that register something, without its tests."""
    return [name for name, text in _sources() if REGISTERS.search(text)]


def _sources() -> Iterator[tuple[str, str]]:
    package: Any = importlib.import_module("official")
    for place in package.__path__:
        for path in sorted(Path(place).rglob("*.py")):
            if not path.name.endswith("_test.py"):
                parts = path.relative_to(place).with_suffix("").parts
                yield ".".join(("official", *parts)), path.read_text(encoding="utf-8", errors="replace")


def _flat(table: dict[str, Any], start: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A name with slashes is kept as tables inside tables."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{start}{key}/")
        else:
            yield f"{start}{key}", value


def experiment(registry: Registry, name: str) -> Any:
    """The configuration of one experiment, as the package registers it.

    Raises:
        UsageError: when there is none of this name; the message has those most like it.
        CannotBuild: when the module that registers it cannot be imported, or making the configuration fails.
    """
    make = registry.experiments.get(name)
    if make is None:
        raise _unknown(registry, name)
    try:
        return make()
    except Exception as error:
        raise CannotBuild(
            f"the configuration of {name} cannot be made: {reason(error)}", advice=_because(registry)
        ) from error


def _unknown(registry: Registry, name: str) -> Exception:
    quoted = re.compile(rf"""register_config_factory\(\s*["']{re.escape(name)}["']""")
    for module, text in _sources():
        if module in registry.broken and quoted.search(text):
            return CannotBuild(
                f"the module of {name}, {module}, cannot be imported: {registry.broken[module]}",
                advice="This release of the package is broken there; another release may have it.",
            )
    from paramcount.catalog.garden import near

    return UsageError(
        f"the Model Garden has no experiment called {name}",
        advice=near(name, list(registry.experiments)) or "`paramcount garden --list` shows all.",
    )


def missing(registry: Registry, error: Exception) -> str:
    """Which module of the package was to register what a task could not find; empty where that is not the reason.

    The message of the package names only the class that nothing is registered for.
    """
    named = CLASS.search(str(error)) if isinstance(error, LookupError) else None
    if named is None:
        return ""
    home, name = ".".join(named[1].split(".")[:3]), named[2]
    for module, text in _sources():
        # Some tasks are not registered at all: a script of their own makes them.
        if module.startswith(f"{home}.") and re.search(rf"\b{name}\b", text):
            why = registry.broken.get(module) or _why_not(module)
            if why:
                return f"{module} cannot be imported: {why}"
    return ""


def place(error: BaseException) -> str:
    """Where an error arose, as `` (official/vision/tasks/retinanet.py, line 45)``; empty where that is not known.

    The deepest place in the package or in what it is built on, but not in TensorFlow, where most errors arise.
    """
    found, frame = "", error.__traceback__
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename.replace("\\", "/")
        inside = file.rpartition("/site-packages/")[2] if "/site-packages/" in file else _in_package(file)
        if inside and not inside.startswith(FRAMEWORKS):
            found = f" ({inside}, line {frame.tb_lineno})"
        frame = frame.tb_next
    return found


def _in_package(file: str) -> str:
    """The part of a path from the package on; empty for a file elsewhere."""
    before, package, after = file.rpartition("/official/")
    return f"official/{after}" if before and package else ""


def _why_not(module: str) -> str:
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - a module of another project may raise anything
        return reason(error)
    return ""


def _because(registry: Registry) -> str:
    """Which modules are missing, as far as that may be the reason why something is not registered."""
    named = [f"{module} ({why})" for module, why in registry.broken.items()]
    return f"Modules of the package that cannot be imported: {'; '.join(named)}." if named else EXTRA
