"""Tables that lie: each has one defect, made by hand, and leads to an error that names it."""

from __future__ import annotations

import tracemalloc

import pytest

from fuzz import fuzz_bundle, fuzz_leveldb
from fuzz.mutate import mutated, outcome
from paramcount.containers import leveldb
from paramcount.errors import CorruptFile, LimitExceeded, ParamcountError, TruncatedFile, UnsupportedFormat
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow.bundle_maker import MAGIC, block, entry, header, snappy, table, varint


def refused(error: type[ParamcountError], words: str, data: bytes) -> None:
    """Walking ``data`` raises exactly this error, naming the file."""
    with pytest.raises(error, match=words) as caught:
        list(leveldb.entries(MemoryBytes(data, "hostile.index")))
    assert type(caught.value) is error
    assert "hostile.index" in str(caught.value)


def of_blocks(*blocks: bytes, keys: list[bytes] | None = None, packing: int = 0) -> bytes:
    """A table of these very blocks; ``keys`` close them in the index."""
    data, handles = bytearray(), []
    for one in blocks:
        handles.append(varint(len(data)) + varint(len(one)))
        data += one + bytes((packing,)) + bytes(4)
    return closed(data, list(zip(keys or [b"z"], handles, strict=True)))


def closed(data: bytearray, index: list[tuple[bytes, bytes]]) -> bytes:
    """``data`` with an index and a footer behind it."""
    more = varint(len(data)) + varint(8)
    data = data + block([]) + bytes(5)
    made = block(index, 1)
    footer = more + varint(len(data)) + varint(len(made))
    return bytes(data + made + bytes(5) + footer.ljust(40, b"\0") + MAGIC)


def make_checkpoint(keys: list[tuple[bytes, bytes]]) -> bytes:
    """A checkpoint whose tensors have these names."""
    return table({b"": header(), **{key: entry(1, ()) for key, _ in keys}}, 10_000, interval=10_000)


SOUND = block([(b"a", b"1"), (b"ab", b"2"), (b"b", b"3")])


def test_the_tables_here_are_sound():
    assert len(list(leveldb.entries(MemoryBytes(of_blocks(SOUND), "x")))) == 3


class TestFooter:
    def test_a_table_that_is_cut_off_is_named(self):
        refused(TruncatedFile, "end of the table is missing", of_blocks(SOUND)[:-1])

    def test_a_few_bytes_are_no_table(self):
        refused(TruncatedFile, "end of the table is missing", b"")
        refused(TruncatedFile, "end of the table is missing", MAGIC)

    @pytest.mark.parametrize("place", [0, 1])
    @pytest.mark.parametrize("handle", [(1 << 63, 8), (0, 1 << 63), (0, 10_000), (10_000, 0)])
    def test_a_block_behind_the_footer_is_refused(self, place, handle):
        handles = [(0, 8), (0, 8)]
        handles[place] = handle
        footer = b"".join(varint(number) for pair in handles for number in pair)
        refused(CorruptFile, "points behind its blocks", block([]) + bytes(5) + footer.ljust(40, b"\0") + MAGIC)

    def test_a_number_without_an_end_is_refused(self):
        refused(CorruptFile, "cut off or too long", bytes(100) + b"\xff" * 40 + MAGIC)


class TestIndex:
    def test_a_block_named_twice_is_refused(self):
        """A small file could otherwise be read without end."""
        data = bytearray(SOUND + bytes(5))
        handle = varint(0) + varint(len(SOUND))
        refused(CorruptFile, "not in its place", closed(data, [(b"c", handle), (b"d", handle)]))

    @pytest.mark.parametrize("handle", [(1 << 60, 8), (0, 1 << 60), (0, 40)])
    def test_a_block_that_reaches_into_the_index_is_refused(self, handle):
        data = bytearray(SOUND + bytes(5))
        refused(CorruptFile, "not in its place", closed(data, [(b"c", varint(handle[0]) + varint(handle[1]))]))

    def test_keys_that_are_not_in_order_are_refused(self):
        refused(CorruptFile, "index of a table is broken", of_blocks(block([]), SOUND, keys=[b"d", b"d"]))

    def test_more_than_a_handle_is_refused(self):
        handle = varint(0) + varint(len(SOUND)) + b"\0"
        refused(CorruptFile, "index of a table is broken", closed(bytearray(SOUND + bytes(5)), [(b"c", handle)]))

    def test_a_key_that_the_index_would_not_find_is_refused(self):
        """Who looks a name up and who reads all of them must see the same tensors."""
        refused(CorruptFile, "behind what the index says", of_blocks(SOUND, keys=[b"aa"]))
        two = of_blocks(SOUND, block([(b"c", b"4")]), keys=[b"c", b"d"])
        refused(CorruptFile, "not in order", two)


