"""To whom each variable of an object graph belongs: to the model, an optimizer, a metric, or a generator of seeds.

What an object is, the graph tells by its class where it is a SavedModel, and otherwise by what the object holds.
Names of variables and keys of a checkpoint are no evidence: in a compiled Keras 3 model the shortest path to a weight
leads through the optimizer.
"""

from __future__ import annotations

from paramcount.readers.tensorflow.objects import VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from paramcount.readers.tensorflow.objects import Node, ObjectGraph

_OPTIMIZERS = frozenset(("optimizer", "experimentalOptimizer", "loss_scale_optimizer"))
"""Identifiers of the optimizers of tf_keras, old and new."""
_METRIC = "_tf_keras_metric"
_INNER = ("inner_optimizer", "base_optimizer", "_optimizer")
"""Names under which an optimizer that scales the loss holds the one that it wraps."""
_ITERATIONS = ("_iterations", "iterations")
_METRIC_STATE = (
    frozenset(("total", "count")), frozenset(("total",)), frozenset(("accumulator",)), frozenset(("total_cm",)),
    frozenset(("total_confusion_matrix", "total_cm")), frozenset(("num_samples",)),
    frozenset(("true_positives",)), frozenset(("true_negatives",)), frozenset(("false_positives",)),
    frozenset(("false_negatives",)), frozenset(("true_positives", "false_positives")),
    frozenset(("true_positives", "false_negatives")),
    frozenset(("true_positives", "true_negatives", "false_positives", "false_negatives")),
    frozenset(("squared_sum", "sum", "residual", "count")),
    frozenset(("squared_sum", "sum", "residual", "num_samples")),
    frozenset(("squared_sum", "sum", "residual", "total_mse", "count", "num_samples")),
    frozenset(("true_positives", "false_positives", "false_negatives", "weights_intermediate")),
    frozenset(("true_positives", "false_positives", "false_negatives", "intermediate_weights")),
)  # fmt: skip
"""What the metrics of Keras hold, all in variables: where the graph does not name classes, that tells them."""
SCALE_LIMIT = 1000
"""Objects that a scale of the loss may hold; it needs some ten, and a model has more."""
OPTIMIZER_LIMIT = 8
"""Optimizers that are heard; of more, nothing is proved.  Models that train against one another have two or three."""
TRAINED = "_trainable_variables"
"""The list in which an optimizer of Keras 3 holds the weights that it trains."""
_LAYER_MARKS = ("_inbound_nodes", "_losses_override")
"""What every layer of Keras 3 holds."""
_SINGLE = frozenset(("total", "count", "num_samples"))
"""States of metrics that are single numbers; those of a mean of tensors are none, and have two names each."""
_TWO_NAMES = {"total", "_total", "count", "_count"}
_BESIDE = {
    frozenset(("accumulator",)): frozenset(("thresholds",)),
    frozenset(("total_cm",)): frozenset(("target_class_ids",)),
}
"""What a metric of Keras holds beside a state that a layer might hold under the same name."""
KERAS_API = "keras_api"
"""Where tf_keras keeps its own lists in a SavedModel, metrics among them."""
NO_SLOTS = frozenset(("_variables", TRAINED, "_index_dict", "_trainable_variables_indices", KERAS_API))
"""Lists of an optimizer that do not hold one slot for each variable that it trains."""
GENERATOR_STATE = "_state_var"
"""The one variable of a ``tf.random.Generator``."""


