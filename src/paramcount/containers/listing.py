"""The names in an archive: which folders of it are SavedModels, and which one is meant."""

from __future__ import annotations

from paramcount.errors import NotAModel, UnsafeFile, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MODELS = ("saved_model.pb", "saved_model.pbtxt")
"""What makes a folder a SavedModel."""

SEPARATOR = "::"
"""Between the path of an archive and the folder inside it, where it holds several models."""


def holds_saved_model(names: Iterable[str]) -> bool:
    """Whether one of the members of an archive is that of a SavedModel."""
    return any(name.rpartition("/")[2] in MODELS for name in names)


class Listing:
    """The names in an archive, and which of them belong to the model.

    Attributes:
        files: what the members of the archive are called inside it, to their sizes.
        links: the same of links, to where they lead.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.files: dict[str, int] = {}
        self.links: dict[str, str] = {}

    def models(self) -> list[str]:
        """The folders that are SavedModels, each with a ``/`` behind it; the archive itself is the empty name."""
        homes = {
            name[: -len(model)] for name in (*self.files, *self.links) for model in MODELS if ends_with(name, model)
        }
        found: list[str] = []
        # What lies inside the folder of a model, such as in its `assets.extra`, is a part of it, and is sorted behind.
        for home in sorted(homes):
            if not found or not home.startswith(found[-1]):
                found.append(home)
        return found

    def choose(self, inside: str) -> str:
        """The folder of the model that is meant.

        Raises:
            NotAModel: when there is none.
            UsageError: when there are several.
        """
        found = self.models()
        if inside:
            wanted = normal(inside) + "/"
            if any(wanted + model in self.files or wanted + model in self.links for model in MODELS):
                return wanted
            raise NotAModel(
                f"The archive holds no SavedModel in {inside}", where=self.path, found=_listed(found) or "none at all"
            )
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                "The archive holds several models: which is meant?", where=self.path, found=_listed(found),
                advice=f"Name one, as ARCHIVE{SEPARATOR}FOLDER.",
            )  # fmt: skip
        raise NotAModel(
            "The archive holds no SavedModel", where=self.path,
            found=_listed(self.files) or "no files", expected="a saved_model.pb",
        )  # fmt: skip

    def top(self, home: str) -> list[str]:
        """What stands at the top of the folder ``home``; see ``Folder.names``."""
        inner = [name[len(home) :] for name in self.files if name.startswith(home)]
        return sorted({name.partition("/")[0] + ("/" if "/" in name else "") for name in inner})

    def refuse_link(self, name: str) -> None:
        """Refuse a name that is a link, or lies behind one.

        Raises:
            UnsafeFile: when it does.
        """
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            target = self.links.get("/".join(parts[:end]))
            if target is not None:
                raise UnsafeFile(
                    "A file of the model is a link, and links in an archive are not followed",
                    where=f"{self.path}, member {name}", found=f"a link to {target!r}",
                    advice="Unpack the archive where that does no harm, and name the folder.",
                )  # fmt: skip


def ends_with(name: str, last: str) -> bool:
    """Whether a name is ``last``, or ends with it behind a ``/``."""
    return name.endswith(last) and (len(name) == len(last) or name[-len(last) - 1] == "/")


def normal(name: str) -> str:
    """A name inside an archive without ``.`` and needless ``/``; empty for one that leads out of it, or nowhere."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0]):
        return ""
    return "/".join(parts)


def called(path: str, home: str) -> str:
    """The name of the folder ``home`` of an archive."""
    return path + SEPARATOR + home.rstrip("/") if home else path


def _listed(names: Iterable[str]) -> str:
    """A few names, in words."""
    known = [name.rstrip("/")[:80] or "the top of the archive" for name in names]
    return ", ".join(known[:6]) + (", …" if len(known) > 6 else "")
