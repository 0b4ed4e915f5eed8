"""The commands that the README gives are the ones that continuous integration runs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readmes_test_command_is_the_one_that_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*pytest.*$", readme, re.MULTILINE)

    assert len(commands) == 1
    assert commands[0] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_no_file_names_a_registry_host_or_a_path_of_a_machine():
    """Lock files and examples travel: nothing in them may point at the machine that made them."""
    hosts = ("py" + "pi.org", "python" + "hosted.org", "/ro" + "ot/", "/wo" + "rk/", "/tm" + "p/")
    texts = [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.txt"), *(ROOT / "docs").rglob("*.md")]
    found = [f"{path.name}: {host}" for path in texts for host in hosts if host in path.read_text(encoding="utf-8")]

    assert found == []
