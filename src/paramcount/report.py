"""The result of a count: the one thing that every renderer takes."""

from __future__ import annotations

from paramcount import count
from paramcount.count import Amount, Reconciliation, Totals
from paramcount.model import PARAMETER_ROLES, Finding, Layer, Model, Role, Source, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NamedTuple
else:
    from paramcount.records import NamedTuple

SCHEMA_VERSION = 1
"""Version of the JSON form.  1: the first one."""


class Formulas(NamedTuple):
    """How far the second witness, the formula of each layer, bears out what was counted."""

    layers: int
    """Layers with weights."""
    agreeing: int
    """Those whose formulas give the very shapes that were found."""
    derived: bool
    """True when the formulas are all there is: nothing is stored that they could agree with."""


class Row(NamedTuple):
    """One layer with its totals, as a table shows it."""

    depth: int
    """0 for the layers of the model itself, 1 for the layers inside those, and so on."""
    layer: Layer
    totals: Totals
    """Of the layer and everything below it, every tensor once."""
    shared_with: tuple[str, ...] = ()
    """Paths of other top-level places that hold some of the same tensors."""

    @property
    def parameters(self) -> int | None:
        """Parameters of the row; None when nothing about them is known."""
        amount = self.totals.total
        return None if self.lower_bound and not amount.parameters else amount.parameters

    @property
    def lower_bound(self) -> bool:
        """Whether the layer, or one below it, has variables that are not known."""
        return self.totals.total.unknown > 0 or any(layer.unknown for layer in count.layers_of(self.layer))


class Report:
    """Totals, rows and findings of one model.

    ``report.total``, ``report.trainable`` and their like are exact numbers of parameters; None stands for
    "nothing known", never 0.  Iterating gives the rows of all levels, parents before children.

    Attributes:
        model: the facts that were counted.
        totals: amounts by role for the whole model.
        findings: what the user should know.
        lower_bound: True when some variables are not known, so that every number is "at least".
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._by_layer = count.tally_tree(model.root)
        self.totals: Totals = self._by_layer[id(model.root)]
        self.findings: tuple[Finding, ...] = model.findings
        self.unknown_layers = count.unknown_layers(model)
        self.lower_bound = bool(self.unknown_layers) or self.totals.total.unknown > 0
        self.sharing = count.sharing(model)

    @property
    def source(self) -> Source:
        """Where the model came from."""
        return self.model.source

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the model itself."""
        return self.model.root.children

    @property
    def total(self) -> int | None:
        """All parameters; None when nothing is known."""
        return self._known(self.totals.total)

    @property
    def trainable(self) -> int | None:
        """Parameters that an optimizer would change."""
        return self._known(self.totals.trainable)

    @property
    def frozen(self) -> int | None:
        """Parameters that only a ``trainable=False`` keeps from training."""
        return self._known(self.totals.frozen)

    @property
    def state(self) -> int | None:
        """Parameters that never train by design."""
        return self._known(self.totals.state)

    @property
    def undetermined(self) -> int | None:
        """Parameters of which the file does not say whether they train."""
        return self._known(self.totals.undetermined)

    @property
    def non_trainable(self) -> int | None:
        """What Keras calls non-trainable: frozen and state."""
        return self._known(self.totals.non_trainable)

    @property
    def tensors(self) -> int:
        """Number of tensors that make up the total."""
        return self.totals.total.tensors

    @property
    def logical_total(self) -> int | None:
        """Parameters before quantization: packed tensors unpacked, scales and zero points left out."""
        unique = {v.key: v for v in count.variables_of(self.model.root) if v.role in PARAMETER_ROLES}
        values = [v.parameters if v.logical is None else v.logical for v in unique.values()]
        return self._known(Amount(sum(value or 0 for value in values)))

    @property
    def quantized(self) -> bool:
        """Whether stored and logical numbers of parameters differ somewhere."""
        return any(v.logical is not None for v in count.variables_of(self.model.root))

    @property
    def formulas(self) -> Formulas:
        """How many of the layers with weights are as their formulas say."""
        owners = agreeing = 0
        for layer in count.layers_of(self.model.root):
            owned = [variable for variable in layer.variables if variable.role in PARAMETER_ROLES]
            owners += bool(owned)
            agreeing += bool(owned) and all(v.agrees for v in owned)
        return Formulas(owners, agreeing, self.source.derived)

    def _known(self, amount: Amount) -> int | None:
        """The number, or None where a 0 would only mean that nothing is known."""
        return None if self.lower_bound and not amount.parameters else amount.parameters

    def rows(self, depth: int | None = None) -> Iterator[Row]:
        """Rows down to ``depth`` levels (1: the model's own layers); None for all levels."""
        shared = self._shared_rows()
        stack = [(0, layer) for layer in reversed(self.layers)]
        while stack:
            level, layer = stack.pop()
            yield Row(level, layer, self._by_layer[id(layer)], shared.get(layer.path, ()))
            if depth is None or level + 1 < depth:
                stack.extend((level + 1, child) for child in reversed(layer.children))

    def __iter__(self) -> Iterator[Row]:
        return self.rows()

    def _shared_rows(self) -> dict[str, tuple[str, ...]]:
        """Layer path to the paths of the other layers that own some of the same tensors."""
        if not self.sharing:
            return {}
        owners: dict[str, list[str]] = {}
        for layer in count.layers_of(self.model.root):
            for variable in layer.variables:
                if variable.key in self.sharing:
                    owners.setdefault(variable.key, []).append(layer.path)
        found: dict[str, dict[str, None]] = {}
        for paths in owners.values():
            for path in paths:
                found.setdefault(path, {}).update((other, None) for other in paths if other != path)
        return {path: tuple(others) for path, others in found.items() if others}

    def variables(self) -> Iterator[Variable]:
        """Every variable of the layers, a shared one at each of its places."""
        return count.variables_of(self.model.root)

    @property
    def not_parameters(self) -> tuple[Variable, ...]:
        """Tensors that are stored with the model but are no parameters, such as optimizer slots."""
        return count.not_parameters(self.model)

    def reconcile(self) -> Reconciliation:
        """The sums that prove that rows, total and storage agree."""
        return count.reconcile(self.model, self._by_layer)

    def totals_of(self, layer: Layer) -> Totals:
        """Totals of one layer of this report."""
        return self._by_layer[id(layer)]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, as published in ``docs/schema.json``."""
        from paramcount.render.json import report_to_dict

        return report_to_dict(self)

    def __str__(self) -> str:
        from paramcount.render.text import render

        return render(self).rstrip("\n")

    def __repr__(self) -> str:
        bound = "at least " if self.lower_bound else ""
        total = "unknown" if self.total is None else f"{self.total:,}"
        trainable = "unknown" if self.trainable is None else f"{self.trainable:,}"
        if self.totals.undetermined.parameters:
            trainable = f"{trainable} to {(self.trainable or 0) + self.totals.undetermined.parameters:,}"
        name = self.source.path or self.model.root.name
        return f"<Report {name}: {bound}{total} parameters, {trainable} trainable, {self.tensors} tensors>"

    def _repr_html_(self) -> str:
        from paramcount.render.html import render

        return render(self)


__all__ = ["SCHEMA_VERSION", "Report", "Role", "Row"]
