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

from layer_examples import PAGES, QUANTIZED, UNKNOWABLE, Page
from layer_facts import (
    REQUIRED,
    Example,
    Facts,
    Options,
    Tried,
    axes_that_count,
    differences,
    examples,
    exists,
    facts,
    options,
    other_defaults,
    own_options,
    status_of_class,
    symbols,
)  # fmt: skip
from paramcount.formula import Symbol
from paramcount.layers import signatures_table, weightless
from paramcount.layers.signatures import names
from paramcount.layers.table import FAMILIES
from paramcount.render.glossary import meaning, why_weightless
from paramcount.render.numbers import layer_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


# The index.


def index_page() -> str:
    """Every class: those with variables by formula, the others by family."""
    known = {dialect: len(names(tf_keras)) for dialect, tf_keras in DIALECTS}
    every = len({*names(), *names(True)})
    blocks = [
        "# Every layer of Keras",
        MADE,
        f"What each of the {every} layers of Keras creates: {known['Keras 3']} of `keras.layers` in Keras "
        f"{version('keras')}, {known['tf_keras']} of `tf_keras.layers` in tf_keras {version('tf_keras')}.\n"
        "Everything here is computed by paramcount's own rules, which tests compare with both, case by case.",
        'A formula gives the parameters with the default options; `paramcount layer "Conv2D(64, 6)" --input-shape '
        "28,28,3` fills in your numbers.",
        "## Layers with variables",
        table(["layer", "parameters", "variables"], weighted_rows()),
        "## Layers without variables",
        "They have 0 parameters under every option that Keras takes.",
        table(["family", "layers"], weightless_rows()),
        "## Layers that no config describes",
        f"What they own is known from stored tensors or from the model in memory: [why]({OPEN_PAGE}.md).",
        ", ".join(link(name, OPEN_PAGE) for name in UNKNOWABLE) + ".",
        "For a layer of your own you can [register its formula](../adding-a-layer.md#your-own-layer).",
        "## What holds for every layer",
        "- `trainable=False` freezes the variables that would train; the count stays the same.\n"
        "- `name` changes nothing, and `dtype` only the bytes, except where a dtype policy"
        " [quantizes](core.md#dense).\n"
        "- Shapes are written without the batch axis.",
    ]
    return joined(blocks)


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


LONGEST = 110
"""Characters of a formula in the index."""


def short_formula(example: Example, shown: Facts) -> str:
    """The formula, by parts where it is long; with the call where the layer depends on one that it is given."""
    parts = list(dict.fromkeys(row.name.rpartition("/")[0] for row in shown.rows))
    formula = " + ".join(parts) if len(shown.formula) > LONGEST and all(parts) else shown.formula
    return code(formula or "0") + of_the_example(example)


def of_the_example(example: Example) -> str:
    """The call that a formula belongs to, where the layer is what another layer or an equation makes it."""
    given = {"layer", "layers", "cell", "cells", "equation"}
    shown = given.intersection(own_options(example.class_name, is_old(example)))
    return f" for {code(example.call)}" if shown else ""


def listed_parts(owned: Sequence[str]) -> str:
    """Variables, those of parts with the same names taken together: ``kernel`` and ``bias`` of each of 4 parts."""
    parts: dict[str, list[str]] = {}
    for name in owned:
        parts.setdefault(name.rpartition("/")[0], []).append(name.rpartition("/")[2])
    alike = len({tuple(inner) for inner in parts.values()}) == 1
    if len(parts) > 1 and alike:
        return f"{listed(map(code, next(iter(parts.values()))))} of each of {len(parts)} parts"
    return ", ".join(map(code, owned))


def weightless_rows() -> list[list[str]]:
    """Family and its layers that never have variables."""
    rows = []
    for family, found in examples().items():
        plain = [link(example.class_name, family) for example in found if not may_own(example)]
        if plain:
            rows.append([f"[{PAGES[family].title}]({family}.md)", ", ".join(plain)])
    return rows


def link(class_name: str, page: str) -> str:
    return f"[{class_name}]({page}.md#{class_name.lower()})"


# One family.


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


def section(example: Example) -> list[str]:
    """One layer."""
    blocks = [f"## {example.class_name}"]
    also = aliases(example.class_name)
    if also:
        blocks.append(f"Also called {listed(map(code, also))}.")
    shown = shown_facts(example)
    if only_in(example.class_name):
        blocks.append(only_in(example.class_name))
    blocks += weighted(example, shown) if may_own(example) else plain(example, shown)
    notes = dialect_notes(example)
    if notes and blocks[-1].startswith("- "):
        notes = [blocks.pop(), *notes]
    return [*blocks, "\n".join(notes)]


