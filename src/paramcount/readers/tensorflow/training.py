"""What each variable of an object graph is to training, and why.

The lists that Keras and reusable modules keep say it best.  The flag of a variable is only the one that it was created
with: freezing a layer does not change it.  An optimizer that is stored too says what it trains.
"""

from __future__ import annotations

from itertools import islice

from paramcount.layers.states import ADAPTED, BATCH_STATE, COUNTERS, no_gradient
from paramcount.model import Role
from paramcount.readers.findings import PROVED
from paramcount.readers.tensorflow.belonging import is_keras_3_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.tensorflow.belonging import Belonging
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph
    from paramcount.readers.tensorflow.places import Place
    from paramcount.readers.tensorflow.proof import Proof

CREATED = "created with trainable=False"
NOT_LISTED = "the model leaves it out of its trainable variables"
NOT_TRAINED = "the optimizer stored with it does not train it"
KERAS_3_FLAGS = "Keras 3 does not store in this form which layers are frozen"
KERAS_2_FLAGS = "what Keras says of its layers is not beside the model"
CHECKPOINT = "a checkpoint does not say what trains"
UNLISTED = "the model does not list it among its variables"
STEP = "a whole number that counts"
TEXT = "text, and no numbers"
METRIC = "state of a metric, which tf_keras counts as a weight of the model that holds it"
GENERATOR = "state of a random generator"
_NO_GRADIENT = ("int", "uint", "bool")
"""What the names of dtypes begin with that no optimizer can train, though TensorFlow flags them like any other."""
SAVES = "save_counter"
"""The name under which every ``tf.train.Checkpoint`` holds how often it was saved."""
_ADAPTED = frozenset(("mean", "variance", "count"))
"""What the layer Normalization holds."""
_OF_TFSM_LAYER = "_reloaded_obj"
"""The name under which a ``TFSMLayer`` holds the SavedModel in it."""
KERAS_2 = "_tf_keras_"
"""What the class of every layer of tf_keras begins with in a SavedModel."""


class Training:
    """Gives every variable of a model its role and reason.

    Args:
        graph: the objects.
        belonging: which variables are the model's, and which of them an optimizer trains.
        owners: number of a variable to the first place that owns it.
    """

    def __init__(self, graph: ObjectGraph, belonging: Belonging, owners: dict[int, Place]) -> None:
        self.graph = graph
        self.belonging = belonging
        self.owners = owners
        self.listed = _numbers(graph.listed(graph.root, "variables"))
        self.trainable = _numbers(graph.listed(graph.root, "trainable_variables"))
        self.has_lists = self.listed is not None and self.trainable is not None
        self._proof = _proof(graph, belonging)
        self._held_back, self._of_layers = _held_back(graph)
        self._unfrozen = _unfrozen(owners)
        places = {id(place): place for place in owners.values()}.values()
        self._held = {
            node.number: edge for place in places for edge, node in place.variables if owners[node.number] is place
        }
        """Number of a variable to the name that its owner has for it."""
        self._normalizes = {id(place) for place in places if _is_normalization(place)}
        self._keras_3: dict[int, bool] = {}
        self._roles: dict[int, tuple[Role, str]] = {}

    def role(self, node: Node) -> tuple[Role, str]:
        """Role and reason of a variable of the model."""
        found = self._roles.get(node.number)
        if found is None:
            found = self._roles[node.number] = self._role(node)
        return found

    def _role(self, node: Node) -> tuple[Role, str]:
        name = node.name.rpartition("/")[2]
        if node.dtype in ("string", "variant", "resource"):
            return Role.TABLE, TEXT
        if self._counts(node):
            return Role.COUNTER, STEP
        if node.trainable is False:
            return Role.STATE, self._state(node, name)
        if node.dtype.startswith(_NO_GRADIENT):
            return Role.STATE, self._known_state(node, name) or no_gradient(node.dtype)
        if self.has_lists and node.number in (self.listed or ()):
            return self._trains(node, node.number in (self.trainable or ()), NOT_LISTED)
        if self.has_lists:
            return self._trains(node, False, UNLISTED)
        if node.number in self._held_back and not self._is_keras_3(node):
            return self._trains(node, False, NOT_LISTED)
        if self.graph.flagged and not self._is_keras_3(node) and not self._is_silent(node):
            return self._trains(node, node.number in self._unfrozen or node.number not in self.owners, NOT_LISTED)
        return self._by_optimizer(node, name)

    def _by_optimizer(self, node: Node, name: str) -> tuple[Role, str]:
        """Where no list and no flag says it: what an optimizer says, if one is stored."""
        state = "" if self.graph.flagged else self._known_state(node, name)
        if state:
            return Role.STATE, state
        proved = None if self._proof is None else self._proof.of(node.number)
        if proved is not None:
            return (Role.TRAINABLE, PROVED) if proved else (Role.FROZEN, NOT_TRAINED)
        if not self.graph.flagged:
            return Role.UNDETERMINED, CHECKPOINT
        return Role.UNDETERMINED, KERAS_3_FLAGS if self._is_keras_3(node) else KERAS_2_FLAGS

    def _trains(self, node: Node, trains: bool, otherwise: str) -> tuple[Role, str]:
        if trains:
            return Role.TRAINABLE, ""
        # Where no flag tells what never trains by design, the name may.
        state = "" if self.graph.flagged else self._known_state(node, node.name.rpartition("/")[2])
        if state:
            return Role.STATE, state
        owner = self.owners.get(node.number)
        frozen = (
            [place for place in owner.upwards() if place.told is not None and place.told.trainable is False]
            if (owner is not None)
            else []
        )
        if not frozen:
            return Role.FROZEN, otherwise
        return Role.FROZEN, f"trainable=False on {frozen[-1].path or 'the model itself'}"

    def _counts(self, node: Node) -> bool:
        """Whether a variable is a counter that no layer of Keras has among its weights."""
        if node.shape != () or not node.dtype.startswith(("int", "uint")):
            return False
        if self.has_lists and node.number in (self.listed or ()):
            return False
        owner = self.owners.get(node.number)
        held = self._held.get(node.number, "")
        # One that was made without a word about training is flagged to train, and may be anything but for its name.
        if node.trainable and held.strip("_") not in COUNTERS:
            return False
        if held == SAVES:
            return True
        if not self.graph.flagged:
            # A checkpoint tells no layer of Keras from another object: there the name has to settle it.
            return held.strip("_") in COUNTERS or owner is None or owner.parent is None
        return not self._is_of_layer(node) and not self._known_state(node, node.name.rpartition("/")[2])

    def _is_of_layer(self, node: Node) -> bool:
        owner = self.owners.get(node.number)
        return owner is not None and (owner.told is not None or self._is_keras_3(node))

    def _is_keras_3(self, node: Node) -> bool:
        """Whether a layer of Keras 3 owns a variable; its flags are no longer those that the variable has."""
        if node.number in self._of_layers:
            return True
        owner = self.owners.get(node.number)
        return owner is not None and any(self._is_layer(place) for place in islice(owner.upwards(), 3))

    def _is_layer(self, place: Place) -> bool:
        """Whether an object is a layer of Keras 3."""
        found = self._keras_3.get(place.node.number)
        if found is None:
            found = self._keras_3[place.node.number] = is_keras_3_layer(place.node)
        return found

    def _is_silent(self, node: Node) -> bool:
        """Whether a layer of tf_keras owns a variable, and neither lists nor flags of it are stored."""
        owner = self.owners.get(node.number)
        if owner is None or not owner.node.identifier.startswith(KERAS_2):
            return False
        return owner.told is None and owner.node.edge("trainable_variables") is None

    def _state(self, node: Node, name: str) -> str:
        if node.number in self.belonging.listed_metric:
            return METRIC
        return self._known_state(node, name) or CREATED

    def _known_state(self, node: Node, name: str) -> str:
        """Why a variable never trains, where the name that its owner has for it settles that; else empty."""
        owner = self.owners.get(node.number)
        held = self._held.get(node.number, name)
        if held in BATCH_STATE:
            return BATCH_STATE[held]
        if owner is not None and id(owner) in self._normalizes:
            return ADAPTED if held.removeprefix("adapt_") in _ADAPTED else ""
        return BATCH_STATE.get(name, "") if owner is None or not owner.variables else ""


