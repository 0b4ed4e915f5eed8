"""TensorFlow.js: ``model.json`` of a layers model or of a graph model, and manifests alone.

A layers model holds a config of Keras: it is counted as any other, with flags and formulas.  A graph model holds
constants, and a manifest nothing but names and shapes.  The files that hold the values are never opened.
"""

from __future__ import annotations

from paramcount.errors import UnsupportedFormat
from paramcount.model import PARAMETER_ROLES, Finding, Model, Role, Source, Stored, Variable
from paramcount.readers.document import framework_of, parse_json
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.tfjs_manifest import bytes_of, is_manifest, quantized, weights_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.model import Layer
    from paramcount.readers.tensorflow.tfjs_manifest import Weight
    from paramcount.sources.bytesource import ByteSource


def is_tfjs(value: object) -> bool:
    """Whether a JSON value is a model of TensorFlow.js, or a manifest of weights."""
    if isinstance(value, dict):
        return isinstance(value.get("modelTopology"), (dict, str)) or is_manifest(value.get("weightsManifest"))
    return is_manifest(value)


def read_tfjs(source: ByteSource, value: Any) -> Model:
    """The model of a JSON value for which ``is_tfjs`` holds.

    Args:
        source: the file that holds it.
        value: its JSON value.

    Raises:
        ParamcountError: when it contradicts the format.
    """
    if isinstance(value, list):
        return _manifest_alone(source, weights_of(value, source.name))
    manifest = value.get("weightsManifest")
    weights = weights_of([] if manifest is None else manifest, source.name)
    topology = value.get("modelTopology")
    if isinstance(topology, str):
        topology = parse_json(topology, f"{source.name}, modelTopology")
    if not isinstance(topology, dict):
        return _manifest_alone(source, weights)
    if isinstance(topology.get("node"), list):
        return _graph_model(source, topology, weights)
    config = topology.get("model_config", topology)
    if isinstance(config, str):
        config = parse_json(config, f"{source.name}, model_config")
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise UnsupportedFormat(
            "The topology of this TensorFlow.js model is neither a config of Keras nor a graph", where=source.name,
            found=", ".join(str(key)[:40] for key in list(topology)[:6]) or "nothing in it",
        )  # fmt: skip
    return _layers_model(source, value, topology, config, weights, manifest is None)


def _source(source: ByteSource, form: str, title: str, weights: list[Weight], version: str = "") -> Source:
    """Where the model came from; its values are as many bytes as the manifest says."""
    values = bytes_of(weights)
    size = source.size if values is None else source.size + values
    return Source(source.name, form, title, framework_of(version), version, size, source.bytes_read)


def _layers_model(
    source: ByteSource,
    value: dict[str, Any],
    topology: dict[str, Any],
    config: dict[str, Any],
    weights: list[Weight],
    alone: bool,
) -> Model:
    from paramcount.architecture.infer import complete
    from paramcount.architecture.parse import parse_config
    from paramcount.readers.document import asks_every_level

    said = topology.get("keras_version")
    version = said if isinstance(said, str) else ""
    node = parse_config(config, source.name)
    # A model of TensorFlow.js asks every level, as Keras 2 did; only what Keras 3 wrote goes by the rule of Keras 3.
    every_level = not version or version.startswith("tfjs") or asks_every_level(version)
    complete(node, every_level, None)
    made = _source(source, "tfjs-layers", "TensorFlow.js layers model", weights, "" if version[:1] == "t" else version)
    if alone:
        from paramcount.architecture.describe import describe

        return describe(node, made, every_level)
    training = value.get("trainingConfig", topology.get("training_config"))
    root, others, findings = _owned(node, weights, every_level, training)
    stored = Stored(sum([weight.elements for weight in weights]), len(weights))
    return Model(root, made, tuple(others), (*findings, *quantized(weights)), stored)


def _owned(
    node: Node, weights: list[Weight], every_level: bool, training: object
) -> tuple[Layer, list[Variable], list[Finding]]:
    """The layers with their weights, what is no weight, and what there is to say."""
    from paramcount.readers import findings as say
    from paramcount.readers.evidence import settle, testimony_of
    from paramcount.readers.flat import FlatLayers
    from paramcount.readers.tensorflow.tfjs_layers import assigned, is_optimizer

    flat = FlatLayers(node, every_level, names_are_unique=True)
    stored, own = assigned(node, [one for one in weights if not is_optimizer(one, node)], every_level)
    root = flat.root(stored, own)
    others = [_other(one, Role.OPTIMIZER, "state of the optimizer") for one in weights if is_optimizer(one, node)]
    entry = training.get("optimizer_config") if isinstance(training, dict) else None
    entry = entry if isinstance(entry, dict) else {}
    root, proof = settle(root, testimony_of(others, str(entry.get("class_name") or ""), entry.get("config")))
    found = [*flat.findings, *flat.witness.findings(), *proof, *say.of_custom(flat.custom, root), *say.of_special(root)]
    return root, others, [*found, *say.of_loading(node, root, every_level)]


def _other(weight: Weight, role: Role, reason: str) -> Variable:
    return Variable(weight.name, weight.shape, weight.dtype, role, reason, "", weight.name)


def _graph_model(source: ByteSource, topology: dict[str, Any], weights: list[Weight]) -> Model:
    from paramcount.readers.tensorflow.frozen import model_of
    from paramcount.readers.tensorflow.tfjs_graph import constants_of, graph_of

    graph = graph_of(topology, source.name)
    constants = constants_of(graph, weights)
    model = model_of(graph, constants, _source(source, "tfjs-graph", "TensorFlow.js graph model", weights))
    return model._replace(findings=(*model.findings, *quantized(weights)))


def _manifest_alone(source: ByteSource, weights: list[Weight]) -> Model:
    """A manifest without a topology: names give the layers, dtypes and shapes say what is a weight."""
    from paramcount.readers.tensorflow.constants import by_itself
    from paramcount.readers.tensorflow.graph_scopes import Tensor, parts_of, tree

    placed, others = [], []
    for weight in weights:
        verdict = by_itself(weight.dtype, weight.shape)
        role, reason = verdict.role, verdict.reason
        if weight.optimizer:
            role, reason = Role.OPTIMIZER, "state of the optimizer"
        if role in PARAMETER_ROLES:
            parts = parts_of(weight.name) or (weight.name,)
            scope = parts[:-1] or parts
            placed.append(Tensor(scope, parts[-1], weight.shape, weight.dtype, role, ALONE, weight.name))
        else:
            others.append(_other(weight, role, reason))
    message = (
        f"A manifest alone holds names and shapes: {plural(len(placed), 'tensor')} of real numbers counted as weights; "
        "what trained, and what layers they belong to, is not in the file."
    )
    found = [Finding("manifest-alone", "info", "", message), *quantized(weights)]
    stored = Stored(sum([weight.elements for weight in weights]), len(weights))
    made = _source(source, "tfjs-manifest", "TensorFlow.js weights manifest", weights)
    return Model(tree(placed), made, tuple(others), tuple(found), stored)


ALONE = "a manifest does not say what trained"
"""Why it is open whether a weight of a manifest trained."""
