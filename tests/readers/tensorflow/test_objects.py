"""The graph of objects, as a SavedModel and as a checkpoint store it: the same objects either way."""

from __future__ import annotations

import pytest

from paramcount.containers.protobuf import whole
from paramcount.errors import CorruptFile, LimitExceeded
from paramcount.readers.tensorflow import objects as reader
from paramcount.readers.tensorflow.objects import (
    ASSET,
    CAPTURED,
    CONSTANT,
    FUNCTION,
    OBJECT,
    RESOURCE,
    VARIABLE,
    ObjectGraph,
    Room,
    read_saved_objects,
    read_tracked_objects,
    shape_of,
)
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow import bundle_maker as make
from readers.tensorflow.bundle_maker import FLOAT32, INT64, STRING, field, fields
from readers.tensorflow.saved_model_maker import LAYER, Objects


def saved(data: bytes) -> ObjectGraph:
    return read_saved_objects(whole(MemoryBytes(data, "saved_model.pb")))


def tracked(data: bytes) -> ObjectGraph:
    return read_tracked_objects(data, "ckpt.index")


BOTH = pytest.mark.parametrize("read", [saved, tracked])


def model() -> Objects:
    """A layer with a kernel and a bias, under two names, and a list of the kernel."""
    objects = Objects()
    dense, kernel, _ = objects.dense(0, "dense", 3, 4)
    objects.edge(0, "again", dense)
    objects.listed(0, "variables", [kernel])
    return objects


def test_both_forms_give_the_same_objects_under_the_same_names():
    objects = model()
    one, other = saved(objects.saved()), tracked(objects.tracked())

    assert (True, False) == (one.flagged, other.flagged)
    assert [node.edges for node in one.nodes] == [node.edges for node in other.nodes]
    assert [node.kind for node in one.nodes] == [node.kind for node in other.nodes]
    assert ["dense/kernel", "dense/bias"] == [node.name for node in one.variables()]
    assert ["dense/kernel", "dense/bias"] == [node.name for node in other.variables()]
    assert one.root is one.nodes[0]


def test_a_saved_variable_has_shape_dtype_and_the_flag_that_it_was_created_with():
    objects = Objects()
    objects.variable(0, "w", (3, 4))
    objects.variable(0, "steps", (), dtype=INT64, trains=False)
    one, other = saved(objects.saved()).variables()

    assert ((3, 4), "float32", True, "w") == (one.shape, one.dtype, one.trainable, one.name)
    assert ((), "int64", False) == (other.shape, other.dtype, other.trainable)


def test_a_variable_without_any_field_is_a_scalar_that_does_not_train():
    (node,) = saved(field(1, field(1, field(2, "w") + field(1, 1))) + field(1, field(7, b""))).variables()

    assert ((), "", False, "") == (node.shape, node.dtype, node.trainable, node.name)


def test_a_tracked_variable_has_the_key_of_its_value_and_no_flag():
    (node, _) = tracked(model().tracked()).variables()

    assert "dense/kernel/.ATTRIBUTES/VARIABLE_VALUE" == node.key
    assert (None, "", None) == (node.shape, node.dtype, node.trainable)


def test_what_else_a_checkpoint_keeps_for_an_object_are_keys_of_it():
    objects = Objects()
    table = objects.object(0, "table")
    objects.nodes[table].others += ["table/.ATTRIBUTES/table-keys", "table/.ATTRIBUTES/table-values"]
    node = tracked(objects.tracked()).nodes[table]

    assert (OBJECT, ["table/.ATTRIBUTES/table-keys", "table/.ATTRIBUTES/table-values"]) == (node.kind, node.values)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (4, OBJECT),
        (5, ASSET),
        (6, FUNCTION),
        (7, VARIABLE),
        (8, FUNCTION),
        (9, CONSTANT),
        (10, RESOURCE),
        (12, CAPTURED),
    ],
)
def test_every_kind_of_object_is_known(number, kind):
    assert kind == saved(field(1, field(number, b""))).root.kind


def test_fields_that_are_not_known_are_passed_over():
    objects = Objects()
    objects.variable(0, "w", (2,), more=field(99, b"later") + field(98, 5))
    data = field(77, b"more") + objects.saved() + field(78, 1)

    assert [(2,)] == [node.shape for node in saved(data).variables()]


def test_an_object_of_keras_has_its_identifier_and_its_metadata():
    objects = Objects()
    number = objects.object(0, "dense", LAYER, '{"name": "dense"}')
    node = saved(objects.saved()).nodes[number]

    assert (LAYER, '{"name": "dense"}') == (node.identifier, node.metadata)


def test_replicas_on_other_devices_are_the_same_variable():
    objects = Objects()
    replica = field(1, FLOAT32) + field(2, make.shape((3,))) + field(3, 1) + field(6, "w/replica_1")
    objects.variable(0, "w", (3,), more=fields(8, [replica, replica]))
    (node,) = saved(objects.saved()).variables()

    assert ("w", (3,)) == (node.name, node.shape)


