"""Expressions as text, LaTeX and MathML, with numbers in place of the sizes or with their names."""

from __future__ import annotations

from paramcount.formula import Number, Product, Quotient, Sum, Symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from paramcount.formula import Expression


def text(expression: Expression, names: bool = False) -> str:
    """``(3 + 1) * 5``; with ``names`` ``(inputs + 1) * units``.  A size that is not known is always its name."""
    if isinstance(expression, Symbol):
        return expression.name if names or expression.number is None else str(expression.number)
    if isinstance(expression, Number):
        return str(expression.number)
    if isinstance(expression, Sum):
        return " + ".join(text(term, names) for term in expression.terms)
    if isinstance(expression, Product):
        return " * ".join(_factor(factor, names) for factor in expression.factors)
    if isinstance(expression, Quotient):
        division = f"{_factor(expression.top, names)} / {_factor(expression.below, names)}"
        return f"ceil({division})" if expression.up else division if _even(expression) else f"floor({division})"
    raise TypeError(f"no notation for {type(expression).__name__}")


def _factor(expression: Expression, names: bool) -> str:
    shown = text(expression, names)
    bare = isinstance(expression, Quotient) and not expression.up and _even(expression)
    return f"({shown})" if bare or isinstance(expression, Sum) else shown


def _even(expression: Quotient) -> bool:
    """Whether the division leaves no rest, as far as the sizes are known, so that rounding needs no word."""
    top, below = expression.top.value, expression.below.value
    return top is None or not below or top % below == 0


def sizes(axes: Iterable[Expression], names: bool = False) -> str:
    """The axes of one variable, multiplied: ``5 * 4*64``, where what belongs to one axis stands close together."""
    shown = [_factor(axis, names).replace(" * ", "*") for axis in axes]
    return " * ".join(shown) if shown else "1"


def latex(expression: Expression, names: bool = False) -> str:
    r"""The same for LaTeX's math mode: ``\left(3 + 1\right) \times 5``."""
    if isinstance(expression, Symbol) and (names or expression.number is None):
        return r"\mathrm{" + expression.name.replace("_", r"\_") + "}"
    if isinstance(expression, (Symbol, Number)):
        return str(expression.value)
    if isinstance(expression, Sum):
        return " + ".join(latex(term, names) for term in expression.terms)
    if isinstance(expression, Product):
        shown = [(latex(factor, names), isinstance(factor, Sum)) for factor in expression.factors]
        return r" \times ".join(rf"\left({part}\right)" if bracket else part for part, bracket in shown)
    if isinstance(expression, Quotient):
        opened, closed = (r"\lceil", r"\rceil") if expression.up else (r"\lfloor", r"\rfloor")
        division = rf"\frac{{{latex(expression.top, names)}}}{{{latex(expression.below, names)}}}"
        if not expression.up and _even(expression):
            return division
        return rf"\left{opened} {division} \right{closed}"
    raise TypeError(f"no notation for {type(expression).__name__}")


def mathml(expression: Expression, names: bool = False) -> str:
    """The same as a complete ``<math>`` element, which browsers set without a script."""
    return f"<math><mrow>{_marked(expression, names)}</mrow></math>"


def _marked(expression: Expression, names: bool) -> str:
    if isinstance(expression, Symbol) and (names or expression.number is None):
        from html import escape

        return f"<mi>{escape(expression.name)}</mi>"
    if isinstance(expression, (Symbol, Number)):
        return f"<mn>{expression.value}</mn>"
    if isinstance(expression, Sum):
        return "<mo>+</mo>".join(_marked(term, names) for term in expression.terms)
    if isinstance(expression, Product):
        return "<mo>&#xD7;</mo>".join(_marked_factor(factor, names) for factor in expression.factors)
    if isinstance(expression, Quotient):
        opened, closed = ("&#x2308;", "&#x2309;") if expression.up else ("&#x230A;", "&#x230B;")
        above, below = _marked(expression.top, names), _marked(expression.below, names)
        division = f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"
        if not expression.up and _even(expression):
            return division
        return f"<mrow><mo>{opened}</mo>{division}<mo>{closed}</mo></mrow>"
    raise TypeError(f"no notation for {type(expression).__name__}")


def _marked_factor(expression: Expression, names: bool) -> str:
    shown = _marked(expression, names)
    return f"<mrow><mo>(</mo>{shown}<mo>)</mo></mrow>" if isinstance(expression, Sum) else shown
