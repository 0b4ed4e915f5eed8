"""HDF5 files that lie: each has one defect, made by hand, and leads to an error that names it."""

from __future__ import annotations

import io
import time
from struct import pack

import pytest

from containers.hdf5_maker import (
    FLOAT32,
    INT8,
    UNDEFINED,
    VLEN_STRING,
    Maker,
    attribute,
    contiguous,
    dataspace,
    fixed_string,
    message,
    with_dataset,
)
from fuzz.fuzz_hdf5 import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.containers.hdf5 import Dataset, Group, open_hdf5
from paramcount.errors import (
    CorruptFile,
    LimitExceeded,
    NotAModel,
    ParamcountError,
    TruncatedFile,
    UnsafeFile,
    UnsupportedHdf5,
)
from paramcount.sources.bytesource import MemoryBytes


def root_of(data: bytes) -> Group:
    return open_hdf5(MemoryBytes(data, "hostile.h5"))


def refused(error: type[ParamcountError], words: str, data: bytes) -> None:
    """Walking ``data`` raises exactly this error, and its message has these words and the place."""
    with pytest.raises(error, match=words) as caught:
        walk(root_of(data))
    assert type(caught.value) is error
    assert "hostile.h5" in str(caught.value)


def walk(group: Group) -> None:
    for name in group.attribute_names():
        group.attribute(name)
    for child in group.children().values():
        if isinstance(child, Group):
            walk(child)


def sound() -> Maker:
    return Maker()


def test_the_maker_makes_sound_files():
    """What follows differs from this file in one place each."""
    maker = sound()
    data = maker.dataset((2, 3))
    text = maker.collection(b"dense")
    name = attribute(b"name", VLEN_STRING, dataspace(), pack("<IQI", 5, text, 1))
    root = root_of(maker.finish(maker.group({b"layer": maker.group({b"0": data})}, message(0x0C, name))))
    assert root.attribute("name") == "dense"
    found = root.get("layer").get("0")
    assert isinstance(found, Dataset)
    assert (found.path, found.shape, found.dtype, found.stored_bytes) == ("/layer/0", (2, 3), "float32", 24)
    h5py = pytest.importorskip("h5py")
    with h5py.File(io.BytesIO(maker.finish(root.address))) as file:
        assert file.attrs["name"] == "dense"
        assert file["layer/0"].shape == (2, 3)


class TestSuperblock:
    def test_other_bytes_are_not_hdf5(self):
        refused(NotAModel, "not an HDF5 file", b"PK\3\4" + bytes(3000))

    def test_a_file_shorter_than_it_says_is_truncated(self):
        maker = sound()
        refused(TruncatedFile, "shorter than it says", maker.finish(maker.group({}), end=len(maker.data) + 1000))

    @pytest.mark.parametrize("at", [13, 14])
    def test_addresses_of_another_width_are_named(self, at):
        maker = sound()
        data = bytearray(maker.finish(maker.group({})))
        data[at] = 4
        refused(UnsupportedHdf5, "not 8 bytes wide", bytes(data))

    def test_a_later_version_is_named(self):
        maker = sound()
        data = bytearray(maker.finish(maker.group({})))
        data[8] = 9
        refused(UnsupportedHdf5, "Superblock version 9", bytes(data))

    def test_a_file_split_into_several_is_named(self):
        maker = sound()
        data = bytearray(maker.finish(maker.group({})))
        data[48:56] = pack("<Q", 96)
        refused(UnsupportedHdf5, "driver information block", bytes(data))

    def test_a_root_that_is_a_dataset_is_refused(self):
        maker = sound()
        refused(CorruptFile, "root of the file is not a group", maker.finish(maker.dataset()))

    @pytest.mark.parametrize("address", [UNDEFINED, 1 << 63, 1 << 40])
    def test_a_root_beyond_the_file_is_truncated(self, address):
        refused(TruncatedFile, "beyond the end", sound().finish(address))


