"""Variables, parts and outputs of the attention layers.

``given.config["_call"]``, where it stands, holds the arguments of the call by name, such as
``{"return_attention_scores": True}``: the option of a call, not of the layer, decides how many tensors come out.
"""

from __future__ import annotations

from paramcount.formula import INPUT, OPTION, Symbol
from paramcount.layers.given import Given, axis_of, first_shape, flag, is_shape, leaves
from paramcount.layers.slot import Part, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, TypeAlias

    from paramcount.layers.slot import Axes, Config
    from paramcount.model import Shape, Shapes

    Three: TypeAlias = tuple[Shape | None, Shape | None, Shape | None]
else:
    from paramcount.records import NamedTuple

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_AXES = 20
"""Keras names every axis by a letter; a tensor of more axes than that is refused."""


def attention(given: Given) -> list[Slot]:
    """``scale`` with ``use_scale``, ``concat_score_weight`` with ``score_mode="concat"``: a number each."""
    slots = [Slot("scale", ())] if given.flag("use_scale", False) else []
    return [*slots, Slot("concat_score_weight", ())] if given.config.get("score_mode") == "concat" else slots


def additive_attention(given: Given) -> list[Slot]:
    """``scale`` unless ``use_scale`` is False: a number a feature of the query (tf_keras: of the value)."""
    if not given.flag("use_scale"):
        return []
    query, value, _ = _query_value_key(given)
    return [Slot("scale", (axis_of(value if given.tf_keras else query, -1, "features"),))]


def attention_output(given: Given) -> Shapes:
    """As long as the query and as wide as the value; the scores stand beside it when the call asks for them."""
    query, value, key = _query_value_key(given)
    if query is None or value is None or key is None or min(len(query), len(value), len(key)) < 2:
        return None
    before, among = query[:-2], query[:-2]
    if given.tf_keras:
        among = _together(query[:-2], key[:-2])
        before = _together(among, value[:-2])
    output = (*before, query[-2], value[-1])
    return (output, (*among, query[-2], key[-2])) if _asks_for_scores(given) else output


def _together(first: Shape, second: Shape) -> Shape:
    """The batch axes of two matrices that are multiplied, as TensorFlow knows them: those of one place repeat."""
    if len(first) != len(second):
        return max(first, second, key=len)
    return tuple(_wider(one, other) for one, other in zip(first, second, strict=True))


def _wider(one: int | None, other: int | None) -> int | None:
    return other if one == 1 or (one is None and other != 1) else one


def multi_head(given: Given) -> list[Slot]:  # noqa: ARG001 - one signature for all definitions
    """No variables of its own: they are those of the projections."""
    return []


class _Projection(NamedTuple):
    """One of the dense layers inside: which tensor it takes, and the axes that it makes of its features."""

    attribute: str
    inputs: Shape | None
    takes: Axes
    makes: Axes


def multi_head_parts(
    config: Config, inputs: Shapes = None, class_name: str = "", tf_keras: bool = False
) -> dict[str, Part]:
    """The projections in the order in which Keras makes them: query, key, the gate with ``use_gate``, value, output.

    Args:
        config: the options of the attention layer.
        inputs: shapes of query, value and, if there is one, key; or a dict of them by name.
        class_name: ``MultiHeadAttention`` or ``GroupQueryAttention``; without it the options tell.
        tf_keras: True when tf_keras makes the layer.
    """
    given = Given(config, inputs, tf_keras)
    grouped = class_name.startswith("Group") if class_name else "num_query_heads" in config
    projections = _grouped_projections(given) if grouped else _projections(given)
    bias, dtype = flag(config, "use_bias"), config.get("dtype")
    return {one.attribute: _part(one, bias, dtype, tf_keras) for one in projections}


