"""The messages of TensorFlow as far as paramcount reads them: field names to numbers and kinds.

The binary readers know the numbers; this table serves the text form, which knows the names.  Fields that are not here
are passed over: weights above all.

Source: ``tensorflow/core/framework/{graph,node_def,function,op_def,attr_value,tensor,tensor_shape,variable}.proto`` and
``tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph,trackable_object_graph}.proto``.
"""

from __future__ import annotations

from paramcount.containers.textproto import BOOL, BYTES, INT, Schema
from paramcount.readers.tensorflow.dtypes import REFERENCE

_DTYPES = (
    "INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32 BFLOAT16 QINT16 "
    "QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64 FLOAT8_E5M2 FLOAT8_E4M3FN FLOAT8_E4M3FNUZ "
    "FLOAT8_E4M3B11FNUZ FLOAT8_E5M2FNUZ INT4 UINT4 INT2 UINT2 FLOAT4_E2M1FN"
).split()

DTYPES: dict[str, int] = {f"DT_{name}": number for number, name in enumerate(_DTYPES)}
"""Name of a dtype in a message to its number; those of references to variables have ``_REF`` behind them."""
DTYPES.update({f"DT_{name}_REF": number + REFERENCE for number, name in enumerate(_DTYPES) if number})

_DTYPE = "DataType"
_ATTRIBUTES = {"key": (1, BYTES), "value": (2, "AttrValue")}

_GRAPH = {
    "GraphDef": {"node": (1, "NodeDef"), "library": (2, "FunctionDefLibrary"), "versions": (4, "VersionDef")},
    "VersionDef": {"producer": (1, INT), "min_consumer": (2, INT)},
    "FunctionDefLibrary": {"function": (1, "FunctionDef")},
    "FunctionDef": {
        "signature": (1, "OpDef"), "node_def": (3, "NodeDef"), "ret": (4, "FunctionDef.RetEntry"),
        "attr": (5, "NodeDef.AttrEntry"),
    },
    "FunctionDef.RetEntry": {"key": (1, BYTES), "value": (2, BYTES)},
    "OpDef": {"name": (1, BYTES), "input_arg": (2, "OpDef.ArgDef"), "output_arg": (3, "OpDef.ArgDef")},
    "OpDef.ArgDef": {"name": (1, BYTES), "type": (3, _DTYPE)},
    "NodeDef": {
        "name": (1, BYTES), "op": (2, BYTES), "input": (3, BYTES), "device": (4, BYTES),
        "attr": (5, "NodeDef.AttrEntry"),
    },
    "NodeDef.AttrEntry": _ATTRIBUTES,
    "AttrValue": {
        "list": (1, "AttrValue.ListValue"), "s": (2, BYTES), "i": (3, INT), "b": (5, BOOL), "type": (6, _DTYPE),
        "shape": (7, "TensorShapeProto"), "tensor": (8, "TensorProto"), "placeholder": (9, BYTES),
        "func": (10, "NameAttrList"),
    },
    "AttrValue.ListValue": {
        "s": (2, BYTES), "i": (3, INT), "b": (5, BOOL), "type": (6, _DTYPE), "shape": (7, "TensorShapeProto"),
        "func": (9, "NameAttrList"),
    },
    "NameAttrList": {"name": (1, BYTES)},
    "TensorProto": {"dtype": (1, _DTYPE), "tensor_shape": (2, "TensorShapeProto")},
    "TensorShapeProto": {"dim": (2, "TensorShapeProto.Dim"), "unknown_rank": (3, BOOL)},
    "TensorShapeProto.Dim": {"size": (1, INT), "name": (2, BYTES)},
}  # fmt: skip

_SAVED_MODEL = {
    "SavedModel": {"saved_model_schema_version": (1, INT), "meta_graphs": (2, "MetaGraphDef")},
    "MetaGraphDef": {
        "meta_info_def": (1, "MetaInfoDef"), "graph_def": (2, "GraphDef"), "collection_def": (4, "CollectionEntry"),
        "object_graph_def": (7, "SavedObjectGraph"),
    },
    "MetaInfoDef": {
        "meta_graph_version": (1, BYTES), "tags": (4, BYTES), "tensorflow_version": (5, BYTES),
        "tensorflow_git_version": (6, BYTES), "stripped_default_attrs": (7, BOOL),
    },
    "CollectionEntry": {"key": (1, BYTES), "value": (2, "CollectionDef")},
    "CollectionDef": {"node_list": (1, "CollectionDef.Texts"), "bytes_list": (2, "CollectionDef.Texts")},
    "CollectionDef.Texts": {"value": (1, BYTES)},
    "VariableDef": {
        "variable_name": (1, BYTES), "initializer_name": (2, BYTES), "snapshot_name": (3, BYTES),
        "save_slice_info_def": (4, "SaveSliceInfoDef"), "is_resource": (5, BOOL), "initial_value_name": (6, BYTES),
        "trainable": (7, BOOL),
    },
    "SaveSliceInfoDef": {
        "full_name": (1, BYTES), "full_shape": (2, INT), "var_offset": (3, INT), "var_shape": (4, INT),
    },
}  # fmt: skip

_OBJECTS = {
    "SavedObjectGraph": {"nodes": (1, "SavedObject")},
    "SavedObject": {
        "children": (1, "ObjectReference"), "slot_variables": (3, "SlotVariableReference"),
        "user_object": (4, "SavedUserObject"), "asset": (5, "SavedAsset"), "function": (6, "SavedFunction"),
        "variable": (7, "SavedVariable"), "bare_concrete_function": (8, "SavedBareConcreteFunction"),
        "constant": (9, "SavedConstant"), "resource": (10, "SavedResource"), "captured_tensor": (12, "CapturedTensor"),
        "registered_name": (13, BYTES), "dependencies": (15, "ObjectReference"),
    },
    "ObjectReference": {"node_id": (1, INT), "local_name": (2, BYTES)},
    "SlotVariableReference": {
        "original_variable_node_id": (1, INT), "slot_name": (2, BYTES), "slot_variable_node_id": (3, INT),
    },
    "SavedUserObject": {"identifier": (1, BYTES), "version": (2, "VersionDef"), "metadata": (3, BYTES)},
    "SavedAsset": {"asset_file_def_index": (1, INT)},
    "SavedFunction": {"concrete_functions": (1, BYTES)},
    "SavedVariable": {
        "dtype": (1, _DTYPE), "shape": (2, "TensorShapeProto"), "trainable": (3, BOOL), "name": (6, BYTES),
        "device": (7, BYTES), "experimental_distributed_variable_components": (8, "SavedVariable"),
    },
    "SavedBareConcreteFunction": {"concrete_function_name": (1, BYTES)},
    "SavedConstant": {"operation": (1, BYTES)},
    "SavedResource": {"device": (1, BYTES)},
    "CapturedTensor": {"name": (1, BYTES), "concrete_function": (2, BYTES)},
}  # fmt: skip

SCHEMA = Schema({**_GRAPH, **_SAVED_MODEL, **_OBJECTS}, {_DTYPE: DTYPES})
"""All of it."""
