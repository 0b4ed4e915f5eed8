"""Small pieces of Markdown for ``layer_pages.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def link(class_name: str, page: str) -> str:
    """A link to the section of a layer."""
    return f"[{class_name}]({page}.md#{class_name.lower()})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def bracket(shape: tuple[int | None, ...] | None) -> str:
    """A shape with its sizes, without the comma that Python puts behind a single one."""
    return "(?)" if shape is None else f"({', '.join(map(str, shape))})"


def listed(parts: Iterable[str]) -> str:
    """``a, b and c``."""
    found = list(parts)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def joined(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"
