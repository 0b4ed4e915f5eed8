"""What a file is, told by its content; what is no model is named for what it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import paramcount

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 98765\n"


@pytest.mark.parametrize(
    ("content", "slug", "words"),
    [
        (b"", "empty-file", "empty"),
        (LFS.encode(), "lfs-pointer", "98765 bytes"),
        (b"GGUF\0\0\0\0", "unsupported-format", "GGUF"),
        (b"\x80\x02}q\x00.", "unsupported-format", "pickle"),
        (b"<!DOCTYPE html><html>404", "unsupported-format", "web page"),
        (b"\x1c\0\0\0TFL3\0\0", "corrupt-file", "offset"),
        (b"anything else", "not-a-model", "anything"),
        (b'{"a": 1}', "unsupported-format", "JSON"),
        (b"{", "corrupt-file", "JSON"),
        (b"\x89HDF\r\n\x1a\n", "truncated-file", ""),
        (b"PK\x03\x04 cut off", "truncated-file", ""),
    ],
)
def test_a_file_that_is_no_model_is_named_for_what_it_is(tmp_path, content, slug, words):
    path = tmp_path / "model.keras"
    path.write_bytes(content)

    with pytest.raises(paramcount.ParamcountError) as caught:
        paramcount.count(path)

    assert slug == caught.value.slug
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_nothing_at_the_path_is_said(tmp_path):
    with pytest.raises(paramcount.ParamcountError, match="no such file"):
        paramcount.count(tmp_path / "gone.keras")


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_a_text_that_is_no_path_is_said(path):
    with pytest.raises(paramcount.ParamcountError, match="no path"):
        paramcount.count(path)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(paramcount.ParamcountError, match="no files"):
        paramcount.count(tmp_path)


def test_an_empty_saved_model_is_no_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")

    with pytest.raises(paramcount.ParamcountError, match=r"saved_model\.pb: The file is empty"):
        paramcount.count(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")

    with pytest.raises(paramcount.ParamcountError, match="ordinary file"):
        paramcount.count(tmp_path / "pipe.keras")


def test_a_config_alone_is_counted_by_its_formulas(tmp_path):
    path = tmp_path / "model.json"
    layers = '[{"class_name": "Dense", "config": {"name": "dense", "units": 5, "batch_input_shape": [null, 3]}}]'
    path.write_text('{"class_name": "Sequential", "config": ' + layers + "}", encoding="utf-8")

    report = paramcount.count(path)

    assert (report.total, report.source.format, report.formulas) == (20, "keras-config", (1, 1, True))


def test_a_stored_model_takes_no_input_shape():
    with pytest.raises(paramcount.ParamcountError, match="input_shape"):
        paramcount.count(Path(__file__).parents[2] / "examples/frozen_dense.keras", input_shape=(3,))
