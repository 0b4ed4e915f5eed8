"""Protocol buffers as text: a tree of named fields, read in one pass, and the same message on the wire.

With a schema, only the fields that it has are kept; all others, such as the long texts that hold weights, are passed
over and cost a scan.  ``to_wire`` then gives the bytes that a binary writer would have written, so that whoever reads
the binary form reads the text too.

Format: https://protobuf.dev/reference/protobuf/textformat-spec/
"""

from __future__ import annotations

from paramcount.containers.texttokens import QUOTES, WORD, Tokens
from paramcount.errors import CorruptFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NamedTuple, TypeAlias

    from paramcount.sources.bytesource import ByteSource

    Value: TypeAlias = "str | bytes | Message"
    """A number or a name as it is written, the bytes of a quoted text, or a message."""
    Message: TypeAlias = dict[str, list[Value]]
    """Field names to their values, in order; every field is a list, because any may be repeated."""
else:
    from paramcount.records import NamedTuple

VALUE_LIMIT = 2_000_000
"""Values that are kept."""
DEPTH_LIMIT = 100
"""Messages inside messages; protocol buffers themselves stop there."""

INT, BOOL, BYTES = "int", "bool", "bytes"
"""Kinds of fields that are neither messages nor enumerations."""

_CLOSERS = {b"{": b"}", b"<": b">", b"[": b"]"}


class Schema(NamedTuple):
    """The fields that are of interest."""

    messages: Mapping[str, Mapping[str, tuple[int, str]]]
    """Name of a message to its fields: the name of each to its number and its kind."""
    enums: Mapping[str, Mapping[str, int]]
    """Name of an enumeration to its values."""


class _Frame(NamedTuple):
    """A message or a list that has been opened and not closed."""

    into: Message | None
    """The message that its fields go to; None when it is passed over."""
    closer: bytes
    kind: str
    """The name of the message in the schema; empty without a schema."""
    field: str = ""
    """For a list, the field of ``into`` whose values it holds."""


def parse(source: ByteSource, schema: Schema | None = None, message: str = "") -> Message:
    """The fields of a whole source.

    Args:
        source: the text.
        schema: the fields to keep; None for all.
        message: the name of the message that the source is, in the schema.

    Raises:
        CorruptFile: when it is no message in text.
        LimitExceeded: when it is nested too deeply, or has too many parts.
    """
    return _Parser(source, schema, message).run()


class _Parser:
    def __init__(self, source: ByteSource, schema: Schema | None, message: str) -> None:
        self._tokens = Tokens(source)
        self._schema = schema
        self._root: Message = {}
        self._stack = [_Frame(self._root, b"", message)]
        self._kept = 0

    def run(self) -> Message:
        """Take token after token until there is none."""
        tokens = self._tokens
        while True:
            frame = self._stack[-1]
            token = tokens.next()
            if token == frame.closer:
                self._stack.pop()
                if not self._stack:
                    return self._root
            elif frame.field:
                if token != b",":
                    self._value(frame, frame.field, token)
            elif token not in (b",", b";"):
                self._field(frame, token)

    def _field(self, frame: _Frame, token: bytes) -> None:
        """A name, and what follows it: a value, a list of values, or a message."""
        name = self._extension() if token == b"[" else token.decode("latin-1")
        if not name:
            raise self._tokens.corrupt("The text ends inside a message", "")
        if not (name[0].isalpha() or name[0] in "_["):
            raise self._tokens.corrupt("A field has no name", name)
        token = self._tokens.next()
        if token == b":":
            token = self._tokens.next()
        elif token not in _CLOSERS:
            raise self._tokens.corrupt("A field has no value", name)
        if token == b"[":
            kept, _ = self._kind(frame, name)
            self._open(_Frame(frame.into if kept else None, b"]", frame.kind, name))
        else:
            self._value(frame, name, token)

    def _extension(self) -> str:
        """The name of an extension, which stands in brackets; no schema here has any."""
        parts = [b"["]
        while parts[-1] != b"]":
            parts.append(self._tokens.next())
            if not parts[-1] or len(parts) > 64:
                raise self._tokens.corrupt("The name of an extension has no end", "")
        return b"".join(parts).decode("latin-1")

    def _value(self, frame: _Frame, name: str, token: bytes) -> None:
        kept, kind = self._kind(frame, name)
        into = frame.into if kept else None
        if token in (b"{", b"<"):
            inner: Message | None = None if into is None else {}
            if into is not None and inner is not None:
                self._keep(into, name, inner)
            self._open(_Frame(inner, _CLOSERS[token], kind))
        elif token in QUOTES:
            text = self._tokens.texts(token, keep=into is not None)
            if into is not None:
                self._keep(into, name, text)
        elif not token or token[0] not in WORD:
            raise self._tokens.corrupt("A value is neither a number nor a name nor a text", token.decode("latin-1"))
        elif into is not None:
            self._keep(into, name, token.decode("latin-1"))

    def _kind(self, frame: _Frame, name: str) -> tuple[bool, str]:
        """Whether a field of a frame is kept, and the kind of its values."""
        if frame.into is None:
            return False, ""
        if self._schema is None:
            return True, ""
        known = self._schema.messages.get(frame.kind, {}).get(name)
        return (False, "") if known is None else (True, known[1])

    def _keep(self, into: Message, name: str, value: Value) -> None:
        into.setdefault(name, []).append(value)
        self._kept += 1
        if self._kept > VALUE_LIMIT:
            raise self._tokens.exceeded("The text has too many values", f"at most {VALUE_LIMIT}")

    def _open(self, frame: _Frame) -> None:
        self._stack.append(frame)
        if len(self._stack) > DEPTH_LIMIT:
            raise self._tokens.exceeded("Messages are nested too deeply", f"at most {DEPTH_LIMIT} levels")


