"""The folder of a SavedModel inside an archive, read without unpacking it.

A zip archive is read in place.  A tar archive, nearly always compressed, is read once from its start: the few files
that describe the model are kept, of all others only the name and the size.  Reading ends where nothing more is wanted.
"""

from __future__ import annotations

from paramcount.containers.gunzip import Unpacked, packing
from paramcount.containers.listing import MODELS, Listing, called, ends_with, normal
from paramcount.containers.tar import BLOCK, FILE, FOLDER, LINK, Tar, is_header
from paramcount.errors import CorruptFile, LimitExceeded, NotAModel
from paramcount.sources.bytesource import MemoryBytes
from paramcount.sources.folder import checked
from paramcount.sources.stream import Ahead, FileStream, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.containers.tar import Entry
    from paramcount.containers.zip import Archive
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder
    from paramcount.sources.stream import Stream

INDEX = "variables/variables.index"
"""The other file that is always wanted."""

WANTED = (*MODELS, INDEX, "keras_metadata.pb", "fingerprint.pb", "tfhub_module.pb")
"""Files of the folder whose bytes are kept."""

KEPT_LIMIT = 256 << 20
"""Bytes that are kept of one archive.  Only a graph with its weights in it is larger."""

KEPT_FILES = 1000
"""Files that are kept of one archive."""

BEYOND = 1 << 20
"""Bytes of the archive that are still passed over for what is small and follows the files that are always wanted."""


def is_archive(source: ByteSource) -> bool:
    """Whether a file is a tar archive, or something compressed that may be one; zip archives are not meant."""
    head = source.read(0, min(source.size, BLOCK))
    return bool(packing(head)) or is_header(head)


def open_archive(source: ByteSource, path: str, inside: str = "") -> Folder:
    """The folder of the SavedModel in an archive.

    Args:
        source: the bytes of a zip archive, or of a tar archive, compressed or not.
        path: what messages call it.
        inside: the folder inside the archive that is meant; empty when there is but one.

    Raises:
        NotAModel: when it is no archive, or holds no SavedModel.
        UsageError: when it holds several.
    """
    from paramcount.containers.zip import is_zip, open_zip

    if is_zip(source):
        return ZipFolder(open_zip(source), source, path, inside)
    return TarFolder(FileStream(source), path, inside, source.size, thorough=True)


class ZipFolder:
    """A SavedModel in a zip archive, its members in place: a ``Folder``."""

    def __init__(self, archive: Archive, source: ByteSource, path: str, inside: str = "") -> None:
        self._archive = archive
        self._source = source
        self._opened: dict[str, ByteSource | None] = {}
        named = [(inner, name) for name in archive.names() if (inner := normal(name)) and name[-1] != "/"]
        self._stored = dict(named)
        if len(self._stored) < len(named):
            raise CorruptFile("Two members of the archive have the same name", where=path)
        self._listing = Listing(path)
        self._listing.files.update({inner: archive.size_of(name) or 0 for inner, name in self._stored.items()})
        self._home = self._listing.choose(inside)
        self.name = called(path, self._home)

    @property
    def size(self) -> int:
        """Bytes of the archive."""
        return self._source.size

    @property
    def bytes_read(self) -> int:
        """Bytes read of the archive."""
        return self._source.bytes_read

    def names(self) -> list[str]:
        """See ``Folder``; sorted."""
        return self._listing.top(self._home)

    def open(self, name: str) -> ByteSource | None:
        """See ``Folder``.

        Raises:
            UnsafeFile: when the name leads out of the folder.
        """
        stored = self._stored.get(self._home + checked(name, self.name))
        if stored is None:
            return None
        if stored not in self._opened:
            self._opened[stored] = self._archive.member(stored)
        return self._opened[stored]


