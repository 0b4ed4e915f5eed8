"""TensorFlow.js: layers models exactly, graph models by their constants, manifests by names and shapes."""

from __future__ import annotations

import json

import pytest

import paramcount
from oracle_frameworks import framework
from paramcount.errors import CorruptFile, UnsupportedFormat
from paramcount.model import Role
from paramcount.readers.tensorflow.tfjs import is_tfjs, read_tfjs
from paramcount.report import Report
from paramcount.sources.bytesource import MemoryBytes
from tensorflow_files import graph_model, json_node, layers_model, manifest, weight

UINT8 = {"dtype": "uint8", "scale": 0.1, "min": -1.0}
FLOAT16 = {"dtype": "float16", "original_dtype": "float32"}


def report(value):
    assert is_tfjs(value)
    data = json.dumps(value).encode()
    found = Report(read_tfjs(MemoryBytes(data, "model.json"), json.loads(data)))
    assert found.reconcile().holds
    return found


def findings(found):
    return {finding.id: finding for finding in found.findings}


def dense(name, units, **options):
    return {
        "class_name": "Dense",
        "config": {"name": name, "trainable": True, "units": units, "use_bias": True, **options},
    }


def normalization(name):
    return {"class_name": "BatchNormalization", "config": {"name": name, "trainable": True, "axis": [1]}}


def sequential(*layers, name="net", shape=(None, 8)):
    first, *rest = layers
    first = {**first, "config": {**first["config"], "batch_input_shape": list(shape)}}
    return {"class_name": "Sequential", "config": {"name": name, "layers": [first, *rest]}}


def weights_of_dense(scope, inputs, units, **more):
    return weight(f"{scope}/kernel", (inputs, units), **more), weight(f"{scope}/bias", (units,), **more)


def weights_of_normalization(scope, size):
    return [weight(f"{scope}/{name}", (size,)) for name in ("gamma", "beta", "moving_mean", "moving_variance")]


MLP = sequential(dense("dense", 16, trainable=False), normalization("bn"), dense("dense_1", 4))
MLP_WEIGHTS = (
    *weights_of_dense("dense", 8, 16), *weights_of_normalization("bn", 16), *weights_of_dense("dense_1", 16, 4),
)  # fmt: skip


