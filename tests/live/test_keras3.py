"""Live models of Keras 3: what is found, and which role it gets."""

import inspect

import pytest

from live.helpers import agree, finding, roles
from paramcount import count
from paramcount.model import Role

TRAINABLE = (Role.TRAINABLE, "")
HERE = (Role.FROZEN, "trainable=False here")


def test_layers_are_found_in_lists_dicts_and_tuples(keras):
    """Keras follows containers at any depth, and so does the count."""

    class Holder(keras.Model):
        def __init__(self):
            super().__init__(name="holder")
            self.blocks = [keras.layers.Dense(2, name="in_list"), [keras.layers.Dense(2, name="in_nested_list")]]
            self.table = {"a": keras.layers.Dense(2, name="in_dict"), "b": (keras.layers.Dense(2, name="in_tuple"),)}

        def call(self, x):
            x = self.blocks[1][0](self.blocks[0](x))
            return self.table["b"][0](self.table["a"](x))

    model = Holder()
    model(keras.ops.ones((1, 2)))
    report = agree(model)
    assert {row.layer.name for row in report} == {"in_list", "in_nested_list", "in_dict", "in_tuple"}
    assert report.total == 4 * 6


def test_weights_of_the_model_itself_belong_to_no_layer(keras):
    """They are in the total and in the reconciliation, and in no row."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(3)
            self.scale = self.add_weight(shape=(7,), name="scale")
            self.steps = self.add_weight(shape=(), name="steps", trainable=False, dtype="int32")

        def call(self, x):
            return self.head(x)

    model = Own()
    model(keras.ops.ones((1, 2)))
    report = agree(model)
    assert report.total == 9 + 7 + 1
    assert report.reconcile().ownerless == 8
    assert roles(report)["scale"] == TRAINABLE
    assert roles(report)["steps"] == (Role.STATE, "created with trainable=False")


def test_composite_layers_show_what_is_inside_them(keras):
    """Bidirectional, attention and recurrent cells are rows of their own, one level down."""
    inputs = keras.Input((4, 6))
    x = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True), name="both")(inputs)
    x = keras.layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    x = keras.layers.RNN([keras.layers.GRUCell(2), keras.layers.LSTMCell(2)], name="cells")(x)
    report = agree(keras.Model(inputs, x))
    paths = {row.layer.path for row in report}
    assert {"both/forward_lstm/lstm_cell", "attention/query", "attention/attention_output"} <= paths
    assert {"cells/stacked_rnn_cells/gru_cell", "cells/stacked_rnn_cells/lstm_cell"} <= paths


def test_a_freeze_is_explained_by_the_topmost_flag(keras):
    """Freezing a model freezes what is below it; a layer frozen alone names itself."""
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(3)], name="inner")
    outer = keras.Sequential([inner, keras.layers.Dense(2, name="b", trainable=False)], name="outer")
    model = keras.Sequential([outer, keras.layers.Dense(2, name="head")])
    inner.trainable = False
    report = agree(model)
    assert roles(report)["outer/inner/a/kernel"] == (Role.FROZEN, "trainable=False on outer/inner")
    assert roles(report)["outer/b/kernel"] == HERE
    outer.trainable = False
    assert roles(agree(model))["outer/inner/a/kernel"] == (Role.FROZEN, "trainable=False on outer")
    model.trainable = False
    assert roles(agree(model))["head/bias"] == (Role.FROZEN, "trainable=False on the model itself")


def test_a_layer_switched_on_again_below_a_frozen_model_trains(keras):
    """Keras 3 asks only the variable and the model that is counted, and the finding says so."""
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3), keras.layers.Dense(3)], name="inner")
    model = keras.Sequential([inner, keras.layers.Dense(2)])
    inner.trainable = False
    inner.layers[1].trainable = True
    report = agree(model)
    assert report.trainable == 12 + 8
    assert "12 parameters of it train" in finding(report, "trains-despite-flag").message
    assert roles(report)[f"inner/{inner.layers[0].name}/kernel"] == (Role.FROZEN, "trainable=False on inner")
    assert count(inner).trainable == 0


def test_a_frozen_attention_layer_does_not_freeze_what_it_creates_later(keras):
    """Attention creates its projections in `build`, after its flag was set."""
    inputs = keras.Input((4, 6))
    layer = keras.layers.MultiHeadAttention(2, 3, trainable=False, name="attention")
    report = agree(keras.Model(inputs, layer(inputs, inputs)))
    assert report.trainable == report.total
    assert finding(report, "trains-despite-flag").where == "attention"


def test_a_variable_that_was_frozen_alone(keras):
    """No layer's flag explains it, so the reason is the variable's own."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a")])
    model.layers[0].kernel.trainable = False
    assert roles(agree(model)) == {
        "a/kernel": (Role.FROZEN, "the variable's own trainable=False"),
        "a/bias": TRAINABLE,
    }


