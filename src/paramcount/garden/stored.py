"""An experiment as the catalog has it, where the package is not installed."""

from __future__ import annotations

from paramcount.catalog import garden
from paramcount.errors import CannotBuild
from paramcount.garden import INSTALL, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Model


def model(name: str) -> Model:
    """The model that the package of the catalog's version builds.

    Raises:
        UsageError: when there is no such experiment.
        CannotBuild: when it cannot be built as it is registered; the message says what it needs.
    """
    entry = garden.known(name)
    if entry.reason:
        advice = f"With `--set '{entry.settings}'` it can, with the package: {INSTALL}." if entry.settings else ""
        if not advice and "--set" not in entry.reason:
            advice = "No setting is known with which it can."
        raise CannotBuild(
            f"the Model Garden {garden.about().version} cannot build {name} as it is registered: {entry.reason}",
            advice=advice or f"That needs the package: {INSTALL}.",
        )
    made = wire.decoded(dict(garden.tree(name)))
    title = f"Model Garden {garden.about().version} from paramcount's catalog (its package is not installed)"
    return made._replace(source=made.source._replace(title=title))
