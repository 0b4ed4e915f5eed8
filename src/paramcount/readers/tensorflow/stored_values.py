"""Which tensor of a bundle holds the value of which variable of an object graph, and which are stored twice."""

from __future__ import annotations

from itertools import islice

from paramcount.model import Finding, Role, Variable
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.bundle import OBJECT_GRAPH
from paramcount.readers.tensorflow.objects import CONSTANT, RESOURCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paramcount.containers.protobuf import Span
    from paramcount.readers.tensorflow.bundle import Bundle, Entry
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph

ATTRIBUTES = "/.ATTRIBUTES/"
VALUE = f"{ATTRIBUTES}VARIABLE_VALUE"
NOT_OF_GRAPH = "stored, but the value of no variable in the object graph"
TRIES = 1000
"""Shapes of stored tensors that are tried for a variable of which the shape is not known in full."""
CONTENT = "content of a lookup table"
HELD = "a constant that the model holds, and no variable"


def name_values(graph: ObjectGraph, bundle: Bundle) -> list[Node]:
    """Give every variable of a SavedModel the key and shape of its value; the result are those without one.

    A key is the shortest path to the variable.  Where two are equally short, TensorFlow takes the first one that it
    meets, and it does not always go the way of the object graph: such variables are matched by dtype and shape.
    """
    paths = graph.paths()
    missing = []
    taken = set()
    for node in graph.variables():
        key = paths.get(node.number, "") + VALUE
        entry = bundle.entries.get(key.lstrip("/"))
        if entry is not None and entry.key not in taken and fits(node, entry):
            node.key, node.shape = entry.key, entry.shape
            taken.add(entry.key)
        else:
            missing.append(node)
    free = [entry for entry in bundle.numeric() if entry.key not in taken and entry.key.endswith(VALUE)]
    alike: dict[object, list[Entry]] = {}
    for entry in reversed(free):
        alike.setdefault((entry.dtype, entry.shape), []).append(entry)
    # What is known in full is matched first, and leaves the others what remains.
    missing.sort(key=lambda node: node.shape is None or None in node.shape)
    return [node for node in missing if not _take(node, alike)]


def _take(node: Node, free: dict[object, list[Entry]]) -> bool:
    """Give ``node`` the first free tensor of its dtype and shape."""
    found = free.get((node.dtype, node.shape))
    if found is None and (node.shape is None or None in node.shape):
        found = next((entries for entries in islice(free.values(), TRIES) if fits(node, entries[-1])), None)
    if not found:
        return False
    entry = found.pop()
    node.key, node.shape = entry.key, entry.shape
    if not found:
        del free[entry.dtype, entry.shape]
    return True


def fits(node: Node, entry: Entry) -> bool:
    """Whether a tensor can be the value of a variable."""
    if node.dtype != entry.dtype:
        return False
    if node.shape is None or node.shape == entry.shape:
        return True
    return len(node.shape) == len(entry.shape) and all(
        size in (None, stored) for size, stored in zip(node.shape, entry.shape, strict=True)
    )


def unclaimed(graph: ObjectGraph, bundle: Bundle) -> list[Variable]:
    """What else is stored: the content of tables, and values of no variable."""
    claimed = {node.key for node in graph.variables()} | {OBJECT_GRAPH}
    tables = {path for number, path in graph.paths().items() if graph.nodes[number].kind == RESOURCE}
    tables.update(key.partition(ATTRIBUTES)[0] for node in graph.nodes for key in node.values if "table" in key)
    found = []
    for entry in bundle.entries.values():
        if entry.key in claimed:
            continue
        of_table = entry.key.partition(ATTRIBUTES)[0] in tables
        role, reason = (Role.TABLE, CONTENT) if of_table else (Role.CONSTANT, NOT_OF_GRAPH)
        found.append(Variable(entry.key, entry.shape, entry.dtype, role, reason, "", entry.key))
    return found


