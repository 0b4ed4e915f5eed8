"""Objects in memory to ``Model``.

An adapter is chosen by the classes that the object derives from, and so only when its framework is imported
already.  Nothing here imports a framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.errors import UnsupportedObject
from paramcount.live import findings
from paramcount.live.adapter import Adapter, Held, Weights
from paramcount.live.building import build
from paramcount.live.roles import Places, to_layer
from paramcount.live.tree import Names, Spot, grow
from paramcount.model import Model, Source

if TYPE_CHECKING:
    from paramcount.model import Shapes

KERAS_3 = ("keras.src.layers.layer",)
"""Modules that define ``Layer`` in Keras 3."""
KERAS_2 = ("engine.base_layer", "engine.base_layer_v1")
"""Ends of the modules that define ``Layer`` in tf_keras, in Keras 2 and in TensorFlow before 2.6."""


def inspect(model: object, input_shape: Shapes = None) -> Model:
    """The facts of a Keras model or layer in memory.

    Args:
        model: the object; it is left as it is.
        input_shape: shape of the input, for a model that is not built; see ``paramcount.count``.  The shape of a
            model that is completely built is fixed already: then this is not looked at.

    Raises:
        UnsupportedObject: when the object is of no class that is known here.
        CannotBuild: when ``input_shape`` is given and the model cannot be built for it.

    Example:
        >>> inspect(keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])).root.children[0].name
        'dense'
    """
    adapter = adapter_for(model)
    if adapter is None:
        raise UnsupportedObject(
            "this object is no model that paramcount knows", found=f"an object of class {_qualified(type(model))}"
        )
    root = grow(adapter, model)
    gaps = sum(1 for spot in root.all() if spot.gap)
    if input_shape is None or not gaps:
        return _facts(adapter, root)

    def survey(has_run: bool) -> Model | None:
        built = grow(adapter, model)
        left = sum(1 for spot in built.all() if spot.gap)
        return None if built.gap or (left >= gaps and not has_run) else _facts(adapter, built)

    return build(adapter, model, input_shape, survey)


def adapter_for(model: object) -> Adapter | None:
    """The adapter of the framework whose layer class the object derives from; None when there is none."""
    for cls in type(model).__mro__:
        if cls.__name__ == "Metric":
            return None  # In tf_keras metrics are layers too, but nobody means them as models.
        if cls.__name__ != "Layer":
            continue
        if cls.__module__ in KERAS_3:
            from paramcount.live.keras3 import Keras3

            return Keras3(cls)
        if cls.__module__.endswith(KERAS_2):
            from paramcount.live.tf_keras import TfKeras

            return TfKeras(cls)
    return None


def _qualified(cls: type) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _facts(adapter: Adapter, root: Spot) -> Model:
    """Everything there is to say about a tree."""
    model = root.layer
    disagreements = []
    places = Places(adapter, root)
    trainable = places.trainable()
    # The framework's own lists are the second witness, and the one that its users compare with.
    answer = adapter.answer(model)
    if answer is not None:
        ours = {key for key, found in places.of.items() if all(held.role is None for _, _, held in found)}
        theirs = {id(variable) for variable in answer.every} - (places.of.keys() - ours)
        if theirs != ours:
            disagreements.append(findings.disagreement("weight", len(ours), len(theirs), "every tensor is counted"))
            _add_missing(root, places, answer)
        theirs = {id(variable) for variable in answer.trainable}
        if theirs != trainable:
            used = "the model's list is used"
            disagreements.append(findings.disagreement("trainable", len(trainable), len(theirs), used))
            trainable = theirs
    is_model = adapter.is_model(model)
    layer = to_layer(adapter, root if is_model else _above(root), trainable, "" if is_model else "Layer")
    found = [*findings.not_built(root), *adapter.findings(root, trainable), *disagreements]
    return Model(layer, _source(adapter, model, is_model), tuple(adapter.others(model)), tuple(found))


def _add_missing(root: Spot, places: Places, answer: Weights) -> None:
    """Give the root those weights that the framework lists and no layer holds."""
    names = Names()
    trainable = {id(variable) for variable in answer.trainable}
    missing = [variable for variable in answer.every if id(variable) not in places.of]
    for variable in missing:
        trains = id(variable) in trainable
        name = str(getattr(variable, "name", "") or type(variable).__name__)
        held = Held(variable, name, trains, trains, "" if trains else "listed by the model itself")
        root.held.append((names.unique(f"(model)/{name}"), held))


def _above(root: Spot) -> Spot:
    """A root for a layer that is counted on its own, so that it is the one row of the report."""
    top = Spot(root.layer, root.name, None, "")
    top.flag = True
    top.children.append(root)
    for spot in root.all():
        spot.path = f"{root.name}/{spot.path}" if spot.path else root.name
        spot.held = [(f"{root.name}/{path}", held) for path, held in spot.held]
    root.parent = top
    return top


def _source(adapter: Adapter, model: Any, is_model: bool) -> Source:
    kind = "model" if is_model else "layer"
    title = f"{adapter.title} {adapter.version} {kind} in memory"
    return Source(type(model).__name__, "live", title, adapter.framework, adapter.version)
