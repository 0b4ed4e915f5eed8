"""One look-up for all families: what a layer of a given class creates, and of which parts it is made.

A family's module is imported when a model has a layer of it: a count that meets no attention pays for none.
"""

from __future__ import annotations

from paramcount.layers import custom, weightless
from paramcount.layers.given import Given
from paramcount.layers.weightless import WEIGHTLESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.layers.slot import Config, Part, Slot
    from paramcount.model import Shapes

FAMILIES: dict[str, str] = {
    "core": "Dense TimeDistributedDense MaxoutDense Highway EinsumDense Embedding ReversibleEmbedding PReLU",
    "convolution": "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D"
    " DepthwiseConv2D SeparableConv1D SeparableConv2D LocallyConnected1D LocallyConnected2D Convolution1D"
    " Convolution2D Convolution3D AtrousConvolution1D AtrousConvolution2D Deconvolution2D Deconvolution3D"
    " Convolution2DTranspose Convolution3DTranspose SeparableConvolution1D SeparableConvolution2D",
    "recurrent": "SimpleRNN LSTM GRU ConvLSTM1D ConvLSTM2D ConvLSTM3D SimpleRNNCell LSTMCell GRUCell ConvLSTM1DCell"
    " ConvLSTM2DCell ConvLSTM3DCell CuDNNLSTM CuDNNGRU",
    "normalization": "BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization"
    " LayerNormalization GroupNormalization RMSNormalization Normalization SpectralNormalization",
    "attention": "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention GroupedQueryAttention",
    "applications": "LayerScale",
    "preprocessing": "STFTSpectrogram StringLookup IntegerLookup TextVectorization",
}
"""Module of a family to the classes whose variables it defines."""

_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names.split()}
_WEIGHTLESS_FAMILY_OF = {
    name: family for family, names in getattr(weightless, "FAMILIES", {}).items() for name in names.split()
}

WRAPPERS = frozenset({"Bidirectional", "TimeDistributed", "Wrapper", "SpectralNormalization", "RNN", "StackedRNNCells"})
"""Layers whose variables are those of the layers they hold, which their config describes."""

MODELS = frozenset({"Sequential", "Functional", "Model", "Graph"})

QUANTIZABLE = frozenset({"Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"})
"""Layers that a quantized dtype policy changes; on others it has no effect."""
WITH_CELL = frozenset({"SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
"""Layers that keep their variables in a cell of their own."""
MULTI_HEAD = frozenset({"MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"})
"""Layers that are made of projections."""
_COMPOSITE = MODELS | WRAPPERS | WITH_CELL | MULTI_HEAD | {"Merge", "Pipeline"}


def classes() -> tuple[str, ...]:
    """Every class whose variables are defined, and every wrapper."""
    return (*_FAMILY_OF, *WRAPPERS)


def slots_of(
    class_name: str, config: Config, stored: int = 0, inputs: Shapes = None, tf_keras: bool = False
) -> list[Slot] | None:
    """The layer's own variables in creation order; None when the class is not one of Keras's.

    Args:
        class_name: public name of the class.
        config: the layer's options.
        stored: how many variables the file stores; settles options that only a quantized layer knows.
        inputs: the shapes of its inputs; without them the sizes that they give stay unknown.
        tf_keras: True when Keras 2, Keras 1 or tf_keras makes the layer.
    """
    family = _FAMILY_OF.get(class_name)
    if custom.REGISTRY and custom.find(class_name):
        return custom.slots(class_name, Given(config, inputs, tf_keras))
    if family is None:
        return [] if is_known(class_name) else None
    given = Given(config, inputs, tf_keras)
    plain: list[Slot] = _family(family).VARIABLES[class_name](given)
    if class_name in QUANTIZABLE and has_policy(config):
        from paramcount.layers import quantized

        found = quantized.shaped_slots(class_name, plain, given, stored)
        return found if stored else quantized.with_adapters(class_name, plain, found, given)
    if config.get("lora_rank") and not stored:
        from paramcount.layers import quantized

        return quantized.with_adapters(class_name, plain, plain, given)
    return plain


def output_of(class_name: str, config: Config, inputs: Shapes, tf_keras: bool = False) -> Shapes:
    """The output shape of a layer that takes in ``inputs``; None when no rule gives it.

    Wrappers and models are not asked here: what they give out depends on the layers inside.
    """
    if custom.REGISTRY and custom.find(class_name):
        return custom.output(class_name, Given(config, inputs, tf_keras))
    module = _FAMILY_OF.get(class_name) or _WEIGHTLESS_FAMILY_OF.get(class_name)
    rule = getattr(_family(module), "OUTPUTS", {}).get(class_name) if module else None
    return rule(Given(config, inputs, tf_keras)) if rule is not None else None


_MODULES: dict[str, Any] = {}
"""The modules of the families that have been asked for."""


def _family(name: str) -> Any:
    """The module of a family."""
    found = _MODULES.get(name)
    if found is None:
        found = _MODULES[name] = __import__(f"paramcount.layers.{name}", None, None, ("VARIABLES",))
    return found


def has_policy(config: Config) -> bool:
    """Whether the layer's dtype is more than the name of one: only such a policy quantizes."""
    policy = config.get("dtype")
    if isinstance(policy, str):
        # Keras 3.1 to 3.3 write the name of the policy alone.
        return "_from_" in policy
    return isinstance(policy, dict) and policy.get("class_name") != "DTypePolicy"


def holds_cell(class_name: str) -> bool:
    """Whether a layer keeps its variables in a cell of its own, as LSTM does."""
    return class_name in WITH_CELL


def parts_of(class_name: str, config: Config, inputs: Shapes = None, tf_keras: bool = False) -> dict[str, Part]:
    """The layers that a composite layer makes for itself, by attribute; wrapped layers are not among them."""
    if class_name in WITH_CELL:
        from paramcount.layers.recurrent import own_cell

        return own_cell(class_name, config, inputs)
    if class_name in MULTI_HEAD:
        from paramcount.layers.attention import multi_head_parts

        return multi_head_parts(config, inputs, class_name, tf_keras)
    return {}


def may_hold_layers(class_name: str) -> bool:
    """Whether a layer of Keras can have other layers inside: models, wrappers and composite layers can."""
    return class_name in _COMPOSITE


def is_known(class_name: str) -> bool:
    """Whether the class is one of Keras's own, or a registered one, so that its variables and roles are known."""
    if class_name in _FAMILY_OF or class_name in WEIGHTLESS or class_name in MODELS or class_name in WRAPPERS:
        return True
    return bool(custom.find(class_name))
