"""A TensorFlow Lite file as plain records: tensors, what is stored of each, and the operations that take them.

Source: ``tensorflow/compiler/mlir/lite/schema/schema.fbs``; the numbers here are those of its fields.
"""

from __future__ import annotations

from paramcount.containers.flatbuffer import FlatBuffer
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow.graph import Function, Graph, Node
from paramcount.readers.tensorflow.shapes import RANK_LIMIT
from paramcount.readers.tensorflow.tflite_operations import CUSTOM, FIRST_STATE, dtype_of, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from paramcount.containers.flatbuffer import Table
    from paramcount.model import Shape
    from paramcount.sources.bytesource import ByteSource
else:
    from paramcount.records import NamedTuple

INPUT_LIMIT = 2_000_000
"""Inputs and outputs of all operations of a subgraph."""
_OPTIONS = {"WHILE": (1, 0), "IF": (0, 1), "CALL": (0,), "CALL_ONCE": (0,), "VAR_HANDLE": ()}
"""Operations whose options are read, to the fields of these that name the subgraphs which are called."""


class Tensor(NamedTuple):
    """One tensor of a subgraph."""

    name: str
    shape: Shape
    dtype: str
    buffer: int
    """Which buffer holds its values; buffers of no bytes hold none.  Below zero: a buffer in another file."""
    is_variable: bool
    quantized: bool
    """Whether scales say which real numbers its values stand for."""
    sparse: bool


class Operator(NamedTuple):
    """One operation of a subgraph."""

    op: str
    inputs: tuple[int, ...]
    """Numbers of tensors; -1 for one that is left out."""
    outputs: tuple[int, ...]
    calls: tuple[int, ...] = ()
    """Numbers of the subgraphs that it calls."""
    custom: bool = False
    variable: str = ""
    """The name of the variable that a ``VAR_HANDLE`` stands for."""


class Subgraph(NamedTuple):
    """Tensors, and the operations on them in their order."""

    name: str
    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[Operator, ...]


class File(NamedTuple):
    """The whole file."""

    subgraphs: tuple[Subgraph, ...]
    sizes: dict[int, int]
    """Bytes of every buffer."""
    description: str


def read_file(source: ByteSource) -> File:
    """The records of a file.

    Raises:
        CorruptFile: when a part of it points at another that is not there.
        LimitExceeded: when it shares its parts without end.
    """
    root = FlatBuffer(source).root()
    codes = [_code(table) for table in root.tables(1)]
    sizes = {number: _buffer_size(table, source) for number, table in enumerate(root.tables(4))}
    sizes.update((-table.integer(0, 4), table.integer(3, 8)) for table in root.tables(9))
    subgraphs = tuple([_subgraph(table, codes, source.name) for table in root.tables(2)])
    return File(subgraphs, sizes, root.text(3))


def _code(table: Table) -> tuple[str, bool]:
    """The name of an operation, and whether it is one of somebody's own.

    The field of one byte is older; where the number does not fit, it holds 127 and a wider field holds the number.
    """
    number = max(table.integer(0, 1), table.integer(3, 4))
    return (table.text(1) or "CUSTOM", True) if number == CUSTOM else (name_of(number), False)


def _buffer_size(table: Table, source: ByteSource) -> int:
    """The bytes of a buffer: in the table, or behind it where all together would not fit into two gigabytes."""
    offset, size = table.integer(1, 8), table.integer(2, 8)
    # 0 and 1 stand for "not used": no buffer can begin there.
    if offset > 1:
        if offset + size > source.size:
            raise CorruptFile(
                "The values of a tensor lie beyond the end of the file", where=source.name,
                found=f"{size} bytes at byte {offset}", expected=f"an end before byte {source.size}",
            )  # fmt: skip
        return size
    return table.vector(0, 1)[1]


def _subgraph(table: Table, codes: list[tuple[str, bool]], where: str) -> Subgraph:
    tensors = tuple([_tensor(inner, where) for inner in table.tables(0)])
    operators = tuple([_operator(inner, codes, len(tensors), where) for inner in table.tables(3)])
    inputs = _checked(table.integers(1, 4, signed=True), len(tensors), where)
    outputs = _checked(table.integers(2, 4, signed=True), len(tensors), where)
    ends = sum([len(operator.inputs) + len(operator.outputs) for operator in operators])
    if ends > INPUT_LIMIT:
        raise LimitExceeded("The operations take too many tensors", where=where, expected=f"at most {INPUT_LIMIT}")
    return Subgraph(table.text(4), tensors, inputs, outputs, operators)


