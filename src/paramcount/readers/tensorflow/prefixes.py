"""Which checkpoint a path names.

A checkpoint is several files that begin alike, ``ckpt-5.index`` and ``ckpt-5.data-00000-of-00001``; people name it by
what they have in common, by one of the files, by the folder, or by the file ``checkpoint`` in it, which says which of
several is the latest.  Before there were indexes, a checkpoint was one table without an ending, or several shards.
"""

from __future__ import annotations

import os

from paramcount.containers.leveldb import first, is_table
from paramcount.containers.protobuf import fields
from paramcount.errors import EmptyFile, NotAModel, ParamcountError, SourceMissing, SourceUnreadable
from paramcount.sources.folder import LocalFolder, checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.sources.bytesource import ByteSource
    from paramcount.sources.folder import Folder

BUNDLE, V1 = "bundle", "v1"
"""What a table of TensorFlow is: the index of a checkpoint, or a checkpoint of before there were indexes."""

LATEST = "checkpoint"
"""The file that names the latest checkpoint of a folder: the text of a ``CheckpointState``."""
LATEST_LIMIT = 1 << 20
"""Bytes of that file."""
LATEST_KEY = b"model_checkpoint_path"
TABLES_LIMIT = 64
"""Files of a folder that are opened to see whether they are indexes."""

_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}
"""What a letter behind a backslash stands for; every other sign stands for itself."""


def find(path: str) -> tuple[LocalFolder, str] | None:
    """The folder that a checkpoint is in, to be closed by the caller, and what its files begin with.

    None when ``path`` names no checkpoint; that costs a look at the names of files and at the ends of a few.

    Raises:
        NotAModel: when a folder holds several checkpoints, and nothing says which is meant.
        SourceMissing: when the checkpoint that is named is not there, or a part of one is there without its index.
        UnsafeFile: when a name or a link leads out of the folder.
    """
    if os.path.isdir(path):
        folder = LocalFolder(path)
        prefix = _or_close(folder, "")
        if prefix is not None:
            return folder, prefix
        path = path.rstrip(os.sep)
    head, name = os.path.split(path)
    if not name or "\0" in path:
        return None
    folder = LocalFolder(head or ".")
    prefix = _or_close(folder, name)
    return None if prefix is None else (folder, prefix)


def _or_close(folder: LocalFolder, name: str) -> str | None:
    """The checkpoint that ``name`` names in the folder, or the folder itself; closes the folder if there is none."""
    prefix = None
    try:
        prefix = of_name(folder, name) if name else in_folder(folder)
    finally:
        if prefix is None:
            folder.__exit__()
    return prefix


def in_folder(folder: Folder) -> str | None:
    """The checkpoint of a folder: the one that ``checkpoint`` names, or the only one; None when there is none.

    Raises:
        NotAModel: when there are several, and nothing says which is meant.
        SourceMissing: when the one that is named is not there.
    """
    try:
        names = folder.names()
    except SourceUnreadable:
        return None
    if LATEST in names:
        prefix = _latest(folder)
        if prefix is not None:
            return prefix
    indexes = _bundles(folder, names)
    if len(indexes) > 1:
        raise NotAModel(
            "This folder holds several checkpoints, and no file `checkpoint` that says which is the latest",
            where=folder.name, found=_some(indexes), advice="Name one of them.",
        )  # fmt: skip
    return indexes[0].removesuffix(".index") if indexes else None


def of_name(folder: Folder, name: str) -> str | None:
    """The checkpoint that ``name`` belongs to, in one folder; None when it belongs to none.

    Raises:
        SourceMissing: when ``name`` is a shard of one whose index is not there, or the list of one that is not there.
    """
    if name == LATEST:
        return _latest(folder)
    index = _opened(folder, f"{name}.index")
    # A broken index is still what the name means, if nothing else has that name.
    if kind_of(index) == BUNDLE or (index is not None and _opened(folder, name) is None):
        return name
    stem, shard = _without_shard(name)
    if shard and stem.endswith(".data"):
        stem = stem.removesuffix(".data")
        if kind_of(_opened(folder, f"{stem}.index")) == BUNDLE:
            return stem
        if _opened(folder, name) is None:
            return None
        raise SourceMissing(
            "This is a part of a checkpoint whose index is missing", where=f"{folder.name}/{name}",
            expected=f"{stem}.index beside it", advice="Put the index there; it holds all names and shapes.",
        )  # fmt: skip
    for ending in (".index", ".meta"):
        stem = name.removesuffix(ending)
        if stem != name and (kind_of(_opened(folder, f"{stem}.index")) == BUNDLE or v1_files(folder, stem)):
            return stem
    stem = _without_shard(name)[0]
    return stem if v1_files(folder, stem) else None


