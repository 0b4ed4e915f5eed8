"""A server on this machine that gives archives as hubs do: with redirects, drops, ranges, or none of them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 14


class Page:
    """What the server does with one path.

    Attributes:
        body: the content; None for an answer without one.
        status: of the answer, where it is not that of the content.
        location: where it redirects to.
        drops: after how many bytes the first, the second … connection is dropped; afterwards none is.
        ranges: whether parts can be asked for.
        chunked: whether the size is left open.
        tag: the entity tag; None for none.
        on_request: called with the page before each answer.
    """

    def __init__(self, body: bytes | None = None, **given: object) -> None:
        self.body = body
        self.status = 200
        self.location = ""
        self.drops: list[int] = []
        self.ranges = True
        self.chunked = False
        self.tag: str | None = '"one"'
        self.sized = True
        self.on_request: Callable[[Page], None] | None = None
        vars(self).update(given)


class Hub:
    """The server: ``pages`` by path, and what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent = 0
        hub = self

        class Handler(_Handler):
            server_hub = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.server_hub.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
        page = self.server_hub.pages.get(self.path) or Page(b"no such page", status=404)
        if page.on_request:
            page.on_request(page)
        try:
            self._answer(page)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _answer(self, page: Page) -> None:
        body, status, headers = page.body or b"", page.status, {}
        if page.location:
            headers["Location"] = page.location
        if page.tag and status == 200:
            headers["ETag"] = page.tag
        begin = self._begin(page) if status == 200 else None
        if begin:
            status = 206
            end = self.headers["Range"].partition("-")[2]
            stop = int(end) + 1 if end else len(body)
            headers["Content-Range"] = f"bytes {begin[0]}-{stop - 1}/{len(body)}"
            body = body[begin[0] : stop]
        if page.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif page.sized:
            headers["Content-Length"] = str(len(body))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self._send(page, body)

    def _begin(self, page: Page) -> tuple[int] | None:
        """Where a part begins that is asked for, and may be given."""
        asked = self.headers.get("Range")
        if not asked or not page.ranges or self.headers.get("If-Range", page.tag) != page.tag:
            return None
        return (int(asked.partition("=")[2].partition("-")[0]),)

    def _send(self, page: Page, body: bytes) -> None:
        last = page.drops.pop(0) if page.drops else None
        for at in range(0, len(body) if last is None else min(last, len(body)), CHUNK):
            part = body[at : at + CHUNK][: None if last is None else last - at]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if page.chunked else part)
            self.server_hub.sent += len(part)
        if page.chunked and last is None:
            self.wfile.write(b"0\r\n\r\n")
