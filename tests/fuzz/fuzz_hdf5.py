"""Fuzz entry of the HDF5 reader: ``python tests/fuzz/fuzz_hdf5.py --inputs 200000``.

``one_input`` may be handed to any fuzzer: whatever the bytes, only a ``ParamcountError`` may come out.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramcount.containers.hdf5 import Dataset, Group, open_hdf5
from paramcount.errors import ParamcountError
from paramcount.sources.bytesource import MemoryBytes

if TYPE_CHECKING:
    from collections.abc import Callable


def one_input(data: bytes) -> None:
    """Walk everything that ``data`` holds, as a reader would, going on after an error as far as that is possible."""
    seen: set[int] = set()
    waiting: list[Group] = [open_hdf5(MemoryBytes(data, "fuzzed"))]
    errors: list[ParamcountError] = []
    while waiting:
        group = waiting.pop()
        if group.address not in seen:
            seen.add(group.address)
            attempt(errors, read_attributes, group)
            for name in attempt(errors, group.names) or ():
                attempt(errors, visit, group, name, waiting)
    if errors:
        raise errors[0]


def attempt(errors: list[ParamcountError], action: Callable[..., Any], *arguments: Any) -> Any:
    """The result of ``action``; None when it fails, and then the error is added to ``errors``."""
    try:
        return action(*arguments)
    except ParamcountError as error:
        errors.append(error)
        return None


def visit(group: Group, name: str, waiting: list[Group]) -> None:
    """One link: a dataset is checked, a group waits for its turn."""
    child = group.get(name)
    if isinstance(child, Dataset):
        check(child)
        read_attributes(child)
    elif child is not None:
        waiting.append(child)


def read_attributes(thing: Group | Dataset) -> None:
    """Every attribute, by its name and by one that is looked for everywhere."""
    for name in thing.attribute_names():
        thing.attribute(name)
    thing.attribute("name")


def check(dataset: Dataset) -> None:
    """What every dataset promises, whatever the file says."""
    assert all(type(size) is int and size >= 0 for size in dataset.shape)
    assert isinstance(dataset.dtype, str)
    assert dataset.dtype
    assert dataset.declared_bytes >= 0
    assert dataset.stored_bytes is None or dataset.stored_bytes >= 0


def seeds() -> list[bytes]:
    """Small files of each kind that h5py writes."""
    import h5py

    made = []
    for libver, tracked in (("earliest", False), ("earliest", True), ("latest", False), ("latest", True)):
        for fill in (_fill_layers, _fill_types, _fill_many):
            buffer = io.BytesIO()
            with h5py.File(buffer, "w", libver=libver, track_order=tracked) as file:
                fill(file)
            made.append(buffer.getvalue())
    return made


def _fill_layers(file: Any) -> None:
    import numpy as np

    for name in ("dense", "dense_1"):
        group = file.create_group(f"layers/{name}/vars")
        group.attrs["name"] = name
        group["0"] = np.zeros((2, 3), "float32")
        group["1"] = np.zeros(3, "float32")
    file.attrs["layer_names"] = [b"dense", b"dense_1"]
    file.attrs["model_config"] = '{"class_name": "Sequential"}'


def _fill_types(file: Any) -> None:
    import h5py
    import numpy as np

    kinds = ("?", "complex64", "V2", "S3", "int64", h5py.string_dtype(), h5py.enum_dtype({"A": 1}), [("a", "f4")])
    for index, kind in enumerate(kinds):
        file.create_dataset(str(index), shape=(2,), dtype=kind)
    file.create_dataset("chunked", data=np.ones((4, 4)), chunks=(2, 2), compression="gzip")
    file.create_dataset("array", shape=(2,), dtype=np.dtype(("f4", (2, 3))))
    file["soft"] = h5py.SoftLink("/0")
    file["external"] = h5py.ExternalLink("other.h5", "/")
    file["type"] = np.dtype("float32")
    file.create_dataset("committed", shape=(2,), dtype=file["type"])


def _fill_many(file: Any) -> None:
    for index in range(40):
        file.create_group(f"g{index}").attrs["i"] = index
        file.attrs[f"a{index}"] = f"value {index}"
    file.attrs["large"] = b"x" * 5000


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from mutate import run

    run(one_input, seeds(), __doc__)