def v1_files(folder: Folder, prefix: str) -> list[str]:
    """The files of a checkpoint of before there were indexes; none if it is not such a one.

    Raises:
        SourceMissing: when one of its shards is not there.
    """
    if kind_of(_opened(folder, prefix)) == V1:
        return [prefix]
    head, _, last = prefix.rpartition("/")
    if head:
        return []
    try:
        shards = [name for name in folder.names() if name.startswith(f"{last}-") and _without_shard(name)[0] == last]
    except SourceUnreadable:
        return []
    if not shards or kind_of(_opened(folder, shards[0])) != V1:
        return []
    number = int(shards[0].rpartition("-")[2])
    if shards != [f"{last}-{shard:05d}-of-{number:05d}" for shard in range(len(shards))] or len(shards) != number:
        raise SourceMissing(
            "A shard of the checkpoint is missing", where=f"{folder.name}/{prefix}",
            found=_some(shards), expected=f"{number} shards",
        )  # fmt: skip
    return shards


def kind_of(source: ByteSource | None) -> str:
    """``BUNDLE`` or ``V1`` for a table of TensorFlow; empty for anything else, a broken one included."""
    try:
        if source is None or not is_table(source):
            return ""
        found = first(source)
        if found is None or found[0]:
            return ""
        values = dict(fields(found[1], source.name))
    except ParamcountError:
        # What is wrong with it is said by whoever reads it; the name of an index is enough to be taken for one.
        return BUNDLE if source is not None and source.name.endswith(".index") else ""
    # Field 1 is the number of shards in the one, and a message with all names and shapes in the other.
    return V1 if isinstance(values.get(1), bytes) else BUNDLE


def _opened(folder: Folder, name: str) -> ByteSource | None:
    """A file of the folder; None when there is none, or when it is empty or cannot be read."""
    try:
        return folder.open(name)
    except (EmptyFile, SourceUnreadable):
        return None


def _without_shard(name: str) -> tuple[str, bool]:
    """``ckpt.data`` for ``ckpt.data-00000-of-00001``, and whether there was such an ending."""
    stem, ending = name[:-15], name[-15:]
    digits = ending[1:6] + ending[10:]
    is_shard = len(ending) == 15 and ending[0] == "-" and ending[6:10] == "-of-"
    wild = digits[:5] == "?????" and digits[5:].isdigit()
    return (stem, True) if is_shard and stem and (wild or (digits.isascii() and digits.isdigit())) else (name, False)


def _latest(folder: Folder) -> str | None:
    """The checkpoint that the file ``checkpoint`` names; None when the file is something else.

    An absolute path is where the checkpoint was written, often on another machine: its last part is looked for here.
    Where that is not here, but one checkpoint alone, the folder was copied without the others, and that one is meant.
    """
    source = _opened(folder, LATEST)
    if source is None or source.size > LATEST_LIMIT:
        return None
    named = latest_in(source.read(0, source.size))
    if not named:
        return None
    where = f"{folder.name}/{LATEST}"
    plain = named.replace("\\", "/")
    is_absolute = plain.startswith("/") or plain[1:2] == ":"
    prefix = plain.rpartition("/")[2] if is_absolute else checked(named, where)
    prefix = _without_shard(prefix)[0].removeprefix("./")
    if prefix and (kind_of(_opened(folder, f"{prefix}.index")) == BUNDLE or v1_files(folder, prefix)):
        return prefix
    indexes = _bundles(folder, folder.names())
    if len(indexes) == 1:
        return indexes[0].removesuffix(".index")
    there = f"; there are {_some(indexes)}" if indexes else ""
    raise SourceMissing(
        "The latest checkpoint of this folder is not in it", where=where, found=f"the name {named!r}{there}",
        expected=f"{prefix}.index", advice="Name one of the checkpoints that are there." if indexes else "",
    )  # fmt: skip


def _bundles(folder: Folder, names: list[str]) -> list[str]:
    """The indexes among the files of a folder; where there are very many, all that are called so."""
    indexes = [name for name in names if name.endswith(".index")]
    if len(indexes) <= TABLES_LIMIT:
        indexes = [name for name in indexes if kind_of(_opened(folder, name)) == BUNDLE]
    return indexes


def latest_in(data: bytes) -> str:
    """The path in the text of a ``CheckpointState``; empty when there is none."""
    for line in data.splitlines():
        key, colon, value = line.strip().partition(b":")
        value = value.strip()
        if key.strip() == LATEST_KEY and colon and value[:1] in (b'"', b"'") and value[-1:] == value[:1]:
            try:
                return _unescaped(value[1:-1]).decode("utf-8")
            except UnicodeDecodeError:
                return ""
    return ""


def _unescaped(value: bytes) -> bytes:
    """A quoted text with what its backslashes stand for; numbers are octal, as TensorFlow writes them."""
    parts, at = [], 0
    while at < len(value):
        one = value[at : at + 1]
        digits = value[at + 1 : at + 4]
        if one != b"\\":
            parts.append(one)
            at += 1
        elif len(digits) == 3 and all(digit in b"01234567" for digit in digits):
            parts.append(bytes((int(digits, 8) & 0xFF,)))
            at += 4
        else:
            parts.append(_ESCAPES.get(digits[:1], digits[:1]))
            at += 2
    return b"".join(parts)


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
