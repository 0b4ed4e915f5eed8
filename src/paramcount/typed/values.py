"""What the names of a text can stand for, besides Python's own numbers, texts, lists and dicts."""

from __future__ import annotations

from paramcount.errors import LimitExceeded
from paramcount.typed.limits import MAX_LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    Value: TypeAlias = Any
    """A Python constant, a list, tuple or dict of values, or one of the classes below."""


class Unknown:
    """A value that reading cannot know: data, the result of a function that is not read."""

    __slots__ = ("cause", "line", "reason")

    def __init__(self, reason: str, line: int = 0, cause: Unknown | None = None) -> None:
        self.reason = reason
        self.line = line
        self.cause: Unknown | None = cause.cause or cause if cause is not None else None
        """The first unknown value on the way to this one, which is what has to be told; None when this is the first."""


class Ref:
    """What an import names, by its dotted path; nothing is imported."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def last(self) -> str:
        """The name itself, without the modules."""
        return self.path.rpartition(".")[2]


class Function:
    """A function of the text, with the names that it sees."""

    __slots__ = ("defaults", "keyword_defaults", "name", "node", "scope")

    def __init__(self, name: str, node: Any, scope: Scope, defaults: list[Value], keywords: list[Value]) -> None:
        self.name = name
        self.node = node
        self.scope = scope
        self.defaults = defaults
        self.keyword_defaults = keywords


class LocalClass:
    """A class of the text, whose objects are unknown, unless it only changes how a model trains.

    With ``function``, it is a function that is not followed: one with a decorator, or a generator.
    """

    __slots__ = ("function", "line", "model", "name", "node")

    def __init__(self, name: str, node: Any, line: int, model: bool, function: bool = False) -> None:
        self.name = name
        self.node = node
        self.line = line
        self.model = model
        self.function = function


class Partial:
    """``functools.partial`` of something."""

    __slots__ = ("function", "given", "named")

    def __init__(self, function: Value, given: list[Value], named: dict[str, Value]) -> None:
        self.function = function
        self.given = given
        self.named = named


class Method:
    """An attribute of a value that is about to be called."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Value, name: str) -> None:
        self.owner = owner
        self.name = name


