"""Which of TensorFlow's forms a file or folder is: by content, and by what lies beside it."""

from __future__ import annotations

import zipfile

import pytest

import paramcount
from paramcount.errors import CorruptFile, NotAModel, ParamcountError, UnsupportedFormat, UsageError
from paramcount.readers import read
from paramcount.report import Report
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.saved_model_maker import (
    Objects,
    checkpoint_files,
    meta_graph,
    model_files,
    saved_model,
    write,
)
from tensorflow_files import const, convolution, graph


def dense(units: int = 4) -> Objects:
    objects = Objects()
    objects.dense(0, "dense", 3, units)
    return objects


def total(path) -> tuple[str, int | None]:
    report = paramcount.count(path)
    assert report.reconcile().holds
    return report.source.format, report.total


def test_a_folder_with_a_definition_is_a_saved_model(tmp_path):
    assert ("saved-model", 16) == total(write(tmp_path, model_files(dense())))


def test_the_definition_may_be_named_itself(tmp_path):
    assert ("saved-model", 16) == total(write(tmp_path, model_files(dense())) / "saved_model.pb")


def test_a_definition_under_another_name_is_told_by_its_content(tmp_path):
    (tmp_path / "anything.bin").write_bytes(saved_model(meta_graph(dense(), nodes=[const("c", ())])))
    report = paramcount.count(tmp_path / "anything.bin")

    assert ("saved-model", 16) == (report.source.format, report.total)
    assert ["values-missing"] == [finding.id for finding in report.findings]


def test_a_definition_as_text_is_told_by_its_first_field(tmp_path):
    nodes = 'nodes { variable { dtype: DT_FLOAT name: "w" } }'
    text = f"saved_model_schema_version: 1\nmeta_graphs {{ object_graph_def {{ {nodes} }} }}"
    (tmp_path / "saved_model.pbtxt").write_text(text)

    assert ("saved-model", 1) == total(tmp_path)
    assert ("saved-model", 1) == total(tmp_path / "saved_model.pbtxt")


@pytest.mark.parametrize("name", ["", "ckpt", "ckpt.index", "ckpt.data-00000-of-00001"])
def test_a_checkpoint_may_be_named_by_its_folder_its_prefix_or_a_file(tmp_path, name):
    assert ("tf-checkpoint", 16) == total(write(tmp_path, checkpoint_files(dense())) / name)


def test_the_latest_of_several_checkpoints_is_the_one_that_the_list_names(tmp_path):
    files = checkpoint_files(dense(), "ckpt-1") | checkpoint_files(dense(8), "ckpt-2")
    files["checkpoint"] = b'model_checkpoint_path: "ckpt-2"\n'

    assert ("tf-checkpoint", 32) == total(write(tmp_path, files))
    assert ("tf-checkpoint", 16) == total(tmp_path / "ckpt-1")


def test_several_checkpoints_without_a_list_are_refused(tmp_path):
    write(tmp_path, checkpoint_files(dense(), "ckpt-1") | checkpoint_files(dense(8), "ckpt-2"))
    with pytest.raises(NotAModel):
        total(tmp_path)


def test_a_saved_model_comes_before_a_checkpoint_beside_it(tmp_path):
    assert ("saved-model", 16) == total(write(tmp_path, model_files(dense()) | checkpoint_files(dense(8))))


def test_the_newest_of_several_versions_is_counted_and_said(tmp_path):
    for number, units in (("1", 2), ("9", 4), ("10", 8), ("x", 3)):
        write(tmp_path / number, model_files(dense(units)))
    (tmp_path / "11").mkdir()
    report = paramcount.count(tmp_path)

    assert 32 == report.total
    assert "newest-version" == report.findings[0].id
    for words in ("3 versions", "10"):
        assert words in report.findings[0].message


def test_the_only_version_is_counted_without_a_word(tmp_path):
    write(tmp_path / "00000123", model_files(dense()))
    report = paramcount.count(tmp_path)

    assert (16, ()) == (report.total, tuple(report.findings))


