"""HDF5 files made by hand, structure by structure, so that a test can put one defect into one of them.

The names are those of the specification; everything is written as HDF5 1.6 would, unless said otherwise.
"""

from __future__ import annotations

from struct import pack

UNDEFINED = 0xFFFFFFFFFFFFFFFF
SIGNATURE = b"\x89HDF\r\n\x1a\n"

FLOAT32 = bytes.fromhex("11201f00 04000000 00002000 1708 0017 7f000000")
INT8 = bytes.fromhex("10080000 01000000 0000 0800")
VLEN_STRING = bytes.fromhex("19010000 10000000") + bytes.fromhex("10000000 01000000 0000 0800")


def fixed_string(size: int, padding: int = 0) -> bytes:
    """A string datatype of ``size`` bytes."""
    return pack("<B3sI", 0x13, bytes((padding, 0, 0)), size)


def dataspace(*shape: int, version: int = 1) -> bytes:
    """A simple dataspace, or a scalar one without dimensions."""
    head = pack("<BBB5x", 1, len(shape), 0) if version == 1 else pack("<BBBB", 2, len(shape), 0, 1 if shape else 0)
    return head + b"".join(pack("<Q", size) for size in shape)


def contiguous(address: int, size: int) -> bytes:
    """A contiguous data layout, version 3."""
    return pack("<BBQQ", 3, 1, address, size)


def padded(data: bytes) -> bytes:
    """``data`` up to a multiple of eight bytes."""
    return data + bytes(-len(data) % 8)


def attribute(name: bytes, datatype: bytes, space: bytes, value: bytes) -> bytes:
    """An attribute message, version 1."""
    head = pack("<BBHHH", 1, 0, len(name) + 1, len(datatype), len(space))
    return head + padded(name + b"\0") + padded(datatype) + padded(space) + value


def message(kind: int, body: bytes, flags: int = 0) -> bytes:
    """A header message, version 1."""
    return pack("<HHB3x", kind, len(padded(body)), flags) + padded(body)


class Maker:
    """A file that grows at its end; the superblock is written last."""

    def __init__(self) -> None:
        self.data = bytearray(96)

    def put(self, data: bytes) -> int:
        """Append ``data`` and return its address."""
        self.data += bytes(-len(self.data) % 8)
        address = len(self.data)
        self.data += data
        return address

    def header(self, *messages: bytes) -> int:
        """An object header of version 1."""
        body = b"".join(messages)
        return self.put(pack("<BBHIII", 1, 0, len(messages), 1, len(body), 0) + body)

    def heap(self, *names: bytes) -> tuple[int, list[int]]:
        """A local heap with these names, and where each begins."""
        segment = bytearray(8)
        starts = []
        for name in names:
            starts.append(len(segment))
            segment += padded(name + b"\0")
        at = self.put(bytes(segment))
        return self.put(pack("<4sIQQQ", b"HEAP", 0, len(segment), 1, at)), starts

    def symbols(self, *entries: tuple[int, int, int, int]) -> int:
        """A symbol table node of entries: name offset, header address, cache type, scratch."""
        rows = b"".join(pack("<QQI4xI12x", *entry) for entry in entries)
        return self.put(pack("<4sBBH", b"SNOD", 1, 0, len(entries)) + rows.ljust(320, b"\0"))

    def tree(self, *children: int, level: int = 0, used: int | None = None, last: int = 0) -> int:
        """A version 1 B-tree node; ``last`` is its last key, the offset of the greatest name."""
        head = pack("<4sBBHQQ", b"TREE", 0, level, len(children) if used is None else used, UNDEFINED, UNDEFINED)
        return self.put(
            head + (b"".join(pack("<QQ", 0, child) for child in children) + pack("<Q", last)).ljust(520, b"\0")
        )

    def group(self, links: dict[bytes, int], *messages: bytes) -> int:
        """A group with hard links to the addresses of ``links``."""
        heap, starts = self.heap(*links)
        node = self.symbols(*((start, address, 0, 0) for start, address in zip(starts, links.values(), strict=True)))
        return self.header(self.table(self.tree(node, last=starts[-1] if starts else 0), heap), *messages)

    @staticmethod
    def table(tree: int, heap: int) -> bytes:
        """A symbol table message."""
        return message(0x11, pack("<QQ", tree, heap))

    def dataset(
        self, shape: tuple[int, ...] = (2, 3), datatype: bytes = FLOAT32, layout: bytes | None = None, *more: bytes
    ) -> int:
        """A dataset, contiguous and with zeros for data unless ``layout`` says otherwise."""
        if layout is None:
            size = 4
            for length in shape:
                size *= length
            layout = contiguous(self.put(bytes(size)), size)
        return self.header(message(1, dataspace(*shape)), message(3, datatype), message(8, layout), *more)

    def collection(self, *objects: bytes, size: int | None = None) -> int:
        """A global heap collection."""
        rows = b"".join(pack("<HH4xQ", index, 1, len(body)) + padded(body) for index, body in enumerate(objects, 1))
        free = max(0, 4096 - 16 - len(rows))
        if free:
            rows += (pack("<HH4xQ", 0, 0, free) + bytes(free))[:free]
        return self.put(pack("<4sB3xQ", b"GCOL", 1, 16 + len(rows) if size is None else size) + rows)

    def finish(self, root: int, end: int | None = None) -> bytes:
        """The whole file, with a superblock of version 0."""
        end = len(self.data) if end is None else end
        head = SIGNATURE + bytes((0, 0, 0, 0, 0, 8, 8, 0)) + pack("<HHI", 4, 16, 0)
        head += pack("<QQQQ", 0, UNDEFINED, end, UNDEFINED) + pack("<QQII16x", 0, root, 0, 0)
        self.data[: len(head)] = head
        return bytes(self.data)


def with_dataset(**arguments: object) -> bytes:
    """A file with nothing but the dataset ``/x``."""
    maker = Maker()
    return maker.finish(maker.group({b"x": maker.dataset(**arguments)}))  # type: ignore[arg-type]
