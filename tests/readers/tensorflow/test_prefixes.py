"""Which checkpoint a path names: any of its files, what they have in common, or the folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from paramcount.errors import NotAModel, ParamcountError, SourceMissing, UnsafeFile
from paramcount.readers.tensorflow.bundle import read_bundle
from paramcount.readers.tensorflow.prefixes import find, kind_of, latest_in, v1_files
from paramcount.sources.bytesource import MemoryBytes
from paramcount.sources.folder import LocalFolder
from readers.tensorflow import bundle_maker as make

if TYPE_CHECKING:
    from pathlib import Path

INDEX = make.bundle(make.floats(w=(2,)))
FIRST = make.first_format(make.floats(w=(2,)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two checkpoints, of which the second is the latest."""
    for name in ("ckpt-5", "ckpt-6"):
        (tmp_path / f"{name}.index").write_bytes(INDEX)
        (tmp_path / f"{name}.data-00000-of-00001").write_bytes(bytes(8))
        (tmp_path / f"{name}.meta").write_bytes(make.meta_graph({}))
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "ckpt-6"\nall_model_checkpoint_paths: "ckpt-5"\n')
    return tmp_path


def found(path: Path | str) -> tuple[str, str] | None:
    """The folder and the prefix that a path names."""
    result = find(str(path))
    if result is None:
        return None
    with result[0] as folder:
        return folder.name, result[1]


class TestFiles:
    @pytest.mark.parametrize("ending", ["", ".index", ".meta", ".data-00000-of-00001"])
    def test_any_file_of_a_checkpoint_names_it(self, folder, ending):
        assert found(folder / f"ckpt-5{ending}") == (str(folder), "ckpt-5")

    def test_a_bare_name_is_in_the_working_folder(self, folder, monkeypatch):
        monkeypatch.chdir(folder)
        assert found("ckpt-5") == (".", "ckpt-5")
        assert found(".") == (".", "ckpt-6")
        assert found("checkpoint") == (".", "ckpt-6")

    def test_the_index_that_is_found_can_be_read(self, folder):
        result = find(str(folder / "ckpt-5"))
        assert result is not None
        with result[0] as opened:
            source = opened.open("ckpt-5.index")
            assert source is not None
            assert read_bundle(source).elements() == 2

    @pytest.mark.parametrize(
        "name", ["other", "ckpt-5.txt", "ckpt-5.data-0-of-1", "ckpt.data-00000-of-00001", "ckpt-5.index/x", "x\0y", ""]
    )
    def test_other_paths_name_none(self, folder, name):
        assert found(folder / "sub" / name if not name else str(folder / name)) is None

    @pytest.mark.parametrize("data", [b"", b"text", bytes(100), make.table({b"a": b"b"}), b"\x89HDF\r\n\x1a\n" * 9])
    def test_files_of_other_content_are_none(self, tmp_path, data):
        for name in ("model", "model.meta", "checkpoint", "thing.index"):
            (tmp_path / name).write_bytes(data)
        for name in ("model", "model.meta", "checkpoint", "thing.index", ""):
            assert found(tmp_path / name) is None

    def test_a_part_without_its_index_says_what_is_missing(self, folder):
        (folder / "ckpt-5.index").unlink()
        with pytest.raises(SourceMissing, match=r"index is missing.*ckpt-5\.index"):
            find(str(folder / "ckpt-5.data-00000-of-00001"))
        assert found(folder / "ckpt-5.meta") is None

    def test_an_index_that_is_cut_off_is_still_what_the_name_means(self, folder):
        (folder / "ckpt-5.index").write_bytes(INDEX[:-9])
        assert found(folder / "ckpt-5") == (str(folder), "ckpt-5")

    def test_a_link_out_of_the_folder_is_refused(self, folder, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.index"
        elsewhere.write_bytes(INDEX)
        (folder / "link.index").symlink_to(elsewhere)
        with pytest.raises(UnsafeFile, match="link leads out"):
            find(str(folder / "link"))


class TestFolders:
    def test_the_latest_is_what_the_file_says(self, folder):
        assert found(folder) == (str(folder), "ckpt-6")
        assert found(str(folder) + os.sep) == (str(folder) + os.sep, "ckpt-6")
        assert found(folder / "checkpoint") == (str(folder), "ckpt-6")

    def test_the_only_one_needs_no_such_file(self, folder):
        (folder / "checkpoint").unlink()
        (folder / "ckpt-6.index").unlink()
        (folder / "notes.index").write_text("words")
        assert found(folder) == (str(folder), "ckpt-5")

    def test_of_several_one_must_be_named(self, folder):
        (folder / "checkpoint").unlink()
        with pytest.raises(NotAModel, match=r"several checkpoints.*ckpt-5\.index, ckpt-6\.index.*Name one"):
            find(str(folder))

    def test_a_folder_without_checkpoints_is_none(self, tmp_path):
        assert found(tmp_path) is None
        assert found(tmp_path / "nowhere") is None

    def test_a_folder_may_have_the_name_of_a_checkpoint_beside_it(self, folder):
        (folder / "ckpt-5").mkdir()
        assert found(folder / "ckpt-5") == (str(folder), "ckpt-5")

    def test_many_indexes_are_not_opened_one_by_one(self, tmp_path):
        for number in range(100):
            (tmp_path / f"{number}.index").write_bytes(b"x")
        with pytest.raises(NotAModel, match="several"):
            find(str(tmp_path))


class TestLatest:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ('model_checkpoint_path: "ckpt-1"', "ckpt-1"),
            ('all_model_checkpoint_paths: "a"\n  model_checkpoint_path : "b"\n', "b"),
            ("model_checkpoint_path: 'c'\r\n", "c"),
            (r'model_checkpoint_path: "C:\\runs\\ckpt"', r"C:\runs\ckpt"),
            (r'model_checkpoint_path: "a\"b\'c\n\303\244\x"', "a\"b'c\näx"),
            ('model_checkpoint_path: "open', ""),
            ("model_checkpoint_path: bare", ""),
            ('xmodel_checkpoint_path: "a"', ""),
            (r'model_checkpoint_path: "\377"', ""),
            ('model_checkpoint_path: ""', ""),
            ("", ""),
        ],
    )
    def test_the_path_is_a_quoted_text(self, text, path):
        assert latest_in(text.encode()) == path

    def name(self, folder: Path, path: str) -> None:
        text = path.replace("\\", "\\\\")
        (folder / "checkpoint").write_text(f'model_checkpoint_path: "{text}"\n')

    @pytest.mark.parametrize("path", ["/home/me/run 1/ckpt-5", r"C:\runs\1\ckpt-5", "./ckpt-5", r"\\host\share\ckpt-5"])
    def test_an_absolute_path_is_where_it_was_written_and_looked_for_here(self, folder, path):
        self.name(folder, path)
        assert found(folder) == (str(folder), "ckpt-5")

    def test_a_path_may_lead_further_into_the_folder(self, folder):
        (folder / "run").mkdir()
        (folder / "run" / "ckpt-1.index").write_bytes(INDEX)
        self.name(folder, "run/ckpt-1")
        assert found(folder) == (str(folder), "run/ckpt-1")

    def test_a_path_may_not_lead_out_of_it(self, folder):
        (folder / "inner").mkdir()
        self.name(folder / "inner", "../ckpt-5")
        with pytest.raises(UnsafeFile, match="leads out of the folder"):
            find(str(folder / "inner"))

    def test_an_absolute_path_that_is_there_is_not_followed_out(self, folder):
        (folder / "inner").mkdir()
        self.name(folder / "inner", str(folder / "ckpt-5"))
        with pytest.raises(SourceMissing, match="latest checkpoint of this folder is not in it"):
            find(str(folder / "inner"))

    def test_one_that_is_not_there_is_named(self, folder):
        self.name(folder, "ckpt-7")
        with pytest.raises(SourceMissing, match=r"ckpt-7.*ckpt-7\.index"):
            find(str(folder))

    def test_the_others_are_listed(self, folder):
        self.name(folder, "ckpt-7")
        with pytest.raises(SourceMissing, match=r"there are ckpt-5\.index, ckpt-6\.index"):
            find(str(folder))

    def test_the_only_one_that_is_there_is_meant(self, folder):
        self.name(folder, "/elsewhere/training/ckpt-7")
        (folder / "ckpt-6.index").unlink()
        assert found(folder) == found(folder / "checkpoint") == (str(folder), "ckpt-5")

    def test_a_prefix_may_be_empty(self, tmp_path):
        (tmp_path / ".index").write_bytes(INDEX)
        self.name(tmp_path, "/elsewhere/training/")
        assert found(tmp_path) == (str(tmp_path), "")

    def test_a_file_of_that_name_that_says_nothing_is_passed_over(self, folder):
        (folder / "checkpoint").write_bytes(b"\x80\x04 a pickle")
        (folder / "ckpt-6.index").unlink()
        assert found(folder) == (str(folder), "ckpt-5")


