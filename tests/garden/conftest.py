"""A small stand-in for the Model Garden package, written where a test wants it: its tables, settings and tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

EXP_FACTORY = """
_REGISTERED_CONFIGS = {}

def register_config_factory(name):
    def register(make):
        *above, last = name.split("/")
        table = _REGISTERED_CONFIGS
        for part in above:
            table = table.setdefault(part, {})
        table[last] = make
        return make
    return register
"""

TASK_FACTORY = """
_TASKS = {}

def register_task_cls(config_class):
    def register(task):
        _TASKS[config_class] = task
        return task
    return register

def get_task(config):
    if type(config) not in _TASKS:
        raise LookupError(f"registration key {type(config)} is never registered.")
    return _TASKS[type(config)](config)
"""

CONFIG = """
class Config:
    def __init__(self, **values):
        self.__dict__.update(values)

    def as_dict(self):
        return {k: v.as_dict() if isinstance(v, Config) else v for k, v in self.__dict__.items()}

    def override(self, values, is_strict=True):
        for key, value in values.items():
            if is_strict and key not in self.__dict__:
                raise KeyError(key)
            if isinstance(value, dict) and isinstance(self.__dict__[key], Config):
                self.__dict__[key].override(value, is_strict)
            else:
                if key == "units" and value < 0:
                    raise ValueError("units must not be negative")
                self.__dict__[key] = value

    def replace(self, **values):
        return type(self)(**{**self.__dict__, **values})

class OneOfConfig(Config):
    def as_dict(self):
        return {"type": self.type, self.type: self.__dict__[self.type].as_dict()}
"""

PARAMS_DICT = """
import re

class _LOADER:
    yaml_implicit_resolvers = {}

def nested_csv_str_to_json_str(text):
    entries = re.findall(r"([a-zA-Z][\\w.]*)=(\\[[^]]*\\]|[^,\\[]*)(?:$|,)", text)
    if not entries or "".join(f"{name}={value}," for name, value in entries).strip(",") != text.strip(","):
        raise ValueError(text)
    parts = []
    for name, value in entries:
        keys = name.split(".")
        parts.append("{" + ": {".join(keys) + ": " + value + "}" * len(keys))
    if len(parts) > 1:
        raise ValueError("this stand-in takes one at a time")
    return parts[0]
"""

YAML = """
import json, re

class YAMLError(Exception):
    pass

class SafeLoader:
    yaml_implicit_resolvers = {}

def load(text, Loader):
    assert issubclass(Loader, SafeLoader)
    quoted = re.sub(r"[A-Za-z_]\\w*(?![\\w\\"])", lambda word: f'"{word[0]}"', text)
    try:
        return json.loads(quoted)
    except ValueError as error:
        raise YAMLError(str(error)) from None
"""

EXPERIMENTS = """
from official.core import exp_factory, task_factory
from official.modeling.config import Config, OneOfConfig
from official.projects.broken.config import NoTask

class TaskConfig(Config):
    pass

class LostTask(Config):
    pass

def registered(name, kind, **values):
    @exp_factory.register_config_factory(name)
    def make():
        backbone = OneOfConfig(type="dense", dense=Config(units=3), conv=Config(filters=2))
        model = Config(input_size=values.get("input_size", [4]), backbone=backbone)
        data = Config(input_path="never/read*", tfds_name="never_fetched")
        freeze = values.get("freeze", False)
        task = values.get("task", TaskConfig)(kind=kind, model=model, train_data=data, freeze=freeze)
        return Config(task=task, trainer=Config(steps=1))

registered("small", "graph")
registered("small_models/frozen", "graph", freeze=True)
registered("lazy", "lazy")
registered("like_data", "like_data", input_size=None)
registered("uncallable", "uncallable")
registered("in_training", "in_training")
registered("boxes", "boxes")
registered("unused", "unused")
registered("nested", "nested", input_size=[8, 8, 3])
registered("branches", "branches")
registered("sampler", "sampler")
registered("needs_values", "needs_values")
registered("never", "never")
registered("no_model", "no_model")
registered("prints", "prints")
registered("dies", "dies")
registered("no_task", "graph", task=NoTask)
registered("lost_task", "graph", task=LostTask)

@exp_factory.register_config_factory("no_config")
def no_config():
    raise TypeError("a field has no default")

@task_factory.register_task_cls(TaskConfig)
class Task:
    def __init__(self, config):
        self.task_config = config

    def build_model(self):
        from official import models
        model = getattr(models, self.task_config.kind)(self.task_config)
        if self.task_config.freeze:
            model.layers[1].trainable = False
        return model

    def build_inputs(self, data):
        assert (data.input_path, data.tfds_name) == ("dummy", "")
        import tensorflow as tf
        features = {"words": tf.zeros([2, 5], tf.int32), "mask": tf.zeros([2, 5])}
        return tf.data.Dataset.from_tensors((features, tf.zeros([2])))
"""

MODELS = """
import os
import tensorflow as tf
import tf_keras

Layer, Dense = tf_keras.layers.Layer, tf_keras.layers.Dense

def graph(config):
    inputs = tf_keras.Input(config.model.input_size)
    units = config.model.backbone.dense.units
    return tf_keras.Sequential([inputs, Dense(units, name="first"), Dense(2, name="second")])

