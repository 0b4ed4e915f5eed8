"""``.keras`` archives of Keras 3 and tf_keras, and the same three files in a folder.

An archive is a zip file with ``metadata.json``, ``config.json`` and ``model.weights.h5``.  Keras stores its members
uncompressed, so the weights are read in place; an archive that was zipped again is inflated as far as needed.
Source: ``keras/src/saving/saving_lib.py`` of Keras 3.0 to 3.15.
"""

from __future__ import annotations

from paramcount.architecture.parse import parse_config
from paramcount.errors import CorruptFile, NotAModel, UnsupportedFormat
from paramcount.model import Model, Source
from paramcount.readers.document import asks_every_level, framework_of, read_json
from paramcount.readers.fallback import read_hdf5
from paramcount.readers.grouped import compose
from paramcount.readers.stored import read_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from paramcount.containers.zip import Archive
    from paramcount.model import Shapes
    from paramcount.sources.bytesource import ByteSource

    Member = Callable[[str], ByteSource | None]

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"


def read_archive(source: ByteSource, archive: Archive, inputs: Shapes = None) -> Model:
    """The model of a ``.keras`` archive that is open as ``archive``; for ``inputs`` see ``readers.read``."""
    names = archive.names()
    if CONFIG not in names:
        raise NotAModel(
            "This zip archive is no Keras model",
            where=source.name,
            found=", ".join(sorted(names)[:6]) or "no members",
            expected=CONFIG,
            advice="Unpack it, and name the file or folder in it that holds the model." if names else "",
        )
    made = Source(source.name, "keras-archive", "{} archive", size_bytes=source.size)
    return _read(made, archive.member, lambda: source.bytes_read, inputs)


def read_members(name: str, member: Member, bytes_read: Callable[[], int], inputs: Shapes = None) -> Model:
    """The model of an unzipped archive, whose files ``member`` opens by name; for ``inputs`` see ``readers.read``."""
    return _read(Source(name, "keras-folder", "unzipped {} archive"), member, bytes_read, inputs)


def _read(made: Source, member: Member, bytes_read: Callable[[], int], inputs: Shapes) -> Model:
    """The model of three files; ``made`` is its source as far as it is known, with a gap for the framework."""
    name = made.path
    version = _version(member, name)
    config_file = member(CONFIG)
    if config_file is None:
        raise CorruptFile("The archive has no config", where=name, expected=CONFIG)
    config = read_json(config_file)
    node = parse_config(config, f"{name}, {CONFIG}")
    weights = member(WEIGHTS)
    if weights is None:
        raise _without_weights(member, name)
    tree, found = read_hdf5(weights, read_tree)
    framework = framework_of(version)
    label = "tf_keras" if framework == "tf_keras" else "Keras"
    compiled = config.get("compile_config")
    model = compose(
        node,
        tree,
        made._replace(title=made.title.format(label), framework=framework, framework_version=version),
        every_level=asks_every_level(version),
        compiled=compiled if isinstance(compiled, dict) else None,
        inputs=inputs,
    )
    source = model.source._replace(bytes_read=bytes_read())
    return model._replace(source=source, findings=(*found, *model.findings))


def _without_weights(member: Member, name: str) -> Exception:
    if member("model.weights.npz") is not None:
        return UnsupportedFormat("The weights are in NumPy's npz format", where=name, expected=WEIGHTS)
    return CorruptFile("The archive has no weights", where=name, expected=WEIGHTS)


def _version(member: Member, name: str) -> str:
    """The version of Keras that wrote the archive; empty when it does not say."""
    metadata = member(METADATA)
    if metadata is None:
        return ""
    value = read_json(metadata)
    version = value.get("keras_version") if isinstance(value, dict) else None
    if version is not None and not isinstance(version, str):
        raise CorruptFile("The version of Keras is not a text", where=f"{name}, {METADATA}")
    return version or ""
