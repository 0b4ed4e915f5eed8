"""Compressed streams, unpacked in order and in constant memory: gzip, and bzip2 and xz where Python has them.

An archive whose weights stand before its index has to be unpacked up to there; nothing of that is kept.

Formats: https://www.rfc-editor.org/rfc/rfc1952 (gzip); the others are those of Python's ``bz2`` and ``lzma``.
"""

from __future__ import annotations

from paramcount.errors import CorruptFile, TruncatedFile, UnsafeFile, UnsupportedFormat
from paramcount.sources.stream import CHUNK, drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from paramcount.sources.stream import Stream

    class Unpacker(Protocol):
        """One compressed member, as ``bz2`` and ``lzma`` unpack it."""

        @property
        def eof(self) -> bool:
            """Whether the member has ended."""

        @property
        def needs_input(self) -> bool:
            """Whether nothing more comes without more packed bytes."""

        @property
        def unused_data(self) -> bytes:
            """What follows the end of the member."""

        def decompress(self, data: bytes, most: int) -> bytes:
            """At most ``most`` bytes of what ``data``, and what was left of earlier data, unpacks to."""


SIGNATURES = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"))
"""First bytes of a stream to how it is packed."""

RATIO_LIMIT, RATIO_FROM = 200, 256 << 20
"""Beyond the second size, a stream must not unpack to more than the first number times its packed size.

They are those of the members of a zip archive: weights that are all zero shrink to a thousandth and are no bomb.
"""

MEMBERS_FREE, MEMBER_LEAST = 1000, 1024
"""A stream of many members, as parallel packers write it, has this many bytes in each after the first thousand.

Every new member costs time, and an empty one has 20 bytes: without a bound a small file could hold up for long.
"""

XZ_MEMORY = 128 << 20
"""Bytes that unpacking xz may take; its strongest usual setting, ``-9``, takes 65 MiB."""


def packing(head: bytes) -> str:
    """How a stream that begins with ``head`` is packed; empty when it is not."""
    return next((name for signature, name in SIGNATURES if head.startswith(signature)), "")


class Unpacked:
    """What a compressed stream unpacks to: a ``Stream``."""

    def __init__(self, stream: Stream, kind: str) -> None:
        self.name = stream.name
        self._stream = stream
        self._kind = kind
        self._unpacker = _unpacker(kind, stream.name)
        self._errors: tuple[type[Exception], ...] = (OSError, ValueError, EOFError, *_own_errors(kind))
        self._members = 1
        self._taken = 0
        self._given = 0
        self._held = b""
        self._ended = False

    @property
    def bytes_read(self) -> int:
        """Packed bytes read so far."""
        return self._stream.bytes_read

    def read(self, size: int) -> bytes:
        """See ``Stream``.

        Raises:
            CorruptFile: when the stream is damaged.
            TruncatedFile: when it ends too early.
            UnsafeFile: when it unpacks to far more than it takes.
        """
        while size > 0 and not self._ended:
            if self._unpacker.eof:
                self._next_member()
                continue
            data = self._packed() if self._unpacker.needs_input else b""
            if self._unpacker.needs_input and not data:
                raise TruncatedFile(
                    f"The {self._kind} stream is cut off", where=self.name, found=f"{self._taken} bytes of it"
                )
            unpacked = self._decompress(data, min(size, CHUNK))
            if unpacked:
                return unpacked
        return b""

    def skip(self, size: int) -> int:
        """See ``Stream``."""
        return drop(self, size)

    def _packed(self) -> bytes:
        """The next packed bytes: what is held of the last ones, or new ones."""
        data, self._held = self._held, b""
        if not data:
            data = self._stream.read(CHUNK)
            self._taken += len(data)
        return data

    def _decompress(self, data: bytes, most: int) -> bytes:
        """The next bytes of the member, perhaps none yet."""
        try:
            unpacked = self._unpacker.decompress(data, most)
        # None of these, nor what the modules raise of their own, has another cause here than the data.
        except self._errors as error:
            if "emory" in str(error):
                raise UnsafeFile(f"Unpacking the {self._kind} stream takes too much memory", where=self.name) from error
            raise CorruptFile(f"The {self._kind} stream is damaged: {error}", where=self.name) from error
        self._given += len(unpacked)
        if self._given > RATIO_FROM and self._given > RATIO_LIMIT * self._taken:
            raise UnsafeFile(
                "The archive unpacks to far more than it takes", where=self.name,
                found=f"{self._given} bytes from {self._taken}", expected=f"at most {RATIO_LIMIT} times as many",
            )  # fmt: skip
        return unpacked

    def _next_member(self) -> None:
        """What follows the end of a member: another one, zeros, or nothing."""
        rest = self._unpacker.unused_data
        # Tapes and some writers fill the last block up with zeros, which are no member.
        while not (rest := rest.lstrip(b"\0")):
            rest = self._packed()
            if not rest:
                self._ended = True
                return
        signature = next(one for one, name in SIGNATURES if name == self._kind)
        while len(rest) < len(signature) and (more := self._packed()):
            rest += more
        if not rest.startswith(signature):
            raise CorruptFile(f"Other bytes follow the {self._kind} stream", where=self.name, found=repr(rest[:8]))
        self._members += 1
        if self._members > MEMBERS_FREE + self._given // MEMBER_LEAST:
            raise UnsafeFile(
                f"The {self._kind} stream has too many parts for what they hold", where=self.name,
                found=f"{self._members} parts in {self._given} bytes",
            )  # fmt: skip
        self._unpacker = _unpacker(self._kind, self.name)
        self._held = rest


class _Gzip:
    """One gzip member, with the interface of ``bz2`` and ``lzma``; zlib checks its header, sum and length."""

    def __init__(self) -> None:
        import zlib

        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail and not self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        return self._inflate.decompress(data or self._inflate.unconsumed_tail, most)


def _unpacker(kind: str, name: str) -> Unpacker:
    """What unpacks one member of a stream of this kind."""
    if kind == "gzip":
        return _Gzip()
    try:
        if kind == "bzip2":
            from bz2 import BZ2Decompressor

            return BZ2Decompressor()
        import lzma

        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
    except ImportError as error:
        raise UnsupportedFormat(
            f"This Python was built without {kind}", where=name, advice="Unpack the archive and name the folder."
        ) from error


def _own_errors(kind: str) -> tuple[type[Exception], ...]:
    """The error classes of the module that unpacks this kind, beyond Python's own."""
    if kind == "gzip":
        import zlib

        return (zlib.error,)
    if kind == "xz":
        import lzma

        return (lzma.LZMAError,)
    return ()
