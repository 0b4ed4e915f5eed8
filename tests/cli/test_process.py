"""The command line as a process of its own: what it imports, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SHOW = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import builders, paramcount.api
paramcount.api.count = lambda path, **_: builders.ALL[path]()
sys.argv = ["paramcount", *sys.argv[1:]]
from paramcount.cli.main import run
"""

IMPORTED = """
import sys
from paramcount.cli.main import main
from paramcount.cli import show
from paramcount.model import Layer, Model, Role, Source, Variable
from paramcount.report import Report

part = Layer("d", "Dense", "d", (Variable("d/w", (2, 3), "float32", Role.TRAINABLE, "", "", "d/w"),))
model = Model(Layer("m", "Sequential", "", (), (part,)), Source("m", "keras-archive", "Keras archive"))
show.count = lambda path, **_: Report(model)
before = set(sys.modules)
code = main(sys.argv[1:], sys.stdout, sys.stderr)
print(code, *sorted(sys.modules), sep="\\n", file=sys.stderr)
"""

SLOW = (
    "typing", "dataclasses", "pathlib", "shutil", "textwrap", "logging", "inspect", "csv", "html", "rich", "argparse",
    "json", "subprocess", "tempfile", "unicodedata", "numpy", "h5py", "keras", "tensorflow",
)  # fmt: skip
"""What showing plain text must not import: each costs a good part of the whole run."""


def call(code, *argv, **options):
    return subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, check=False, timeout=60, encoding="utf-8", **options
    )


def environment(**more):
    return {**os.environ, "PYTHONUTF8": "1", **more}


def modules(*argv):
    done = call(IMPORTED, *argv, env=environment())
    code, *names = done.stderr.splitlines()
    assert code == "0"
    return set(names)


def test_plain_text_imports_nothing_slow():
    """Counting and showing a model in plain text imports none of the slow modules."""
    assert modules("m") & set(SLOW) == set()


def test_that_test_can_fail():
    """Other forms do import what they need, and only that."""
    assert modules("m", "--format", "csv") & set(SLOW) == {"argparse", "csv"}
    assert modules("m", "--format", "json") & set(SLOW) == {"argparse", "json"}
    assert "rich" in modules("m", "--color", "always")


def test_the_process_ends_with_its_code():
    """Output arrives whole although the process ends abruptly."""
    done = call(SHOW + "run()", "dominated", env=environment())
    assert done.returncode == 0
    assert done.stdout.startswith("model.keras · ")
    assert done.stdout.endswith("dense alone\n")


def test_usage_error():
    """Wrong arguments end with 2, nothing on standard output."""
    done = call(SHOW + "run()", "--nonsense", env=environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs pipes that close")
def test_a_reader_that_leaves():
    """`paramcount MODEL | head -0` is quiet: the pipe is closed before anything is written."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", SHOW + "run()", "dominated"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
        env=environment(),
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_ascii_terminal():
    """An output that can carry only ASCII gets plain characters."""
    done = call(SHOW + "run()", "dominated", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "model.keras - Keras 3.15.1 archive" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [80, 160])
def test_on_a_real_terminal(columns):
    """On a pseudo-terminal the report takes the width of that terminal."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {name: value for name, value in environment(TERM="xterm", NO_COLOR="1").items() if name != "COLUMNS"}
    process = subprocess.Popen([sys.executable, "-c", SHOW + "run()", "transfer"], stdout=follower, env=env)
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(leader)
    assert process.wait(60) == 0
    lines = seen.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert any("No room for" in line for line in lines) == (columns == 80)
