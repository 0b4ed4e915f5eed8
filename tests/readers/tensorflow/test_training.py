"""What trains: the lists of the model first, then flags, then the optimizer; what nobody says is undetermined."""

from __future__ import annotations

import json

import pytest

from paramcount.model import Role
from paramcount.readers.tensorflow import training
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.readers.tensorflow.savedmodel import read_saved_model
from paramcount.report import Report
from readers.tensorflow.bundle_maker import FLOAT32, INT32, INT64, STRING
from readers.tensorflow.saved_model_maker import (
    LAYER,
    NETWORK,
    Objects,
    checkpoint_files,
    in_memory,
    model_files,
    step,
)

BOTH = pytest.mark.parametrize("form", ["saved", "tracked"])


def counted(objects: Objects, form: str = "saved", **options) -> Report:
    if form == "saved":
        report = Report(read_saved_model(in_memory(model_files(objects, **options))))
    else:
        report = Report(read_checkpoint(in_memory(checkpoint_files(objects)), "ckpt"))
    assert report.reconcile().holds
    return report


def roles(report: Report) -> dict[str, str]:
    return {variable.path: variable.role.value for variable in (*report.variables(), *report.not_parameters)}


def reasons(report: Report) -> dict[str, str]:
    return {variable.path: variable.reason for variable in (*report.variables(), *report.not_parameters)}


def split(report: Report) -> tuple[int, int, int, int]:
    return report.trainable, report.frozen, report.state, report.undetermined


@BOTH
def test_the_lists_of_the_model_say_what_trains(form):
    """A reusable module may train less than its variables' flags say: that is what its maker meant."""
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    objects.lists([kernel, bias], [kernel])
    report = counted(objects, form)

    assert (12, 4, 0, 0) == split(report)
    assert reasons(report)["dense/bias"] == training.NOT_LISTED


def test_a_variable_that_was_created_not_to_train_is_state_whatever_the_lists_say():
    objects = Objects()
    layer = objects.object(0, "bn")
    gamma = objects.variable(layer, "gamma", (4,))
    mean = objects.variable(layer, "moving_mean", (4,), trains=False)
    other = objects.variable(layer, "whatever", (4,), trains=False)
    objects.lists([gamma, mean, other], [gamma])
    report = counted(objects)

    assert (4, 0, 8, 0) == split(report)
    assert ("moving mean of batch normalization", training.CREATED) == (
        reasons(report)["bn/moving_mean"], reasons(report)["bn/whatever"]
    )  # fmt: skip


def test_a_variable_that_the_model_does_not_list_is_frozen_and_says_so():
    objects = Objects()
    _, kernel, _ = objects.dense(0, "dense", 3, 4)
    objects.lists([kernel], [kernel])
    report = counted(objects)

    assert (12, 4, 0, 0) == split(report)
    assert reasons(report)["dense/bias"] == training.UNLISTED


def test_an_empty_list_of_what_trains_is_a_frozen_model():
    objects = Objects()
    _, kernel, bias = objects.dense(0, "dense", 3, 4)
    objects.lists([kernel, bias], [])

    assert (0, 16, 0, 0) == split(counted(objects))


def test_one_list_alone_says_nothing():
    objects = Objects()
    _, kernel, _ = objects.dense(0, "dense", 3, 4)
    objects.listed(0, "trainable_variables", [kernel])

    assert (16, 0, 0, 0) == split(counted(objects))


@pytest.mark.parametrize("frozen", ["the layer", "its model", "all"])
def test_a_frozen_layer_names_the_one_whose_flag_it_is(frozen):
    objects = Objects(NETWORK)
    base = objects.object(0, "layer-0", NETWORK)
    layer, kernel, bias = objects.dense(base, "layer-0", 3, 4)
    objects.lists([kernel, bias], [])
    flags = {"the layer": (True, True, False), "its model": (True, False, True), "all": (False, False, False)}[frozen]
    names = ("net", "base", "dense")
    said = {
        number: json.dumps({"name": name, "class_name": "X", "trainable": flag})
        for number, name, flag in zip((0, base, layer), names, flags, strict=True)
    }
    report = counted(objects, said=said)
    expected = {"the layer": "base/dense", "its model": "base", "all": "the model itself"}[frozen]

    assert {f"trainable=False on {expected}"} == set(reasons(report).values())


