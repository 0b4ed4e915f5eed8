"""Objects in memory to ``Model``.

Each object is read by the adapter of its own framework, which is chosen by the classes that it derives from, and so
only when that framework is imported already.  Nothing here imports a framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.errors import UnsupportedObject
from paramcount.live import findings, lies, roots
from paramcount.live.adapter import Adapter, Held, Weights, identity
from paramcount.live.building import build
from paramcount.live.choice import adapter_for
from paramcount.live.roles import Places, to_layer
from paramcount.live.tree import Names, Spot, grow
from paramcount.model import Model, Source, Variable, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.model import Shapes

__all__ = ["adapter_for", "inspect"]


def inspect(model: object, input_shape: Shapes = None) -> Model:
    """The facts of an object in memory: a Keras model or layer, or what TensorFlow tracks variables in.

    Args:
        model: the object; it is left as it is.  Besides models, layers and modules it may be a variable, a function
            of TensorFlow, or a list, tuple or dict of any of these.
        input_shape: shape of the input, for a model that is not built; see ``paramcount.count``.  The shape of a
            model that is completely built is fixed already: then this is not looked at.

    Raises:
        UnsupportedObject: when the object is of no class that is known here.
        CannotBuild: when ``input_shape`` is given and the model cannot be built for it.

    Example:
        >>> inspect(keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])).root.children[0].name
        'dense'
    """
    model, adapter = roots.recognized(model)
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


def _qualified(cls: type) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _facts(adapter: Adapter, root: Spot) -> Model:
    """Everything there is to say about a tree."""
    model = root.layer
    disagreements = []
    places = Places(root)
    trainable = places.trainable()
    # The framework's own lists are the second witness, and the one that its users compare with.
    answer = adapter.answer(model)
    if answer is not None:
        ours = {key for key, found in places.of.items() if all(held.role is None for _, _, held in found)}
        theirs = {identity(variable) for variable in answer.every} - (places.of.keys() - ours)
        if theirs != ours - places.unseen().keys():
            disagreements.append(findings.disagreement("weight", len(ours), len(theirs), "every tensor is counted"))
            _add_missing(root, places, answer)
        theirs = {identity(variable) for variable in answer.trainable}
        if theirs != trainable:
            used = "the model's list is used"
            disagreements.append(findings.disagreement("trainable", len(trainable), len(theirs), used))
            trainable = theirs
    found = [*findings.not_built(root), *adapter.findings(root, trainable), *lies.below(root, trainable)]
    others = tuple(_others(root, places))
    has_rows = adapter.has_rows(root)
    layer = to_layer(root if has_rows else _above(root), trainable, "" if has_rows else "Layer")
    return Model(layer, _source(adapter, model), others, (*found, *disagreements))


def _others(root: Spot, places: Places) -> Iterator[Variable]:
    """What is held beside the parameters: by the root, and by everything that stands in an object of TensorFlow."""
    yield from root.adapter.others(root.layer)
    names, known = Names(), set(places.of)
    for spot in root.all():
        for name, role, variable in spot.adapter.aside(spot.layer):
            if identity(variable) not in known:
                known.add(identity(variable))
                path = names.unique(joined(spot.path, name))
                yield Variable(path, *spot.adapter.describe(variable), role)
        if spot.parent is not None and spot.parent.adapter.framework == "tensorflow":
            for one in spot.adapter.others(spot.layer):
                yield one._replace(path=names.unique(joined(spot.path, one.path)))


def _add_missing(root: Spot, places: Places, answer: Weights) -> None:
    """Give the root those weights that the framework lists and no layer holds."""
    names = Names()
    trainable = {identity(variable) for variable in answer.trainable}
    missing = [variable for variable in answer.every if identity(variable) not in places.of]
    for variable in missing:
        trains = identity(variable) in trainable
        name = str(getattr(variable, "name", "") or type(variable).__name__)
        held = Held(variable, name, trains, trains, "" if trains else "listed by the model itself")
        root.held.append((names.unique(f"(model)/{name}"), held))


def _above(root: Spot) -> Spot:
    """A root for a layer that is counted on its own, so that it is the one row of the report."""
    top = Spot(root.layer, root.name, None, "", root.adapter)
    top.flag = True
    top.children.append(root)
    for spot in root.all():
        spot.path = f"{root.name}/{spot.path}" if spot.path else root.name
        spot.held = [(f"{root.name}/{path}", held) for path, held in spot.held]
    root.parent = top
    return top


def _source(adapter: Adapter, model: Any) -> Source:
    title = f"{adapter.title} {adapter.version} {adapter.kind(model)} in memory"
    return Source(type(model).__name__, "live", title, adapter.framework, adapter.version)
