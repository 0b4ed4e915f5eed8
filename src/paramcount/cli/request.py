"""What the command line asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any, NamedTuple

    from paramcount.model import Shapes
else:
    from paramcount.records import NamedTuple


class Request(NamedTuple):
    """The arguments of one call; the defaults are what ``paramcount MODEL`` alone means."""

    models: tuple[str, ...]
    format: str = "text"
    depth: int | None = 0
    """Levels of layers to show; None for all, and 0 for the first one that has more than one layer."""
    variables: bool = False
    sort: str = "order"
    top: int | None = None
    sharing: bool = False
    tensors: bool = False
    color: str = "auto"
    help: bool = False
    version: bool = False
    input_shape: Shapes = None
    """Shapes of the inputs of a model that is not built."""
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """Options of a model that is known by its name."""
    arguments: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """Arguments of a callable that makes the model."""
    tag_set: tuple[str, ...] | None = None
    """Tags of one of the graphs of a SavedModel; None for the one that is served."""
    settings: tuple[str, ...] = ()
    """Overrides of an experiment of the Model Garden."""
    configs: tuple[str, ...] = ()
    """Files of overrides of an experiment."""

    @property
    def model_options(self) -> dict[str, Any]:
        """What ``count`` is given beside the model; nothing for a stored model that says all itself."""
        return model_options({name: getattr(self, name) for name in MODEL_OPTIONS})


MODEL_OPTIONS = ("input_shape", "options", "arguments", "tag_set", "settings", "configs")
"""What ``arguments.take_model`` makes of the command line, all of it keyword arguments of ``count``."""


def model_options(given: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``count``, without those that were not given."""
    found = {name: value for name, value in given.items() if value or (name == "tag_set" and value is not None)}
    # Whoever names a function on a command line asks for it to be called, also without arguments.
    return {"arguments": given["arguments"], **found}


def request_of(argv: Sequence[str]) -> Request:
    """The request that the arguments ``argv`` make.

    Raises:
        UsageError: when they make none.
    """
    # Without options there is nothing to parse, and importing argparse and describing the options to it would
    # take as long as counting a small model does.
    if argv and not any(argument.startswith("-") for argument in argv):
        return Request(tuple(argv))
    from paramcount.cli.arguments import parser

    # argparse loses the double hyphen when options may stand between the models, so it never sees it.
    end = argv.index("--") if "--" in argv else len(argv)
    request = _from_namespace(parser().parse_intermixed_args(argv[:end]))
    return request._replace(models=(*request.models, *argv[end + 1 :]))


def _from_namespace(found: Namespace) -> Request:
    values = dict(vars(found))
    from paramcount.cli.arguments import take_model

    take_model(values)
    values.pop("debug")
    values["models"] = tuple(values["models"])
    if "depth" not in values:
        # A list of all tensors, or of the largest layers, would be pointless if it stopped at some level.
        values["depth"] = None if values["variables"] or values["top"] is not None else 0
    return Request(**values)
