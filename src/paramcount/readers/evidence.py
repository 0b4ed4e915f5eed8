"""The optimizer as a witness: it keeps slots for the variables that trained, in their shapes.

Where the config leaves the role of a tensor open (a custom layer, a subclassed model), the slots stored beside it
can settle the matter; where the config is clear, they can contradict it.
"""

from __future__ import annotations

from paramcount.model import PARAMETER_ROLES, Finding, Layer, Role, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from paramcount.model import Shape

SLOTS_OF: dict[str, int] = {
    "adam": 2, "adamw": 2, "nadam": 2, "adamax": 2, "rmsprop": 1, "adagrad": 1, "adadelta": 2, "ftrl": 2,
    "lion": 1, "lamb": 2, "sgd": 1,
}  # fmt: skip
"""Slots that an optimizer keeps for each trainable variable; those with irregular slots are left out."""

PROVED = "the optimizer in the file keeps slots for it"
DISPROVED = "the optimizer in the file keeps no slot for it"


def slots_per_variable(name: str, options: Mapping[str, Any]) -> int:
    """Slots for each trainable variable; 0 when it cannot be told.

    Args:
        name: class or name of the optimizer, such as ``Adam`` or ``adam``.
        options: its config, which turns further slots on.
    """
    plain = name.lower().rstrip("_0123456789")
    count = SLOTS_OF.get(plain, 0)
    if plain == "sgd":
        count = 1 if options.get("momentum") else 0
    if plain == "rmsprop":
        count += bool(options.get("momentum")) + bool(options.get("centered"))
    if count:
        count += bool(options.get("amsgrad")) + bool(options.get("use_ema"))
        count += bool(options.get("gradient_accumulation_steps"))
    return count


class Testimony:
    """How many trainable tensors of each shape the optimizer has served."""

    def __init__(self, slots: Iterable[Shape | None], per_variable: int) -> None:
        counts: dict[Shape, int] = {}
        for shape in slots:
            # Scalars are step counters and learning rates as well as slots, so they prove nothing.
            if shape:
                counts[shape] = counts.get(shape, 0) + 1
        self.usable = bool(counts) and per_variable > 0 and all(n % per_variable == 0 for n in counts.values())
        self.counts = {shape: n // per_variable for shape, n in counts.items()} if self.usable else {}


def settle(root: Layer, testimony: Testimony) -> tuple[Layer, list[Finding]]:
    """Give undetermined variables the role that the slots prove, and report what contradicts the flags."""
    if not testimony.usable:
        return root, []
    unique: dict[str, Variable] = {}
    for variable in _variables(root):
        if variable.role in PARAMETER_ROLES and variable.shape:
            unique.setdefault(variable.key, variable)
    trainable = _by_shape(v for v in unique.values() if v.role is Role.TRAINABLE)
    open_ = _by_shape(v for v in unique.values() if v.role is Role.UNDETERMINED)
    shapes = {*testimony.counts, *trainable}
    consistent = all(
        len(trainable.get(s, ())) <= testimony.counts.get(s, 0) <= len(trainable.get(s, ())) + len(open_.get(s, ()))
        for s in shapes
    )
    if not consistent:
        return root, [_contradiction(testimony, trainable)] if not open_ else []
    proved: dict[str, bool] = {}
    for shape, variables in open_.items():
        served = testimony.counts.get(shape, 0) - len(trainable.get(shape, ()))
        # Keras stores a layer's trainable variables first, so within one layer their number tells which they are.
        one_layer = len({variable.path.rpartition("/")[0] for variable in variables}) == 1
        if served in (0, len(variables)) or one_layer:
            proved.update((variable.key, index < served) for index, variable in enumerate(variables))
    return (_apply(root, proved), [_said(proved)]) if proved else (root, [])


def _variables(layer: Layer) -> Iterable[Variable]:
    stack = [layer]
    while stack:
        current = stack.pop()
        yield from current.variables
        stack.extend(reversed(current.children))


def _by_shape(variables: Iterable[Variable]) -> dict[Shape, list[Variable]]:
    found: dict[Shape, list[Variable]] = {}
    for variable in variables:
        if variable.shape is not None:
            found.setdefault(variable.shape, []).append(variable)
    return found


def _apply(layer: Layer, proved: dict[str, bool]) -> Layer:
    variables = tuple(_judged(variable, proved) for variable in layer.variables)
    return layer._replace(variables=variables, children=tuple(_apply(child, proved) for child in layer.children))


def _judged(variable: Variable, proved: dict[str, bool]) -> Variable:
    trains = proved.get(variable.key)
    if trains is None or variable.role is not Role.UNDETERMINED:
        return variable
    if trains:
        return variable._replace(role=Role.TRAINABLE, reason=PROVED)
    return variable._replace(role=Role.STATE, reason=DISPROVED)


def _said(proved: dict[str, bool]) -> Finding:
    trained = sum(proved.values())
    return Finding(
        "split-proved-by-optimizer",
        "info",
        "",
        f"The config does not say which of {len(proved)} tensors train; the optimizer's slots in the same file do: "
        f"{trained} trained, {len(proved) - trained} did not.",
    )


def _contradiction(testimony: Testimony, trainable: dict[Shape, list[Variable]]) -> Finding:
    flagged = sum(len(variables) for variables in trainable.values())
    return Finding(
        "optimizer-contradicts-flags",
        "warning",
        "",
        f"The trainable flags leave {flagged} tensors to train, but the optimizer keeps slots for "
        f"{sum(testimony.counts.values())}: a flag was changed after the model was compiled.",
        "Compile the model again after changing `trainable`; the numbers here follow the flags.",
    )
