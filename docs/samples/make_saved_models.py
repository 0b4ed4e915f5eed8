"""Makes the SavedModels and the checkpoint that the documentation shows; needs TensorFlow, Keras 3 and tf_keras.

Usage: python docs/samples/make_saved_models.py

Every file is small, and holds weights as they are initialized, or after one step of training.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
import tf_keras

HERE = Path(__file__).resolve().parent


def transfer(package):
    """A frozen base with a new head, as in transfer learning."""
    base = package.Sequential(
        [
            package.layers.InputLayer((8,)),
            package.layers.Dense(16, activation="relu"),
            package.layers.BatchNormalization(),
        ],
        name="base",
    )
    base.trainable = False
    inputs = package.Input((8,))
    return package.Model(inputs, package.layers.Dense(3, name="head")(base(inputs)), name="transfer")


def train(model):
    """One step, after which an optimizer has its slots."""
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.zeros((4, 8)), np.zeros((4, 3)), verbose=0)
    return model


class TextEmbedding(tf.Module):
    """A reusable module as TensorFlow Hub has them: an embedding, a table of words, and what may be fine-tuned."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.table = tf.lookup.StaticVocabularyTable(
            tf.lookup.TextFileInitializer(
                words, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            ),
            num_oov_buckets=1,
        )
        self.embeddings = tf.Variable(tf.zeros((101, 16)), name="embeddings")
        self.projection = tf.Variable(tf.zeros((16, 4)), name="projection")
        self.scale = tf.Variable(tf.ones(4), trainable=False, name="scale")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def embed(self, texts):
        """One vector for each text."""
        return tf.gather(self.embeddings, self.table.lookup(texts)) @ self.projection * self.scale


@contextlib.contextmanager
def inside(folder: str) -> Iterator[None]:
    """The folder as the working directory; ``contextlib.chdir`` needs Python 3.11."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def hub_module(folder: Path) -> None:
    """The module with the lists that the interface of reusable SavedModels asks for."""
    # TensorFlow names the table after the path of its file, which is a relative one so that it is the same anywhere.
    with tempfile.TemporaryDirectory() as temporary, inside(temporary):
        Path("words.txt").write_text("\n".join(f"word{number}" for number in range(100)), encoding="utf-8")
        module = TextEmbedding("words.txt")
        saved = tf.train.Checkpoint(
            module=module,
            variables=[module.embeddings, module.projection, module.scale],
            trainable_variables=[module.projection],
        )
        saved.__call__ = module.embed
        tf.saved_model.save(saved, str(folder), signatures=module.embed)


def main() -> None:
    """Make all of them anew."""
    for name in ("exported", "saved", "plain", "hub_module", "checkpoint"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    transfer(keras).export(str(HERE / "exported"), verbose=False)
    train(transfer(tf_keras)).save(str(HERE / "saved"), save_format="tf")
    tf.saved_model.save(transfer(keras), str(HERE / "plain"))
    hub_module(HERE / "hub_module")
    model = train(transfer(keras))
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(HERE / "checkpoint" / "ckpt"))
    for fingerprint in HERE.glob("*/fingerprint.pb"):
        fingerprint.unlink()


if __name__ == "__main__":
    main()
