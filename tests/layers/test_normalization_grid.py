"""Normalizations over one axis or several own and give what Keras says, in the order in which Keras keeps them.

``PARAMCOUNT_EXAMPLES`` sets how many cases of each kind are tried.
"""

from __future__ import annotations

import pytest

from layer_oracle import Case, keras3_facts, run_grid, tf_keras_facts
from oracle_frameworks import framework
from paramcount.folding import fold
from paramcount.layers import normalization
from paramcount.layers.given import Given

oracle = pytest.mark.oracle


def some_shape(draw, open_axes=False):
    sizes = [draw.choice([2, 3, 4, 6, None] if open_axes else [2, 3, 4, 6]) for _ in range(draw.randint(1, 4))]
    return (draw.choice([None, None, 4]), *sizes[:-1], draw.choice([2, 3, 4, 6]))


def axis_for(draw, shape, several=True):
    """One axis or several that are known, counted from either end, in any order."""
    known = [index for index, size in enumerate(shape) if size is not None and index]
    wanted = (
        draw.sample(known, draw.randint(1, len(known))) if several and draw.random() < 0.6 else [draw.choice(known)]
    )
    axes = [index - len(shape) if draw.random() < 0.4 else index for index in wanted]
    return axes[0] if len(axes) == 1 and draw.random() < 0.7 else draw.choice([list, tuple])(axes)


def scaled(draw):
    return {name: draw.random() < 0.5 for name in ("scale", "center") if draw.random() < 0.5}


def batch(draw):
    shape = some_shape(draw, True)
    options = {**scaled(draw), "renorm": draw.random() < 0.3}
    if draw.random() < 0.7:
        options["axis"] = axis_for(draw, shape, several=False)
        if isinstance(options["axis"], (list, tuple)):
            options["axis"] = options["axis"][0]
    return Case("BatchNormalization", options, shape)


def batch_of_several_axes(draw):
    shape = some_shape(draw, True)
    options = {**scaled(draw), "axis": axis_for(draw, shape), "renorm": draw.random() < 0.2}
    if isinstance(options["axis"], tuple):
        options["axis"] = list(options["axis"])
    return Case("BatchNormalization", options, shape)


def virtual_batch(draw):
    shape = (None, *some_shape(draw)[1:])
    options = {**scaled(draw), "virtual_batch_size": draw.randint(1, 4)}
    options["axis"] = draw.choice([-1, len(shape) - 1, [-1], [1] if len(shape) == 2 else -1])
    return Case("BatchNormalization", options, shape)


def synchronized_batch(draw):
    shape = some_shape(draw, True)
    options = {**scaled(draw), "axis": draw.choice([-1, len(shape) - 1])}
    return Case("SyncBatchNormalization", options, shape)


def layer(draw):
    shape = some_shape(draw, True)
    options = scaled(draw)
    if draw.random() < 0.7:
        options["axis"] = axis_for(draw, shape)
    return Case("LayerNormalization", options, shape)


def layer_rms(draw):
    case = layer(draw)
    return case._replace(options={**case.options, "rms_scaling": draw.random() < 0.7})


def group(draw):
    shape = some_shape(draw, True)
    options = {**scaled(draw), "groups": draw.choice([1, 2, 3, -1])}
    if draw.random() < 0.6:
        options["axis"] = axis_for(draw, shape, several=False)
        if isinstance(options["axis"], (list, tuple)):
            options["axis"] = options["axis"][0]
    return Case("GroupNormalization", options, shape)


def rms(draw):
    shape = some_shape(draw, True)
    return Case("RMSNormalization", {"axis": axis_for(draw, shape)} if draw.random() < 0.7 else {}, shape)


def adapted(draw):
    shape = some_shape(draw, True)
    options = {"axis": draw.choice([axis_for(draw, shape), None])} if draw.random() < 0.8 else {}
    if draw.random() < 0.3:
        options |= {"mean": 1.5, "variance": 2.0}
    if draw.random() < 0.3:
        options["invert"] = True
    return Case("Normalization", options, shape)


BOTH = (batch, layer, group, adapted)
KERAS3 = (*BOTH, layer_rms, rms)
TF_KERAS = (*BOTH, batch_of_several_axes, virtual_batch, synchronized_batch)


