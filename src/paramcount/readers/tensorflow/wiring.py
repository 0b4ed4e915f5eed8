"""Who takes what in a graph: the uses of a value, through operations that only pass it on, and into functions."""

from __future__ import annotations

from paramcount.errors import LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple

    from paramcount.readers.tensorflow.consumers import Operations
    from paramcount.readers.tensorflow.graph import Function, Graph, Node
else:
    from paramcount.records import NamedTuple

STEPS = 200
"""How many nodes are looked at to find out who takes one constant; a hundred readers of one are rare."""
USE_LIMIT = 1_000_000
"""How many are looked at for all constants of a graph together."""


class Use(NamedTuple):
    """One operation that takes a value."""

    op: str
    position: int
    """Which of its inputs it is."""
    taker: str
    """The name of the node."""
    direct: bool = False
    """Whether nothing stands between the two."""
    begins_loop: bool = False
    """Whether it is only what a variable of a loop begins with."""
    scope: str = ""
    """The function that the node stands in; empty for the graph itself."""


class Wiring:
    """The inputs of all nodes, turned round.  The scope of the graph itself is empty, that of a function its name.

    Attributes:
        known: what is known of the operations.
    """

    def __init__(self, graph: Graph, known: Operations) -> None:
        self.known = known
        self._graph = graph
        self._functions: dict[str, Function] = {function.name: function for function in graph.functions}
        self._takers: dict[str, dict[str, list[tuple[Node, int]]]] = {}
        self._origins: dict[str, dict[str, str]] = {}
        self._left = USE_LIMIT
        self._reached = self._reach()

    def scopes(self) -> Iterator[tuple[str, tuple[Node, ...]]]:
        """The nodes of the graph, and those of every function."""
        yield "", self._graph.nodes
        for name, function in self._functions.items():
            yield name, function.nodes

    def is_reached(self, scope: str) -> bool:
        """Whether anything calls the function ``scope``, starting from the graph itself."""
        return scope in self._reached

    def _reach(self) -> set[str]:
        """The functions that are called; all of them where the graph itself has no nodes."""
        reached = {""} if self._graph.nodes else set(self._functions)
        pending = list(reached)
        while pending:
            scope = pending.pop()
            nodes = self._functions[scope].nodes if scope else self._graph.nodes
            for node in nodes:
                for name in self.called(node):
                    if name not in reached:
                        reached.add(name)
                        pending.append(name)
        return reached

    def called(self, node: Node) -> list[str]:
        """The functions of this graph that a node calls."""
        names = [name for name in node.calls if name in self._functions]
        return [*names, node.op] if node.op in self._functions else names

    def takers(self, scope: str, name: str) -> list[tuple[Node, int]]:
        """The nodes that have ``name`` among their inputs, and in which place."""
        known = self._takers.get(scope)
        if known is None:
            known = self._takers[scope] = {}
            for node in self._functions[scope].nodes if scope else self._graph.nodes:
                for position, value in enumerate(node.inputs):
                    if not value.startswith("^"):
                        known.setdefault(value.partition(":")[0], []).append((node, position))
        return known.get(name, [])

    def uses(self, scope: str, name: str) -> list[Use]:
        """Who takes the value ``name`` in the end, the nearest first.

        Raises:
            LimitExceeded: when the constants of the graph have more takers than those of any graph.
        """
        found: list[Use] = []
        seen = {(scope, name)}
        pending = [(scope, name, True)]
        for place, value, direct in pending:
            if len(seen) > STEPS or len(found) > STEPS:
                break
            for node, position in self.takers(place, value)[:STEPS]:
                found.append(Use(node.op, position, node.name, direct, node.op in self.known.merges, place))
                for further in self._further(place, node, position, found):
                    if further not in seen:
                        seen.add(further)
                        pending.append((*further, False))
        self._left -= len(found)
        if self._left < 0:
            raise LimitExceeded(
                "The constants of the graph are taken in too many places", where=name[:200],
                expected=f"at most {USE_LIMIT} in all",
            )  # fmt: skip
        return self._ends(found)

    def _further(self, scope: str, node: Node, position: int, found: list[Use]) -> list[tuple[str, str]]:
        """Where the value goes on from ``node``: to whoever takes its result, or into a function."""
        if position == self.known.passing.get(node.op) or node.op == "IdentityN":
            return [(scope, node.name)]
        called = self.called(node)
        if not called:
            return []
        at = position - 1 if node.op in self.known.branches else position
        loop = node.op in self.known.loops
        into = []
        for name in called:
            function = self._functions[name]
            if not 0 <= at < len(function.arguments):
                continue
            if loop and self._changes(function, at):
                found[-1] = found[-1]._replace(begins_loop=True)
                return []
            into.append((name, function.arguments[at]))
        return into

    def _ends(self, found: list[Use]) -> list[Use]:
        """The uses that end somewhere, and behind them the first ones, by which a variable is known."""
        passing = self.known.passing
        ends = [use for use in found if use.begins_loop or use.position != passing.get(use.op)]
        return [*ends, *[use for use in found if use.direct and use not in ends]]

    def _changes(self, body: Function, at: int) -> bool:
        """Whether the body of a loop gives out anything but what it took in as its argument ``at``."""
        if at >= len(body.returns):
            return False
        origins = self._origins.get(body.name)
        if origins is None:
            copies = [node for node in body.nodes if node.op == "Identity" and node.inputs]
            origins = self._origins[body.name] = {node.name: node.inputs[0] for node in copies}
        value = body.returns[at][1]
        for _ in range(8):
            name = value.partition(":")[0]
            if name == body.arguments[at]:
                return False
            if name not in origins:
                break
            value = origins[name]
        return True
