"""Checkpoints in which variables have names and nothing else, as the ``Saver`` of TensorFlow 1 writes them.

With the graph beside them, in a ``.meta`` file or in the SavedModel that they are part of, its collections say what
trains.  Without it only names speak: they tell slots of optimizers, moving statistics and counters from parameters,
and a slot is taken for one only if the variable that it belongs to is there, in the same shape.  What no rule
settles is undetermined.  Strings are no parameters; they are neither listed nor in the count of what is stored.
"""

from __future__ import annotations

from paramcount.containers.leveldb import first
from paramcount.containers.protobuf import fields, message, text, whole
from paramcount.count import variables_of
from paramcount.errors import CorruptFile, NotAModel
from paramcount.model import PARAMETER_ROLES, Finding, Model, Role, Source, Stored, Variable
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.bundle import check_shape, missing_shards, shape_of, slice_of, uncovered_by
from paramcount.readers.tensorflow.collections import (
    LOCAL,
    METRICS,
    STEP,
    collection_variables,
    read_meta_graph,
    wholes,
)
from paramcount.readers.tensorflow.dtypes import NO_NUMBERS, name_of
from paramcount.readers.tensorflow.scopes import tree_of
from paramcount.sources.folder import need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NamedTuple, Protocol, TypeAlias

    from paramcount.containers.protobuf import Span
    from paramcount.model import Layer, Shape
    from paramcount.readers.tensorflow.bundle import Bundle, FullShape, Slice, Uncovered
    from paramcount.readers.tensorflow.collections import CollectionVariable
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder

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
else:
    from paramcount.records import NamedTuple

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
COUNTERS = frozenset(("global_step", "save_counter", "epoch", "step", "iter", "iterations"))
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


class Reading(NamedTuple):
    """What a model of names is made of; ``read_collections`` makes it."""

    root: Layer
    others: tuple[Variable, ...]
    findings: tuple[Finding, ...]
    stored: Stored | None
    """None when there is no checkpoint, but a graph alone."""


def read_collections(meta: Span | None, stored: Mapping[str, Tensor] | None, root_name: str = "") -> Reading:
    """The tree of layers of a graph and of what is stored for it, one of which may be missing.

    Args:
        meta: a ``MetaGraphDef``.
        stored: the tensors of the checkpoint by name, such as ``Bundle.entries``.
        root_name: what the model is called.
    """
    variables = None
    if meta is not None:
        graph = read_meta_graph(meta)
        variables = wholes(collection_variables(graph.collections, graph.graphs))
    tensors: Mapping[str, Tensor] = _saved(variables or {}) if stored is None else stored
    # What the graph lists comes in the order in which it was made; the rest in that of the names.
    order = [*[name for name in variables or () if name in tensors], *tensors]
    numeric = {name: tensors[name] for name in order if tensors[name].dtype not in NO_NUMBERS}
    roles = collection_roles(numeric, variables)
    made = [_variable(name, tensor, *roles[name], stored is not None) for name, tensor in numeric.items()]
    root = tree_of([variable for variable in made if variable.role in PARAMETER_ROLES], root_name)
    others = tuple([variable for variable in made if variable.role not in PARAMETER_ROLES])
    if stored is None:
        return Reading(root, others, (), None)
    found = _maybe_slots(made, numeric) if variables is None else _disagreements(numeric, variables)
    if variables is not None and lists_everything(variables):
        found.append(_TRAINS_ALL)
    return Reading(root, others, tuple(found), Stored(sum(v.parameters or 0 for v in made), len(made)))


def _saved(variables: Mapping[str, CollectionVariable]) -> dict[str, CollectionVariable]:
    """The variables of a graph that a ``Saver`` would save: all but local ones."""
    return {name: variable for name, variable in variables.items() if variable.collections != (LOCAL,)}


def _variable(name: str, tensor: Tensor, role: Role, reason: str, is_stored: bool) -> Variable:
    path, attribute, kind = name.partition(ATTRIBUTE)
    if attribute and kind != "VARIABLE_VALUE":
        path = f"{path}/{kind}"
    return Variable(path, tensor.shape, tensor.dtype, role, reason, name, name if is_stored else "")


