"""From the places of an object graph to the layers of a ``Model``."""

from __future__ import annotations

from paramcount.count import variables_of
from paramcount.model import Finding, Layer, Role, Variable, joined
from paramcount.readers.tensorflow.metadata import FILE, config_of
from paramcount.readers.tensorflow.objects import Room
from paramcount.readers.tensorflow.places import TWIN_LIMIT, Grower, name_places
from paramcount.readers.tensorflow.training import GENERATOR, KERAS_2_FLAGS, KERAS_3_FLAGS, Training

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramcount.architecture.node import Node as Config
    from paramcount.layers.slot import Slot
    from paramcount.readers.tensorflow.belonging import Belonging
    from paramcount.readers.tensorflow.metadata import Told
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph
    from paramcount.readers.tensorflow.places import Place
    from paramcount.readers.witness import Witness

KEPT_NOT = (
    "Which layers are frozen is not in this file: the flags of its variables are those that they were created with, "
    "and Keras 3 freezes a layer without changing them.  Weights that may train are undetermined."
)
SAID_BESIDE = (
    f"Which layers are frozen is not in this file: {FILE}, in which tf_keras says it, is not beside the model, and the "
    "flags of its variables are those that they were created with.  Weights that may train are undetermined."
)
FETCH = f"Count the whole folder of the model, with {FILE}."
NOT_HELD = "stored, but nothing of the model holds it"
INSTEAD = "Count the .keras file, or an export of the model (`model.export`), which lists what trains."


