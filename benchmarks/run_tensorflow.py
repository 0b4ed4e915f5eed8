"""Counts one ResNet50 in TensorFlow's own forms, with us and with TensorFlow.

Usage: python benchmarks/run_tensorflow.py [--rounds N] [--slow-rounds N] [--ours PYTHON] [--theirs PYTHON]
                                           [--output FILE]

As in ``run.py``, every figure is that of a whole process, all commands take turns, and every answer is checked before
it is timed.  TensorFlow's answers are the ones that it documents: ``tf.saved_model.load`` and the ``variables`` of what
that returns, which for an export of Keras 3 lists every weight; ``tf.train.list_variables``, with what is no weight
left out by its name; and the schema of TensorFlow Lite, with every buffer of numbers counted once.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

from run import MODELS, OURS, bytes_read, environment, measure, median, times

EXPORT, SAVED, LITE = "resnet50_export", "resnet50_saved", "resnet50.tflite"
WEIGHTS, CHECKPOINT = "resnet50_weights/ckpt-1", "resnet50_checkpoint/ckpt-1"
"""A checkpoint of the model alone, and one with its optimizer."""
ANSWERS = {EXPORT: 25_636_712, SAVED: 25_636_712, WEIGHTS: 25_636_712, CHECKPOINT: 25_636_712, LITE: 25_506_944}
"""The forms to their parameters; TensorFlow Lite folds batch normalization, and stores equal biases once."""

MAKE = """
import sys, keras, tf_keras, tensorflow as tf
folder = sys.argv[1]
model = keras.applications.ResNet50(weights=None)
model.export(f"{folder}/resnet50_export", verbose=False)
tf.train.Checkpoint(model=model).save(f"{folder}/resnet50_weights/ckpt")
model.compile("adam", "categorical_crossentropy")
model.optimizer.build(model.trainable_variables)
tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(f"{folder}/resnet50_checkpoint/ckpt")
tf_keras.applications.ResNet50(weights=None).save(f"{folder}/resnet50_saved", save_format="tf")
converter = tf.lite.TFLiteConverter.from_saved_model(f"{folder}/resnet50_export")
with open(f"{folder}/resnet50.tflite", "wb") as file:
    file.write(converter.convert())
"""
LOAD = """
import sys, math, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
print(sum(math.prod(variable.shape) for variable in model.variables))
"""
LIST = """
import sys, math, tensorflow as tf
left_out = ("optimizer/_v", "optimizer/_i", "optimizer/_l", "save_counter", "_CHECK")
found = tf.train.list_variables(sys.argv[1])
print(sum(math.prod(shape) for name, shape in found if not name.startswith(left_out)))
"""
SCHEMA = """
import sys, math
from tensorflow.lite.python import schema_py_generated as schema
model = schema.ModelT.InitFromPackedBuf(open(sys.argv[1], "rb").read())
buffers = {}
for graph in model.subgraphs:
    for tensor in graph.tensors:
        data = model.buffers[tensor.buffer].data
        if data is not None and len(data) and tensor.type == schema.TensorType.FLOAT32:
            buffers[tensor.buffer] = math.prod(int(size) for size in tensor.shape)
print(sum(buffers.values()))
"""
THEIRS = {EXPORT: LOAD, SAVED: LOAD, WEIGHTS: LIST, CHECKPOINT: LIST, LITE: SCHEMA}


def main() -> None:
    """Make the models where they are missing, run all commands in turn, and print the table."""
    options = arguments()
    if not (MODELS / LITE).exists() or not (MODELS / WEIGHTS).parent.exists():
        MODELS.mkdir(parents=True, exist_ok=True)
        subprocess.run([options.theirs, "-c", MAKE, str(MODELS)], check=True, env=environment())
    commands = {("bare python", ""): [options.ours, "-c", "pass"]}
    for form, code in THEIRS.items():
        commands["paramcount", form] = [options.ours, "-c", OURS, str(MODELS / form)]
        commands["python -m paramcount", form] = [options.ours, "-m", "paramcount", str(MODELS / form)]
        commands["TensorFlow", form] = [options.theirs, "-c", code, str(MODELS / form)]
    for name, command in commands.items():
        check(name, measure(command, options))
    results: dict[tuple[str, str], list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(options.rounds):
        for name, command in commands.items():
            if number < options.slow_rounds or name[0] != "TensorFlow":
                results[name].append(measure(command, options))
    text = report(results, options)
    print(text)
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of the commands that import TensorFlow")
    parser.add_argument("--ours", default=sys.executable)
    parser.add_argument("--theirs", default=sys.executable)
    parser.add_argument("--output", help="also write the table to this file")
    parser.set_defaults(hub=None)
    return parser.parse_args()


def check(name: tuple[str, str], result: dict[str, float]) -> None:
    """Every command must have given the right answer before it is timed."""
    if result["code"] != 0:
        raise SystemExit(f"{name} failed: {result['output']}")
    answer = str(result["output"]).replace(",", "")
    if name[1] and str(ANSWERS[name[1]]) not in answer:
        raise SystemExit(f"{name} gave a wrong answer: {answer}")


def size_of(form: str) -> int:
    """Bytes of all files of a form."""
    path = MODELS / form
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
    return sum(file.stat().st_size for file in files if file.is_file())


def report(results: dict[tuple[str, str], list[dict[str, float]]], options: argparse.Namespace) -> str:
    """The results as Markdown."""
    bare = median(results["bare python", ""], "cpu")
    lines = [
        (
            f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; median of "
            f"{options.rounds} rounds ({options.slow_rounds} of TensorFlow); bare interpreter {bare * 1e3:.1f} ms CPU."
        ),
        "",
        "| What | Who | CPU ms | times bare | peak MiB | TensorFlow needs (CPU, memory) | bytes read of size |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    for (who, form), measured in results.items():
        if not form:
            continue
        cpu, rss = (median(measured, key) for key in ("cpu", "rss"))
        needs = [times(median(results["TensorFlow", form], key), own) for key, own in (("cpu", cpu), ("rss", rss))]
        read = f"{bytes_read(options, form):,} of {size_of(form):,}" if who == "paramcount" else ""
        lines.append(
            f"| {form} | {who} | {cpu * 1e3:,.0f} | {cpu / bare:.2f} | {rss / 2**20:,.1f} "
            f"| {', '.join(needs) if who != 'TensorFlow' else ''} | {read} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
