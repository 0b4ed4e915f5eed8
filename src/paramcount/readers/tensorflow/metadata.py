"""What tf_keras says of its layers beside a SavedModel: class, name, flags and config of each.

It stands in ``keras_metadata.pb``, and with TensorFlow 2.0 to 2.4 in the object graph itself.  It is text; nothing in
it is imported or deserialized.

Source: ``tf_keras/protobuf/saved_metadata.proto``.
"""

from __future__ import annotations

from paramcount.containers.protobuf import fields, scan, text, whole
from paramcount.errors import ParamcountError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.architecture.node import Node as Config
    from paramcount.readers.tensorflow.objects import Node, ObjectGraph
    from paramcount.sources.folder import Folder

FILE = "keras_metadata.pb"
_LAYER = "_tf_keras_"
_NO_LAYERS = ("_tf_keras_metric",)
_SEQUENCES = ("__tuple__", "TensorShape")
DEPTH_LIMIT = 200
"""Lists in lists of one config; what lies deeper is left out."""
_MODELS = ("_tf_keras_network", "_tf_keras_sequential", "_tf_keras_model")


class Told:
    """What is said of one layer.

    Attributes:
        name: of the layer.
        class_name: as the config gives it.
        trainable: its flag; None when it is not said.
        value: everything, as JSON gave it.
        is_model: whether it is a model.
    """

    __slots__ = ("class_name", "is_model", "name", "trainable", "value")

    def __init__(self, value: dict[str, Any], identifier: str) -> None:
        self.value = value
        self.is_model = identifier in _MODELS
        self.name = _string(value.get("name"))
        self.class_name = _string(value.get("class_name"))
        flag = value.get("trainable")
        self.trainable = flag if isinstance(flag, bool) else None

    def config(self, where: str) -> Config | None:
        """The config as a node with the layers inside it; None when there is none, or none that can be read."""
        from paramcount.architecture.parse import parse_config

        entry = _plain(self.value.get("config"))
        if not self.class_name or not isinstance(entry, dict):
            return None
        try:
            return parse_config(
                {
                    "class_name": self.class_name,
                    "config": entry,
                    "build_config": {"input_shape": _plain(self.value.get("build_input_shape"))},
                },
                where,
            )
        except ParamcountError:
            # The weights are counted from the variables; what cannot be read here only explains them.
            return None


def read_metadata(folder: Folder, graph: ObjectGraph) -> dict[int, Told]:
    """What is said of each layer, by the number of its object; empty when no version of Keras has said anything."""
    source = folder.open(FILE)
    found: dict[int, Told] = {}
    if source is not None:
        for number, value in scan(whole(source)):
            if number == 1 and not isinstance(value, int):
                _add(found, graph, *_entry(value.read(), source.name))
        return found
    for node in graph.nodes:
        if node.metadata:
            _add(found, graph, node.number, node.identifier, node.metadata)
    return found


def _entry(data: bytes, where: str) -> tuple[int, str, str]:
    """Number of the object, identifier and JSON of a ``SavedObject`` of the metadata."""
    values = dict(fields(data, where))
    number = values.get(2, 0)
    return number if isinstance(number, int) else -1, text(values.get(4, b""), where), text(values.get(5, b""), where)


def _add(found: dict[int, Told], graph: ObjectGraph, number: int, identifier: str, metadata: str) -> None:
    if not 0 <= number < len(graph.nodes) or not identifier.startswith(_LAYER) or identifier in _NO_LAYERS:
        return
    from paramcount.readers.document import parse_json

    try:
        value = parse_json(metadata, graph.where)
    except ParamcountError:
        return
    if isinstance(value, dict):
        found[number] = Told(value, identifier)


def config_of(node: Node, told: dict[int, Told], where: str) -> Config | None:
    """The config of an object that is a layer; None for any other."""
    return told[node.number].config(where) if node.number in told else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: object, depth: int = 0) -> object:
    """JSON with plain lists: tf_keras writes a tuple and a ``TensorShape`` as objects that say so."""
    if depth > DEPTH_LIMIT:
        return None
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    items = value.get("items")
    if value.get("class_name") in _SEQUENCES and isinstance(items, list):
        return [_plain(item, depth + 1) for item in items]
    return {key: _plain(item, depth + 1) for key, item in value.items()}
