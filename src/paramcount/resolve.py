"""What the user named, to a ``Model``: a path, a handle, a model known by name, typed source, or a function to call.

Whatever is on disk is a path; only what is not is looked up by name, and only a handle or an address is fetched.
"""

from __future__ import annotations

import os

from paramcount.errors import ParamcountError, SourceMissing, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from paramcount.model import Model, Shapes
    from paramcount.sources.remote import Progress
    from paramcount.typed import TypedModel

_ENDINGS = (".keras", ".h5", ".hdf5", ".json", ".pb", ".tflite", ".onnx", ".py")
"""Endings by which a name is that of a file, also where there is none."""
GARDEN = "garden:"
"""What the name of an experiment of the Model Garden begins with."""
IMAGE_AXES = 3
"""Axes of what every model of ``keras.applications`` takes in, without the batch axis."""
SOURCE_LIMIT = 4 << 20
"""Bytes of the largest Python file that is read."""


def resolve(
    name: str,
    input_shape: Shapes = None,
    options: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    tags: Sequence[str] | None = None,
    *,
    settings: Sequence[str] = (),
    configs: Sequence[str] = (),
) -> Model:
    """The model that ``name`` stands for.

    Args:
        name: a path, with ``::folder`` behind that of an archive of several models; a handle of TensorFlow Hub or
            Kaggle Models, or the address of an archive; ``ResNet50``; Python source or the path of a ``.py`` file,
            with ``:variable`` where it defines several models; or ``package.module:function``.
        input_shape: shapes of the model's inputs, for what is not built, as ``paramcount.count`` takes them.
        options: constructor options of a model known by name.
        arguments: arguments of the function that is called; None where nothing may be called.
        progress: told the bytes fetched so far, and their number in all if it is known, while a model is fetched.
        tags: which graph of a SavedModel is meant; None for the one that is served.
        settings: overrides of an experiment of the Model Garden, as ``key=value``.
        configs: files of such overrides.

    Raises:
        ParamcountError: when it stands for nothing, or for something that cannot be counted.
    """
    if name.startswith(GARDEN) and not os.path.lexists(name):
        from paramcount.garden import model_of

        return model_of(name[len(GARDEN) :], settings, configs)
    _refuse("overrides of an experiment", dict.fromkeys((*settings, *configs)))
    if is_source_file(name):
        _refuse("tags", dict.fromkeys(tags or ()))
        return _typed(name, input_shape, options, arguments)
    if not name or "\0" in name or _is_on_disk(name) or not may_be_a_name(name):
        _refuse("options of a named model", options)
        _refuse("arguments of a function", arguments)
        return _stored(name, _batched(input_shape), progress, tags)
    _refuse("tags", dict.fromkeys(tags or ()))
    if "(" in name:
        return _typed(name, input_shape, options, arguments)
    if ":" in name:
        return _called(name, input_shape, options, arguments)
    return _named(name, input_shape, options, arguments)


def _stored(name: str, inputs: Shapes, progress: Progress | None, tags: Sequence[str] | None) -> Model:
    """A stored model: on disk, inside an archive on disk, or behind a handle."""
    # Only what is not on disk can be a handle or lie inside an archive, and every handle has a slash.
    if "\0" not in name and not _is_on_disk(name):
        if "/" in name:
            from paramcount.sources.hub import is_handle

            if is_handle(name):
                from paramcount.readers.fetched import read_handle

                return read_handle(name, inputs, progress, tags)
        if "::" in name:
            from paramcount.readers.fetched import read_inside, split

            archive, inside = split(name)
            if inside:
                return read_inside(archive, inside, inputs, tags)
    from paramcount.readers import read

    return read(name, inputs, tags)


def _is_on_disk(name: str) -> bool:
    """Whether a name is that of something on disk; a checkpoint is named by what its files have in common."""
    return os.path.lexists(name) or os.path.lexists(f"{name}.index")


def _batched(input_shape: Shapes) -> Shapes:
    """Input shapes with their batch axis."""
    if input_shape is None:
        return None
    from paramcount.architecture.describe import batched

    return batched(input_shape)


def may_be_a_name(name: str) -> bool:
    """Whether something that is not on disk can be the name of a model, source text or a function."""
    if name.endswith(_ENDINGS):
        return False
    if "(" in name:
        return True
    head, colon, tail = name.partition(":")
    if not colon:
        return _is_dotted(name)
    drive = os.name == "nt" and len(head) == 1
    return not drive and _is_dotted(head) and _is_dotted(tail)


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def is_source_file(name: str) -> bool:
    """Whether it is the path of a Python file, perhaps with the name of a variable behind a colon."""
    path = name if name.endswith(".py") else name.rpartition(":")[0]
    return path.endswith(".py") and os.path.isfile(path) and not (path != name and os.path.exists(name))


