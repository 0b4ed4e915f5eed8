"""Arguments for a callable, as they are typed: ``name=value``, ``name=@file.json`` and ``@file.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramcount.errors import SourceMissing, SourceUnreadable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

JSON_WORDS = {"true": True, "false": False, "null": None}
"""Written as in JSON they mean what they mean there: the text ``"false"`` would count as true."""
OPENING = ("[", "(", "{", "'", '"')
"""What opens a literal.  A value that begins so and is none is a slip, not a text."""
ADVICE = "Write name=value, name=@file.json for a value from a file, or @file.json for all arguments in it."


def parse_arguments(texts: Sequence[str]) -> dict[str, object]:
    """The keyword arguments that ``texts`` spell; of two with one name the later holds.

    A value is a Python literal, or ``true``, ``false`` or ``null``, or else the text as it stands.  ``name=@path``
    takes the value from a JSON file.  ``@path`` alone takes every entry of the file's object as an argument of
    its name; if the object is what Keras writes for a layer or model, the entries of its ``config``.  A text that
    begins with ``@`` is written in quotes.

    Raises:
        UsageError: for what is none of these, and for a file that is no JSON.
        SourceMissing: when there is no such file.

    Example:
        >>> parse_arguments(["units=4", "shape=(28, 28, 3)", "weights=None", "activation=relu"])
        {'units': 4, 'shape': (28, 28, 3), 'weights': None, 'activation': 'relu'}
    """
    found: dict[str, object] = {}
    for text in texts:
        if text.startswith("@"):
            found.update(_expanded(text[1:]))
            continue
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise UsageError("this argument has no name", found=repr(text), advice=ADVICE)
        found[name] = _value(name, value.strip())
    return found


def _value(name: str, text: str) -> object:
    import ast
    import warnings

    if text.startswith("@"):
        return _json(text[1:])
    if text in JSON_WORDS:
        return JSON_WORDS[text]
    try:
        with warnings.catch_warnings():
            # Python warns of a text such as `1or` before it is found to be no literal.
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        if text.startswith(OPENING):
            raise UsageError(
                f"the value of `{name}` is no Python literal",
                found=_short(text),
                advice="Put a text that is meant as it stands into quotes, inside those of the shell.",
            ) from error
        return text


def _expanded(path: str) -> dict[str, object]:
    """All arguments in a JSON file."""
    found = _json(path)
    if not isinstance(found, dict):
        raise UsageError(
            "this file holds no arguments", where=path, found=f"a JSON {type(found).__name__}", expected="an object"
        )
    config = found.get("config")
    # Nothing takes both as arguments: this is what `keras.saving.serialize_keras_object` and a preset write.
    return config if isinstance(config, dict) and "class_name" in found else found


def _json(path: str) -> object:
    import json

    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except FileNotFoundError as error:
        raise SourceMissing("there is no such file of arguments", where=path) from error
    except OSError as error:
        raise SourceUnreadable(error.strerror or "cannot be read", where=path) from error
    except (ValueError, RecursionError) as error:
        raise UsageError("this file of arguments is no JSON", where=path, found=str(error), advice=ADVICE) from error


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
