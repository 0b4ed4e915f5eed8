"""``python -m paramcount`` is the command line."""

from __future__ import annotations

from paramcount.cli.main import run

if __name__ == "__main__":
    run()
