"""Keras 3 on any backend.

Keras 3 keeps the variables of a layer in two lists, by the flag they were created with; freezing changes the
variable's own flag and leaves it in its list (``Layer._track_variable`` and ``Layer.trainable`` in
keras/src/layers/layer.py).  That tells a frozen weight from state that was never meant to train.
"""

# ruff: noqa: SLF001 - the lists that Keras keeps are private; no public property tells own variables from others.

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from paramcount.layers.weightless import WEIGHTLESS
from paramcount.live import findings, quantized
from paramcount.live.adapter import (
    NOT_BUILT,
    Adapter,
    Held,
    Weights,
    attribute_holding,
    by_identity,
    defining_class,
    derives,
    from_package,
    identity,
    listed,
    the_only,
)
from paramcount.live.building import DTYPES, arguments, nest
from paramcount.live.choice import others_below
from paramcount.live.reasons import state_reason
from paramcount.live.roles import plain_shape
from paramcount.live.tree import Names
from paramcount.model import Role, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paramcount.live.tree import Spot
    from paramcount.model import Finding, Shapes

_BUILD_ONLY_CHILDREN = {"Sequential", "Functional", "Wrapper", "Bidirectional", "TimeDistributed", "RNN"}
_BUILD_ONLY_CHILDREN |= {"StackedRNNCells", "Pipeline", "AugMix", "RandAugment", "RandomColorJitter"}
"""Classes whose ``build`` creates nothing but what their children own."""
_HOLD_TABLES = {"TextVectorization", "StringLookup", "IntegerLookup"}
"""Classes whose ``build`` creates lookup tables, which Keras 3 does not count."""


