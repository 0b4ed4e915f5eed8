"""Archives come over HTTP as far as they are wanted, whatever the connection does, and nothing is sent to strangers."""

from __future__ import annotations

import io
import json
import ssl
import urllib.error
import urllib.request

import pytest

from archives import DATA, FILES, INDEX, MODEL, model_files, noise, tgz, zipped
from hub_server import Hub, Page
from paramcount.containers.archive import TarFolder
from paramcount.containers.zip import open_zip
from paramcount.errors import FetchFailed, LimitExceeded, TruncatedFile
from paramcount.sources import connection, remote
from paramcount.sources.kaggle_login import login
from paramcount.sources.ranges import RemoteFile
from paramcount.sources.remote import Download, answer
from paramcount.sources.stream import take

BODY = noise(300_000)


@pytest.fixture
def hub(monkeypatch):
    """A server on this machine, reached without a proxy; nobody waits between two tries."""
    monkeypatch.setattr(remote, "PAUSE", 0)
    monkeypatch.setenv("no_proxy", "*")
    for name in ("PARAMCOUNT_OFFLINE", "KAGGLE_USERNAME", "KAGGLE_KEY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Hub()
    yield server
    server.close()


def fetched(hub, path: str, **options) -> bytes:
    with Download(hub.url + path, "the model", **options) as download:
        data = take(download, 1 << 30)
        assert download.bytes_read >= len(data)
        return data


def folder_of(hub, path: str) -> TarFolder:
    with Download(hub.url + path, "the model") as download:
        return TarFolder(download, "the model", size=download.size)


def content(folder, name: str) -> bytes:
    source = folder.open(name)
    return source.read(0, source.size)


def test_redirects_to_the_storage_are_followed(hub):
    hub.pages["/google/nnlm/2?tf-hub-format=compressed"] = Page(status=303, location="/storage/1")
    hub.pages["/storage/1"] = Page(status=307, location=f"{hub.url}/storage/2")
    hub.pages["/storage/2"] = Page(BODY)

    assert fetched(hub, "/google/nnlm/2?tf-hub-format=compressed") == BODY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_status_of_a_redirect_is_known(hub, status):
    hub.pages["/a"] = Page(b"moved " * 1000, status=status, location="/b")
    hub.pages["/b"] = Page(BODY)

    assert fetched(hub, "/a") == BODY


def test_a_circle_of_redirects_is_refused(hub):
    hub.pages["/a"] = Page(status=302, location="/b")
    hub.pages["/b"] = Page(status=302, location="/a")

    with pytest.raises(FetchFailed, match="in a circle"):
        fetched(hub, "/a")


def test_a_long_way_of_redirects_is_refused(hub):
    for number in range(20):
        hub.pages[f"/{number}"] = Page(status=302, location=f"/{number + 1}")

    with pytest.raises(FetchFailed, match="too often"):
        fetched(hub, "/0")
    assert len(hub.asked) <= connection.REDIRECTS + 1


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "data:text/plain,x"])
def test_a_redirect_to_another_protocol_is_refused(hub, target):
    hub.pages["/a"] = Page(status=302, location=target)

    with pytest.raises(FetchFailed, match=r"redirects|where nothing is fetched"):
        fetched(hub, "/a")


def test_a_redirect_from_an_encrypted_connection_to_an_open_one_is_refused():
    request, body = urllib.request.Request("https://example.org/"), io.BytesIO()

    with pytest.raises(FetchFailed, match="http: behind https:"):
        connection._Redirects().redirect_request(request, body, 302, "", None, "http://example.org/")
    assert body.closed


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_dropped_connection_goes_on_where_it_was(hub, ranges, chunked):
    hub.pages["/a"] = Page(BODY, drops=[100_000, 70_000 if ranges else 170_000], ranges=ranges, chunked=chunked)

    assert fetched(hub, "/a") == BODY
    assert len(hub.asked) == 3
    _, headers = hub.asked[1]
    assert headers["range"].startswith("bytes=")
    assert headers["if-range"] == '"one"'
    if ranges:
        assert hub.sent <= len(BODY) + 3 * (1 << 16)


