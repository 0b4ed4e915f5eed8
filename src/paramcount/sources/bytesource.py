"""Random access to bytes, in blocks, counting what was really read.

Everything that parses a file takes a ``ByteSource``: an object with ``name`` (for messages), ``size`` in bytes,
``bytes_read`` so far, and ``read(offset, size)``, which returns exactly ``size`` bytes or raises ``TruncatedFile``.
"""

from __future__ import annotations

import os

from paramcount.errors import EmptyFile, LimitExceeded, SourceMissing, SourceUnreadable, TruncatedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Protocol

    class ByteSource(Protocol):
        """Random access to the bytes of one file or of one part of a file."""

        @property
        def name(self) -> str:
            """What messages call it."""

        @property
        def size(self) -> int:
            """Number of bytes."""

        @property
        def bytes_read(self) -> int:
            """Bytes fetched so far from what is underneath."""

        def read(self, offset: int, size: int) -> bytes:
            """Exactly ``size`` bytes from ``offset``, or ``TruncatedFile``."""


BLOCK = 4096
"""Bytes fetched at a time.  HDF5 metadata lies scattered between the weights: small blocks read less of them."""

CACHE_LIMIT = 32 << 20
"""Bytes of blocks kept in memory; beyond that the cache starts anew."""

READ_LIMIT = 256 << 20
"""The largest single read.  Nothing that describes a model's shapes is larger."""


class LocalFile:
    """One local file, opened for reading.  Use it as a context manager."""

    def __init__(self, path: str) -> None:
        self.name = path
        self.bytes_read = 0
        self._blocks: dict[int, bytes] = {}
        self._fd = _open(path)
        self.size = os.fstat(self._fd).st_size
        if self.size == 0:
            self.close()
            raise EmptyFile("The file is empty", where=path, found="0 bytes")

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset``.

        Raises:
            TruncatedFile: when the range is not inside the file.
            LimitExceeded: when ``size`` is beyond what any reader may ask for at once.
        """
        end = offset + size
        if offset < 0 or size < 0 or end > self.size:
            raise TruncatedFile(
                "A structure lies beyond the end of the file",
                where=self.name,
                found=f"{self.size} bytes",
                expected=f"{size} bytes at offset {offset}",
            )
        first = offset // BLOCK
        block = self._blocks.get(first)
        if block is not None and end <= (first + 1) * BLOCK:
            start = offset - first * BLOCK
            return block[start : start + size]
        return self._fetch(offset, end)

    def _fetch(self, offset: int, end: int) -> bytes:
        """Read the blocks that cover ``offset`` to ``end``, keep them, and return the range itself."""
        if end - offset > READ_LIMIT:
            raise LimitExceeded(
                "A single structure is too large",
                where=f"{self.name}, offset {offset}",
                found=f"{end - offset} bytes",
                expected=f"at most {READ_LIMIT} bytes",
            )
        first, last = offset // BLOCK, (end - 1) // BLOCK if end > offset else offset // BLOCK
        if len(self._blocks) * BLOCK > CACHE_LIMIT:
            self._blocks.clear()
        if first == last:
            start = offset - first * BLOCK
            return self._load(first, first + 1)[start : start + end - offset]
        parts = []
        at = first
        while at <= last:
            known = self._blocks.get(at)
            if known is not None:
                parts.append(known)
                at += 1
                continue
            stop = at + 1
            while stop <= last and stop not in self._blocks:
                stop += 1
            parts.append(self._load(at, stop))
            at = stop
        whole = b"".join(parts) if len(parts) > 1 else parts[0]
        start = offset - first * BLOCK
        return whole[start : start + end - offset]

    def _load(self, at: int, stop: int) -> bytes:
        """Blocks ``at`` to ``stop`` in one system call; a file that shrank meanwhile is an error, not a short read."""
        begin, finish = at * BLOCK, min(stop * BLOCK, self.size)
        try:
            data = PREAD(self._fd, finish - begin, begin)
            if len(data) != finish - begin:
                data += _rest(self._fd, finish - begin - len(data), begin + len(data))
        except OSError as error:
            raise SourceUnreadable(f"Reading failed: {error.strerror or error}", where=self.name) from error
        self.bytes_read += len(data)
        if len(data) != finish - begin:
            raise TruncatedFile(
                "The file became shorter while it was read", where=self.name, found=f"{begin + len(data)} bytes"
            )
        if stop - at == 1:
            self._blocks[at] = data
            return data
        for index in range(stop - at):
            self._blocks[at + index] = data[index * BLOCK : (index + 1) * BLOCK]
        return data

    def close(self) -> None:
        """Close the file; reading from it afterwards is an error."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> LocalFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Window:
    """A part of another source, with offsets of its own: one stored member of an archive."""

    def __init__(self, parent: ByteSource, offset: int, size: int, name: str) -> None:
        self.name = name
        self.size = size
        self._parent = parent
        self._offset = offset

    @property
    def bytes_read(self) -> int:
        """Bytes read from the whole parent so far."""
        return self._parent.bytes_read

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` of this part; see ``LocalFile.read``."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise TruncatedFile(
                "A structure lies beyond the end of this part of the file",
                where=self.name,
                found=f"{self.size} bytes",
                expected=f"{size} bytes at offset {offset}",
            )
        return self._parent.read(self._offset + offset, size)


class MemoryBytes:
    """Bytes already in memory, such as an inflated archive member."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.size = len(data)
        self.bytes_read = 0
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset``; see ``LocalFile.read``."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise TruncatedFile(
                "A structure lies beyond the end of these bytes",
                where=self.name,
                found=f"{self.size} bytes",
                expected=f"{size} bytes at offset {offset}",
            )
        return self._data[offset : offset + size]


def _open(path: str) -> int:
    """A file descriptor of an ordinary file; devices, pipes and sockets are refused before they can block."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        fd = os.open(path, flags)
    except FileNotFoundError as error:
        raise SourceMissing("There is no such file or folder", where=path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(f"The file cannot be opened: {reason}", where=path) from error
    # S_IFREG, spelled out: importing `stat` for one constant is not worth a module at start-up.
    if os.fstat(fd).st_mode & 0o170000 != 0o100000:
        os.close(fd)
        raise SourceUnreadable("This is not an ordinary file", where=path)
    return fd


def _seek_and_read(fd: int, size: int, offset: int) -> bytes:
    """``os.pread`` for a system that has none."""
    os.lseek(fd, offset, os.SEEK_SET)
    return os.read(fd, size)


PREAD: Callable[[int, int, int], bytes] = getattr(os, "pread", _seek_and_read)
"""Reads from a place of a file; may give fewer bytes than asked for."""


def _rest(fd: int, size: int, offset: int) -> bytes:
    """What a short read has left out; still short at the end of the file."""
    parts = []
    while size > 0:
        part = PREAD(fd, size, offset)
        if not part:
            break
        parts.append(part)
        size -= len(part)
        offset += len(part)
    return b"".join(parts)