def test_without_lists_the_flags_of_variables_say_what_trains():
    objects = Objects()
    objects.variable(0, "w", (3, 4))
    objects.variable(0, "ema", (3, 4), trains=False)

    assert (12, 0, 12, 0) == split(counted(objects))


def without_functions() -> tuple[Objects, int, int]:
    """A model of tf_keras saved without its functions, which leaves out the lists: the graph, a base and its layer."""
    objects = Objects(NETWORK)
    base = objects.object(0, "layer-0", NETWORK)
    layer = objects.object(base, "layer-0", LAYER)
    objects.variable(layer, "kernel", (3, 4))
    objects.variable(objects.object(0, "layer-1", LAYER), "kernel", (5,))
    return objects, base, layer


def flags(objects: Objects, **frozen: int) -> dict[int, str]:
    """What tf_keras says of every layer: those that are named are frozen."""
    names = {number: name for name, number in frozen.items()}
    return {
        number: json.dumps(
            {"name": names.get(number, f"l{number}"), "class_name": "X", "trainable": number not in names}
        )
        for number, node in enumerate(objects.nodes)
        if node.variable is None
    }


def test_without_lists_the_flags_of_layers_that_keras_keeps_beside_a_model_say_what_is_frozen():
    objects, base, layer = without_functions()

    assert (17, 0, 0, 0) == split(counted(objects, said=flags(objects)))
    for frozen in ({"base": base}, {"dense": layer}):
        report = counted(objects, said=flags(objects, **frozen))
        assert (5, 12, 0, 0) == split(report)
        assert any(reason.endswith(next(iter(frozen))) for reason in reasons(report).values())
    assert (0, 17, 0, 0) == split(counted(objects, said=flags(objects, net=0)))


def test_a_layer_that_a_model_holds_which_is_not_frozen_trains_whoever_else_holds_it():
    objects, base, layer = without_functions()
    objects.edge(objects.object(0, "layer-2", NETWORK), "layer-0", layer)

    assert (17, 0, 0, 0) == split(counted(objects, said=flags(objects, base=base)))
    assert (5, 12, 0, 0) == split(counted(objects, said=flags(objects, dense=layer)))


def test_without_lists_and_without_what_keras_says_it_is_open_what_is_frozen():
    objects, _, _ = without_functions()
    objects.variable(objects.object(0, "mine"), "w", (2,))
    report = counted(objects)

    assert (2, 0, 0, 17) == split(report)
    assert ["freezes-not-stored"] == [finding.id for finding in report.findings]
    assert "keras_metadata.pb" in report.findings[0].message
    assert training.KERAS_2_FLAGS in reasons(report).values()


@BOTH
def test_what_the_model_does_not_hold_is_shown_and_not_counted(form):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    kept = objects.object(0, "keras_api")
    objects.listed(kept, "variables", [])
    objects.variable(kept, "kept", (9,))
    report = counted(objects, form)
    (found,) = report.not_parameters

    assert (16, 9, Role.CONSTANT) == (report.total, found.parameters, found.role)


def keras_3() -> tuple[Objects, int, int]:
    """A layer as Keras 3 is stored by TensorFlow itself: the graph, its kernel and a moving mean."""
    objects = Objects()
    layer = objects.object(0, "dense")
    objects.listed(layer, "_inbound_nodes", [])
    kernel = objects.variable(layer, "_kernel", (3, 4), name="dense/kernel")
    return objects, kernel, objects.variable(layer, "moving_mean", (4,), trains=False)