class TestLayersModel:
    def test_a_layers_model_has_flags_formulas_and_reasons(self):
        found = report(layers_model(MLP, *MLP_WEIGHTS))

        assert (found.total, found.trainable, found.frozen, found.state) == (276, 100, 144, 32)
        assert [row.layer.class_name for row in found.rows(1)] == ["Dense", "BatchNormalization", "Dense"]
        assert found.formulas == (3, 3, False)
        assert found.source.format == "tfjs-layers"
        assert found.findings == ()

    def test_the_topology_may_be_the_config_itself(self):
        """So TensorFlow.js saves a model of its own; names have the scope of the layer."""
        value = layers_model(MLP, *MLP_WEIGHTS)
        value["modelTopology"] = {**MLP, "keras_version": "tfjs-layers 4.22.0", "backend": "tensor_flow.js"}

        assert (report(value).total, report(value).trainable) == (276, 100)
        assert report(value).source.framework_version == ""

    def test_the_topology_may_be_a_text(self):
        value = layers_model(MLP, *MLP_WEIGHTS)
        value["modelTopology"] = json.dumps(value["modelTopology"])

        assert report(value).total == 276

    def test_names_may_begin_with_the_model(self):
        renamed = [{**one, "name": f"net/{one['name']}"} for one in MLP_WEIGHTS]

        assert report(layers_model(MLP, *renamed)).trainable == 100

    def test_names_without_a_layer_are_given_by_their_order(self):
        renamed = [{**one, "name": f"w{index}"} for index, one in enumerate(MLP_WEIGHTS)]
        found = report(layers_model(MLP, *renamed))

        assert (found.total, found.trainable, found.state) == (276, 100, 32)

    def test_names_of_keras_1_join_layer_and_weight(self):
        config = sequential(dense("dense_1", 4), dense("dense_10", 2))
        names = [("dense_1_W", (8, 4)), ("dense_1_b", (4,)), ("dense_10_W", (4, 2)), ("dense_10_b", (2,))]
        found = report(layers_model(config, *[weight(name, shape) for name, shape in names]))

        assert [row.parameters for row in found.rows(1)] == [36, 10]

    def test_a_model_inside_is_found_by_the_names_of_its_layers(self):
        inner = sequential(dense("left", 4), dense("right", 2), name="inner")
        config = sequential(inner, dense("head", 1))
        config["config"]["layers"][0] = inner
        weights = [*weights_of_dense("left", 8, 4), *weights_of_dense("right", 4, 2), *weights_of_dense("head", 2, 1)]
        found = report(layers_model(config, *weights))

        assert [(row.layer.name, row.parameters) for row in found.rows(1)] == [("inner", 46), ("head", 3)]
        assert found.trainable == 49

    def test_weights_of_no_layer_are_the_models_own_and_undetermined(self):
        found = report(layers_model(MLP, *MLP_WEIGHTS, weight("elsewhere/scale", (3,))))

        assert (found.total, found.undetermined) == (279, 3)

    def test_quantized_weights_are_what_they_were(self):
        quantized = [{**one, "quantization": UINT8} for one in MLP_WEIGHTS]
        found = report(layers_model(MLP, *quantized))

        assert (found.total, found.trainable) == (276, 100)
        assert {variable.dtype for variable in found.variables()} == {"float32"}
        assert "8 tensors as uint8" in findings(found)["weights-quantized"].message
        plain = report(layers_model(MLP, *MLP_WEIGHTS)).source
        assert found.source.size_bytes - found.source.bytes_read < plain.size_bytes - plain.bytes_read

    @pytest.mark.parametrize("marked", [True, False])
    def test_weights_of_the_optimizer_are_no_parameters(self, marked):
        more = {"group": "optimizer"} if marked else {}
        slots = [weight("optimizer/" + one["name"], tuple(one["shape"]), **more) for one in MLP_WEIGHTS[:2]]
        found = report(layers_model(MLP, *MLP_WEIGHTS, *slots))

        assert (found.total, found.trainable) == (276, 100)
        assert {one.role for one in found.not_parameters} == {Role.OPTIMIZER}

    def test_a_config_without_a_manifest_is_counted_by_formulas(self):
        value = layers_model(MLP)
        del value["weightsManifest"]
        found = report(value)

        assert (found.total, found.trainable, found.source.derived) == (276, 100, True)

    def test_a_manifest_without_the_weights_of_a_layer_makes_it_unknown(self):
        found = report(layers_model(MLP, *MLP_WEIGHTS[:6]))

        assert found.lower_bound
        assert (found.total, findings(found)["not-built"].where) == (208, "dense_1")

    def test_shapes_that_the_config_does_not_make_are_reported(self):
        wrong = (*MLP_WEIGHTS[:6], *weights_of_dense("dense_1", 16, 5))

        assert "formula-disagrees" in findings(report(layers_model(MLP, *wrong)))


class TestGraphModel:
    NODES = (
        json_node("x", "Placeholder"), json_node("net/conv/ReadVariableOp", "Const"),
        json_node("net/conv/Conv2D", "_FusedConv2D", "x", "net/conv/ReadVariableOp", "net/conv/Conv2D_bn_offset"),
        json_node("net/conv/Conv2D_bn_offset", "Const"), json_node("net/flatten/Const", "Const"),
        json_node("net/flatten/Reshape", "Reshape", "net/conv/Conv2D", "net/flatten/Const"),
    )  # fmt: skip
    WEIGHTS = (
        weight("net/conv/ReadVariableOp", (3, 3, 3, 8)), weight("net/conv/Conv2D_bn_offset", (8,)),
        weight("net/flatten/Const", (2,), "int32"),
    )  # fmt: skip

    def test_constants_are_told_apart_by_who_takes_them(self):
        found = report(graph_model(list(self.NODES), *self.WEIGHTS))

        assert (found.total, found.undetermined, found.trainable) == (224, 224, 0)
        assert [(row.layer.name, row.layer.class_name) for row in found.rows(1)] == [("conv", "_FusedConv2D")]
        assert [(one.path, one.reason) for one in found.not_parameters] == [("net/flatten/Const", "shape of Reshape")]
        assert "1 read as variables are, 1 taken as weights" in findings(found)["constants-as-weights"].message

    def test_quantized_weights_are_what_they_were(self):
        quantized = [{**one, "quantization": FLOAT16} for one in self.WEIGHTS[:2]]
        found = report(graph_model(list(self.NODES), *quantized, self.WEIGHTS[2]))

        assert found.total == 224
        assert {variable.dtype for variable in found.variables()} == {"float32"}
        assert "2 tensors as float16" in findings(found)["weights-quantized"].message

    def test_a_weight_that_the_graph_does_not_have_is_judged_by_itself(self):
        found = report(
            graph_model(list(self.NODES), *self.WEIGHTS, weight("more", (5,)), weight("size", (2,), "int32"))
        )

        assert found.total == 229

    def test_constants_of_functions_may_have_their_name_in_front(self):
        body = {
            "signature": {"name": "body", "inputArg": [{"name": "w"}], "outputArg": [{"name": "w"}]},
            "nodeDef": [json_node("k", "Const"), json_node("m", "MatMul", "w", "k")], "ret": {"w": "w"},
        }  # fmt: skip
        nodes = [json_node("c", "Const"), json_node("loop", "While", "c", body="body")]
        value = graph_model(nodes, weight("c", (3, 3)), weight("body/k", (3, 3)), library={"function": [body]})
        found = report(value)

        assert found.total == 18
        assert {row.layer.class_name for row in found.rows(1)} == {"MatMul"}