def test_tags_choose_the_graph_of_a_folder_a_file_and_a_version(tmp_path):
    data = saved_model(meta_graph(dense(), ("serve",)), meta_graph(dense(8), ("train",)))
    write(tmp_path / "1", {"saved_model.pb": data})
    for path in (tmp_path, tmp_path / "1", tmp_path / "1" / "saved_model.pb"):
        assert 32 == Report(read(str(path), tags=["train"])).total
        with pytest.raises(UsageError, match="No graph"):
            read(str(path), tags=["other"])


def test_tags_are_refused_for_what_has_no_graphs(tmp_path):
    write(tmp_path, checkpoint_files(dense()))
    with pytest.raises(UsageError, match="Tags are for a SavedModel"):
        read(str(tmp_path), tags=["serve"])


def test_a_graph_alone_is_told_from_a_saved_model(tmp_path):
    (tmp_path / "model.pb").write_bytes(graph(const("dense/kernel", (3, 4)), const("dense/bias", (4,))))

    assert total(tmp_path / "model.pb")[0] not in ("saved-model", "tf-checkpoint")


def test_the_graph_of_a_checkpoint_alone_is_counted(tmp_path):
    definition = make.variable_def("dense/kernel")
    data = make.meta_graph(
        {"variables": [definition], "trainable_variables": [definition]}, [make.variable_node("dense/kernel", (3, 4))]
    )
    (tmp_path / "alone.pb").write_bytes(data)

    assert ("tf-meta-graph", 12) == total(tmp_path / "alone.pb")


def test_the_graph_of_a_checkpoint_without_variables_says_so(tmp_path):
    (tmp_path / "alone.pb").write_bytes(make.meta_graph({}, [make.variable_node("x", (2,), op="Placeholder")]))
    with pytest.raises(UnsupportedFormat, match="no variables"):
        total(tmp_path / "alone.pb")


def test_a_model_of_tensorflow_lite_is_told_by_its_mark(tmp_path):
    (tmp_path / "model.bin").write_bytes(convolution())

    assert 224 == total(tmp_path / "model.bin")[1]


@pytest.mark.parametrize(
    "data", [b"\x08", b"\x0a\x05hello world", b"\x12\xff", b"\x22\x01x", b"\x08\x01\x12\x00", b"hello"]
)
def test_what_only_begins_like_a_message_is_no_model(tmp_path, data):
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ParamcountError):
        total(tmp_path / "file")


def test_a_folder_without_a_model_is_none(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NotAModel):
        total(tmp_path)


def test_an_empty_definition_is_refused(tmp_path):
    write(tmp_path, {"saved_model.pb": b"\x08\x01"})
    with pytest.raises(CorruptFile, match="no graph"):
        total(tmp_path)


@pytest.mark.parametrize("text", ['{"a": 1}', '{"architectures": ["Bert"], "model_type": "bert"}', "no JSON", "[]"])
def test_a_config_of_something_else_beside_a_model_is_passed_over(tmp_path, text):
    for name, files in (("saved", model_files(dense())), ("tracked", checkpoint_files(dense()))):
        (write(tmp_path / name, files) / "config.json").write_text(text)
    packed = tmp_path / "saved.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in (tmp_path / "saved").rglob("*"):
            archive.write(file, file.relative_to(tmp_path / "saved"))

    assert ("saved-model", 16) == total(tmp_path / "saved") == total(packed)
    assert ("tf-checkpoint", 16) == total(tmp_path / "tracked")


def test_a_folder_with_a_config_of_something_else_says_what_it_holds(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(CorruptFile, match="class_name"):
        read(str(tmp_path))
    (tmp_path / "tf_model.h5").write_bytes(b"?")
    with pytest.raises(NotAModel, match=r"holds some.*tf_model\.h5"):
        read(str(tmp_path))


@pytest.mark.parametrize("name", ["weights", "model.ckpt", "model (1)/ckpt-1", "a:b"])
def test_a_checkpoint_is_found_by_a_name_that_could_be_something_else(tmp_path, monkeypatch, name):
    for path, data in checkpoint_files(dense()).items():
        target = tmp_path / path.replace("ckpt", name, 1)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    monkeypatch.chdir(tmp_path)

    assert ("tf-checkpoint", 16) == total(name)
