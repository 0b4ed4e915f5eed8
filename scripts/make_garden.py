"""Writes ``src/paramcount/catalog/garden.bin``: what the TensorFlow Model Garden makes of its own experiments.

    python -m venv garden && garden/bin/pip install -e '.[garden]'
    garden/bin/python scripts/make_garden.py attempts.jsonl
    garden/bin/python docs/garden_pages.py

Every experiment that the package registers is attempted once as it is registered, and once more with the settings of
``NEEDED`` where it cannot be built so; and once with those of ``PUBLISHED``, whose numbers the documentation of the
Model Garden gives.  Each attempt has a process of its own and a limit of time.  The package is imported once, and the
processes are forked from there: importing takes longer than building most models.

Attempts are kept in the file that is named, a line each; what is there already is not attempted again.  ``--only
WORD`` attempts those experiments that have the word in their names, and ``--write`` attempts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramcount.catalog import garden
from paramcount.garden import registry, wire, worker
from paramcount.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(garden.__file__).with_name(garden.FILE)
LIMIT = 1200
"""Seconds for one attempt."""
SIZE_LIMIT = 300_000
"""Bytes of the file that is written: it is part of every installation."""

BOXES = ((12, 16), (19, 36), (40, 28), (36, 75), (76, 55), (72, 146), (142, 110), (192, 243), (459, 401))
"""Nine anchors, as the other experiments of that detector have them; the number of weights depends on their number."""
ANCHORS = ", ".join(f"{{box: [{width}, {height}]}}" for width, height in BOXES)
ANCHORS = f"{{task: {{model: {{anchor_boxes: {{boxes: [{ANCHORS}]}}}}}}}}"

NEEDED = {
    "bert/tagging": "task.class_names=[O,B,I]",
    "centernet_hourglass_coco": "task.model.input_size=[512,512,3]",
    "darknet_classification": "task.model.input_size=[224,224,3],task.model.num_classes=1001",
    "image_classification": "task.model.input_size=[224,224,3],task.model.num_classes=1001",
    "rcnn_maxvit_coco": "task.model.backbone.maxvit.window_size=20,task.model.backbone.maxvit.grid_size=20",
    "retinanet": "task.model.input_size=[640,640,3],task.model.num_classes=91",
    "semantic_segmentation": "task.model.input_size=[512,512,3],task.model.num_classes=21",
    "video_classification": "task.train_data.num_classes=400,task.validation_data.num_classes=400",
    "yolo": ANCHORS,
    "yolov7": ANCHORS,
}
"""Experiments that are meant to be completed, to settings with which they can be built."""

HINTS = {
    "wmt_transformer/large": "--set task.sentencepiece_model_path=FILE, a SentencePiece model whose vocabulary decides "
    "the count, makes it build",
}
"""What makes an experiment build that needs a file of the user's own: no number can be given."""

MODEL_ID = "task.model.backbone.{}.model_id={}"
RESNET_RS = [
    (f"ResNet-RS-{size}", millions, "resnet_rs_imagenet", "" if size == 50 else MODEL_ID.format("resnet", size))
    for size, millions in ((50, "35.7"), (101, "63.7"), (152, "86.8"), (200, "93.4"), (270, "130.1"), (350, "164.3"))
]
CASCADE = (
    "task.model.roi_sampler.cascade_iou_thresholds=[0.7],task.model.rpn_head.num_convs=2,task.model.anchor.num_scales=3"
)
SPINENET = "task.model.backbone.spinenet.model_id='{0}',task.model.input_size=[{1},{1},3]"
PUBLISHED = [
    *RESNET_RS,
    ("RetinaNet R50-FPN", "34.0", "retinanet_resnetfpn_coco", ""),
    ("RetinaNet SpineNet-49", "28.5", "retinanet_spinenet_coco", ""),
    ("RetinaNet SpineNet-96", "43.0", "retinanet_spinenet_coco", SPINENET.format(96, 1024)),
    ("RetinaNet SpineNet-143", "67.0", "retinanet_spinenet_coco", SPINENET.format(143, 1280)),
    ("RetinaNet Mobile SpineNet-49", "2.32", "retinanet_mobile_coco", ""),
    ("Mask R-CNN ResNet50-FPN", "46.3", "maskrcnn_resnetfpn_coco", ""),
    ("Mask R-CNN SpineNet-49", "40.8", "maskrcnn_spinenet_coco", ""),
    ("Cascade RCNN-RS SpineNet-49", "56.4", "cascadercnn_spinenet_coco", CASCADE),
]
"""Model, millions of parameters, experiment and settings: from official/vision/MODEL_GARDEN.md of tensorflow/models.

The settings are those in which the configuration file that is linked there differs from the experiment.
"""