def weighted(example: Example, shown: Facts) -> list[str]:
    """Formula, variables, example, options."""
    tf_keras = is_old(example)
    blocks = []
    if shown.rows:
        blocks = [f"**{code(shown.formula)}**{of_the_example(example)}", variables(shown)]
    else:
        blocks.append("With the default options it has no variables.")
    blocks.append(worked(example, shown))
    changed = options(example, tf_keras)
    if changed.formula:
        rows = [[code(one.typed), code(one.facts.formula or "0"), result(one)] for one in changed.formula]
        blocks.append(table(["option", "parameters", "in the example"], rows))
    blocks.append("\n".join([*input_note(example, tf_keras), *option_notes(changed)]))
    return [*blocks, *quantized(example)]


def variables(shown: Facts) -> str:
    rows = [
        [code(row.name), code(row.sizes), "?" if row.shape is None else code(bracket(row.shape)), row.trains]
        for row in shown.rows
    ]
    return table(["variable", "shape", "in the example", "trains"], rows)


def result(one: Tried) -> str:
    """The count of a variant as a calculation, shown once where there is nothing to calculate."""
    return code(one.facts.calculation)


def worked(example: Example, shown: Facts) -> str:
    output = layer_shape(shown.output).replace("?", "None")
    gives = f"It gives out {output}." if output else "What it gives out no rule tells."
    count = f": {code(shown.calculation)}." if shown.rows else ": 0 parameters."
    return f"Example: {code(example.call)} on {taken(example)}{count}\n{gives}"


def taken(example: Example) -> str:
    """The shapes of the inputs: ``(10, 512) and (20, 512)``."""
    return listed(f"({', '.join(shape.split(','))})" for shape in example.shapes)


def input_note(example: Example, tf_keras: bool) -> list[str]:
    """Which axes of the input the count depends on."""
    found = axes_that_count(example, tf_keras)
    several = len(found) > 1
    parts = []
    for place, axes in enumerate(found):
        rank = len(example.shapes[place].split(","))
        if axes:
            words = (
                "every axis" if len(axes) == rank and rank > 1
                else "the last axis" if axes == [rank]
                else "axis " + listed(map(str, axes))
            )  # fmt: skip
            parts.append(f"{words} of input {place + 1}" if several else words)
    if not shown_facts(example).rows:
        return []
    if not parts:
        return ["- The shape of the input does not matter."]
    if parts == ["every axis"]:
        return ["- Every axis of the input matters."]
    return [f"- Of the input only {listed(parts)} matter{'s' if len(parts) == 1 else ''}."]


def option_notes(changed: Options) -> list[str]:
    """The options by what they change, the longest list last."""
    notes = []
    if changed.sizes:
        notes.append(f"- Options that change the numbers in the formula: {option_list(changed.sizes)}.")
    if changed.output:
        notes.append(f"- Options that change the output shape, and not the count: {option_list(changed.output)}.")
    if changed.neither:
        notes.append(f"- Options that change neither: {option_list(changed.neither)}.")
    if changed.unknown:
        notes.append(f"- The count is not known with {listed(code(one.typed) for one in changed.unknown)}.")
    if changed.untried:
        notes.append(f"- Not tried: {option_list(changed.untried)}.")
    return notes


def option_list(found: Sequence[str]) -> str:
    """Option names, with initializers and their like taken together."""
    kinds = [kind for kind in ("initializer", "regularizer", "constraint") if any(o.endswith(kind) for o in found)]
    shown = [code(option) for option in found if not option.endswith(("initializer", "regularizer", "constraint"))]
    return listed([*shown, *(f"{kind}s" for kind in kinds)])


def quantized(example: Example) -> list[str]:
    """What dtype policies make of the variables."""
    rows = []
    for mode in QUANTIZED.get(example.class_name, ()):
        call = f"{example.call[:-1]}, dtype='{mode}_from_float32')"
        made = facts(call, example.shapes, False)
        assert made is not None  # noqa: S101 - the policies are Keras's
        stored = ", ".join(f"{code(row.name)} {row.sizes}" for row in made.rows)
        rows.append([code(mode), stored])
    if not rows:
        return []
    about = (
        "With a dtype policy that quantizes, the layer stores other variables.\n"
        "How they are counted stands [elsewhere](../how-it-counts.md#quantization)."
    )
    return [about, table(["policy", "variables as stored"], rows)]


def plain(example: Example, shown: Facts) -> list[str]:
    """A layer without variables."""
    changed = options(example, is_old(example))
    output = layer_shape(shown.output).replace("?", "None")
    gives = f"gives out {output}" if output else "gives out what no rule tells"
    same = len(example.shapes) == 1 and shown.output is not None and output == taken(example)
    blocks = [
        f"No variables: {why_weightless(example.class_name)}.",
        f"Example: {code(example.call)} on {taken(example)} {gives}{', the shape that came in' if same else ''}.",
    ]
    if changed.output:
        blocks.append(f"Options that change the output shape: {option_list(changed.output)}.")
    elif changed.neither:
        blocks.append("No option changes the output shape.")
    if changed.untried:
        blocks.append(f"Not tried: {option_list(changed.untried)}.")
    return blocks


