"""The section of one layer in the reference that ``layer_pages.py`` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layer_examples import QUANTIZED
from layer_facts import (
    axes_that_count,
    differences,
    exists,
    facts,
    is_old,
    may_own,
    options,
    other_defaults,
    own_options,
    shown_facts,
)  # fmt: skip
from layer_markdown import bracket, code, listed, table

from paramcount.layers import signatures_table
from paramcount.layers.signatures import REQUIRED
from paramcount.render.glossary import why_weightless
from paramcount.render.numbers import layer_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layer_facts import Difference, Example, Facts, Options, Tried


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
        blocks = [*formula(example, shown), variables(shown)]
    else:
        blocks.append("With the default options it has no variables.")
    blocks.append(worked(example, shown))
    changed = options(example, tf_keras)
    if changed.formula:
        rows = [[code(one.typed), changed_formula(shown, one), result(shown, one)] for one in changed.formula]
        blocks.append(table(["option", "parameters", "in the example"], rows))
    blocks.append("\n".join([*input_note(example, tf_keras), *option_notes(changed)]))
    return [*blocks, *quantized(example)]


def variables(shown: Facts) -> str:
    """One line a variable."""
    rows = [
        [code(row.name), code(row.sizes), "?" if row.shape is None else code(bracket(row.shape)), row.trains]
        for row in shown.rows
    ]
    return table(["variable", "shape", "in the example", "trains"], rows)


LONG = 110
"""Characters from which on a formula is shown by its addends."""


def formula(example: Example, shown: Facts) -> list[str]:
    """The formula in bold; a long one of a layer that is made of others as a table of those."""
    if len(shown.formula) <= LONG or not shown.parts:
        return [f"**{code(shown.formula)}**{of_the_example(example)}"]
    return [f"The sum of its {len(shown.parts)} parts:", table(["part", "parameters"], map(codes, shown.parts.items()))]


def codes(row: Sequence[str]) -> list[str]:
    """Every cell as code."""
    return [code(cell) for cell in row]


def changed_formula(shown: Facts, one: Tried) -> str:
    """The formula of a variant; where it is long, the addends that are others."""
    if len(one.facts.formula) <= LONG or not shown.parts:
        return code(one.facts.formula or "0")
    other = {name: part for name, part in one.facts.parts.items() if shown.parts.get(name) != part}
    return ", ".join(f"{code(name)}: {code(part)}" for name, part in other.items())


def result(shown: Facts, one: Tried) -> str:
    """The count of a variant as a calculation; of a long one what it comes to."""
    short = len(one.facts.formula) <= LONG or not shown.parts
    return code(one.facts.calculation if short else str(one.facts.total))


def worked(example: Example, shown: Facts) -> str:
    """The example with its calculation and its output shape."""
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
    return [f"- Of the input{'s' if several else ''} only {listed(parts)} matter{'s' if len(parts) == 1 else ''}."]


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


def difference_note(one: Difference) -> str:
    """One sentence about what tf_keras makes otherwise."""
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


def of_the_example(example: Example) -> str:
    """The call that a formula belongs to, where the layer is what another layer or an equation makes it."""
    given = {"layer", "layers", "cell", "cells", "equation"}
    shown = given.intersection(own_options(example.class_name, is_old(example)))
    return f" for {code(example.call)}" if shown else ""


def aliases(class_name: str) -> list[str]:
    """The other public names of a class."""
    rows = (signatures_table.KERAS_ALIASES + signatures_table.TF_KERAS_ALIASES).split()
    return sorted({row.partition(">")[0] for row in rows if row.partition(">")[2] == class_name})
