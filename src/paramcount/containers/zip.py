"""Zip archives: the list of members, and each member as a source of bytes, in place where it is stored unpacked.

Nothing is extracted and no name is used as a path.  Check sums are not computed: the weights, which are nearly
all of an archive, are never read.

Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10: sections 4.3 to 4.5)
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error

from paramcount.errors import CorruptFile, LimitExceeded, NotAModel, TruncatedFile, UnsupportedFormat
from paramcount.sources.bytesource import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

MEMBER_LIMIT = 100_000
"""Members of one archive.  Keras writes three, and one for each vocabulary."""

DIRECTORY_LIMIT = 32 << 20
"""Bytes of the central directory."""

COMMENT_LIMIT = 0xFFFF
"""The end record is at the end of the file, but for a comment whose length has two bytes."""

STORED, DEFLATED = 0, 8
ENCRYPTED, DESCRIPTOR, UTF8 = 0x0001, 0x0008, 0x0800
"""General purpose bit flags; with a data descriptor the local header may leave the sizes at zero."""

_LOCAL = Struct("<4s2xHH8xIIHH")
_CENTRAL = Struct("<4s4xHH8xIIHHHH6xI")
_END = Struct("<4sHHHHIIH")
_LOCATOR = Struct("<4sIQI")
_END64 = Struct("<4sQ4xIIQQQQ")


class Member:
    """One entry of the central directory.

    Attributes:
        name: as stored, decoded.
        raw: the name as stored, in bytes.
        method: 0 (stored) or 8 (deflated); others are listed, but not read.
        flags: the general purpose bit flags.
        packed: bytes in the archive.
        size: bytes after unpacking.
        offset: of the local header.
    """

    __slots__ = ("flags", "method", "name", "offset", "packed", "raw", "size")

    def __init__(self, raw: bytes, method: int, flags: int, packed: int, size: int, offset: int) -> None:
        self.name = _decode(raw, flags)
        self.raw = raw
        self.method = method
        self.flags = flags
        self.packed = packed
        self.size = size
        self.offset = offset


class Stored(Window):
    """A stored member, in place.

    Attributes:
        origin: where it begins in the archive.
    """

    def __init__(self, parent: ByteSource, offset: int, size: int, name: str) -> None:
        super().__init__(parent, offset, size, name)
        self.origin = offset


class Archive:
    """The members of one archive."""

    __slots__ = ("_members", "_source", "end", "name")

    def __init__(self, source: ByteSource, members: dict[str, Member], end: int) -> None:
        self.name = source.name
        self.end = end
        self._source = source
        self._members = members

    def names(self) -> tuple[str, ...]:
        """The names of all members, in the order of the central directory."""
        return tuple(self._members)

    def size_of(self, name: str) -> int | None:
        """Bytes of a member after unpacking, as the directory says; None when there is no such member."""
        member = self._members.get(name)
        return None if member is None else member.size

    def member(self, name: str) -> ByteSource | None:
        """The bytes of one member: in place when it is stored, inflated under a bound when it is deflated.

        Raises:
            UnsupportedFormat: when it is encrypted or packed with another method.
            CorruptFile: when its local header contradicts the directory.
            UnsafeFile: when it would inflate to far more than it takes in the archive.
        """
        member = self._members.get(name)
        if member is None:
            return None
        where = f"{self.name}, member {name}"
        try:
            start = _check_local(self._source, member, self.end, where)
        except struct_error as error:
            raise CorruptFile("The local header cannot be read", where=where) from error
        if member.method == STORED:
            return Stored(self._source, start, member.size, where)
        from paramcount.containers.inflate import inflated

        return inflated(Window(self._source, start, member.packed, where), member.size)


def is_zip(source: ByteSource) -> bool:
    """Whether the file begins as a zip archive does: with a local header, or the end record of an empty one."""
    return source.size >= _END.size and source.read(0, 4) in (b"PK\3\4", b"PK\5\6")


def open_zip(source: ByteSource) -> Archive:
    """The archive in ``source``.

    Raises:
        NotAModel: when it is not a zip archive.
        TruncatedFile: when the end of the archive is missing.
        CorruptFile: when the directory contradicts itself: members that overlap, or have one name.
        LimitExceeded: when it has more members than any model.
        UnsupportedFormat: when it is split over several files.
    """
    if not is_zip(source):
        raise NotAModel("This is not a zip archive", where=source.name, expected="the signature PK")
    try:
        count, size, offset = _find_directory(source)
        members = _read_directory(source, count, size, offset)
    except (struct_error, IndexError) as error:
        raise CorruptFile("The directory of the archive cannot be read", where=source.name) from error
    _check_overlap(source, members, offset)
    return Archive(source, members, offset)


def _find_directory(source: ByteSource) -> tuple[int, int, int]:
    """The number of members, and the size and the offset of the central directory."""
    at, data = _find_end(source)
    _signature, disk, start, _here, count, size, offset, _comment = _END.unpack(data)
    end = at
    if at >= _LOCATOR.size and (0xFFFF in (disk, start, count) or 0xFFFFFFFF in (size, offset)):
        signature, disk, end, _disks = _LOCATOR.unpack(source.read(at - _LOCATOR.size, _LOCATOR.size))
        if signature != b"PK\6\7":
            raise CorruptFile("The zip64 locator is missing", where=f"{source.name}, byte {at - _LOCATOR.size}")
        signature, _size, disk, start, _here, count, size, offset = _END64.unpack(source.read(end, _END64.size))
        if signature != b"PK\6\6":
            raise CorruptFile("The zip64 end record is missing", where=f"{source.name}, byte {end}")
    if disk or start:
        raise UnsupportedFormat("The archive is split over several files", where=source.name)
    # Other tools accept a gap here, and then read every member from a shifted place: two readings of one file.
    if offset + size != end:
        raise CorruptFile(
            "The central directory does not end where the end record begins",
            where=source.name,
            found=f"byte {offset + size}",
            expected=f"byte {end}",
        )
    return count, size, offset


def _find_end(source: ByteSource) -> tuple[int, bytes]:
    """The offset and the bytes of the end record, which only a comment may follow."""
    at = source.size - _END.size
    data = source.read(at, _END.size)
    if data[:4] == b"PK\5\6" and data[20:] == b"\0\0":
        return at, data
    first = max(0, at - COMMENT_LIMIT)
    tail = source.read(first, source.size - first)
    found = tail.rfind(b"PK\5\6")
    while found >= 0:
        data = tail[found : found + _END.size]
        if len(data) == _END.size and first + found + _END.size + int.from_bytes(data[20:], "little") == source.size:
            return first + found, data
        found = tail.rfind(b"PK\5\6", 0, found)
    raise TruncatedFile("The end of the zip archive is missing", where=source.name, found=f"{source.size} bytes")


def _read_directory(source: ByteSource, count: int, size: int, offset: int) -> dict[str, Member]:
    """The members of the central directory, by name."""
    if count > MEMBER_LIMIT or size > DIRECTORY_LIMIT:
        raise LimitExceeded(
            "The archive has too many members",
            where=source.name,
            found=f"{count} members in {size} bytes of directory",
            expected=f"at most {MEMBER_LIMIT} in {DIRECTORY_LIMIT}",
        )
    data = source.read(offset, size)
    members: dict[str, Member] = {}
    at = 0
    for _ in range(count):
        member, at = _read_entry(source, data, at)
        if member.name in members:
            raise CorruptFile("Two members of the archive have the same name", where=source.name, found=member.name)
        members[member.name] = member
    if at != size:
        raise CorruptFile(
            "The central directory has not the size it says",
            where=source.name,
            found=f"{at} bytes",
            expected=f"{size} bytes",
        )
    return members


def _read_entry(source: ByteSource, data: bytes, at: int) -> tuple[Member, int]:
    """The entry of the central directory at ``at``, and where the next one begins."""
    signature, flags, method, packed, size, name_size, *rest, offset = _CENTRAL.unpack_from(data, at)
    extra_size, comment_size, disk = rest
    start = at + _CENTRAL.size
    raw = data[start : start + name_size]
    end = start + name_size + extra_size + comment_size
    if signature != b"PK\1\2" or end > len(data):
        raise CorruptFile("An entry of the central directory is broken", where=f"{source.name}, entry at byte {at}")
    if not raw or b"\0" in raw:
        raise CorruptFile("A member has an empty name, or one with a NUL", where=source.name, found=repr(raw))
    if 0xFFFFFFFF in (packed, size, offset):
        extra = data[start + name_size : start + name_size + extra_size]
        size, packed, offset = _wide(source, extra, size, packed, offset)
    if disk not in (0, 0xFFFF):
        raise UnsupportedFormat("The archive is split over several files", where=source.name)
    return Member(raw, method, flags, packed, size, offset), end


def _wide(source: ByteSource, extra: bytes, *sizes: int) -> list[int]:
    """``sizes``, with those that do not fit into four bytes taken from the zip64 extra field, in its order."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = extra[at] | extra[at + 1] << 8, extra[at + 2] | extra[at + 3] << 8
        if kind == 1:
            body = extra[at + 4 : at + 4 + size]
            wide = iter(Struct(f"<{len(body) // 8}Q").unpack_from(body))
            return [next(wide, value) if value == 0xFFFFFFFF else value for value in sizes]
        at += 4 + size
    raise CorruptFile("A member has no zip64 field for its sizes", where=source.name)


