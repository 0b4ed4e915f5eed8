"""Variables and parts of the attention layers."""

from __future__ import annotations

from paramcount.layers.slot import Part, Slot, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config


def attention(config: Config) -> list[Slot]:
    """``scale`` with ``use_scale``, ``concat_score_weight`` with ``score_mode="concat"``."""
    slots = [Slot("scale")] if config.get("use_scale") else []
    return [*slots, Slot("concat_score_weight")] if config.get("score_mode") == "concat" else slots


def additive_attention(config: Config) -> list[Slot]:
    """``scale`` unless ``use_scale`` is False."""
    return [Slot("scale")] if flag(config, "use_scale") else []


def multi_head(config: Config) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """No variables of its own: they are those of the projections."""
    return []


def multi_head_parts(config: Config) -> dict[str, Part]:
    """The projections: query, key, value, the gate with ``use_gate``, and output."""
    inner = {"bias_axes": "x" if flag(config, "use_bias") else None}
    names = ["query_dense", "key_dense", "value_dense", "output_dense"]
    if config.get("use_gate"):
        names.insert(3, "gate_dense")
    return {name: Part("EinsumDense", inner) for name in names}


VARIABLES = {
    "Attention": attention,
    "AdditiveAttention": additive_attention,
    "MultiHeadAttention": multi_head,
    "GroupQueryAttention": multi_head,
    "GroupedQueryAttention": multi_head,
}
