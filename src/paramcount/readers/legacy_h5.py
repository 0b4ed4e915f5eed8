"""Whole-model and weights-only HDF5 files of Keras 1, 2 and 3.

The attribute ``layer_names`` lists the layers; each has a group whose attribute ``weight_names`` lists its tensors,
which are datasets below it.  A model inside a model is one group with all its tensors.  Lists above 64,512 bytes
are split into ``layer_names0``, ``layer_names1``, and so on.
Source: ``keras/src/legacy/saving/legacy_h5_format.py``.
"""

from __future__ import annotations

from paramcount.architecture.infer import complete
from paramcount.architecture.parse import parse_config
from paramcount.containers.hdf5 import Dataset, Group
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.model import Model, Role, Source, Stored, Variable
from paramcount.readers import findings as say
from paramcount.readers.document import asks_every_level, framework_of, marks_shared, names_are_unique, parse_json
from paramcount.readers.evidence import settle, testimony_of
from paramcount.readers.flat import FlatLayers
from paramcount.readers.stored import StoredVariable, dtype_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from paramcount.containers.hdf5.attributes import Value
    from paramcount.model import Shapes
    from paramcount.readers.evidence import Testimony
    from paramcount.sources.bytesource import ByteSource

MAX_CHUNKS = 100_000
MAX_DEPTH = 64


def read_legacy(source: ByteSource, root: Group, inputs: Shapes = None) -> Model:
    """The model of a file whose root group is ``root``; for ``inputs`` see ``readers.read``."""
    where = source.name
    weights = root.get("model_weights")
    holder = weights if isinstance(weights, Group) else root
    version = _text(holder, "keras_version") or _text(root, "keras_version")
    raw = _text(root, "model_config")
    node = parse_config(parse_json(raw, f"{where}, model_config"), f"{where}, model_config") if raw else None
    every_level = asks_every_level(version) if version else True
    if node is not None:
        complete(node, every_level, inputs)
    stored = list(_stored_layers(holder, where))
    own = _group_variables(holder, "top_level_model_weights")
    flat = FlatLayers(node, every_level, marks_shared=marks_shared(version), names_are_unique=names_are_unique(version))
    layers = flat.root(stored, own)
    held = {variable.address: variable for _, found in stored for variable in found}
    held.update((variable.address, variable) for variable in own)
    others = _beside(root, set(held))
    layers, proof = settle(layers, _testimony(root, others, where))
    found = [
        *flat.findings,
        *flat.witness.findings(),
        *proof,
        *say.of_custom(flat.custom, layers),
        *say.of_special(layers),
    ]
    found += say.of_loading(node, layers, every_level) if node is not None else [say.WEIGHTS_ONLY]
    made = _source(source, node is not None, version)
    if inputs is not None and node is not None and not held:
        from paramcount.architecture.describe import describe

        return describe(node, made, every_level)
    total = sum(v.elements for v in held.values()) + sum(v.parameters or 0 for v in others)
    return Model(layers, made, tuple(others), tuple(found), Stored(total, len(held) + len(others)))


def _source(source: ByteSource, whole: bool, version: str) -> Source:
    framework = framework_of(version)
    label = "tf_keras" if framework == "tf_keras" else "Keras"
    form, title = ("legacy-h5", "HDF5 model") if whole else ("legacy-weights-h5", "HDF5 weights file")
    return Source(source.name, form, f"{label} {title}", framework, version, source.size, source.bytes_read)


