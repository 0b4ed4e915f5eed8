"""TensorFlow Lite: every tensor with values, as a weight or as a constant of the graph, each buffer once.

The file says which operation takes a tensor, and in which place: that tells kernels from shapes.  It says nothing of
training, and the converter has changed the model: batch normalization has become part of kernels and biases, and
values that were equal are stored once.
"""

from __future__ import annotations

from paramcount.dtypes import bits_of
from paramcount.model import PARAMETER_ROLES, Finding, Layer, Model, Role, Source, Stored, Variable
from paramcount.readers.findings import plural
from paramcount.readers.tensorflow.constants import constants_of, is_real
from paramcount.readers.tensorflow.graph_scopes import Tensor as Placed
from paramcount.readers.tensorflow.graph_scopes import parts_of, tree, with_unknown
from paramcount.readers.tensorflow.tflite_file import graph_of, read_file
from paramcount.readers.tensorflow.tflite_operations import OPERATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.tensorflow.constants import Constant
    from paramcount.readers.tensorflow.tflite_file import File, Operator, Subgraph, Tensor
    from paramcount.sources.bytesource import ByteSource

COMPILED = ("edgetpu-custom-op", "TfLiteGpuDelegate", "TfLiteNnapiDelegate", "DELEGATE", "ethos-u", "QnnDelegate")
"""Operations that hold a compiled part of the model as bytes, with the weights in them."""

_MADE_UP = ("arith.constant", "tfl.", "StatefulPartitionedCall", "PartitionedCall", "serving_default", "Const")
"""How names begin that the converter made up."""


def read_tflite(source: ByteSource) -> Model:
    """The model of a file.

    Raises:
        ParamcountError: when the file is damaged, or shares its parts without end.
    """
    file = read_file(source)
    reader = _Reader(file)
    root, others = reader.layers()
    made = Source(source.name, "tflite", "TensorFlow Lite model", "", "", source.size, source.bytes_read)
    held = list(reader.buffers.values())
    stored = Stored(sum([variable.parameters or 0 for variable in held]), len(held))
    return Model(root, made, tuple(others), tuple(reader.findings()), stored)


