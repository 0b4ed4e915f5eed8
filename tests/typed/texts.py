"""Texts as beginners type them: each is run by real Keras, in the tests alone, and read by paramcount."""

from __future__ import annotations

QUESTIONS = {
    "Q1": """
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
model = Sequential()
model.add(Dense(4, input_dim=3, activation='relu'))
model.add(Dense(5, activation='relu'))
model.add(Dense(10))
model.add(Dense(2, activation='softmax'))
for layer in model.layers[1:3]:
    layer.trainable = False
model.compile(loss='mse', optimizer='adam')
model.summary()
""",
    "Q2": """
import keras
from keras import layers
model = keras.Sequential([
    layers.Dense(5, input_shape=(3,)),
    layers.Dense(8, trainable=False),
    layers.Dense(10, trainable=False),
    layers.Dense(15),
    layers.Dense(4),
])
""",
    "Q3": """
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D
model = Sequential([
    Conv2D(64, (6, 6), activation='relu', input_shape=(28, 28, 3)),
    MaxPooling2D((2, 2)),
    Conv2D(32, 4),
    MaxPooling2D(2),
])
""",
    "Q4": """
import tensorflow as tf
model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(16, (3, 3), activation='relu', input_shape=(28, 28, 3)),
    tf.keras.layers.MaxPooling2D(2, 2),
    tf.keras.layers.Conv2D(32, (3, 3), activation='relu'),
    tf.keras.layers.MaxPooling2D(2, 2),
    tf.keras.layers.Conv2D(64, (3, 3), activation='relu'),
    tf.keras.layers.MaxPooling2D(2, 2),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(512, activation='relu'),
    tf.keras.layers.Dense(1, activation='sigmoid')
])
""",
    "Q5": """
import keras
from keras import layers
inputs = keras.Input(shape=(None, 5))
x = layers.LSTM(64, return_sequences=True)(inputs)
x = layers.GRU(32, return_sequences=True)(x)
x = layers.GRU(16, return_sequences=True, reset_after=False)(x)
outputs = layers.SimpleRNN(8)(x)
model = keras.Model(inputs, outputs)
""",
    "Q6": """
from keras.layers import *
from keras.models import Sequential
model = Sequential()
model.add(Input((None, 5)))
for layer in [LSTM(64, return_sequences=True), GRU(32, return_sequences=True),
              GRU(16, return_sequences=True, reset_after=False), SimpleRNN(8)]:
    model.add(Bidirectional(layer))
""",
    "Q7": """
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(2)])
""",
    "Q8": """
import keras
from keras import layers

def build_model(input_shape=(224, 224, 3), num_classes=10):
    inputs = keras.Input(shape=input_shape)
    x = inputs
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(num_classes)(x))

if __name__ == "__main__":
    model = build_model()
    model.summary()
""",
    "Q12": """
from keras.models import Sequential
from keras.layers import LSTM, TimeDistributed, Dense
vocab = 501
model = Sequential()
model.add(LSTM(40, input_shape=(None, vocab), return_sequences=True))
model.add(TimeDistributed(Dense(vocab, activation='softmax')))
model.layers[-1].trainable = False
""",
}

