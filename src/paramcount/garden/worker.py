"""The process in which the Model Garden is imported and a model built: a request on standard input, facts back.

    echo '{"name": "resnet_imagenet"}' | python -m paramcount.garden.worker

A request has ``name``, ``settings`` (a list of texts), ``files`` (a list of name and text) and ``allocate``.  The
answer has ``model`` (see ``paramcount.garden.wire``) or ``error``, and ``again`` where weights with memory may help.
What the package prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from paramcount.errors import CannotBuild, ParamcountError
from paramcount.garden import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramcount.garden.completing import Completed
    from paramcount.garden.registry import Registry
    from paramcount.model import Model

FIELDS = ("what", "where", "found", "expected", "advice")
"""What an error consists of on its way to the other process."""
DISTRIBUTIONS = ("tf-models-official", "tf-models-nightly")
SETTINGS_HELP = "A setting may be missing or not fit: see what the experiment takes, and docs/garden.md."


def main() -> None:
    """Answer the request on standard input, on a standard output that nothing else gets to."""
    answer_to = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    with answer_to:
        json.dump(answer(request), answer_to, separators=(",", ":"))
    # The frameworks' threads have nothing to save, and taking them down in order takes seconds.
    sys.stderr.flush()
    os._exit(0)


def answer(request: Mapping[str, Any], registry: Registry | None = None) -> dict[str, Any]:
    """The answer to one request; ``registry`` is that of the package where it is loaded already."""
    building = False
    try:
        prepare()
        from paramcount.garden import registry as registered
        from paramcount.garden import settings

        loaded = registry or registered.load()
        config = registered.experiment(loaded, request["name"])
        findings = settings.apply(config, request.get("files", ()), request.get("settings", ()))
        building = True
        model = build(config, request["name"], loaded, allocate=bool(request.get("allocate")))
        return {"model": wire.encoded(model._replace(findings=(*model.findings, *findings)))}
    except ParamcountError as error:
        fields = {field: getattr(error, field) for field in FIELDS}
        return {"error": {"class": type(error).__name__, **fields}, "again": building and not request.get("allocate")}


def prepare() -> None:
    """Settle what has to be settled before TensorFlow is imported."""
    warnings.simplefilter("ignore")
    # Results do not depend on any of these; they spare the user messages, and a graphics card its memory.
    for name, value in (("TF_CPP_MIN_LOG_LEVEL", "3"), ("TF_USE_LEGACY_KERAS", "1"), ("CUDA_VISIBLE_DEVICES", "-1")):
        os.environ.setdefault(name, value)


def build(config: Any, name: str, loaded: Registry, *, allocate: bool) -> Model:
    """The facts of the model that a configuration describes.

    Args:
        config: the configuration of the experiment, complete.
        name: its name, for messages.
        loaded: what the package registers, for messages.
        allocate: whether weights get memory, which takes longer and succeeds more often.

    Raises:
        CannotBuild: with the package's own reason.
    """
    from paramcount.garden.calling import graphs_known, marked_when_called, unconverted
    from paramcount.garden.completing import complete
    from paramcount.garden.registry import missing, place
    from paramcount.live.building import reason
    from paramcount.live.unallocated import without_weights

    factory: Any = importlib.import_module("official.core.task_factory")
    try:
        memory = contextlib.nullcontext() if allocate else without_weights()
        with memory, marked_when_called(), graphs_known(), unconverted():
            task = factory.get_task(config.task)
            model = task.build_model()
            _check(model, name)
            done = complete(task, model)
            return _facts(model, name, done)
    except ParamcountError:
        raise
    except Exception as error:
        why = missing(loaded, error) or f"{reason(error)}{place(error)}"
        raise CannotBuild(f"the Model Garden cannot build {name} so: {why}", advice=SETTINGS_HELP) from error


def _check(model: object, name: str) -> None:
    """Refuse what is no model of tf_keras, the framework of the package.

    Raises:
        CannotBuild: with the class that was built instead.
    """
    from paramcount.live import adapter_for

    if adapter_for(model) is None:
        cls = type(model)
        raise CannotBuild(
            f"what the task of {name} builds is no tf_keras model",
            found=f"an object of class {cls.__module__}.{cls.__qualname__}",
            advice="Its parameters are not known to paramcount.",
        )


def _facts(model: Any, name: str, done: Completed) -> Model:
    from paramcount import live
    from paramcount.garden import gaps
    from paramcount.model import Source

    facts = live.inspect(model)
    title = " ".join(["Model Garden", *filter(None, [package_version()]), "built by its package"])
    source = Source(f"garden:{name}", "model-garden", title, facts.source.framework, facts.source.framework_version)
    return gaps.said(facts._replace(source=source), done.failure, settled=done.settled)


def package_version() -> str:
    """The version of the installed package; empty where it is no installed distribution."""
    for name in DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)
    return ""


if __name__ == "__main__":
    main()