def test_flags_of_keras_3_do_not_say_what_is_frozen():
    objects, _, _ = keras_3()
    report = counted(objects)

    assert (0, 0, 4, 12) == split(report)
    assert training.KERAS_3_FLAGS == reasons(report)["dense/kernel"]
    assert ["freezes-not-stored"] == [finding.id for finding in report.findings]


def test_a_variable_beside_a_layer_of_keras_3_is_judged_by_its_flag():
    objects, _, _ = keras_3()
    objects.variable(objects.object(0, "mine"), "w", (5,))

    assert (5, 0, 4, 12) == split(counted(objects))


@BOTH
def test_an_optimizer_of_keras_3_says_what_it_trains(form):
    objects, kernel, _ = keras_3()
    objects.variable(1, "bias", (4,))
    optimizer = objects.object(0, "optimizer")
    objects.listed(optimizer, "_variables", [step(objects, optimizer, "_iterations")])
    objects.listed(optimizer, "_trainable_variables", [kernel])
    report = counted(objects, form)

    assert (12, 4, 4, 0) == split(report)
    assert training.NOT_TRAINED == next(reason for path, reason in reasons(report).items() if path.endswith("bias"))
    assert not report.findings


def test_a_checkpoint_alone_says_nothing_but_the_names_of_statistics():
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.variable(objects.object(0, "bn"), "moving_variance", (4,))
    report = counted(objects, "tracked")

    assert (0, 0, 4, 16) == split(report)
    assert training.CHECKPOINT == reasons(report)["dense/kernel"]
    assert ["checkpoint-only"] == [finding.id for finding in report.findings]


def test_statistics_that_a_list_leaves_out_are_state_in_a_checkpoint_too():
    objects = Objects()
    inner = objects.object(0, "loaded")
    gamma = objects.variable(None, "", (4,), name="bn/gamma")
    mean = objects.variable(None, "", (4,), name="bn/moving_mean")
    objects.lists([gamma, mean], [gamma], inner)

    assert (0, 0, 4, 4) == split(counted(objects, "tracked"))


@pytest.mark.parametrize("prefix", ["", "adapt_"])
@BOTH
def test_what_the_layer_normalization_holds_is_state(form, prefix):
    objects = Objects()
    layer = objects.object(0, "normalization")
    for name, shape in (("mean", (3,)), ("variance", (3,)), ("count", ())):
        objects.variable(layer, prefix + name, shape, trains=False, dtype=INT64 if name == "count" else FLOAT32)
    report = counted(objects, form)

    assert (0, 0, 7, 0) == split(report)


def test_a_mean_alone_is_no_statistic():
    objects = Objects()
    objects.variable(objects.object(0, "layer"), "mean", (3,))

    assert (0, 0, 0, 3) == split(counted(objects, "tracked"))


def test_what_an_inner_object_leaves_out_of_its_list_is_frozen():
    objects = Objects()
    inner = objects.object(0, "loaded")
    kernel = objects.variable(None, "", (3, 4), name="k")
    bias = objects.variable(None, "", (4,), name="b")
    objects.lists([kernel, bias], [kernel], inner)
    objects.variable(0, "head", (2,))

    assert (14, 4, 0, 0) == split(counted(objects))


@BOTH
def test_how_often_a_checkpoint_was_saved_is_no_parameter(form):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    step(objects)
    report = counted(objects, form)

    assert (16, "counter") == (report.total, roles(report)["save_counter"])


@BOTH
@pytest.mark.parametrize("name", ["step", "global_step", "epoch", "anything"])
def test_a_whole_number_of_the_root_counts_something(form, name):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    step(objects, edge=name)
    report = counted(objects, form)

    assert (16, "counter") == (report.total, roles(report)[name])


