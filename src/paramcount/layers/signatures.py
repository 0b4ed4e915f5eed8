"""What the constructors of Keras take: parameters in order, with defaults, for every class of ``keras.layers``.

The tables are text, one line a class; looking one up reads that line alone.
"""

from __future__ import annotations

from paramcount.layers import signatures_table as table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from paramcount.records import NamedTuple


class _Required:
    """The type of :data:`REQUIRED`."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()
"""Stands for the default of a parameter that has none."""

BASE = {"name": None, "trainable": True, "dtype": None}
"""What every layer takes besides its own, and writes into its config."""
ACCEPTED = "activity_regularizer autocast input_shape input_dim batch_input_shape batch_shape batch_size".split()
"""What every layer takes besides that, in Keras 3 or in the versions before."""
ACCEPTED_TF_KERAS = "weights dynamic implementation input_length".split()
"""What the layers of tf_keras take besides that."""


class Signature(NamedTuple):
    """What a constructor takes."""

    class_name: str
    """As Keras serializes it."""
    parameters: list[tuple[str, object]]
    """Its own parameters in order, each with its default, or :data:`REQUIRED`."""
    keyword_only: frozenset[str]
    """Those among them that cannot be given by place."""
    accepted: frozenset[str]
    """What it takes besides by name, without a default of its own."""
    open_ended: str
    """Name of the ``*args`` of a constructor that takes any number of values; mostly empty."""


def canonical(name: str, tf_keras: bool = False) -> str | None:
    """The name under which Keras serializes a class: ``MaxPooling2D`` for ``MaxPool2D``; None when there is none."""
    names, aliases = (table.TF_KERAS, table.TF_KERAS_ALIASES) if tf_keras else (table.KERAS, table.KERAS_ALIASES)
    if _row(names, name, "|") is not None:
        return name
    return _row(aliases, name, ">")


def signature(class_name: str, tf_keras: bool = False) -> Signature | None:
    """What the constructor of a layer takes; None when Keras has no such layer.  Other names of it count as well."""
    name = canonical(class_name, tf_keras)
    if name is None:
        return None
    row = _row(table.TF_KERAS if tf_keras else table.KERAS, name, "|")
    found = _signature(name, row or "")
    more = ACCEPTED + ACCEPTED_TF_KERAS if tf_keras else ACCEPTED
    return found._replace(accepted=found.accepted | frozenset(more) | frozenset(BASE))


def helper(group: str, name: str) -> Signature | None:
    """What an initializer, regularizer or constraint takes; ``group`` is ``initializers`` or one of the others."""
    path = f"{group}.{name}"
    path = _row(table.HELPER_ALIASES, path, ">") or path
    row = _row(table.HELPERS, path, "|")
    return None if row is None else _signature(path.partition(".")[2], row)


def names(tf_keras: bool = False) -> list[str]:
    """Every class of layers, by the name under which it is serialized."""
    return [line.partition("|")[0] for line in (table.TF_KERAS if tf_keras else table.KERAS).split()]


def _row(text: str, name: str, mark: str) -> str | None:
    """The rest of the line of ``name``; None when the table has none."""
    if not name.isascii() or not name.replace(".", "_").isidentifier():
        return None
    start = text.find(f"\n{name}{mark}")
    if start < 0:
        # A class without any parameter.
        return "" if f"\n{name}\n" in text else None
    start += len(name) + 2
    return text[start : text.index("\n", start)]


def _signature(name: str, row: str) -> Signature:
    """The record of one line."""
    parameters: list[tuple[str, object]] = []
    keyword_only, accepted, open_ended = [], [], ""
    for cell in row.split("|") if row else []:
        if cell.startswith("?"):
            accepted.append(cell[1:])
        elif cell.startswith("*"):
            open_ended = cell[1:] if cell != "**" else open_ended
        else:
            key, mark, text = cell.partition("=")
            default = literal(text) if mark else REQUIRED
            key = key.rstrip("!")
            if key.endswith("/"):
                key = key[:-1]
                keyword_only.append(key)
            parameters.append((key, default))
    return Signature(name, parameters, frozenset(keyword_only), frozenset(accepted), open_ended)


def literal(text: str) -> object:
    """The value of a default in the tables: a number, a text, None, a flag or a tuple of such."""
    if text.startswith("'"):
        return text[1:-1]
    if text.startswith("("):
        return tuple(literal(item) for item in _items(text[1:-1]))
    if text in {"None", "True", "False"}:
        return {"None": None, "True": True, "False": False}[text]
    try:
        return int(text)
    except ValueError:
        return float(text)


def _items(text: str) -> list[str]:
    """The items of a tuple, each of which ends with a comma."""
    found, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            found.append(text[start:place])
            start = place + 1
    return found
