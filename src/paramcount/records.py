"""Frozen records in the class syntax of ``typing.NamedTuple``, without importing ``typing``.

Importing ``typing`` costs about a third of the bare interpreter's start-up, and ``dataclasses`` more than
all of it; a count has to be over before that.  Type checkers are shown the real ``typing.NamedTuple``.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple

    __all__ = ["NamedTuple"]
else:
    __all__ = ["NamedTuple"]

    class _Recipe(type):
        """Turns a class body of annotated fields into a named tuple class with that body's methods."""

        def __new__(mcs, name: str, bases: tuple, body: Mapping[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, dict(body))
            fields = _annotated(body)
            defaults = [body[field] for field in fields if field in body]
            base = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            own = {key: value for key, value in body.items() if key not in fields}
            own.setdefault("__slots__", ())
            made = type(name, (base,), own)
            made.__doc__ = body.get("__doc__")
            return made

    def _annotated(body: Mapping[str, Any]) -> list[str]:
        """The field names of a class body, in order; Python 3.14 keeps annotations behind a function."""
        if "__annotations__" in body:
            return list(body["__annotations__"])
        annotate = body.get("__annotate_func__") or body.get("__annotate__")
        if annotate is None:
            return []
        import annotationlib

        return list(annotationlib.call_annotate_function(annotate, annotationlib.Format.STRING))

    class NamedTuple(metaclass=_Recipe):
        """Base class of every frozen record: fields are the annotations of the body, in order."""
