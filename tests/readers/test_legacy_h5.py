"""Whole-model and weights-only HDF5 files of Keras 1, 2 and 3."""

from __future__ import annotations

import pytest

import paramcount
from files import dense, legacy, sequential, weights


def keras2(class_name, name, **options):
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **options}}


def model(*layers, name="model", class_name="Model"):
    return {"class_name": class_name, "config": {"name": name, "layers": list(layers)}}


DENSE = {"dense_1/kernel:0": (3, 4), "dense_1/bias:0": (4,)}


def test_the_config_of_a_sequential_may_be_a_bare_list(tmp_path):
    config = {"class_name": "Sequential", "config": [keras2("Dense", "dense_1"), keras2("Dropout", "dropout_1")]}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"dense_1": DENSE, "dropout_1": {}}, config))

    assert (16, 16, 2) == (report.total, report.trainable, report.tensors)
    assert ["dense_1", "dropout_1"] == [layer.name for layer in report.layers]
    assert ["dense_1/kernel", "dense_1/bias"] == [variable.path for variable in report.variables()]


@pytest.mark.parametrize("whole", [True, False])
def test_lists_of_names_may_be_split_over_attributes(tmp_path, whole):
    layers = {"dense_1": DENSE, "dense_2": {"dense_2/kernel:0": (4, 2), "dense_2/bias:0": (2,)}}

    report = paramcount.count(legacy(tmp_path / "m.h5", layers, whole=whole, split=True))

    assert (26, 26, 4) == (report.total, report.undetermined, report.tensors)


def test_keras_1_keeps_the_gates_of_a_recurrent_layer_apart(tmp_path):
    tensors = {f"lstm_1_{part}_{gate}": (3, 4) if part == "W" else (4, 4) if part == "U" else (4,)
               for gate in "icfo" for part in "WUb"}  # fmt: skip
    config = {"class_name": "Sequential", "config": [keras2("LSTM", "lstm_1", output_dim=4)]}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"lstm_1": tensors}, config, "1.2.2"))

    assert (128, 128, 12) == (report.total, report.trainable, report.tensors)


def test_statistics_are_state_even_without_a_config(tmp_path):
    names = ["gamma", "beta", "running_mean", "running_std"]
    layers = {"block": {f"batchnormalization_1_{name}:0": (8,) for name in names}}

    report = paramcount.count(legacy(tmp_path / "m.h5", layers, version="", whole=False))

    assert (32, 16, 16) == (report.total, report.state, report.undetermined)


def test_a_nested_model_gives_its_tensors_back_to_its_layers(tmp_path):
    inner = model(keras2("Dense", "dense_1"), keras2("BatchNormalization", "bn", scale=False), name="inner")
    config = model(inner, keras2("Dense", "head"))
    tensors = {**DENSE, "bn/beta:0": (4,), "bn/moving_mean:0": (4,), "bn/moving_variance:0": (4,)}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"inner": tensors, "head": {"head/kernel:0": (4, 1)}}, config))

    assert ["inner", "inner/dense_1", "inner/bn", "head"] == [row.layer.path for row in report.rows()]
    assert [28, 16, 12, 4] == [row.parameters for row in report.rows()]
    assert 8 == report.state


def test_tensors_with_bare_names_are_given_back_by_order(tmp_path):
    """Some writers name no layer: what trains comes first, then the statistics."""
    inner = model(keras2("Dense", "d", use_bias=False), keras2("BatchNormalization", "bn"), keras2("Dense", "e"))
    names = {"w0": (3, 4), "w1": (4,), "w2": (4,), "w3": (4, 2), "w4": (2,), "w5": (4,), "w6": (4,)}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"model": names}, model(inner)))

    assert {"model/d": 12, "model/bn": 16, "model/e": 10} == {
        row.layer.path: row.parameters for row in report.rows() if row.depth == 1
    }
    assert 8 == report.state


def test_a_frozen_model_freezes_every_layer_inside_by_the_rule_of_keras_2(tmp_path):
    inner = model(keras2("Dense", "dense_1"), name="inner")
    inner["config"]["trainable"] = False

    report = paramcount.count(legacy(tmp_path / "m.h5", {"inner": DENSE}, model(inner), "2.15.0"))

    assert (0, 16) == (report.trainable, report.frozen)
    assert {"trainable=False on inner"} == {variable.reason for variable in report.variables()}


def test_equal_names_are_one_tensor_where_the_writer_never_repeats_a_name(tmp_path):
    a, b = (model(keras2("Dense", "dense_1"), name=name) for name in "ab")

    report = paramcount.count(legacy(tmp_path / "m.h5", {"a": DENSE, "b": DENSE}, model(a, b), "2.2.4"))

    assert (16, 2) == (report.total, report.tensors)
    assert report.reconcile().holds
    assert 16 == report.reconcile().stored_twice


def test_two_models_built_alike_count_twice_with_a_warning(tmp_path):
    a, b = (model(keras2("Dense", "dense_1"), name=name) for name in "ab")

    report = paramcount.count(legacy(tmp_path / "m.h5", {"a": DENSE, "b": DENSE}, model(a, b), "3.15.1"))

    assert 32 == report.total
    assert ["same-names"] == [finding.id for finding in report.findings]


