"""An optimizer says what trains in the part of the model that it was made for, and nowhere else."""

from __future__ import annotations

import pytest

from paramcount.readers.tensorflow.belonging import OPTIMIZER_LIMIT
from paramcount.readers.tensorflow.checkpoint import read_checkpoint
from paramcount.report import Report
from readers.tensorflow.saved_model_maker import Objects, checkpoint_files, in_memory, step


def counted(objects: Objects) -> tuple[int, int, int]:
    """What trains, what is frozen, and what is open."""
    report = Report(read_checkpoint(in_memory(checkpoint_files(objects)), "ckpt"))
    assert report.reconcile().holds
    assert report.total == sum((report.trainable, report.frozen, report.undetermined))
    return report.trainable, report.frozen, report.undetermined


def optimizer(objects: Objects, owner: int, trains: list[int], name: str = "optimizer") -> int:
    """An optimizer of Keras 3; one that has not taken a step trains nothing yet."""
    made = objects.object(owner, name)
    objects.listed(made, "_variables", [step(objects, made, "_iterations")])
    if trains:
        objects.listed(made, "_trainable_variables", trains)
    return made


def base_and_head() -> tuple[Objects, int, list[int], list[int]]:
    """A model of 16 parameters inside, which is an object of its own, and a layer of 6 behind it."""
    objects = Objects()
    base = objects.object(0, "base")
    _, *inner = objects.dense(base, "dense", 3, 4)
    _, *outer = objects.dense(0, "head", 2, 2)
    return objects, base, inner, outer


def test_the_optimizer_of_the_whole_overrules_that_of_a_part():
    """Transfer learning: the base was fitted before, then frozen under a new head."""
    objects, base, inner, outer = base_and_head()
    optimizer(objects, base, inner)
    optimizer(objects, 0, outer)

    assert counted(objects) == (6, 16, 0)


def test_the_optimizer_of_a_part_says_nothing_of_the_whole():
    objects, base, inner, _ = base_and_head()
    optimizer(objects, base, inner)

    assert counted(objects) == (0, 0, 22)


def test_parts_that_make_up_the_whole_say_each_what_it_trains():
    objects, base, inner, _ = base_and_head()
    other = objects.object(0, "other")
    objects.edge(other, "head", objects.nodes[0].edges[1][1])
    optimizer(objects, base, inner)
    optimizer(objects, other, [objects.nodes[objects.nodes[0].edges[1][1]].edges[0][1]])

    assert counted(objects) == (16 + 4, 2, 0)


def test_parts_that_share_a_variable_and_contradict_each_other_leave_it_open():
    objects, base, inner, outer = base_and_head()
    left, right = objects.object(0, "left"), objects.object(0, "right")
    head = objects.nodes[0].edges[1][1]
    objects.edge(left, "base", base)
    objects.edge(right, "base", base)
    objects.edge(left, "head", head)
    _, *more = objects.dense(right, "more", 1, 1)
    optimizer(objects, left, [*inner, *outer])
    optimizer(objects, right, more)

    assert counted(objects) == (6 + 2, 0, 16)


def test_two_optimizers_of_one_holder_train_together():
    objects, _, inner, outer = base_and_head()
    optimizer(objects, 0, inner[:1])
    optimizer(objects, 0, outer, "second")

    assert counted(objects) == (12 + 6, 4, 0)


def test_one_of_two_that_names_nothing_may_train_the_rest():
    objects, _, inner, _ = base_and_head()
    optimizer(objects, 0, inner)
    optimizer(objects, 0, [], "second")

    assert counted(objects) == (16, 0, 6)


def test_an_optimizer_in_a_list_is_that_of_the_lists_holder():
    objects, _, _, outer = base_and_head()
    held = objects.object(0, "optimizers")
    optimizer(objects, held, outer, "0")

    assert counted(objects) == (6, 16, 0)


@pytest.mark.parametrize(("number", "open_"), [(OPTIMIZER_LIMIT, 0), (OPTIMIZER_LIMIT + 1, 22)])
def test_of_very_many_optimizers_none_is_heard(number, open_):
    objects, _, _, outer = base_and_head()
    for at in range(number):
        optimizer(objects, 0, outer, f"optimizer_{at}")

    assert counted(objects)[2] == open_


def test_lists_of_slots_that_differ_prove_nothing_by_their_shapes():
    """Adafactor keeps the rows and the columns of a matrix; they may have the shapes of biases."""
    objects = Objects()
    objects.dense(0, "first", 4, 4)
    objects.dense(0, "second", 4, 4)
    made = optimizer(objects, 0, [])
    for name in ("_r", "_c"):
        shapes = [(4,), (4,)] if name == "_r" else [(1,), (1,)]
        objects.listed(made, name, [objects.variable(None, "", shape, name=name) for shape in shapes])

    assert counted(objects) == (0, 0, 40)
