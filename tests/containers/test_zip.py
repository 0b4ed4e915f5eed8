"""What zipfile writes is read as zipfile reads it, in place where it is stored, in bounded memory where it is not."""

from __future__ import annotations

import io
import os
import random
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramcount.containers.inflate import Inflating, inflated
from paramcount.containers.zip import is_zip, open_zip
from paramcount.errors import LimitExceeded, TruncatedFile
from paramcount.sources.bytesource import LocalFile, MemoryBytes, Window


class Pipe(io.BytesIO):
    """A target that cannot seek: zipfile then writes the sizes behind the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED, target: io.BytesIO | None = None, **options):
    buffer = target or io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = options.pop("comment", b"")
        for name, data in members.items():
            with archive.open(name, "w", **options) as member:
                member.write(data)
    return buffer.getvalue()


def read(data: bytes):
    return open_zip(MemoryBytes(data, "test.keras"))


def content(archive, name: str) -> bytes:
    source = archive.member(name)
    return source.read(0, source.size)


@settings(deadline=None)
@given(
    members=st.dictionaries(
        st.text(st.characters(exclude_characters="\0\\", exclude_categories=("Cs",)), min_size=1, max_size=20),
        st.binary(max_size=3000),
        max_size=8,
    ),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    piped=st.booleans(),
    wide=st.booleans(),
    comment=st.binary(max_size=100).filter(lambda comment: b"PK" not in comment),
)
def test_any_archive_is_read_as_it_was_written(members, method, piped, wide, comment):
    data = zipped(members, method, Pipe() if piped else None, force_zip64=wide, comment=comment)
    assert is_zip(MemoryBytes(data, "test.keras"))
    archive = read(data)
    assert archive.names() == tuple(members)
    for name, value in members.items():
        assert archive.size_of(name) == len(value)
        assert content(archive, name) == value
    assert archive.member("there is no such member\0") is None
    assert archive.size_of("there is no such member\0") is None


def test_a_stored_member_is_read_in_place(tmp_path):
    path = tmp_path / "large.keras"
    path.write_bytes(zipped({"config.json": b"{}", "model.weights.h5": os.urandom(5_000_000)}))
    with LocalFile(str(path)) as source:
        member = open_zip(source).member("model.weights.h5")
        assert member.name == f"{path}, member model.weights.h5"
        assert member.read(4_000_000, 10) == path.read_bytes()[member.origin + 4_000_000 :][:10]
        assert source.bytes_read < 100_000


def test_more_members_than_two_bytes_can_count_are_read():
    """Only a zip64 end record can say how many there are."""
    archive = read(zipped({f"assets/{index}": b"" for index in range(66_000)}))
    assert len(archive.names()) == 66_000


def test_names_in_the_oldest_code_page_are_decoded():
    data = zipped({"caf\x82": b"x"}).replace("caf\x82".encode(), b"caf\x82!")
    data = bytearray(data)
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(signature) + at + 1] &= ~0x08
    assert read(bytes(data)).names() == ("caf\u00e9!",)


def compressible(size: int, seed: int = 1) -> bytes:
    """Bytes that deflate packs to about half."""
    rng = random.Random(seed)  # noqa: S311  Nothing is secret here, and the test must be repeatable.
    return rng.randbytes(size // 2).hex().encode()[:size]


def test_a_large_deflated_member_is_read_in_any_order_in_bounded_memory(tmp_path):
    """A Keras archive that somebody zipped again: the weights do not fit into the bound, their descriptions do."""
    whole = compressible(60_000_000)
    path = tmp_path / "rezipped.keras"
    path.write_bytes(zipped({"model.weights.h5": whole}, zipfile.ZIP_DEFLATED))
    rng = random.Random(2)  # noqa: S311
    with LocalFile(str(path)) as source:
        tracemalloc.start()
        member = open_zip(source).member("model.weights.h5")
        assert isinstance(member, Inflating)
        for _ in range(150):
            at = rng.randrange(len(whole) - 100_000)
            size = rng.choice((8, 300, 100_000))
            assert member.read(at, size) == whole[at : at + size]
        assert member.read(len(whole) - 5, 5) == whole[-5:]
        assert member.read(7, 0) == b""
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # The saved states are zlib's own and not Python's: 256 of 40 KB are 10 MB more.
        assert peak < 54_000_000
        assert member.bytes_read > 0


def test_reading_beyond_a_large_deflated_member_is_an_error():
    whole = compressible(17 << 20)
    member = read(zipped({"x": whole}, zipfile.ZIP_DEFLATED)).member("x")
    assert isinstance(member, Inflating)
    for offset, size in ((-1, 1), (0, -1), (len(whole), 1), (1 << 62, 8)):
        with pytest.raises(TruncatedFile):
            member.read(offset, size)


def test_the_saved_states_stay_few(monkeypatch):
    monkeypatch.setattr("paramcount.containers.inflate.STATE_EVERY", 1 << 16)
    monkeypatch.setattr("paramcount.containers.inflate.STATE_LIMIT", 8)
    whole = compressible(20_000_000)
    member = read(zipped({"x": whole}, zipfile.ZIP_DEFLATED)).member("x")
    assert member.read(19_000_000, 5) == whole[19_000_000:][:5]
    assert len(member._states) < 8
    for at in range(18_000_000, 0, -3_000_000):
        assert member.read(at, 5) == whole[at : at + 5]


def test_reading_from_back_to_front_for_ever_meets_a_limit(monkeypatch):
    monkeypatch.setattr("paramcount.containers.inflate.STATE_EVERY", 1 << 30)
    member = read(zipped({"x": compressible(17 << 20)}, zipfile.ZIP_DEFLATED)).member("x")
    monkeypatch.setattr("paramcount.containers.inflate.BLOCK_LIMIT", 1)
    with pytest.raises(LimitExceeded, match="again and again"):
        back_and_forth(member)


def back_and_forth(member: Inflating) -> None:
    for _ in range(40):
        member.read(16 << 20, 1)
        member.read(0, 1)


def test_hdf5_in_a_deflated_member_is_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    np = pytest.importorskip("numpy")
    from paramcount.containers.hdf5 import open_hdf5

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for index in range(40):
            file[f"layers/dense_{index}/vars/0"] = np.random.default_rng(index).random((256, 256))
    path = tmp_path / "rezipped.keras"
    path.write_bytes(zipped({"model.weights.h5": buffer.getvalue()}, zipfile.ZIP_DEFLATED))
    with LocalFile(str(path)) as source:
        layers = open_hdf5(open_zip(source).member("model.weights.h5")).get("layers")
        assert len(layers.names()) == 40
        assert all(layer.get("vars").get("0").shape == (256, 256) for layer in layers.children().values())


def test_a_member_without_bytes_inflates_to_nothing():
    archive = read(zipped({"empty": b""}, zipfile.ZIP_DEFLATED))
    assert content(archive, "empty") == b""


def test_inflated_takes_any_source():
    import zlib

    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(b"abc" * 1000) + stream.flush()
    source = inflated(Window(MemoryBytes(b"..." + packed, "x"), 3, len(packed), "x"), 3000)
    assert source.read(0, 3000) == b"abc" * 1000
