"""The file of the architectures: one compressed text for each, of which only the one asked for is unpacked.

The first line names the texts with the bytes that each takes, in the order in which they follow.
"""

from __future__ import annotations

FILE = "applications.bin"
LEVEL = 9


def read(key: str) -> str:
    """The text of one architecture.

    Raises:
        KeyError: when the file has none of that name.
    """
    from zlib import decompress

    data = _bytes()
    start = data.index(b"\n") + 1
    words = data[: start - 1].decode("ascii").split(" ")
    for name, size in zip(words[::2], words[1::2], strict=True):
        if name == key:
            return decompress(data[start : start + int(size)]).decode("ascii")
        start += int(size)
    raise KeyError(key)


def write(texts: dict[str, str]) -> bytes:
    """The file that holds these texts."""
    from zlib import compress

    packed = {name: compress(text.encode("ascii"), LEVEL) for name, text in texts.items()}
    index = " ".join(f"{name} {len(data)}" for name, data in packed.items())
    return index.encode("ascii") + b"\n" + b"".join(packed.values())


def _bytes() -> bytes:
    """The whole file, wherever the package was imported from."""
    place = __file__.removesuffix("archive.py").removesuffix("archive.pyc") + FILE
    if __spec__ is not None and hasattr(__spec__.loader, "get_data"):
        data: bytes = __spec__.loader.get_data(place)  # type: ignore[union-attr]
        return data
    with open(place, "rb") as file:
        return file.read()
