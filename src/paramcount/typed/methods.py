"""Methods of models, layers, outputs, lists, dicts and texts."""

from __future__ import annotations

from paramcount.typed.arithmetic import attempt, check_size, check_template
from paramcount.typed.attributes import attribute
from paramcount.typed.construct import flows_in, shown
from paramcount.typed.graph import call_layer
from paramcount.typed.values import Layer, Model, Tensor, Unknown, unknown_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.typed.expressions import Evaluator
    from paramcount.typed.session import Session
    from paramcount.typed.values import Value

PASSIVE = frozenset(
    "compile fit fit_generator evaluate evaluate_generator predict predict_generator predict_on_batch train_on_batch"
    " test_on_batch summary save save_weights load_weights export get_weights set_weights count_params to_json to_yaml"
    " get_config get_build_config reset_states reset_state reset_metrics compute_output_shape compute_output_spec"
    " compute_mask compute_loss add_loss add_metric adapt get_vocabulary vocabulary_size build_from_config"
    " stateless_call get_compile_config save_spec reset_from_config get_losses_for finalize_state get_metrics_result"
    " get_layer items make_train_function train_step test_step jit_compile get_input_at get_output_at"
    " get_initial_state call __call__ get_quantization_layer_structure state_updates".split()
)
"""Methods that change neither the layers of a model nor what is frozen."""
_PURE_OF_TEXTS = frozenset(
    "startswith endswith lower upper title strip lstrip rstrip split rsplit replace capitalize isdigit count find"
    " index partition rpartition isupper islower removeprefix removesuffix swapcase isalpha splitlines".split()
)


