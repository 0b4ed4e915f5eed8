"""Blocks packed by Snappy: every kind of element is unpacked, and what contradicts itself is named."""

from __future__ import annotations

import random

import pytest

from paramcount.containers.snappy import decompress
from paramcount.errors import CorruptFile, LimitExceeded
from readers.tensorflow.bundle_maker import snappy


def unpacked(data: bytes, limit: int = 1 << 20) -> bytes:
    return decompress(data, limit, "block")


class TestElements:
    """The elements of the format's own description, written by hand."""

    def test_nothing_packs_to_its_size_alone(self):
        assert unpacked(b"\x00") == b""

    @pytest.mark.parametrize("size", [1, 60])
    def test_a_literal_of_up_to_sixty_bytes_has_its_length_in_the_tag(self, size):
        assert unpacked(bytes((size, size - 1 << 2)) + b"x" * size) == b"x" * size

    @pytest.mark.parametrize(("tag", "width"), [(60, 1), (61, 2), (62, 3), (63, 4)])
    def test_a_longer_literal_has_its_length_behind_the_tag(self, tag, width):
        assert unpacked(b"\x46" + bytes((tag << 2,)) + (69).to_bytes(width, "little") + b"y" * 70) == b"y" * 70

    def test_a_near_copy_takes_two_bytes(self):
        assert unpacked(b"\x08\x0cabcd" + bytes((1, 4))) == b"abcdabcd"

    def test_a_near_copy_has_three_bits_of_its_offset_in_the_tag(self):
        text = bytes(range(256)) * 4
        head = b"\x84\x08" + bytes((61 << 2,)) + (1023).to_bytes(2, "little") + text
        assert unpacked(head + bytes((1 | 3 << 5, 0xFF)))[1024:] == text[1024 - 0x3FF :][:4]

    @pytest.mark.parametrize(("kind", "width"), [(2, 2), (3, 4)])
    def test_a_far_copy_has_its_offset_behind_the_tag(self, kind, width):
        assert unpacked(b"\x07\x0cabcd" + bytes((kind | 2 << 2,)) + (3).to_bytes(width, "little")) == b"abcdbcd"

    def test_a_copy_may_go_on_into_what_it_adds_itself(self):
        assert unpacked(b"\x42\x04ab" + bytes((2 | 63 << 2, 2, 0))) == b"ab" * 33


def test_whatever_is_packed_comes_back():
    rng = random.Random(3)  # noqa: S311  Nothing is secret here.
    for _ in range(300):
        letters = [rng.randrange(256) for _ in range(rng.choice((1, 2, 5, 256)))]
        data = bytes(rng.choices(letters, k=rng.choice((0, 1, 59, 60, 61, 300, 5000)))) * rng.choice((1, 3, 40))
        assert unpacked(snappy(data)) == data


def test_a_long_distance_needs_the_copy_with_four_bytes():
    middle = random.Random(1).randbytes(70_000)  # noqa: S311  Nothing is secret here.
    data = b"the beginning" + middle + b"the beginning"
    packed = snappy(data)
    assert len(packed) < len(data)
    assert unpacked(packed) == data


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "size of a packed block is cut off"),
            (b"\xff\xff\xff\xff\xff\x01", "size of a packed block is cut off or too long"),
            (b"\x05\x10abc", "cut off"),
            (b"\x05\xf0", "cut off"),
            (b"\x04\x0cabcd\x01", "cut off"),
            (b"\x08\x0cabcd" + bytes((1, 5)), "has not written yet"),
            (b"\x08\x0cabcd" + bytes((1, 0)), "has not written yet"),
            (b"\x08\x01\x01", "has not written yet"),
            (b"\x03\x0cabcd", "more than it says"),
            (b"\x05\x0cabcd", "less than it says"),
            (b"\xff\x7f\x0cabcd", "larger than it can be"),
        ],
    )
    def test_a_block_that_contradicts_itself_is_refused(self, data, words):
        with pytest.raises(CorruptFile, match=words) as caught:
            unpacked(data)
        assert "block" in str(caught.value)

    def test_a_size_beyond_the_limit_is_refused_before_anything_is_unpacked(self):
        with pytest.raises(LimitExceeded, match="too large"):
            unpacked(snappy(bytes(2000)), limit=1999)
        assert unpacked(snappy(bytes(2000)), limit=2000) == bytes(2000)
