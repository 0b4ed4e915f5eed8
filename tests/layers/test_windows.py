"""Windows along an axis: what fits, what just does not, and what nobody can know."""

from __future__ import annotations

import pytest

from paramcount.layers.given import Given
from paramcount.layers.windows import steps, windowed


@pytest.mark.parametrize(
    ("size", "window", "stride", "dilation", "padding", "expected"),
    [
        (28, 6, 1, 1, "valid", 23),
        (28, 2, 2, 1, "valid", 14),
        (7, 3, 2, 1, "valid", 3),
        (8, 3, 2, 1, "valid", 3),
        (9, 3, 1, 2, "valid", 5),
        (7, 3, 2, 1, "same", 4),
        (7, 3, 1, 9, "causal", 7),
        (4, 3, 1, 1, "full", 6),
        (2, 3, 1, 1, "valid", 0),
        (1, 3, 1, 1, "valid", None),
        (None, 3, 1, 1, "valid", None),
        (7, 0, 1, 1, "valid", None),
        (7, 3, 0, 1, "valid", None),
        (7, 3, 1, 1, "other", None),
    ],
)
def test_positions_of_a_window(size, window, stride, dilation, padding, expected):
    assert steps(size, window, stride, dilation, padding) == expected


def test_every_position_lies_inside_and_one_more_would_not():
    for size in range(1, 15):
        for window in range(1, 6):
            for stride in range(1, 4):
                for dilation in range(1, 4):
                    starts = range(0, size - (window - 1) * dilation, stride)
                    found = steps(size, window, stride, dilation, "valid")
                    assert found == len(starts) or (found is None and not starts)


def moved(shape, tf_keras=False, **options):
    given = Given(options, shape, tf_keras)
    return windowed(given, 2, (3, 3), (1, 1), (1, 1), "valid")


def test_channels_stay_where_the_data_format_has_them():
    assert moved((None, 9, None, 4)) == (None, 7, None, 4)
    assert moved((None, 4, 9, None), data_format="channels_first") == (None, 4, 7, None)


def test_a_window_that_just_does_not_fit_is_taken_by_tf_keras_alone():
    assert moved((None, 9, 2, 4)) is None
    assert moved((None, 9, 2, 4), tf_keras=True) == (None, 7, 0, 4)
    assert moved((None, 9, 1, 4), tf_keras=True) is None


def test_more_batch_axes_are_taken_by_tf_keras_alone():
    assert moved((None, 5, 9, 9, 4)) is None
    assert moved((None, 5, 9, 9, 4), tf_keras=True) == (None, 5, 7, 7, 4)
    assert moved((None, 9, 9), tf_keras=True) is None
    assert moved(None) is None