def _maybe_slots(variables: Iterable[Variable], tensors: Mapping[str, Tensor]) -> list[Finding]:
    """Names made like those of slots, but for an optimizer that is not known: nothing proves what they are."""
    suspected = []
    for variable in variables:
        owner, _, last = variable.path.rpartition("/")
        if variable.role is Role.UNDETERMINED and owner in tensors and tensors[owner].shape == variable.shape:
            suspected.append((last, variable))
    if not suspected:
        return []
    size = sum(variable.parameters or 0 for _, variable in suspected)
    kinds = list(dict.fromkeys(last for last, _ in suspected))
    message = (
        f"{plural(len(suspected), 'tensor')} with {size:,} elements are named after another variable and have its "
        f"shape ({_some(kinds)}), as slots of an optimizer do, but no optimizer known here gives such names. "
        "They are counted as parameters."
    )
    return [
        Finding("checkpoint-maybe-slots", "warning", "", message, "Put the .meta file of the checkpoint beside it.")
    ]


def _disagreements(tensors: Mapping[str, Tensor], variables: Mapping[str, CollectionVariable]) -> list[Finding]:
    """Where the graph and the checkpoint beside it say different things; the numbers follow the checkpoint."""
    found = []
    pairs = [(name, variables[name].shape, tensor.shape) for name, tensor in tensors.items() if name in variables]
    differ = [pair for pair in pairs if not _compatible(*pair[1:])]
    if differ:
        shown = _some([f"{name}: {graph} and {stored}" for name, graph, stored in differ])
        message = f"Graph and checkpoint have different shapes for {plural(len(differ), 'variable')} ({shown})."
        where = differ[0][0] if len(differ) == 1 else ""
        found.append(Finding("checkpoint-shape-differs", "warning", where, message, _CHECK))
    lacking = [name for name, variable in _saved(variables).items() if variable.trainable and name not in tensors]
    if lacking:
        message = (
            f"The graph has {plural(len(lacking), 'variable')} that train but are not stored "
            f"({_some(lacking)}): the checkpoint holds a part of the model only, and that is counted."
        )
        found.append(Finding("checkpoint-lacks-variables", "warning", "", message, _CHECK))
    more = [name for name in tensors if name not in variables]
    if more:
        message = f"The checkpoint stores {plural(len(more), 'tensor')} that the graph does not list ({_some(more)})."
        found.append(Finding("checkpoint-not-in-graph", "warning", "", message, _CHECK))
    return found


_TRAINS_ALL = Finding(
    "graph-trains-everything",
    "info",
    "",
    "The graph lists every variable among those that train, moving statistics too, as Keras did while it was a package "
    "of its own. The total is exact, but which layers were frozen is not in the file.",
    "Count the model as Keras saved it, if you have it.",
)
_CHECK = "Check that the .meta file and the checkpoint are of one training."


def _compatible(one: Shape | None, two: Shape | None) -> bool:
    """Whether two shapes may be one, where a graph does not know all sizes."""
    if one is None or two is None:
        return True
    return len(one) == len(two) and all(a is None or b is None or a == b for a, b in zip(one, two, strict=True))


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def read_name_based(folder: Folder, prefix: str, bundle: Bundle) -> Model:
    """The model of a bundle that has no object graph, with the graph of its ``.meta`` file if that is there."""
    found = of_slices(bundle.uncovered)
    missing = missing_shards(folder, prefix, bundle)
    return _model(folder, prefix, bundle.entries, [*found, *of_shards(missing)], _BUNDLE)


def of_slices(uncovered: Iterable[Uncovered]) -> list[Finding]:
    """Partitioned variables whose parts are not all there; the numbers follow what is said of the whole."""
    facts = list(uncovered)
    if not facts:
        return []
    shown = _some([f"{one.key}: {one.held:,} of {one.expected:,} elements, {one.why}" for one in facts])
    message = f"The parts that are stored do not make up {plural(len(facts), 'partitioned tensor')} ({shown})."
    where = facts[0].key if len(facts) == 1 else ""
    advice = "The checkpoint is damaged or was written in part; save it again."
    return [Finding("checkpoint-slices-differ", "warning", where, message, advice)]