SEQUENTIAL = {
    "build": """
import keras
from keras import layers
model = keras.Sequential(name="mlp")
for units in [64, 32]:
    model.add(layers.Dense(units))
    model.add(layers.BatchNormalization())
    model.add(layers.Activation("relu"))
model.add(layers.Dense(1))
model.pop()
model.add(layers.Dense(units=3))
model.build((None, 10))
""",
    "comprehension": """
from keras import Sequential, Input
from keras.layers import Dense, Dropout
sizes = [2 ** i for i in range(7, 4, -1)]
model = Sequential([Input((20,))] + [Dense(n, activation="relu", name=f"hidden_{i}") for i, n in enumerate(sizes)]
                   + [Dropout(0.5), Dense(1)])
""",
    "nested": """
import keras
from keras import layers as L
encoder = keras.Sequential([L.Input((28, 28, 1)), L.Conv2D(8, 3, strides=2, padding="same"), L.Flatten(), L.Dense(16)])
decoder = keras.Sequential([L.Dense(7 * 7 * 8), L.Reshape((7, 7, 8)),
                            L.Conv2DTranspose(1, 3, strides=4, padding="same")])
autoencoder = keras.Sequential([encoder, decoder])
encoder.trainable = False
""",
    "spread": """
from keras import layers, models
augment = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)]
body = models.Sequential([layers.Input(shape=(32, 32, 3)), *augment, layers.Rescaling(1. / 255),
    layers.SeparableConv2D(32, 3, use_bias=False), layers.GlobalAveragePooling2D(), layers.Dense(10)])
""",
    "embedding": """
import keras
from keras.layers import Embedding, LSTM, Dense, Bidirectional
max_features, dim = 20000, 128
model = keras.Sequential()
model.add(Embedding(max_features, dim))
model.add(Bidirectional(LSTM(64), merge_mode="sum"))
model.add(Dense(1, activation="sigmoid"))
model.build(input_shape=(None, 100))
""",
    "cells": """
import keras
from keras import layers
model = keras.Sequential([keras.Input((5, 4)),
    layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_sequences=True),
    layers.RNN(layers.SimpleRNNCell(6)), layers.Dense(1, kernel_regularizer=keras.regularizers.l2(0.01),
    kernel_initializer=keras.initializers.HeNormal(), activation=keras.activations.relu)])
""",
    "padding": """
from keras.layers import *
from keras import Sequential
m = Sequential([Input((16, 16, 2)), ZeroPadding2D(1), ZeroPadding2D((1, 2)), Cropping2D(((1, 0), (2, 1))),
    UpSampling2D(2), MaxPool2D(), AvgPool2D(2, 1), DepthwiseConv2D(3, depth_multiplier=2), LeakyReLU(0.1), PReLU(),
    Conv2D(4, (3, 1), dilation_rate=2), Permute((2, 1, 3)), GlobalMaxPooling2D(), RepeatVector(3), Conv1D(2, 2),
    ZeroPadding1D(2), MaxPooling1D(), GroupNormalization(2), LayerNormalization(), SpectralNormalization(Dense(4))])
""",
    "magic": """
import keras
units = 4 if keras is not None else 8
WIDTH: int = 3
WIDTH += 1
config = dict(units=WIDTH * units, activation="tanh")
model = keras.Sequential([keras.Input(shape=[9]), keras.layers.Dense(**config),
                          keras.layers.Dense(**{**config, "units": 2})])
print("done", len(model.layers))
""",
}

