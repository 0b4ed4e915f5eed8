"""The reference of layers is what paramcount computes, names every layer, and says what Keras says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from oracle_frameworks import framework
from paramcount.layers.signatures import names

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "layers").glob("*.md"))
sys.path.insert(0, str(DOCS))

import layer_examples  # noqa: E402 - beside the pages, and no part of a package
import layer_facts  # noqa: E402

EVERY = sorted({*names(), *names(True)})
INTEGERS = frozenset("Embedding ReversibleEmbedding IntegerLookup CategoryEncoding Hashing HashedCrossing".split())
TEXTS = frozenset("StringLookup TextVectorization".split())
ONE_BY_ONE = frozenset("MultiHeadAttention GroupQueryAttention".split())
UNCALLED = frozenset("InputLayer Wrapper MaxNumBoundingBoxes".split())
"""Layers that are not called on one tensor: they own nothing, or what they hold."""


def sections() -> dict[str, Path]:
    """Heading to its page."""
    return {name: page for page in PAGES for name in re.findall(r"^## (\w+)$", page.read_text("utf-8"), re.MULTILINE)}


def test_the_pages_are_what_the_generator_writes():
    done = subprocess.run(
        [sys.executable, str(DOCS / "layer_pages.py"), "--check"], capture_output=True, check=False, encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


@pytest.mark.parametrize("class_name", EVERY)
def test_every_layer_of_both_frameworks_has_a_section_and_a_line_in_the_index(class_name):
    page = sections().get(class_name)
    index = (DOCS / "layers" / "README.md").read_text("utf-8")

    assert page is not None
    assert f"[{class_name}]({page.name}#{class_name.lower()})" in index


def test_a_layer_has_one_section_alone():
    found = [name for page in PAGES for name in re.findall(r"^## (\w+)$", page.read_text("utf-8"), re.MULTILINE)]

    assert len(found) == len(set(found))


def test_the_calculation_is_that_of_the_issue():
    page = (DOCS / "layers" / "convolution.md").read_text("utf-8")

    assert "`(3 * 6 * 6 + 1) * 64 = 6976`" in page
    assert "`(input_channels * kernel_height * kernel_width + 1) * filters`" in page


@pytest.mark.parametrize("name", sorted(layer_examples.UNKNOWABLE))
def test_what_no_config_describes_is_never_shown_as_known(name):
    assert "output shape not known" in layer_facts.status_of_class(name)
    assert ("`0`" if name == "Lambda" else "`?`") in layer_facts.status_of_class(name)


@pytest.mark.parametrize("tf_keras", [False, True])
def test_every_option_was_tried(tf_keras):
    left = {
        example.class_name: layer_facts.options(example, tf_keras).untried
        for found in layer_facts.examples().values()
        for example in found
        if layer_facts.exists(example.class_name, tf_keras)
    }

    assert {name: options for name, options in left.items() if options} == {}


@pytest.mark.parametrize("tf_keras", [False, True])
def test_a_layer_that_is_frozen_counts_the_same(tf_keras):
    for found in layer_facts.examples().values():
        for example in found:
            if not layer_facts.exists(example.class_name, tf_keras):
                continue
            free = layer_facts.facts(example.call, example.shapes, tf_keras)
            bare = example.call[:-1].rstrip()
            frozen = f"{bare}{'' if bare.endswith('(') else ', '}trainable=False)"
            still = layer_facts.facts(frozen, example.shapes, tf_keras)
            if example.class_name == "InputLayer":
                continue
            assert still is not None, frozen
            assert still.total == free.total
            assert not [row.name for row in still.rows if row.trains == "yes"], frozen


@pytest.mark.oracle
@pytest.mark.parametrize("tf_keras", [False, True])
def test_every_number_on_the_pages_is_that_of_keras(tf_keras):
    """The worked examples, and each of them with every option that makes another formula of it."""
    keras = framework("tf_keras" if tf_keras else "keras")
    if keras is None:
        pytest.skip("not installed")
    if not tf_keras and version("keras").split(".")[:2] < ["3", "15"]:
        pytest.skip("the pages are those of a newer Keras")
    wrong, tried = [], 0
    for example in [example for found in layer_facts.examples().values() for example in found]:
        if not layer_facts.exists(example.class_name, tf_keras) or example.class_name in UNCALLED:
            continue
        shown = [(example.call, layer_facts.facts(example.call, example.shapes, tf_keras))]
        variants = layer_facts.options(example, tf_keras).formula
        shown += [(layer_facts.typed_with(example, tf_keras, one.typed), one.facts) for one in variants]
        for call, facts in shown:
            try:
                count, output = real(keras, example.class_name, call, example.shapes)
            except ImportError:
                continue  # A layer that needs a package which is not installed.
            tried += 1
            if count != facts.total or (None not in (output, facts.output) and output != facts.output):
                wrong.append(f"{call}: {(count, output)}, not {(facts.total, facts.output)}")

    assert not wrong, "\n".join(wrong)
    assert tried > 100


def real(keras, class_name, call, shapes):
    """Parameters and output shape of a typed layer in the framework itself."""
    layer = eval(call, dict(vars(keras.layers)))  # noqa: S307 - the examples are ours
    sizes = [tuple(map(int, shape.split(","))) for shape in shapes]
    if class_name.endswith(("Cell", "Cells")):
        layer.build((None, *sizes[0]))
        return layer.count_params(), None
    dtype = "int32" if class_name in INTEGERS else "string" if class_name in TEXTS else "float32"
    inputs = [keras.Input(size, dtype=dtype) for size in sizes]
    together = inputs[0] if len(inputs) == 1 else inputs
    output = layer(*inputs) if class_name in ONE_BY_ONE else layer(together)
    return layer.count_params(), nested(output)


def nested(output):
    return tuple(map(nested, output)) if isinstance(output, (list, tuple)) else tuple(output.shape)
