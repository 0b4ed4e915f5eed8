"""Which lines a pattern means: a path, a name or a glob of layers or variables."""

from __future__ import annotations

from paramcount.errors import UsageError
from paramcount.explaining.composing import terms_of
from paramcount.explaining.records import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paramcount.explaining.records import Item, Line

GLOB = frozenset("*?[")
NEAR = 3
"""So many near misses are named when nothing matches."""


def selected(lines: Sequence[Line], patterns: Sequence[str]) -> list[Line]:
    """The lines that ``patterns`` mean, in their own order; those with weights when there are no patterns.

    Raises:
        UsageError: when a pattern matches no layer and no variable; the message names what is near.
    """
    if not patterns:
        return [line for line in lines if line.status != NONE]
    found: dict[int, Line] = {}
    for pattern in patterns:
        matched = _matched(lines, pattern)
        if not matched:
            raise UsageError(
                f"no layer and no variable matches {pattern!r}",
                advice=_near(lines, pattern) or "`paramcount MODEL --depth all` lists the layers of MODEL.",
            )
        for index, line in matched.items():
            before = found.get(index)
            found[index] = line if before is None or len(before.items) < len(line.items) else before
    return [found[index] for index in sorted(found)]


def _matched(lines: Sequence[Line], pattern: str) -> dict[int, Line]:
    """Index to line, cut down to single variables where only those match."""
    pattern = pattern.strip("/") or pattern
    whole = {index: line for index, line in enumerate(lines) if _any(_places(line.path), pattern)}
    weighted = {index: line for index, line in whole.items() if line.status != NONE}
    if weighted:
        # Who asks for many layers asks for numbers; a layer without any is shown when it is asked for by name.
        named = {index: line for index, line in whole.items() if pattern in (line.path, line.layer.name)}
        whole = weighted | named
    parts = {index: part for index, line in enumerate(lines) if index not in whole and (part := _cut(line, pattern))}
    return {**whole, **parts}


def _cut(line: Line, pattern: str) -> Line | None:
    """The line with only those of its variables that match; None when none does."""
    items = [item for item in line.items if _any(_below(line, item), pattern)]
    if not items:
        return None
    from paramcount.explaining.records import FORMULA, STORED, UNKNOWN
    from paramcount.formula import total

    path = f"{line.path}/{items[0].name}" if len(items) == 1 else line.path
    status = line.status
    if status not in (FORMULA, STORED, UNKNOWN) and all(item.formula is None for item in items):
        status = STORED
    formula = items[0].formula if len(items) == 1 and items[0].formula else total(t.formula for t in terms_of(items))
    return line._replace(path=path, items=tuple(items), formula=formula, note="", status=status)


def _places(path: str) -> Iterable[str]:
    """The path, every path above it, and its name alone: ``a/b/c``, ``a/b``, ``a``, ``c``."""
    yield path
    end = path.rfind("/")
    if end >= 0:
        yield path[end + 1 :]
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _below(line: Line, item: Item) -> Iterable[str]:
    """A variable's path as shown and as it is, and those of the layers inside the line that hold it."""
    for path in dict.fromkeys((f"{line.path}/{item.name}", item.variable.path)):
        yield path
        end = path.rfind("/")
        while end > len(line.path):
            yield path[:end]
            end = path.rfind("/", 0, end)


def _any(places: Iterable[str], pattern: str) -> bool:
    if not GLOB.intersection(pattern):
        return any(place == pattern for place in places)
    from fnmatch import fnmatchcase

    return any(place == pattern or fnmatchcase(place, pattern) for place in places)


def _near(lines: Sequence[Line], pattern: str) -> str:
    """A question that names what was probably meant; empty when nothing is near."""
    from difflib import get_close_matches

    bare = "".join(char for char in pattern if char not in GLOB)
    names = dict.fromkeys(place for line in lines for place in _places(line.path))
    names |= dict.fromkeys(f"{line.path}/{item.name}" for line in lines for item in line.items)
    near = get_close_matches(bare, names, NEAR, 0.5) or [name for name in names if bare and bare in name][:NEAR]
    return f"Did you mean {' or '.join(near)}?" if near else ""