def test_a_connection_that_drops_again_while_it_catches_up_goes_on(hub):
    hub.pages["/a"] = Page(BODY, drops=[200_000, 50_000, 100_000], ranges=False)

    assert fetched(hub, "/a") == BODY


def test_a_connection_that_drops_time_and_again_is_given_up(hub):
    hub.pages["/a"] = Page(BODY, drops=[100_000] * 50, ranges=False)

    with pytest.raises(FetchFailed, match=f"dropped, and {remote.TRIES} more tries.*300000 bytes"):
        fetched(hub, "/a")
    assert len(hub.asked) == 1 + remote.TRIES


def test_a_server_that_gives_a_byte_at_a_time_is_given_up(hub):
    hub.pages["/a"] = Page(BODY, drops=[1] * 1000)

    with pytest.raises(FetchFailed, match=f"dropped, {remote.DROPS} times and again"):
        fetched(hub, "/a")


def test_a_server_that_goes_away_is_named(hub):
    page = hub.pages["/a"] = Page(BODY, drops=[100_000])
    page.on_request = lambda page: setattr(page, "status", 503) if len(hub.asked) > 1 else None
    page.ranges = False

    with pytest.raises(FetchFailed, match="more tries brought nothing new: The server refuses"):
        fetched(hub, "/a")


@pytest.mark.parametrize("change", [{"tag": '"two"'}, {"body": BODY + b"more"}])
@pytest.mark.parametrize("ranges", [True, False])
def test_content_that_changes_meanwhile_is_refused(hub, ranges, change):
    page = hub.pages["/a"] = Page(BODY, drops=[100_000], ranges=ranges)
    page.on_request = lambda page: vars(page).update(change) if len(hub.asked) > 1 else None

    with pytest.raises(FetchFailed, match="has changed"):
        fetched(hub, "/a")


def test_a_size_that_is_not_told_is_no_trouble(hub):
    hub.pages["/chunked"] = Page(BODY, chunked=True)
    hub.pages["/until-it-closes"] = Page(BODY, sized=False)

    assert fetched(hub, "/chunked") == BODY
    assert fetched(hub, "/until-it-closes") == BODY


def test_progress_is_told(hub):
    hub.pages["/a"], hub.pages["/b"] = Page(BODY), Page(BODY, chunked=True)
    seen: list[tuple[int, int | None]] = []
    fetched(hub, "/a", progress=lambda *now: seen.append(now))
    sizes = [size for size, _ in seen]
    assert sizes == sorted(sizes)
    assert seen[-1] == (len(BODY), len(BODY))
    seen.clear()
    fetched(hub, "/b", progress=lambda *now: seen.append(now))

    assert seen[-1] == (len(BODY), None)


def test_a_download_that_does_not_end_is_refused(hub, monkeypatch):
    monkeypatch.setattr(remote, "FETCH_LIMIT", 100_000)
    hub.pages["/a"] = Page(BODY)

    with pytest.raises(LimitExceeded, match="does not end"):
        fetched(hub, "/a")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "needs a login"), (403, "may need a login"), (404, "no such model"), (410, "no longer offered"),
        (429, "too many requests"), (500, "status 500"), (418, "refuses"), (599, "an error"),
    ],
)  # fmt: skip
def test_an_answer_that_is_an_error_says_what_to_do(hub, status, words):
    hub.pages["/a"] = Page(b"no", status=status)

    with pytest.raises(FetchFailed, match=words) as caught:
        fetched(hub, "/a")
    assert f"status {status}" in str(caught.value)
    assert str(caught.value).startswith("the model: ")


