"""The models of ``keras.applications``, layer by layer: from ``to_json()``, from what HDF5 keeps, and by name.

An ordinary run takes a few small ones; ``PARAMCOUNT_EXAMPLES`` takes all, and with it every model with other options.
"""

from __future__ import annotations

import json
import os
import random
import warnings
from typing import Any

import pytest
from layer_by_layer import differences
from test_stored_forms import own_count

import paramcount
from catalog.keras_side import model, same_version
from catalog.test_against_keras import random_options
from catalog.test_totals import TOTALS
from config_only import config_of, count_config
from oracle_frameworks import framework
from paramcount import catalog

EXAMPLES = int(os.environ.get("PARAMCOUNT_EXAMPLES", "0"))
FEW = ("MobileNetV2", "ConvNeXtTiny", "NASNetMobile", "EfficientNetV2B0")
TF_KERAS = (
    "MobileNetV2", "ConvNeXtTiny", "MobileNetV3Small", "InceptionResNetV2", "EfficientNetB0", "NASNetMobile",
    "EfficientNetV2B0", "DenseNet121", "ResNet50", "Xception", "RegNetX002", "ResNetRS50",
)  # fmt: skip
CHOSEN: list[tuple[str, dict[str, Any]]] = [
    ("ResNet50V2", {"include_top": False, "pooling": "avg", "input_shape": (65, 97, 4)}),
    ("VGG16", {"input_shape": (64, 64, 1), "classes": 3}),
    ("MobileNet", {"alpha": 0.27, "depth_multiplier": 3, "input_shape": (75, 101, 1)}),
    ("MobileNetV2", {"alpha": 0.35, "input_shape": (75, 101, 3), "include_top": False, "pooling": "max"}),
    ("MobileNetV3Small", {"minimalistic": True, "alpha": 0.75, "input_shape": (64, 64, 1)}),
    ("MobileNetV3Large", {"alpha": 0.75, "include_preprocessing": False, "input_shape": (None, None, 3)}),
    ("EfficientNetB0", {"input_shape": (None, 101, 4), "include_top": False}),
    ("EfficientNetV2B0", {"input_shape": (75, 101, 1), "include_top": False}),
    ("NASNetMobile", {"input_shape": (75, 101, 3), "classes": 5}),
    ("DenseNet121", {"input_shape": (None, None, 1), "include_top": False, "pooling": "avg"}),
    ("InceptionV3", {"input_shape": (75, 101, 3), "classes": 2}),
    ("Xception", {"input_shape": (75, 101, 4), "include_top": False}),
]
"""Other inputs, classes and widths than the usual ones."""

keras, tf_keras = framework("keras"), framework("tf_keras")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
of_keras = pytest.mark.skipif(not same_version(keras), reason="needs the Keras that the catalog is of")
of_tf_keras = pytest.mark.skipif(tf_keras is None, reason="needs tf_keras")


def bare(value: Any) -> Any:
    """A config of Keras 3 without the shapes that layers were built on and that tensors have."""
    if isinstance(value, list):
        return [bare(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "__keras_tensor__":
        return {**value, "config": {"keras_history": value["config"]["keras_history"]}}
    return {key: bare(part) for key, part in value.items() if key != "build_config"}


def check(built: Any, report: paramcount.Report) -> None:
    """Every layer and every total of a report is that of the model."""
    expected = own_count(built)
    counted = report.totals
    assert differences(built, report) == []
    assert not report.lower_bound
    assert report.reconcile().holds
    assert expected == (*counted.total[:2], *counted.trainable[:2], *counted.non_trainable[:2])


@of_keras
@pytest.mark.parametrize("top", [True, False], ids=["top", "no_top"])
@pytest.mark.parametrize("name", catalog.names() if EXAMPLES else FEW)
def test_every_layer_of_a_model_is_that_of_keras(name: str, top: bool) -> None:
    """With the shapes of ``to_json()``, without them, and from the name; totals are those that Keras once counted."""
    built = model(keras, name, include_top=top)
    config = json.loads(built.to_json())

    for report in (
        count_config(config),
        count_config(bare(config)),
        paramcount.count(name, options={"include_top": top}),
    ):
        check(built, report)
        numbers = (report.total, report.trainable, report.non_trainable, report.tensors)
        assert numbers == (TOTALS[name][:4] if top else TOTALS[name][4:])


@of_keras
@pytest.mark.parametrize(("name", "options"), CHOSEN)
def test_every_layer_with_other_options_is_that_of_keras(name: str, options: dict[str, Any]) -> None:
    """The same for other inputs, classes and widths."""
    built = model(keras, name, **options)

    check(built, count_config(bare(json.loads(built.to_json()))))
    check(built, paramcount.count(name, options=options))


@of_keras
@pytest.mark.parametrize("number", range(EXAMPLES))
def test_every_layer_with_random_options_is_that_of_keras(number: int) -> None:
    """What Keras takes is counted as Keras has it; what it refuses is another test's."""
    numbers = random.Random(number)  # noqa: S311  A run must be repeatable.
    name = catalog.names()[number % len(catalog.names())]
    options = random_options(name, numbers)
    try:
        built = model(keras, name, **options)
    except (ValueError, TypeError, KeyError):
        pytest.skip("Keras refuses these options")

    check(built, count_config(bare(json.loads(built.to_json()))))
    check(built, paramcount.count(name, options=options))


@of_keras
@pytest.mark.parametrize("name", ["MobileNetV2", "ConvNeXtTiny"] if EXAMPLES else ["MobileNetV2"])
def test_what_keras_3_writes_into_hdf5_is_enough(name: str, tmp_path: Any) -> None:
    """The config of a real file, alone."""
    keras.backend.clear_session()
    built = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=7)
    built.save(tmp_path / "model.h5")

    check(built, count_config(config_of(tmp_path / "model.h5")))
    check(built, paramcount.count(tmp_path / "model.h5"))


def build_tf_keras(name: str, **options: Any) -> Any:
    """A model of ``tf_keras.applications``."""
    tf_keras.backend.clear_session()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(tf_keras.applications, name)(weights=None, **options)


@of_tf_keras
@pytest.mark.parametrize("name", TF_KERAS if EXAMPLES else TF_KERAS[:3])
def test_every_layer_of_tf_keras_is_its_own(name: str, tmp_path: Any) -> None:
    """From ``to_json()``, whose operations are layers of a graph, and from a file."""
    built = build_tf_keras(name, input_shape=(96, 96, 3), include_top=False, pooling="avg")
    built.save(tmp_path / "model.h5")

    check(built, count_config(json.loads(built.to_json())))
    check(built, count_config(config_of(tmp_path / "model.h5")))
    check(built, paramcount.count(tmp_path / "model.h5"))