class Scope:
    """The names of a module or of one call of a function."""

    __slots__ = ("names", "outer", "shared")

    def __init__(self, outer: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.outer = outer
        self.shared: set[str] = set()

    def holder(self, name: str) -> Scope | None:
        """The scope that has ``name``; None when none has it."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.outer
        return scope

    def assign(self, name: str, value: Value) -> None:
        """Bind a name here, or where ``global`` and ``nonlocal`` say."""
        if name in self.shared and self.outer is not None:
            holder = self.outer.holder(name)
            if holder is None:
                holder = self.outer
                while holder.outer is not None:
                    holder = holder.outer
            holder.names[name] = value
        else:
            self.names[name] = value


class Tensor:
    """One output of one call of a layer."""

    __slots__ = ("index", "layer", "node")

    def __init__(self, layer: Layer, node: int, index: int) -> None:
        self.layer = layer
        self.node = node
        self.index = index

    @property
    def key(self) -> tuple[int, int, int]:
        """The same for two objects that stand for one tensor."""
        return (id(self.layer), self.node, self.index)

    @property
    def source(self) -> Node:
        """The call that made it."""
        return self.layer.nodes[self.node]


class Node:
    """One call of a layer: what it was given and what it gives."""

    __slots__ = ("args", "index", "inputs", "kwargs", "layer", "outputs")

    def __init__(self, layer: Layer, index: int, args: tuple[Value, ...], kwargs: dict[str, Value]) -> None:
        self.layer = layer
        self.index = index
        self.args = args
        self.kwargs = kwargs
        self.inputs = tensors_in([args, kwargs])
        self.outputs: Value = None


class Layer:
    """A layer or an operation of the graph.

    Attributes:
        class_name: as Keras serializes it.
        module: ``keras.layers``, ``tf_keras.layers`` or the module of an operation.
        options: the constructor's, without those that every layer has.
        operation: True for an operation of the graph, which is no layer.
        first_shape: the input shape that its constructor was given, with the batch axis; None when it was not.
        line: where it is made.
        function: what a Lambda computes, when that is a function of the text.
    """

    def __init__(self, class_name: str, module: str, name: str, options: dict[str, Value], line: int = 0) -> None:
        self.class_name = class_name
        self.module = module
        self.name = name
        self.options = options
        self.line = line
        self.operation = False
        self.trainable = True
        self.dtype: Value = None
        self.first_shape: Value = None
        self.nodes: list[Node] = []
        self.function: Function | None = None

    @property
    def tf_keras(self) -> bool:
        """Whether it is one of tf_keras."""
        return self.module.startswith("tf_keras")

    def held(self) -> list[Layer]:
        """Layers inside it."""
        return layers_in(list(self.options.values()))

    def set_trainable(self, value: bool) -> None:
        """Freeze or thaw it with all that is inside."""
        stack, seen = [self], set()
        while stack:
            layer = stack.pop()
            if id(layer) not in seen:
                seen.add(id(layer))
                layer.trainable = value
                stack += layer.held()


class Model(Layer):
    """A Sequential or a Functional model.

    Attributes:
        members: a Sequential's layers with its InputLayer, or a Functional's layers and operations in Keras's order.
        inputs: the tensor or structure of tensors that goes in; None for a Sequential without an input shape.
        outputs: what comes out.
        own_nodes: the calls that belong to a Functional.
        hidden_input: True when a Sequential's InputLayer has no shape, because only a call of it made it.
    """

    def __init__(self, class_name: str, module: str, name: str, line: int) -> None:
        super().__init__(class_name, module, name, {}, line)
        self.members: list[Layer] = []
        self.inputs: Value = None
        self.outputs: Value = None
        self.own_nodes: list[Node] = []
        self.hidden_input = False
        self.rewired = 0
        self.notes: list[str] = []

    @property
    def sequential(self) -> bool:
        """Whether it is a Sequential."""
        return self.class_name == "Sequential"

    def layers(self) -> list[Layer]:
        """As ``model.layers`` shows them."""
        if self.sequential:
            return [layer for layer in self.members if layer.class_name != "InputLayer"]
        return [layer for layer in self.members if not layer.operation]

    def held(self) -> list[Layer]:
        """Layers inside it."""
        return self.layers()


def walk(value: Value) -> Iterator[Value]:
    """Everything in a nested structure that is not itself a list, tuple or dict; dicts by sorted key, as Keras does.

    Raises:
        LimitExceeded: when there is too much of it, as in a list that holds itself.
    """
    stack, visited = [value], 0
    while stack:
        item = stack.pop()
        visited += 1
        if visited > MAX_LENGTH:
            raise LimitExceeded("A structure of the text is too large", expected=f"at most {MAX_LENGTH} items")
        if isinstance(item, (list, tuple)):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            stack.extend(item[key] for key in sorted(item, key=str, reverse=True))
        else:
            yield item


def tensors_in(value: Value) -> list[Tensor]:
    """The tensors in a nested structure, in Keras's order."""
    return [item for item in walk(value) if isinstance(item, Tensor)]


def layers_in(value: Value) -> list[Layer]:
    """The layers in a nested structure."""
    return [item for item in walk(value) if isinstance(item, Layer)]


def unknown_in(value: Value) -> Unknown | None:
    """The first unknown value in a nested structure."""
    return next((item for item in walk(value) if isinstance(item, Unknown)), None)


def mapped(value: Value, change: Callable[[Tensor], Value]) -> Value:
    """The same structure with every tensor put through ``change``; its size has been bounded by :func:`walk`."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    if isinstance(value, tuple):
        return tuple(mapped(item, change) for item in value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    return value
