"""The SavedModel in an archive is found wherever it lies, and read without unpacking or keeping the weights."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import tracemalloc

import pytest

from archives import DATA, FILES, INDEX, MODEL, linked, model_files, noise, tarred, tgz, zipped
from paramcount.containers import archive
from paramcount.containers.archive import TarFolder, ZipFolder, is_archive, open_archive
from paramcount.containers.listing import holds_saved_model
from paramcount.containers.zip import open_zip
from paramcount.errors import CorruptFile, LimitExceeded, NotAModel, UnsafeFile, UsageError
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from paramcount.sources.stream import FileStream

PACKINGS = {
    "tar": tarred,
    "tar.gz": tgz,
    "tar.bz2": lambda files, prefix: bz2.compress(tarred(files, prefix)),
    "tar.xz": lambda files, prefix: lzma.compress(tarred(files, prefix)),
    "zip": zipped,
}
PREFIXES = {"": "", "./": "", "model/": "model", "./a/b/1/": "a/b/1"}


def opened(data: bytes, inside: str = ""):
    return open_archive(MemoryBytes(data, "model.tar.gz"), "model.tar.gz", inside)


def content(folder, name: str) -> bytes:
    source = folder.open(name)
    return source.read(0, source.size)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("packing", PACKINGS)
def test_the_model_is_found_in_any_folder_of_any_archive(packing, prefix):
    files = model_files(**{"keras_metadata.pb": b"layers", "assets/vocab.txt": b"words"})
    data = PACKINGS[packing](files, prefix)
    folder = opened(data)

    assert content(folder, "saved_model.pb") == MODEL
    assert content(folder, "variables/variables.index") == INDEX
    assert content(folder, "keras_metadata.pb") == b"layers"
    assert folder.names() == ["assets/", "keras_metadata.pb", "saved_model.pb", "variables/"]
    assert folder.open("fingerprint.pb") is None
    assert folder.name == "model.tar.gz" + ("::" + PREFIXES[prefix] if PREFIXES[prefix] else "")
    assert folder.size == len(data)


@pytest.mark.parametrize("packing", sorted(set(PACKINGS) - {"zip"}))
def test_weights_in_a_tar_archive_are_listed_but_not_kept(packing):
    folder = opened(PACKINGS[packing](model_files(), "./"))

    assert folder.open(DATA) is None
    assert "variables/" in folder.names()


def test_weights_in_a_zip_archive_can_be_opened():
    assert content(opened(zipped(model_files(b"weights"))), DATA) == b"weights"


@pytest.mark.parametrize("packing", ["tar", "tar.gz", "tar.xz", "zip"])
def test_a_frozen_model_has_no_index(packing):
    folder = opened(PACKINGS[packing]({"saved_model.pbtxt": b"text"}, ""))

    assert content(folder, "saved_model.pbtxt") == b"text"
    assert folder.open("variables/variables.index") is None


def large(tmp_path, files, prefix="./"):
    path = tmp_path / "large.tar.gz"
    path.write_bytes(gzip.compress(tarred(files, prefix), 1, mtime=0))
    return str(path)


def test_reading_stops_behind_the_index(tmp_path):
    files = {**FILES, DATA: noise(8 << 20)}
    with LocalFile(large(tmp_path, files)) as source:
        folder = open_archive(source, "large.tar.gz")

        assert content(folder, "saved_model.pb") == MODEL
        assert folder.bytes_read < 1 << 18
        assert not folder.complete
        assert folder.size > 8 << 20


def test_small_files_behind_the_index_are_still_found(tmp_path):
    files = {**FILES, "fingerprint.pb": b"print", "keras_metadata.pb": b"layers", DATA: noise(8 << 20), "late": b""}
    with LocalFile(large(tmp_path, files)) as source:
        folder = open_archive(source, "large.tar.gz")

        assert content(folder, "keras_metadata.pb") == b"layers"
        assert folder.bytes_read < 1 << 18
        assert "late" not in folder.names()


def test_weights_before_the_index_pass_in_constant_memory(tmp_path):
    path = large(tmp_path, model_files(noise(16 << 20)))
    tracemalloc.start()
    with LocalFile(path) as source:
        source._blocks = _Forgetful()
        folder = open_archive(source, path)
        assert content(folder, "variables/variables.index") == INDEX
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert folder.complete
    assert peak < 4 << 20


class _Forgetful(dict):
    """A cache of blocks that keeps none, so that only the memory of unpacking is measured."""

    def __setitem__(self, key, value):
        pass


def several() -> dict[str, bytes]:
    return {f"{version}/{name}": data for version in ("1", "2") for name, data in model_files().items()}


@pytest.mark.parametrize("packing", PACKINGS)
def test_several_models_are_named_and_one_is_chosen(packing):
    data = PACKINGS[packing](several(), "models/")

    with pytest.raises(UsageError, match=r"several models.*models/1, models/2.*ARCHIVE::FOLDER"):
        opened(data)
    folder = opened(data, "models/2/")
    assert folder.name == "model.tar.gz::models/2"
    assert content(folder, "saved_model.pb") == MODEL


@pytest.mark.parametrize("inside", ["3", "models/1/variables", "../models/1", "/models/1", "."])
@pytest.mark.parametrize("packing", ["tar.gz", "zip"])
def test_a_folder_that_is_no_model_is_refused(packing, inside):
    with pytest.raises(NotAModel, match=r"no SavedModel in .*models/1"):
        opened(PACKINGS[packing](several(), "models/"), inside)


def test_a_model_that_was_named_is_read_no_further():
    files = {**{f"1/{name}": data for name, data in FILES.items()}, "2/data": noise(4 << 20)}
    folder = opened(tgz(files), "1")

    assert not folder.complete
    assert folder.bytes_read < 1 << 18


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_model_inside_another_is_a_part_of_it(packing):
    files = {**{f"assets.extra/inner/{name}": data for name, data in FILES.items()}, **model_files()}

    assert opened(PACKINGS[packing](files, "")).name == "model.tar.gz"


@pytest.mark.parametrize("packing", PACKINGS)
def test_an_archive_of_something_else_says_what_it_holds(packing):
    with pytest.raises(NotAModel, match=r"no SavedModel.*readme.txt.*saved_model.pb"):
        opened(PACKINGS[packing]({"readme.txt": b"text"}, ""))


def test_an_empty_archive_holds_no_model():
    with pytest.raises(NotAModel, match=r"no SavedModel.*no files"):
        opened(gzip.compress(bytes(10240)))


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"text" * 500, mtime=0), bz2.compress(b"x"), b"text" * 500],
    ids=["gzip", "bzip2", "plain"],
)
def test_something_else_that_is_compressed_is_no_archive(data):
    with pytest.raises(NotAModel, match=r"no tar archive|not a tar archive"):
        opened(data)


def test_archives_are_known_by_their_first_bytes():
    assert all(is_archive(MemoryBytes(PACKINGS[name]({"a": b"1"}, ""), name)) for name in PACKINGS if name != "zip")
    assert not is_archive(MemoryBytes(b'{"class_name": "Sequential"}', "config.json"))
    assert not is_archive(MemoryBytes(bytes(1000), "zeros"))
    assert not is_archive(MemoryBytes(b"\x1f", "short"))


def test_zip_archives_of_models_are_known_by_their_names():
    assert holds_saved_model(open_zip(MemoryBytes(zipped(model_files(), "a/"), "z")).names())
    assert not holds_saved_model(("config.json", "not_saved_model.pb", "saved_model.pb/other"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index", "variables"])
def test_a_link_is_refused_where_it_is_asked_for(kind, name):
    files = {one: data for one, data in FILES.items() if one != name}
    folder = opened(linked(f"./{name}", "/etc/passwd", kind, files))
    wanted = name if name in FILES else "variables/variables.index"

    with pytest.raises(UnsafeFile, match="a link to '/etc/passwd'"):
        content(folder, wanted)


@pytest.mark.parametrize("name", ["/saved_model.pb", "../saved_model.pb", "a/../../saved_model.pb", "C:/saved_model.pb",
                                  "..\\saved_model.pb"])  # fmt: skip
def test_names_that_lead_out_of_the_archive_are_no_files(name):
    for data in (tarred({name: MODEL}, ""), zipped({name: MODEL})):
        with pytest.raises(NotAModel, match="no SavedModel"):
            opened(data)


@pytest.mark.parametrize("packing", ["tar.gz", "zip"])
def test_names_that_lead_out_of_the_folder_are_refused(packing):
    folder = opened(PACKINGS[packing](several(), "m/"), "m/1")

    for name in ("../2/saved_model.pb", "/saved_model.pb", ""):
        with pytest.raises(UnsafeFile):
            folder.open(name)


def test_a_file_that_stands_twice_is_refused():
    once = tarred({"saved_model.pb": MODEL}, "")[:1024]

    with pytest.raises(CorruptFile, match="same name"):
        opened(once + tarred(FILES, "./"))
    with pytest.raises(CorruptFile, match="same name"):
        opened(zipped({"saved_model.pb": MODEL, "./saved_model.pb": MODEL}))


def test_descriptions_that_are_too_large_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(archive, "KEPT_LIMIT", 1000)

    with pytest.raises(LimitExceeded, match="too large to keep"):
        opened(tarred({"saved_model.pb": bytes(600), "variables/variables.index": bytes(600)}))


def test_more_models_than_anybody_packs_are_refused():
    with pytest.raises(LimitExceeded, match="too many or too large"):
        opened(tarred({f"{number}/saved_model.pb": b"" for number in range(1001)}))


def test_a_stream_of_unknown_size_counts_what_was_read():
    data = tgz(model_files())
    folder = TarFolder(FileStream(MemoryBytes(data, "x")), "x")

    assert folder.size == folder.bytes_read


def test_a_zip_folder_opens_a_member_once():
    source = MemoryBytes(zipped(model_files()), "x")
    folder = ZipFolder(open_zip(source), source, "x")

    assert folder.open("saved_model.pb") is folder.open("saved_model.pb")
