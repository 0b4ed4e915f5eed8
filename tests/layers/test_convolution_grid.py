"""Convolutions of every kind, under all their options, own and give what Keras says.

``PARAMCOUNT_EXAMPLES`` sets how many cases of each kind are tried.
"""

from __future__ import annotations

import pytest

from layer_oracle import Case, run_grid
from oracle_frameworks import framework
from paramcount.folding import fold
from paramcount.layers import convolution
from paramcount.layers.given import Given
from paramcount.layers.locally_connected import overlaps

oracle = pytest.mark.oracle


def window(draw, rank, largest=4):
    """One number for all axes, or one for each."""
    if draw.random() < 0.4:
        return draw.randint(1, largest)
    return draw.choice([list, tuple])(draw.randint(1, largest) for _ in range(rank))


def shape_for(draw, rank, options, channels, known=False):
    """An input with enough places, some of them unknown, and channels where ``data_format`` wants them."""
    spatial = [None if not known and draw.random() < 0.25 else draw.randint(1, 12) for _ in range(rank)]
    before = [draw.choice([None, None, 3])]
    if options.get("data_format") == "channels_first":
        return (*before, channels, *spatial)
    return (*before, *spatial, channels)


def plain(draw, rank, paddings=("valid", "same")):
    """The options that all convolutions have; only one of strides and dilation may exceed 1."""
    options = {"kernel_size": window(draw, rank), "padding": draw.choice(paddings)}
    choice = draw.random()
    if choice < 0.35:
        options["strides"] = window(draw, rank, 3)
    elif choice < 0.6:
        options["dilation_rate"] = window(draw, rank, 3)
    if draw.random() < 0.3:
        options["data_format"] = draw.choice(["channels_first", "channels_last"])
    if draw.random() < 0.3:
        options["use_bias"] = draw.random() < 0.5
    return options


def conv(draw):
    rank, groups = draw.randint(1, 3), draw.choice([1, 1, 2, 3])
    options = {
        "filters": groups * draw.randint(1, 5),
        **plain(draw, rank, ("valid", "same", "SAME", "causal")[: 5 - rank]),
    }
    if groups > 1 or draw.random() < 0.2:
        options["groups"] = groups
    return Case(f"Conv{rank}D", options, shape_for(draw, rank, options, groups * draw.randint(1, 4)))


def conv_with_batch_axes(draw):
    rank = draw.randint(1, 2)
    options = {"filters": draw.randint(1, 5), **plain(draw, rank)}
    if options.get("data_format") == "channels_first":
        # TensorFlow takes the second batch axis of a dilated convolution for its channels.
        options.pop("dilation_rate", None)
    return Case(f"Conv{rank}D", options, (None, draw.choice([2, None]), *shape_for(draw, rank, options, 3)[1:]))


def conv_transpose(draw):
    rank = draw.randint(1, 3)
    options = {"filters": draw.randint(1, 5), **plain(draw, rank)}
    if draw.random() < 0.4:
        options["output_padding"] = draw.choice([draw.randint(0, 1), [draw.randint(0, 2) for _ in range(rank)]])
    return Case(f"Conv{rank}DTranspose", options, shape_for(draw, rank, options, draw.randint(1, 4)))


def depthwise(draw):
    rank = draw.randint(1, 2)
    options = plain(draw, rank)
    if draw.random() < 0.5:
        options["depth_multiplier"] = draw.randint(1, 3)
    if isinstance(options.get("strides"), (list, tuple)):
        # TensorFlow wants the same step along all axes.
        options["strides"] = options["strides"][0]
    return Case(f"DepthwiseConv{rank}D", options, shape_for(draw, rank, options, draw.randint(1, 4)))


def separable(draw):
    rank = draw.randint(1, 2)
    options = {"filters": draw.randint(1, 5), **plain(draw, rank, ("valid", "same", "causal")[: 4 - rank])}
    if draw.random() < 0.5:
        options["depth_multiplier"] = draw.randint(1, 3)
    return Case(f"SeparableConv{rank}D", options, shape_for(draw, rank, options, draw.randint(1, 4)))


def locally_connected(draw):
    rank, how = draw.randint(1, 2), draw.randint(1, 3)
    options = {"filters": draw.randint(1, 3), **plain(draw, rank, ("valid",) if how == 1 else ("valid", "same"))}
    options.pop("dilation_rate", None)
    if how > 1 or draw.random() < 0.5:
        options["implementation"] = how
    return Case(f"LocallyConnected{rank}D", options, shape_for(draw, rank, options, draw.randint(1, 3), known=True))


BOTH = (conv, conv_transpose, depthwise, separable, conv_with_batch_axes)


