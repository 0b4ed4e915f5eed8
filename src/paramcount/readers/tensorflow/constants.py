"""Which constants of a graph are weights: frozen graphs, graphs of TensorFlow.js, and others without variables.

A graph that was frozen has constants where it had variables, beside those that it always had: shapes, axes, small
numbers.  What tells them apart is, in this order: that a constant is read as variables are; which operation takes it,
in which place; and for the rest its dtype and shape.
"""

from __future__ import annotations

from paramcount.errors import CorruptFile
from paramcount.model import Role
from paramcount.readers.tensorflow.consumers import GRAPH, QUANTIZED
from paramcount.readers.tensorflow.wiring import Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from paramcount.readers.tensorflow.consumers import Operations
    from paramcount.readers.tensorflow.graph import Graph, Node
    from paramcount.readers.tensorflow.wiring import Use
else:
    from paramcount.records import NamedTuple

WAS_VARIABLE = "it was a variable"
BY_OPERATION = "its operation takes it as a weight"
BY_DTYPE = "its dtype and shape are those of a weight"
"""Kinds of evidence that a constant is a weight."""

UNSAID = "constants do not say what trained"
"""Why it is open whether a constant trained; the evidence that it is a weight follows."""

SMALL_INTEGERS = ("int8", "uint8", "int16", "int4", "uint4", "int2", "uint2")
"""Dtypes that quantized weights are stored in."""


class Verdict(NamedTuple):
    """What a constant is."""

    role: Role
    reason: str
    evidence: str = ""
    """For a weight, the kind of evidence; empty for what is none."""
    op: str = ""
    """The operation that takes it; empty when there is none."""
    slot: str = ""
    """What that operation calls it, such as ``kernel``; empty when it has no name for it."""
    taker: str = ""
    """The name of the node that takes it."""
    taker_scope: str = ""
    """The function that this node stands in; empty for the graph itself."""


NEVER = Verdict(Role.CONSTANT, "named as a constant, in a graph whose variables have names of their own")
"""What a constant is that was not even made from a variable."""


class Constant(NamedTuple):
    """One constant of a graph."""

    node: Node
    function: str
    """The function that it stands in; empty for the graph itself."""
    verdict: Verdict

    @property
    def stored_at(self) -> str:
        """Its name, with that of its function in front."""
        return f"{self.function}: {self.node.name}" if self.function else self.node.name

    @property
    def elements(self) -> int:
        """Elements of its value; none where the shape is not known."""
        total = 1
        for size in self.node.shape if self.node.shape is not None else (0,):
            total *= size or 0
        return total


def constants_of(graph: Graph, known: Operations = GRAPH, *, holds_variables: bool = False) -> list[Constant]:
    """Every constant of a graph and of its functions.

    Args:
        graph: the graph.
        known: its operations.
        holds_variables: True when it has variables too, so that only what was one of them is a weight.

    Raises:
        CorruptFile: when two constants have one name.
    """
    wiring = Wiring(graph, known)
    found = [
        Constant(node, scope, classify(node, scope, wiring, holds_variables=holds_variables))
        for scope, nodes in wiring.scopes()
        for node in nodes
        if node.op in ("Const", "HostConst")
    ]
    _check_names(found)
    if any(constant.verdict.evidence == WAS_VARIABLE for constant in found):
        found = [constant._replace(verdict=NEVER) if _never_was_one(constant) else constant for constant in found]
    return found


def _never_was_one(constant: Constant) -> bool:
    """Whether only the dtype speaks for a weight, where variables are marked and this has a constant's own name."""
    last = constant.node.name.rpartition("/")[2]
    plain, underscore, number = last.partition("_")
    return constant.verdict.evidence == BY_DTYPE and plain == "Const" and (not underscore or number.isdecimal())


def _check_names(found: Iterable[Constant]) -> None:
    seen = set()
    for constant in found:
        if constant.stored_at in seen:
            raise CorruptFile("Two constants of the graph have one name", where=constant.stored_at[:200])
        seen.add(constant.stored_at)


def classify(node: Node, scope: str, wiring: Wiring, *, holds_variables: bool = False) -> Verdict:
    """What one constant is; ``scope`` is the function that it stands in."""
    uses = wiring.uses(scope, node.name)
    if node.dtype in ("string", "resource", "variant", ""):
        return _no_number(node, uses, wiring.known)
    if not wiring.is_reached(scope):
        return Verdict(Role.CONSTANT, "in a function that nothing calls")
    best = _weight_use(node, uses, wiring.known)
    if reads_variable(node.name, uses):
        return _variable(node, best or _first(uses), wiring.known)
    if holds_variables:
        return Verdict(Role.CONSTANT, "a constant of a graph that has variables beside it")
    if best is not None:
        slot = _slot(best, wiring.known)
        return Verdict(
            Role.UNDETERMINED, f"{UNSAID}: {BY_OPERATION}", BY_OPERATION, best.op, slot, best.taker, best.scope
        )
    return _by_dtype(node, uses, wiring.known)


