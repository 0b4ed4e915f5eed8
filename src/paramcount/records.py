"""Frozen records in the class syntax of ``typing.NamedTuple``, without its cost at start-up.

Importing ``typing`` costs about a third of the bare interpreter's start-up and ``dataclasses`` more than all of it;
``collections.namedtuple`` compiles code for every class.  A count has to be over before that.  Type checkers are
shown the real ``typing.NamedTuple``, whose behaviour the classes made here have.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    try:
        # What `collections.namedtuple` reads fields with: in C, and without the import of `operator`.
        from _collections import _tuplegetter as _field
    except ImportError:

        def _field(index, doc):
            """A field as a property, where the interpreter has nothing faster."""
            from operator import itemgetter

            return property(itemgetter(index), doc=doc)

    class _Recipe(type):
        """Turns a class body of annotated fields into a tuple class with that body's methods."""

        def __new__(mcs, name, bases, body):
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = tuple(_annotated(body))
            defaults = tuple([body.pop(field) for field in fields if field in body])
            for index, field in enumerate(fields):
                body[field] = _field(index, None)
            body |= {"__slots__": (), "_fields": fields, "_defaults": defaults, "__match_args__": fields}
            body["_required"] = fields[: len(fields) - len(defaults)]
            return type(name, (_Tuple,), body)

    def _annotated(body):
        """The field names of a class body, in order; Python 3.14 keeps annotations behind a function."""
        if "__annotations__" in body:
            return body["__annotations__"]
        import annotationlib

        annotate = body.get("__annotate_func__") or body.get("__annotate__")
        return annotationlib.call_annotate_function(annotate, annotationlib.Format.STRING)

    _new = tuple.__new__

    class _Tuple(tuple):
        """What all records have in common."""

        __slots__ = ()
        _fields = ()
        _defaults = ()
        _make = classmethod(tuple.__new__)

        def __new__(cls, *values, **named):
            missing = len(cls._fields) - len(values)
            if not missing and not named:
                return _new(cls, values)
            if not named and 0 < missing <= len(cls._defaults):
                values += cls._defaults[-missing:]
            else:
                values += _completed(cls, len(values), named)
            return _new(cls, values)

        def _replace(self, **changes):
            """The same record with some fields changed."""
            values = [changes.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
            if changes:
                raise TypeError(f"{type(self).__name__} has no field {next(iter(changes))!r}")
            return tuple.__new__(type(self), values)

        def _asdict(self):
            """The fields by name."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            shown = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self):
            return tuple(self)

    def _completed(cls, given, named):
        """The values of the fields after the first ``given``, from ``named`` and the defaults."""
        for field in cls._required[given:]:
            if field not in named:
                raise TypeError(f"{cls.__name__} misses the field {field!r}")
        presets = (*cls._required, *cls._defaults)[given:]
        values = [named.pop(field, preset) for field, preset in zip(cls._fields[given:], presets, strict=True)]
        if named or given > len(cls._fields):
            raise TypeError(f"{cls.__name__} got too many values or an unknown field: {', '.join(named)}")
        return tuple(values)

    class NamedTuple(metaclass=_Recipe):
        """Base class of every record: fields are the annotations of the body, in order."""


__all__ = ["NamedTuple"]
