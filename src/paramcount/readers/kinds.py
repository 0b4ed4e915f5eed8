"""Groups of a weights file that are no layers: optimizers, metrics and seed generators, told by name and shape."""

from __future__ import annotations

from paramcount.model import Role

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.readers.stored import StoredGroup

_METRIC_GROUPS = frozenset(
    {"metrics", "compile_metrics", "compiled_metrics", "compile_loss", "compiled_loss", "loss_metric"}
)
_METRIC_WORDS = ("tracker", "metric", "loss", "accuracy", "precision", "recall", "auc", "mean_")
_OPTIMIZERS = ("adam", "sgd", "rmsprop", "adagrad", "adadelta", "nadam", "ftrl", "lion", "lamb", "adafactor", "muon")


def kind_of(attribute: str, group: StoredGroup, top: bool) -> tuple[Role, str] | None:
    """The role of everything in ``group`` and why, when it is no layer; None for a layer.

    Args:
        attribute: the attribute of the model or layer under which it is stored.
        group: the group, which no config describes.
        top: whether it lies directly in the model.
    """
    plain = attribute.lstrip("_")
    if top and plain == "optimizer":
        return Role.OPTIMIZER, "state of the optimizer"
    if "optimizer" in plain and _starts_with_counter(group):
        return Role.OPTIMIZER, f"state of the optimizer {plain}"
    if group.name.lower().rstrip("_0123456789") in _OPTIMIZERS and _starts_with_counter(group):
        return Role.OPTIMIZER, f"state of the optimizer {group.name}"
    if top and plain in _METRIC_GROUPS:
        return Role.METRIC, "state of a compiled metric"
    if plain in ("seed_generator", "random_generator", "random_seed_generator") and _only_seeds(group):
        return Role.RNG, "state of a seed generator"
    if _only_scalars(group) and any(word in f"{plain} {group.name}".lower() for word in _METRIC_WORDS):
        return Role.METRIC, "running total of a metric"
    return None


def _starts_with_counter(group: StoredGroup) -> bool:
    """An optimizer stores its step counter first: one integer."""
    first = next(group.all_variables(), None)
    return first is not None and first.shape == () and first.dtype.startswith(("int", "uint"))


def _only_seeds(group: StoredGroup) -> bool:
    return all(v.shape == (2,) and v.dtype.startswith(("int", "uint")) for v in group.all_variables())


def _only_scalars(group: StoredGroup) -> bool:
    variables = list(group.all_variables())
    return bool(variables) and all(variable.shape == () for variable in variables)
