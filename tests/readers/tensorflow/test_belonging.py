"""To whom a variable belongs: settled by what objects are and hold, never by the names of keys."""

from __future__ import annotations

import pytest

from paramcount.containers.protobuf import whole
from paramcount.readers.tensorflow.belonging import Belonging
from paramcount.readers.tensorflow.objects import read_saved_objects, read_tracked_objects
from paramcount.sources.bytesource import MemoryBytes
from readers.tensorflow.bundle_maker import INT32, INT64
from readers.tensorflow.saved_model_maker import METRIC, Objects, step

BOTH = pytest.mark.parametrize("form", ["saved", "tracked"])


def belonging(objects: Objects, form: str = "saved") -> Belonging:
    if form == "saved":
        return Belonging(read_saved_objects(whole(MemoryBytes(objects.saved(), "saved_model.pb"))))
    graph = read_tracked_objects(objects.tracked(), "ckpt")
    for node in graph.variables():
        # As the reader of checkpoints does, with what the index says.
        _, node.shape, number = objects.nodes[node.number].variable
        node.dtype = {1: "float32", INT32: "int32", INT64: "int64"}[number]
    return Belonging(graph)


def optimizer(
    objects: Objects, owner: int | None = 0, edge: str = "optimizer", identifier: str = "", names: str = "new"
) -> int:
    """An optimizer by what it holds: that of Keras since 2.11 or the one before it."""
    made = objects.object(owner, edge, identifier) if identifier else objects.object(owner, edge)
    if names == "old":
        for name in ("iter", "decay", "learning_rate"):
            objects.variable(made, name, (), trains=False, dtype=INT64 if name == "iter" else 1)
        return made
    step = objects.variable(made, "_iterations", (), dtype=INT64, trains=False)
    rate = objects.variable(made, "_learning_rate", (), trains=False)
    objects.listed(made, "_variables", [step, rate])
    return made


def compiled(names: str = "new", identifier: str = "") -> tuple[Objects, int, int, int]:
    """A model with a layer and an optimizer: the graph, the kernel, the bias, the optimizer."""
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    return objects, kernel, bias, optimizer(objects, identifier=identifier, names=names)


@BOTH
def test_what_the_root_reaches_is_the_models(form):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    deep = objects.variable(objects.object(objects.listed(0, "blocks", []), "0"), "w", (2,))
    lost = objects.variable(None, "", (7,))
    found = belonging(objects, form)

    assert {kernel, bias, deep} == found.model
    assert [lost] == [node.number for node in found.rest()]


@BOTH
@pytest.mark.parametrize("names", ["new", "old"])
def test_an_optimizer_is_told_by_what_it_holds(form, names):
    objects, kernel, bias, made = compiled(names)
    found = belonging(objects, form)

    assert {made} == found.optimizers
    assert {kernel, bias} == found.model
    assert len(found.optimizer) == (2 if names == "new" else 3)


@pytest.mark.parametrize("identifier", ["optimizer", "experimentalOptimizer", "loss_scale_optimizer"])
def test_an_optimizer_is_told_by_its_class(identifier):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    momentum = objects.variable(objects.object(0, "anything", identifier), "m", (3, 4))
    found = belonging(objects)

    assert ({kernel, bias}, {momentum}) == (found.model, found.optimizer)


@BOTH
def test_an_optimizer_that_names_its_slots_says_what_it_trains(form):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    made = objects.object(0, "trainer")
    slot = objects.variable(None, "", (3, 4))
    objects.slot(made, kernel, slot)
    found = belonging(objects, form)

    assert ({made}, {kernel}) == (found.optimizers, found.trained)
    assert ({kernel, bias}, {slot}) == (found.model, found.optimizer)


@BOTH
def test_a_slot_that_the_model_holds_too_is_no_weight(form):
    objects, kernel, bias, made = compiled("old")
    slot = objects.variable(0, "velocity", (3, 4))
    objects.slot(made, kernel, slot)
    found = belonging(objects, form)

    assert {kernel, bias} == found.model
    assert slot in found.optimizer


