"""An explanation as data: the contract published in ``docs/explain-schema.json``."""

from __future__ import annotations

from paramcount.notation import latex, sizes, text
from paramcount.report import SCHEMA_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.explaining.records import Item, Line
    from paramcount.explanation import Explanation
    from paramcount.formula import Expression


def render(explanation: Explanation, level: str = "") -> str:
    """The explanation as JSON in ASCII, indented; with its lessons at the level ``teach``."""
    import json

    return json.dumps(explanation_to_dict(explanation, level or "variables"), indent=2) + "\n"


def explanation_to_dict(explanation: Explanation, level: str = "variables") -> dict[str, Any]:
    """The explanation as dicts, lists, strings, exact integers, booleans and None; variables at every level."""
    report = explanation.report
    total = explanation.total
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "source": {
            "path": report.source.path,
            "format": report.source.format,
            "framework": report.source.framework,
            "framework_version": report.source.framework_version,
        },
        "layers": [_line(line) for line in explanation.lines],
        "total": {
            "label": total.label,
            "terms": list(total.terms),
            "rows": total.rows,
            "shown_twice": total.shown_twice,
            "value": total.value,
            "lower_bound": total.lower_bound,
            "note": total.note,
        },
        "findings": [finding._asdict() for finding in report.findings],
    }
    if level == "teach":
        found["lessons"] = _lessons(explanation)
    return found


def _line(line: Line) -> dict[str, Any]:
    from paramcount.render.json import shapes_to_list

    return {
        "path": line.path,
        "class_name": line.layer.class_name,
        "status": line.status,
        "reason": line.reason,
        "note": line.note,
        "calculation": line.calculation,
        "formula": formula_to_dict(line.formula),
        "value": line.value,
        "derived": line.derived,
        "counted_before": line.repeated,
        "shared_with": list(line.shared),
        "input_shape": shapes_to_list(line.layer.input_shape),
        "output_shape": shapes_to_list(line.layer.output_shape),
        "variables": [_item(item) for item in line.items],
    }


def formula_to_dict(formula: Expression | None) -> dict[str, Any] | None:
    """One expression in all notations, with its sizes by name."""
    if formula is None:
        return None
    return {
        "numbers": text(formula),
        "names": text(formula, names=True),
        "latex": latex(formula),
        "latex_names": latex(formula, names=True),
        "sizes": [
            {"name": symbol.name, "number": symbol.number, "kind": symbol.kind}
            for symbol in dict.fromkeys(formula.symbols())
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    variable = item.variable
    axes = variable.axes
    return {
        "path": variable.path,
        "name": item.name,
        "shape": None if variable.shape is None else list(variable.shape),
        "axes": None if axes is None else [text(axis, names=True) for axis in axes],
        "sizes": None if axes is None else sizes(axes),
        "value": item.value,
        "derived": None if item.formula is None else item.formula.value,
        "differs": item.differs,
        "role": variable.role.value,
        "reason": variable.reason,
        "dtype": variable.dtype,
        "counted_before": item.repeated,
    }


def _lessons(explanation: Explanation) -> dict[str, Any]:
    from paramcount.render.lessons import lessons, of_model, without_weights

    return {
        "layers": [
            {
                "path": lesson.line.path,
                "sizes": [{"size": size, "meaning": meaning} for size, meaning in lesson.sizes],
                "sentences": list(lesson.sentences),
            }
            for lesson in lessons(explanation)
        ],
        "model": of_model(explanation) if explanation.total.label == "total" else [],
        "without_weights": [{"layers": names, "reason": why} for names, why in without_weights(explanation)],
    }