class TestObjectHeader:
    def test_an_address_without_a_header_is_refused(self):
        maker = sound()
        refused(CorruptFile, "no object header", maker.finish(maker.put(b"nothing here" * 10)))

    def test_a_header_longer_than_the_file_is_truncated(self):
        maker = sound()
        refused(TruncatedFile, "beyond the end", maker.finish(maker.put(pack("<BBHIII", 1, 0, 1, 1, 0xFFFFFFFF, 0))))

    def test_a_message_longer_than_its_header_is_refused(self):
        maker = sound()
        refused(CorruptFile, "longer than its object header", maker.finish(maker.header(pack("<HHB3x", 1, 999, 0))))

    def test_an_object_without_messages_is_neither_group_nor_dataset(self):
        maker = sound()
        refused(CorruptFile, "neither a group nor a dataset", maker.finish(maker.header()))

    def test_a_continuation_that_leads_to_itself_ends(self):
        maker = sound()
        at = len(maker.data)
        ring = message(0x10, pack("<QQ", at, 24))
        assert maker.put(ring) == at
        refused(CorruptFile, "continuation block of an object header is used twice", maker.finish(maker.header(ring)))

    def test_a_continuation_beyond_the_file_is_truncated(self):
        maker = sound()
        far = message(0x10, pack("<QQ", 1 << 50, 24))
        refused(TruncatedFile, "beyond the end", maker.finish(maker.header(far)))

    def test_an_unknown_message_that_must_be_understood_is_named(self):
        maker = sound()
        refused(UnsupportedHdf5, "Message type 0x0099", maker.finish(maker.group({}, message(0x99, b"", 0x80))))

    def test_an_unknown_message_that_may_be_skipped_is_skipped(self):
        maker = sound()
        assert root_of(maker.finish(maker.group({}, message(0x99, b"")))).names() == ()

    def test_a_shared_message_is_named(self):
        maker = sound()
        shared = maker.header(message(1, bytes(16), 2), message(3, FLOAT32), message(8, contiguous(96, 4)))
        refused(UnsupportedHdf5, "shared message", maker.finish(maker.group({b"x": shared})))

    def test_a_committed_type_that_is_shared_in_turn_is_refused(self):
        maker = sound()
        at = (len(maker.data) + 7) // 8 * 8
        ring = message(3, pack("<BBQ", 3, 2, at), 2)
        assert maker.header(message(1, dataspace()), ring, message(8, contiguous(96, 4))) == at
        refused(CorruptFile, "committed datatype", maker.finish(maker.group({b"x": at})))


