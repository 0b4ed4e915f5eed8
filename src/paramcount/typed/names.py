"""What a name of the text stands for, and which part of Keras a dotted path means."""

from __future__ import annotations

from paramcount.layers.signatures import canonical
from paramcount.typed.values import Ref, Scope, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.values import Value

BUILTINS = frozenset(
    "abs all any bool dict enumerate filter float format frozenset getattr hasattr int isinstance len list map max min"
    " next object open pow print range repr reversed round set setattr slice sorted str sum super tuple type vars zip"
    " iter id input callable issubclass property staticmethod classmethod divmod chr ord hash bytes"
    " Exception ValueError TypeError ImportError RuntimeError NotImplementedError KeyError AssertionError".split()
)
_USUAL = {
    "tf": "tensorflow", "tensorflow": "tensorflow", "keras": "keras", "tf_keras": "tf_keras", "np": "numpy",
    "numpy": "numpy", "math": "math", "layers": "keras.layers", "models": "keras.models", "ops": "keras.ops",
    "K": "keras.backend", "backend": "keras.backend", "applications": "keras.applications", "plt": "matplotlib.pyplot",
    "regularizers": "keras.regularizers", "initializers": "keras.initializers", "constraints": "keras.constraints",
    "activations": "keras.activations", "utils": "keras.utils", "optimizers": "keras.optimizers", "os": "os",
    "callbacks": "keras.callbacks", "losses": "keras.losses", "metrics": "keras.metrics", "sys": "sys",
}  # fmt: skip
"""Names that pasted texts use without their import."""
_MODELS = frozenset({"Sequential", "Model", "Functional", "Input"})
_FUNCTIONS = frozenset("add subtract multiply average maximum minimum concatenate dot".split())
STAR = "*"
"""The name under which the module's scope keeps what ``from ... import *`` named."""
_PREFIXES = (
    "tensorflow.keras", "tensorflow.python.keras", "tensorflow.compat.v1.keras", "tensorflow.compat.v2.keras",
    "tensorflow._api.v2.keras", "keras.api._v2.keras", "keras.api", "keras.src", "keras._tf_keras.keras",
    "keras.engine", "keras.api._tf_keras.keras",
)  # fmt: skip


def look_up(scope: Scope, name: str, line: int, tf_keras: bool = False) -> Value:
    """The value of a name; what is defined nowhere is a usual import, a class of Keras, or unknown."""
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    if name in BUILTINS:
        return Ref(f"builtins.{name}")
    if name == "__name__":
        return "__main__"
    if name in _USUAL:
        return Ref(_USUAL[name])
    star = scope.holder(STAR)
    root = "tf_keras" if tf_keras or (star is not None and star.names[STAR] == "tf_keras") else "keras"
    if name in _MODELS or (name in _FUNCTIONS and star is not None) or canonical(name, root == "tf_keras") is not None:
        return Ref(f"{root}.layers.{name}" if name not in _MODELS else f"{root}.{name}")
    if name[:1].isupper() and _is_application(name):
        return Ref(f"keras.applications.{name}")
    return Unknown(f"`{name[:80]}`, which the text does not define", line)


def _is_application(name: str) -> bool:
    """Whether ``keras.applications`` has a model of exactly this name."""
    from paramcount import catalog

    return catalog.find(name) == name


def canonical_path(path: str) -> str:
    """A dotted path with Keras under one name: ``keras``, or ``tf_keras`` where the text imports that."""
    for prefix in _PREFIXES:
        if path == prefix or path.startswith(prefix + "."):
            return "keras" + path[len(prefix) :]
    for prefix in ("tf_keras.src", "tf_keras.api"):
        if path.startswith(prefix + "."):
            return "tf_keras" + path[len(prefix) :]
    return path
