"""Handles mean the same however they are written, and are found where the hubs' own tools keep their models."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.errors import UsageError
from paramcount.sources import hub
from paramcount.sources.hub import address, is_handle, parse, version_address
from paramcount.sources.hub_cache import cached, spellings, tfhub_cache

NNLM = ("google", "nnlm-en-dim128", "2")
KAGGLE = ("google", "nnlm", "tensorFlow2", "en-dim128")

TFHUB_FORMS = (
    "https://tfhub.dev/google/nnlm-en-dim128/2",
    "http://tfhub.dev/google/nnlm-en-dim128/2",
    "https://tfhub.dev/google/nnlm-en-dim128/2/",
    "https://tfhub.dev/google/nnlm-en-dim128/2?tf-hub-format=compressed",
    "HTTPS://TFHUB.DEV/google/nnlm-en-dim128/2#top",
    "tfhub.dev/google/nnlm-en-dim128/2",
    "google/nnlm-en-dim128/2",
    "google/nnlm-en-dim128/2/",
)
KAGGLE_FORMS = (
    "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim128/2",
    "https://kaggle.com/models/google/nnlm/tensorFlow2/en-dim128/2/",
    "https://www.kaggle.com/models/google/nnlm/frameworks/tensorFlow2/variations/en-dim128/versions/2",
    "https://www.kaggle.com/models/google/nnlm/frameworks/tensorFlow2/variations/en-dim128/versions/2?tfhub-redirect=true",
    "https://www.kaggle.com/api/v1/models/google/nnlm/tensorFlow2/en-dim128/2/download",
    "www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim128/2",
    "google/nnlm/tensorFlow2/en-dim128/2",
    "google/nnlm/tensorFlow2/en-dim128/02",
    "kaggle://google/nnlm/tensorFlow2/en-dim128/2",
)
NEWEST_FORMS = (
    "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim128",
    "https://www.kaggle.com/models/google/nnlm/frameworks/tensorFlow2/variations/en-dim128",
    "google/nnlm/tensorFlow2/en-dim128",
    "kaggle://google/nnlm/tensorFlow2/en-dim128/",
)
NO_HANDLES = (
    "google/foo.keras", "model.keras", "ResNet50", "keras.applications.VGG16", "models/mine", "a/b/c", "a/b/1.h5",
    "a/b/c/d/e/f", "/abs/olute/1", "./a/b/1", "../a/b/1", "a//b/1", "a/b c/1", "a/b/0", "a/b/-1", "~/models/1",
    "owner/model/keras/model.h5", "owner/model/tensorFlow2/saved_model.pb", "owner/model/nothing/known",
    "package.module:function", "Dense(4)", "Sequential([Dense(4 / 2)])", "a/b/1:x", "a/b\0/1", "", "/", "//", "a\\b\\1",
    "https:/tfhub.dev", "ftp://example.org/model.tar.gz", "gs://bucket/model/1", "kaggle://", "kaggle://owner/model",
    "C:/models/mine/1", "www.kaggle.com/google/nnlm/2", "a/b/99999999", "/".join("abcdefghijklm") + "/1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch, tmp_path):
    """Caches and settings of the tests alone, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kagglehub"))
    for name in ("PARAMCOUNT_TFHUB_URL", "PARAMCOUNT_KAGGLE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("text", TFHUB_FORMS)
def test_a_handle_of_tensorflow_hub_is_read_in_every_form(text):
    handle = parse(text)

    assert is_handle(text)
    assert (handle.kind, handle.parts, handle.typed) == (hub.TFHUB, NNLM, text)
    assert address(handle) == "https://tfhub.dev/google/nnlm-en-dim128/2?tf-hub-format=compressed"


@pytest.mark.parametrize("text", KAGGLE_FORMS)
def test_a_handle_of_kaggle_is_read_in_every_form(text):
    handle = parse(text)

    assert is_handle(text)
    assert (handle.kind, handle.parts, handle.version) == (hub.KAGGLE, KAGGLE, "2")
    assert address(handle) == "https://www.kaggle.com/api/v1/models/google/nnlm/tensorFlow2/en-dim128/2/download"


@pytest.mark.parametrize("text", NEWEST_FORMS)
def test_a_handle_of_kaggle_may_leave_the_version_open(text):
    handle = parse(text)

    assert is_handle(text)
    assert (handle.kind, handle.parts, handle.version) == (hub.KAGGLE, KAGGLE, "")
    assert version_address(handle) == "https://www.kaggle.com/api/v1/models/google/nnlm/tensorFlow2/en-dim128/get"
    assert address(handle, "7").endswith("/en-dim128/7/download")


def test_longer_handles_are_not_mistaken_for_those_of_kaggle():
    handle = parse("google/imagenet/mobilenet_v2_100_224/feature_vector/5")

    assert (handle.kind, len(handle.parts)) == (hub.TFHUB, 5)


@pytest.mark.parametrize("text", ["https://example.org/model.tar.gz", "http://example.org/a/b/1?x=y",
                                  "https://tfhub.dev/", "https://www.kaggle.com/datasets/a/b"])  # fmt: skip
def test_any_other_address_is_taken_as_it_is(text):
    assert is_handle(text)
    assert parse(text).kind == hub.URL
    assert address(parse(text)) == text


@pytest.mark.parametrize("text", NO_HANDLES)
def test_paths_names_and_source_are_no_handles(text):
    assert not is_handle(text)


def test_a_path_whose_first_folder_is_there_is_no_handle(tmp_path):
    (tmp_path / "google").mkdir()

    assert not is_handle("google/nnlm-en-dim128/2")
    assert is_handle("tfhub.dev/google/nnlm-en-dim128/2")
    assert is_handle("https://tfhub.dev/google/nnlm-en-dim128/2")


@pytest.mark.parametrize("rest", ["", "/google", "/google/nnlm", "/google/nnlm/tensorFlow2/en-dim128/code"])
def test_the_page_of_a_model_names_no_variation(rest):
    with pytest.raises(UsageError, match=r"names no variation.*OWNER/MODEL/FRAMEWORK/VARIATION"):
        parse(f"https://www.kaggle.com/models{rest}")


def test_mirrors_are_named_by_the_environment(monkeypatch):
    monkeypatch.setenv("PARAMCOUNT_TFHUB_URL", "http://mirror:8080/hub/")
    monkeypatch.setenv("PARAMCOUNT_KAGGLE_URL", "http://mirror:8080")

    assert address(parse("google/nnlm-en-dim128/2")).startswith("http://mirror:8080/hub/google/nnlm")
    assert address(parse(KAGGLE_FORMS[0])).startswith("http://mirror:8080/api/v1/models/google")


def in_tfhub(folder, typed: str, *, empty: bool = False) -> str:
    """A folder of tensorflow_hub's cache, as it is left by a download of the handle that was typed."""
    name = hashlib.sha1(typed.encode(), usedforsecurity=False).hexdigest()
    made = folder / "tfhub" / name
    made.mkdir(parents=True)
    if not empty:
        (made / "saved_model.pb").write_bytes(b"x")
    (folder / "tfhub" / f"{name}.descriptor.txt").write_text(
        f"Module: {typed}\nDownload Time: 2026-01-01 00:00:00\nDownloader Hostname: here (PID:1)"
    )
    return str(made)


@pytest.mark.parametrize("asked", TFHUB_FORMS)
@pytest.mark.parametrize("typed", TFHUB_FORMS[:5])
def test_a_cached_model_is_found_in_whatever_form_it_was_typed(typed, asked, tmp_path):
    made = in_tfhub(tmp_path, typed)

    assert cached(parse(asked)) == made


@pytest.mark.parametrize(
    "typed", [*KAGGLE_FORMS[:4], "https://www.kaggle.com/models/google/nnlm/TENSORFLOW2/en-dim128/2"]
)
def test_a_model_of_kaggle_may_be_in_the_cache_of_tensorflow_hub(typed, tmp_path):
    made = in_tfhub(tmp_path, typed)

    assert cached(parse("google/nnlm/tensorFlow2/en-dim128/2")) == made
    assert cached(parse("google/nnlm/tensorFlow2/en-dim128/1")) is None


def test_an_archive_elsewhere_is_found_by_its_address(tmp_path):
    made = in_tfhub(tmp_path, "https://example.org/model.tar.gz")

    assert cached(parse("https://example.org/model.tar.gz")) == made
    assert cached(parse("https://example.org/other.tar.gz")) is None


def test_folders_that_are_empty_or_of_other_models_are_no_hit(tmp_path):
    in_tfhub(tmp_path, "https://tfhub.dev/google/nnlm-en-dim128/2", empty=True)
    in_tfhub(tmp_path, "https://tfhub.dev/google/nnlm-en-dim128/1")
    (tmp_path / "tfhub" / "broken.descriptor.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "tfhub" / "page.descriptor.txt").write_text("Module: https://www.kaggle.com/models/x")

    assert cached(parse("google/nnlm-en-dim128/2")) is None


def test_the_descriptor_leads_back_to_spellings_that_nobody_guesses(tmp_path):
    made = in_tfhub(tmp_path, "HTTPS://tfhub.dev//google/nnlm-en-dim128/2?a=b&tf-hub-format=compressed")

    assert cached(parse("google/nnlm-en-dim128/2")) == made


def test_without_a_cache_nothing_is_found():
    assert cached(parse("google/nnlm-en-dim128/2")) is None
    assert cached(parse("google/nnlm/tensorFlow2/en-dim128")) is None


def test_the_default_cache_is_in_the_folder_for_temporary_files(monkeypatch):
    monkeypatch.delenv("TFHUB_CACHE_DIR")

    assert tfhub_cache() == os.path.join(tempfile.gettempdir(), "tfhub_modules")


def in_kagglehub(folder, version: str, *, complete: bool = True, framework: str = "tensorFlow2") -> str:
    home = folder / "kagglehub" / "models" / "google" / "nnlm" / framework / "en-dim128"
    (home / version).mkdir(parents=True)
    (home / version / "saved_model.pb").write_bytes(b"x")
    if complete:
        (home / f"{version}.complete").touch()
    return str(home / version)


def test_the_newest_complete_version_is_taken_from_the_cache_of_kagglehub(tmp_path):
    in_kagglehub(tmp_path, "2")
    newest = in_kagglehub(tmp_path, "10")
    in_kagglehub(tmp_path, "11", complete=False)

    assert cached(parse("google/nnlm/tensorFlow2/en-dim128")) == newest


def test_a_version_that_is_named_is_taken_only_if_it_is_complete(tmp_path):
    made = in_kagglehub(tmp_path, "2")
    in_kagglehub(tmp_path, "3", complete=False)

    assert cached(parse("google/nnlm/tensorFlow2/en-dim128/2")) == made
    assert cached(parse("google/nnlm/tensorFlow2/en-dim128/3")) is None
    assert cached(parse("google/nnlm/tensorFlow2/en-dim128/4")) is None


def test_capital_letters_make_no_difference_to_kaggle(tmp_path):
    made = in_kagglehub(tmp_path, "2", framework="TensorFlow2")

    assert cached(parse("Google/nnlm/tensorflow2/en-dim128/2")) == made


def test_the_default_cache_of_kagglehub_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLEHUB_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    made = in_kagglehub(tmp_path, "2")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "kagglehub").rename(tmp_path / ".cache" / "kagglehub")

    found = cached(parse("google/nnlm/tensorFlow2/en-dim128/2"))
    assert found == made.replace(str(tmp_path / "kagglehub"), str(tmp_path / ".cache" / "kagglehub"))


@pytest.mark.oracle
def test_tensorflow_hub_itself_finds_the_same_folder(tmp_path):
    """The folder that a download of tensorflow_hub would make is the one that is looked into."""
    resolver = pytest.importorskip("tensorflow_hub.compressed_module_resolver")
    for typed in (*TFHUB_FORMS[:4], *KAGGLE_FORMS[:4]):
        folder = resolver._module_dir(typed)
        os.makedirs(folder)
        with open(os.path.join(folder, "saved_model.pb"), "wb") as file:
            file.write(b"x")

        assert cached(parse(typed)) == folder
        assert typed in list(spellings(parse(typed)))
        os.remove(os.path.join(folder, "saved_model.pb"))


def test_kagglehub_itself_finds_the_same_folder(tmp_path):
    cache, handles = pytest.importorskip("kagglehub.cache"), pytest.importorskip("kagglehub.handle")
    for text in ("google/nnlm/tensorFlow2/en-dim128/2", "keras/bert/keras/bert_base_en/3"):
        theirs = handles.parse_model_handle(text)
        os.makedirs(cache.get_cached_path(theirs))
        cache.Cache().mark_as_complete(theirs)

        assert cached(parse(text)) == cache.get_cached_path(theirs)


def test_asking_costs_no_slow_module():
    code = "import paramcount.sources.hub, sys; assert paramcount.sources.hub.is_handle('a/b/1');"
    code += "assert not {'re', 'urllib', 'urllib.parse', 'json', 'typing', 'tempfile', 'hashlib'} & set(sys.modules)"
    import subprocess

    home = os.path.dirname(os.path.dirname(os.path.dirname(hub.__file__)))
    code = f"import sys; sys.path.insert(0, {home!r}); {code}"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


@given(st.text(st.sampled_from("ab/.:-_2@?#%\\ htps\0\u00e9"), max_size=40), st.sampled_from(
    ["", "https://", "http://tfhub.dev/", "tfhub.dev/", "kaggle://", "https://www.kaggle.com/models/", "a/b/keras/"]
))  # fmt: skip
def test_any_text_is_a_handle_or_none(text, front):
    name = front + text
    if not is_handle(name):
        return
    try:
        handle = parse(name)
    except UsageError:
        return
    assert address(handle, "1").startswith("http")
    assert handle.typed == name
    assert ".." not in handle.parts
    cached(handle)
