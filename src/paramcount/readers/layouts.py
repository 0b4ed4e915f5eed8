"""Which of Keras's two layouts of weights an HDF5 file has; their readers are imported only for the one that it is."""

from __future__ import annotations

from paramcount.containers.hdf5 import Group


def is_legacy(root: Group) -> bool:
    """Whether the root group is that of a file of ``readers.legacy_h5``: layers by name, each with a list of names."""
    attributes = root.attribute_names()
    return (
        "model_config" in attributes
        or "layer_names" in attributes
        or "layer_names0" in attributes
        or ("model_weights" in root.names())
    )


def is_grouped(root: Group) -> bool:
    """Whether it is that of ``readers.weights_file``: groups of layers by attribute, as Keras 3 writes them."""
    return any(name in ("layers", "vars", "_layer_checkpoint_dependencies") for name in root.names()) or (
        any(_holds_vars(root, name) for name in root.names()[:64])
    )


def _holds_vars(root: Group, name: str) -> bool:
    """Whether a group has ``vars`` in it, directly or one level below, as a subclassed model's attributes have."""
    child = root.get(name)
    if not isinstance(child, Group):
        return False
    if "vars" in child.names():
        return True
    below = (child.get(inner) for inner in child.names()[:16])
    return any(isinstance(group, Group) and "vars" in group.names() for group in below)
