"""The syntax tree of a text; the compiler stops before it would make code."""

from __future__ import annotations

from paramcount.typed.limits import MAX_TEXT, too_much
from paramcount.typed.refusal import wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ONLY_AST = 0x400
"""``ast.PyCF_ONLY_AST``; the module ``ast`` itself is slow to import."""


def tree_of(text: str, where: str, mode: str) -> Any:
    """The syntax tree; notebooks' magic lines, prompts and indentation of a paste are passed over.

    Raises:
        LimitExceeded: when the text is too large or nested too deeply.
        ParamcountError: when it is not Python.
    """
    if len(text) > MAX_TEXT:
        raise too_much(where, 0, "The text is too long", f"{MAX_TEXT} characters")
    try:
        return _parsed(text, mode)
    except (SyntaxError, ValueError) as error:
        plainer = _plainer(text) if mode == "exec" else text.strip()
        if plainer != text:
            try:
                return _parsed(plainer, mode)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        line = getattr(error, "lineno", 0) or 0
        message = getattr(error, "msg", None) or str(error)
        if mode == "eval":
            advice = "Write the layer as in Keras, in quotes: 'Conv2D(64, 6)'."
            raise wrong("This is not Python", where, found=str(message)[:200], advice=advice) from None
        raise wrong("This is not Python", where, line, found=str(message)[:200], advice="Correct this line.") from None
    except (RecursionError, MemoryError):
        raise too_much(where, 0, "The text is nested too deeply", "what Python's own parser takes") from None


def _parsed(text: str, mode: str) -> Any:
    """The tree as Python's parser gives it, without its warnings."""
    if mode == "eval" and not _may_warn(text):
        # The usual layer on the command line does without the module that silences the parser.
        return compile(text, "<typed>", mode, _ONLY_AST, dont_inherit=True)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(text, "<typed>", mode, _ONLY_AST, dont_inherit=True)


def _may_warn(text: str) -> bool:
    """Whether the parser could warn: of an escape, of ``is`` with a number, of a number with a word behind it."""
    number, before = False, " "
    for sign in text:
        if number and sign.isalpha():
            return True
        number = sign.isdigit() and (number or not (before.isalnum() or before == "_"))
        before = sign
    return "\\" in text or " is " in text


def _plainer(text: str) -> str:
    """The text without what notebooks and prompts add; lines keep their numbers."""
    lines = text.expandtabs(8).split("\n")
    if any(line.lstrip().startswith(">>> ") for line in lines):
        lines = [line.lstrip()[4:] if line.lstrip().startswith((">>> ", "... ")) else "" for line in lines]
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in lines]
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in lines)
