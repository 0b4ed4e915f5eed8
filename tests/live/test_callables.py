"""Models that a callable makes: found by name, called without memory for weights, counted as if it had been."""

import importlib
import itertools
import json
import os
import subprocess
import sys

import pytest

from paramcount import count
from paramcount.errors import CallableFailed, CannotBuild, SourceMissing, UsageError
from paramcount.live.arguments import parse_arguments
from paramcount.live.callables import inspect_callable
from paramcount.report import Report

NUMBER = itertools.count()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module into the current directory and gives its name, a new one each time."""
    monkeypatch.chdir(tmp_path)

    def write(text, name=None):
        name = name or f"user_module_{next(NUMBER)}"
        path = tmp_path / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return name

    before = set(sys.modules)
    yield write
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def counted(target, shape=None, **arguments):
    return Report(inspect_callable(target, arguments, shape))


def refusal(target, **arguments):
    with pytest.raises(CallableFailed) as caught:
        inspect_callable(target, arguments)
    return caught.value


# Arguments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("-1", -1),
        ("1e-3", 0.001),
        ("(28, 28, 3)", (28, 28, 3)),
        ("[1, (None, 2)]", [1, (None, 2)]),
        ("{'a': 1}", {"a": 1}),
        ("None", None),
        ("null", None),
        ("True", True),
        ("true", True),
        ("false", False),
        ("'false'", "false"),
        ("'@x'", "@x"),
        ("relu", "relu"),
        ("a=b", "a=b"),
        ("", ""),
        ("1or2", "1or2"),
        ("os.getcwd()", "os.getcwd()"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_value_is_a_literal_or_else_text_and_never_evaluated(text, value):
    found = parse_arguments([f"name={text}"])["name"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("text", ["(4,", "[1", "{'a'", "'x", '"x', "(os.getcwd(),)", "[" * 5000])
def test_what_opens_a_literal_and_is_none_is_refused(text):
    with pytest.raises(UsageError, match="`units`"):
        parse_arguments([f"units={text}"])


@pytest.mark.parametrize("text", ["4", "=4", "a-b=4", "a.b=4", ""])
def test_an_argument_needs_a_name(text):
    with pytest.raises(UsageError, match="no name"):
        parse_arguments([text])


def test_values_and_all_arguments_come_from_json_files(tmp_path):
    file = tmp_path / "config.json"
    file.write_text('\ufeff{"layers": 2, "shape": [1, null]}', encoding="utf-8")
    assert parse_arguments([f"config=@{file}"]) == {"config": {"layers": 2, "shape": [1, None]}}
    assert parse_arguments([f"@{file}", "layers=3", "other=x"]) == {"layers": 3, "shape": [1, None], "other": "x"}
    assert parse_arguments(["layers=3", f"@{file}"])["layers"] == 2


def test_the_config_of_what_keras_serialized_are_the_arguments(tmp_path):
    file = tmp_path / "config.json"
    stored = {"module": "m", "class_name": "C", "config": {"units": 2}, "registered_name": "C"}
    file.write_text(json.dumps(stored))
    assert parse_arguments([f"@{file}"]) == {"units": 2}
    assert parse_arguments([f"config=@{file}"]) == {"config": stored}


@pytest.mark.parametrize("text", ["[1]", "no json", "[" * 100_000, '{"a": 1', b"\xff\xfe\x00"])
def test_a_file_that_holds_no_arguments_is_refused(text, tmp_path):
    file = tmp_path / "config.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        parse_arguments([f"@{file}"])
    assert str(file) in str(caught.value)


def test_a_file_of_arguments_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceMissing, match=r"nothing\.json"):
        parse_arguments([f"config=@{tmp_path / 'nothing.json'}"])


# Names, and errors of the user's code; no framework is needed


@pytest.mark.parametrize("name", ["", "a", "a:", ":b", "a-b:c", "a:b()", "..a:b", "C:\\x.keras", "hf://a/b"])
def test_what_has_not_the_form_of_a_callable_is_refused(name):
    with pytest.raises(UsageError, match="expected `package"):
        inspect_callable(name, {})


def test_a_missing_module_is_named_with_what_may_have_been_meant(module):
    module("", "transformers_of_mine")
    module("", "kit/__init__")
    module("", "kit/models")
    assert "Did you mean `transformers_of_mine`?" in str(refusal("transformer_of_mine:build"))
    assert "no module `kit.model`. Did you mean `models`?" in str(refusal("kit.model:build"))
    assert "no module `wholly_unlike_anything`. Modules are looked for" in str(refusal("wholly_unlike_anything:x"))
    assert "Name the module and not its file: `transformers_of_mine`" in str(refusal("transformers_of_mine.py:x"))


def test_a_missing_name_is_named_with_what_may_have_been_meant(module):
    name = module("class Models:\n    build_small = None\n_hidden = 1\n")
    assert f"`{name}` has no `models`. Did you mean `Models`?" in str(refusal(f"{name}:models"))
    assert f"`{name}:Models` has no `build_smal`. Did you mean `build_small`?" in str(
        refusal(f"{name}:Models.build_smal")
    )
    assert "_hidden" not in str(refusal(f"{name}:hidden"))


def test_arguments_that_are_not_taken_are_refused_before_anything_runs(module):
    name = module(
        "ran = []\n"
        "def build(units, *, depth=2):\n    ran.append(1)\n"
        "class Net:\n"
        "    def __new__(cls, *args, **options): ran.append(1)\n"
        "    def __init__(self, width): ran.append(1)\n"
    )
    for target, given, said in [
        ("build", {}, "missing a required argument: 'units'. It takes (units, *, depth=2)"),
        ("build", {"units": 1, "dept": 2}, "unexpected keyword argument 'dept'. Did you mean `depth`?"),
        ("Net", {"height": 1}, "It takes (width)"),
    ]:
        with pytest.raises(UsageError) as caught:
            inspect_callable(f"{name}:{target}", given)
        assert said in str(caught.value)
    assert importlib.import_module(name).ran == []


def test_an_error_of_the_code_is_told_in_one_line_with_the_place_in_the_users_code(module):
    name = module(
        "import json\n"
        "def build():\n    return inner()\n"
        "def inner():\n    raise ValueError('units must be positive\\nmore')\n"
        "def in_a_library():\n    return json.loads('{')\n"
        "def leaves():\n    raise SystemExit('bye')\n"
        "def recursive():\n    return recursive()\n"
        "def lacks():\n    import a_package_that_is_not_there\n"
    )
    raised = refusal(f"{name}:build")
    assert str(raised).startswith(f"{name}.py:5: `{name}:build` raised ValueError: units must be positive.")
    assert isinstance(raised.__cause__, ValueError)
    assert str(refusal(f"{name}:in_a_library")).startswith(
        f"{name}.py:7: `{name}:in_a_library` raised JSONDecodeError:"
    )
    assert f"`{name}:leaves` ended the program with 'bye'" in str(refusal(f"{name}:leaves"))
    assert "RecursionError" in str(refusal(f"{name}:recursive"))
    assert "ModuleNotFoundError: No module named 'a_package_that_is_not_there'" in str(refusal(f"{name}:lacks"))


def test_an_error_of_the_import_is_told_with_its_place(module):
    for text, place, said in [
        ("x = 1 +\n", 1, "raised SyntaxError: invalid syntax"),
        ("\nimport a_package_that_is_not_there\n", 2, "No module named 'a_package_that_is_not_there'"),
        ("\n\n1 / 0\n", 3, "raised ZeroDivisionError: division by zero"),
    ]:
        name = module(text)
        error = str(refusal(f"{name}:build"))
        assert error.startswith(f"{name}.py:{place}: importing `{name}` ")
        assert said in error


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def build(): pass", "returned no Keras model or layer. Found None"),
        ("def build(): return {}, 3", "returned no Keras model or layer. Found a tuple of dict, int"),
        ("class build: pass", "returned no Keras model or layer. Found an object of class build"),
        ("build = 3", "neither a Keras model nor a function"),
    ],
)
def test_what_is_no_model_is_told_by_its_type(text, found, module):
    assert found in str(refusal(f"{module(text)}:build"))


def test_the_current_directory_is_importable_during_the_call_and_not_afterwards(module):
    helper = module("def get(): return 3")
    name = module(f"def build():\n    import {helper}\n    return {helper}.get()\n")
    before = list(sys.path), list(sys.meta_path)
    assert "an object of class int" in str(refusal(f"{name}:build"))
    assert (sys.path, sys.meta_path) == before


def test_what_the_code_prints_does_not_mix_with_the_report(module, capsys):
    name = module("print('imported')\ndef build(): print('called')\n")
    refusal(f"{name}:build")
    assert capsys.readouterr() == ("", "imported\ncalled\n")


# Keras 3 and tf_keras

MODELS = """
import {framework} as keras
import numpy as np

