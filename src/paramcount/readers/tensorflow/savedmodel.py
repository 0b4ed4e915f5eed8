"""SavedModels: a folder with ``saved_model.pb`` and the values of its variables, of which only the index is read.

What trains is read from the graph of objects, which every writer of TensorFlow 2 stores; models of TensorFlow 1 have
lists of variables instead.  The graph of operations, most of the file, is passed over where it holds no weights.

Source: ``tensorflow/core/protobuf/saved_model.proto`` and ``meta_graph.proto``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import Span, scan, text, whole
from paramcount.errors import CorruptFile, NotAModel, UsageError
from paramcount.model import Finding, Model, Source, Stored
from paramcount.readers.findings import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    from paramcount.readers.tensorflow.bundle import Bundle
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder
else:
    from paramcount.records import NamedTuple

BINARY, TEXT = "saved_model.pb", "saved_model.pbtxt"
VARIABLES = "variables/variables"
SERVING = "serve"
NO_VALUES = Finding(
    "values-missing", "warning", "",
    "The index of the variables' values is not there: shapes are those of the model's definition.",
    "The model cannot be loaded without its variables.",
)  # fmt: skip


class MetaGraph(NamedTuple):
    """One of the graphs of a SavedModel, as places in its file."""

    tags: tuple[str, ...]
    version: str
    """Of the TensorFlow that wrote it; empty when it does not say."""
    graphs: tuple[Span, ...]
    assets: tuple[str, ...]
    """Names of the files that belong to the model, such as vocabularies."""
    span: Span
    """All of it."""
    objects: Span | None
    """None for a model of TensorFlow 1."""

    @property
    def title(self) -> str:
        """Its tags as a user writes them."""
        return ",".join(self.tags) or "no tags"


def is_saved_model(folder: Folder) -> bool:
    """Whether a folder holds a SavedModel."""
    return any(name in folder.names() for name in (BINARY, TEXT))


def read_saved_model(folder: Folder, tags: Sequence[str] | None = None) -> Model:
    """The model of a SavedModel.

    Args:
        folder: that of ``saved_model.pb``.
        tags: which of several graphs is meant; None for the one that is served, or else the first.

    Raises:
        NotAModel: when there is no SavedModel.
        UsageError: when no graph has these tags.
    """
    source = _definition(folder)
    metas = [_meta(value) for number, value in scan(whole(source)) if number == 2 and isinstance(value, Span)]
    if not metas:
        raise CorruptFile("The SavedModel has no graph", where=source.name)
    meta = _chosen(metas, tags, source.name)
    bundle = _bundle(folder)
    model = _read(folder, meta, bundle)
    found = [*_several(metas, meta), *model.findings, *_assets(meta)]
    made = model.source._replace(size_bytes=_size(folder, bundle), bytes_read=folder.bytes_read)
    return model._replace(source=made, findings=tuple(found))


def _definition(folder: Folder) -> ByteSource:
    """The definition of the model, in binary form."""
    source = folder.open(BINARY)
    if source is not None:
        return source
    written = folder.open(TEXT)
    if written is None:
        raise NotAModel("This is no SavedModel", where=folder.name, expected=f"{BINARY} or {TEXT}")
    from paramcount.readers.tensorflow.text import as_wire

    return as_wire(written, "SavedModel")


def _meta(span: Span) -> MetaGraph:
    tags: list[str] = []
    assets: list[str] = []
    version = ""
    spans: dict[int, list[Span]] = {2: [], 7: []}
    for number, value in scan(span):
        if isinstance(value, int):
            continue
        if number == 1:
            for inner, part in scan(value):
                if isinstance(part, Span) and inner in (4, 5):
                    words = text(part.read(), span.source.name)
                    tags, version = ([*tags, words], version) if inner == 4 else (tags, words)
        elif number == 6:
            named = [part for inner, part in scan(value) if inner == 2 and isinstance(part, Span)]
            assets += [text(part.read(), span.source.name) for part in named]
        elif number in spans:
            spans[number].append(value)
    objects = spans[7][0] if spans[7] else None
    return MetaGraph(tuple(tags), version, tuple(spans[2]), tuple(dict.fromkeys(assets)), span, objects)


def _chosen(metas: list[MetaGraph], tags: Sequence[str] | None, where: str) -> MetaGraph:
    """The graph that is asked for."""
    if tags is not None:
        found = [meta for meta in metas if set(meta.tags) == set(tags)]
        if not found:
            raise UsageError(
                "No graph of this SavedModel has these tags", where=where, found=", ".join(tags) or "no tags",
                expected=" or ".join(f"`{meta.title}`" for meta in metas),
            )  # fmt: skip
        return found[0]
    return next((meta for meta in metas if SERVING in meta.tags), metas[0])


def _several(metas: list[MetaGraph], chosen: MetaGraph) -> list[Finding]:
    if len(metas) < 2:
        return []
    named = "; ".join(meta.title for meta in metas)
    message = (
        f"The SavedModel has {len(metas)} graphs ({named}), which share their variables.  Counted is `{chosen.title}`."
    )
    return [Finding("several-tag-sets", "info", "", message, "Ask for another one with --tag-set.")]


def _assets(meta: MetaGraph) -> list[Finding]:
    """Files that belong to the model and hold no parameters."""
    if not meta.assets:
        return []
    named = ", ".join(meta.assets[:4]) + (", …" if len(meta.assets) > 4 else "")
    message = f"{plural(len(meta.assets), 'asset')} ({named}), such as the words of a lookup table: no parameters."
    return [Finding("assets-not-counted", "info", "", message)]


def _bundle(folder: Folder) -> Bundle | None:
    index = folder.open(f"{VARIABLES}.index")
    if index is None:
        return None
    from paramcount.readers.tensorflow.bundle import read_bundle

    return read_bundle(index)


def _size(folder: Folder, bundle: Bundle | None) -> int:
    """Bytes of the definition, the index and the values; the values are not opened to know."""
    return folder.size + (0 if bundle is None else bundle.bytes)


def _read(folder: Folder, meta: MetaGraph, bundle: Bundle | None) -> Model:
    if meta.objects is not None:
        model = _by_objects(folder, meta, meta.objects, bundle)
    else:
        model = _by_collections(folder, meta, bundle)
    if model is not None:
        return model
    return _by_constants(folder, meta)


def _by_constants(folder: Folder, meta: MetaGraph) -> Model:
    """A model without variables, whose weights, if it has any, are constants of its graph."""
    from paramcount.readers.tensorflow.constants import constants_of
    from paramcount.readers.tensorflow.frozen import model_of
    from paramcount.readers.tensorflow.graph import Graph, read_graph

    graph = read_graph(meta.graphs[0]) if meta.graphs else Graph(())
    return model_of(graph, constants_of(graph), _source(folder, meta, ""))


def _by_collections(folder: Folder, meta: MetaGraph, bundle: Bundle | None) -> Model | None:
    """The model of TensorFlow 1, as the lists beside its graph describe it; None when it has no variables."""
    from paramcount.readers.tensorflow.name_based import read_collections

    reading = read_collections(meta.span, None if bundle is None else bundle.entries)
    if not (reading.root.children or reading.root.variables or reading.others):
        return None
    found = reading.findings if bundle is not None else (NO_VALUES,)
    return Model(reading.root, _source(folder, meta, ""), reading.others, found, reading.stored)


def _by_objects(folder: Folder, meta: MetaGraph, span: Span, bundle: Bundle | None) -> Model | None:
    """The model as its object graph describes it; None when that has no variables."""
    from paramcount.readers.tensorflow.belonging import Belonging
    from paramcount.readers.tensorflow.layers import Assembler
    from paramcount.readers.tensorflow.metadata import FILE, read_metadata
    from paramcount.readers.tensorflow.objects import read_saved_objects
    from paramcount.readers.tensorflow.stored_values import (
        Copies,
        held_constants,
        name_values,
        not_numeric,
        unclaimed,
    )

    graph = read_saved_objects(span)
    variables = graph.variables()
    if not variables:
        return None
    missing = name_values(graph, bundle) if bundle is not None else []
    belonging = Belonging(graph)
    told = read_metadata(folder, graph)
    assembler = Assembler(graph, belonging, told, f"{folder.name}, {FILE}")
    copies = Copies(bundle, assembler.listed(), assembler.unlisted())
    root = assembler.root(set(copies.of))
    others = [*assembler.others, *assembler.copies(copies.of)]
    beside = [] if bundle is None else unclaimed(graph, bundle)
    constants = held_constants(graph, meta.graphs)
    found = [*copies.findings(), *assembler.findings(), *_values(bundle, len(missing), len(variables))]
    stored = None
    if bundle is not None and not missing:
        numeric = bundle.numeric()
        more = not_numeric(bundle) + sum(constant.parameters or 0 for constant in constants)
        stored = Stored(bundle.elements() + more, len(numeric) + len(constants))
    source = _source(folder, meta, "tf_keras" if told else "")
    return Model(root, source, (*others, *beside, *constants), tuple(found), stored)


def _values(bundle: Bundle | None, missing: int, variables: int) -> list[Finding]:
    """How the values that are stored agree with the variables of the graph."""
    if bundle is None:
        return [NO_VALUES]
    if not missing:
        return []
    message = (
        f"Of {missing:,} of the {variables:,} variables of the model no value of this dtype and shape is stored: "
        "the definition and the values are not of one model."
    )
    advice = "The numbers are those of the definition.  Save or fetch both together."
    return [Finding("values-disagree", "warning", "", message, advice)]


def _source(folder: Folder, meta: MetaGraph, framework: str) -> Source:
    title = "TensorFlow SavedModel" + (f" of {framework}" if framework else "")
    return Source(folder.name, "saved-model", title, "tensorflow", meta.version)