def test_references_and_quantized_dtypes_are_named_by_what_they_hold():
    objects = Objects()
    numbers = {101: "float32", 11: "int8", 14: "bfloat16", 29: "int4", 7: "string", 25: "float8_e4m3fn", 999: "", 0: ""}
    for dtype in numbers:
        objects.variable(0, str(dtype), (), dtype=dtype)

    assert list(numbers.values()) == [node.dtype for node in saved(objects.saved()).variables()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ()),
        (make.shape((2, 3)), (2, 3)),
        (make.shape((-1, 3)), (None, 3)),
        (fields(2, [b""]), (0,)),
        (fields(2, [field(1, 5) + field(2, "named")]), (5,)),
        (field(3, 1), None),
        (make.shape((2,)) + field(3, 1), None),
        (field(3, 0), ()),
        (make.shape(((1 << 62), 4)), (1 << 62, 4)),
    ],
)
def test_shapes_are_exact_and_say_what_is_not_known(data, expected):
    assert expected == shape_of(data, "m")


def test_a_size_that_is_no_number_is_refused():
    with pytest.raises(CorruptFile, match="no number"):
        shape_of(field(2, field(1, b"five")), "m")


@BOTH
def test_a_graph_without_objects_is_refused(read):
    with pytest.raises(CorruptFile, match="no objects"):
        read(b"")


@BOTH
@pytest.mark.parametrize("number", [1, 2, 1 << 31, (1 << 32) - 1, -1])
def test_an_object_that_is_not_there_is_refused_by_the_one_that_names_it(read, number):
    with pytest.raises(CorruptFile, match="not there") as caught:
        read(field(1, field(1, field(1, number) + field(2, "child"))))
    assert "object 0" in str(caught.value)


@BOTH
@pytest.mark.parametrize("pair", [(5, 0), (0, 5)])
def test_a_slot_of_or_for_a_variable_that_is_not_there_is_refused(read, pair):
    with pytest.raises(CorruptFile, match="not there"):
        read(field(1, field(3, field(1, pair[0]) + field(2, "m") + field(3, pair[1]))))


@BOTH
@pytest.mark.parametrize(
    "data",
    [
        field(1, field(1, 5)),
        field(1, field(3, 5)),
        field(1, field(1, field(2, 5))),
        field(1, field(1, field(1, b"x"))),
        field(1, field(1, field(2, b"\xff"))),
        field(1, b"\xff"),
    ],
)
def test_a_field_of_the_wrong_type_is_refused(read, data):
    with pytest.raises(CorruptFile):
        read(data)


@pytest.mark.parametrize(
    "content", [field(7, 5), field(4, 5), field(9, 5), field(7, field(2, 5)), field(7, field(6, 5))]
)
def test_a_kind_that_is_a_number_is_refused(content):
    with pytest.raises(CorruptFile):
        saved(field(1, content))


def test_a_node_of_a_checkpoint_that_is_a_number_is_refused():
    with pytest.raises(CorruptFile):
        tracked(field(1, 5))


@BOTH
def test_an_object_may_hold_itself_and_the_root(read):
    graph = read(field(1, fields(1, [field(1, 0) + field(2, "self"), field(2, "also")])))

    assert [("self", 0), ("also", 0)] == graph.root.edges
    assert (0, None, {"self", "also"}) == (graph.root.edge("self"), graph.root.edge("other"), graph.root.names())


def test_a_list_gives_its_variables_and_is_none_when_there_is_none():
    objects = model()
    objects.listed(0, "empty", [])
    objects.variable(0, "number", ())
    graph = saved(objects.saved())

    assert ["dense/kernel"] == [node.name for node in graph.listed(graph.root, "variables")]
    assert ([], None, None) == tuple(graph.listed(graph.root, name) for name in ("empty", "absent", "number"))


@BOTH
def test_too_many_objects_are_refused(read, monkeypatch):
    monkeypatch.setattr(reader, "NODE_LIMIT", 3)
    read(fields(1, [b""] * 3))
    with pytest.raises(LimitExceeded, match="too many objects"):
        read(fields(1, [b""] * 4))


@BOTH
@pytest.mark.parametrize("number", [1, 3])
def test_too_many_edges_are_refused_in_one_object_and_in_all(read, number, monkeypatch):
    monkeypatch.setattr(reader, "EDGE_LIMIT", 4)
    read(fields(1, [fields(number, [b"", b""]), fields(number, [b"", b""])]))
    with pytest.raises(LimitExceeded, match="hold too many"):
        read(fields(1, [fields(number, [b""] * 5)]))
    with pytest.raises(LimitExceeded, match="hold too many"):
        read(fields(1, [fields(number, [b""] * 2)] * 3))


def test_paths_have_so_much_room_and_no_more(monkeypatch):
    monkeypatch.setattr(reader, "PATH_ROOM", 10)
    room = Room("m")
    room.take("abcd", 2)
    with pytest.raises(LimitExceeded, match="paths"):
        room.take("a")


def test_objects_inside_one_another_have_so_many_levels_and_no_more():
    Room("m").check_depth(reader.DEPTH_LIMIT)
    with pytest.raises(LimitExceeded, match="nested too deeply"):
        Room("m").check_depth(reader.DEPTH_LIMIT + 1)


def test_a_text_variable_is_told_by_its_dtype():
    objects = Objects()
    objects.variable(0, "words", (4,), dtype=STRING)

    assert ["string"] == [node.dtype for node in saved(objects.saved()).variables()]
