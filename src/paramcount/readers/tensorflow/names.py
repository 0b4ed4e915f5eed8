"""What the name of a variable tells of it, where a graph of TensorFlow 1 or nothing at all says more.

Names tell slots of optimizers, moving statistics, averages and counters from parameters, and a slot is taken for one
only if the variable that it belongs to is there, in the same shape.  What no rule settles is undetermined.
"""

from __future__ import annotations

from paramcount.layers.states import COUNTERS
from paramcount.model import Role
from paramcount.readers.tensorflow.collections import LOCAL, METRICS, STEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol, TypeAlias

    from paramcount.model import Shape
    from paramcount.readers.tensorflow.collections import CollectionVariable

    class Tensor(Protocol):
        """What the rules ask of a tensor: an entry of a checkpoint, or a variable of a graph."""

        @property
        def shape(self) -> Shape | None:
            """Its shape; None when not known."""

        @property
        def dtype(self) -> str:
            """Its dtype by name."""

    Judged: TypeAlias = tuple[Role, str]
    """A role, and why."""

LISTED = "the graph lists it among the variables that train"
NOT_LISTED = "the graph does not list it among the variables that train"
NO_LIST = "the graph lists no variables that train"
NAMES_ONLY = "a checkpoint of names does not say what trains"
EVERYTHING = "the graph lists everything among the variables that train, moving statistics too"
NOT_IN_GRAPH = "the graph has no such variable"

SLOTS = frozenset(
    "adam adamw adamax nadam lazyadam lamb lamboptimizer lars larsoptimizer momentum momentumw nesterov rmsprop "
    "adagrad adagradda proximaladagrad adadelta adafactor ftrl yogi lion radam addsign powersign addsignoptimizer "
    "powersignoptimizer adam_m adam_v lamb_m lamb_v m v vhat rms accumulator accum_grad accum_var linear".split()
)
"""Names that optimizers give their slots, in lower case and without the number behind: ``Adam_1`` is one of these."""
AVERAGES = frozenset(("ExponentialMovingAverage", "EMA", "ema"))
CORRECTIONS = frozenset(("biased", "local_step"))
"""What a moving average keeps beside it so as not to lean towards its start."""
STATISTICS = {
    "moving_mean": "moving mean", "moving_variance": "moving variance", "moving_var": "moving variance",
    "running_mean": "moving mean", "running_var": "moving variance", "running_variance": "moving variance",
    "renorm_mean": "renorm mean", "renorm_variance": "renorm variance", "renorm_stddev": "renorm deviation",
    "renorm_mean_weight": "renorm mean weight", "renorm_stddev_weight": "renorm deviation weight",
    "mean/EMA": "moving mean", "variance/EMA": "moving variance",
}  # fmt: skip
"""Ends of the names of what batch normalization keeps, in TensorFlow's own layers, in Sonnet and in tensorpack."""
POWERS = frozenset(("beta1_power", "beta2_power"))
SETTINGS = frozenset(
    "iterations iter lr learning_rate decay momentum rho beta_1 beta_2 epsilon schedule_decay m_schedule".split()
)
"""Single numbers that an optimizer of Keras keeps as variables."""
LOSS_SCALE = frozenset(("loss_scale", "current_loss_scale", "good_steps", "num_good_steps", "num_bad_steps"))
KERAS_OPTIMIZERS = frozenset("Adam Adamax Adagrad Adadelta AdamW Ftrl Nadam RMSprop SGD TFOptimizer".split())

SCOPES = 6
"""Scopes around the name of a variable that are taken for those of an optimizer."""

ATTRIBUTE = "/.ATTRIBUTES/"
"""What stands in the key of an object-based checkpoint between the path of an object and the name of its value."""
OBJECT_SLOT = "/.OPTIMIZER_SLOT/"


def collection_roles(
    tensors: Mapping[str, Tensor], variables: Mapping[str, CollectionVariable] | None
) -> dict[str, Judged]:
    """The role of every tensor, and the reason.

    Args:
        tensors: what is stored, by name; for a graph without a checkpoint, its variables.
        variables: what the graph says (``collections.wholes``); None where there is no graph.
    """
    blind = variables is not None and lists_everything(variables)
    if blind and variables is not None:
        variables = {name: variable._replace(trainable=None) for name, variable in variables.items()}
    roles = {name: _role(name, tensor, tensors, variables) for name, tensor in tensors.items()}
    return {
        name: (role, EVERYTHING if blind and reason == NO_LIST else reason) for name, (role, reason) in roles.items()
    }


def lists_everything(variables: Mapping[str, CollectionVariable]) -> bool:
    """Whether a graph lists even moving statistics among what trains.

    Keras did so while it was a package of its own, for it kept its own lists: those of the graph then tell nothing.
    """
    return any(variable.trainable and _statistic(name) for name, variable in variables.items())


def _statistic(name: str) -> str:
    """What a variable is called that batch normalization keeps; empty for any other."""
    scope, _, last = name.rpartition("/")
    return STATISTICS.get(_unnumbered(last)) or STATISTICS.get(f"{_last(scope)}/{last}") or ""