def call_method(
    evaluator: Evaluator, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """What ``owner.name(...)`` gives."""
    session = evaluator.session
    if isinstance(owner, Model):
        return _of_model(evaluator, owner, name, args, kwargs, line)
    if isinstance(owner, Layer):
        return _of_layer(evaluator, owner, name, args, kwargs, line)
    if isinstance(owner, Tensor):
        if name == "get_shape":
            return attribute(session, owner, "shape", line)
        raise session.beyond(f"`.{name}()` of an output of a layer is not read", line)
    if isinstance(owner, list):
        return _of_list(evaluator, owner, name, args, kwargs, line)
    if isinstance(owner, dict):
        return _of_dict(evaluator, owner, name, args, kwargs, line)
    if isinstance(owner, tuple) and name == "as_list":
        return list(owner)
    if isinstance(owner, str):
        return _of_text(session, owner, name, args, kwargs, line)
    if isinstance(owner, tuple) and name in {"index", "count"} and unknown_in([owner, args]) is None:
        session.weigh(line, [owner, args])
        return attempt(session, line, lambda: getattr(owner, name)(*args))
    return Unknown(f"`.{name}()` of {shown(owner)}", line)


def _of_model(
    evaluator: Evaluator, model: Model, name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """Methods of a model."""
    from paramcount.typed import sequential

    session = evaluator.session
    first = args[0] if args else next(iter(kwargs.values()), None)
    if name == "get_layer":
        return _get_layer(session, model, args, kwargs, line)
    if model.sequential and name == "add":
        sequential.add(session, model, first, line)
        return None
    if model.sequential and name == "pop":
        return sequential.pop(session, model, line)
    if name == "build":
        if model.sequential and first is not None:
            sequential.build(session, model, first, line)
        return None
    if name == "summary" and model not in session.seen:
        session.seen.append(model)
    return _of_layer(evaluator, model, name, args, kwargs, line)


def _get_layer(session: Session, model: Model, args: list[Value], kwargs: dict[str, Value], line: int) -> Layer:
    """``model.get_layer(name, index)``."""
    given = dict(zip(["name", "index"], args, strict=False))
    given.update(kwargs)
    unknown = unknown_in(list(given.values()))
    if unknown is not None:
        raise flows_in(session, unknown, "which layer is meant", line)
    session.budget.spend(line, len(model.members) // 4)
    index, name = given.get("index"), given.get("name")
    if isinstance(index, int):
        return attempt(session, line, lambda: model.layers()[index])  # type: ignore[no-any-return]
    for layer in model.members:
        if layer.name == name and not (layer.operation or (model.sequential and layer.class_name == "InputLayer")):
            return layer
    from paramcount.typed.refusal import near

    raise session.wrong(
        f"`{model.name}` has no layer {shown(name)}",
        line,
        advice=near(str(name), [item.name for item in model.layers()]),
    )


def _of_layer(
    evaluator: Evaluator, layer: Layer, name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """Methods of a layer."""
    session = evaluator.session
    if name in {"call", "__call__"}:
        return call_layer(session, layer, args, kwargs, line)
    if name in PASSIVE or name == "build":
        return Unknown(f"the result of `{layer.name}.{name}(...)`", line)
    raise session.beyond(
        f"`.{name[:80]}()` of a layer or model is not read", line, found=f"`{layer.name[:80]}.{name[:80]}(...)`"
    )


def _of_list(
    evaluator: Evaluator, items: list[Value], name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """Methods of a list."""
    session = evaluator.session
    if name in {"append", "insert"} and args:
        session.budget.size(line, len(items) + 1)
    if name == "extend" and len(args) == 1:
        if isinstance(args[0], Unknown):
            raise flows_in(session, args[0], "what a list is extended by", line)
        more = evaluator.sequence(args[0], line)
        session.budget.size(line, len(items) + len(more))
        items.extend(more)
        return None
    if name in {"append", "insert", "pop", "reverse", "clear", "copy"}:
        session.budget.spend(line, len(items) // 64)
        return attempt(session, line, lambda: getattr(items, name)(*args, **kwargs))
    if name in {"index", "count", "remove", "sort"}:
        session.weigh(line, [items, args])
        if unknown_in([items, args]) is None and not kwargs.get("key"):
            return attempt(session, line, lambda: getattr(items, name)(*args, **kwargs))
        if name in {"remove", "sort"}:
            raise session.beyond(f"`.{name}()` of a list with unknown values is not read", line)
    return Unknown(f"`.{name}()` of a list", line)


def _of_dict(
    evaluator: Evaluator, items: dict[Value, Value], name: str, args: list[Value], kwargs: dict[str, Value], line: int
) -> Value:
    """Methods of a dict."""
    session = evaluator.session
    session.weigh(line, args[:1])
    session.budget.spend(line, len(items) // 64)
    if args and isinstance(args[0], Unknown):
        if name in {"update", "setdefault", "pop"}:
            raise session.beyond("Changing a dict by an unknown value is not read", line)
        return Unknown(f"`.{name}()` of a dict with an unknown key", line)
    if name in {"items", "keys", "values"}:
        return [*items.items()] if name == "items" else [*items] if name == "keys" else [*items.values()]
    if name == "update":
        for other in [*args, kwargs]:
            if not isinstance(other, dict):
                raise session.beyond("Updating a dict by something else is not read", line)
            session.budget.size(line, len(items) + len(other))
            items.update(other)
        return None
    if name in {"get", "pop", "setdefault", "copy", "clear", "popitem"}:
        return attempt(session, line, lambda: getattr(items, name)(*args))
    return Unknown(f"`.{name}()` of a dict", line)


def _of_text(session: Session, text: str, name: str, args: list[Value], kwargs: dict[str, Value], line: int) -> Value:
    """Methods of a text that give a constant."""
    session.weigh(line, [args, kwargs])
    unknown = unknown_in([args, kwargs])
    if unknown is not None:
        return unknown
    parts = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else None
    if name == "join" and parts is not None and all(isinstance(item, str) for item in parts):
        session.budget.size(line, sum(len(item) + len(text) for item in parts))
        return text.join(parts)
    scalars = all(isinstance(item, (bool, int, float, str)) or item is None for item in [*args, *kwargs.values()])
    if name == "format" and scalars:
        check_template(session, text, line)
        pieces = sum(len(str(item)) for item in [*args, *kwargs.values()])
        session.budget.size(line, len(text) + text.count("{") * (pieces + 1000))
        result = attempt(session, line, lambda: text.format(*args, **kwargs))
        check_size(session, result, line)
        return result
    if name in {"zfill", "ljust", "rjust", "center"} and args and isinstance(args[0], int):
        session.budget.size(line, args[0])
        return attempt(session, line, lambda: getattr(text, name)(*args))
    if name in _PURE_OF_TEXTS:
        if name == "replace" and len(args) > 1 and isinstance(args[1], str):
            session.budget.size(line, (len(text) + 1) * (len(args[1]) + 1))
        return attempt(session, line, lambda: getattr(text, name)(*args, **kwargs))
    return Unknown(f"`.{name}()` of a text", line)
