"""Keeps the examples in README and docs true: ``python docs/generate.py`` runs them and writes what they print.

A block is marked by a comment, which says what runs:

    <!-- run: paramcount examples/recurrent.keras -->    a command; the fenced block below holds it and its output
    <!-- run: python -->                                 the Python block below; a text block below it, its output
    <!-- run: python keras -->                           the same, for code that needs Keras; only with --live

Everything runs in a folder that holds ``examples/``, ``docs/samples/`` and ``derived/`` (see
``docs/samples/derive.py``).  The Python blocks of a page run in its order and share their names.  With ``--check``
nothing is written, and the exit code is 1 when something would be.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib.util
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
KERAS_VERSION = "3.15.1"
"""The version of Keras that the live examples show."""

BLOCK = re.compile(
    r"(?P<marker>^<!-- run: (?P<run>[^\n]+?) -->\n+)"
    r"```(?P<language>\w+)\n(?P<body>.*?)^```\n"
    r"(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def pages() -> list[Path]:
    """Every page that may hold a block."""
    return [*sorted(HOME.glob("*.md")), HOME / "examples" / "README.md", *sorted((HOME / "docs").rglob("*.md"))]


def command(line: str) -> str:
    """What ``$ line`` shows: the line itself, and the output of paramcount on both streams."""
    from paramcount.cli.main import main

    arguments = shlex.split(line)
    if arguments[0] != "paramcount":
        raise SystemExit(f"only paramcount can be run: {line}")
    stream = io.StringIO()
    main(arguments[1:], stream, stream)
    return f"$ {line}\n{stream.getvalue()}"


def python(code: str, names: dict[str, Any]) -> str:
    """What ``code`` prints."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, "<docs>", "exec"), names)  # noqa: S102 - the pages are ours
    return stream.getvalue()


def rewritten(text: str, *, live: bool) -> str:
    """``text`` with every block as it should be; blocks that need Keras stay as they are unless ``live``."""
    names: dict[str, Any] = {"__name__": "docs"}

    def block(match: re.Match[str]) -> str:
        run = match["run"]
        if run.startswith("paramcount"):
            return f"{match['marker']}```text\n{command(run)}```\n" + _kept(match)
        if run == "python keras" and not live:
            return match[0]
        if run not in ("python", "python keras"):
            raise SystemExit(f"this marker is not known: {run}")
        printed = python(match["body"], names)
        shown = f"\n```text\n{printed}```\n" if printed else ""
        return f"{match['marker']}```python\n{match['body']}```\n{shown}"

    return BLOCK.sub(block, text)


def _kept(match: re.Match[str]) -> str:
    """A text block that stands below a command belongs to nobody here."""
    return "" if match["output"] is None else f"\n```text\n{match['output']}```\n"


@contextlib.contextmanager
def stage() -> Any:
    """A folder with everything that the examples read, as the current one, in a neutral environment."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        os.environ.pop(name, None)
    os.environ.update(COLUMNS="100", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
    # The examples show what is seen without the optional reader.
    sys.modules.setdefault("pyfive", None)  # type: ignore[arg-type]
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(HOME / "examples", folder / "examples")
        shutil.copytree(HOME / "docs" / "samples", folder / "docs" / "samples")
        shutil.copy(HOME / "docs" / "schema.json", folder / "docs" / "schema.json")
        spec = importlib.util.spec_from_file_location("derive", HOME / "docs" / "samples" / "derive.py")
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018
        derive = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(derive)
        derive.main(folder)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def main() -> int:
    """Rewrite or check every page; 1 when a check found a difference."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--check", action="store_true", help="write nothing; fail when something differs")
    options.add_argument("--live", action="store_true", help="run the blocks that need Keras too")
    options.add_argument("pages", nargs="*", type=Path, help="only these pages")
    asked = options.parse_args()
    chosen = [page.resolve() for page in asked.pages] or pages()
    stale = False
    with stage():
        for page in chosen:
            text = page.read_text(encoding="utf-8")
            if asked.live and "<!-- run: python keras -->" in text:
                _fresh_keras()
            made = rewritten(text, live=asked.live)
            if made == text:
                continue
            stale = True
            name = page.relative_to(HOME).as_posix()
            if asked.check:
                sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), made.splitlines(True), name, name))
            else:
                page.write_text(made, encoding="utf-8")
                print(f"rewritten: {name}")
    if asked.check and stale:
        print("Run `python docs/generate.py --live` and look at the difference.")
    return int(asked.check and stale)


def _fresh_keras() -> None:
    """Let the names of layers begin anew on every page."""
    import keras

    if keras.__version__ != KERAS_VERSION:
        raise SystemExit(f"the live examples are those of Keras {KERAS_VERSION}, and this is {keras.__version__}")
    keras.utils.clear_session(free_memory=False)


if __name__ == "__main__":
    sys.exit(main())
