"""Golden files: what the output was when somebody last looked at it and found it good.

Run the tests with ``PARAMCOUNT_ACCEPT=1`` to write what they see; then look at the difference before you commit.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "goldens"


def check(name: str, seen: str) -> None:
    """Compare ``seen`` with the golden file ``name``, byte for byte."""
    path = FOLDER / name
    if os.environ.get("PARAMCOUNT_ACCEPT"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seen.encode())
    assert path.exists(), f"{path} is missing: look at the output, then accept it with PARAMCOUNT_ACCEPT=1"
    assert path.read_bytes().decode() == seen
