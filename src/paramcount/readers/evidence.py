"""The optimizer as a witness: it keeps slots for the variables that trained, in their shapes.

Where the config leaves the role of a tensor open (a custom layer, a subclassed model), the slots stored beside it
can settle the matter; where the config is clear, they can contradict it.
"""

from __future__ import annotations

from paramcount.count import variables_of
from paramcount.model import Finding, Layer, Role, Variable
from paramcount.readers.findings import PROVED

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

DISPROVED = "tensor that the optimizer in the file keeps no slot for"


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
    """The shapes of the optimizer's slots.

    Args:
        slots: shapes of everything that the optimizer stores.
        per_variable: slots for each trainable variable; 0 when it is not known.
    """

    def __init__(self, slots: Iterable[Shape | None], per_variable: int) -> None:
        self.per_variable = per_variable
        self.counts: dict[Shape, int] = {}
        for shape in slots:
            # Scalars are step counters and learning rates as well as slots, so they prove nothing.
            if shape:
                self.counts[shape] = self.counts.get(shape, 0) + 1

    def served(self, per_variable: int) -> dict[Shape, int] | None:
        """Trainable tensors of each shape, if each has ``per_variable`` slots; None when that cannot be."""
        if not self.counts or any(count % per_variable for count in self.counts.values()):
            return None
        return {shape: count // per_variable for shape, count in self.counts.items()}


def testimony_of(others: Iterable[Variable], name: str, options: object) -> Testimony:
    """What the slots among ``others`` say, for an optimizer of this class or name with these options."""
    per_variable = slots_per_variable(name, options if isinstance(options, dict) else {})
    return Testimony((variable.shape for variable in others if variable.role is Role.OPTIMIZER), per_variable)


def settle(root: Layer, testimony: Testimony) -> tuple[Layer, list[Finding]]:
    """Give undetermined variables the role that the slots prove, and report what contradicts the flags."""
    if not testimony.counts:
        return root, []
    trainable, open_ = _by_role(root, Role.TRAINABLE), _by_role(root, Role.UNDETERMINED)
    if testimony.per_variable:
        served = testimony.served(testimony.per_variable)
        if served is not None and not open_ and not _consistent(served, trainable, open_):
            return root, [_contradiction(served, trainable)]
        readings = [served]
    else:
        readings = [testimony.served(count) for count in range(1, 6)]
    possible = [served for served in readings if served is not None and _consistent(served, trainable, open_)]
    if len(possible) != 1 or not open_:
        return root, []
    proved: dict[str, bool] = {}
    for shape, variables in open_.items():
        trained = possible[0].get(shape, 0) - len(trainable.get(shape, ()))
        # Keras stores a layer's trainable variables first, so within one layer their number tells which they are.
        one_layer = len({variable.path.rpartition("/")[0] for variable in variables}) == 1
        if shape and (trained in (0, len(variables)) or one_layer):
            proved.update((variable.key, index < trained) for index, variable in enumerate(variables))
    return (_apply(root, proved), [_said(proved)]) if proved else (root, [])


def _by_role(root: Layer, role: Role) -> dict[Shape, list[Variable]]:
    """The variables of one role by shape, each tensor once."""
    unique: dict[str, Variable] = {}
    for variable in variables_of(root):
        if variable.role is role and variable.shape is not None:
            unique.setdefault(variable.key, variable)
    found: dict[Shape, list[Variable]] = {}
    for variable in unique.values():
        found.setdefault(variable.shape or (), []).append(variable)
    return found


def _consistent(
    served: dict[Shape, int], trainable: dict[Shape, list[Variable]], open_: dict[Shape, list[Variable]]
) -> bool:
    """Whether the slots serve all tensors that train for sure, and no more than may train."""
    return all(
        len(trainable.get(shape, ()))
        <= served.get(shape, 0)
        <= len(trainable.get(shape, ())) + len(open_.get(shape, ()))
        for shape in {*served, *trainable}
        if shape
    )


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


def _contradiction(served: dict[Shape, int], trainable: dict[Shape, list[Variable]]) -> Finding:
    flagged = sum(len(variables) for shape, variables in trainable.items() if shape)
    return Finding(
        "optimizer-contradicts-flags",
        "warning",
        "",
        f"The trainable flags leave {flagged} tensors to train, but the optimizer keeps slots for "
        f"{sum(served.values())}: a flag was changed after the model was compiled.",
        "Compile the model again after changing `trainable`; the numbers here follow the flags.",
    )
