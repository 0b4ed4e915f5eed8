"""What a layer of Keras 3 or tf_keras is: its variables and its output, and how paramcount's own answer differs.

``keras3_facts`` and ``tf_keras_facts`` build a layer on given input shapes; ``own_facts`` asks a family module of
``paramcount.layers``; ``difference`` compares.  A grid is a function from a seeded ``random.Random`` to a ``Case``:

    def dense(draw): return Case("Dense", {"units": draw.randint(1, 9)}, (None, draw.randint(1, 9)))

    tried, wrong = run_grid(core, [dense], count=40, tf_keras=False)
    assert not wrong
    assert tried > 20  # Keras accepted enough of them
"""

from __future__ import annotations

import os
import random
import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple, Sequence

from oracle_frameworks import framework
from paramcount.layers.given import Given, is_shape

if TYPE_CHECKING:
    from types import ModuleType

ASKED = os.environ.get("PARAMCOUNT_EXAMPLES")
"""How many cases of each kind a run tries; without it every grid decides for itself."""


class Facts(NamedTuple):
    """What a layer owns and gives."""

    variables: list[tuple[str, tuple[int | None, ...] | None, bool]]
    """Name (below the layer), shape and whether it trains, in the order of ``layer.weights``."""
    output: Any
    """Shape of the output with its batch axis, nested as the layer nests it; lists become tuples."""
    configs: tuple[dict[str, Any], ...] = ()
    """The layer's ``get_config()`` before and after it was built."""


class Case(NamedTuple):
    """One layer and what it is called on."""

    class_name: str
    options: dict[str, Any]
    """Arguments of the constructor."""
    inputs: Any
    """A shape with its batch axis, or a list, tuple or dict of them."""
    call: Mapping[str, Any] = MappingProxyType({})
    """Options of the call, such as ``reverse=True``."""
    dtype: str = "float32"
    spread: bool = False
    """True to pass a list of inputs as arguments one by one, a dict by name; else they are one argument."""


