"""Keras's own rule for the names of groups, replayed, so that a group finds its layer."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from paramcount.architecture.node import Node

_PYTHON_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes whose public name is not that of their Python class, from which the group is named."""

_cache: dict[tuple[str, bool], str] = {}


def snake(class_name: str, tf_keras: bool) -> str:
    """The class name in snake case, as Keras 3 or as tf_keras forms it (``conv_lstm2d``, ``conv_lst_m2d``)."""
    known = _cache.get((class_name, tf_keras))
    if known is None:
        word = "(.)([A-Z][a-z0-9]+)" if tf_keras else "(.)([A-Z][a-z]+)"
        name = re.sub(r"\W+", "", _PYTHON_NAMES.get(class_name, class_name))
        known = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub(word, r"\1_\2", name)).lower()
        _cache[(class_name, tf_keras)] = known
    return known


def stored_keys(nodes: Iterable[Node], tf_keras: bool) -> dict[str, Node]:
    """Group name to layer, for the layers of one list.

    Args:
        nodes: the layers in the order of the config.
        tf_keras: True for tf_keras, which passes over layers that it has stored before without counting them.
    """
    used: dict[str, int] = {}
    keys: dict[str, Node] = {}
    for node in nodes:
        if node.operation:
            continue
        if node.again is not None and tf_keras:
            continue
        name = snake(node.class_name, tf_keras)
        count = used.get(name)
        used[name] = 0 if count is None else count + 1
        keys[name if count is None else f"{name}_{count + 1}"] = node
    return keys