def of_shards(missing: list[str]) -> list[Finding]:
    """Shards of weights that are not there, which a count does not need."""
    if not missing:
        return []
    message = (
        f"{plural(len(missing), 'file')} with the weights of this checkpoint are not there ({_some(missing)}). "
        "All names and shapes are in the index, so the count is complete."
    )
    return [Finding("checkpoint-shards-missing", "info", "", message)]


_BUNDLE = "tf-checkpoint", "TensorFlow checkpoint by names"
_FIRST = "tf-checkpoint-v1", "TensorFlow checkpoint of the first format"


def _model(
    folder: Folder, prefix: str, tensors: Mapping[str, Tensor], found: list[Finding], form: tuple[str, str]
) -> Model:
    meta = folder.open(f"{prefix}.meta")
    name = prefix.rpartition("/")[2]
    reading = read_collections(whole(meta) if meta is not None else None, tensors, name)
    if meta is None and any(v.role is Role.UNDETERMINED for v in variables_of(reading.root)):
        found = [_NAMES_ONLY, *found]
    path = prefix if folder.name == "." else f"{folder.name}/{prefix}"
    source = Source(path, *form, "tensorflow", size_bytes=folder.size, bytes_read=folder.bytes_read)
    return Model(reading.root, source, reading.others, (*found, *reading.findings), reading.stored)


_NAMES_ONLY = Finding(
    "checkpoint-names-only",
    "info",
    "",
    "The checkpoint holds names and shapes, but no graph that says what trains: the total leaves out what the names "
    "show to be the optimizer's, and which of the rest trains is not known.",
    "Put the .meta file that was saved with it beside it.",
)


class V1Tensor(NamedTuple):
    """A tensor of a checkpoint of the first format."""

    name: str
    shape: FullShape
    dtype: str
    slices: tuple[Slice, ...] = ()
    """Which parts of it one file holds."""


def read_v1(source: ByteSource) -> list[V1Tensor]:
    """The tensors of one file of the first format: its first entry describes them all.

    Source: ``tensorflow/core/util/saved_tensor_slice.proto``.
    """
    found = first(source)
    where = source.name
    content = dict(fields(found[1], where)).get(1) if found is not None and not found[0] else None
    if content is None or isinstance(content, int):
        raise NotAModel("This table is no checkpoint of TensorFlow's first format", where=where)
    return [_v1_tensor(message(value, where), where) for number, value in fields(content, where) if number == 1]


def _v1_tensor(data: bytes, where: str) -> V1Tensor:
    name = dtype = ""
    shape: FullShape = ()
    slices: list[Slice] = []
    for number, value in fields(data, where):
        if number == 1:
            name = text(value, where)
        elif number == 2:
            shape = shape_of(message(value, where), where)
        elif number == 3 and isinstance(value, int):
            dtype = name_of(value)
        elif number == 4:
            slices.append(slice_of(message(value, where), where))
    check_shape(shape, f"{where}, {name}")
    return V1Tensor(name, shape, dtype, tuple(slices))


def read_first_format(folder: Folder, prefix: str, names: list[str]) -> Model:
    """The model of a checkpoint of the first format, whose files are ``names`` (``prefixes.v1_files``)."""
    tensors: dict[str, V1Tensor] = {}
    for name in names:
        source = need(folder, name, "A file of the checkpoint is missing")
        for tensor in read_v1(source):
            known = tensors.get(tensor.name)
            if known is not None and (known.shape, known.dtype) != (tensor.shape, tensor.dtype):
                raise CorruptFile("Two files have one tensor in two forms", where=source.name, found=tensor.name)
            slices = (*known.slices, *tensor.slices) if known is not None else tensor.slices
            tensors[tensor.name] = tensor._replace(slices=slices)
    faults = [uncovered_by(name, tensor.shape, list(tensor.slices)) for name, tensor in tensors.items()]
    found = of_slices([fault for fault in faults if fault is not None])
    return _model(folder, prefix, tensors, found, _FIRST)
