"""Fuzz entry of graphs of TensorFlow: ``python tests/fuzz/fuzz_graphdef.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out, and the sums
of every graph that is read must agree.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from paramcount.readers.tensorflow.frozen import read_frozen
from paramcount.readers.tensorflow.wire import looks_like_graph, looks_like_meta_graph, looks_like_saved_model
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import FLOAT, INT32, UINT8, calling, const, function, graph, node, variable


def one_input(data: bytes) -> None:
    """Read ``data`` as a graph, and show what was read."""
    source = MemoryBytes(data, "fuzzed.pb")
    # Finding out what it is must not fail at all.
    looks_like_graph(source), looks_like_meta_graph(source), looks_like_saved_model(source)
    report = Report(read_frozen(source))
    assert report.reconcile().holds, report.reconcile()
    str(report)
    json.dumps(report.to_dict())


def seeds() -> list[bytes]:
    """Small graphs: frozen, with functions and a loop, not frozen, and quantized."""
    body = function("body", ["w", "s"], [const("k", (2,)), node("next", "MatMul", "s", "w")], {"w": "w", "s": "next:0"})
    frozen = graph(
        const("net/fc/kernel", (3, 4), content=bytes(48)), node("net/fc/kernel/read", "Identity", "net/fc/kernel"),
        node("net/fc/MatMul", "MatMul", "x", "net/fc/kernel/read"), const("shape", (2,), INT32),
        node("net/flat", "Reshape", "net/fc/MatMul", "shape"),
    )  # fmt: skip
    looping = graph(
        const("w", (3, 3)), const("s", (1, 3)), calling("loop", "While", "w", "s", body="body"), functions=(body,)
    )
    training = graph(
        variable("a/w", (4, 3)), variable("a/w/Adam", (4, 3)), variable("b", (-1, 2)),
        node("update", "ResourceApplyAdam", "a/w", "a/w/Adam"),
    )  # fmt: skip
    large = graph(const("big", (500,), FLOAT, bytes(2000)), const("q", (4,), UINT8), node("d", "Dequantize", "q", "a"))
    return [frozen, looping, training, large]


if __name__ == "__main__":
    from mutate import run

    run(one_input, seeds(), __doc__)
