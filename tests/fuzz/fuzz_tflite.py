"""Fuzz entry of TensorFlow Lite: ``python tests/fuzz/fuzz_tflite.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out, and the sums
of every model that is read must agree.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from paramcount.readers.tensorflow.tflite import read_tflite
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import Int, builtin, convolution, custom, operator, subgraph, tensor, tflite


def one_input(data: bytes) -> None:
    """Read ``data`` as a model, and show what was read."""
    report = Report(read_tflite(MemoryBytes(data, "fuzzed.tflite")))
    assert report.reconcile().holds, report.reconcile()
    str(report)
    json.dumps(report.to_dict())


def seeds() -> list[bytes]:
    """Small models: of real numbers, quantized, sparse, with a loop and with an operation of somebody's own."""
    return [convolution(), convolution("int8", "int32"), convolution(sparse=True), looping(), with_custom()]


def looping() -> bytes:
    """A loop whose body multiplies by a weight."""
    outer = [tensor("i", (1,), "int32", 1), tensor("s", (1, 3), buffer=2), tensor("w", (3, 3), buffer=3)]
    main = subgraph(outer, [operator(0, (0, 1, 2), (0, 1, 2), {0: Int(1), 1: Int(2)})])
    inner = [tensor("i", (1,), "int32"), tensor("s", (1, 3)), tensor("w", (3, 3)), tensor("cell/next", (1, 3))]
    condition = subgraph(inner, [], (0, 1, 2), (0,))
    body = subgraph(inner, [operator(1, (1, 2), (3,))], (0, 1, 2), (0, 3, 2))
    return tflite([builtin(119), builtin(9)], [main, condition, body], [b"", bytes(4), bytes(12), bytes(36)])


def with_custom() -> bytes:
    """A compiled part, an operation of somebody's own, a variable, and a buffer of two tensors."""
    tensors = [
        tensor("x", (1, 4)), tensor("a/k", (4, 4), buffer=1), tensor("b/k", (4, 4), buffer=1),
        tensor("state", (1, 4), is_variable=True), tensor("y", (1, 4)),
    ]  # fmt: skip
    operators = [operator(0, (0, 1, 3), (4,)), operator(1, (4, 2), (4,))]
    return tflite([custom("edgetpu-custom-op"), custom("Mine")], [subgraph(tensors, operators)], [b"", bytes(64)])


if __name__ == "__main__":
    from mutate import run

    run(one_input, seeds(), __doc__)
