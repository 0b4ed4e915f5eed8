"""``.keras`` archives of every writer since TensorFlow 2.12, as files and as folders."""

from __future__ import annotations

import json
import zipfile

import pytest

import paramcount
from files import archive, custom, dense, sequential, weights
from paramcount.model import Role

TWO_DENSE = sequential(dense("a", 4, 3), dense("b", 2, 4))
STORED = {"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,), "layers/dense_1/vars/0": (4, 2),
          "layers/dense_1/vars/1": (2,)}  # fmt: skip


def rows(report):
    return [(row.layer.path, row.layer.class_name, row.parameters) for row in report.rows()]


def test_layers_get_their_weights_by_class_and_counter(tmp_path):
    """Writers before 3.6 store no names: the group name and the order of the config decide."""
    report = paramcount.count(archive(tmp_path / "m.keras", TWO_DENSE, weights(STORED), "3.0.5"))

    assert [("a", "Dense", 16), ("b", "Dense", 10)] == rows(report)
    assert (26, 26, 0, 4) == (report.total, report.trainable, report.non_trainable, report.tensors)
    assert ("keras-archive", "keras", "3.0.5") == report.source[1:2] + report.source[3:5]


def test_a_stored_name_decides_where_the_class_is_named_otherwise(tmp_path):
    """A class may be registered under another name than that of its Python class, which names the group."""
    names = {"layers/my_dense/vars": "b", "layers/my_dense_1/vars": "a"}
    stored = {"layers/my_dense/vars/0": (4, 2), "layers/my_dense/vars/1": (2,), "layers/my_dense_1/vars/0": (3, 4),
              "layers/my_dense_1/vars/1": (4,)}  # fmt: skip

    report = paramcount.count(archive(tmp_path / "m.keras", TWO_DENSE, weights(stored, names)))

    assert [("a", "Dense", 16), ("b", "Dense", 10)] == rows(report)


def test_an_archive_zipped_again_with_compression_counts_the_same(tmp_path):
    path = archive(tmp_path / "m.keras", TWO_DENSE, weights(STORED), compression=zipfile.ZIP_DEFLATED)

    assert 26 == paramcount.count(path).total


def test_a_folder_with_the_three_files_counts_the_same(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(TWO_DENSE))
    (tmp_path / "metadata.json").write_text('{"keras_version": "3.15.1"}')
    (tmp_path / "model.weights.h5").write_bytes(weights(STORED))

    report = paramcount.count(tmp_path)

    assert 26 == report.total
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) == report.source.size_bytes
    assert "keras-folder" == report.source.format


def test_group_names_with_backslashes_are_paths(tmp_path):
    """TensorFlow 2.12 to 2.14 on Windows wrote several levels into one group name."""
    stored = {r"_layer_checkpoint_dependencies\dense/vars/0": (3, 4),
              r"_layer_checkpoint_dependencies\dense/vars/1": (4,),
              r"_layer_checkpoint_dependencies\dense_1/vars/0": (4, 2)}  # fmt: skip
    config = sequential(dense("a", 4, 3), dense("b", 2, 4, use_bias=False))

    report = paramcount.count(archive(tmp_path / "m.keras", config, weights(stored), "2.13.1"))

    assert [("a", "Dense", 16), ("b", "Dense", 8)] == rows(report)
    assert "tf_keras" == report.source.framework


def test_a_layer_of_somebodys_own_is_undetermined_and_named(tmp_path):
    config = sequential(dense("a", 4, 3), custom("Scale", name="scale"))
    stored = {**STORED, "layers/scale/vars/0": (4,), "layers/scale/vars/1": (2,)}
    del stored["layers/dense_1/vars/0"], stored["layers/dense_1/vars/1"]

    report = paramcount.count(archive(tmp_path / "m.keras", config, weights(stored)))

    assert (22, 16, 6) == (report.total, report.trainable, report.undetermined)
    assert ["custom-layer"] == [finding.id for finding in report.findings]
    assert "Scale" in report.findings[0].message


