"""The manifest of TensorFlow.js: names, shapes and dtypes of all weights, so that no file of values is opened.

Source: ``tfjs-core/src/io/types.ts`` (``WeightsManifestConfig``, ``WeightsManifestEntry``).
"""

from __future__ import annotations

from paramcount.dtypes import bits_of
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.model import Finding
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.shapes import RANK_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NamedTuple

    from paramcount.model import Shape
else:
    from paramcount.records import NamedTuple

SIZE_LIMIT = 1 << 63
"""A size of an axis from here on is no size."""


class Weight(NamedTuple):
    """One entry of a manifest."""

    name: str
    shape: Shape
    dtype: str
    """What it is for whoever uses the model, whatever it is stored as."""
    stored_as: str
    """The dtype of what is stored; another one if it is quantized."""
    optimizer: bool
    """Whether the manifest says that it belongs to the optimizer."""

    @property
    def elements(self) -> int:
        """Number of elements."""
        total = 1
        for size in self.shape:
            total *= size or 0
        return total


def is_manifest(value: object) -> bool:
    """Whether a JSON value is a list of groups of weights with the files that hold them."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(group, dict) and isinstance(group.get("weights"), list) for group in value)
    )


def weights_of(manifest: object, where: str) -> list[Weight]:
    """The entries of a manifest, in their order.

    Raises:
        CorruptFile: when it is no manifest, or two entries have one name.
    """
    if not isinstance(manifest, list):
        raise CorruptFile("The manifest of weights is not a list", where=where, found=type(manifest).__name__)
    found = [_weight(entry, where) for group in manifest for entry in _entries(group, where)]
    names = {weight.name for weight in found}
    if len(names) != len(found):
        raise CorruptFile("Two weights of the manifest have one name", where=where)
    return found


def _entries(group: object, where: str) -> list[Any]:
    entries = group.get("weights") if isinstance(group, dict) else None
    if not isinstance(entries, list):
        raise CorruptFile("A group of the manifest has no list of weights", where=where)
    return entries


def _weight(entry: object, where: str) -> Weight:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str) or not name:
        raise CorruptFile("A weight of the manifest has no name", where=where)
    dtype, quantization = entry.get("dtype"), entry.get("quantization")
    if not isinstance(dtype, str):
        raise CorruptFile("A weight of the manifest has no dtype", where=f"{where}, {name[:200]}")
    stored_as = quantization.get("dtype") if isinstance(quantization, dict) else None
    shape = _shape(entry.get("shape"), f"{where}, {name[:200]}")
    stored = stored_as if isinstance(stored_as, str) else dtype
    return Weight(name, shape, dtype, stored, entry.get("group") == "optimizer")


def _shape(value: object, where: str) -> Shape:
    if not isinstance(value, list):
        raise CorruptFile("A weight of the manifest has no shape", where=where)
    if len(value) > RANK_LIMIT:
        raise LimitExceeded("A tensor has too many axes", where=where, expected=f"at most {RANK_LIMIT}")
    for size in value:
        if type(size) is not int or not 0 <= size < SIZE_LIMIT:
            raise CorruptFile("A size of a weight is no whole number", where=where, found=repr(size)[:80])
    return tuple(value)


def bytes_of(weights: Iterable[Weight]) -> int | None:
    """Bytes of all values as the manifest says they are stored; None where it does not say."""
    total = 0
    for weight in weights:
        bits = bits_of(weight.stored_as)
        if bits is None:
            return None
        total += -(-bits * weight.elements // 8)
    return total


def quantized(weights: Iterable[Weight]) -> list[Finding]:
    """What to say of weights that are stored in a smaller form."""
    kinds: dict[str, int] = {}
    for weight in weights:
        if weight.stored_as != weight.dtype:
            kinds[weight.stored_as] = kinds.get(weight.stored_as, 0) + 1
    if not kinds:
        return []
    named = ", ".join([f"{plural(number, 'tensor')} as {dtype}" for dtype, number in kinds.items()])
    message = f"Stored in a smaller form ({named}): quantization changes the size, and never the count."
    return [Finding("weights-quantized", "info", "", message)]
