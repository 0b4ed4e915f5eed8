"""Fuzz entry of protocol buffers as text: ``python tests/fuzz/fuzz_textproto.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from paramcount.containers.protobuf import whole
from paramcount.containers.textproto import parse
from paramcount.readers.tensorflow.graph import read_graph
from paramcount.readers.tensorflow.text import as_wire, message_of
from paramcount.sources.bytesource import MemoryBytes

GRAPH = rb"""# a graph
node { name: "a/w" op: "Const"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 3 } }
    tensor_content: "\000\001\"\\" 'more' float_val: [1.5, -2e3, inf] } } }
}
node < name: "a/m", op: "MatMul"; input: ["x", "a/w"] attr: { key: "f" value { func { name: "g" } } } >
library { function { signature { name: "g" } node_def { name: "n" op: "NoOp" } } }
versions { producer: 0x75a min_consumer: 017 }
"""
SAVED = rb"""saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" tensorflow_version: "2.15.0" stripped_default_attrs: true }
  collection_def { key: "variables" value { bytes_list { value: "\n\005w:0\x12\xc3" } } }
  object_graph_def { nodes { children { node_id: 1 local_name: "v" } user_object { identifier: "x" } }
    nodes { variable { dtype: DT_FLOAT shape { dim { size: -1 } unknown_rank: false } trainable: true name: "v" } } }
}
"""


def one_input(data: bytes) -> None:
    """Read ``data`` as any message, and as the one that it begins like."""
    source = MemoryBytes(data, "fuzzed.pbtxt")
    message = message_of(source)
    parse(source)
    if message:
        wire = as_wire(source, message)
        if message == "GraphDef":
            read_graph(whole(wire))


def seeds() -> list[bytes]:
    """A graph and a SavedModel, with every kind of value there is."""
    return [GRAPH, SAVED]


if __name__ == "__main__":
    from mutate import run

    run(one_input, seeds(), __doc__)
