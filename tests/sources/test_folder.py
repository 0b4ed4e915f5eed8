"""A folder gives its own files, and nothing that lies outside, whoever asks for it."""

from __future__ import annotations

import os

import pytest

from paramcount.errors import SourceMissing, SourceUnreadable, UnsafeFile
from paramcount.sources.folder import LocalFolder, checked, need


@pytest.fixture
def home(tmp_path):
    """A folder with a file, a folder in it with a file, and a file beside it that is none of its business."""
    (tmp_path / "model" / "variables").mkdir(parents=True)
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "model" / "variables" / "variables.index").write_bytes(b"index")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "model"


def content(folder: LocalFolder, name: str) -> bytes:
    source = folder.open(name)
    return source.read(0, source.size)


def test_names_are_sorted_and_folders_have_a_slash(home):
    with LocalFolder(str(home)) as folder:
        assert ["saved_model.pb", "variables/"] == folder.names()


def test_files_are_opened_once_and_closed_together(home):
    with LocalFolder(str(home)) as folder:
        first = folder.open("saved_model.pb")
        assert first is folder.open("saved_model.pb")
        assert b"index" == content(folder, "variables/variables.index")
        assert b"graph" == first.read(0, 5)
        number = first._fd
        os.fstat(number)
    assert first._fd != number


def test_sizes_are_those_of_the_files_that_were_opened(home):
    with LocalFolder(str(home)) as folder:
        assert (0, 0) == (folder.size, folder.bytes_read)
        content(folder, "saved_model.pb")
        assert (5, 5) == (folder.size, folder.bytes_read)
        content(folder, "variables/variables.index")
        assert 10 == folder.size


@pytest.mark.parametrize("name", ["absent", "variables", "variables/absent", "saved_model.pb/x"])
def test_what_is_no_file_is_none(home, name):
    with LocalFolder(str(home)) as folder:
        assert folder.open(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "..", "../secret", "variables/../../secret", "variables/..", "/etc/passwd", "\\share\\file",
        "variables\\..\\..\\secret", "a\0b", "./../secret",
    ],
)  # fmt: skip
def test_a_name_that_leads_out_is_refused(home, name):
    with pytest.raises(UnsafeFile, match="leads out"):
        checked(name, "here")
    with LocalFolder(str(home)) as folder, pytest.raises(UnsafeFile, match="leads out"):
        folder.open(name)


@pytest.mark.parametrize("name", ["a", "a/b", "..a", "a..", "a/...", "a b", "ä", "a:b/c"[2:]])
def test_a_name_that_stays_inside_is_taken_as_it_is(name):
    assert name == checked(name, "here")


def test_an_endless_name_is_shown_in_part():
    with pytest.raises(UnsafeFile) as caught:
        checked("/" + "x" * 100_000, "here")
    assert len(str(caught.value)) < 1000


def test_a_link_out_of_the_folder_is_refused_and_says_where_it_leads(home):
    (home / "link").symlink_to(home.parent / "secret")
    (home / "more").symlink_to(home.parent)
    with LocalFolder(str(home)) as folder:
        for name in ("link", "more/secret"):
            with pytest.raises(UnsafeFile, match="link leads out") as caught:
                folder.open(name)
            assert str(home.parent / "secret") in str(caught.value)


def test_a_link_to_a_folder_whose_name_begins_alike_is_refused(home):
    beside = home.parent / "model2"
    beside.mkdir()
    (beside / "file").write_bytes(b"secret")
    (home / "link").symlink_to(beside / "file")
    with LocalFolder(str(home)) as folder, pytest.raises(UnsafeFile):
        folder.open("link")


def test_a_link_inside_the_folder_is_followed(home):
    (home / "link").symlink_to("variables/variables.index")
    with LocalFolder(str(home)) as folder:
        assert b"index" == content(folder, "link")


def test_a_folder_may_be_named_by_a_link(home):
    link = home.parent / "link"
    link.symlink_to(home)
    with LocalFolder(str(link)) as folder:
        assert b"index" == content(folder, "variables/variables.index")


@pytest.mark.parametrize("name", ["dangling", "round"])
def test_a_link_to_nothing_is_no_file(home, name):
    (home / "dangling").symlink_to("nowhere")
    (home / "round").symlink_to("round")
    with LocalFolder(str(home)) as folder:
        assert folder.open(name) is None


@pytest.mark.parametrize("above", ["", "snapshots/of/mine", "blobs"])
@pytest.mark.parametrize("inner", ["", "variables"])
def test_links_into_the_blobs_of_the_hub_of_hugging_face_are_followed(tmp_path, above, inner):
    repository = tmp_path / above / "models--owner--name"
    snapshot = repository / "snapshots" / "0123abcd" / inner
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "blobs" / "e3b0").write_bytes(b"blob")
    (snapshot / "file").symlink_to(os.path.relpath(repository / "blobs" / "e3b0", snapshot))
    with LocalFolder(str(snapshot)) as folder:
        assert b"blob" == content(folder, "file")


def test_links_into_the_blobs_of_another_repository_are_refused(tmp_path):
    snapshot = tmp_path / "models--a--b" / "snapshots" / "0123"
    other = tmp_path / "models--c--d" / "blobs"
    snapshot.mkdir(parents=True)
    other.mkdir(parents=True)
    (other / "e3b0").write_bytes(b"blob")
    (tmp_path / "models--a--b" / "refs").mkdir()
    (tmp_path / "models--a--b" / "refs" / "main").write_bytes(b"0123")
    (snapshot / "other").symlink_to(other / "e3b0")
    (snapshot / "refs").symlink_to(tmp_path / "models--a--b" / "refs" / "main")
    with LocalFolder(str(snapshot)) as folder:
        for name in ("other", "refs"):
            with pytest.raises(UnsafeFile):
                folder.open(name)


def test_what_must_be_there_and_is_not_says_what_it_is(home):
    with LocalFolder(str(home)) as folder:
        assert 5 == need(folder, "saved_model.pb", "The model is missing").size
        with pytest.raises(SourceMissing, match="A shard is missing") as caught:
            need(folder, "shard", "A shard is missing")
        assert f"{home}/shard" in str(caught.value)


def test_a_folder_that_cannot_be_listed_says_so(tmp_path):
    with pytest.raises(SourceUnreadable, match="cannot be listed"):
        LocalFolder(str(tmp_path / "absent")).names()
