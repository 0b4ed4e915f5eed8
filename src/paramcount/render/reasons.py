"""Why something trains or does not, in words that are computed from the variables' own reasons."""

from __future__ import annotations

from paramcount.count import layers_of
from paramcount.model import Role
from paramcount.render.numbers import integer, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.count import Totals
    from paramcount.model import Layer, Variable
    from paramcount.report import Report

FLAG = "trainable=False on "
"""How a reason begins that names the layer whose flag freezes a variable."""

HERE = "trainable=False here"
"""The reason of a variable that the flag of the very layer that holds it freezes."""

NAMED = 3
"""So many layers are named in one cell; of more, the number is given, and the rows name them."""


def trains(layer: Layer, totals: Totals) -> str:
    """Whether the weights that ``totals`` counts in ``layer`` train, and why not; empty when there are none."""
    trainable, frozen, state, undetermined = totals
    # Tensors of which not even the size is known are named beside: here they would be a 0 that means nothing.
    parts = sum([amount.tensors > amount.unknown for amount in (trainable, frozen, undetermined)])
    if parts == 0:
        return "state" if state.tensors else ""
    if parts > 1:
        return "partly: " + _partly(layer, totals)
    if frozen.tensors:
        return "no: " + frozen_by(layer)
    words = "yes" if trainable.tensors else "undetermined"
    return f"{words}, except {integer(state.parameters)} state" if state.tensors else words


def _partly(layer: Layer, totals: Totals) -> str:
    parts = []
    if totals.trainable.tensors:
        parts.append(f"{integer(totals.trainable.parameters)} train")
    if totals.frozen.tensors:
        parts.append(f"{integer(totals.frozen.parameters)} frozen ({frozen_by(layer)})")
    if totals.undetermined.tensors > totals.undetermined.unknown:
        parts.append(f"{integer(totals.undetermined.parameters)} undetermined")
    if totals.state.tensors:
        parts.append(f"{integer(totals.state.parameters)} state")
    return ", ".join(parts)


def frozen_by(layer: Layer) -> str:
    """What keeps the frozen variables of ``layer`` from training, as seen from its row."""
    owners: dict[str, None] = {}
    others: dict[str, None] = {}
    for inner in layers_of(layer):
        for variable in inner.variables:
            if variable.role is Role.FROZEN:
                owner = _flag_owner(variable, inner)
                if owner:
                    owners[_seen_from(layer, owner)] = None
                else:
                    others[variable.reason or "frozen"] = None
    elsewhere = _flags_on([owner for owner in owners if owner])
    return " and ".join([text for text in (HERE if "" in owners else "", elsewhere, *others) if text])


def _flag_owner(variable: Variable, holder: Layer) -> str:
    """Path of the layer whose flag freezes ``variable``; empty when no flag does."""
    if variable.reason == HERE:
        return holder.path
    return variable.reason[len(FLAG) :] if variable.reason.startswith(FLAG) else ""


def _seen_from(layer: Layer, owner: str) -> str:
    """The name of a flag's owner from the row of ``layer``: empty for the layer itself."""
    if layer.path and owner in (layer.path, layer.name):
        return ""
    return owner[len(layer.path) + 1 :] if layer.path and owner.startswith(layer.path + "/") else owner


def _flags_on(owners: list[str]) -> str:
    if not owners:
        return ""
    return "trainable=False on " + (", ".join(owners) if len(owners) <= NAMED else plural(len(owners), "layer"))


def freezers(report: Report) -> str:
    """Who freezes the frozen variables of the whole model, largest first, with how much each does."""
    flags: dict[str, int] = {}
    others: dict[str, None] = {}
    seen = set()
    for holder in layers_of(report.model.root):
        for variable in holder.variables:
            if variable.role is Role.FROZEN and variable.key not in seen:
                seen.add(variable.key)
                owner = _flag_owner(variable, holder)
                if owner:
                    flags[owner] = flags.get(owner, 0) + (variable.parameters or 0)
                else:
                    others[variable.reason or "no reason found"] = None
    return "; ".join([text for text in (_by_flags(flags), *others) if text])


def _by_flags(flags: dict[str, int]) -> str:
    if len(flags) > NAMED:
        return f"by the flags of {plural(len(flags), 'layer')}, each named in its row"
    if len(flags) == 1:
        return f"by {next(iter(flags))}"
    ranked = sorted(flags.items(), key=lambda item: -item[1])
    return "by " + ", ".join([f"{name} ({integer(number)})" for name, number in ranked]) if ranked else ""


def states(report: Report) -> str:
    """What the state consists of: ``moving mean and variance of 52 BatchNormalization layers``."""
    words: dict[str, dict[str, None]] = {}
    owners: dict[str, set[str]] = {}
    seen = set()
    for layer in layers_of(report.model.root):
        for variable in layer.variables:
            if variable.role is Role.STATE and variable.key not in seen:
                seen.add(variable.key)
                word, kind = _state_words(variable, layer)
                words.setdefault(kind, {})[word] = None
                owners.setdefault(kind, set()).add(layer.path)
    return "; ".join([f"{_listed(list(found))} of {_owners(kind, len(owners[kind]))}" for kind, found in words.items()])


def _state_words(variable: Variable, layer: Layer) -> tuple[str, str]:
    """What a variable is called, and the class of what holds it; from its reason where no class is known."""
    if layer.class_name:
        word = variable.name.partition(":")[0].replace("_", " ")
        return (variable.reason if word.isdigit() and variable.reason else word), layer.class_name
    what, of, kind = variable.reason.partition(" of ")
    return (what or variable.name, f"{kind} in " if of else "")


def _owners(kind: str, number: int) -> str:
    """``52 BatchNormalization layers``, or ``batch normalization in 52 layers`` where no class is known."""
    if not kind or kind.endswith(" in "):
        return kind + plural(number, "layer")
    return plural(number, f"{kind} layer")


def _listed(words: list[str]) -> str:
    """``moving mean and variance``: words in a row, what they all begin with said once."""
    first = words[0].partition(" ")[0]
    if len(words) > 1 and all(word.startswith(first + " ") for word in words):
        words = [words[0], *[word[len(first) + 1 :] for word in words[1:]]]
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def unknowns(layer: Layer, totals: Totals) -> str:
    """What is not known about ``layer`` or inside it; empty when everything is."""
    reasons: dict[str, int] = {}
    for inner in layers_of(layer):
        if inner.unknown and inner is not layer:
            reasons[inner.unknown] = reasons.get(inner.unknown, 0) + 1
    texts = [f"{layer.unknown}"] if layer.unknown else []
    texts += [f"{plural(number, 'layer')} inside {reason}" for reason, number in reasons.items()]
    if totals.total.unknown:
        texts.append(f"{plural(totals.total.unknown, 'tensor')} of unknown shape")
    return "unknown: " + "; ".join(texts) if texts else ""
