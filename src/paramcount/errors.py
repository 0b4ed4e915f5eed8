"""The whole family of errors.  Every message says what is wrong, where, what was found and what to do.

Each class carries a stable ``slug``; ``docs/errors/<slug>.md`` gives its cause and its cure.
"""

from __future__ import annotations


class ParamcountError(Exception):
    """Base of every error that paramcount raises on purpose.

    Attributes:
        slug: stable identifier, also the name of its documentation page.
        what: one sentence, the problem itself.
        where: the file, member, group or byte offset concerned; empty when there is none.
        found: what was there.
        expected: what should have been there.
        advice: what the user can do.
    """

    slug = "error"
    advice = ""

    def __init__(self, what: str, *, where: str = "", found: str = "", expected: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.advice = advice or type(self).advice
        super().__init__(what)

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.found and self.expected:
            parts.append(f"Found {self.found}, expected {self.expected}.")
        elif self.found:
            parts.append(f"Found {self.found}.")
        elif self.expected:
            parts.append(f"Expected {self.expected}.")
        if self.advice:
            parts.append(self.advice)
        return " ".join(part if part.endswith((".", "?", "!")) else part + "." for part in parts)

    def at(self, where: str) -> ParamcountError:
        """The same error with the place ``where`` in front of the place it already names."""
        self.where = f"{where}: {self.where}" if self.where else where
        return self


class SourceMissing(ParamcountError):
    """Nothing is at the path that was given."""

    slug = "source-missing"
    advice = "Check the path; only handles of TensorFlow Hub or Kaggle and addresses of archives are fetched."


class SourceUnreadable(ParamcountError):
    """The operating system refuses to give the bytes (permissions, a device, an I/O error)."""

    slug = "source-unreadable"
    advice = "Check the permissions of the file, and that it is an ordinary file or folder."


class EmptyFile(ParamcountError):
    """The file has no bytes."""

    slug = "empty-file"
    advice = "The download or the save was cut off before anything was written; fetch or save it again."


class LfsPointer(ParamcountError):
    """The file is a Git LFS pointer, not the model."""

    slug = "lfs-pointer"
    advice = "Run `git lfs pull` in the repository to fetch the real file."


class NotAModel(ParamcountError):
    """The bytes are readable, but hold no model."""

    slug = "not-a-model"
    advice = "Name the file or folder that holds the model itself."


class UnsupportedFormat(ParamcountError):
    """The bytes are of a format that this version does not read; the message names it."""

    slug = "unsupported-format"
    advice = "See the list of formats in the README."


class UnsupportedHdf5(ParamcountError):
    """The file uses a part of HDF5 that Keras's writers do not, and that the built-in reader refuses."""

    slug = "unsupported-hdf5"
    advice = "Install the fallback reader with `pip install paramcount[hdf5]` and count it again."


class TruncatedFile(ParamcountError):
    """A structure points beyond the end of the file."""

    slug = "truncated-file"
    advice = "The file is cut off or damaged; fetch or save it again."


class CorruptFile(ParamcountError):
    """A structure contradicts itself, or what the format allows."""

    slug = "corrupt-file"
    advice = "The file is damaged, or is none of what it looks like; fetch or save it again."


class UnsafeFile(ParamcountError):
    """The file asks for something that a reader must not do: follow a link out of the file, unpack a bomb."""

    slug = "unsafe-file"
    advice = "Do not load this file with other tools before you know where it comes from."


class LimitExceeded(ParamcountError):
    """The file is larger, deeper or has more parts than the reader accepts."""

    slug = "limit-exceeded"
    advice = "If the file is genuine, please report it with its format and the number in this message."


class UnsupportedObject(ParamcountError):
    """The object handed to ``count`` is neither a path nor a model that paramcount knows."""

    slug = "unsupported-object"
    advice = "Pass a model, layer or module in memory, or the path of a stored model."


class CannotBuild(ParamcountError):
    """The model could not be built from the input shape that was given."""

    slug = "cannot-build"
    advice = "Check that `input_shape` is what the model's call takes, without the batch axis."


class BeyondTypedModels(ParamcountError):
    """Python source does more than define a model of known layers; it is read, never executed."""

    slug = "beyond-typed-models"
    advice = (
        "Name the function that builds the model instead, as `package.module:function`: that is imported and called."
    )


class CallableFailed(ParamcountError):
    """The function that was named to build a model cannot be found, or does not build one."""

    slug = "callable-failed"
    advice = "Check the name, and that the function runs by itself."


class FetchFailed(ParamcountError):
    """A model that was named by its address or handle could not be fetched."""

    slug = "fetch-failed"
    advice = "Check the address and the connection; a model that lies on this machine is read without one."


class UsageError(ParamcountError):
    """An option or argument is not one that the command or function takes."""

    slug = "usage"
    advice = "See `paramcount --help`."


FAMILY: tuple[type[ParamcountError], ...] = (
    SourceMissing, SourceUnreadable, EmptyFile, LfsPointer, NotAModel, UnsupportedFormat, UnsupportedHdf5,
    TruncatedFile, CorruptFile, UnsafeFile, LimitExceeded, UnsupportedObject, CannotBuild,
    BeyondTypedModels, CallableFailed, FetchFailed, UsageError,
)  # fmt: skip
"""Every error there is, in the order of the documentation."""
