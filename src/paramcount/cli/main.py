"""Entry point of the command line: picks the command, and turns errors into messages and exit codes."""

from __future__ import annotations

import os
import sys

from paramcount.cli.request import request_of
from paramcount.cli.terminal import write
from paramcount.errors import ParamcountError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

OK, CHECK_FAILED, UNREADABLE, FAULT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
"""Exit codes.  The last two are what a shell reports for SIGINT and SIGPIPE."""

COMMANDS = ("show", "explain", "layer", "garden")
"""Every command; without one, the arguments are those of ``show``."""

HOME = "https://github.com/paramcount/paramcount"


def main(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Run the command line ``argv`` (without the program's name) and return its exit code."""
    debug = "--debug" in argv
    try:
        return _dispatch(list(argv), stdout, stderr, debug=debug)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    # Whatever else happens is our fault or the disk's: it is told in one line, not thrown at the user.
    except Exception as error:  # noqa: BLE001
        return complain(stderr, "", error, debug=debug)


def _dispatch(argv: list[str], stdout: TextIO, stderr: TextIO, *, debug: bool) -> int:
    command = argv[0] if argv and argv[0] in COMMANDS else ""
    if command == "explain":
        from paramcount.cli import explain

        return explain.run(argv[1:], stdout, lambda path, error: complain(stderr, path, error, debug=debug))
    if command == "layer":
        from paramcount.cli import layer

        return layer.run(argv[1:], stdout)
    if command == "garden":
        from paramcount.cli import garden

        return garden.run(argv[1:], stdout, lambda found: _show(found, stdout, stderr, debug=debug))
    return _show(argv[1:] if command else argv, stdout, stderr, debug=debug)


def _show(argv: list[str], stdout: TextIO, stderr: TextIO, *, debug: bool) -> int:
    """``paramcount MODEL ...``."""
    request = request_of(argv)
    if request.help:
        from paramcount.cli.arguments import parser

        write(stdout, parser().format_help())
        return OK
    if request.version:
        from paramcount import __version__

        write(stdout, f"paramcount {__version__}\n")
        return OK
    if not request.models:
        raise UsageError("no MODEL was named")
    from paramcount.cli import show

    return show.run(request, stdout, lambda path, error: complain(stderr, path, error, debug=debug))


def complain(stderr: TextIO, path: str, error: Exception, *, debug: bool = False) -> int:
    """Say on ``stderr`` what went wrong with ``path``, and return the exit code for it."""
    if isinstance(error, BrokenPipeError):
        raise error
    if debug:
        import traceback

        write(stderr, "".join(traceback.format_exception(error)))
    if isinstance(error, ParamcountError):
        write(stderr, _message(path, error))
        return UNREADABLE
    if isinstance(error, OSError) and not path:
        write(stderr, f"paramcount: error: the output could not be written: {_clean(error.strerror or error)}\n")
        return UNREADABLE
    where = f"{_clean(path)}: " if path else ""
    hint = "" if debug else " and the output of --debug"
    write(
        stderr,
        f"paramcount: fault: {where}{type(error).__name__}: {_clean(error)}\n"
        f"  This is a fault in paramcount, not in your file.  Please report it with this line{hint}:\n"
        f"  {HOME}/issues\n",
    )
    return FAULT


def _message(path: str, error: ParamcountError) -> str:
    text = str(error)
    if path and path not in text:
        text = f"{path}: {text}"
    message = f"paramcount: error: {_clean(text)}\n"
    if isinstance(error, UsageError):
        return message
    return f"{message}  [{error.slug}] {HOME}/blob/main/docs/errors/{error.slug}.md\n"


def _clean(text: object) -> str:
    """One line that cannot steer a terminal: what an error quotes may come from the file."""
    from paramcount.render.document import printable

    return printable(" ".join(str(text).split()))


def run() -> None:
    """Run the command line of this process, and end the process."""
    import gc

    # One short process: what a collection would find is freed by its end anyway.
    gc.disable()
    try:
        code = main(sys.argv[1:], sys.stdout, sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = PIPE_CLOSED
    except OSError as error:
        code = complain(sys.stderr, "", error)
    # Everything is written and nothing is open for writing: taking the interpreter down in order would free,
    # object by object, memory that the operating system takes back at once.
    os._exit(code)
