"""Models that are named by a handle or an address: found in a cache, or fetched as far as their description goes."""

from __future__ import annotations

import os

from paramcount.errors import FetchFailed, ParamcountError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from paramcount.model import Model, Shapes
    from paramcount.sources.folder import Folder
    from paramcount.sources.hub import Handle
    from paramcount.sources.remote import Download, Progress
    from paramcount.sources.stream import Ahead

    Tags: TypeAlias = Sequence[str] | None

PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head")
"""How a page begins that is sent in place of an archive."""


def read_handle(text: str, inputs: Shapes = None, progress: Progress | None = None, tags: Tags = None) -> Model:
    """The model of a handle of TensorFlow Hub or Kaggle Models, or of the address of an archive.

    Args:
        text: the handle or address, with ``::FOLDER`` behind it where the archive holds several models.
        inputs: as ``readers.read`` takes them, and of no use but for its message.
        progress: told while the model is fetched.
        tags: as ``readers.read`` takes them.

    Raises:
        FetchFailed: when it is in no cache, and cannot be fetched.
        ParamcountError: when what is there holds no model that can be read.
    """
    from paramcount.sources.hub import is_address, parse
    from paramcount.sources.hub_cache import cached

    name, inside = split(text)
    handle = parse(name)
    folder = cached(handle)
    if folder is not None and not inside:
        from paramcount.readers import read

        return read(folder, inputs, tags)
    if inputs is not None:
        raise UsageError("`input_shape` is for a model that is not built; a SavedModel has its shapes", where=text)
    try:
        return _fetched(handle, inside, progress, tags)
    except FetchFailed as error:
        if not is_address(text):
            error.advice += " If a path was meant: nothing is there."
        raise


def read_inside(path: str, inside: str, inputs: Shapes = None, tags: Tags = None) -> Model:
    """The model in one folder of an archive on disk; ``inputs`` and ``tags`` are those of ``readers.read``."""
    from paramcount.containers.archive import open_archive
    from paramcount.sources.bytesource import LocalFile

    if os.path.isdir(path):
        raise UsageError(
            "This is a folder, not an archive", where=path, advice=f"Name {path}/{inside} for what is in it."
        )
    if inputs is not None:
        raise UsageError("`input_shape` is for a model that is not built; a SavedModel has its shapes", where=path)
    with LocalFile(path) as source:
        folder = open_archive(source, path, inside)
        model = _read(folder, tags)
        return model._replace(source=model.source._replace(size_bytes=folder.size, bytes_read=folder.bytes_read))


def split(name: str) -> tuple[str, str]:
    """An archive and the folder inside it that is meant; the folder is empty where none is named."""
    from paramcount.containers.listing import SEPARATOR

    archive, separator, inside = name.rpartition(SEPARATOR)
    # The colons in `http://[::1]/model.tar.gz` are none of ours.
    if not separator or not inside or not archive or ("://" in archive and "/" not in archive.partition("://")[2]):
        return name, ""
    return archive, inside


def _fetched(handle: Handle, inside: str, progress: Progress | None, tags: Tags) -> Model:
    """The model, fetched as far as necessary."""
    from paramcount.sources.hub import address
    from paramcount.sources.kaggle_login import login
    from paramcount.sources.remote import Download
    from paramcount.sources.stream import Ahead

    where = address(handle, _newest(handle))
    with Download(where, handle.typed, login(where), progress) as download:
        ahead = Ahead(download)
        folder = _folder(download, ahead, inside, progress)
        model = _read(folder, tags)
        # Nothing of it is on disk, and how much the server has need not be known.
        return model._replace(source=model.source._replace(size_bytes=None, bytes_read=folder.bytes_read))


def _folder(download: Download, ahead: Ahead, inside: str, progress: Progress | None) -> Folder:
    """The folder of the model in the archive that is being fetched."""
    from paramcount.containers.archive import TarFolder, ZipFolder
    from paramcount.containers.gunzip import packing
    from paramcount.containers.tar import BLOCK, is_header

    head = ahead.peek(BLOCK)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        from paramcount.containers.zip import open_zip
        from paramcount.sources.ranges import RemoteFile

        source = RemoteFile(download, progress)
        return ZipFolder(open_zip(source), source, download.name, inside)
    if not packing(head) and not is_header(head):
        raise _no_archive(download.name, head)
    return TarFolder(ahead, download.name, inside, download.size)


def _no_archive(name: str, head: bytes) -> ParamcountError:
    """The error for an answer that is something else."""
    if head.lstrip().lower().startswith(PAGES):
        return FetchFailed(
            "The server sent a web page, not an archive", where=name,
            advice="Check the handle on the page of the model: it may have moved, or need a login.",
        )  # fmt: skip
    return FetchFailed(
        "The server sent something that is no archive", where=name,
        found=f"bytes that begin with {head[:8]!r}" if head else "0 bytes", expected="a .tar.gz, .tar or .zip",
        advice="Files of other formats are read from disk: download it, and name the file.",
    )  # fmt: skip


def _newest(handle: Handle) -> str:
    """The number of the newest version, where the handle leaves it open; Kaggle is asked for it."""
    from paramcount.sources.hub import KAGGLE, version_address

    if handle.kind != KAGGLE or handle.version:
        return ""
    import json

    from paramcount.sources.kaggle_login import login
    from paramcount.sources.remote import answer

    where = version_address(handle)
    try:
        found = json.loads(answer(where, handle.typed, login(where)))
        number = found["versionNumber"]
    except (ValueError, RecursionError, LookupError, TypeError):
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise FetchFailed(
            "The server does not say which version is the newest", where=handle.typed,
            advice="Put the number of the version behind the handle.",
        )  # fmt: skip
    return str(number)


def _read(folder: Folder, tags: Tags) -> Model:
    from paramcount.readers.tensorflow.savedmodel import read_saved_model

    return read_saved_model(folder, tags)
