"""A handle, an address or an archive is counted like the folder that it stands for."""

from __future__ import annotations

import hashlib
import io

import pytest

import paramcount
from archives import DATA, noise, real_files, tarred, tgz, zipped
from hub_server import Hub, Page
from paramcount.cli.main import main
from paramcount.cli.progress import Line, line_on, watched
from paramcount.errors import FetchFailed, NotAModel, SourceMissing, UsageError
from paramcount.report import Report
from paramcount.resolve import resolve
from paramcount.sources import remote

HANDLE = "google/small/2"
PATH = "/google/small/2?tf-hub-format=compressed"
KAGGLE = "google/small/tensorFlow2/tiny"


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    """A server in place of both hubs, empty caches, and an empty folder to be in."""
    server = Hub()
    monkeypatch.setattr(remote, "PAUSE", 0)
    monkeypatch.chdir(tmp_path)
    for name in ("PARAMCOUNT_OFFLINE", "KAGGLE_USERNAME", "KAGGLE_KEY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "no_proxy": "*", "PARAMCOUNT_TFHUB_URL": server.url, "PARAMCOUNT_KAGGLE_URL": server.url,
        "TFHUB_CACHE_DIR": str(tmp_path / ".tfhub"), "KAGGLEHUB_CACHE": str(tmp_path / ".kagglehub"),
        "KAGGLE_CONFIG_DIR": str(tmp_path / ".kaggle"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    yield server
    server.close()


def counted(name: str, **options) -> Report:
    report = Report(resolve(name, **options))
    assert report.reconcile().holds
    return report


def numbers(name: str, **options) -> tuple[int | None, int | None]:
    report = counted(name, **options)
    return report.total, report.trainable


def write(folder, files) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.mark.parametrize("prefix", ["./", "", "small/", "./a/2/"])
@pytest.mark.parametrize("pack", [tgz, tarred, zipped])
def test_a_handle_is_fetched_and_counted(hub, pack, prefix):
    hub.pages[PATH] = Page(status=302, location="/storage/small.tar.gz")
    hub.pages["/storage/small.tar.gz"] = Page(pack(real_files(), prefix))
    report = counted(HANDLE)

    assert (report.total, report.trainable) == (25, 20)
    assert report.source.format == "saved-model"
    assert report.source.path == HANDLE + ("::" + prefix.strip("./") if prefix.strip("./") else "")
    assert report.source.size_bytes is None


@pytest.mark.parametrize(
    "name", [HANDLE, f"tfhub.dev/{HANDLE}", f"https://tfhub.dev/{HANDLE}", f"http://tfhub.dev/{HANDLE}/"]
)
def test_every_form_of_a_handle_is_fetched_from_one_place(hub, name):
    hub.pages[PATH] = Page(tgz(real_files()))

    assert numbers(name) == (25, 20)
    assert [path for path, _ in hub.asked] == [PATH]


def test_as_little_as_possible_is_fetched(hub):
    files = real_files(data=noise(8 << 20))
    first = {name: data for name, data in files.items() if name != DATA}
    hub.pages[PATH] = Page(tgz({**first, DATA: files[DATA]}))
    report = counted(HANDLE)

    assert report.total == 25
    assert report.source.bytes_read < 1 << 18


def test_weights_before_the_index_pass_and_dropped_connections_go_on(hub):
    hub.pages[PATH] = Page(tgz(real_files(data=noise(1 << 20))), drops=[300_000, 100_000, 0])
    seen: list[tuple[int, int | None]] = []
    report = counted(HANDLE, progress=lambda *now: seen.append(now))

    assert report.total == 25
    assert report.source.bytes_read > 1 << 20
    assert seen[-1][1] > 1 << 20
    assert len(hub.asked) == 4


@pytest.mark.parametrize("name", [f"{KAGGLE}/3", f"https://www.kaggle.com/models/{KAGGLE}/3", f"kaggle://{KAGGLE}/3"])
def test_a_version_on_kaggle_is_fetched(hub, name):
    hub.pages[f"/api/v1/models/{KAGGLE}/3/download"] = Page(tgz(real_files()))

    assert numbers(name) == (25, 20)


def test_the_newest_version_on_kaggle_is_asked_for(hub):
    hub.pages[f"/api/v1/models/{KAGGLE}/get"] = Page(b'{"versionNumber": 7, "slug": "tiny"}')
    hub.pages[f"/api/v1/models/{KAGGLE}/7/download"] = Page(tgz(real_files()))

    assert numbers(KAGGLE) == (25, 20)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"versionNumber": true}', b'{"versionNumber": "7"}',
                                  b'{"versionNumber": 0}', b"[" * 100_000])  # fmt: skip