def _check_overlap(source: ByteSource, members: dict[str, Member], end: int) -> None:
    """Every member has bytes of its own, before the central directory."""
    previous: Member | None = None
    for member in sorted(members.values(), key=_offset):
        _check_room(source, previous, member.offset)
        previous = member
    _check_room(source, previous, end)


def _check_room(source: ByteSource, member: Member | None, limit: int) -> None:
    """``member`` ends before ``limit``, where the next thing begins."""
    if member is not None and member.offset + _LOCAL.size + len(member.raw) + member.packed > limit:
        raise CorruptFile(
            "A member of the archive overlaps what follows it",
            where=f"{source.name}, member {member.name}",
            found=f"{member.packed} bytes at byte {member.offset}",
            expected=f"an end before byte {limit}",
        )


def _offset(member: Member) -> int:
    return member.offset


def _check_local(source: ByteSource, member: Member, end: int, where: str) -> int:
    """Where the bytes of ``member`` begin: behind a local header that agrees with the directory."""
    header = source.read(member.offset, _LOCAL.size)
    signature, flags, method, packed, size, name_size, extra_size = _LOCAL.unpack(header)
    start: int = member.offset + _LOCAL.size + name_size + extra_size
    if signature != b"PK\3\4":
        raise CorruptFile("There is no local header where the directory says", where=where, found=signature.hex())
    if (flags | member.flags) & ENCRYPTED:
        raise UnsupportedFormat("The member is encrypted", where=where)
    if member.method not in (STORED, DEFLATED):
        raise UnsupportedFormat(f"The member is packed with method {member.method}", where=where)
    raw = source.read(member.offset + _LOCAL.size, name_size)
    sizes = member.packed, member.size
    # Zip64 keeps the sizes in an extra field, and a writer to a pipe puts them behind the data.
    deferred = flags & DESCRIPTOR or 0xFFFFFFFF in (packed, size)
    if raw != member.raw or method != member.method or ((packed, size) != sizes and not deferred):
        raise CorruptFile(
            "The local header contradicts the directory",
            where=where,
            found=f"name {raw!r}, method {method}, {packed} of {size} bytes",
            expected=f"name {member.raw!r}, method {member.method}, {member.packed} of {member.size} bytes",
        )
    if start + member.packed > end:
        raise CorruptFile("The member reaches into the directory", where=where, found=f"byte {start + member.packed}")
    if member.method == STORED and member.packed != member.size:
        raise CorruptFile(
            "The member is stored unpacked, but has two sizes", where=where, found=f"{sizes[0]} and {sizes[1]} bytes"
        )
    return start


def _decode(raw: bytes, flags: int) -> str:
    """A name: UTF-8 when the flag says so or it fits, otherwise the code page of the format's first writers."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") if flags & UTF8 else raw.decode("cp437")