FUNCTIONAL = {
    "residual": """
import keras
from keras import layers

def block(x, filters, stride=1, *, shortcut=True):
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    if shortcut:
        x = layers.Conv2D(filters, 1, strides=stride)(x)
    return layers.ReLU()(layers.add([x, y]))

inputs = keras.Input(shape=(32, 32, 3), name="image")
x = block(inputs, 16)
x = block(x, 16, shortcut=False)
x = block(x, 32, stride=2)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(10, activation="softmax", name="probabilities")(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="tiny_resnet")
""",
    "several": """
import keras
from keras import layers
title = keras.Input(shape=(None,), name="title")
body = keras.Input(shape=(None,), name="body")
tags = keras.Input(shape=(12,), name="tags")
shared = layers.Embedding(1000, 64)
t = layers.LSTM(128)(shared(title))
b = layers.LSTM(32)(shared(body))
x = layers.concatenate([t, b, tags])
priority = layers.Dense(1, name="priority")(x)
department = layers.Dense(4, name="department")(x)
model = keras.Model(inputs=[title, body, tags], outputs={"priority": priority, "department": department})
""",
    "operators": """
import keras
from keras import layers, ops
inputs = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, padding="same")(inputs)
y = x + 1.0
z = y * x - 2.0 / y
w = z[:, 1:, ..., 0]
r = ops.relu(w)
c = ops.concatenate([r, r], axis=-1)
a, b = ops.split(c, 2, axis=-1)
q = ops.mean(a, axis=[1]) + ops.max(b, axis=1)
e = (-q) ** 2
h = ops.reshape(e, (-1, 2, 4))
out = layers.Dense(3)(ops.expand_dims(h, 1))
model = keras.Model(inputs, [out, ops.sigmoid(q)])
""",
    "states": """
import keras
from keras.layers import Input, LSTM, Dense, GRU, Bidirectional
encoder_inputs = Input(shape=(None, 71))
encoder = LSTM(256, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]
decoder_inputs = Input(shape=(None, 93))
decoder_lstm = LSTM(256, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(93, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)
model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
encoder_model = keras.Model(encoder_inputs, encoder_states)
""",
    "attention": """
import keras
from keras import layers

def transformer_encoder(inputs, head_size, num_heads, ff_dim, dropout=0):
    x = layers.MultiHeadAttention(key_dim=head_size, num_heads=num_heads, dropout=dropout)(inputs, inputs)
    x = layers.Dropout(dropout)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    res = x + inputs
    x = layers.Conv1D(filters=ff_dim, kernel_size=1, activation="relu")(res)
    x = layers.Dropout(dropout)(x)
    x = layers.Conv1D(filters=inputs_dim, kernel_size=1)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return x + res

inputs_dim = 6
inputs = keras.Input(shape=(20, 6))
x = inputs
for _ in range(3):
    x = transformer_encoder(x, head_size=8, num_heads=2, ff_dim=4, dropout=0.25)
x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
for dim in [12, 6]:
    x = layers.Dense(dim, activation="relu")(x)
    x = layers.Dropout(0.4)(x)
outputs = layers.Dense(2, activation="softmax")(x)
o, scores = layers.MultiHeadAttention(1, 2)(inputs, value=inputs, return_attention_scores=True)
model = keras.Model(inputs, [outputs, o, scores])
""",
    "unet": """
import keras
from keras import layers
inputs = keras.Input(shape=(64, 64) + (3,))
x = layers.Conv2D(32, 3, strides=2, padding="same")(inputs)
x = layers.BatchNormalization()(x)
x = layers.Activation("relu")(x)
previous_block_activation = x
for filters in [64, 128]:
    x = layers.Activation("relu")(x)
    x = layers.SeparableConv2D(filters, 3, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous_block_activation)
    x = layers.add([x, residual])
    previous_block_activation = x
for filters in [128, 64, 32][::-1][:2]:
    x = layers.Conv2DTranspose(filters, 3, padding="same")(x)
    x = layers.UpSampling2D(2)(x)
    residual = layers.UpSampling2D(2)(previous_block_activation)
    residual = layers.Conv2D(filters, 1, padding="same")(residual)
    x = layers.add([x, residual])
    previous_block_activation = x
outputs = layers.Conv2D(2, 3, activation="softmax", padding="same")(x)
model = keras.Model(inputs, outputs)
""",
    "nested": """
import keras
from keras import layers
inner_in = keras.Input((4,))
inner = keras.Model(inner_in, [layers.Dense(3)(inner_in), layers.Dense(2)(inner_in)])
seq = keras.Sequential([layers.Dense(5, activation="relu"), layers.Dense(3)])
a = keras.Input((4,)); b = keras.Input((4,))
p, q = inner(a)
r, s = inner(b)
m = layers.Average()([p, seq(r)])
n = seq(m)
model = keras.Model([a, b], [n, q, s])
inner.trainable = False
seq.layers[0].trainable = False
""",
    "features": """
import keras
from keras import layers
base = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3, name="c1"), layers.Conv2D(8, 3, name="c2"),
                         layers.Flatten(), layers.Dense(10)])
x = layers.GlobalMaxPooling2D()(base.get_layer("c2").output)
new = layers.Dense(5)(x)
model = keras.Model(base.inputs, [new, base.layers[-2].output])
""",
    "middle": """
import keras
from keras import layers
i = keras.Input((4,))
a = layers.Dense(3, name="a")(i)
b = layers.Dense(3, name="b")(a)
unused = keras.Input((7,), name="unused")
c = layers.Add()([a, b])
model = keras.Model([i, unused], c)
""",
    "lambda": """
from functools import partial
import keras
from keras import layers
dense = lambda n, **kw: layers.Dense(n, activation="relu", **kw)
Conv = partial(layers.Conv2D, kernel_size=3, padding="same")
i = keras.Input((8, 8, 1))
x = Conv(4)(i)
x = Conv(8, kernel_size=5)(x)
x = layers.Flatten()(x)
towers = [dense(u, name="tower_%d" % u)(x) for u in (4, 5)]
x = layers.Concatenate()(towers) if len(towers) > 1 else towers[0]
model = keras.Model(i, x)
""",
    "subclass": """
import keras
from keras import layers
class CustomModel(keras.Model):
    def train_step(self, data):
        return {}
inputs = keras.Input(shape=(32,))
outputs = layers.Dense(1)(inputs)
model = CustomModel(inputs, outputs)
""",
    "freeze": """
import keras
from keras import layers
i = keras.Input((8,))
x = i
for k in range(6):
    x = layers.Dense(4 + k, name="d%d" % k)(x)
    if k % 2 == 0: x = layers.BatchNormalization()(x)
model = keras.Model(i, x)
model.trainable = True
fine_tune_at = 4
for layer in model.layers[:fine_tune_at]:
    layer.trainable = False
for layer in model.layers:
    if isinstance(layer, layers.BatchNormalization):
        layer.trainable = False
    elif layer.name.endswith("5"):
        layer.trainable = not layer.trainable
model.get_layer("d3").trainable = False
""",
}

