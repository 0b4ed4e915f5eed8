"""What h5py writes is read as h5py reads it, whatever its settings."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramcount.containers.hdf5 import Dataset, Group, is_hdf5, open_hdf5
from paramcount.containers.hdf5.attributes import Unreadable
from paramcount.sources.bytesource import LocalFile, MemoryBytes

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

WRITERS = [
    pytest.param({"libver": libver, "track_order": tracked}, id=f"{libver}-{'tracked' if tracked else 'untracked'}")
    for libver in ("earliest", "v108", "v110", "latest")
    for tracked in (False, True)
]


def written(fill, **options) -> bytes:
    """The bytes of a file that ``fill`` has filled."""
    libver = options.pop("libver", "earliest")
    buffer = io.BytesIO()
    with h5py.File(
        buffer, "w", libver=libver if libver in ("earliest", "latest") else (libver, libver), **options
    ) as f:
        fill(f)
    return buffer.getvalue()


def read(data: bytes) -> Group:
    return open_hdf5(MemoryBytes(data, "test.h5"))


def plain(value):
    """A value of h5py as the reader gives it."""
    if isinstance(value, np.ndarray):
        return [item.decode() if isinstance(item, bytes) else item for item in value.ravel().tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    return value.decode() if isinstance(value, bytes) else value


def compare(ours: Group, theirs, seen: set[int]) -> None:
    """The whole tree below a group: names in order, addresses, shapes, types, sizes and attributes."""
    assert ours.names() == tuple(theirs.keys())
    compare_attributes(ours, theirs)
    for name, child in ours.children().items():
        other = theirs[name]
        assert child.address == h5py.h5o.get_info(other.id).addr
        assert ours.get(name) is child
        if isinstance(child, Group):
            if child.address not in seen:
                seen.add(child.address)
                compare(child, other, seen)
            continue
        compare_attributes(child, other)
        assert child.shape == (other.shape if other.shape is not None else (0,))
        assert child.dtype == named(other.dtype)
        if other.dtype.kind != "O":
            # For a variable length, the library tells the size in memory and not in the file.
            assert child.itemsize == other.id.get_type().get_size()
        if other.chunks is None:
            assert child.stored_bytes == other.id.get_storage_size()
        assert child.declared_bytes == int(np.prod(child.shape, dtype=object)) * child.itemsize


def compare_attributes(ours: Group | Dataset, theirs) -> None:
    assert sorted(ours.attribute_names()) == sorted(theirs.attrs.keys())
    for name, value in theirs.attrs.items():
        found = ours.attribute(name)
        if isinstance(value, h5py.Empty) or np.asarray(value).dtype.kind in "cV":
            assert isinstance(found, Unreadable)
        else:
            assert found == plain(value)
    assert ours.attribute("there is none of this name") is None


def named(dtype) -> str:
    if h5py.check_string_dtype(dtype) is not None:
        return "string"
    if h5py.check_enum_dtype(dtype) is not None:
        return "enum"
    if h5py.check_vlen_dtype(dtype) is not None:
        return "vlen"
    if h5py.check_ref_dtype(dtype) is not None:
        return "reference"
    if dtype.kind == "V":
        return "compound" if dtype.names else f"opaque{dtype.itemsize}"
    return dtype.name


def same(data: bytes) -> None:
    with h5py.File(io.BytesIO(data)) as theirs:
        compare(read(data), theirs, set())


@pytest.mark.parametrize("options", WRITERS)
def test_a_group_with_hundreds_of_links_is_read_whole_and_in_order(options):
    """The B-tree has two levels, or the links are stored densely in a fractal heap with indirect blocks."""

    def fill(file):
        many = file.create_group("many", track_order=options["track_order"])
        for index in range(1200):
            many.create_group(f"layer with a long name {1200 - index}")

    same(written(fill, **options))


@pytest.mark.parametrize("options", WRITERS)
def test_every_type_and_shape_is_named_as_numpy_names_it(options):
    def fill(file):
        kinds = (
            "f2", "f4", "f8", ">f4", "i1", "u1", "i2", ">i4", "u4", "i8", "u8", "?", "c8", "c16", "S5", "V2", "V7",
            h5py.string_dtype(), h5py.string_dtype("ascii", 9), h5py.ref_dtype, h5py.enum_dtype({"A": 1, "B": 2}),
            h5py.vlen_dtype("f4"), np.longdouble, [("a", "i4"), ("b", "f4", (2,))],
        )  # fmt: skip
        for index, kind in enumerate(kinds):
            for shape in ((), (3,), (2, 3), (1, 2, 3, 4), (0, 3)):
                file.create_dataset(f"{index}{shape}", shape=shape, dtype=kind)
        file["empty"] = h5py.Empty("float32")

    same(written(fill, **options))


@pytest.mark.parametrize("options", WRITERS)
def test_attributes_are_read_however_they_are_stored(options):
    """Few and small in the header, many in a fractal heap, long strings in the global heap."""

    def fill(file):
        values = {
            "text": "abc", "bytes": b"xyz", "empty": "", "list": ["a", "bcd", ""], "fixed": np.array([b"a", b"bcd"]),
            "int": 5, "float": 2.5, "bool": True, "ints": np.arange(6).reshape(2, 3), "big": np.array([1.5], ">f4"),
            "unicode": "\u00e9\u4e2d", "null": h5py.Empty("f4"), "complex": 1j, "none": np.zeros((0,), "f4"),
            "scalar": np.bytes_(b"q"), "config": "x" * 176_000,
        }  # fmt: skip
        few = file.create_group("few", track_order=options["track_order"])
        few.attrs["name"] = "dense"
        many = file.create_dataset("many", data=np.zeros(3, "f4"), track_order=options["track_order"])
        for thing in (file, many):
            for name, value in values.items():
                thing.attrs[name] = value
        for index in range(100):
            file.attrs[f"weight_names{index}"] = np.array([b"kernel:0"] * index)
        if options["libver"] != "earliest":
            many.attrs["huge"] = np.arange(20_000)

    same(written(fill, **options))


@pytest.mark.parametrize("options", WRITERS)
def test_storage_is_described_without_reading_it(options):
    def fill(file):
        data = np.ones((100, 100), "f4")
        for index, more in enumerate(
            ({}, {"maxshape": (None, 100)}, {"maxshape": (None, None)}, {"compression": "gzip"}, {"fletcher32": True})
        ):
            file.create_dataset(f"chunked{index}", data=data, chunks=(10, 10), **more)
            file.create_dataset(f"single{index}", data=data, chunks=(100, 100), **more)
        file.create_dataset("nothing", shape=(100, 100), dtype="f4", chunks=(10, 10))
        file.create_dataset("unwritten", shape=(100, 100), dtype="f4")
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_FLOAT, space, dcpl=compact)

    data = written(fill, **options)
    same(data)
    root = read(data)
    for name, child in root.children().items():
        if name.startswith(("chunked", "single")):
            assert (child.allocated, child.stored_bytes) == (True, None)
    assert (root.get("nothing").allocated, root.get("nothing").stored_bytes) == (False, 0)
    assert (root.get("unwritten").allocated, root.get("unwritten").stored_bytes) == (False, 0)
    assert (root.get("compact").allocated, root.get("compact").stored_bytes) == (True, 12)


@pytest.mark.parametrize("options", WRITERS)
def test_the_dimensions_of_an_array_type_come_last_as_numpy_reads_them(options):
    data = written(lambda file: file.create_dataset("x", shape=(5,), dtype=np.dtype(("f4", (2, 3)))), **options)
    found = read(data).get("x")
    assert (found.shape, found.dtype, found.itemsize, found.declared_bytes) == ((5, 2, 3), "float32", 4, 120)


@pytest.mark.parametrize("options", WRITERS)
def test_a_committed_datatype_is_looked_up_and_is_no_child(options):
    def fill(file):
        file["type"] = np.dtype("float16")
        file.create_dataset("x", shape=(2,), dtype=file["type"])

    root = read(written(fill, **options))
    assert sorted(root.names()) == ["type", "x"]
    assert list(root.children()) == ["x"]
    assert root.get("type") is None
    assert root.get("x").dtype == "float16"


@pytest.mark.parametrize("options", WRITERS)
def test_two_hard_links_to_one_object_have_one_address(options):
    def fill(file):
        file["a/x"] = np.zeros(3)
        file["b"] = file["a"]
        file["a/loop"] = file["/"]

    root = read(written(fill, **options))
    assert root.get("a").address == root.get("b").address
    assert root.get("a").get("loop").address == root.address
    assert root.get("a").get("x").address == root.get("b").get("x").address
    assert root.get("b").get("x").path == "/b/x"


def test_a_user_block_may_stand_before_the_file():
    for size in (512, 1024, 4096):
        data = written(lambda file: file.create_dataset("x", data=np.zeros((2, 3))), userblock_size=size)
        assert data[:8] == bytes(8)
        assert is_hdf5(MemoryBytes(data, "test.h5"))
        assert read(data).get("x").shape == (2, 3)


def test_only_the_descriptions_are_read(tmp_path):
    """Twenty megabytes of weights are not touched, nor an attribute that nobody asks for."""
    path = str(tmp_path / "large.h5")
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "x" * 5_000_000
        for index in range(20):
            file[f"layers/{index}/vars/0"] = np.zeros((512, 512), "f4")
    with LocalFile(path) as source:
        layers = open_hdf5(source).get("layers")
        assert all(layer.get("vars").get("0").shape == (512, 512) for layer in layers.children().values())
        assert source.bytes_read < 500_000


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda name: name.strip(".")
)
leaves = st.tuples(
    st.lists(st.integers(0, 5), max_size=4).map(tuple),
    st.sampled_from(["f2", "f4", "f8", "i1", "u4", "i8", "?", "c8", "S3", "V2"]),
)
attributes = st.dictionaries(
    names,
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=300),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.booleans(),
        st.lists(st.integers(0, 9), min_size=1, max_size=300),
        st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=9), min_size=1, max_size=20),
    ),
    max_size=12,
)
trees = st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=12), max_leaves=40)


def plant(group, tree) -> None:
    for name, value in tree.items():
        if isinstance(value, dict):
            plant(group.create_group(name), value)
        else:
            group.create_dataset(name, shape=value[0], dtype=value[1])


@settings(deadline=None, max_examples=150)
@given(
    tree=st.dictionaries(names, trees, max_size=12),
    attrs=attributes,
    libver=st.sampled_from(["earliest", "v108", "latest"]),
    tracked=st.booleans(),
)
def test_any_tree_is_read_as_it_was_written(tree, attrs, libver, tracked):
    def fill(file):
        plant(file, tree)
        for name, value in attrs.items():
            file.attrs[name] = value

    same(written(fill, libver=libver, track_order=tracked))