def test_a_version_that_is_not_told_is_to_be_named(hub, body):
    hub.pages[f"/api/v1/models/{KAGGLE}/get"] = Page(body)

    with pytest.raises(FetchFailed, match="which version is the newest"):
        resolve(KAGGLE)


def test_the_address_of_an_archive_is_fetched_as_it_is(hub):
    hub.pages["/models/small.tar.gz"] = Page(tgz(real_files(), "small/"))
    hub.pages["/models/small.zip?download=1"] = Page(zipped(real_files()))

    assert numbers(f"{hub.url}/models/small.tar.gz") == (25, 20)
    assert numbers(f"{hub.url}/models/small.zip?download=1") == (25, 20)


def several() -> dict[str, bytes]:
    return {f"{rows}/{name}": data for rows in (4, 6) for name, data in real_files(rows).items()}


@pytest.mark.parametrize("pack", [tgz, zipped])
def test_one_of_several_models_is_chosen(hub, tmp_path, pack):
    data = pack(several(), "models/")
    (tmp_path / "both").write_bytes(data)
    hub.pages["/both"] = Page(data)

    for name in ("both", f"{hub.url}/both"):
        assert numbers(f"{name}::models/6") == (35, 30)
        assert counted(f"{name}::models/4").source.path == f"{name}::models/4"
        with pytest.raises(NotAModel, match="no SavedModel in models/5"):
            resolve(f"{name}::models/5")
    with pytest.raises(UsageError, match="several models"):
        resolve("both")


def test_an_archive_on_disk_says_how_much_of_it_was_read(tmp_path):
    first = {name: data for name, data in real_files().items() if name != DATA}
    data = tgz({**first, DATA: noise(4 << 20)})
    (tmp_path / "small.tar.gz").write_bytes(data)
    report = counted("small.tar.gz")

    assert report.total == 25
    assert report.source.size_bytes == len(data)
    assert report.source.bytes_read < 1 << 18


