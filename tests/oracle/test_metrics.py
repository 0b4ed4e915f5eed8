"""Every metric of both Keras, held and compiled, is in no total of a checkpoint or SavedModel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from test_saved_models import KERAS, MODULES, TF_KERAS, bounds, counted, ids, tf
from test_stored_forms import own_count

from paramcount.readers.tensorflow.training import METRIC

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def metrics(keras: Any) -> dict[str, Callable[[], Any]]:
    made = keras.metrics
    found: dict[str, Callable[[], Any]] = {
        "mean": made.Mean, "accuracy": made.Accuracy, "auc": partial(made.AUC, num_thresholds=5),
        "auc of labels": partial(made.AUC, num_thresholds=5, multi_label=True, num_labels=2),
        "precision": made.Precision, "recall": partial(made.Recall, thresholds=[0.1, 0.2]),
        "true positives": made.TruePositives, "false negatives": partial(made.FalseNegatives, thresholds=[0.1, 0.2]),
        "mean iou": partial(made.MeanIoU, 3), "iou": partial(made.IoU, 3, [0]), "binary iou": made.BinaryIoU,
        "one-hot iou": partial(made.OneHotIoU, 3, [0]), "one-hot mean iou": partial(made.OneHotMeanIoU, 3),
        "r2": made.R2Score, "f1": made.F1Score, "fbeta": partial(made.FBetaScore, beta=2.0),
        "sensitivity": partial(made.SensitivityAtSpecificity, 0.5), "root": made.RootMeanSquaredError,
        "entropy": made.CategoricalCrossentropy, "cosine": made.CosineSimilarity,
    }  # fmt: skip
    if keras is KERAS:
        return found | {"correlation": made.PearsonCorrelation}
    return found | {
        "mean of tensors": partial(made.MeanTensor, shape=(3,)),
        "relative error": partial(made.MeanRelativeError, [1.0, 2.0]),
    }


UNFIT = ("mean", "mean of tensors", "mean iou", "iou", "relative error")
"""Metrics that do not take what a model gives one that it is compiled with."""
CASES = [(which, name) for which, keras in MODULES.items() for name in metrics(keras)]


def held(keras: Any, metric: Any) -> Any:
    """A model with a metric as its attribute."""

    class Model(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.seen = keras.layers.Dense(2), metric

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Model()
    model(np.ones((2, 3), "float32"))
    return model


@pytest.mark.parametrize(("which", "name"), CASES)
def test_a_metric_that_a_model_holds_is_no_weight(which, name, tmp_path):
    metric = metrics(MODULES[which])[name]()
    if not metric.variables:
        metric.update_state(np.ones((2, 2), "float32"), np.ones((2, 2), "float32"))
    model = held(MODULES[which], metric)
    tf.train.Checkpoint(net=model).save(tmp_path / "checkpoint" / "ckpt")
    tf.saved_model.save(model, str(tmp_path / "saved"))
    saved = counted(tmp_path / "saved")

    assert 8 == own_count(model.dense).total
    bounds(counted(tmp_path / "checkpoint"), own_count(model.dense))
    # `weights` of a model of tf_keras has the state of such a metric, and so has the list in its SavedModel.
    bounds(saved, own_count(model))
    assert {METRIC} == {v.reason for v in saved.variables() if v.role == "state"} or which == "keras"


@pytest.mark.parametrize(("which", "name"), CASES)
def test_a_metric_that_a_model_was_compiled_with_is_no_weight(which, name, tmp_path):
    keras = MODULES[which]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse", metrics=[metrics(keras)[name]()], run_eagerly=True)
    if name not in UNFIT:
        model.train_on_batch(np.ones((2, 3), "float32"), np.eye(2, dtype="float32"))
    tf.train.Checkpoint(net=model).save(tmp_path / "checkpoint" / "ckpt")
    tf.saved_model.save(model, str(tmp_path / "saved"))

    assert 8 == own_count(model).total
    for form in ("checkpoint", "saved"):
        bounds(counted(tmp_path / form), own_count(model))


def test_a_sum_that_nothing_tells_from_a_weight_is_said(tmp_path):
    """A metric Sum leaves a single number called total in a checkpoint, and no sign of what it is."""
    model = held(TF_KERAS, TF_KERAS.metrics.Sum())
    tf.train.Checkpoint(net=model).save(tmp_path / "ckpt")
    report = counted(tmp_path)

    assert (9, {"checkpoint-maybe-metric"}) == (report.total, ids(report) & {"checkpoint-maybe-metric"})
