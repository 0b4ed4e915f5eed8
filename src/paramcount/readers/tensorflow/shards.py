"""The shards of a bundle, which hold its weights: whether they are there, and what in them is no weight.

Source: ``tensorflow/core/util/tensor_bundle/naming.h``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import MESSAGE_LIMIT
from paramcount.errors import CorruptFile, EmptyFile, LimitExceeded, TruncatedFile
from paramcount.readers.tensorflow.bundle import OBJECT_GRAPH, is_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.tensorflow.bundle import Bundle, Entry
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder

OPEN_LIMIT = 256
"""Shards that are opened to see how long they are."""


def shard_name(prefix: str, bundle: Bundle, shard: int) -> str:
    """The file of one shard, relative to the folder as ``prefix`` is."""
    return f"{prefix}.data-{shard:05d}-of-{bundle.shards:05d}"


def missing_shards(folder: Folder, prefix: str, bundle: Bundle) -> list[str]:
    """The names of the shards that are not there; those that are hold everything that the index says.

    Raises:
        TruncatedFile: when a shard is shorter than that.
    """
    ends: dict[int, int] = {}
    parts = (part for found in bundle.slices.values() for part in found.values())
    for entry in (*bundle.entries.values(), *parts):
        ends[entry.shard] = max(ends.get(entry.shard, 0), entry.offset + entry.size)
    missing = []
    for shard in sorted(ends)[:OPEN_LIMIT]:
        name = shard_name(prefix, bundle, shard)
        size = _size_of(folder, name, ends[shard])
        if size is None:
            missing.append(name)
        elif size < ends[shard]:
            raise TruncatedFile(
                "A shard of the checkpoint is cut off", where=f"{folder.name}/{name}",
                found=f"{size} bytes", expected=f"{ends[shard]} bytes",
            )  # fmt: skip
    return missing


def _size_of(folder: Folder, name: str, needed: int) -> int | None:
    """Bytes of a shard; None when it is not there.  One that holds nothing may be empty."""
    try:
        source = _shard(folder, name)
    except EmptyFile:
        if needed:
            raise
        return 0
    return None if source is None else source.size


def _shard(folder: Folder, name: str) -> ByteSource | None:
    """A shard; None when it is not there, or only stands for what Git LFS did not fetch."""
    source = folder.open(name)
    return None if source is not None and is_pointer(source) else source


def read_value(folder: Folder, prefix: str, bundle: Bundle, entry: Entry, limit: int) -> bytes | None:
    """The bytes of one tensor that is no weight; None when its shard is not there.

    Raises:
        LimitExceeded: when it has more than ``limit`` bytes.
        TruncatedFile: when it lies behind the end of its shard.
        UnsafeFile: when the shard is not inside the folder.
    """
    if entry.size > limit:
        raise LimitExceeded(
            "A value of the checkpoint is too large", where=f"{bundle.name}, {entry.key}",
            found=f"{entry.size} bytes", expected=f"at most {limit} bytes",
        )  # fmt: skip
    source = _shard(folder, shard_name(prefix, bundle, entry.shard))
    return None if source is None else source.read(entry.offset, entry.size)


def object_graph(folder: Folder, prefix: str, bundle: Bundle) -> bytes | None:
    """The graph of objects, serialized; None when the checkpoint has none, or when its shard is not there.

    A string tensor is the lengths of its strings, a checksum of four bytes, and the strings.

    Raises:
        CorruptFile: when it is not one string.
    """
    entry = bundle.entries.get(OBJECT_GRAPH)
    if entry is None:
        return None
    where = f"{bundle.name}, {OBJECT_GRAPH}"
    if entry.dtype != "string" or entry.shape:
        raise CorruptFile("The object graph is not one string", where=where, found=f"{entry.dtype} {entry.shape}")
    data = read_value(folder, prefix, bundle, entry, MESSAGE_LIMIT)
    if data is None:
        return None
    length = shift = at = 0
    while at < min(len(data), 10):
        length |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            break
    if at + 4 + length != len(data):
        raise CorruptFile(
            "The object graph has not the length it says", where=where,
            found=f"{length} bytes", expected=f"{len(data) - at - 4} bytes",
        )  # fmt: skip
    return data[at + 4 :]