def _text(group: Group, name: str) -> str:
    """A text attribute; empty when there is none."""
    value = group.attribute(name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else ""


def _names(group: Group, attribute: str, where: str) -> list[str]:
    """A list of names, which may be split over several attributes."""
    value = group.attribute(attribute)
    if value is not None:
        return _checked_names(value, attribute, group, where)
    names: list[str] = []
    for number in range(MAX_CHUNKS):
        value = group.attribute(f"{attribute}{number}")
        if value is None:
            break
        names += _checked_names(value, f"{attribute}{number}", group, where)
    return names


def _checked_names(value: Value, attribute: str, group: Group, where: str) -> list[str]:
    """The value of one attribute as names; an empty list is stored as numbers, of which there are none."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise CorruptFile(f"The attribute {attribute} is not a list of names", where=f"{where}, {group.path}")
    return found  # type: ignore[return-value]


def _stored_layers(holder: Group, where: str) -> list[tuple[str, list[StoredVariable]]]:
    """Every layer that the file lists, with its tensors in their order."""
    found = []
    for name in dict.fromkeys(_names(holder, "layer_names", where)):
        group = _descend(holder, name)
        if not isinstance(group, Group):
            raise CorruptFile(
                "A layer that the file lists is not in it", where=f"{where}, {holder.path}", expected=f"a group {name}"
            )
        found.append((name, _variables(group, where)))
    return found


def _variables(group: Group, where: str) -> list[StoredVariable]:
    found = []
    for name in _names(group, "weight_names", where):
        dataset = _descend(group, name)
        if not isinstance(dataset, Dataset):
            raise CorruptFile(
                "A tensor that the file lists is not in it",
                where=f"{where}, {group.path}",
                expected=f"a dataset {name}",
            )
        found.append(StoredVariable(name, dataset.shape, dtype_of(dataset), dataset.path, (0, dataset.address)))
    return found


def _group_variables(holder: Group, name: str) -> list[StoredVariable]:
    """The tensors of a group that lies beside the layers, such as the weights that the model itself owns."""
    group = holder.get(name) if name in holder.names() else None
    return _variables(group, holder.path) if isinstance(group, Group) else []


def _descend(group: Group, path: str) -> Group | Dataset | None:
    """What is at a path below ``group``: a layer or tensor with a slash in its name lies in groups of groups."""
    parts = [part for part in path.split("/") if part]
    current: Group | Dataset | None = group if parts else None
    if len(parts) > MAX_DEPTH:
        raise LimitExceeded("The name of a layer or tensor has too many levels", where=group.path, found=path[:120])
    for part in parts:
        if not isinstance(current, Group):
            return None
        current = current.get(part)
    return current


def _beside(root: Group, known: set[tuple[int, int]]) -> list[Variable]:
    """Every other dataset of the file: the optimizer's slots, and what Keras would ignore."""
    found: list[Variable] = []
    stack: list[tuple[Group, int]] = [(root, 0)]
    visited = set()
    while stack:
        group, depth = stack.pop()
        if group.address in visited or depth > MAX_DEPTH:
            raise CorruptFile("A group contains itself, or groups nest too deeply", where=group.path)
        visited.add(group.address)
        below = []
        for child in group.children().values():
            if isinstance(child, Group):
                below.append((child, depth + 1))
            elif (0, child.address) not in known:
                known.add((0, child.address))
                found.append(_other(child))
        stack.extend(reversed(below))
    return found


def _other(dataset: Dataset) -> Variable:
    path = dataset.path.strip("/")
    if path.startswith("optimizer_weights/") or "/" not in path:
        role, reason = Role.OPTIMIZER, "state of the optimizer"
    else:
        role, reason = Role.CONSTANT, "not named by any layer, so Keras ignores it"
    return Variable(path, dataset.shape, dtype_of(dataset), role, reason, "", dataset.path)


def _testimony(root: Group, others: list[Variable], where: str) -> Testimony:
    """The optimizer's slots, with the number of slots that its class keeps for a variable."""
    raw = _text(root, "training_config")
    config = parse_json(raw, f"{where}, training_config") if raw else {}
    found = config.get("optimizer_config") if isinstance(config, dict) else None
    entry: Mapping[str, Any] = found if isinstance(found, dict) else {}
    return testimony_of(others, str(entry.get("class_name") or ""), entry.get("config"))
