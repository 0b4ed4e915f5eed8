"""From the text of an architecture to a config in the form of ``to_json``.

The text has seven lines.  The first two are the sizes and the widths of ``rules``; the third has the kinds of layer,
each a class and the options in which it differs from its skeleton.  The other four have a word for each layer, in
Keras's order: its name (``*`` is the model's), its kind (``+`` inside the Sequential before it), where its input comes
from (layers back; ``.`` for the one before), and the condition on which it is there (``.`` for none).
"""

from __future__ import annotations

from paramcount.catalog.archive import read
from paramcount.catalog.rules import conditions, levels, number, padding, widths
from paramcount.catalog.signatures import refuse
from paramcount.catalog.skeletons import MERGING, head, skeleton

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paramcount.catalog.models import Entry

_WORDS = {"true": True, "false": False, "null": None}


def expand(entry: Entry, options: dict[str, Any]) -> dict[str, Any]:
    """The config of a model with options that ``signatures.checked`` has passed.

    Raises:
        UsageError: when Keras does not build the model for this ``alpha`` or ``input_shape``.
    """
    chain, rules, kinds, *columns = read(_key(entry, options)).split("\n")
    values = _Values(entry, options, chain, rules)
    name = values.name
    layers = _layers(values, [values.kind(text) for text in kinds.split("|")], [line.split(" ") for line in columns])
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": name,
            "trainable": True,
            "layers": layers,
            "input_layers": [layers[0]["name"], 0, 0],
            "output_layers": [layers[-1]["name"], 0, 0],
        },
        "registered_name": "Functional",
    }


def _key(entry: Entry, options: dict[str, Any]) -> str:
    """Which architecture of the file it is: two families have options that change the graph everywhere."""
    if entry.family == "nasnet" and options["input_shape"][1] is None:
        # Keras compares widths to see whether a cell must be fitted to the one before; open widths are all alike.
        return f"{entry.name}.open"
    return f"{entry.name}.minimalistic" if options.get("minimalistic") else entry.name


class _Values:
    """What stands for the words of an architecture's text in one model."""

    def __init__(self, entry: Entry, options: dict[str, Any], chain: str, rules: str) -> None:
        self.entry = entry
        self.shape = options["input_shape"]
        self.levels = levels(entry, chain, self.shape)
        self.holds = conditions(options)
        self.known: dict[str, Any] = dict(_WORDS)
        for number_, width in enumerate(widths(entry, rules, options.get("alpha", 1.0))):
            self.known[f"${number_}"] = width
        self.known["$classes"] = options["classes"]
        self.known["$activation"] = options["classifier_activation"]
        self.known["$rate"] = options.get("dropout", options.get("dropout_rate"))
        self.known["$multiplier"] = options.get("depth_multiplier")
        self.known["$channels"] = self.shape[2]
        self.name = _name(entry, options)

    def kind(self, text: str) -> tuple[str, dict[str, Any]]:
        """The class and config that the layers of one kind share."""
        class_name, *pairs = text.split(" ")
        config = skeleton(class_name)
        for pair in pairs:
            option, _, value = pair.partition("=")
            config[option] = self.value(value)
        return class_name, config

    def value(self, text: str) -> Any:
        """What a word stands for; ``;`` parts lists of lists, ``,`` lists."""
        if text in self.known:
            return self.known[text]
        if ";" in text:
            value: Any = [self.value(part) for part in text.split(";")]
        elif "," in text:
            value = [self.value(part) for part in text.split(",") if part]
        elif text[0] == "$":
            value = self.sized(text)
        else:
            value = number(text) if text[0] in "-0123456789" else text
        self.known[text] = value
        return value

    def sized(self, text: str) -> list[Any]:
        """``$pad3@2``: padding for a kernel of 3 at level 2; ``$in2@96``: an input shape there, of 96 channels."""
        first, _, second = text.partition("@")
        if first.startswith("$pad"):
            return padding(self.entry, self.shape, int(first[4:]), self.levels[int(second)])
        return [None, *self.levels[int(first[3:])], self.value(second)]

    def present(self, condition: str) -> bool:
        """Whether a layer on that condition is there; ``=1,2`` is that two widths are equal."""
        if condition[0] == "=":
            first, second = condition[1:].split(",")
            return bool(self.known[f"${first}"] == self.known[f"${second}"])
        return self.holds.issuperset(condition)


def _layers(values: _Values, kinds: list[tuple[str, dict[str, Any]]], columns: list[list[str]]) -> list[dict[str, Any]]:
    """The entries of all layers that are there."""
    layers: list[dict[str, Any]] = []
    # For each layer of the text its name, or that of the layer that takes its place.
    places: list[str] = []
    heads = [head(class_name) for class_name, _ in kinds]
    for name, kind, source, condition in zip(*columns, strict=True):
        class_name, config = kinds[int(kind)]
        if name[0] == "*":
            name = values.name + name[1:]  # noqa: PLW2901 - the name in the text is of no use any more.
        config = {**config, "name": name}
        module, public, registered = heads[int(kind)]
        entry: dict[str, Any] = {"module": module, "class_name": public, "config": config}
        entry["registered_name"] = registered
        if kind[0] == "+":
            layers[-1]["config"]["layers"].append(entry)
            continue
        if condition != "." and not values.present(condition):
            places.append(places[-1])
            continue
        if public == "Sequential":
            config["layers"] = []
        entry["name"] = name
        entry["inbound_nodes"] = _inbound(class_name, source, places)
        layers.append(entry)
        places.append(name)
    return layers


def _inbound(class_name: str, source: str, places: list[str]) -> list[dict[str, Any]]:
    """The call of a layer: with one tensor, with a list of them, or with a tensor and a number."""
    if source == ".":
        args: list[Any] = [_tensor(places[-1])] if places else []
    else:
        args = [_tensor(places[-int(word)]) if word[0] != "~" else number(word[1:]) for word in source.split(",")]
    if not args:
        return []
    return [{"args": [args] if class_name in MERGING else args, "kwargs": {}}]


def _tensor(layer: str) -> dict[str, Any]:
    """The only output of a layer, which every layer here has one of."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, 0, 0]}}


def _name(entry: Entry, options: dict[str, Any]) -> str:
    """The name of the model; MobileNet and MobileNetV2 make it of their options."""
    name = options["name"]
    if name is not None:
        return str(name)
    if entry.default:
        return "functional"
    try:
        return f"{entry.family.replace('_', '')}_{options['alpha']:0.2f}_{options['input_shape'][0]}"
    except OverflowError:
        refuse(entry, "alpha", options["alpha"], "a number that is not as large")
