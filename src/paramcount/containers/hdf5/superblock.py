"""The superblock: where an HDF5 file begins, where it ends, and where its root group is.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (II.A, versions 0 to 3)
"""

from __future__ import annotations

from struct import Struct

from paramcount.containers.hdf5.file import UNDEFINED, Hdf5File
from paramcount.errors import NotAModel, TruncatedFile, UnsupportedHdf5

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

SIGNATURE = b"\x89HDF\r\n\x1a\n"

_OLD = Struct("<QQQQQQ")
_NEW = Struct("<QQQQ")


def find_superblock(source: ByteSource) -> int | None:
    """The offset of the superblock: 0, or 512, 1024, 2048 … behind a user block; None when there is none."""
    at, size, read = 0, source.size, source.read
    while at + 8 <= size:
        if read(at, 8) == SIGNATURE:
            return at
        at = at * 2 or 512
    return None


def open_file(source: ByteSource) -> tuple[Hdf5File, int]:
    """The file behind ``source``, and the address of its root group's object header.

    Raises:
        NotAModel: when there is no HDF5 signature.
        TruncatedFile: when the file is shorter than its superblock says.
        UnsupportedHdf5: for a superblock that is not version 0 to 3 with 8-byte addresses, and for split files.
    """
    at = find_superblock(source)
    if at is None:
        raise NotAModel("This is not an HDF5 file", where=source.name, expected="the HDF5 signature")
    if at:
        from paramcount.sources.bytesource import Window

        source = Window(source, at, source.size - at, source.name)
    file = Hdf5File(source)
    version = source.read(8, 1)[0]
    if version <= 1:
        return file, _read_old(file, version, at)
    if version <= 3:
        return file, _read_new(file, at)
    raise file.unsupported(f"Superblock version {version}", 0)


def _read_old(file: Hdf5File, version: int, at: int) -> int:
    """Versions 0 and 1: the root group is a symbol table entry behind the addresses."""
    data = file.read(0, 24 + 4 * version + _OLD.size)
    _check_widths(file, data[13], data[14])
    base, _free, end, driver, _name, root = _OLD.unpack_from(data, 24 + 4 * version)
    if driver != UNDEFINED:
        raise file.unsupported("A driver information block (a file split into several)", driver)
    _check_end(file, end - base, at)
    return int(root)


def _read_new(file: Hdf5File, at: int) -> int:
    """Versions 2 and 3."""
    data = file.read(0, 12 + _NEW.size)
    _check_widths(file, data[9], data[10])
    base, _extension, end, root = _NEW.unpack_from(data, 12)
    _check_end(file, end - base, at)
    return int(root)


def _check_widths(file: Hdf5File, offsets: int, lengths: int) -> None:
    """Every writer in use takes 8 bytes for both; the format also allows others."""
    if offsets != 8 or lengths != 8:
        raise UnsupportedHdf5(
            "The file uses addresses or lengths that are not 8 bytes wide",
            where=file.name,
            found=f"{offsets} and {lengths} bytes",
        )


def _check_end(file: Hdf5File, end: int, at: int) -> None:
    """The end-of-file address is the first thing that a cut-off download contradicts."""
    if end > file.size:
        raise TruncatedFile(
            "The HDF5 file is shorter than it says",
            where=file.name,
            found=f"{file.size + at} bytes",
            expected=f"{end + at} bytes",
        )