def test_a_folder_is_no_archive_to_look_into(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(UsageError, match="Name folder/1"):
        resolve("folder::1")
    with pytest.raises(SourceMissing, match="no such file"):
        resolve("missing.tar.gz::1")


def test_a_path_wins_over_a_handle(hub, tmp_path):
    write(tmp_path / HANDLE, real_files(6))

    assert numbers(HANDLE) == (35, 30)
    assert hub.asked == []


def test_a_model_in_a_cache_is_not_fetched(hub, tmp_path):
    name = hashlib.sha1(f"https://tfhub.dev/{HANDLE}".encode(), usedforsecurity=False).hexdigest()
    write(tmp_path / ".tfhub" / name, real_files(6))
    home = tmp_path / ".kagglehub" / "models" / KAGGLE
    write(home / "3", real_files(8))
    (home / "3.complete").touch()

    assert numbers(HANDLE) == (35, 30)
    assert counted(HANDLE).source.path == str(tmp_path / ".tfhub" / name)
    assert numbers(KAGGLE) == (45, 40)
    assert numbers(f"{KAGGLE}/3") == (45, 40)
    assert hub.asked == []


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><title>Models</title>", b"\n <HTML><body>Sign in"])
def test_a_page_in_place_of_an_archive_is_named(hub, body):
    hub.pages[PATH] = Page(body)

    with pytest.raises(FetchFailed, match=r"a web page, not an archive.*moved, or need a login"):
        resolve(HANDLE)


@pytest.mark.parametrize("body", [b"", b"\x89HDF\r\n\x1a\n" + bytes(600), b"text"])
def test_something_else_in_place_of_an_archive_is_named(hub, body):
    hub.pages[PATH] = Page(body)

    with pytest.raises(FetchFailed, match=r"no archive.*download it"):
        resolve(HANDLE)


def test_an_archive_of_something_else_is_named(hub):
    hub.pages[PATH] = Page(tgz({"readme.txt": b"text"}))

    with pytest.raises(NotAModel, match=r"no SavedModel.*readme\.txt"):
        resolve(HANDLE)


def test_a_missing_model_may_be_a_path_that_is_misspelled():
    with pytest.raises(FetchFailed, match=r"no such model.*If a path was meant: nothing is there"):
        resolve(HANDLE)
    with pytest.raises(FetchFailed) as caught:
        resolve(f"https://tfhub.dev/{HANDLE}")
    assert "path" not in str(caught.value)


@pytest.mark.parametrize("name", ["google/foo.keras", "google/small/model.h5", "models/mine", "./google/small/2"])
def test_a_missing_file_is_never_looked_for_elsewhere(hub, name):
    with pytest.raises(SourceMissing):
        resolve(name)
    assert hub.asked == []


def test_offline_is_said_in_one_sentence(hub, monkeypatch):
    monkeypatch.setenv("PARAMCOUNT_OFFLINE", "1")

    with pytest.raises(FetchFailed, match=r"in no cache on this machine, and PARAMCOUNT_OFFLINE forbids"):
        resolve(HANDLE)


def test_a_fetched_model_takes_no_input_shape(hub):
    hub.pages[PATH] = Page(tgz(real_files()))
    with pytest.raises(UsageError, match="has its shapes"):
        resolve(HANDLE, input_shape=(4,))


def test_the_command_line_and_python_take_handles(hub):
    hub.pages[PATH] = Page(tgz(real_files()))
    out, err = io.StringIO(), io.StringIO()

    assert main([HANDLE], out, err) == 0
    assert out.getvalue().startswith(f"{HANDLE} · ")
    assert "on disk" not in out.getvalue().splitlines()[0]
    assert err.getvalue() == ""
    assert paramcount.count(f"https://tfhub.dev/{HANDLE}").total == 25
    assert main(["google/small/3"], out, err) == 2
    assert "[fetch-failed]" in err.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_goes_away():
    stream = Terminal()
    line = line_on(stream)
    assert line is not None
    for fetched in (1000, 1000, 2048, 3 << 20):
        line(fetched, 4 << 20)
    line(5 << 20, None)
    line.clear()
    line.clear()

    drawn = stream.getvalue().split("\r")
    assert [text.rstrip() for text in drawn] == [
        "", "fetched 1000 B of 4.0 MiB", "fetched 2.0 KiB of 4.0 MiB", "fetched 3.0 MiB of 4.0 MiB", "fetched 5.0 MiB",
        "", "",
    ]  # fmt: skip
    assert "\n" not in stream.getvalue()
    assert drawn[-1] == ""


def test_nobody_is_shown_progress_in_a_file():
    assert line_on(io.StringIO()) is None
    quiet = Terminal()
    Line(quiet).clear()
    assert quiet.getvalue() == ""


def test_the_line_is_gone_before_anything_else_is_said():
    stream = Terminal()

    def failing(name, progress=None):
        progress(5000, None)
        raise FetchFailed("dropped", where=name)

    with pytest.raises(FetchFailed):
        watched(failing, HANDLE, {}, stream)
    assert stream.getvalue().endswith("\r")
    assert watched(lambda name, **options: (name, options), HANDLE, {"tags": None}, io.StringIO()) == (
        HANDLE, {"tags": None},
    )  # fmt: skip


def test_progress_of_a_real_download_is_shown(hub):
    hub.pages[PATH] = Page(tgz(real_files(data=noise(1 << 20))))
    stream = Terminal()
    report = watched(lambda name, **options: Report(resolve(name, **options)), HANDLE, {}, stream)

    assert report.total == 25
    assert "fetched 1.0 MiB of 1.0 MiB" in stream.getvalue()
    assert stream.getvalue().endswith("\r")