class Belonging:
    """The variables of a graph by what they belong to; each set holds numbers of nodes.

    Attributes:
        model: reached from the root without passing through an optimizer or a metric.
        optimizer: slots and counters of optimizers.
        metric: states of metrics, but for those that the model lists among its weights.
        listed_metric: states of metrics that the model does list.
        rng: states of generators.
        aside: the objects that are no part of the model: optimizers, metrics, and what holds the lists of Keras.
        optimizers: the objects that are optimizers.
        named: every optimizer that wraps no other, to the variables that it says it trains.
        trained: variables that an optimizer says it trains; empty when none says.
    """

    def __init__(self, graph: ObjectGraph) -> None:
        self.graph = graph
        self.optimizers = _optimizers(graph)
        holders = _holders(graph)
        slots = {slot for node in graph.nodes for _, slot in node.slots}
        self.named = _named(graph, self.optimizers)
        self.trained = {original for node in graph.nodes for original, _ in node.slots}.union(*self.named.values())
        rest = (node for node in graph.nodes if node.number not in self.optimizers)
        metrics = {node.number for node in rest if is_metric(graph, node, holders) and not self._holds_trained(node)}
        self.aside = self.optimizers | metrics | _keras_lists(graph)
        weights = {one for number in self.optimizers for one in _listed(graph, number)}
        start = [number for number in (0,) if number not in self.aside]
        self.model = (reached(graph, start, self.aside) | weights) - slots
        self.optimizer = (reached(graph, self.optimizers, metrics, (TRAINED,)) | slots) - self.model
        states = reached(graph, metrics, set())
        self.metric, self.listed_metric = states - self.model - self.optimizer, states & self.model
        self.rng = {node.number for node in graph.variables() if node.number in self.model and _is_state(node)}
        generators = (node.edge(GENERATOR_STATE) for node in graph.nodes)
        self.rng |= {number for number in generators if number is not None and _is_whole(graph.nodes[number], axes=1)}
        self.model -= self.rng

    def _holds_trained(self, node: Node) -> bool:
        return any(number in self.trained for _, number in node.edges)

    def rest(self) -> list[Node]:
        """The variables that nothing holds but the lists of Keras itself."""
        known = self.model | self.optimizer | self.metric | self.rng
        return [node for node in self.graph.variables() if node.number not in known]


def _named(graph: ObjectGraph, optimizers: set[int]) -> dict[int, set[int]]:
    """Every optimizer that wraps no other, to the variables that it says it trains."""
    found = {}
    for number in sorted(optimizers):
        node = graph.nodes[number]
        if not any(node.edge(name) in optimizers for name in _INNER):
            found[number] = {original for original, _ in node.slots} | _listed(graph, number)
    silent = [number for number, named in found.items() if not named]
    return found | {number: _named_by_slots(graph, number) for number in silent[:OPTIMIZER_LIMIT]}


def _listed(graph: ObjectGraph, optimizer: int) -> set[int]:
    """The variables in the list of an optimizer of Keras 3."""
    number = graph.nodes[optimizer].edge(TRAINED)
    held = () if number is None else graph.children(graph.nodes[number])
    return {child.number for _, child in held if child.kind == VARIABLE}


def _named_by_slots(graph: ObjectGraph, optimizer: int) -> set[int]:
    """Variables whose names the slots of an optimizer carry: tf_keras calls one ``Adam/m/dense/kernel``.

    Only where every slot names one variable, and no two variables have one name, is that an answer.
    """
    named: dict[str, list[int]] = {}
    for node in graph.variables():
        named.setdefault(node.name.partition(":")[0], []).append(node.number)
    found: set[int] = set()
    seen: set[int] = set()
    for edge, child in graph.children(graph.nodes[optimizer]):
        if edge in NO_SLOTS or child.number in seen:
            continue
        seen.add(child.number)
        for slot in slots_of(graph, child):
            # In front of the variable's name stands that of the slot, and mostly that of the optimizer.
            parts = slot.name.partition(":")[0].split("/")
            original = [one for start in (1, 2) for one in named.get("/".join(parts[start:]), ())]
            if len(original) != 1:
                return set()
            found.add(original[0])
    return found


def slots_of(graph: ObjectGraph, node: Node) -> list[Node]:
    """The variables of a plain list; none of any other object."""
    if node.kind == VARIABLE or not all(edge.isdecimal() for edge, _ in node.edges):
        return []
    return [one for _, one in graph.children(node) if one.kind == VARIABLE]


def _optimizers(graph: ObjectGraph) -> set[int]:
    """The optimizers, and those that wrap one."""
    found = {node.number for node in graph.nodes if is_optimizer(graph, node)}
    if not found:
        return found
    wrappers = {node.number for node in graph.nodes if any(node.edge(name) in found for name in _INNER)}
    # What holds an optimizer as `_optimizer` and is the model itself is a trainer, and no optimizer.
    return found | {number for number in wrappers if number and _holds_only_scalars(graph, graph.nodes[number], found)}


def _holds_only_scalars(graph: ObjectGraph, node: Node, optimizers: set[int]) -> bool:
    """Whether an object holds, beside an optimizer, nothing but single numbers, as a scale of the loss is."""
    seen, stack = {node.number}, [node.number]
    while stack and len(seen) <= SCALE_LIMIT:
        for name, child in graph.children(graph.nodes[stack.pop()]):
            if child.number in seen or child.number in optimizers or name == TRAINED:
                continue
            if child.kind == VARIABLE and child.shape not in ((), None):
                return False
            seen.add(child.number)
            stack.append(child.number)
    return not stack


