"""What ``tf.saved_model.load`` returns: each variable once, whatever the obvious attribute says."""

import pytest

from live.helpers import finding, roles
from live.standins import around, loaded, quiet, reusable, saved, tensorflow_1, text_embedding
from paramcount import count
from paramcount.live.trackables import size
from paramcount.model import Role

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def mobilenet(tf_keras):
    """MobileNetV2 with alpha 0.35."""
    return tf_keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, pooling="avg", weights=None)


@pytest.fixture(scope="module")
def mobilenet_at(tf, mobilenet, tmp_path_factory):
    """The same as a reusable SavedModel."""
    return saved(tf, reusable(tf, mobilenet, (96, 96, 3)), tmp_path_factory.mktemp("hub") / "mobilenet")


def sums(report):
    """The proofs that every report has to bear, and its total."""
    assert report.reconcile().holds
    assert not report.lower_bound
    return report.total, report.trainable


def test_a_text_embedding_without_lists(tf, tmp_path):
    """Neither `variables` nor `trainable_variables` is there; the table beside the embedding is no parameter."""
    module = text_embedding(tf)
    for one in (module, loaded(tf, saved(tf, module, tmp_path / "text"))):
        report = count(one)
        assert sums(report) == (500_000, 500_000) == (size(module.variables), size(module.trainable_variables))
        assert report.tensors == 3
    assert not hasattr(one, "variables")
    assert "500,000 parameters in 3 variables" in finding(report, "variables-attribute-differs").message
    assert "loaded SavedModel" in report.source.title


def test_a_reusable_saved_model(tf, mobilenet, mobilenet_at):
    """The lists are right, and a walk over the objects would count the save counter too."""
    report = count(loaded(tf, mobilenet_at))
    truth = size(mobilenet.variables), size(mobilenet.trainable_variables)
    assert sums(report) == truth == (410_208, 396_128)
    assert report.findings == ()
    assert [(one.name, one.role) for one in report.not_parameters] == [("save_counter", Role.COUNTER)]


def test_a_frozen_layer_that_only_the_list_knows(tf, tf_keras, tmp_path):
    """Every variable says that it trains; the lists with which it was saved do not."""
    base = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(4)], name="base")
    model = tf_keras.Sequential([tf_keras.Input((3,)), base, tf_keras.layers.Dense(2)])
    base.trainable = False
    for number, one in enumerate((model, reusable(tf, model, (3,)))):
        found = loaded(tf, saved(tf, one, tmp_path / str(number)))
        assert all(variable.trainable for variable in found.variables)
        report = count(found)
        assert sums(report) == (26, 10)
        assert {reason for role, reason in roles(report).values() if role is Role.FROZEN} == {
            "left out of the `trainable_variables` of the object itself"
        }


def test_a_module_around_a_loaded_one(tf, mobilenet, mobilenet_at, tmp_path):
    """`variables` of the module that is saved has its head alone; the alias is no second model."""
    inner = loaded(tf, mobilenet_at)
    module = around(tf, inner, 1280)
    assert size(module.variables) == 8_960
    report = count(module)
    assert (
        sums(report)
        == (419_168, 405_088)
        == (size(mobilenet.variables) + 8_960, size(mobilenet.trainable_variables) + 8_960)
    )
    found = finding(report, "variables-attribute-differs")
    assert found.severity == "warning"
    assert "lists 8,960 values in 1 variable, and leaves out 410,208 parameters of 419,168" in found.message
    again = count(loaded(tf, saved(tf, module, tmp_path / "around")))
    assert sums(again) == (419_168, 405_088)
    assert [row.layer.name for row in again.rows(depth=1)] == ["inner"]


