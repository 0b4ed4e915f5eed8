"""Servers that answer with anything at all: what comes out is an error of ours, or the bytes that they sent."""

from __future__ import annotations

import random
import socketserver
import threading
import tracemalloc

import pytest

from paramcount.errors import FetchFailed, ParamcountError
from paramcount.sources import remote
from paramcount.sources.ranges import RemoteFile
from paramcount.sources.remote import Download, answer
from paramcount.sources.stream import take

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "nothing": b"",
    "no protocol": b"hello\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "an odd status": b"HTTP/1.1 999 What\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a long line": OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    "many headers": OK + b"A: b\r\n" * 1000 + b"\r\n",
    "binary headers": OK + b"\0\xff: \x80\r\n\r\n",
    "continue without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    "a negative size": OK + b"Content-Length: -5\r\n\r\nabc",
    "a size that is no number": OK + b"Content-Length: many\r\n\r\nabc",
    "a size with other digits": OK + "Content-Length: \u0663\r\n\r\nabc".encode(),
    "an absurd size": OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\nabc",
    "a large size": OK + b"Content-Length: 99999999999\r\n\r\nabc",
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc",
    "a negative chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
    "a chunk without an end": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 100_000,
    "an absurd chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nabc",
    "chunks and a size": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 900\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "a part unasked": b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-7/8\r\nContent-Length: 3\r\n\r\nabc",
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\n\r\n",
    "a redirect to no address": b"HTTP/1.1 302 Found\r\nLocation: http://[broken\r\n\r\n",
    "a redirect to no port": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:x/\r\n\r\n",
    "a redirect to an empty host": b"HTTP/1.1 302 Found\r\nLocation: http:///x\r\n\r\n",
    "a redirect with line feeds": b"HTTP/1.1 302 Found\r\nLocation: /a\n\tb\r\n\r\n",
    "a redirect with other characters": b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe \x01\r\n\r\n",
    "a login": b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n",
}
READ = {
    "a size that is no number", "a negative size", "a size with other digits", "chunks and a size", "binary headers",
    "an absurd size",
}  # fmt: skip
"""Answers of which a client may make something."""


@pytest.fixture
def serve(monkeypatch):
    """Starts a server that answers whatever it is asked with the same bytes; gives its address."""
    monkeypatch.setattr(remote, "PAUSE", 0)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("PARAMCOUNT_OFFLINE", raising=False)
    servers = []

    def start(data: bytes) -> str:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while self.rfile.readline(65537).strip():
                    pass
                try:
                    self.wfile.write(data)
                except OSError:
                    pass

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/model.tar.gz"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(address: str) -> bytes:
    with Download(address, "the model") as download:
        return take(download, 1 << 20)


@pytest.mark.parametrize("name", ANSWERS)
def test_any_answer_is_an_error_or_is_read(serve, name):
    address = serve(ANSWERS[name])
    if name in READ:
        assert fetch(address) in (b"", b"abc")
        return
    with pytest.raises(FetchFailed, match="the model"):
        fetch(address)
    with pytest.raises(ParamcountError):
        answer(address, "the model")


@pytest.mark.parametrize("name", ANSWERS)
def test_parts_of_any_answer_are_an_error(serve, name):
    address = serve(ANSWERS[name])
    with pytest.raises(ParamcountError), Download(address, "the model") as download:
        RemoteFile(download).read(0, 2)


def test_a_chunk_of_a_negative_size_takes_no_memory(serve):
    """It means "all that comes" to the library below, and nobody knows when that ends."""
    address = serve(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + bytes(32 << 20))
    tracemalloc.start()
    with Download(address, "the model") as download:
        for _ in range(10):
            download.read(1000)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_random_changes_of_an_answer_end_in_an_error_of_ours(serve):
    rng = random.Random(5)  # noqa: S311
    whole = OK + b'Content-Length: 3\r\nETag: "x"\r\nContent-Range: bytes 0-2/3\r\nConnection: close\r\n\r\nabc'
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 5))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            fetch(serve(bytes(data)))
        except ParamcountError as error:
            str(error)