layers = keras.layers


def plain(units=4, inputs=3):
    rest = [layers.BatchNormalization(), layers.Dropout(0.1)]
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(units), *rest])


def functional():
    x = keras.Input((5, 3))
    y = layers.Bidirectional(layers.LSTM(4, dropout=0.2))(layers.MultiHeadAttention(2, 3)(x, x))
    return keras.Model(x, layers.Dense(2)(y))


def compiled():
    model = plain()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.9), "mse",
                  metrics=["accuracy"])
    return model


def cleared():
    keras.backend.clear_session()
    return plain()


def frozen():
    model = plain()
    model.layers[0].trainable = False
    return model


def loaded():
    model = plain()
    model.set_weights(plain().get_weights())
    return model


def cloned():
    return keras.models.clone_model(plain())


def adapted():
    normalization = layers.Normalization()
    normalization.adapt(np.random.rand(10, 3).astype("float32"))
    return keras.Sequential([keras.Input((3,)), normalization, layers.Dense(2)])


class Own(keras.Model):
    def __init__(self, width=8):
        super().__init__()
        self.first, self.second = layers.Dense(width), layers.Dense(2)

    def call(self, x):
        return self.second(self.first(x))


def called():
    model = Own()
    model(np.ones((2, 3), "float32"))
    return model


