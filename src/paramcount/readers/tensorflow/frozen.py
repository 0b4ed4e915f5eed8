"""A ``GraphDef`` as a model: frozen, with constants where the variables were, or not frozen, with its variables.

What trained is in no graph; the names of the nodes give the layers.
"""

from __future__ import annotations

from paramcount.containers.protobuf import whole
from paramcount.model import PARAMETER_ROLES, Finding, Layer, Model, Role, Source, Stored, Variable
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow import consumers
from paramcount.readers.tensorflow.constants import BY_DTYPE, BY_OPERATION, SMALL_INTEGERS, WAS_VARIABLE, constants_of
from paramcount.readers.tensorflow.graph import read_graph
from paramcount.readers.tensorflow.graph_scopes import Tensor, placed, tree, with_unknown
from paramcount.readers.tensorflow.graph_variables import variables_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.tensorflow.constants import Constant
    from paramcount.readers.tensorflow.graph import Graph
    from paramcount.sources.bytesource import ByteSource


def read_frozen(source: ByteSource, shown: ByteSource | None = None) -> Model:
    """The model of a graph.

    Args:
        source: the bytes of a ``GraphDef``.
        shown: the file itself, where ``source`` is only its binary form.

    Raises:
        ParamcountError: when it is no graph.
    """
    graph = read_graph(whole(source))
    file = source if shown is None else shown
    variables = variables_of(graph)
    constants = constants_of(graph, holds_variables=bool(variables))
    form, title = ("graph-def", "TensorFlow graph") if variables else ("frozen-graph", "TensorFlow frozen graph")
    made = Source(file.name, form, title, "", "", file.size, file.bytes_read)
    return model_of(graph, constants, made, variables)


def model_of(graph: Graph, constants: list[Constant], source: Source, variables: tuple[Tensor, ...] = ()) -> Model:
    """The model of a graph whose constants have been judged; also of a graph of TensorFlow.js.

    Args:
        graph: the graph.
        constants: all of its constants.
        source: where it came from.
        variables: its variables, if it has any.
    """
    weights = [constant for constant in constants if constant.verdict.role in PARAMETER_ROLES]
    held = [*variables, *[tensor_of(constant) for constant in weights]]
    root = tree([tensor for tensor in held if tensor.role in PARAMETER_ROLES])
    root = _with_opaque(root, graph)
    others = [_as_other(tensor) for tensor in held if tensor.role not in PARAMETER_ROLES]
    others += [_as_other(tensor_of(c)) for c in constants if c.verdict.role not in PARAMETER_ROLES]
    total = sum([c.elements for c in constants]) + sum([_size(tensor.shape) for tensor in variables])
    stored = Stored(total, len(constants) + len(variables))
    found = findings_of(graph, constants, variables)
    return Model(root, source, tuple(others), tuple(found), stored)


def tensor_of(constant: Constant) -> Tensor:
    """A constant with the place that its name gives it."""
    node, verdict = constant.node, constant.verdict
    scope, name = placed(node.name, verdict.slot, verdict.taker)
    return Tensor(scope, name, node.shape, node.dtype, verdict.role, verdict.reason, constant.stored_at, verdict.op)


def _as_other(tensor: Tensor) -> Variable:
    return Variable(
        tensor.stored_at, tensor.shape, tensor.dtype, tensor.role, tensor.reason, tensor.stored_at, tensor.stored_at
    )


def _size(shape: tuple[int | None, ...] | None) -> int:
    return Variable("", shape, "", Role.CONSTANT).parameters or 0


def _with_opaque(root: Layer, graph: Graph) -> Layer:
    """The tree with a layer of its own for every operation that holds a compiled model, whose weights are unknown."""
    names = [(node.name.replace("/", "."), node.op) for node in graph.nodes if node.op in consumers.OPAQUE]
    return with_unknown(root, names, "it holds its weights in compiled form")


def findings_of(graph: Graph, constants: list[Constant], variables: tuple[Tensor, ...]) -> list[Finding]:
    """What a user must know of the number of a graph."""
    weights = [constant for constant in constants if constant.verdict.role in PARAMETER_ROLES]
    found = []
    if variables:
        found.append(_unfrozen(variables))
    if weights:
        found.append(_what_is_counted(weights))
        found += _quantized(weights)
    opaque = [node for node in graph.nodes if node.op in consumers.OPAQUE]
    if opaque:
        message = (
            f"{plural(len(opaque), 'operation')} ({opaque[0].op}) hold weights in compiled form, which are unknown."
        )
        found.append(Finding("opaque-operation", "warning", "", message, "Count the model it was compiled from."))
    elif not variables and not weights:
        found.append(_nothing(constants))
    return found


def _what_is_counted(weights: list[Constant]) -> Finding:
    kinds = [constant.verdict.evidence for constant in weights]
    evidence = [
        f"{kinds.count(kind):,} {words}"
        for kind, words in (
            (WAS_VARIABLE, "read as variables are"),
            (BY_OPERATION, "taken as weights by their operations"),
            (BY_DTYPE, "only by dtype and shape"),
        )
        if kind in kinds
    ]
    message = (
        f"The graph holds constants in place of variables: {plural(len(weights), 'tensor')} counted as weights "
        f"({', '.join(evidence)}).  What trained is not in the file."
    )
    if kinds.count(WAS_VARIABLE) < len(kinds):
        message += (
            "  The number may be below Keras's, where batch normalization was folded into kernels, and above it, "
            "where constants of a front end look like weights."
        )
    advice = "Count the model that it was made from for Keras's number and the split."
    return Finding("constants-as-weights", "info", "", message, advice)


def _quantized(weights: list[Constant]) -> list[Finding]:
    small = [constant for constant in weights if constant.node.dtype in SMALL_INTEGERS]
    if not small:
        return []
    message = f"{plural(len(small), 'tensor')} stored quantized; that changes their size, and never the count."
    return [Finding("weights-quantized", "info", "", message)]


def _unfrozen(variables: tuple[Tensor, ...]) -> Finding:
    trained = sum([tensor.role is Role.TRAINABLE for tensor in variables])
    message = (
        f"The graph is not frozen: {plural(len(variables), 'variable')}, whose shapes it has and whose values it has "
        "not."
    )
    if trained:
        message += f"  An optimizer in the graph updates {trained:,} of them, which therefore train."
    else:
        message += "  Nothing in it says which of them train."
    return Finding("graph-not-frozen", "info", "", message, "Its checkpoint or SavedModel has the values.")


def _nothing(constants: list[Constant]) -> Finding:
    if constants:
        message = f"None of the {plural(len(constants), 'constant')} is a weight: they are sizes, axes and numbers."
    else:
        message = "The graph has neither constants nor variables, so that it has no parameters."
    return Finding("no-weights", "info", "", message)
