"""Which of TensorFlow's forms a file or folder is, by content, and its model."""

from __future__ import annotations

import os

from paramcount.errors import ParamcountError, UnsupportedFormat
from paramcount.model import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from paramcount.model import Model
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder

    Tags = Sequence[str] | None

SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")
VALUES = "variables/variables"
TFLITE_MARKS = (b"TFL3", b"TFL2", b"TFL1")
TFJS = "model.json"
HEAD = 4096


def read_folder(folder: Folder, names: Sequence[str], tags: Tags) -> Model | None:
    """The model of a folder of one of TensorFlow's forms; None when it is of none."""
    if any(name in names for name in SAVED_MODEL):
        return read_saved(folder, tags)
    prefix = _in_folder(folder, names)
    if prefix is None and "variables/" in names and folder.open(f"{VALUES}.index") is not None:
        # A SavedModel without its definition still has the names and shapes of its values.
        prefix = VALUES
    return None if prefix is None else read_prefix(folder, prefix)


def _in_folder(folder: Folder, names: Sequence[str]) -> str | None:
    """The checkpoint in a folder; None when there is none."""
    if "checkpoint" not in names and not any(name.endswith(".index") for name in names):
        return None
    from paramcount.readers.tensorflow.prefixes import in_folder

    return in_folder(folder)


def read_versions(folder: Folder, names: Sequence[str], read: Callable[[str], Model]) -> Model | None:
    """The newest of the SavedModels that lie below a folder under their numbers, as TensorFlow Serving wants them.

    Args:
        folder: the one above.
        names: what it holds.
        read: reads the model of a folder inside it.
    """
    numbers = sorted((name.rstrip("/") for name in names if name.rstrip("/").isdecimal() and name[-1] == "/"), key=int)
    models = [name for name in numbers if any(folder.open(f"{name}/{one}") is not None for one in SAVED_MODEL)]
    if not models:
        return None
    model = read(models[-1])
    if len(models) == 1:
        return model
    message = f"The folder holds {len(models)} versions of a SavedModel; counted is the newest, {models[-1]}."
    found = Finding("newest-version", "info", "", message, "Name the folder of another version to count that.")
    return model._replace(findings=(found, *model.findings))


def read_saved(folder: Folder, tags: Tags) -> Model:
    """The model of a SavedModel."""
    from paramcount.readers.tensorflow.savedmodel import read_saved_model

    return read_saved_model(folder, tags)


def read_prefix(folder: Folder, prefix: str) -> Model:
    """The model of a checkpoint."""
    from paramcount.readers.tensorflow.prefixes import v1_files

    if folder.open(f"{prefix}.index") is None:
        files = v1_files(folder, prefix)
        if files:
            from paramcount.readers.tensorflow.first_format import read_first_format

            return read_first_format(folder, prefix, files)
    from paramcount.readers.tensorflow.checkpoint import read_checkpoint

    return read_checkpoint(folder, prefix)


def read_named(path: str) -> Model | None:
    """The model of the checkpoint that ``path`` names, by its prefix or one of its files; None when there is none."""
    from paramcount.readers.tensorflow.prefixes import find

    found = find(path)
    if found is None:
        return None
    folder, prefix = found
    with folder:
        return read_prefix(folder, prefix)


def read_file(source: ByteSource, path: str, tags: Tags) -> Model | None:
    """The model of a file of one of TensorFlow's forms; None when it is of none."""
    head = source.read(0, min(source.size, HEAD))
    if head[4:8] in TFLITE_MARKS:
        from paramcount.readers.tensorflow.tflite import read_tflite

        return read_tflite(source)
    if os.path.basename(path) in SAVED_MODEL:
        from paramcount.sources.folder import LocalFolder

        with LocalFolder(os.path.dirname(path) or ".") as folder:
            model = read_saved(folder, tags)
        return model._replace(source=model.source._replace(path=path))
    return read_named(path) or _read_graph(source, head, tags)


def _read_graph(source: ByteSource, head: bytes, tags: Tags) -> Model | None:
    """A message of TensorFlow, in binary form or as text."""
    from paramcount.readers.tensorflow.text import as_wire, message_of

    shown, message = source, message_of(source)
    if message:
        source = as_wire(source, message)
    else:
        message = _message_of(source, head)
    if message == "GraphDef":
        from paramcount.readers.tensorflow.frozen import read_frozen

        return read_frozen(source, shown)
    if message == "SavedModel":
        return read_saved(Alone(source, SAVED_MODEL[0]), tags)
    if message == "MetaGraphDef":
        return _read_meta(source)
    return None


def _message_of(source: ByteSource, head: bytes) -> str:
    """Which message of TensorFlow a binary file is; empty when it is none."""
    if head[:1] not in (b"\x08", b"\x0a", b"\x12", b"\x22"):
        return ""
    from paramcount.readers.tensorflow.wire import looks_like_graph, looks_like_meta_graph, looks_like_saved_model

    tests: tuple[tuple[str, Any], ...] = (
        ("SavedModel", looks_like_saved_model), ("GraphDef", looks_like_graph), ("MetaGraphDef", looks_like_meta_graph)
    )  # fmt: skip
    try:
        return next((name for name, test in tests if test(source)), "")
    except ParamcountError:
        return ""


def _read_meta(source: ByteSource) -> Model:
    """The graph of a checkpoint without the checkpoint: its variables with the shapes that it gives them."""
    from paramcount.containers.protobuf import whole
    from paramcount.model import Model, Source
    from paramcount.readers.tensorflow.name_based import read_collections

    reading = read_collections(whole(source), None)
    if not reading.root.children and not reading.root.variables:
        raise UnsupportedFormat("This graph of a checkpoint has no variables", where=source.name)
    made = Source(
        source.name, "tf-meta-graph", "TensorFlow meta graph", "tensorflow", "", source.size, source.bytes_read
    )
    return Model(reading.root, made, reading.others, reading.findings)


class Alone:
    """One file as the only one of a folder."""

    def __init__(self, source: ByteSource, name: str) -> None:
        self.name = source.name
        self._source = source
        self._file = name

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._source.size

    @property
    def bytes_read(self) -> int:
        """Bytes read of it."""
        return self._source.bytes_read

    def names(self) -> list[str]:
        """Its name."""
        return [self._file]

    def open(self, name: str) -> ByteSource | None:
        """The file, under its name."""
        return self._source if name == self._file else None
