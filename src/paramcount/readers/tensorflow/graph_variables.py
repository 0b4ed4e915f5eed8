"""The variables of a graph that was not frozen, and what its own optimizer, if it has one, tells about them."""

from __future__ import annotations

from paramcount.model import Role
from paramcount.readers.tensorflow.graph_scopes import Tensor, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.tensorflow.graph import Graph, Node

VARIABLES = ("Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable")
"""Operations that are variables."""

_READERS = ("Identity", "ReadVariableOp", "Enter", "RefEnter", "Switch", "RefSwitch", "Cast")
_UPDATES = ("Apply", "ResourceApply", "SparseApply", "ResourceSparseApply")
"""How operations begin by which optimizers change variables: the first input is the variable, then come its slots."""

UNSAID = "the graph does not say whether it trains"
UPDATED = "an optimizer in the graph updates it"


def variables_of(graph: Graph) -> tuple[Tensor, ...]:
    """Every variable of a graph and of its functions, once: two handles of one name are one variable."""
    found: dict[str, Node] = {}
    for nodes in (graph.nodes, *[function.nodes for function in graph.functions]):
        for node in nodes:
            if node.op in VARIABLES:
                name = node.shared_name or node.name
                known = found.get(name)
                if known is None or known.shape is None:
                    found[name] = node
    if not found:
        return ()
    updated, slots = _updates(graph)
    return tuple([_tensor(name, node, updated, slots) for name, node in found.items()])


def _tensor(name: str, node: Node, updated: set[str], slots: set[str]) -> Tensor:
    role, reason = Role.UNDETERMINED, UNSAID
    if node.name in slots:
        role, reason = Role.OPTIMIZER, "state of the optimizer"
    elif node.name in updated:
        role, reason = Role.TRAINABLE, UPDATED
    elif node.dtype in ("string", "resource", "variant"):
        role, reason = Role.TABLE, "holds no numbers"
    elif node.shape == () and node.dtype.startswith(("int", "uint")):
        role, reason = Role.COUNTER, "one whole number, such as a step"
    parts = parts_of(name) or (name,)
    scope = parts[:-1] or parts
    return Tensor(scope, parts[-1], node.shape, node.dtype, role, reason, name, "")


def _updates(graph: Graph) -> tuple[set[str], set[str]]:
    """The variables that an optimizer in the graph changes, and those that it keeps for itself."""
    updated: set[str] = set()
    slots: set[str] = set()
    for nodes in (graph.nodes, *[function.nodes for function in graph.functions]):
        by_name = {node.name: node for node in nodes}
        for node in nodes:
            if node.op.startswith(_UPDATES):
                for position, value in enumerate(node.inputs):
                    variable = _origin(value, by_name)
                    if variable:
                        (slots if position else updated).add(variable)
    return updated, slots - updated


def _origin(value: str, by_name: dict[str, Node]) -> str:
    """The variable that a value was read from; empty when it is no plain reading of one."""
    for _ in range(8):
        node = by_name.get(value.partition(":")[0])
        if node is None:
            return ""
        if node.op in VARIABLES:
            return node.name
        if node.op not in _READERS or not node.inputs:
            return ""
        value = node.inputs[0]
    return ""
