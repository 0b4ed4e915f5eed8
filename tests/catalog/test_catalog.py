"""Finding models by name, their options, and what is refused: no framework needed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from paramcount import catalog
from paramcount.catalog import archive, rules
from paramcount.catalog.models import MODELS
from paramcount.errors import ParamcountError, UsageError

REPOSITORY_TESTS = Path(__file__).parents[1] / "repository" / "test_no_framework.py"


def layers_of(name: str, /, **options: object) -> dict[str, dict]:
    return {layer["name"]: layer for layer in catalog.config(name, **options)["config"]["layers"]}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ResNet50", "ResNet50"),
        ("resnet50", "ResNet50"),
        ("RESNET50V2", "ResNet50V2"),
        ("keras.applications.VGG16", "VGG16"),
        ("tf.keras.applications.vgg16.VGG16", "VGG16"),
        ("tensorflow.keras.applications.vgg19.vgg19", "VGG19"),
        ("applications.resnet.ResNet50", "ResNet50"),
        ("keras.applications.resnet50.ResNet50", "ResNet50"),
        ("resnet50.ResNet50", "ResNet50"),
        (" efficientnetv2-b0 ", "EfficientNetV2B0"),
        ("mobilenet_v2", "MobileNetV2"),
        ("convnext_xlarge", "ConvNeXtXLarge"),
        ("ResNet51", None),
        ("resnet50.keras", None),
        ("models/resnet50", None),
        ("keras.applications.resnet.VGG16", None),
        ("torchvision.models.VGG16", None),
        ("keras.layers.VGG16", None),
        ("", None),
        (".", None),
        (None, None),
        (50, None),
    ],
)
def test_a_model_is_found_however_it_is_written(name, found):
    assert catalog.find(name) == found


def test_no_two_models_are_written_alike():
    assert {catalog.find(name) for name in catalog.names()} == set(catalog.names())
    assert len(catalog.names()) == 40


def test_the_default_name_of_a_model_finds_it():
    assert all(catalog.find(entry.default) == name for name, entry in MODELS.items() if entry.default)


def test_a_near_miss_gets_proposals():
    assert "ResNet50" in catalog.similar("ResNet51")
    assert catalog.similar("keras.applications.EfficentNetB3")[0] == "EfficientNetB3"
    assert catalog.similar("x" * 100_000) == []


def test_an_unknown_model_is_refused_with_a_proposal():
    with pytest.raises(UsageError, match=r"'VGG61' is not a model of .*VGG16"):
        catalog.config("VGG61")


def test_one_line_says_what_a_model_is():
    assert catalog.about("nasnetlarge").startswith("NASNetLarge: 331 x 331 x 3 by default; Zoph")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("ResNet50", {"alpha": 0.5}, r"has no option 'alpha'.*include_top"),
        ("ResNet50", {"input_shape": (224, 224)}, r"\(height, width, channels\)"),
        ("ResNet50", {"input_shape": (31, 224, 3)}, "at least 32"),
        ("InceptionV3", {"input_shape": (74, 299, 3)}, "at least 75"),
        ("Xception", {"input_shape": (70, 299, 3)}, "at least 71"),
        ("ResNet50", {"input_shape": (None, 224, 3)}, "include_top=False"),
        ("ResNet50", {"input_shape": (224, 224, None)}, "channels"),
        ("ResNet50", {"input_shape": (224, 224, 0)}, "channels"),
        ("ResNet50", {"input_shape": (224, True, 3)}, "channels"),
        ("ResNet50", {"input_shape": (224.0, 224, 3)}, "channels"),
        ("ResNet50", {"input_shape": "224"}, "channels"),
        ("ResNet50", {"input_shape": ()}, "channels"),
        ("ResNet50", {"classes": 0}, "integer from 1 on"),
        ("ResNet50", {"classes": 10.0}, "integer from 1 on"),
        ("ResNet50", {"classes": True}, "integer from 1 on"),
        ("ResNet50", {"classes": None}, "integer from 1 on"),
        ("ResNet50", {"include_top": "no"}, "True or False"),
        ("ResNet50", {"include_top": None}, "True or False"),
        ("ResNet50", {"pooling": "mean"}, "'avg' or 'max'"),
        ("ResNet50", {"classifier_activation": "soft"}, "softmax"),
        ("ResNet50", {"classifier_activation": len}, "softmax"),
        ("ResNet50", {"name": "a/b"}, "without `/`"),
        ("ResNet50", {"name": 5}, "without `/`"),
        ("ConvNeXtTiny", {"name": None}, "without `/`"),
        ("EfficientNetV2S", {"name": "mine"}, "efficientnetv2-s"),
        ("MobileNet", {"alpha": 0.01}, "has a filter"),
        ("MobileNet", {"alpha": -1}, "has a filter"),
        ("MobileNet", {"depth_multiplier": 0}, "integer from 1 on"),
        ("MobileNet", {"dropout": 1.5}, "from 0 to 1"),
        ("MobileNetV2", {"alpha": "1"}, "finite"),
        ("MobileNetV2", {"alpha": float("nan")}, "finite"),
        ("MobileNetV2", {"alpha": float("inf")}, "finite"),
        ("MobileNetV2", {"alpha": 10**400}, "not as large"),
        ("MobileNet", {"alpha": 1e308}, "not as large"),
        ("MobileNetV2", {"input_shape": (96, None, 3), "include_top": False}, "fixed width"),
        ("NASNetLarge", {"input_shape": (None, 331, 3), "include_top": False}, "branches"),
        ("MobileNetV3Small", {"input_shape": (None, 9, 3)}, "something is left"),
        ("MobileNetV3Small", {"dropout_rate": float("nan")}, "from 0 to 1"),
    ],
)
def test_options_that_keras_refuses_are_refused_with_what_is_allowed(name, options, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        catalog.config(name, **options)


@pytest.mark.parametrize(
    "value", [10**40, -(10**40), 1e300, [[]], {}, "\0", b"", object(), (), [None] * 3, "x" * 10**6]
)
@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV3Large", "EfficientNetV2B3", "NASNetMobile"])
def test_no_value_of_an_option_breaks_it(name, value):
    for option in catalog.options(name):
        if option in ("weights", "input_tensor"):
            continue
        try:
            said = catalog.config(name, **{option: value})["class_name"]
        except ParamcountError as error:
            said = str(error)
        assert said == "Functional" or 20 < len(said) < 1200


def test_what_is_refused_only_with_imagenet_weights_is_taken():
    config = catalog.config("ResNet50", weights="imagenet", classes=2, input_shape=(64, 64, 5))

    assert config["config"]["layers"][0]["config"]["batch_shape"] == [None, 64, 64, 5]
    assert config["config"]["layers"][-1]["config"]["units"] == 2


def test_weights_and_input_tensor_change_nothing():
    assert catalog.config("VGG16", weights="x.h5", input_tensor=object()) == catalog.config("VGG16")


def test_a_config_says_where_a_layer_takes_its_input():
    layers = layers_of("ResNet50")

    (call,) = layers["conv2_block1_add"]["inbound_nodes"]
    assert [tensor["config"]["keras_history"] for tensor in call["args"][0]] == [
        ["conv2_block1_0_bn", 0, 0],
        ["conv2_block1_3_bn", 0, 0],
    ]
    assert layers["input_layer"]["inbound_nodes"] == []


def test_a_layer_that_is_not_there_is_passed_over():
    full, narrow = layers_of("MobileNetV2"), layers_of("MobileNetV2", alpha=0.01)

    assert "block_16_add" not in full
    assert "block_16_add" in narrow
    source = [
        layers["Conv_1"]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] for layers in (full, narrow)
    ]
    assert source == ["block_16_project_BN", "block_16_add"]


def test_padding_follows_the_size_that_it_meets():
    def padding(rows, columns):
        shape = (rows, columns, 3)
        return layers_of("EfficientNetB0", input_shape=shape, include_top=False)["stem_conv_pad"]["config"]["padding"]

    assert padding(224, 225) == [[0, 1], [1, 1]]
    assert padding(33, 32) == [[1, 1], [0, 1]]
    assert padding(None, None) == [[0, 1], [0, 1]]


def test_preprocessing_follows_the_channels():
    assert "normalization" in layers_of("EfficientNetV2B0")
    assert "normalization" not in layers_of("EfficientNetV2B0", input_shape=(224, 224, 1))
    assert layers_of("ConvNeXtTiny", name="x")["x_prestem_normalization"]["config"]["mean"] == [123.675, 116.28, 103.53]


def test_a_model_can_have_any_number_of_channels_and_classes():
    layers = layers_of("VGG16", input_shape=(32, 10**30, 10**30), classes=10**30)

    assert layers["predictions"]["config"]["units"] == 10**30
    assert layers["input_layer"]["config"]["batch_shape"] == [None, 32, 10**30, 10**30]


@pytest.mark.parametrize(("value", "filters"), [(4, 8), (12, 16), (11.9, 16), (17.5, 16), (17.9, 24), (0, 8), (-40, 8)])
def test_widths_are_rounded_to_eights_but_never_down_by_a_tenth(value, filters):
    assert rules.rounded(value) == filters


def test_two_configs_share_nothing_that_a_caller_may_change():
    first, second = catalog.config("ConvNeXtTiny"), catalog.config("ConvNeXtTiny")
    first["config"]["layers"][2]["config"]["layers"].clear()
    for option in first["config"]["layers"][5]["config"].values():
        if isinstance(option, list):
            option.clear()

    assert second == catalog.config("ConvNeXtTiny")


def test_the_file_gives_back_what_was_written_into_it(monkeypatch):
    data = archive.write({"a": "first\nsecond", "b": "third"})
    monkeypatch.setattr(archive, "_bytes", lambda: data)

    assert archive.read("b") == "third"
    assert archive.read("a") == "first\nsecond"
    with pytest.raises(KeyError):
        archive.read("c")


def test_the_file_is_small_and_holds_nothing_else():
    data = archive._bytes()
    words = data.split(b"\n", 1)[0].decode().split(" ")

    assert len(data) < 200_000
    assert set(words[::2]) == {
        *catalog.names(),
        *(f"MobileNetV3{size}.minimalistic" for size in ("Small", "Large")),
        *(f"NASNet{size}.open" for size in ("Mobile", "Large")),
    }


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported when it has run ``code``."""
    spec = importlib.util.spec_from_file_location("no_framework_of_repository", REPOSITORY_TESTS)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    unwanted = module.FRAMEWORKS | module.SLOW | {"functools", "collections.abc", "ast"}
    return unwanted & module.modules_after(code)


def test_a_config_imports_no_framework_and_no_slow_module():
    code = "from paramcount import catalog; catalog.config('MobileNetV3Small', alpha=0.75); catalog.find('x')"

    assert modules_after(code) == set()
    assert modules_after(f"{code}; import json") >= {"json", "re"}