def keras3_facts(
    class_name: str, config: dict[str, Any], inputs: Any, *, call: Mapping[str, Any] | None = None,
    dtype: str = "float32", spread: bool = False,
) -> Facts | None:  # fmt: skip
    """The facts of a Keras 3 layer, built without memory for its weights; None when Keras refuses the case."""
    keras = framework("keras")
    from keras.src.backend.common import global_state

    def tensor(shape: Any) -> Any:
        return keras.KerasTensor(shape, dtype=dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with keras.StatelessScope(initialize_variables=False):
                layer = made(keras, class_name, config)
                before = layer.get_config()
                output = called(layer, nested(inputs, tensor), call or {}, spread)
                variables = [(_below(v.path, layer.name), tuple(v.shape), bool(v.trainable)) for v in layer.weights]
                after = layer.get_config()
        except Exception:
            return None
        finally:
            global_state.set_global_attribute("uninitialized_variables", [])
    return Facts(variables, shapes_of(output), (before, after))


def tf_keras_facts(
    class_name: str, config: dict[str, Any], inputs: Any, *, call: Mapping[str, Any] | None = None,
    dtype: str = "float32", spread: bool = False,
) -> Facts | None:  # fmt: skip
    """The facts of a tf_keras layer, whose weights are allocated; None when tf_keras refuses the case."""
    keras = framework("tf_keras")

    def tensor(shape: Any) -> Any:
        return keras.Input(batch_shape=shape, dtype=dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            layer = made(keras, class_name, config)
            before = layer.get_config()
            output = called(layer, nested(inputs, tensor), call or {}, spread)
            trainable = {id(variable) for variable in layer.trainable_weights}
            variables = [
                (_below(v.name.partition(":")[0], layer.name), tuple(v.shape), id(v) in trainable)
                for v in layer.weights
            ]
            after = layer.get_config()
        except Exception:
            return None
    return Facts(variables, shapes_of(output), (before, after))


def made(keras: Any, class_name: str, config: dict[str, Any]) -> Any:
    """A layer of this class; its options are those of its config or of its constructor."""
    found = getattr(keras.layers, class_name, None) or getattr(keras.layers.experimental, class_name)
    holds_layers = any(isinstance(value, (dict, list)) and "class_name" in repr(value) for value in config.values())
    return found.from_config(config) if holds_layers else found(**config)


def called(layer: Any, inputs: Any, call: Mapping[str, Any], spread: bool) -> Any:
    """The layer called on symbolic inputs."""
    if spread and isinstance(inputs, dict):
        return layer(**inputs, **call)
    if spread:
        return layer(*inputs, **call)
    return layer(inputs, **call)


def nested(inputs: Any, make: Callable[[Any], Any]) -> Any:
    """``make`` applied to every shape of a nest of them."""
    if isinstance(inputs, dict):
        return {key: nested(value, make) for key, value in inputs.items()}
    if is_shape(tuple(inputs)):
        return make(tuple(inputs))
    return [nested(value, make) for value in inputs]


def shapes_of(tensors: Any) -> Any:
    """The shapes of a nest of tensors; sequences become tuples."""
    if isinstance(tensors, dict):
        return {key: shapes_of(value) for key, value in tensors.items()}
    if isinstance(tensors, (list, tuple)):
        return tuple(shapes_of(value) for value in tensors)
    shape = tensors.shape
    return None if getattr(shape, "rank", 0) is None else tuple(shape)


def frozen(inputs: Any) -> Any:
    """A nest of shapes as ``paramcount`` writes it: tuples and dicts."""
    if isinstance(inputs, dict):
        return {key: frozen(value) for key, value in inputs.items()}
    return tuple(inputs) if is_shape(tuple(inputs)) else tuple(frozen(value) for value in inputs)


def own_facts(family: ModuleType, class_name: str, config: dict[str, Any], inputs: Any, tf_keras: bool) -> Facts:
    """What ``family`` says about the layer; the output is ``...`` where it does not define one."""
    given = Given(config, None if inputs is None else frozen(inputs), tf_keras)
    variables = [
        (slot.name, None if slot.shape is None else tuple(axis.value for axis in slot.shape), not slot.state)
        for slot in family.VARIABLES[class_name](given)
    ]
    outputs = family.OUTPUTS
    return Facts(variables, outputs[class_name](given) if class_name in outputs else ...)


def difference(family: ModuleType, case: Case, tf_keras: bool) -> str | None:
    """How paramcount differs from Keras, in words; empty when it does not; None when Keras refuses the case.

    The constructor's arguments, the config before and the config after building must all give the same.
    """
    facts_of = tf_keras_facts if tf_keras else keras3_facts
    class_name, options, inputs, call, dtype, spread = case
    truth = facts_of(class_name, dict(options), inputs, call=call, dtype=dtype, spread=spread)
    if truth is None:
        return None
    for source, config in zip(("options", "config", "built config"), (options, *truth.configs), strict=True):
        own = own_facts(family, class_name, config, inputs, tf_keras)
        for what in ("variables", "output"):
            expected, found = getattr(truth, what), getattr(own, what)
            if found not in (expected, ...):
                return f"{class_name}({options}) on {inputs}: {what} {found} from {source}, Keras has {expected}"
    return ""


def run_grid(
    family: ModuleType, kinds: Sequence[Callable[[random.Random], Case]], count: int, tf_keras: bool
) -> tuple[int, list[str]]:
    """Number of the cases that Keras accepted, and the differences.

    Args:
        family: a module of ``paramcount.layers``.
        kinds: functions that draw a case.
        count: cases of each kind; ``PARAMCOUNT_EXAMPLES`` overrides it.
        tf_keras: True to compare with tf_keras, else with Keras 3.
    """
    accepted, wrong = 0, []
    for kind in kinds:
        # Every kind has its own stream, so that a new one does not change the cases of the others.
        draw = random.Random(kind.__name__)  # noqa: S311 - cases, not secrets
        for _ in range(int(ASKED) if ASKED else count):
            found = difference(family, kind(draw), tf_keras)
            accepted += found is not None
            if found:
                wrong.append(found)
    return accepted, wrong


def _below(path: str, layer: str) -> str:
    """A variable's path without the layer's own name, which Keras puts in front."""
    return path.removeprefix(f"{layer}/")
