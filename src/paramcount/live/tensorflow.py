"""Objects of TensorFlow that are no layers: modules, checkpoints, and what ``tf.saved_model.load`` returns."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from paramcount.layers.states import COUNTERS, no_gradient
from paramcount.live import scopes, trackables
from paramcount.live.adapter import Adapter, Held, Weights, listed
from paramcount.live.reasons import state_reason
from paramcount.model import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from paramcount.live.tree import Spot
    from paramcount.model import Finding, Shapes, Variable

_FLOATING = ("float", "bfloat", "half", "complex", "double")
_STEPS = ("_iterations", "iterations", "iter")
"""Names under which optimizers of both Keras, new and old, hold how many steps they have taken."""
_INNER = frozenset(("_optimizer", "inner_optimizer", "base_optimizer"))
"""Names under which an optimizer that scales the loss holds the one that it wraps."""
_SEEDS = {"seed_generator_state", "_state_var", "state_var"}


class TensorFlow(Adapter):
    """Reads what TensorFlow tracks: the tree is that of the attributes, whatever class is at their end."""

    framework = "tensorflow"
    title = "TensorFlow"

    @property
    def version(self) -> str:
        """The version of TensorFlow."""
        return str(getattr(sys.modules.get("tensorflow"), "__version__", ""))

    def is_model(self, layer: Any) -> bool:  # noqa: ARG002 - no class of TensorFlow is a model
        """Nothing tells: see ``has_rows``."""
        return False

    def has_rows(self, root: Spot) -> bool:
        """Whether there are objects below the root."""
        return bool(root.children)

    def kind(self, layer: Any) -> str:
        """Module, checkpoint, or what it was loaded from."""
        if isinstance(layer, trackables.Bundle):
            return layer.name
        if trackables.is_loaded(layer) or scopes.graph_of(layer) is not None:
            return "loaded SavedModel"
        return "module" if trackables.is_tf_module(layer) else "object"

    def name(self, layer: Any) -> str:
        """What was loaded has lost its class, and has no name."""
        return "SavedModel" if self.kind(layer) == "loaded SavedModel" else super().name(layer)

    def children(self, layer: Any) -> list[Any]:
        """The objects that ``layer`` holds."""
        return [child for _, child in self.parts(layer)]

    def parts(self, layer: Any) -> list[tuple[str, Any]]:
        """The objects that ``layer`` holds, by the attributes that hold them."""
        if isinstance(layer, scopes.Scope):
            return [*layer.scopes.items()]
        graph = scopes.graph_of(layer)
        if graph is not None:
            return [*scopes.scope_of(_of_graph(graph)).scopes.items()]
        return [(name, one) for name, one in trackables.edges(layer) if _is_part(name, one, layer)]

    def held(self, layer: Any) -> list[Held]:
        """The variables, tables and random states among the attributes."""
        if isinstance(layer, scopes.Scope):
            return [entry for _, entry in layer.variables]
        graph = scopes.graph_of(layer)
        if graph is not None:
            return [entry for _, entry in scopes.scope_of(_of_graph(graph)).variables]
        found = []
        of_keras = trackables.is_of_keras(layer)
        for name, one in trackables.edges(layer):
            kind = trackables.kind_of(one)
            if kind == trackables.VARIABLE:
                found.append(held_as(name, one, type(layer).__name__, of_keras=of_keras))
            elif kind == trackables.SHARDED:
                parts = enumerate(listed(one, "variables"))
                found += [held_as(f"{name}/part_{number}", part) for number, part in parts]
            elif kind == trackables.TABLE:
                found.append(Held(one, name, False, False, "content of a lookup table", Role.TABLE))
            elif kind == trackables.RANDOM:
                note = "state of a random seed generator"
                states = trackables.state_of(one)
                found += [Held(state, f"{name}/state", False, False, note, Role.RNG) for state in states]
        return found

    def aside(self, layer: Any) -> list[tuple[str, Role, Any]]:
        """The variables of optimizers and metrics."""
        found: list[tuple[str, Role, Any]] = []
        edges = [] if isinstance(layer, scopes.Scope) else trackables.edges(layer)
        api = trackables.attributes(layer).get("keras_api")
        edges += [(f"metrics/{name}", one) for name, one in trackables.edges(api) if name.startswith("metrics/")]
        for name, one in edges:
            role = _aside(name, one, layer)
            if role is not None:
                state = trackables.state_of(one) or trackables.variables_below(one)
                found += [(f"{name}/{scopes.name_of(variable)}", role, variable) for variable in state]
        return found

    def flag(self, layer: Any) -> None:
        """Nothing but a layer of Keras can be frozen as a whole."""

    def gap(self, spot: Spot) -> str:
        """A root that may hold more than is known; see ``settle`` for one that holds nothing."""
        return spot.layer.gap if isinstance(spot.layer, trackables.Bundle) else ""

    def shapes(self, layer: Any) -> tuple[Shapes, Shapes]:  # noqa: ARG002 - functions have shapes, objects have none
        """Not known."""
        return None, None

    def describe(self, variable: Any) -> tuple[tuple[int | None, ...] | None, str]:
        """Shape and dtype."""
        return trackables.describe(variable)

    def answer(self, model: Any) -> Weights | None:  # noqa: ARG002 - see below
        """None: what ``tf.Module.variables`` leaves out is a finding, and no disagreement."""
        return None

    def others(self, model: Any) -> list[Variable]:  # noqa: ARG002 - see `aside`
        """Nothing beside ``aside``."""
        return []

    def findings(self, root: Spot, trainable: set[int]) -> Iterator[Finding]:
        """What the obvious attributes say."""
        from paramcount.live.lies import attributes

        yield from attributes(root, trainable)

    def attempts(self, model: Any, shapes: Any) -> Iterator[tuple[Callable[[], object], bool]]:  # noqa: ARG002
        """None: what a module's call takes is not known."""
        yield from ()

    def unallocated(self) -> AbstractContextManager[object]:
        """Nothing is created."""
        return contextlib.nullcontext()

    def global_state(self) -> list[object]:
        """Nothing is changed."""
        return []