@pytest.mark.parametrize(("slots", "expected"), [(2, (20, 2)), (1, None)])
def test_the_optimizers_slots_prove_the_split_of_a_custom_layer(tmp_path, slots, expected):
    """Adam keeps two slots for each trained tensor: (4,) trained and (2,) did not."""
    config = sequential(dense("a", 4, 3), custom("Scale", name="scale"))
    config["compile_config"] = {"optimizer": {"class_name": "Adam", "config": {}}}
    stored = {"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,), "layers/scale/vars/0": (4,),
              "layers/scale/vars/1": (2,), "optimizer/vars/0": ()}  # fmt: skip
    for number, shape in enumerate([(3, 4), (4,), (4,)] * slots):
        stored[f"optimizer/vars/{number + 1}"] = shape

    report = paramcount.count(archive(tmp_path / "m.keras", config, weights(stored)))

    if expected is None:
        assert 6 == report.undetermined
    else:
        assert (*expected, 0) == (report.trainable, report.state, report.undetermined)
        assert "split-proved-by-optimizer" in [finding.id for finding in report.findings]


def test_slots_that_contradict_the_flags_are_reported(tmp_path):
    """A layer frozen after compile leaves slots behind: the numbers follow the flags, and that is said."""
    config = sequential(dense("a", 4, 3, trainable=False), dense("b", 2, 4))
    config["compile_config"] = {"optimizer": {"class_name": "Adam", "config": {}}}
    slots = {f"optimizer/vars/{n + 1}": s for n, s in enumerate([s for s in STORED.values() for _ in range(2)])}

    report = paramcount.count(
        archive(tmp_path / "m.keras", config, weights({**STORED, "optimizer/vars/0": (), **slots}))
    )

    assert (10, 16) == (report.trainable, report.frozen)
    assert ["optimizer-contradicts-flags"] == [finding.id for finding in report.findings]
    assert {Role.OPTIMIZER} == {variable.role for variable in report.not_parameters}


def test_optimizers_and_metrics_of_a_subclassed_model_are_no_parameters(tmp_path):
    """A GAN keeps its optimizers and loss trackers as attributes; Keras stores them beside the layers."""
    stored = {"generator/vars/0": (3, 4), "d_optimizer/vars/0": (), "d_optimizer/vars/1": (3, 4),
              "loss_tracker/vars/0": (), "loss_tracker/vars/1": (), "seed_generator/vars/0": (2,)}  # fmt: skip
    data = weights({k: v for k, v in stored.items() if "seed" not in k and k != "d_optimizer/vars/0"})
    import io

    import h5py

    buffer = io.BytesIO(data)
    with h5py.File(buffer, "a") as file:
        file["d_optimizer/vars/0"] = 0
        file["seed_generator/vars/0"] = [1, 2]

    report = paramcount.count(archive(tmp_path / "m.keras", custom("Gan"), buffer.getvalue()))

    assert 12 == report.total
    assert {Role.OPTIMIZER: 2, Role.METRIC: 2, Role.RNG: 1} == {
        role: sum(v.role is role for v in report.not_parameters) for role in (Role.OPTIMIZER, Role.METRIC, Role.RNG)
    }
    assert report.reconcile().holds


def test_a_layer_that_stores_nothing_is_unknown_and_never_zero(tmp_path):
    report = paramcount.count(archive(tmp_path / "m.keras", sequential(dense("a", 4)), weights({}, {"vars": "model"})))

    assert report.total is None
    assert report.lower_bound
    assert "not built when it was saved" == report.layers[0].unknown


def test_a_frozen_sequential_is_frozen_although_loading_forgets_it(tmp_path):
    config = sequential(dense("a", 4, 3), dense("b", 2, 4), trainable=False)

    report = paramcount.count(archive(tmp_path / "m.keras", config, weights(STORED)))

    assert (0, 26) == (report.trainable, report.frozen)
    assert ["sequential-flag-lost-on-load"] == [finding.id for finding in report.findings]