def predicted():
    model = plain()
    model.predict(np.ones((2, 3), "float32"), verbose=0)
    return model


def one_layer():
    layer = layers.Dense(4)
    layer.build((None, 3))
    return layer


def wrong():
    return plain(units=-1)


here = plain()
"""
FUNCTIONS = "plain functional compiled cleared frozen loaded cloned adapted called predicted one_layer".split()


@pytest.fixture
def models(either, module):
    """The name of a module that makes models with either framework."""
    return module(MODELS.format(framework=either.__name__))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_counts_are_those_of_the_model_called_as_usual(function, models):
    report = counted(f"{models}:{function}")
    usual = count(getattr(importlib.import_module(models), function)())
    assert report.totals == usual.totals
    assert report.total > 0
    assert not report.lower_bound
    assert report.findings == usual.findings
    assert report.model.source.path == f"{models}:{function}"


def test_arguments_reach_functions_and_constructors(models, either):
    assert counted(f"{models}:plain", units=7, inputs=5).trainable == 6 * 7 + 2 * 7
    assert counted(f"{models}:Own", (3,), width=5).total == 4 * 5 + 6 * 2
    assert counted(f"{either.__name__}.layers:Dense", (3,), units=2).total == 8
    assert counted(importlib.import_module(models).plain, units=7).total == 4 * 7 + 4 * 7


def test_a_model_that_is_not_built_is_never_counted_as_nothing(models):
    report = counted(f"{models}:Own")
    assert report.lower_bound
    with pytest.raises(CannotBuild):
        counted(f"{models}:Own", (3, None, None))


def test_a_model_in_the_module_is_counted_as_it_is(models):
    assert counted(f"{models}:here").total == 32
    with pytest.raises(UsageError, match="is a model and not a function"):
        counted(f"{models}:here", units=3)


def test_an_error_of_the_framework_has_the_place_in_the_users_code(models):
    error = str(refusal(f"{models}:wrong"))
    assert error.startswith(f"{models}.py:")
    assert "-1" in error


@pytest.mark.parametrize("function", ["compiled", "cleared", "wrong", "predicted"])
def test_everything_is_as_usual_afterwards(function, models, either):
    """Also after an error and a cleared session: models get weights again, and no hook is left."""
    before = list(sys.meta_path)
    try:
        counted(f"{models}:{function}")
    except CallableFailed:
        assert function == "wrong"
    assert sys.meta_path == before
    # The large kernel is one that would have got no memory.
    model = either.Sequential([either.Input((300,)), either.layers.Dense(300)])
    model.compile("sgd", "mse")
    assert model.get_weights()[0].any()
    if os.environ.get("KERAS_BACKEND") != "numpy":  # Keras does not train there.
        ones = sys.modules["numpy"].ones((2, 300), "float32")
        model.fit(ones, ones, verbose=0)


def test_small_values_that_the_code_sets_can_be_read_again(models, keras, module):
    """A counter that is stepped until it has a value must not run for ever."""
    name = module(
        "import keras\n"
        "def build():\n"
        "    counter = keras.Variable('zeros', shape=(), dtype='int32')\n"
        "    steps = 0\n"
        "    while int(counter.value) < 3 and steps < 10:\n"
        "        counter.assign(int(counter.value) + 1)\n"
        "        steps += 1\n"
        "    return keras.Sequential([keras.Input((steps,)), keras.layers.Dense(1)])\n"
    )
    assert counted(f"{name}:build").total == 4


def test_a_variable_never_has_the_value_of_one_that_is_gone(keras, module):
    """Keras's scope knows variables by their ids, and an id is free again once the session is cleared."""
    name = module(
        "import keras\n"
        "def build():\n"
        "    for number in range(12):\n"
        "        variable = keras.Variable('zeros', shape=(number + 1,))\n"
        "        assert not keras.ops.convert_to_numpy(variable.value).any(), number\n"
        "        variable.assign(keras.ops.ones((number + 1,)))\n"
        "        del variable\n"
        "        keras.utils.clear_session()\n"
        "    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
    )
    assert counted(f"{name}:build").total == 4