class TestGroup:
    def test_a_tree_that_leads_to_itself_ends(self):
        maker = sound()
        heap, _ = maker.heap(b"a")
        at = (len(maker.data) + 7) // 8 * 8
        assert maker.tree(at, level=1) == at
        refused(CorruptFile, "used twice", maker.finish(maker.header(maker.table(at, heap))))

    def test_a_node_that_has_two_parents_is_refused(self):
        """Thirty such levels would have a billion entries."""
        maker = sound()
        heap, starts = maker.heap(b"a")
        node = maker.symbols((starts[0], maker.group({}), 0, 0))
        leaf = maker.tree(node)
        for level in range(1, 9):
            leaf = maker.tree(leaf, leaf, level=level)
        refused(CorruptFile, "used twice", maker.finish(maker.header(maker.table(leaf, heap))))

    def test_a_symbol_node_that_has_two_parents_is_refused(self):
        maker = sound()
        heap, starts = maker.heap(b"a")
        node = maker.symbols((starts[0], maker.group({}), 0, 0))
        tree = maker.tree(maker.tree(node), maker.tree(node), level=1)
        refused(CorruptFile, "used twice", maker.finish(maker.header(maker.table(tree, heap))))

    def test_a_tree_of_absurd_depth_is_refused(self):
        maker = sound()
        heap, _ = maker.heap()
        refused(CorruptFile, "wrong level", maker.finish(maker.header(maker.table(maker.tree(96, level=200), heap))))

    def test_a_node_with_more_children_than_bytes_is_truncated(self):
        maker = sound()
        heap, _ = maker.heap()
        table = maker.table(maker.tree(96, used=0xFFFF), heap)
        refused(TruncatedFile, "beyond the end", maker.finish(maker.header(table)))

    @pytest.mark.parametrize("wrong", ["tree", "heap", "node"])
    def test_a_structure_without_its_signature_is_refused(self, wrong):
        maker = sound()
        heap, _ = maker.heap()
        other = maker.put(b"other things" * 20)
        tree = maker.tree(other) if wrong == "node" else maker.tree(maker.symbols())
        table = maker.table(other if wrong == "tree" else tree, other if wrong == "heap" else heap)
        refused(CorruptFile, "no (B-tree|local heap|symbol table node)", maker.finish(maker.header(table)))

    def test_a_heap_beyond_the_file_is_truncated(self):
        maker = sound()
        heap = maker.put(pack("<4sIQQQ", b"HEAP", 0, 1 << 40, UNDEFINED, 96))
        table = maker.table(maker.tree(maker.symbols()), heap)
        refused(TruncatedFile, "beyond the end", maker.finish(maker.header(table)))

    @pytest.mark.parametrize("start", [1 << 20, UNDEFINED])
    def test_a_name_outside_its_heap_is_refused(self, start):
        maker = sound()
        heap, _ = maker.heap(b"a")
        table = maker.table(maker.tree(maker.symbols((start, 96, 0, 0))), heap)
        refused(CorruptFile, "outside its local heap|do not fit", maker.finish(maker.header(table)))

    def test_two_links_of_one_name_are_refused(self):
        maker = sound()
        heap, starts = maker.heap(b"a", b"a")
        child = maker.group({})
        node = maker.symbols((starts[0], child, 0, 0), (starts[1], child, 0, 0))
        refused(CorruptFile, "same name", maker.finish(maker.header(maker.table(maker.tree(node), heap))))

    @pytest.mark.parametrize("name", [b"", b"a/b", b"/"])
    def test_a_name_that_is_no_name_is_refused(self, name):
        maker = sound()
        refused(CorruptFile, "empty name, or one with a slash", maker.finish(maker.group({name: 96})))

    def test_a_name_that_is_not_utf8_is_shown_escaped(self):
        maker = sound()
        root = root_of(maker.finish(maker.group({b"caf\xe9": maker.dataset()})))
        assert root.names() == ("caf\\xe9",)
        assert root.get("caf\\xe9").shape == (2, 3)

    def test_a_soft_link_is_never_followed(self):
        maker = sound()
        heap, starts = maker.heap(b"link", b"/target")
        table = maker.table(maker.tree(maker.symbols((starts[0], UNDEFINED, 2, starts[1]))), heap)
        data = maker.finish(maker.header(table))
        refused(UnsafeFile, "a soft link to '/target'", data)
        assert root_of(data).names() == ("link",)

    def test_a_group_within_itself_is_the_callers_concern_and_has_one_address(self):
        maker = sound()
        heap, starts = maker.heap(b"loop")
        node = maker.symbols((starts[0], 0, 0, 0))
        root = maker.header(maker.table(maker.tree(node), heap))
        maker.data[node + 16 : node + 24] = pack("<Q", root)
        group = root_of(maker.finish(root))
        assert group.get("loop").get("loop").address == group.address

    def test_many_groups_that_share_one_large_table_meet_a_budget(self):
        """Two thousand groups with the same two thousand links would be four million entries."""
        maker = sound()
        heap, starts = maker.heap(*(b"link number %d of many" % index for index in range(4000)))
        heads = [maker.header(maker.table(0, heap)) for _ in range(4000)]
        node = maker.symbols(*((start, head, 0, 0) for start, head in zip(starts, heads, strict=True)))
        tree = maker.tree(node)
        for head in heads:
            maker.data[head + 24 : head + 32] = pack("<Q", tree)
        started = time.process_time()
        with pytest.raises(LimitExceeded, match="refer to each other far too often"):
            [child.names() for child in root_of(maker.finish(heads[0])).children().values()]
        assert time.process_time() - started < 2


