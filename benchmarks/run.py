"""Counts one ResNet50 in every stored form, and models from their names and configs, with us and with the peers.

Usage: python benchmarks/run.py [--rounds N] [--keras PYTHON] [--ours PYTHON] [--hub PYTHON] [--output FILE]

Every figure is that of a whole process: start of the interpreter, imports, count, output.  ``paramcount``, the h5py
walk and Keras each print the total from ``python -c``; ``paramcount command`` is the command line with its table.
All commands take turns, round by round, so that load on the machine meets them alike; medians are reported, and
ratios to the interpreter that does nothing (``python -c pass``) and to Keras.  ``--ours`` is the Python of an
environment with paramcount alone, ``--keras`` one with Keras 3 and h5py; both default to the one that runs this.
Bytes read are what paramcount reports of itself; a test compares that with what the operating system counts.

Names, configs and a typed layer hold no weights: Keras builds the model, with ``weights=None``, to count it.
``--hub`` is a Python with KerasHub and the backend that ``--hub-backend`` names; without it, that part is left out.
A model of 70 billion parameters is more than Keras could build here, so what stands beside it is ``import keras_hub``
alone, the least that any answer by KerasHub takes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = Path(__file__).parent / "models"
FORMS = ("resnet50.keras", "resnet50.h5", "resnet50.weights.h5", "resnet50_adam.keras", "resnet50_adam.h5")
NAMES = {"ResNet50": 25_636_712, "EfficientNetV2L": 119_027_848, "NASNetLarge": 88_949_818}
CONFIGS = {f"{name}.json": NAMES[name] for name in ("EfficientNetV2L", "NASNetLarge")}
LAYER, SHAPE = "Conv2D(64, 6)", "28,28,3"
LLAMA = "Llama3Backbone of 70B"
LLAMA_CONFIG = {
    "vocabulary_size": 128256, "num_layers": 80, "num_query_heads": 64, "num_key_value_heads": 8,
    "hidden_dim": 8192, "intermediate_dim": 28672,
}  # fmt: skip
ANSWERS = {**dict.fromkeys(FORMS, NAMES["ResNet50"]), **NAMES, **CONFIGS, LAYER: 6976, LLAMA: 70_553_706_496}
"""What is counted to the number of its parameters."""

H5PY = """
import io, sys, zipfile, h5py
from math import prod
path = sys.argv[1]
if path.endswith(".keras"):
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("model.weights.h5")
        source = archive.open(member)
else:
    source = path
total = 0
def add(name, item):
    global total
    if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
        total += prod(item.shape)
with h5py.File(source, "r") as file:
    file.visititems(add)
print(total)
"""
OURS = "import sys, paramcount; print(paramcount.count(sys.argv[1]).total)"
KERAS = "import sys, keras; print(keras.models.load_model(sys.argv[1]).count_params())"
KERAS_WEIGHTS = """
import sys, keras
model = keras.applications.ResNet50(weights=None)
model.load_weights(sys.argv[1])
print(model.count_params())
"""
KERAS_NAME = "import sys, keras; print(getattr(keras.applications, sys.argv[1])(weights=None).count_params())"
KERAS_CONFIG = "import sys, keras; print(keras.models.model_from_json(open(sys.argv[1]).read()).count_params())"
KERAS_LAYER = """
import keras
layer = keras.layers.Conv2D(64, 6)
layer.build((None, 28, 28, 3))
print(layer.count_params())
"""
MAKE = """
import sys, keras
folder = sys.argv[1]
for name in ("EfficientNetV2L", "NASNetLarge"):
    with open(f"{folder}/{name}.json", "w") as file:
        file.write(getattr(keras.applications, name)(weights=None).to_json())
model = keras.applications.ResNet50(weights=None)
model.save(f"{folder}/resnet50.keras")
model.save(f"{folder}/resnet50.h5")
model.save_weights(f"{folder}/resnet50.weights.h5")
model.compile("adam", "categorical_crossentropy")
model.optimizer.build(model.trainable_variables)
model.save(f"{folder}/resnet50_adam.keras")
model.save(f"{folder}/resnet50_adam.h5")
"""
PROBE = """
import json, os, resource, subprocess, sys
before = resource.getrusage(resource.RUSAGE_CHILDREN)
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
after = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": done.returncode, "rss": after.ru_maxrss * 1024, "output": done.stdout.decode()[-4000:],
                  "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}))
