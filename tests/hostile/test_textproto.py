"""Texts that lie or have no end: each leads to an error that names it, within bounds of time and memory."""

from __future__ import annotations

import tracemalloc

import pytest

from fuzz.fuzz_textproto import one_input, seeds
from fuzz.mutate import mutated, outcome
from paramcount.containers import textproto, texttokens
from paramcount.containers.textproto import parse, to_wire
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow.schema import SCHEMA
from paramcount.sources.bytesource import MemoryBytes


def read(data, message="GraphDef"):
    tree = parse(MemoryBytes(data, "hostile.pbtxt"), SCHEMA, message)
    return to_wire(tree, SCHEMA, message, "hostile.pbtxt")


def refused(error, words, data):
    with pytest.raises(error, match=words) as caught:
        read(data)
    assert type(caught.value) is error
    assert "hostile.pbtxt" in str(caught.value)


@pytest.mark.parametrize("opening", [b"a{", b"a:{", b"a<", b"node{attr{value{tensor{"])
def test_messages_inside_messages_without_end_are_refused(opening):
    refused(LimitExceeded, "nested too deeply", opening * 10_000)


def test_lists_inside_lists_are_refused():
    refused(CorruptFile, "neither a number", b"a: [[1]]")


def test_a_word_without_end_is_refused():
    refused(LimitExceeded, "too long", b"a" * 100_000)
    refused(LimitExceeded, "too long", b"a: " + b"1" * 100_000)


def test_more_values_than_any_graph_has_are_refused(monkeypatch):
    monkeypatch.setattr(textproto, "VALUE_LIMIT", 1000)
    refused(LimitExceeded, "too many values", b"node{}" * 1001)


def test_values_that_are_not_kept_do_not_count(monkeypatch):
    monkeypatch.setattr(textproto, "VALUE_LIMIT", 10)

    assert read(b"other { inner: 1 } float_val: 1.5 " * 1000) == b""


def test_more_parts_than_any_file_has_are_refused(monkeypatch):
    monkeypatch.setattr(texttokens, "TOKEN_LIMIT", 1000)
    refused(LimitExceeded, "too many parts", b"a: 1 " * 1000)


def test_texts_that_are_kept_have_a_limit(monkeypatch):
    monkeypatch.setattr(texttokens, "TEXT_LIMIT", 1000)
    refused(LimitExceeded, "texts of this file are too long", b'node { name: "' + b"x" * 1001 + b'" }')


@pytest.mark.parametrize("content", [b"x", b"\\000", b"\\\\", b'\\"'])
def test_weights_cost_a_scan_and_no_memory(content):
    values = content * (24_000_000 // len(content))
    text = b'node { attr { value { tensor { dtype: DT_FLOAT tensor_content: "' + values + b'" } } } }'
    source = MemoryBytes(text, "hostile.pbtxt")
    tracemalloc.start()
    tree = parse(source, SCHEMA, "GraphDef")
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()

    assert tree["node"][0]["attr"][0]["value"][0] == {"tensor": [{"dtype": ["DT_FLOAT"]}]}


@pytest.mark.parametrize("ending", [b"", b"\\", b'\\"', b"\n"])
def test_a_text_without_an_end_is_refused(ending):
    refused(CorruptFile, "has no end", b'a: "' + b"x" * (3 << 20) + ending)


def test_a_comment_without_an_end_is_the_end():
    assert read(b"# " + b"x" * (3 << 20)) == b""


def test_a_number_of_any_length_is_no_more_than_64_bits():
    assert len(read(b"node { attr { value { i: 0x" + b"f" * 3000 + b" } } }")) < 40


def test_bytes_that_are_no_text_are_refused():
    refused(CorruptFile, "no name", bytes(range(128, 256)))
    refused(CorruptFile, "no name", b"\x7f\x00\xff")


@pytest.mark.parametrize("whole", seeds())
def test_a_text_cut_at_any_byte_raises_nothing_but_our_own_errors(whole):
    for size in range(len(whole)):
        outcome(one_input, whole[:size])


def test_two_thousand_mutations_raise_nothing_but_our_own_errors():
    """``tests/fuzz/fuzz_textproto.py`` does the same for as long as one likes."""
    for data in mutated(seeds(), 2000, 11):
        outcome(one_input, data)
