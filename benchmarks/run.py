"""Counts one ResNet50 in every stored form, with us and with the peers, in one run.

Usage: python benchmarks/run.py [--rounds N] [--keras PYTHON] [--ours PYTHON] [--output FILE]

Every figure is that of a whole process: start of the interpreter, imports, count, output.  ``paramcount``, the h5py
walk and Keras each print the total from ``python -c``; ``paramcount command`` is the command line with its table.
All commands take turns, round by round, so that load on the machine meets them alike; medians are reported, and
ratios to the interpreter that does nothing (``python -c pass``) and to Keras.  ``--ours`` is the Python of an
environment with paramcount alone, ``--keras`` one with Keras 3 and h5py; both default to the one that runs this.
Bytes read are what paramcount reports of itself; a test compares that with what the operating system counts.
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

MODELS = Path(__file__).parent / "models"
FORMS = ("resnet50.keras", "resnet50.h5", "resnet50.weights.h5", "resnet50_adam.keras", "resnet50_adam.h5")

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
MAKE = """
import sys, keras
folder = sys.argv[1]
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
    if not all((MODELS / form).exists() for form in FORMS):
        MODELS.mkdir(parents=True, exist_ok=True)
        subprocess.run([options.keras, "-c", MAKE, str(MODELS)], check=True, env=environment())
    commands = all_commands(options)
    for name, command in commands.items():
        check(name, measure(command))
    results: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(options.rounds):
        for name, command in commands.items():
            # What takes seconds needs fewer repetitions than what takes hundredths.
            if number < options.slow_rounds or not name[0].startswith("keras"):
                results[name].append(measure(command))
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
    return commands


def environment() -> dict[str, str]:
    """The environment of every command: byte code may be cached, and frameworks say little."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


def measure(command: list[str]) -> dict[str, float]:
    """CPU seconds, wall seconds and the largest resident size of one process, measured by its parent."""
    started = time.perf_counter()
    probe = [sys.executable, "-c", PROBE, *command]
    done = subprocess.run(probe, capture_output=True, text=True, check=True, env=environment())
    return {**json.loads(done.stdout), "wall": time.perf_counter() - started}


def check(name: tuple[str, str], result: dict[str, float]) -> None:
    """Every command must have given the right answer before it is timed (an h5py walk knows no optimizer of .h5)."""
    if result["code"] != 0:
        raise SystemExit(f"{name} failed: {result['output']}")
    answer = str(result["output"]).replace(",", "")
    if name[1] and "25636712" not in answer and "h5py" not in name[0]:
        raise SystemExit(f"{name} gave a wrong answer: {answer}")


def median(results: list[dict[str, float]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def bytes_read(options: argparse.Namespace, form: str) -> int:
    """Bytes of the file that we fetched, as our own JSON says."""
    command = [options.ours, "-m", "paramcount", str(MODELS / form), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return json.loads(done.stdout)["source"]["bytes_read"]


def report(results: dict[tuple[str, str], list[dict[str, float]]], options: argparse.Namespace) -> str:
    """The results as Markdown."""
    bare = results["bare python", ""]
    bare_cpu, bare_rss = median(bare, "cpu"), median(bare, "rss")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    rounds = f"median of {options.rounds} rounds ({options.slow_rounds} of Keras)"
    lines = [
        f"{machine}; {rounds}; bare interpreter {bare_cpu * 1e3:.1f} ms CPU, {bare_rss / 2**20:.1f} MiB.",
        "",
        "| Form | Who | CPU ms | times bare | peak MiB | Keras needs (CPU, memory) | bytes read of size |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    for form in FORMS:
        keras_cpu, keras_rss = (median(results["keras", form], key) for key in ("cpu", "rss"))
        for who in ("paramcount", "paramcount command", "h5py walk", "keras"):
            cpu, rss = (median(results[who, form], key) for key in ("cpu", "rss"))
            times = f"{keras_cpu / cpu:.0f}x, {keras_rss / rss:.0f}x" if who != "keras" else ""
            read = f"{bytes_read(options, form):,} of {(MODELS / form).stat().st_size:,}" if who == "paramcount" else ""
            lines.append(
                f"| {form} | {who} | {cpu * 1e3:,.0f} | {cpu / bare_cpu:.2f} | {rss / 2**20:,.1f} | {times} | {read} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
