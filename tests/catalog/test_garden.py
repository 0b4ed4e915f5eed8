"""The catalog of the Model Garden: its table and its trees say the same, and names are found."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from paramcount.catalog import garden
from paramcount.count import reconcile
from paramcount.errors import CannotBuild, UsageError
from paramcount.garden import model_of, process
from paramcount.report import Report

ROOT = Path(__file__).parents[2]
ENTRIES = garden.entries()
PLAIN = [entry for entry in ENTRIES if not entry.reason]
REAL = process.installed()


def page_maker():
    spec = importlib.util.spec_from_file_location("garden_pages", ROOT / "docs" / "garden_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def absent(monkeypatch):
    """The package as if it were not installed."""
    monkeypatch.setattr(process, "installed", lambda: False)


@pytest.mark.parametrize("entry", PLAIN, ids=lambda entry: entry.name)
def test_the_tree_of_an_experiment_has_the_numbers_of_the_table(entry, absent):
    report = Report(model_of(entry.name))
    amounts = report.totals

    assert (amounts.total.parameters, amounts.trainable.parameters) == (entry.total, entry.trainable)
    assert (amounts.frozen.parameters, amounts.state.parameters) == (entry.frozen, entry.state)
    assert (amounts.total.tensors, amounts.trainable.tensors) == (entry.tensors, entry.trainable_tensors)
    assert report.lower_bound == entry.lower_bound
    assert reconcile(report.model).holds


def test_the_answer_says_that_it_is_from_the_catalog_and_of_which_version(absent):
    source = model_of("garden:resnet_imagenet").source

    assert source.path == "garden:resnet_imagenet"
    assert source.title == "Model Garden 2.20.0 from paramcount's catalog (its package is not installed)"


@pytest.mark.parametrize(
    ("name", "total", "trainable"),
    [
        ("resnet_imagenet", 25_612_201, 25_559_081),
        ("bert/pretraining", 110_697_020, 110_697_020),
        ("retinanet_spinenet_coco", 28_652_567, 28_543_383),
        ("retinanet_mobile_coco", 2_386_603, 2_337_579),
        ("movinet_kinetics600", 3_126_071, 3_111_799),
        ("seg_unet3d_test", 964_578, 963_746),
        ("mobilenet_imagenet_qat", 3_560_462, 3_506_153),
    ],
)
def test_the_numbers_are_those_that_the_package_gave_to_others(name, total, trainable):
    """Counted once more by hand, with `model.variables` and `model.trainable_variables`."""
    assert (garden.known(name).total, garden.known(name).trainable) == (total, trainable)


def test_every_experiment_has_numbers_or_a_reason():
    for entry in ENTRIES:
        assert entry.reason or entry.settings == ""
        assert (entry.total is None) == bool(entry.reason and not entry.settings)
        if entry.total is not None:
            assert entry.total == entry.trainable + entry.frozen + entry.state


def test_the_package_registers_85_experiments():
    assert len(ENTRIES) == len({entry.name for entry in ENTRIES}) == 85
    assert [entry.name for entry in ENTRIES] == sorted(entry.name for entry in ENTRIES)


def test_settings_ask_for_the_extra_where_the_package_is_absent(absent):
    with pytest.raises(UsageError, match=r"settings need the Model Garden package.*paramcount\[garden\]"):
        model_of("resnet_imagenet", ["task.model.num_classes=10"])


def test_a_misspelt_name_is_told_before_a_package_is_asked_for(absent):
    with pytest.raises(UsageError, match=r"no experiment called resnet_imagnet.*Did you mean `resnet_imagenet`"):
        model_of("resnet_imagnet", ["task.model.num_classes=10"])


def test_a_name_like_no_other_gets_the_list(absent):
    with pytest.raises(UsageError, match=r"garden --list"):
        model_of("0")


def test_an_experiment_that_is_to_be_completed_says_with_which_settings(absent):
    with pytest.raises(CannotBuild, match=r"as it is registered: .*input_size=\[224,224,3\].*paramcount\[garden\]"):
        model_of("image_classification")


def test_an_experiment_that_cannot_be_built_says_why(absent):
    with pytest.raises(CannotBuild, match=r"tensorflow_recommenders.*No setting is known"):
        model_of("dlrm_criteo")


def test_a_search_minds_no_case_and_no_hyphens():
    assert [entry.name for entry in garden.search(["ResNet", "QAT"])] == ["resnet_imagenet_qat"]
    assert [entry.name for entry in garden.search(["resnet-imagenet-qat"])] == ["resnet_imagenet_qat"]
    assert garden.search([]) == ENTRIES
    assert garden.search(["nothing", "like", "it"]) == ()


@pytest.mark.parametrize(
    ("millions", "total", "trainable", "follows", "exact"),
    [
        ("28.5", 28_652_567, 28_543_383, "trainable", True),
        ("35.7", 35_747_337, 35_693_961, "either", True),
        ("34.0", 34_167_319, 34_091_159, "trainable", False),
        ("63.7", 63_696_489, 63_550_000, "total", True),
        ("2.32", 2_386_603, 2_337_579, "trainable", False),
    ],
)
def test_a_published_number_follows_the_nearest_of_ours(millions, total, trainable, follows, exact):
    one = garden.Published("", millions, "", "", total, trainable)

    assert (one.follows, one.exact) == (follows, exact)


def test_the_file_is_small_enough_to_be_part_of_every_installation():
    assert Path(garden.__file__).with_name(garden.FILE).stat().st_size < 300_000


def test_the_tables_of_the_page_are_those_of_the_catalog():
    maker = page_maker()
    page = maker.PAGE.read_text(encoding="utf-8")

    assert maker.filled(page) == page
    assert sorted(maker.TABLES) == sorted(set(maker.re.findall(r"<!-- table: (\w+) -->", page)))


@pytest.mark.network
@pytest.mark.skipif(not REAL, reason="the Model Garden package is not installed")
@pytest.mark.parametrize("name", ["resnet_imagenet", "bert/pretraining", "mock", "seg_unet3d_test"])
def test_the_package_builds_what_the_catalog_holds(name):
    """In a process of its own each, as users have it; the catalog was made by forking."""
    built = process.build(name)
    kept = model_of_catalog(name)

    assert built.root == kept.root
    assert built.findings == kept.findings


@pytest.mark.network
@pytest.mark.skipif(not REAL, reason="the Model Garden package is not installed")
def test_the_package_takes_settings_in_its_own_syntax(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("task:\n  model:\n    num_classes: 7\n", encoding="utf-8")
    built = Report(process.build("resnet_imagenet", ["task.model.backbone.resnet.model_id=101"], [str(path)]))

    assert built.total == 44_656_553 - (1001 - 7) * (2048 + 1)


def model_of_catalog(name):
    from paramcount.garden.stored import model

    return model(name)


def test_the_catalog_imports_no_framework():
    import subprocess

    code = (
        "import sys; from paramcount.garden import process; process.installed = lambda: False\n"
        "from paramcount.garden import model_of; model_of('resnet_imagenet')\n"
        "print(sorted({'tensorflow', 'keras', 'tf_keras', 'numpy', 'official', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
