"""Fuzz entry of configs without weights: ``python tests/fuzz/fuzz_configs.py --inputs 100000``.

Values of real configs are changed: those of the examples, of models known by name, of ``tests/oracle/zoo.py`` where a
framework is installed, and of ``PARAMCOUNT_CORPUS``.  Whatever comes in, only a ``ParamcountError`` may come out;
the sums of what is read agree, and it can be shown and explained in every way.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("", "oracle", "fuzz")]

from paramcount import explain
from paramcount.architecture.shapes import MAX_RANK
from paramcount.layers.given import LARGEST, leaves
from paramcount.readers import read_file
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST_SEED = 60_000
"""Characters of a config that is changed: larger ones say the same more slowly."""


def one_text(text: str) -> Report:
    """The report of a config as text, shown and explained in every way."""
    report = Report(read_file(MemoryBytes(text.encode("utf-8", "surrogatepass"), "fuzzed.json"), "fuzzed.json"))
    assert report.reconcile().holds, report.reconcile()
    assert report.lower_bound or report.total is not None
    for row in report:
        for shape in (*leaves(row.layer.input_shape), *leaves(row.layer.output_shape)):
            assert shape is None or (
                len(shape) <= MAX_RANK and all(size is None or 0 <= size < LARGEST for size in shape)
            )
    str(report)
    json.dumps(report.to_dict())
    explanation = explain(report)
    # Line by line the explanation comes to the same number.
    if report.total is not None and not report.lower_bound:
        values = [line.value for line in explanation.lines]
        assert None not in values
        assert sum(values) - sum(line.repeated for line in explanation.lines) == report.total
    str(explanation)
    json.dumps(explanation.to_dict())
    return report


def one_input(data: bytes) -> None:
    """Read the config that the eight bytes stand for: the first four seed the changes, the others say of which."""
    one_text(json.dumps(changed(data)))


def changed(data: bytes) -> Any:
    """The changed config."""
    from fuzz_readers import change_json

    seed, number = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
    configs = seeds()
    rng = random.Random(seed)  # noqa: S311  A run must be repeatable.
    return change_json(rng, json.loads(configs[number % len(configs)]))


_seeds: list[str] = []


def seeds() -> list[str]:
    """The configs as text, small ones only, each once."""
    if not _seeds:
        found = {json.dumps(config): None for config in (*of_examples(), *of_catalog(), *of_zoo(), *of_corpus())}
        _seeds.extend(text for text in found if len(text) < LARGEST_SEED)
    return _seeds


def of_examples() -> Iterator[Any]:
    """Those of the archives and of the JSON files beside them."""
    from config_only import config_of

    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.keras")):
        yield config_of(path)


def of_catalog() -> Iterator[Any]:
    """Models known by name, cut to their first layers, so that a change has a chance to matter."""
    from paramcount import catalog

    for name in ("MobileNetV3Small", "ConvNeXtTiny", "EfficientNetV2B0", "NASNetMobile", "InceptionV3"):
        config = json.loads(json.dumps(catalog.config(name)))
        config["config"]["layers"] = config["config"]["layers"][:40]
        config["config"]["output_layers"] = [[config["config"]["layers"][-1]["config"]["name"], 0, 0]]
        yield config


def of_zoo() -> Iterator[Any]:
    """What the frameworks that are installed say of the models that the tests compare; some cannot be made."""
    from zoo import cases

    from oracle_frameworks import framework

    for which in ("keras", "tf_keras"):
        for make in cases(framework(which)).values() if framework(which) else ():
            config = _config_of(make)
            if config is not None:
                yield config


def _config_of(make: Callable[[], Any]) -> Any:
    """What a model says of itself; None where the backend cannot make it: one without gradients trains none."""
    try:
        return json.loads(make().to_json())
    except Exception:
        return None


def of_corpus() -> Iterator[Any]:
    """Configs of real files, if there is a folder of them."""
    from config_only import config_of

    folder = os.environ.get("PARAMCOUNT_CORPUS")
    if not folder:
        return
    for entry in json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8")):
        if entry["kind"] in ("h5", "keras", "config_json"):
            config = config_of(Path(folder) / entry["file"])
            if config is not None:
                yield config


if __name__ == "__main__":
    from mutate import numbered

    print(f"{len(seeds())} configs are changed")
    numbered(one_input, [], __doc__)
