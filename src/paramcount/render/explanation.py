"""An explanation as text and for terminals."""

from __future__ import annotations

from paramcount.render.explanation_rows import layer_rows, rows
from paramcount.render.options import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.explanation import Explanation
    from paramcount.render.options import Options


def render(explanation: Explanation, level: str = "", options: Options = DEFAULT) -> str:
    """The explanation as text, ending in a newline; without a level at the one that suits its size."""
    found = rows(explanation, level or explanation.level, options.width)
    return coloured(found) if options.color else plain(found)


def render_layer(explanation: Explanation, level: str, options: Options = DEFAULT) -> str:
    """One layer alone: its calculation with its output shape, then what the level adds."""
    found = layer_rows(explanation, level, options.width)
    return coloured(found) if options.color else plain(found)


def plain(lines: list[list[tuple[str, str]]]) -> str:
    """Lines without their styles."""
    return "".join(["".join([text for text, _ in line]).rstrip() + "\n" for line in lines])


def coloured(lines: list[list[tuple[str, str]]]) -> str:
    """Lines with the colours of a terminal."""
    from rich.text import Text

    from paramcount.render.options import Options
    from paramcount.render.terminal import ROOMY, STYLES, printed

    parts = [Text.assemble(*[(text, STYLES.get(style, "")) for text, style in line]) for line in lines]
    return printed(list(parts), ROOMY, Options(color=True))
