"""Fuzz entry of the readers: ``python tests/fuzz/fuzz_readers.py FORM --inputs 200000``.

The forms are ``archive``, ``legacy``, ``weights`` and ``index`` (bytes of a file are changed) and ``config`` (values
of the JSON in an archive are changed, which bytes changed at random would seldom leave readable).  Whatever comes
in, only a ``ParamcountError`` may come out, and the sums of every model that is read must agree.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from mutate import run

from files import archive, custom, dense, legacy, sequential, weights
from paramcount.readers import read_file
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[2] / "examples"


def one_input(data: bytes, name: str = "fuzzed") -> None:
    """Read ``data`` as a file, and show what was read in every way."""
    report = Report(read_file(MemoryBytes(data, name), name))
    assert report.reconcile().holds, report.reconcile()
    str(report)
    json.dumps(report.to_dict())


def one_index(data: bytes) -> None:
    """Read ``data`` as the index of sharded weights; the shards it names are beside it or nowhere."""
    one_input(data, str(EXAMPLES / "fuzzed.weights.json"))


def one_config(data: bytes) -> None:
    """Read an archive whose config is the seed's with values changed: the first eight bytes say which."""
    seed, number = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
    configs = config_seeds()
    config, stored = configs[number % len(configs)]
    changed = change_json(random.Random(seed), json.loads(config))  # noqa: S311  A run must be repeatable.
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as zipped:
            zipped.writestr("config.json", json.dumps(changed))
            zipped.writestr("metadata.json", random.Random(seed).choice(VERSIONS))  # noqa: S311
            zipped.writestr("model.weights.h5", stored)
        file.seek(0)
        one_input(file.read())


VERSIONS = ('{"keras_version": "3.15.1"}', '{"keras_version": "2.15.0"}', '{"keras_version": ""}', "{}", "[]")
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1.5, float("nan"), "", "x", "Dense", "Functional",
    "Bidirectional", "SpectralNormalization", "MultiHeadAttention", [], {}, [[]], [None], {"class_name": "Dense"},
    {"class_name": "Dense", "config": {}}, {"class_name": "Sequential", "config": [{}]},
)  # fmt: skip


def change_json(rng: random.Random, value: Any) -> Any:
    """``value`` with a few of the values in it replaced, removed, doubled or moved."""
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        places = list(all_places(value))
        if not places:
            break
        holder, key = rng.choice(places)
        kind = rng.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            other, other_key = rng.choice(places)
            holder[key] = json.loads(json.dumps(other[other_key]))
        elif kind == 2 and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[key])))
        elif kind == 3 and isinstance(holder, dict):
            option = rng.choice(("layers", "layer", "cell", "cells", "config", "shared_object_id", "name"))
            holder[option] = json.loads(json.dumps(holder[key]))
        else:
            holder[key] = copy.deepcopy(rng.choice(ODD_VALUES))
    return value


def all_places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as the object or list that holds it and its key."""
    stack = [value]
    while stack:
        holder = stack.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, inner in list(items):
            yield holder, key
            stack.append(inner)


_configs: list[tuple[str, bytes]] = []


def config_seeds() -> list[tuple[str, bytes]]:
    """Config and weights of the small examples, and of a hand-made model with a layer of somebody's own."""
    if not _configs:
        for path in sorted(EXAMPLES.glob("*.keras")):
            if path.stat().st_size < 200_000 and path.stem != "transfer":
                with zipfile.ZipFile(path) as zipped:
                    _configs.append((zipped.read("config.json").decode(), zipped.read("model.weights.h5")))
        inner = sequential(dense("a", 4, 3), custom("Scale", name="scale"), name="inner")
        stored = {"layers/sequential/layers/dense/vars/0": (3, 4), "layers/sequential/layers/scale/vars/0": (4,)}
        _configs.append((json.dumps(sequential(inner, dense("b", 2, 4))), weights(stored)))
    return _configs


def archives() -> list[bytes]:
    return [path.read_bytes() for path in sorted(EXAMPLES.glob("*.keras")) if path.stat().st_size < 60_000] + [made()]


def made() -> bytes:
    """A small archive zipped with compression."""
    with tempfile.TemporaryDirectory() as folder:
        stored = weights({"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,)})
        path = archive(Path(folder) / "m.keras", sequential(dense("a", 4, 3)), stored, compression=zipfile.ZIP_DEFLATED)
        return path.read_bytes()


def legacy_files() -> list[bytes]:
    dense_1 = {"dense_1/kernel:0": (3, 4), "dense_1/bias:0": (4,)}
    inner = {"class_name": "Model", "config": {"name": "inner", "layers": [
        {"class_name": "Dense", "config": {"name": "dense_1"}}]}}  # fmt: skip
    config = {"class_name": "Sequential", "config": [inner]}
    with tempfile.TemporaryDirectory() as folder:
        whole = legacy(Path(folder) / "a.h5", {"inner": dense_1}, config, split=True, optimizer=dense_1)
        bare = legacy(Path(folder) / "b.h5", {"dense_1": dense_1}, whole=False)
        return [whole.read_bytes(), bare.read_bytes(), (EXAMPLES / "two_dense.h5").read_bytes()]


def weights_files() -> list[bytes]:
    stored = {"layers/dense/vars/0": (3, 4), "layers/batch_normalization/vars/0": (4,), "optimizer/vars/0": ()}
    nested = {"encoder/layers/dense/vars/0": (3, 4), "vars/0": (2,), "layers/lstm/cell/vars/0": (4, 8)}
    return [weights(stored, {"layers/dense/vars": "a"}), weights(nested), weights(stored, libver="latest")]


def indexes() -> list[bytes]:
    weight_map = {"/layers/dense/vars": "two_dense.h5", "/layers/dense_1/vars": ["two_dense.h5", "b.h5"]}
    return [json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}).encode()]


FORMS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "archive": (one_input, archives),
    "legacy": (one_input, legacy_files),
    "weights": (one_input, weights_files),
    "index": (one_index, indexes),
    "config": (one_config, lambda: [bytes(8)]),
}


if __name__ == "__main__":
    entry, seeds = FORMS[sys.argv.pop(1)]
    if entry is one_config:
        from mutate import numbered as run  # type: ignore[no-redef]
    run(entry, seeds(), __doc__)
