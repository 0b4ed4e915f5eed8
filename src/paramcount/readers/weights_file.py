"""``.weights.h5`` files of Keras 3 and tf_keras, and the sharded form of Keras 3.15.

They hold the tensors by layer and no config: what trains is undetermined, except what names settle.
A sharded file is a JSON text with the names of its shards; groups of all shards are read, never the paths it maps.
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, UnsafeFile
from paramcount.model import Finding, Model, Source
from paramcount.readers.document import read_json
from paramcount.readers.fallback import read_hdf5
from paramcount.readers.findings import WEIGHTS_ONLY
from paramcount.readers.grouped import compose
from paramcount.readers.stored import TreeReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from paramcount.containers.hdf5 import Group
    from paramcount.sources.bytesource import ByteSource

MAX_SHARDS = 100_000


def read_weights(source: ByteSource, root: Group) -> Model:
    """The model of a ``.weights.h5`` file whose root group is ``root``."""
    tree = TreeReader()
    tree.add(root)
    made = Source(source.name, "weights-h5", "Keras weights file", "keras", "", source.size, 0)
    model = compose(None, tree, made)
    return _finish(model, source.bytes_read, [_one_of_several() if _is_shard(source.name) else WEIGHTS_ONLY])


def _is_shard(path: str) -> bool:
    """Whether a file has the name that Keras gives to a part of sharded weights: ``model_00001.weights.h5``."""
    stem = path.replace("\\", "/").rpartition("/")[2].removesuffix(".weights.h5")
    number = stem.rpartition("_")[2]
    return stem != path and path.endswith(".weights.h5") and "_" in stem and len(number) == 5 and number.isdecimal()


def _one_of_several() -> Finding:
    message = "By its name this file is one shard of several: the total is that of the shard, not of the model."
    advice = "Count the .weights.json file beside it, which names all shards."
    return Finding("one-shard-of-several", "warning", "", message, advice)


def read_sharded(source: ByteSource, open_beside: Callable[[str], ByteSource]) -> Model:
    """The model of a ``.weights.json`` file.

    Args:
        source: the JSON file.
        open_beside: opens a file of the same folder by its bare name.
    """
    index = read_json(source)
    weight_map = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weight_map, dict):
        raise CorruptFile("This is no index of sharded weights", where=source.name, expected="a `weight_map`")
    tree = TreeReader()
    files, found = [source], [WEIGHTS_ONLY]
    for number, name in enumerate(shard_names(weight_map, source.name)):
        shard = open_beside(name)

        def add(root: Group, number: int = number, name: str = name) -> None:
            tree.add(root, f"{name}:", number)

        found += read_hdf5(shard, add)[1]
        files.append(shard)
    size = sum(file.size for file in files)
    made = Source(source.name, "sharded-weights", "sharded Keras weights", "keras", "", size, 0)
    # The names of layers are read while the model is composed, so the bytes are added up after that.
    model = compose(None, tree, made)
    return _finish(model, sum(file.bytes_read for file in files), found)


def shard_names(weight_map: dict[str, Any], where: str) -> list[str]:
    """The files that a weight map names, each once, in order; only bare names in the same folder are taken."""
    names: dict[str, None] = {}
    for value in weight_map.values():
        for name in value if isinstance(value, list) else [value]:
            if not isinstance(name, str) or not name:
                raise CorruptFile("The weight map names something that is no file", where=where, found=repr(name)[:80])
            if "/" in name or "\\" in name or name in (".", "..") or "\0" in name:
                raise UnsafeFile(
                    "The weight map names a file outside its folder", where=where, found=name[:120],
                    expected="the bare name of a file beside the index",
                )  # fmt: skip
            names[name] = None
    if len(names) > MAX_SHARDS:
        raise CorruptFile("The weight map names too many files", where=where, found=str(len(names)))
    return list(names)


def _finish(model: Model, bytes_read: int, found: list[Finding]) -> Model:
    source = model.source._replace(bytes_read=bytes_read)
    return model._replace(source=source, findings=(*found, *model.findings))