class TestManifestAlone:
    def test_names_give_the_rows(self):
        found = report(
            manifest(weight("conv0/filters", (3, 3, 3, 8)), weight("conv0/bias", (8,)), weight("fc/w", (4,)))
        )

        assert (found.total, found.undetermined, found.source.format) == (228, 228, "tfjs-manifest")
        assert [(row.layer.name, row.parameters) for row in found.rows(1)] == [("conv0", 224), ("fc", 4)]
        assert "manifest-alone" in findings(found)

    def test_whole_numbers_and_scalars_are_no_weights(self):
        found = report(manifest(weight("a/w", (3,)), weight("a/shape", (2,), "int32"), weight("a/epsilon", ())))

        assert (found.total, found.model.stored) == (3, (6, 3))

    def test_a_model_without_a_topology_is_a_manifest(self):
        assert report({"weightsManifest": manifest(weight("w", (3,)))}).total == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (layers_model(MLP), True),
        (manifest(weight("w", (1,))), True),
        ({"weightsManifest": manifest()}, True),
        ({"class_name": "Sequential", "config": {}}, False),
        ({"modelTopology": None}, False),
        ({"metadata": {}, "weight_map": {}}, False),
        ([], False),
        ([1], False),
        ([{"weights": 1}], False),
        ("text", False),
    ],
)
def test_models_of_tensorflow_js_are_known_by_their_keys(value, expected):
    assert is_tfjs(value) is expected


def test_a_topology_of_another_kind_is_refused():
    with pytest.raises(UnsupportedFormat, match="neither a config of Keras nor a graph"):
        report({"modelTopology": {"layers": 1}})


def test_two_weights_of_one_name_are_refused():
    with pytest.raises(CorruptFile, match="one name"):
        report(manifest(weight("w", (1,)), weight("w", (2,))))


def test_files_are_found_out_by_content(tmp_path):
    for name, value in (("model.json", layers_model(MLP, *MLP_WEIGHTS)), ("manifest.json", manifest(*MLP_WEIGHTS))):
        path = tmp_path / name
        path.write_text(json.dumps(value, indent=1))
        found = paramcount.count(path)

        assert found.total == 276
        assert found.source.size_bytes > 276 * 4


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["keras", "tf_keras"])
def test_a_model_of_keras_in_the_form_of_the_converter(name):
    """The converter is not installed here: the weights get the names that it takes from an HDF5 file."""
    keras = framework(name) or pytest.skip(f"{name} is not installed")
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, name="conv", trainable=False)(image)
    x = layers.BatchNormalization(name="bn")(x)
    inner = keras.Sequential([keras.Input((6, 6, 4)), layers.SeparableConv2D(5, 3, name="sep")], name="inner")
    x = layers.Flatten(name="flat")(inner(x))
    x = layers.Reshape((16, 5), name="steps")(x)
    x = layers.Bidirectional(layers.LSTM(3, name="lstm"), name="both")(x)
    model = keras.Model(image, layers.Dense(2, name="head")(x), name="zoo")
    entries = []
    for layer in model.layers:
        for index, one in enumerate(layer.weights):
            path = one.name.partition(":")[0] if name == "tf_keras" else one.path
            own = path if f"{layer.name}/" in path or layer is inner else f"{layer.name}/{path}"
            entries.append(
                weight(own if own not in [e["name"] for e in entries] else f"{own}_{index}", tuple(one.shape))
            )
    config = json.loads(model.to_json())
    found = report(layers_model(config, *entries, version=keras.__version__))
    trainable = sum(_size(one) for one in model.trainable_weights)

    assert (found.total, found.trainable) == (model.count_params(), trainable)
    assert found.formulas.agreeing == found.formulas.layers


def _size(one):
    total = 1
    for size in one.shape:
        total *= size
    return total
