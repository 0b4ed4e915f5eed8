"""What is said of layers without weights, by what calling the model has shown.  Runs in the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramcount.count import unknown_layers
from paramcount.model import Finding

if TYPE_CHECKING:
    from paramcount.model import Layer, Model

NAMED = 5
"""Layers that a finding names."""


def said(model: Model, failure: str, *, settled: bool) -> Model:
    """The facts with what is known about layers that have no weights.

    Args:
        model: the facts, in which every layer that is not built is said to be unknown.
        failure: why the model could not be called; empty when it was.
        settled: whether it has run in every way, so that such layers never get any.
    """
    if failure:
        return _never_called(model, failure)
    left = unknown_layers(model)
    if not settled or not left:
        return model
    named = ", ".join(layer.path or layer.name for layer in left[:NAMED]) + (", …" if len(left) > NAMED else "")
    number = f"{len(left):,} {'layer' if len(left) == 1 else 'layers'}"
    finding = Finding(
        "without-weights",
        "info",
        left[0].path if len(left) == 1 else "",
        f"The model has run in training and outside it, and {number} got no weights: {named}.",
    )
    others = [one for one in model.findings if one.id != "not-built"]
    return model._replace(root=_known(model.root), findings=(*others, finding))


def _known(layer: Layer) -> Layer:
    return layer._replace(unknown="", children=tuple([_known(child) for child in layer.children]))


def _never_called(model: Model, failure: str) -> Model:
    """Every number a lower bound: what a call would have added is not known, wherever it is."""
    finding = Finding(
        "not-built",
        "warning",
        "",
        f"The model could not be called, so weights that layers create at their first call are missing: {failure}.",
        "A setting may say what the model takes; until then every number is a lower bound.",
    )
    others = [one for one in model.findings if one.id != "not-built"]
    root = model.root._replace(unknown="never called, so that layers may be without weights")
    return model._replace(root=root, findings=(*others, finding))