def test_moving_statistics_stay_state_when_their_layer_is_frozen(keras):
    """Freezing batch normalization freezes gamma and beta; the statistics never trained."""
    if "renorm" not in inspect.signature(keras.layers.BatchNormalization.__init__).parameters:
        pytest.skip("this Keras does not renormalize")
    layers = [
        keras.layers.BatchNormalization(name="a", renorm=True, trainable=False),
        keras.layers.Normalization(name="b"),
    ]
    report = agree(keras.Sequential([keras.Input((3,)), *layers]))
    found = roles(report)
    assert (found["a/gamma"], found["a/beta"]) == (HERE, HERE)
    assert found["a/moving_mean"] == (Role.STATE, "moving mean of batch normalization")
    assert found["b/count"][0] is Role.STATE
    assert (report.frozen, report.state) == (6, 5 * 3 + 7)


def test_the_alias_of_spectral_normalization_is_one_tensor(keras):
    """The wrapper holds the kernel of the layer inside it once more; frozen or not, it counts once."""
    for trainable in (True, False):
        layer = keras.layers.SpectralNormalization(keras.layers.Dense(4, trainable=trainable, name="dense"), name="sn")
        report = agree(keras.Sequential([keras.Input((3,)), layer]))
        assert report.total == 16 + 4
        expected = TRAINABLE if trainable else (Role.FROZEN, "trainable=False here")
        assert roles(report)["sn/dense/kernel"] == roles(report)["sn/kernel"] == expected
        assert roles(report)["sn/vector_u"][0] is Role.STATE


def test_tied_weights_in_a_list_of_layers(keras):
    """A head that uses the embedding's table shows it, and the total holds it once."""

    class Tied(keras.layers.Layer):
        def __init__(self, table, **options):
            super().__init__(**options)
            self.table = table

        def call(self, x):
            return keras.ops.matmul(x, keras.ops.transpose(self.table))

    embedding = keras.layers.Embedding(100, 8, name="table")
    embedding.build()
    inputs = keras.Input((5,), dtype="int32")
    report = agree(keras.Model(inputs, Tied(embedding.embeddings, name="head")(embedding(inputs))))
    assert report.total == 800
    assert report.sharing == {"table/embeddings": ("table/embeddings", "head/embeddings")}
    assert [row.shared_with for row in report if row.layer.name == "head"] == [("table",)]


def test_a_layer_shared_by_a_frozen_and_a_free_model(keras):
    """It is one layer with one flag, so it is frozen in both places, by the one that set it."""
    shared = keras.layers.Dense(3, name="shared")

    def wrap(name):
        inputs = keras.Input((3,))
        return keras.Model(inputs, shared(inputs), name=name)

    frozen, free = wrap("frozen"), wrap("free")
    frozen.trainable = False
    inputs = keras.Input((3,))
    report = agree(keras.Model(inputs, free(frozen(inputs))))
    expected = (Role.FROZEN, "trainable=False on frozen")
    assert roles(report)["free/shared/kernel"] == roles(report)["frozen/shared/kernel"] == expected


