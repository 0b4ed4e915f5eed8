"""Archives fetched over HTTP as streams: only on the user's word, with bounds, and going on after a dropped connection.

Only ``http`` and ``https`` are spoken, also after a redirect.  Proxies are those of the environment, as ``urllib``
takes them.
"""

from __future__ import annotations

import time

from paramcount.errors import FetchFailed, LimitExceeded
from paramcount.sources.connection import BROKEN, connect, connect_anew, receive, receive_all, refused
from paramcount.sources.stream import CHUNK, drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import TypeAlias

    Progress: TypeAlias = Callable[[int, int | None], None]
    """Called with the bytes so far, and their number in all where it is known."""

TRIES = 5
"""How often a download goes on after dropped connections that brought nothing new."""

DROPS = 100
"""How often a connection may drop in all: a server that gives one byte each time is none to wait for."""

PAUSE = 1.0
"""Seconds before the second try to go on; each further one waits twice as long as the one before."""

FETCH_LIMIT = 64 << 30
"""Bytes of the largest download."""

ANSWER_LIMIT = 1 << 20
"""Bytes of the largest answer that is read at once."""


class Download:
    """The content of an address: a ``Stream``.  Use it as a context manager.

    Args:
        address: where it is.
        name: what messages call it.
        secrets: headers that are sent to this address alone, and to nothing that it redirects to.
        progress: told after everything that arrives.
    """

    def __init__(
        self, address: str, name: str, secrets: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> None:
        self.name = name
        self.bytes_read = 0
        self.address = address
        self.secrets = secrets or {}
        self._progress = progress
        self._at = 0
        self._tried = 0
        self._drops = 0
        self._answer = connect_anew(address, name, self.secrets)
        self.size = _length(self._answer)
        """Bytes in all; None where the server does not say."""
        self._mark = _mark(self._answer)

    def read(self, size: int) -> bytes:
        """See ``Stream``.

        Raises:
            FetchFailed: when the connection drops time and again, or the content has changed meanwhile.
        """
        while True:
            data = self._receive(min(size, CHUNK))
            if data is None:
                self._go_on()
                continue
            if data:
                self._at += len(data)
                self._tried = 0
                self._count(len(data))
            return data

    def skip(self, size: int) -> int:
        """See ``Stream``."""
        return drop(self, size)

    def _receive(self, size: int) -> bytes | None:
        """The next bytes, none at the end; None when the connection has dropped."""
        if self.size is not None:
            size = min(size, self.size - self._at)
        if size <= 0:
            return b""
        try:
            data = receive(self._answer, size)[:size]
        except BROKEN:
            return None
        # A connection that drops before all has come looks to `http.client` like the end.
        if not data and self.size is not None and self._at < self.size:
            return None
        return data

    def _count(self, size: int) -> None:
        self.bytes_read += size
        if self.bytes_read > FETCH_LIMIT:
            raise LimitExceeded("The download does not end", where=self.name, expected=f"at most {FETCH_LIMIT} bytes")
        if self._progress is not None:
            self._progress(self._at, self.size)

    def _go_on(self) -> None:
        """Connect again, at the place where the connection dropped."""
        self._answer.close()
        self._drops += 1
        failure: FetchFailed | None = None
        while self._tried < TRIES and self._drops <= DROPS:
            if self._tried:
                time.sleep(PAUSE * 2 ** (self._tried - 1))
            self._tried += 1
            try:
                self._answer = connect(self.address, self.name, self.secrets, self.part(f"{self._at}-"))
            except FetchFailed as error:
                failure = error
                continue
            if self._meets():
                return
        reason = f": {failure.what}" if failure else ""
        tried = f"and {TRIES} more tries brought nothing new" if self._drops <= DROPS else f"{DROPS} times and again"
        raise FetchFailed(
            f"The connection dropped, {tried}{reason}", where=self.name,
            found=f"{self._at} bytes", expected=f"{self.size} bytes" if self.size is not None else "",
        )  # fmt: skip

    def part(self, span: str) -> dict[str, str]:
        """Headers that ask for a part of the content, provided that it is still the same content."""
        wanted = {"Range": f"bytes={span}"}
        return {**wanted, "If-Range": self._mark} if self._mark else wanted

    def _meets(self) -> bool:
        """Bring the new answer to where the old one ended; False when it drops before that.

        Raises:
            FetchFailed: when it is an answer about something else than the old one.
        """
        whole = self._answer.status != 206
        size = _length(self._answer) if whole else _range_of(self._answer)[1]
        same = _mark(self._answer) == self._mark and (self.size is None or size in (None, self.size))
        if not same or (not whole and _range_of(self._answer)[0] != self._at):
            self._answer.close()
            raise FetchFailed("The file on the server has changed while it was fetched", where=self.name)
        # A server that knows no ranges sends all once more, and what was read before is passed over.
        if whole and drop(_Again(self), self._at) < self._at:
            self._answer.close()
            return False
        return True

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, whatever has come so far."""
        self._answer.close()


class _Again:
    """What a new answer repeats of the old one: read, and counted as fetched."""

    def __init__(self, download: Download) -> None:
        self._download = download

    def read(self, size: int) -> bytes:
        """See ``Stream``; a drop looks like the end."""
        download = self._download
        try:
            data = receive(download._answer, size)[:size]  # noqa: SLF001 - a part of it
        except BROKEN:
            return b""
        download._count(len(data))  # noqa: SLF001
        return data


def answer(address: str, name: str, secrets: Mapping[str, str] | None = None) -> bytes:
    """A small answer as a whole.

    Raises:
        FetchFailed: when it does not come.
        LimitExceeded: when it is not small.
    """
    response = connect_anew(address, name, secrets or {})
    try:
        data = receive_all(response, ANSWER_LIMIT + 1)
    except BROKEN as error:
        raise refused(error, name) from error
    finally:
        response.close()
    size = _length(response)
    if size is not None and len(data) < min(size, ANSWER_LIMIT):
        raise FetchFailed("The connection dropped", where=name, found=f"{len(data)} of {size} bytes")
    if len(data) > ANSWER_LIMIT:
        raise LimitExceeded(
            "The answer of the server is too long", where=name, expected=f"at most {ANSWER_LIMIT} bytes"
        )
    return data


def _length(response: http.client.HTTPResponse) -> int | None:
    """Bytes of the whole content, where the server says so and is to be believed."""
    return None if response.chunked else _digits(response.headers.get("Content-Length", ""))


def _mark(response: http.client.HTTPResponse) -> str:
    """What tells one state of the content from another: a strong entity tag, else the time of its last change."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("Last-Modified", ""))


def _range_of(response: http.client.HTTPResponse) -> tuple[int | None, int | None]:
    """Where a partial answer begins, and the size of the whole: ``Content-Range: bytes 100-199/200``."""
    unit, _, rest = str(response.headers.get("Content-Range", "")).partition(" ")
    span, _, whole = rest.partition("/")
    return (_digits(span.partition("-")[0]) if unit == "bytes" else None), _digits(whole)


def _digits(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
