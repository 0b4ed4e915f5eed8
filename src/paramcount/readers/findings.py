"""What a reader tells the user beside the numbers: how a number came about, and what loading would change."""

from __future__ import annotations

from paramcount.count import layers_of, variables_of
from paramcount.model import PARAMETER_ROLES, Finding, Role

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paramcount.architecture.node import Node
    from paramcount.model import Layer, Variable
    from paramcount.readers.matching import Place

NOT_SAID = "the file does not say whether it trains"
NO_CONFIG = "a weights file does not say what trains"
NOT_BUILT = "not built when it was saved"
"""Reasons why it is open whether a variable trains, and why a layer has none."""
PROVED = "the optimizer in the file keeps slots for it"
"""Why a variable trains of which no flag says so."""

WEIGHTS_ONLY = Finding(
    "weights-only",
    "info",
    "",
    "A weights file holds no config: the total is exact, but what trains is not in the file.",
    "Count the .keras or .h5 file of the whole model, or the model in memory, for the split.",
)


def of_sharing(root: Place, guessed: Iterable[Place]) -> list[Finding]:
    """A layer in several places is stored once; where the config has no ids, that rests on its name."""
    by_name = {id(place) for place in guessed}
    inside = {id(child) for place in root.walk() if place.shares is not None for child in place.children}
    found = []
    for place in root.walk():
        twin = place.shares
        if twin is None or (place.node is not None and place.node.part):
            continue
        if id(place) in by_name:
            message = (
                f"Nothing is stored for this layer, and {twin.path} has the same name, class and options: "
                "both are taken to be one shared layer."
            )
            found.append(Finding("shared-by-name", "warning", place.path, message, "Check that they are one layer."))
        elif id(place) not in inside:
            message = f"This layer is {twin.path} once more: its tensors are stored and counted once."
            found.append(Finding("shared-layer", "info", place.path, message))
    return found


def of_custom(custom: Mapping[str, str], root: Layer) -> list[Finding]:
    """Layers that are not Keras's own are counted from what is stored; which of it trains may be open."""
    layers = {layer.path: layer for layer in layers_of(root)}
    found = []
    for path, class_name in custom.items():
        open_ = [v for v in layers[path].variables if v.role is Role.UNDETERMINED]
        message = f"{class_name} is not a layer of Keras: its parameters are counted from the stored tensors."
        if open_:
            message += " The file does not say which of them train."
        severity = "warning" if open_ else "info"
        advice = "Count the model in memory with paramcount.count(model) for the exact split." if open_ else ""
        found.append(Finding("custom-layer", severity, path, message, advice))
    return found


def of_loading(node: Node, root: Layer, every_level: bool) -> list[Finding]:
    """What `keras.models.load_model` would show otherwise than the file says."""
    if every_level:
        return []
    from paramcount.layers.table import MULTI_HEAD

    found = []
    if node.class_name == "Sequential" and node.trainable is False and _any_unfrozen(node):
        message = (
            "The file says trainable=False for this Sequential, so nothing trains. "
            "Keras drops that flag when it loads a Sequential: the layers whose own flag is True will train again."
        )
        advice = "Set `model.trainable = False` again after loading."
        found.append(Finding("sequential-flag-lost-on-load", "warning", "", message, advice))
    for layer in layers_of(root):
        # Keras 3 makes the parts of these layers after it has set the flag, so that a loaded one trains again.
        if layer.class_name in MULTI_HEAD and any(v.role is Role.FROZEN for v in variables_of(layer)):
            message = (
                f"The file says that this {layer.class_name} is frozen. "
                "Keras 3 loses that when it loads the layer: all its weights will train again."
            )
            advice = "Set `trainable = False` on the layer again after loading."
            found.append(Finding("attention-freeze-lost-on-load", "warning", layer.path, message, advice))
    return found


def of_special(root: Layer) -> list[Finding]:
    """Adapters that are not stored, tensors stored twice, and packed weights."""
    variables = list(variables_of(root))
    found = of_building(root) + _implied(variables) + _zero_points(variables)
    return found + _stored_twice(variables) + _quantized(variables)


def of_building(root: Layer) -> list[Finding]:
    """Layers that own weights once they are built, and store none."""
    missing = [layer.path for layer in layers_of(root) if layer.unknown]
    if not missing:
        return []
    named = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
    message = f"The model was saved before it was built: {plural(len(missing), 'layer')} without weights ({named})."
    advice = "Call the model on data and save it again, or count the model in memory with `input_shape`."
    return [Finding("not-built", "warning", missing[0] if len(missing) == 1 else "", message, advice)]


def plural(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _any_unfrozen(node: Node) -> bool:
    return any(child.trainable is not False and not child.operation for child in node.children)


def _implied(variables: list[Variable]) -> list[Finding]:
    implied = {v.key: v for v in variables if v.implied and v.role is not Role.STATE}
    if not implied:
        return []
    size = sum(v.parameters or 0 for v in implied.values())
    message = (
        f"{plural(len(implied), 'LoRA adapter')} with {size:,} parameters in all: the file does not store them, but "
        "loading makes them, because Keras merges adapters into the kernels when it saves.  They are counted."
    )
    return [Finding("lora-adapters-implied", "info", "", message)]


def _zero_points(variables: list[Variable]) -> list[Finding]:
    missing = {v.key: v for v in variables if v.implied and v.role is Role.STATE}
    if not missing:
        return []
    size = sum(v.parameters or 0 for v in missing.values())
    message = (
        f"{plural(len(missing), 'tensor')} of quantization zero points, {size:,} elements, belong to the model but are "
        "not in the file: Keras 3.15 leaves them out when it saves GPTQ or AWQ layers.  They are counted."
    )
    advice = "Keras cannot load such a file: save the model as .h5 too."
    return [Finding("zero-points-not-stored", "warning", "", message, advice)]


def _stored_twice(variables: list[Variable]) -> list[Finding]:
    stored = [v for v in variables if v.stored_at]
    if len({v.stored_at for v in stored}) == len({v.key for v in stored}):
        return []
    places: dict[str, dict[str, Variable]] = {}
    for variable in stored:
        if variable.role in PARAMETER_ROLES:
            places.setdefault(variable.key, {})[variable.stored_at] = variable
    twice = [found for found in places.values() if len(found) > 1]
    if not twice:
        return []
    extra = sum(sum(v.parameters or 0 for v in list(found.values())[1:]) for found in twice)
    message = (
        f"{plural(len(twice), 'tensor')} stored more than once and counted once: "
        f"the file holds {extra:,} elements more than the model has."
    )
    return [Finding("stored-twice", "info", "", message)]


def _quantized(variables: list[Variable]) -> list[Finding]:
    marked = {v.key: v for v in variables if v.logical is not None}
    if not marked:
        return []
    unique = {v.key: v for v in variables if v.role in PARAMETER_ROLES}
    stored = sum(v.parameters or 0 for v in unique.values())
    logical = sum((v.parameters or 0) if v.logical is None else v.logical for v in unique.values())
    message = (
        f"The model is quantized: it stores {stored:,} elements, scales included and packed weights as they are "
        f"packed, which is what Keras counts; they stand for {logical:,} parameters."
    )
    return [Finding("quantized", "info", "", message)]
