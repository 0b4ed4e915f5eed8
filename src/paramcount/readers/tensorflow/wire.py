"""Which of TensorFlow's messages a file is: protocol buffers say nothing of themselves, so their fields must tell."""

from __future__ import annotations

from paramcount.containers.protobuf import Span, scan, whole
from paramcount.errors import ParamcountError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramcount.sources.bytesource import ByteSource

_LOOKED_AT = 16
"""Fields that are looked at; a message of another kind has shown itself by then."""
_NAME_LIMIT = 4096
_MESSAGE, _NUMBER = True, False

_GRAPH = {1: _MESSAGE, 2: _MESSAGE, 3: _NUMBER, 4: _MESSAGE, 5: _MESSAGE}
_NODE = {1: _MESSAGE, 2: _MESSAGE, 3: _MESSAGE, 4: _MESSAGE, 5: _MESSAGE, 6: _MESSAGE, 7: _MESSAGE}
_SAVED_MODEL = {1: _NUMBER, 2: _MESSAGE}
_META_GRAPH = {1: _MESSAGE, 2: _MESSAGE, 3: _MESSAGE, 4: _MESSAGE, 5: _MESSAGE, 6: _MESSAGE, 7: _MESSAGE}
_META_INFO = dict.fromkeys(range(1, 9), _MESSAGE) | {7: _NUMBER}
"""Numbers of the fields of each message, and whether they have a length."""


def looks_like_graph(source: ByteSource) -> bool:
    """Whether the bytes are those of a ``GraphDef``: its first node has a name and an operation, and all else fits."""
    found = _fields(whole(source), _GRAPH)
    if not found:
        return False
    node = next((value for number, value in found if number == 1), None)
    if node is None:
        library = next((value for number, value in found if number == 2), None)
        return isinstance(library, Span) and _holds_function(library)
    return isinstance(node, Span) and _is_node(node)


def looks_like_saved_model(source: ByteSource) -> bool:
    """Whether the bytes are those of a ``SavedModel``: a version, and graphs that look like such."""
    found = _fields(whole(source), _SAVED_MODEL)
    graphs = [value for number, value in found or () if number == 2 and isinstance(value, Span)]
    return bool(graphs) and all(_is_meta_graph(graph) for graph in graphs)


def looks_like_meta_graph(source: ByteSource) -> bool:
    """Whether the bytes are those of a ``MetaGraphDef``, as ``.meta`` files beside old checkpoints are.

    A graph begins with the same kinds of fields, so it must be none.
    """
    return _is_meta_graph(whole(source)) and not looks_like_graph(source)


def _is_meta_graph(span: Span) -> bool:
    found = _fields(span, _META_GRAPH)
    if not found:
        return False
    graphs = [value for number, value in found if number == 2 and isinstance(value, Span)]
    infos = [value for number, value in found if number == 1 and isinstance(value, Span)]
    if not graphs and not infos:
        return False
    return all(_fields(info, _META_INFO) is not None for info in infos) and all(
        _fields(graph, _GRAPH) is not None for graph in graphs
    )


def _holds_function(library: Span) -> bool:
    found = _fields(library, {1: _MESSAGE, 2: _MESSAGE, 3: _MESSAGE})
    function = next((value for number, value in found or () if number == 1), None)
    return isinstance(function, Span) and any(
        number == 3 and isinstance(value, Span) and _is_node(value)
        for number, value in _fields(function, dict.fromkeys(range(1, 9), _MESSAGE)) or ()
    )


def _is_node(span: Span) -> bool:
    """Whether a message has a name and the name of an operation."""
    found = dict(reversed(_fields(span, _NODE) or ()))
    return _is_word(found.get(1)) and _is_word(found.get(2))


def _is_word(value: int | Span | None) -> bool:
    """Whether a field is a name as TensorFlow makes them."""
    if not isinstance(value, Span) or not 0 < value.size <= _NAME_LIMIT:
        return False
    text = value.read()
    plain = text.translate(None, b"_./\\->:;~+ ")
    return text.isascii() and (not plain or plain.isalnum())


def _fields(span: Span, known: Mapping[int, bool]) -> list[tuple[int, int | Span]] | None:
    """The first fields of a message; None when they are not of the kinds that it has."""
    found: list[tuple[int, int | Span]] = []
    try:
        for number, value in scan(span):
            if known.get(number) is not isinstance(value, Span):
                return None
            found.append((number, value))
            if len(found) == _LOOKED_AT:
                break
    except ParamcountError:
        return None
    return found
