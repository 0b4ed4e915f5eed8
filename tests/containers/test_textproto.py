"""Protocol buffers as text are read into a tree, and turned into the binary form."""

from __future__ import annotations

import pytest

from paramcount.containers import texttokens
from paramcount.containers.protobuf import fields
from paramcount.containers.textproto import BOOL, BYTES, INT, Schema, parse, to_wire
from paramcount.containers.texttokens import unescaped
from paramcount.errors import CorruptFile
from paramcount.sources.bytesource import MemoryBytes

SCHEMA = Schema(
    {
        "Model": {"name": (1, BYTES), "layer": (2, "Layer"), "kind": (3, "Kind"), "size": (4, INT), "on": (5, BOOL)},
        "Layer": {"name": (1, BYTES), "inner": (2, "Layer"), "sizes": (3, INT)},
    },
    {"Kind": {"SMALL": 1, "LARGE": 2}},
)


def tree(text, schema=None, message=""):
    return parse(MemoryBytes(text.encode(), "made.pbtxt"), schema, message)


def wire(text):
    return to_wire(tree(text, SCHEMA, "Model"), SCHEMA, "Model", "made.pbtxt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a: 1", {"a": ["1"]}),
        ("a: 1 a: -2.5e3, a: x; b: true", {"a": ["1", "-2.5e3", "x"], "b": ["true"]}),
        ("a: [1, 2,3] a: 4", {"a": ["1", "2", "3", "4"]}),
        ("a: []", {}),
        ('a: "x" "y"\n  \'z\'', {"a": [b"xyz"]}),
        ("m { a: 1 } m < a: 2 > m: { }", {"m": [{"a": ["1"]}, {"a": ["2"]}, {}]}),
        ("m: [{ a: 1 }, < >]", {"m": [{"a": ["1"]}, {}]}),
        ("# a comment\na: 1 # and one more", {"a": ["1"]}),
        ("[type.googleapis.com/some.Message] { a: 1 }", {"[type.googleapis.com/some.Message]": [{"a": ["1"]}]}),
        ("m { m { m { a: DT_FLOAT } } }", {"m": [{"m": [{"m": [{"a": ["DT_FLOAT"]}]}]}]}),
    ],
)
def test_a_text_becomes_a_tree(text, expected):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"plain", b"plain"),
        (rb"\n\t\\\"\'\?\a", b"\n\t\\\"'?\a"),
        (rb"\0\101\1019\377", b"\0AA9\xff"),
        (rb"\x41\x4Ag\xf", b"AJg\x0f"),
        (rb"\u00e9\U0001F600", "é😀".encode()),
        (rb"\U7FFFFFFF", b"?"),
        (rb"\ud800", b"?"),
    ],
)
def test_backslashes_are_undone(written, meant):
    assert unescaped(written) == meant


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 64])
def test_the_place_where_the_file_is_cut_into_pieces_does_not_matter(monkeypatch, chunk):
    text = r"""
    # comment
    node { name: "a\\" 'b\"' op: "Const\\\"" attr { key: "v" value { i: [1, -2] type: DT_FLOAT } } }
    long_name_of_a_field: 12345678901234567890  # the end
    """
    whole = tree(text)
    monkeypatch.setattr(texttokens, "CHUNK", chunk)

    assert tree(text) == whole
    assert whole["node"][0]["name"] == [b'a\\b"']


def test_only_the_fields_of_the_schema_are_kept():
    text = 'name: "m" weights: "' + "x" * 100 + '" layer { name: "l" other { name: "no" } sizes: [1, 2] } other: 1'

    assert tree(text, SCHEMA, "Model") == {"name": [b"m"], "layer": [{"name": [b"l"], "sizes": ["1", "2"]}]}


def test_the_binary_form_has_the_numbers_of_the_schema():
    text = 'name: "m" layer { name: "l" inner { sizes: -1 } } layer { } kind: LARGE size: 0x10 size: 017 on: true on: 0'
    found = list(fields(wire(text), "made"))

    assert found == [
        (1, b"m"), (2, b"\x0a\x01l\x12\x0b\x18" + b"\xff" * 9 + b"\x01"), (2, b""), (3, 2), (4, 16), (4, 15), (5, 1),
        (5, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", "no value"),
        ("a: ", "neither a number"),
        (": 1", "no name"),
        ("1: 1", "no name"),
        ("a: {", "ends inside a message"),
        ("a { b: 1 >", "no name"),
        ("a: [1", "neither a number"),
        ('a: "x', "no end"),
        ('a: "x\ny"', "no end"),
        ("}", "no name"),
        ("[a.b", "has no end"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(text, words):
    with pytest.raises(CorruptFile, match=words) as caught:
        tree(text)
    assert "made.pbtxt, byte" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("layer: 1", "is a message has another"),
        ("size { }", "is no message"),
        ("name: 1", "is text has another"),
        ('size: "1"', "is a number has another"),
        ("size: 1.5", "is a number has another"),
        ("kind: MEDIUM", "is a number has another"),
    ],
)
def test_a_value_of_another_kind_is_refused(text, words):
    with pytest.raises(CorruptFile, match=words):
        wire(text)
