"""The second witness: what the layers' own rules say about every tensor that a file stores."""

from __future__ import annotations

from math import prod

from paramcount.architecture.shapes import written
from paramcount.model import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Axes, Slot
    from paramcount.model import Shape


class Witness:
    """Compares, and remembers where formula and file disagree."""

    def __init__(self) -> None:
        self._doubts: dict[str, list[tuple[str, Shape, Shape]]] = {}
        self._classes: dict[str, str] = {}

    def axes(self, slot: Slot | None, stored: Shape, path: str, class_name: str) -> Axes | None:
        """The formula of one stored tensor's shape, whether it says what is stored or contradicts it.

        Args:
            slot: what the layer creates in this place; None when that is not known.
            stored: the shape in the file.
            path: of the layer.
            class_name: of the layer.
        """
        if slot is None or slot.shape is None:
            return None
        shape = tuple([axis.value for axis in slot.shape])
        if shape == stored:
            return slot.shape
        if None not in shape:
            self._doubts.setdefault(path, []).append((slot.name, stored, shape))
            self._classes[path] = class_name
            return slot.shape
        return None

    def findings(self) -> list[Finding]:
        """One finding for each layer whose stored tensors are not what its config and input make."""
        found = []
        for path, doubts in self._doubts.items():
            held = sum([_size(stored) for _, stored, _ in doubts])
            made = sum([_size(shape) for _, _, shape in doubts])
            which = ", ".join(f"{name} {written(stored)} for {written(shape)}" for name, stored, shape in doubts[:3])
            message = (
                f"The file stores {held:,} parameters where {self._classes[path]} with this config and input makes "
                f"{made:,}: {which}{', …' if len(doubts) > 3 else ''}."
            )
            advice = "The number counted is the file's; Keras will refuse to load these weights into this layer."
            found.append(Finding("formula-disagrees", "warning", path, message, advice))
        return found


def _size(shape: Shape) -> int:
    return prod([size or 0 for size in shape])
