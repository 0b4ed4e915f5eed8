"""Checkpoints: an index of names and shapes, and shards with the values, of which only the object graph is read.

TensorFlow 2 stores the graph of objects with the values; what TensorFlow 1 stores has only names (``name_based``).
A checkpoint does not say what trains, unless an optimizer is stored with it that does.

Source: ``tensorflow/python/checkpoint/checkpoint.py``.
"""

from __future__ import annotations

from paramcount.count import variables_of
from paramcount.model import Finding, Model, Role, Source, Stored
from paramcount.readers.evidence import DISPROVED, Testimony, settle
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.belonging import NO_SLOTS, Belonging, is_perhaps_metric, slots_of
from paramcount.readers.tensorflow.bundle import OBJECT_GRAPH, read_bundle
from paramcount.readers.tensorflow.layers import Assembler
from paramcount.readers.tensorflow.name_based import of_shards, of_slices, read_name_based
from paramcount.readers.tensorflow.objects import VARIABLE, read_tracked_objects
from paramcount.readers.tensorflow.shards import missing_shards, object_graph
from paramcount.readers.tensorflow.stored_values import Copies, not_numeric, unclaimed
from paramcount.readers.tensorflow.training import NOT_TRAINED
from paramcount.sources.folder import need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Layer, Shape
    from paramcount.readers.tensorflow.bundle import Bundle
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph
    from paramcount.sources.folder import Folder

_OF_COMPILING = ("_compiled_trainable_state", "optimizer")
"""What a model of Keras 3 holds once it is compiled."""
UNDETERMINED = Finding(
    "checkpoint-only", "info", "",
    "A checkpoint does not say which of its variables train, and no optimizer is stored that does.",
    "Count the model that was saved, or the one in memory, for the split.",
)  # fmt: skip


def read_checkpoint(folder: Folder, prefix: str) -> Model:
    """The model of a checkpoint.

    Args:
        folder: that of its files.
        prefix: what their names begin with: ``ckpt-5`` of ``ckpt-5.index``.
    """
    index = need(folder, f"{prefix}.index", "The index of the checkpoint is missing")
    bundle = read_bundle(index)
    data = object_graph(folder, prefix, bundle)
    if data is None:
        return read_name_based(folder, prefix, bundle)
    graph = read_tracked_objects(data, f"{index.name}, {OBJECT_GRAPH}")
    lost = _shape(graph, bundle)
    belonging = Belonging(graph)
    assembler = Assembler(graph, belonging, {}, index.name)
    copies = Copies(bundle, assembler.listed(), assembler.unlisted())
    root, proof = settle(assembler.root(set(copies.of)), _testimony(graph, belonging))
    root = _frozen(root)
    beside = unclaimed(graph, bundle)
    missing = missing_shards(folder, prefix, bundle)
    found = [
        *copies.findings(),
        *proof,
        *_lost(lost),
        *_lists(graph, belonging),
        *_sums(graph, belonging),
        *of_shards(missing),
        *of_slices(bundle.uncovered),
    ]
    if _is_open(root) and not proof:
        found.insert(0, UNDETERMINED)
    path = prefix if folder.name == "." else f"{folder.name}/{prefix}"
    made = Source(
        path, "tf-checkpoint", "TensorFlow checkpoint", "tensorflow", "", index.size + bundle.bytes, folder.bytes_read
    )  # fmt: skip
    stored = None if lost else Stored(bundle.elements() + not_numeric(bundle), len(bundle.numeric()))
    return Model(root, made, (*assembler.others, *assembler.copies(copies.of), *beside), tuple(found), stored)


def _shape(graph: ObjectGraph, bundle: Bundle) -> int:
    """Give every variable the shape and dtype of its value; the result is how many have none of their own."""
    lost = 0
    taken = set()
    for node in graph.variables():
        entry = bundle.entries.get(node.key)
        if entry is None or node.key in taken:
            lost += 1
        else:
            taken.add(node.key)
            node.shape, node.dtype = entry.shape, entry.dtype
    return lost