def _projections(given: Given) -> list[_Projection]:
    query, value, key = _query_value_key(given)
    heads, key_dim = given.option("num_heads"), given.option("key_dim")
    value_dim = given.option("value_dim") if given.config.get("value_dim") else given.option("key_dim")
    features = axis_of(query, -1, "query_features")
    before_output = None if query is None else (*query[:-1], heads.value, value_dim.value)
    found = [
        _Projection("query_dense", query, (features,), (heads, key_dim)),
        _Projection("key_dense", key, (axis_of(key, -1, "key_features"),), (heads, key_dim)),
        _Projection("value_dense", value, (axis_of(value, -1, "value_features"),), (heads, value_dim)),
        _Projection("output_dense", before_output, (heads, value_dim), _output_axes(given, features)),
    ]
    if given.flag("use_gate", False) and not given.tf_keras:
        found.insert(2, _Projection("gate_dense", query, (features,), (heads, value_dim)))
    return found


def _grouped_projections(given: Given) -> list[_Projection]:
    query, value, key = _query_value_key(given)
    width = given.option("head_dim")
    heads, shared = given.option("num_query_heads"), given.option("num_key_value_heads")
    features = axis_of(query, -1, "query_features")
    before_output = None if query is None else (*query[:-1], heads.value, width.value)
    found = [
        _Projection("query_dense", query, (features,), (heads, width)),
        _Projection("key_dense", key, (axis_of(key, -1, "key_features"),), (shared, width)),
        _Projection("value_dense", value, (axis_of(value, -1, "value_features"),), (shared, width)),
        _Projection("output_dense", before_output, (heads, width), (features,)),
    ]
    if given.flag("use_gate", False):
        found.insert(2, _Projection("gate_dense", query, (features,), (heads, width)))
    return found


def _output_axes(given: Given, features: Symbol) -> Axes:
    """What the output projection makes: ``output_shape``, or else as many features as the query has."""
    asked = given.config.get("output_shape")
    if not asked:
        return (features,)
    sizes = asked if isinstance(asked, (list, tuple)) else [asked]
    if len(sizes) > _MOST_AXES or not all(type(size) is int and size > 0 for size in sizes):
        return (Symbol("output_shape", None),)
    name = "output_shape" if len(sizes) == 1 else "output_shape_{}"
    return tuple(Symbol(name.format(index), size, OPTION) for index, size in enumerate(sizes))


def _part(one: _Projection, bias: bool, dtype: object, tf_keras: bool) -> Part:
    """An EinsumDense, with the axes of its variables named as the attention layer knows them."""
    slots = [Slot("kernel", (*one.takes, *one.makes))]
    if bias:
        slots.append(Slot("bias", one.makes))
    rank = len(one.takes) + 2 if one.inputs is None or len(one.inputs) > _MOST_AXES else len(one.inputs)
    kept = max(rank - len(one.takes), 1)
    bound, made = _LETTERS[kept : kept + len(one.takes)], _LETTERS[kept + len(one.takes) :][: len(one.makes)]
    config: dict[str, Any] = {
        "equation": f"{_LETTERS[:kept]}{bound},{bound}{made}->{_LETTERS[:kept]}{made}",
        "output_shape": (*[None] * (kept - 1), *[axis.value for axis in one.makes]),
        "bias_axes": made if bias else None,
    }
    if dtype is not None:
        config["dtype"] = dtype
        if not tf_keras:
            from paramcount.layers.quantized import shaped_slots

            slots = shaped_slots("EinsumDense", slots, Given(config, one.inputs))
    return Part("EinsumDense", config, one.inputs, tuple(slots))


def multi_head_output(given: Given) -> Shapes:
    """As the query, with ``output_shape`` in place of its features; then the scores, when the call asks for them."""
    query, value, key = _query_value_key(given)
    if query is None or value is None or key is None or not query or value[1:-1] != key[1:-1]:
        return None
    axes = _output_axes(given, Symbol("query_features", query[-1], INPUT))
    made = [axis.value for axis in axes]
    if given.tf_keras:
        return _tf_keras_output(given, query, value, key, made)
    output = (*query[:-1], *made)
    if not _asks_for_scores(given):
        return output
    # Keras 3 tells the length of the query for both axes of the scores, whatever the length of the key is.
    return None if len(query) < 2 else (output, (query[0], given.option("num_heads").value, query[1], query[1]))


