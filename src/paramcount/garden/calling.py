"""How models are called while they are built: cheaper than usual, and so that it shows which layers were called.

Runs in the worker.  The scopes change classes of tf_keras and of the package for as long as they last.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from typing import TYPE_CHECKING, Any

from paramcount.garden.completing import gaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SKETCH = "_scratch_graph"
"""How tf_keras names the graphs in which it only finds out what a layer gives (``Layer._infer_output_signature``)."""


@contextlib.contextmanager
def marked_when_called() -> Iterator[None]:
    """Has layers whose class replaces ``__call__``, and with it what marks them as built, be marked when called.

    Some of the package's do: they sort out boxes, and have no weights.
    """
    replaced = []
    for cls in _below(importlib.import_module("tf_keras").layers.Layer):
        own = cls.__dict__.get("__call__")
        if own is not None and cls.__module__.partition(".")[0] != "tf_keras":
            cls.__call__ = _marking(own)  # type: ignore[method-assign]
            replaced.append((cls, own))
    try:
        yield
    finally:
        for cls, own in replaced:
            cls.__call__ = own  # type: ignore[method-assign]


def _below(cls: type) -> Iterator[type]:
    """``cls`` and every class that derives from it, each once."""
    found: dict[type, None] = {cls: None}
    stack = [cls]
    while stack:
        below: list[type] = type.__subclasses__(stack.pop())
        stack += [one for one in below if one not in found]
        found.update(dict.fromkeys(below))
    return iter(found)


def _marking(own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def __call__(layer: Any, *args: Any, **options: Any) -> Any:  # noqa: N807
        given = own(layer, *args, **options)
        layer.built = True
        return given

    return __call__


@contextlib.contextmanager
def graphs_known() -> Iterator[None]:
    """Has a graph of layers that is complete say what it gives without being run once more.

    That holds where tf_keras only wants to know the shape: a detector calls its backbone again, and thousands of
    operations would be made and thrown away.
    """
    functional: Any = importlib.import_module("tf_keras.src.engine.functional").Functional
    own = functional.call
    complete: dict[int, Any] = {}

    @functools.wraps(own)
    def call(model: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if not _is_sketch() or not _same_shapes(model, inputs):
            return own(model, inputs, training=training, mask=mask)
        if id(model) not in complete:
            if gaps(model):
                return own(model, inputs, training=training, mask=mask)
            complete[id(model)] = model
        return _outputs(model, inputs)

    functional.call = call
    try:
        yield
    finally:
        functional.call = own


@contextlib.contextmanager
def unconverted() -> Iterator[None]:
    """Has tf_keras find out what a layer gives without AutoGraph, and with it only where that fails.

    AutoGraph rewrites all Python code of a call so that it may branch on tensors.  Hardly any of the package does,
    and rewriting the others takes most of the time that a detector takes.
    """
    status: Any = importlib.import_module("tensorflow.python.autograph.core.ag_ctx")
    base: Any = importlib.import_module("tf_keras").layers.Layer
    own = base._infer_output_signature  # noqa: SLF001 - every call with placeholders goes through it

    @functools.wraps(own)
    def infer(*args: Any, **options: Any) -> Any:
        if status.control_status_ctx().status == status.Status.DISABLED:
            return own(*args, **options)
        try:
            with status.ControlStatusCtx(status=status.Status.DISABLED):
                return own(*args, **options)
        # Without AutoGraph a branch on a tensor is an error, never another branch.
        except Exception:  # noqa: BLE001
            return own(*args, **options)

    base._infer_output_signature = infer  # noqa: SLF001
    try:
        yield
    finally:
        base._infer_output_signature = own  # noqa: SLF001


def _tensorflow() -> Any:
    return sys.modules["tensorflow"]


def _is_sketch() -> bool:
    tensorflow = _tensorflow()
    if tensorflow.executing_eagerly():
        return False
    return str(getattr(tensorflow.compat.v1.get_default_graph(), "name", "")).endswith(SKETCH)


def _same_shapes(model: Any, inputs: Any) -> bool:
    """Whether it is called on what it was made for, and all sizes of what it gives are known but the batch."""
    given = _tensorflow().nest.flatten(inputs)
    if len(given) != len(model.inputs):
        return False
    known = all(_rest(one) is not None for one in model.outputs)
    return known and all(
        hasattr(one, "shape") and _rest(one) == _rest(made) and _rest(one) is not None
        for one, made in zip(given, model.inputs, strict=True)
    )


def _rest(tensor: Any) -> list[int] | None:
    """The sizes behind the batch; None where one is not known."""
    shape = tensor.shape
    if shape.rank is None or not shape.rank or type(tensor).__name__ in ("SparseKerasTensor", "RaggedKerasTensor"):
        return None
    sizes = shape.as_list()[1:]
    return None if None in sizes else sizes


def _outputs(model: Any, inputs: Any) -> Any:
    """Placeholders of what the graph gives, with the batch of its inputs."""
    tensorflow = _tensorflow()
    batch = tensorflow.nest.flatten(inputs)[0].shape[0]

    def placeholder(made: Any) -> Any:
        size = batch if made.shape[0] is None else made.shape[0]
        return tensorflow.compat.v1.placeholder(made.dtype, [size, *made.shape.as_list()[1:]])

    return tensorflow.nest.map_structure(placeholder, model._nested_outputs)  # noqa: SLF001 - `outputs` is flat
