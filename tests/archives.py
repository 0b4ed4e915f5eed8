"""Archives of SavedModels made for the tests, as hubs serve them: by ``tarfile`` and ``zipfile``, of any files."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile

MODEL = b"the graph"
INDEX = b"the index"
FILES = {"saved_model.pb": MODEL, "variables/variables.index": INDEX}
DATA = "variables/variables.data-00000-of-00001"


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not shrink."""
    return random.Random(seed).randbytes(size)  # noqa: S311


def model_files(data: bytes = b"weights", **more: bytes) -> dict[str, bytes]:
    """The files of a SavedModel in the order in which hubs pack them: the data stands before its index."""
    return {"saved_model.pb": MODEL, DATA: data, "variables/variables.index": INDEX, **more}


def tarred(files: dict[str, bytes], prefix: str = "./", form: int = tarfile.PAX_FORMAT) -> bytes:
    """A plain tar archive, with an entry for each folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        folders = set()
        for name, data in files.items():
            parts = (prefix + name).split("/")
            for end in range(1, len(parts)):
                folder = "/".join(parts[:end])
                if folder not in folders:
                    folders.add(folder)
                    entry = tarfile.TarInfo(folder)
                    entry.type = tarfile.DIRTYPE
                    archive.addfile(entry)
            entry = tarfile.TarInfo(prefix + name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def tgz(files: dict[str, bytes], prefix: str = "./") -> bytes:
    """The same, compressed with gzip."""
    return gzip.compress(tarred(files, prefix), mtime=0)


def zipped(files: dict[str, bytes], prefix: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(prefix + name, data)
    return buffer.getvalue()


def linked(name: str, target: str, kind: bytes = tarfile.SYMTYPE, files: dict[str, bytes] | None = None) -> bytes:
    """A tar archive with a link in front of other files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
        for other, data in (files or {}).items():
            entry = tarfile.TarInfo(other)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def real_files(rows: int = 4, data: bytes | None = None, **more: bytes) -> dict[str, bytes]:
    """The files of a SavedModel with a kernel of ``rows`` rows and five columns that trains, and a mean of five."""
    from readers.tensorflow.bundle_maker import FLOAT32, bundle, field, fields, shape

    variables = {"kernel": ((rows, 5), 1), "mean": ((5,), 0)}
    children = [field(1, number) + field(2, name) for number, name in enumerate(variables, 1)]
    nodes = [fields(1, children) + field(4, field(1, "_generic_user_object"))]
    for name, (sizes, trains) in variables.items():
        nodes.append(field(7, field(1, FLOAT32) + field(2, shape(sizes)) + field(3, trains) + field(6, name)))
    graph = field(1, field(4, "serve") + field(5, "2.20.0")) + field(7, fields(1, nodes))
    index = bundle({f"{name}/.ATTRIBUTES/VARIABLE_VALUE": (FLOAT32, sizes) for name, (sizes, _) in variables.items()})
    values = bytes(4 * (5 * rows + 5)) if data is None else data
    return {
        "saved_model.pb": field(1, 1) + field(2, graph), DATA: values, "variables/variables.index": index, **more,
    }  # fmt: skip
