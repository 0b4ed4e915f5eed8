"""What is known of the experiments of the TensorFlow Model Garden without the package: a table, and a tree for each.

The real package made both once, by ``scripts/make_garden.py``; the numbers are those of the version ``about`` gives.
"""

from __future__ import annotations

from paramcount.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, NamedTuple
else:
    from paramcount.records import NamedTuple

FILE = "garden.bin"
PACKAGE = "tf-models-official"
SIMILAR = 0.6
"""How alike names must be for one to be meant by the other."""


class Entry(NamedTuple):
    """One experiment, as the package registers it, or with the settings without which it cannot be built."""

    name: str
    total: int | None
    """None where no setting is known with which it can be built."""
    trainable: int | None
    frozen: int | None
    state: int | None
    tensors: int | None
    trainable_tensors: int | None
    lower_bound: bool = False
    """Whether layers may be without weights, so that every number is "at least"."""
    reason: str = ""
    """Why it cannot be built as it is registered; empty where it can."""
    settings: str = ""
    """What makes it build where that is so; the numbers are then those with it."""


class Published(NamedTuple):
    """A number that the documentation of the Model Garden gives, beside what the package builds."""

    model: str
    millions: str
    """As it is printed there."""
    experiment: str
    settings: str
    total: int
    trainable: int

    @property
    def follows(self) -> str:
        """Which of our numbers it is, rounded, or else is nearest to: ``total``, ``trainable`` or ``either``."""
        total, trainable = self._rounds_to(self.total), self._rounds_to(self.trainable)
        if total and trainable:
            return "either"
        if total or trainable:
            return "total" if total else "trainable"
        return "total" if self._distance(self.total) < self._distance(self.trainable) else "trainable"

    @property
    def exact(self) -> bool:
        """Whether that number, rounded to as many digits, is the one that is printed."""
        return self._rounds_to(self.total) or self._rounds_to(self.trainable)

    def _rounds_to(self, ours: int) -> bool:
        unit = int(10 ** (6 - len(self.millions.partition(".")[2])))
        return (2 * ours + unit) // (2 * unit) * unit == _millionths(self.millions)

    def _distance(self, ours: int) -> int:
        return abs(ours - _millionths(self.millions))


def _millionths(text: str) -> int:
    whole, _, digits = text.partition(".")
    return int(whole + digits.ljust(6, "0"))


class About(NamedTuple):
    """Where the numbers are from."""

    version: str
    """Of the package."""
    framework_version: str
    """Of tf_keras."""


def about() -> About:
    """The versions with which the table was made."""
    return About(*_table()["about"])


def entries() -> tuple[Entry, ...]:
    """Every experiment that the package registers, by name."""
    return tuple([Entry(*values) for values in _table()["entries"]])


def published() -> tuple[Published, ...]:
    """The published numbers that were compared."""
    return tuple([Published(*values) for values in _table()["published"]])


def search(words: Iterable[str]) -> tuple[Entry, ...]:
    """The experiments whose names hold all ``words``; case, hyphens and underscores do not matter.

    Example:
        >>> [entry.name for entry in search(["ResNet", "imagenet", "qat"])]
        ['resnet_imagenet_qat']
    """
    wanted = [_plain(word) for word in words]
    return tuple([entry for entry in entries() if all(word in _plain(entry.name) for word in wanted)])


def _plain(text: str) -> str:
    return "".join([char for char in text.casefold() if char.isalnum()])


def known(name: str) -> Entry:
    """The experiment called ``name``.

    Raises:
        UsageError: when the package registers none of this name; the message has those most like it.
    """
    found = {entry.name: entry for entry in entries()}
    if name not in found:
        raise UsageError(
            f"the Model Garden {about().version} has no experiment called {name}",
            advice=near(name, list(found)) or "`paramcount garden --list` shows all.",
        )
    return found[name]


def near(name: str, names: Sequence[str]) -> str:
    """An advice that gives the names most like ``name``; empty where none is."""
    from difflib import get_close_matches

    close = [f"`{one}`" for one in get_close_matches(name, names, 3, SIMILAR)]
    return f"Did you mean {' or '.join(close)}?" if close else ""


def tree(name: str) -> Mapping[str, Any]:
    """The model of an experiment as plain data, in the form of ``paramcount.garden.wire``.

    Raises:
        KeyError: when there is none, because the experiment cannot be built as it is registered.
    """
    data: Mapping[str, Any] = _read(name)
    return data


def write(table: Mapping[str, Any], trees: Mapping[str, Any]) -> bytes:
    """The file that holds the table and the trees: a line of names with the bytes of each, then these in order."""
    import json
    from zlib import compress

    parts = {"": table, **trees}
    packed = {name: compress(json.dumps(part, separators=(",", ":")).encode(), 9) for name, part in parts.items()}
    index = " ".join(f"{name}={len(data)}" for name, data in packed.items())
    return index.encode("ascii") + b"\n" + b"".join(packed.values())


_held: dict[str, Any] = {}
"""The table, once it has been read."""


def _table() -> dict[str, Any]:
    if not _held:
        _held.update(_read(""))
    return _held


def _read(wanted: str) -> Any:
    import json
    from zlib import decompress

    data = _bytes()
    start = data.index(b"\n") + 1
    for part in data[: start - 1].decode("ascii").split(" "):
        name, _, size = part.rpartition("=")
        if name == wanted:
            return json.loads(decompress(data[start : start + int(size)]))
        start += int(size)
    raise KeyError(wanted)


def _bytes() -> bytes:
    """The whole file, wherever the package was imported from."""
    place = __file__.removesuffix("garden.py").removesuffix("garden.pyc") + FILE
    if __spec__ is not None and hasattr(__spec__.loader, "get_data"):
        data: bytes = __spec__.loader.get_data(place)  # type: ignore[union-attr]
        return data
    with open(place, "rb") as file:
        return file.read()
