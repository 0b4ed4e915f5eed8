"""What people ask, and the answer they must get, from the SavedModels and checkpoints of TensorFlow."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Any

import pytest

import paramcount
from oracle_frameworks import framework
from readers.tensorflow.bundle_maker import INT64, STRING, field
from readers.tensorflow.saved_model_maker import Objects, checkpoint_files, model_files, step, stored, write

if TYPE_CHECKING:
    from pathlib import Path


def counted(path: Path) -> paramcount.Report:
    report = paramcount.count(path)

    assert report.reconcile().holds
    return report


def archived(folder: Path, path: Path) -> Path:
    """A folder as hubs serve it."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, ".")
    return path


def text_module() -> dict[str, bytes]:
    """A text embedding as hubs serve it: 1,000 words in a table, a file of words, and an embedding in five parts."""
    objects = Objects()
    embeddings = objects.listed(0, "embeddings", [])
    parts = [
        objects.variable(embeddings, str(number), (200, 20), name=f"embeddings/part_{number}") for number in range(5)
    ]
    step(objects)
    objects.lists(parts, parts)
    objects.listed(0, "regularization_losses", [])
    lookup = objects.object(0, "tokens")
    objects.resource(lookup, "table")
    objects.add(lookup, "asset", 5, field(1, 0))
    objects.constant(lookup, "default", "Const")
    keys, values = (f"tokens/table/.ATTRIBUTES/table-{one}" for one in ("keys", "values"))
    words = {keys: stored(STRING, (1000,)), values: stored(INT64, (1000,))}
    return model_files(objects, **words) | {"assets/tokens.txt": b"word\n" * 1000}


def image_module() -> dict[str, bytes]:
    """A feature vector of images: all of it is listed, and its moving statistics do not train."""
    objects = Objects()
    kernel = objects.variable(None, "", (3, 3, 3, 32), name="Conv1/kernel")
    gamma, beta = (objects.variable(None, "", (32,), name=f"bn_Conv1/{name}") for name in ("gamma", "beta"))
    mean, variance = (
        objects.variable(None, "", (32,), name=f"bn_Conv1/moving_{name}", trains=False) for name in ("mean", "variance")
    )
    objects.lists([kernel, gamma, beta, mean, variance], [kernel, gamma, beta])
    return model_files(objects)


class TestModulesOfTheHub:
    """Q14: a model of the Hub has no ``.layers``; tables and assets are no parameters."""

    @pytest.fixture(params=["folder", "archive"])
    def stored_as(self, request, tmp_path):
        def put(files: dict[str, bytes]) -> Path:
            folder = write(tmp_path / "module", files)
            return folder if request.param == "folder" else archived(folder, tmp_path / "module.tar.gz")

        return put

    def test_a_text_embedding_is_its_table_of_numbers_and_not_its_table_of_words(self, stored_as):
        report = counted(stored_as(text_module()))

        assert (20_000, 20_000, 5) == (report.total, report.trainable, report.tensors)
        assert {"table": 2000, "counter": 1, "constant": 0} == {
            role: sum(v.parameters or 0 for v in report.not_parameters if v.role == role)
            for role in {variable.role for variable in report.not_parameters}
        }

    def test_an_image_model_has_rows_although_it_has_no_layers(self, stored_as):
        report = counted(stored_as(image_module()))

        assert (864 + 128, 864 + 64, 64) == (report.total, report.trainable, report.state)
        assert {"Conv1": 864, "bn_Conv1": 128} == {row.layer.name: row.parameters for row in report.rows(1)}


def sharing() -> Objects:
    """Two branches with one encoder; the second one uses its table as its head too."""
    objects = Objects()
    left, right = objects.object(0, "left"), objects.object(0, "right")
    encoder = objects.object(left, "encoder")
    table = objects.variable(encoder, "table", (100, 8), name="table")
    objects.dense(encoder, "dense", 8, 8)
    objects.edge(right, "encoder", encoder)
    objects.edge(objects.object(right, "head"), "tied", table)
    objects.dense(right, "out", 8, 2)
    return objects


@pytest.mark.parametrize("form", ["saved model", "checkpoint"])
def test_q15_each_variable_is_counted_once_and_whoever_shares_it_is_named(tmp_path, form):
    objects = sharing()
    report = counted(write(tmp_path, model_files(objects) if form == "saved model" else checkpoint_files(objects)))
    sums = report.reconcile()

    assert 800 + 72 + 18 == report.total
    assert 5 == report.tensors
    assert ("left/encoder/table", "right/encoder/table", "right/head/tied") in {
        tuple(sorted(places)) for places in report.sharing.values()
    }
    assert (report.total + sums.shown_twice, 800 + 72) == (sums.rows + sums.ownerless, sums.shown_twice)
    assert "right/encoder" in str(report)


@pytest.fixture(scope="module")
def tf_keras():
    found = framework("tf_keras")
    if found is None:
        pytest.skip("tf_keras is not installed")
    return found


@pytest.fixture(scope="module")
def transfer(tf_keras, tmp_path_factory):
    """A frozen MobileNetV2 with a head of ten outputs, saved by tf_keras with an optimizer that trained it."""
    base = tf_keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3))
    base.trainable = False
    layers = tf_keras.layers
    model = tf_keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(10)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    folder = tmp_path_factory.mktemp("transfer")
    # The functions of the model take most of the time, and hold nothing that is counted.
    model.save(folder / "saved", save_format="tf", save_traces=False)
    model.save_weights(folder / "weights" / "w", save_format="tf")
    return folder


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
class TestTransferLearning:
    """Q10, Q11 and Q13 asked of the forms of TensorFlow."""

    def answer(self, report: Any) -> None:
        assert (2_270_794, 12_810) == (report.total, report.trainable)
        assert 2 == report.totals.trainable.tensors
        assert (2_223_872, 34_112, 0) == (report.frozen, report.state, report.undetermined)

    def test_a_saved_model_names_the_frozen_base(self, transfer):
        report = counted(transfer / "saved")

        self.answer(report)
        assert {"trainable=False on mobilenetv2_1.00_96"} == {
            v.reason for v in report.variables() if v.role == "frozen"
        }

    def test_a_checkpoint_with_its_optimizer_gives_the_same_split(self, transfer):
        self.answer(counted(transfer / "weights"))
