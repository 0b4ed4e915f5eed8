"""The collections of a graph: its variables, what trains, and the parts of partitioned ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from paramcount.containers.protobuf import whole
from paramcount.errors import CorruptFile, ParamcountError
from paramcount.readers.tensorflow.collections import (
    CollectionVariable,
    Part,
    collection_variables,
    read_meta_graph,
    wholes,
)
from paramcount.sources.bytesource import LocalFile, MemoryBytes
from readers.tensorflow import bundle_maker as make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

W, B, FIXED = make.variable_def("w"), make.variable_def("b"), make.variable_def("fixed", trainable=False)


def read(data: bytes) -> list[CollectionVariable]:
    graph = read_meta_graph(whole(MemoryBytes(data, "graph.meta")))
    return collection_variables(graph.collections, graph.graphs)


def of(collections: Mapping[str, Sequence[bytes | str]], *nodes: bytes) -> dict[str, CollectionVariable]:
    return {variable.name: variable for variable in read(make.meta_graph(collections, nodes))}


class TestMetaGraph:
    def test_its_parts_are_found_unread(self):
        graph = read_meta_graph(whole(MemoryBytes(make.meta_graph({"variables": [W]}, [], ["serve", "gpu"]), "x")))
        assert graph.tags == ("serve", "gpu")
        assert len(graph.collections) == len(graph.graphs) == 1

    def test_a_graph_in_pieces_is_put_together(self):
        """Protocol buffers that are written one behind the other are one message."""
        data = make.meta_graph({"variables": [W]}, [make.variable_node("w", (2,))])
        more = make.meta_graph({"trainable_variables": [W]}, [make.variable_node("b", (3,))])
        (variable,) = read(data + more)
        assert (variable.shape, variable.trainable) == ((2,), True)

    @pytest.mark.parametrize("data", [b"\xff\xff", b"\x22\x7f", b"not a graph"])
    def test_other_bytes_are_refused(self, data):
        with pytest.raises(ParamcountError, match=r"graph\.meta"):
            read(data)


class TestVariables:
    def test_each_has_the_shape_and_dtype_of_the_node_that_makes_it(self):
        found = of(
            {"variables": [W, B, make.variable_def("r", resource=True)]},
            make.variable_node("w", (2, 3)),
            make.variable_node("b", (), make.INT64, "Variable"),
            make.variable_node("r", None, op="VarHandleOp"),
            make.variable_node("c", (9,), op="Const"),
        )
        assert [(v.name, v.shape, v.dtype, v.is_resource) for v in found.values()] == [
            ("w", (2, 3), "float32", False), ("b", (), "int64", False), ("r", None, "float32", True),
        ]  # fmt: skip
        assert [v.elements for v in found.values()] == [6, 1, None]

    def test_one_that_no_node_makes_has_no_shape(self):
        found = of({"variables": [make.variable_def("w", resource=True)]})
        assert (found["w"].shape, found["w"].dtype, found["w"].is_resource) == (None, "", True)

    def test_sizes_that_are_not_fixed_are_not_known(self):
        assert of({"variables": [W]}, make.variable_node("w", (-1, 3)))["w"].shape == (None, 3)

    def test_each_knows_its_collections(self):
        found = of(
            {"trainable_variables": [W], "model_variables": [W, FIXED], "variables": [FIXED, W], "losses": ["x:0"]}
        )
        assert {name: variable.collections for name, variable in found.items()} == {
            "fixed": ("variables", "model_variables"),
            "w": ("variables", "model_variables", "trainable_variables"),
        }

    def test_they_come_in_the_order_in_which_they_were_made(self):
        found = of({"trainable_variables": [W, B], "global_step": ["step:0"], "variables": [B, FIXED, W]})
        assert list(found) == ["b", "fixed", "w", "step"]

    def test_members_may_be_names_alone(self):
        found = of({"variables": ["a:0", "scope/b:0"], "trainable_variables": ["scope/b:0"]})
        assert {name: variable.trainable for name, variable in found.items()} == {"a": False, "scope/b": True}

    def test_a_graph_without_collections_has_the_variables_that_it_makes(self):
        found = of({}, make.variable_node("w", (2,)), make.variable_node("c", (2,), op="Const"))
        assert {name: (variable.trainable, variable.collections) for name, variable in found.items()} == {
            "w": (None, ())
        }

    def test_what_is_made_but_not_listed_is_left_out(self):
        found = of({"variables": [W]}, make.variable_node("w", (2,)), make.variable_node("hidden", (2,)))
        assert list(found) == ["w"]


class TestTrainable:
    def test_the_list_says_what_trains(self):
        """A flag says how a variable was created; who takes it out of the list keeps it from training."""
        found = of({"variables": [W, B, FIXED], "trainable_variables": [B]})
        assert {name: variable.trainable for name, variable in found.items()} == {"w": False, "b": True, "fixed": False}

    def test_without_the_list_the_flags_say_it(self):
        found = of({"variables": [W, FIXED]})
        assert {name: variable.trainable for name, variable in found.items()} == {"w": True, "fixed": False}

    def test_without_both_nothing_does(self):
        """Before TensorFlow 1.13 a definition had no flag."""
        assert of({"variables": [FIXED]})["fixed"].trainable is None


class TestParts:
    PARTS = (
        make.variable_def("net/w/part_0", whole=("net/w", (5, 3), (0, 0), (3, 3))),
        make.variable_def("net/w/part_1", whole=("net/w", (5, 3), (3, 0), (2, 3))),
    )

    def test_each_knows_the_whole(self):
        nodes = [make.variable_node("net/w/part_0", (3, 3)), make.variable_node("net/w/part_1", (2, 3))]
        found = of({"variables": self.PARTS, "trainable_variables": self.PARTS}, *nodes)
        assert {name: (v.full_name, v.shape, v.part) for name, v in found.items()} == {
            "net/w/part_0": ("net/w", (3, 3), Part((5, 3), (0, 0), (3, 3))),
            "net/w/part_1": ("net/w", (2, 3), Part((5, 3), (3, 0), (2, 3))),
        }

    def test_together_they_are_one_variable(self):
        found = wholes(read(make.meta_graph({"variables": [*self.PARTS, B], "trainable_variables": [self.PARTS[1]]})))
        assert {name: (v.name, v.shape, v.trainable) for name, v in found.items()} == {
            "net/w": ("net/w", (5, 3), True), "b": ("b", None, False),
        }  # fmt: skip

    def test_numbers_may_be_packed_or_not(self):
        plain = make.field(1, "net/w") + make.fields(2, (5, 3)) + make.fields(3, (0, 0)) + make.fields(4, (3, 3))
        definition = make.field(1, "net/w/part_0:0") + make.field(4, plain)
        assert read(make.meta_graph({"variables": [definition]}))[0].part == Part((5, 3), (0, 0), (3, 3))

    def test_a_definition_says_more_than_a_name(self):
        found = of({"variables": ["net/w/part_0:0"], "trainable_variables": [self.PARTS[0]]})
        assert found["net/w/part_0"].full_name == "net/w"

    @pytest.mark.parametrize("sizes", [(-1, 3), (1,) * 255, (1 << 40, 1 << 40)])
    def test_a_whole_that_cannot_be_is_refused(self, sizes):
        with pytest.raises(CorruptFile, match=r"no definite shape|larger than TensorFlow allows"):
            read(make.meta_graph({"variables": [make.variable_def("p", whole=("w", sizes, (0,), (1,)))]}))


@pytest.fixture(scope="module")
def v1() -> Any:
    framework = pytest.importorskip("tensorflow")
    # The folder of these tests has the same name, and is found where TensorFlow is not installed.
    if not hasattr(framework, "compat"):
        pytest.skip("TensorFlow is not installed")
    return framework.compat.v1


@pytest.mark.oracle
@pytest.mark.parametrize("resource", [False, True])
def test_a_graph_lists_what_tensorflow_lists(v1, tmp_path, resource):
    with v1.Graph().as_default():
        with v1.variable_scope("net", use_resource=resource):
            w = v1.get_variable("w", [7, 3], partitioner=v1.fixed_size_partitioner(3))
            v1.get_variable("fixed", [2], trainable=False, dtype=v1.int32)
            v1.get_variable("local", [4], collections=[v1.GraphKeys.LOCAL_VARIABLES])
            v1.get_variable("scale", [])
        step = v1.train.get_or_create_global_step()
        loss = v1.reduce_sum(v1.convert_to_tensor(w))
        v1.train.AdamOptimizer().minimize(loss, global_step=step)
        v1.train.export_meta_graph(str(tmp_path / "graph.meta"))
        expected = {
            variable.op.name: (tuple(variable.shape), variable.dtype.base_dtype.name)
            for variable in v1.global_variables() + v1.local_variables()
        }
        trainable = {variable.op.name for variable in v1.trainable_variables()}
    with LocalFile(str(tmp_path / "graph.meta")) as source:
        graph = read_meta_graph(whole(source))
        found = collection_variables(graph.collections, graph.graphs)
    assert {variable.name: (variable.shape, variable.dtype) for variable in found} == expected
    assert {variable.name for variable in found if variable.trainable} == trainable
    assert {variable.name for variable in found if "global_step" in variable.collections} == {"global_step"}
    assert all(variable.is_resource is resource for variable in found if variable.name.startswith("net/"))
    whole_ones = wholes(found)
    assert whole_ones["net/w"].shape == whole_ones["net/w/Adam_1"].shape == (7, 3)
