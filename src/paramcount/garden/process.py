"""The worker process seen from outside: started, asked, and its failures told in one line.

The package takes half a minute to import and most of a gigabyte, prints what it likes, and may end the process; all
of that stays in the process.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from paramcount import errors
from paramcount.errors import CannotBuild, ParamcountError, UsageError
from paramcount.garden import INSTALL, wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.model import Model

TIMEOUT = 1800
"""Seconds that one attempt may take; the slowest experiment takes a few minutes on two busy cores."""
FILE_LIMIT = 1 << 20
"""Bytes of the largest file of settings that is read."""
BOOT = "import sys; sys.path[:] = sys.argv[1:]; from paramcount.garden.worker import main; main()"
"""Modules are looked for where this process looks for them: not in the current directory, unless it does."""
EXTRA = f"Install the versions that work together: {INSTALL}."


def installed() -> bool:
    """Whether the Model Garden package is there; nothing of it is imported to find out."""
    try:
        spec = importlib.util.find_spec("official")
    except (ImportError, ValueError):
        return False
    places = (spec.submodule_search_locations or ()) if spec else ()
    return any(os.path.isfile(os.path.join(place, "core", "exp_factory.py")) for place in places)


def build(name: str, settings: Sequence[str] = (), configs: Sequence[str] = (), timeout: float = TIMEOUT) -> Model:
    """The facts of an experiment's model, built by the package in another process.

    Weights get no memory; where the package cannot build the model so, a second process builds it with memory.

    Args:
        name: the experiment.
        settings: texts such as ``task.model.num_classes=10``, applied in order after the files.
        configs: paths of YAML files, applied in order.
        timeout: seconds that each process may take.

    Raises:
        UsageError: when there is no such experiment, or a setting is none of it.
        SourceMissing, SourceUnreadable: when a file cannot be read.
        CannotBuild: when the package cannot build the model, or the process does not answer.
    """
    files = [(path, _text(path)) for path in configs]
    request = {"name": name, "settings": list(settings), "files": files}
    answer: dict[str, Any] = {}
    for allocate in (False, True):
        answer = _ask({**request, "allocate": allocate}, timeout)
        if not answer.get("again"):
            break
    if "model" in answer:
        return wire.decoded(answer["model"])
    raise _error(answer["error"])


def _text(path: str) -> str:
    """The text of a file of settings."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(FILE_LIMIT + 1)
    except FileNotFoundError as error:
        raise errors.SourceMissing("there is no such file of settings", where=path) from error
    except OSError as error:
        raise errors.SourceUnreadable(f"this file of settings cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this file of settings is not UTF-8") from error
    if len(text) > FILE_LIMIT:
        raise UsageError(f"{path}: this file of settings is larger than {FILE_LIMIT:,} bytes")
    return text


def _ask(request: dict[str, Any], timeout: float) -> dict[str, Any]:
    """The answer of a new worker process to ``request``."""
    import json
    import subprocess

    command = [sys.executable, "-c", BOOT, *[os.path.abspath(place) for place in sys.path if place]]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, with our own code
            command, input=json.dumps(request).encode(), capture_output=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise CannotBuild(
            f"the Model Garden has not built {request['name']} within {timeout:g} seconds",
            advice="Smaller settings, such as of task.model.input_size, may do.",
        ) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise _ended(request["name"], done.returncode, done.stderr) from error
    return answer if isinstance(answer, dict) else {}


def _ended(name: str, code: int, printed: bytes) -> CannotBuild:
    """The error of a process that has ended without an answer."""
    how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
    last = [line.strip() for line in printed.decode("utf-8", "replace").splitlines() if line.strip()][-1:]
    advice = "The machine may have too little memory." if code < 0 else EXTRA
    return CannotBuild(f"the process that builds {name} ended {how}", found="".join(last), advice=advice)


def _error(fields: dict[str, str]) -> ParamcountError:
    """The error that the worker raised."""
    known: dict[str, type[ParamcountError]] = {cls.__name__: cls for cls in errors.FAMILY}
    return known.get(fields["class"], CannotBuild)(
        fields["what"], **{name: fields[name] for name in ("where", "found", "expected", "advice")}
    )
