"""The compact form of a layer's count, as textbooks write it, from the sizes of its variables.

``3*5 + 5`` becomes ``(3 + 1) * 5``: a bias that goes with one matrix is one more input of it.  Where two matrices
share a bias, as in a recurrent cell, they are taken together and the bias stands apart:
``4 * (64 * (64 + 5) + 64)``.
"""

from __future__ import annotations

from paramcount.formula import COPIES, INPUT, Number, Product, Symbol, product, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NamedTuple

    from paramcount.formula import Expression
else:
    from paramcount.records import NamedTuple


class Monomial(NamedTuple):
    """A number times factors that have names."""

    coefficient: int
    atoms: tuple[Expression, ...]

    def without(self, atoms: Iterable[Expression]) -> Monomial | None:
        """It divided by ``atoms``; None when one of them is not among its factors."""
        left = list(self.atoms)
        for atom in atoms:
            if atom not in left:
                return None
            left.remove(atom)
        return Monomial(self.coefficient, tuple(left))

    def expression(self) -> Expression:
        """The product, what the input gives coming first."""
        ordered = sorted(self.atoms, key=_shown_first)
        return product([Number(self.coefficient), *ordered] if self.coefficient != 1 or not ordered else ordered)


def fold(variables: Iterable[Sequence[Expression]]) -> Expression:
    """The sum of the sizes of ``variables``, each given by its axes, in compact form.

    The result has the same value for all sizes: it is made by distributing and collecting alone.
    """
    terms = _collected([_monomial(axes) for axes in variables])
    if not terms:
        return Number(0)
    copies = [atom for atom in terms[0].atoms if isinstance(atom, Symbol) and atom.kind == COPIES]
    shared = _common(terms, copies)
    inner = [term.without(shared) for term in terms]
    folded = _folded([term for term in inner if term is not None])
    if not shared:
        return folded
    factors = folded.factors if isinstance(folded, Product) else (folded,)
    return Product((*shared, *factors))


def repeated(copies: Symbol, inner: Expression) -> Expression:
    """``copies`` times the same count."""
    return Product((copies, *(inner.factors if isinstance(inner, Product) else (inner,))))


def _shown_first(atom: Expression) -> int:
    return -1 if isinstance(atom, Symbol) and atom.kind == COPIES else _inputs_first(atom)


def _inputs_first(atom: Expression) -> int:
    return 0 if any(symbol.kind == INPUT for symbol in atom.symbols()) else 1


def _monomial(axes: Sequence[Expression]) -> Monomial:
    """The product of the axes, with numbers multiplied and products opened."""
    coefficient, atoms = 1, []
    stack = list(reversed(axes))
    while stack:
        axis = stack.pop()
        if isinstance(axis, Product):
            stack += reversed(axis.factors)
        elif isinstance(axis, Number):
            coefficient *= axis.number
        else:
            atoms.append(axis)
    return Monomial(coefficient, tuple(atoms))


def _collected(terms: Iterable[Monomial]) -> list[Monomial]:
    """Equal products added: four vectors of a size are 4 times that size."""
    found: dict[frozenset[tuple[Expression, int]], Monomial] = {}
    for term in terms:
        key = frozenset((atom, term.atoms.count(atom)) for atom in term.atoms)
        before = found.get(key)
        found[key] = term if before is None else before._replace(coefficient=before.coefficient + term.coefficient)
    return list(found.values())


def _common(terms: Sequence[Monomial], candidates: Iterable[Expression]) -> list[Expression]:
    """Those of ``candidates`` that divide every term, as often as they stand there."""
    shared: list[Expression] = []
    for atom in candidates:
        if all(term.without([*shared, atom]) is not None for term in terms):
            shared.append(atom)
    return shared


def _folded(terms: list[Monomial]) -> Expression:
    absorbed: dict[int, Monomial] = {}
    for bias in terms:
        if bias.coefficient != 1 or not _rank(bias):
            continue
        matrices = [index for index, term in enumerate(terms) if term is not bias and term.without(bias.atoms)]
        # Only a matrix that is no multiple of the bias by a mere number has room for one more input.
        if len(matrices) == 1 and _rank(terms[matrices[0]]) > _rank(bias) and matrices[0] not in absorbed:
            absorbed[matrices[0]] = bias
    biases = [id(bias) for bias in absorbed.values()]
    left = [term for index, term in enumerate(terms) if id(term) not in biases and index not in absorbed]
    first = terms.index(left[0]) if left else len(terms)
    shown = {index: _with_one_more(terms[index], bias) for index, bias in absorbed.items()}
    # In the order in which the layer creates its variables, as far as they stay apart.
    before = [part for index, part in shown.items() if index < first]
    return total([*before, *_grouped(left), *(part for index, part in shown.items() if index > first)])


def _with_one_more(matrix: Monomial, bias: Monomial) -> Expression:
    """``(inputs + 1) * units``."""
    rows = matrix.without(bias.atoms)
    assert rows is not None  # noqa: S101 - the caller has divided them before
    inner = total([rows.expression(), Number(1)])
    return Product((inner, *bias.atoms))


def _grouped(terms: list[Monomial]) -> list[Expression]:
    """The matrices that share a factor taken together, then everything else."""
    matrices = [term for term in terms if _rank(term) > 1]
    shared = _common(matrices, sorted(matrices[0].atoms, key=_inputs_first)) if len(matrices) > 1 else []
    rows = [row for term in matrices if (row := term.without(shared)) is not None]
    if not shared or any(len(row.atoms) > 1 for row in rows):
        return [term.expression() for term in terms]
    # Own sizes come before those of the input: units * (units + inputs).
    rows.sort(key=lambda row: -min((_inputs_first(atom) for atom in row.atoms), default=1))
    together = Product((*shared, total(row.expression() for row in rows)))
    return [together, *(term.expression() for term in terms if _rank(term) < 2)]


def _rank(term: Monomial) -> int:
    """Number of axes that are no mere copies: 2 or more for a matrix, 1 for a bias."""
    return sum(not (isinstance(atom, Symbol) and atom.kind == COPIES) for atom in term.atoms)
