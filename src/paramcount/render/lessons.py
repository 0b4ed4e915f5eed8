"""The words of the teaching level, made from the formulas, the roles and the sums of one model.

Every number in them comes from the objects.  What was said once is not said again for the next layer of its kind.
"""

from __future__ import annotations

from paramcount.explaining.notes import keeps_two_biases, peeled
from paramcount.explaining.records import DIFFERS, FORMULA, STORED, UNKNOWN
from paramcount.formula import INPUT, Number, Sum
from paramcount.model import Role
from paramcount.notation import text
from paramcount.render.glossary import GATES, meaning, why_weightless
from paramcount.render.numbers import percent
from paramcount.render.reasons import freezers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NamedTuple

    from paramcount.explaining.flattening import Flattened
    from paramcount.explaining.records import Item, Line
    from paramcount.explanation import Explanation
    from paramcount.formula import Expression
else:
    from paramcount.records import NamedTuple


class Lesson(NamedTuple):
    """What the teaching level says about one line."""

    line: Line
    named: str
    """The formula in names; empty when it says no more than the numbers."""
    sizes: tuple[tuple[str, str], ...]
    """``units = 64`` and what that is, for each size of the formula."""
    sentences: tuple[str, ...]


def lessons(explanation: Explanation) -> list[Lesson]:
    """One lesson for each line, each thing explained where it first comes up."""
    said: set[str] = set()
    return [_lesson(explanation, line, said) for line in explanation.lines]


def _lesson(explanation: Explanation, line: Line, said: set[str]) -> Lesson:
    flatten = explanation.flattened.get(line.path)
    sentences = [*_gist(explanation, line), *_once(said, [*_about_formula(line), *_about_class(line)])]
    if flatten is not None:
        sentences.append(_about_flatten(flatten, line))
    sentences += _once(said, _about_roles(line))
    return Lesson(line, _named(line), tuple(_sizes(line, said)), tuple(sentences))


MUCH = 10
"""So many times more inputs than results make a layer large because of what comes in."""


def _about_flatten(flatten: Flattened, line: Line) -> str:
    """What the Flatten in front costs: each number that it leaves needs a weight for every neuron."""
    results = min((item.value or 0 for item in line.items), default=0)
    large = ": that is what makes this layer large, not its neurons" if flatten.inputs >= MUCH * results else ""
    return (
        f"The {flatten.layer.class_name} in front turns {_sized(flatten.sizes)} into {flatten.inputs:,} inputs, and"
        f" each of them needs a weight for every neuron{large}."
    )


def _sized(sizes: tuple[int, ...]) -> str:
    return " * ".join(str(size) for size in sizes)


