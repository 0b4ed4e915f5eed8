"""``paramcount show MODEL``: count models and show them."""

from __future__ import annotations

import os
import sys

from paramcount.api import count
from paramcount.cli.terminal import hush_frameworks, look, write
from paramcount.render.options import Options
from paramcount.resolve import expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

    from paramcount.cli.request import Request
    from paramcount.report import Report


def run(request: Request, stdout: TextIO, complain: Callable[[str, Exception], int]) -> int:
    """Count and show every model; one that cannot be read does not hide the others.

    Returns:
        0, or the exit code that ``complain`` gave for the last model that could not be read.
    """
    options = options_of(request, stdout)
    shown = code = 0
    for name in request.models:
        hush_frameworks(name)
        try:
            paths = expand(name)
        # Whatever goes wrong with one model, the others are still counted; `complain` says what it was.
        except Exception as error:  # noqa: BLE001
            code = max(code, complain(name, error))
            continue
        for path in paths:
            try:
                text = _rendered(counted(count, path, request.model_options), request, options, shown)
            except Exception as error:  # noqa: BLE001
                code = max(code, complain(path, error))
                continue
            write(stdout, text)
            shown += 1
    return code


def counted(count: Callable[..., Report], name: str, options: dict[str, Any]) -> Report:
    """What ``count`` makes of one model, with progress on the terminal where it has to be fetched."""
    if os.path.lexists(name):
        return count(name, **options)
    from paramcount.cli.progress import watched

    return watched(count, name, options, sys.stderr)


def options_of(request: Request, stdout: TextIO) -> Options:
    """What the request and the terminal ask for."""
    width, color = look(stdout, request.color)
    return Options(
        depth=request.depth,
        variables=request.variables,
        sort=request.sort,
        top=request.top,
        sharing=request.sharing,
        tensors=request.tensors,
        width=width,
        color=color,
    )


def _rendered(report: Report, request: Request, options: Options, shown: int) -> str:
    """The text for one report, with what must stand between it and the one before."""
    if options.depth == 0:
        options = options._replace(depth=_levels(report))
    if request.format == "json":
        from paramcount.render import json

        return json.render(report, options, lines=len(request.models) > 1)
    if request.format == "csv":
        from paramcount.render import csv

        return csv.render(report, options, titles=not shown)
    return ("\n" if shown else "") + _for_people(report, request.format, options)


def _levels(report: Report) -> int:
    """How many levels down there is more than one layer: a table of one row, with everything in it, tells nothing."""
    layers, level = report.layers, 1
    while len(layers) == 1 and layers[0].children and not layers[0].variables:
        layers, level = layers[0].children, level + 1
    return level if len(layers) > 1 else 1


def _for_people(report: Report, form: str, options: Options) -> str:
    if form == "markdown":
        from paramcount.render import markdown

        return markdown.render(report, options)
    if options.width is not None or options.color:
        from paramcount.render import terminal

        return terminal.render(report, options)
    from paramcount.render import text

    return text.render(report, options)
