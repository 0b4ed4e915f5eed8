"""Write what the constructors of Keras take, as tables that need no Keras to read.

Run with an environment that has Keras 3 and tf_keras, from the root of the repository:

    KERAS_BACKEND=tensorflow python scripts/make_signatures.py

It writes ``src/paramcount/layers/signatures_table.py`` (the constructors of the layers, cells, initializers,
regularizers and constraints) and ``src/paramcount/typed/operations_table.py`` (the functions of ``keras.ops`` and
the operation of the graph that each one makes).
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import FunctionType, ModuleType

ROOT = Path(__file__).resolve().parents[1] / "src" / "paramcount"
REQUIRED = "!"
GROUPS = ("initializers", "regularizers", "constraints")


def literal(value: object) -> str:
    """A default as text without blanks; anything but a plain value is None."""
    if isinstance(value, (list, tuple)):
        return "(" + "".join(literal(item) + "," for item in value) + ")"
    if value is None or isinstance(value, (bool, int, float, str)):
        text = repr(value)
        if set(text) & set(" |\\") or (isinstance(value, str) and set(value) & set("(),=")):
            raise ValueError(f"cannot write {text}")
        return text
    return "None"


def parameters(cls: type) -> list[tuple[str, str]]:
    """The constructor's parameters in order, each with its default as text."""
    found = []
    for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            found.append(("**", ""))
        elif parameter.kind is parameter.VAR_POSITIONAL:
            found.append(("*" + parameter.name, ""))
        else:
            required = parameter.default is parameter.empty
            keyword_only = "/" if parameter.kind is parameter.KEYWORD_ONLY else ""
            found.append((parameter.name + keyword_only, REQUIRED if required else literal(parameter.default)))
    return found


def popped(cls: type) -> list[str]:
    """Options that the constructor takes out of ``**kwargs`` itself."""
    names: list[str] = []
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if base.__name__ in {"Layer", "Operation"} or not isinstance(init, FunctionType):
            continue
        text = inspect.getsource(init)
        names += re.findall(r"kwargs\.pop\(\s*[\"'](\w+)", text) + re.findall(r"[\"'](\w+)[\"'] in kwargs", text)
    return sorted(set(names) - {"training"})


def line(name: str, cls: type) -> str:
    """One row of a table: the class, then its parameters."""
    known = parameters(cls)
    cells = [f"{key}={value}" if value not in {"", REQUIRED} else key + value for key, value in known]
    if ("**", "") in known:
        names = {key.rstrip("/") for key, _ in known}
        cells += ["?" + key for key in popped(cls) if key not in names]
    return "|".join([name, *cells])


def public_classes(module: ModuleType, base: type) -> dict[type, list[str]]:
    """The classes of a public module, each with all its public names, the one it is serialized under first."""
    names: dict[type, list[str]] = {}
    for name, value in sorted(vars(module).items()):
        if isinstance(value, type) and issubclass(value, base):
            names.setdefault(value, []).append(name)
    return {cls: sorted(found, key=lambda name: (name != serialized_name(cls), name)) for cls, found in names.items()}


def serialized_name(cls: type) -> str:
    """The class's name in a config."""
    from keras.src.api_export import get_name_from_symbol

    public = get_name_from_symbol(cls)
    return public.split(".")[-1] if public else cls.__name__


def layer_table(module: ModuleType, base: type) -> tuple[list[str], list[str]]:
    """The rows of a module's layers, and the other names that some of them have."""
    rows, aliases = [], []
    for cls, names in public_classes(module, base).items():
        rows.append(line(names[0], cls))
        others = set(names[1:]) | ({cls.__name__} - set(names))
        aliases += [f"{other}>{names[0]}" for other in sorted(others)]
    return sorted(rows), sorted(aliases)


def helper_table(keras: ModuleType) -> tuple[list[str], list[str]]:
    """The rows of initializers, regularizers and constraints, and their names in lower case."""
    rows, aliases = [], []
    for group in GROUPS:
        module = getattr(keras, group)
        names: dict[type, list[str]] = {}
        for name, value in sorted(vars(module).items()):
            if isinstance(value, type):
                names.setdefault(value, []).append(name)
        for cls, found in names.items():
            rows.append(line(f"{group}.{cls.__name__}", cls))
            aliases += [f"{group}.{name}>{group}.{cls.__name__}" for name in found if name != cls.__name__]
    return sorted(rows), sorted(aliases)


