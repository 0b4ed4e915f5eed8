"""What several tests of live models need."""

import gc
import random
import sys
from math import prod

from paramcount import count
from paramcount.model import Role


def size(variables):
    """Values in ``variables``, each counted once."""
    return sum(prod(one.shape) for one in {id(one): one for one in variables}.values())


def agree(model):
    """Count ``model`` and compare everything with what the framework itself says; returns the report."""
    report = count(model)
    assert report.total == model.count_params() == size(model.weights)
    assert report.trainable == size(model.trainable_weights)
    assert report.non_trainable == report.total - report.trainable
    assert report.tensors == len({id(one) for one in model.weights})
    assert report.totals.trainable.tensors == len({id(one) for one in model.trainable_weights})
    assert not report.lower_bound
    assert report.reconcile().holds
    assert [finding for finding in report.findings if finding.id == "counts-disagree"] == []
    return report


def roles(report):
    """Path to role and reason, of every parameter."""
    return {one.path: (one.role, one.reason) for one in report.variables() if one.role is not Role.RNG}


def finding(report, identifier):
    """The one finding with that identifier."""
    (found,) = [one for one in report.findings if one.id == identifier]
    return found


def fingerprint(layer_class):
    """All attributes of all layers in the process, down into containers, and the global state of the frameworks."""
    layers = [one for one in gc.get_objects() if issubclass(type(one), layer_class)]
    state = {id(one): {name: _describe(value) for name, value in vars(one).items()} for one in layers}
    keras_state = sys.modules.get("keras.src.backend.common.global_state")
    if keras_state is not None:
        tracker = vars(keras_state.GLOBAL_STATE_TRACKER)
        state["global"] = {name: _describe(value) for name, value in tracker.items()}
    state["random"] = random.getstate()
    state["numpy"] = str(sys.modules["numpy"].random.get_state())
    return layers, state


def _describe(value, depth=0):
    if depth > 6:
        return id(value)
    if isinstance(value, dict):
        return id(value), [(_describe(key, 7), _describe(entry, depth + 1)) for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return id(value), [_describe(entry, depth + 1) for entry in value]
    if isinstance(value, (set, frozenset)):
        return id(value), sorted(id(entry) if not isinstance(entry, (str, int)) else hash(entry) for entry in value)
    if isinstance(value, (int, float, str, bool, type(None))):
        return value
    return id(value)
