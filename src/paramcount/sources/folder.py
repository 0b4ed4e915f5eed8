"""The files of one folder as sources of bytes, wherever the folder is: on disk, or in an archive.

Everything that reads a model of several files takes a ``Folder``.  Names are relative, with ``/`` between their parts;
a name that would lead out of the folder is refused, whoever wrote it.
"""

from __future__ import annotations

import os

from paramcount.errors import SourceMissing, SourceUnreadable, UnsafeFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from paramcount.sources.bytesource import ByteSource

    class Folder(Protocol):
        """The files of one folder."""

        @property
        def name(self) -> str:
            """What messages call it."""

        @property
        def size(self) -> int:
            """Bytes of the files that were opened, or of the archive."""

        @property
        def bytes_read(self) -> int:
            """Bytes fetched so far."""

        def names(self) -> list[str]:
            """Every file of the folder itself, and every folder with a ``/`` behind its name."""

        def open(self, name: str) -> ByteSource | None:
            """The file ``name``, or None when there is none."""


def checked(name: str, where: str) -> str:
    """``name``, if it stays inside the folder.

    Raises:
        UnsafeFile: when it is absolute or climbs upwards.
    """
    parts = name.replace("\\", "/").split("/")
    drive = os.name == "nt" and ":" in parts[0]
    if not name or name.startswith(("/", "\\")) or ".." in parts or "\0" in name or drive:
        raise UnsafeFile("A name leads out of the folder of the model", where=where, found=repr(name[:200]))
    return name


def need(folder: Folder, name: str, what: str) -> ByteSource:
    """The file ``name``, which must be there.

    Raises:
        SourceMissing: when it is not; ``what`` says what is missing.
    """
    source = folder.open(name)
    if source is None:
        raise SourceMissing(what, where=f"{folder.name}/{name}")
    return source


class LocalFolder:
    """A folder on disk.  Use it as a context manager, which closes the files.

    Links are followed only as far as they stay inside the folder, or lead to where the cache of the Hugging Face Hub
    keeps the files of all its snapshots.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        self._opened: dict[str, ByteSource] = {}

    @property
    def size(self) -> int:
        """Bytes of the files that were opened."""
        return sum(source.size for source in self._opened.values())

    @property
    def bytes_read(self) -> int:
        """Bytes read of the files that were opened."""
        return sum(source.bytes_read for source in self._opened.values())

    def names(self) -> list[str]:
        """See ``Folder``; sorted.

        Raises:
            SourceUnreadable: when the folder cannot be listed.
        """
        try:
            with os.scandir(self.name) as entries:
                return sorted([entry.name + "/" if entry.is_dir() else entry.name for entry in entries])
        except OSError as error:
            raise SourceUnreadable(f"The folder cannot be listed: {error.strerror}", where=self.name) from error

    def open(self, name: str) -> ByteSource | None:
        """See ``Folder``.

        Raises:
            UnsafeFile: when the name, or a link, leads out of the folder.
        """
        if name in self._opened:
            return self._opened[name]
        path = os.path.join(self.name, checked(name, self.name))
        if not os.path.isfile(path):
            return None
        if not _is_inside(os.path.realpath(path), os.path.realpath(self.name)):
            raise UnsafeFile(
                "A link leads out of the folder of the model", where=path, found=os.path.realpath(path),
                advice="If it is meant, name the file that it leads to.",
            )  # fmt: skip
        from paramcount.sources.bytesource import LocalFile

        self._opened[name] = LocalFile(path)
        return self._opened[name]

    def __enter__(self) -> LocalFolder:
        return self

    def __exit__(self, *_: object) -> None:
        for source in self._opened.values():
            close = getattr(source, "close", None)
            if close is not None:
                close()


def _is_inside(path: str, home: str) -> bool:
    """Whether a resolved path is one of the folder ``home``, or a blob of the snapshot that ``home`` is in."""
    if path.startswith(home.rstrip(os.sep) + os.sep):
        return True
    blobs = os.path.dirname(path)
    repository = os.path.dirname(blobs)
    return os.path.basename(blobs) == "blobs" and home.startswith(os.path.join(repository, "snapshots", ""))
