"""Two models as a tutorial types them; paramcount reads this file and never runs it."""

import tensorflow as tf
from tensorflow.keras import layers

model = tf.keras.Sequential([tf.keras.Input(shape=(28, 28, 1))])
for filters in [32, 64]:
    model.add(layers.Conv2D(filters, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.summary()

base = tf.keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights="imagenet")
base.trainable = False
transfer = tf.keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(5)])
