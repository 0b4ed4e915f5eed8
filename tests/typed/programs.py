"""Random programs in the style of tutorials: functional graphs with branches, shared layers, operators and freezes."""

from __future__ import annotations

from random import Random

_LAYERS = (
    "layers.Dense({n})", "layers.Dense({n}, activation='relu', use_bias=False)", "layers.Dropout(0.1)",
    "layers.BatchNormalization()", "layers.LayerNormalization()", "layers.Activation('tanh')", "layers.ReLU()",
    "layers.Dense({n}, trainable=False)", "layers.PReLU()", "layers.UnitNormalization()",
)  # fmt: skip
_PAIRS = ("layers.add([{a}, {b}])", "layers.Multiply()([{a}, {b}])", "{a} + {b}", "{a} * {b} - 1.5", "{a} / ({b} + 2)",
          "layers.Average()([{b}, {a}])", "keras.ops.maximum({a}, {b})", "layers.Concatenate()([{a}, {b}])[:, :6]",
          "keras.ops.concatenate([{a}, {b}], axis=-1)[:, 2:8]", "layers.Maximum()([{a}, {b}])")  # fmt: skip
_SINGLES = (
    "-{a}",
    "keras.ops.relu({a})",
    "{a} ** 2",
    "keras.ops.split({a}, 2, axis=-1)[1] + keras.ops.split({a}, 2, axis=-1)[0]",
)


def program(seed: int) -> str:
    """One program; every tensor that is combined with another has six features."""
    random = Random(seed)  # noqa: S311
    lines = ["import keras", "from keras import layers"]
    tensors = []
    for number in range(random.randint(1, 3)):
        name = random.choice(["", f", name='in_{number}'"])
        lines.append(f"t{number} = keras.Input((6,){name})")
        tensors.append(f"t{number}")
    shared = []
    inputs = list(tensors)
    for _ in range(random.randint(3, 14)):
        new = f"t{len(tensors)}"
        a, b = random.choice(tensors), random.choice(tensors)
        kind = random.random()
        if kind < 0.35:
            layer = random.choice(_LAYERS).format(n=6)
            lines.append(f"{new} = {layer}({a})")
        elif kind < 0.6:
            lines.append(f"{new} = {random.choice(_PAIRS).format(a=a, b=b)}")
        elif kind < 0.68:
            single = random.choice(_SINGLES).format(a=a)
            lines.append(f"{new} = {single}" if "split" not in single else f"{new} = layers.Dense(6)({single})")
        elif kind < 0.8 or not shared:
            lines.append(f"s{len(shared)} = {_shareable(random)}")
            shared.append(f"s{len(shared)}")
            lines.append(f"{new} = {shared[-1]}({a})")
        else:
            lines.append(f"{new} = {random.choice(shared)}({a})")
        tensors.append(new)
    outputs = sorted(set(random.choices(tensors[len(inputs) :], k=random.randint(1, 3))))
    given = f"[{', '.join(inputs)}]" if len(inputs) > 1 else inputs[0]
    wanted = f"[{', '.join(outputs)}]" if len(outputs) > 1 else outputs[0]
    lines.append(f"model = keras.Model({given}, {wanted})")
    if random.random() < 0.4:
        lines.append(f"for layer in model.layers[:{random.randint(0, 4)}]:\n    layer.trainable = False")
    return "\n".join(lines) + "\n"


def _shareable(random: Random) -> str:
    """A layer or model that is called more than once."""
    kind = random.random()
    if kind < 0.5:
        return "layers.Dense(6)"
    if kind < 0.7:
        return "keras.Sequential([layers.Dense(4), layers.Dense(6)])"
    if kind < 0.85:
        return "keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(6)])"
    return "(lambda i: keras.Model(i, layers.Dense(6)(layers.Dense(2)(i) + 1)))(keras.Input((6,)))"
