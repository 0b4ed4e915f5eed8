"""pyfive takes over where the built-in reader refuses, sees the same tree, and is let do no more than it."""

from __future__ import annotations

import io
import sys
from struct import pack

import pytest

from containers.hdf5_maker import FLOAT32, UNDEFINED, Maker, contiguous, message
from fuzz.mutate import outcome
from paramcount.containers.hdf5 import Dataset, Group, open_hdf5
from paramcount.containers.hdf5.attributes import Unreadable
from paramcount.containers.hdf5_fallback import open_fallback
from paramcount.errors import ParamcountError, UnsafeFile, UnsupportedHdf5
from paramcount.readers.fallback import read_hdf5
from paramcount.sources.bytesource import MemoryBytes

pyfive = pytest.importorskip("pyfive")
h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

REFUSAL = UnsupportedHdf5("The built-in reader refuses", where="test.h5")


def written(fill, **options) -> MemoryBytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return MemoryBytes(buffer.getvalue(), "test.h5")


def fall_back(source: MemoryBytes) -> Group:
    return open_fallback(source, REFUSAL)[0]


def test_the_built_in_reader_comes_first():
    kind, found = read_hdf5(written(lambda file: file.create_group("a")), type)
    assert (kind, found) == (Group, [])


def test_the_fallback_begins_anew_and_is_named_with_its_version():
    """A refusal may come in the middle of the tree; what was read until then is read again."""
    seen = []

    def use(root):
        seen.append(root.names())
        if len(seen) == 1:
            raise REFUSAL
        return root.names()

    names, found = read_hdf5(written(lambda file: file.create_group("a")), use)
    assert (names, seen) == (("a",), [("a",), ("a",)])
    assert [finding.id for finding in found] == ["read-by-fallback"]
    assert f"pyfive {pyfive.__version__}" in found[0].message


def test_without_the_library_the_refusal_stands_and_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyfive", None)
    with pytest.raises(UnsupportedHdf5, match=r"paramcount\[hdf5\]") as caught:
        open_fallback(written(lambda file: None), REFUSAL)
    assert caught.value is REFUSAL


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_both_readers_see_the_same_tree(libver):
    def fill(file):
        for name in ("dense", "dense_1"):
            group = file.create_group(f"layers/{name}/vars")
            group.attrs["name"] = name
            group["0"] = np.zeros((2, 3), "float32")
            group["1"] = np.zeros(3, "float16")
        group.create_dataset("2", shape=(2,), dtype="V2").attrs["dtype"] = "bfloat16"
        group["3"] = np.zeros((), "int64")
        group["5"] = "text"
        if libver == "earliest":
            # pyfive does not know the newer compounds, and takes newer booleans for other enumerations.
            group["6"] = np.zeros(2, "?")
            group.create_dataset("7", shape=(2,), dtype=h5py.enum_dtype({"A": 1, "B": 2}))
            group["4"] = np.zeros(2, "complex64")
            group.create_dataset("8", shape=(2,), dtype=[("a", "f4")])
        group.create_dataset("9", shape=(2,), dtype=h5py.vlen_dtype("f4"))
        file.attrs["layer_names"] = ["dense", "dense_1"]
        file.attrs["fixed"] = np.array([b"a", b"bc"])
        file.attrs["numbers"] = [1.5, 2.5]
        file.attrs["number"] = 3
        file.attrs["complex"] = 1j

    source = written(fill, libver=libver)
    compare(open_hdf5(source), fall_back(source))


def compare(ours: Group | Dataset, theirs: Group | Dataset) -> None:
    assert (ours.path, ours.address) == (theirs.path, theirs.address)
    assert sorted(ours.attribute_names()) == sorted(theirs.attribute_names())
    for name in ours.attribute_names():
        mine, other = ours.attribute(name), theirs.attribute(name)
        assert mine == other or isinstance(mine, Unreadable) is isinstance(other, Unreadable) is True
    assert theirs.attribute("there is none") is None
    if isinstance(ours, Dataset):
        assert isinstance(theirs, Dataset)
        # The size of a variable length is that of a pointer for one and that in the file for the other.
        sizes = 0 if ours.dtype in ("string", "vlen") else ours.itemsize - theirs.itemsize
        assert (ours.shape, ours.dtype, sizes) == (theirs.shape, theirs.dtype, 0)
        assert theirs.stored_bytes is None
        return
    assert sorted(ours.names()) == sorted(theirs.names())
    assert theirs.get("there is none") is None
    for name, child in theirs.children().items():
        compare(ours.get(name), child)


def test_a_soft_link_is_never_followed():
    def fill(file):
        file.create_group("a")
        file["link"] = h5py.SoftLink("/a")

    root = fall_back(written(fill))
    assert root.get("a").path == "/a"
    with pytest.raises(UnsafeFile, match="never followed"):
        root.get("link")


def test_an_external_link_does_not_open_the_other_file():
    source = written(lambda file: file.__setitem__("link", h5py.ExternalLink("other.h5", "/")))
    with pytest.raises(ParamcountError):
        fall_back(source).children()


def test_data_in_another_file_is_never_opened():
    other = message(7, pack("<B3xHHQ", 1, 1, 1, 96))
    maker = Maker()
    x = maker.dataset((2, 3), FLOAT32, contiguous(UNDEFINED, 24), other, message(5, bytes((2, 2, 2, 0))))
    with pytest.raises(UnsafeFile, match="in another file"):
        fall_back(MemoryBytes(maker.finish(maker.group({b"x": x})), "hostile.h5")).get("x")


def test_a_shape_that_no_file_could_hold_is_refused():
    source = written(lambda file: file.create_dataset("x", shape=(1 << 40,), chunks=(1 << 10,), dtype="f4"))
    with pytest.raises(UnsafeFile, match="declares far more data"):
        fall_back(source).get("x")


def test_what_pyfive_does_not_know_either_is_said():
    sizes = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    sizes.set_sizes(4, 4)
    core = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    core.set_fapl_core(backing_store=False)
    file = h5py.File(h5py.h5f.create(b"narrow.h5", fcpl=sizes, fapl=core))
    file["x"] = np.zeros(3)
    file.flush()
    source = MemoryBytes(file.id.get_file_image(), "narrow.h5")
    with pytest.raises(UnsupportedHdf5, match="Neither the built-in reader nor pyfive"):
        read_hdf5(source, Group.names)


def test_whatever_goes_wrong_in_pyfive_becomes_an_error_of_ours():
    source = written(lambda file: file.create_dataset("x", data=np.zeros(3)))
    whole = source.read(0, source.size)
    outcomes = {outcome(read_x, whole[:size]) for size in range(0, len(whole), 97)}
    assert outcomes <= {"corrupt-file", "truncated-file", "read"}
    assert "corrupt-file" in outcomes


def read_x(data: bytes) -> None:
    fall_back(MemoryBytes(data, "cut.h5")).get("x")
