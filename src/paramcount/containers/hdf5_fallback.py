"""HDF5 files that the built-in reader refuses, read with pyfive where it is installed.

pyfive is the fallback, and h5py is not, because files are hostile until shown otherwise.  Of 3000 small files
with a few bytes changed, h5py 3.14 crashed the interpreter on 2 and did not come back from 21 within five
seconds; pyfive 1.3, which is Python throughout, did neither, and ran out of 4 GB of memory on 7, which is an
error like any other.  It is given the bytes of the source and nothing else, so that it cannot open other files.

pyfive does not know every feature that the built-in reader refuses; then the refusal stands.
"""

from __future__ import annotations

from math import prod

from paramcount.containers.hdf5 import Dataset, Group
from paramcount.containers.hdf5.attributes import Unreadable
from paramcount.containers.hdf5.objects import EXTERNAL_FILES
from paramcount.containers.hdf5.tree import BOMB_BYTES, BOMB_RATIO
from paramcount.errors import CorruptFile, ParamcountError, UnsafeFile, UnsupportedHdf5

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from paramcount.containers.hdf5.attributes import Value
    from paramcount.sources.bytesource import ByteSource

READ_LIMIT = 64 << 20
"""The largest read that pyfive is granted; it reads structures, not data."""


def open_fallback(source: ByteSource, refusal: UnsupportedHdf5) -> tuple[Group, str]:
    """The root group as pyfive sees it, and the name and the version of pyfive.

    Raises:
        UnsupportedHdf5: ``refusal`` itself, when pyfive is not installed; another when it knows no better.
        CorruptFile: when pyfive fails in any other way.
    """
    try:
        import pyfive
    except ImportError:
        raise refusal from None
    place = _Place(source)
    root = place.ask("/", lambda: pyfive.File(_Bytes(source)))
    address = place.ask("/", lambda: int(_inner(_inner(root, "_dataobjects"), "offset")))
    return FallbackGroup(place, root, "/", address), f"pyfive {getattr(pyfive, '__version__', '')}".strip()


class _Bytes:
    """A source as the read-only binary file that pyfive takes."""

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self._source = source
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, fewer at the end, as of any file; never more than ``READ_LIMIT``."""
        left = max(0, self._source.size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        if size > READ_LIMIT:
            raise CorruptFile("A structure of the HDF5 file is too large", where=self.name, found=f"{size} bytes")
        data = self._source.read(self._at, size) if size else b""
        self._at += size
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to ``offset``, counted from the start, from here, or from the end."""
        self._at = max(0, offset + (0, self._at, self._source.size)[whence])
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at


class _Place:
    """The source that an object of pyfive comes from; turns pyfive's exceptions into ours."""

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self.size = source.size

    def ask(self, path: str, question: Callable[[], Any]) -> Any:
        """The answer of pyfive.

        Raises:
            UnsupportedHdf5: when pyfive does not know a feature either.
            CorruptFile: for everything else that goes wrong in it.
        """
        import warnings

        try:
            with warnings.catch_warnings():
                # pyfive warns of values that it leaves out; here they become ``Unreadable``.
                warnings.simplefilter("ignore")
                return question()
        except ParamcountError:
            raise
        except NotImplementedError as error:
            raise UnsupportedHdf5(
                "Neither the built-in reader nor pyfive reads this",
                where=f"{self.name}, {path}",
                found=str(error),
                advice="Save the model again with a current version of Keras.",
            ) from error
        except Exception as error:
            raise CorruptFile(
                "pyfive cannot read this part of the file", where=f"{self.name}, {path}", found=repr(error)
            ) from error


def _inner(thing: object, name: str) -> Any:
    """A private part of one of pyfive's objects: it has no public way to tell a link from what it leads to."""
    return getattr(thing, name)


