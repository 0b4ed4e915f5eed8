"""Bytes that come in order, once: a file read from its start, or a download.

Everything that unpacks an archive takes a ``Stream``: an object with ``name`` (for messages), ``bytes_read`` so far,
and ``read(size)``, which returns at most ``size`` bytes, and none only at the end.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from paramcount.sources.bytesource import ByteSource

    class Readable(Protocol):
        """The least that a stream does."""

        def read(self, size: int) -> bytes:
            """At most ``size`` bytes, and at least one before the end."""

    class Stream(Protocol):
        """Bytes in order."""

        @property
        def name(self) -> str:
            """What messages call it."""

        @property
        def bytes_read(self) -> int:
            """Bytes fetched so far from what is underneath."""

        def read(self, size: int) -> bytes:
            """At most ``size`` bytes, and at least one before the end."""

        def skip(self, size: int) -> int:
            """Pass over ``size`` bytes; returns how many there were."""


CHUNK = 1 << 16
"""Bytes taken at a time."""


class FileStream:
    """A source with random access, read from its start."""

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self._source = source
        self._at = 0

    @property
    def bytes_read(self) -> int:
        """Bytes read of the source so far."""
        return self._source.bytes_read

    def read(self, size: int) -> bytes:
        """See ``Stream``."""
        data = self._source.read(self._at, min(size, CHUNK, self._source.size - self._at))
        self._at += len(data)
        return data

    def skip(self, size: int) -> int:
        """See ``Stream``; what is passed over is not read."""
        size = min(size, self._source.size - self._at)
        self._at += size
        return size


class Ahead:
    """A stream whose next bytes can be looked at before they are read."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self._stream = stream
        self._held = b""

    @property
    def bytes_read(self) -> int:
        """Bytes read of what is underneath so far."""
        return self._stream.bytes_read

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer only at the end; they are still to be read."""
        while len(self._held) < size:
            more = self._stream.read(size - len(self._held))
            if not more:
                break
            self._held += more
        return self._held[:size]

    def read(self, size: int) -> bytes:
        """See ``Stream``."""
        if not self._held:
            return self._stream.read(size)
        data, self._held = self._held[:size], self._held[size:]
        return data

    def skip(self, size: int) -> int:
        """See ``Stream``."""
        held = min(size, len(self._held))
        self._held = self._held[held:]
        return held + (self._stream.skip(size - held) if size > held else 0)


def drop(stream: Readable, size: int) -> int:
    """Read ``size`` bytes and forget them; returns how many there were."""
    left = size
    while left > 0:
        data = stream.read(min(left, CHUNK))
        if not data:
            break
        left -= len(data)
    return size - left


def take(stream: Readable, size: int) -> bytes:
    """The next ``size`` bytes, fewer only at the end; memory grows with what comes, not with ``size``."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        data = stream.read(min(left, CHUNK))
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