def _tf_keras_output(given: Given, query: Shape, value: Shape, key: Shape, made: list[int | None]) -> Shapes:
    """What comes out of the products of tf_keras: all axes but those attended over are batch axes."""
    rank, heads = len(query), given.option("num_heads").value
    over = _attended(given.config.get("attention_axes"), rank)
    if not rank == len(value) == len(key) or over is None:
        return None
    # The heads stand behind all axes but the features.
    query, value, key = ((*shape[:-1], heads) for shape in (query, value, key))
    among = [_known(one, other) for one, other in zip(query, key, strict=True)]
    both = [_known(one, other) for one, other in zip(among, value, strict=True)]
    output = (*[query[axis] if axis in over else both[axis] for axis in range(rank - 1)], *made)
    if not _asks_for_scores(given):
        return output
    batch = [among[axis] for axis in range(rank) if axis not in over]
    return output, (*batch, *[query[axis] for axis in over], *[key[axis] for axis in over])


def _known(one: int | None, other: int | None) -> int | None:
    """One axis of a sum of products, as TensorFlow knows it: what one tensor leaves open, another one tells."""
    return max((size for size in (one, other) if size is not None), default=None)


def _attended(axes: object, rank: int) -> tuple[int, ...] | None:
    """The axes attended over, by default all between batch and features; None for what is no list of axes.

    tf_keras counts them with the heads as one axis more, before the features: -2 are the heads.
    """
    if axes is None:
        return tuple(range(1, rank - 1))
    found = (axes,) if isinstance(axes, int) else axes
    if not isinstance(found, (list, tuple)) or not all(type(axis) is int for axis in found):
        return None
    places = tuple(axis + rank + 1 if axis < 0 else axis for axis in found)
    return places if all(0 <= axis < rank for axis in places) and len(set(places)) == len(places) else None


def grouped_output(given: Given) -> Shapes:
    """The shape of the query; then the scores, when the call asks for them."""
    query, value, key = _query_value_key(given)
    if query is None or value is None or key is None or not len(query) == len(value) == len(key) == 3:
        return None
    if query[-1] != value[-1] or value[1] != key[1]:
        return None
    if not _asks_for_scores(given):
        return query
    return query, (query[0], given.option("num_query_heads").value, query[1], key[1])


def _asks_for_scores(given: Given) -> bool:
    call = given.config.get("_call")
    return isinstance(call, dict) and bool(call.get("return_attention_scores"))


def _query_value_key(given: Given) -> Three:
    """The shapes of query, value and key; the key is the value where none is given, and all are one for self-attention.

    Inputs by name may be called ``query`` or ``query_shape``.  A config of tf_keras remembers the shapes that the
    layer was built with.
    """
    inputs = given.inputs
    if inputs is None:
        return tuple(_remembered(given.config.get(f"{name}_shape")) for name in ("query", "value", "key"))  # type: ignore[return-value]
    if isinstance(inputs, dict):
        named = [inputs.get(name, inputs.get(f"{name}_shape")) for name in ("query", "value", "key")]
        query, value, key = (first_shape(shape) for shape in named)
        return query, value, key if named[2] is not None else value
    found = leaves(inputs)[:3]
    if is_shape(inputs):
        return found[0], found[0], found[0]
    query, value = (*found, None, None)[:2]
    return query, value, found[2] if len(found) > 2 else value


def _remembered(shape: object) -> Shape | None:
    """A shape as tf_keras serializes it."""
    if isinstance(shape, dict):
        shape = shape.get("items", shape.get("config"))
    if not isinstance(shape, (list, tuple)) or len(shape) > _MOST_AXES:
        return None
    found = tuple(shape)
    return found if is_shape(found) else None


VARIABLES = {
    "Attention": attention,
    "AdditiveAttention": additive_attention,
    "MultiHeadAttention": multi_head,
    "GroupQueryAttention": multi_head,
    "GroupedQueryAttention": multi_head,
}

OUTPUTS = {
    "Attention": attention_output,
    "AdditiveAttention": attention_output,
    "MultiHeadAttention": multi_head_output,
    "GroupQueryAttention": grouped_output,
    "GroupedQueryAttention": grouped_output,
}
