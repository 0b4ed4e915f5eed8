"""A ``Model`` as plain JSON and back, for the way from the worker process and for the catalog.

Records become lists of their fields, and the formulas of shapes become lists with a letter in front.  Nothing that
is read back can run code, which a pickle could.
"""

from __future__ import annotations

from paramcount.formula import Expression, Number, Product, Quotient, Sum, Symbol
from paramcount.model import OTHER_ROLES, PARAMETER_ROLES, Finding, Layer, Model, Role, Source, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROLES = {role.value: role for role in (*PARAMETER_ROLES, *OTHER_ROLES)}
_PLAIN_UP_TO = 5
"""Variables end with fields that most do not use; without these, a variable has this many entries."""


def encoded(model: Model) -> dict[str, Any]:
    """What ``json.dumps`` takes, and ``decoded`` turns into an equal model again."""
    return {
        "root": _layer(model.root),
        "source": list(model.source),
        "others": [_variable(variable, "") for variable in model.others],
        "findings": [list(finding) for finding in model.findings],
    }


def decoded(data: dict[str, Any]) -> Model:
    """The model that ``encoded`` was given.

    Raises:
        ValueError, TypeError, KeyError, IndexError: when the data is not of that form.
    """
    return Model(
        _to_layer(data["root"], ""),
        Source(*data["source"]),
        tuple(_to_variable(entry, "") for entry in data["others"]),
        tuple(Finding._make(finding) for finding in data["findings"]),
    )


def _layer(layer: Layer) -> list[Any]:
    return [
        layer.name,
        layer.class_name,
        _beside(layer.path, layer.name),
        [_variable(variable, layer.path) for variable in layer.variables],
        [_layer(child) for child in layer.children],
        layer.trainable,
        layer.input_shape,
        layer.output_shape,
        layer.unknown,
    ]


def _to_layer(data: list[Any], above: str) -> Layer:
    name, class_name, last, variables, children, trainable, inputs, outputs, unknown = data
    path = _inside(above, name if last is None else last)
    return Layer(
        name,
        class_name,
        path,
        tuple([_to_variable(entry, path) for entry in variables]),
        tuple([_to_layer(child, path) for child in children]),
        trainable,
        _shape(inputs),
        _shape(outputs),
        unknown,
    )


def _beside(path: str, name: str) -> str | None:
    """The last part of a path, where it is not the name; None where it is."""
    # A name may hold slashes itself, so it is asked whether the path ends with it, and not what follows the last one.
    if path == name or path.endswith(f"/{name}"):
        return None
    return path.rpartition("/")[2]


def _inside(above: str, last: str) -> str:
    return f"{above}/{last}" if above else last


def _variable(variable: Variable, above: str) -> list[Any]:
    start = f"{above}/" if above else ""
    short = variable.path.startswith(start)
    path = variable.path[len(start) :] if short else f"/{variable.path}"
    rest = [
        variable.storage,
        variable.stored_at,
        variable.implied,
        variable.logical,
        None if variable.axes is None else [_expression(axis) for axis in variable.axes],
        variable.group,
    ]
    entry = [path, variable.shape, variable.dtype, variable.role.value, variable.reason]
    return entry if rest == ["", "", False, None, None, ""] else entry + rest


def _to_variable(data: list[Any], above: str) -> Variable:
    path, shape, dtype, role, reason = data[:_PLAIN_UP_TO]
    path = path[1:] if path.startswith("/") else _inside(above, path)
    made = Variable(path, _shape(shape), dtype, _role(role), reason)
    if len(data) == _PLAIN_UP_TO:
        return made
    storage, stored_at, implied, logical, axes, group = data[_PLAIN_UP_TO:]
    formula = None if axes is None else tuple([_to_expression(axis) for axis in axes])
    return made._replace(
        storage=storage, stored_at=stored_at, implied=implied, logical=logical, axes=formula, group=group
    )


def _role(name: str) -> Role:
    return _ROLES[name]


def _shape(data: Any) -> Any:
    """A shape, or a nest of them, with tuples where JSON has lists."""
    if isinstance(data, list):
        return tuple([_shape(entry) for entry in data])
    return {key: _shape(value) for key, value in data.items()} if isinstance(data, dict) else data


def _expression(one: Expression) -> Any:
    if isinstance(one, Number):
        return one.number
    if isinstance(one, Symbol):
        return ["s", one.name, one.number, one.kind]
    if isinstance(one, Quotient):
        return ["/", one.up, _expression(one.top), _expression(one.below)]
    return ["*" if isinstance(one, Product) else "+", *[_expression(part) for part in one.parts()]]


def _to_expression(data: Any) -> Expression:
    if not isinstance(data, list):
        return Number(data)
    kind, *parts = data
    if kind == "s":
        return Symbol(*parts)
    if kind == "/":
        return Quotient(_to_expression(parts[1]), _to_expression(parts[2]), parts[0])
    if kind not in ("*", "+"):
        raise ValueError(f"{kind!r} is no kind of expression")
    terms = [_to_expression(part) for part in parts]
    return Product(terms) if kind == "*" else Sum(terms)