def test_the_optimizers_slots_are_listed_and_not_counted(tmp_path):
    slots = {f"Adam/{name}": shape for name, shape in DENSE.items()}
    config = {"class_name": "Sequential", "config": [keras2("Dense", "dense_1")]}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"dense_1": DENSE}, config, optimizer=slots))

    assert 16 == report.total
    assert 16 == sum(variable.parameters for variable in report.not_parameters)
    assert report.reconcile().holds


def test_a_model_that_was_never_built_is_unknown(tmp_path):
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [keras2("Dense", "dense_1", units=4)]}}

    report = paramcount.count(legacy(tmp_path / "m.h5", {"dense_1": {}}, config))

    assert report.total is None
    assert report.lower_bound


def test_hdf5_under_the_name_of_an_archive_is_read_and_named(tmp_path):
    config = {"class_name": "Sequential", "config": [keras2("Dense", "dense_1")]}

    report = paramcount.count(legacy(tmp_path / "m.keras", {"dense_1": DENSE}, config))

    assert 16 == report.total
    assert ["misnamed-file"] == [finding.id for finding in report.findings]


def test_a_layer_with_a_slash_in_its_name_lies_in_groups_of_groups(tmp_path):
    layers = {"conv1": {"conv1/kernel:0": (3, 4)}, "conv1/conv": {"conv1/conv/kernel:0": (4, 5)}}
    first, second = (
        keras2("Dense", name, units=units, use_bias=False) for name, units in zip(layers, (4, 5), strict=True)
    )

    report = paramcount.count(legacy(tmp_path / "m.h5", layers, model(first, second, class_name="Sequential")))

    assert [(row.layer.name, row.parameters) for row in report] == [("conv1", 12), ("conv1/conv", 20)]
    assert report.reconcile().holds
    assert not report.findings


def test_a_listed_tensor_that_is_not_there_is_an_error(tmp_path):
    import h5py

    path = legacy(tmp_path / "m.h5", {"dense_1": DENSE})
    with h5py.File(path, "a") as file:
        del file["model_weights/dense_1/dense_1/bias:0"]

    with pytest.raises(paramcount.ParamcountError, match="dense_1/bias:0"):
        paramcount.count(path)


def test_hdf5_without_a_model_is_named_for_what_it_holds(tmp_path):
    (tmp_path / "data.h5").write_bytes(weights({"measurements/temperature": (10,)}))

    with pytest.raises(paramcount.ParamcountError, match="measurements") as caught:
        paramcount.count(tmp_path / "data.h5")

    assert "not-a-model" == caught.value.slug


def test_what_is_inside_a_shared_model_is_shared_though_only_the_model_is_marked(tmp_path):
    """tf_keras marks the model where it re-appears, and no layer inside it; weights are stored for each place."""

    def outer(name: str, **mark: object) -> dict[str, object]:
        encoder = {**sequential(dense("inner", 4, 8), name="encoder"), **mark}
        return sequential(encoder, name=name)

    config = sequential(outer("left"), outer("right", shared_object_id=5))
    stored = {"inner/kernel:0": (8, 4), "inner/bias:0": (4,)}
    report = paramcount.count(legacy(tmp_path / "m.h5", {"left": stored, "right": stored}, config, "2.14.0"))
    assert (report.total, report.trainable, report.undetermined) == (36, 36, 0)
    assert report.reconcile().stored_twice == 36


@pytest.mark.parametrize(
    ("frozen", "names", "split"),
    [
        ((False, True), ("first", "second"), (48, 36, 0)),
        ((True, False), ("first", "second"), (36, 48, 0)),
        ((True, True), ("first", "second"), (0, 84, 0)),
        ((False, True), ("same", "same"), (0, 0, 84)),
        ((True, True), ("same", "same"), (0, 84, 0)),
        ((False, True), ("", ""), (0, 0, 84)),
        ((True, True), ("", ""), (0, 84, 0)),
    ],
)
def test_one_frozen_cell_of_a_stack_leaves_the_other_alone(tmp_path, frozen, names, split):
    """Each tensor belongs to the cell that its name names; of cells of one name nothing tells which it is."""
    cells = [
        {"class_name": "GRUCell", "config": {"trainable": not flag, "units": 2, **({"name": name} if name else {})}}
        for name, flag in zip(names, frozen, strict=True)
    ]
    stack = keras2("StackedRNNCells", "stack", cells=cells)
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [keras2("RNN", "rnn", cell=stack)]}}
    stored = {}
    for name, inputs in ((names[0] or "any", 4), (f"{names[1]}_again" if names[0] == names[1] else names[1], 2)):
        stored[f"rnn/stack/{name}/kernel:0"] = (inputs, 6)
        stored[f"rnn/stack/{name}/recurrent_kernel:0"] = (2, 6)
        stored[f"rnn/stack/{name}/bias:0"] = (2, 6)
    report = paramcount.count(legacy(tmp_path / "m.h5", {"rnn": stored}, config, "2.14.0"))
    assert (report.trainable, report.frozen, report.undetermined) == split