def test_lora_keeps_the_base_and_trains_the_adapters(keras):
    """The adapters are named as such."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, name="a")])
    model.layers[0].enable_lora(4)
    report = agree(model)
    assert (report.total, report.trainable, report.frozen) == (4672, 576, 4096)
    assert roles(report)["a/kernel"] == (Role.FROZEN, "LoRA keeps the base weights fixed")
    assert roles(report)["a/lora_kernel_a"] == (Role.TRAINABLE, "LoRA adapter")


def quantizable(keras):
    inputs = keras.Input((5,), dtype="int32")
    x = keras.layers.Embedding(7, 5, name="embedding")(inputs)
    x = keras.layers.EinsumDense("abc,cde->abde", (None, 3, 2), name="einsum")(x)
    x = keras.layers.Reshape((5, 6))(x)
    return keras.Model(inputs, keras.layers.Dense(9, name="dense")(x))


@pytest.mark.parametrize(
    ("mode", "lora"),
    [("int8", False), ("int8", True), ("int4", False), ("int4", True), ("float8", False), ("float8", True)],
)
def test_quantized_layers_tell_what_is_stored_and_what_it_stands_for(keras, mode, lora):
    """The total is what Keras stores; the logical total is that of the model before."""
    model = quantizable(keras)
    if lora:
        for name in ("embedding", "einsum", "dense"):
            model.get_layer(name).enable_lora(2)
    before = agree(model).total
    for name in ("embedding", "einsum", "dense"):
        if mode != "float8" or name != "embedding":
            model.get_layer(name).quantize(mode)
    report = agree(model)
    assert report.quantized
    assert report.logical_total == before
    reasons = dict(roles(report))
    if mode == "float8":
        assert report.total == before + 2 * 3 * 1025
        assert report.frozen == (0 if not lora else 35 + 30 + 54)
        assert "Keras counts as trainable" in reasons["dense/kernel_amax_history"][1]
    else:
        assert reasons["dense/kernel"] == (Role.STATE, f"{mode} weights do not train")
        assert reasons["dense/kernel_scale"] == (Role.STATE, "quantization scale")
        assert reasons["dense/bias"] == TRAINABLE


@pytest.mark.parametrize("block", [-1, 4])
@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_gptq_and_awq_before_calibration_hold_the_kernel_twice(keras, mode, block):
    """Room for the packed kernel stands for no parameter as long as the kernel itself is there."""
    config = {"gptq": keras.quantizers.GPTQConfig, "awq": keras.quantizers.AWQConfig}[mode]
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, name="dense")])
    layer = model.layers[0]
    layer.quantize(mode, config=config(dataset=None, tokenizer=None, weight_bits=4, group_size=block))
    report = agree(model)
    assert report.logical_total == 54
    # What calibration leaves behind (`is_gptq_calibrated`): the kernel is gone, the packed one stands for it.
    layer._tracker.unlock()
    del layer._kernel
    report = agree(model)
    assert report.logical_total == 54
    assert any(one.logical == 48 and one.parameters == 24 for one in report.variables())


def test_an_untied_reversible_embedding_in_int4(keras):
    """Both of its tables are packed."""
    if not hasattr(keras.layers, "ReversibleEmbedding"):
        pytest.skip("this Keras has no such layer")
    model = keras.Sequential(
        [keras.Input((3,), dtype="int32"), keras.layers.ReversibleEmbedding(10, 7, tie_weights=False)]
    )
    model.layers[0].quantize("int4")
    assert agree(model).logical_total == 140


def test_seeds_metrics_and_optimizers_are_listed_but_are_no_parameters(keras):
    """Keras's own total leaves the first two out, and its summary adds the last."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(keras.ops.ones((2, 3)), keras.ops.ones((2, 2)), verbose=0)
    report = agree(model)
    assert report.total == 8
    found = [one.role for one in report.not_parameters]
    assert found.count(Role.RNG) == 1
    assert found.count(Role.METRIC) >= 2
    assert sum(one.parameters for one in report.not_parameters if one.role is Role.OPTIMIZER) == 18
    assert "18 higher" in finding(report, "summary-adds-optimizer").message


def test_loss_scaling_wraps_the_optimizer_that_holds_the_slots(keras):
    """The contradiction is seen through the wrapper."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(2)])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")
    model.optimizer.build(model.trainable_variables)
    model.layers[0].trainable = False
    assert finding(agree(model), "optimizer-contradicts-flags").severity == "warning"


def test_raw_tensorflow_variables_are_reported_because_keras_3_ignores_them(keras, tf):
    """They are in no total, which a user coming from tf.keras does not expect."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow has them")

    class Raw(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="raw")
            self.scale = tf.Variable(tf.ones((7,)))
            self.several = [tf.Variable(1.0)]

        def call(self, x):
            return x * self.scale[0]

    report = agree(keras.Sequential([keras.Input((3,)), Raw(), keras.layers.Dense(2)]))
    found = [one for one in report.findings if one.id == "raw-variable-ignored"]
    assert [one.where for one in found] == ["raw/scale", "raw/several"]
    assert "(7,) with 7 values" in found[0].message


