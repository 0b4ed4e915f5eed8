"""What a renderer may be asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple

SORTS = ("order", "name", "parameters", "trainable", "frozen", "state", "tensors", "bytes")
"""What rows can be sorted by: ``order`` is the model's own, ``name`` ascends, numbers descend."""


class Options(NamedTuple):
    """What to show, and how much room there is for it."""

    depth: int | None = 1
    """Levels of layers that get a row; None for all."""
    variables: bool = False
    """Whether every tensor is shown below its layer."""
    sort: str = "order"
    """One of ``SORTS``; layers are sorted among those beside them."""
    top: int | None = None
    """Only so many of the largest rows, then one line for all others; the rows are then not nested."""
    sharing: bool = False
    """Whether every shared tensor is listed with all its places."""
    tensors: bool = False
    """Whether every stored tensor is listed flat, with those that are no parameters."""
    width: int | None = None
    """Columns of the terminal; None for as many as it takes."""
    color: bool = False
    """Whether the terminal form may use colours."""


DEFAULT = Options()
"""What is shown when nothing is asked for."""
