"""The model that a config alone describes: every variable that Keras would create, from the layers' own rules."""

from __future__ import annotations

from paramcount.architecture import flags
from paramcount.architecture.infer import infer
from paramcount.architecture.parse import parse_config
from paramcount.architecture.running import is_operation
from paramcount.architecture.shapes import written
from paramcount.architecture.slots import as_held_below, role_of, slots_for
from paramcount.count import variables_of
from paramcount.formula import INPUT
from paramcount.layers.given import first_shape, is_shape
from paramcount.layers.table import MODELS
from paramcount.model import Finding, Layer, Model, Role, Source, Variable, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from paramcount.architecture.flags import Freeze
    from paramcount.architecture.node import Node
    from paramcount.layers.slot import Slot
    from paramcount.model import Shape, Shapes

CONFIG_ONLY = Source("", "keras-config", "Keras config", derived=True)
"""The source of a model of which there is nothing but the config."""


def model_of(
    config: object, inputs: Shapes = None, source: Source = CONFIG_ONLY, *, tf_keras: bool = False, where: str = ""
) -> Model:
    """The model of a config, as ``to_json()`` writes it, with the variables that it would have once built.

    Args:
        config: the JSON value.
        inputs: shapes of its inputs, batch axis included, for what is not built and has no input layers.
        source: where the config came from.
        tf_keras: True when Keras 1, Keras 2 or tf_keras wrote it.
        where: the config's place, for error messages.

    Raises:
        ParamcountError: when it is not the config of a model or layer.
    """
    root = parse_config(config, where or source.path or "the config")
    infer(root, tf_keras, inputs)
    return describe(root, source, tf_keras)


def describe(root: Node, source: Source, tf_keras: bool) -> Model:
    """The model of a tree whose shapes are inferred."""
    describer = Describer(tf_keras)
    layer = describer.layer(root, None, "", flags.of_root(root))
    found = (*describer.findings(root), *(_namesakes(layer) if source.format == "keras-config" else ()))
    return Model(layer, source._replace(derived=True), (), found)


MAX_CAUSES = 20
"""Layers for which it is said one by one why they are unknown."""


class Describer:
    """Builds layers, and notes what cannot be known."""

    def __init__(self, tf_keras: bool) -> None:
        self.tf_keras = tf_keras
        self._custom: list[tuple[str, str]] = []
        self._causes: list[tuple[str, str]] = []
        self._broken: list[tuple[str, str]] = []
        self._followers: list[str] = []
        self._lambdas: list[str] = []
        self._paths: dict[int, str] = {}

    def findings(self, root: Node) -> list[Finding]:
        """What cannot be known: the layers where that begins, each with its reason, then those that follow."""
        found = []
        for path, reason in self._custom:
            advice = "Register its formula with paramcount.register_layer, or count the built model."
            found.append(Finding("custom-layer", "warning", path, f"{reason}.", advice))
        for path, reason in self._broken[:MAX_CAUSES]:
            found.append(Finding("size-unknown", "warning", path, f"{reason}.", "Write the config again with Keras."))
        advice = "Give the shape of the model's input with --input-shape, or `input_shape` in Python."
        for path, reason in self._causes[:MAX_CAUSES]:
            found.append(Finding("size-unknown", "warning", path, f"{reason}.", advice))
        if self._lambdas:
            named = ", ".join(self._lambdas[:3]) + (", …" if len(self._lambdas) > 3 else "")
            message = (
                f"The code of a Lambda is not read ({named}).  Keras counts no parameters for one, not even for "
                "variables that its function uses; if it uses any, they are in no count."
            )
            found.append(Finding("lambda-not-read", "info", "", message))
        followers = self._followers
        if followers:
            named = ", ".join(followers[:3]) + (", …" if len(followers) > 3 else "")
            count = "1 layer takes" if len(followers) == 1 else f"{len(followers):,} layers take"
            message = f"{count} in what is not known, so that the parameters are undetermined: {named}."
            origin = _origin(root)
            if origin is not None:
                message += f"  It begins with {origin.name} ({origin.class_name}), whose output no rule gives."
            found.append(Finding("size-unknown", "warning", "", message, "" if origin is not None else advice))
        return found

    def layer(self, node: Node, parent: Node | None, path: str, above: Freeze) -> Layer:
        """One layer with everything below it."""
        freeze = above if parent is None else flags.enter(above, node, parent, path, self.tf_keras)
        self._paths[id(node)] = path
        named = _named(node, path) if node.children else ()
        children = tuple([self.layer(child, node, below, freeze) for child, below in named if not is_operation(child)])
        variables = self._variables(node, path, freeze)
        if node.class_name == "SpectralNormalization":
            variables = as_held_below(variables, children)
        unknown = self._unknown(node, path, variables)
        return Layer(
            node.name, node.class_name, path, variables, children, node.trainable, node.input_shape,
            node.output_shape, unknown,
        )  # fmt: skip

    def _variables(self, node: Node, path: str, freeze: Freeze) -> tuple[Variable, ...]:
        first = self._first(node)
        # What a shared layer is made of, its first place tells, whatever is written at the others.
        source = first or node
        slots = slots_for(source, self.tf_keras)
        if not slots:
            return ()
        owner = path if first is None else self._paths[id(first)]
        dtype = dtype_of(source)
        found = []
        for index, slot in enumerate(slots):
            made = _variable(slot, dtype, path, freeze)
            if source.class_name == "SpectralNormalization" and index == 0 and source.children:
                made = made._replace(storage=joined(joined(owner, source.children[0].name), slot.name))
            elif first is not None:
                made = made._replace(storage=joined(owner, slot.name))
            found.append(made)
        return tuple(found)

    def _first(self, node: Node) -> Node | None:
        """The first place of a shared layer; None for a layer that is met for the first time."""
        first = node.again
        return first if first is not None and id(first) in self._paths and first is not node else None

    def _unknown(self, node: Node, path: str, variables: tuple[Variable, ...]) -> str:
        """Why not everything about the layer is known; empty when it is."""
        if node.class_name == "Lambda":
            self._lambdas.append(path)
        if node.custom and not node.is_model:
            reason = f"{node.class_name} is not a layer of Keras: its own code says what it creates"
            self._custom.append((path, reason))
            return reason
        if node.broken:
            self._broken.append((path, node.broken))
            return node.broken
        open_ = [v for v in variables if v.role is Role.UNDETERMINED]
        if not open_:
            return ""
        reason, follows = _missing(node, open_)
        if follows:
            self._followers.append(path)
        else:
            self._causes.append((path, reason))
        return reason


