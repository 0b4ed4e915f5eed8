"""Files of weights alone: one, or in shards, or in the folder of a KerasHub preset."""

from __future__ import annotations

import json

import pytest

import paramcount
from files import weights

STORED = {"layers/dense/vars/0": (3, 4), "layers/dense/vars/1": (4,), "layers/batch_normalization/vars/0": (4,),
          "layers/batch_normalization/vars/1": (4,), "layers/batch_normalization/vars/2": (4,),
          "layers/batch_normalization/vars/3": (4,)}  # fmt: skip


def test_names_settle_what_never_trains(tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(weights(STORED))

    report = paramcount.count(tmp_path / "m.weights.h5")

    assert (32, 8, 24) == (report.total, report.state, report.undetermined)
    assert ["Dense", "BatchNormalization"] == sorted((layer.class_name for layer in report.layers), reverse=True)
    assert ["weights-only"] == [finding.id for finding in report.findings]


def test_a_name_alone_settles_nothing_when_the_shapes_disagree(tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(weights({**STORED, "layers/batch_normalization/vars/3": (5,)}))

    assert 0 == paramcount.count(tmp_path / "m.weights.h5").state


def test_spectral_normalization_stores_its_kernel_twice_and_counts_it_once(tmp_path):
    stored = {"layers/spectral_normalization/vars/0": (3, 4), "layers/spectral_normalization/vars/1": (1, 4),
              "layers/spectral_normalization/layer/vars/0": (3, 4),
              "layers/spectral_normalization/layer/vars/1": (4,)}  # fmt: skip
    names = {"layers/spectral_normalization/layer/vars": "dense"}
    (tmp_path / "m.weights.h5").write_bytes(weights(stored, names))

    report = paramcount.count(tmp_path / "m.weights.h5")

    assert (20, 4, 3) == (report.total, report.state, report.tensors)
    assert 12 == report.reconcile().stored_twice
    assert report.reconcile().holds


def shards(folder, names=("m_00000.weights.h5", "m_00001.weights.h5")):
    first = {path: shape for path, shape in STORED.items() if "dense" in path}
    second = {path: shape for path, shape in STORED.items() if "dense" not in path}
    for name, part in zip(names, (first, second), strict=True):
        (folder / name).write_bytes(weights(part))
    weight_map = {"/layers/dense/vars": names[0], "/layers/batch_normalization/vars": [names[1]]}
    return json.dumps({"metadata": {"total_size": 128}, "weight_map": weight_map})


def test_shards_are_one_model(tmp_path):
    (tmp_path / "m.weights.json").write_text(shards(tmp_path))

    report = paramcount.count(tmp_path / "m.weights.json")

    assert (32, 8) == (report.total, report.state)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == report.source.size_bytes


def test_a_group_split_over_two_shards_is_one_layer(tmp_path):
    (tmp_path / "a.h5").write_bytes(weights({"layers/dense/vars/0": (3, 4)}))
    (tmp_path / "b.h5").write_bytes(weights({"layers/dense/vars/1": (4,)}))
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {"/layers/dense/vars": ["a.h5", "b.h5"]}}))

    report = paramcount.count(tmp_path / "m.weights.json")

    assert ["dense/kernel", "dense/bias"] == [variable.path for variable in report.variables()]


@pytest.mark.parametrize("name", ["../m.h5", "/etc/passwd", "a\\b.h5", "..", "x\0y"])
def test_a_shard_outside_the_folder_is_refused(tmp_path, name):
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {"/a/vars": name}}))

    with pytest.raises(paramcount.ParamcountError) as caught:
        paramcount.count(tmp_path / "m.weights.json")

    assert "unsafe-file" == caught.value.slug


def test_a_missing_shard_is_named(tmp_path):
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {"/a/vars": "gone.h5"}}))

    with pytest.raises(paramcount.ParamcountError, match=r"gone\.h5"):
        paramcount.count(tmp_path / "m.weights.json")


@pytest.mark.parametrize(("promised", "finding"), [(32, "metadata-agrees"), (31, "metadata-disagrees")])
@pytest.mark.parametrize("sharded", [True, False])
def test_a_preset_is_compared_with_its_own_metadata(tmp_path, promised, finding, sharded):
    config = {"module": "keras_hub.src.models.bert", "class_name": "BertBackbone", "config": {"name": "bert"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "metadata.json").write_text(json.dumps({"keras_version": "3.15.1", "parameter_count": promised}))
    if sharded:
        names = ("model_00000.weights.h5", "model_00001.weights.h5")
        (tmp_path / "model.weights.json").write_text(shards(tmp_path, names))
    else:
        (tmp_path / "model.weights.h5").write_bytes(weights(STORED))

    report = paramcount.count(tmp_path)

    assert 32 == report.total
    assert ("keras-hub-preset", "BertBackbone") == (report.source.format, report.model.root.class_name)
    assert finding in [found.id for found in report.findings]