SHAPES = {
    "squeeze": """
import keras
from keras import layers

def se_block(x, ratio=4):
    channels = x.shape[-1]
    s = layers.GlobalAveragePooling2D()(x)
    s = layers.Dense(int(channels) // ratio, activation="relu")(s)
    s = layers.Dense(channels, activation="sigmoid")(s)
    s = layers.Reshape((1, 1, channels))(s)
    return layers.Multiply()([x, s])

inputs = keras.Input((32, 32, 3))
x = layers.Conv2D(16, 3)(inputs)
x = se_block(x)
x = layers.Conv2D(x.shape[3] * 2, 3, strides=2)(x)
x = se_block(x, ratio=8)
model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
""",
    "backend": """
import keras
from keras import layers
encoder_in = keras.Input((28, 28, 1))
x = layers.Conv2D(8, 3, strides=2, padding="same")(encoder_in)
shape = tuple(x.shape)
x = layers.Flatten()(x)
latent = layers.Dense(2)(x)
encoder = keras.Model(encoder_in, latent)
decoder_in = keras.Input((2,))
y = layers.Dense(shape[1] * shape[2] * shape[3])(decoder_in)
y = layers.Reshape((shape[1], shape[2], shape[3]))(y)
decoder = keras.Model(decoder_in, layers.Conv2DTranspose(1, 3, strides=2, padding="same")(y))
model = keras.Model(encoder_in, decoder(encoder(encoder_in)))
width = encoder.output_shape[-1]
tail = keras.Sequential([keras.Input((encoder.get_layer("conv2d").output.shape[1],)), layers.Dense(width)])
""",
}

