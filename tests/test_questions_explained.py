"""The questions that paramcount exists for, answered without any stored weights: typed, named, and by formula."""

from __future__ import annotations

import pytest

import paramcount
from paramcount.render.explanation import render

IMPORTS = "from keras import Input, Sequential, layers\nfrom keras.layers import *\n"


def typed(body, **options):
    """The report of a model that is typed as a tutorial types it."""
    return paramcount.count(f"{IMPORTS}{body}", **options)


def lines(report):
    """Each layer's calculation, as it is written: ``dense = (3 + 1) * 5 = 20``."""
    return [line.calculation for line in paramcount.explain(report).lines]


def test_q1_frozen_dense_layers():
    report = typed("""
model = Sequential([Input((3,)), Dense(4), Dense(5, trainable=False), Dense(10, trainable=False), Dense(2)])
""")
    assert (report.total, report.trainable, report.non_trainable) == (123, 38, 85)
    assert [row.parameters for row in report] == [16, 25, 60, 22]


def test_q2_calculations_of_dense_layers():
    report = typed("""
model = Sequential()
model.add(Dense(5, input_shape=(3,)))
for units, trains in [(8, False), (10, False), (15, True), (4, True)]:
    model.add(Dense(units, trainable=trains))
""")
    assert (report.total, report.trainable, report.non_trainable) == (387, 249, 138)
    assert lines(report) == [
        "dense = (3 + 1) * 5 = 20", "dense_1 = (5 + 1) * 8 = 48", "dense_2 = (8 + 1) * 10 = 90",
        "dense_3 = (10 + 1) * 15 = 165", "dense_4 = (15 + 1) * 4 = 64",
    ]  # fmt: skip


def test_q3_convolutions_and_their_shapes():
    report = typed("""
model = Sequential([
    Input((28, 28, 3)), Conv2D(64, 6), MaxPooling2D(), Conv2D(32, (4, 4)), MaxPooling2D(2),
])
""")
    assert report.total == 39776
    assert lines(report) == ["conv2d = (3 * 6 * 6 + 1) * 64 = 6976", "conv2d_1 = (64 * 4 * 4 + 1) * 32 = 32800"]
    shapes = [row.layer.output_shape for row in report]
    assert shapes == [(None, 23, 23, 64), (None, 11, 11, 64), (None, 8, 8, 32), (None, 4, 4, 32)]


def test_q4_a_small_network():
    report = typed("""
model = Sequential([Input((28, 28, 3))])
for filters in (16, 32, 64):
    model.add(Conv2D(filters, 3, activation="relu"))
    model.add(MaxPooling2D(2, 2))
model.add(Flatten())
model.add(Dense(512, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
""")
    assert report.total == 57377
    assert [row.parameters for row in report if row.parameters] == [448, 4640, 18496, 33280, 513]


RECURRENT = """
model = Sequential([
    Input((None, 5)),
    {0}(LSTM(64, return_sequences=True)), {0}(GRU(32, return_sequences=True)),
    {0}(GRU(16, return_sequences=True, reset_after=False)), {0}(SimpleRNN(8)),
])
"""


def test_q5_recurrent_layers():
    report = typed(RECURRENT.format(""))
    assert report.total == 29880
    assert [line.partition(" = ")[2] for line in lines(report)] == [
        "4 * (64 * (64 + 5) + 64) = 17920", "3 * (32 * (32 + 64) + 2 * 32) = 9408",
        "3 * (16 * (16 + 32) + 16) = 2352", "1 * (8 * (8 + 16) + 8) = 200",
    ]  # fmt: skip


def test_q6_recurrent_layers_in_both_directions():
    report = typed(RECURRENT.format("Bidirectional"))
    assert report.total == 75376
    assert [line.partition(" = ")[2] for line in lines(report)][:2] == [
        "2 * 4 * (64 * (64 + 5) + 64) = 35840", "2 * 3 * (32 * (32 + 128) + 2 * 32) = 31104",
    ]  # fmt: skip
    assert [row.parameters for row in report.rows(1)] == [35840, 31104, 7776, 656]


def test_q7_where_9_and_8_come_from():
    report = typed("model = Sequential([Dense(3, input_dim=2), Dense(2)])")
    assert report.total == 17
    assert [(v.name, v.shape, v.parameters) for v in report.variables()] == [
        ("kernel", (2, 3), 6), ("bias", (3,), 3), ("kernel", (3, 2), 6), ("bias", (2,), 2),
    ]  # fmt: skip


