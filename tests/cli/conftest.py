"""The command line on models made by hand: the path names the model, so that no file is needed."""

from __future__ import annotations

from io import StringIO

import pytest

import builders
from paramcount import errors
from paramcount.cli import show
from paramcount.cli.main import main


def fake_count(path, **_):
    if path == "truncated.keras":
        raise errors.TruncatedFile("the header ends early", where="metadata.json")
    if path == "fault.keras":
        raise ValueError("boom\x1b[2J")
    if path == "interrupted.keras":
        raise KeyboardInterrupt
    report = builders.ALL[path.partition(".")[0]]()
    return type(report)(report.model._replace(source=report.source._replace(path=path)))


class Result:
    """Exit code, standard output and standard error of one call."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch):
    """Runs the command line in this process, reading nothing."""
    monkeypatch.setattr(show, "count", fake_count)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv, stdout=None):
        out, err = stdout or StringIO(), StringIO()
        code = main(argv, out, err)
        return Result(code, out.getvalue(), err.getvalue())

    return call