def is_optimizer(graph: ObjectGraph, node: Node) -> bool:
    """Whether an object is an optimizer, by its class or by what all optimizers of one kind hold."""
    if node.identifier in _OPTIMIZERS or node.slots:
        return True
    if not node.edges:
        return False
    names = node.names()
    if "_variables" in names and any(name in names and _counts(graph, node, name) for name in _ITERATIONS):
        return True
    if not ("iter" in names and "decay" in names and _counts(graph, node, "iter")):
        return False
    decay = graph.nodes[node.edge("decay") or 0]
    return decay.kind != VARIABLE or decay.shape in ((), None)


def _counts(graph: ObjectGraph, node: Node, name: str) -> bool:
    """Whether a node holds a single whole number under a name, as an optimizer holds its steps."""
    number = node.edge(name)
    return number is not None and _is_whole(graph.nodes[number], axes=0)


def _is_whole(node: Node, axes: int) -> bool:
    """Whether a node is a variable of whole numbers of so many axes, as far as its dtype and shape are known."""
    whole = not node.dtype or node.dtype.startswith(("int", "uint"))
    return node.kind == VARIABLE and whole and (node.shape is None or len(node.shape) == axes)


def is_metric(graph: ObjectGraph, node: Node, holders: set[int]) -> bool:
    """Whether an object is a metric, by its class, or because it holds the state of one and nothing else.

    Args:
        graph: the objects.
        node: the one in question.
        holders: numbers of the objects that hold a variable.
    """
    if node.identifier:
        if node.identifier == _METRIC:
            return True
        if not node.identifier.startswith("_generic"):
            return False
    if not node.edges:
        return False
    held = [(name, child) for name, child in graph.children(node) if name not in ("_variables", KERAS_API)]
    states = [child for _, child in held if child.kind == VARIABLE]
    variables = frozenset(name.strip("_") for name, child in held if child.kind == VARIABLE)
    if variables not in _METRIC_STATE or any(child.trainable for child in states) or is_keras_3_layer(node):
        return False
    names = node.names()
    if variables == frozenset(("total",)) and "_variables" not in names:
        return False
    if variables in _BESIDE and names.isdisjoint(_BESIDE[variables]):
        return False
    single = variables <= _SINGLE and not names >= _TWO_NAMES
    if single and any(child.shape not in ((), None) for child in states):
        return False
    return not any(child.number in holders for _, child in held if child.kind != VARIABLE)


def is_perhaps_metric(graph: ObjectGraph, node: Node) -> bool:
    """Whether an object holds what a metric ``Sum`` of tf_keras does: one single number, called total, and no more."""
    return len(node.edges) == 1 and all(
        name == "total" and one.kind == VARIABLE and one.shape == () for name, one in graph.children(node)
    )


def is_keras_3_layer(node: Node) -> bool:
    """Whether an object is a layer of Keras 3, by what all of them hold."""
    return any(node.edge(mark) is not None for mark in _LAYER_MARKS)


def _keras_lists(graph: ObjectGraph) -> set[int]:
    """The objects that hold the lists of Keras, and own nothing; an attribute may have their name too.

    Their classes do not tell, as loading and saving once more takes them away, but all of them list the variables.
    """
    held = {number for node in graph.nodes for name, number in node.edges if name == KERAS_API}
    return {number for number in held if graph.listed(graph.nodes[number], "variables") is not None}


def _holders(graph: ObjectGraph) -> set[int]:
    """Numbers of the objects that hold a variable."""
    return {node.number for node in graph.nodes if any(child.kind == VARIABLE for _, child in graph.children(node))}


def reached(graph: ObjectGraph, start: Iterable[int], closed: set[int], passed: tuple[str, ...] = ()) -> set[int]:
    """Numbers of the variables that can be reached from ``start``, not entering ``closed``, by other edges."""
    seen, stack = set(start), list(start)
    while stack:
        for name, number in graph.nodes[stack.pop()].edges:
            if number not in seen and number not in closed and name not in passed:
                seen.add(number)
                stack.append(number)
    return {number for number in seen if graph.nodes[number].kind == VARIABLE}


def _is_state(node: Node) -> bool:
    """Whether a variable is the state of a seed generator of Keras, which only its own name tells in an export."""
    integer = node.dtype.startswith(("int", "uint"))
    return integer and node.shape == (2,) and not node.trainable and node.name.endswith("seed_generator_state")
