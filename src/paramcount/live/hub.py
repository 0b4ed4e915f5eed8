"""``hub.KerasLayer``: a layer of tf_keras around an object that is no layer."""

# ruff: noqa: SLF001 - the lists that Keras keeps are private; no public property tells own variables from others.

from __future__ import annotations

from typing import Any

from paramcount.live import trackables
from paramcount.live.adapter import Held, by_identity, identity
from paramcount.live.choice import adapter_for
from paramcount.live.tf_keras import TfKeras


class HubLayer(TfKeras):
    """Reads ``hub.KerasLayer``, and the module in it for what the layer does not register.

    The layer registers what the module lists in ``variables`` and ``trainable_variables``, and nothing else
    (``KerasLayer._setup_layer`` in tensorflow_hub/keras_layer.py).
    """

    wraps = True
    overlooks = "hub.KerasLayer registers only what the module lists in `variables`"

    def children(self, layer: Any) -> list[Any]:
        """The module, and what Keras follows."""
        module = self._module(layer)
        return by_identity(([] if module is None else [module]) + super().children(layer))

    def parts(self, layer: Any) -> list[tuple[str, Any]]:
        """The module has no name of its own."""
        module = self._module(layer)
        return [("module" if child is module else name, child) for name, child in super().parts(layer)]

    def held(self, layer: Any) -> list[Held]:
        """Registered weights that are not found in the module: for a plain function they are all there is."""
        module = self._module(layer)
        below = set() if module is None else {identity(one) for one in trackables.variables_below(module)}
        return [held for held in super().held(layer) if identity(held.variable) not in below]

    def sees(self, layer: Any, part: Any) -> set[int]:  # noqa: ARG002 - the layer holds one module
        """What the layer has registered."""
        return {identity(one) for one in [*layer._trainable_weights, *layer._non_trainable_weights]}

    def gap(self, spot: Any) -> str:  # noqa: ARG002 - the same for all
        """The module was loaded with all its variables, called or not."""
        return ""

    def _module(self, layer: Any) -> Any:
        module = getattr(layer, "_func", None)
        return module if adapter_for(module) is not None else None