class FallbackGroup(Group):
    """A group as pyfive sees it; see ``Group``."""

    __slots__ = ("_place", "_thing")

    def __init__(self, place: _Place, thing: Any, path: str, address: int) -> None:
        self._place = place
        self._thing = thing
        self.path = path
        self.address = address

    def names(self) -> tuple[str, ...]:
        """The names of all links."""
        return tuple(self._place.ask(self.path, lambda: [str(name) for name in self._thing]))

    def get(self, name: str) -> Group | Dataset | None:
        """The group or dataset behind the link ``name``; see ``Group.get``."""
        place, path = self._place, f"{self.path.rstrip('/')}/{name}"
        link = place.ask(self.path, lambda: _inner(self._thing, "_links").get(name))
        if link is None:
            return None
        if not isinstance(link, int):
            raise UnsafeFile("Links of this kind are never followed", where=f"{place.name}, {path}", found=repr(link))
        thing = place.ask(path, lambda: self._thing.get_lazy_view(name))
        if hasattr(thing, "keys"):
            return FallbackGroup(place, thing, path, link)
        objects = place.ask(path, lambda: _inner(self._thing.file, "_get_dataobjects")(link))
        if place.ask(path, lambda: objects.find_msg_type(EXTERNAL_FILES)):
            raise UnsafeFile(
                "The data of this dataset is in another file, which is never opened", where=f"{place.name}, {path}"
            )
        return FallbackDataset(place, thing, path, link) if hasattr(thing, "shape") else None

    def children(self) -> dict[str, Group | Dataset]:
        """All groups and datasets by name."""
        found = {name: self.get(name) for name in self.names()}
        return {name: child for name, child in found.items() if child is not None}

    def attribute(self, name: str) -> Value | None:
        """The value of an attribute; see ``Group.attribute``."""
        return _attribute(self._place, self._thing, self.path, name)

    def attribute_names(self) -> tuple[str, ...]:
        """The names of all attributes."""
        return _attribute_names(self._place, self._thing, self.path)


class FallbackDataset(Dataset):
    """A dataset as pyfive sees it; see ``Dataset``.  Its stored bytes are not known."""

    __slots__ = ("_place", "_thing")

    def __init__(self, place: _Place, thing: Any, path: str, address: int) -> None:
        self._place = place
        self._thing = thing
        self.path = path
        self.address = address
        self.shape = place.ask(path, lambda: tuple(int(size) for size in thing.shape or ()))
        dtype = place.ask(path, lambda: thing.dtype)
        self.dtype = place.ask(path, lambda: _dtype_name(dtype))
        self.itemsize = place.ask(path, lambda: int(dtype.itemsize))
        self.declared_bytes = prod(self.shape) * self.itemsize
        self.stored_bytes = None
        self.allocated = True
        if self.declared_bytes > BOMB_BYTES and self.declared_bytes > BOMB_RATIO * place.size:
            raise UnsafeFile(
                "The dataset declares far more data than the file could hold",
                where=f"{place.name}, {path}",
                found=f"{self.declared_bytes} bytes in a file of {place.size}",
            )

    def attribute(self, name: str) -> Value | None:
        """The value of an attribute; see ``Dataset.attribute``."""
        return _attribute(self._place, self._thing, self.path, name)

    def attribute_names(self) -> tuple[str, ...]:
        """The names of all attributes."""
        return _attribute_names(self._place, self._thing, self.path)


def _dtype_name(dtype: Any) -> str:
    """A NumPy dtype in the names of the built-in reader; pyfive says in its metadata what NumPy has no type for."""
    facts = dict(dtype.metadata or {})
    if "vlen" in facts:
        return "string" if facts["vlen"] in (str, bytes) else "vlen"
    if "enum" in facts:
        return "bool" if facts["enum"] == {"FALSE": 0, "TRUE": 1} else "enum"
    if facts.get("h5py_class") == "REFERENCE":
        return "reference"
    if dtype.kind in "SU":
        return "string"
    if dtype.kind == "V":
        return "compound" if dtype.names else f"opaque{dtype.itemsize}"
    return str(dtype.name)


def _attribute(place: _Place, thing: Any, path: str, name: str) -> Value | None:
    values = place.ask(f"attribute {name} of {path}", lambda: thing.attrs)
    return _plain(values[name]) if name in values else None


def _attribute_names(place: _Place, thing: Any, path: str) -> tuple[str, ...]:
    return tuple(place.ask(f"attributes of {path}", lambda: [str(name) for name in thing.attrs]))


def _plain(value: Any) -> Value:
    """A value of NumPy as plain Python; arrays become flat lists."""
    if hasattr(value, "ravel") and value.shape:
        value = value.ravel().tolist()
    elif hasattr(value, "item"):
        value = value.item()
    if isinstance(value, list):
        items = [_scalar(item) for item in value]
        odd = [item for item in items if isinstance(item, Unreadable)]
        return odd[0] if odd else [item for item in items if not isinstance(item, Unreadable)]
    return _scalar(value)


def _scalar(value: Any) -> str | int | float | bool | Unreadable:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (str, int, float, bool)):
        return value
    return Unreadable(f"the type {type(value).__name__}")