def test_nobody_listening_is_an_error(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Hub()
    server.close()

    with pytest.raises(FetchFailed, match="No connection to the server"):
        Download(server.url, "the model")


@pytest.mark.parametrize("address", ["http://[broken/", "http://a b/", "http://x\n/", "http:///x", "http://\u00e9\udcff/",
                                     "http://127.0.0.1:99999/", "http://127.0.0.1:x/"])  # fmt: skip
def test_an_address_that_is_none_is_an_error(hub, address):
    with pytest.raises(FetchFailed):
        Download(address, "the model")


def test_a_name_that_nobody_knows_is_an_error(hub, monkeypatch):
    import socket

    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchFailed, match=r"name of the server cannot be looked up.*offline"):
        Download("https://tfhub.dev/google/nnlm-en-dim128/2", "the model")


def test_a_server_that_says_nothing_is_an_error(hub, monkeypatch):
    def slow(*_, **__):
        raise TimeoutError("timed out")

    monkeypatch.setattr("socket.create_connection", slow)
    with pytest.raises(FetchFailed, match="not answer in time"):
        Download(hub.url, "the model")


def test_a_server_that_does_not_encrypt_is_refused(hub):
    with pytest.raises(FetchFailed, match="No encrypted connection"):
        Download(hub.url.replace("http:", "https:"), "the model")


def test_a_server_that_cannot_prove_who_it_is_is_refused(hub, monkeypatch):
    def stranger(*_, **__):
        raise urllib.error.URLError(ssl.SSLCertVerificationError("self-signed certificate"))

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", stranger)
    with pytest.raises(FetchFailed, match=r"cannot prove who it is: .*self-signed"):
        Download(hub.url, "the model")


def test_offline_is_a_setting(hub, monkeypatch):
    monkeypatch.setenv("PARAMCOUNT_OFFLINE", "1")
    hub.pages["/a"] = Page(BODY)

    with pytest.raises(FetchFailed, match="PARAMCOUNT_OFFLINE forbids"):
        fetched(hub, "/a")
    assert hub.asked == []


def test_a_password_in_an_address_is_neither_sent_nor_shown(hub):
    address = hub.url.replace("//", "//user:secret@") + "/a"
    with pytest.raises(FetchFailed, match="name and a password") as caught:
        Download(address, address)

    assert "secret" not in str(caught.value)
    assert hub.asked == []


class TestLogin:
    @pytest.fixture(autouse=True)
    def key(self, monkeypatch, tmp_path):
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
        monkeypatch.setenv("KAGGLE_USERNAME", "user")
        monkeypatch.setenv("KAGGLE_KEY", "secret")

    def test_kaggle_alone_is_shown_the_login(self):
        assert login("https://www.kaggle.com/api/v1/models/x") == {"Authorization": "Basic dXNlcjpzZWNyZXQ="}
        for other in ("http://www.kaggle.com/x", "https://www.kaggle.com.example.org/x", "https://example.org/",
                      "https://www.kaggle.com@example.org/", "http://127.0.0.1:1/"):  # fmt: skip
            assert login(other) == {}

    def test_a_redirect_does_not_carry_the_login_on(self, hub):
        hub.pages["/a"], hub.pages["/b"] = Page(status=302, location="/b"), Page(BODY, drops=[1000])
        fetched(hub, "/a", secrets={"Authorization": "Basic x"})

        assert [("authorization" in headers, path) for path, headers in hub.asked] == [
            (True, "/a"), (False, "/b"), (True, "/a"), (False, "/b"),
        ]  # fmt: skip

    def test_the_file_of_the_login_is_read(self, monkeypatch, tmp_path):
        monkeypatch.delenv("KAGGLE_KEY")
        assert login("https://www.kaggle.com/x") == {}
        (tmp_path / "kaggle.json").write_text(json.dumps({"username": "user", "key": "secret"}))

        assert login("https://www.kaggle.com/x") == {"Authorization": "Basic dXNlcjpzZWNyZXQ="}

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"username": 1, "key": []}', '{"username": "user"}', "[" * 10000])
    def test_a_file_that_holds_no_login_is_ignored(self, monkeypatch, tmp_path, text):
        monkeypatch.delenv("KAGGLE_USERNAME")
        (tmp_path / "kaggle.json").write_text(text)

        assert login("https://www.kaggle.com/x") == {}


