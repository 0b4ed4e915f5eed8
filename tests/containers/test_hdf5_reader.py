"""The public face of the HDF5 reader, on files made by hand."""

from __future__ import annotations

import subprocess
import sys
from struct import pack

import pytest

from containers.hdf5_maker import FLOAT32, INT8, Maker, attribute, contiguous, dataspace, message, with_dataset
from paramcount.containers.hdf5 import Group, is_hdf5, open_hdf5
from paramcount.containers.hdf5.attributes import Unreadable
from paramcount.containers.zip import Stored
from paramcount.sources.bytesource import BLOCK, LocalFile, MemoryBytes, Window


def read(data: bytes) -> Group:
    return open_hdf5(MemoryBytes(data, "made.h5"))


@pytest.mark.parametrize("before", [0, 512, 1024, 2048, 8192])
def test_the_signature_is_found_where_a_user_block_may_end(before):
    assert is_hdf5(MemoryBytes(bytes(before) + with_dataset(), "made.h5"))


@pytest.mark.parametrize("before", [1, 256, 513, 1536])
def test_the_signature_is_found_nowhere_else(before):
    assert not is_hdf5(MemoryBytes(bytes(before) + with_dataset(), "made.h5"))


def test_an_empty_source_is_not_hdf5():
    assert not is_hdf5(MemoryBytes(b"", "empty"))


def test_paths_begin_at_the_root():
    maker = Maker()
    data = maker.finish(maker.group({b"a": maker.group({b"b": maker.dataset()})}))
    root = read(data)
    assert root.path == "/"
    assert root.get("a").path == "/a"
    assert root.get("a").children()["b"].path == "/a/b"
    assert root.get("b") is None
    assert repr(root.get("a")) == "<Group /a>"


def test_a_group_gives_the_same_objects_again():
    maker = Maker()
    root = read(maker.finish(maker.group({b"a": maker.group({}), b"b": maker.group({})})))
    first = root.get("b")
    assert root.children()["b"] is first
    assert root.children() == root.children()
    root.children().clear()
    assert list(root.children()) == ["a", "b"]


@pytest.mark.parametrize(
    ("exponent", "mantissa", "precision", "size", "name"),
    [
        (8, 23, 32, 4, "float32"), (8, 7, 16, 2, "bfloat16"), (5, 10, 16, 2, "float16"), (11, 52, 64, 8, "float64"),
        (15, 64, 80, 16, "float128"), (4, 3, 8, 1, "float8_e4m3"), (5, 2, 8, 1, "float8_e5m2"),
        (2, 1, 4, 1, "float4_e2m1fn"), (6, 9, 16, 2, "float16_e6m9"),
    ],
)  # fmt: skip
def test_floats_are_named_after_their_bits(exponent, mantissa, precision, size, name):
    datatype = pack("<B3sIHHBBBBI", 0x11, b"\x20\0\0", size, 0, precision, mantissa, exponent, 0, mantissa, 127)
    found = read(with_dataset(datatype=datatype, layout=contiguous(96, 6 * size))).get("x")
    assert (found.dtype, found.itemsize) == (name, size)


@pytest.mark.parametrize(("bits", "name"), [(4, "int4"), (8, "int8"), (7, "int7")])
def test_integers_are_named_after_their_precision(bits, name):
    datatype = pack("<B3sIHH", 0x10, b"\x08\0\0", 1, 0, bits)
    assert read(with_dataset(datatype=datatype, layout=contiguous(96, 6))).get("x").dtype == name


@pytest.mark.parametrize("version", [1, 2])
def test_the_oldest_layouts_are_read(version):
    """HDF5 1.4 wrote version 1, and 1.6 version 2: the dimensions stand in the message."""
    head = pack("<BBB5x", version, 3, 1)
    layout = head + pack("<QIII", 96, 2, 3, 4)
    found = read(with_dataset(layout=layout)).get("x")
    assert (found.stored_bytes, found.allocated) == (24, True)
    chunked = pack("<BBB5xQIII", version, 3, 2, 96, 1, 1, 4)
    assert read(with_dataset(layout=chunked)).get("x").stored_bytes is None


def test_a_null_dataspace_holds_nothing():
    space = bytes((2, 0, 0, 2))
    maker = Maker()
    x = maker.header(message(1, space), message(3, FLOAT32), message(8, contiguous(96, 0)))
    assert read(maker.finish(maker.group({b"x": x}))).get("x").shape == (0,)


def test_an_attribute_of_another_type_says_which():
    maker = Maker()
    body = attribute(b"a", pack("<B3sI", 0x15, b"\0\0\0", 4), dataspace(), b"abcd")
    found = read(maker.finish(maker.group({}, message(0x0C, body)))).attribute("a")
    assert isinstance(found, Unreadable)
    assert found.reason == "the type opaque4"
    assert repr(found) == "Unreadable('the type opaque4')"


def test_an_attribute_in_a_continuation_block_is_found():
    maker = Maker()
    body = message(0x0C, attribute(b"a", INT8, dataspace(), b"\x07"))
    block = maker.put(body)
    root = read(maker.finish(maker.group({}, message(0x10, pack("<QQ", block, len(body))))))
    assert root.attribute_names() == ("a",)
    assert root.attribute("a") == 7


@pytest.mark.parametrize("before", [0, 1, 30, BLOCK - 1, BLOCK, BLOCK + 100])
@pytest.mark.parametrize("kind", [Stored, Window])
def test_a_file_may_lie_anywhere_in_an_archive(before, kind, tmp_path):
    """Its blocks are those of the archive, and what is before or behind it is never taken for its own."""
    maker = Maker()
    made = maker.finish(maker.group({b"layer%d" % i: maker.dataset() for i in range(8)}))
    path = tmp_path / "archive"
    path.write_bytes(b"\xee" * before + made + b"\xee" * 5000)
    with LocalFile(str(path)) as source:
        root = open_hdf5(kind(source, before, len(made), "member"))
        assert [child.shape for child in root.children().values()] == [(2, 3)] * 8


def test_importing_the_reader_imports_nothing_slow():
    code = "import sys, paramcount.containers.hdf5, paramcount.containers.zip; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in modules if name.startswith("paramcount.containers")}
    assert "paramcount.containers.hdf5.tree" in ours
    # These are imported only when a file needs them.
    late = {"attributes", "btree", "datatypes", "fractal", "links", "objects_v2"}
    assert not ours & {f"paramcount.containers.hdf5.{name}" for name in late}
    assert not {"numpy", "zipfile", "zlib"} & set(modules)