APPLICATIONS = {
    "Q10": """
import tensorflow as tf
base_model = tf.keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None)
base_model.trainable = False
model = tf.keras.Sequential([
    base_model,
    tf.keras.layers.GlobalAveragePooling2D(),
    tf.keras.layers.Dense(10),
])
""",
    "Q11": """
import keras
from keras.applications import MobileNetV2
from keras.layers import Dense, GlobalAveragePooling2D, Dropout
IMG_SHAPE = (96, 96) + (3,)
base_model = MobileNetV2(input_shape=IMG_SHAPE, include_top=False, weights=None)
base_model.trainable = False
inputs = keras.Input(shape=IMG_SHAPE)
x = keras.applications.mobilenet_v2.preprocess_input(inputs)
x = base_model(x, training=False)
x = GlobalAveragePooling2D()(x)
x = Dropout(0.2)(x)
outputs = Dense(23)(x)
model = keras.Model(inputs, outputs)
base_model.trainable = True
fine_tune_at = 100
for layer in base_model.layers[:fine_tune_at]:
    layer.trainable = False
""",
    "Q13": """
from keras.applications.vgg16 import VGG16
from keras.models import Model
from keras.layers import Dense, Flatten
base = VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
for layer in base.layers[:-4]:
    layer.trainable = False
x = Flatten()(base.output)
x = Dense(8, activation="relu")(x)
model = Model(inputs=base.input, outputs=Dense(2)(x))
""",
    "twice": """
import keras
from keras import layers
first = layers.Input((75, 75, 3))
stem = layers.Conv2D(3, 1, padding="same")(first)
xception = keras.applications.Xception(include_top=False, weights=None, input_shape=(75, 75, 3), pooling="avg")
other = keras.applications.Xception(include_top=False, weights=None, input_tensor=keras.Input((71, 71, 3)))
middle = xception.get_layer("block4_sepconv2_bn").output
model = keras.Model(first, layers.Dense(2)(xception(stem)))
""",
}

TF_KERAS = {
    "first layer": """
import tf_keras
from tf_keras import layers
model = tf_keras.Sequential([layers.Dense(4, input_shape=(3,)), layers.LeakyReLU(alpha=0.2), layers.Dense(10 / 2)])
""",
    "build": """
from tf_keras.models import Sequential
from tf_keras.layers import *
model = Sequential()
model.add(Conv2D(4, 3))
model.add(BatchNormalization())
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(3))
model.build((None, 12, 12, 3))
""",
    "embedding": """
import tf_keras as keras
model = keras.Sequential([keras.layers.Embedding(100, 8, input_length=20),
                          keras.layers.Flatten(), keras.layers.Dense(1)])
""",
    "recurrent": """
import tf_keras as keras
model = keras.Sequential([
    keras.layers.Bidirectional(keras.layers.GRU(4, return_sequences=True, reset_after=False), input_shape=(None, 5)),
    keras.layers.LSTM(3, implementation=1), keras.layers.Dense(2)])
""",
    "functional": """
import tf_keras as keras
from tf_keras import layers as L
a = keras.Input(shape=(8,)); b = keras.Input((8,), name="other")
x = L.Dense(4, activation="relu")(a)
y = L.Dense(4)(b)
z = L.concatenate([x, y])
z = L.Dropout(0.5)(L.BatchNormalization()(z))
inner = keras.Sequential([L.Dense(3, input_shape=(8,)), L.Dense(2)])
model = keras.Model([a, b], inner(z))
inner.trainable = False
""",
}

