"""Finds nodes: by name, operation, device, shape or attribute.

Words are separated by spaces, and all must hold. ``op:``, ``device:``, ``shape:`` and ``attr:``
say what a word is looked for in; one without is a regular expression in the name, with no regard to
case where it has none itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.attributes import shape_text

if TYPE_CHECKING:
    from eventglass.app.core.graphs.model import Graph

Bools = npt.NDArray[np.bool_]
_FIELDS = ("op", "device", "shape", "attr")
_BLOCK = 20_000


def pattern_of(word: str) -> re.Pattern[str]:
    """Return the pattern a word means; what is no regular expression is taken literally."""
    flags = 0 if any(letter.isupper() for letter in word) else re.IGNORECASE
    try:
        return re.compile(word, flags)
    except (re.error, RecursionError, OverflowError):
        return re.compile(re.escape(word), flags)


def find_nodes(graph: Graph, text: str, cancelled: Callable[[], bool]) -> npt.NDArray[np.int64]:
    """Return the numbers of the nodes a search text means, in the order of the file."""
    wanted = np.ones(len(graph), bool)
    for word in text.split():
        field, _, rest = word.partition(":")
        if field in _FIELDS and rest:
            pattern = pattern_of(rest)
            if field == "op":
                wanted &= _among(graph.ops, graph.op_names, pattern)
            elif field == "device":
                wanted &= _among(graph.devices, graph.device_names, pattern)
            elif field == "shape":
                wanted &= _with_shape(graph, wanted, pattern_of(rest.replace("x", "×")), cancelled)
            else:
                wanted &= _with_attribute(graph, wanted, rest, cancelled)
        else:
            wanted &= _named(graph, wanted, pattern_of(word), cancelled)
    return np.flatnonzero(wanted).astype(np.int64)


def _named(
    graph: Graph, wanted: Bools, pattern: re.Pattern[str], cancelled: Callable[[], bool]
) -> Bools:
    search = pattern.search
    found = np.zeros(len(graph), bool)
    names = graph.names
    for begin in range(0, len(names), _BLOCK):
        if cancelled():
            return found
        part = names[begin : begin + _BLOCK]
        found[begin : begin + len(part)] = [search(name) is not None for name in part]
    return found & wanted


def _among(codes: npt.NDArray[np.int32], names: Sequence[str], pattern: re.Pattern[str]) -> Bools:
    fits = np.array([pattern.search(name) is not None for name in names] + [False], bool)
    return fits[codes]


def _with_shape(
    graph: Graph, wanted: Bools, pattern: re.Pattern[str], cancelled: Callable[[], bool]
) -> Bools:
    found = np.zeros(len(graph), bool)
    for count, node in enumerate(np.flatnonzero(wanted).tolist()):
        if count % 500 == 0 and cancelled():
            return found
        shapes = graph.output_shapes(node)
        found[node] = any(pattern.search(shape_text(shape)) for shape in shapes)
    return found


def _with_attribute(graph: Graph, wanted: Bools, text: str, cancelled: Callable[[], bool]) -> Bools:
    key, equals, value = text.partition("=")
    found = np.zeros(len(graph), bool)
    pattern = pattern_of(value)
    has = graph.attribute_rows(key) >= 0
    if not equals:
        return has
    for count, node in enumerate(np.flatnonzero(wanted & has).tolist()):
        if count % 500 == 0 and cancelled():
            return found
        attribute = graph.attribute(node, key)
        found[node] = attribute is not None and pattern.search(attribute.text) is not None
    return found
