"""A file on a server with random access: what a zip archive needs, whose list of members is at its end."""

from __future__ import annotations

from paramcount.errors import FetchFailed, LimitExceeded, TruncatedFile
from paramcount.sources.connection import BROKEN, connect, receive_all, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.remote import Download, Progress

BLOCK = 1 << 16
"""Bytes fetched at least: a request costs as much time as this does."""

FETCH_LIMIT = 512 << 20
"""Bytes that are fetched and kept of one file."""


class RemoteFile:
    """The file of a download that has begun, read in parts: a ``ByteSource``."""

    def __init__(self, download: Download, progress: Progress | None = None) -> None:
        if download.size is None:
            raise _no_parts(download.name)
        self.name = download.name
        self.size = download.size
        self._download = download
        self._progress = progress
        self._fetched = download.bytes_read
        self._blocks: dict[int, bytes] = {}
        download.close()

    @property
    def bytes_read(self) -> int:
        """Bytes fetched so far."""
        return self._fetched

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset``; see ``LocalFile.read``.

        Raises:
            TruncatedFile: when the range is not inside the file.
            FetchFailed: when the server does not give this part.
        """
        if offset < 0 or size < 0 or offset + size > self.size:
            raise TruncatedFile(
                "A structure lies beyond the end of the file", where=self.name,
                found=f"{self.size} bytes", expected=f"{size} bytes at offset {offset}",
            )  # fmt: skip
        if not size:
            return b""
        first, last = offset // BLOCK, (offset + size - 1) // BLOCK
        missing = [block for block in range(first, last + 1) if block not in self._blocks]
        if missing:
            self._fetch(missing[0], missing[-1] + 1)
        data = b"".join([self._blocks[block] for block in range(first, last + 1)])
        return data[offset - first * BLOCK : offset - first * BLOCK + size]

    def _fetch(self, first: int, stop: int) -> None:
        """Fetch blocks ``first`` to ``stop`` in one request, and keep them."""
        begin, end = first * BLOCK, min(stop * BLOCK, self.size)
        self._fetched += end - begin
        if self._fetched > FETCH_LIMIT:
            raise LimitExceeded(
                "Too much of the archive would have to be fetched", where=self.name,
                expected=f"at most {FETCH_LIMIT} bytes", advice="Download the archive, and name the file.",
            )  # fmt: skip
        data = self._part(begin, end)
        for block in range(first, stop):
            self._blocks[block] = data[(block - first) * BLOCK : (block - first + 1) * BLOCK]
        if self._progress is not None:
            self._progress(self._fetched, None)

    def _part(self, begin: int, end: int) -> bytes:
        """Bytes ``begin`` to ``end`` of the file, as long as it is still the same file."""
        answer = connect(
            self._download.address, self.name, self._download.secrets, self._download.part(f"{begin}-{end - 1}")
        )
        try:
            if answer.status != 206:
                raise _no_parts(self.name)
            if not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {begin}-"):
                raise FetchFailed("The server gives another part of the file than was asked for", where=self.name)
            data = receive_all(answer, end - begin)
        except BROKEN as error:
            raise refused(error, self.name) from error
        finally:
            answer.close()
        if len(data) < end - begin:
            raise FetchFailed("The connection dropped", where=self.name, found=f"{len(data)} of {end - begin} bytes")
        return data


def _no_parts(name: str) -> FetchFailed:
    return FetchFailed(
        "A zip archive has its list of files at its end, and the server gives no parts of it, or it has changed",
        where=name, advice="Download the archive, and name the file.",
    )  # fmt: skip