# What the two frameworks do otherwise.


def dialect_notes(example: Example) -> list[str]:
    """How Keras 3 and tf_keras differ, one sentence each."""
    name = example.class_name
    if not (exists(name, False) and exists(name, True)):
        return []
    notes = [difference_note(one) for one in differences(example)]
    unknown = [one.typed for one in options(example, True).unknown]
    if unknown and not options(example, False).unknown:
        notes.append(f"- In tf_keras the count is not known with {listed(map(code, unknown))}.")
    before = own_options(name, True)
    only_new = [option for option in own_options(name, False) if option not in before]
    only_old = [option for option in before if option not in own_options(name, False)]
    if only_new:
        notes.append(f"- Only Keras 3 takes {listed(map(code, only_new))}.")
    if only_old:
        notes.append(f"- Only tf_keras takes {listed(map(code, only_old))}.")
    for option, default, other in other_defaults(name):
        first = "must be given in Keras 3" if default is REQUIRED else f"is {code(repr(default))} by default in Keras 3"
        second = "must be given" if other is REQUIRED else f"is {code(repr(other))}"
        notes.append(f"- {code(option)} {first}, and {second} in tf_keras.")
    return notes


def only_in(class_name: str) -> str:
    """Which of the two alone has the layer; empty when both or neither have it."""
    new, old = exists(class_name, False), exists(class_name, True)
    return "" if new == old else f"Only in {'Keras 3' if new else 'tf_keras'}."


def difference_note(one: object) -> str:
    from layer_facts import Difference

    assert isinstance(one, Difference)  # noqa: S101 - for the type checker
    where = f"With {code(one.typed)} " if one.typed else ""
    if one.kind == "names":
        pairs = [(a.name, b.name) for a, b in zip(one.keras.rows, one.tf_keras.rows, strict=True) if a.name != b.name]
        words = listed(f"{code(new)} is called {code(old)}" for new, old in pairs)
        return f"- {where or 'In '}tf_keras {words}." if not where else f"- {where}in tf_keras {words}."
    if one.kind == "output":
        new, old = (layer_shape(made.output).replace("?", "None") for made in (one.keras, one.tf_keras))
        return f"- {where or 'On the example '}Keras 3 gives out {new}, and tf_keras {old}."
    new, old = (listed(f"{code(r.name)} {bracket(r.shape)}" for r in made.rows) for made in (one.keras, one.tf_keras))
    return f"- {where or 'On the example '}Keras 3 has {new}, and tf_keras {old}."


# What no config tells.


def open_page() -> str:
    """The layers that cannot be known, each with the reason."""
    blocks = [
        "# Layers that no config describes",
        MADE,
        "[All layers](README.md) · Where a count would need more than the options and the shape of the input,"
        " paramcount says so and never shows 0 instead.\n"
        "From a stored file or from the model in memory these layers are counted like any other: there the shapes"
        " are known.",
        "A layer of your own is one of them, until you [register its formula](../adding-a-layer.md#your-own-layer).",
    ]
    for name, why in UNKNOWABLE.items():
        blocks += [f"## {name}", only_in(name), why, f"Shown from its config alone: {status_of_class(name)}."]
    return joined(blocks)


# How it is known.


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
    return [f"Stored files of other versions also name {listed(map(code, old))}: paramcount knows those too."] if old else []


def aliases(class_name: str) -> list[str]:
    """The other public names of a class."""
    rows = (signatures_table.KERAS_ALIASES + signatures_table.TF_KERAS_ALIASES).split()
    return sorted({row.partition(">")[0] for row in rows if row.partition(">")[2] == class_name})


# Small things.


def is_old(example: Example) -> bool:
    """Whether only tf_keras has the layer."""
    return exists(example.class_name, True) and not exists(example.class_name, False)


def shown_facts(example: Example) -> Facts:
    found = facts(example.call, example.shapes, is_old(example))
    if found is None:
        raise SystemExit(f"this example is refused: {example.call}")
    return found


def may_own(example: Example) -> bool:
    """Whether the layer has variables in its example or with some option."""
    if shown_facts(example).rows:
        return True
    dialects = [tf_keras for _, tf_keras in DIALECTS if exists(example.class_name, tf_keras)]
    return any(options(example, old).formula or options(example, old).unknown for old in dialects)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def bracket(shape: tuple[int | None, ...] | None) -> str:
    return "(?)" if shape is None else f"({', '.join(map(str, shape))})"


def listed(parts: Iterable[str]) -> str:
    """``a, b and c``."""
    found = list(parts)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


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