class TestBlock:
    def test_another_packing_is_named(self):
        refused(UnsupportedFormat, "packed in a way that is not read.*type 2", of_blocks(SOUND, packing=2))

    def test_a_packed_block_that_is_none_is_refused(self):
        refused(CorruptFile, "packed block", of_blocks(SOUND, packing=1))

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        bomb = varint(1 << 31) + snappy(bytes(1000))[2:]
        tracemalloc.start()
        refused(LimitExceeded, "packed block is too large", of_blocks(bomb, packing=1))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()

    @pytest.mark.parametrize("count", [0, 2, 1000, 0xFFFFFFFF])
    def test_a_list_of_restarts_that_does_not_fit_is_refused(self, count):
        data = SOUND[:-4] + count.to_bytes(4, "little")
        with pytest.raises(CorruptFile):
            list(leveldb.entries(MemoryBytes(of_blocks(data), "hostile.index")))

    def test_a_block_of_three_bytes_is_refused(self):
        refused(CorruptFile, "list at the end of a block", of_blocks(b"abc"))

    @pytest.mark.parametrize("place", [1, 6, 1000])
    def test_a_restart_in_the_middle_of_an_entry_is_refused(self, place):
        body = SOUND[:-8]
        data = body + b"".join(at.to_bytes(4, "little") for at in (0, place, 2))
        refused(CorruptFile, "that is not there", of_blocks(data))

    def test_a_restart_at_an_entry_that_shares_its_key_is_refused(self):
        """A reader that begins there would see another key."""
        body = SOUND[:-8]
        data = body + b"".join(at.to_bytes(4, "little") for at in (0, 5, 2))
        refused(CorruptFile, "shares its key", of_blocks(data))

    @pytest.mark.parametrize("head", [(1, 1, 1), (0, 1, 200), (0, 200, 1), (0, 1 << 40, 1), (0, 1, 1 << 63)])
    def test_an_entry_that_is_longer_than_its_block_is_refused(self, head):
        body = b"".join(map(varint, head)) + b"kv"
        data = body + bytes(4) + (1).to_bytes(4, "little")
        with pytest.raises(CorruptFile):
            list(leveldb.entries(MemoryBytes(of_blocks(data), "hostile.index")))

    @pytest.mark.parametrize("two", [b"a", b"A", b""])
    def test_keys_that_are_not_in_order_are_refused(self, two):
        refused(CorruptFile, "not in order", of_blocks(block([(b"a", b"1"), (two, b"2")], 1)))


class TestLimits:
    def test_keys_that_share_a_long_beginning_do_not_fill_the_memory(self):
        """Eight kilobytes of a key cost four bytes of the file each time they are shared."""
        long = b"k" * 8_000
        keys = [(long + b"%05d" % number, b"") for number in range(2000)]
        data = of_blocks(block(keys, 10_000))
        assert len(data) < 40_000
        tracemalloc.start()
        with pytest.raises(LimitExceeded, match="too long together"):
            fuzz_bundle.one_input(make_checkpoint(keys))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
        tracemalloc.stop()
        refused(LimitExceeded, "too long together", data)

    def test_a_key_longer_than_any_name_is_refused(self):
        refused(LimitExceeded, "key is too long", table({b"k" * 20_000: b""}))

    def test_a_large_block_is_refused(self, monkeypatch):
        monkeypatch.setattr(leveldb, "BLOCK_LIMIT", 100)
        refused(LimitExceeded, "block of a table is too large", table({b"k": bytes(200)}))

    def test_a_large_first_value_is_refused(self, monkeypatch):
        data = table({b"k": bytes(200)})
        assert leveldb.first(MemoryBytes(data, "x")) == (b"k", bytes(200))
        monkeypatch.setattr(leveldb, "BLOCK_LIMIT", 150)
        with pytest.raises(LimitExceeded, match="value of a table is too large"):
            leveldb.first(MemoryBytes(data, "x"))


def test_a_table_cut_at_any_byte_is_an_error():
    for whole in fuzz_leveldb.seeds()[:3]:
        for size in range(len(whole)):
            with pytest.raises(ParamcountError):
                fuzz_leveldb.one_input(whole[:size])


def test_twenty_thousand_mutated_tables_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_leveldb.py`` does the same for as long as one likes."""
    outcomes = {outcome(fuzz_leveldb.one_input, data) for data in mutated(fuzz_leveldb.seeds(), 20_000, seed=5)}
    assert {"read", "corrupt-file", "truncated-file"} <= outcomes


def test_ten_thousand_mutated_checkpoints_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_bundle.py`` does the same for as long as one likes."""
    outcomes = {outcome(fuzz_bundle.one_input, data) for data in mutated(fuzz_bundle.seeds(), 10_000, seed=5)}
    assert {"read", "corrupt-file", "truncated-file"} <= outcomes