TUTORIALS = {
    "siamese": """
import keras
from keras import layers, Model
from keras.layers import Input, Lambda, Dense, Dropout, Flatten

def initialize_base_network(size=(28, 28)):
    input = Input(shape=size, name="base_input")
    x = Flatten(name="flatten_input")(input)
    for k in range(1, 4):
        x = Dense(128, activation="relu", name=f"base_dense_{k}")(x)
        if k < 3:
            x = Dropout(0.1, name="dropout_{}".format(k))(x)
    return Model(inputs=input, outputs=x)

def euclidean_distance(vects):
    a, b = vects
    return keras.ops.sqrt(keras.ops.sum(keras.ops.square(a - b), axis=1, keepdims=True))

base_network = initialize_base_network()
input_a = Input(shape=(28, 28), name="left_input")
input_b = Input(shape=(28, 28), name="right_input")
output = Lambda(euclidean_distance, name="output_layer")([base_network(input_a), base_network(input_b)])
model = Model([input_a, input_b], Dense(1)(output))
""",
    "gan": """
from keras.models import Sequential
from keras.layers import *
import keras
latent_dim = 128
codings = [latent_dim]

def make_generator():
    model = Sequential(name="generator")
    model.add(Input((latent_dim,)))
    model.add(Dense(7 * 7 * 16, use_bias=False))
    model.add(BatchNormalization())
    model.add(LeakyReLU())
    model.add(Reshape((7, 7, 16)))
    assert model.output_shape == (None, 7, 7, 16)
    model.add(Conv2DTranspose(8, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", activation="tanh"))
    return model

def make_discriminator(shape=(28, 28, 1)):
    return Sequential([Input(shape), Conv2D(8, 5, strides=2, padding="same"), LeakyReLU(0.2), Dropout(0.3), Flatten(),
                       Dense(1)], name="discriminator")

generator, discriminator = make_generator(), make_discriminator()
discriminator.trainable = False
z = Input(shape=tuple(codings))
gan = keras.Model(z, discriminator(generator(z)), name="gan")
gan.compile(loss="binary_crossentropy", optimizer="adam")
for epoch in range(3):
    generator.trainable = generator.trainable
""",
    "dict inputs": """
import keras
from keras import layers
inputs, encoded = {}, []
for header in ["age", "hours", "gain"]:
    inputs[header] = keras.Input(shape=(1,), name=header)
for header, value in inputs.items():
    encoded.append(layers.Normalization(mean=0.0, variance=1.0)(value))
for name, size in {"city": 20, "job": 7}.items():
    inputs[name] = keras.Input(shape=(1,), name=name, dtype="int32")
    encoded.append(layers.Flatten()(layers.Embedding(size, min(8, size // 2))(inputs[name])))
x = layers.concatenate(encoded) if encoded else None
x = layers.Dense(32, activation=keras.activations.gelu)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
""",
    "inception": """
import keras
from keras.layers import Conv2D, MaxPooling2D, AveragePooling2D, Dropout, Dense, Flatten, Input, concatenate
def inception(x, f1, f2_in, f2_out, f3_in, f3_out, f4):
    '''Four paths side by side.'''
    path1 = Conv2D(filters=f1, kernel_size=(1, 1), padding='same', activation='relu')(x)
    path2 = Conv2D(f2_in, (1, 1), padding='same', activation='relu')(x)
    path2 = Conv2D(f2_out, (3, 3), padding='same', activation='relu')(path2)
    path3 = Conv2D(f3_in, 1, padding='same', activation='relu')(x)
    path3 = Conv2D(f3_out, 5, padding='same', activation='relu')(path3)
    path4 = MaxPooling2D((3, 3), strides=(1, 1), padding='same')(x)
    path4 = Conv2D(f4, (1, 1), padding='same', activation='relu')(path4)
    return concatenate([path1, path2, path3, path4], axis=3)

input_layer = Input(shape=(64, 64, 3))
X = Conv2D(16, 7, strides=2, padding='valid', activation='relu')(input_layer)
X = MaxPooling2D(3, strides=2)(X)
for row in [(8, 12, 16, 4, 8, 8), (16, 16, 24, 8, 12, 8)]:
    X = inception(X, *row)
    if row[0] == 8:
        X1 = AveragePooling2D((5, 5), strides=3)(X)
        X1 = Conv2D(8, 1, padding='same', activation='relu')(X1)
        X1 = Dense(5, activation='softmax')(Flatten()(X1))
X = keras.layers.GlobalAveragePooling2D(name='GAPL')(X)
X = Dense(5, activation='softmax')(Dropout(0.4)(X))
model = keras.Model(input_layer, [X, X1], name='GoogLeNet')
""",
    "positions": """
import keras
from keras import layers, ops
vocab_size, maxlen, embed_dim = 500, 16, 8
inputs = layers.Input(shape=(maxlen,), dtype="int32")
tokens = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)(inputs)
x = tokens * (embed_dim ** 0.5)
causal = layers.MultiHeadAttention(2, embed_dim // 2, dropout=0.1)
x = layers.LayerNormalization(epsilon=1e-6)(x + causal(x, x, use_causal_mask=True))
ffn = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(embed_dim)], name="ffn")
x = layers.LayerNormalization()(x + ffn(x))
x = layers.Lambda(lambda t: t[:, -1, :])(x)
sizes = [d for d in (x.shape[-1], 4) if d]
model = keras.Model(inputs=inputs, outputs=layers.Dense(sum(sizes))(x))
""",
}