def not_numeric(bundle: Bundle) -> int:
    """Elements of all that is stored and is no number, but for the object graph itself."""
    entries = bundle.entries.values()
    return sum(entry.elements for entry in entries if not entry.is_numeric and entry.key != OBJECT_GRAPH)


def held_constants(graph: ObjectGraph, graphs: Sequence[Span]) -> list[Variable]:
    """The constants that objects hold as attributes; their shapes are those of the operations that make them.

    Of the graph of operations only the nodes outside functions are read, and only where there are such constants.
    """
    held = {node.name.partition(":")[0]: node for node in graph.nodes if node.kind == CONSTANT}
    if not held:
        return []
    from paramcount.readers.tensorflow.graph import main_nodes

    made = {node.name: node for span in graphs for node in main_nodes(span) if node.name in held}
    paths = graph.paths()
    found = []
    for operation, node in held.items():
        maker = made.get(operation)
        shape, dtype = (None, "") if maker is None else (maker.shape, maker.dtype)
        path = f"constants/{paths.get(node.number) or operation}"
        found.append(Variable(path, shape, dtype, Role.CONSTANT, HELD, path, f"graph, {operation}"))
    return found


class Copies:
    """Variables that are stored once more as other variables, as an export of Keras 3 stores all of its weights.

    Checksums of the values prove it.  An export that was loaded and trained on has trained one of the two alone: then
    name, dtype and shape have to tell, each original having one copy.

    Attributes:
        of: number of a copy to that of the variable whose value it holds too.
        unproved: how many of them no checksum proves.
    """

    def __init__(self, bundle: Bundle | None, listed: list[Node], candidates: list[Node]) -> None:
        self.of: dict[int, int] = {}
        self._originals, self._copies = listed, candidates
        self._has_values = bundle is not None
        entries = {} if bundle is None else bundle.entries
        # The value alone may give a copy to another original than its own: new biases are all zeros.
        self._match(lambda node: _named(node, _value(entries.get(node.key))))
        proved = len(self.of)
        self._match(lambda node: (node.name, node.dtype, node.shape))
        self.unproved = len(self.of) - proved
        self._match(lambda node: _value(entries.get(node.key)))
        self.bytes = sum(
            entries[node.key].size for node in candidates if node.number in self.of and node.key in entries
        )

    def _match(self, mark: Callable[[Node], object]) -> None:
        """Give every copy that has none an original of the same mark, each its own; None is no mark."""
        if len(self.of) == len(self._copies):
            return
        taken = set(self.of.values())
        left: dict[object, list[Node]] = {}
        for node in reversed(self._originals):
            if node.number not in taken:
                left.setdefault(mark(node), []).append(node)
        for node in self._copies:
            found = None if node.number in self.of else mark(node)
            if found is not None and left.get(found):
                self.of[node.number] = left[found].pop().number

    def findings(self) -> list[Finding]:
        """What should be said of them."""
        found = []
        proved = len(self.of) - self.unproved
        if proved:
            message = (
                f"The export stores {plural(proved, 'variable')} twice, as `variables` and as `_all_variables`, with "
                f"the same checksums: they are counted once.  The copies take {self.bytes:,} bytes."
            )
            found.append(Finding("exported-twice", "info", "", message))
        if self.unproved:
            why = (
                "Their values differ, as they do when an export is loaded and trained on."
                if self._has_values
                else "Without the index of the values, nothing proves it."
            )
            message = (
                f"{plural(self.unproved, 'variable')} of `_all_variables` have name, dtype and shape of one in "
                f"`variables`: they are taken to be the copies that Keras 3 exports, and are counted once.  {why}"
            )
            found.append(Finding("exported-twice-unproved", "warning", "", message))
        return found


def _named(node: Node, value: object) -> object:
    return None if value is None else (node.name, value)


def _value(entry: Entry | None) -> object:
    """What a copy and its original have in common in the index; None where nothing is stored."""
    return None if entry is None else (entry.dtype, entry.shape, entry.size, entry.crc)
