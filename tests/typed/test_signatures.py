"""The tables of constructors and operations say what Keras says."""

from __future__ import annotations

import inspect

import pytest

from oracle_frameworks import framework
from paramcount.layers import signatures
from paramcount.layers.signatures import REQUIRED, canonical, helper, signature
from paramcount.typed.naming import Namer, snake_case

FRAMEWORKS = ("keras", "tf_keras")


def test_a_signature_has_the_parameters_in_order_with_their_defaults() -> None:
    found = signature("Dense")
    assert found is not None
    assert found.parameters[:3] == [("units", REQUIRED), ("activation", None), ("use_bias", True)]
    assert "trainable" in found.accepted
    assert "input_shape" in found.accepted


def test_other_names_lead_to_the_class_that_is_serialized() -> None:
    assert canonical("MaxPool2D") == "MaxPooling2D"
    assert canonical("Convolution2D", tf_keras=True) == "Conv2D"
    assert canonical("GroupedQueryAttention") == "GroupQueryAttention"
    assert canonical("Nothing") is None
    assert canonical("Dense|units") is None
    assert canonical("Add") == "Add"
    assert helper("regularizers", "l2") == helper("regularizers", "L2")
    assert helper("initializers", "he_normal") is not None


@pytest.mark.oracle
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_layer_of_a_framework_is_in_the_table(name: str) -> None:
    module = framework(name)
    if module is None:
        pytest.skip(f"needs {name}")
    seen = 0
    for public, cls in vars(module.layers).items():
        if not (isinstance(cls, type) and issubclass(cls, module.layers.Layer)):
            continue
        found = signature(public, tf_keras=name == "tf_keras")
        assert found is not None, public
        expected = [
            (key, parameter.default)
            for key, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]
            if parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
        ]
        assert [key for key, _ in found.parameters] == [key for key, _ in expected], public
        for (key, ours), (_, theirs) in zip(found.parameters, expected, strict=True):
            plain = theirs is None or isinstance(theirs, (bool, int, float, str, tuple, list))
            wanted = REQUIRED if theirs is inspect.Parameter.empty else theirs if plain else None
            assert ours == (tuple(wanted) if isinstance(wanted, list) else wanted), (public, key)
        seen += 1
    assert seen > 100


@pytest.mark.oracle
def test_names_are_those_of_keras() -> None:
    keras = framework("keras")
    if keras is None:
        pytest.skip("needs keras")
    from keras.src.utils.naming import to_snake_case

    for name in [*signatures.names(), "KLDivergence", "ABcDe", "aB", "AAAb", "X", "Conv2DTranspose", "HTTPServer2Go"]:
        assert snake_case(name) == to_snake_case(name), name


def test_names_are_counted_as_in_a_fresh_session() -> None:
    namer = Namer()
    assert [namer.take("Dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert [namer.take("InputLayer", tf_keras=True) for _ in range(2)] == ["input_1", "input_2"]
    assert [namer.take("Functional"), namer.take("Functional", tf_keras=True)] == ["functional", "model"]
    namer.reset()
    assert namer.take("Dense") == "dense"
