"""A config without weights: what ``to_json()`` writes in any version of Keras.

Nothing is stored, so every number comes from the layers' own rules (``paramcount.layers``).
"""

from __future__ import annotations

from paramcount.architecture.describe import describe
from paramcount.architecture.infer import complete
from paramcount.architecture.parse import parse_config
from paramcount.errors import UsageError
from paramcount.model import Source
from paramcount.readers.document import asks_every_level, framework_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.model import Model, Shapes
    from paramcount.sources.bytesource import ByteSource


def is_config(value: object) -> bool:
    """Whether a JSON value is the config of a model or layer of Keras."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def read_config(source: ByteSource, config: dict[str, Any], inputs: Shapes = None) -> Model:
    """The model that a config describes.

    Args:
        source: the file that holds it.
        config: its JSON value.
        inputs: shapes of the inputs, batch axis included, for a model that was not built.

    Raises:
        ParamcountError: when it is no config, or has shapes of its own beside ``inputs``.
    """
    root = parse_config(config, source.name)
    version = config.get("keras_version")
    version = version if isinstance(version, str) else ""
    tf_keras = asks_every_level(version) if version else writes_old_calls(root, config)
    framework = framework_of(version) or ("tf_keras" if tf_keras else "keras")
    if inputs is not None and any(node.input_shape is not None for node in root.walk()):
        raise UsageError(
            "`input_shape` is for a model that is not built; this config says what its layers take in",
            where=source.name, advice="Leave it out.",
        )  # fmt: skip
    complete(root, tf_keras, inputs)
    label = "tf_keras" if framework == "tf_keras" else "Keras"
    made = Source(
        source.name, "keras-config", f"{label} config", framework, version, source.size, source.bytes_read
    )  # fmt: skip
    return describe(root, made, tf_keras)


def writes_old_calls(root: Node, config: dict[str, Any]) -> bool:
    """Whether a config without a version was written by Keras 1, Keras 2 or tf_keras, by the form of its graph."""
    for node in root.walk():
        if isinstance(node.inbound, list) and node.inbound:
            return not isinstance(node.inbound[0], dict)
    return "module" not in config
