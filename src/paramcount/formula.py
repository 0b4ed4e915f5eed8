"""Expressions over named sizes: they evaluate, print as text, LaTeX or MathML, and know nothing of layers.

A layer's count is a sum of products: every variable is the product of the sizes of its axes.  ``paramcount.folding``
turns such a sum into the compact form of the textbooks, which is an expression again.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPTION = "option"
"""A size that the layer's options give, such as ``units``."""
INPUT = "input"
"""A size that the layer's input gives, such as its channels."""
COPIES = "copies"
"""A number of equal things side by side, such as gates: it stays in front, and is written even when it is 1."""


class Expression:
    """A whole number of 0 or more that may depend on sizes which are not known."""

    __slots__ = ()

    @property
    def value(self) -> int | None:
        """The number it stands for; None when a size in it is not known."""
        raise NotImplementedError

    def parts(self) -> tuple[Expression, ...]:
        """The expressions it is made of."""
        return ()

    def symbols(self) -> Iterator[Symbol]:
        """Every named size in it, from left to right."""
        for part in self.parts():
            yield from part.symbols()

    def unknown(self) -> list[Symbol]:
        """The named sizes in it that are not known, each once."""
        return list(dict.fromkeys(symbol for symbol in self.symbols() if symbol.number is None))

    def __add__(self, other: Expression | int) -> Expression:
        return Sum((self, expression(other)))

    def __mul__(self, other: Expression | int) -> Expression:
        return Product((self, expression(other)))

    def __floordiv__(self, other: Expression | int) -> Expression:
        return Quotient(self, expression(other), False)

    def __rmul__(self, other: int) -> Expression:
        return Product((Number(other), self))

    def per(self, other: Expression | int) -> Expression:
        """How many groups of ``other`` are needed for all of it: the quotient, rounded up."""
        return Quotient(self, expression(other), True)

    def key(self) -> tuple[object, ...]:
        """What two expressions have in common that are written alike."""
        return (type(self).__name__, *(part.key() for part in self.parts()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __str__(self) -> str:
        from paramcount.notation import text

        return text(self)

    def __repr__(self) -> str:
        return f"<{self}>"


class Number(Expression):
    """A number without a name."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def value(self) -> int | None:
        """See ``Expression.value``."""
        return self.number

    def key(self) -> tuple[object, ...]:
        """See ``Expression.key``."""
        return ("Number", self.number)


class Symbol(Expression):
    """A size with a name.

    Attributes:
        name: in the field's words, such as ``units`` or ``input_channels``.
        number: the size here; None when it is not known.
        kind: ``OPTION``, ``INPUT`` or ``COPIES``.
    """

    __slots__ = ("kind", "name", "number")

    def __init__(self, name: str, number: int | None, kind: str = OPTION) -> None:
        self.name = name
        self.number = number
        self.kind = kind

    @property
    def value(self) -> int | None:
        """See ``Expression.value``."""
        return self.number

    def symbols(self) -> Iterator[Symbol]:
        """See ``Expression.symbols``."""
        yield self

    def key(self) -> tuple[object, ...]:
        """See ``Expression.key``."""
        return ("Symbol", self.name, self.number)


class Product(Expression):
    """Factors."""

    __slots__ = ("factors",)

    def __init__(self, factors: Iterable[Expression]) -> None:
        self.factors = tuple(factors)

    @property
    def value(self) -> int | None:
        """See ``Expression.value``."""
        total = 1
        for factor in self.factors:
            value = factor.value
            if value is None:
                return None
            total *= value
        return total

    def parts(self) -> tuple[Expression, ...]:
        """See ``Expression.parts``."""
        return self.factors


class Sum(Expression):
    """Terms."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[Expression]) -> None:
        self.terms = tuple(terms)

    @property
    def value(self) -> int | None:
        """See ``Expression.value``."""
        total = 0
        for term in self.terms:
            value = term.value
            if value is None:
                return None
            total += value
        return total

    def parts(self) -> tuple[Expression, ...]:
        """See ``Expression.parts``."""
        return self.terms


class Quotient(Expression):
    """A division of whole numbers, rounded up or down; by 0 it has no value."""

    __slots__ = ("below", "top", "up")

    def __init__(self, top: Expression, below: Expression, up: bool) -> None:
        self.top = top
        self.below = below
        self.up = up

    @property
    def value(self) -> int | None:
        """See ``Expression.value``."""
        top, below = self.top.value, self.below.value
        if top is None or not below:
            return None
        return -(-top // below) if self.up else top // below

    def parts(self) -> tuple[Expression, ...]:
        """See ``Expression.parts``."""
        return (self.top, self.below)

    def key(self) -> tuple[object, ...]:
        """See ``Expression.key``."""
        return ("Quotient", self.up, self.top.key(), self.below.key())


def expression(value: Expression | int) -> Expression:
    """A number as an expression; an expression as it is."""
    return value if isinstance(value, Expression) else Number(value)


def product(factors: Iterable[Expression]) -> Expression:
    """The product of the factors; the factor itself when there is one, 1 when there is none."""
    found = tuple(factors)
    return found[0] if len(found) == 1 else Product(found) if found else Number(1)


def total(terms: Iterable[Expression]) -> Expression:
    """The sum of the terms; the term itself when there is one, 0 when there is none."""
    found = tuple(terms)
    return found[0] if len(found) == 1 else Sum(found) if found else Number(0)
