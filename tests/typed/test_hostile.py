"""Texts that nobody trusts: nothing is executed, and nothing takes unbounded time or memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from paramcount import errors, typed

HEAD = "import keras\nfrom keras.layers import Dense, Input\nfrom keras import Sequential\n"

HOSTILE = {
    "a tower of powers": "x = 10**10**10",
    "a long shift": "x = 1 << 10**9",
    "squares of squares": "x = 2\nfor i in range(10**5):\n    x = x * x",
    "a product of bits": "x = 7**1000\ny = x * x * x * x",
    "a long list": "x = [0] * 10**9",
    "a longer list": "x = 10**30 * [0]",
    "a long text": "x = 'a' * 10**12",
    "doubled lists": "x = [1]\nwhile True:\n    x = x + x",
    "extended lists": "x = [1]\nwhile True:\n    x.extend(x)",
    "endless loop": "while True:\n    pass",
    "endless appending": "x = []\nwhile True:\n    x.append(1)",
    "nested loops": "for i in range(1000):\n    for j in range(1000):\n        x = Dense(1)",
    "a listed range": "x = list(range(10**12))",
    "a long range": "m = Sequential()\nfor i in range(10**12):\n    m.add(Dense(1))",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)",
    "double recursion": "def f(n):\n    return f(n - 1) + f(n - 1) if n else 1\nx = f(20)",
    "recursive lambdas": "f = lambda g: g(g)\nf(f)",
    "deep expression": "x = " + "-" * 5000 + "1",
    "deep parentheses": "x = " + "(" * 5000 + "1" + ")" * 5000,
    "deep lists": "x = " + "[" * 150 + "]" * 150,
    "long sum": "x = " + "+".join(["1"] * 5000),
    "deep calls": "x = " + "Dense(1)(" * 90 + "Input((2,))" + ")" * 90,
    "deep attributes": "x = a" + ".b" * 5000,
    "a list in itself": "x = []\nx.append(x)\nm = Sequential(x)",
    "a tower of lists": "x = [0]\n" + "x = [x, x]\n" * 60 + "y = Dense(units=x)",
    "towers compared": "x = [0]\ny = [0]\n" + "x = [x, x]\ny = [y, y]\n" * 60 + "z = x == y",
    "a tower as key": "x = (0,)\n" + "x = (x, x)\n" * 60 + "z = {x: 1}",
    "a tower as text": "x = [0]\n" + "x = [x, x]\n" * 60 + "z = f'{x}' + str(x)\nm = Sequential([Dense(1, name=z)])",
    "a tower of models": "m = Sequential([Dense(1)])\n" + "m = Sequential([m, m])\n" * 40,
    "a wide format": "x = '%1000000000d' % 3\ny = f'{3:>1000000000}'",
    "a nested format": "x = '{:{}}'.format(1, 10**9)",
    "a starred format": "x = '%*d' % (10**9, 1)",
    "joined texts": "x = 'a' * 1000\nwhile True:\n    x = x.join([x, x, x])",
    "replaced texts": "x = 'a' * 9000\nx = x.replace('a', x)",
    "rounding": "x = round(5, -10**9)\nm = Sequential([Dense(x)])",
    "searching a range": "x = 1.5 in range(10**15)\nm = Sequential([Dense(1 if x else 2)])",
    "a long comprehension": "x = [i * j for i in range(10**4) for j in range(10**4)]",
    "a big dict": "x = {i: i for i in range(10**9)}",
    "big sum": "x = sum(range(10**9))",
    "mapped": "x = list(map(lambda i: i, range(10**9)))",
    "many arguments": "def f(*a):\n    return f(*a, *a)\nf(1, 2)",
    "null bytes": "x = 1\0",
    "surrogates": "x = '\ud800'",
    "too long": "#" * 2_000_000,
    "deep statements": "".join(" " * i + "if 1:\n" for i in range(300)) + " " * 300 + "pass",
    "a huge split": "import keras\ni = Input((8,))\na = keras.ops.split(i, 10**9)",
    "a huge number": "x = " + "9" * 10000,
    "many rebuilds": "m = Sequential([Input((1,))])\nfor i in range(5000):\n    m.add(Dense(1))",
    "much freezing": "m = Sequential([Dense(1) for i in range(500)])\nfor i in range(10**4):\n    m.trainable = False",
    "an input that is too deep": "x = Input(shape=[[[[3]]]])",
    "many branches": "\n".join(f"if x{i}:\n    x{i} = 1" for i in range(5000)),
    "a shape with text": "m = Sequential([Input(('a',)), Dense(1)])",
    "a negative shape": "m = Sequential([Input((-3,)), Dense(1)])",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_text_is_refused_in_bounds(name: str) -> None:
    with pytest.raises(errors.ParamcountError):
        typed.read_models(HEAD + HOSTILE[name], "file.py")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 9999,
        "-" * 99999 + "1",
        "Dense(10**10**10)",
        "Dense(*[1]*10**9)",
        "",
        "\0",
        "Dense(x:=3, y:=[], 3",
        "Dense(lambda: 0)",
        "[Dense(3)]",
        "Dense(...)",
        "Dense(yield)",
        "await x",
        "Dense(3)(4)",
    ],
)
def test_a_hostile_layer_is_refused(text: str) -> None:
    with pytest.raises(errors.ParamcountError):
        typed.read_layer(text)


@pytest.mark.parametrize("units", ["1e400", "-1e400", "1e400 - 1e400"])
def test_units_that_are_not_finite_are_refused_in_tf_keras(units: str) -> None:
    with pytest.raises(errors.ParamcountError, match=r"finite|number|read"):
        typed.read_layer(f"Dense({units})", tf_keras=True)


def test_nothing_of_a_text_is_executed(tmp_path) -> None:
    trace = tmp_path / "trace"
    module = tmp_path / "side_effect.py"
    module.write_text(f"open({str(trace)!r}, 'w').write('imported')\n")
    text = (
        HEAD
        + f"""
import side_effect
from side_effect import *
open({str(trace)!r}, "w").write("opened")
__import__("os").system("touch {trace}")
__import__("side_effect")
eval("open({str(trace)!r}, 'w')"); exec("open({str(trace)!r}, 'w')")
import os; os.system("touch {trace}"); os.environ["PARAMCOUNT_TRACE"] = "1"
import subprocess; subprocess.run(["touch", {str(trace)!r}])
from pathlib import Path; Path({str(trace)!r}).touch()
[].__class__.__base__.__subclasses__()
"".__class__.__mro__[1]
getattr(Dense, "__init__").__globals__
class Evil:
    open({str(trace)!r}, "w")
    def __init_subclass__(cls): open({str(trace)!r}, "w")
class Worse(Evil): pass
def f(x=open({str(trace)!r}, "w")): pass
m = Sequential([Input((3,)), Dense(2, kernel_initializer=lambda *a: open({str(trace)!r}, "w"))])
"""
    )
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from paramcount import typed; before = set(sys.modules)\n"
        "import os; text = sys.stdin.read(); found = typed.read_models(text, 'evil.py')\n"
        "assert len(found) == 1 and 'PARAMCOUNT_TRACE' not in os.environ\n"
        "for name in ('side_effect', 'subprocess', 'keras', 'pathlib', 'ast', 're', 'json', 'typing', 'inspect'):\n"
        "    assert name not in sys.modules, name\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import sys; sys.path[:0] = sys.argv[2].split('|')\n" + script, str(tmp_path),
         "|".join(path for path in sys.path if path)],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not trace.exists()
