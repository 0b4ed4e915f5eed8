"""FlatBuffers that lie: each has one defect and leads to an error that names it, within bounds of time and memory."""

from __future__ import annotations

import tracemalloc
from struct import pack_into

import pytest

from fuzz.fuzz_tflite import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.containers.flatbuffer import FlatBuffer
from paramcount.errors import CorruptFile, LimitExceeded, TruncatedFile
from paramcount.readers.tensorflow import tflite_file
from paramcount.readers.tensorflow.tflite import read_tflite
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import Int, Ints, builtin, convolution, flatbuffer, operator, subgraph, tensor, tflite


def read(data):
    return read_tflite(MemoryBytes(bytes(data), "hostile.tflite"))


def refused(error, words, data):
    with pytest.raises(error, match=words) as caught:
        read(data)
    assert type(caught.value) is error
    assert "hostile.tflite" in str(caught.value)


def test_the_model_here_is_sound():
    assert read(convolution()).stored.parameters == 226


@pytest.mark.parametrize("data", [b"", b"TFL3", bytes(8), b"\x04\0\0\0TFL3", b"\xff" * 40])
def test_a_few_bytes_are_no_model(data):
    with pytest.raises((TruncatedFile, CorruptFile)):
        read(data)


def test_an_offset_that_leads_nowhere_is_refused():
    data = bytearray(convolution())
    for offset in (0, 1, 3, len(data), 0xFFFFFFFF):
        pack_into("<I", data, 0, offset)
        refused(CorruptFile, "leads out of the file", data)


@pytest.mark.parametrize("back", [-(1 << 31), (1 << 31) - 1])
def test_a_table_whose_fields_lie_outside_is_refused(back):
    data = bytearray(convolution())
    pack_into("<i", data, int.from_bytes(data[:4], "little"), back)
    refused(CorruptFile, "leads out of the file", data)


@pytest.mark.parametrize("size", [0, 3, 5, 0xFFFF])
def test_a_list_of_fields_without_a_sound_size_is_refused(size):
    data = bytearray(convolution())
    root = int.from_bytes(data[:4], "little")
    pack_into("<H", data, root - int.from_bytes(data[root : root + 4], "little", signed=True), size)
    refused(CorruptFile, "no valid list of fields", data)


def test_a_vector_that_is_longer_than_the_file_is_refused():
    data = bytearray(convolution())
    at = data.index(b"made by hand")
    pack_into("<I", data, at - 4, 0x7FFFFFFF)
    refused(CorruptFile, "longer than the file", data)


def test_a_text_without_end_is_refused():
    codes = [builtin(9)]
    made = subgraph([tensor("x" * 70_000, (1,))], [])
    refused(LimitExceeded, "text is too long", tflite(codes, [made], [b""]))


@pytest.mark.parametrize("number", [-2, 3, 1 << 30])
def test_an_operation_on_a_tensor_that_is_not_there_is_refused(number):
    made = subgraph([tensor("x", (1,))], [operator(0, (number,), (0,))])
    refused(CorruptFile, "not there", tflite([builtin(9)], [made], [b""]))


def test_an_operation_without_a_code_is_refused():
    made = subgraph([tensor("x", (1,))], [operator(7, (0,), (0,))])
    refused(CorruptFile, "no code", tflite([builtin(9)], [made], [b""]))


def test_a_tensor_of_a_buffer_that_is_not_there_has_no_values():
    made = subgraph([tensor("x", (4,), buffer=99)], [operator(0, (0,), (0,))])

    assert read(tflite([builtin(9)], [made], [b""])).stored == (0, 0)


def test_a_call_of_a_subgraph_that_is_not_there_leads_nowhere():
    made = subgraph([tensor("x", (4,), buffer=1)], [operator(0, (0,), (0,), {0: Int(77), 1: Int(-1)})])

    assert read(tflite([builtin(119)], [made], [b"", bytes(16)])).stored == (4, 1)


def test_subgraphs_that_call_each_other_end():
    first = subgraph([tensor("x", (4,), buffer=1)], [operator(0, (0,), (0,), {0: Int(1), 1: Int(1)})], (0,), (0,))
    second = subgraph([tensor("x", (4,))], [operator(0, (0,), (0,), {0: Int(0), 1: Int(0)})], (0,), (0,))

    assert read(tflite([builtin(119)], [first, second], [b"", bytes(16)])).stored == (4, 1)


def test_a_shape_that_is_far_too_large_allocates_nothing():
    shape = ((1 << 31) - 1,) * 60
    made = subgraph([tensor("x", (1,)), tensor("k", shape, buffer=1)], [operator(0, (0, 1), (0,))])
    tracemalloc.start()
    model = read(tflite([builtin(9)], [made], [b"", bytes(4)]))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()

    assert model.stored.parameters == ((1 << 31) - 1) ** 60
    assert any(finding.id == "size-disagrees" for finding in model.findings)


def test_more_axes_than_any_tensor_has_are_refused():
    made = subgraph([tensor("x", (1,) * 65)], [])
    refused(LimitExceeded, "too many axes", tflite([builtin(9)], [made], [b""]))


def test_a_size_below_zero_is_not_known():
    made = subgraph([tensor("x", (1,)), tensor("k", (-1, 4), buffer=1)], [operator(0, (0, 1), (0,))])
    one_input(tflite([builtin(9)], [made], [b"", bytes(16)]))


def test_one_part_in_a_hundred_thousand_places_ends():
    """Every entry of the vector of tensors leads to one tensor with a name of 60,000 bytes."""
    data = bytearray(tflite([builtin(9)], [subgraph([tensor("n" * 60_000, (1,))] + [{}] * 100_000, [])], [b""]))
    start = data.index((100_001).to_bytes(4, "little")) + 4
    tensor_at = start + int.from_bytes(data[start : start + 4], "little")
    for index in range(100_001):
        at = start + 4 * index
        pack_into("<I", data, at, tensor_at - at)
    refused(LimitExceeded, "in so many places", data)


def test_operations_that_take_more_than_any_are_refused(monkeypatch):
    monkeypatch.setattr(tflite_file, "INPUT_LIMIT", 100)
    made = subgraph([tensor("x", (1,))], [operator(0, (0,) * 60, ()), operator(0, (), (0,) * 60)])
    refused(LimitExceeded, "too many tensors", tflite([builtin(9)], [made], [b""]))


def test_vectors_that_overlap_the_tables_are_only_numbers():
    buffer = FlatBuffer(MemoryBytes(flatbuffer({0: Ints(range(10)), 1: "name"}), "made"))

    assert buffer.root().integers(0, 4) == tuple(range(10))


def test_a_model_cut_at_any_byte_is_an_error_or_a_smaller_model():
    """What is cut off may be values, which are not read."""
    whole = convolution()
    for size in range(len(whole)):
        outcome(one_input, whole[:size])


def test_two_thousand_mutations_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_tflite.py`` does the same for as long as one likes."""
    for data in mutated(seeds(), 2000, 11):
        outcome(one_input, data)
