"""Every config of the catalog against the one of the model that real Keras builds with the same options.

``PARAMCOUNT_EXAMPLES`` sets how many models with random options a run compares, and with it all default models.
"""

from __future__ import annotations

import inspect
import json
import os
import random
from typing import Any

import pytest

from catalog.keras_side import as_shipped, build, difference, same_version
from oracle_frameworks import framework
from paramcount import catalog
from paramcount.catalog.signatures import ACTIVATIONS
from paramcount.errors import UsageError

keras = framework("keras")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not same_version(keras), reason="needs the Keras that the catalog is of"),
]

EXAMPLES = int(os.environ.get("PARAMCOUNT_EXAMPLES", "0"))
FEW = ("ResNet50", "VGG16", "MobileNet")

CHOSEN: list[tuple[str, dict[str, Any]]] = [
    ("ResNet50V2", {"include_top": False, "pooling": "avg", "input_shape": (65, 97, 4)}),
    ("ResNet50", {"classes": 7, "classifier_activation": None, "name": None}),
    ("VGG19", {"input_shape": (33, 70, 2), "classes": 3, "classifier_activation": "swish"}),
    ("MobileNet", {"alpha": 0.27, "depth_multiplier": 3, "dropout": 0, "input_shape": (41, 90, 1)}),
    ("MobileNetV2", {"alpha": 0.05, "input_shape": (51, 90, 3), "include_top": False, "pooling": "max"}),
    ("MobileNetV2", {"alpha": 1.11875}),
    ("MobileNetV3Small", {"minimalistic": True, "alpha": 0.4, "dropout_rate": 0.0, "input_shape": (45, 33, 1)}),
    ("MobileNetV3Large", {"alpha": 0.1, "include_preprocessing": False}),
    ("MobileNetV3Large", {"alpha": 1.3, "include_top": False, "pooling": "avg", "name": "mine"}),
    ("EfficientNetB0", {"input_shape": (99, 134, 3)}),
    ("EfficientNetB0", {"input_shape": (None, 99, 1), "include_top": False}),
    ("EfficientNetV2B0", {"input_shape": (99, 134, 1), "include_top": False}),
    ("EfficientNetV2B0", {"include_preprocessing": False}),
    ("NASNetMobile", {"input_shape": (None, None, 3), "include_top": False}),
    ("NASNetMobile", {"input_shape": (113, 58, 3), "classes": 5}),
    ("ConvNeXtTiny", {"name": "my_net", "input_shape": (77, 130, 5), "include_top": False, "pooling": "max"}),
    ("ConvNeXtTiny", {"include_preprocessing": False, "input_shape": (70, None, 3), "include_top": False}),
]
"""What the rules of the catalog are about, once each."""


def compared(name: str, options: dict[str, Any]) -> str:
    """Where the catalog and Keras are not the same; empty when they are."""
    return apart(build(keras, name, **options), name, options)


def apart(built: dict[str, Any], name: str, options: dict[str, Any]) -> str:
    """The same for a model that is built already."""
    # What went through JSON has lists where Keras has them.
    return difference(json.loads(json.dumps(catalog.config(name, **options))), as_shipped(built))


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("name", catalog.names() if EXAMPLES else FEW)
def test_a_default_model_is_that_of_keras(name, top):
    assert compared(name, {"include_top": top}) == ""


@pytest.mark.parametrize(("name", "options"), CHOSEN)
def test_a_model_with_options_is_that_of_keras(name, options):
    assert compared(name, options) == ""


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MobileNetV2", {"input_shape": (96, None, 3), "include_top": False}),
        ("NASNetMobile", {"input_shape": (None, 128, 3), "include_top": False}),
        ("MobileNetV3Small", {"input_shape": (None, 17, 3)}),
        ("MobileNet", {"alpha": 0.03}),
        ("InceptionV3", {"input_shape": (74, 80, 3), "include_top": False}),
        ("EfficientNetV2B0", {"name": "backbone"}),
        ("ResNet50", {"input_shape": (None, None, 3)}),
        ("ResNet50", {"classifier_activation": "soft"}),
        ("MobileNetV2", {"dropout": 0.1}),
    ],
)
def test_what_keras_refuses_is_refused(name, options):
    with pytest.raises((ValueError, TypeError, KeyError)):
        build(keras, name, **options)
    with pytest.raises(UsageError):
        catalog.config(name, **options)


@pytest.mark.parametrize("name", catalog.names())
def test_the_options_and_their_defaults_are_those_of_keras(name):
    signature = inspect.signature(getattr(keras.applications, name)).parameters

    assert dict(catalog.options(name)) == {option: value.default for option, value in signature.items()}


def test_every_model_of_keras_applications_is_there():
    functions = [name for name in dir(keras.applications) if name[0].isupper()]

    assert sorted(catalog.names()) == functions


@pytest.mark.parametrize("name", catalog.names())
def test_a_model_is_found_in_its_modules(name):
    modules = [module for module in dir(keras.applications) if hasattr(getattr(keras.applications, module), name)]

    assert all(catalog.find(f"keras.applications.{module}.{name}") == name for module in modules)


def random_options(name: str, numbers: random.Random) -> dict[str, Any]:
    """Options of a model, most of them such that Keras takes them."""
    known = catalog.options(name)
    sizes = [None, *range(30, 120), 224, 331]
    options: dict[str, Any] = {"include_top": numbers.random() < 0.5}
    choices: dict[str, Any] = {
        "pooling": [None, "avg", "max"],
        "classes": range(1, 3000),
        "classifier_activation": [None, *ACTIVATIONS],
        "alpha": [numbers.uniform(0.01, 3), numbers.uniform(0.01, 0.3), round(numbers.uniform(0, 2), 2), 1, 2, 0],
        "depth_multiplier": range(1, 5),
        "dropout": [0, 0.5, 1],
        "dropout_rate": [0, 0.0, 0.7, 1],
        "minimalistic": [True, False],
        "include_preprocessing": [True, False],
        "name": [None, "net", "a b"],
    }
    for option, values in choices.items():
        if option in known and numbers.random() < 0.5:
            options[option] = numbers.choice(values)
    if numbers.random() < 0.8:
        rows, columns = numbers.choice(sizes), numbers.choice(sizes)
        options["input_shape"] = (rows, columns, numbers.choice([1, 3, 3, 4, 7]))
    return options


@pytest.mark.parametrize("number", range(EXAMPLES))
def test_a_model_with_random_options_is_that_of_keras(number):
    numbers = random.Random(number)  # noqa: S311 - a fixed sample.
    name = catalog.names()[number % len(catalog.names())]
    options = random_options(name, numbers)

    try:
        built = build(keras, name, **options)
    except (ValueError, TypeError, KeyError):
        with pytest.raises(UsageError):
            catalog.config(name, **options)
    else:
        assert apart(built, name, options) == "", (name, options)
