"""Writes the reference of layers: ``python docs/layer_pages.py`` makes every page of ``docs/layers/`` anew.

Formulas, variables, options and differences are computed by paramcount (``layer_facts.py``) from the worked examples of
``layer_examples.py``; no framework is needed.  With ``--check`` nothing is written, and the exit code is 1 when a
page differs from what would be written.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from layer_examples import PAGES, UNKNOWABLE, Page
from layer_facts import examples, is_old, may_own, options, shown_facts, status_of_class, symbols
from layer_markdown import code, joined, link, listed, table
from layer_sections import aliases, of_the_example, only_in, section

from paramcount.formula import Symbol
from paramcount.layers import weightless
from paramcount.layers.signatures import names
from paramcount.layers.table import FAMILIES
from paramcount.render.glossary import meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layer_facts import Example, Facts

HOME = Path(__file__).resolve().parent.parent
FOLDER = HOME / "docs" / "layers"
OPEN_PAGE = "not-known"
MADE = "<!-- Made by docs/layer_pages.py: change that, and not this page. -->"
DIALECTS = (("Keras 3", False), ("tf_keras", True))


def version(package: str) -> str:
    """The newest version that ``constraints.txt`` names, with which the rules were compared."""
    lines = (HOME / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [line.partition(";")[0].split("==")[1].strip() for line in lines if line.startswith(f"{package}==")]
    return max(found, key=lambda text: tuple(map(int, text.split("."))))


def pages() -> dict[str, str]:
    """File name to content, for the whole folder."""
    found = {f"{family}.md": family_page(family, page) for family, page in PAGES.items()}
    found[f"{OPEN_PAGE}.md"] = open_page()
    found["README.md"] = index_page()
    return found


def index_page() -> str:
    """Every class: those with variables by formula, the others by family."""
    known = {dialect: len(names(tf_keras)) for dialect, tf_keras in DIALECTS}
    every, new, old = len({*names(), *names(True)}), version("keras"), version("tf_keras")
    own = ", ".join(link(name, OPEN_PAGE) for name in UNKNOWABLE)
    about = f"""
What each of the {every} layers of Keras creates.
Keras 3 has {known["Keras 3"]} of them in `keras.layers`, and tf_keras {known["tf_keras"]} in `tf_keras.layers`.
Everything here is computed by paramcount's own rules.
Tests compare those with Keras {new} and tf_keras {old}, case by case.

A formula gives the parameters with the default options.
`paramcount layer "Conv2D(64, 6)" --input-shape 28,28,3` fills in your numbers.
"""
    unknown = f"""
What they own is known from stored tensors or from the model in memory: [why]({OPEN_PAGE}.md).

{own}.

