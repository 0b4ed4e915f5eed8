"""Layers from the names of variables: a layer for each scope."""

from __future__ import annotations

from paramcount.model import Layer, Variable, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DEPTH_LIMIT = 64
"""Scopes inside scopes of a variable that become layers inside layers; what lies deeper stays in the last of them."""


class _Scope:
    """A layer in the making: its name and path, its own variables, and the scopes inside it by name."""

    __slots__ = ("inner", "name", "path", "variables")

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.variables: list[Variable] = []
        self.inner: dict[str, _Scope] = {}


def tree_of(variables: Iterable[Variable], root_name: str) -> Layer:
    """A tree with a layer for each scope of the variables, in the order in which the scopes first appear.

    A variable in no scope belongs to the root.  Names say nothing of classes, so the layers have none.

    Args:
        variables: whose paths are made of scopes and a name, joined by ``/``, and stay as they are.
        root_name: of the root; its path is empty, as that of every root.
    """
    root = _Scope(root_name, "")
    order = [root]
    for variable in variables:
        scope = root
        for part in _scopes_of(variable.path):
            if part not in scope.inner:
                scope.inner[part] = _Scope(part, joined(scope.path, part))
                order.append(scope.inner[part])
            scope = scope.inner[part]
        scope.variables.append(variable)
    return _built(order)


def _scopes_of(path: str) -> list[str]:
    """The scopes in a path; two slashes in a row make none without a name."""
    return [part for part in path.split("/", DEPTH_LIMIT)[:-1] if part]


def _built(order: list[_Scope]) -> Layer:
    """The first scope as a layer.  What is inside a scope comes behind it, so the last ones are made first."""
    made: dict[str, Layer] = {}
    for scope in reversed(order):
        children = tuple([made[inner.path] for inner in scope.inner.values()])
        made[scope.path] = Layer(scope.name, "", scope.path, tuple(scope.variables), children)
    return made[""]