def _no_number(node: Node, uses: list[Use], known: Operations) -> Verdict:
    if any(use.op in known.tables for use in uses):
        return Verdict(Role.TABLE, "content of a lookup table")
    return Verdict(Role.CONSTANT, "text" if node.dtype == "string" else f"no tensor of numbers: {node.dtype or '?'}")


def reads_variable(name: str, uses: Iterable[Use]) -> bool:
    """Whether the constant ``name`` stands where a variable stood: the node that read it is still there, or its name.

    TensorFlow 1 reads ``a`` through ``a/read``; TensorFlow 2 through ``.../ReadVariableOp``, whose name the constant
    takes over when the graph is simplified.
    """
    if _is_read(name):
        return True
    return any(use.direct and (use.taker == f"{name}/read" or _is_read(use.taker)) for use in uses)


def _is_read(name: str) -> bool:
    last = name.removesuffix("/resource").rpartition("/")[2]
    plain, _, number = last.partition("_")
    return plain == "ReadVariableOp" and (not number or number.isdecimal())


def _variable(node: Node, use: Use | None, known: Operations) -> Verdict:
    """A constant that was a variable: whole numbers of one element count steps, everything else is a parameter."""
    op, slot, taker, scope = "", "", "", ""
    if use is not None:
        slot = _slot(use, known)
        op, taker, scope = use.op, use.taker, use.scope
    whole = node.dtype.startswith(("int", "uint")) and node.dtype not in SMALL_INTEGERS
    if whole and node.shape == ():
        return Verdict(Role.COUNTER, "it was a variable: one whole number, such as a step", op=op, taker=taker)
    # What a loop begins with is taken by no operation that would say what it is.
    op = "" if use is not None and use.begins_loop else op
    return Verdict(Role.UNDETERMINED, f"{UNSAID}: {WAS_VARIABLE}", WAS_VARIABLE, op, slot, taker, scope)


def _weight_use(node: Node, uses: list[Use], known: Operations) -> Use | None:
    """The use that makes a tensor of this dtype a weight; None when no use does."""
    if node.shape == ():
        return None
    made_real = any(use.op in ("Dequantize", "UniformDequantize") for use in uses)
    for use in uses:
        slot = _slot(use, known)
        if not slot or use.begins_loop:
            continue
        # Whole numbers are weights only where they stand for real ones; only biases are as wide as four bytes.
        quantized = made_real or known.quantized or use.op.startswith(QUANTIZED)
        if is_real(node.dtype) or (quantized and (node.dtype in SMALL_INTEGERS or "bias" in slot)):
            return use
    return None


def _slot(use: Use, known: Operations) -> str:
    """What the operation calls a weight in this place; empty when it takes none there."""
    if "WithBias" in use.op and use.position in (1, 2):
        # Quantized operations have names for all that is fused into them, and the same first inputs.
        return "kernel" if use.position == 1 else "bias"
    return known.weights.get(use.op, {}).get(use.position, "")


def is_real(dtype: str) -> bool:
    """Whether tensors of a dtype hold numbers with fractions, as weights do unless they are quantized."""
    return dtype.startswith(("float", "bfloat", "complex"))


def _by_dtype(node: Node, uses: list[Use], known: Operations) -> Verdict:
    uses = [use for use in uses if use.begins_loop or use.position != known.passing.get(use.op)] or uses
    sizes = [use for use in uses if use.begins_loop or use.position in known.sizes.get(use.op, ())]
    if sizes and len(sizes) == len(uses):
        verdict, use = Verdict(Role.CONSTANT, _name_of_size(sizes[0], known)), sizes[0]
    else:
        verdict = by_itself(node.dtype, node.shape, small_integers=known.quantized)
        others = [use for use in uses if use not in sizes]
        if not others:
            return verdict
        use = others[0]
    return verdict._replace(op=use.op, taker=use.taker, taker_scope=use.scope)


def by_itself(dtype: str, shape: tuple[int | None, ...] | None, *, small_integers: bool = False) -> Verdict:
    """What a tensor is if nothing is known of its use: real numbers with an axis are weights.

    Args:
        dtype: its dtype.
        shape: its shape.
        small_integers: whether small whole numbers stand for real ones, as they do in a quantized model.
    """
    if dtype == "string":
        return Verdict(Role.CONSTANT, "text")
    if shape == ():
        return Verdict(Role.CONSTANT, "a single number")
    if is_real(dtype) or (small_integers and dtype in SMALL_INTEGERS):
        return Verdict(Role.UNDETERMINED, f"{UNSAID}: {BY_DTYPE}", BY_DTYPE)
    return Verdict(Role.CONSTANT, f"{dtype} values" if dtype else "values of an unknown dtype")


def _name_of_size(use: Use, known: Operations) -> str:
    if use.begins_loop:
        return "what a loop begins with"
    return f"{known.sizes[use.op][use.position]} of {use.op}"


def _first(uses: list[Use]) -> Use | None:
    return uses[0] if uses else None