@BOTH
def test_weights_that_only_the_optimizers_list_holds_are_the_models(form):
    """In a compiled model of Keras 3 the shortest path to a weight leads through the optimizer."""
    objects = Objects()
    made = optimizer(objects)
    kernel = objects.variable(None, "dense/kernel", (3, 4))
    objects.listed(made, "_trainable_variables", [kernel])
    found = belonging(objects, form)

    assert ({kernel}, {kernel}) == (found.model, found.trained)
    assert kernel not in found.optimizer


@BOTH
def test_an_optimizer_without_a_list_names_what_it_trains_in_its_slots(form):
    """tf_keras calls the slots of ``dense/kernel`` ``Adam/m/dense/kernel``, or ``m/dense/kernel``."""
    objects, kernel, bias, made = compiled()
    first = objects.variable(None, "", (3, 4), name="Adam/m/dense/kernel:0")
    second = objects.variable(None, "", (3, 4), name="v/dense/kernel")
    objects.listed(made, "_momentums", [first])
    objects.listed(made, "_velocities", [second])
    found = belonging(objects, form)

    assert {kernel} == found.trained
    assert {first, second} <= found.optimizer
    assert bias in found.model


@pytest.mark.parametrize("name", ["Adam/m/dense/kernel", "unrelated"])
def test_names_of_slots_prove_nothing_when_two_variables_have_the_name_or_none_has(name):
    objects, _, _, made = compiled()
    other = objects.object(0, "other")
    objects.variable(other, "kernel", (3, 4), name="dense/kernel")
    objects.listed(made, "_momentums", [objects.variable(None, "", (3, 4), name=name)])

    assert set() == belonging(objects).trained


@BOTH
@pytest.mark.parametrize("edge", ["optimizer", "optimizers", "metrics", "keras_apis", "loss", "_optimizer"])
def test_a_model_may_be_called_as_if_it_were_something_else(form, edge):
    objects = Objects()
    _, kernel, bias = objects.dense(0, edge, 3, 4)
    found = belonging(objects, form)

    assert ({kernel, bias}, set(), set()) == (found.model, found.optimizer, found.metric)


@BOTH
@pytest.mark.parametrize("edge", ["inner_optimizer", "base_optimizer", "_optimizer"])
def test_what_wraps_an_optimizer_and_holds_nothing_but_numbers_is_one_too(form, edge):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    wrapper = objects.object(0, "optimizer")
    scale = objects.variable(objects.object(wrapper, "loss_scale"), "current", (), trains=False)
    inner = optimizer(objects, wrapper, edge)
    found = belonging(objects, form)

    assert {wrapper, inner} == found.optimizers
    assert ({kernel, bias}, True) == (found.model, scale in found.optimizer)


@BOTH
def test_what_holds_an_optimizer_and_a_model_is_a_trainer_and_no_optimizer(form):
    objects = Objects()
    trainer = objects.object(0, "trainer")
    _, kernel, bias = objects.dense(trainer, "model", 3, 4)
    inner = optimizer(objects, trainer, "_optimizer")
    found = belonging(objects, form)

    assert ({inner}, {kernel, bias}) == (found.optimizers, found.model)


@BOTH
def test_a_root_that_holds_an_optimizer_is_no_optimizer(form):
    objects = Objects()
    scalar = objects.variable(0, "gain", ())
    inner = optimizer(objects, 0, "_optimizer")
    found = belonging(objects, form)

    assert ({inner}, {scalar}) == (found.optimizers, found.model)


@BOTH
def test_a_checkpoint_of_nothing_but_an_optimizer_has_no_weights_but_what_it_trains(form):
    objects = Objects()
    made = optimizer(objects, 0, "opt")
    kernel = objects.variable(None, "kernel", (3, 4))
    objects.listed(made, "_trainable_variables", [kernel])
    found = belonging(objects, form)

    assert {kernel} == found.model