class Assembler:
    """Builds the layers of one graph.

    Args:
        graph: the objects; its variables have shapes, as far as they are known.
        belonging: which variables are the model's.
        told: what tf_keras says of its layers, by number.
        where: what errors call the graph.

    Attributes:
        others: variables of the graph that are no parameters.
        unlisted: variables of the model that its own list of variables leaves out, and which are no known copies.
    """

    def __init__(self, graph: ObjectGraph, belonging: Belonging, told: dict[int, Told], where: str) -> None:
        self.graph = graph
        self.belonging = belonging
        self.where = where
        self.witness: Witness | None = None
        """Compares formulas with shapes; None as long as no layer has a formula."""
        self._exports = graph.exports()
        self.others: list[Variable] = []
        self.paths: dict[int, str] = {}
        """Number of a variable to the path at which it is shown first, which is its storage key."""
        grower = Grower(graph, belonging, told)
        self._told = told
        self._tree = grower.root()
        self.owners = grower.owners
        name_places(self._tree, where)
        self.training = Training(graph, belonging, self.owners)
        self._shown_again = 0
        self._room = Room(where)
        self._taken: set[str] = set()
        self._made = Layer("", "", "")

    def listed(self) -> list[Node]:
        """Variables of the model in its own list of variables, or in that of an export inside the model."""
        held = (self.graph.listed(holder, "variables") or () for holder in (self.graph.root, *self._exports))
        unique = {node.number: node for nodes in held for node in nodes}
        return [node for node in unique.values() if node.number in self.belonging.model]

    def unlisted(self) -> list[Node]:
        """Variables that an export has in its list of all variables alone."""
        known = {node.number for node in self.listed()} | self.owners.keys()
        held = (self.graph.listed(export, "_all_variables") or () for export in self._exports)
        unique = {node.number: node for nodes in held for node in nodes if node.number not in known}
        return [node for node in unique.values() if node.number in self.belonging.model]

    def copies(self, of: dict[int, int]) -> Iterator[Variable]:
        """The copies of variables that are in the tree: one tensor each with its original."""
        for copy, original in of.items():
            node = self.graph.nodes[copy]
            role, reason = self.training.role(self.graph.nodes[original])
            path = self.paths[original]
            yield Variable(f"{path}#copy", node.shape, node.dtype, role, reason, path, node.key)

    def findings(self) -> list[Finding]:
        """What should be said of the layers."""
        found = [] if self.witness is None else self.witness.findings()
        reasons = {variable.reason for variable in variables_of(self._made)}
        if KERAS_3_FLAGS in reasons:
            found.append(Finding("freezes-not-stored", "info", "", KEPT_NOT, INSTEAD))
        if KERAS_2_FLAGS in reasons:
            found.append(Finding("freezes-not-stored", "info", "", SAID_BESIDE, FETCH))
        return found

    def root(self, copies: set[int]) -> Layer:
        """The whole tree; ``copies`` are numbers of variables that are stored once more elsewhere."""
        self._set_aside()
        self._configure(self._tree)
        order = list(self._tree.all())
        for place in order:
            if place.first is None:
                self._claim(place)
        made: dict[int, Layer] = {}
        for place in reversed(order):
            made[id(place)] = self._layer(place, made)
        root = made[id(self._tree)]
        loose = [node for node in self._model() if node.number not in self.owners and node.number not in copies]
        self._made = _with(root, self._by_name(loose))
        return self._made

    def _model(self) -> list[Node]:
        """The variables of the model in the order in which it lists them, else in that of the graph."""
        listed = self.graph.listed(self.graph.root, "variables") or []
        unique = {node.number: node for node in (*listed, *self.graph.variables())}
        return [node for node in unique.values() if node.number in self.belonging.model]

    def _set_aside(self) -> None:
        """The variables of optimizers, metrics and generators, and those that the model does not hold."""
        groups = (
            (self.belonging.optimizer, Role.OPTIMIZER, "state of the optimizer", "optimizer"),
            (self.belonging.metric, Role.METRIC, "state of a metric", "metrics"),
            (self.belonging.rng, Role.RNG, GENERATOR, "random"),
            ({node.number for node in self.belonging.rest()}, Role.CONSTANT, NOT_HELD, "unheld"),
        )
        for numbers, role, reason, place in groups:
            for number in sorted(numbers):
                node = self.graph.nodes[number]
                self._add_other(node, role, reason, f"{place}/{node.name or node.number}")

    def _add_other(self, node: Node, role: Role, reason: str, path: str) -> None:
        path = self._note(node, path)
        self.others.append(Variable(path, node.shape, node.dtype, role, reason, "", node.key))

    def _note(self, node: Node, path: str) -> str:
        """The path at which a variable is shown first: no other one has it, whatever the names in the file are."""
        if node.number not in self.paths:
            path = f"{path}#{node.number}" if path in self._taken else path
            while path in self._taken:
                path += "#"
            self._taken.add(path)
            self.paths[node.number] = path
        return self.paths[node.number]

    def _configure(self, root: Place) -> None:
        """Give every layer of which tf_keras says something its config, with shapes, for its formulas."""
        for place in root.all():
            parent = place.parent
            if place.first is not None:
                continue
            if parent is not None and parent.config is not None:
                place.config = _inner_config(parent.config, place)
            if place.config is None:
                place.config = config_of(place.node, self._told, self.where)
                if place.config is not None:
                    from paramcount.architecture.infer import complete

                    complete(place.config, True)

    def _claim(self, place: Place) -> None:
        """Note the path of every variable that stands here for the first time."""
        for edge, node in place.variables:
            self._note(node, joined(place.path, _variable_name(edge, node)))

    def _layer(self, place: Place, made: dict[int, Layer]) -> Layer:
        told, config = place.told, place.config
        variables = tuple(self._again(place) if place.first is not None else self._own(place))
        return Layer(
            place.name, told.class_name if told is not None else "", place.path, variables,
            tuple([made[id(child)] for child in place.children]), told.trainable if told is not None else None,
            None if config is None else config.input_shape, None if config is None else config.output_shape,
        )  # fmt: skip

    def _own(self, place: Place) -> Iterator[Variable]:
        config = place.config
        slots = {} if config is None else _slots(config)
        for edge, node in place.variables:
            name = _variable_name(edge, node)
            path = joined(place.path, name)
            # Two variables may have one name; the second one is shown under the path that it was given.
            first = self.owners.get(node.number) is place
            variable = self._variable(node, self.paths[node.number] if first else path)
            if variable.role in (Role.COUNTER, Role.TABLE):
                self.others.append(variable)
                continue
            yield self._explained(variable, slots.get(name), place)

    def _explained(self, variable: Variable, slot: Slot | None, place: Place) -> Variable:
        """With the formula of its shape, where its layer's class has one."""
        if slot is None or variable.shape is None:
            return variable
        if self.witness is None:
            from paramcount.readers.witness import Witness

            self.witness = Witness()
        class_name = "" if place.config is None else place.config.class_name
        axes = self.witness.axes(slot, variable.shape, place.path, class_name)
        reason = slot.state if slot.state and variable.role is Role.STATE else variable.reason
        return variable._replace(axes=axes, group=slot.group, reason=reason)

    def _variable(self, node: Node, path: str) -> Variable:
        role, reason = self.training.role(node)
        storage = self._note(node, path)
        return Variable(path, node.shape, node.dtype, role, reason, "" if storage == path else storage, node.key)

    def _again(self, place: Place) -> Iterator[Variable]:
        """The variables of an object that has an earlier place: the same tensors, in one list."""
        first = place.first
        if first is None or self._shown_again > TWIN_LIMIT:
            return
        for one in first.all():
            self._shown_again += 1 + len(one.variables)
            for edge, node in one.variables:
                inner = joined(one.path, _variable_name(edge, node))[len(first.path) :].lstrip("/")
                path = joined(place.path, inner)
                self._room.take(path)
                variable = self._variable(node, path)
                if variable.role not in (Role.COUNTER, Role.TABLE):
                    yield variable

    def _by_name(self, loose: list[Node]) -> list[Variable]:
        """Variables that no object owns, as in an export of Keras, under the names that TensorFlow gave them."""
        names = [node.name.partition(":")[0] or f"variable_{node.number}" for node in loose]
        names = _without_model(names)
        given: dict[str, int] = {}
        found = []
        for node, name in zip(loose, names, strict=True):
            given[name] = given.get(name, 0) + 1
            scope, _, last = name.rpartition("/")
            # Several layers of one name: the next one begins where a name comes again.
            path = name if given[name] == 1 else joined(f"{scope}#{given[name]}" if scope else "", last)
            path = path if scope or given[name] == 1 else f"{last}#{given[name]}"
            variable = self._variable(node, self._note(node, path))
            if variable.role in (Role.COUNTER, Role.TABLE):
                self.others.append(variable)
            else:
                found.append(variable)
        return found