def test_lora_adapters_are_counted_although_they_are_not_stored(tmp_path):
    path = archive(tmp_path / "m.keras", sequential(dense("a", 4, 3, lora_rank=2)),
                   weights({"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,)}))  # fmt: skip

    report = paramcount.count(path)

    assert (30, 18, 12) == (report.total, report.trainable, report.frozen)
    assert {"a/lora_kernel_a", "a/lora_kernel_b"} == {v.path for v in report.variables() if v.implied}
    assert ["lora-adapters-implied"] == [finding.id for finding in report.findings]


def test_hard_links_to_one_dataset_are_one_tensor(tmp_path):
    import io

    import h5py

    buffer = io.BytesIO(weights({"a/vars/0": (3, 4)}))
    with h5py.File(buffer, "a") as file:
        file["b/vars/0"] = file["a/vars/0"]

    report = paramcount.count(archive(tmp_path / "m.keras", custom("Tied"), buffer.getvalue()))

    assert (12, 1) == (report.total, report.tensors)
    assert [("a/0", "b/0")] == list(report.sharing.values())
    assert report.reconcile().holds


@pytest.mark.parametrize(
    ("broken", "slug"),
    [
        ({"config.json": None}, "not-a-model"),
        ({"config.json": b"[]"}, "corrupt-file"),
        ({"config.json": b"{"}, "corrupt-file"),
        ({"config.json": b"\xff\xfe"}, "corrupt-file"),
        ({"config.json": b"[" * 100_000}, "limit-exceeded"),
        ({"metadata.json": b'{"keras_version": 3}'}, "corrupt-file"),
        ({"model.weights.h5": None}, "corrupt-file"),
        ({"model.weights.h5": b"not HDF5"}, "not-a-model"),
        ({"model.weights.h5": None, "model.weights.npz": b""}, "unsupported-format"),
    ],
)
def test_a_broken_archive_is_one_clear_error(tmp_path, broken, slug):
    members = {"metadata.json": b'{"keras_version": "3.15.1"}', "config.json": json.dumps(TWO_DENSE).encode(),
               "model.weights.h5": weights(STORED), **broken}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as zipped:
        for name, data in members.items():
            if data is not None:
                zipped.writestr(name, data)

    with pytest.raises(paramcount.ParamcountError) as caught:
        paramcount.count(tmp_path / "m.keras")

    assert slug == caught.value.slug
    assert str(tmp_path) in str(caught.value)


def test_a_policy_written_as_a_name_quantizes_as_well(tmp_path):
    """Keras 3.1 to 3.3 write ``int8_from_float32`` where later versions write an object."""
    config = sequential(dense("a", 4, 3, dtype="int8_from_float32"))
    stored = {"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,), "layers/dense/vars/2": (4,)}

    report = paramcount.count(archive(tmp_path / "m.keras", config, weights(stored), "3.3.3"))

    assert (20, 4, 16) == (report.total, report.trainable, report.state)
    assert 16 == report.logical_total


def test_a_layer_that_only_has_trainable_weights_may_store_another_number(tmp_path):
    """Keras 3.0 leaves ``rms_scaling`` out of the config, and stores one tensor for it."""
    entry = {"module": "keras.layers", "class_name": "LayerNormalization", "config": {"name": "n", "trainable": True}}
    path = archive(tmp_path / "m.keras", sequential(entry), weights({"layers/layer_normalization/vars/0": (4,)}))

    report = paramcount.count(path)

    assert (4, 4) == (report.total, report.trainable)
    assert ["unexpected-variables"] == [finding.id for finding in report.findings]


def test_statistics_in_another_number_than_expected_are_undetermined(tmp_path):
    entry = {"module": "keras.layers", "class_name": "BatchNormalization", "config": {"name": "n", "trainable": True}}
    stored = {f"layers/batch_normalization/vars/{number}": (4,) for number in range(3)}

    report = paramcount.count(archive(tmp_path / "m.keras", sequential(entry), weights(stored)))

    assert (12, 12) == (report.total, report.undetermined)