class Late(Layer):
    def call(self, inputs):
        if not hasattr(self, "late"):
            self.late = Dense(5)
        return self.late(inputs)

class Lazy(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.ready = Dense(3)
        self.ready.build((None, 4))
        self.later = Late()

    def call(self, inputs, training=None):
        return self.later(self.ready(inputs))

class LikeData(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = tf_keras.layers.Embedding(11, 3)

    def call(self, inputs):
        return self.embed(inputs["words"])

class Uncallable(Lazy):
    def call(self, inputs, training=None):
        raise ValueError("wants what nobody gives")

class InTraining(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.always, self.helper = Dense(3), Dense(7)

    def call(self, inputs, training=None):
        outputs = self.always(inputs)
        return (outputs, self.helper(inputs)) if training else outputs

class Boxes(Layer):
    def __call__(self, inputs):
        return inputs + 1.0

class WithBoxes(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.head, self.boxes = Dense(3), Boxes()

    def call(self, inputs):
        return self.boxes(self.head(inputs))

class Unused(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.used, self.spare = Dense(3), Dense(9)

    def call(self, inputs):
        return self.used(inputs)

class Nested(tf_keras.Model):
    def __init__(self):
        super().__init__()
        inputs = tf_keras.Input([8, 8, 3])
        first = tf_keras.layers.Conv2D(4, 3)(inputs)
        self.backbone = tf_keras.Model(inputs, {"1": first, "2": tf_keras.layers.Conv2D(5, 3)(first)})
        self.head = Late()

    def call(self, inputs, training=None):
        features = self.backbone(inputs)
        assert (features["1"].shape[1:], features["2"].shape[1:]) == ((6, 6, 4), (4, 4, 5))
        return self.head(features["2"])

class Branching(Layer):
    def call(self, inputs):
        if not hasattr(self, "inner"):
            self.inner = Dense(6)
        if tf.reduce_sum(inputs) > 0:
            inputs = inputs + 1.0
        return self.inner(inputs)

class Branches(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.first = Branching()

    def call(self, inputs):
        return self.first(inputs)

class DetectionGenerator(Layer):
    def __call__(self, inputs):
        raise AssertionError("takes a minute")

class Sampler(tf_keras.Model):
    def __init__(self):
        super().__init__()
        self.head, self.generator = Dense(3), DetectionGenerator()

    def call(self, inputs, training=None):
        outputs = self.head(inputs)
        return outputs if training else self.generator(outputs)

def needs_values(config):
    model = tf_keras.Sequential([tf_keras.Input([200]), Dense(100)])
    model.layers[0].kernel.assign_add(tf.ones([200, 100]))
    return model

def never(config):
    raise ValueError("boxes are missing")

def no_model(config):
    return object()

def prints(config):
    print("on standard output")
    os.write(1, b"straight to the descriptor")
    return graph(config)

def dies(config):
    os._exit(7)

lazy, like_data, uncallable = (lambda c: Lazy()), (lambda c: LikeData()), (lambda c: Uncallable())
nested, branches, sampler = (lambda c: Nested()), (lambda c: Branches()), (lambda c: Sampler())
in_training, boxes, unused = (lambda c: InTraining()), (lambda c: WithBoxes()), (lambda c: Unused())
"""

BROKEN = """
from official.core import exp_factory, task_factory
from official.projects.broken.config import NoTask

import a_module_that_nobody_has

@exp_factory.register_config_factory("from_a_broken_module")
def broken():
    return None

@task_factory.register_task_cls(NoTask)
class Task:
    pass
"""

NO_TASK = """
from official.modeling.config import Config

class NoTask(Config):
    pass
"""

FILES = {
    "yaml.py": YAML,
    "official/__init__.py": "",
    "official/core/__init__.py": "",
    "official/core/exp_factory.py": EXP_FACTORY,
    "official/core/task_factory.py": TASK_FACTORY,
    "official/modeling/__init__.py": "",
    "official/modeling/config.py": CONFIG,
    "official/modeling/hyperparams/__init__.py": "",
    "official/modeling/hyperparams/params_dict.py": PARAMS_DICT,
    "official/experiments.py": EXPERIMENTS,
    "official/models.py": MODELS,
    "official/projects/__init__.py": "",
    "official/projects/broken/__init__.py": "",
    "official/projects/broken/config.py": NO_TASK,
    "official/projects/broken/task.py": BROKEN,
    "official/projects/broken_test.py": "raise SystemExit  # @register_task_cls(",
}


def write(folder):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The stand-in, where modules of this process and of the worker are looked for."""
    write(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


DRIVER = """
import json, sys
from paramcount.garden import registry, worker
worker.prepare()
loaded = registry.load()
requests = json.load(sys.stdin)
answers = [worker.answer(request, loaded) for request in requests]
with open(sys.argv[1], "w") as file:
    json.dump(answers, file)
"""


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    """Answers of the worker to a list of requests, all in one process, because importing TensorFlow takes long."""
    folder = write(tmp_path_factory.mktemp("garden"))

    def ask(requests):
        target = folder / "answers.json"
        places = os.pathsep.join([str(folder), *[place for place in sys.path if place]])
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, str(target)],
            input=json.dumps(requests), env={**os.environ, "PYTHONPATH": places},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(target.read_text(encoding="utf-8"))

    return ask
