"""Checkpoints of names: what the graph beside them says, what names alone say, and what nothing says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fuzz.fuzz_bundle import MemoryFolder
from paramcount.containers.protobuf import whole
from paramcount.count import layers_of, reconcile, tally_tree, variables_of
from paramcount.errors import CorruptFile, NotAModel, SourceMissing, TruncatedFile
from paramcount.model import PARAMETER_ROLES, Model, Role
from paramcount.readers.tensorflow.bundle import read_bundle
from paramcount.readers.tensorflow.first_format import read_first_format, read_v1
from paramcount.readers.tensorflow.name_based import (
    read_collections,
    read_name_based,
)
from paramcount.readers.tensorflow.prefixes import find, v1_files
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow import bundle_maker as make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Shapes = "Mapping[str, Sequence[int]]"


def read(tensors: Mapping[str, Any], meta: bytes | None = None) -> Model:
    """The model of a checkpoint of these tensors: shapes of floats, or dtypes with shapes."""
    typed = {name: one if one and isinstance(one[-1], tuple) else (make.FLOAT32, one) for name, one in tensors.items()}
    folder = MemoryFolder()
    folder.files = {"ckpt.index": make.bundle(typed), "ckpt.data-00000-of-00001": bytes(100_000)}
    if meta is not None:
        folder.files["ckpt.meta"] = meta
    return checked(read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index"))))


def checked(model: Model) -> Model:
    """A model whose sums agree, and whose tensors are all in their places."""
    assert reconcile(model).holds
    assert all(variable.role in PARAMETER_ROLES for variable in variables_of(model.root))
    assert not any(variable.role in PARAMETER_ROLES for variable in model.others)
    assert model.stored is not None
    assert model.stored.tensors == len(list(variables_of(model.root))) + len(model.others)
    return model


def roles(model: Model) -> dict[str, Role]:
    return {variable.path: variable.role for variable in (*variables_of(model.root), *model.others)}


def reasons(model: Model) -> dict[str, str]:
    return {variable.path: variable.reason for variable in (*variables_of(model.root), *model.others)}


def ids(model: Model) -> list[str]:
    return [finding.id for finding in model.findings]


class TestNamesAlone:
    def test_what_trains_is_not_said(self):
        model = read({"dense/w": (2, 3), "dense/b": (3,)})
        assert set(roles(model).values()) == {Role.UNDETERMINED}
        assert set(reasons(model).values()) == {"a checkpoint of names does not say what trains"}
        assert ids(model) == ["checkpoint-names-only"]

    def test_scopes_are_layers(self):
        model = read({"net/dense/w": (2, 3), "net/dense/b": (3,), "head/w": (3, 1)})
        assert [layer.path for layer in layers_of(model.root)] == ["", "head", "net", "net/dense"]
        assert model.root.name == "ckpt"

    @pytest.mark.parametrize(
        "slot",
        "Adam Adam_1 Momentum RMSProp RMSProp_1 RMSProp_2 Adagrad AdagradDA AdagradDA_1 Adadelta Adadelta_1 Ftrl "
        "Ftrl_1 ProximalAdagrad AdamW Nadam LARSOptimizer adam_m adam_v lamb_m m v".split(),
    )
    def test_a_slot_has_the_name_and_the_shape_of_a_variable(self, slot):
        model = read({"dense/w": (2, 3), f"dense/w/{slot}": (2, 3), f"train/dense/w/{slot}": (2, 3)})
        assert roles(model)[f"dense/w/{slot}"] == roles(model)[f"train/dense/w/{slot}"] == Role.OPTIMIZER
        assert reasons(model)[f"dense/w/{slot}"] == f"slot {slot} of dense/w"
        assert tally_tree(model.root)[id(model.root)].total.parameters == 6

    def test_one_of_another_shape_or_without_a_variable_is_none(self):
        model = read({"dense/w": (2, 3), "dense/w/Adam": (3, 2), "other/Adam": (2, 3), "attention/v": (4,)})
        assert set(roles(model).values()) == {Role.UNDETERMINED}

    def test_a_name_like_that_of_a_slot_but_of_no_known_optimizer_is_counted_and_said(self):
        model = read({"dense/w": (2, 3), "dense/w/MyOpt": (2, 3), "dense/w/MyOpt_1": (2, 3)})
        assert set(roles(model).values()) == {Role.UNDETERMINED}
        (finding,) = [finding for finding in model.findings if finding.id == "checkpoint-maybe-slots"]
        assert "2 tensors with 12 elements" in finding.message
        assert "MyOpt, MyOpt_1" in finding.message

    @pytest.mark.parametrize(
        ("name", "shape", "role"),
        [
            ("beta1_power", (), Role.OPTIMIZER),
            ("train/beta2_power_1", (), Role.OPTIMIZER),
            ("beta1_power", (2,), Role.UNDETERMINED),
            ("global_step", (make.INT64, ()), Role.COUNTER),
            ("run/global_step_2", (make.INT32, ()), Role.COUNTER),
            ("global_step", (), Role.UNDETERMINED),
            ("global_step", (make.INT64, (2,)), Role.UNDETERMINED),
            ("loss_scale/good_steps", (make.INT32, ()), Role.OPTIMIZER),
            ("current_loss_scale", (), Role.OPTIMIZER),
            ("OptimizeLoss/learning_rate", (), Role.OPTIMIZER),
            ("OptimizeLoss/beta1_power", (), Role.OPTIMIZER),
            ("Adam/iterations", (make.INT64, ()), Role.OPTIMIZER),
            ("SGD_1/lr", (), Role.OPTIMIZER),
            ("training/Adam/Variable_12", (2, 3), Role.OPTIMIZER),
            ("training_1/RMSprop/dense/kernel/rms", (2, 3), Role.OPTIMIZER),
            ("Adam/kernel", (2, 3), Role.UNDETERMINED),
            ("bn/moving_mean", (3,), Role.STATE),
            ("bn/moving_variance_1", (3,), Role.STATE),
            ("bn/renorm_mean_weight", (), Role.STATE),
            ("bn/mean/EMA", (3,), Role.STATE),
            ("bn/moving_mean/biased", (3,), Role.OPTIMIZER),
            ("bn/moving_mean/local_step", (), Role.OPTIMIZER),
            ("bn/gamma", (3,), Role.UNDETERMINED),
        ],
    )
    def test_other_names_tell_a_role(self, name, shape, role):
        assert roles(read({name: shape, "dense/w": (2, 3)}))[name] == role

    def test_the_average_of_a_variable_is_no_parameter_of_its_own(self):
        model = read({"w": (2, 3), "w/ExponentialMovingAverage": (2, 3)})
        assert roles(model) == {"w": Role.UNDETERMINED, "w/ExponentialMovingAverage": Role.OPTIMIZER}
        assert reasons(model)["w/ExponentialMovingAverage"] == (
            "the average of w over the training, no parameter of its own"
        )

    def test_an_average_without_its_variable_is_what_the_checkpoint_holds_of_it(self):
        assert roles(read({"w/ExponentialMovingAverage": (2, 3)})) == {"w/ExponentialMovingAverage": Role.UNDETERMINED}

    def test_an_average_that_is_corrected_is_of_no_variable(self):
        names = {"loss/ExponentialMovingAverage": (), "loss/ExponentialMovingAverage/biased": ()}
        assert roles(read(names)) == dict(zip(names, (Role.METRIC, Role.OPTIMIZER), strict=True))

    def test_strings_are_in_no_number(self):
        entries = {"w": make.entry(1, (2, 3)), "words": make.entry(make.STRING, (1000,), size=5000)}
        folder = MemoryFolder(
            ckpt__index=make.table({b"": make.header(), **{k.encode(): v for k, v in entries.items()}})
        )
        model = checked(read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index"))))
        assert list(roles(model)) == ["w"]
        assert model.stored == (6, 1)


class TestObjectKeys:
    """An object-based checkpoint whose data are missing has no object graph; its keys still say something."""

    VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"

    def test_keys_are_paths_of_objects(self):
        model = read({f"layer-0/kernel{self.VALUE}": (2, 3), f"layer-0/moving_mean{self.VALUE}": (3,)})
        assert roles(model) == {"layer-0/kernel": Role.UNDETERMINED, "layer-0/moving_mean": Role.STATE}
        assert {variable.stored_at for variable in variables_of(model.root)} == {
            f"layer-0/kernel{self.VALUE}", f"layer-0/moving_mean{self.VALUE}",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("key", "shape", "role"),
        [
            ("layer-0/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE", (2, 3), Role.OPTIMIZER),
            ("optimizer/_variables/3/.ATTRIBUTES/VARIABLE_VALUE", (2, 3), Role.OPTIMIZER),
            ("optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE", (make.INT64, ()), Role.OPTIMIZER),
            ("keras_api/metrics/0/total/.ATTRIBUTES/VARIABLE_VALUE", (), Role.METRIC),
            ("save_counter/.ATTRIBUTES/VARIABLE_VALUE", (make.INT64, ()), Role.COUNTER),
            ("table/.ATTRIBUTES/table-values", (make.INT64, (5,)), Role.TABLE),
        ],
    )
    def test_what_is_no_weight_is_told_by_its_key(self, key, shape, role):
        model = read({key: shape})
        assert list(roles(model).values()) == [role]

    def test_a_path_that_two_keys_have_is_two_tensors(self):
        model = read({f"w{self.VALUE}": (2,), "w": (3,)})
        assert model.stored is not None
        assert model.stored.parameters == tally_tree(model.root)[id(model.root)].total.parameters == 5


def meta(trainable: str, fixed: str = "", *, nodes: Sequence[bytes] = (), **more: Sequence[bytes | str]) -> bytes:
    """A graph with variables by name, separated by spaces: those that train, and others."""
    trains = [make.variable_def(name) for name in trainable.split()]
    stays = [make.variable_def(name, trainable=False) for name in fixed.split()]
    return make.meta_graph({"variables": [*trains, *stays], "trainable_variables": trains, **more}, nodes)


class TestGraph:
    def test_its_list_says_what_trains(self):
        model = read({"w": (2, 3), "b": (3,), "fixed": (4,)}, meta("w b", "fixed"))
        assert roles(model) == {"w": Role.TRAINABLE, "b": Role.TRAINABLE, "fixed": Role.FROZEN}
        assert reasons(model)["fixed"] == "the graph does not list it among the variables that train"
        assert ids(model) == []

    def test_rows_come_in_the_order_of_the_graph(self):
        model = read({"conv10/w": (1,), "conv2/w": (1,), "conv1/w": (1,)}, meta("conv1/w conv2/w conv10/w"))
        assert [layer.name for layer in model.root.children] == ["conv1", "conv2", "conv10"]

    def test_slots_of_any_name_belong_to_what_trains(self):
        model = read({"w": (2, 3), "w/MyOpt": (2, 3), "scope/w/MyOpt_1": (2, 3)}, meta("w", "w/MyOpt scope/w/MyOpt_1"))
        assert roles(model) == {"w": Role.TRAINABLE, "w/MyOpt": Role.OPTIMIZER, "scope/w/MyOpt_1": Role.OPTIMIZER}

    def test_what_is_named_after_a_variable_and_trains_is_no_slot(self):
        assert roles(read({"w": (2, 3), "w/m": (2, 3)}, meta("w w/m")))["w/m"] == Role.TRAINABLE

    def test_moving_statistics_and_counters_are_none_of_the_parameters_that_train(self):
        model = read(
            {"bn/moving_mean": (3,), "w": (3,), "count": (make.INT32, ()), "at": (make.INT64, ()), "acc/total": ()},
            meta(
                "w", "bn/moving_mean count", global_step=["at:0"], metric_variables=["acc/total:0"],
                local_variables=["acc/total:0"],
            ),
        )  # fmt: skip
        assert roles(model) == {
            "w": Role.TRAINABLE, "bn/moving_mean": Role.STATE, "count": Role.COUNTER, "at": Role.COUNTER,
            "acc/total": Role.METRIC,
        }  # fmt: skip

    def test_local_variables_are_no_part_of_the_model(self):
        model = read({"w": (3,), "queue": (4,)}, meta("w", local_variables=["queue:0"]))
        assert roles(model)["queue"] == Role.METRIC

    def test_averages_of_variables_of_values_and_of_moments(self):
        ema = "ExponentialMovingAverage"
        names = {"w": (3,), f"w/{ema}": (3,), f"loss/{ema}": (), f"bn/moments/Squeeze/{ema}": (3,)}
        model = read(names, meta("w", " ".join(list(names)[1:]), moving_average_variables=["w:0"]))
        assert list(roles(model).values()) == [Role.TRAINABLE, Role.STATE, Role.OPTIMIZER, Role.METRIC]

    def test_an_average_that_stands_for_its_variable_is_counted(self):
        model = read({"w/ExponentialMovingAverage": (3,)}, meta("w", "w/ExponentialMovingAverage"))
        assert roles(model) == {"w/ExponentialMovingAverage": Role.UNDETERMINED}
        assert reasons(model)["w/ExponentialMovingAverage"] == "the average of w, which is not stored itself"

    def test_a_list_with_everything_in_it_tells_nothing(self):
        """Keras as a package of its own marked moving statistics and its optimizers' variables as trainable."""
        names = {"w": (3,), "bn/moving_mean": (3,), "Adam/lr": (), "training/Adam/Variable": (3,)}
        model = read(names, meta(" ".join(names)))
        assert roles(model) == {
            "w": Role.UNDETERMINED, "bn/moving_mean": Role.STATE, "Adam/lr": Role.OPTIMIZER,
            "training/Adam/Variable": Role.OPTIMIZER,
        }  # fmt: skip
        assert "moving statistics too" in reasons(model)["w"]
        assert ids(model) == ["graph-trains-everything"]

    def test_a_graph_without_a_list_leaves_it_open(self):
        data = make.meta_graph({}, [make.variable_node("w", (3,)), make.variable_node("bn/moving_mean", (3,))])
        model = read({"w": (3,), "bn/moving_mean": (3,)}, data)
        assert roles(model) == {"w": Role.UNDETERMINED, "bn/moving_mean": Role.STATE}
        assert reasons(model)["w"] == "the graph lists no variables that train"

    def test_another_shape_than_in_the_graph_is_said(self):
        model = read({"w": (2, 3)}, meta("w", nodes=[make.variable_node("w", (3, 2))]))
        (finding,) = model.findings
        assert (finding.id, finding.where) == ("checkpoint-shape-differs", "w")
        assert "w: (3, 2) and (2, 3)" in finding.message
        assert ids(read({"w": (2, 3)}, meta("w", nodes=[make.variable_node("w", (-1, 3))]))) == []

    def test_variables_that_are_not_stored_are_said(self):
        model = read({"w": (2, 3)}, meta("w head/w", "slot"))
        (finding,) = model.findings
        assert finding.id == "checkpoint-lacks-variables"
        assert "1 variable" in finding.message
        assert "head/w" in finding.message

    def test_tensors_that_the_graph_does_not_have_are_said(self):
        model = read({"w": (2, 3), "more": (5,)}, meta("w"))
        assert ids(model) == ["checkpoint-not-in-graph"]
        assert reasons(model)["more"] == "the graph has no such variable"
        assert roles(model)["more"] == Role.UNDETERMINED

    def test_a_graph_without_a_checkpoint_gives_its_shapes(self):
        nodes = [
            make.variable_node("net/w", (2, 3)),
            make.variable_node("net/w/Adam", (2, 3)),
            make.variable_node("q", (9,)),
        ]
        data = meta("net/w", "net/w/Adam", nodes=nodes, local_variables=["q:0"])
        reading = read_collections(whole(MemoryBytes(data, "x")), None, "model")
        assert reading.stored is None
        assert [(v.path, v.shape, v.stored_at) for v in variables_of(reading.root)] == [("net/w", (2, 3), "")]
        assert [v.path for v in reading.others] == ["net/w/Adam"]