For a layer of your own you can [register its formula](../adding-a-layer.md#your-own-layer).
"""
    always = """
- `trainable=False` freezes the variables that would train; the count stays the same.
- `name` changes nothing, and `dtype` only the bytes, except where a dtype policy [quantizes](core.md#dense).
- Shapes are written without the batch axis.
"""
    blocks = ["# Every layer of Keras", MADE, about]
    blocks += ["## Layers with variables", table(["layer", "parameters", "variables"], weighted_rows())]
    blocks += ["## Layers without variables", "They have 0 parameters under every option that Keras takes."]
    blocks += [table(["family", "layers"], weightless_rows())]
    blocks += ["## Layers that no config describes", unknown, "## What holds for every layer", always]
    return joined(block.strip() for block in blocks)


def weighted_rows() -> list[list[str]]:
    """Class, formula and variables of each layer that has variables by default, or with some option."""
    rows = []
    for family, found in examples().items():
        for example in found:
            shown = shown_facts(example)
            if not may_own(example):
                continue
            owned = listed_parts([row.name for row in shown.rows]) or "none by default"
            rows.append([link(example.class_name, family), short_formula(example, shown), owned])
    return rows


def weightless_rows() -> list[list[str]]:
    """Family and its layers that never have variables."""
    rows = []
    for family, found in examples().items():
        plain = [link(example.class_name, family) for example in found if not may_own(example)]
        if plain:
            rows.append([f"[{PAGES[family].title}]({family}.md)", ", ".join(plain)])
    return rows


LONGEST = 110
"""Characters of a formula in the index."""


def short_formula(example: Example, shown: Facts) -> str:
    """The formula, by parts where it is long; with the call where the layer depends on one that it is given."""
    parts = list(dict.fromkeys(row.name.rpartition("/")[0] for row in shown.rows))
    formula = " + ".join(parts) if len(shown.formula) > LONGEST and all(parts) else shown.formula
    return code(formula or "0") + of_the_example(example)


def listed_parts(owned: Sequence[str]) -> str:
    """Variables, those of parts with the same names taken together: ``kernel`` and ``bias`` of each of 4 parts."""
    parts: dict[str, list[str]] = {}
    for name in owned:
        parts.setdefault(name.rpartition("/")[0], []).append(name.rpartition("/")[2])
    alike = len({tuple(inner) for inner in parts.values()}) == 1
    if len(parts) > 1 and alike:
        return f"{listed(map(code, next(iter(parts.values()))))} of each of {len(parts)} parts"
    return ", ".join(map(code, owned))


def family_page(family: str, page: Page) -> str:
    """A section for each layer of the family."""
    found = examples()[family]
    blocks = [f"# {page.title}", MADE, f"[All layers](README.md) · {page.about}", *sizes(found)]
    for example in found:
        blocks += section(example)
    blocks += ["## How this is known", compared(page), *old_names(family, found)]
    return joined(blocks)


def sizes(found: Sequence[Example]) -> list[str]:
    """What the names in the formulas of a page mean."""
    words: dict[str, str] = {}
    for example in found:
        base = shown_facts(example)
        shown = [base, *(one.facts for one in options(example, is_old(example)).formula)]
        for one in shown:
            for symbol, line in symbols(one):
                bare = Symbol(symbol.name, None, symbol.kind)
                words.setdefault(symbol.name, meaning(bare, line.layer))
    if not words:
        return []
    rows = [[code(name), text] for name, text in words.items()]
    return ["## The sizes in the formulas", table(["size", "what it is"], rows)]


def open_page() -> str:
    """The layers that cannot be known, each with the reason."""
    about = """
[All layers](README.md) · Some layers create what neither their options nor the shape of the input tells.
paramcount says so, and never shows 0 instead.
From a stored file or from the model in memory these layers are counted like any other: there the shapes are known.

A layer of your own is one of them, until you [register its formula](../adding-a-layer.md#your-own-layer).
"""
    blocks = ["# Layers that no config describes", MADE, about.strip()]
    for name, why in UNKNOWABLE.items():
        blocks += [f"## {name}", only_in(name), why, f"Shown from its config alone: {status_of_class(name)}."]
    return joined(blocks)


def compared(page: Page) -> str:
    """Which versions the rules were compared with, and where."""
    shown = listed(f"[`{file}`](../../tests/layers/{file})" for file in map(grid_file, page.grids))
    return (
        f"The rules were compared with Keras {version('keras')} and tf_keras {version('tf_keras')} by {shown}: random "
        "options and input shapes, and for each the name, the shape and the trainability of every variable and the "
        "output shape.\n"
        "What each option changes was found by trying other values of it."
    )


def grid_file(grid: str) -> str:
    """The file of a grid of tests."""
    for name in (f"test_{grid}_grid.py", f"test_{grid}.py"):
        if (HOME / "tests" / "layers" / name).exists():
            return name
    raise SystemExit(f"there is no test of this name: {grid}")


def old_names(family: str, found: Sequence[Example]) -> list[str]:
    """Classes of the family that no current framework has, but that stored files name."""
    shown = {example.class_name for example in found}
    listed_ = f"{FAMILIES.get(family, '')} {weightless.FAMILIES.get(family, '')}".split()
    current = {*names(), *names(True), *(alias for example in found for alias in aliases(example.class_name)), *shown}
    old = [name for name in listed_ if name not in current]
    return (
        [f"Stored files of other versions also name {listed(map(code, old))}: paramcount knows those too."]
        if old
        else []
    )


def main() -> int:
    """Rewrite or check the folder; 1 when a check found a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something differs")
    asked = parser.parse_args()
    made = pages()
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for path in sorted({*FOLDER.glob("*.md"), *(FOLDER / name for name in made)}):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = made.get(path.name, "")
        if text == wanted:
            continue
        stale.append(path)
        name = path.relative_to(HOME).as_posix()
        if asked.check:
            sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), wanted.splitlines(True), name, name))
        elif wanted:
            path.write_text(wanted, encoding="utf-8")
            print(f"rewritten: {name}")
        else:
            path.unlink()
            print(f"removed: {name}")
    if asked.check and stale:
        print("Run `python docs/layer_pages.py` and look at the difference.")
    return int(asked.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
