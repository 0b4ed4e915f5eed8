"""What the optimizers of an object graph prove of a variable, each for the part of the model that it was made for.

A model that was compiled keeps its optimizer when it becomes a part of another one, and that optimizer says what
trained then.  So the optimizer of the larger part decides, and where no optimizer was made for the whole, nothing is
proved.  An optimizer that has not taken a step, or that keeps nothing for a variable, names none: it proves nothing.
"""

from __future__ import annotations

from paramcount.readers.tensorflow.belonging import OPTIMIZER_LIMIT, reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple

    from paramcount.readers.tensorflow.objects import ObjectGraph
else:
    from paramcount.records import NamedTuple


class Part(NamedTuple):
    """A part of the model, and what the optimizers that were made for it train."""

    variables: frozenset[int]
    trained: set[int]
    silent: bool
    """Whether one of them names nothing, so that it may train anything."""

    def says(self, number: int) -> bool | None:
        """Whether a variable of this part trains; None when it is not known."""
        return True if number in self.trained else None if self.silent else False


class Proof:
    """What the optimizers prove.

    Args:
        graph: the objects.
        model: numbers of the variables of the model.
        aside: numbers of the optimizers and metrics.
        named: number of every optimizer that wraps no other, to the variables that it says it trains.
    """

    def __init__(self, graph: ObjectGraph, model: set[int], aside: set[int], named: Mapping[int, set[int]]) -> None:
        self._graph = graph
        self._model = model
        self._aside = aside
        self._parents: dict[int, list[int]] = {}
        self._parts: list[Part] = []
        if any(named.values()) and len(named) <= OPTIMIZER_LIMIT:
            parts = self._parts_of(named)
            # Single numbers are steps and counters, which no optimizer is made for.
            covered = set().union(*[part.variables for part in parts])
            if all(graph.nodes[number].shape == () for number in model - covered):
                self._parts = parts

    def of(self, number: int) -> bool | None:
        """Whether an optimizer proves that a variable trains, or that it does not; None where none proves anything."""
        parts = [part for part in self._parts if number in part.variables]
        if len(parts) > 1:
            parts = [one for one in parts if not any(one.variables < other.variables for other in parts)]
        said = {part.says(number) for part in parts}
        return said.pop() if len(said) == 1 else None

    def _parts_of(self, named: Mapping[int, set[int]]) -> list[Part]:
        parts: dict[frozenset[int], Part] = {}
        for number, trained in named.items():
            scope = self._scope(number, trained)
            known = parts.get(scope, Part(scope, set(), False))
            parts[scope] = Part(scope, known.trained | trained, known.silent or not trained)
        return list(parts.values())

    def _scope(self, optimizer: int, trained: set[int]) -> frozenset[int]:
        """The variables of what holds an optimizer, or of what holds that, if it has no variables itself."""
        seen, level = {optimizer}, [optimizer]
        while level:
            above = {parent for number in level for parent in self._holders(number)} - seen
            if 0 in above:
                break
            seen |= above
            found = reached(self._graph, above - self._aside, self._aside) & self._model
            if found:
                return frozenset(found | trained)
            level = list(above)
        return frozenset(self._model)

    def _holders(self, number: int) -> list[int]:
        if not self._parents:
            for node in self._graph.nodes:
                for _, held in node.edges:
                    self._parents.setdefault(held, []).append(node.number)
        return self._parents.get(number, [])
