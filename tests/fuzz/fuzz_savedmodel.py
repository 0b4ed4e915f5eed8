"""Fuzz entry of SavedModels: ``python tests/fuzz/fuzz_savedmodel.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out, and the sums
of every model that is read must agree.  An input is the files of a SavedModel one behind the other, as ``packed`` puts
them: the definition, the index of its values, and what tf_keras says of its layers.  The definition is taken for a
plain message too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from paramcount.containers.protobuf import Span, fields, scan, varints, whole
from paramcount.errors import CorruptFile, ParamcountError
from paramcount.readers.tensorflow.savedmodel import read_saved_model
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow import saved_model_maker as maker
from readers.tensorflow.bundle_maker import FLOAT32, INT64, STRING, table
from readers.tensorflow.saved_model_maker import LAYER, METRIC, NETWORK, Objects
from tensorflow_files import const

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

FILES = ("saved_model.pb", maker.INDEX, "keras_metadata.pb")
CUT = b"\n-8<-\n"


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files of a SavedModel as one input."""
    return CUT.join(files.get(name, b"") for name in FILES)


def one_input(data: bytes) -> None:
    """Read ``data`` as a message and as the files of a SavedModel, and add up what was read."""
    files = {name: part for name, part in zip(FILES, data.split(CUT), strict=False) if part}
    as_message(files.get(FILES[0], b""))
    report = Report(read_saved_model(maker.in_memory(files)))
    assert report.reconcile().holds, report.reconcile()
    json.dumps(report.to_dict())


def as_message(data: bytes) -> None:
    """The same fields, or the same refusal, from memory and from a source; the numbers in it as packed ones."""
    assert result(from_memory, data) == result(from_source, data)
    try:
        varints(data, "m")
    except ParamcountError as error:
        str(error)


def result(read: Callable[[bytes], Any], data: bytes) -> Any:
    """The fields, or None when the bytes are no message."""
    try:
        return read(data)
    except CorruptFile:
        return None


def from_memory(data: bytes) -> list[tuple[int, int | bytes]]:
    return list(fields(data, "m"))


def from_source(data: bytes) -> list[tuple[int, int | bytes]]:
    found = scan(whole(MemoryBytes(data, "m")))
    return [(number, value.read() if isinstance(value, Span) else value) for number, value in found]


def trained() -> Objects:
    """A module with lists, an optimizer, a metric, a generator, a counter, a table, a constant, texts and sharing."""
    objects = Objects()
    layer, kernel, bias = objects.dense(0, "dense", 3, 4)
    objects.edge(objects.object(0, "other"), "tied", kernel)
    objects.edge(layer, "parent", 0)
    mean = objects.variable(objects.object(0, "bn"), "moving_mean", (4,), trains=False)
    optimizer = objects.object(0, "optimizer", "optimizer")
    maker.step(objects, optimizer, "_iterations")
    objects.listed(optimizer, "_trainable_variables", [kernel])
    objects.slot(optimizer, kernel, objects.variable(None, "", (3, 4), name="Adam/m/dense/kernel"))
    objects.variable(objects.object(0, "loss", METRIC), "total", (), trains=False)
    objects.variable(objects.object(0, "generator"), "_state_var", (3,), dtype=INT64, trains=False)
    objects.variable(0, "words", (2,), dtype=STRING, trains=False)
    objects.variable(0, "open", (-1, 3))
    objects.resource(0, "table")
    objects.constant(0, "constant", "Const_1")
    objects.lists([kernel, bias, mean], [kernel])
    return objects


def exported() -> tuple[Objects, dict[int, int]]:
    """An export of Keras 3, with a copy of all."""
    objects = Objects()
    shapes = {"dense/kernel": (3, 4), "dense/bias": (4,)}
    weights = [objects.variable(None, "", shape, name=name) for name, shape in shapes.items()]
    objects.lists(weights, weights[:1])
    kept = objects.listed(0, "_all_variables", [])
    same = {objects.variable(kept, str(at), shapes[name], name=name): weights[at] for at, name in enumerate(shapes)}
    return objects, same


def of_keras() -> dict[str, bytes]:
    """A model of tf_keras with what it says of its layers."""
    objects = Objects(NETWORK)
    layer, kernel, bias = objects.dense(0, "layer-0", 3, 4)
    again = objects.listed(0, "_layers", [layer])
    objects.edge(again, "1", again)
    objects.edge(0, "layer_with_weights-0", layer)
    objects.lists([kernel, bias], [])
    config = {"name": "out", "units": 4, "use_bias": True}
    value = {
        "class_name": "Dense", "name": "out", "trainable": False, "config": config,
        "build_input_shape": {"class_name": "TensorShape", "items": [None, 3]},
    }  # fmt: skip
    inner = {"class_name": "Dense", "config": config, "inbound_nodes": []}
    whole_model = {"class_name": "Sequential", "name": "net", "config": {"name": "net", "layers": [inner]}}
    return maker.model_files(objects, said={layer: json.dumps(value), 0: json.dumps(whole_model)})


def old() -> dict[str, bytes]:
    """A model whose objects hold what Keras says of them, in two graphs."""
    objects = Objects(NETWORK)
    layer = objects.object(0, "layer-0", LAYER, json.dumps({"class_name": "Dense", "name": "a", "trainable": True}))
    objects.variable(layer, "kernel", (2, 2), name="a/kernel")
    data = maker.saved_model(maker.meta_graph(objects), maker.meta_graph(Objects(), ("train",)))
    return maker.model_files(objects) | {"saved_model.pb": data}


def seeds() -> list[bytes]:
    """Small models of all kinds."""
    table_keys = {f"table/.ATTRIBUTES/table-{one}": maker.stored(STRING, (2,)) for one in ("keys", "values")}
    exports, same = exported()
    nodes = [const("Const", (3,)), const("Const_1", (2, 2))]
    alone = maker.saved_model(maker.meta_graph(exports))
    more = {"left/.ATTRIBUTES/VARIABLE_VALUE": maker.stored(FLOAT32, (5,))}
    return [
        packed(maker.model_files(trained(), nodes, **table_keys)),
        packed(maker.model_files(exports, same=same, **more)),
        packed({"saved_model.pb": alone}),
        packed({"saved_model.pb": alone, maker.INDEX: table({b"": b"\x08\x01"})}),
        packed(of_keras()),
        packed(old()),
    ]


if __name__ == "__main__":
    from fuzz.mutate import run

    run(one_input, seeds(), __doc__)