class TestDataset:
    def test_storage_beyond_the_file_is_truncated(self):
        refused(TruncatedFile, "ends beyond the end", with_dataset(layout=contiguous(1 << 30, 24)))

    def test_storage_that_overflows_is_truncated(self):
        refused(TruncatedFile, "ends beyond the end", with_dataset(layout=contiguous(UNDEFINED - 8, 24)))

    def test_storage_of_another_size_than_the_shape_is_refused(self):
        refused(CorruptFile, "does not have the size of its shape", with_dataset(layout=contiguous(96, 20)))

    def test_compact_storage_of_another_size_is_refused(self):
        refused(CorruptFile, "compact storage", with_dataset(layout=pack("<BBH", 3, 0, 20) + bytes(20)))
        refused(CorruptFile, "compact storage", with_dataset(layout=pack("<BBH", 3, 0, 24) + bytes(8)))

    def test_a_shape_that_no_file_could_hold_is_refused(self):
        chunked = pack("<BBBQIII", 3, 2, 3, UNDEFINED, 1, 1, 4)
        refused(UnsafeFile, "declares far more data", with_dataset(shape=(1 << 30, 1 << 30), layout=chunked))

    def test_a_product_beyond_64_bits_does_not_wrap_around(self):
        refused(CorruptFile, "does not have the size", with_dataset(shape=(1 << 32, 1 << 32), layout=contiguous(96, 0)))

    def test_unwritten_storage_of_a_large_shape_is_a_bomb_too(self):
        layout = contiguous(UNDEFINED, 4 << 40)
        refused(UnsafeFile, "declares far more data", with_dataset(shape=(1 << 40,), layout=layout))

    def test_data_in_another_file_is_never_opened(self):
        maker = sound()
        other = message(7, pack("<B3xHHQ", 1, 1, 1, 96))
        x = maker.dataset((2, 3), FLOAT32, contiguous(UNDEFINED, 24), other)
        refused(UnsafeFile, "in another file", maker.finish(maker.group({b"x": x})))

    def test_a_virtual_dataset_is_refused(self):
        refused(UnsafeFile, "virtual", with_dataset(layout=pack("<BBQI", 4, 3, 96, 1)))

    def test_an_unknown_layout_is_named(self):
        refused(UnsupportedHdf5, "Layout version 9", with_dataset(layout=pack("<BBQQ", 9, 1, 96, 24)))
        refused(UnsupportedHdf5, "Layout class 7", with_dataset(layout=pack("<BBQQ", 3, 7, 96, 24)))

    def test_too_many_dimensions_are_refused(self):
        maker = sound()
        space = message(1, pack("<BBB5x", 1, 200, 0) + bytes(1600))
        x = maker.header(space, message(3, FLOAT32), message(8, contiguous(96, 4)))
        refused(CorruptFile, "too many dimensions", maker.finish(maker.group({b"x": x})))

    @pytest.mark.parametrize(
        ("datatype", "words"),
        [
            (pack("<B3sI", 0x1F, b"\0\0\0", 4), "Datatype class 15"),
            (pack("<B3sI", 0x13, b"\0\0\0", 0), "has no size"),
            (pack("<B3sIHH", 0x10, b"\0\0\0", 4, 0, 64), "more bits than its bytes"),
            (pack("<B3sIHHBBBBI", 0x11, b"\0\0\0", 4, 0, 32, 0, 200, 0, 23, 0), "more bits than its bytes"),
            (b"\x11\0", "has no size"),
            (pack("<B3sI", 0x19, b"\0\0\0", 16) * 40 + INT8, "nested too deeply"),
            (pack("<B3sIB4I", 0x3A, b"\0\0\0", 9, 4, 1, 1, 1, 1) + INT8, "size of its elements"),
            (pack("<B3sIB", 0x3A, b"\0\0\0", 9, 255), "too many dimensions"),
            (pack("<B3sI", 0x18, b"\xff\xff\0", 1) + INT8, "do not fit together"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_datatype_that_makes_no_sense_is_refused(self, datatype, words):
        with pytest.raises(ParamcountError, match=words):
            walk(root_of(with_dataset(datatype=datatype)))

    def test_a_compound_of_very_many_members_meets_a_budget(self):
        """Each of 7,000 nested types is cut out of the rest of its message."""
        member = b"a\0" + b"\0" + pack("<B3sIHH", 0x10, b"\0\0\0", 1, 0, 8)
        datatype = pack("<B3sI", 0x36, b"\xff\x0f\0", 200) + member * 4095
        started = time.process_time()
        with pytest.raises(ParamcountError):
            walk(root_of(with_dataset(datatype=datatype)))
        assert time.process_time() - started < 1


class TestAttribute:
    def with_attribute(self, body: bytes, maker: Maker | None = None) -> bytes:
        maker = maker or sound()
        return maker.finish(maker.group({}, message(0x0C, body)))

    def test_a_value_longer_than_its_message_is_refused(self):
        body = attribute(b"a", fixed_string(8), dataspace(1 << 40), b"x" * 16)
        refused(CorruptFile, "longer than its message", self.with_attribute(body))

    def test_a_shape_of_nothing_but_zeros_allocates_nothing(self):
        body = attribute(b"a", fixed_string(8), dataspace(1 << 60, 0), b"")
        assert root_of(self.with_attribute(body)).attribute("a") == []

    def test_an_unknown_version_is_named(self):
        body = b"\x09" + attribute(b"a", INT8, dataspace(), b"\1")[1:]
        refused(UnsupportedHdf5, "Attribute version 9", self.with_attribute(body))

    def test_parts_longer_than_the_message_are_refused(self):
        refused(CorruptFile, "do not fit", self.with_attribute(pack("<BBHHH", 1, 0, 2, 8, 8) + b"a\0"))

    def test_text_that_is_not_utf8_is_escaped(self):
        body = attribute(b"a", fixed_string(4), dataspace(), b"\xffab\0")
        assert root_of(self.with_attribute(body)).attribute("a") == "\\xffab"

    @pytest.mark.parametrize(("padding", "text"), [(0, "ab"), (1, "ab\0cd"), (2, "ab\0cd")])
    def test_each_kind_of_padding_is_taken_off(self, padding, text):
        fill = b" " if padding == 2 else b"\0"
        body = attribute(b"a", fixed_string(8, padding), dataspace(1), b"ab\0cd" + fill * 3)
        assert root_of(self.with_attribute(body)).attribute("a") == [text]

    @pytest.mark.parametrize(
        ("length", "index", "words"),
        [(5, 2, "not in its global heap"), (99, 1, "longer than its place"), (1 << 31, 1, "longer than its place")],
    )
    def test_text_outside_its_heap_is_refused(self, length, index, words):
        maker = sound()
        text = maker.collection(b"dense")
        body = attribute(b"a", VLEN_STRING, dataspace(), pack("<IQI", length, text, index))
        refused(CorruptFile, words, self.with_attribute(body, maker))

    def test_a_heap_beyond_the_file_is_truncated(self):
        maker = sound()
        text = maker.collection(b"dense", size=1 << 40)
        body = attribute(b"a", VLEN_STRING, dataspace(), pack("<IQI", 5, text, 1))
        refused(TruncatedFile, "global heap collection ends beyond", self.with_attribute(body, maker))

    def test_one_long_text_shown_many_times_is_refused(self):
        """A megabyte, a thousand times, would be a gigabyte from a file of one megabyte."""
        maker = sound()
        text = maker.collection(b"x" * 1_000_000)
        rows = pack("<IQI", 1_000_000, text, 1) * 1000
        refused(
            CorruptFile,
            "longer than the file",
            self.with_attribute(attribute(b"a", VLEN_STRING, dataspace(1000), rows), maker),
        )


def test_a_file_cut_at_any_byte_is_an_error_and_never_a_smaller_model():
    for whole in seeds()[::3]:
        for size in range(len(whole) - 1):
            with pytest.raises((TruncatedFile, NotAModel)):
                one_input(whole[:size])


def test_ten_thousand_mutations_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_hdf5.py`` does the same for as long as one likes."""
    outcomes = {outcome(one_input, data) for data in mutated(seeds(), 10_000, seed=7)}
    assert {"read", "corrupt-file", "truncated-file"} <= outcomes