def operation_rows(ops: ModuleType) -> list[str]:
    """For each function of ``keras.ops``: the operation it makes, and where each of its parameters goes.

    A parameter that the operation's constructor takes goes into its config, the others into the call.
    """
    from keras.src.ops.operation import Operation

    rows = []
    for name, function in sorted(vars(ops).items()):
        if not isinstance(function, FunctionType):
            continue
        home = inspect.getmodule(function)
        made = re.findall(r"\b([A-Z]\w+)\([^()]*(?:\([^()]*\)[^()]*)*\)\.symbolic_call", inspect.getsource(function))
        cls = getattr(home, made[0], None) if len(set(made)) == 1 else None
        if home is None or not isinstance(cls, type) or not issubclass(cls, Operation):
            continue
        options = [key for key in inspect.signature(cls.__init__).parameters if key not in {"self", "name"}]
        cells = []
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
                break
            option = RENAMED.get((name, parameter.name), parameter.name)
            mark = ":" + option if option in options else ""
            default = "!" if parameter.default is parameter.empty else "=" + literal(parameter.default)
            cells.append(parameter.name + mark + default)
        else:
            rows.append("|".join([name, home.__name__.rpartition(".")[2], cls.__name__, *cells]))
    return sorted(rows + OTHER_OPERATIONS)


RENAMED = {("reshape", "newshape"): "newshape"}
"""Parameters that the constructor of the operation calls otherwise."""

OTHER_OPERATIONS = [
    "abs|numpy|Absolute|x!",
    "cast|core|Cast|x!|dtype:dtype!",
    "einsum|numpy|Einsum|subscripts:subscripts!|*operands",
    "pad|numpy|Pad|x!|pad_width:pad_width!|mode:mode='constant'|constant_values=None",
    (
        "image.resize|image|Resize|images!|size:size!|interpolation:interpolation='bilinear'|antialias:antialias=False"
        "|crop_to_aspect_ratio:crop_to_aspect_ratio=False|pad_to_aspect_ratio:pad_to_aspect_ratio=False"
        "|fill_mode:fill_mode='constant'|fill_value:fill_value=0.0|data_format:data_format=None"
    ),
]
"""Functions whose source says it in another way."""

HEAD = '''"""{title}

Made by ``scripts/make_signatures.py`` from {versions}; not edited by hand.
"""

from __future__ import annotations

'''


def text_of(name: str, rows: list[str], comment: str) -> str:
    """One table as a text constant that begins and ends with a line break, for a search by line."""
    return f'{name} = """\n' + "\n".join(rows) + f'\n"""\n"""{comment}"""\n'


def main() -> None:
    """Write both modules."""
    import keras
    import tf_keras

    rows, aliases = layer_table(keras.layers, keras.layers.Layer)
    old_rows, old_aliases = layer_table(tf_keras.layers, tf_keras.layers.Layer)
    helpers, helper_aliases = helper_table(keras)
    versions = f"Keras {keras.__version__} and tf_keras {tf_keras.__version__}"
    body = HEAD.format(title="What the constructors of Keras's layers take.", versions=versions)
    body += text_of("KERAS", rows, "Layers of Keras 3.") + "\n"
    body += text_of("KERAS_ALIASES", aliases, "Other names of layers of Keras 3.") + "\n"
    body += text_of("TF_KERAS", old_rows, "Layers of tf_keras.") + "\n"
    body += text_of("TF_KERAS_ALIASES", old_aliases, "Other names of layers of tf_keras.") + "\n"
    body += text_of("HELPERS", helpers, "Initializers, regularizers and constraints.") + "\n"
    body += text_of("HELPER_ALIASES", helper_aliases, "Their other names.")
    (ROOT / "layers" / "signatures_table.py").write_text(body, encoding="utf-8")
    body = HEAD.format(title="The functions of ``keras.ops`` and the operations they make.", versions=versions)
    body += text_of("OPERATIONS", operation_rows(keras.ops), "function|module|class|parameters")
    (ROOT / "typed" / "operations_table.py").write_text(body, encoding="utf-8")


if __name__ == "__main__":
    main()
