"""tf_keras, and Keras 2 as a package of its own or inside TensorFlow.

A freeze is only a flag of the layer here: the variables keep theirs, and a variable trains when the flags of all
levels on the way to it are True (``Layer.trainable_weights`` in tf_keras/src/engine/base_layer.py).
"""

# ruff: noqa: SLF001 - the lists that Keras keeps are private; no public property tells own variables from others.

from __future__ import annotations

import contextlib
import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from paramcount.layers.weightless import WEIGHTLESS
from paramcount.live import findings, trackables
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

_BUILD_ONLY_CHILDREN = {"Sequential", "Functional", "Bidirectional", "TimeDistributed", "Wrapper", "RNN", "LSTM", "GRU"}
_BUILD_ONLY_CHILDREN |= {"SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "StackedRNNCells"}
"""Classes that create nothing but what their children own."""


class TfKeras(Adapter):
    """Reads the objects of tf_keras and Keras 2."""

    framework = "tf_keras"
    title = "tf_keras"
    every_level = True
    overlooks = "tf_keras lists no more than `variables` of a tf.Module, and nothing of other objects"

    def __init__(self, layer_class: type) -> None:
        super().__init__(layer_class)
        self.title = {"keras": "Keras", "tensorflow": "TensorFlow"}.get(self.package, self.package)
        self._home = layer_class.__module__.partition(".engine.")[0]

    def is_model(self, layer: Any) -> bool:
        """Whether the class derives from ``Model``."""
        return any(cls.__name__ == "Model" and ".engine.training" in cls.__module__ for cls in type(layer).__mro__)

    def children(self, layer: Any) -> list[Any]:
        """The modules that Keras follows, into lists and dicts too, and the metrics that a model counts."""
        if not hasattr(layer, "_flatten_modules"):
            return []
        held = list(layer._flatten_modules(recursive=False, include_self=False))
        if self.is_model(layer):
            # `Model.weights` asks everything that the model tracks, and that includes its metrics.
            held += [one for one in layer._self_tracked_trackables if _is_metric(one)]
        hides_input = derives(layer, "Sequential", self.package) and held and type(held[0]).__name__ == "InputLayer"
        return by_identity(held[1:] if hides_input else held)

    def parts(self, layer: Any) -> list[tuple[str, Any]]:
        """Also the objects among the attributes that Keras does not follow, and the names of those that have none."""
        beyond = others_below(layer, self.framework)
        names = {id(value): name for name, value in beyond}
        found = [(names.pop(id(child), name), child) for name, child in super().parts(layer)]
        return found + [(name, value) for name, value in beyond if id(value) in names]

    def sees(self, layer: Any, part: Any) -> set[int]:  # noqa: ARG002 - every layer follows alike
        """Of a ``tf.Module`` what it lists itself; nothing of what is none."""
        return {identity(one) for one in listed(part, "variables")} if trackables.is_tf_module(part) else set()

    def held(self, layer: Any) -> list[Held]:
        """The two lists of weights."""
        with contextlib.suppress(AttributeError):
            layer._update_trackables()  # Variables that were put into a list after the list was assigned.
        found = [self._weight(layer, variable, True) for variable in by_identity(layer._trainable_weights)]
        known = {id(held.variable) for held in found}
        state = [variable for variable in by_identity(layer._non_trainable_weights) if id(variable) not in known]
        return found + [self._weight(layer, variable, False) for variable in state]

    def _weight(self, layer: Any, variable: Any, meant_to_train: bool) -> Held:
        if not hasattr(variable, "shape"):
            # `VocabWeightHandler` of tf_keras/src/layers/preprocessing/index_lookup.py stands for a table.
            return Held(variable, "vocabulary", False, False, "vocabulary of a lookup layer", Role.TABLE)
        name = str(variable.name).partition(":")[0].rpartition("/")[2]
        if name == "Variable" or name.startswith("Variable_"):
            name = attribute_holding(layer, variable) or name
        if _is_metric(layer):
            note = f"state of the metric {layer.name}, which tf_keras counts as a weight of the model"
            return Held(variable, name, False, False, note)
        note = "" if meant_to_train else state_reason(type(layer).__name__, name)
        return Held(variable, name, meant_to_train, meant_to_train, note)

    def flag(self, layer: Any) -> bool | None:
        """The layer's own flag; a plain ``tf.Module`` has none."""
        return bool(layer.trainable) if hasattr(layer, "trainable") else None

    def gap(self, spot: Spot) -> str:
        """Unbuilt layers, except those that are known to create no weight.

        A layer may create weights in its first call, so the class alone tells nothing unless it is Keras's own.
        """
        layer = spot.layer
        if getattr(layer, "built", True) or _is_metric(layer):
            return ""
        if from_package(type(layer), self.package):
            name = type(layer).__name__
            if name in WEIGHTLESS or (name in _BUILD_ONLY_CHILDREN and spot.children):
                return ""
        above = spot.parent
        if (
            spot.held
            and above is not None
            and getattr(above.layer, "built", False)
            and type(above.layer).__name__ in _BUILD_ONLY_CHILDREN
        ):
            # These build what they hold; that a custom cell does not set `built` itself means nothing.
            return ""
        return NOT_BUILT

    def shapes(self, layer: Any) -> tuple[Shapes, Shapes]:
        """From the graph in which the layer was called, else from the shape it was built for."""
        nodes = getattr(layer, "_inbound_nodes", None)
        if nodes:
            pairs = [(plain_shape(_given(node)), plain_shape(node.output_shapes)) for node in nodes]
            return the_only([inputs for inputs, _ in pairs]), the_only([outputs for _, outputs in pairs])
        if getattr(layer, "_is_graph_network", False):
            return _graph_shapes(layer.inputs), _graph_shapes(layer.outputs)
        built_for = getattr(layer, "_build_input_shape", None)
        return plain_shape(built_for), self._output_shape(layer, built_for)

    def _output_shape(self, layer: Any, built_for: Any) -> Shapes:
        """By the layer's own method, where that is Keras's and no user's code."""
        if built_for is None or self.is_model(layer) or not from_package(type(layer), self.package):
            return None
        if defining_class(layer, "compute_output_shape").__module__.endswith("engine.base_layer"):
            return None  # That one would run the layer.
        with contextlib.suppress(Exception):
            shape: Shapes = plain_shape(layer.compute_output_shape(built_for))
            return shape
        return None

    def describe(self, variable: Any) -> tuple[tuple[int | None, ...] | None, str]:
        """Shape and dtype; a shape that is only known at run time is taken from the value."""
        return trackables.describe(variable)

    def answer(self, model: Any) -> Weights | None:
        """``weights`` and ``trainable_weights``; a subclassed model refuses them before it is built."""
        try:
            return Weights(tuple(by_identity(model.weights)), tuple(by_identity(model.trainable_weights)))
        except Exception:  # noqa: BLE001 - ValueError before the model is built, anything from user code
            return None

    def others(self, model: Any) -> list[Variable]:
        """The optimizer's variables, and those of the metrics that the model does not count."""
        names, found = Names(), []
        counted = {id(variable) for variable in (self.answer(model) or Weights((), ())).every}
        metrics = [variable for metric in listed(model, "metrics") for variable in listed(metric, "variables")]
        groups = (
            ("optimizer", Role.OPTIMIZER, listed(getattr(model, "optimizer", None), "variables")),
            ("metrics", Role.METRIC, [variable for variable in metrics if id(variable) not in counted]),
        )
        for place, role, variables in groups:
            for variable in by_identity(variables):
                shape, dtype = self.describe(variable)
                found.append(Variable(names.unique(f"{place}/{variable.name.partition(':')[0]}"), shape, dtype, role))
        return found

    def findings(self, root: Spot, trainable: set[int]) -> Iterator[Finding]:  # noqa: ARG002
        """An optimizer that contradicts the flags."""
        optimizer = getattr(root.layer, "optimizer", None)
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        slots_for = getattr(inner, "_index_dict", None) or getattr(inner, "_slots", None)
        if slots_for:
            answer = self.answer(root.layer)
            now = {_key(variable) for variable in answer.trainable} if answer else set()
            yield from findings.optimizer(len(slots_for), {str(key) for key in slots_for}, now)

    def attempts(self, model: Any, shapes: Any) -> Iterator[tuple[Callable[[], object], bool]]:
        """A symbolic call for each dtype of the inputs, then the model's own ``build``."""
        for dtype in DTYPES:
            yield partial(self._call, model, shapes, dtype), True
        yield partial(model.build, shapes), False

    def _call(self, model: Any, shapes: Any, dtype: str) -> None:
        make = sys.modules[f"{self._home}.engine.input_layer"].Input
        inputs = nest(shapes, lambda shape: make(batch_shape=shape, dtype=dtype))
        args, kwargs = arguments(inspect.signature(model.call), inputs)
        model(*args, **kwargs)

    @contextlib.contextmanager
    def unallocated(self) -> Iterator[None]:
        """A variable creator that makes handles without values."""
        with sys.modules["tensorflow"].variable_creator_scope(without_value):
            yield

    def global_state(self) -> list[object]:
        """The name counters of every graph."""
        return list(sys.modules[f"{self._home}.backend"].PER_GRAPH_OBJECT_NAME_UIDS.values())


def without_value(next_creator: Callable[..., Any], **options: Any) -> Any:
    """Create a variable from its shape alone; a value that is there already is kept, it costs nothing more."""
    initial = options.get("initial_value")
    if not callable(initial):
        return next_creator(**options)
    tensorflow = sys.modules["tensorflow"]
    if options.get("shape") is None or options.get("dtype") is None:
        # `tf.Variable(lambda: tf.ones(...))`: the shape is asked of the initializer in a graph, where it is free.
        with tensorflow.Graph().as_default():
            value = initial()
        options["shape"] = value.shape if options.get("shape") is None else options["shape"]
        options["dtype"] = options.get("dtype") or value.dtype
    made = _unallocated_class()(**options)
    made.initial = initial
    return made


def _unallocated_class() -> Any:
    """A variable that holds no value, and computes its initial one whenever somebody reads it eagerly.

    ``Normalization.build`` of tf_keras reads the statistics that it has just created.
    """
    base: Any = sys.modules["tensorflow.python.ops.resource_variable_ops"].UninitializedVariable

    class Unallocated(base):  # type: ignore[misc]
        initial: Any = None

        def _read_variable_op(self, *args: Any, **options: Any) -> Any:
            tensorflow = sys.modules["tensorflow"]
            if not tensorflow.executing_eagerly():
                return super()._read_variable_op(*args, **options)
            return tensorflow.convert_to_tensor(self.initial(), self.dtype)

    return Unallocated


def _is_metric(layer: Any) -> bool:
    return any(cls.__name__ == "Metric" and cls.__module__.endswith("base_metric") for cls in type(layer).__mro__)


def _key(variable: Any) -> str:
    """The key under which the optimizer knows a variable."""
    return str(getattr(variable, "_unique_id", id(variable)))


def _graph_shapes(tensors: Any) -> Shapes:
    shapes = [plain_shape(tensor.shape) for tensor in tensors or ()]
    only: Shapes = shapes[0] if len(shapes) == 1 else tuple(shapes) or None
    return only


def _given(node: Any) -> Any:
    """Shapes of what a call was given; the property of tf_keras itself fails for a dict of one input."""
    tensors = getattr(node, "input_tensors", None)
    if isinstance(tensors, dict):
        return {name: getattr(tensor, "shape", None) for name, tensor in tensors.items()}
    return node.input_shapes
