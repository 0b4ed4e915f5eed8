"""SavedModels and object-based checkpoints made by hand: objects and what they hold, and the files that store them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fuzz.fuzz_bundle import MemoryFolder
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.bundle_maker import FLOAT32, INT64, STRING, WIDTHS, field, fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    Shape = Sequence[int] | None

USER, LIST = "_generic_user_object", "trackable_list_wrapper"
LAYER, NETWORK, METRIC = "_tf_keras_layer", "_tf_keras_network", "_tf_keras_metric"
VALUE, GRAPH = "/.ATTRIBUTES/VARIABLE_VALUE", "_CHECKPOINTABLE_OBJECT_GRAPH"
INDEX, DATA = "variables/variables.index", "variables/variables.data-00000-of-00001"


class Node:
    """One object: what it is on the wire, and what it holds."""

    def __init__(self, kind: int, content: bytes) -> None:
        self.kind = kind
        self.content = content
        self.edges: list[tuple[str, int]] = []
        self.slots: list[tuple[int, int]] = []
        self.variable: tuple[str, Shape, int] | None = None
        self.others: list[str] = []


class Objects:
    """A graph that grows: every method adds an object to ``owner`` under ``edge``, and gives its number."""

    def __init__(self, identifier: str = USER) -> None:
        self.nodes = [Node(4, field(1, identifier))]

    def add(self, owner: int | None, edge: str, kind: int, content: bytes = b"") -> int:
        """An object of any kind; without an owner nothing holds it."""
        self.nodes.append(Node(kind, content))
        number = len(self.nodes) - 1
        if owner is not None:
            self.edge(owner, edge, number)
        return number

    def edge(self, owner: int, name: str, number: int) -> None:
        """One more name for an object, whether it is there or not."""
        self.nodes[owner].edges.append((name, number))

    def object(self, owner: int | None, edge: str, identifier: str = USER, metadata: str = "") -> int:
        return self.add(owner, edge, 4, field(1, identifier) + (field(3, metadata) if metadata else b""))

    def variable(
        self,
        owner: int | None,
        edge: str,
        shape: Shape,
        *,
        name: str | None = None,
        trains: bool = True,
        dtype: int = FLOAT32,
        more: bytes = b"",
    ) -> int:
        """A variable; with the shape None not even its rank is known, and a size of -1 is not known."""
        name = edge if name is None else name
        shown = field(3, 1) if shape is None else make.shape(shape)
        content = field(1, dtype) + field(2, shown) + (field(3, 1) if trains else b"") + field(6, name) + more
        number = self.add(owner, edge, 7, content)
        self.nodes[number].variable = (name, shape, dtype)
        return number

    def constant(self, owner: int, edge: str, operation: str) -> int:
        return self.add(owner, edge, 9, field(1, operation))

    def resource(self, owner: int, edge: str) -> int:
        return self.add(owner, edge, 10)

    def listed(self, owner: int | None, edge: str, numbers: Iterable[int]) -> int:
        """A list of objects that are there."""
        made = self.object(owner, edge, LIST)
        for at, number in enumerate(numbers):
            self.edge(made, str(at), number)
        return made

    def lists(self, variables: Iterable[int], trainable: Iterable[int], owner: int = 0) -> None:
        """The two lists that say which variables a model has, and which of them train."""
        self.listed(owner, "variables", variables)
        self.listed(owner, "trainable_variables", trainable)

    def dense(self, owner: int, edge: str, inputs: int, units: int, *, trains: bool = True) -> tuple[int, int, int]:
        """A layer with kernel and bias: its number and theirs."""
        made = self.object(owner, edge)
        kernel = self.variable(made, "kernel", (inputs, units), name=f"{edge}/kernel", trains=trains)
        return made, kernel, self.variable(made, "bias", (units,), name=f"{edge}/bias", trains=trains)

    def slot(self, optimizer: int, original: int, slot: int) -> None:
        self.nodes[optimizer].slots.append((original, slot))

    def keys(self) -> dict[int, str]:
        """Number of every object that is held to the shortest path to it, as TensorFlow writes paths in keys."""
        paths, order = {0: ""}, [0]
        for number in order:
            for name, child in self.nodes[number].edges:
                if child not in paths and 0 <= child < len(self.nodes):
                    escaped = name.replace(".", "..").replace("/", ".S")
                    paths[child] = f"{paths[number]}/{escaped}" if number else escaped
                    order.append(child)
        return paths

    def saved(self) -> bytes:
        """A ``SavedObjectGraph``."""
        return fields(1, [_edges(node, 3) + field(node.kind, node.content) for node in self.nodes])

    def tracked(self, without: Iterable[int] = ()) -> bytes:
        """A ``TrackableObjectGraph``."""
        paths = self.keys()
        found = []
        for number, node in enumerate(self.nodes):
            attributes = []
            if node.variable is not None:
                key = paths.get(number, str(number)) + VALUE
                attributes.append(field(1, "VARIABLE_VALUE") + field(2, node.variable[0]) + field(3, key))
            attributes += [field(1, "x") + field(3, key) for key in node.others]
            found.append(_edges(node, 3) + fields(2, attributes))
        return fields(1, found)

    def entries(
        self, without: Iterable[int] = (), same: Mapping[int, int] | None = None, **more: bytes
    ) -> dict[bytes, bytes]:
        """The entries of an index: every variable with a checksum of its own, unless it has the ``same`` as another."""
        paths = self.keys()
        found = {b"": make.header()}
        for number, node in enumerate(self.nodes):
            if node.variable is None or number in without or number not in paths:
                continue
            _, shape, dtype = node.variable
            sum_of = (same or {}).get(number, number)
            found[(paths[number] + VALUE).encode()] = stored(dtype, shape or (), sum_of)
        return found | {name.encode(): value for name, value in more.items()}


def _edges(node: Node, slots: int) -> bytes:
    held = [field(1, number) + field(2, name) for name, number in node.edges]
    return fields(1, held) + fields(
        slots, [field(1, one) + field(2, "m") + field(3, other) for one, other in node.slots]
    )


def stored(dtype: int, shape: Sequence[int], checksum: int = 0) -> bytes:
    """An entry of an index, with the checksum of its value."""
    sizes = [abs(size) for size in shape]
    size = 1 if dtype not in WIDTHS else None
    return make.entry(dtype, sizes, size=size)[:-4] + (checksum + 1).to_bytes(4, "little")


def meta_graph(
    objects: Objects | bytes | None,
    tags: Sequence[str] = ("serve",),
    nodes: Sequence[bytes] = (),
    version: str = "2.21.0",
) -> bytes:
    """One graph of a SavedModel: its objects, and the nodes of its operations."""
    made = field(1, fields(4, tags) + field(5, version)) + field(2, fields(1, nodes))
    if objects is None:
        return made
    return made + field(7, objects if isinstance(objects, bytes) else objects.saved())


def saved_model(*graphs: bytes) -> bytes:
    """A ``saved_model.pb``."""
    return field(1, 1) + fields(2, graphs)


def metadata(layers: Mapping[int, str], identifier: str = LAYER) -> bytes:
    """A ``keras_metadata.pb`` of numbers of objects and the JSON that is said of each."""
    found = [
        field(2, number) + field(3, "root") + field(4, identifier) + field(5, said) for number, said in layers.items()
    ]
    return fields(1, found)


def model_files(
    objects: Objects,
    nodes: Sequence[bytes] = (),
    without: Iterable[int] = (),
    same: Mapping[int, int] | None = None,
    said: Mapping[int, str] | None = None,
    **more: bytes,
) -> dict[str, bytes]:
    """The files of a SavedModel; ``more`` are entries of its index."""
    files = {
        "saved_model.pb": saved_model(meta_graph(objects, nodes=nodes)),
        INDEX: make.table(objects.entries(without, same, **more)),
        DATA: b"",
    }
    return files if said is None else {**files, "keras_metadata.pb": metadata(said)}


def checkpoint_files(
    objects: Objects | bytes,
    prefix: str = "ckpt",
    without: Iterable[int] = (),
    same: Mapping[int, int] | None = None,
    **more: bytes,
) -> dict[str, bytes]:
    """The files of a checkpoint, of which the only shard holds nothing but the graph of objects."""
    graph = objects if isinstance(objects, bytes) else objects.tracked()
    entries = {b"": make.header()} if isinstance(objects, bytes) else objects.entries(without, same)
    shard = make.string_tensor(graph)
    entries[GRAPH.encode()] = make.entry(STRING, (), size=len(shard))
    entries |= {name.encode(): value for name, value in more.items()}
    # The values lie over the graph, which does no harm: nobody reads them.
    variables = [] if isinstance(objects, bytes) else [node.variable for node in objects.nodes if node.variable]
    room = max((8 * math.prod(shape or ()) for _, shape, _ in variables), default=0)
    return {f"{prefix}.index": make.table(entries), f"{prefix}.data-00000-of-00001": shard.ljust(room, b"\0")}


def in_memory(files: Mapping[str, bytes]) -> MemoryFolder:
    """A folder of these files."""
    folder = MemoryFolder()
    folder.files.update(files)
    return folder


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The same on disk."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def step(objects: Objects, owner: int = 0, edge: str = "save_counter") -> int:
    """A counter."""
    return objects.variable(owner, edge, (), dtype=INT64, trains=False)
