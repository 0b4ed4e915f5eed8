"""The layout of Keras 3 and tf_keras v3: one group for each layer, by attribute path.

``.keras`` archives, their unzipped form, ``.weights.h5`` files, sharded weights and KerasHub presets all store their
tensors in it; they differ in whether a config stands beside.
"""

from __future__ import annotations

from paramcount.architecture.infer import complete
from paramcount.model import Finding, Model, Role, Source, Stored, Variable
from paramcount.readers import findings as say
from paramcount.readers.assemble import Assembler
from paramcount.readers.evidence import settle, testimony_of
from paramcount.readers.matching import Matcher
from paramcount.readers.sharing import link_shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from paramcount.architecture.node import Node
    from paramcount.model import Shapes
    from paramcount.readers.stored import StoredGroup, TreeReader


def compose(
    node: Node | None,
    tree: TreeReader,
    source: Source,
    *,
    every_level: bool = False,
    compiled: Mapping[str, Any] | None = None,
    inputs: Shapes = None,
) -> Model:
    """The model that a config and the stored groups describe together.

    Args:
        node: the config; None for a file of weights alone.
        tree: the stored groups.
        source: where the model came from.
        every_level: True for the rule of tf_keras on flags (see ``architecture.flags``).
        compiled: the ``compile_config``, which names the optimizer.
        inputs: shapes of the inputs of a model that was stored before it was built.
    """
    if node is not None:
        complete(node, every_level, inputs)
    place = Matcher(tf_keras=every_level).match(node, tree.root)
    guessed = link_shared(place)
    assembler = Assembler(every_level, has_config=node is not None)
    root = assembler.root(place)
    others = assembler.others + [
        Variable(v.stored_at, v.shape, v.dtype, Role.CONSTANT, "outside the layers", "", v.stored_at)
        for v in tree.strays
    ]
    found: list[Finding] = list(assembler.findings)
    root, proof = settle(root, testimony_of(others, *_optimizer(compiled, tree.root)))
    found += proof
    found += assembler.witness.findings()
    found += say.of_sharing(place, guessed)
    found += say.of_custom(assembler.custom, root)
    if node is not None:
        found += say.of_loading(node, root, every_level)
    found += say.of_special(root)
    stored = {variable.address: variable for variable in tree.root.all_variables()}
    stored.update({variable.address: variable for variable in tree.strays})
    held = sum(variable.elements for variable in stored.values())
    if inputs is not None and node is not None and not held:
        from paramcount.architecture.describe import describe

        return describe(node, source, every_level)
    return Model(root, source, tuple(others), tuple(found), Stored(held, len(stored)))


def _optimizer(compiled: Mapping[str, Any] | None, root: StoredGroup) -> tuple[str, object]:
    """Class and options of the optimizer; the stored name alone where there is no config."""
    entry = compiled.get("optimizer") if compiled else None
    if isinstance(entry, dict) and isinstance(entry.get("class_name"), str):
        return entry["class_name"], entry.get("config")
    group = root.children.get("optimizer")
    return (group.name, {}) if group is not None else ("", {})