def to_wire(tree: Message, schema: Schema, message: str, where: str) -> bytes:
    """The binary form of a message, with the fields that the schema has.

    Args:
        tree: the message, as ``parse`` gives it.
        schema: numbers and kinds of the fields.
        message: the name of the message in the schema.
        where: what an error calls it.

    Raises:
        CorruptFile: when a value is not of the kind of its field.
    """
    stack = [(0, message, _values(tree), bytearray())]
    while True:
        number, kind, values, out = stack[-1]
        entry = next(values, None)
        if entry is None:
            stack.pop()
            if not stack:
                return bytes(out)
            stack[-1][3].extend(_varint(number << 3 | 2) + _varint(len(out)) + out)
            continue
        field = schema.messages[kind].get(entry[0])
        if field is None:
            continue
        inner, value = field[1], entry[1]
        if inner in schema.messages:
            if not isinstance(value, dict):
                raise CorruptFile("A field that is a message has another value", where=where, found=entry[0])
            stack.append((field[0], inner, _values(value), bytearray()))
        elif isinstance(value, dict):
            raise CorruptFile("A field that is no message has a message as its value", where=where, found=entry[0])
        else:
            out.extend(_scalar(field[0], inner, value, schema, f"{where}, {entry[0]}"))


def _values(tree: Message) -> Iterator[tuple[str, Value]]:
    for name, values in tree.items():
        for value in values:
            yield name, value


def _scalar(number: int, kind: str, value: str | bytes, schema: Schema, where: str) -> bytes:
    if kind == BYTES:
        if not isinstance(value, bytes):
            raise CorruptFile("A field that is text has another value", where=where, found=value[:80])
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    return _varint(number << 3) + _varint(_number(kind, value, schema, where) & 0xFFFFFFFFFFFFFFFF)


def _number(kind: str, value: str | bytes, schema: Schema, where: str) -> int:
    if kind == BOOL and value in ("true", "True", "t", "false", "False", "f"):
        return int(value in ("true", "True", "t"))
    if isinstance(value, str):
        known = schema.enums.get(kind, {}).get(value)
        # In text format as in C, a leading zero says that the number is octal.
        plain = value.lstrip("-")
        octal = len(plain) > 1 and plain[0] == "0" and plain.isdecimal()
        try:
            return int(value, 8 if octal else 0) if known is None else known
        except ValueError:
            pass
    raise CorruptFile("A field that is a number has another value", where=where, found=repr(value[:80]))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
