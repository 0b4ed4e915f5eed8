"""Stored bytes to a ``Model``.  One file a format; this one finds out which format it is, by content first."""

from __future__ import annotations

import os

from paramcount.errors import (
    LfsPointer,
    NotAModel,
    ParamcountError,
    SourceMissing,
    TruncatedFile,
    UnsupportedFormat,
    UsageError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paramcount.containers.hdf5 import Group
    from paramcount.model import Finding, Model, Shapes
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder

    Tags = Sequence[str] | None

_SIGNATURES = (
    (b"\x80\x02", "pickle"), (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"), (b"\x80\x05", "pickle"), (b"GGUF", "GGUF"),
    (b"\x93NUMPY", "NumPy array"), (b"<!DOCTYPE html", "web page"), (b"<html", "web page"), (b"%PDF", "PDF"),
)  # fmt: skip
"""First bytes to what a file is, in words."""

SAVED_MODELS = ("saved_model.pb", "saved_model.pbtxt")
MODELS = (".keras", ".h5", ".hdf5", ".weights.json", ".pb", ".pbtxt", ".tflite", ".tar.gz", ".tgz", ".zip")
"""Endings of what a folder may hold that are models."""
_LFS = b"version https://git-lfs.github.com/spec/"


def read(path: str, inputs: Shapes = None, tags: Tags = None) -> Model:
    """The model stored at ``path``: a file or a folder.

    Args:
        path: of a file or folder.
        inputs: shapes of the model's inputs, batch axis included, for one that was stored before it was built.
        tags: which graph of a SavedModel is meant; None for the one that is served.

    Raises:
        ParamcountError: when there is no model that can be read; the message says what is there instead.
    """
    model = _read(path, inputs, tags)
    if tags is not None and model.source.format != "saved-model":
        raise UsageError("Tags are for a SavedModel; this is none", where=path, advice="Leave them out.")
    if inputs is not None and not model.source.derived:
        raise UsageError(
            "`input_shape` is for a model that is not built; this one was stored with its weights and has its shapes",
            where=path, advice="Leave it out.",
        )  # fmt: skip
    return model


def _read(path: str, inputs: Shapes, tags: Tags) -> Model:
    if not path or "\0" in path:
        raise SourceMissing("This is no path of a file or folder", where=repr(path))
    if os.path.isdir(path):
        return _read_folder(path, inputs, tags)
    if not os.path.lexists(path):
        # The files of a checkpoint are named by what their names have in common.
        from paramcount.readers.tensorflow.detect import read_named

        model = read_named(path)
        if model is not None:
            return model
    from paramcount.sources.bytesource import LocalFile

    with LocalFile(path) as source:
        return read_file(source, path, inputs, tags)


def read_file(source: ByteSource, path: str, inputs: Shapes = None, tags: Tags = None) -> Model:
    """The model that one file holds, whatever its format.

    Args:
        source: its bytes.
        path: its path, whose ending may be wrong; shards are looked for beside it.
        inputs: see ``read``.
        tags: see ``read``.
    """
    from paramcount.containers.hdf5 import is_hdf5
    from paramcount.containers.zip import is_zip

    # An archive holds HDF5 uncompressed, and may hold it just where a user block of HDF5 could end: zip comes first.
    if is_zip(source):
        from paramcount.containers.zip import open_zip

        archive = open_zip(source)
        names = archive.names()
        if not _holds_weights(names) and any(name.endswith(SAVED_MODELS) for name in names):
            return _read_archived(source, path, tags)
        from paramcount.readers.keras_archive import read_archive

        return read_archive(source, archive, inputs)
    if is_hdf5(source):
        from paramcount.readers.fallback import read_hdf5

        model, found = read_hdf5(source, lambda root: _read_hdf5(source, root, inputs))
        return model._replace(findings=(*found, *_misnamed(path), *model.findings))
    head = source.read(0, min(source.size, 512))
    if head.startswith(_LFS):
        raise _lfs(source, head)
    if head.lstrip()[:1] in (b"{", b"["):
        return _read_json(source, path, inputs)
    from paramcount.containers.archive import is_archive

    if is_archive(source):
        return _read_archived(source, path, tags)
    from paramcount.readers.tensorflow.detect import read_file as read_tensorflow

    stored = read_tensorflow(source, path, tags)
    if stored is not None:
        return stored
    raise _unknown(source, head)


def _read_archived(source: ByteSource, path: str, tags: Tags) -> Model:
    """The SavedModel in an archive."""
    from paramcount.containers.archive import open_archive
    from paramcount.readers.tensorflow.detect import read_saved

    folder = open_archive(source, path)
    model = read_saved(folder, tags)
    return model._replace(source=model.source._replace(size_bytes=source.size, bytes_read=folder.bytes_read))


def _read_hdf5(source: ByteSource, root: Group, inputs: Shapes) -> Model:
    """The model of an HDF5 file, by what its root holds."""
    from paramcount.readers.layouts import is_grouped, is_legacy

    if is_legacy(root):
        from paramcount.readers.legacy_h5 import read_legacy

        return read_legacy(source, root, inputs)
    if is_grouped(root):
        from paramcount.readers.weights_file import read_weights

        return read_weights(source, root)
    raise NotAModel(
        "This HDF5 file holds no Keras model",
        where=source.name,
        found=", ".join(root.names()[:6]) or "no groups",
        expected="layer_names, or groups of layers with vars",
    )


def _misnamed(path: str) -> tuple[Finding, ...]:
    """A finding when HDF5 hides under the name of an archive."""
    if not path.endswith(".keras"):
        return ()
    from paramcount.model import Finding

    message = "The file is named .keras but holds HDF5, not a Keras archive; it is read as what it is."
    return (Finding("misnamed-file", "warning", "", message, "Rename it to .h5, so that Keras loads it."),)


def _read_json(source: ByteSource, path: str, inputs: Shapes) -> Model:
    """A JSON file: the index of sharded weights, or a config without weights."""
    from paramcount.readers.document import read_json

    value = read_json(source)
    if isinstance(value, dict) and _names_shards(value.get("weight_map")):
        from paramcount.readers.weights_file import read_sharded
        from paramcount.sources.folder import LocalFolder, need

        with LocalFolder(os.path.dirname(path) or ".") as folder:
            return read_sharded(source, lambda name: need(folder, name, "A shard of the weights is missing"))
    from paramcount.readers.config_json import is_config, read_config
    from paramcount.readers.tensorflow.tfjs import is_tfjs, read_tfjs

    if is_tfjs(value):
        return read_tfjs(source, value)
    if is_config(value):
        return read_config(source, value, inputs)
    raise UnsupportedFormat(
        "This JSON file is no Keras config and no index of weights", where=source.name,
        found=_keys(value), expected="`class_name` and `config`, as to_json() writes them",
    )  # fmt: skip


def _keys(value: object) -> str:
    """What a JSON value is, in words."""
    if not isinstance(value, dict):
        return f"a {type(value).__name__}"
    return "an object with " + (", ".join(str(key)[:40] for key in list(value)[:6]) or "nothing in it")


def _names_shards(weight_map: object) -> bool:
    """Whether an index is one of Keras: other frameworks map tensors to files of other formats."""
    if not isinstance(weight_map, dict):
        return False
    names = [one for value in weight_map.values() for one in (value if isinstance(value, list) else [value])]
    return not any(isinstance(name, str) and name.endswith((".safetensors", ".bin")) for name in names)


def _read_folder(path: str, inputs: Shapes, tags: Tags) -> Model:
    from paramcount.sources.folder import LocalFolder

    with LocalFolder(path) as folder:
        names = folder.names()
        if _holds_weights(names):
            return _read_unzipped(folder, path, inputs)
        from paramcount.readers.tensorflow import detect

        model = detect.read_folder(folder, names, tags)
        if model is None and detect.TFJS in names:
            return read(os.path.join(path, detect.TFJS), inputs)
        if model is None:
            model = detect.read_versions(folder, names, lambda name: read(os.path.join(path, name), inputs, tags))
        if model is not None:
            return model
        if "config.json" in names and not any(name.endswith(MODELS) for name in names):
            return _read_unzipped(folder, path, inputs)
        raise _not_a_folder_of_a_model(path, names)


def _holds_weights(names: Iterable[str]) -> bool:
    """Whether a folder or an archive is one of Keras: a ``config.json`` alone may be anybody's."""
    return "config.json" in names and any(name.startswith("model.weights.") for name in names)


def _read_unzipped(folder: Folder, path: str, inputs: Shapes) -> Model:
    """The model of a folder as Keras or KerasHub writes it."""
    from paramcount.readers.document import read_json
    from paramcount.readers.preset import is_preset, read_preset

    config_file = folder.open("config.json")
    if config_file is not None:
        config = read_json(config_file)
        if is_preset(config):
            return _sized(read_preset(path, config, folder.open), folder)
    from paramcount.readers.keras_archive import read_members

    return _sized(read_members(path, folder.open, lambda: folder.bytes_read, inputs), folder)


def _sized(model: Model, folder: Folder) -> Model:
    """``model`` with the size of the files that were opened, and what was read of them."""
    return model._replace(source=model.source._replace(size_bytes=folder.size, bytes_read=folder.bytes_read))


def _not_a_folder_of_a_model(path: str, names: list[str]) -> ParamcountError:
    models = [name for name in names if name.endswith(MODELS)]
    if models:
        named = ", ".join(models[:4]) + (", …" if len(models) > 4 else "")
        return NotAModel(
            "This folder is no model, but holds some", where=path, found=named, advice="Name one or several of them."
        )
    return NotAModel(
        "This folder holds no model", where=path, found=", ".join(names[:6]) or "no files",
        expected="saved_model.pb, the files of a checkpoint, or config.json with model.weights.h5",
    )  # fmt: skip


def _lfs(source: ByteSource, head: bytes) -> ParamcountError:
    size = next((line[5:] for line in head.decode("ascii", "replace").splitlines() if line.startswith("size ")), "?")
    return LfsPointer(
        "This is a Git LFS pointer, not the model it stands for", where=source.name,
        found=f"a text of {source.size} bytes", expected=f"a file of {size} bytes",
    )  # fmt: skip


def _unknown(source: ByteSource, head: bytes) -> ParamcountError:
    if head.startswith(b"PK\x03\x04"):
        return TruncatedFile(
            "This zip archive is cut off: the list of its members, at its end, is missing", where=source.name
        )
    for signature, title in _SIGNATURES:
        if head.startswith(signature):
            return UnsupportedFormat(
                "This is no model of a format that is read", where=source.name, found=f"a {title} file"
            )
    return NotAModel(
        "The content is of no format that paramcount knows", where=source.name,
        found=f"{source.size} bytes that begin with {head[:8]!r}",
    )  # fmt: skip
