"""The values of expressions, from the syntax tree.

Nothing is executed: operators are applied to constants of Python, within bounds, and everything else is looked up
or unknown.
"""

from __future__ import annotations

from paramcount.typed import arithmetic
from paramcount.typed.attributes import attribute
from paramcount.typed.construct import flows_in, shown
from paramcount.typed.limits import MAX_LENGTH
from paramcount.typed.names import look_up
from paramcount.typed.operations import get_item, operator
from paramcount.typed.values import Function, Layer, Ref, Scope, Tensor, Unknown, unknown_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from paramcount.typed.session import Session
    from paramcount.typed.values import Value


class Evaluator:
    """Gives the values of expressions; a method for each kind of node of the syntax tree."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.evaluator = self

    def value(self, node: Any, scope: Scope) -> Value:
        """The value of an expression.

        Raises:
            ParamcountError: when it goes beyond what is read.
        """
        budget = self.session.budget
        budget.spend(node.lineno)
        budget.enter(node.lineno)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.session.beyond(f"`{type(node).__name__}` is not read", node.lineno)
        found = method(node, scope)
        budget.depth -= 1
        return found

    def _constant(self, node: Any, scope: Scope) -> Value:  # noqa: ARG002
        value = node.value
        arithmetic.check_size(self.session, value, node.lineno)
        if isinstance(value, (bytes, complex)):
            return Unknown(f"a {type(value).__name__}", node.lineno)
        return value

    def _name(self, node: Any, scope: Scope) -> Value:
        return look_up(scope, node.id, node.lineno, self.session.tf_keras)

    def _attribute(self, node: Any, scope: Scope) -> Value:
        return attribute(self.session, self.value(node.value, scope), node.attr, node.lineno)

    def _subscript(self, node: Any, scope: Scope) -> Value:
        owner, key = self.value(node.value, scope), self.value(node.slice, scope)
        line = node.lineno
        if isinstance(owner, Tensor):
            unknown = unknown_in(key if not isinstance(key, slice) else [key.start, key.stop, key.step])
            if unknown is not None:
                raise flows_in(self.session, unknown, "an index of an output", line)
            return get_item(self.session, owner, key, line)
        if isinstance(owner, (Unknown, Ref)):
            return owner if isinstance(owner, Unknown) else Unknown(f"`{owner.path}[...]`", line)
        if unknown_in([key.start, key.stop, key.step] if isinstance(key, slice) else key):
            return Unknown("an item of a list at an unknown place", line)
        return arithmetic.item_of(self.session, owner, key, line)

    def _slice(self, node: Any, scope: Scope) -> Value:
        parts = [None if part is None else self.value(part, scope) for part in (node.lower, node.upper, node.step)]
        unknown = unknown_in(parts)
        return unknown if unknown is not None else slice(*parts)

    def _list(self, node: Any, scope: Scope) -> list[Value]:
        return self.items(node.elts, scope)

    def _tuple(self, node: Any, scope: Scope) -> tuple[Value, ...]:
        return tuple(self.items(node.elts, scope))

    def _set(self, node: Any, scope: Scope) -> Value:
        return arithmetic.unique(self.session, self.items(node.elts, scope), node.lineno)

    def items(self, nodes: list[Any], scope: Scope) -> list[Value]:
        """The values of several expressions; ``*values`` are spread out."""
        found: list[Value] = []
        for node in nodes:
            if type(node).__name__ == "Starred":
                found += self.sequence(self.value(node.value, scope), node.lineno)
            else:
                found.append(self.value(node, scope))
        self.session.budget.size(nodes[0].lineno if nodes else 0, len(found))
        return found

    def _dict(self, node: Any, scope: Scope) -> Value:
        found: dict[Value, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, scope)
            if key is None:
                if not isinstance(value, dict):
                    return Unknown("a dict with unknown parts", node.lineno)
                found.update(value)
            else:
                name = self.value(key, scope)
                if isinstance(name, Unknown):
                    return Unknown("a dict with an unknown key", node.lineno)
                arithmetic.store(self.session, found, name, value, node.lineno)
        return found

    def _binop(self, node: Any, scope: Scope) -> Value:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        return self.combine(type(node.op).__name__, left, right, node.lineno)

    def combine(self, symbol: str, left: Value, right: Value, line: int) -> Value:
        """The result of an operator on two values."""
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return operator(self.session, symbol, [left, right], line)
        for side in (left, right):
            if isinstance(side, (Layer, Function)):
                raise self.session.wrong(f"{shown(side)} is not an output, so the operator cannot be applied", line)
        return arithmetic.binary(self.session, symbol, left, right, line)

    def _unaryop(self, node: Any, scope: Scope) -> Value:
        value, symbol = self.value(node.operand, scope), type(node.op).__name__
        if isinstance(value, Tensor) and symbol != "Not":
            return value if symbol == "UAdd" else operator(self.session, symbol, [value], node.lineno)
        if symbol == "Not":
            truth = self.truth(value, node.lineno)
            return Unknown("a condition", node.lineno) if truth is None else not truth
        return arithmetic.unary(self.session, symbol, value, node.lineno)

    def _boolop(self, node: Any, scope: Scope) -> Value:
        wanted = type(node.op).__name__ == "Or"
        value: Value = None
        for operand in node.values:
            value = self.value(operand, scope)
            truth = self.truth(value, node.lineno)
            if truth is None:
                return Unknown("a condition on an unknown value", node.lineno)
            if truth is wanted:
                break
        return value

    def truth(self, value: Value, line: int) -> bool | None:
        """Whether a value counts as true; None when it is unknown."""
        if isinstance(value, (Unknown, Ref)):
            return None
        if isinstance(value, Tensor):
            raise self.session.wrong("An output of a layer is used as a condition", line)
        if isinstance(value, (bool, int, float, str, list, tuple, dict, range, set, frozenset)) or value is None:
            return bool(value)
        return True

    def _compare(self, node: Any, scope: Scope) -> Value:
        left = self.value(node.left, scope)
        result: Value = True
        for operation, operand in zip(node.ops, node.comparators, strict=True):
            right, symbol = self.value(operand, scope), type(operation).__name__
            if (isinstance(left, Tensor) or isinstance(right, Tensor)) and not symbol.startswith(("Is", "In", "NotIn")):
                result = operator(self.session, symbol, [left, right], node.lineno)
            else:
                result = arithmetic.compare(self.session, symbol, left, right, node.lineno)
            if result is False or isinstance(result, Unknown):
                return result
            left = right
        return result

    def _ifexp(self, node: Any, scope: Scope) -> Value:
        truth = self.truth(self.value(node.test, scope), node.lineno)
        if truth is None:
            return Unknown("a choice by an unknown condition", node.lineno)
        return self.value(node.body if truth else node.orelse, scope)

    def _joinedstr(self, node: Any, scope: Scope) -> Value:
        parts = [self.value(part, scope) for part in node.values]
        unknown = unknown_in(parts)
        if unknown is not None:
            return unknown
        self.session.budget.size(node.lineno, sum(len(part) for part in parts))
        return "".join(parts)

    def _formattedvalue(self, node: Any, scope: Scope) -> Value:
        value = self.value(node.value, scope)
        spec = "" if node.format_spec is None else self.value(node.format_spec, scope)
        return arithmetic.formatted(self.session, value, node.conversion, spec, node.lineno)

    def _namedexpr(self, node: Any, scope: Scope) -> Value:
        value = self.value(node.value, scope)
        scope.assign(node.target.id, value)
        return value

    def _lambda(self, node: Any, scope: Scope) -> Function:
        return self.function("<lambda>", node, scope)

    def function(self, name: str, node: Any, scope: Scope) -> Function:
        """A function of the text, with the values of its defaults."""
        defaults = [self.value(default, scope) for default in node.args.defaults]
        keywords = [None if default is None else self.value(default, scope) for default in node.args.kw_defaults]
        return Function(name, node, scope, defaults, keywords)

    def _call(self, node: Any, scope: Scope) -> Value:
        from paramcount.typed.calls import call

        function = self.value(node.func, scope)
        args = self.items(node.args, scope)
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                kwargs.update(value)
            elif isinstance(value, Unknown):
                kwargs["**"] = value
            else:
                raise self.session.wrong("What follows `**` is no dict with names", node.lineno, shown(value))
        return call(self, function, args, kwargs, node.lineno)

    # Comprehensions.

    def _listcomp(self, node: Any, scope: Scope) -> Value:
        return self._comprehended(node, scope, lambda inner: self.value(node.elt, inner))

    def _generatorexp(self, node: Any, scope: Scope) -> Value:
        return self._listcomp(node, scope)

    def _setcomp(self, node: Any, scope: Scope) -> Value:
        found = self._listcomp(node, scope)
        return found if isinstance(found, Unknown) else arithmetic.unique(self.session, found, node.lineno)

    def _dictcomp(self, node: Any, scope: Scope) -> Value:
        pairs = self._comprehended(
            node, scope, lambda inner: (self.value(node.key, inner), self.value(node.value, inner))
        )
        if isinstance(pairs, Unknown):
            return pairs
        found: dict[Value, Value] = {}
        for key, value in pairs:
            if isinstance(key, Unknown):
                return Unknown("a dict with an unknown key", node.lineno)
            arithmetic.store(self.session, found, key, value, node.lineno)
        return found

    def _comprehended(self, node: Any, scope: Scope, make: Any) -> Value:
        """What a comprehension collects; unknown when it goes over something unknown."""
        found: list[Value] = []
        inner = Scope(scope)
        complete = self._generate(list(node.generators), inner, lambda: found.append(make(inner)))
        self.session.budget.size(node.lineno, len(found))
        return found if complete else Unknown("a list made from unknown values", node.lineno)

    def _generate(self, generators: list[Any], scope: Scope, collect: Any) -> bool:
        """Run through the ``for`` parts of a comprehension; False when one of them is unknown."""
        first, rest = generators[0], generators[1:]
        source = self.value(first.iter, scope)
        if isinstance(source, (Unknown, Ref)):
            return False
        for item in self.each(source, first.iter.lineno):
            self.assign(first.target, item, scope)
            passed = [self.truth(self.value(test, scope), first.iter.lineno) for test in first.ifs]
            if None in passed:
                return False
            if all(passed):
                if rest:
                    if not self._generate(rest, scope, collect):
                        return False
                else:
                    collect()
        return True

    # Going through values, and binding names.

    def each(self, value: Value, line: int) -> Iterator[Value]:
        """One after the other, each accounted for.

        Raises:
            ParamcountError: when the value cannot be gone through.
        """
        items: Iterable[Value]
        if isinstance(value, (list, tuple, range, str, dict, set, frozenset)):
            items = list(value) if isinstance(value, (dict, set)) else value
        elif isinstance(value, Unknown):
            raise flows_in(self.session, value, "what a loop goes over", line)
        else:
            raise self.session.wrong("A loop or an unpacking goes over something that has no parts", line, shown(value))
        for count, item in enumerate(items):
            if count > MAX_LENGTH:
                self.session.budget.size(line, count)
            self.session.budget.spend(line)
            yield item

    def sequence(self, value: Value, line: int) -> list[Value]:
        """All parts of a value as a list."""
        if isinstance(value, range):
            arithmetic.check_range(self.session, value, line)
        return list(self.each(value, line))

    def assign(self, target: Any, value: Value, scope: Scope) -> None:
        """Bind what stands on the left of an assignment."""
        kind, line = type(target).__name__, target.lineno
        self.session.budget.spend(line)
        if kind == "Name":
            scope.assign(target.id, value)
        elif kind in {"Tuple", "List"}:
            self._unpack(target, value, scope)
        elif kind == "Starred":
            self.assign(target.value, value, scope)
        elif kind == "Attribute":
            from paramcount.typed.attributes import set_attribute

            set_attribute(self.session, self.value(target.value, scope), target.attr, value, line)
        elif kind == "Subscript":
            owner, key = self.value(target.value, scope), self.value(target.slice, scope)
            arithmetic.store(self.session, owner, key, value, line)

    def _unpack(self, target: Any, value: Value, scope: Scope) -> None:
        """Bind several names at once."""
        names, line = target.elts, target.lineno
        if isinstance(value, (Unknown, Ref)):
            for name in names:
                self.assign(name, value if isinstance(value, Unknown) else Unknown(shown(value), line), scope)
            return
        if isinstance(value, (Layer, Tensor)):
            raise self.session.wrong(f"{shown(value)} is one value and cannot be unpacked", line)
        items = self.sequence(value, line)
        stars = [place for place, name in enumerate(names) if type(name).__name__ == "Starred"]
        if stars:
            after = len(names) - stars[0] - 1
            if len(items) < len(names) - 1:
                raise self.session.wrong(f"{len(names) - 1} values are needed", line, found=f"{len(items)}")
            middle = items[stars[0] : len(items) - after]
            items = [*items[: stars[0]], middle, *items[len(items) - after :]]
        if len(items) != len(names):
            raise self.session.wrong(f"{len(names)} values are needed", line, found=f"{len(items)}")
        for name, item in zip(names, items, strict=True):
            self.assign(name, item, scope)
