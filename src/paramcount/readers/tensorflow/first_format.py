"""Checkpoints of the first format, which TensorFlow wrote before there were bundles: one table, or one a shard.

The first entry of each table describes all tensors that it holds a part of.
"""

from __future__ import annotations

from paramcount.containers.leveldb import first
from paramcount.containers.protobuf import fields, message, text
from paramcount.errors import CorruptFile, NotAModel
from paramcount.readers.tensorflow.bundle import check_shape, shape_of
from paramcount.readers.tensorflow.dtypes import name_of
from paramcount.readers.tensorflow.name_based import model_of, of_slices
from paramcount.readers.tensorflow.slices import slice_of, uncovered_by
from paramcount.sources.folder import need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.model import Model
    from paramcount.readers.tensorflow.slices import FullShape, Slice
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder
else:
    from paramcount.records import NamedTuple

_FORM = "tf-checkpoint-v1", "TensorFlow checkpoint of the first format"


class V1Tensor(NamedTuple):
    """A tensor of a checkpoint of the first format."""

    name: str
    shape: FullShape
    dtype: str
    slices: tuple[Slice, ...] = ()
    """Which parts of it one file holds."""


def read_v1(source: ByteSource) -> list[V1Tensor]:
    """The tensors of one file of the first format: its first entry describes them all.

    Source: ``tensorflow/core/util/saved_tensor_slice.proto``.
    """
    found = first(source)
    where = source.name
    content = dict(fields(found[1], where)).get(1) if found is not None and not found[0] else None
    if content is None or isinstance(content, int):
        raise NotAModel("This table is no checkpoint of TensorFlow's first format", where=where)
    return [_v1_tensor(message(value, where), where) for number, value in fields(content, where) if number == 1]


def _v1_tensor(data: bytes, where: str) -> V1Tensor:
    name = dtype = ""
    shape: FullShape = ()
    slices: list[Slice] = []
    for number, value in fields(data, where):
        if number == 1:
            name = text(value, where)
        elif number == 2:
            shape = shape_of(message(value, where), where)
        elif number == 3 and isinstance(value, int):
            dtype = name_of(value)
        elif number == 4:
            slices.append(slice_of(message(value, where), where))
    check_shape(shape, f"{where}, {name}")
    return V1Tensor(name, shape, dtype, tuple(slices))


def read_first_format(folder: Folder, prefix: str, names: list[str]) -> Model:
    """The model of a checkpoint of the first format, whose files are ``names`` (``prefixes.v1_files``)."""
    tensors: dict[str, V1Tensor] = {}
    for name in names:
        source = need(folder, name, "A file of the checkpoint is missing")
        for tensor in read_v1(source):
            known = tensors.get(tensor.name)
            if known is not None and (known.shape, known.dtype) != (tensor.shape, tensor.dtype):
                raise CorruptFile("Two files have one tensor in two forms", where=source.name, found=tensor.name)
            slices = (*known.slices, *tensor.slices) if known is not None else tensor.slices
            tensors[tensor.name] = tensor._replace(slices=slices)
    faults = [uncovered_by(name, tensor.shape, list(tensor.slices)) for name, tensor in tensors.items()]
    found = of_slices([fault for fault in faults if fault is not None])
    return model_of(folder, prefix, tensors, found, _FORM)
