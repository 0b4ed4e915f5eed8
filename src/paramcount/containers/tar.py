"""Tar archives, read once from front to back: the headers, and the bytes of those members that are asked for.

Nothing is extracted, no name is used as a path, and no link is followed.  Read are the old form, ustar, the long names
and sizes of GNU, and the extended headers of POSIX (pax).  Sparse members are listed, but not read.

Format: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html and
https://www.gnu.org/software/tar/manual/html_node/Standard.html
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, LimitExceeded, NotAModel, TruncatedFile
from paramcount.sources.stream import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.sources.stream import Stream
else:
    from paramcount.records import NamedTuple

BLOCK = 512
"""Headers take one block, and the bytes of a member whole blocks."""

MEMBER_LIMIT = 100_000
"""Members of one archive, as for zip archives."""

NAMES_LIMIT = 32 << 20
"""Bytes of all names, and of all headers that only extend others."""

EXTENDED_LIMIT = 1 << 20
"""Bytes of one extended header, or of one long name."""

EXTENDED_RUN = 8
"""Headers that may stand one after the other and extend the same member."""

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"
"""Kinds of members; the last are devices, sparse files, and what is not known."""

_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"5": FOLDER, b"1": LINK, b"2": LINK}
_WITHOUT_BYTES = b"123456"
"""Types that no bytes follow, whatever size they name: links, devices, folders and pipes."""
_LONG_NAME, _LONG_LINK, _PAX, _PAX_ALL, _SPARSE = b"L", b"K", b"x", b"g", b"S"


class Entry(NamedTuple):
    """One member."""

    name: str
    """As stored, decoded."""
    kind: str
    size: int
    """Bytes that follow the header."""
    target: str = ""
    """Where a link leads."""


class Tar:
    """The members of an archive, one after the other."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self._stream = stream
        self._at = 0
        self._left = 0
        self._padding = 0
        self._members = 0
        self._named = 0

    def next(self) -> Entry | None:
        """The next member, None after the last; what was not read of the one before is passed over.

        Raises:
            NotAModel: when the first block is not the header of a tar archive.
            CorruptFile: when a later one is not, or contradicts itself.
            TruncatedFile: when the archive ends inside a member.
            LimitExceeded: when there are more members, or longer names, than in any model.
        """
        self._pass(self._left + self._padding)
        self._left = self._padding = 0
        extended: dict[str, str] = {}
        for _ in range(EXTENDED_RUN + 1):
            header = self._header()
            if header is None:
                if extended:
                    raise TruncatedFile("The archive ends after a header that only extends others", where=self._here())
                return None
            kind = header[156:157]
            if kind not in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_ALL):
                return self._entry(header, kind, extended)
            self._extend(extended, kind, self._content(self._number(header, 124, 12)))
        raise LimitExceeded(
            "Too many headers extend the same member", where=self._here(), expected=f"at most {EXTENDED_RUN}"
        )

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes of the member that ``next`` has returned; none at its end."""
        data = self._stream.read(min(size, self._left)) if self._left and size > 0 else b""
        if not data and self._left and size > 0:
            raise self._cut()
        self._at += len(data)
        self._left -= len(data)
        return data

    def _header(self) -> bytes | None:
        """The next header, checked; None at the end of the archive."""
        block = take(self._stream, BLOCK)
        # The end is two blocks of zeros, but tar itself accepts an archive that simply ends.
        if not block.strip(b"\0") and len(block) in (0, BLOCK) and (block or self._members):
            return None
        if len(block) < BLOCK or not is_header(block):
            raise self._no_header(block)
        self._at += BLOCK
        return block

    def _no_header(self, block: bytes) -> NotAModel | CorruptFile | TruncatedFile:
        if not self._at:
            return NotAModel("This is not a tar archive", where=self.name, found=repr(block[:8]))
        if len(block) < BLOCK:
            return self._cut()
        return CorruptFile("There is no header where a member should begin", where=self._here(), found=repr(block[:8]))

    def _extend(self, extended: dict[str, str], kind: bytes, data: bytes) -> None:
        """Take what a header says of the member that follows it."""
        if kind in (_LONG_NAME, _LONG_LINK):
            extended["path" if kind == _LONG_NAME else "linkpath"] = _text(data.split(b"\0", 1)[0])
            return
        records = _records(data, self._here())
        if kind == _PAX:
            extended.update(records)
        elif any(key in ("path", "linkpath", "size") or key.startswith("GNU.sparse.") for key in records):
            raise CorruptFile("One name or size would be that of all members", where=self._here())

    def _content(self, size: int) -> bytes:
        """The bytes of a header that extends others."""
        self._named += size
        if size > EXTENDED_LIMIT or self._named > NAMES_LIMIT:
            raise LimitExceeded(
                "The names in the archive are too long", where=self._here(), found=f"{size} bytes",
                expected=f"at most {EXTENDED_LIMIT}, and {NAMES_LIMIT} in all",
            )  # fmt: skip
        data = take(self._stream, size)
        self._at += len(data)
        if len(data) < size:
            raise self._cut()
        self._pass(-size % BLOCK)
        return data

    def _entry(self, header: bytes, kind: bytes, extended: dict[str, str]) -> Entry:
        """The member of a header, and of those that extend it; the stream is then at its bytes."""
        name = extended.get("path") or _plain_name(header)
        target = extended.get("linkpath") or _text(header[157:257].split(b"\0", 1)[0])
        size = self._size(header, kind, extended)
        self._members += 1
        self._named += len(name) + len(target)
        if self._members > MEMBER_LIMIT or self._named > NAMES_LIMIT:
            raise LimitExceeded(
                "The archive has too many members", where=self._here(),
                found=f"{self._members} members with {self._named} bytes of names",
                expected=f"at most {MEMBER_LIMIT} with {NAMES_LIMIT}",
            )  # fmt: skip
        if kind == _SPARSE:
            self._pass_sparse_maps(header)
        self._left, self._padding = size, -size % BLOCK
        # Archives from before ustar mark a folder by the end of its name alone.
        called = FOLDER if kind == b"\0" and name.endswith("/") else _KINDS.get(kind, OTHER)
        sparse = kind == _SPARSE or any(key.startswith("GNU.sparse.") for key in extended)
        return Entry(name, OTHER if sparse else called, size, target if called == LINK else "")

    def _size(self, header: bytes, kind: bytes, extended: dict[str, str]) -> int:
        """How many bytes follow a header."""
        if kind in _WITHOUT_BYTES:
            return 0
        written = extended.get("size")
        if written is None:
            return self._number(header, 124, 12)
        if not (written.isascii() and written.isdigit() and len(written) < 20):
            raise CorruptFile("The size of a member is no number", where=self._here(), found=repr(written[:30]))
        return int(written)

    def _pass_sparse_maps(self, header: bytes) -> None:
        """Pass over the blocks that go on with the map of a sparse member of GNU tar."""
        more = header[482]
        for _ in range(MEMBER_LIMIT):
            if not more:
                return
            block = take(self._stream, BLOCK)
            self._at += len(block)
            if len(block) < BLOCK:
                raise self._cut()
            more = block[504]
        raise LimitExceeded("The map of a sparse member is too long", where=self._here())

    def _number(self, header: bytes, start: int, size: int) -> int:
        """A number of a header: octal digits, or binary where they do not suffice."""
        field = header[start : start + size]
        if field[0] == 0x80:
            return int.from_bytes(field[1:], "big")
        digits = field.split(b"\0", 1)[0].strip()
        if digits.strip(b"01234567"):
            raise CorruptFile("The size of a member is no number", where=self._here(), found=repr(field))
        return int(digits or b"0", 8)

    def _pass(self, size: int) -> None:
        """Pass over bytes of the stream, which must be there."""
        passed = self._stream.skip(size) if size else 0
        self._at += passed
        if passed < size:
            raise self._cut()

    def _cut(self) -> TruncatedFile:
        return TruncatedFile("The archive is cut off", where=self._here())

    def _here(self) -> str:
        return f"{self.name}, byte {self._at} of the unpacked archive"


def is_header(block: bytes) -> bool:
    """Whether a block is the header of a member: the sum of its bytes says so."""
    if len(block) < BLOCK:
        return False
    field = block[148:156].split(b"\0", 1)[0].strip()
    if not field or field.strip(b"01234567"):
        return False
    # The sum is taken with the field of the sum itself full of spaces; some old writers added signed bytes.
    rest = block[:148] + block[156:BLOCK]
    plain, told = sum(rest) + 8 * 0x20, int(field, 8)
    return told == plain or told == plain - 256 * sum(byte > 127 for byte in rest)


def _plain_name(header: bytes) -> str:
    """The name in a header itself; ustar keeps its front part in a field of its own."""
    name = header[:100].split(b"\0", 1)[0]
    # GNU writes the same magic with other bytes behind it, and other things into the field.
    if header[257:263] == b"ustar\0":
        prefix = header[345:500].split(b"\0", 1)[0]
        name = prefix + b"/" + name if prefix else name
    return _text(name)


def _records(data: bytes, where: str) -> dict[str, str]:
    """The records of an extended header, each ``LENGTH KEY=VALUE`` and a line feed, its length included."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data) and data[at]:
        space = data.find(b" ", at, at + 20)
        digits = data[at:space] if space > at else b""
        end = at + int(digits) if digits.isdigit() else at
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not at < space < end <= len(data) or data[end - 1 : end] != b"\n" or not equals or not key:
            raise CorruptFile("An extended header is broken", where=where, found=repr(data[at : at + 20]))
        found[_text(key)] = _text(value)
        at = end
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
