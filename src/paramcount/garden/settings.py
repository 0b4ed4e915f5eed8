"""Settings in the Model Garden's own syntax, and files of them, onto the configuration of an experiment.

Runs in the worker, where the package brings PyYAML and its parser of ``a.b.c=value``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from paramcount.errors import UsageError
from paramcount.live.building import reason
from paramcount.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARSER = "official.modeling.hyperparams.params_dict"
SYNTAX = "a.b.c=value, several with commas between them, or {a: {b: {c: value}}}"


def apply(config: Any, files: Sequence[tuple[str, str]], settings: Sequence[str]) -> list[Finding]:
    """Set in ``config`` what the files say, in order, and then what the settings say.

    Args:
        config: the configuration of the experiment.
        files: name and text of each file.
        settings: texts of settings.

    Returns:
        What to say about settings that change nothing.

    Raises:
        UsageError: when a text is not in the syntax, or sets what the configuration does not have.
    """
    given = [(f"--config {name}", _of_file(name, text)) for name, text in files]
    given += [(f"--set {text}", _of_text(text)) for text in settings]
    for origin, values in given:
        _check(config, values, "", origin)
        try:
            config.override(values, is_strict=True)
        except Exception as error:
            raise UsageError(
                f"{origin}: the Model Garden refuses this: {reason(error)}", advice=_top(config)
            ) from error
    return [finding for _, values in given for finding in _without_effect(config, values, "")]


def _of_file(name: str, text: str) -> dict[str, Any]:
    values = _yaml(text, f"--config {name}")
    if not isinstance(values, dict):
        raise UsageError(f"--config {name}: this file holds no settings", expected="YAML such as `task: {model: …}`")
    return values


def _of_text(text: str) -> dict[str, Any]:
    """The settings of one ``--set``, by the parser that reads ``--params_override`` in the package."""
    parser: Any = importlib.import_module(PARSER)
    try:
        converted = parser.nested_csv_str_to_json_str(text)
    except ValueError:
        converted = text
    values = _yaml(converted, f"--set {text}")
    if not isinstance(values, dict) or not values:
        raise UsageError(f"--set {text}: this is no setting", expected=SYNTAX)
    return values


def _yaml(text: str, origin: str) -> Any:
    """YAML without tags that make objects, with numbers such as 1e-3 as the package reads them."""
    yaml: Any = importlib.import_module("yaml")
    theirs: Any = importlib.import_module(PARSER)._LOADER  # noqa: SLF001 - it has the numbers, and nothing else does
    loader = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": theirs.yaml_implicit_resolvers})
    try:
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise UsageError(f"{origin}: this is not YAML: {reason(error)}", expected=SYNTAX) from error


def _check(config: Any, values: dict[str, Any], above: str, origin: str) -> None:
    """Refuse keys that are not there, with the place and what there is.

    Raises:
        UsageError: for the first of them.
    """
    for key, value in values.items():
        place = f"{above}.{key}" if above else str(key)
        have = _keys(config)
        if key not in have:
            from paramcount.catalog.garden import near

            raise UsageError(
                f"{origin}: there is no {place}",
                advice=near(str(key), have) or f"{above or 'The experiment'} has {', '.join(have)}.",
            )
        inside = getattr(config, key)
        if isinstance(value, dict) and hasattr(inside, "override"):
            _check(inside, value, place, origin)
        elif hasattr(inside, "override") and value is not None:
            raise UsageError(
                f"{origin}: {place} is a group of settings, not a value", advice=f"It has {', '.join(_keys(inside))}."
            )


def _keys(config: Any) -> list[str]:
    """What may be set in a group of settings; of alternatives all, although ``as_dict`` gives the chosen one only."""
    reserved = set(getattr(type(config), "RESERVED_ATTR", ()))
    return sorted(key for key in vars(config) if not key.startswith("_") and key not in reserved)


def _top(config: Any) -> str:
    return f"The experiment has {', '.join(_keys(config))}."


def _without_effect(config: Any, values: dict[str, Any], above: str) -> Iterator[Finding]:
    """Settings of one alternative while another is chosen, such as those of a MobileNet under a ResNet."""
    chosen = getattr(config, "type", None) if _is_choice(config) else None
    for key, value in values.items():
        place = f"{above}.{key}" if above else str(key)
        if chosen is not None and key not in ("type", chosen):
            yield Finding(
                "setting-without-effect",
                "warning",
                place,
                f"{above}.type is {chosen}: what {place} sets is not used.",
                f"Set {above}.type={key} too if that is meant.",
            )
        elif isinstance(value, dict) and hasattr(getattr(config, key, None), "override"):
            yield from _without_effect(getattr(config, key), value, place)


def _is_choice(config: Any) -> bool:
    return any(cls.__name__ == "OneOfConfig" for cls in type(config).__mro__)
