"""The verbs as functions.  Nothing here prints."""

from __future__ import annotations

import gc
import os

from paramcount.report import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from paramcount.explanation import Explanation
    from paramcount.model import Shapes


def count(
    model: object,
    *,
    input_shape: Shapes = None,
    options: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
    tag_set: Sequence[str] | None = None,
    settings: Sequence[str] = (),
    configs: Sequence[str] = (),
    progress: Callable[[int, int | None], None] | None = None,
) -> Report:
    """Count the parameters of a model in memory, of a stored one, or of one that is known by its name.

    Args:
        model: a Keras model or layer, a ``tf.Module``, or what ``hub.load`` and ``tf.saved_model.load`` return; the
            path (``str`` or ``os.PathLike``) of a stored model, of a config or of a Python file; a handle of
            TensorFlow Hub or Kaggle Models, or the address of an archive; ``"ResNet50"`` or another name of
            ``keras.applications``; ``"garden:NAME"``, an experiment of the TensorFlow Model Garden; Python source; a
            function or class that makes the model, or its name as ``"package.module:function"`` (see ``arguments``).
        input_shape: shape of the input without the batch dimension, or with ``None`` in front of it, for a model
            that is not built yet; several inputs as a tuple, list or dict of shapes.  A model in memory is built
            without allocating weights, and left as it was.
        options: constructor options of a model known by name, such as ``{"include_top": False}``.
        arguments: arguments of the function or class that is called.  A name such as ``"package.module:function"``
            is imported and called only where they are given, if only as ``{}``: it runs that code.
        tag_set: the tags of the graph that is meant, where a SavedModel has several.
        settings: overrides of an experiment of the Model Garden, such as ``"task.model.num_classes=10"``.
        configs: YAML files of overrides of an experiment, applied in order and before ``settings``.
        progress: called with the bytes fetched so far, and their number in all or None, while a model is fetched.

    Returns:
        The report: totals, rows and findings.

    Raises:
        ParamcountError: when there is nothing that can be counted; the message says why.

    Example:
        >>> count("examples/transfer.keras").trainable
        12810
    """
    if not isinstance(model, (str, os.PathLike)):
        if arguments is not None:
            from paramcount.live.callables import inspect_callable

            return Report(inspect_callable(model, arguments, input_shape))
        from paramcount.live import inspect

        return Report(inspect(model, input_shape))
    from paramcount.resolve import resolve

    # Reading makes thousands of records that all stay: the cyclic collector would walk them time and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        return Report(
            resolve(
                os.fspath(model), input_shape, options, arguments, progress, tag_set, settings=settings, configs=configs
            )
        )
    finally:
        if collects:
            gc.enable()


def explain(model: object, patterns: str | Sequence[str] = (), **options: Any) -> Explanation:
    """Explain why each layer of a model has the parameters that it has: its formula with this model's numbers.

    Args:
        model: a report, or anything that ``count`` takes.
        patterns: paths, names or globs of the layers and variables to explain; none for the whole model.
        options: as for ``count``.

    Returns:
        The explanation: a line for each layer with weights, and their sum.  ``print`` shows it.

    Raises:
        ParamcountError: when there is nothing that can be counted, or a pattern matches nothing.

    Example:
        >>> print(explain("Sequential([Dense(5, input_shape=(3,))])").lines[0].formula)
        (3 + 1) * 5
    """
    from paramcount.explanation import explain as explained

    report = model if isinstance(model, Report) else count(model, **options)
    return explained(report, (patterns,) if isinstance(patterns, str) else tuple(patterns))