def _tensor(table: Table, where: str) -> Tensor:
    shape = table.integers(0, 4, signed=True)
    if len(shape) > RANK_LIMIT:
        raise LimitExceeded("A tensor has too many axes", where=where, expected=f"at most {RANK_LIMIT}")
    quantization = table.table(4)
    elsewhere = table.integer(10, 4)
    return Tensor(
        table.text(3),
        tuple([size if size >= 0 else None for size in shape]),
        dtype_of(table.integer(1, 1)),
        -elsewhere if elsewhere else table.integer(2, 4),
        table.integer(5, 1) != 0,
        quantization is not None and quantization.vector(2, 4)[1] > 0,
        table.has(6),
    )


def _operator(table: Table, codes: list[tuple[str, bool]], tensors: int, where: str) -> Operator:
    number = table.integer(0, 4)
    if number >= len(codes):
        raise CorruptFile("An operation has no code", where=where, found=str(number), expected=f"below {len(codes)}")
    op, custom = codes[number]
    inputs = _checked(table.integers(1, 4, signed=True), tensors, where)
    outputs = _checked(table.integers(2, 4, signed=True), tensors, where)
    options = table.table(4) if op in _OPTIONS and not custom else None
    if options is None:
        return Operator(op, inputs, outputs, (), custom)
    calls = tuple([options.integer(field, 4) for field in _OPTIONS[op]])
    return Operator(op, inputs, outputs, calls, custom, options.text(1) if op == "VAR_HANDLE" else "")


def _checked(numbers: tuple[int, ...], tensors: int, where: str) -> tuple[int, ...]:
    """Numbers of tensors, all of which are there or left out."""
    for number in numbers:
        if not -1 <= number < tensors:
            raise CorruptFile(
                "An operation takes a tensor that is not there", where=where, found=str(number),
                expected=f"-1 to {tensors - 1}",
            )  # fmt: skip
    return numbers


def graph_of(file: File) -> Graph:
    """The same as a graph of nodes, in which constants can be followed to who takes them.

    A subgraph is a function; a tensor without an operation that makes it is a node of its own, ``t`` and its number,
    and a constant if it holds values.
    """
    states = _writers_of_states(file)
    return Graph((), tuple([_function(number, one, file, states) for number, one in enumerate(file.subgraphs)]))


def _writers_of_states(file: File) -> set[int]:
    """The operations, by ``id``, that write to a variable to which the model itself writes: what it holds is no weight.

    A subgraph that is called once gives variables their first values; weights are never given others.
    """
    called = (operator for one in file.subgraphs for operator in one.operators if operator.op == "CALL_ONCE")
    first = {number for operator in called for number in operator.calls}
    assigned = [_assigned(one) for one in file.subgraphs]
    written = {
        name
        for number, (one, writers) in enumerate(zip(file.subgraphs, assigned, strict=True))
        if number not in first
        for operator, name in writers
        if not holds_values(one.tensors[operator.inputs[1]], file)
    }
    return {id(operator) for writers in assigned for operator, name in writers if name in written}


def _assigned(subgraph: Subgraph) -> list[tuple[Operator, str]]:
    """The operations of a subgraph that write to a variable, each with the variable's name."""
    handles = {one.outputs[0]: one.variable for one in subgraph.operators if one.variable and one.outputs}
    writers = (one for one in subgraph.operators if one.op == "ASSIGN_VARIABLE" and len(one.inputs) == 2)
    return [(one, handles[one.inputs[0]]) for one in writers if one.inputs[0] in handles and one.inputs[1] >= 0]


def _function(number: int, subgraph: Subgraph, file: File, states: set[int]) -> Function:
    # Each name is made once: one list of inputs may stand in many places.
    values = [f"t{tensor}" for tensor in range(len(subgraph.tensors))] + ["t-1"]
    for at, operator in enumerate(subgraph.operators):
        for tensor in operator.outputs:
            if tensor >= 0:
                values[tensor] = f"o{at}"
    nodes = [
        Node(f"t{at}", "Const", (), tensor.dtype, tensor.shape)
        for at, tensor in enumerate(subgraph.tensors)
        if holds_values(tensor, file)
    ]
    for at, operator in enumerate(subgraph.operators):
        inputs = tuple([values[tensor] for tensor in operator.inputs])
        calls = tuple([f"s{called}" for called in operator.calls])
        nodes.append(Node(f"o{at}", FIRST_STATE if id(operator) in states else operator.op, inputs, calls=calls))
    arguments = tuple([f"t{tensor}" for tensor in subgraph.inputs])
    returns = tuple([("", values[tensor]) for tensor in subgraph.outputs])
    return Function(f"s{number}", arguments, tuple(nodes), returns)


def holds_values(tensor: Tensor, file: File) -> bool:
    """Whether the file stores the values of a tensor, or says that another one does."""
    return tensor.buffer < 0 or file.sizes.get(tensor.buffer, 0) > 0
