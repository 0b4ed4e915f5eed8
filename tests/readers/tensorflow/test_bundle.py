"""Bundles: what an index says of tensors and slices, checked against itself, by hand and with TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fuzz.fuzz_bundle import MemoryFolder
from paramcount.errors import (
    CorruptFile,
    LfsPointer,
    LimitExceeded,
    NotAModel,
    ParamcountError,
    TruncatedFile,
    UnsafeFile,
    UnsupportedFormat,
)
from paramcount.readers.tensorflow.bundle import Bundle, read_bundle
from paramcount.readers.tensorflow.shards import missing_shards, object_graph, read_value, shard_name
from paramcount.readers.tensorflow.slices import slice_key
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from paramcount.sources.folder import LocalFolder
from readers.tensorflow import bundle_maker as make

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def opened(data: bytes) -> Bundle:
    return read_bundle(MemoryBytes(data, "ckpt.index"))


def of_entries(**entries: bytes) -> bytes:
    return make.table({b"": make.header(2), **{name.encode(): value for name, value in entries.items()}})


def refused(error: type[ParamcountError], words: str, data: bytes) -> None:
    with pytest.raises(error, match=words) as caught:
        opened(data)
    assert type(caught.value) is error
    assert "ckpt.index" in str(caught.value)


class TestEntries:
    @pytest.mark.parametrize("options", [{}, {"packed": True}, {"per_block": 1}, {"per_block": 2, "packed": True}])
    def test_each_tensor_has_its_dtype_shape_and_place(self, options):
        tensors = {**make.floats(dense__kernel=(3, 4), dense__bias=(4,)), "step": (make.INT64, ())}
        bundle = opened(make.bundle(tensors, 2, **options))
        assert bundle.shards == 2
        assert {name: (one.dtype, one.shape, one.shard, one.size) for name, one in bundle.entries.items()} == {
            "dense/bias": ("float32", (4,), 0, 16),
            "dense/kernel": ("float32", (3, 4), 1, 48),
            "step": ("int64", (), 0, 8),
        }
        assert bundle.elements() == 17
        assert bundle.bytes == 72

    def test_strings_are_entries_but_no_numbers(self):
        bundle = opened(of_entries(words=make.entry(make.STRING, (5,), size=77), w=make.entry(make.FLOAT32, (2,))))
        assert [entry.key for entry in bundle.numeric()] == ["w"]
        assert bundle.elements() == 2
        assert bundle.entries["words"].shape == (5,)

    def test_numbers_of_four_bits_take_a_byte_each(self):
        assert opened(of_entries(w=make.entry(make.INT4, (3,)))).entries["w"].dtype == "int4"

    def test_a_dtype_of_the_future_is_kept_without_a_name(self):
        entry = opened(of_entries(w=make.entry(99, (3,), size=5))).entries["w"]
        assert (entry.dtype, entry.shape, entry.is_numeric) == ("", (3,), True)

    def test_big_endian_is_read_for_only_weights_depend_on_it(self):
        data = make.table({b"": make.header(endianness=1), b"w": make.entry(make.FLOAT32, (2, 2))})
        assert opened(data).big_endian
        assert opened(data).elements() == 4

    def test_names_may_be_of_any_script(self):
        assert list(opened(of_entries(größe=make.entry(1, ()))).entries) == ["größe"]

    def test_there_may_be_no_tensors(self):
        assert opened(make.bundle({})).elements() == 0


class TestRefusals:
    def test_another_table_is_no_bundle(self):
        refused(NotAModel, "no checkpoint of TensorFlow", make.table({b"a": b"b"}))
        refused(NotAModel, "no checkpoint of TensorFlow", make.table({}))

    def test_the_first_format_is_named(self):
        refused(NotAModel, "of the first version", make.first_format(make.floats(w=(2,))))

    def test_a_newer_version_is_named(self):
        refused(UnsupportedFormat, "newer version", make.table({b"": make.header(asks=2)}))
        assert opened(make.table({b"": make.header(asks=1)})).shards == 1

    @pytest.mark.parametrize("header", [b"", make.header(0), make.header(100_000), make.header(1, 2)])
    def test_a_header_that_cannot_be_is_refused(self, header):
        refused(CorruptFile, "header of the checkpoint", make.table({b"": header}))

    @pytest.mark.parametrize(
        "entry",
        [
            make.entry(make.FLOAT32, (2,), shard=2),
            make.entry(make.FLOAT32, (2,), shard=-1),
            make.entry(make.FLOAT32, (2,), offset=-1),
            make.entry(make.STRING, (2,), size=-1),
            make.entry(0, (2,), size=8),
        ],
    )
    def test_an_entry_that_cannot_be_is_refused(self, entry):
        refused(CorruptFile, "entry of the checkpoint is broken", of_entries(w=entry))

    @pytest.mark.parametrize("size", [0, 23, 25, 1 << 62])
    def test_a_shape_that_contradicts_the_bytes_is_refused(self, size):
        refused(CorruptFile, "contradict each other", of_entries(w=make.entry(make.FLOAT32, (2, 3), size=size)))

    def test_an_axis_of_unknown_size_is_refused_not_counted_as_one(self):
        refused(CorruptFile, "no definite shape", of_entries(w=make.entry(make.FLOAT32, (2, -1), size=8)))

    def test_an_unknown_rank_is_refused(self):
        entry = make.field(1, 1) + make.field(2, make.field(3, 1)) + make.field(5, 4)
        refused(CorruptFile, "no definite shape", of_entries(w=entry))

    @pytest.mark.parametrize(
        ("sizes", "error", "words"),
        [
            ((1,) * 255, LimitExceeded, "too many axes"),
            ((1 << 40, 1 << 40), CorruptFile, "larger than TensorFlow allows"),
        ],
    )
    def test_more_than_tensorflow_allows_is_refused(self, sizes, error, words):
        refused(error, words, of_entries(w=make.entry(make.STRING, sizes, size=8)))

    def test_a_name_that_is_no_text_is_refused(self):
        refused(CorruptFile, "no text", make.table({b"": make.header(), b"\xff": make.entry(1, ())}))

    def test_a_number_where_a_shape_should_be_is_refused(self):
        refused(CorruptFile, "number stands where a message", of_entries(w=make.field(1, 1) + make.field(2, 7)))
        refused(CorruptFile, "message stands where a number", of_entries(w=make.field(1, b"abc")))


ROWS = [((0, 3), (0, -1)), ((3, 2), (0, -1)), ((5, 2), (0, -1))]
GRID = [((0, 3), (0, 1)), ((0, 3), (1, 2)), ((3, 4), (0, 1)), ((3, 4), (1, 2))]


class TestSlices:
    @pytest.mark.parametrize("slices", [ROWS, [((0, -1), (0, 1)), ((0, -1), (1, 2))], GRID, [((0, 7), (0, 3))]])
    def test_slices_that_make_up_a_tensor_are_counted_once(self, slices):
        bundle = opened(make.table({b"": make.header(2), **make.sliced("net/w", (7, 3), slices, 2)}))
        assert bundle.uncovered == ()
        assert list(bundle.entries) == ["net/w"]
        assert bundle.entries["net/w"].sliced
        assert bundle.elements() == 21
        assert bundle.bytes == 84
        assert set(bundle.slices["net/w"]) == set(slices)

    @pytest.mark.parametrize(
        ("slices", "held", "why"),
        [
            (ROWS[:2], 15, "overlap or leave gaps"),
            ([*ROWS, ((0, 1), (0, -1))], 24, "overlap or leave gaps"),
            ([ROWS[0], ((4, 3), (0, -1))], 18, "overlap or leave gaps"),
            (GRID[:3], 13, "leave gaps"),
            ([((0, -1), (0, -1)), ((0, 7), (0, 3))], 42, "same place"),
        ],
    )
    def test_slices_that_do_not_are_a_fact(self, slices, held, why):
        bundle = opened(make.table({b"": make.header(), **make.sliced("w", (7, 3), slices)}))
        (fact,) = bundle.uncovered
        assert (fact.key, fact.held, fact.expected) == ("w", held, 21)
        assert why in fact.why

    def test_a_slice_that_is_not_stored_is_a_fact(self):
        entries = make.sliced("w", (7, 3), ROWS)
        del entries[make.slice_key("w", ROWS[1])]
        (fact,) = opened(make.table({b"": make.header(), **entries})).uncovered
        assert (fact.held, fact.expected, fact.why) == (15, 21, "other slices are stored than the tensor says")

    def test_slices_of_nothing_are_a_fact(self):
        entries = make.sliced("w", (7, 3), ROWS)
        del entries[b"w"]
        (fact,) = opened(make.table({b"": make.header(), **entries})).uncovered
        assert (fact.held, fact.expected) == (21, 0)

    @pytest.mark.parametrize(
        ("part", "why"),
        [
            (make.entry(make.FLOAT32, (3, 4)), "shape of its place"),
            (make.entry(make.INT32, (3, 3)), "another dtype"),
            (make.entry(make.FLOAT32, (3, 3), slices=[((0, -1), (0, -1))]), "another dtype"),
        ],
    )
    def test_a_slice_of_another_form_is_a_fact(self, part, why):
        entries = make.sliced("w", (7, 3), ROWS)
        entries[make.slice_key("w", ROWS[0])] = part
        (fact,) = opened(make.table({b"": make.header(), **entries})).uncovered
        assert why in fact.why

    @pytest.mark.parametrize("extents", [((5, 3), (0, -1)), ((-1, 3), (0, -1)), ((0, -2), (0, 1)), ((0, 7),)])
    def test_a_slice_outside_of_its_tensor_is_a_fact(self, extents):
        entries = {b"w": make.entry(1, (7, 3), slices=[extents]), make.slice_key("w", extents): make.entry(1, (7, 3))}
        (fact,) = opened(make.table({b"": make.header(), **entries})).uncovered
        assert fact.why in ("a slice has not the shape of its place", "a slice lies outside of the tensor")

    def test_twenty_thousand_slices_are_compared_in_one_pass(self):
        slices = [((row, 1),) for row in range(20_000)]
        bundle = opened(make.table({b"": make.header(), **make.sliced("w", (20_000,), slices)}))
        assert bundle.uncovered == ()
        assert bundle.elements() == 20_000


class TestSliceKeys:
    EDGES = sorted({sign * (1 << bits) + near for bits in range(63) for near in (-1, 0, 1) for sign in (1, -1)})

    @pytest.mark.parametrize("value", [*EDGES, (1 << 63) - 1, -1 << 63])
    def test_every_number_comes_back(self, value):
        assert slice_key(make.slice_key("a/b", [(value, -1)]), "here") == ("a/b", ((value, -1),))

    @pytest.mark.parametrize("name", ["w", "", "a\0b", "\0\1", "ÿ", "a" * 300])
    @pytest.mark.parametrize("rank", [0, 1, 4, 254])
    def test_every_name_and_rank_comes_back(self, name, rank):
        extents = [(axis, axis * 100) for axis in range(rank)]
        assert slice_key(make.slice_key(name, extents), "here") == (name, tuple(extents))

    def test_a_key_cut_at_any_byte_is_refused(self):
        key = make.slice_key("net/w", [(0, 70), (200, -1)])
        for size in range(1, len(key)):
            with pytest.raises(CorruptFile):
                slice_key(key[:size], "here")
        with pytest.raises(CorruptFile):
            slice_key(key + b"\x80", "here")

    @pytest.mark.parametrize(
        "rest", [b"\x02\x00\x01\x80\x81", b"\x01\x01\xff\xff\x80\x81", b"\x01\x01\xff\xc0\x80\x81"]
    )
    def test_other_codes_are_refused(self, rest):
        with pytest.raises(CorruptFile, match="slice is broken"):
            slice_key(b"\0w\0\1" + rest, "here")


def with_graph(graph: bytes, **entry: int) -> MemoryFolder:
    """A checkpoint with an object graph as its one tensor, behind seven other bytes."""
    value = make.string_tensor(graph)
    options = {"offset": 7, "size": len(value), **entry}
    index = make.table({b"": make.header(), GRAPH.encode(): make.entry(make.STRING, (), **options)})
    folder = MemoryFolder()
    folder.files = {"ckpt.index": index, "ckpt.data-00000-of-00001": b"weights" + value}
    return folder


class TestObjectGraph:
    @pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 20_000])
    def test_it_is_the_one_string(self, size):
        folder = with_graph(b"g" * size)
        assert object_graph(folder, "ckpt", read_bundle(folder.open("ckpt.index"))) == b"g" * size

    def test_there_may_be_none(self):
        assert object_graph(MemoryFolder(), "ckpt", opened(make.bundle(make.floats(w=(2,))))) is None

    def test_its_shard_may_be_missing(self):
        folder = with_graph(b"graph")
        del folder.files["ckpt.data-00000-of-00001"]
        assert object_graph(folder, "ckpt", read_bundle(folder.open("ckpt.index"))) is None

    @pytest.mark.parametrize("data", [b"", b"\xff" * 20, b"\x05crc!abcd", b"\x05crc!abcdef", b"\x05cr"])
    def test_a_string_of_another_length_is_refused(self, data):
        index = make.table({b"": make.header(), GRAPH.encode(): make.entry(make.STRING, (), size=len(data))})
        folder = MemoryFolder()
        folder.files = {"ckpt.data-00000-of-00001": data or b"x"}
        with pytest.raises(CorruptFile, match="length it says"):
            object_graph(folder, "ckpt", opened(index))

    @pytest.mark.parametrize("entry", [make.entry(make.STRING, (2,), size=9), make.entry(make.FLOAT32, ())])
    def test_what_is_no_string_is_refused(self, entry):
        with pytest.raises(CorruptFile, match="not one string"):
            object_graph(MemoryFolder(), "ckpt", opened(make.table({b"": make.header(), GRAPH.encode(): entry})))

    def test_a_place_behind_the_shard_is_refused(self):
        folder = with_graph(b"graph", offset=8)
        with pytest.raises(TruncatedFile):
            object_graph(folder, "ckpt", read_bundle(folder.open("ckpt.index")))

    def test_a_value_beyond_the_limit_is_not_read(self):
        folder = with_graph(b"graph")
        bundle = read_bundle(folder.open("ckpt.index"))
        with pytest.raises(LimitExceeded, match="too large"):
            read_value(folder, "ckpt", bundle, bundle.entries[GRAPH], 9)

    def test_a_shard_outside_of_the_folder_is_refused(self, tmp_path):
        bundle = opened(with_graph(b"graph").files["ckpt.index"])
        with LocalFolder(str(tmp_path)) as folder, pytest.raises(UnsafeFile):
            object_graph(folder, "../ckpt", bundle)


class TestShards:
    def folder(self, **shards: bytes) -> MemoryFolder:
        folder = MemoryFolder()
        folder.files = {f"ckpt.data-0000{name[1:]}-of-00002": data for name, data in shards.items()}
        return folder

    BUNDLE = opened(make.bundle(make.floats(a=(2,), b=(3,), c=(4,)), 2))

    def test_those_that_are_not_there_are_named(self):
        assert missing_shards(self.folder(s0=bytes(24)), "ckpt", self.BUNDLE) == ["ckpt.data-00001-of-00002"]
        assert missing_shards(self.folder(s0=bytes(24), s1=bytes(12)), "ckpt", self.BUNDLE) == []
        assert shard_name("v/x", self.BUNDLE, 1) == "v/x.data-00001-of-00002"

    def test_one_that_is_cut_off_is_named(self):
        with pytest.raises(TruncatedFile, match=r"cut off.*23 bytes.*24 bytes"):
            missing_shards(self.folder(s0=bytes(23)), "ckpt", self.BUNDLE)

    def test_a_pointer_of_git_lfs_is_a_shard_that_is_not_there(self):
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 24\n"
        assert missing_shards(self.folder(s0=pointer, s1=bytes(12)), "ckpt", self.BUNDLE) == [
            "ckpt.data-00000-of-00002"
        ]
        folder = with_graph(b"graph")
        folder.files["ckpt.data-00000-of-00001"] = pointer
        assert object_graph(folder, "ckpt", read_bundle(folder.open("ckpt.index"))) is None
        refused(LfsPointer, "Git LFS pointer", pointer)

    def test_the_bytes_of_slices_count(self):
        bundle = opened(make.table({b"": make.header(2), **make.sliced("w", (7, 3), ROWS, 2)}))
        with pytest.raises(TruncatedFile, match="cut off"):
            missing_shards(self.folder(s0=bytes(36), s1=bytes(23)), "ckpt", bundle)

    def test_one_that_holds_nothing_may_be_empty(self, tmp_path):
        (tmp_path / "ckpt.data-00000-of-00001").write_bytes(b"")
        with LocalFolder(str(tmp_path)) as folder:
            assert missing_shards(folder, "ckpt", opened(make.bundle(make.floats(w=(0, 3))))) == []
            with pytest.raises(ParamcountError, match="empty"):
                missing_shards(folder, "ckpt", opened(make.bundle(make.floats(w=(1, 3)))))


@pytest.fixture(scope="module")
def tf() -> Any:
    framework = pytest.importorskip("tensorflow")
    # The folder of these tests has the same name, and is found where TensorFlow is not installed.
    if not hasattr(framework, "train"):
        pytest.skip("TensorFlow is not installed")
    return framework


@pytest.mark.oracle
class TestTensorFlow:
    def agrees(self, tf: Any, prefix: Path) -> Bundle:
        """Names, dtypes and shapes are those that TensorFlow lists; it counts strings and so do we."""
        with LocalFile(f"{prefix}.index") as source:
            bundle = read_bundle(source)
        listed = dict(tf.train.list_variables(str(prefix)))
        dtypes = tf.train.load_checkpoint(str(prefix)).get_variable_to_dtype_map()
        assert {name: list(entry.shape) for name, entry in bundle.entries.items()} == listed
        assert {name: entry.dtype for name, entry in bundle.entries.items()} == {
            name: dtype.name for name, dtype in dtypes.items()
        }
        with LocalFolder(str(prefix.parent)) as folder:
            assert missing_shards(folder, prefix.name, bundle) == []
        return bundle

    def test_every_dtype(self, tf, tmp_path):
        names = (
            "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 "
            "complex128 int4 uint4 float8_e5m2 float8_e4m3fn"
        ).split()
        zeros = tf.zeros((2, 3)).numpy()
        values = {name: tf.Variable(zeros.astype(tf.dtypes.as_dtype(name).as_numpy_dtype)) for name in names}
        values["string"] = tf.Variable(["one", "two"])
        tf.train.Checkpoint(**values).write(str(tmp_path / "ckpt"))
        bundle = self.agrees(tf, tmp_path / "ckpt")
        assert len(bundle.numeric()) == len(names)
        assert bundle.elements() == 6 * len(names)

    def test_the_object_graph_is_what_tensorflow_reads(self, tf, tmp_path):
        nested = tf.Module()
        nested.w = [tf.Variable(tf.zeros((row, 2))) for row in range(4)]
        tf.train.Checkpoint(model=nested, step=tf.Variable(1)).write(str(tmp_path / "ckpt"))
        bundle = self.agrees(tf, tmp_path / "ckpt")
        with LocalFolder(str(tmp_path)) as folder:
            found = object_graph(folder, "ckpt", bundle)
        assert found == tf.train.load_checkpoint(str(tmp_path / "ckpt")).get_tensor(GRAPH)

    def test_twelve_thousand_tensors_in_several_blocks(self, tf, tmp_path):
        names = [f"tower/layer_{number // 3}/part_{number % 3}" for number in range(12_000)]
        values = [tf.zeros((number % 7,)) for number in range(12_000)]
        tf.raw_ops.SaveV2(
            prefix=str(tmp_path / "ckpt"), tensor_names=names, shape_and_slices=[""] * 12_000, tensors=values
        )
        bundle = self.agrees(tf, tmp_path / "ckpt")
        assert bundle.elements() == sum(number % 7 for number in range(12_000))

    @pytest.mark.parametrize("axis", [0, 1])
    @pytest.mark.parametrize("rows", [7, 100, 9000])
    def test_slices_in_several_shards(self, tf, tmp_path, axis, rows):
        """Saved one by one and merged, as a cluster does; long slices have long numbers in their keys."""
        sizes = (rows, 4) if axis == 0 else (4, rows)
        third = rows // 3
        prefixes = []
        for number, start in enumerate((0, third, 2 * third)):
            length = third if number < 2 else rows - 2 * third
            extent = f"{start},{length}:-" if axis == 0 else f"-:{start},{length}"
            own = (length, 4) if axis == 0 else (4, length)
            prefixes.append(str(tmp_path / f"part{number}"))
            tf.raw_ops.SaveV2(
                prefix=prefixes[-1], tensor_names=["net/w", f"b{number}"],
                shape_and_slices=[f"{sizes[0]} {sizes[1]} {extent}", ""], tensors=[tf.zeros(own), tf.zeros((3,))],
            )  # fmt: skip
        tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=prefixes, destination_prefix=str(tmp_path / "ckpt"))
        bundle = self.agrees(tf, tmp_path / "ckpt")
        assert bundle.shards == 3
        assert bundle.uncovered == ()
        assert len(bundle.slices["net/w"]) == 3
        assert bundle.elements() == rows * 4 + 9

    def test_a_merge_that_lacks_a_part_is_a_fact(self, tf, tmp_path):
        prefix = str(tmp_path / "ckpt")
        tf.raw_ops.SaveV2(prefix=prefix, tensor_names=["w"], shape_and_slices=["7 3 0,3:-"], tensors=[tf.zeros((3, 3))])
        (fact,) = self.agrees(tf, tmp_path / "ckpt").uncovered
        assert (fact.held, fact.expected) == (9, 21)
