"""The quick way to parse JSON gives what the standard library gives."""

from __future__ import annotations

import builtins
import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramcount.readers.quickjson import loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_every_value_comes_back(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    assert value == loads(text)
    assert value == loads(text.encode())
    assert value == loads(f" \n{text}\t ")


def test_constants_are_those_of_json():
    assert math.isnan(loads("[NaN]")[0])
    assert [math.inf, -math.inf] == loads(b"[Infinity, -Infinity]")


def test_other_encodings_are_recognised():
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert {"a": "é"} == loads('{"a": "é"}'.encode(encoding))


@pytest.mark.parametrize("wrong", ["", "{", "[1,]", "[1] 2", "{'a': 1}", "[1", '{"a" 1}', "nul", b"[\xff]", '["\x01"]'])
def test_what_is_no_json_is_an_error(wrong):
    with pytest.raises(ValueError):  # noqa: PT011
        loads(wrong)


def test_nesting_without_end_is_an_error():
    with pytest.raises(RecursionError):
        loads("[" * 200_000)


def test_an_interpreter_without_the_parser_does_the_same(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "_json":
            raise ImportError(name)
        return real(name, *rest)

    json.loads("[]")
    monkeypatch.setattr(builtins, "__import__", without)

    assert {"a": [1]} == loads(b'{"a": [1]}')


def test_a_fresh_interpreter_says_what_is_wrong():
    """The parser looks for its error in ``json``, which a fresh interpreter has not imported."""
    code = "from paramcount.readers.document import parse_json; parse_json(b'{', 'here')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "CorruptFile: here: This is not valid JSON" in done.stderr
