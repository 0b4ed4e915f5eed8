"""HDF5, as far as the description of a model needs it: groups, attributes, shapes and types; never the data.

Read are superblocks 0 to 3, object headers 1 and 2, and groups of both kinds: what h5py writes by default and
with ``libver="latest"``.  No link out of the file is followed, no length is believed before it is checked.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

from paramcount.containers.hdf5.file import BROKEN
from paramcount.containers.hdf5.superblock import find_superblock, open_file
from paramcount.containers.hdf5.tree import Dataset, Group, open_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource

__all__ = ["Dataset", "Group", "is_hdf5", "open_hdf5"]


def is_hdf5(source: ByteSource) -> bool:
    """Whether an HDF5 signature is at offset 0, 512, 1024, 2048 …, where a user block may end."""
    return find_superblock(source) is not None


def open_hdf5(source: ByteSource) -> Group:
    """The root group of an HDF5 file.

    Raises:
        NotAModel: when it is not an HDF5 file.
        TruncatedFile: when it is shorter than it says.
        UnsupportedHdf5: when it uses a feature that is not read here.
        CorruptFile: when it contradicts itself.
    """
    try:
        file, address = open_file(source)
    except BROKEN as error:
        from paramcount.errors import CorruptFile

        raise CorruptFile("The superblock cannot be read", where=source.name) from error
    root = open_object(file, address, "/")
    if not isinstance(root, Group):
        raise file.corrupt("The root of the file is not a group", address)
    return root
