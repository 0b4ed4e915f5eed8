"""What people ask, and the answer they must get: the stored models of the examples, and larger ones made by Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import paramcount
from oracle_frameworks import framework

EXAMPLES = Path(__file__).parents[1] / "examples"


def rows(report: paramcount.Report) -> list[int | None]:
    return [row.parameters for row in report.rows(1)]


def shapes(report: paramcount.Report) -> list[Any]:
    return [row.layer.output_shape[1:] for row in report.rows(1)]


def example(name: str) -> paramcount.Report:
    report = paramcount.count(EXAMPLES / name)

    assert report.reconcile().holds
    assert report.totals.undetermined.parameters == 0
    return report


def test_q1_frozen_dense_layers():
    report = example("frozen_dense.keras")

    assert (123, 38, 85) == (report.total, report.trainable, report.non_trainable)
    assert [16, 25, 60, 22] == rows(report)


def test_q2_a_chain_of_dense_layers():
    report = example("dense_chain.keras")

    assert (387, 249, 138) == (report.total, report.trainable, report.non_trainable)
    assert {"dense": 20, "dense_1": 48, "dense_2": 90, "dense_3": 165, "dense_4": 64} == {
        row.layer.name: row.parameters for row in report
    }


def test_q3_convolutions_and_pools_with_their_shapes():
    report = example("conv_pool.keras")

    assert 39_776 == report.total
    assert [6976, 0, 32_800, 0] == rows(report)
    assert [(23, 23, 64), (11, 11, 64), (8, 8, 32), (4, 4, 32)] == shapes(report)


def test_q4_a_small_network_for_images():
    report = example("small_cnn.keras")

    assert 57_377 == report.total
    assert [448, 4640, 18_496, 33_280, 513] == [size for size in rows(report) if size]


def test_q5_recurrent_layers():
    report = example("recurrent.keras")

    assert 29_880 == report.total
    assert [17_920, 9408, 2352, 200] == rows(report)


def test_q6_recurrent_layers_in_both_directions():
    report = example("bidirectional.keras")

    assert 75_376 == report.total
    assert [35_840, 31_104, 7776, 656] == rows(report)


def test_q7_where_nine_and_eight_come_from():
    report = example("two_dense.h5")

    assert (17, [9, 8]) == (report.total, rows(report))
    assert {"dense/kernel": (2, 3), "dense/bias": (3,), "dense_1/kernel": (3, 2), "dense_1/bias": (2,)} == {
        variable.path: variable.shape for variable in report.variables()
    }


def test_q10_a_frozen_base_for_transfer_learning():
    report = example("transfer.keras")

    assert (2_270_794, 12_810) == (report.total, report.trainable)
    assert 2 == report.totals.trainable.tensors
    assert (2_223_872, 34_112) == (report.frozen, report.state)
    assert {"trainable=False on mobilenetv2_1.00_224"} == {v.reason for v in report.variables() if v.role == "frozen"}


def test_q12_time_distributed_with_and_without_a_frozen_end():
    whole, frozen = example("time_distributed.keras"), example("time_distributed_frozen.keras")

    assert (107_261, [86_720, 20_541]) == (whole.total, rows(whole))
    assert (107_261, 86_720) == (frozen.total, frozen.trainable)


@pytest.fixture(scope="module")
def keras():
    found = framework("keras")
    if found is None:
        pytest.skip("Keras 3 is not installed")
    return found


def saved(keras: Any, model: Any, folder: Path, form: str = "keras") -> paramcount.Report:
    path = folder / f"model.{form}"
    model.save(path)
    report = paramcount.count(path)
    path.unlink()

    assert report.reconcile().holds
    return report


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
class TestMadeByKeras:
    """Questions about models that are too large to be carried along."""

    def test_q8_one_dense_layer_has_nearly_everything(self, keras, tmp_path):
        layers = keras.layers
        stack = [layers.Conv2D(32, 3), layers.MaxPooling2D(), layers.Conv2D(64, 3), layers.MaxPooling2D()]
        ends = [layers.Flatten(), layers.Dense(128), layers.Dense(10)]
        report = saved(keras, keras.Sequential([keras.Input((224, 224, 3)), *stack, *ends]), tmp_path)

        assert 23_908_682 == report.total
        assert 23_888_000 in rows(report)
        assert "99.9 %" in str(report)

    @pytest.mark.parametrize("form", ["keras", "h5"])
    def test_q9_the_statistics_of_resnet50_do_not_train(self, keras, tmp_path, form):
        report = saved(keras, keras.applications.ResNet50(weights=None), tmp_path, form)

        assert (25_636_712, 25_583_592, 53_120) == (report.total, report.trainable, report.non_trainable)
        assert (0, 53_120) == (report.frozen, report.state)

    def test_q11_freezing_leaves_two_tensors(self, keras, tmp_path):
        base = keras.applications.MobileNetV2(include_top=False, weights=None, pooling="avg")
        model = keras.Sequential([base, keras.layers.Dense(23)])
        before = saved(keras, model, tmp_path)
        base.trainable = False
        after = saved(keras, model, tmp_path)

        assert 2_253_335 == before.trainable == 2_223_872 + 29_463
        assert (29_463, 2) == (after.trainable, after.totals.trainable.tensors)

    def test_q13_vgg16_has_26_tensors(self, keras, tmp_path):
        report = saved(keras, keras.applications.VGG16(include_top=False, weights=None), tmp_path)

        assert (14_714_688, 26) == (report.total, report.tensors)

    def test_q15_shared_weights_count_once_and_rows_add_up(self, keras, tmp_path):
        layers = keras.layers
        shared = layers.Dense(8, name="shared")
        a, b = (keras.Sequential([keras.Input((8,)), shared, layers.Dense(n)], name=f"branch_{n}") for n in (3, 4))
        inputs = keras.Input((8,))
        report = saved(keras, keras.Model(inputs, [a(inputs), b(inputs)]), tmp_path)
        sums = report.reconcile()

        assert 72 + 27 + 36 == report.total
        assert (sums.rows, sums.shown_twice) == (report.total + 72, 72)
        assert ("branch_3/shared/kernel", "branch_4/shared/kernel") in report.sharing.values()

    def test_q16_a_layer_of_an_unknown_type_is_counted_and_named(self, keras, tmp_path):
        class Scale(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=(shape[-1],))

            def call(self, x):
                return x * self.scale

        report = saved(keras, keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), Scale()]), tmp_path)

        assert (28, 24, 4) == (report.total, report.trainable, report.undetermined)
        assert ["custom-layer"] == [finding.id for finding in report.findings]