def _testimony(graph: ObjectGraph, belonging: Belonging) -> Testimony:
    """One list of slots, which has the shapes of what the optimizer trains, where it does not name those itself.

    Optimizers that keep something smaller than a variable for it, such as Adafactor, prove nothing by shapes: their
    lists differ.  Neither does any, where one of several keeps no slots.
    """
    known = {node.shape for node in graph.variables() if node.number in belonging.model}
    shapes: list[Shape | None] = []
    for number in belonging.named if not belonging.trained else ():
        node = graph.nodes[number]
        lists = [slots_of(graph, child) for name, child in graph.children(node) if name not in NO_SLOTS]
        kept = [[slot.shape for slot in slots] for slots in lists if slots]
        if not kept or any(one != kept[0] for one in kept):
            return Testimony((), 1)
        shapes += kept[0]
    return Testimony(shapes if known.issuperset(shapes) else (), 1)


def _frozen(layer: Layer) -> Layer:
    """What the slots prove not to train is frozen: a checkpoint names the statistics that never do."""
    variables = tuple(
        [
            v._replace(role=Role.FROZEN, reason=NOT_TRAINED) if v.reason == DISPROVED and v.role is Role.STATE else v
            for v in layer.variables
        ]
    )
    return layer._replace(variables=variables, children=tuple([_frozen(child) for child in layer.children]))


def _is_open(root: Layer) -> bool:
    return any(variable.role is Role.UNDETERMINED for variable in variables_of(root))


def _lost(number: int) -> list[Finding]:
    if not number:
        return []
    message = f"The index has no entry for {plural(number, 'variable')} of the object graph: their shapes are unknown."
    return [Finding("values-missing", "warning", "", message, "Save or fetch the checkpoint again.")]


def _lists(graph: ObjectGraph, belonging: Belonging) -> list[Finding]:
    """A model of Keras 3 whose lists TensorFlow did not track: layers in them are not in the file at all."""
    layers = _layers_of_keras_3(graph)
    if not any(_is_untracked(node, layers) for node in graph.nodes[1:] if node.number not in belonging.optimizers):
        return []
    message = (
        "This looks like a model of a class of its own in Keras 3.  TensorFlow does not store layers that such a model "
        "keeps in Python lists, but for the weights that a stored optimizer trains: if it has some, the others are not "
        "in this file."
    )
    advice = "Count the model in memory, or its .keras file."
    return [Finding("keras-3-lists-not-saved", "warning", "", message, advice)]


def _sums(graph: ObjectGraph, belonging: Belonging) -> list[Finding]:
    """Single numbers that may as well be the state of a metric: nothing but a class could tell."""
    sums = [node for node in graph.nodes[1:] if is_perhaps_metric(graph, node)]
    counted = sum(node.edge("total") in belonging.model - belonging.trained for node in sums)
    if not counted:
        return []
    message = (
        f"{plural(counted, 'object')} of this checkpoint {'holds' if counted == 1 else 'hold'} a single number called "
        f"total and nothing else, as a metric Sum does.  The file does not say which; the number is counted."
    )
    advice = f"Where it is a metric's, the total is {counted} less."
    return [Finding("checkpoint-maybe-metric", "warning", "", message, advice)]


def _layers_of_keras_3(graph: ObjectGraph) -> set[int]:
    """Numbers of the objects that hold a variable ``dense/kernel`` as ``_kernel``."""
    return {
        node.number
        for node in graph.nodes
        for name, one in graph.children(node)
        if name.startswith("_") and one.kind == VARIABLE and one.name.endswith(name.replace("_", "/", 1))
    }


def _is_untracked(node: Node, layers: set[int]) -> bool:
    """Whether an object holds layers of Keras 3, and none of the lists that Keras 3 keeps in every layer."""
    names = [name for name, _ in node.edges if name not in _OF_COMPILING]
    if any(name.startswith(("_", "layer")) or name.isdecimal() for name in names):
        return False
    return any(number in layers for _, number in node.edges)