def test_whole_numbers_do_not_train_whatever_their_flag_says():
    """TensorFlow flags every variable that is made without a word to train; no optimizer can train these."""
    objects = Objects()
    for name, shape in (("step", ()), ("table", (5,))):
        objects.variable(0, name, shape, dtype=INT64)
    report = counted(objects)

    assert (0, 0, 5, 0) == split(report)
    assert {"step": "counter", "table": "state"} == roles(report)
    assert "int64 values do not train, whatever their flag says" in {v.reason for v in report.variables()}


def test_whole_numbers_in_a_checkpoint_are_not_open():
    objects = Objects()
    objects.variable(objects.object(0, "inner"), "table", (5,), dtype=INT64)

    assert (0, 0, 5, 0) == split(counted(objects, "tracked"))


def test_a_whole_number_in_a_layer_of_keras_is_one_of_its_weights():
    objects = Objects()
    layer = objects.object(0, "layer", LAYER)
    objects.variable(layer, "seen", (), dtype=INT32, trains=False)
    objects.dense(0, "dense", 3, 4)
    said = {layer: json.dumps({"name": "layer", "class_name": "Mine"})}

    assert (16, 0, 1, 0) == split(counted(objects, said=said))


def test_a_whole_number_that_the_model_lists_is_one_of_its_weights():
    objects = Objects()
    number = objects.variable(0, "seen", (), dtype=INT32, trains=False)
    kernel = objects.variable(0, "w", (3,))
    objects.lists([number, kernel], [kernel])

    assert (3, 0, 1, 0) == split(counted(objects))


@pytest.mark.parametrize(("dtype", "shape"), [(FLOAT32, ()), (INT32, (3,))])
def test_other_numbers_are_parameters(dtype, shape):
    objects = Objects()
    objects.variable(0, "step", shape, dtype=dtype, trains=False)
    report = counted(objects)

    assert report.total == report.state > 0


@BOTH
def test_texts_are_no_parameters(form):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.variable(0, "words", (5,), dtype=STRING, trains=False)
    report = counted(objects, form)

    assert (16, "table", training.TEXT) == (report.total, roles(report)["words"], reasons(report)["words"])


@BOTH
def test_generators_are_shown_and_not_counted(form):
    objects = Objects()
    objects.dense(0, "dense", 3, 4)
    objects.variable(objects.object(0, "generator"), "_state_var", (3,), dtype=INT64, trains=False)
    report = counted(objects, form)
    (found,) = report.not_parameters

    assert (16, Role.RNG, training.GENERATOR) == (report.total, found.role, found.reason)


def test_slots_of_a_checkpoint_prove_by_their_shapes_what_trains():
    """tf_keras before 2.11 names what its slots are for; an optimizer that does not leaves their shapes."""
    objects = Objects()
    objects.dense(0, "first", 3, 4)
    objects.dense(0, "second", 4, 5)
    optimizer = objects.object(0, "optimizer")
    slots = [objects.variable(None, "", shape, name="m") for shape in ((4, 5), (5,))]
    objects.listed(optimizer, "_variables", [step(objects, optimizer, "_iterations")])
    objects.listed(optimizer, "_momentums", slots)
    report = counted(objects, "tracked")

    assert (25, 16, 0, 0) == split(report)


def test_slots_of_shapes_that_no_weight_has_prove_nothing():
    objects = Objects()
    objects.dense(0, "first", 3, 4)
    optimizer = objects.object(0, "optimizer")
    objects.listed(optimizer, "_variables", [step(objects, optimizer, "_iterations")])
    objects.listed(optimizer, "_rows", [objects.variable(None, "", (77,), name="m")])

    assert (0, 0, 0, 16) == split(counted(objects, "tracked"))


def test_a_role_is_that_of_the_variable_wherever_it_is_shown():
    objects = Objects()
    layer = objects.object(0, "left")
    mean = objects.variable(layer, "moving_mean", (4,))
    objects.edge(objects.object(0, "right"), "tied", mean)
    report = counted(objects, "tracked")

    assert {"state"} == {variable.role.value for variable in report.variables()}
