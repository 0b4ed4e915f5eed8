"""What one reading of a text carries along."""

from __future__ import annotations

from paramcount.typed.limits import Budget
from paramcount.typed.naming import Namer
from paramcount.typed.refusal import SUPPORTED, VALUES, beyond, wrong
from paramcount.typed.values import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from paramcount.errors import ParamcountError
    from paramcount.typed.values import Model, Value

    History: TypeAlias = tuple[str, int, int]
    """Layer, node and tensor of an output, as in ``keras_history``."""
    ShapeOf: TypeAlias = Callable[[dict[str, Any], History], "tuple[int | None, ...] | None"]
    """Takes the config of a Functional model and one of its outputs; gives the output's shape with the batch axis."""


class Session:
    """One reading: where it is, what it may still do, which names are taken, which models were made.

    Attributes:
        where: the file's name, for messages.
        lines: whether messages name the line; a layer on the command line has but one.
        tf_keras: whether Keras stands for tf_keras everywhere.
        shape_of: asked for the shape of an output when the text uses one; None when nobody can tell.
        models: every model made, in order.
        seen: models that the text uses without a name.
        shapes: shapes of outputs that were asked for, by the output.
        keep: layers whose outputs stand in ``shapes``.
        passed: what was passed over because it hangs on something unknown.
        evaluator: gives the values of expressions.
    """

    def __init__(self, where: str, shape_of: ShapeOf | None = None, lines: bool = True) -> None:
        self.where = where
        self.lines = lines
        self.tf_keras = False
        self.budget = Budget(where)
        self.namer = Namer()
        self.shape_of = shape_of
        self.dtype: Value = "float32"
        self.models: list[Model] = []
        self.seen: list[Model] = []
        self.shapes: dict[tuple[int, int, int], tuple[int | None, ...] | None] = {}
        self.keep: list[object] = []
        self.passed: list[str] = []
        self.evaluator: Any = None

    def beyond(
        self, what: str, line: int, found: str = "", advice: str = "", expected: str = SUPPORTED
    ) -> ParamcountError:
        """The error for what is not read."""
        if not self.lines:
            return beyond(what, self.where, found=found, advice=advice or VALUES, expected="")
        return beyond(what, self.where, line, found=found, advice=advice, expected=expected)

    def wrong(self, what: str, line: int, found: str = "", advice: str = "") -> ParamcountError:
        """The error for what Keras would refuse."""
        return wrong(what, self.where, line if self.lines else 0, found=found, advice=advice)

    def weigh(self, line: int, value: Value) -> None:
        """Account for going through a nested structure once."""
        self.budget.spend(line, sum(1 for _ in walk(value)) // 8)