class TestArchives:
    def test_reading_ends_when_the_index_has_passed(self, hub):
        size = 16 << 20
        hub.pages["/a"] = Page(tgz({**FILES, DATA: noise(size)}))
        folder = folder_of(hub, "/a")

        assert content(folder, "saved_model.pb") == MODEL
        assert content(folder, "variables/variables.index") == INDEX
        assert folder.bytes_read < 1 << 18
        assert folder.size > size

    def test_data_before_the_index_is_read_and_forgotten(self, hub):
        hub.pages["/a"] = Page(tgz(model_files(noise(1 << 20))), drops=[500_000])
        folder = folder_of(hub, "/a")

        assert content(folder, "variables/variables.index") == INDEX
        assert folder.open(DATA) is None

    def test_slow_chunks_without_a_size_are_read(self, hub):
        hub.pages["/a"] = Page(tgz(model_files(noise(1 << 18))), chunked=True, drops=[100_000])

        assert content(folder_of(hub, "/a"), "saved_model.pb") == MODEL

    def test_an_archive_that_ends_too_early_says_so(self, hub):
        hub.pages["/a"] = Page(tgz(model_files(noise(1 << 18)))[:100_000])

        with pytest.raises(TruncatedFile, match="cut off"):
            folder_of(hub, "/a")


class TestRanges:
    def opened(self, hub, page: Page) -> RemoteFile:
        hub.pages["/a.zip"] = page
        with Download(hub.url + "/a.zip", "the model") as download:
            take(download, 512)
            return RemoteFile(download)

    def test_a_zip_archive_is_read_in_parts(self, hub):
        data = zipped({DATA: noise(4 << 20), **FILES})
        source = self.opened(hub, Page(data))
        member = open_zip(source).member("saved_model.pb")

        assert member.read(0, member.size) == MODEL
        assert source.size == len(data)
        assert source.bytes_read < 1 << 19

    def test_every_range_is_exact(self, hub):
        source = self.opened(hub, Page(BODY))

        for offset, size in ((0, 1), (65_535, 2), (10, 200_000), (299_999, 1), (300_000, 0), (5, 0)):
            assert source.read(offset, size) == BODY[offset : offset + size]
        with pytest.raises(TruncatedFile):
            source.read(299_999, 2)

    @pytest.mark.parametrize("given", [{"ranges": False}, {"chunked": True}])
    def test_a_server_that_gives_no_parts_is_named(self, hub, given):
        with pytest.raises(FetchFailed, match=r"list of files at its end.*Download"):
            self.opened(hub, Page(BODY, **given)).read(0, 10)

    def test_an_archive_that_changes_meanwhile_is_refused(self, hub):
        source = self.opened(hub, Page(BODY))
        source.read(0, 10)
        hub.pages["/a.zip"].tag = '"two"'

        with pytest.raises(FetchFailed, match="has changed"):
            source.read(200_000, 10)

    def test_a_part_that_is_cut_off_is_an_error(self, hub):
        source = self.opened(hub, Page(BODY, drops=[1 << 20, 100]))

        with pytest.raises(FetchFailed, match=r"dropped|IncompleteRead"):
            source.read(0, 1000)

    def test_more_than_an_archive_needs_is_refused(self, hub, monkeypatch):
        monkeypatch.setattr("paramcount.sources.ranges.FETCH_LIMIT", 100_000)

        with pytest.raises(LimitExceeded, match="Too much"):
            self.opened(hub, Page(BODY)).read(0, 200_000)


def test_a_small_answer_comes_as_a_whole(hub, monkeypatch):
    hub.pages["/a"] = Page(b'{"versionNumber": 3}')
    assert answer(hub.url + "/a", "x") == b'{"versionNumber": 3}'
    monkeypatch.setattr(remote, "ANSWER_LIMIT", 10)

    with pytest.raises(LimitExceeded, match="too long"):
        answer(hub.url + "/a", "x")
