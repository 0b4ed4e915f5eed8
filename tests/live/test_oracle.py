"""Random models of the real frameworks: every number of ours against the framework's own.

``PARAMCOUNT_EXAMPLES`` sets how many models each test makes.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from live.helpers import agree, size
from live.models import KERAS_3_KINDS, KINDS, WIDTH, Maker, freeze, plans
from paramcount import count
from paramcount.model import Role

pytestmark = pytest.mark.oracle

ASKED = os.environ.get("PARAMCOUNT_EXAMPLES")


def examples(usual):
    """As many models as asked for; usually few, and always the same ones."""
    return settings(
        max_examples=int(ASKED or usual),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=ASKED is None,
    )


def check_model(maker, plan):
    """Count a model before and after its freezes."""
    model = maker.model(plan)
    before = agree(model)
    if "lora" not in str(plan) and "int" not in str(plan):
        # Nothing is frozen, so what does not train is state.
        assert before.frozen == 0
        assert before.state == size(model.non_trainable_weights)
    freeze(model, plan)
    after = agree(model)
    assert after.state == before.state
    assert after.total == before.total
    assert after.frozen == before.frozen + before.trainable - after.trainable
    reasons = {one.reason for one in after.variables() if one.role is Role.FROZEN}
    assert all("trainable=False" in reason or "LoRA" in reason for reason in reasons)
    return model, after


@examples(30)
@given(plan=plans(KINDS + KERAS_3_KINDS))
def test_keras_3(keras, plan):
    """Sequential, functional and subclassed models, nested, shared and frozen."""
    keras.utils.clear_session(free_memory=False)
    model, report = check_model(Maker(keras), plan)
    assert report.non_trainable == size(model.non_trainable_weights)
    for number in plan.variables if model.weights else ():
        model.weights[number % len(model.weights)].trainable = False
    agree(model)


@examples(15)
@given(plan=plans(KINDS))
def test_tf_keras(tf_keras, plan):
    """The same with tf_keras and its rule that all levels count."""
    tf_keras.backend.clear_session()
    check_model(Maker(tf_keras), plan)


@examples(10)
@given(plan=plans(KINDS + KERAS_3_KINDS, nested=("sequential", "subclass")))
def test_keras_3_counted_before_it_is_built(keras, plan):
    """Counting for a shape gives what building gives, and leaves nothing behind."""
    keras.utils.clear_session(free_memory=False)
    check_unbuilt(keras, plan)


@examples(7)
@given(plan=plans(KINDS, nested=("sequential", "subclass")))
def test_tf_keras_counted_before_it_is_built(tf_keras, plan):
    """The same with tf_keras."""
    tf_keras.backend.clear_session()
    check_unbuilt(tf_keras, plan)


def check_unbuilt(keras, plan):
    model = Maker(keras).model(plan, built=False)
    freeze(model, plan)
    before = count(model)
    report = count(model, input_shape=(WIDTH,))
    again = count(model)
    assert again.totals == before.totals
    assert again.lower_bound == before.lower_bound
    assert report.reconcile().holds
    model(keras.Input((WIDTH,)))
    built = agree(model)
    assert not report.lower_bound
    assert report.totals == built.totals
    assert report.sharing.keys() == built.sharing.keys()
