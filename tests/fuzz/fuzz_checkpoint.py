"""Fuzz entry of checkpoints with a graph of objects: ``python tests/fuzz/fuzz_checkpoint.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out, and the sums
of every model that is read must agree.  An input is the index of a checkpoint and its graph of objects, as ``packed``
puts them; the index says of the graph what is true, or the graph would seldom be read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.fuzz_savedmodel import CUT, exported, trained
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.report import Report
from readers.tensorflow import bundle_maker as make
from readers.tensorflow import saved_model_maker as maker
from readers.tensorflow.saved_model_maker import GRAPH, Objects

SIZE = 8192
"""Bytes of the tensor that holds the graph; what the graph leaves of them is a field that nobody reads."""


def packed(objects: Objects, without: tuple[int, ...] = (), shards: int = 1, **more: bytes) -> bytes:
    """The index and the graph of a checkpoint as one input."""
    entries = objects.entries(without, **more)
    entries[b""] = make.header(shards)
    entries[GRAPH.encode()] = make.entry(make.STRING, (), size=SIZE)
    return make.table(entries) + CUT + objects.tracked()


def one_input(data: bytes) -> None:
    """Read ``data`` as a checkpoint, and add up what was read."""
    index, _, graph = data.partition(CUT)
    files = {"ckpt.index": index, "ckpt.data-00000-of-00001": shard(graph)}
    report = Report(read_checkpoint(maker.in_memory(files), "ckpt"))
    assert report.reconcile().holds, report.reconcile()
    json.dumps(report.to_dict())


def shard(graph: bytes) -> bytes:
    """The bytes of a string tensor with the graph, as long as the index says."""
    graph = graph[: SIZE // 2]
    # Two bytes for the length of all, four for a checksum, three in front of the field that fills the rest.
    return make.string_tensor(graph + make.field(15, bytes(SIZE - 6 - 3 - len(graph))))


def untracked() -> Objects:
    """A model of Keras 3 of which only attributes are there, and an optimizer with slots by their shapes."""
    objects = Objects()
    net = objects.object(0, "net")
    objects.variable(objects.object(net, "dense"), "_kernel", (3, 4), name="net/dense/kernel")
    optimizer = objects.object(0, "optimizer")
    objects.listed(optimizer, "_variables", [maker.step(objects, optimizer, "_iterations")])
    objects.listed(optimizer, "_momentums", [objects.variable(None, "", (3, 4), name="m")])
    maker.step(objects)
    table = objects.object(0, "table")
    objects.nodes[table].others += ["table/.ATTRIBUTES/table-keys", "table/.ATTRIBUTES/table-values"]
    return objects


def normalized() -> Objects:
    """Statistics, a loop, a list of itself, and names with points and slashes."""
    objects = Objects()
    layer = objects.object(0, "a.b/c")
    for name, shape in (("mean", (3,)), ("variance", (3,)), ("count", ())):
        objects.variable(layer, name, shape)
    objects.edge(layer, "up", 0)
    kept = objects.listed(0, "_layers", [layer])
    objects.edge(kept, "9", kept)
    return objects


def seeds() -> list[bytes]:
    """Small checkpoints of all kinds."""
    keys = {f"table/.ATTRIBUTES/table-{one}": maker.stored(make.STRING, (2,)) for one in ("keys", "values")}
    return [
        packed(trained()),
        packed(exported()[0]),
        packed(untracked(), **keys),
        packed(untracked(), without=(3,)),
        packed(normalized(), left_over=maker.stored(make.FLOAT32, (5,))),
    ]


if __name__ == "__main__":
    from fuzz.mutate import run

    run(one_input, seeds(), __doc__)