class TestParts:
    ROWS = (((0, 3), (0, -1)), ((3, 2), (0, -1)))

    def read(self, slices: Sequence[Any]) -> Model:
        part = ("net/w", (5, 3), (0, 0), (3, 3))
        definitions = [make.variable_def("net/w/part_0", whole=part), make.variable_def("net/w/part_1", whole=part)]
        graph = make.meta_graph({"variables": definitions, "trainable_variables": definitions})
        index = make.table({b"": make.header(2), **make.sliced("net/w", (5, 3), slices, 2)})
        folder = MemoryFolder(ckpt__index=index, ckpt__meta=graph)
        return checked(read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index"))))

    def test_a_partitioned_variable_is_one(self):
        model = self.read(self.ROWS)
        assert roles(model) == {"net/w": Role.TRAINABLE}
        assert model.stored == (15, 1)

    def test_parts_that_are_missing_are_said(self):
        model = self.read(self.ROWS[:1])
        (finding, _) = model.findings
        assert (finding.id, finding.severity, finding.where) == ("checkpoint-slices-differ", "warning", "net/w")
        assert "9 of 15 elements" in finding.message


class TestShards:
    def test_weights_need_not_be_there(self):
        folder = MemoryFolder(ckpt__index=make.bundle(make.floats(w=(2, 3))))
        model = checked(read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index"))))
        assert ids(model) == ["checkpoint-names-only", "checkpoint-shards-missing"]
        assert "ckpt.data-00000-of-00001" in model.findings[1].message

    def test_weights_that_are_cut_off_are_an_error(self):
        folder = MemoryFolder(ckpt__index=make.bundle(make.floats(w=(2, 3))))
        folder.files["ckpt.data-00000-of-00001"] = bytes(23)
        with pytest.raises(TruncatedFile):
            read_name_based(folder, "ckpt", read_bundle(folder.open("ckpt.index")))


def first_format(*files: bytes, meta: bytes | None = None) -> Model:
    folder = MemoryFolder()
    folder.files = {f"m-{number:05d}-of-{len(files):05d}": data for number, data in enumerate(files)}
    if meta is not None:
        folder.files["m.meta"] = meta
    return checked(read_first_format(folder, "m", v1_files(folder, "m")))


class TestFirstFormat:
    TENSORS = make.floats(dense__w=(2, 3), dense__w__Adam=(2, 3), bn__moving_mean=(3,))

    @pytest.mark.parametrize("packed", [False, True])
    def test_its_first_entry_describes_every_tensor(self, packed):
        found = read_v1(MemoryBytes(make.first_format(self.TENSORS, packed=packed), "model.ckpt"))
        assert {tensor.name: (tensor.dtype, tensor.shape) for tensor in found} == {
            name: ("float32", shape) for name, (_, shape) in self.TENSORS.items()
        }

    def test_names_and_graphs_say_the_same_as_for_bundles(self):
        data = make.first_format(self.TENSORS)
        assert roles(first_format(data)) == {
            "dense/w": Role.UNDETERMINED, "dense/w/Adam": Role.OPTIMIZER, "bn/moving_mean": Role.STATE,
        }  # fmt: skip
        graph = meta("dense/w", "dense/w/Adam bn/moving_mean")
        assert roles(first_format(data, meta=graph))["dense/w"] == Role.TRAINABLE

    def test_its_shards_are_put_together(self):
        halves = [((0, 2), (0, -1)), ((2, 2), (0, -1))]
        files = [make.first_format(make.floats(w=(4, 3)), {"w": [half]}) for half in halves]
        assert first_format(*files).stored == (12, 1)
        assert ids(first_format(*files)) == ["checkpoint-names-only"]
        assert ids(first_format(files[0])) == ["checkpoint-names-only", "checkpoint-slices-differ"]

    def test_one_tensor_in_two_forms_is_refused(self):
        files = [make.first_format(make.floats(w=shape)) for shape in ((4, 3), (3, 4))]
        with pytest.raises(CorruptFile, match="one tensor in two forms"):
            first_format(*files)

    def test_a_file_that_is_gone_is_named(self):
        with pytest.raises(SourceMissing, match="file of the checkpoint is missing"):
            read_first_format(MemoryFolder(), "m", ["m"])

    @pytest.mark.parametrize("data", [make.bundle({}), make.table({}), make.table({b"a": b"b"})])
    def test_other_tables_are_none(self, data):
        with pytest.raises(NotAModel, match="first format"):
            read_v1(MemoryBytes(data, "model.ckpt"))


@pytest.fixture(scope="module")
def v1() -> Any:
    framework = pytest.importorskip("tensorflow")
    # The folder of these tests has the same name, and is found where TensorFlow is not installed.
    if not hasattr(framework, "compat"):
        pytest.skip("TensorFlow is not installed")
    framework.compat.v1.logging.set_verbosity(framework.compat.v1.logging.ERROR)
    return framework.compat.v1


OPTIMIZERS = {
    "Adadelta": lambda v1, step: v1.train.AdadeltaOptimizer(0.1),
    "Adagrad": lambda v1, step: v1.train.AdagradOptimizer(0.1),
    "AdagradDA": lambda v1, step: v1.train.AdagradDAOptimizer(0.1, step),
    "Adam": lambda v1, step: v1.train.AdamOptimizer(),
    "Ftrl": lambda v1, step: v1.train.FtrlOptimizer(0.1),
    "GradientDescent": lambda v1, step: v1.train.GradientDescentOptimizer(0.1),
    "Momentum": lambda v1, step: v1.train.MomentumOptimizer(0.1, 0.9),
    "ProximalAdagrad": lambda v1, step: v1.train.ProximalAdagradOptimizer(0.1),
    "ProximalGradientDescent": lambda v1, step: v1.train.ProximalGradientDescentOptimizer(0.1),
    "RMSProp": lambda v1, step: v1.train.RMSPropOptimizer(0.1),
    "RMSProp, centered": lambda v1, step: v1.train.RMSPropOptimizer(0.1, momentum=0.9, centered=True),
}


def stored(path: Path) -> Model:
    """The checkpoint that ``path`` names, of either format."""
    result = find(str(path))
    assert result is not None
    with result[0] as folder:
        index = folder.open(f"{result[1]}.index")
        if index is None:
            return checked(read_first_format(folder, result[1], v1_files(folder, result[1])))
        return checked(read_name_based(folder, result[1], read_bundle(index)))


def total(model: Model, role: Role | None = None) -> int:
    found = {variable.key: variable for variable in variables_of(model.root) if role in (None, variable.role)}
    return sum(variable.parameters or 0 for variable in found.values())


@pytest.mark.oracle
class TestTensorFlow:
    """TensorFlow's own lists of the graph against ours of the files: trainable, and all but the optimizer's."""

    def train(self, v1: Any, optimizer: str, resource: bool = False, parts: int = 0) -> dict[str, int]:
        """Build a small network into the default graph and return what TensorFlow itself counts in it."""
        step = v1.train.get_or_create_global_step()
        with v1.variable_scope("net", use_resource=resource):
            cut = v1.fixed_size_partitioner(parts) if parts else None
            w = v1.get_variable("dense/w", [7, 3], partitioner=cut)
            b, scale = v1.get_variable("dense/b", [3]), v1.get_variable("scale", [])
            fixed = [
                v1.get_variable(name, [3], trainable=False)
                for name in ("fixed", "bn/moving_mean", "bn/moving_variance")
            ]
            v1.get_variable("queue", [5], trainable=False, collections=[v1.GraphKeys.LOCAL_VARIABLES])
        loss = v1.reduce_sum((v1.ones([2, 7]) @ v1.convert_to_tensor(w) + b + fixed[0]) * scale)
        counted = {
            "trainable": sum(variable.shape.num_elements() for variable in v1.trainable_variables()),
            "total": sum(v.shape.num_elements() for v in v1.global_variables()) - 1,
        }
        OPTIMIZERS[optimizer](v1, step).minimize(loss, global_step=step)
        v1.train.ExponentialMovingAverage(0.9, step).apply(v1.trainable_variables())
        v1.train.ExponentialMovingAverage(0.9, zero_debias=True).apply([loss])
        counted["stored"] = sum(variable.shape.num_elements() for variable in v1.global_variables())
        return counted

    def save(self, v1: Any, path: Path, **options: Any) -> None:
        with v1.Session() as session:
            # Averages start from the values of their variables, so these come first.
            for variable in v1.global_variables():
                session.run(variable.initializer)
            v1.train.Saver(**options).save(session, str(path))

    @pytest.mark.parametrize("resource", [False, True])
    @pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
    def test_every_optimizer(self, v1, tmp_path, optimizer, resource):
        with v1.Graph().as_default():
            counted = self.train(v1, optimizer, resource)
            self.save(v1, tmp_path / "model.ckpt")
        model = stored(tmp_path)
        assert model.stored is not None
        assert model.stored.parameters == counted["stored"]
        assert (total(model), total(model, Role.TRAINABLE)) == (counted["total"], counted["trainable"])
        assert (total(model, Role.STATE), total(model, Role.FROZEN)) == (6, 3)
        assert ids(model) == []
        (tmp_path / "model.ckpt.meta").unlink()
        alone = stored(tmp_path)
        # Without the graph, one scalar more: the average of the loss is known by its correction alone.
        assert (total(alone), total(alone, Role.STATE)) == (counted["total"], 6)
        assert total(alone, Role.UNDETERMINED) == counted["total"] - 6

    @pytest.mark.parametrize("sharded", [False, True])
    @pytest.mark.parametrize("version", [1, 2])
    @pytest.mark.parametrize("parts", [0, 3])
    def test_both_formats_partitioned_and_in_shards(self, v1, tmp_path, version, sharded, parts):
        with v1.Graph().as_default():
            counted = self.train(v1, "Adam", parts=parts)
            self.save(v1, tmp_path / "model.ckpt", write_version=version, sharded=sharded)
        model = stored(tmp_path)
        assert model.source.format == ("tf-checkpoint-v1" if version == 1 else "tf-checkpoint")
        assert model.stored is not None
        assert model.stored.parameters == counted["stored"]
        assert (total(model), total(model, Role.TRAINABLE)) == (counted["total"], counted["trainable"])
        assert ids(model) == []

    def test_shards_of_several_devices(self, v1, tmp_path):
        with v1.Graph().as_default():
            with v1.device("/cpu:0"):
                v1.get_variable("a/w", [9000, 2], partitioner=v1.fixed_size_partitioner(4))
            with v1.device("/cpu:1"):
                v1.get_variable("b/w", [3, 300], partitioner=v1.fixed_size_partitioner(2, axis=1))
            with v1.Session(config=v1.ConfigProto(device_count={"CPU": 2})) as session:
                session.run(v1.global_variables_initializer())
                v1.train.Saver(sharded=True).save(session, str(tmp_path / "model.ckpt"))
        model = stored(tmp_path)
        assert total(model) == total(model, Role.TRAINABLE) == 18_900
        assert ids(model) == []

    def test_layers_of_tf_keras_in_a_graph(self, v1, tmp_path):
        keras = pytest.importorskip("tf_keras")
        with v1.Graph().as_default():
            x = v1.placeholder("float32", [None, 8])
            hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4, name="hidden")(x))
            keras.layers.Dense(2, name="head", trainable=False)(hidden)
            trainable = sum(variable.shape.num_elements() for variable in v1.trainable_variables())
            everything = sum(variable.shape.num_elements() for variable in v1.global_variables())
            self.save(v1, tmp_path / "model.ckpt")
        model = stored(tmp_path)
        assert (total(model), total(model, Role.TRAINABLE)) == (everything, trainable)
        assert total(model, Role.STATE) == 8
