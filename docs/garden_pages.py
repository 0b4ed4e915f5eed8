"""Writes the tables of ``docs/garden.md`` from the catalog of the Model Garden.

    python docs/garden_pages.py            # write them
    python docs/garden_pages.py --check    # 1 if the page holds others

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from paramcount.catalog import garden
from paramcount.render.markdown import code, escape, grid

PAGE = Path(__file__).parent / "garden.md"


def experiments() -> str:
    """Every experiment that can be built: as it is registered, or with settings."""
    rows = [
        (
            code(entry.name),
            *[number(entry, value) for value in (entry.total, entry.trainable, entry.frozen, entry.state)],
            number(entry, entry.tensors),
            number(entry, entry.trainable_tensors),
        )
        for entry in garden.entries()
        if not entry.reason
    ]
    titles = ("Experiment", "Total", "Trainable", "Frozen", "State", "Tensors", "That train")
    return grid(titles, rows, 1, 2, 3, 4, 5, 6)


def number(entry: garden.Entry, value: int | None) -> str:
    """A number with its mark, where it is a lower bound."""
    if value is None:
        return ""
    return f">= {value:,}" if entry.lower_bound else f"{value:,}"


def settings() -> str:
    """Every experiment that settings complete."""
    rows = [
        (
            code(entry.name),
            escape(entry.reason),
            code(entry.settings),
            number(entry, entry.total),
            number(entry, entry.trainable),
        )
        for entry in garden.entries()
        if entry.reason and entry.settings
    ]
    return grid(("Experiment", "As registered", "With `--set`", "Total", "Trainable"), rows, 3, 4)


def failures() -> str:
    """Every experiment for which no setting is known that makes it build."""
    rows = [
        (code(entry.name), escape(entry.reason)) for entry in garden.entries() if entry.reason and not entry.settings
    ]
    return grid(("Experiment", "Reason"), rows)


def published() -> str:
    """Numbers of the Model Garden's documentation beside those of its package."""
    rows = [
        (
            escape(one.model),
            f"{one.millions} M",
            f"{one.total:,}",
            f"{one.trainable:,}",
            f"{one.follows}" + ("" if one.exact else f", {difference(one)}"),
            code(one.experiment),
            code(one.settings),
        )
        for one in garden.published()
    ]
    titles = ("Model", "Published", "Total", "Trainable", "Follows", "Experiment", "`--set`")
    return grid(titles, rows, 1, 2, 3)


def difference(one: garden.Published) -> str:
    """By how much our number is off, in percent of the published one."""
    ours = one.total if one.follows == "total" else one.trainable
    whole, _, digits = one.millions.partition(".")
    theirs = int(whole + digits.ljust(6, "0"))
    tenths = (1000 * abs(ours - theirs) + theirs // 2) // theirs
    return f"{tenths // 10}.{tenths % 10} % {'more' if ours > theirs else 'less'}"


def summary() -> str:
    """How many there are of which kind, in a sentence."""
    every = garden.entries()
    plain = [entry for entry in every if not entry.reason]
    bounds = sum(entry.lower_bound for entry in every)
    completed = sum(bool(entry.reason and entry.settings) for entry in every)
    failed = len(every) - len(plain) - completed
    return (
        f"Of {len(every)} experiments of version {garden.about().version}, {len(plain)} build as they are registered, "
        f"{completed} with settings, and {failed} not at all; "
        + (f"{bounds} of the counts are lower bounds." if bounds else "none of the counts is a lower bound.")
    )


TABLES = {
    "summary": summary,
    "experiments": experiments,
    "settings": settings,
    "failures": failures,
    "published": published,
}


def filled(text: str) -> str:
    """The page with its tables as they are now."""

    def table(found: re.Match[str]) -> str:
        return f"<!-- table: {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", table, text, flags=re.DOTALL)


def main() -> int:
    """Write the page; with ``--check``, compare it."""
    before = PAGE.read_text(encoding="utf-8")
    after = filled(before)
    if "--check" in sys.argv:
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
