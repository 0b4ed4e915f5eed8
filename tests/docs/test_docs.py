"""Nothing in README and docs can go stale unnoticed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import paramcount
from paramcount.cli.arguments import parser
from paramcount.errors import FAMILY

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), ROOT / "examples" / "README.md", *DOCS.rglob("*.md")])
SLUGS = sorted(error.slug for error in FAMILY)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def headings(path: Path) -> list[str]:
    """The headings of a page, outside its code."""
    prose = re.sub(r"^```.*?^```$", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", prose, re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """The anchors that the headings of a page get where it is shown."""
    plain = [re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings(path)]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check", *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def finding_ids() -> set[str]:
    """The first argument of every ``Finding(…)`` in the source."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Call) and node.args]
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id == "Finding":
                assert isinstance(call.args[0], ast.Constant), f"{path}:{call.lineno}: an id that is not plain text"
                found.add(call.args[0].value)
    return found


def test_every_example_shows_what_it_prints():
    """Commands and Python blocks are run, and their output is compared."""
    done = generate()

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.oracle
def test_every_example_with_keras_shows_what_it_prints():
    """The same for the examples that need Keras, in the version that they show."""
    shown = re.findall(r'KERAS_VERSION = "(.+)"', text_of(DOCS / "generate.py"))
    try:
        installed = version("keras")
    except PackageNotFoundError:
        pytest.skip("Keras is not installed")
    if [installed] != shown:
        pytest.skip(f"the examples are not those of Keras {installed}")
    done = generate("--live")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_option_has_a_section_with_an_example():
    page = text_of(DOCS / "command-line.md")
    options = [action for action in parser()._actions if action.option_strings]

    assert options
    for action in options:
        assert ", ".join(action.option_strings) in headings(DOCS / "command-line.md")
        if action.choices:
            section = page.partition(f"\n## {action.option_strings[-1]}\n")[2].partition("\n## ")[0]
            assert [choice for choice in action.choices if f"`{choice}`" not in section] == []


def test_every_error_has_a_page_and_every_page_an_error():
    pages = sorted(path.stem for path in (DOCS / "errors").glob("*.md") if path.stem != "README")

    assert SLUGS == pages


@pytest.mark.parametrize("error", FAMILY, ids=lambda error: error.slug)
def test_the_page_of_an_error_has_cause_cure_and_a_real_message(error):
    page = text_of(DOCS / "errors" / f"{error.slug}.md")

    assert page.startswith(f"# {error.slug}\n")
    assert "**Cause.**" in page
    assert "**Cure.**" in page
    assert "<!-- run: " in page
    assert "paramcount: fault" not in page
    assert error.slug == "usage" or error.slug in page.partition("<!-- run: ")[2]
    assert f"[{error.slug}]({error.slug}.md) | `{error.__name__}`" in text_of(DOCS / "errors" / "README.md")


def test_every_finding_has_a_section_and_every_section_a_finding():
    sections = re.findall(r"^### (.+)$", text_of(DOCS / "findings.md"), re.MULTILINE)

    assert sorted(finding_ids()) == sorted(sections)


def test_the_section_of_a_finding_says_how_serious_it_is():
    for section in text_of(DOCS / "findings.md").split("\n### ")[1:]:
        name, _, body = section.partition("\n\n")
        assert body.startswith(("Warning", "Note")), name


def test_every_public_name_is_documented():
    page = text_of(DOCS / "python.md")

    assert [name for name in paramcount.__all__ if f"| `{name}` |" not in page] == []
    assert [name for name in paramcount.__all__ if name != "__version__" and f"\n## `{name}" not in page] == []


def test_every_public_attribute_of_a_report_is_documented():
    page = text_of(DOCS / "python.md")
    report = paramcount.count(str(ROOT / "examples" / "two_dense.h5"))
    names = [name for name in dir(report) if not name.startswith("_")]

    assert [name for name in names if f"`{name}`" not in page and f"`{name}(" not in page] == []


@pytest.mark.parametrize("form", sorted(path.stem for path in (DOCS / "formats").glob("*.md")))
def test_every_format_is_linked_from_the_readme_and_the_index(form):
    assert f"docs/formats/{form}.md" in text_of(ROOT / "README.md")
    assert f"formats/{form}.md" in text_of(DOCS / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    prose = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_is_an_orphan(page):
    """Every page is linked from another one."""
    if page == ROOT / "README.md":
        return
    linked = set()
    for other in PAGES:
        if other != page:
            for target in re.findall(r"\]\(([^)\s#]+)", text_of(other)):
                linked.add((other.parent / target).resolve())

    assert page.resolve() in linked


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_of_output_was_made_by_running_something(page):
    """Output that nobody runs is output that nobody checks."""
    blocks = re.findall(r"(?:^(<!-- run: .+? -->)\n+)?^```(text|python)$", text_of(page), re.MULTILINE)
    unmarked = [kind for marker, kind in blocks if kind == "python" and not marker]

    assert unmarked == []
    run = re.compile(r"<!-- run: .+? -->\n+```text\n.*?^```$", re.DOTALL | re.MULTILINE)
    assert "$ paramcount" not in run.sub("", text_of(page))