def main() -> None:
    """Attempt what is not in the file yet, and write the catalog."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("attempts", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    found = parser.parse_args()
    if not found.write:
        attempt_all(found.attempts, found.only)
    data = catalog(read(found.attempts))
    if len(data) > SIZE_LIMIT:
        raise SystemExit(f"the catalog would have {len(data):,} bytes, more than {SIZE_LIMIT:,}")
    TARGET.write_bytes(data)
    print(f"{TARGET.name}: {len(data):,} bytes")


def attempt_all(path: Path, only: str) -> None:
    """Append the answers of all attempts that ``path`` does not hold yet."""
    worker.prepare()
    loaded = registry.load()
    done = {(one["name"], one["settings"]) for one in read(path)}
    for name, settings in jobs(sorted(loaded.experiments)):
        if (name, settings) in done or only not in name:
            continue
        answer = attempt(name, settings, loaded)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "settings": settings, **answer}) + "\n")
        print(name, settings, "built" if "model" in answer else answer["error"]["what"], flush=True)


def jobs(names: list[str]) -> Iterator[tuple[str, str]]:
    """Every experiment as it is registered, then with the settings that it needs, then what is published."""
    yield from ((name, "") for name in names)
    yield from NEEDED.items()
    yield from ((name, settings) for _, _, name, settings in PUBLISHED if settings)


def attempt(name: str, settings: str, loaded: registry.Registry) -> dict[str, Any]:
    """The answer of a new process, and of another one where weights need memory."""
    answer: dict[str, Any] = {}
    for allocate in (False, True):
        request = {"name": name, "settings": [settings] if settings else [], "allocate": allocate}
        answer = forked(request, loaded)
        if not answer.get("again"):
            break
    return {**answer, "version": worker.package_version()}


def forked(request: dict[str, Any], loaded: registry.Registry) -> dict[str, Any]:
    """What ``worker.answer`` gives in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.alarm(LIMIT)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        with os.fdopen(writing, "w", encoding="utf-8") as file:
            json.dump(worker.answer(request, loaded), file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    what = f"no answer within {LIMIT} seconds, or a process that ended"
    answer: dict[str, Any] = json.loads(text) if text else {"error": {"what": what}}
    return answer


def read(path: Path) -> list[dict[str, Any]]:
    """The attempts so far."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def catalog(attempts: list[dict[str, Any]]) -> bytes:
    """The file that holds all of it."""
    by_job = {(one["name"], one["settings"]): one for one in attempts}
    models = {job: wire.decoded(one["model"]) for job, one in by_job.items() if "model" in one}
    reports = {job: Report(model) for job, model in models.items()}
    names = sorted({name for name, settings in by_job if not settings})
    versions = {one["version"] for one in attempts}
    if len(versions) != 1:
        raise SystemExit(f"attempts with different versions of the package: {', '.join(sorted(versions))}")
    framework = {model.source.framework_version for model in models.values()}
    table = {
        "about": [versions.pop(), framework.pop()],
        "entries": [list(entry(name, by_job, reports)) for name in names],
        "published": [
            [model, millions, name, settings, report.total, report.trainable]
            for model, millions, name, settings in PUBLISHED
            if (report := reports.get((name, settings)))
        ],
    }
    trees = {name: by_job[name, ""]["model"] for name in names if (name, "") in models}
    return garden.write(table, trees)


def entry(name: str, by_job: dict[tuple[str, str], Any], reports: dict[tuple[str, str], Report]) -> garden.Entry:
    """The line of one experiment."""
    settings, reason = "", ""
    report = reports.get((name, ""))
    if report is None:
        reason = because(by_job[name, ""]["error"], name)
        settings = NEEDED.get(name, "")
        report = reports.get((name, settings)) if settings else None
    if report is None:
        return garden.Entry(name, None, None, None, None, None, None, reason=reason)
    totals = report.totals
    return garden.Entry(
        name,
        totals.total.parameters,
        totals.trainable.parameters,
        totals.frozen.parameters,
        totals.state.parameters,
        totals.total.tensors,
        totals.trainable.tensors,
        report.lower_bound,
        reason,
        settings,
    )


def because(error: dict[str, str], name: str) -> str:
    """The package's own reason, and what is known to help."""
    what = error["what"].removeprefix(f"the Model Garden cannot build {name} so: ")
    what = " ".join(what.split()).replace("ModuleNotFoundError: ", "")
    return f"{what}; {HINTS[name]}" if name in HINTS else what


if __name__ == "__main__":
    main()
