"""Has a model that its task has built create the weights that its layers create at their first call.

Runs in the worker.  A model that is a graph of layers was called when it was made.  Another one may have layers
without weights, and nothing in it tells whether it has: only a call that succeeds does.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from paramcount.live import adapter_for
from paramcount.live.building import reason
from paramcount.live.tree import grow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WEIGHTLESS = {
    "BoxSampler", "CenterNetDetectionGenerator", "DetectionGenerator", "MaskSampler", "MultilevelDetectionGenerator",
    "MultilevelROIAligner", "MultilevelROIGenerator", "ROISampler", "YoloLayer",
}  # fmt: skip
"""Classes of the package that choose among boxes and create no weights, whether or not they have been called.

To call them takes longer than all the rest of a detector: a class and a level at a time, thousands of operations.
"""
PACKAGE = "official"
BOXES = 100
"""Boxes of an image that a detector is told of; no weight depends on their number."""
IMAGE_RANK = 4
"""Axes of a batch of images."""


class Completed(NamedTuple):
    """What came of it."""

    failure: str = ""
    """Why the model could not be called at all; empty when it was."""
    settled: bool = False
    """True when it has run both in training and outside it: what has no weights now never gets any."""


def complete(task: Any, model: Any) -> Completed:
    """Call ``model`` with placeholders, until no layer is without weights or both ways of calling have succeeded."""
    if not callable(getattr(model, "call", None)):
        return Completed("it is a module without the `call` of a Keras model")
    called = _was_called(model)
    _settle_weightless(model)
    if called and not gaps(model):
        return Completed()
    has_modes = "training" in inspect.signature(model.call).parameters
    # In training a detector does not choose among boxes.
    left: list[bool | None] = [True, False] if has_modes else [None]
    failure = "nothing tells what it takes"
    for inputs in _inputs(task, model):
        for training in list(left):
            try:
                _call(model, inputs(), training)
            except Exception as error:  # noqa: BLE001 - any code of the package, called as it may not be meant to be
                failure = reason(error)
                continue
            called = True
            left.remove(training)
            if not left or not gaps(model):
                return Completed(settled=not left)
    return Completed("" if called else failure)


def _settle_weightless(model: Any) -> None:
    for layer in getattr(model, "submodules", ()):
        cls = type(layer)
        if cls.__name__ in WEIGHTLESS and cls.__module__.partition(".")[0] == PACKAGE:
            layer.built = True


def _was_called(model: Any) -> bool:
    """Whether it is a graph of layers, or was called with placeholders while it was made."""
    return bool(getattr(model, "_is_graph_network", False) or getattr(model, "_inbound_nodes", None))


def gaps(model: Any) -> int:
    """How many layers are without weights that they may still get."""
    adapter = adapter_for(model)
    return 0 if adapter is None else sum(1 for spot in grow(adapter, model).all() if spot.gap)


def _call(model: Any, inputs: Any, training: bool | None) -> None:
    more = _more(model, inputs, bool(training))
    model(inputs, **more) if training is None else model(inputs, training=training, **more)


def _more(model: Any, image: Any, training: bool) -> dict[str, Any]:
    """What a detector wants to know of an image, by the names that the package has for it: in training, the truth."""
    shape = getattr(image, "shape", ())
    if len(shape) != IMAGE_RANK:
        return {}
    known = {
        "image_shape": (2,), "gt_boxes": (BOXES, 4), "gt_classes": (BOXES,), "gt_masks": (BOXES, *shape[1:3]),
    }  # fmt: skip
    types = {"gt_classes": "int32"}
    takes = inspect.signature(model.call).parameters
    return {
        name: _placeholder(size, types.get(name, "float32"))
        for name, size in known.items()
        if name in takes and (training or takes[name].default is inspect.Parameter.empty)
    }


def _placeholder(shape: Any, dtype: str = "float32") -> Any:
    """One of a fixed batch: parts of detectors ask how many images there are."""
    return importlib.import_module("tf_keras").Input(tuple(shape), batch_size=2, dtype=dtype)


def _inputs(task: Any, model: Any) -> Iterator[Callable[[], Any]]:
    """Ways to come by placeholders of what the model takes, the most certain first."""
    if _or_none(lambda: model.inputs):
        yield lambda: model.inputs
    size = getattr(getattr(task.task_config, "model", None), "input_size", None)
    if size:
        yield lambda: _placeholder(size)
    yield lambda: _like_data(task)


def _or_none(value: Callable[[], Any]) -> Any:
    try:
        return value()
    except Exception:  # noqa: BLE001 - a property of the package
        return None


def _like_data(task: Any) -> Any:
    """What the task's own stand-in for data gives: no file is read for it."""
    data = task.task_config.train_data
    fields = data.as_dict() if data is not None else {}
    # The name of a public data set would have it downloaded.
    replaced = {name: value for name, value in (("input_path", "dummy"), ("tfds_name", "")) if name in fields}
    if replaced:
        data = data.replace(**replaced)
    spec = task.build_inputs(data).element_spec
    features = spec[0] if isinstance(spec, tuple) else spec
    keras, tensorflow = importlib.import_module("tf_keras"), importlib.import_module("tensorflow")
    return tensorflow.nest.map_structure(lambda one: keras.Input(batch_shape=one.shape, dtype=one.dtype), features)
