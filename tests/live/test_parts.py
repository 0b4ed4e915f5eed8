"""The parts of the live adapters that need no framework."""

import inspect
import random
import subprocess
import sys
from collections import OrderedDict, defaultdict, deque
from functools import partial

import pytest

from paramcount import count
from paramcount.errors import UnsupportedObject, UsageError
from paramcount.live import building
from paramcount.live.preserve import Preserved
from paramcount.live.roles import plain_shape
from paramcount.live.tree import Names


@pytest.mark.parametrize("thing", [object(), 3, None, [1, 2], int, {"a": 1}])
def test_an_object_of_no_known_class_is_refused_by_name(thing):
    """What is no model is named for what it is."""
    with pytest.raises(UnsupportedObject) as caught:
        count(thing)
    assert type(thing).__name__ in str(caught.value)


def test_a_class_called_layer_is_not_enough():
    """Only the classes of Keras are read, not everything that is called Layer."""

    class Layer:
        weights = ()

    with pytest.raises(UnsupportedObject):
        count(Layer())


def test_no_framework_is_imported():
    """Asking about an object imports neither a framework nor NumPy."""
    code = (
        "import sys, paramcount\n"
        "try: paramcount.count(object())\n"
        "except paramcount.ParamcountError: pass\n"
        "print([name for name in ('keras', 'tf_keras', 'tensorflow', 'numpy', 'jax', 'torch') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((28, 28, 3), (None, 28, 28, 3)),
        ((None, 28, 3), (None, 28, 3)),
        ([5], (None, 5)),
        ((), (None,)),
        ((None,), (None,)),
        ([(5,), (None, 6)], [(None, 5), (None, 6)]),
        (((5,), (6, 2)), ((None, 5), (None, 6, 2))),
        ({"a": (5,), "b": [(1,), (2,)]}, {"a": (None, 5), "b": [(None, 1), (None, 2)]}),
    ],
)
def test_the_batch_axis_is_added_unless_a_none_leads(given, expected):
    """A leading None is the batch axis; every shape of a nest is treated alike."""
    assert building.batched(given) == expected


@pytest.mark.parametrize("given", ["(3,)", 3, 3.5, (-1, 3), ({1, 2},)])
def test_what_is_no_shape_is_refused(given):
    """A shape that cannot be one is an error of usage, not of the model."""
    with pytest.raises(UsageError):
        building.batched(given)


def test_inputs_go_into_one_argument_unless_call_requires_several():
    """Several inputs are spread only over arguments that have no default."""

    def one(inputs, training=None, mask=None): ...
    def two(left, right, training=False): ...

    shapes = ["left", "right"]
    assert building.arguments(inspect.signature(one), shapes) == ((shapes,), {})
    assert building.arguments(inspect.signature(two), shapes) == (("left", "right"), {})
    assert building.arguments(inspect.signature(two), {"left": 1, "right": 2}) == ((), {"left": 1, "right": 2})
    assert building.arguments(inspect.signature(one), {"left": 1}) == (({"left": 1},), {})


def test_the_reason_of_a_failure_is_the_line_that_says_why():
    """Keras wraps its reasons in headings, terminal colours and lists of arguments."""
    text = (
        "Exception encountered when calling Model.call().\n\n\x1b[1mIncompatible shapes\x1b[0m\n\nArguments received:"
    )
    assert building.reason(ValueError(text)) == "ValueError: Incompatible shapes"
    assert building.reason(KeyError("a")) == "KeyError: 'a'"
    assert building.reason(ValueError()) == "ValueError"


def test_every_path_is_given_once():
    """Layers of the same name at one place are told apart by a number."""
    names = Names()
    assert [names.unique("a"), names.unique("a"), names.unique("a")] == ["a", "a#2", "a#3"]
    assert [names.unique("b#2"), names.unique("b"), names.unique("b")] == ["b#2", "b", "b#3"]


def test_shapes_become_plain_data():
    """Sizes are ints or None, nests keep their structure, and what is no shape is None."""
    assert plain_shape([None, 3]) == (None, 3)
    assert plain_shape([(None, 3), (None, 4)]) == ((None, 3), (None, 4))
    assert plain_shape({"a": (2,)}) == {"a": (2,)}
    assert plain_shape(()) == ()
    assert plain_shape(None) is None
    assert plain_shape("text") is None


class Thing:
    """An object with attributes."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


def test_everything_that_can_be_reached_is_put_back():
    """Attributes, containers, closures, bound methods and partial functions all lead on."""
    hidden, bound, part = Thing(value=1), Thing(value=1), Thing(value=1)

    def closure():
        return hidden

    thing = Thing(
        items=[1, [2]], table={"a": [1]}, ordered=OrderedDict(x=1, y=2), counts=defaultdict(int, a=1), names={"a"},
        queue=deque([1]), pair=(Thing(value=1), 2), f=closure, g=bound.__init__, h=partial(print, part),
    )  # fmt: skip
    kept = Preserved([thing])
    expected = repr(vars(thing))
    thing.items[1].append(3)
    thing.items.append(4)
    thing.table["a"].append(2)
    thing.table["b"] = 1
    thing.ordered.move_to_end("x")
    thing.ordered["z"] = 3
    thing.counts["b"] += 1
    thing.names.add("b")
    thing.queue.append(2)
    thing.pair[0].value = hidden.value = bound.value = part.value = 2
    thing.new = 1
    random.getrandbits(32)
    kept.restore()
    assert repr(vars(thing)) == expected
    assert [thing.pair[0].value, hidden.value, bound.value, part.value] == [1, 1, 1, 1]
    assert list(thing.ordered) == ["x", "y"]
    assert kept.restore() is None


def test_a_cycle_ends():
    """Objects that lead back to themselves are kept once."""
    thing = Thing()
    thing.me = [thing]
    kept = Preserved([thing])
    thing.me.clear()
    kept.restore()
    assert thing.me == [thing]


def test_random_generators_are_put_back():
    """Creating an initializer draws a seed; counting must not change what comes next."""
    kept = Preserved([])
    first = random.getrandbits(32)
    kept.restore()
    assert random.getrandbits(32) == first
