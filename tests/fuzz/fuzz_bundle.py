"""Fuzz entry of checkpoints of TensorFlow: ``python tests/fuzz/fuzz_bundle.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.  They are
taken for an index, for a checkpoint of the first format, for the graph beside one, for a shard with an object graph,
and for the file that names the latest checkpoint.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from paramcount.count import reconcile
from paramcount.errors import ParamcountError
from paramcount.readers.tensorflow.bundle import read_bundle
from paramcount.readers.tensorflow.first_format import read_first_format
from paramcount.readers.tensorflow.name_based import read_name_based
from paramcount.readers.tensorflow.prefixes import in_folder, latest_in
from paramcount.readers.tensorflow.shards import object_graph
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow import bundle_maker as make

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

INDEX = make.bundle(make.floats(dense__w=(2, 3), dense__b=(3,), dense__w__Adam=(2, 3)))


class MemoryFolder:
    """The files of a folder, in memory."""

    def __init__(self, **files: bytes) -> None:
        self.name = "folder"
        self.size = self.bytes_read = 0
        self.files = {name.replace("__", "."): data for name, data in files.items()}

    def names(self) -> list[str]:
        return sorted(self.files)

    def open(self, name: str) -> MemoryBytes | None:
        data = self.files.get(name)
        return None if data is None else MemoryBytes(data, name)


def one_input(data: bytes) -> None:
    """Read ``data`` in all its parts; the error of an index comes out, those of the others are looked at."""
    latest_in(data)
    attempt(in_folder, MemoryFolder(checkpoint=data, ckpt__index=INDEX))
    attempt(read_first_format, MemoryFolder(ckpt=data), "ckpt", ["ckpt"])
    attempt(as_meta, data)
    attempt(as_shard, data)
    folder = MemoryFolder(ckpt__index=data)
    bundle = read_bundle(folder.open("ckpt.index"))
    object_graph(folder, "ckpt", bundle)
    model = read_name_based(folder, "ckpt", bundle)
    assert reconcile(model).holds
    assert model.stored.parameters == bundle.elements()


def attempt(action: Callable[..., Any], *arguments: Any) -> None:
    """Run what may fail with an error of ours."""
    try:
        action(*arguments)
    except ParamcountError as error:
        str(error)


def as_meta(data: bytes) -> None:
    """The bytes as the graph beside a sound index."""
    folder = MemoryFolder(ckpt__index=INDEX, ckpt__meta=data)
    assert reconcile(read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index")))).holds


def as_shard(data: bytes) -> None:
    """The bytes as a shard that holds nothing but an object graph."""
    entry = make.entry(make.STRING, (), size=len(data))
    index = make.table({b"": make.header(), b"_CHECKPOINTABLE_OBJECT_GRAPH": entry})
    folder = MemoryFolder(ckpt__index=index)
    folder.files["ckpt.data-00000-of-00001"] = data
    object_graph(folder, "ckpt", read_bundle(folder.open("ckpt.index")))


def seeds() -> list[bytes]:
    """Small indexes of all kinds, checkpoints of the first format, graphs, an object graph, a list of checkpoints."""
    halves = [((0, 2), (0, -1)), ((2, 2), (0, -1))]
    partitioned = {b"": make.header(2), **make.sliced("net/w", (4, 3), halves, 2), b"b": make.entry(1, (3,))}
    tensors = make.floats(
        w=(2, 3), w__Adam=(2, 3), bn__moving_mean=(4,), beta1_power=(), w__ExponentialMovingAverage=(2, 3)
    )
    tensors["global_step"] = (make.INT64, ())
    definitions = [make.variable_def("dense/w"), make.variable_def("dense/b")]
    slot = make.variable_def("dense/w/Adam", trainable=False, resource=True)
    nodes = [make.variable_node("dense/w", (2, 3)), make.variable_node("dense/w/Adam", None, op="VarHandleOp")]
    part = make.variable_def("net/w/part_0", whole=("net/w", (4, 3), (0, 0), (2, 3)))
    meta = make.meta_graph(
        {"variables": [*definitions, slot, part], "trainable_variables": definitions, "global_step": ["dense/b:0"]},
        nodes, ["serve"],
    )  # fmt: skip
    return [
        INDEX,
        make.bundle(tensors, 2, per_block=2, packed=True),
        make.table(partitioned),
        make.first_format(tensors),
        make.first_format(make.floats(net__w=(4, 3)), {"net/w": halves}, packed=True),
        meta,
        make.string_tensor(b"\x0a\x04\x0a\x02\x08\x01" * 5),
        b'model_checkpoint_path: "ckpt"\nall_model_checkpoint_paths: "ck\\160t"\n',
    ]


if __name__ == "__main__":
    from fuzz.mutate import run

    run(one_input, seeds(), __doc__)
