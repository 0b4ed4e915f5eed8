"""A scope in which user code makes models without memory for their weights, whatever framework it imports.

It differs from ``Adapter.unallocated``, on which it builds, in what it has to stand: the code inside may import
the framework only now, may compile the model, load weights, and clear the session.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FRAMEWORKS = ("keras", "tf_keras")
KEPT_VALUES = 10_000
"""Values up to which what user code puts into a variable is kept: counters, statistics."""


@contextlib.contextmanager
def without_weights() -> Iterator[None]:
    """The scope, for each framework that is imported already, and for the others as soon as they are.

    Holds for the current thread.  Variables that are made from an array keep it.
    """
    with contextlib.ExitStack() as entered:
        finder = _Finder(lambda name: entered.enter_context(_scope(name)))
        sys.meta_path.insert(0, cast("Any", finder))
        entered.callback(_remove, finder)
        for name in FRAMEWORKS:
            if hasattr(sys.modules.get(name), "__version__"):
                entered.enter_context(_scope(name))
        yield


def _remove(finder: Any) -> None:
    with contextlib.suppress(ValueError):  # User code may have thrown it out.
        sys.meta_path.remove(finder)


class _Finder:
    """Says when a framework has been imported; the import itself is that of the finders behind it."""

    def __init__(self, imported: Callable[[str], object]) -> None:
        self.imported = imported
        self.looking = False

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:  # noqa: ARG002
        """The spec that the other finders give, with a note behind its execution; None for all other modules."""
        if name not in FRAMEWORKS or self.looking:
            return None
        self.looking = True
        try:
            spec: Any = importlib.util.find_spec(name)
        finally:
            self.looking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            self.imported(name)

        spec.loader.exec_module = exec_module
        return spec


def _scope(name: str) -> contextlib.AbstractContextManager[None]:
    """The scope of the framework that is imported as ``name``."""
    package = sys.modules[name]
    if str(package.__version__).startswith("3."):
        return _keras3(package)
    return _tf_keras()


@contextlib.contextmanager
def _keras3(package: Any) -> Iterator[None]:
    """Keras's own stateless scope, which stays open when user code clears the session.

    In it a variable cannot be made from a value.  That is needed to compile a model, because an optimizer makes
    its counters so; these variables are made outside.
    """
    from paramcount.live.keras3 import Keras3

    common: Any = sys.modules["keras.src.backend.common.variables"]
    state: Any = sys.modules["keras.src.backend.common.global_state"]
    base = common.Variable if hasattr(common, "Variable") else common.KerasVariable  # The name before Keras 3.6.
    create = base.__init__

    def __init__(variable: Any, initializer: Any, *args: Any, **options: Any) -> None:  # noqa: N807
        now = state.get_global_attribute("stateless_scope")
        if now is not None and now is not ours:
            create(variable, initializer, *args, **options)  # Inside a symbolic call, where Keras's rules hold.
            return
        made_from_value = not (isinstance(initializer, str) or callable(initializer))
        state.set_global_attribute("stateless_scope", None if made_from_value else ours)
        try:
            create(variable, initializer, *args, **options)
        finally:
            state.set_global_attribute("stateless_scope", ours)

    with Keras3(package.layers.Layer).unallocated():
        ours = state.get_global_attribute("stateless_scope")
        ours.add_update = partial(_keep_small, ours, [])
        base.__init__ = __init__
        try:
            yield
        finally:
            base.__init__ = create


def _keep_small(scope: Any, owners: list[Any], update: tuple[Any, Any]) -> None:
    """Let a variable have a value in ``scope``, unless that would hold the weights of a model in memory."""
    variable, value = update
    if prod(variable.shape) <= KEPT_VALUES:
        owners.append(variable)  # The scope knows variables by their ids, which must not be given again.
        scope.state_mapping[id(variable)] = value


@contextlib.contextmanager
def _tf_keras() -> Iterator[None]:
    """TensorFlow's scope of variable creators, entered again when user code clears the session.

    A variable with few values is made as usual: `adapt` and the like compute with theirs in a graph.
    """
    from paramcount.live.tf_keras import without_value

    def create(next_creator: Callable[..., Any], **options: Any) -> Any:
        made = without_value(next_creator, **options)
        number = made.shape.num_elements() if callable(options.get("initial_value")) else None
        return made if number is None or number > KEPT_VALUES else next_creator(**options)

    tensorflow: Any = sys.modules["tensorflow"]
    graphs: Any = sys.modules["tensorflow.python.framework.ops"]._default_graph_stack  # noqa: SLF001 - see below
    with contextlib.ExitStack() as entered:

        def reset() -> None:
            # The scope belongs to the graph, and this makes another one.  `clear_session` reaches it in too many
            # ways to be caught anywhere else.
            type(graphs).reset(graphs)
            entered.enter_context(tensorflow.variable_creator_scope(create))

        entered.enter_context(tensorflow.variable_creator_scope(create))
        graphs.reset = reset
        try:
            yield
        finally:
            del graphs.reset
