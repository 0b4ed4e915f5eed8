"""The worker process, asked as the command line asks it; nothing here needs a framework."""

from __future__ import annotations

import sys

import pytest

from paramcount.errors import CannotBuild, SourceMissing, UsageError
from paramcount.garden import model_of
from paramcount.garden.process import build, installed


def test_the_package_is_found_without_importing_it(package):
    assert installed()
    assert "official" not in sys.modules


def test_another_package_of_that_name_is_not_taken_for_it(tmp_path, monkeypatch):
    folder = tmp_path / "official"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert not installed()


def test_an_unknown_experiment_is_told_with_those_most_like_it(package):
    with pytest.raises(UsageError, match=r"no experiment called smal.*Did you mean `small`"):
        build("smal")


def test_an_experiment_of_a_broken_module_is_told_with_the_module(package):
    with pytest.raises(CannotBuild, match=r"official\.projects\.broken\.task, cannot be imported.*nobody_has"):
        build("from_a_broken_module")


def test_a_configuration_that_cannot_be_made_has_its_reason(package):
    with pytest.raises(CannotBuild, match="a field has no default"):
        build("no_config")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("task.model.backbon.dense.units=3", r"there is no task\.model\.backbon.*Did you mean `backbone`"),
        ("task.zzz=3", r"there is no task\.zzz.*task has freeze, kind, model, train_data"),
        ("zzz=3", r"there is no zzz.*The experiment has task, trainer"),
        ("task.model=3", r"task\.model is a group of settings.*It has backbone, input_size"),
        ("task.model.backbone.dense.units=-1", "refuses this: ValueError: units must not be negative"),
        ("no setting at all", "this is no setting|this is not YAML"),
        ("/etc/hostname", "this is no setting|this is not YAML"),
        ("[1, 2]", "this is no setting"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(package, setting, message):
    with pytest.raises(UsageError, match=message) as caught:
        build("small", [setting])

    assert f"--set {setting}" in str(caught.value)


def test_a_wrong_setting_in_a_file_names_the_file(package):
    path = package / "settings.yaml"
    path.write_text("{task: {zzz: 3}}", encoding="utf-8")

    with pytest.raises(UsageError, match=r"--config .*settings\.yaml: there is no task\.zzz"):
        build("small", configs=[str(path)])


def test_a_file_of_settings_that_is_not_there_is_told_without_a_process(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")

    with pytest.raises(SourceMissing, match="no such file of settings"):
        build("small", configs=["nothing.yaml"])


def test_a_package_that_cannot_be_imported_asks_for_what_works_together(package):
    (package / "official" / "core" / "exp_factory.py").write_text("import pkg_resources_of_old", encoding="utf-8")

    with pytest.raises(CannotBuild, match=r"cannot be imported: .*pkg_resources_of_old.*paramcount\[garden\]"):
        build("small")


def test_a_process_that_ends_itself_is_an_error_and_not_a_number(package):
    (package / "official" / "experiments.py").write_text(
        "import os, sys\n# @register_task_cls(\n@register_task_cls(x) if 0 else id\ndef f(): pass\n"
        "sys.stderr.write('out of memory')\nsys.stderr.flush()\nos._exit(7)\n"
        "if 0:\n    @a.register_task_cls(x)\n    def g(): pass\n",
        encoding="utf-8",
    )

    with pytest.raises(CannotBuild, match=r"ended with exit code 7.*out of memory"):
        build("small")


def test_a_process_that_takes_too_long_is_ended(package):
    with pytest.raises(CannotBuild, match="has not built small within"):
        build("small", timeout=0.001)


def test_modules_of_the_current_directory_are_not_imported(package, monkeypatch):
    elsewhere = package / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "official.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.chdir(elsewhere)

    with pytest.raises(UsageError, match="no experiment called smal"):
        build("smal")


def test_where_the_package_is_installed_it_is_asked_for_a_plain_name_too(package):
    with pytest.raises(UsageError, match="no experiment called resnet_imagenet"):
        model_of("garden:resnet_imagenet")


@pytest.mark.oracle
def test_what_the_package_prints_does_not_get_into_the_answer(package):
    pytest.importorskip("tf_keras")

    assert [layer.name for layer in build("prints").root.children] == ["first", "second"]


@pytest.mark.oracle
def test_a_model_that_needs_memory_gets_it_in_another_process(package):
    pytest.importorskip("tf_keras")

    assert build("needs_values").root.children[0].variables[0].shape == (200, 100)
