"""Keras 1's names of options, and how it ordered the axes of a kernel."""

from __future__ import annotations

from paramcount.layers.given import Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.formula import Expression
    from paramcount.layers.slot import Axes

_RENAMED = {
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "border_mode": "padding",
}
_WINDOWS = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))


def is_old(given: Given) -> bool:
    """Whether the options are those of a convolution of Keras 1."""
    return "nb_filter" in given.config


def renamed(given: Given) -> Given:
    """The options under the names that Keras gives them since version 2."""
    config = given.config
    if not is_old(given):
        return given
    new = {name: config[old] for old, name in _RENAMED.items() if old in config}
    for names in _WINDOWS:
        if names[0] in config:
            new["kernel_size"] = [config.get(name) for name in names]
    return Given({**config, **new}, given.inputs, given.tf_keras)


def kernel_axes(given: Given, window: Axes, below: Expression, above: Expression) -> Axes:
    """The axes of a kernel: the window, then what comes in (``below``) and what goes out (``above``).

    Keras 1 put the window last where the channels of the images stand first, and kept one-dimensional kernels as
    images of width 1.
    """
    if not is_old(given):
        return (*window, below, above)
    if given.text("dim_ordering") == "th":
        return (above, below, *window)
    if len(window) == 1:
        from paramcount.formula import Number

        return (*window, Number(1), below, above)
    return (*window, below, above)
