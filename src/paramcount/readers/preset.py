"""KerasHub presets: a folder with ``config.json``, ``metadata.json`` and the weights, whole or in shards.

The config holds the options of one class, not a list of layers, so rows come from the stored groups; what trains is
not in the files.  ``metadata.json`` gives a ``parameter_count``, which is compared with what is stored.
"""

from __future__ import annotations

from paramcount.count import tally, variables_of
from paramcount.errors import CorruptFile
from paramcount.model import Finding, Model
from paramcount.readers.document import read_json
from paramcount.readers.fallback import read_hdf5
from paramcount.readers.weights_file import read_sharded, read_weights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.sources.bytesource import ByteSource

    Member = Callable[[str], ByteSource | None]


def is_preset(config: object) -> bool:
    """Whether a folder's ``config.json`` is that of a KerasHub preset."""
    return isinstance(config, dict) and str(config.get("module", "")).startswith(
        ("keras_hub.", "keras_nlp.", "keras_cv.")
    )


def read_preset(name: str, config: dict[str, object], member: Member) -> Model:
    """The model of the preset in folder ``name``, whose files ``member`` opens."""
    index, weights = member("model.weights.json"), member("model.weights.h5")
    if index is not None:
        model = read_sharded(index, lambda shard: _need(member, shard, name))
    elif weights is not None:
        model, found = read_hdf5(weights, lambda root: read_weights(weights, root))
        model = model._replace(findings=(*found, *model.findings))
    else:
        raise CorruptFile("The preset has no weights", where=name, expected="model.weights.h5 or model.weights.json")
    options = config.get("config")
    label = options.get("name") if isinstance(options, dict) else None
    root = model.root._replace(
        name=label if isinstance(label, str) else "", class_name=str(config.get("class_name", ""))
    )
    metadata = member("metadata.json")
    told = read_json(metadata) if metadata is not None else {}
    told = told if isinstance(told, dict) else {}
    version = told.get("keras_version")
    source = model.source._replace(
        path=name, format="keras-hub-preset", title="KerasHub preset",
        framework_version=version if isinstance(version, str) else "",
    )  # fmt: skip
    made = model._replace(root=root, source=source)
    return made._replace(findings=(*made.findings, *_compare(made, told.get("parameter_count"))))


def _need(member: Member, shard: str, name: str) -> ByteSource:
    source = member(shard)
    if source is None:
        raise CorruptFile("A shard of the weights is missing", where=name, expected=shard)
    return source


def _compare(model: Model, promised: object) -> list[Finding]:
    """The preset's own count beside ours, when it holds one."""
    if not isinstance(promised, int) or isinstance(promised, bool):
        return []
    total = tally(variables_of(model.root)).total.parameters
    if promised == total:
        return [Finding("metadata-agrees", "info", "", f"metadata.json gives the same count, {promised:,}.")]
    message = f"metadata.json promises {promised:,} parameters, but the weights hold {total:,}."
    return [Finding("metadata-disagrees", "warning", "", message, "The number shown is that of the stored weights.")]
