"""Keras's own rule for the names of groups, replayed, so that a group finds its layer.

A layer in a list is stored under its class name in snake case; the second of a class gets ``_1``, and so on.  How
``ConvLSTM2D`` is set in snake case differs between versions, so underscores are left out of the comparison.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from paramcount.architecture.node import Node

    Key: TypeAlias = tuple[str, int]

_PYTHON_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes whose public name is not that of their Python class, from which the group is named."""


def split_key(key: str) -> Key:
    """Letters of the class and the counter of a group such as ``conv_lstm2d_1``: ``("convlstm2d", 1)``."""
    stem, _, count = key.rpartition("_")
    if stem and count.isdecimal() and len(count) < 10:
        return plain(stem), int(count)
    return plain(key), 0


def plain(name: str) -> str:
    """Letters and digits in lower case; tf_keras puts ``private`` before a class that begins with an underscore."""
    return name.replace("_", "").lower().removeprefix("private")


def stored_keys(nodes: Iterable[Node], tf_keras: bool) -> dict[Key, Node]:
    """The layers of one list by the keys of their groups.

    Args:
        nodes: the layers in the order of the config.
        tf_keras: True for tf_keras, which passes over layers that it has stored before without counting them.
    """
    used: dict[str, int] = {}
    keys: dict[Key, Node] = {}
    for node in nodes:
        if node.operation or (node.again is not None and tf_keras):
            continue
        name = plain(_PYTHON_NAMES.get(node.class_name, node.class_name))
        count = used.get(name, 0)
        used[name] = count + 1
        keys[name, count] = node
    return keys
