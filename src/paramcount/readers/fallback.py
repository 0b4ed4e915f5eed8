"""Reading the tree of an HDF5 file, with the optional library where the built-in reader refuses."""

from __future__ import annotations

from paramcount.containers.hdf5 import open_hdf5
from paramcount.errors import UnsupportedHdf5
from paramcount.model import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from paramcount.containers.hdf5 import Group
    from paramcount.sources.bytesource import ByteSource

    T = TypeVar("T")


def read_hdf5(source: ByteSource, use: Callable[[Group], T]) -> tuple[T, list[Finding]]:
    """What ``use`` makes of the root group, and a finding when another library had to read it.

    ``use`` is called again, from the start, when the built-in reader meets a part of HDF5 that it does not read.

    Raises:
        UnsupportedHdf5: when that happens and the optional library is not installed.
    """
    try:
        return use(open_hdf5(source)), []
    except UnsupportedHdf5 as refusal:
        from paramcount.containers.hdf5_fallback import open_fallback

        root, library = open_fallback(source, refusal)
        message = f"This file uses a part of HDF5 that paramcount does not read itself; {library} read its structure."
        return use(root), [Finding("read-by-fallback", "info", "", message, refusal.what)]
