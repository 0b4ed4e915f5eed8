"""Makes the example models with real Keras; their weights are zeros, which no count reads.

Usage: python examples/make_examples.py [FOLDER]

Needs Keras 3 with a backend; made with Keras 3.15.1 and TensorFlow 2.21.  ``transfer.keras`` is zipped again with
compression, because 9 MB of zeros have no place in a repository; Keras loads it as it loads any other archive.
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers


def frozen_dense() -> keras.Model:
    """Dense 4, 5 (frozen), 10 (frozen) and 2 on 3 inputs: 123 parameters, 38 trainable."""
    frozen = {"trainable": False}
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(4), layers.Dense(5, **frozen), layers.Dense(10, **frozen), layers.Dense(2)],
        name="frozen_dense",
    )


def dense_chain() -> keras.Model:
    """Dense 5, 8 (frozen), 10 (frozen), 15 and 4 on 3 inputs: 387 parameters, 249 trainable."""
    sizes = [(5, True), (8, False), (10, False), (15, True), (4, True)]
    return keras.Sequential(
        [keras.Input((3,)), *(layers.Dense(units, trainable=trains) for units, trains in sizes)], name="dense_chain"
    )


def conv_pool() -> keras.Model:
    """Two convolutions with pools on 28x28x3: 39,776 parameters."""
    stack = [layers.Conv2D(64, 6), layers.MaxPooling2D(), layers.Conv2D(32, 4), layers.MaxPooling2D()]
    return keras.Sequential([keras.Input((28, 28, 3)), *stack], name="conv_pool")


def small_cnn() -> keras.Model:
    """Three 3x3 convolutions with pools and two Dense layers on 28x28x3: 57,377 parameters."""
    stack = []
    for filters in (16, 32, 64):
        stack += [layers.Conv2D(filters, 3), layers.MaxPooling2D()]
    return keras.Sequential(
        [keras.Input((28, 28, 3)), *stack, layers.Flatten(), layers.Dense(512), layers.Dense(1)], name="small_cnn"
    )


def recurrent_stack() -> list[layers.Layer]:
    """LSTM 64, GRU 32, GRU 16 with one bias, SimpleRNN 8."""
    return [
        layers.LSTM(64, return_sequences=True),
        layers.GRU(32, return_sequences=True),
        layers.GRU(16, return_sequences=True, reset_after=False),
        layers.SimpleRNN(8),
    ]


def recurrent() -> keras.Model:
    """Four recurrent layers on 5 features: 29,880 parameters."""
    return keras.Sequential([keras.Input((None, 5)), *recurrent_stack()], name="recurrent")


def bidirectional() -> keras.Model:
    """The same four, each in Bidirectional: 75,376 parameters."""
    wrapped = [layers.Bidirectional(layer) for layer in recurrent_stack()]
    return keras.Sequential([keras.Input((None, 5)), *wrapped], name="bidirectional")


def two_dense() -> keras.Model:
    """Dense 3 and Dense 2 on 2 inputs: 17 parameters."""
    return keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.Dense(2)], name="two_dense")


def transfer() -> keras.Model:
    """MobileNetV2 frozen, pooling, Dense 10: 2,270,794 parameters, 12,810 trainable in 2 tensors."""
    base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    base.trainable = False
    return keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(10)], name="transfer")


def time_distributed() -> keras.Model:
    """LSTM 40 on 501 features, TimeDistributed(Dense 501): 107,261 parameters."""
    stack = [layers.LSTM(40, return_sequences=True), layers.TimeDistributed(layers.Dense(501))]
    return keras.Sequential([keras.Input((None, 501)), *stack], name="time_distributed")


def time_distributed_frozen() -> keras.Model:
    """The same with the last layer frozen: 86,720 of 107,261 parameters train."""
    model = time_distributed()
    model.layers[-1].trainable = False
    return model


EXAMPLES = {
    "frozen_dense.keras": frozen_dense,
    "dense_chain.keras": dense_chain,
    "conv_pool.keras": conv_pool,
    "small_cnn.keras": small_cnn,
    "recurrent.keras": recurrent,
    "bidirectional.keras": bidirectional,
    "two_dense.h5": two_dense,
    "transfer.keras": transfer,
    "time_distributed.keras": time_distributed,
    "time_distributed_frozen.keras": time_distributed_frozen,
}


def main(folder: Path) -> None:
    """Write every example into ``folder``."""
    for name, make in EXAMPLES.items():
        keras.backend.clear_session()
        model = make()
        for variable in model.weights:
            variable.assign(keras.ops.zeros(variable.shape))
        model.save(folder / name)
        if name == "transfer.keras":
            compress(folder / name)
        print(f"{name}: {model.count_params():,} parameters, {(folder / name).stat().st_size:,} bytes")


def compress(path: Path) -> None:
    """Zip an archive again, with compression."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members:
            archive.writestr(name, data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
