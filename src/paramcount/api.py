"""The verbs as functions.  Nothing here prints."""

from __future__ import annotations

import gc
import os

from paramcount.report import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Shapes


def count(model: object, *, input_shape: Shapes = None) -> Report:
    """Count the parameters of a model in memory or of a stored one.

    Args:
        model: a path (``str`` or ``os.PathLike``) of a stored model, or a Keras model or layer.
        input_shape: shape of the input without the batch dimension, or with ``None`` in front of it, for a model
            in memory that is not built yet; several inputs as a tuple, list or dict of shapes.  The model is
            built without allocating weights, and left as it was.

    Returns:
        The report: totals, rows and findings.

    Raises:
        ParamcountError: when there is nothing that can be counted; the message says why.

    Example:
        >>> count("examples/transfer.keras").trainable
        12810
    """
    if isinstance(model, (str, os.PathLike)):
        from paramcount.readers import read

        if input_shape is not None:
            from paramcount.errors import UsageError

            raise UsageError(
                "`input_shape` is for a model in memory that is not built; a stored model has its shapes",
                advice="Leave it out.",
            )
        # Reading makes thousands of records that all stay: the cyclic collector would walk them time and again.
        collects = gc.isenabled()
        gc.disable()
        try:
            return Report(read(os.fspath(model)))
        finally:
            if collects:
                gc.enable()
    from paramcount.live import inspect

    return Report(inspect(model, input_shape))
