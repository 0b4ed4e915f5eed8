"""Records behave as ``typing.NamedTuple`` does."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from paramcount.model import Finding, Role, Variable
from paramcount.records import NamedTuple

KERNEL = Variable("dense/kernel", (3, 4), "float32", Role.TRAINABLE)


class Point(NamedTuple):
    """A record with a default and a method."""

    x: int
    y: int = 2

    @property
    def sum(self) -> int:
        return self.x + self.y


def test_fields_have_names_defaults_and_order():
    assert (1, 2) == Point(1)
    assert (1, 5) == Point(1, 5) == Point(y=5, x=1) == Point(1, y=5)
    assert ("x", "y") == Point._fields == Point.__match_args__
    assert 6 == Point(1, 5).sum
    assert "Point(x=1, y=2)" == repr(Point(1))
    assert {"x": 1, "y": 2} == Point(1)._asdict()
    assert Point(3, 4) == Point._make([3, 4])


@pytest.mark.parametrize("wrong", [Point, lambda: Point(1, 2, 3), lambda: Point(1, z=3), lambda: Point(1, x=1)])
def test_wrong_fields_are_refused(wrong):
    with pytest.raises(TypeError):
        wrong()


def test_a_record_cannot_be_changed_but_replaced():
    with pytest.raises(AttributeError):
        KERNEL.path = "other"
    assert "other" == KERNEL._replace(path="other").path
    with pytest.raises(TypeError, match="wrong"):
        KERNEL._replace(wrong=1)


def test_records_can_be_copied_pickled_hashed_and_matched():
    match Point(1, 5):
        case Point(x=1, y=seven):
            assert 5 == seven
    assert KERNEL == pickle.loads(pickle.dumps(KERNEL)) == copy.deepcopy(KERNEL)
    assert 1 == len({KERNEL, KERNEL._replace()})
    assert Finding("a", "info", "", "m").__doc__


def test_a_role_is_its_own_name():
    assert Role.FROZEN == "frozen" == Role.FROZEN.value
    assert "Role.FROZEN" == repr(Role.FROZEN)
    assert Role.FROZEN is pickle.loads(pickle.dumps(Role.FROZEN)) is copy.deepcopy(Role.FROZEN)


def test_fields_are_read_without_the_accelerator_of_cpython():
    code = (
        "import sys; sys.modules['_collections'] = None\n"
        "from paramcount.records import NamedTuple\n"
        "class Point(NamedTuple):\n    x: int\n    y: int = 2\n"
        "assert (Point(1).x, Point(1).y) == (1, 2)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
