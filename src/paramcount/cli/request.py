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
    depth: int | None = 1
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

    @property
    def model_options(self) -> dict[str, Any]:
        """What ``count`` is given beside the model; nothing for a stored model that says all itself."""
        return model_options(self.input_shape, self.options, self.arguments)


def model_options(input_shape: Shapes, options: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``count``, without those that were not given."""
    found = {"input_shape": input_shape, "options": options}
    # Whoever names a function on a command line asks for it to be called, also without arguments.
    return {"arguments": arguments, **{name: value for name, value in found.items() if value}}


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
        # A list of all tensors, or of the largest layers, would be pointless if it stopped at the first level.
        values["depth"] = None if values["variables"] or values["top"] is not None else 1
    return Request(**values)