"""


def main() -> None:
    """Make the models where they are missing, run all commands in turn, and print the tables."""
    options = arguments()
    if not all((MODELS / form).exists() for form in (*FORMS, *CONFIGS)):
        MODELS.mkdir(parents=True, exist_ok=True)
        subprocess.run([options.keras, "-c", MAKE, str(MODELS)], check=True, env=environment())
    (MODELS / "llama.json").write_text(json.dumps(LLAMA_CONFIG), encoding="utf-8")
    commands = all_commands(options)
    for name, command in commands.items():
        check(name, measure(command, options))
    results: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(options.rounds):
        for name, command in commands.items():
            # What takes seconds needs fewer repetitions than what takes hundredths.
            if number < options.slow_rounds or not (name[0].startswith("keras") or name[1] == LLAMA):
                results[name].append(measure(command, options))
    text = report(results, options)
    print(text)
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of the commands that load Keras")
    parser.add_argument("--ours", default=sys.executable)
    parser.add_argument("--keras", default=sys.executable)
    parser.add_argument("--hub", help="a Python with KerasHub; paramcount is taken from this checkout")
    parser.add_argument("--hub-backend", default="jax")
    parser.add_argument("--output", help="also write the tables to this file")
    return parser.parse_args()


def all_commands(options: argparse.Namespace) -> dict[tuple[str, str], list[str]]:
    """Who counts, and which form, to the command."""
    script = str(Path(options.ours).with_name("paramcount"))
    commands = {("bare python", ""): [options.ours, "-c", "pass"]}
    for form in FORMS:
        path = str(MODELS / form)
        commands["paramcount", form] = [options.ours, "-c", OURS, path]
        commands["paramcount command", form] = [script, path]
        commands["h5py walk", form] = [options.keras, "-c", H5PY, path]
        commands["keras", form] = [options.keras, "-c", KERAS_WEIGHTS if "weights" in form else KERAS, path]
    for form in (*NAMES, *CONFIGS):
        # A name is not on the disk; a config is a file of the models' folder.
        what, code = (str(MODELS / form), KERAS_CONFIG) if form in CONFIGS else (form, KERAS_NAME)
        commands["paramcount", form] = [options.ours, "-c", OURS, what]
        commands["python -m paramcount", form] = [options.ours, "-m", "paramcount", what]
        commands["keras", form] = [options.keras, "-c", code, what]
    commands["python -m paramcount", LAYER] = [
        options.ours, "-m", "paramcount", "layer", LAYER, "--input-shape", SHAPE,
    ]  # fmt: skip
    commands["keras", LAYER] = [options.keras, "-c", KERAS_LAYER]
    if options.hub:
        argument = f"@{MODELS / 'llama.json'}"
        commands["python -m paramcount", LLAMA] = [
            options.hub, "-m", "paramcount", "keras_hub.models:Llama3Backbone", "--arg", argument,
        ]  # fmt: skip
        commands["import keras_hub", LLAMA] = [options.hub, "-c", "import keras_hub"]
    return commands


def environment(backend: str = "tensorflow", path: str = "") -> dict[str, str]:
    """The environment of every command: byte code may be cached, and frameworks say little."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept.update({"PYTHONPATH": path} if path else {})
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": backend}


def measure(command: list[str], options: argparse.Namespace) -> dict[str, float]:
    """CPU seconds, wall seconds and the largest resident size of one process, measured by its parent."""
    started = time.perf_counter()
    probe = [sys.executable, "-c", PROBE, *command]
    of_hub = options.hub is not None and command[0] == options.hub
    variables = environment(options.hub_backend, str(ROOT / "src")) if of_hub else environment()
    done = subprocess.run(probe, capture_output=True, text=True, check=True, env=variables)
    return {**json.loads(done.stdout), "wall": time.perf_counter() - started}


def check(name: tuple[str, str], result: dict[str, float]) -> None:
    """Every command must have given the right answer before it is timed (an h5py walk knows no optimizer of .h5)."""
    if result["code"] != 0:
        raise SystemExit(f"{name} failed: {result['output']}")
    answer = str(result["output"]).replace(",", "")
    knows = name[1] and "h5py" not in name[0] and "import" not in name[0]
    if knows and str(ANSWERS[name[1]]) not in answer:
        raise SystemExit(f"{name} gave a wrong answer: {answer}")


def median(results: list[dict[str, float]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def bytes_read(options: argparse.Namespace, form: str) -> int:
    """Bytes of the file that we fetched, as our own JSON says."""
    command = [options.ours, "-m", "paramcount", str(MODELS / form), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return json.loads(done.stdout)["source"]["bytes_read"]


def times(theirs: float, ours: float) -> str:
    """How many times as much they need: ``124x``, or ``0.8x``."""
    return f"{theirs / ours:{'.0f' if theirs >= 10 * ours else '.1f'}}x"


def report(results: dict[tuple[str, str], list[dict[str, float]]], options: argparse.Namespace) -> str:
    """The results as Markdown."""
    bare = results["bare python", ""]
    bare_cpu, bare_rss = median(bare, "cpu"), median(bare, "rss")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    rounds = f"median of {options.rounds} rounds ({options.slow_rounds} of Keras)"
    lines = [
        f"{machine}; {rounds}; bare interpreter {bare_cpu * 1e3:.1f} ms CPU, {bare_rss / 2**20:.1f} MiB.",
        "",
        "| What | Who | CPU ms | times bare | peak MiB | Keras needs (CPU, memory) | bytes read of size |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    for (who, form), measured in results.items():
        if not form:
            continue
        peer = "import keras_hub" if form == LLAMA else "keras"
        cpu, rss = (median(measured, key) for key in ("cpu", "rss"))
        needs = [times(median(results[peer, form], key), own) for key, own in (("cpu", cpu), ("rss", rss))]
        stored = who == "paramcount" and form not in NAMES
        read = f"{bytes_read(options, form):,} of {(MODELS / form).stat().st_size:,}" if stored else ""
        lines.append(
            f"| {form} | {who} | {cpu * 1e3:,.0f} | {cpu / bare_cpu:.2f} | {rss / 2**20:,.1f} "
            f"| {', '.join(needs) if who != peer else ''} | {read} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
