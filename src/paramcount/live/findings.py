"""What the user should know about a live model."""

from __future__ import annotations

import sys
from math import prod
from typing import TYPE_CHECKING, Any

from paramcount.live.adapter import identity
from paramcount.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.live.tree import Spot


def not_built(root: Spot) -> Iterator[Finding]:
    """Layers whose weights do not exist yet."""
    gaps = [spot for spot in root.all() if spot.gap and spot.adapter.framework != "tensorflow"]
    if not gaps:
        return
    named = ", ".join(spot.path or spot.name for spot in gaps[:5]) + (", …" if len(gaps) > 5 else "")
    some = any(held.role is None for spot in root.all() for _, held in spot.held)
    yield Finding(
        "not-built",
        "warning",
        gaps[0].path if len(gaps) == 1 else "",
        f"The model is {'only partly' if some else 'not'} built: {amount(len(gaps), 'layer')} "
        f"without weights ({named}).",
        "Call the model on data first, or give `input_shape`; a layer that is never called stays without weights.",
    )


def raw_variables(root: Spot) -> Iterator[Finding]:
    """``tf.Variable`` objects held as attributes: Keras 3 neither counts, trains nor saves them."""
    kind = getattr(sys.modules.get("tensorflow"), "Variable", None)
    if not isinstance(kind, type):
        return
    counted = {identity(held.variable) for spot in root.all() for _, held in spot.held}
    layers = [spot for spot in root.all() if spot.adapter.framework == "keras"]
    for spot in layers:
        for name, value in vars(spot.layer).items():
            raw = _raw(value, kind) if not name.startswith("_self_") else []
            for variable in [one for one in raw if identity(one) not in counted]:
                yield Finding(
                    "raw-variable-ignored",
                    "warning",
                    f"{spot.path}/{name}" if spot.path else name,
                    f"Keras 3 ignores the tf.Variable `{name}` {tuple(variable.shape)} with "
                    f"{prod(size or 0 for size in variable.shape):,} values: it is in no total, and does not train.",
                    "Create it with `add_weight` or as a `keras.Variable`.",
                )


def _raw(value: Any, kind: type) -> list[Any]:
    if isinstance(value, kind):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [entry for entry in value if isinstance(entry, kind)] if isinstance(value, (list, tuple)) else []


def trains_despite_flag(root: Spot, trainable: set[int]) -> Iterator[Finding]:
    """Layers whose ``trainable=False`` does not keep everything below them from training."""
    for spot in root.all():
        if spot.flag is not False or any(place.flag is False for place in list(spot.upwards())[1:]):
            continue
        training = {identity(held.variable): held for below in spot.all() for _, held in below.held}
        number = sum(prod(held.variable.shape) for key, held in training.items() if key in trainable)
        if number:
            yield Finding(
                "trains-despite-flag",
                "warning",
                spot.path,
                f"This layer has trainable=False, yet {number:,} parameters of it train: layers below it were "
                "created or switched on later, and Keras 3 asks only them.",
                "Set `trainable = False` on it once more if they are not meant to train.",
            )


def optimizer(slots: int, slots_for: set[Any], trainable: set[Any]) -> Iterator[Finding]:
    """An optimizer that was built for other variables than those that train now."""
    if slots_for == trainable:
        return
    yield Finding(
        "optimizer-contradicts-flags",
        "warning",
        "",
        f"The optimizer was built for {amount(slots, 'trainable tensor')}, and {amount(len(trainable), 'tensor')} "
        "train as things are now: flags or layers were changed after compile.",
        "Compile the model again, so that training follows the flags.",
    )


def summary_adds_optimizer(variables: list[Any]) -> Iterator[Finding]:
    """Once an optimizer is built, Keras's own summary adds its variables to the total."""
    number = sum(prod(variable.shape) for variable in variables)
    yield Finding(
        "summary-adds-optimizer",
        "info",
        "",
        f"The total of Keras's `summary()` is {number:,} higher: it adds the variables of the optimizer.",
    )


def disagreement(what: str, ours: int, theirs: int, consequence: str) -> Finding:
    """Two ways to count that should agree do not."""
    return Finding(
        "counts-disagree",
        "warning",
        "",
        f"The model itself lists {amount(theirs, f'{what} tensor')}, its layers hold {ours:,}; {consequence}.",
        "Check that the model is meant to override how its weights are listed.",
    )


def amount(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