@oracle
@pytest.mark.parametrize(("tf_keras", "kinds"), [(False, BOTH), (True, (*BOTH, locally_connected))])
def test_convolutions_own_and_give_what_keras_says(tf_keras, kinds):
    if framework("tf_keras" if tf_keras else "keras") is None:
        pytest.skip("not installed")

    accepted, wrong = run_grid(convolution, kinds, 25, tf_keras)

    assert not wrong, "\n".join(wrong)
    assert accepted > 10 * len(kinds)


def slots(class_name, config, shape, tf_keras=False):
    return convolution.VARIABLES[class_name](Given(config, shape, tf_keras))


CONV2D = {"filters": 64, "kernel_size": [6, 6]}


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "compact"),
    [
        ("Conv2D", CONV2D, (None, 28, 28, 3), "(3 * 6 * 6 + 1) * 64"),
        ("Conv2D", {**CONV2D, "use_bias": False}, (None, 28, 28, 3), "3 * 6 * 6 * 64"),
        ("Conv2D", {**CONV2D, "groups": 2}, (None, 28, 28, 8), "((8 / 2) * 6 * 6 + 1) * 64"),
        ("Conv2DTranspose", CONV2D, (None, 28, 28, 3), "(3 * 6 * 6 + 1) * 64"),
        ("DepthwiseConv2D", {"kernel_size": 3}, (None, 28, 28, 32), "(3 * 3 + 1) * 32 * 1"),
        ("LocallyConnected1D", {"filters": 4, "kernel_size": 3}, (None, 10, 3), "(3 * 3 + 1) * 8 * 4"),
    ],
)  # fmt: skip
def test_the_compact_form_is_that_of_the_textbooks(class_name, config, shape, compact):
    assert str(fold([slot.shape for slot in slots(class_name, config, shape)])) == compact


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "expected", "output"),
    [
        ("Convolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 5, "dim_ordering": "th"}, (None, 3, 10, 20),
         [(8, 3, 3, 5), (8,)], (None, 8, 8, 16)),
        ("Convolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 5, "border_mode": "same", "subsample": [2, 2]},
         (None, 10, 20, 3), [(3, 5, 3, 8), (8,)], (None, 5, 10, 8)),
        ("Convolution1D", {"nb_filter": 8, "filter_length": 3, "bias": False}, (None, 10, 4),
         [(3, 1, 4, 8)], (None, 8, 8)),
        ("AtrousConvolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 3, "atrous_rate": [2, 2]}, (None, 10, 10, 4),
         [(3, 3, 4, 8), (8,)], (None, 6, 6, 8)),
        ("Deconvolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 3, "dim_ordering": "th",
         "output_shape": [None, 8, 14, 14]}, (None, 4, 12, 12), [(4, 8, 3, 3), (8,)], (None, 8, 14, 14)),
        ("Convolution3D", {"nb_filter": 2, "kernel_dim1": 2, "kernel_dim2": 3, "kernel_dim3": 4}, (None, 9, 9, 9, 5),
         [(2, 3, 4, 5, 2), (2,)], (None, 8, 7, 6, 2)),
    ],
)  # fmt: skip
def test_the_options_of_keras_1_are_understood(class_name, config, shape, expected, output):
    found = [tuple(axis.value for axis in slot.shape) for slot in slots(class_name, config, shape, True)]

    assert found == expected
    assert convolution.OUTPUTS[class_name](Given(config, shape, True)) == output


def test_places_that_windows_see_are_counted_without_walking_over_them():
    for size in range(1, 12):
        for reach in range(1, 8):
            for stride in range(1, 5):
                positions = -(-size // stride)
                walked = sum(
                    min(size, at * stride + reach - reach // 2) - max(0, at * stride - reach // 2)
                    for at in range(positions)
                )
                assert overlaps(size, positions, reach, stride) == walked


@pytest.mark.parametrize("class_name", sorted(convolution.VARIABLES))
@pytest.mark.parametrize("bad", [None, True, -1, 0, 1.5, 10**30, "x", [], [[3]], {"a": 1}, [10**30] * 3])
def test_options_that_make_no_sense_leave_sizes_unknown(class_name, bad):
    rank = int(class_name.split("D")[-2][-1]) if class_name[-1] != "D" else int(class_name[-2])
    names = """filters kernel_size strides groups padding data_format dilation_rate depth_multiplier implementation
        output_padding nb_filter nb_row output_shape""".split()
    for name in names:
        for shape in (None, (), (None,), (None, *(9,) * rank, 4), (None, *(10**30,) * rank, 4)):
            for tf_keras in (False, True):
                given = Given({"filters": 4, "kernel_size": 3, name: bad}, shape, tf_keras)
                for slot in convolution.VARIABLES[class_name](given):
                    assert slot.shape is None or all(axis.value is None or axis.value >= 0 for axis in slot.shape)
                output = convolution.OUTPUTS[class_name](given)
                assert output is None or all(size is None or size >= 0 for size in output)
