"""What operations that stand as nodes in a functional config give: the shapes of their results.

Keras 3 stores an operation as ``{"module": "keras.src.ops.numpy", "class_name": "Reshape", "config": ...}``, tf_keras
and TensorFlow 2 as the layers ``TFOpLambda``, ``SlicingOpLambda`` and ``TensorFlowOpLayer``.  Tensors are handed in and
come back as :class:`~paramcount.operations.tensor.Tensor`; everything else is what JSON gives.  An operation that is
not known, or whose arguments make no sense, gives ``Tensor(None)``.
"""

from __future__ import annotations

from paramcount.operations.tensor import MAX_RANK, MAX_SIZE, Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from paramcount.operations.families import Rule

UNKNOWN = Tensor(None)
_MAX_DEPTH = 20

__all__ = ["Tensor", "keras_output", "tf_output"]


def keras_output(
    module: str, class_name: str, config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> object:
    """The result of an operation of Keras 3: a Tensor, or tuples and lists of Tensors.

    Args:
        module: Where the class is from, such as ``keras.src.ops.numpy``; what is not Keras's own is not known.
        class_name: Such as ``Reshape``.
        config: The operation's options.
        args: The node's positional arguments, tensors as Tensor.
        kwargs: The node's named arguments.
    """
    from paramcount.operations.families import KERAS, KERAS_BINARY, KERAS_UNCHANGED, rule_of

    if not _is_keras(module) or not isinstance(class_name, str):
        return UNKNOWN
    if class_name in KERAS_UNCHANGED:
        return _applied(_unchanged(), config, args, kwargs)
    if class_name in KERAS_BINARY:
        return _applied(_binary(class_name), config, args, kwargs)
    return _applied(rule_of(KERAS, class_name), config, args, kwargs)


def tf_output(class_name: str, config: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
    """The result of a layer that tf_keras makes of a TensorFlow function: a Tensor, or tuples and lists of them.

    Args:
        class_name: ``TFOpLambda``, ``SlicingOpLambda``, ``TensorFlowOpLayer``, ``InstanceProperty`` or such.
        config: The layer's config, which names the function.
        args: Its positional arguments, tensors as Tensor.
        kwargs: Its named arguments.
    """
    if not isinstance(config, dict):
        return UNKNOWN
    if class_name in ("TFOpLambda", "SlicingOpLambda"):
        return function_output(config.get("function"), args, kwargs)
    if class_name == "TensorFlowOpLayer":
        from paramcount.operations.node_def import node_output

        return node_output(config, args)
    if class_name == "InstanceProperty" and config.get("attr_name") == "shape" and isinstance(args, (list, tuple)):
        first = _checked(args[0]) if args else UNKNOWN
        shape = first.shape if isinstance(first, Tensor) else None
        return UNKNOWN if shape is None else shape
    return UNKNOWN


def function_output(function: object, args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
    """The result of TensorFlow's function of that name, such as ``math.reduce_mean``."""
    from paramcount.operations.families import TF, TF_BINARY, TF_UNCHANGED, rule_of

    if not isinstance(function, str):
        return UNKNOWN
    name = function.removeprefix("tf.").removeprefix("compat.v1.")
    module, _, last = name.rpartition(".")
    if module in ("math", "nn", "__operators__", "bitwise", "linalg", "dtypes", "signal", "keras.activations"):
        name = last
    if name in TF_UNCHANGED:
        return _applied(_unchanged(), {}, args, kwargs)
    if name in TF_BINARY:
        return _applied(_binary(TF_BINARY[name]), {}, args, kwargs)
    return _applied(rule_of(TF, name), {}, args, kwargs)


def _is_keras(module: object) -> bool:
    """Whether a module is one of Keras's own operations."""
    return isinstance(module, str) and module.startswith(("keras.", "keras_core.")) and ".op" in module


def _unchanged() -> Rule:
    """The rule of operations that keep the shape."""
    from paramcount.operations.elementwise import unchanged

    return unchanged


def _binary(name: str) -> Rule:
    """The rule of operations that broadcast."""
    from paramcount.operations.elementwise import binary

    return binary(name)


def _applied(rule: Rule | None, config: object, args: object, kwargs: object) -> object:
    """What a rule says, or that nothing is known: whatever the arguments are, no error leaves this room."""
    from paramcount.operations.call import Call
    from paramcount.operations.unknown import Unknown

    if rule is None or not isinstance(config, dict) or not isinstance(args, (list, tuple)):
        return UNKNOWN
    if not isinstance(kwargs, dict):
        return UNKNOWN
    try:
        return _checked(rule(Call(config, args, kwargs)))
    except (Unknown, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # A rule expects what Keras writes; anything else is not known.
        return UNKNOWN


def _checked(result: object, depth: int = 0) -> object:
    """The result with every shape that cannot be one made unknown."""
    if isinstance(result, Tensor):
        shape = result.shape
        if shape is None:
            return UNKNOWN
        if not isinstance(shape, (tuple, list)) or len(shape) > MAX_RANK or not all(map(_is_size, shape)):
            return UNKNOWN
        return result if isinstance(shape, tuple) else result._replace(shape=tuple(shape))
    if isinstance(result, (list, tuple)) and depth < _MAX_DEPTH:
        return type(result)(_checked(item, depth + 1) for item in result)
    return UNKNOWN


def _is_size(size: object) -> bool:
    """Whether this can be a dimension: an int that is not negative, or None."""
    return size is None or (isinstance(size, int) and not isinstance(size, bool) and 0 <= size < MAX_SIZE)
