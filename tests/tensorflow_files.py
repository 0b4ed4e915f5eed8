"""Files of TensorFlow made by hand: graphs, TensorFlow Lite models and models of TensorFlow.js."""

from __future__ import annotations

from typing import Any

FLOAT, INT32, UINT8, INT8, STRING, INT64, QINT8, QINT32 = 1, 3, 4, 6, 7, 9, 11, 13
"""Numbers of dtypes in graphs."""


def varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes((value,))


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a message on the wire."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def shape_proto(shape: tuple[int, ...] | None) -> bytes:
    if shape is None:
        return field(3, 1)
    return b"".join(field(2, field(1, size)) for size in shape)


def tensor_proto(dtype: int, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    return field(1, dtype) + field(2, shape_proto(shape)) + (field(4, content) if content else b"")


def attribute(key: str, value: bytes) -> bytes:
    return field(5, field(1, key) + field(2, value))


def node(name: str, op: str, *inputs: str, attributes: bytes = b"") -> bytes:
    return field(1, name) + field(2, op) + b"".join(field(3, value) for value in inputs) + attributes


def const(name: str, shape: tuple[int, ...], dtype: int = FLOAT, content: bytes = b"") -> bytes:
    value = attribute("value", field(8, tensor_proto(dtype, shape, content)))
    return node(name, "Const", attributes=attribute("dtype", field(6, dtype)) + value)


def variable(name: str, shape: tuple[int, ...] | None, dtype: int = FLOAT, op: str = "VarHandleOp") -> bytes:
    about = attribute("dtype", field(6, dtype)) + attribute("shape", field(7, shape_proto(shape)))
    return node(name, op, attributes=about + attribute("shared_name", field(2, name)))


def calling(name: str, op: str, *inputs: str, **functions: str) -> bytes:
    """A node that calls functions, by the names of its attributes."""
    calls = b"".join(attribute(key, field(10, field(1, called))) for key, called in functions.items())
    return node(name, op, *inputs, attributes=calls)


def function(name: str, arguments: list[str], nodes: list[bytes], returns: dict[str, str] | None = None) -> bytes:
    returns = returns or {}
    signature = field(1, name)
    signature += b"".join(field(2, field(1, one)) for one in arguments)
    signature += b"".join(field(3, field(1, one)) for one in returns)
    body = b"".join(field(3, one) for one in nodes)
    results = b"".join(field(4, field(1, key) + field(2, value)) for key, value in returns.items())
    return field(1, signature) + body + results


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    """A ``GraphDef``."""
    library = field(2, b"".join(field(1, one) for one in functions)) if functions else b""
    return b"".join(field(1, one) for one in nodes) + library + field(4, field(1, 1882))


class Int:
    """A number in a table of a FlatBuffer."""

    def __init__(self, value: int, size: int = 4) -> None:
        self.data = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


class Ints:
    """A vector of numbers."""

    def __init__(self, values: Any, size: int = 4) -> None:
        self.size = size
        self.values = list(values)

    def data(self) -> bytes:
        parts = [(value & (1 << 8 * self.size) - 1).to_bytes(self.size, "little") for value in self.values]
        return len(parts).to_bytes(4, "little") + b"".join(parts)


def flatbuffer(root: dict[int, Any], identifier: bytes = b"TFL3") -> bytes:
    """A FlatBuffer of nested tables: field numbers to numbers, texts, bytes, tables, and lists of tables."""
    out = bytearray(4) + identifier
    pending: list[tuple[int, Any]] = [(0, root)]
    for at, value in pending:
        out.extend(bytes(-len(out) % 4))
        start = len(out)
        if isinstance(value, dict):
            start = _table(out, value, pending)
        elif isinstance(value, list):
            out.extend(len(value).to_bytes(4, "little"))
            for one in value:
                pending.append((len(out), one))
                out.extend(bytes(4))
        elif isinstance(value, Ints):
            out.extend(value.data())
        else:
            data = value.encode() if isinstance(value, str) else value
            out.extend(len(data).to_bytes(4, "little") + data + (b"\0" if isinstance(value, str) else b""))
        out[at : at + 4] = (start - at).to_bytes(4, "little")
    return bytes(out)


def _table(out: bytearray, fields: dict[int, Any], pending: list[tuple[int, Any]]) -> int:
    """One table behind its vtable; what it points at is written later."""
    count = max(fields, default=-1) + 1
    offsets, body = [0] * count, bytearray(4)
    for number, value in fields.items():
        offsets[number] = len(body)
        body.extend(value.data if isinstance(value, Int) else bytes(4))
    vtable = len(out)
    for number in (4 + 2 * count, len(body), *offsets):
        out.extend(number.to_bytes(2, "little"))
    start = len(out)
    body[:4] = (start - vtable).to_bytes(4, "little")
    out.extend(body)
    pending.extend((start + offsets[n], value) for n, value in fields.items() if not isinstance(value, Int))
    return start


TFLITE_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "string": 5, "int8": 9, "int4": 17}
BITS = {"float32": 32, "float16": 16, "int32": 32, "uint8": 8, "int64": 64, "string": 8, "int8": 8, "int4": 4}


