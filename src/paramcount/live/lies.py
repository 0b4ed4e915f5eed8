"""Where the obvious attribute of an object in memory says something else than what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramcount.live import trackables
from paramcount.live.adapter import identity
from paramcount.live.findings import amount
from paramcount.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.tree import Spot


def attributes(root: Spot, trainable: set[int]) -> Iterator[Finding]:  # noqa: ARG001 - the signature of `findings`
    """``variables`` of an object that is no layer: missing, too few, or more than the parameters."""
    if isinstance(root.layer, trackables.Bundle):
        return
    there = _parameters(root)
    total = trackables.size(there.values())
    if not there:
        return
    try:
        listed = [one for one in root.layer.variables if trackables.kind_of(one) == trackables.VARIABLE]
    except AttributeError:
        yield Finding(
            "variables-attribute-differs",
            "info",
            "",
            f"This object has no attribute `variables`, as code that counts by it finds out; it holds "
            f"{amount(total, 'parameter')} in {amount(len(there), 'variable')} all the same.",
        )
        return
    except Exception:  # noqa: BLE001 - the property may be any code
        return
    number = trackables.size(listed)
    ids = set(map(identity, listed))
    missing = [one for key, one in there.items() if key not in ids]
    if missing:
        yield Finding(
            "variables-attribute-differs",
            "warning",
            "",
            f"`variables` lists {amount(number, 'value')} in {amount(len(ids), 'variable')}, and leaves out "
            f"{amount(trackables.size(missing), 'parameter')} of {total:,}: {_why_missing(root)}.",
            "An optimizer that is given the `trainable_variables` of this object does not train them either."
            if hasattr(root.layer, "trainable_variables")
            else "",
        )
    elif number != total:
        yield Finding(
            "variables-attribute-differs",
            "info",
            "",
            f"`variables` lists {amount(number, 'value')}; {number - total:,} of them are no parameters, such as "
            "counters and random states.",
        )


def _why_missing(root: Spot) -> str:
    if trackables.is_tf_module(root.layer):
        return "a tf.Module does not look into objects that are no tf.Module, such as loaded ones and layers of Keras 3"
    if hasattr(root.layer, "graph"):
        return "loading makes no objects of reference variables, which TensorFlow 1 keeps in the graph alone"
    return "the list was made without them"


def below(root: Spot, trainable: set[int]) -> Iterator[Finding]:
    """What is to be said of objects and wrappers anywhere in the tree."""
    yield from nothing(root)
    yield from overlooked(root)
    yield from copies(root)
    yield from flags_say_trainable(root, trainable)


def nothing(root: Spot) -> Iterator[Finding]:
    """Objects of TensorFlow of which no variables are known."""
    for spot in root.all():
        if spot.gap and spot.adapter.framework == "tensorflow":
            yield Finding(
                "no-variables",
                "warning",
                spot.path,
                f"Nothing is known of the parameters of this {spot.adapter.kind(spot.layer)}: {spot.gap}.",
                "Call it once on data of the right shape and count again; or count the model that it was made from.",
            )


def copies(root: Spot) -> Iterator[Finding]:
    """Exports of Keras 3 that hold every variable twice."""
    for spot in root.all():
        twice = spot.lists.copies if spot.lists is not None else ()
        if twice:
            yield Finding(
                "export-doubles-variables",
                "info",
                spot.path,
                f"The export holds {amount(len(twice), 'variable')} with {amount(trackables.size(twice), 'value')} a "
                "second time, in `_all_variables`: each is counted once.",
            )


def overlooked(root: Spot) -> Iterator[Finding]:
    """Layers that list fewer parameters than what they hold has."""
    for spot in root.all():
        above = spot.parent
        if not spot.overlooked or above is None:
            continue
        there = _parameters(spot)
        missing = trackables.size(one for key, one in there.items() if key in spot.overlooked)
        if not missing:
            continue
        total = trackables.size(there.values())
        message = (
            f"Keras counts {amount(total - missing, 'parameter')} of the {total:,} that are here: "
            f"{above.adapter.overlooks}. All are counted here, and the others do not train."
        )
        if above.adapter.wraps:
            advice = "Have the module list them in `variables` and `trainable_variables` if they are meant to train."
            yield Finding("hub-layer-misses-variables", "warning", above.path, message, advice)
        else:
            advice = "Hold it in a layer that adds its variables as weights, if they are meant to train."
            yield Finding("keras-misses-variables", "warning", spot.path, message, advice)


def flags_say_trainable(root: Spot, trainable: set[int]) -> Iterator[Finding]:
    """Frozen wrappers below which every variable says of itself that it trains."""
    for spot in root.all():
        beyond = spot.parent is not None and spot.parent.adapter.framework == "tensorflow"
        if spot.flag is not False or not (spot.adapter.wraps or (beyond and spot.adapter.every_level)):
            continue
        unseen = {key for place in spot.all() for key in place.overlooked}
        frozen = [one for key, one in _parameters(spot).items() if key not in trainable | unseen]
        saying = [one for one in frozen if getattr(one, "trainable", False)]
        if saying:
            yield Finding(
                "flags-say-trainable",
                "info",
                spot.path,
                f"{amount(len(saying), 'variable')} of this layer with {amount(trackables.size(saying), 'parameter')} "
                f"{'says' if len(saying) == 1 else 'say'} trainable=True, yet none of it trains: the flag of the "
                f"{spot.class_name} is False, and only Keras asks that.",
                "Count what trains by `layer.trainable_weights`, not by the flags of the variables.",
            )


def _parameters(spot: Spot) -> dict[int, object]:
    """Identity to variable, of all parameters at and below a place."""
    return {
        identity(held.variable): held.variable for place in spot.all() for _, held in place.held if held.role is None
    }
