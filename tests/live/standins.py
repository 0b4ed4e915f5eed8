"""Modules as they come from TensorFlow Hub, made on the spot, with counts that are known by construction."""

import contextlib
import logging
import warnings


@contextlib.contextmanager
def quiet():
    """TensorFlow logs what it thinks of old formats and of objects that are no layers."""
    logger, before = logging.getLogger("tensorflow"), logging.getLogger("tensorflow").level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def text_embedding(tf):
    """A lookup table and an embedding of 10,000 x 50 in three parts, without any list: 500,000."""

    class Text(tf.Module):
        def __init__(self):
            super().__init__()
            words = tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b"]), tf.constant([0, 1], tf.int64))
            self.table = tf.lookup.StaticHashTable(words, 0)
            self.embedding = [tf.Variable(tf.zeros((rows, 50)), name="part") for rows in (3334, 3333, 3333)]

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words):
            rows = tf.nn.embedding_lookup(self.embedding[0], self.table.lookup(words))
            return rows + self.embedding[1][0] + self.embedding[2][0]

    return Text()


def reusable(tf, model, shape):
    """A checkpoint object with the lists of the interface of reusable SavedModels."""
    root = tf.train.Checkpoint()
    root.model = model
    call = tf.function(lambda inputs: model(inputs, training=False))
    root.__call__ = tf.function(call, input_signature=[tf.TensorSpec([None, *shape])])
    root.variables = model.variables
    root.trainable_variables = model.trainable_variables
    loss = tf.function(lambda: tf.nn.l2_loss(model.trainable_variables[0]), input_signature=[])
    root.regularization_losses = [loss]
    return root


def around(tf, inner, width):
    """A module that holds a loaded one under two names, and a head of ``width`` x 7."""

    class Around(tf.Module):
        def __init__(self):
            super().__init__(name="around")
            self.inner = inner
            self.alias = inner
            self.head = tf.Variable(tf.zeros((width, 7)), name="head")

        @tf.function(input_signature=[tf.TensorSpec([None, 96, 96, 3])])
        def __call__(self, images):
            return self.inner(images) @ self.head

    return Around()


def saved(tf, one, path):
    """``one`` as a SavedModel at ``path``."""
    with quiet():
        tf.saved_model.save(one, str(path))
    return str(path)


def loaded(tf, path, tags=None):
    """The object that TensorFlow makes of a SavedModel."""
    with quiet():
        return tf.saved_model.load(str(path), tags=tags)


def tensorflow_1(tf, path, *, resources, parts=0):
    """A module of TensorFlow 1 with two sets of tags; 2,080 train, 32 do not, and there is a global step."""
    v1 = tf.compat.v1
    with quiet():
        builder = v1.saved_model.Builder(str(path))
        for tags in ([], ["train"]):
            with tf.Graph().as_default(), v1.Session() as session:
                signature = _old_graph(tf, resources, parts)
                if tags:
                    builder.add_meta_graph(tags, signature_def_map={"default": signature})
                else:
                    session.run(v1.global_variables_initializer())
                    builder.add_meta_graph_and_variables(session, tags, signature_def_map={"default": signature})
        builder.save()
    (path / "tfhub_module.pb").write_bytes(b"\x08\x03")  # By this TensorFlow Hub knows the format.
    return str(path)


def _old_graph(tf, resources, parts):
    v1 = tf.compat.v1
    partitioner = v1.fixed_size_partitioner(parts) if parts else None
    inputs = v1.placeholder(tf.float32, [None, 32])
    with v1.variable_scope("module", use_resource=resources, reuse=v1.AUTO_REUSE, partitioner=partitioner):
        outputs = inputs
        for name in ("w", "w", "v"):
            outputs @= tf.convert_to_tensor(v1.get_variable(name, [32, 32]))
        outputs += tf.convert_to_tensor(v1.get_variable("bias", [32]))
        outputs += tf.convert_to_tensor(v1.get_variable("mean", [32], trainable=False))
    v1.train.create_global_step()
    return v1.saved_model.signature_def_utils.predict_signature_def({"default": inputs}, {"default": outputs})
