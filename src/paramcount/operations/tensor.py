"""What is known of one tensor of a graph before it runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    Dimension: TypeAlias = int | None
    Shape: TypeAlias = tuple[Dimension, ...]
    Value: TypeAlias = object
else:
    from paramcount.records import NamedTuple


class Tensor(NamedTuple):
    """Shape, and for a small constant its value."""

    shape: Shape | None
    """The sizes, None for one that is known only when the model runs; None alone where the rank is not known."""
    value: object = None
    """Ints in nested tuples, None for each that is not known; None alone for what is no constant."""
    dtype: str = ""


MAX_RANK = 64
"""No framework has tensors of more axes."""

MAX_SIZE = 2**63
"""No dimension reaches this; a larger number comes from a damaged file, and numbers could grow without end."""
