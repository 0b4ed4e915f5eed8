"""Fuzz entry of the table reader and of Snappy: ``python tests/fuzz/fuzz_leveldb.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from paramcount.containers.leveldb import entries, first, is_table
from paramcount.containers.snappy import decompress
from paramcount.errors import ParamcountError
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow.bundle_maker import snappy, table

UNPACKED = 1 << 20


def one_input(data: bytes) -> None:
    """Read ``data`` as one packed block and as a table, whose keys must then be in order."""
    try:
        assert len(decompress(data, UNPACKED, "fuzzed")) <= UNPACKED
    except ParamcountError as error:
        str(error)
    source = MemoryBytes(data, "fuzzed")
    is_table(source)
    found = list(entries(source))
    assert [key for key, _ in found] == sorted({key for key, _ in found})
    assert first(source) == (found[0] if found else None) or not found


def seeds() -> list[bytes]:
    """Small tables: in one block and in several, packed and not; and a packed block alone."""
    held = {f"layer_{number // 2}/{'bw'[number % 2]}".encode(): bytes((number,)) * 5 for number in range(24)}
    made = [
        table(held, per_block=per_block, packed=packed, interval=interval)
        for per_block, interval in ((100, 16), (7, 4), (1, 1))
        for packed in (False, True)
    ]
    return [*made, table({}), snappy(b"layer_1/kernel layer_2/kernel " * 20), snappy(bytes(range(256)) * 3)]


if __name__ == "__main__":
    from fuzz.mutate import run

    run(one_input, seeds(), __doc__)