def expand(name: str) -> list[str]:
    """The models that one argument names: all those that a Python file defines, else the argument itself."""
    if not name.endswith(".py") or not is_source_file(name):
        return [name]
    models = _models(name)
    return [name] if len(models) < 2 else [f"{name}:{model.name}" for model in models]


def _models(name: str) -> list[TypedModel]:
    from paramcount.typed import read_models

    return read_models(_text(name), name)


def _typed(
    name: str, input_shape: Shapes, options: Mapping[str, Any] | None, arguments: Mapping[str, Any] | None
) -> Model:
    _refuse("options of a named model", options)
    _refuse("arguments of a function", arguments)
    from paramcount.architecture.describe import model_of
    from paramcount.model import Finding, Source
    from paramcount.typed import read_models

    on_disk = is_source_file(name)
    path, variable = name, ""
    if on_disk and not name.endswith(".py"):
        path, _, variable = name.rpartition(":")
    models = read_models(_text(path) if on_disk else name, path if on_disk else "the typed model")
    found = [model for model in models if not variable or model.name == variable]
    if len(found) != 1:
        names = ", ".join(model.name for model in models) or "none"
        raise UsageError(
            "Several models are defined: which is meant?" if found else f"No model called {variable} is defined",
            where=name if on_disk else "", found=names, advice="Name one, as FILE.py:VARIABLE.",
        )  # fmt: skip
    typed = found[0]
    source = Source(name if on_disk else typed.name or "typed model", "python-source", "Python source, not executed")
    tf_keras = str(typed.config.get("module", "")).startswith("tf_keras")
    source = source._replace(framework="tf_keras" if tf_keras else "keras")
    if input_shape is not None and typed.input_shape is not None:
        raise UsageError("The model says itself what it takes in", found=str(typed.input_shape), advice="Leave it out.")
    model = model_of(
        typed.config, _batched(input_shape), source, tf_keras=tf_keras, where=name if on_disk else "the typed model"
    )
    advice = "If that changes the model, count the built one."
    notes = [Finding("not-followed", "warning", "", f"Not read: {note}.", advice) for note in typed.notes]
    return model._replace(findings=(*model.findings, *notes))


def _text(path: str) -> str:
    from paramcount.errors import CorruptFile, LimitExceeded
    from paramcount.sources.bytesource import LocalFile

    with LocalFile(path) as source:
        if source.size > SOURCE_LIMIT:
            raise LimitExceeded(
                "A Python file is too large", where=path, found=f"{source.size} bytes",
                expected=f"at most {SOURCE_LIMIT} bytes",
            )  # fmt: skip
        try:
            return str(source.read(0, source.size), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise CorruptFile(f"This Python file is not UTF-8: {error.reason}", where=path) from error


def _called(
    name: str, input_shape: Shapes, options: Mapping[str, Any] | None, arguments: Mapping[str, Any] | None
) -> Model:
    _refuse("options of a named model", options, "Give the function's arguments with --arg name=value.")
    if arguments is None:
        raise UsageError(
            "Nothing is at this path.  As package.module:function it would be imported and called",
            where=name, advice="If that is meant, pass `arguments`, which may be empty: count(name, arguments={}).",
        )  # fmt: skip
    from paramcount.live.callables import inspect_callable

    return inspect_callable(name, arguments, input_shape)


def _named(
    name: str, input_shape: Shapes, options: Mapping[str, Any] | None, arguments: Mapping[str, Any] | None
) -> Model:
    from paramcount import catalog

    known = catalog.find(name)
    if known is None:
        raise _nothing(name, catalog.similar(name))
    _refuse("arguments of a function", arguments, "Give options such as --classes.")
    from paramcount.architecture.describe import model_of
    from paramcount.model import Source

    given = dict(options or {})
    if input_shape is not None:
        given["input_shape"] = _one_image(input_shape)
    config = catalog.config(known, **given)
    source = Source(known, "keras-application", "keras.applications", "keras", catalog.KERAS_VERSION)
    return model_of(config, None, source, where=known)


def _one_image(shape: Shapes) -> Shapes:
    """The shape of one image; a batch axis in front of it is left out."""
    return shape[1:] if isinstance(shape, tuple) and len(shape) == IMAGE_AXES + 1 else shape


def _nothing(name: str, similar: list[str]) -> ParamcountError:
    advice = f"Did you mean {' or '.join(similar)}?" if similar else ""
    return SourceMissing("Nothing is at this path, and no model is known by this name", where=name, advice=advice)


def _refuse(what: str, given: Mapping[str, Any] | None, advice: str = "") -> None:
    if given:
        raise UsageError(f"This model takes no {what}: {', '.join(given)}", advice=advice or "Leave them out.")