def _once(said: set[str], pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The sentences whose subject has not come up before."""
    for subject, sentence in pairs:
        if subject not in said:
            said.add(subject)
            yield sentence


def _named(line: Line) -> str:
    if line.formula is None or line.status in (STORED, UNKNOWN):
        return ""
    names = text(line.formula, names=True)
    return "" if names == text(line.formula) else names


def _sizes(line: Line, said: set[str]) -> Iterator[tuple[str, str]]:
    """Each size of the formula with its number and its meaning; options explained before in one pair without any."""
    if line.formula is None:
        return
    again = []
    for symbol in dict.fromkeys(line.formula.symbols()):
        pair = f"{symbol.name} = {'not known' if symbol.number is None else symbol.number}"
        subject = f"{line.layer.class_name}, {symbol.name}"
        if symbol.kind != INPUT and subject in said:
            again.append(pair)
        else:
            said.add(subject)
            yield pair, meaning(symbol, line.layer)
    if again:
        yield ", ".join(again), ""


def _gist(explanation: Explanation, line: Line) -> Iterator[str]:
    """What stands behind the number: a formula, a stored shape, or nothing."""
    if line.status == DIFFERS:
        yield f"The formula and the file disagree: {line.reason}."
    elif line.status == UNKNOWN:
        yield f"The number cannot be told: {line.reason}. It is not 0, it is not known."
    elif line.status == STORED:
        reason = line.reason.removeprefix("by the stored shapes: ")
        yield f"No formula is shown: {reason}. The stored tensors are counted instead."
    largest = explanation.largest()
    if largest is not None and largest.path == line.path and explanation.total.value:
        own = (line.value or 0) - line.repeated
        share = percent(own, explanation.total.value)
        yield f"This layer alone has {own:,} of {explanation.total.value:,} parameters ({share})."


def _about_formula(line: Line) -> Iterator[tuple[str, str]]:
    """The factors that need a word: one more for the bias, gates, directions."""
    if line.formula is None or line.status in (STORED, UNKNOWN):
        return
    copies, inner = peeled(line.formula)
    name = line.layer.class_name
    if _has_one_more(inner) and any(item.name.rpartition("/")[2] in ("bias", "b") for item in line.items):
        yield "+ 1", "The + 1 is the bias: one more number for each result, which is added whatever comes in."
    recurrent = next((item.holder.class_name.removesuffix("Cell") for item in line.items), name)
    recurrent = "LSTM" if recurrent.startswith("ConvLSTM") else recurrent
    if copies and recurrent in GATES:
        number = copies[-1].number
        yield (
            f"gates {recurrent}",
            f"{_article(recurrent)} decides {number} things at each step, with weights for each: {GATES[recurrent]}.",
        )
    if any(item.name.endswith("recurrent_kernel") for item in line.items):
        yield (
            "steps",
            (
                "The same weights serve every step, so the length of the sequence does not matter; the state of the"
                " step before comes in beside the input and has a kernel of its own."
            ),
        )
    if keeps_two_biases(line.items):
        yield (
            "reset_after",
            "With reset_after=True, Keras's default, there is one bias for the input and one for the state: hence 2.",
        )


def _has_one_more(expression: Expression) -> bool:
    """Whether a sum in the formula ends in the 1 of a bias."""
    stack = [expression]
    while stack:
        current = stack.pop()
        if isinstance(current, Sum) and any(isinstance(term, Number) and term.number == 1 for term in current.terms):
            return True
        stack.extend(current.parts())
    return False


def _article(name: str) -> str:
    return f"An {name}" if name[:1] in "AEIOL" else f"A {name}"


def _about_class(line: Line) -> Iterator[tuple[str, str]]:
    """What does not matter although one might think so, and what a wrapper does."""
    name = line.layer.class_name
    names = {item.name.rpartition("/")[2] for item in line.items}
    if "Conv" in name and "LSTM" not in name:
        size = "length of the input" if "1D" in name else "size of the image" if "2D" in name else "size of the input"
        yield (
            "window",
            (
                f"One window of weights is moved over the whole input, so neither the {size} nor padding,"
                " strides or dilation change the count."
            ),
        )
    if name.startswith("DepthwiseConv"):
        yield (
            "depthwise",
            "A depthwise convolution looks at each channel alone, so channels are not multiplied with filters.",
        )
    if name == "Embedding":
        yield "embedding", "An Embedding is a table: the length of the texts does not matter, and there is no bias."
    if name == "Bidirectional":
        yield "bidirectional", "Bidirectional holds two copies of its layer; merge_mode only joins their results."
    if name == "TimeDistributed":
        yield "time", "TimeDistributed uses one layer at every step: how many steps there are does not matter."
    if name in ("MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention"):
        yield "attention", "Attention is made of Dense-like projections: of query, key and value, and of the result."
    if any(part.startswith("lora_") for part in names):
        yield (
            "lora",
            "LoRA leaves the kernel as it is and learns two narrow matrices beside it; only these train, and the bias.",
        )
    if any(item.variable.logical is not None for item in line.items):
        yield (
            "quantized",
            (
                "The layer is quantized: several weights may share a byte, and scales are stored beside them. What is"
                " counted here is what is stored."
            ),
        )


def _about_roles(line: Line) -> Iterator[tuple[str, str]]:
    """Why something does not train."""
    roles = {item.variable.role for item in line.items}
    moving = [item for item in line.items if "moving" in item.name]
    if moving:
        number = sum(item.value or 0 for item in moving)
        yield (
            "moving",
            (
                f"{' and '.join(item.name for item in moving)} ({number:,} numbers) are measured while training, not"
                " learned: no gradient changes them. Keras counts them as non-trainable even where nothing is frozen."
            ),
        )
    elif Role.STATE in roles:
        yield f"state {line.layer.class_name}", _state(line.items)
    if Role.FROZEN in roles:
        frozen = [item for item in line.items if item.variable.role is Role.FROZEN]
        reason = frozen[0].variable.reason or "they are frozen"
        number = sum(item.value or 0 for item in frozen)
        yield f"frozen {line.path} {reason}", f"{number:,} of them do not train now: {reason}."
        yield "flag", "Freezing changes who trains, never how many there are."
    if Role.UNDETERMINED in roles and line.status != UNKNOWN:
        reasons = [item.variable.reason for item in line.items if item.variable.role is Role.UNDETERMINED]
        yield f"undetermined {reasons[0]}", f"Whether they train is not known: {reasons[0]}."
    if line.shared:
        yield (
            f"shared {line.path}",
            (
                f"These are the very tensors of {', '.join(line.shared)}: training changes them at both places, and"
                " they are counted once."
            ),
        )


def _state(items: tuple[Item, ...]) -> str:
    found = [item for item in items if item.variable.role is Role.STATE]
    names = " and ".join(item.name for item in found)
    return f"{names} never {'trains' if len(found) == 1 else 'train'}: {found[0].variable.reason or 'state by design'}."


def without_weights(explanation: Explanation) -> list[tuple[str, str]]:
    """The layers that have no weights, put together by their reason: names, and why."""
    found: dict[str, list[str]] = {}
    for line in explanation.weightless:
        found.setdefault(why_weightless(line.layer.class_name), []).append(line.path)
    return [
        (", ".join(names) if len(names) <= 6 else f"{len(names):,} layers, such as {names[0]}", _of_each(why, names))
        for why, names in found.items()
    ]


def _of_each(why: str, names: list[str]) -> str:
    """The reason as it is said of several layers: ``each picks ...`` in place of ``it picks ...``."""
    return f"each {why[3:]}" if len(names) > 1 and why.startswith("it ") else why


def of_model(explanation: Explanation) -> list[str]:
    """What is to be said of the whole: tensors and parameters, what trains and why not, sharing, what stands out."""
    report = explanation.report
    totals = report.totals
    if report.total is None:
        return []
    bound = "at least " if report.lower_bound else ""
    found = [
        (
            f"A tensor is one array of numbers, a parameter is one number in it: this model has {bound}"
            f"{_amount(totals.total.parameters, totals.total.tensors)}."
        )
    ]
    found += [*_by_name(explanation), *_training(explanation)]
    if explanation.total.shown_twice:
        found.append(
            f"Some layers share tensors, so the rows add up to {explanation.total.shown_twice:,} more than there are;"
            " these are taken off again, because each tensor is counted once."
        )
    if report.quantized and report.logical_total is not None:
        found.append(
            f"Quantization packs the weights: {report.total:,} numbers are stored, which stand for"
            f" {report.logical_total:,} weights."
        )
    largest = explanation.largest()
    if largest is not None and explanation.total.value:
        own = (largest.value or 0) - largest.repeated
        found.append(
            f"Most of all parameters sit in one layer: {largest.path}, {percent(own, explanation.total.value)}."
        )
    if any(line.status == FORMULA for line in explanation.lines) and report.model.stored is None:
        found.append("No weights were read: every number follows from the options and the input shape alone.")
    return found


NAMED = 6
"""So many names of variables are told; of more, the list says too little."""


def _by_name(explanation: Explanation) -> Iterator[str]:
    """How many tensors of each name there are: ``13 kernel, 13 bias``."""
    names: dict[str, int] = {}
    for line in explanation.lines:
        for item in line.items:
            if not item.repeated:
                name = item.name.rpartition("/")[2]
                names[name] = names.get(name, 0) + 1
    if 1 < len(names) <= NAMED:
        yield f"By name, the tensors are {', '.join(f'{number:,} {name}' for name, number in names.items())}."


def _training(explanation: Explanation) -> Iterator[str]:
    totals = explanation.report.totals
    trainable, frozen, state = totals.trainable, totals.frozen, totals.state
    yield (
        f"{_amount(trainable.parameters, trainable.tensors)} train."
        f" len(model.trainable_weights) is the number of tensors, {trainable.tensors:,}, not of parameters."
    )
    if frozen.tensors:
        yield _frozen(explanation)
    if state.tensors:
        yield (
            f"{_amount(state.parameters, state.tensors)} never train by design, frozen or not; setting trainable=True"
            " does not change that."
        )
    if frozen.tensors and state.tensors:
        number = totals.non_trainable.parameters
        yield f"Keras shows both as one: {frozen.parameters:,} + {state.parameters:,} = {number:,} non-trainable."
    if totals.undetermined.tensors:
        yield f"Of {totals.undetermined.parameters:,} parameters the file does not say whether they train."


def _frozen(explanation: Explanation) -> str:
    """Who is frozen by whom, and what trained before where it was a flag that did it."""
    trainable, frozen = explanation.report.totals.trainable, explanation.report.totals.frozen
    by = freezers(explanation.report)
    amount = _amount(frozen.parameters, frozen.tensors)
    if not by.startswith("by ") or ";" in by:
        return f"{amount} are frozen ({by})."
    before = trainable.parameters + frozen.parameters
    return (
        f"{amount} are frozen {by}. Before freezing, {trainable.parameters:,} + {frozen.parameters:,} = {before:,}"
        f" parameters in {trainable.tensors + frozen.tensors:,} tensors trained."
    )


def _amount(parameters: int, tensors: int) -> str:
    """``12,810 parameters in 2 tensors``."""
    return f"{parameters:,} parameter{'s' * (parameters != 1)} in {tensors:,} tensor{'s' * (tensors != 1)}"


__all__ = ["Lesson", "lessons", "of_model", "without_weights"]