def test_strings_integers_and_booleans_are_parameters(keras):
    """Keras counts every weight, whatever its dtype."""

    class Odd(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="odd")
            self.flags = self.add_weight(shape=(3,), dtype="bool", initializer="zeros", trainable=False, name="flags")
            self.ids = self.add_weight(shape=(2, 2), dtype="int32", trainable=False, name="ids")
            self.made_up = keras.Variable(keras.ops.ones((5,)))

        def call(self, x):
            return x

    report = agree(keras.Sequential([keras.Input((3,)), Odd()]))
    assert {one.path: one.dtype for one in report.variables()} == {
        "odd/flags": "bool", "odd/ids": "int32", "odd/made_up": "float32",
    }  # fmt: skip


def test_vocabularies_are_no_parameters(keras, tf):
    """A lookup layer owns a table, built or not, and never makes the count a lower bound."""
    lookup = keras.layers.StringLookup(vocabulary=["a", "b"])
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup, keras.layers.Embedding(3, 4)])
    assert agree(model).total == 12
    assert not count(keras.layers.TextVectorization()).lower_bound


def test_a_layer_alone_is_one_row(keras):
    """The root of its report is nothing but the place where the layer is shown."""
    layer = keras.layers.Dense(4, trainable=False, name="alone")
    layer.build((None, 3))
    report = count(layer)
    assert [(row.layer.path, row.parameters) for row in report] == [("alone", 16)]
    assert roles(report) == {"alone/kernel": HERE, "alone/bias": HERE}
    assert report.reconcile().ownerless == 0
    assert report.source.title.endswith("layer in memory")


def test_layers_of_one_name_keep_apart(keras):
    """Paths are unique even where names are not."""

    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [keras.layers.Dense(2, name="twin"), keras.layers.Dense(2, name="twin")]

        def call(self, x):
            return self.parts[1](self.parts[0](x))

    model = Twins()
    model(keras.ops.ones((1, 2)))
    assert [row.layer.path for row in agree(model)] == ["twin", "twin#2"]


def test_a_model_called_twice_is_counted_once(keras):
    """Its shape is given where all calls agree."""
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)], name="inner")
    inputs = keras.Input((3,))
    report = agree(keras.Model(inputs, inner(inner(inputs))))
    assert report.total == 12
    (row,) = [row for row in report.rows(depth=1) if row.parameters]
    assert (row.layer.input_shape, row.layer.output_shape) == ((None, 3), (None, 3))


def test_a_model_that_overrides_its_weights_is_taken_at_its_word(keras):
    """The numbers are those of the model itself, and the finding says that its layers hold others."""

    class Hiding(keras.Model):
        def __init__(self):
            super().__init__()
            self.shown, self.hidden = keras.layers.Dense(2), keras.layers.Dense(2)

        def call(self, x):
            return self.hidden(self.shown(x))

        @property
        def trainable_weights(self):
            return self.shown.trainable_weights

    model = Hiding()
    model(keras.ops.ones((1, 2)))
    report = count(model)
    assert (report.total, report.trainable) == (12, 6)
    reasons = {one.reason for one in report.variables() if one.role is Role.FROZEN}
    assert reasons == {"the model leaves it out of its trainable weights"}
    assert finding(report, "counts-disagree").severity == "warning"


def test_weights_that_only_the_model_itself_lists(keras):
    """They are counted as weights of the model, and those that it does not list are counted all the same."""

    class Listing(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(2)
            vars(self)["unseen"] = keras.Variable(keras.ops.ones((5,)), trainable=False, name="unseen")

        def call(self, x):
            return self.head(x)

        @property
        def weights(self):
            return [self.head.kernel, vars(self)["unseen"]]

    model = Listing()
    model(keras.ops.ones((1, 2)))
    report = count(model)
    assert report.total == 6 + 5
    assert roles(report)["(model)/unseen"] == (Role.STATE, "listed by the model itself")
    assert report.reconcile().ownerless == 5
    messages = [one.message for one in report.findings if one.id == "counts-disagree"]
    assert "lists 2 weight tensors, its layers hold 2; every tensor is counted" in messages[0]
