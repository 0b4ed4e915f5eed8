"""Errors of the user's own code, told in one line with the place in that code."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from typing import TYPE_CHECKING

from paramcount.errors import CallableFailed, ParamcountError
from paramcount.live.building import reason

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NO_TENSORFLOW = "Keras runs on TensorFlow unless told otherwise: set KERAS_BACKEND to a backend that is installed."
NEEDS_VALUES = (
    "The code ran without memory for weights.  If it trains or needs their values, run it in Python and count its "
    "result with `paramcount.count(model)`."
)
NEEDS_WEIGHTS = "It may want to fetch trained weights, which no count needs: try `--arg weights=None`."
SIGNS = (
    "stateless scope", "ninitialized", "SymbolicTensor", "EagerTensor", "Graph execution error", "require gradients",
)  # fmt: skip
"""What frameworks say of variables without a value."""


@contextlib.contextmanager
def explained(what: str, *, unallocated: bool = False) -> Iterator[None]:
    """Turns every error of the code inside into ``CallableFailed``; ``what`` is the subject of its sentence.

    Raises:
        CallableFailed: with the reason, and the line of the user's code in which it arose.
    """
    try:
        yield
    except ParamcountError:
        raise
    except (Exception, SystemExit) as error:
        line = f"ended the program with {error.code!r}" if isinstance(error, SystemExit) else f"raised {reason(error)}"
        raise CallableFailed(f"{what} {line}", where=place(error), advice=_advice(error, unallocated)) from error


def place(error: BaseException) -> str:
    """File and line of the deepest frame that is neither of paramcount nor of an installed package; or empty.

    Example:
        >>> place(ValueError("never raised"))
        ''
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}:{error.lineno}"
    found, frame = "", error.__traceback__
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename
        if _is_users(file):
            found = f"{_shown(file)}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


def _is_users(file: str) -> bool:
    if file.startswith("<"):
        return False
    file = os.path.abspath(file)
    library = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), HERE]
    installed = {"site-packages", "dist-packages"}.intersection(file.split(os.sep))
    return not installed and not any(file.startswith(path + os.sep) for path in library if path)


def _shown(file: str) -> str:
    """Relative to the current directory where it is below that."""
    with contextlib.suppress(ValueError, OSError):
        relative = os.path.relpath(file)
        return file if relative.startswith("..") else relative
    return file


def _advice(error: BaseException, unallocated: bool) -> str:
    text = str(error)
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name == "tensorflow"
        and any(name.startswith("keras.") for name in sys.modules)
    ):
        return NO_TENSORFLOW
    if "URL fetch failure" in text:
        return NEEDS_WEIGHTS
    return NEEDS_VALUES if unallocated and any(sign in text for sign in SIGNS) else ""