class TarFolder:
    """A SavedModel in a tar archive, what describes it kept in memory: a ``Folder``.

    Weights are listed, but cannot be opened.

    Attributes:
        complete: whether the archive was read to its end, so that every name is known.
    """

    def __init__(
        self, stream: Stream, path: str, inside: str = "", size: int | None = None, *, thorough: bool = False
    ) -> None:
        self._stream = stream
        self._size = size
        self._kept: dict[str, bytes] = {}
        self._room = KEPT_LIMIT
        self._listing = Listing(path)
        self.complete = False
        self._read(_opened(stream, path), normal(inside) + "/" if inside else "", thorough=thorough)
        self._home = self._listing.choose(inside)
        self.name = called(path, self._home)

    @property
    def size(self) -> int:
        """Bytes of the archive; those that were read of it, where nobody knows how many there are."""
        return self.bytes_read if self._size is None else self._size

    @property
    def bytes_read(self) -> int:
        """Bytes read of the archive, packed as it is."""
        return self._stream.bytes_read

    def names(self) -> list[str]:
        """See ``Folder``; sorted."""
        return self._listing.top(self._home)

    def open(self, name: str) -> ByteSource | None:
        """See ``Folder``; None also for what is not kept.

        Raises:
            UnsafeFile: when the name leads out of the folder, or is a link.
        """
        inner = self._home + checked(name, self.name)
        self._listing.refuse_link(inner)
        data = self._kept.get(inner)
        return None if data is None else MemoryBytes(data, f"{self.name}, member {name}")

    def _read(self, tar: Tar, inside: str, *, thorough: bool) -> None:
        """Read the archive as far as necessary: to its end, or until nothing more is wanted."""
        left: int | None = None
        while (entry := tar.next()) is not None:
            name = normal(entry.name)
            if left is not None:
                left -= BLOCK + entry.size
                if left < 0:
                    return
            if not name or entry.kind == FOLDER:
                continue
            if entry.kind == LINK:
                self._listing.links[name] = entry.target[:200]
            elif entry.kind == FILE:
                taken = self._take(tar, entry, name, inside)
                if taken and left is None and self._suffices(inside, thorough=thorough):
                    left = BEYOND
        self.complete = True

    def _take(self, tar: Tar, entry: Entry, name: str, inside: str) -> bool:
        """One file: listed, and kept if it is wanted; whether it is."""
        wanted = name.startswith(inside) and any(ends_with(name, one) for one in WANTED)
        if wanted and name in self._listing.files:
            raise CorruptFile("Two members of the archive have the same name", where=self._listing.path, found=name)
        self._listing.files[name] = entry.size
        if not wanted:
            return False
        self._room -= entry.size
        if self._room < 0 or len(self._kept) >= KEPT_FILES:
            raise LimitExceeded(
                "The files that describe the model are too many or too large to keep in memory",
                where=f"{self._listing.path}, member {name}",
                found=f"{len(self._kept) + 1} files with {KEPT_LIMIT - self._room} bytes",
                expected=f"at most {KEPT_FILES} with {KEPT_LIMIT}",
                advice="Unpack the archive and name the folder.",
            )
        self._kept[name] = take(tar, entry.size)
        return True

    def _suffices(self, inside: str, *, thorough: bool) -> bool:
        """Whether nothing of what is still to come is necessary.

        A model at the top of the archive is the one that is meant, and so is one that was named; beside one in a
        folder there may be others, which only reading on would tell.
        """
        if thorough and not inside and not any(name in self._kept for name in MODELS):
            return False
        homes = [inside] if inside else self._listing.models()
        return any(home + INDEX in self._kept and any(home + model in self._kept for model in MODELS) for home in homes)


def _opened(stream: Stream, path: str) -> Tar:
    """The tar archive in a stream, whatever it is packed with."""
    ahead = Ahead(stream)
    kind = packing(ahead.peek(BLOCK))
    inner = Ahead(Unpacked(ahead, kind)) if kind else ahead
    head = inner.peek(BLOCK)
    # An empty archive has zeros alone: that is told later, by what it does not hold.
    if not is_header(head) and head.strip(b"\0"):
        what = f"This {kind} file holds no tar archive" if kind else "This is not a tar archive"
        raise NotAModel(what, where=path, found=f"bytes that begin with {head[:8]!r}")
    return Tar(inner)
