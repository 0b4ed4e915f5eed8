"""The helper layers of ``keras.applications`` own and give what Keras says."""

from __future__ import annotations

import importlib

import pytest

from layer_oracle import called, nested, shapes_of
from oracle_frameworks import framework
from paramcount.layers import applications
from paramcount.layers.given import Given

pytestmark = pytest.mark.oracle

CASES = [
    ("convnext", "LayerScale", {"init_values": 1e-6, "projection_dim": 5}, (None, 4, 4, 5)),
    ("convnext", "LayerScale", {"init_values": 1e-6, "projection_dim": 5}, (None, None, None, 5)),
    ("convnext", "StochasticDepth", {"drop_path_rate": 0.1}, (None, 4, None, 5)),
    ("inception_resnet_v2", "CustomScaleLayer", {"scale": 0.2}, [(None, 4, 4, 5), (None, 4, 4, 5)]),
    ("inception_resnet_v2", "CustomScaleLayer", {"scale": 0.2}, [(None, 4, None, 5), (None, None, 4, 5)]),
    ("inception_resnet_v2", "CustomScaleLayer", {"scale": 0.2}, [(None, 4, 4, 5), (None, 1, 4, 1)]),
]


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
@pytest.mark.parametrize(("module", "class_name", "options", "inputs"), CASES)
def test_the_helpers_of_applications_own_and_give_what_keras_says(library, module, class_name, options, inputs):
    keras = framework(library)
    if keras is None:
        pytest.skip("not installed")
    layer = getattr(importlib.import_module(f"{library}.src.applications.{module}"), class_name)(**options)
    truth = called(layer, nested(inputs, lambda shape: keras.Input(batch_shape=shape)), {}, False)
    given = Given(options, inputs if isinstance(inputs, tuple) else tuple(inputs), library == "tf_keras")
    variables = applications.VARIABLES.get(class_name, lambda _: [])(given)

    assert [tuple(axis.value for axis in slot.shape) for slot in variables] == [tuple(v.shape) for v in layer.weights]
    assert applications.OUTPUTS[class_name](given) == shapes_of(truth)