class _Reader:
    """One file on its way to layers.

    Attributes:
        buffers: every buffer that a tensor takes its values from, as it is counted.
    """

    def __init__(self, file: File) -> None:
        self.file = file
        self.constants = constants_of(graph_of(file), OPERATIONS)
        self.buffers: dict[int, Variable] = {}
        self.names = _Names(file)
        self._wrong: list[str] = []

    def tensor_of(self, constant: Constant) -> Tensor:
        """The tensor that a constant of the graph stands for."""
        return self.file.subgraphs[int(constant.function[1:])].tensors[int(constant.node.name[1:])]

    def layers(self) -> tuple[Layer, list[Variable]]:
        """The layers with their weights, in the order of the operations; and what is no weight."""
        self._judge()
        placed = []
        for constant in sorted(self.constants, key=_in_order):
            buffer = self.tensor_of(constant).buffer
            if self.buffers[buffer].role in PARAMETER_ROLES and constant.verdict.role in PARAMETER_ROLES:
                placed.append(self._placed(constant, self.buffers[buffer]))
        root = tree(placed)
        others = [variable for variable in self.buffers.values() if variable.role not in PARAMETER_ROLES]
        names = [(operator.op, operator.op) for operator in self.compiled()]
        return with_unknown(root, names, "its weights are compiled into one block of bytes"), others

    def _judge(self) -> None:
        """One role for each buffer: what is a weight somewhere is a weight."""
        for constant in self.constants:
            tensor, verdict = self.tensor_of(constant), constant.verdict
            known = self.buffers.get(tensor.buffer)
            if known is None:
                elsewhere = "external " if tensor.buffer < 0 else ""
                stored_at = f"{tensor.name} ({elsewhere}buffer {abs(tensor.buffer)})"
                self.buffers[tensor.buffer] = Variable(
                    stored_at, tensor.shape, tensor.dtype, verdict.role, verdict.reason, stored_at, stored_at
                )
                self._check_size(tensor)
            elif known.role not in PARAMETER_ROLES and verdict.role in PARAMETER_ROLES:
                self.buffers[tensor.buffer] = known._replace(role=verdict.role, reason=verdict.reason)

    def _check_size(self, tensor: Tensor) -> None:
        """Whether the values stored are as many as the shape says; sparse tensors and texts are stored otherwise."""
        if tensor.buffer < 0:
            return
        bits = bits_of(tensor.dtype)
        elements = Variable("", tensor.shape, "", Role.CONSTANT).parameters
        size = self.file.sizes[tensor.buffer]
        if bits is not None and elements is not None and not tensor.sparse and -(-elements * bits // 8) != size:
            self._wrong.append(f"{tensor.name}: {size:,} bytes for {elements:,} values of {tensor.dtype}")

    def _placed(self, constant: Constant, variable: Variable) -> Placed:
        tensor, verdict = self.tensor_of(constant), constant.verdict
        scope, own = self.names.place(constant, tensor)
        return Placed(
            scope, verdict.slot or own, variable.shape, variable.dtype, variable.role, variable.reason,
            variable.stored_at, verdict.op, bool(verdict.slot),
        )  # fmt: skip

    def compiled(self) -> list[Operator]:
        """The operations that hold compiled parts."""
        return [one for subgraph in self.file.subgraphs for one in subgraph.operators if one.op in COMPILED]

    def findings(self) -> list[Finding]:
        """What a user must know of the number."""
        weights = [constant for constant in self.constants if constant.verdict.role in PARAMETER_ROLES]
        compiled = self.compiled()
        found = []
        if compiled:
            message = (
                f"{plural(len(compiled), 'operation')} ({compiled[0].op}) hold a compiled part of the model with its "
                "weights, which cannot be counted: the total is what lies outside of it."
            )
            advice = "Count the model that it was compiled from."
            found.append(Finding("opaque-operation", "warning", "", message, advice))
        elif not weights:
            found.append(self._nothing())
        if weights:
            found.append(self._what_is_counted(weights))
        found += self._quantized(weights) + self._sparse(weights)
        elsewhere = len({number for number in self.buffers if number < 0})
        if elsewhere:
            message = f"{plural(elsewhere, 'tensor')} with values in other files, which are not opened to count them."
            found.append(Finding("values-elsewhere", "info", "", message))
        if self._wrong:
            message = f"The values stored are not as many as the shape says: {'; '.join(self._wrong[:3])}."
            found.append(Finding("size-disagrees", "warning", "", message, "The number counted is that of the shape."))
        return found

    def _what_is_counted(self, weights: list[Constant]) -> Finding:
        doubtful = sum([not constant.verdict.slot for constant in weights])
        message = (
            "TensorFlow Lite stores what inference needs: batch normalization has become part of kernels and biases, "
            "equal tensors are stored once and zero biases may be left out, so the number is usually below Keras's. "
            "What trained is not in the file."
        )
        if doubtful:
            message += f"  {plural(doubtful, 'tensor')} counted by dtype and shape alone: nothing else says what it is."
        normalized = self.names.normalized()
        if normalized:
            message += f"  Names still tell of batch normalization, such as {normalized}."
        advice = "Count the model that it was converted from for Keras's number and the split."
        return Finding("batch-normalization-folded", "info", "", message, advice)

    def _nothing(self) -> Finding:
        operators = sum([len(subgraph.operators) for subgraph in self.file.subgraphs])
        numbers = sum([is_real(one.node.dtype) and one.node.shape == () for one in self.constants])
        if not self.constants:
            message = (
                f"No tensor has values: the {plural(operators, 'operation')} of this model take none, so that it has "
                "no parameters."
            )
        else:
            message = f"None of the {plural(len(self.constants), 'tensor')} stored looks like a weight."
            if numbers:
                message += f"  {plural(numbers, 'single number')} may have been one; they are listed as constants."
        return Finding("no-weights", "info", "", message)

    def _quantized(self, weights: list[Constant]) -> list[Finding]:
        kinds: dict[str, int] = {}
        for dtype in {self.tensor_of(constant).buffer: constant.node.dtype for constant in weights}.values():
            if dtype != "float32":
                kinds[dtype] = kinds.get(dtype, 0) + 1
        if not kinds:
            return []
        named = ", ".join([f"{number:,} {dtype}" for dtype, number in kinds.items()])
        message = f"Not stored as float32 ({named}): quantization changes the size, and never the count."
        return [Finding("weights-quantized", "info", "", message)]

    def _sparse(self, weights: list[Constant]) -> list[Finding]:
        sparse = [self.tensor_of(constant) for constant in weights if self.tensor_of(constant).sparse]
        if not sparse:
            return []
        held = 0
        for tensor in sparse:
            held += self.file.sizes.get(tensor.buffer, 0) * 8 // (bits_of(tensor.dtype) or 8)
        message = (
            f"{plural(len(sparse), 'tensor')} stored sparse, with {held:,} values that are not zero; the number "
            "counted is that of the whole shape."
        )
        return [Finding("weights-sparse", "info", "", message)]


def _in_order(constant: Constant) -> tuple[int, int, bool]:
    """Constants in the order of the subgraphs, in each of the operations that take them, and kernels before biases."""
    verdict = constant.verdict
    if not verdict.taker:
        return int(constant.function[1:]), 1 << 32, False
    return int(verdict.taker_scope[1:]), int(verdict.taker[1:]), "bias" in verdict.slot


class _Names:
    """Readable places for weights, from the names that the converter left."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._given: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}

    def place(self, constant: Constant, tensor: Tensor) -> tuple[tuple[str, ...], str]:
        """The scope of a weight, and its own name."""
        own = parts_of(tensor.name.partition(";")[0])
        key = constant.verdict.taker_scope, constant.verdict.taker
        if not key[1]:
            return own[:-1], own[-1] if own else tensor.name
        subgraph = self._file.subgraphs[int(key[0][1:])]
        operator = subgraph.operators[int(key[1][1:])]
        scope = self._scope(subgraph, operator)
        if not scope:
            name = self._given.get(key)
            if name is None:
                name = self._given[key] = self._numbered(operator.op.lower())
            scope = (name,)
        return scope, own[-1] if own else tensor.name

    def _scope(self, subgraph: Subgraph, operator: Operator) -> tuple[str, ...]:
        """The scope of an operation, from the first of its weights and results whose name was not made up."""
        slots = OPERATIONS.weights.get(operator.op, ())
        weights = [tensor for at, tensor in enumerate(operator.inputs) if at in slots]
        for number in (*weights, *operator.outputs):
            name = subgraph.tensors[number].name.partition(";")[0] if number >= 0 else ""
            if "/" in name and not name.startswith(_MADE_UP):
                parts = parts_of(name)[:-1]
                if parts:
                    return parts
        return ()

    def _numbered(self, name: str) -> str:
        """A name as Keras would make it: with a number from the second on."""
        number = self._numbers.get(name, 0)
        self._numbers[name] = number + 1
        return f"{name}_{number}" if number else name

    def normalized(self) -> str:
        """A name of a tensor that tells of batch normalization; empty when none does."""
        for subgraph in self._file.subgraphs:
            for tensor in subgraph.tensors:
                for name in tensor.name.split(";"):
                    plain = name.lower().replace("_", "")
                    if "batchnorm" in plain or "/bn/" in plain:
                        return name[:120]
        return ""