class TestFirstFormat:
    def shards(self, folder: Path, number: int, of: int) -> None:
        for shard in range(number):
            (folder / f"model.ckpt-{shard:05d}-of-{of:05d}").write_bytes(FIRST)

    @pytest.mark.parametrize("name", ["model.ckpt", "model.ckpt.meta", "checkpoint", ""])
    def test_it_is_one_file_without_an_ending(self, tmp_path, name):
        (tmp_path / "model.ckpt").write_bytes(FIRST)
        (tmp_path / "model.ckpt.meta").write_bytes(make.meta_graph({}))
        (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/somewhere/model.ckpt"')
        result = found(tmp_path / name)
        assert result is not None
        assert result[1] == "model.ckpt"

    @pytest.mark.parametrize(
        "name", ["model.ckpt", "model.ckpt-?????-of-00003", "model.ckpt-00001-of-00003", "checkpoint", ""]
    )
    def test_it_may_be_several(self, tmp_path, name):
        self.shards(tmp_path, 3, 3)
        (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-?????-of-00003"')
        result = found(tmp_path / name)
        assert result is not None
        assert result[1] == "model.ckpt"
        with LocalFolder(str(tmp_path)) as folder:
            assert v1_files(folder, "model.ckpt") == [f"model.ckpt-0000{shard}-of-00003" for shard in range(3)]

    def test_a_shard_that_is_missing_is_named(self, tmp_path):
        self.shards(tmp_path, 2, 3)
        with pytest.raises(SourceMissing, match="shard of the checkpoint is missing"):
            find(str(tmp_path / "model.ckpt"))


def test_what_a_table_is_is_told_by_its_first_entry():
    def kind(data: bytes, name: str = "file") -> str:
        return kind_of(MemoryBytes(data, name))

    assert kind(INDEX) == "bundle"
    assert kind(FIRST) == "v1"
    assert kind(make.first_format(make.floats(w=(2,)), packed=True)) == "v1"
    assert kind(make.table({b"a": b"b"})) == ""
    assert kind(make.table({})) == ""
    assert kind(b"text") == ""
    assert kind_of(None) == ""


def test_a_broken_table_is_an_index_only_by_its_name():
    broken = b"\xff" * 100 + INDEX[-8:]
    assert kind_of(MemoryBytes(broken, "ckpt.index")) == "bundle"
    assert kind_of(MemoryBytes(broken, "file")) == ""
    with pytest.raises(ParamcountError):
        read_bundle(MemoryBytes(broken, "ckpt.index"))
