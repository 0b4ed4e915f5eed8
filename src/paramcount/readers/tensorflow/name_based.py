"""Checkpoints in which variables have names and nothing else, as the ``Saver`` of TensorFlow 1 writes them.

With the graph beside them, in a ``.meta`` file or in the SavedModel that they are part of, its collections say what
trains.  Without it only names speak: they tell slots of optimizers, moving statistics and counters from parameters,
and a slot is taken for one only if the variable that it belongs to is there, in the same shape.  What no rule
settles is undetermined.  Strings are no parameters; they are neither listed nor in the count of what is stored.
"""

from __future__ import annotations

from paramcount.containers.protobuf import whole
from paramcount.count import variables_of
from paramcount.model import PARAMETER_ROLES, Finding, Model, Role, Source, Stored, Variable
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.collections import (
    LOCAL,
    collection_variables,
    read_meta_graph,
    wholes,
)
from paramcount.readers.tensorflow.dtypes import NO_NUMBERS
from paramcount.readers.tensorflow.names import ATTRIBUTE, collection_roles, lists_everything
from paramcount.readers.tensorflow.scopes import tree_of
from paramcount.readers.tensorflow.shards import missing_shards

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NamedTuple

    from paramcount.containers.protobuf import Span
    from paramcount.model import Layer, Shape
    from paramcount.readers.tensorflow.bundle import Bundle
    from paramcount.readers.tensorflow.collections import CollectionVariable
    from paramcount.readers.tensorflow.names import Tensor
    from paramcount.readers.tensorflow.slices import Uncovered
    from paramcount.sources.folder import Folder
else:
    from paramcount.records import NamedTuple


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
    return model_of(folder, prefix, bundle.entries, [*found, *of_shards(missing)], _BUNDLE)


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
        f"{plural(len(missing), 'file')} with the weights of this checkpoint {'is' if len(missing) == 1 else 'are'} "
        f"not there ({_some(missing)}).  "
        "All names and shapes are in the index, so the count is complete."
    )
    return [Finding("checkpoint-shards-missing", "info", "", message)]


_BUNDLE = "tf-checkpoint", "TensorFlow checkpoint by names"


def model_of(
    folder: Folder, prefix: str, tensors: Mapping[str, Tensor], found: list[Finding], form: tuple[str, str]
) -> Model:
    """The model of a checkpoint of names.

    Args:
        folder: that of its files.
        prefix: what their names begin with.
        tensors: what is stored, by name.
        found: what is known to be said of it.
        form: identifier and title of its format.
    """
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
