"""paramcount's own answer for layers that hold or make other layers, compared with Keras 3 and tf_keras.

What ``layer_oracle`` does for a single layer, this does for a layer with all that is inside: a tiny inference of its
own builds the layers inside as the wrapper's definition asks for it.
"""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any, Callable, Sequence

from layer_oracle import ASKED, Case, frozen, keras3_facts, tf_keras_facts
from paramcount.layers import core
from paramcount.layers.given import Given
from paramcount.layers.quantized import LORA_CLASSES, shaped_slots, with_adapters
from paramcount.layers.table import MULTI_HEAD, WITH_CELL, _family, output_of, slots_of
from paramcount.layers.wrappers import WRAPPED

HOLDERS = ("layer", "backward_layer", "cell", "cells", "layers")


class Built:
    """One layer and those inside, built on shapes."""

    def __init__(self, class_name, config, tf_keras, attribute="", part=None):
        self.class_name, self.config, self.tf_keras, self.attribute = class_name, config, tf_keras, attribute
        self.inputs, self.part, self.children = None, part, []
        for key in HOLDERS:
            entry = config.get(key)
            for one in entry if isinstance(entry, (list, tuple)) else [entry] if entry else []:
                self.children.append(Built(one["class_name"], one["config"], tf_keras, key))
        if class_name == "Bidirectional" and not config.get("backward_layer"):
            forward = self.children[0]
            self.children.append(Built(forward.class_name, forward.config, tf_keras, "backward_layer"))

    def call(self, inputs):
        """The output; the first call builds."""
        self.inputs = inputs if self.inputs is None else self.inputs
        given = Given(self.config, inputs, self.tf_keras)
        if self.class_name in WRAPPED:
            return WRAPPED[self.class_name](given, self.children)
        for key, part in self._parts(inputs).items():
            child = Built(part.class_name, part.config, self.tf_keras, key, part)
            child.inputs = part.inputs
            self.children.append(child)
        return output_of(self.class_name, self.config, inputs, self.tf_keras)

    def _parts(self, inputs):
        if self.children:
            return {}
        if self.class_name in WITH_CELL:
            return _family("recurrent").own_cell(self.class_name, self.config, inputs)
        if self.class_name in MULTI_HEAD:
            return _family("attention").multi_head_parts(self.config, inputs, self.class_name, self.tf_keras)
        return {}

    def slots(self):
        """Its own variables."""
        if self.class_name == "SpectralNormalization":
            # The kernel of the layer inside is held once more.
            return slots_of(self.class_name, self.config, 0, self.inputs, self.tf_keras)[1:]
        if self.class_name in WITH_CELL or self.class_name in WRAPPED:
            return []
        given = Given(self.config, self.inputs, self.tf_keras)
        if self.part is not None and self.part.slots is not None:
            return list(self.part.slots)
        if self.class_name not in core.VARIABLES and self.class_name not in LORA_CLASSES:
            return slots_of(self.class_name, self.config, 0, self.inputs, self.tf_keras)
        plain = _family("core" if self.class_name in core.VARIABLES else "convolution").VARIABLES[self.class_name](
            given
        )
        return with_adapters(self.class_name, plain, shaped_slots(self.class_name, plain, given), given)

    def variables(self):
        """Name, shape and whether it trains, with those of all layers inside."""
        found = [
            (slot.name, None if slot.shape is None else tuple(axis.value for axis in slot.shape), not slot.state)
            for slot in self.slots()
        ]
        return found + [variable for child in self.children for variable in child.variables()]


def difference(case: Case, tf_keras: bool, ordered: bool = True, sources: Sequence[int] = (0, 1, 2)) -> str | None:
    """How paramcount differs from Keras, in words; empty when it does not; None when Keras refuses the case."""
    facts_of = tf_keras_facts if tf_keras else keras3_facts
    class_name, options, inputs, call, dtype, spread = case
    truth = facts_of(class_name, deepcopy(options), inputs, call=call, dtype=dtype, spread=spread)
    if truth is None:
        return None
    expected = [(name.rpartition("/")[2], shape, trains) for name, shape, trains in truth.variables]
    for index in sources:
        config = (options, *truth.configs)[index]
        layer = Built(class_name, {**config, "_call": call} if call else config, tf_keras)
        output = layer.call(frozen(inputs))
        found = layer.variables()
        if not ordered:
            found, expected = sorted(found, key=repr), sorted(expected, key=repr)
        if found != expected:
            return f"{class_name}({options}) on {inputs}: {found} from {index}, Keras has {expected}"
        if output != truth.output:
            return f"{class_name}({options}) on {inputs} {call}: output {output} from {index}, Keras has {truth.output}"
    return ""


def run_grid(
    kinds: Sequence[Callable[[random.Random], Case]], count: int, tf_keras: bool, **how: Any
) -> tuple[int, list[str]]:
    """Number of the cases that Keras accepted, and the differences; ``PARAMCOUNT_EXAMPLES`` overrides ``count``."""
    accepted, wrong = 0, []
    for kind in kinds:
        draw = random.Random(kind.__name__)  # noqa: S311 - cases, no secrets
        for _ in range(int(ASKED) if ASKED else count):
            found = difference(kind(draw), tf_keras, **how)
            accepted += found is not None
            if found:
                wrong.append(found)
    return accepted, wrong
