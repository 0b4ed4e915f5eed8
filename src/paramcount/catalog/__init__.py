"""The models of ``keras.applications`` by name: their configs, without Keras.

The architectures were written down once from models that real Keras had built, by ``scripts/make_applications.py``.
What depends on an option, such as a width on ``alpha``, is kept as the rule, not as a table of its values.
"""

from __future__ import annotations

from paramcount.catalog.models import KERAS_VERSION, MODELS, find, similar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def names() -> tuple[str, ...]:
    """Every model, as Keras writes its name."""
    return tuple(MODELS)


def options(name: str) -> Mapping[str, Any]:
    """The options of a model with their defaults.

    Raises:
        UsageError: when there is no such model.
    """
    from paramcount.catalog.signatures import options

    return options(name)


def about(name: str) -> str:
    """One line on a model: its default input and where it was published.

    Raises:
        UsageError: when there is no such model.
    """
    from paramcount.catalog.signatures import known

    entry = known(name)
    return f"{entry.name}: {entry.size} x {entry.size} x 3 by default; {entry.facts.paper}"


def config(name: str, /, **given: Any) -> dict[str, Any]:
    """The config of a model in the form of Keras 3's ``to_json``, as for ``weights=None``.

    Of the options of a layer it holds those on which shapes, variables and flags depend; it holds no shapes but those
    of input layers.  Values may stand in several places of it: change a copy.

    Args:
        name: as ``find`` takes it.
        **given: options of the function in Keras.  ``weights`` and ``input_tensor`` are ignored.

    Raises:
        UsageError: when there is no such model, or Keras does not take these options.
    """
    from paramcount.catalog.expand import expand
    from paramcount.catalog.signatures import checked, known

    entry = known(name)
    return expand(entry, checked(entry, given))


__all__ = ["KERAS_VERSION", "about", "config", "find", "names", "options", "similar"]
