"""Which adapter reads an object, by the classes that it derives from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramcount.live import trackables

if TYPE_CHECKING:
    from paramcount.live.adapter import Adapter

KERAS_3 = ("keras.src.layers.layer",)
"""Modules that define ``Layer`` in Keras 3."""
KERAS_2 = ("engine.base_layer", "engine.base_layer_v1")
"""Ends of the modules that define ``Layer`` in tf_keras, in Keras 2 and in TensorFlow before 2.6."""
_OF_KERAS = ("checkpoint", "serialized_attributes")
"""Attributes, without their underscores, that tf_keras gives a model for its own use and that lead back to it."""


def adapter_for(model: object) -> Adapter | None:
    """The adapter of the framework whose base class the object derives from; None when there is none."""
    is_hub_layer = False
    for cls in type(model).__mro__:
        if cls.__name__ == "Metric":
            return None  # In tf_keras metrics are layers too, but nobody means them as models.
        is_hub_layer = is_hub_layer or (cls.__module__, cls.__name__) == ("tensorflow_hub.keras_layer", "KerasLayer")
        if cls.__name__ != "Layer":
            continue
        if cls.__module__ in KERAS_3:
            from paramcount.live.keras3 import Keras3

            return Keras3(cls)
        if cls.__module__.endswith(KERAS_2):
            from paramcount.live.hub import HubLayer
            from paramcount.live.tf_keras import TfKeras

            return HubLayer(cls) if is_hub_layer else TfKeras(cls)
    if trackables.kind_of(model) == trackables.MODULE:
        from paramcount.live.tensorflow import TensorFlow

        return TensorFlow(type(model))
    return None


class Choice:
    """The adapters of one tree: one for each class, so that each object is asked only for its class."""

    def __init__(self) -> None:
        self._made: dict[type, Adapter | None] = {}

    def __call__(self, one: object) -> Adapter | None:
        """As ``adapter_for``."""
        cls = type(one)
        if cls not in self._made:
            self._made[cls] = adapter_for(one)
        return self._made[cls]


def others_below(owner: object, framework: str) -> list[tuple[str, object]]:
    """What the attributes of a layer hold that has an adapter, but not that of the layer's own framework."""
    choice = Choice()
    found = []
    for name, value in trackables.edges(owner, asks=False):
        if name.partition("/")[0] in _OF_KERAS:
            continue
        adapter = choice(value) if trackables.kind_of(value) == trackables.MODULE else None
        if adapter is not None and adapter.framework != framework:
            found.append((name, value))
    return found
