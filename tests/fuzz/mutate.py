"""Mutated inputs for the fuzz entries, and a loop that runs them under a watch on time and memory."""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING

from paramcount.errors import ParamcountError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 2.0
"""The longest that any one input may take."""

INTERESTING = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 31,
    1 << 32,
    (1 << 63) - 1,
    (1 << 64) - 1,
)
"""Numbers at which lengths and addresses go wrong."""


def mutated(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """``count`` inputs, each one of ``seeds`` with a few changes."""
    rng = random.Random(seed)  # noqa: S311  Nothing is secret here, and a run must be repeatable.
    for _ in range(count):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 1, 2, 3, 5, 8, 16))):
            _change(rng, data)
        yield bytes(data)


def _change(rng: random.Random, data: bytearray) -> None:
    """One change: a byte, a bit, a number, a copy of another place, a cut."""
    if not data:
        return
    at = rng.randrange(len(data))
    kind = rng.randrange(10)
    if kind < 3:
        data[at] = rng.randrange(256)
    elif kind < 5:
        data[at] ^= 1 << rng.randrange(8)
    elif kind < 8:
        width = rng.choice((1, 2, 4, 8))
        number = rng.choice((*INTERESTING, rng.randrange(len(data)), len(data)))
        data[at : at + width] = (number & (1 << 8 * width) - 1).to_bytes(width, "little")
    elif kind == 8:
        size = rng.choice((4, 8, 16, 40, 64))
        source = rng.randrange(len(data))
        data[at : at + size] = data[source : source + size]
    else:
        del data[at:]


def numbered(one_input: Callable[[bytes], None], _: list[bytes], doc: str) -> None:
    """Like ``run``, for an entry that takes the number of a change instead of changed bytes."""
    run(one_input, [], doc)


def eight_bytes(count: int, seed: int) -> Iterator[bytes]:
    """``count`` different inputs of eight bytes."""
    for index in range(count):
        yield (seed * count + index).to_bytes(4, "little") + index.to_bytes(4, "little")


def run(one_input: Callable[[bytes], None], seeds: list[bytes], doc: str) -> None:
    """Run mutated inputs as the command line says, and print what happened; anything unexpected is raised."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trace-every", type=int, default=50, help="measure Python's memory on every n-th input")
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    slowest = peak = 0.0
    started = time.perf_counter()
    inputs = mutated(seeds, options.inputs, options.seed) if seeds else eight_bytes(options.inputs, options.seed)
    for index, data in enumerate(inputs):
        traced = index % options.trace_every == 0
        if traced:
            tracemalloc.start()
        before = time.process_time()
        try:
            outcomes[outcome(one_input, data)] += 1
        except BaseException:
            print(f"input {index} of seed {options.seed}: {data.hex()}", file=sys.stderr)
            raise
        taken = time.process_time() - before
        if traced:
            peak = max(peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        slowest = max(slowest, taken)
        if taken > SECONDS:
            raise TimeoutError(f"input {index} of seed {options.seed} took {taken:.1f} s: {data.hex()}")
    print(f"{options.inputs} inputs in {time.perf_counter() - started:.0f} s, slowest {slowest * 1000:.0f} ms")
    print(
        f"peak {peak / 1e6:.1f} MB traced, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB resident"
    )
    for name, number in outcomes.most_common():
        print(f"{number:>8}  {name}")


def outcome(one_input: Callable[[bytes], None], data: bytes) -> str:
    """The slug of the error that ``data`` leads to, or ``read``."""
    try:
        one_input(data)
    except ParamcountError as error:
        str(error)
        return error.slug
    return "read"