class Keras3(Adapter):
    """Reads the objects of Keras 3."""

    framework = "keras"
    title = "Keras"
    overlooks = "Keras 3 lists no variables of what is no layer of its own"

    def is_model(self, layer: Any) -> bool:
        """Whether the class derives from ``keras.Model``."""
        return any(
            cls.__module__ == "keras.src.models.model" and cls.__name__ == "Model" for cls in type(layer).__mro__
        )

    def children(self, layer: Any) -> list[Any]:
        """What Keras tracks as sub-layers; ``Sequential`` hides the input layer that it puts in front."""
        held = by_identity(layer._layers)
        hides_input = derives(layer, "Sequential", self.package) and held and type(held[0]).__name__ == "InputLayer"
        return held[1:] if hides_input else held

    def parts(self, layer: Any) -> list[tuple[str, Any]]:
        """Also the modules of TensorFlow and the layers of tf_keras among the attributes, which Keras 3 passes over."""
        return super().parts(layer) + (others_below(layer, self.framework) if "tensorflow" in sys.modules else [])

    def sees(self, layer: Any, part: Any) -> set[int]:  # noqa: ARG002 - a layer has one list of its own weights
        """What the layer has taken into its own lists, as ``TFSMLayer`` does."""
        return {identity(one) for one in [*layer._trainable_variables, *layer._non_trainable_variables]}

    def held(self, layer: Any) -> list[Held]:
        """The two lists of weights, and the states of the seed generators."""
        found = [self._weight(layer, variable, True) for variable in by_identity(layer._trainable_variables)]
        known = {id(held.variable) for held in found}
        state = [variable for variable in by_identity(layer._non_trainable_variables) if id(variable) not in known]
        found += [self._weight(layer, variable, False) for variable in state]
        for generator in by_identity(layer._seed_generators):
            note = "state of a random seed generator"
            found.append(Held(generator.state, str(generator.state.name), False, False, note, Role.RNG))
        return found

    def _weight(self, layer: Any, variable: Any, meant_to_train: bool) -> Held:
        name = str(variable.name)
        if _is_automatic(name):
            name = attribute_holding(layer, variable) or name
        note = quantized.note(layer, variable, name)
        if not note and not meant_to_train:
            note = state_reason(type(layer).__name__, name)
        logical = quantized.logical(layer, variable, name)
        return Held(variable, name, meant_to_train, bool(variable.trainable), note, None, logical)

    def flag(self, layer: Any) -> bool:
        """The layer's own flag."""
        return bool(layer.trainable)

    def gap(self, spot: Spot) -> str:
        """Unbuilt layers of which ``build`` is not known to create no weight.

        Keras locks a layer when its ``build`` returns, so that a class that does not override ``build`` creates
        nothing later on (``Layer._lock_state`` in keras/src/layers/layer.py).
        """
        layer = spot.layer
        if layer.built:
            return ""
        builder = defining_class(layer, "build")
        if builder.__module__ == "keras.src.layers.layer":
            return NOT_BUILT if self.is_model(layer) and not spot.children else ""
        if from_package(builder, self.package):
            if builder.__name__ in WEIGHTLESS or builder.__name__ in _HOLD_TABLES:
                return ""
            if builder.__name__ in _BUILD_ONLY_CHILDREN and spot.children:
                return ""
        return NOT_BUILT

    def shapes(self, layer: Any) -> tuple[Shapes, Shapes]:
        """From the graph in which the layer was called, else from the shape it was built for."""
        nodes = layer._inbound_nodes
        if nodes:
            pairs = [(_tensor_shapes(node.input_tensors), _tensor_shapes(node.output_tensors)) for node in nodes]
            return the_only([inputs for inputs, _ in pairs]), the_only([outputs for _, outputs in pairs])
        graph = getattr(layer, "_functional", None) or layer
        inputs, outputs = listed(graph, "inputs"), listed(graph, "outputs")
        if inputs and outputs:
            return _tensor_shapes(inputs), _tensor_shapes(outputs)
        built_for = layer._build_shapes_dict or {}
        known = [plain_shape(shape) for shape in built_for.values()]
        return (known[0] if len(known) == 1 else tuple(known) or None), self._output_shape(layer, built_for)

    def _output_shape(self, layer: Any, built_for: dict[str, Any]) -> Shapes:
        """By the layer's own method, where that is Keras's and no user's code."""
        method = defining_class(layer, "compute_output_shape")
        if not built_for or self.is_model(layer) or not from_package(type(layer), self.package):
            return None
        if method.__module__ == "keras.src.layers.layer":
            return None
        with contextlib.suppress(Exception):
            shape: Shapes = plain_shape(layer.compute_output_shape(*built_for.values()))
            return shape
        return None

    def describe(self, variable: Any) -> tuple[tuple[int | None, ...] | None, str]:
        """Shape and dtype; the dtype as stored, also inside an autocast scope."""
        return plain_shape(variable.shape), str(getattr(variable, "_dtype", variable.dtype))

    def answer(self, model: Any) -> Weights | None:
        """``weights`` and ``trainable_weights``."""
        try:
            return Weights(tuple(by_identity(model.weights)), tuple(by_identity(model.trainable_weights)))
        except Exception:  # noqa: BLE001 - a model may override either with code of its own
            return None

    def others(self, model: Any) -> list[Variable]:
        """The optimizer's variables and those of the metrics."""
        names, found = Names(), []
        groups = (
            ("optimizer", Role.OPTIMIZER, listed(getattr(model, "optimizer", None), "variables")),
            ("metrics", Role.METRIC, listed(model, "metrics_variables")),
        )
        for place, role, variables in groups:
            for variable in by_identity(variables):
                shape, dtype = self.describe(variable)
                path = names.unique(f"{place}/{getattr(variable, 'path', variable.name)}")
                found.append(Variable(path, shape, dtype, role))
        return found

    def findings(self, root: Spot, trainable: set[int]) -> Iterator[Finding]:
        """Raw variables that Keras 3 does not see, freezes that do not reach, a contradicting optimizer."""
        yield from findings.raw_variables(root)
        yield from findings.trains_despite_flag(root, trainable)
        optimizer = getattr(root.layer, "optimizer", None)
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        if inner is not None and getattr(inner, "built", False):
            slots_for = listed(inner, "_trainable_variables")
            yield from findings.optimizer(len(slots_for), {identity(variable) for variable in slots_for}, trainable)
            yield from findings.summary_adds_optimizer(listed(optimizer, "variables"))

    def attempts(self, model: Any, shapes: Any) -> Iterator[tuple[Callable[[], object], bool]]:
        """A symbolic call for each dtype of the inputs, then the model's own ``build``."""
        for dtype in DTYPES:
            yield partial(self._call, model, shapes, dtype), True
        yield partial(model.build, shapes), False

    def _call(self, model: Any, shapes: Any, dtype: str) -> None:
        inputs = nest(shapes, lambda shape: sys.modules["keras"].Input(batch_shape=shape, dtype=dtype))
        args, kwargs = arguments(model._call_signature, inputs)
        model(*args, **kwargs)

    @contextlib.contextmanager
    def unallocated(self) -> Iterator[None]:
        """A stateless scope, in which Keras only notes which variables it would have to initialize.

        The note has to be cleared before anything else happens: the next symbolic call outside the scope
        would initialize everything on it (``initialize_all_variables`` in keras/src/backend/common/variables.py).
        """
        scope = sys.modules["keras"].StatelessScope
        try:
            entered = scope(initialize_variables=False)
        except TypeError:  # Keras before 3.4 always initializes at the end; there is nothing left to initialize then.
            entered = scope()
        with entered:
            try:
                yield
            finally:
                self._state_module().set_global_attribute("uninitialized_variables", [])

    def _state_module(self) -> Any:
        return sys.modules["keras.src.backend.common.global_state"]

    def global_state(self) -> list[object]:
        """Name counters, open scopes and the list of variables to initialize, all in one thread-local object."""
        return [vars(self._state_module().GLOBAL_STATE_TRACKER)]


def _is_automatic(name: str) -> bool:
    """Whether Keras made the name up: ``variable``, ``variable_3``."""
    stem, _, number = name.partition("_")
    return stem == "variable" and (not number or number.isdigit())


def _tensor_shapes(tensors: Any) -> Shapes:
    shapes = [plain_shape(tensor.shape) for tensor in _flat(tensors)]
    if len(shapes) == 1:
        only: Shapes = shapes[0]
        return only
    return tuple(shapes) or None


def _flat(tensors: Any) -> list[Any]:
    if isinstance(tensors, dict):
        tensors = list(tensors.values())
    if isinstance(tensors, (list, tuple)):
        return [tensor for entry in tensors for tensor in _flat(entry)]
    return [] if tensors is None else [tensors]
