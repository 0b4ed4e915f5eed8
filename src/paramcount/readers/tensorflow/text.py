"""TensorFlow's messages as text (``.pbtxt``): recognised by their first field, and turned into the binary form."""

from __future__ import annotations

from paramcount.sources.bytesource import MemoryBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

_FIRST = {
    "node": "GraphDef", "versions": "GraphDef", "library": "GraphDef",
    "saved_model_schema_version": "SavedModel", "meta_graphs": "SavedModel",
    "meta_info_def": "MetaGraphDef", "graph_def": "MetaGraphDef", "saver_def": "MetaGraphDef",
}  # fmt: skip
"""The field that a text begins with to the message that has such a field."""

HEAD = 4096
"""Bytes within which the first field begins, behind any comments."""


def message_of(source: ByteSource) -> str:
    """The name of the message that a text is; empty when it is none of TensorFlow's that hold a graph."""
    for line in source.read(0, min(HEAD, source.size)).decode("latin-1").split("\n"):
        plain = line.strip()
        if plain and not plain.startswith("#"):
            name = plain.split("{", 1)[0].split("<", 1)[0].split(":", 1)[0]
            # The sign of a field must follow, or any sentence that begins with "node" would be a graph.
            return _FIRST.get(name.strip(), "") if len(name) < len(plain) else ""
    return ""


def as_wire(source: ByteSource, message_name: str) -> ByteSource:
    """The binary form of a text, with the fields that are read of it.

    Args:
        source: the text.
        message_name: what it is, as ``message_of`` says.

    Raises:
        CorruptFile: when it is no such message.
        LimitExceeded: when it is nested too deeply, or has too many parts.
    """
    from paramcount.containers.textproto import parse, to_wire
    from paramcount.readers.tensorflow.schema import SCHEMA

    tree = parse(source, SCHEMA, message_name)
    return MemoryBytes(to_wire(tree, SCHEMA, message_name, source.name), source.name)
