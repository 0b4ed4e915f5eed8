"""Statements of a text, one after the other, without running any."""

from __future__ import annotations

from paramcount.typed import limits
from paramcount.typed.construct import shown
from paramcount.typed.effects import touched
from paramcount.typed.names import STAR, canonical_path
from paramcount.typed.values import Function, Layer, LocalClass, Model, Ref, Scope, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

GO_ON, BREAK, CONTINUE, RETURN = "", "break", "continue", "return"


class Uncertain(Exception):
    """Where the text goes on hangs on something unknown; a loop or call around it may be passed over."""

    def __init__(self, line: int, what: str) -> None:
        self.line = line
        self.what = what
        super().__init__(what)


class Interpreter:
    """Follows the statements of a module or function."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.session: Session = evaluator.session
        self.result: Value = None
        self.named: list[tuple[str, Model]] = []
        """Models in the order in which names of the module were bound to them."""

    def run(self, statements: list[Any], scope: Scope) -> str:
        """Follow statements; says how they end: by themselves, or by ``break``, ``continue`` or ``return``."""
        for statement in statements:
            self.session.budget.spend(statement.lineno)
            method = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if method is None:
                raise self.session.beyond(f"`{type(statement).__name__}` is not read", statement.lineno)
            end = method(statement, scope)
            if end:
                return str(end)
        return GO_ON

    # Names.

    def _import(self, node: Any, scope: Scope) -> None:
        for alias in node.names:
            if alias.asname:
                scope.assign(alias.asname, Ref(alias.name))
            else:
                first = alias.name.partition(".")[0]
                scope.assign(first, Ref(first))

    def _importfrom(self, node: Any, scope: Scope) -> None:
        module = node.module or ""
        for alias in node.names:
            if alias.name == "*":
                root = canonical_path(module).partition(".")[0]
                if root in {"keras", "tf_keras"} and scope.names.get(STAR) is None:
                    scope.names[STAR] = root
            elif node.level or module == "__future__":
                scope.assign(
                    alias.asname or alias.name, Unknown(f"`{alias.name}`, imported from another file", node.lineno)
                )
            else:
                scope.assign(alias.asname or alias.name, Ref(f"{module}.{alias.name}"))

    def _assign(self, node: Any, scope: Scope) -> None:
        value = self.evaluator.value(node.value, scope)
        for target in node.targets:
            self._bind(target, value, scope)

    def _bind(self, target: Any, value: Value, scope: Scope) -> None:
        """Assign, and remember models that get a name in the module."""
        self.evaluator.assign(target, value, scope)
        if scope.outer is None and isinstance(value, Model) and type(target).__name__ == "Name":
            self.named.append((target.id, value))
        elif scope.outer is None and isinstance(value, (list, tuple)) and type(target).__name__ in {"Tuple", "List"}:
            for name, item in zip(target.elts, value, strict=False):
                if isinstance(item, Model) and type(name).__name__ == "Name":
                    self.named.append((name.id, item))

    def _annassign(self, node: Any, scope: Scope) -> None:
        if node.value is not None:
            self._bind(node.target, self.evaluator.value(node.value, scope), scope)

    def _augassign(self, node: Any, scope: Scope) -> None:
        kind, line = type(node.target).__name__, node.lineno
        if kind == "Name":
            from paramcount.typed.names import look_up

            old = look_up(scope, node.target.id, line)
        elif kind == "Attribute":
            owner = self.evaluator.value(node.target.value, scope)
            if isinstance(owner, Layer) or node.target.attr == "trainable":
                raise self.session.beyond("Changing an attribute of a layer in place is not read", line)
            return
        else:
            owner = self.evaluator.value(node.target.value, scope)
            if isinstance(owner, (Unknown, Ref)):
                return
            from paramcount.typed.arithmetic import item_of

            old = item_of(self.session, owner, self.evaluator.value(node.target.slice, scope), line)
        value = self.evaluator.value(node.value, scope)
        if isinstance(old, list) and type(node.op).__name__ == "Add" and not isinstance(value, Unknown):
            more = self.evaluator.sequence(value, line)
            self.session.budget.size(line, len(old) + len(more))
            old.extend(more)
            return
        self.evaluator.assign(node.target, self.evaluator.combine(type(node.op).__name__, old, value, line), scope)

    def _delete(self, node: Any, scope: Scope) -> None:
        for target in node.targets:
            if type(target).__name__ == "Name":
                scope.names.pop(target.id, None)
            else:
                change = touched(self.session, [target], scope, leaving=False)[1]
                if change:
                    raise self.session.beyond("Deleting a part of a layer or model is not read", node.lineno)

    def _global(self, node: Any, scope: Scope) -> None:
        scope.shared.update(node.names)

    def _nonlocal(self, node: Any, scope: Scope) -> None:
        scope.shared.update(node.names)

    # Definitions.

    def _functiondef(self, node: Any, scope: Scope) -> None:
        if node.decorator_list or _is_generator(self.session, node):
            scope.assign(node.name, LocalClass(node.name, node, node.lineno, model=False, function=True))
        else:
            scope.assign(node.name, self.evaluator.function(node.name, node, scope))

    def _asyncfunctiondef(self, node: Any, scope: Scope) -> None:
        scope.assign(node.name, LocalClass(node.name, node, node.lineno, model=False, function=True))

    def _classdef(self, node: Any, scope: Scope) -> None:
        own = {item.name for item in node.body if type(item).__name__ == "FunctionDef"}
        bases = [self.evaluator.value(base, scope) for base in node.bases]
        model = len(bases) == 1 and isinstance(bases[0], Ref) and bases[0].last in {"Model", "Functional"}
        keras = model and canonical_path(bases[0].path).startswith("keras.")
        plain = not own & {"__init__", "call", "build", "__new__", "__call__", "layers", "trainable"}
        scope.assign(node.name, LocalClass(node.name, node, node.lineno, model=keras and plain))

    def _return(self, node: Any, scope: Scope) -> str:
        self.result = None if node.value is None else self.evaluator.value(node.value, scope)
        return RETURN

    # What has no effect.

    def _expr(self, node: Any, scope: Scope) -> None:
        value = self.evaluator.value(node.value, scope)
        if scope.outer is None:
            if isinstance(value, Model):
                self.named.append(("", value))
            elif value is not None and not isinstance(value, Unknown):
                self.result = value

    def _pass(self, node: Any, scope: Scope) -> None:
        """``pass`` does nothing."""

    _assert = _pass

    def _break(self, node: Any, scope: Scope) -> str:  # noqa: ARG002
        return BREAK

    def _continue(self, node: Any, scope: Scope) -> str:  # noqa: ARG002
        return CONTINUE

    def _raise(self, node: Any, scope: Scope) -> None:  # noqa: ARG002
        raise self.session.wrong("The text raises an error here", node.lineno)

    # Branches and loops.

    def _if(self, node: Any, scope: Scope) -> str:
        truth = self.evaluator.truth(self.evaluator.value(node.test, scope), node.lineno)
        if truth is not None:
            return self.run(node.body if truth else node.orelse, scope)
        for branch in (node.body, node.orelse):
            if branch and type(branch[-1]).__name__ in {"Break", "Continue"}:
                raise Uncertain(node.lineno, "an unknown condition")
        self._pass_over([*node.body, *node.orelse], scope, node.lineno, "an unknown condition")
        return GO_ON

    def _pass_over(self, statements: list[Any], scope: Scope, line: int, why: str) -> None:
        """Do without statements: what they bind is unknown; what they could do to a layer is refused."""
        names, change = touched(self.session, statements, scope, leaving=True)
        if change.startswith("a `return`"):
            raise Uncertain(line, f"{why} decides on {change}")
        if change:
            raise self.session.beyond(f"What is done to a layer or model hangs on {why}", line, found=change)
        self.session.passed.append(f"line {line}, which hangs on {why}")
        for name in names:
            holder = scope.holder(name)
            old = None if holder is None else holder.names[name]
            if isinstance(old, Model):
                old.notes.append(f"line {line} may put another model in place of `{name}`, depending on {why}")
            scope.assign(name, Unknown(f"`{name}`, which hangs on {why}", line))

    def _for(self, node: Any, scope: Scope) -> str:
        source = self.evaluator.value(node.iter, scope)
        if isinstance(source, (Unknown, Ref)):
            self._pass_over([node.target, *node.body, *node.orelse], scope, node.lineno, "what a loop goes over")
            return GO_ON
        if (
            isinstance(source, range)
            and source
            and abs(source[-1] - source[0]) // abs(source.step) > limits.MAX_TRAINING_LOOP
        ):
            names, change = touched(self.session, [node.target, *node.body], scope, leaving=True)
            if not change:
                for name in names:
                    scope.assign(name, Unknown(f"`{name}`, which a long loop sets", node.lineno))
                return GO_ON
        depth, calls = self.session.budget.depth, self.session.budget.calls
        try:
            for item in self.evaluator.each(source, node.lineno):
                self.evaluator.assign(node.target, item, scope)
                end = self.run(node.body, scope)
                if end == RETURN:
                    return end
                if end == BREAK:
                    return GO_ON
        except Uncertain as uncertain:
            self.session.budget.depth, self.session.budget.calls = depth, calls
            self._give_up_loop(node, scope, uncertain)
            return GO_ON
        return self.run(node.orelse, scope)

    def _give_up_loop(self, node: Any, scope: Scope, uncertain: Uncertain) -> None:
        """Pass over a loop whose end is unknown, if it does nothing to a layer."""
        names, change = touched(self.session, [node, *node.body], scope, leaving=True)
        if change:
            raise self.session.beyond(f"Where this goes on hangs on {uncertain.what}", uncertain.line) from None
        for name in names:
            scope.assign(name, Unknown(f"`{name}`, which hangs on {uncertain.what}", uncertain.line))

    def _while(self, node: Any, scope: Scope) -> str:
        depth, calls = self.session.budget.depth, self.session.budget.calls
        try:
            while True:
                truth = self.evaluator.truth(self.evaluator.value(node.test, scope), node.lineno)
                if truth is None:
                    self._pass_over(node.body, scope, node.lineno, "an unknown condition")
                    return GO_ON
                if not truth:
                    return self.run(node.orelse, scope)
                end = self.run(node.body, scope)
                if end == RETURN:
                    return end
                if end == BREAK:
                    return GO_ON
        except Uncertain as uncertain:
            self.session.budget.depth, self.session.budget.calls = depth, calls
            self._give_up_loop(node, scope, uncertain)
            return GO_ON

    def _with(self, node: Any, scope: Scope) -> str:
        for item in node.items:
            value = self.evaluator.value(item.context_expr, scope)
            if item.optional_vars is not None:
                what = value if isinstance(value, Unknown) else Unknown(shown(value), node.lineno)
                self.evaluator.assign(item.optional_vars, what, scope)
        return self.run(node.body, scope)

    def _try(self, node: Any, scope: Scope) -> str:
        change = touched(self.session, node.handlers, scope, leaving=False)[1]
        if change:
            raise self.session.beyond(
                "An `except` that changes a layer or model is not read", node.lineno, found=change
            )
        end = self.run(node.body, scope)
        return end or self.run([*node.orelse, *node.finalbody], scope)


def _is_generator(session: Session, node: Any) -> bool:
    """Whether a function has a ``yield`` of its own."""
    from paramcount.typed.effects import nodes_below

    return any(type(item).__name__ in {"Yield", "YieldFrom", "Await"} for item in nodes_below(session, list(node.body)))


def call_function(
    evaluator: Evaluator, function: Function, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """What a function of the text returns for these arguments."""
    session = evaluator.session
    budget = session.budget
    scope = Scope(function.scope)
    _bind_parameters(evaluator, function, args, kwargs, scope, line)
    if budget.calls >= limits.MAX_CALLS:
        raise limits.too_much(session.where, line, "Functions call each other too deeply", f"{limits.MAX_CALLS} calls")
    depth, calls = budget.depth, budget.calls
    budget.calls += 1
    try:
        if not isinstance(function.node.body, list):
            return evaluator.value(function.node.body, scope)
        inner = Interpreter(evaluator)
        inner.run(function.node.body, scope)
    except Uncertain as uncertain:
        budget.depth = depth
        change = touched(session, function.node.body, scope, leaving=False)[1]
        if change:
            raise session.beyond(f"Where `{function.name}` goes on hangs on {uncertain.what}", uncertain.line) from None
        return Unknown(f"the result of `{function.name}`, which hangs on {uncertain.what}", uncertain.line)
    finally:
        budget.calls = calls
    return inner.result


def _bind_parameters(
    evaluator: Evaluator, function: Function, args: list[Value], kwargs: dict[str, Value], scope: Scope, line: int
) -> None:
    """Give the parameters of a function their values."""
    session, spec, name = evaluator.session, function.node.args, function.name
    places = [item.arg for item in [*spec.posonlyargs, *spec.args]]
    given = dict(zip(places, args, strict=False))
    if len(args) > len(places) and spec.vararg is None:
        raise session.wrong(f"`{name}` takes {len(places)} arguments by place", line, found=f"{len(args)}")
    if spec.vararg is not None:
        given[spec.vararg.arg] = tuple(args[len(places) :])
    rest = _bind_named(session, function, kwargs, given, line)
    if rest and spec.kwarg is None:
        raise session.wrong(f"`{name}` has no parameter `{next(iter(rest))[:80]}`", line)
    if spec.kwarg is not None:
        given[spec.kwarg.arg] = rest
    defaults = dict(zip(places[len(places) - len(function.defaults) :], function.defaults, strict=False))
    for item, written, default in zip(spec.kwonlyargs, spec.kw_defaults, function.keyword_defaults, strict=True):
        if written is not None:
            defaults[item.arg] = default
    for parameter in [*places, *[item.arg for item in spec.kwonlyargs]]:
        if parameter not in given and parameter not in defaults:
            raise session.wrong(f"`{name}` needs a value for `{parameter}`", line)
    scope.names.update({**defaults, **given})


def _bind_named(
    session: Session, function: Function, kwargs: dict[str, Value], given: dict[str, Value], line: int
) -> dict[str, Value]:
    """Put the arguments by name to those by place; gives those that no parameter is named for."""
    spec = function.node.args
    named = {item.arg for item in [*spec.args, *spec.kwonlyargs]}
    rest = {}
    for key, value in kwargs.items():
        if key == "**":
            raise session.beyond("Unknown `**` options of a function are not read", line)
        if key in named and key in given:
            raise session.wrong(f"`{function.name}` is given `{key}` twice", line)
        if key in named:
            given[key] = value
        else:
            rest[key] = value
    return rest
