"""Writes the small models that the documentation counts: ``python docs/samples/make_samples.py [folder]``.

Needs Keras 3 with the TensorFlow backend, and tf_keras.  The files in this folder were written by Keras 3.15.1 and
tf_keras 2.21.0; all weights are zero, because nothing here reads them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tf_keras
from keras import layers


@keras.saving.register_keras_serializable("docs")
class Scaled(layers.Layer):
    """A layer of somebody's own: a kernel that trains and a scale that does not."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Create the two weights."""
        self.kernel = self.add_weight(shape=(shape[-1], 6), name="kernel")
        self.scale = self.add_weight(shape=(6,), trainable=False, name="scale")

    def call(self, inputs: object) -> object:
        """Multiply."""
        return inputs @ self.kernel * self.scale


def normalized(frozen: bool = False) -> keras.Model:
    """Dense 16, batch normalization, Dense 4 on 8 features: 276 parameters, 32 of them state."""
    dense = layers.Dense(16, trainable=not frozen)
    return keras.Sequential([keras.Input((8,)), dense, layers.BatchNormalization(), layers.Dense(4)], name="normalized")


def trained(model: keras.Model) -> keras.Model:
    """``model`` with an Adam optimizer that has its slots, as after ``fit``."""
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def frozen_later() -> keras.Model:
    """A model whose first layer was frozen after it had been trained."""
    model = trained(normalized())
    model.layers[0].trainable = False
    return model


def custom() -> keras.Model:
    """A custom layer between two of Keras's own."""
    return keras.Sequential([keras.Input((8,)), layers.Dense(4), Scaled(name="scaled"), layers.Dense(2)])


def towers() -> keras.Model:
    """Two models inside the model that share one Dense layer."""
    shared = layers.Dense(4, name="shared")
    inputs = keras.Input((4,))
    left = keras.Sequential([keras.Input((4,)), shared, layers.Dense(3, name="left_head")], name="left")
    right = keras.Sequential([keras.Input((4,)), shared, layers.Dense(5, name="right_head")], name="right")
    return keras.Model(inputs, [left(inputs), right(inputs)])


def alike() -> keras.Model:
    """Two models inside the model that one function built, so that their tensors have the same names."""
    inputs = keras.Input((4,))

    def tower(name: str) -> keras.Model:
        own = keras.Input((4,))
        return keras.Model(own, layers.Dense(3, name="head")(own), name=name)

    return keras.Model(inputs, [tower("left")(inputs), tower("right")(inputs)])


def adapted() -> keras.Model:
    """A Dense layer with LoRA adapters of rank 4."""
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64), layers.Dense(10)], name="adapted")
    model.layers[0].enable_lora(4)
    return model


def quantized() -> keras.Model:
    """A Dense layer of 64 x 64, quantized to int4."""
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64)], name="quantized")
    model.quantize("int4")
    return model


def frozen_sequential() -> keras.Model:
    """A Sequential that is frozen as a whole, with one layer switched on again."""
    model = normalized()
    model.trainable = False
    model.layers[-1].trainable = True
    return model


def frozen_attention() -> keras.Model:
    """A frozen MultiHeadAttention under a Dense layer."""
    inputs = keras.Input((5, 8))
    attention = layers.MultiHeadAttention(2, 4, name="attention", trainable=False)
    return keras.Model(inputs, layers.Dense(2, name="head")(attention(inputs, inputs)))


def spectral() -> keras.Model:
    """A Dense layer under spectral normalization, which stores the kernel once more."""
    return keras.Sequential([keras.Input((8,)), layers.SpectralNormalization(layers.Dense(4))], name="spectral")


def unbuilt() -> keras.Model:
    """A Sequential that was saved before it had seen an input."""
    return keras.Sequential([layers.Dense(4), layers.Dense(2)], name="unbuilt")


def segmenter() -> keras.Model:
    """Two ways through an image, joined again: operations of the graph, a crop and a merge."""
    image = keras.Input((30, 30, 3), name="image")
    wide = layers.Conv2D(8, 3, padding="same", name="wide")(image / 255.0)
    deep = layers.MaxPooling2D(name="pool")(wide)
    deep = layers.UpSampling2D(name="up")(layers.Conv2D(16, 3, padding="same", name="deep")(deep))
    joined = layers.Concatenate(name="joined")([wide[:, 1:, 1:], layers.Cropping2D(((1, 0), (1, 0)))(deep)])
    return keras.Model(image, layers.Conv2D(2, 1, name="classes")(joined), name="segmenter")


def second(frozen: bool) -> tf_keras.Model:
    """The model of ``normalized`` in tf_keras."""
    stack = [tf_keras.layers.Dense(16, trainable=not frozen), tf_keras.layers.BatchNormalization()]
    return tf_keras.Sequential([tf_keras.Input((8,)), *stack, tf_keras.layers.Dense(4)], name="normalized")


KERAS = {
    "normalized.keras": normalized,
    "trained.keras": lambda: trained(normalized()),
    "frozen_later.keras": frozen_later,
    "custom.keras": custom,
    "custom_trained.keras": lambda: trained(custom()),
    "towers.keras": towers,
    "towers.h5": towers,
    "alike.h5": alike,
    "lora.keras": adapted,
    "int4.keras": quantized,
    "frozen_sequential.keras": frozen_sequential,
    "frozen_attention.keras": frozen_attention,
    "spectral.keras": spectral,
    "unbuilt.keras": unbuilt,
}


def main(folder: Path) -> None:
    """Write every sample into ``folder``."""
    for name, make in KERAS.items():
        keras.utils.clear_session(free_memory=False)
        _zeroed(make()).save(folder / name)
    keras.utils.clear_session(free_memory=False)
    model = _zeroed(normalized())
    model.save_weights(folder / "normalized.weights.h5")
    model.save_weights(folder / "sharded.weights.json", max_shard_size=5e-7)
    for name, make in {"segmenter": segmenter, "unbuilt": unbuilt}.items():
        keras.utils.clear_session(free_memory=False)
        (folder / f"{name}.json").write_text(make().to_json(), encoding="utf-8")
    tf_keras.backend.clear_session()
    older = _zeroed(second(frozen=True))
    older.save(folder / "tf_keras.keras")
    older.save(folder / "tf_keras.h5")
    (folder / "tf_keras.json").write_text(older.to_json(), encoding="utf-8")
    older.save_weights(folder / "legacy_weights.h5")


def _zeroed(model: keras.Model) -> keras.Model:
    for variable in model.weights:
        variable.assign(keras.ops.zeros(variable.shape, variable.dtype))
    return model


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
