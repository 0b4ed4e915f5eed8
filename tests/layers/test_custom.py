"""A registered formula makes a layer of somebody's own as well known as one of Keras's."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import paramcount
from oracle_frameworks import framework
from paramcount import Slot, count, explain, register_layer
from paramcount.errors import ParamcountError, UsageError
from paramcount.layers import custom
from paramcount.layers.given import Given
from paramcount.layers.table import is_known, output_of, slots_of
from paramcount.model import Role

CUSTOM = Path(__file__).parents[2] / "docs" / "samples" / "custom.keras"
"""Dense(4), then Scaled: a kernel (inputs, 6) that trains and a scale (6) that does not, then Dense(2)."""


@pytest.fixture(autouse=True)
def _nothing_stays_registered(monkeypatch):
    monkeypatch.setattr(custom, "REGISTRY", {})


@pytest.fixture
def config(tmp_path):
    """Writes the config of a model with one layer between an input of 8 features and a Dense layer."""

    def write(class_name, registered_name=None, **options):
        layers = [
            {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": [None, 8]}},
            {"class_name": class_name, "config": {"name": "mine", **options}, "registered_name": registered_name},
            {"class_name": "Dense", "config": {"name": "dense", "units": 2}},
        ]
        path = tmp_path / "model.json"
        path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}}))
        return path

    return write


def low_rank(given):
    inputs, units, rank = given.axis(-1), given.option("units"), given.option("rank")
    return {"down": [inputs, rank], "up": [rank, units], "bias": [units]}


def low_rank_output(given):
    return None if given.shape is None else (*given.shape[:-1], given.option("units").value)


def scaled(given):
    units = given.option("units", 6)
    return [Slot("kernel", (given.axis(-1), units)), Slot("scale", (units,), "a scale that nobody trains")]


def test_without_a_registration_nothing_is_known_of_the_layer(config):
    report = count(config("LowRank", units=4, rank=2))

    assert report.lower_bound
    assert slots_of("LowRank", {}) is None
    assert not is_known("LowRank")


def test_a_dict_of_names_to_axes_counts_and_explains(config):
    register_layer("LowRank", low_rank, low_rank_output)

    lines = explain(config("LowRank", "pkg>LowRank", units=4, rank=2)).lines

    assert [line.calculation for line in lines] == ["mine = 8 * 2 + (2 + 1) * 4 = 28", "dense = (4 + 1) * 2 = 10"]
    assert lines[0].note == "inputs * rank + (rank + 1) * units"
    assert [item.name for item in lines[0].items] == ["down", "up", "bias"]


def test_slots_say_what_never_trains_and_why(config):
    register_layer("Scaled", scaled, lambda given: given.shape and (*given.shape[:-1], 6))

    report = count(config("Scaled"))
    layer = report.layers[0]

    assert (report.trainable, report.state) == (48 + 14, 6)
    assert [(v.name, v.role, v.reason) for v in layer.variables] == [
        ("kernel", Role.TRAINABLE, ""),
        ("scale", Role.STATE, "a scale that nobody trains"),
    ]


def test_the_output_same_keeps_every_input():
    register_layer("Keep", lambda given: {"scale": [given.axis(-1)]}, "same")

    assert output_of("Keep", {}, (None, 5, 3)) == (None, 5, 3)
    assert output_of("Keep", {}, ((None, 5), (None, 4))) == ((None, 5), (None, 4))
    assert output_of("Keep", {}, None) is None


@pytest.mark.parametrize(
    ("made", "shape"),
    [
        ((None, 4), (None, 4)),
        ([None, 4], (None, 4)),
        (([None, 4], (None, 2)), ((None, 4), (None, 2))),
        ({"a": [None, 4]}, {"a": (None, 4)}),
        (None, None),
    ],
)
def test_an_output_is_a_shape_or_several(made, shape):
    register_layer("Mine", lambda _: {}, lambda _: made)

    assert output_of("Mine", {}, (None, 3)) == shape


def test_an_output_may_name_sizes_that_are_not_known():
    register_layer("Mine", lambda _: {}, lambda given: (None, given.option("units")))

    assert output_of("Mine", {"units": 4}, None) == (None, 4)
    assert output_of("Mine", {}, None) == (None, None)


def test_without_an_output_what_follows_is_not_known(config):
    register_layer("LowRank", low_rank)

    report = count(config("LowRank", units=4, rank=2))

    assert report.lower_bound
    # All that is known: the layer itself, and the bias of the Dense layer behind it.
    assert report.total == 28 + 2


def test_a_missing_option_is_named(config):
    register_layer("LowRank", low_rank, low_rank_output)

    (line, *_) = explain(config("LowRank", units=4)).lines

    assert line.result == "?"
    assert "rank" in line.reason


def test_the_registered_formula_agrees_with_a_stored_file():
    before = count(str(CUSTOM))
    register_layer("Scaled", scaled, lambda given: given.shape and (*given.shape[:-1], 6))
    after = explain(str(CUSTOM), "scaled")

    assert [finding.id for finding in before.findings] == ["custom-layer"]
    assert after.lines[0].status == "agrees"
    assert after.lines[0].calculation == "scaled = (4 + 1) * 6 = 30"
    assert [item.name for item in after.lines[0].items] == ["kernel", "scale"]
    assert not after.report.findings
    assert (after.report.total, after.report.trainable, after.report.state) == (80, 74, 6)


def test_a_registered_formula_that_does_not_fit_is_a_disagreement():
    register_layer("Scaled", lambda given: {"kernel": [given.axis(-1), 7], "scale": [6]})

    found = explain(str(CUSTOM), "scaled")

    assert found.lines[0].status == "differs"
    assert found.report.total == 80


def test_the_config_of_a_stored_file_alone_counts_to_the_same(tmp_path):
    register_layer("Scaled", scaled, lambda given: given.shape and (*given.shape[:-1], 6))
    path = tmp_path / "config.json"
    path.write_bytes(zipfile.ZipFile(CUSTOM).read("config.json"))

    report = count(path)

    assert (report.total, report.trainable, report.state) == (80, 74, 6)


@pytest.mark.oracle
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_a_live_layer_is_explained_by_its_registered_formula(library):
    keras = framework(library)
    if keras is None:
        pytest.skip(f"{library} is not installed")

    class Affine(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), name="scale")
            self.shift = self.add_weight(shape=(shape[-1],), name="shift")

        def call(self, inputs):
            return inputs * self.scale + self.shift

    def affine(given):
        features = given.axis(-1, "features")
        return {"scale": [features], "shift": [features]}

    register_layer("Affine", affine, "same")
    model = keras.Sequential([keras.Input((5,)), Affine(), keras.layers.Dense(2)])

    lines = explain(model).lines

    assert [(line.expression, line.result, line.status) for line in lines] == [
        ("2 * 5", "10", "agrees"),
        ("(5 + 1) * 2", "12", "agrees"),
    ]


@pytest.mark.parametrize("arguments", [("", low_rank), (3, low_rank), ("Mine", {}), ("Mine", low_rank, "other")])
def test_arguments_of_another_kind_are_refused(arguments):
    with pytest.raises(UsageError):
        register_layer(*arguments)


NO_VARIABLES = (
    None, 3, [3], ["kernel"], {"kernel": 3.5}, {"kernel": ["x"]}, {"kernel": [-1]}, {"kernel": [None]},
    [Slot("kernel", ("x",))],
)  # fmt: skip


@pytest.mark.parametrize("made", NO_VARIABLES)
def test_a_function_that_returns_no_variables_is_an_error_that_says_so(made):
    register_layer("Mine", lambda _: made)

    with pytest.raises(UsageError, match="registered"):
        slots_of("Mine", {})


def test_a_generator_is_a_list_of_slots_too():
    def mine(given):
        yield Slot("kernel", (given.axis(-1), 2))

    register_layer("Mine", mine)

    (slot,) = slots_of("Mine", {}, inputs=(None, 3)) or []
    assert str(slot.shape[0] * slot.shape[1]) == "3 * 2"


@pytest.mark.parametrize("made", [3, "x", (None, "x"), (None, -1), {"a": 3}, object()])
def test_an_output_that_is_no_shape_is_an_error_that_says_so(made):
    register_layer("Mine", lambda _: {}, lambda _: made)

    with pytest.raises(UsageError, match="is no shape"):
        output_of("Mine", {}, (None, 3))


def test_a_function_that_fails_is_an_error_with_its_cause():
    register_layer("Mine", lambda given: {"kernel": [given.config["size"]]})

    with pytest.raises(ParamcountError, match=r"Mine fails: KeyError: 'size'") as caught:
        slots_of("Mine", {})
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_registration_replaces_the_one_before():
    register_layer("Mine", lambda _: {"kernel": [3]})
    register_layer("Mine", lambda _: {"kernel": [4]})

    assert [slot.shape[0].value for slot in slots_of("Mine", {})] == [4]


def test_a_class_may_be_registered_with_its_package():
    register_layer("pkg>Mine", lambda _: {"kernel": [3]})

    assert is_known("pkg>Mine")
    assert not is_known("Mine")


def test_it_is_public():
    assert paramcount.register_layer is custom.register_layer
    assert slots_of("Dense", {"units": 2}, inputs=(None, 3)) is not None
    assert Given({"units": 2}).option("units").value == 2