def test_a_root_that_is_an_optimizer_owns_no_weights():
    objects = Objects("optimizer")
    slot = objects.variable(0, "m", (3, 4))
    found = belonging(objects)

    assert (set(), {slot}) == (found.model, found.optimizer)


METRICS = [
    ("total", "count"), ("_total", "_count"), ("true_positives", "false_positives"),
    ("true_positives", "true_negatives", "false_positives", "false_negatives"), ("total_confusion_matrix", "total_cm"),
    ("squared_sum", "sum", "residual", "num_samples"),
    ("squared_sum", "sum", "residual", "total_mse", "count", "num_samples"),
    ("true_positives", "false_positives", "false_negatives", "intermediate_weights"),
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("names", METRICS)
def test_what_holds_the_state_of_a_metric_and_nothing_else_is_one(form, names):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    made = objects.object(0, "anything")
    shape = () if "count" in names[-1] else (5,)
    held = {objects.variable(made, name, shape, trains=False) for name in names}
    found = belonging(objects, form)

    assert ({kernel, bias}, held) == (found.model, found.metric)


def test_weights_with_the_names_of_a_metrics_state_stay_in_the_model():
    """By their shapes; by what every layer of Keras 3 holds; and because an optimizer trains them."""
    objects = Objects()
    plain = objects.object(0, "plain")
    held = {objects.variable(plain, name, (3,), trains=False) for name in ("total", "count")}
    layer = objects.object(0, "layer")
    objects.listed(layer, "_inbound_nodes", [])
    held.add(objects.variable(layer, "accumulator", (4,), trains=False))
    trained = objects.variable(objects.object(0, "trained"), "accumulator", (4,), trains=False)
    objects.listed(keras_3_optimizer(objects), "_trainable_variables", [trained])

    assert {*held, trained} == belonging(objects).model


def keras_3_optimizer(objects: Objects) -> int:
    made = objects.object(0, "optimizer")
    objects.listed(made, "_variables", [step(objects, made, "_iterations")])
    return made


@pytest.mark.parametrize("names", [("iter", "decay"), ("_variables", "iterations"), ("_state_var",)])
def test_weights_with_the_names_of_an_optimizers_counters_stay_in_the_model(names):
    objects = Objects()
    module = objects.object(0, "module")
    held = {objects.variable(module, name, (3, 2)) for name in names}

    assert held == belonging(objects).model


@BOTH
@pytest.mark.parametrize(("name", "beside"), [("accumulator", "thresholds"), ("total_cm", "target_class_ids")])
def test_a_state_that_a_layer_might_hold_is_a_metrics_beside_what_only_a_metric_holds(form, name, beside):
    objects = Objects()
    plain = objects.variable(objects.object(0, "plain"), name, (5,), trains=False)
    made = objects.object(0, "anything")
    state = objects.variable(made, name, (5,), trains=False)
    objects.listed(made, beside, [])
    found = belonging(objects, form)

    assert ({plain}, {state}) == (found.model, found.metric)


@BOTH
@pytest.mark.parametrize("twice", [True, False], ids=["two names each", "one name each"])
def test_the_state_of_a_mean_of_tensors_has_two_names_each(form, twice):
    objects = Objects()
    made = objects.object(0, "anything")
    held = {name: objects.variable(made, name, (3,), trains=False) for name in ("total", "count")}
    for name, number in held.items() if twice else ():
        objects.edge(made, f"_{name}", number)
    found = belonging(objects, form)

    assert {*held.values()} == (found.metric if twice else found.model)


def test_a_metric_is_told_by_its_class_whatever_it_holds():
    objects = Objects()
    held = objects.variable(objects.object(0, "score", METRIC), "of_somebodys_own", (5,), trains=False)

    assert {held} == belonging(objects).metric


@BOTH
def test_a_metric_inside_a_layer_is_a_metric(form):
    objects = Objects()
    layer, kernel, bias = objects.dense(0, "dense", 3, 4)
    made = objects.object(layer, "seen")
    held = {objects.variable(made, name, (), trains=False) for name in ("total", "count")}
    found = belonging(objects, form)

    assert ({kernel, bias}, held) == (found.model, found.metric)


def test_a_layer_of_keras_is_no_metric_whatever_it_holds():
    objects = Objects()
    layer = objects.object(0, "layer", "_tf_keras_layer")
    held = {objects.variable(layer, name, (), trains=False) for name in ("total", "count")}

    assert held == belonging(objects).model


def test_variables_that_were_created_to_train_are_no_state_of_a_metric():
    objects = Objects()
    made = objects.object(0, "linear")
    held = {objects.variable(made, name, (3,)) for name in ("total", "count")}

    assert held == belonging(objects).model


@BOTH
def test_what_holds_more_than_the_state_of_a_metric_is_none(form):
    objects = Objects()
    made = objects.object(0, "module")
    held = {objects.variable(made, name, (), trains=False) for name in ("total", "count", "weights")}
    inner = objects.object(0, "outer")
    held |= {objects.variable(inner, name, (), trains=False) for name in ("total", "count")}
    held.add(objects.variable(objects.object(inner, "dense"), "kernel", (3, 4)))

    assert held == belonging(objects, form).model


@BOTH
def test_a_single_total_is_a_metric_only_with_the_list_that_metrics_keep(form):
    objects = Objects()
    plain = objects.variable(objects.object(0, "plain"), "total", (), trains=False)
    made = objects.object(0, "sum")
    total = objects.variable(made, "total", (), trains=False)
    objects.listed(made, "_variables", [total])
    found = belonging(objects, form)

    assert ({plain}, {total}) == (found.model, found.metric)


@BOTH
def test_what_only_the_bookkeeping_of_keras_holds_is_not_the_models(form):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    kept = objects.object(0, "keras_api")
    hidden = objects.variable(kept, "anything", (9,))
    objects.listed(kept, "variables", [kernel, bias])
    found = belonging(objects, form)

    assert {kernel, bias} == found.model
    assert [hidden] == [node.number for node in found.rest()]


@BOTH
def test_an_attribute_may_be_called_as_keras_calls_its_lists(form):
    objects = Objects()
    held = {objects.variable(objects.object(0, "keras_api"), "variables", (9,)), objects.variable(0, "w", (4,))}
    held.add(objects.variable(objects.object(0, "layer"), "keras_api", (5,)))

    assert held == belonging(objects, form).model


@BOTH
def test_the_state_of_a_generator_is_neither_weight_nor_state(form):
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    state = objects.variable(objects.object(0, "generator"), "_state_var", (3,), dtype=INT64, trains=False)
    found = belonging(objects, form)

    assert ({kernel, bias}, {state}) == (found.model, found.rng)


def test_the_seed_of_a_layer_of_keras_3_is_told_by_its_name_in_an_export():
    objects = Objects()
    seed = objects.variable(None, "", (2,), name="dropout/seed_generator_state", dtype=INT64, trains=False)
    pair = objects.variable(None, "", (2,), name="pair", dtype=INT64, trains=False)
    real = objects.variable(None, "", (2,), name="seed_generator_state")
    objects.lists([seed, pair, real], [real])
    found = belonging(objects)

    assert ({pair, real}, {seed}) == (found.model, found.rng)


@BOTH
def test_no_variable_belongs_to_two(form):
    objects, kernel, _, made = compiled()
    objects.edge(made, "also", kernel)
    metric = objects.object(made, "metric")
    for name in ("total", "count"):
        objects.variable(metric, name, (), trains=False)
    found = belonging(objects, form)
    groups = [found.model, found.optimizer, found.metric, found.rng]

    assert len(set().union(*groups)) == sum(map(len, groups))
    assert kernel in found.model
