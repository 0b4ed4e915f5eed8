"""Writes ``src/paramcount/catalog/applications.bin``: the architectures of ``keras.applications``.

    KERAS_BACKEND=numpy PYTHONPATH=src python scripts/make_applications.py

Real Keras, of the version that ``paramcount.catalog.KERAS_VERSION`` names, builds every model under several options,
without allocating a weight.  What differs between the builds becomes a condition or a rule, in the words that
``paramcount.catalog.expand`` and ``paramcount.catalog.rules`` explain; what no rule explains stops the script.  The
tests in ``tests/catalog`` then compare what comes out with Keras, under options that were not used here.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "numpy")

from paramcount.catalog import KERAS_VERSION, archive, skeletons
from paramcount.catalog.models import MODELS, Entry
from paramcount.catalog.rules import widths
from paramcount.catalog.signatures import options as options_of

TARGET = Path(__file__).parents[1] / "src" / "paramcount" / "catalog" / archive.FILE

CLASSES, ACTIVATION, RATE, MULTIPLIER, NAME = 1237, "elu", 0.123, 1709, "NAME__"
"""Values that stand nowhere else in a model, so that the places where an option goes show themselves."""
BASES = (16, 24, 32, 40, 64, 80, 96, 112, 160, 320)
ALPHAS = [number / 20 for number in range(1, 40)] + [17.9 / base for base in BASES] + [7.77]
"""Among them some for which rounding a product and rounding its integer part give different widths."""
CHAINS = {
    "efficientnet": "ppppp", "mobilenet_v2": "cpppp", "mobilenet_v3": "cpppp", "nasnet": "vpPPP", "convnext": "qfff",
}  # fmt: skip
"""How the sizes follow from each other, for families that have something that depends on them."""
WAYS = {"mobilenet": "i", "mobilenet_v2": "dmw", "mobilenet_v3": "dw"}
"""The ways in which a width follows from ``alpha``, by family."""
FACTORS = (6, 4, 3, 2.5, 2.3, 72.0 / 16, 88.0 / 24, 0.25)
"""By how much a width may be another's: expansions, and the squeeze."""
SHAPES = ((331, 302, 3), (157, 228, 3), (96, 131, 3))
"""Inputs of odd and even sizes."""


class Row(NamedTuple):
    """One layer of a build."""

    name: str
    kind: str
    config: dict[str, Any]
    sources: tuple[str | float, ...]
    sizes: tuple[int | None, ...] = ()
    nested: bool = False


def build(entry: Entry, **given: Any) -> dict[str, Any]:
    """What ``to_json`` says of a model that Keras builds without allocating it."""
    import keras
    from keras.src.backend.common import global_state

    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = getattr(keras.applications, entry.name)(weights=None, **given)
        config: dict[str, Any] = json.loads(model.to_json())
    global_state.set_global_attribute("uninitialized_variables", [])
    return config