@oracle
@pytest.mark.parametrize(("tf_keras", "kinds"), [(False, KERAS3), (True, TF_KERAS)])
def test_normalizations_own_and_give_what_keras_says(tf_keras, kinds):
    if framework("tf_keras" if tf_keras else "keras") is None:
        pytest.skip("not installed")

    accepted, wrong = run_grid(normalization, kinds, 25, tf_keras)

    assert not wrong, "\n".join(wrong)
    assert accepted > 12 * len(kinds)


WRAPPED = [
    ("Dense", {"units": 4}, (None, 3)),
    ("Conv2D", {"filters": 4, "kernel_size": 3}, (None, 9, 9, 3)),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3}, (None, 9, 9, 3)),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, (None, 9, 9, 3)),
    ("Embedding", {"input_dim": 10, "output_dim": 6}, (None, 7)),
    ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"}, (None, 3)),
]


@oracle
@pytest.mark.parametrize("tf_keras", [False, True])
@pytest.mark.parametrize(("class_name", "options", "shape"), WRAPPED)
def test_spectral_normalization_holds_the_kernel_once_more(class_name, options, shape, tf_keras):
    keras = framework("tf_keras" if tf_keras else "keras")
    if keras is None:
        pytest.skip("not installed")
    wrapped = keras.layers.serialize(getattr(keras.layers, class_name)(**options))
    truth = (tf_keras_facts if tf_keras else keras3_facts)("SpectralNormalization", {"layer": wrapped}, shape)
    if truth is None:
        assert (class_name, tf_keras) == ("DepthwiseConv2D", True), "only this one has no kernel under that name"
        return
    slots = normalization.spectral(Given({"layer": wrapped}, shape, tf_keras))

    assert [slot.name for slot in slots] == ["embeddings" if class_name == "Embedding" else "kernel", "vector_u"]
    stored = {name.rpartition("/")[2]: (found, trains) for name, found, trains in truth.variables}
    for slot in slots:
        assert (tuple(axis.value for axis in slot.shape), not slot.state) == stored[slot.name]


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "compact"),
    [
        ("BatchNormalization", {}, (None, 9, 9, 64), "4 * 64"),
        ("BatchNormalization", {"scale": False}, (None, 9, 9, 64), "3 * 64"),
        ("BatchNormalization", {"renorm": True}, (None, 9, 9, 64), "7 * 64"),
        ("LayerNormalization", {}, (None, 9, 768), "2 * 768"),
        ("LayerNormalization", {"axis": [1, 2]}, (None, 9, 768), "2 * 9 * 768"),
        ("RMSNormalization", {}, (None, 9, 768), "768"),
        ("Normalization", {}, (None, 13), "2 * 13 + 1"),
        ("Normalization", {"axis": None}, (None, 13), "3"),
    ],
)
def test_the_compact_form_is_that_of_the_textbooks(class_name, config, shape, compact):
    slots = normalization.VARIABLES[class_name](Given(config, shape))

    assert str(fold([slot.shape for slot in slots])) == compact


def test_axes_that_virtual_batches_may_have_moved_leave_the_sizes_unknown():
    moved = {"virtual_batch_size": 2, "axis": [2]}

    assert all(slot.shape is None for slot in normalization.batch(Given(moved, (None, 5, 6, 7), True)))
    assert [axis.value for axis in normalization.batch(Given(moved, (None, 5), True))[0].shape] == [1, 1, 5]


@pytest.mark.parametrize("class_name", sorted(normalization.VARIABLES))
@pytest.mark.parametrize(
    "bad", [None, True, 7, -9, 1.5, 10**30, "x", [], [[3]], {"a": 1}, [10**30], [1, 1], list(range(999))]
)
def test_options_that_make_no_sense_leave_sizes_unknown(class_name, bad):
    for name in ("axis", "groups", "scale", "mean", "virtual_batch_size", "layer"):
        for shape in (None, (), (None,), (None, 5), (None, 9, 10**30, 4)):
            for tf_keras in (False, True):
                given = Given({name: bad}, shape, tf_keras)
                for slot in normalization.VARIABLES[class_name](given):
                    assert slot.shape is None or all(axis.value is None or axis.value >= 0 for axis in slot.shape)
                if class_name in normalization.OUTPUTS:
                    assert normalization.OUTPUTS[class_name](given) in (shape, None)