def _variable(slot: Slot, dtype: str, path: str, freeze: Freeze) -> Variable:
    """The variable of a slot, in a layer that keeps its variables in ``dtype``."""
    name, axes = slot.name, slot.shape
    shape = None if axes is None else tuple([axis.value for axis in axes])
    known = shape is not None and None not in shape
    role, reason = role_of(slot, freeze) if known else (Role.UNDETERMINED, "its size is not known")
    logical = 0 if slot.bookkeeping else None
    # As a tuple, because this runs for every variable, and naming the fields takes longer.
    return Variable._make(
        (joined(path, name), shape, slot.dtype or dtype, role, reason, "", "", False, logical, axes, slot.group)
    )


def _namesakes(root: Layer) -> list[Finding]:
    """Layers alike in two models: ``to_json()`` of Keras does not say whether they are one shared layer."""
    first: set[tuple[str, str, object]] = set()
    twice: dict[str, int] = {}
    for layer in _layers_of_models(root):
        own = [variable for variable in variables_of(layer) if not variable.storage]
        if not own:
            continue
        key = (layer.class_name, layer.name, tuple([(v.name, v.shape) for v in own]))
        if key in first:
            twice[layer.path] = sum([variable.parameters or 0 for variable in own])
        first.add(key)
    if not twice:
        return []
    size = sum(twice.values())
    named = ", ".join(list(twice)[:3]) + (", …" if len(twice) > 3 else "")
    count = "1 layer has" if len(twice) == 1 else f"{len(twice):,} layers have"
    message = (
        f"{count} the name, class and shapes of one in another model ({named}).  A config alone does not say whether "
        "they are shared: each is counted, as Keras makes them when it reads this config."
    )
    advice = f"If they are shared, the total is {size:,} less; the stored model or the model in memory tells."
    return [Finding("same-names", "info", "", message, advice)]


def _layers_of_models(root: Layer) -> Iterator[Layer]:
    """The layers that the model and the models inside it list, without the parts of layers; none in a flat model."""
    if not any(layer.class_name in MODELS for layer in root.children):
        return
    stack = list(reversed(root.children))
    while stack:
        layer = stack.pop()
        if layer.class_name in MODELS:
            stack.extend(reversed(layer.children))
        else:
            yield layer


def _origin(root: Node) -> Node | None:
    """The first layer or operation of which it is not known what it gives out, although it takes something in."""
    for node in root.walk():
        if (
            node is root
            or node.is_model
            or node.part
            or node.class_name == "InputLayer"
            or node.output_shape is not None
        ):
            continue
        if node.input_shape is not None or is_operation(node):
            return node
    return None


def _missing(node: Node, variables: list[Variable]) -> tuple[str, bool]:
    """Which sizes are missing, where they would come from, and whether it is all because of what stands before."""
    axes = [axis for variable in variables for axis in variable.axes or ()]
    symbols = {symbol: None for axis in axes for symbol in axis.unknown()}
    if not symbols:
        return f"no rule gives the size of {', '.join(variable.name for variable in variables)}", False
    options = [symbol.name for symbol in symbols if symbol.kind != INPUT]
    if options:
        return f"its config does not say {' and '.join(options)} as a whole number", False
    words = " and ".join(symbol.name.replace("_", " ") for symbol in symbols)
    taken = first_shape(node.input_shape)
    if taken is None:
        return f"the shape of its input is not known, which gives {words}", True
    return f"the size of {words} is not known: its input is {written(taken)}", False


def dtype_of(node: Node) -> str:
    """The dtype in which a layer keeps its variables; a mixed policy keeps them in float32."""
    policy: Any = node.config.get("dtype")
    for _ in range(3):
        if not isinstance(policy, dict):
            break
        inner: Mapping[str, Any] = policy.get("config") or {}
        policy = inner.get("name") or inner.get("source_name") if isinstance(inner, dict) else None
    if not isinstance(policy, str) or policy.startswith("mixed_"):
        return "float32"
    return policy.rpartition("_from_")[2].removeprefix("mixed_") if "_from_" in policy else policy


def _named(node: Node, path: str) -> list[tuple[Node, str]]:
    """The layers inside with their paths, each of its own."""
    used: dict[str, int] = {}
    found = []
    for child in node.children:
        name = child.name or child.attribute or "layer"
        used[name] = used.get(name, 0) + 1
        own = name if used[name] == 1 else f"{name}#{used[name]}"
        found.append((child, joined(path, own)))
    return found


def batched(inputs: object) -> Shapes:
    """Input shapes as a user gives them, without a batch axis or with None in front, as the layers take them."""
    if inputs is None:
        return None
    if isinstance(inputs, dict):
        return {str(key): batched(value) for key, value in inputs.items()}
    if is_shape(inputs):
        shape: Shape = inputs  # type: ignore[assignment]
        return shape if shape and shape[0] is None else (None, *shape)
    return tuple(batched(value) for value in inputs)  # type: ignore[attr-defined]
