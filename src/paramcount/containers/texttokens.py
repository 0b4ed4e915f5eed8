"""The words of protocol buffers as text: names, numbers, signs and quoted texts, one after the other.

A window moves over the source, so that a text of any length costs a scan and no memory unless it is kept.

Format: https://protobuf.dev/reference/protobuf/textformat-spec/#lexical-elements
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

CHUNK = 1 << 20
"""Bytes read at a time."""
PIECE = 256
"""Bytes of a text that are looked at first."""
WORD_LIMIT = 1 << 12
"""Bytes of the longest name or number."""
TEXT_LIMIT = 64 << 20
"""Bytes of all quoted texts that are kept."""
TOKEN_LIMIT = 20_000_000
"""Names, numbers, texts and signs of one file."""

WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-/")
"""Bytes of names and numbers."""
QUOTES = (b'"', b"'")


class Tokens:
    """Names, numbers, signs and quoted texts, from a window that moves over the source."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._data = b""
        self._at = 0
        self._next = 0
        """Offset in the source of the bytes that were not fetched yet."""
        self._left = TOKEN_LIMIT
        self._texts = 0

    def next(self) -> bytes:
        """The next token: a word, a sign, or the quote that begins a text; empty at the end."""
        self._left -= 1
        if self._left < 0:
            raise self.exceeded("The text has too many parts", f"at most {TOKEN_LIMIT}")
        self._skip_space()
        data, start = self._data, self._at
        if start == len(data):
            return b""
        at, end = start, min(len(data), start + WORD_LIMIT)
        while at < end and data[at] in WORD:
            at += 1
        if at - start == WORD_LIMIT:
            raise self.exceeded("A name or a number is too long", f"at most {WORD_LIMIT} bytes")
        self._at = max(at, start + 1)
        return data[start : self._at]

    def _skip_space(self) -> None:
        """Come to the next byte that is neither space nor part of a comment, with a whole word in the window."""
        while True:
            if len(self._data) - self._at <= WORD_LIMIT:
                self._fetch()
            data, at = self._data, self._at
            while at < len(data) and data[at] <= 32:
                at += 1
            self._at = at
            if at < len(data) and data[at] == 35:
                self._skip_line()
            elif len(data) - at > WORD_LIMIT or self._next == self._source.size:
                return

    def _skip_line(self) -> None:
        end = self._data.find(b"\n", self._at)
        while end < 0 and self._next < self._source.size:
            self._at = len(self._data)
            self._fetch()
            end = self._data.find(b"\n")
        self._at = len(self._data) if end < 0 else end

    def _fetch(self) -> None:
        """Forget what lies behind, and read on."""
        size = min(CHUNK, self._source.size - self._next)
        if size:
            self._data = self._data[self._at :] + self._source.read(self._next, size)
            self._next += size
            self._at = 0

    def texts(self, quote: bytes, *, keep: bool) -> bytes:
        """One text, or several that stand side by side and are one; empty unless it is kept."""
        parts = [self._text(quote, keep)]
        while True:
            self._skip_space()
            quote = self._data[self._at : self._at + 1]
            if quote not in QUOTES:
                return b"".join(parts)
            self._at += 1
            parts.append(self._text(quote, keep))

    def _text(self, quote: bytes, keep: bool) -> bytes:
        """What stands between two quotes, the first of which was taken.

        It is taken in pieces that grow: most texts are short, and the longest hold the weights of a model.
        """
        parts: list[bytes] = []
        size = PIECE
        while True:
            piece = self._data[self._at : self._at + size]
            # What a backslash takes into the text is blotted out, so that the first quote that is left is its end.
            plain = piece.replace(rb"\\", b"__").replace(b"\\" + quote, b"__")
            end = plain.find(quote)
            # The last backslash of a piece belongs to what follows.
            stop = end if end >= 0 else len(piece) - plain.endswith(b"\\")
            if piece.find(b"\n", 0, stop) >= 0:
                raise self.corrupt("A text has no end", piece[:20].decode("latin-1"))
            if keep:
                self._count(stop)
                parts.append(piece[:stop])
            self._at += stop
            if end >= 0:
                self._at += 1
                return unescaped(b"".join(parts)) if keep else b""
            if len(self._data) - self._at < 2:
                if self._next == self._source.size:
                    raise self.corrupt("A text has no end", piece[:20].decode("latin-1"))
                self._fetch()
            size = min(2 * size, CHUNK)

    def _count(self, size: int) -> None:
        """Count the bytes of texts that are kept."""
        self._texts += size
        if self._texts > TEXT_LIMIT:
            raise self.exceeded("The texts of this file are too long", f"at most {TEXT_LIMIT} bytes")

    def corrupt(self, what: str, found: str) -> CorruptFile:
        """An error at this place."""
        return CorruptFile(what, where=self._where(), found=repr(found[:80]) if found else "")

    def exceeded(self, what: str, expected: str) -> LimitExceeded:
        """An error at this place."""
        return LimitExceeded(what, where=self._where(), expected=expected)

    def _where(self) -> str:
        return f"{self._source.name}, byte {self._next - len(self._data) + self._at}"


_SIMPLE = dict(zip(b"abfnrtv\\'\"?", b"\a\b\f\n\r\t\v\\'\"?", strict=True))
_OCTAL, _HEXADECIMAL = frozenset(b"01234567"), frozenset(b"0123456789abcdefABCDEF")
_DIGITS = {120: (2, 16), 88: (2, 16), 117: (4, 16), 85: (8, 16)}
"""The letters x, X, u and U to how many digits may follow, and their base."""


def unescaped(raw: bytes) -> bytes:
    """A text without its backslashes."""
    at = raw.find(b"\\")
    if at < 0:
        return raw
    out, start = bytearray(), 0
    while 0 <= at < len(raw) - 1:
        out += raw[start:at]
        code = raw[at + 1]
        if code in _SIMPLE:
            out.append(_SIMPLE[code])
            start = at + 2
        else:
            most, base = _DIGITS.get(code, (3, 8))
            first = at + 1 if base == 8 else at + 2
            start = _digits_end(raw, first, most, _OCTAL if base == 8 else _HEXADECIMAL)
            value = int(raw[first:start] or b"0", base)
            wide = code in (117, 85)
            out += _utf8(value) if wide else bytes((value & 0xFF,))
        at = raw.find(b"\\", start)
    return bytes(out + raw[start:])


def _digits_end(raw: bytes, at: int, most: int, digits: frozenset[int]) -> int:
    end = at
    while end < min(len(raw), at + most) and raw[end] in digits:
        end += 1
    return end


def _utf8(value: int) -> bytes:
    """A character by its number; a replacement where no character has it."""
    return chr(value).encode("utf-8", "replace") if value < 0x110000 else b"?"