def tensor(name: str, shape: tuple[int, ...], dtype: str = "float32", buffer: int = 0, **more: Any) -> dict[int, Any]:
    """A tensor of TensorFlow Lite: its buffer 0 holds no values."""
    made = {
        0: Ints(shape), 1: Int(TFLITE_TYPES[dtype], 1), 2: Int(buffer), 3: name,
    }  # fmt: skip
    if more.get("is_variable"):
        made[5] = Int(1, 1)
    if more.get("sparse"):
        made[6] = {0: Ints((0, 1))}
    return made


def operator(code: int, inputs: tuple[int, ...], outputs: tuple[int, ...], options: Any = None) -> dict[int, Any]:
    made = {0: Int(code), 1: Ints(inputs), 2: Ints(outputs)}
    return made if options is None else {**made, 3: Int(1, 1), 4: options}


def builtin(number: int) -> dict[int, Any]:
    return {0: Int(min(number, 127), 1), 3: Int(number)}


def custom(name: str) -> dict[int, Any]:
    return {0: Int(32, 1), 1: name, 3: Int(32)}


def subgraph(
    tensors: list[dict[int, Any]],
    operators: list[dict[int, Any]],
    inputs: tuple[int, ...] = (),
    outputs: tuple[int, ...] = (),
) -> dict[int, Any]:
    return {0: tensors, 1: Ints(inputs), 2: Ints(outputs), 3: operators, 4: "main"}


def tflite(codes: list[dict[int, Any]], subgraphs: list[dict[int, Any]], buffers: list[bytes]) -> bytes:
    """A model of TensorFlow Lite."""
    held = [{0: data} if data else {} for data in buffers]
    return flatbuffer({0: Int(3), 1: codes, 2: subgraphs, 3: "made by hand", 4: held})


def data_of(shape: tuple[int, ...], dtype: str = "float32") -> bytes:
    """As many zeros as a tensor takes."""
    elements = 1
    for size in shape:
        elements *= size
    return bytes(-(-elements * BITS[dtype] // 8))


def convolution(dtype: str = "float32", bias: str = "float32", **more: Any) -> bytes:
    """A convolution of 8 filters of 3 x 3 x 3 and a reshape: 224 parameters and 2 numbers of a shape."""
    kernel, shape = (8, 3, 3, 3), (2,)
    tensors = [
        tensor("image", (1, 8, 8, 3)),
        tensor("net/conv/Conv2D", kernel, dtype, 1, **more),
        tensor("net/conv/bias", (8,), bias, 2),
        tensor("net/conv/Relu;net/conv/BiasAdd", (1, 6, 6, 8)),
        tensor("net/flatten/shape", shape, "int32", 3),
        tensor("Identity", (1, 288)),
    ]
    operators = [operator(0, (0, 1, 2), (3,)), operator(1, (3, 4), (5,))]
    buffers = [b"", data_of(kernel, dtype), data_of((8,), bias), data_of(shape, "int32")]
    return tflite([builtin(3), builtin(22)], [subgraph(tensors, operators, (0,), (5,))], buffers)


def weight(name: str, shape: tuple[int, ...], dtype: str = "float32", **more: Any) -> dict[str, Any]:
    """An entry of a manifest of TensorFlow.js."""
    return {"name": name, "shape": list(shape), "dtype": dtype, **more}


def manifest(*weights: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"paths": ["group1-shard1of1.bin"], "weights": list(weights)}]


def layers_model(
    config: dict[str, Any], *weights: dict[str, Any], version: str = "2.15.0", **more: Any
) -> dict[str, Any]:
    """A layers model as the converter writes it."""
    topology = {"keras_version": version, "backend": "tensorflow", "model_config": config}
    return {
        "format": "layers-model", "generatedBy": f"keras v{version}", "convertedBy": "TensorFlow.js Converter v4.22.0",
        "modelTopology": topology, "weightsManifest": manifest(*weights), **more,
    }  # fmt: skip


def json_node(name: str, op: str, *inputs: str, **functions: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "op": op}
    if inputs:
        made["input"] = list(inputs)
    if functions:
        made["attr"] = {key: {"func": {"name": called}} for key, called in functions.items()}
    return made


def graph_model(nodes: list[dict[str, Any]], *weights: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A graph model."""
    return {
        "format": "graph-model", "generatedBy": "2.15.0", "convertedBy": "TensorFlow.js Converter v4.22.0",
        "modelTopology": {"node": nodes, "versions": {"producer": 1395}, **more}, "weightsManifest": manifest(*weights),
    }  # fmt: skip