def held_as(
    name: str, variable: Any, class_name: str = "", *, trains: bool | None = None, of_keras: bool = False
) -> Held:
    """A variable under ``name``, with what its flag and its dtype tell.

    Args:
        name: under which it is held.
        variable: of TensorFlow.
        class_name: of what holds it.
        trains: overrules its flag.
        of_keras: whether that is a layer of Keras, which has single whole numbers among its weights.
    """
    last = name.rpartition("/")[2]
    own = scopes.name_of(variable).rpartition("/")[2]
    dtype = trackables.dtype_of(variable)
    if dtype == "string":
        return Held(variable, name, False, False, "texts, which are no parameters", Role.TABLE)
    if not dtype.startswith(_FLOATING):
        if last in _SEEDS or own in _SEEDS:
            return Held(variable, name, False, False, "state of a random seed generator", Role.RNG)
        if trackables.describe(variable)[0] == () and dtype != "bool":
            if last in COUNTERS or own in COUNTERS:
                return Held(variable, name, False, False, "a counter of steps or saves", Role.COUNTER)
            if not of_keras and not getattr(variable, "trainable", True):
                return Held(variable, name, False, False, "a single whole number: a counter", Role.COUNTER)
        return Held(variable, name, False, False, no_gradient(dtype))
    on = bool(getattr(variable, "trainable", True)) if trains is None else trains
    return Held(variable, name, on, on, "" if on else state_reason(class_name, own if own != "Variable" else last))


def _of_graph(graph: Any) -> list[tuple[str, Held]]:
    """The variables of a graph of TensorFlow 1 by their full names."""
    trained = scopes.trained_in(graph)
    found = []
    for name, variable in scopes.in_graph(graph).items():
        short = scopes.short(name)
        if scopes.is_slot(name, trained or set()):
            note = "slot of an optimizer of TensorFlow 1"
            found.append((name, Held(variable, short, False, False, note, Role.OPTIMIZER)))
        else:
            found.append((name, held_as(short, variable, trains=None if trained is None else name in trained)))
    return found


def _is_part(name: str, one: Any, owner: Any) -> bool:
    return trackables.kind_of(one) == trackables.MODULE and _aside(name, one, owner) is None


def _aside(name: str, one: Any, owner: Any) -> Role | None:
    """The role of what ``one`` owns if it is an optimizer or a metric; loading takes both their classes."""
    kind = trackables.kind_of(one)
    if kind == trackables.OPTIMIZER or (trackables.is_loaded(owner) and _is_loaded_optimizer(name, one)):
        return Role.OPTIMIZER
    if kind == trackables.METRIC or (trackables.is_loaded(owner) and _is_loaded_metric(one, owner)):
        return Role.METRIC
    return None


def _is_loaded_metric(one: Any, owner: Any) -> bool:
    """Whether Keras lists ``one`` among the metrics of ``owner``."""
    api = trackables.attributes(trackables.attributes(owner).get("keras_api"))
    return any(
        one is metric for name in ("metrics", "layer_metrics") for _, metric in trackables.held_in(api.get(name))
    )


def _is_loaded_optimizer(name: str, one: Any) -> bool:
    """Whether ``one`` holds what optimizers do: a count of steps, and with it a list or a rate; any has its name."""
    own = trackables.attributes(one)
    if name == "optimizer" and not _INNER.isdisjoint(own):
        return True
    counts = any(step in own and _is_count(own[step]) for step in _STEPS)
    return counts and (name == "optimizer" or "_variables" in own or "decay" in own)


def _is_count(one: Any) -> bool:
    """Whether ``one`` is a variable with a single whole number."""
    if trackables.kind_of(one) != trackables.VARIABLE or trackables.dtype_of(one).startswith(_FLOATING):
        return False
    return trackables.describe(one)[0] == ()
