"""Compressed streams are unpacked as the standard library unpacks them, in constant memory and under a bound."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archives import noise
from paramcount.containers import gunzip
from paramcount.containers.gunzip import Unpacked, packing
from paramcount.errors import CorruptFile, TruncatedFile, UnsafeFile, UnsupportedFormat
from paramcount.sources.bytesource import MemoryBytes
from paramcount.sources.stream import FileStream, take

PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
KINDS = sorted(PACKERS)


class Slow(FileStream):
    """Gives one to three bytes at a time, as a network may."""

    def read(self, size: int) -> bytes:
        return super().read(min(size, 1 + self._at % 3))


def opened(data: bytes, kind: str = "gzip", stream=FileStream) -> Unpacked:
    return Unpacked(stream(MemoryBytes(data, "packed")), kind)


def unpacked(data: bytes, kind: str = "gzip", stream=FileStream) -> bytes:
    return take(opened(data, kind, stream), 1 << 30)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.sampled_from(KINDS), st.integers(0, 40))
def test_all_members_are_unpacked_and_zeros_behind_them_are_ignored(parts, kind, zeros):
    data = b"".join(map(PACKERS[kind], parts)) + bytes(4 * zeros)

    assert packing(data) == kind
    assert unpacked(data, kind) == b"".join(parts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_comes_byte_by_byte_is_unpacked(kind):
    packed = PACKERS[kind](noise(5000)) + PACKERS[kind](b"") + PACKERS[kind](b"more") + bytes(8)

    assert unpacked(packed, kind, Slow) == noise(5000) + b"more"


@pytest.mark.parametrize("kind", KINDS)
def test_skipping_gives_what_comes_after(kind):
    stream = opened(PACKERS[kind](noise(200_000)), kind)

    assert stream.skip(123_456) == 123_456
    assert stream.read(10) == noise(200_000)[123_456:123_466]
    assert stream.skip(1 << 20) == 200_000 - 123_466
    assert stream.read(1) == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_cut_off_says_so(kind):
    packed = PACKERS[kind](noise(5000))

    for end in (20, len(packed) // 2, len(packed) - 1):
        with pytest.raises(TruncatedFile, match=f"{kind} stream is cut off"):
            unpacked(packed[:end], kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_stream_says_so(kind):
    packed = bytearray(PACKERS[kind](b"text " * 1000))
    packed[len(packed) // 2] ^= 0xFF

    with pytest.raises(CorruptFile, match=f"{kind} stream is damaged"):
        unpacked(bytes(packed), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_other_bytes_behind_the_stream_are_refused(kind):
    with pytest.raises(CorruptFile, match="Other bytes follow"):
        unpacked(PACKERS[kind](b"text") + bytes(4) + b"something else", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_refused_in_constant_memory(kind, monkeypatch):
    monkeypatch.setattr(gunzip, "RATIO_FROM", 1 << 20)
    packed = PACKERS[kind](bytes(50 << 20))
    tracemalloc.start()
    with pytest.raises(UnsafeFile, match="far more than it takes"):
        opened(packed, kind).skip(1 << 40)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    # The dictionary of xz alone has 8 MiB.
    assert peak < 12 << 20


def test_zeros_below_the_bound_are_no_bomb():
    assert unpacked(gzip.compress(bytes(4 << 20))) == bytes(4 << 20)


def test_thousands_of_empty_members_are_refused():
    with pytest.raises(UnsafeFile, match="too many parts"):
        unpacked(gzip.compress(b"") * 2000)


def test_many_small_members_with_something_in_them_are_read():
    assert unpacked(gzip.compress(bytes(2048)) * 3000) == bytes(2048 * 3000)


def test_xz_that_asks_for_much_memory_is_refused():
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 30}]

    with pytest.raises(UnsafeFile, match="too much memory"):
        unpacked(lzma.compress(b"text", filters=filters), "xz")


@pytest.mark.parametrize(("kind", "module"), [("bzip2", "bz2"), ("xz", "lzma")])
def test_a_python_without_the_module_says_what_to_do(kind, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(UnsupportedFormat, match=f"without {kind}.*Unpack"):
        opened(PACKERS[kind](b"text"), kind)


def test_gzip_with_every_optional_field_is_read():
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = raw.compress(b"text") + raw.flush()
    head = b"\x1f\x8b\x08\x1c" + bytes(6) + b"\x03\0abc" + b"name\0" + b"comment\0"
    packed = head + body + zlib.crc32(b"text").to_bytes(4, "little") + (4).to_bytes(4, "little")

    assert unpacked(packed) == b"text"


@pytest.mark.parametrize("data", [b"", b"\x1f", b"PK\3\4", b"\x89HDF\r\n\x1a\n"])
def test_other_bytes_are_not_packed(data):
    assert packing(data) == ""