def kept(layer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The kind of a layer and the options that the catalog keeps."""
    operation = layer["module"].startswith("keras.src.ops")
    kind = f"ops.{layer['class_name']}" if operation else layer["class_name"]
    config = {option: layer["config"][option] for option in skeletons.KEPT[kind]}
    if (layer["module"], layer["class_name"], layer["registered_name"]) != skeletons.head(kind):
        raise SystemExit(f"{kind} is of another module than the catalog thinks")
    config.pop("dtype", None)
    return kind, config


def rows_of(config: dict[str, Any]) -> list[Row]:
    """The layers of a model in Keras's order."""
    rows = []
    for layer in config["config"]["layers"]:
        kind, options = kept(layer)
        sources, sizes = call_of(layer)
        inner = options.pop("layers", ())
        rows.append(Row(layer["name"], kind, options, sources, sizes))
        rows += [Row(part["config"]["name"], *kept(part), (), sizes, nested=True) for part in inner]
    return rows


def call_of(layer: dict[str, Any]) -> tuple[tuple[str | float, ...], tuple[int | None, ...]]:
    """What a layer is called with, and the height and width of the first tensor."""
    if not layer["inbound_nodes"]:
        return (), ()
    (node,) = layer["inbound_nodes"]
    args = node["args"][0] if isinstance(node["args"][0], list) else node["args"]
    sources: list[str | float] = []
    for arg in args:
        if isinstance(arg, dict):
            name, node_index, tensor_index = arg["config"]["keras_history"]
            if (node_index, tensor_index) != (0, 0):
                raise SystemExit(f"{layer['name']} takes another than the first output of {name}")
            sources.append(name)
        else:
            sources.append(arg)
    return tuple(sources), tuple(args[0]["config"]["shape"][1:3])


# --- Builds and how they differ -----------------------------------------------------------------


class Line(NamedTuple):
    """One layer of the text."""

    row: Row
    condition: str = "."


def marked(entry: Entry, **given: Any) -> dict[str, Any]:
    """Options of a build whose values show where they go."""
    known = options_of(entry.name)
    marks = {"classes": CLASSES, "classifier_activation": ACTIVATION, "dropout": RATE, "dropout_rate": RATE}
    marks |= {"depth_multiplier": MULTIPLIER}
    if entry.family == "convnext":
        marks["name"] = NAME
    if entry.family in ("mobilenet_v2", "mobilenet_v3"):
        # All widths are 8 then, and every block that could add its input does.
        marks["alpha"] = 0.001
    return {option: value for option, value in marks.items() if option in known} | given


def whole(entry: Entry, **given: Any) -> list[Row]:
    """The layers of a build, with every addition that the model has for some ``alpha``."""
    options = marked(entry, **given)
    rows = rows_of(build(entry, **options))
    if "alpha" not in options:
        return rows
    # The smallest alpha makes all rounded widths equal, but not those that are the same for every alpha.
    names = {row.name for row in rows}
    others = [row for row in rows_of(build(entry, **options | {"alpha": 1.0})) if row.name not in names]
    for other in others:
        before = next(number for number, row in enumerate(rows) if row.name == other.sources[-1])
        # What took the input of the addition takes the addition.
        later = [
            row._replace(sources=tuple(other.name if source == other.sources[-1] else source for source in row.sources))
            for row in rows[before + 1 :]
        ]
        rows[before + 1 :] = [other, *later]
    return rows


def architecture(entry: Entry, **given: Any) -> list[Line]:
    """All layers that a model may have, with the conditions on which they are there."""
    opened = None in given.get("input_shape", ())
    heads = {"n": {"include_top": False}, "a": {"include_top": False, "pooling": "avg"}}
    heads["m"] = {"include_top": False, "pooling": "max"}
    if not opened:
        heads = {"t": {"include_top": True}, **heads}
        given = {"input_shape": SHAPES[0], **given}
    builds = {key: whole(entry, **given, **head) for key, head in heads.items()}
    length = common(list(builds.values()))
    first = next(iter(builds.values()))
    front, body = preprocessing(entry, given, first[:length])
    lines = front + [Line(row) for row in body]
    for key, rows in builds.items():
        lines += [Line(row, key + ("r" if row.kind == "Dropout" and "dropout_rate" in options_of(entry.name) else ""))
                  for row in rows[length:]]  # fmt: skip
    return lines


def common(builds: list[list[Row]]) -> int:
    """With how many equal layers the builds begin."""
    length = 0
    for rows in zip(*builds, strict=False):
        if any(row != rows[0] for row in rows):
            break
        length += 1
    return length


def preprocessing(entry: Entry, given: dict[str, Any], body: list[Row]) -> tuple[list[Line], list[Row]]:
    """The layers before the body with their conditions, and the body."""
    if "include_preprocessing" not in options_of(entry.name):
        return [Line(body[0])], body[1:]
    rows, columns, _ = given["input_shape"]
    without = whole(entry, **given | {"include_preprocessing": False})
    grey = whole(entry, **given | {"input_shape": (rows, columns, 1)})
    lines = [Line(body[0])]
    full = whole(entry, **given)
    for condition, build_ in (("3", full), ("o", grey)):
        extra = len(build_) - len(without)
        if [row.name for row in build_[1 + extra :]] != [row.name for row in without[1:]]:
            raise SystemExit(f"{entry.name}: preprocessing changes more than the front")
        lines += [Line(row, condition) for row in build_[1 : 1 + extra]]
    # The body then takes its input from whichever of these layers stands last.
    start = len(full) - len(without) + 1
    return lines, [body[start]._replace(sources=(lines[-1].row.name,)), *body[start + 1 :]]


# --- Rules ---------------------------------------------------------------------------------------


class Rules:
    """The widths of one model that depend on ``alpha``, found by trying ways that give the same for all alphas."""

    def __init__(self, entry: Entry, given: dict[str, Any]) -> None:
        self.entry = entry
        self.texts: list[str] = []
        self.values: list[list[int]] = []
        self.of_layer: dict[str, int] = {}
        if entry.family not in WAYS:
            return
        observed: dict[str, list[int]] = {}
        for alpha in ALPHAS:
            built = build(entry, **marked(entry, input_shape=SHAPES[0], **given) | {"alpha": alpha})
            for row in rows_of(built):
                if "filters" in row.config:
                    observed.setdefault(row.name, []).append(row.config["filters"])
        for layer, values in observed.items():
            if set(values) != {CLASSES}:
                self.of_layer[layer] = self.rule(layer, values)

    def rule(self, layer: str, values: list[int]) -> int:
        """The number of the rule that gives these values for ``ALPHAS``."""
        if values in self.values:
            return self.values.index(values)
        for text in self.candidates(values):
            rules = ";".join([*self.texts, text])
            if [widths(self.entry, rules, alpha)[-1] for alpha in ALPHAS] == values:
                self.texts.append(text)
                self.values.append(values)
                return len(self.values) - 1
        raise SystemExit(f"{self.entry.name}: no rule gives the filters of {layer}: {values}")

    def candidates(self, values: list[int]) -> list[str]:
        """Rules that may give these values: of alpha, and of each width that is known."""
        base = values[ALPHAS.index(1.0)]
        texts = [f"k {base}"] if len(set(values)) == 1 else []
        texts += [f"{way} a {base}" for way in WAYS[self.entry.family]]
        for number in range(len(self.texts)):
            texts += [f"{way} {number} {factor}" for factor in FACTORS for way in "xd"]
        return texts


def spread(rows: list[Row], rules: Rules) -> dict[str, int]:
    """The rule of the number of channels that each layer gives, as far as a rule says it."""
    found: dict[str, int] = {}
    for row in rows:
        if row.name in rules.of_layer:
            found[row.name] = rules.of_layer[row.name]
        elif row.kind not in ("Concatenate", "Dense", "Reshape", "Flatten") and row.sources:
            source = row.sources[-1] if isinstance(row.sources[-1], str) else row.sources[0]
            if source in found:
                found[row.name] = found[str(source)]
    return found


def sizes_after(entry: Entry, shape: tuple[int | None, ...]) -> list[tuple[int | None, ...]]:
    """The sizes of the chain of a family."""
    from paramcount.catalog.rules import levels

    return list(levels(entry, CHAINS.get(entry.family, ""), shape))  # type: ignore[arg-type]


def text_of(entry: Entry, given: dict[str, Any]) -> str:
    """The text of one architecture."""
    lines = architecture(entry, **given)
    rules = Rules(entry, {key: value for key, value in given.items() if key != "input_shape"})
    channels = spread([line.row for line in lines], rules)
    moving = moving_padding(entry, given)
    kinds: dict[str, int] = {}
    columns: list[list[str]] = [[], [], [], []]
    places: list[str] = []
    for line in lines:
        row, condition = line
        number = kinds.setdefault(kind_text(entry, row, rules, moving), len(kinds))
        if row.kind == "Add" and row.name in channels:
            first, second = (channels[str(source)] for source in row.sources)
            condition = f"={first},{second}" if first != second else condition
        columns[0].append(row.name.replace(NAME, "*"))
        columns[1].append(f"+{number}" if row.nested else str(number))
        columns[2].append("." if row.nested else source_text(row, places))
        columns[3].append("." if row.nested else condition)
        if not row.nested:
            places.append(row.name)
    chain = CHAINS.get(entry.family, "")
    return "\n".join([chain, ";".join(rules.texts), "|".join(kinds), *(" ".join(column) for column in columns)])


def source_text(row: Row, places: list[str]) -> str:
    """Where the input of a layer comes from, counted back from it."""
    words = []
    for source in row.sources:
        if isinstance(source, str):
            # The last layer of that name: two heads may use one name.
            back = places[::-1].index(source) + 1 if source in places else 1
            words.append(str(back))
        else:
            words.append(f"~{source!r}")
    return "." if words in (["1"], []) else ",".join(words)


def moving_padding(entry: Entry, given: dict[str, Any]) -> dict[str, str]:
    """The layers whose padding depends on the input, with their rules."""
    if entry.family not in CHAINS:
        return {}
    seen: dict[str, list[Row]] = {}
    shapes = SHAPES if None not in given.get("input_shape", ()) else ((None, None, 3),)
    fixed = {key: value for key, value in given.items() if key != "input_shape"}
    for shape in SHAPES:
        for row in rows_of(build(entry, **marked(entry, **fixed, input_shape=shape))):
            if row.kind == "ZeroPadding2D":
                seen.setdefault(row.name, []).append(row)
    found = {}
    for name, rows in seen.items():
        if all(row.config == rows[0].config for row in rows) or (len(shapes) == 1 and name == "zero_padding2d"):
            continue
        kernel = 2 * rows[0].config["padding"][0][1] + 1
        fits = [
            level
            for level in range(len(sizes_after(entry, SHAPES[0])))
            if all(sizes_after(entry, shape)[level] == row.sizes for shape, row in zip(SHAPES, rows, strict=True))
        ]
        found[name] = f"$pad{kernel}@{fits[0]}"
    return found


def kind_text(entry: Entry, row: Row, rules: Rules, moving: dict[str, str]) -> str:
    """A layer's class and the options in which it differs from its skeleton."""
    words = [row.kind]
    defaults = skeletons.KEPT[row.kind]
    for option, value in row.config.items():
        word = value_text(value)
        if row.kind == "InputLayer":
            word = f"$in{level_of(entry, row)}@{'$channels' if value[3] == 3 else value[3]}"
        elif row.name in moving and option == "padding":
            word = moving[row.name]
        elif option == "filters" and row.name in rules.of_layer:
            word = f"${rules.of_layer[row.name]}"
        if value != defaults[option] or word[0] == "$":
            words.append(f"{option}={word}")
    return " ".join(words)


def level_of(entry: Entry, row: Row) -> int:
    """The level at which an input layer stands."""
    return sizes_after(entry, SHAPES[0]).index(tuple(row.config["batch_shape"][1:3])) if row.nested else 0


def value_text(value: Any) -> str:
    """A value as the text has it."""
    marks = {CLASSES: "$classes", ACTIVATION: "$activation", RATE: "$rate", MULTIPLIER: "$multiplier"}
    if isinstance(value, list):
        if any(isinstance(part, list) for part in value):
            return ";".join(value_text(part) for part in value)
        return ",".join(value_text(part) for part in value) + ("," if len(value) == 1 else "")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (str, int, float)) and value in marks:
        return marks[value]
    return repr(value) if isinstance(value, (int, float)) else str(value)


def variants(entry: Entry) -> dict[str, dict[str, Any]]:
    """The architectures of one model by their names in the file, with the options that make them."""
    found: dict[str, dict[str, Any]] = {entry.name: {}}
    if entry.family == "mobilenet_v3":
        found[f"{entry.name}.minimalistic"] = {"minimalistic": True}
    if entry.family == "nasnet":
        found[f"{entry.name}.open"] = {"input_shape": (None, None, 3)}
    return found


def main(only: list[str]) -> None:
    """Write the file; the architectures of other models than ``only`` stay as they are when it is not empty."""
    import keras

    if keras.__version__ != KERAS_VERSION:
        raise SystemExit(f"This needs Keras {KERAS_VERSION}; {keras.__version__} is installed.")
    texts = {}
    for entry in MODELS.values():
        for key, given in variants(entry).items():
            texts[key] = archive.read(key) if only and entry.name not in only else text_of(entry, given)
    data = archive.write(texts)
    TARGET.write_bytes(data)
    sys.stdout.write(f"{TARGET.name}: {len(data)} bytes for {len(texts)} architectures\n")


if __name__ == "__main__":
    main(sys.argv[1:])
