"""What may be counted although it is no model: variables, functions, and collections of anything that is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paramcount.live import scopes, trackables
from paramcount.live.adapter import by_identity, listed
from paramcount.live.choice import adapter_for
from paramcount.live.tensorflow import TensorFlow
from paramcount.live.trackables import Bundle

if TYPE_CHECKING:
    from paramcount.live.adapter import Adapter

NOT_TRACED = "this function was never called, so what it uses is not known"


def recognized(model: Any) -> tuple[Any, Adapter | None]:
    """``model`` or what stands for it, and its adapter; None for an object of which nothing is known."""
    adapter = adapter_for(model)
    if adapter is not None:
        return model, adapter
    bundle = _bundle(model)
    return (model, None) if bundle is None else (bundle, TensorFlow(Bundle))


def _bundle(model: Any) -> Bundle | None:
    kind = trackables.kind_of(model)
    if kind in (trackables.VARIABLE, trackables.SHARDED):
        return Bundle("variable", {scopes.name_of(model): model})
    if kind == trackables.FUNCTION:
        return _function(model)
    if isinstance(model, (list, tuple, dict)):
        bundle = Bundle(type(model).__name__, {"": model})
        held = [one for _, one in trackables.edges(bundle)]
        if held and all(_is_countable(one) for one in held):
            return bundle
    return None


def _is_countable(one: Any) -> bool:
    return trackables.kind_of(one) in (trackables.VARIABLE, trackables.SHARDED) or adapter_for(one) is not None


def _function(function: Any) -> Bundle:
    """The variables that a function uses, in all the forms in which it was traced."""
    traced = [function] if hasattr(function, "graph") else listed(function, "_list_all_concrete_functions")
    found = [variable for one in traced for variable in listed(one, "variables")]
    for one in traced:
        graph = scopes.graph_of(one)
        found += [] if graph is None else scopes.in_graph(graph).values()
    named: dict[str, Any] = {}
    for variable in by_identity(found):
        name = scopes.name_of(variable)
        named[name if name not in named else f"{name}#{len(named)}"] = variable
    gap = "" if traced else NOT_TRACED
    if traced and not named:
        numbers = [scopes.constants(one.graph) for one in traced if scopes.graph_of(one) is not None]
        number, values = max(numbers, default=(0, 0))
        gap = f"it uses no variables; its graph holds {number:,} constants of {values:,} values"
    return Bundle("function", named, gap)
