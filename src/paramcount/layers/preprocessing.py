"""Variables of the preprocessing layers; only the spectrogram and adapted statistics are weights."""

from __future__ import annotations

from paramcount.layers.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.layers.slot import Config


def stft(config: Config) -> list[Slot]:
    """``real_kernel`` unless ``mode="imag"``, ``imag_kernel`` unless ``mode="real"``; they train by default."""
    mode = config.get("mode")
    slots = [] if mode == "imag" else [Slot("real_kernel")]
    return slots if mode == "real" else [*slots, Slot("imag_kernel")]


def lookup(config: Config) -> list[Slot]:
    """Keras 2 holds inverse document frequencies in a weight; everything else is a table."""
    if config.get("output_mode") in ("tf_idf", "tf-idf"):
        return [Slot("idf", "inverse document frequencies taken from the data in adapt()")]
    return []


VARIABLES = {
    "STFTSpectrogram": stft,
    "StringLookup": lookup,
    "IntegerLookup": lookup,
    "TextVectorization": lookup,
}