@pytest.mark.parametrize("parts", [0, 4])
@pytest.mark.parametrize("resources", [False, True])
def test_modules_of_tensorflow_1(tf, tmp_path, resources, parts):
    """Reference variables are in the graph alone; a variable that is used twice is one; the step is a counter."""
    path = tensorflow_1(tf, tmp_path / "module", resources=resources, parts=parts)
    for tags in ([], ["train"]):
        found = loaded(tf, path, tags)
        report = count(found)
        assert sums(report) == (2_112, 2_080)
        assert report.tensors == (16 if parts else 4)
        assert [(one.name, one.role) for one in report.not_parameters] == [("global_step", Role.COUNTER)]
        assert ("module/w/part_0" in roles(report)) == bool(parts)
        listed = size(found.variables)
        assert listed == (2_113 if resources else 1)
        message = finding(report, "variables-attribute-differs").message
        assert ("2,113 values" if resources else "reference variables") in message
        assert count(found.signatures["default"]).total == 2_112


def test_slots_of_optimizers_of_tensorflow_1(tf, tmp_path):
    """Only their names tell them from weights."""
    v1 = tf.compat.v1
    with quiet(), tf.Graph().as_default(), v1.Session() as session:
        inputs = v1.placeholder(tf.float32, [None, 3])
        weight = v1.get_variable("net/w", [3, 2], use_resource=True)
        v1.train.AdamOptimizer().minimize(tf.reduce_sum(inputs @ weight))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(tmp_path / "it"))
        builder.add_meta_graph_and_variables(session, ["serve"])
        builder.save()
    report = count(loaded(tf, tmp_path / "it"))
    assert sums(report) == (6, 6)
    slots = [one.path.rpartition("/")[2] for one in report.not_parameters if one.role is Role.OPTIMIZER]
    assert sorted(slots) == ["Adam", "Adam_1", "beta1_power", "beta2_power"]


@pytest.mark.parametrize("frozen", [False, True])
def test_an_export_of_keras_3_holds_everything_twice(keras, tf, tmp_path, frozen):
    """The second copies are other variables, so that only their names and shapes prove what they are."""
    layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])
    layers[0].trainable = not frozen
    with quiet():
        model.export(str(tmp_path / "export"), verbose=False)
    found = loaded(tf, tmp_path / "export")
    report = count(found)
    assert sums(report) == (model.count_params(), size(model.trainable_weights)) == (35, 14 if frozen else 29)
    assert len({id(one) for one in [*found.variables, *found._all_variables]}) == 17
    assert "8 variables with 35 values" in finding(report, "export-doubles-variables").message
    assert [one.role for one in report.not_parameters] == [Role.RNG]


def test_a_compiled_model_of_keras_3_that_tensorflow_saved(keras, tf, tmp_path):
    """Its optimizer lists the weights as well as its own variables; they stay what they are."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    report = count(loaded(tf, saved(tf, model, tmp_path / "model")))
    assert sums(report) == (23, 23)
    assert size(model.optimizer.variables) == sum(one.parameters for one in report.not_parameters)
    assert {one.role for one in report.not_parameters} == {Role.OPTIMIZER}


def test_a_trained_model_of_tf_keras(tf, tf_keras, tmp_path):
    """Slots and the state of metrics are saved with it, and are none of its parameters."""
    model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2), tf_keras.layers.BatchNormalization()])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(tf.ones((2, 3)), tf.ones((2, 2)), verbose=0)
    report = count(loaded(tf, saved(tf, model, tmp_path / "model")))
    assert sums(report) == (model.count_params(), size(model.trainable_weights)) == (16, 12)
    assert {one.role for one in report.not_parameters} <= {Role.OPTIMIZER, Role.METRIC, Role.COUNTER}


def test_a_saved_model_without_variables(tf, tmp_path):
    """What were weights are constants now: their number is not known to be a number of parameters."""
    module = tf.Module()
    constant = tf.ones((6, 7))
    module.call = tf.function(lambda inputs: inputs @ constant, input_signature=[tf.TensorSpec([None, 6])])
    report = count(loaded(tf, saved(tf, module, tmp_path / "it")))
    assert (report.total, report.lower_bound) == (None, True)
    assert "holds no variables" in finding(report, "no-variables").message
