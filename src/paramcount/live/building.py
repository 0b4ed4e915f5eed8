"""Builds a model for a given input shape without memory for its weights, and leaves it as it was."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from paramcount.errors import CannotBuild, UsageError
from paramcount.live.preserve import Preserved, layers_alive

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable

    from paramcount.live.adapter import Adapter

Result = TypeVar("Result")

DTYPES = ("float32", "int32", "string")
"""What inputs are tried as: most models take numbers, embeddings want integers, vocabularies strings."""


def batched(shapes: Any) -> Any:
    """``shapes`` with the batch axis: a leading None is that axis, otherwise it is added.

    Example:
        >>> batched((28, 28, 3)), batched((None, 5))
        ((None, 28, 28, 3), (None, 5))
    """
    if isinstance(shapes, dict):
        return {key: batched(value) for key, value in shapes.items()}
    if not isinstance(shapes, (list, tuple)) and not hasattr(shapes, "as_list"):
        raise UsageError(
            "`input_shape` is not a shape", found=repr(shapes), expected="a tuple of sizes, or a list or dict of tuples"
        )
    entries = shapes.as_list() if hasattr(shapes, "as_list") else list(shapes)
    if not is_shape(entries):
        return type(shapes)(batched(entry) for entry in entries)
    if any(size is not None and size < 0 for size in entries):
        raise UsageError("`input_shape` holds a negative size", found=repr(shapes))
    sizes = [None if size is None else int(size) for size in entries]
    return tuple(sizes) if sizes and sizes[0] is None else (None, *sizes)


def is_shape(entries: Any) -> bool:
    """Whether ``entries`` is one shape, not several; its sizes may be NumPy's integers."""
    return isinstance(entries, (list, tuple)) and all(
        size is None or (hasattr(type(size), "__index__") and not isinstance(size, bool)) for size in entries
    )


def nest(shapes: Any, make: Callable[[Any], Any]) -> Any:
    """``make`` applied to every shape of a nest of them."""
    if isinstance(shapes, dict):
        return {key: nest(value, make) for key, value in shapes.items()}
    return make(shapes) if is_shape(shapes) else type(shapes)(nest(entry, make) for entry in shapes)


def arguments(signature: inspect.Signature, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """How ``call`` takes ``inputs``: in one argument, or one argument each when it requires that many."""
    required = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.name not in ("self", "training", "mask")
    ]
    if len(required) > 1 and isinstance(inputs, dict) and set(required) <= set(inputs):
        return (), inputs
    if len(required) > 1 and isinstance(inputs, (list, tuple)) and len(inputs) >= len(required):
        return tuple(inputs), {}
    return (inputs,), {}


def build(adapter: Adapter, model: Any, input_shape: Any, survey: Callable[[bool], Result | None]) -> Result:
    """Build ``model`` in place, let ``survey`` look at it, and put everything back.

    ``survey`` is told whether the model was run, and returns None when it is not built after all.  Not safe while
    another thread uses the model.

    Raises:
        CannotBuild: when no attempt succeeds; the reason is the framework's own for the most likely one.
    """
    shapes = batched(input_shape)
    preserved = Preserved([model, *adapter.global_state(), *layers_alive(adapter.layer_class)])
    failure: Exception | None = None
    for attempt, has_run in adapter.attempts(model, shapes):
        try:
            with warnings.catch_warnings():
                # Keras warns of attempts that fail; the last word on that is CannotBuild.
                warnings.simplefilter("ignore")
                with adapter.unallocated():
                    attempt()
                result = survey(has_run)
            if result is not None:
                return result
        except Exception as error:  # noqa: BLE001, PERF203 - the model's own code may raise anything
            failure = failure or error
        finally:
            preserved.restore()
    raise CannotBuild(
        f"the {type(model).__name__} cannot be built for inputs of shape {shapes}: {reason(failure)}"
    ) from failure


def reason(error: Exception | None) -> str:
    """The framework's reason in one line, out of a message that wraps it in headings, code and arguments."""
    if error is None:
        return "layers are left without weights"
    text = str(error)
    # keras/src/utils/traceback_utils.py prints the reason in bold between where it happened and the arguments.
    bold = re.search(r"\x1b\[1m(.+?)\x1b\[0m", text, re.DOTALL)
    text = re.split(r"^\s*(?:Call a|A)rguments received", bold.group(1) if bold else text, flags=re.MULTILINE)[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # TensorFlow ends an excerpt of the user's code with the error; Keras names the original error after a colon.
    for marker, position in (("Error encountered:", 0), ("in user code:", -1), ("Exception encountered when", 0)):
        places = [number for number, line in enumerate(lines) if line.endswith(marker) or line.startswith(marker)]
        if places and lines[places[-1] + 1 :]:
            lines = [lines[places[-1] + 1 :][position]]
    line = lines[0] if lines else ""
    name = type(error).__name__
    return line if line.startswith(name) else f"{name}: {line}".rstrip(": ")