def _numbers(nodes: list[Node] | None) -> set[int] | None:
    return None if nodes is None else {node.number for node in nodes}


def _proof(graph: ObjectGraph, belonging: Belonging) -> Proof | None:
    """What the stored optimizers prove; None where none names a variable."""
    if not any(belonging.named.values()):
        return None
    from paramcount.readers.tensorflow.proof import Proof

    return Proof(graph, belonging.model, belonging.aside, belonging.named)


def _unfrozen(owners: dict[int, Place]) -> set[int]:
    """Variables that one owner at least holds of which no layer is frozen, and none around it."""
    root = next((place for owner in owners.values() for place in owner.upwards() if place.parent is None), None)
    stack = [] if root is None or _is_frozen(root) else [root]
    seen = {place.node.number for place in stack}
    found: set[int] = set()
    while stack:
        place = stack.pop()
        found.update(node.number for _, node in place.variables)
        for child in place.children:
            if child.node.number not in seen and not _is_frozen(child):
                seen.add(child.node.number)
                stack.append(child.first or child)
    return found


def _is_frozen(place: Place) -> bool:
    return place.told is not None and place.told.trainable is False


def _is_normalization(place: Place) -> bool:
    """Whether a layer holds what the layer Normalization does."""
    return {edge.removeprefix("adapt_") for edge, _ in place.variables} >= _ADAPTED


def _held_back(graph: ObjectGraph) -> tuple[set[int], set[int]]:
    """Variables that an object below the root lists among its variables, and not among those that train.

    With them the variables of lists that say nothing: those of what a layer of Keras 3 holds.  A ``TFSMLayer`` trains
    every weight that was created to train, whatever the SavedModel in it listed.
    """
    found: set[int] = set()
    of_layers: set[int] = set()
    seen: set[object] = set()
    holders = [node for node in graph.nodes[1:] if _has_lists(node, seen)]
    held = _held_by_layers(graph) if holders else set()
    for node in holders:
        every, trainable = graph.listed(node, "variables"), graph.listed(node, "trainable_variables")
        if every is None or trainable is None:
            continue
        if node.number in held:
            of_layers.update(variable.number for variable in every)
        else:
            training = {variable.number for variable in trainable}
            found.update(variable.number for variable in every if variable.number not in training)
    return found, of_layers


def _has_lists(node: Node, seen: set[object]) -> bool:
    """Whether an object has lists of its own; ``seen`` are the pairs of lists that others have."""
    pair = node.edge("variables"), node.edge("trainable_variables")
    if None in pair or pair in seen:
        return False
    seen.add(pair)
    return True


def _held_by_layers(graph: ObjectGraph) -> set[int]:
    """Numbers of the objects that a layer of Keras 3 holds, as far as is known which those are."""
    found: set[int] = set()
    for node in graph.nodes:
        if is_keras_3_layer(node):
            found.update(number for _, number in node.edges)
        else:
            # Checkpoints do not store of every layer what tells that it is one of Keras 3.
            found.update(number for name, number in node.edges if name == _OF_TFSM_LAYER)
    return found
