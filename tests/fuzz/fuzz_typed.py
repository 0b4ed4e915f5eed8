"""Fuzz entry of typed models and of models known by name: ``python tests/fuzz/fuzz_typed.py FORM --inputs 100000``.

The forms are ``text`` (words of valid texts are changed, moved and removed), ``layer`` (the same of one constructor
call) and ``name`` (options of ``keras.applications`` get values that nobody would give them).  Whatever comes in,
only a ``ParamcountError`` may come out, and what is read counts and adds up.
"""

from __future__ import annotations

import random
import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("", "typed", "readers", "fuzz")]

from paramcount import Report, catalog, explain, typed
from paramcount.architecture.describe import batched, model_of

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = re.compile(r"\s+|\w+|'[^'\n]*'|\"[^\"\n]*\"|[^\w\s]")
ODD_WORDS = (
    "0", "1", "-1", "3", "64", "10**30", "10**10**10", "1e400", "None", "True", "...", "[]", "()", "{}", "''", "'a'",
    "f'{x}'", "*", "**", "=", ":", ":=", ",", ".", "(", ")", "[", "]", "\n", "\n    ", " if x else ", "lambda: 0",
    " for i in range(9)", "yield", "await", "Dense", "Input", "Sequential", "x", "model", "range(10**9)", "(None,)",
    "@", "//", "<<", "while True:", "\0", "\ud800", "def f(x): return f(x)\n", "return", "break", "del x", "try:",
    "global x", "import keras", "*[1]*10**9",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, 31, 32, 33, 75, 101, 224, 10**30, -(10**30), 2**63, 1.5, 0.01, -0.5, 1e308,
    float("nan"), float("inf"), "", "avg", "max", "x", "\0", "softmax", "a/b", [], (), {}, [[]], (None,), b"",
    (None, None, 3), (32, 32, 3), (75, 101, 1), (64, None, 4), (10**30, 32, 3), (32, 32, 10**30), (0, 0, 0),
    (-1, 32, 3), (2**62, 2**62, 2**62), object(), [None] * 1000, "x" * 100_000, range(3), (32.0, 32, 3), ("32", 32, 3),
)  # fmt: skip


def one_text(data: bytes) -> None:
    """Read a changed text and count every model in it."""
    for model in typed.read_models(_changed(data, _texts()), "fuzzed.py"):
        _counted(model.config)


def one_layer(data: bytes) -> None:
    """Read a changed constructor call and count its layer on an input."""
    config = typed.read_layer(_changed(data, LAYERS), tf_keras=bool(data[0] & 1))
    for inputs in (None, (None, 8), (None, 8, 8), (None, 16, 16, 3)):
        _counted(config, inputs)


def one_name(data: bytes) -> None:
    """Count a model known by name with odd options."""
    rng = random.Random(data)  # noqa: S311  A run must be repeatable.
    name = rng.choice(catalog.names())
    options = list(catalog.options(name))
    given = {rng.choice(options): rng.choice(ODD_VALUES) for _ in range(rng.choice((1, 1, 2, 3)))}
    if rng.random() < 0.05:
        given[rng.choice(("", "x", "self", "entry", "\0"))] = 1
    _counted(catalog.config(name, **given))


def _counted(config: Any, inputs: Any = None) -> None:
    report = Report(model_of(config, batched(inputs)))
    assert report.reconcile().holds, report.reconcile()
    str(report)
    str(explain(report))


def _changed(data: bytes, texts: list[str]) -> str:
    """One of the texts with some of its words replaced, removed, doubled or moved."""
    rng = random.Random(data)  # noqa: S311  A run must be repeatable.
    words: list[str] = WORDS.findall(rng.choice(texts))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at, other = rng.randrange(len(words)), rng.randrange(len(words))
        kind = rng.randrange(12)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words[at] = words[other]
        elif kind == 2:
            words.insert(at, words[other])
        elif kind == 3:
            words[at], words[other] = words[other], words[at]
        elif kind == 4:
            words[at:at] = words[other : other + rng.choice((3, 10, 40))]
        elif kind == 5:
            words[at] = rng.choice(ODD_WORDS)
        else:
            # One of the same kind, so that the text stays one that can be read.
            alike = [word for word in words if _kind(word) == _kind(words[at])]
            words[at] = rng.choice([*alike, *(word for word in ODD_WORDS if _kind(word) == _kind(words[at]))])
    return "".join(words)


def _kind(word: str) -> str:
    """What may stand in the place of a word: a number, a name, a text; else the word itself."""
    if not word.strip():
        return word
    return "number" if word[0].isdigit() else "name" if word[0].isalpha() else "text" if word[0] in "'\"" else word


LAYERS = [
    "Dense(64, activation='relu', use_bias=False)",
    "keras.layers.Conv2D(filters=32, kernel_size=(3, 3), strides=2, padding='same', groups=1, input_shape=(28, 28, 3))",
    "Bidirectional(LSTM(3, return_sequences=True), merge_mode='sum', backward_layer=GRU(3, go_backwards=True))",
    "TimeDistributed(SeparableConv2D(4, 3, depth_multiplier=2))",
    "MultiHeadAttention(num_heads=2, key_dim=[3][0], value_dim=4, output_shape=(5,), attention_axes=(1, 2))",
    "RNN([LSTMCell(3), GRUCell(2 * 2)], return_state=True)",
    "BatchNormalization(axis=[1, 2], scale=False, name='bn')",
    "EinsumDense('abc,cd->abd', output_shape=(None, 64), bias_axes='d')",
    "SpectralNormalization(Dense(5, kernel_initializer='zeros'), power_iterations=2)",
    "Sequential([Dense(4, input_shape=(3,)), Dropout(0.5), Dense(2)])",
    "PReLU(shared_axes=[1, 2])",
    "Normalization(mean=[1.0, 2.0], variance=[1.0, 1.0])",
]


_found: list[str] = []


def _texts() -> list[str]:
    """The texts that the tests compare with Keras."""
    if not _found:
        import texts

        for group in (texts.QUESTIONS, texts.SEQUENTIAL, texts.FUNCTIONAL, texts.SHAPES, texts.APPLICATIONS,
                      texts.TF_KERAS, texts.TUTORIALS):  # fmt: skip
            _found.extend(text if isinstance(text, str) else text[0] for text in group.values())
    return _found


FORMS: dict[str, Callable[[bytes], None]] = {"text": one_text, "layer": one_layer, "name": one_name}


if __name__ == "__main__":
    from mutate import numbered

    # Python warns of odd literals in a text that it parses.
    warnings.simplefilter("ignore")
    numbered(FORMS[sys.argv.pop(1)], [], __doc__)