def _role(
    name: str, tensor: Tensor, tensors: Mapping[str, Tensor], variables: Mapping[str, CollectionVariable] | None
) -> Judged:
    """The first rule that fits: what the graph says for certain, what names say, what is left."""
    variable = variables.get(name) if variables is not None else None
    listed = variable.collections if variable is not None else ()
    if STEP in listed:
        return Role.COUNTER, "the step of the training"
    if METRICS in listed:
        return Role.METRIC, "the state of a metric"
    if variable is not None and variable.trainable and not _of_keras_optimizer(name, tensor):
        return Role.TRAINABLE, LISTED
    judged = _of_objects(name) or _by_name(name, tensor) or _by_owner(name, tensor, tensors, variables)
    if judged is not None:
        return judged
    if listed == (LOCAL,):
        return Role.METRIC, "a local variable of the graph, which is no part of the model"
    if variable is None:
        return Role.UNDETERMINED, NAMES_ONLY if variables is None else NOT_IN_GRAPH
    if variable.trainable is None:
        return Role.UNDETERMINED, NO_LIST
    if tensor.shape == () and _is_integer(tensor):
        return Role.COUNTER, "a single whole number that does not train"
    return Role.FROZEN, NOT_LISTED


def _of_objects(name: str) -> Judged | None:
    """The role by the key of an object-based checkpoint; such keys are met here when its object graph is missing."""
    path, attribute, kind = name.partition(ATTRIBUTE)
    first = path.partition("/")[0]
    if not attribute:
        return None
    if kind in ("table-keys", "table-values"):
        return Role.TABLE, "the content of a lookup table"
    if OBJECT_SLOT in name or first in ("optimizer", "_optimizer"):
        return Role.OPTIMIZER, "kept by the optimizer"
    if first == "keras_api":
        return Role.METRIC, "the state of a metric"
    return None


def _by_name(name: str, tensor: Tensor) -> Judged | None:
    """The role of a tensor that its own name tells."""
    name = name.partition(ATTRIBUTE)[0]
    scope, _, last = name.rpartition("/")
    plain = _unnumbered(last)
    statistic = _statistic(name)
    if statistic:
        return Role.STATE, f"{statistic} of batch normalization"
    if last in CORRECTIONS and (_unnumbered(_last(scope)) in STATISTICS or _last(scope) in AVERAGES):
        return Role.OPTIMIZER, f"corrects the beginning of the average {scope}"
    if _of_keras_optimizer(name, tensor):
        return Role.OPTIMIZER, "kept by an optimizer of Keras"
    if tensor.shape != ():
        return None
    if plain in COUNTERS and _is_integer(tensor):
        return Role.COUNTER, "a counter of steps"
    if plain in POWERS:
        return Role.OPTIMIZER, "a power of one of Adam's decay rates"
    if plain in LOSS_SCALE or plain in ("learning_rate", "lr") or name.startswith("OptimizeLoss/"):
        return Role.OPTIMIZER, "a setting of the training"
    return None


def _of_keras_optimizer(name: str, tensor: Tensor) -> bool:
    """Whether a name is of those that Keras gave to what optimizers keep in a graph, marked as trainable or not."""
    parts = [_unnumbered(part) for part in name.split("/", 3)]
    if parts[0] == "training" and len(parts) > 2 and parts[1] in KERAS_OPTIMIZERS:
        return True
    return len(parts) == 2 and parts[0] in KERAS_OPTIMIZERS and parts[1] in SETTINGS and tensor.shape == ()


def _by_owner(
    name: str,
    tensor: Tensor,
    tensors: Mapping[str, Tensor],
    variables: Mapping[str, CollectionVariable] | None,
) -> Judged | None:
    """The role of what belongs to another variable and is named after it: a slot, or an average over the training."""
    owner_name, _, last = name.rpartition("/")
    average = _unnumbered(last) in AVERAGES
    owner = _owner(owner_name, tensor, tensors)
    if owner and average:
        return Role.OPTIMIZER, f"the average of {owner} over the training, no parameter of its own"
    variable = variables.get(name) if variables is not None else None
    aside = variables is not None and variable is not None and variable.trainable is False
    if owner and (_unnumbered(last).lower() in SLOTS or (aside and _trains(owner, variables))):
        return Role.OPTIMIZER, f"slot {last} of {owner}"
    if average and variables is not None and owner_name in variables and owner_name not in tensors:
        return Role.UNDETERMINED, f"the average of {owner_name}, which is not stored itself"
    # Only the average of what is no variable is corrected at its beginning.
    if average and (aside or f"{name}/biased" in tensors):
        # Before there were layers, batch normalization was written with averages of the batch's own moments.
        if "moments" in owner_name.split("/"):
            return Role.STATE, "moving statistic of batch normalization"
        if tensor.shape == ():
            return Role.METRIC, "the average of a value of the graph"
    return None


def _trains(name: str, variables: Mapping[str, CollectionVariable] | None) -> bool:
    found = variables.get(name) if variables is not None else None
    return found is not None and found.trainable is True


def _owner(name: str, tensor: Tensor, tensors: Mapping[str, Tensor]) -> str:
    """The variable of the same shape that ``name`` is, as it is or inside the scopes of an optimizer; empty if none."""
    for _ in range(SCOPES):
        found = tensors.get(name)
        if found is not None and found.shape == tensor.shape:
            return name
        name = name.partition("/")[2]
    return ""


def _unnumbered(name: str) -> str:
    """``Adam`` for ``Adam_1``: a number behind a name makes it unique, and says nothing."""
    plain, _, number = name.rpartition("_")
    return plain if plain and number.isdigit() else name


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _is_integer(tensor: Tensor) -> bool:
    return tensor.dtype.startswith(("int", "uint"))