# Memory

LARGE = """
def make():
    import {framework} as keras
    keras.backend.clear_session()
    layers = [keras.layers.Dense(size) for size in (16384, 4096) * 5]
    model = keras.Sequential([keras.Input((4096,)), *layers, keras.layers.Dense(14576)])
    model.compile("adam", "mse")
    return model

class Large:
    model = make()
"""
SCRIPT = """
import resource, sys
from paramcount.live.callables import inspect_callable
from paramcount.report import Report
assert not {"keras", "tf_keras", "tensorflow"} & set(sys.modules)
totals = [Report(inspect_callable(name, {})).total for name in ("large:Large.model", "large:make")]
print(*totals, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
TOTAL = 5 * (4096 * 16384 + 16384 + 16384 * 4096 + 4096) + 4097 * 14576


@pytest.mark.parametrize("framework", ["keras", "tf_keras"])
def test_two_models_of_700_million_parameters_take_no_memory(framework, module, tmp_path):
    """Each is 2.9 GB; what the process takes in all is mostly TensorFlow.

    One is made while the module is imported, the other by a function; the framework is imported by neither before.
    """
    pytest.importorskip(framework)
    module(LARGE.format(framework=framework), "large")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        check=False, capture_output=True, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second, megabytes = map(int, done.stdout.split())
    assert first == second == TOTAL
    assert megabytes < 2000


BACKEND = """
import sys, keras, paramcount
from paramcount.live.callables import inspect_callable
from paramcount.report import Report
assert keras.backend.backend() == sys.argv[1]
for name in ("plain", "functional", "compiled", "cleared", "frozen", "loaded", "adapted", "called", "predicted"):
    report = Report(inspect_callable("user:" + name, {}))
    usual = paramcount.count(getattr(sys.modules["user"], name)())
    assert report.totals == usual.totals and report.total and not report.lower_bound, name
assert Report(inspect_callable("user:plain", {"units": 30000, "inputs": 30000})).total == 30001 * 30000 + 4 * 30000
assert "tensorflow" not in sys.modules
print("counted")
"""


@pytest.mark.parametrize("backend", ["jax", "numpy", "torch"])
def test_every_backend_of_keras_counts_alike(backend, module, tmp_path):
    for needed in ("keras", *{"numpy": ("numpy", "scipy")}.get(backend, (backend,))):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    module(MODELS.format(framework="keras"), "user")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BACKEND, backend],
        check=False, capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.stdout.strip().endswith("counted"), done.stderr[-3000:]


HUB = [
    (
        "Llama3Backbone",
        {"vocabulary_size": 128256, "num_layers": 80, "num_query_heads": 64, "num_key_value_heads": 8}
        | {"hidden_dim": 8192, "intermediate_dim": 28672},
        70_553_706_496,
    ),
    (
        "GemmaBackbone",
        {"vocabulary_size": 256000, "num_layers": 28, "num_query_heads": 16, "num_key_value_heads": 16}
        | {"hidden_dim": 3072, "intermediate_dim": 49152, "head_dim": 256},
        8_537_680_896,
    ),
    (
        "BertBackbone",
        {"vocabulary_size": 30522, "num_layers": 12, "num_heads": 12, "hidden_dim": 768, "intermediate_dim": 3072},
        109_482_240,
    ),
]


@pytest.mark.parametrize(("name", "config", "total"), HUB)
def test_backbones_of_keras_hub_are_counted_from_their_configs(name, config, total, keras, tmp_path):
    """The totals are those of the models built as published, 282 GB of them."""
    pytest.importorskip("keras_hub")
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"class_name": name, "config": config}))
    assert counted(f"keras_hub.models:{name}", **parse_arguments([f"@{file}"])).total == total