def _slots(config: Config) -> dict[str, Slot]:
    """The variables that the class of a layer says it has, by name."""
    from paramcount.architecture.slots import slots_for

    return {slot.name: slot for slot in slots_for(config, True) or ()}


def _with(root: Layer, loose: list[Variable]) -> Layer:
    """``root`` with variables that no object owns, in the layers that their names tell."""
    from paramcount.readers.tensorflow.scopes import tree_of

    if not loose:
        return root
    named = tree_of(loose, root.name)
    return root._replace(variables=(*root.variables, *named.variables), children=(*root.children, *named.children))


def _without_model(names: list[str]) -> list[str]:
    """Names without the first part, where all have it in common and it is the model's: no row for the model."""
    first = {name.partition("/")[0] for name in names}
    if len(first) != 1 or any(name.count("/") < 2 for name in names):
        return names
    return [name.partition("/")[2] for name in names]


def _variable_name(edge: str, node: Node) -> str:
    """The name of a variable in its owner: Keras 3 keeps a kernel as ``_kernel``, and calls it ``kernel``."""
    last = node.name.partition(":")[0].rpartition("/")[2]
    return last if edge.strip("_") == last else edge


def _inner_config(config: Config, place: Place) -> Config | None:
    """The config of what ``place`` holds, inside that of its owner."""
    name = place.told.name if place.told is not None else ""
    for child in config.children:
        if place.edge in (child.attribute, f"_{child.attribute}") and child.attribute != "layers":
            return child
        if name and child.listed and child.name == name:
            return child
    return None