def test_q8_the_dense_layer_behind_flatten_cannot_be_missed():
    report = typed("""
model = Sequential([
    layers.Conv2D(32, (3, 3), activation="relu", input_shape=(224, 224, 3)), layers.MaxPooling2D((2, 2)),
    layers.Conv2D(64, (3, 3), activation="relu"), layers.MaxPooling2D((2, 2)),
    layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax"),
])
""")
    assert report.total == 23908682
    assert "dense = (186624 + 1) * 128 = 23888000" in lines(report)
    assert "dense alone" in str(report)
    assert "54 * 54 * 64" in render(paramcount.explain(report), "teach")


def test_q9_resnet50_by_its_name():
    report = paramcount.count("ResNet50")
    assert (report.total, report.trainable, report.non_trainable) == (25636712, 25583592, 53120)
    assert (report.frozen, report.state) == (0, 53120)


TRANSFER = """
import tensorflow as tf
base = tf.keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights="imagenet")
{}
model = tf.keras.Sequential([base, tf.keras.layers.GlobalAveragePooling2D(), tf.keras.layers.Dense({})])
"""


def test_q10_a_frozen_base():
    report = typed(TRANSFER.format("base.trainable = False", 10))
    assert (report.total, report.trainable, report.frozen, report.state) == (2270794, 12810, 2223872, 34112)
    assert report.totals.trainable.tensors == 2


@pytest.mark.parametrize(("freeze", "trainable", "tensors"), [("", 2253335, 158), ("base.trainable = False", 29463, 2)])
def test_q11_tensors_are_not_parameters(freeze, trainable, tensors):
    report = typed(TRANSFER.format(freeze, 23))
    assert (report.trainable, report.totals.trainable.tensors) == (trainable, tensors)


@pytest.mark.parametrize(("freeze", "trainable"), [("", 107261), ("model.layers[-1].trainable = False", 86720)])
def test_q12_time_distributed(freeze, trainable):
    report = typed(f"""
model = Sequential([LSTM(40, input_shape=(None, 501), return_sequences=True), TimeDistributed(Dense(501))])
{freeze}
""")
    assert (report.total, report.trainable) == (107261, trainable)
    assert [row.parameters for row in report.rows(1)] == [86720, 20541]


def test_q13_vgg16_without_its_top():
    report = paramcount.count("VGG16", options={"include_top": False})
    assert (report.tensors, report.total) == (26, 14714688)


def test_q16_an_unknown_layer_is_named_and_never_0(tmp_path):
    config = (
        '{"class_name": "Sequential", "config": {"name": "m", "layers": ['
        '{"class_name": "Dense", "config": {"name": "dense", "units": 4, "batch_input_shape": [null, 3]}},'
        '{"class_name": "Mystery", "config": {"name": "mystery"}},'
        '{"class_name": "Dense", "config": {"name": "after", "units": 2}}]}, "keras_version": "2.15.0"}'
    )
    path = tmp_path / "model.json"
    path.write_text(config, encoding="utf-8")
    report = paramcount.count(path)

    assert report.lower_bound
    assert report.total == 18, "at least: the bias of the layer behind it is known, its kernel is not"
    assert {row.layer.name: (row.parameters, row.lower_bound) for row in report} == {
        "dense": (16, False), "mystery": (None, True), "after": (2, True),
    }  # fmt: skip
    named = " ".join(f"{finding.where} {finding.message}" for finding in report.findings)
    assert "mystery" in named
    assert "after" in named


def test_q18_another_width_another_size_another_number_of_classes():
    assert paramcount.count("MobileNetV2", options={"alpha": 0.5}).total == 1987224
    assert paramcount.count("ResNet50", options={"classes": 10}).total == 23608202
    assert paramcount.count("VGG16", input_shape=(64, 64, 3), options={"classes": 10}).total == 39929674


def test_two_directions_are_not_taken_for_a_shared_layer():
    report = typed("model = Sequential([Input((4, 5)), Bidirectional(LSTM(3, return_sequences=True)), LSTM(3)])")
    assert [finding.id for finding in report.findings] == []


def test_an_image_without_channels_gives_no_wrong_number():
    report = typed("model = Sequential([Conv2D(4, 3), Flatten()])", input_shape=(28, 28))
    assert report.lower_bound
    assert report.findings[0].where == "conv2d"
    assert paramcount.count("ResNet50", input_shape=(None, None, 3), options={"include_top": False}).total == 23587712
