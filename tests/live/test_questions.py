"""The questions that a model in memory can pose, with exactly the numbers they must get."""

import pytest

from live.helpers import agree, finding
from paramcount import count
from paramcount.model import Role


def rows(report):
    return [(row.layer.name, row.parameters) for row in report.rows(depth=1)]


def numbers(report):
    return [row.parameters for row in report.rows(depth=1)]


def test_q1_four_dense_layers_two_of_them_frozen(either):
    """123 parameters, of which 38 train."""
    dense = either.layers.Dense
    layers = [dense(4), dense(5, trainable=False), dense(10, trainable=False), dense(2)]
    report = agree(either.Sequential([either.Input((3,)), *layers]))
    assert (report.total, report.trainable, report.non_trainable) == (123, 38, 85)
    assert numbers(report) == [16, 25, 60, 22]


def test_q2_five_dense_layers_two_of_them_frozen(either):
    """387 parameters, of which 249 train."""
    dense = either.layers.Dense
    layers = [dense(5), dense(8, trainable=False), dense(10, trainable=False), dense(15), dense(4)]
    report = agree(either.Sequential([either.Input((3,)), *layers]))
    assert (report.total, report.trainable, report.non_trainable) == (387, 249, 138)
    assert numbers(report) == [20, 48, 90, 165, 64]


def test_q7_where_nine_and_eight_come_from(either):
    """17 parameters, variable by variable."""
    report = agree(either.Sequential([either.Input((2,)), either.layers.Dense(3), either.layers.Dense(2)]))
    assert report.total == 17
    assert [(one.name, one.shape, one.parameters) for one in report.variables()] == [
        ("kernel", (2, 3), 6), ("bias", (3,), 3), ("kernel", (3, 2), 6), ("bias", (2,), 2),
    ]  # fmt: skip


def transfer(keras, outputs, base_trains):
    base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    base.trainable = base_trains
    return keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(outputs)])


@pytest.fixture
def unallocated(keras):
    """Keras 3 creates models without values in here, which is all that counting needs."""
    global_state = __import__("sys").modules["keras.src.backend.common.global_state"]
    with keras.StatelessScope(initialize_variables=False):
        yield
        global_state.set_global_attribute("uninitialized_variables", [])


def test_q10_a_frozen_mobilenet_with_a_new_head(keras, unallocated):
    """12,810 train; the rest is frozen by the base's flag, or moving statistics."""
    report = agree(transfer(keras, 10, False))
    assert (report.total, report.trainable) == (2_270_794, 12_810)
    assert report.totals.trainable.tensors == 2
    assert (report.frozen, report.state) == (2_223_872, 34_112)
    frozen = {one.reason for one in report.variables() if one.role is Role.FROZEN}
    assert frozen == {"trainable=False on mobilenetv2_1.00_224"}


def test_q11_tensors_and_parameters_side_by_side(keras, unallocated):
    """Before freezing 2,253,335 parameters train; afterwards 29,463, in 2 tensors."""
    model = transfer(keras, 23, True)
    before = agree(model)
    assert before.trainable == 2_253_335 == 2_223_872 + 29_463
    model.layers[0].trainable = False
    after = agree(model)
    assert (after.trainable, after.totals.trainable.tensors) == (29_463, 2)


def test_q12_lstm_and_a_time_distributed_layer(either):
    """107,261 parameters; with the last layer frozen 86,720 train."""
    head = either.layers.TimeDistributed(either.layers.Dense(501))
    lstm = either.layers.LSTM(40, return_sequences=True)
    model = either.Sequential([either.Input((None, 501)), lstm, head])
    report = agree(model)
    assert (report.total, numbers(report)) == (107_261, [86_720, 20_541])
    head.trainable = False
    assert agree(model).trainable == 86_720


def test_q13_tensors_and_parameters_of_vgg16(keras, unallocated):
    """26 tensors, 14,714,688 parameters."""
    report = agree(keras.applications.VGG16(include_top=False, weights=None))
    assert (report.tensors, report.total) == (26, 14_714_688)
    kinds = [one.name for one in report.variables()]
    assert (kinds.count("kernel"), kinds.count("bias")) == (13, 13)


def test_q15_sub_models_that_share_a_layer(either):
    """A shared layer counts once, names who shares it, and the rows still add up."""
    shared = either.layers.Dense(8, name="shared")

    def branch(name):
        inputs = either.Input((8,))
        return either.Model(inputs, either.layers.Dense(8)(shared(inputs)), name=name)

    inputs = either.Input((8,))
    left, right = branch("left"), branch("right")
    report = agree(either.Model(inputs, right(left(inputs))))
    assert report.total == 3 * 72
    assert [number for number in numbers(report) if number] == [144, 144]
    assert report.reconcile().shown_twice == 72
    assert report.sharing == {
        "left/shared/kernel": ("left/shared/kernel", "right/shared/kernel"),
        "left/shared/bias": ("left/shared/bias", "right/shared/bias"),
    }


def test_q18_the_flags_after_training_has_begun(keras):
    """An optimizer that was built for other flags is a finding, and the count follows the flags."""
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    assert not [one for one in count(model).findings if one.id == "optimizer-contradicts-flags"]
    model.layers[0].trainable = False
    report = agree(model)
    assert (report.trainable, report.frozen) == (11, 110)
    assert (
        "built for 4 trainable tensors, and 2 tensors train" in finding(report, "optimizer-contradicts-flags").message
    )
    assert sum(one.parameters for one in report.not_parameters if one.role is Role.OPTIMIZER) == 244
