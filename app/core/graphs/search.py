"""Nodes and groups found by name, op, attribute, shape or device."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.hierarchy import Hierarchy

#: So many names are matched between two looks at `cancelled`.
_CHUNK = 5000


class Where(StrEnum):
    """What is searched."""

    NAME = "name"
    OP = "op"
    ATTRIBUTE = "attribute"
    SHAPE = "shape"
    DEVICE = "device"


class BadPattern(ValueError):
    """The regular expression cannot be understood."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: a text, or a regular expression.

    Upper and lower case count only where the text has upper case letters. Attributes are matched as
    ``key=value``, shapes as ``?x28x28x1``.
    """

    words: str
    regex: bool = False
    where: Where = Where.NAME

    @property
    def any_case(self) -> bool:
        """Whether lower case matches upper case too."""
        plain = re.sub(r"\\.", "", self.words) if self.regex else self.words
        return not any(each.isupper() for each in plain)

    def matcher(self) -> Callable[[str], object]:
        """Return what says whether a text matches, in lower case for `any_case`.

        Raises `BadPattern`.
        """
        pattern = self.words if self.regex else re.escape(self.words)
        if self.where == Where.SHAPE and not self.regex:
            pattern = re.escape(re.sub(r"[\s,×*]+", "x", self.words.strip("[]() ")))
        try:
            return re.compile(pattern).search
        except (re.error, RecursionError, OverflowError) as error:
            raise BadPattern(str(error)) from error


def search(
    hierarchy: Hierarchy, query: Query, cancelled: Callable[[], bool] = lambda: False
) -> npt.NDArray[np.int64]:
    """Return the items that match, groups (searched by name only) before nodes.

    Raises `BadPattern`. What was found until `cancelled` is returned.
    """
    match = query.matcher()
    graph = hierarchy.graph
    if not query.words:
        return np.zeros(0, np.int64)
    lower = query.any_case
    if query.where == Where.NAME:
        names = hierarchy.lower_names if lower else graph.names
        found = _matching(names, match, cancelled)
        groups, names = hierarchy.group_names
        names = [name.lower() for name in names] if lower else names
        inside = [int(groups[at]) for at in _matching(names, match, cancelled)]
        # A group whose name matches only because that of the group around it does says nothing.
        chosen = set(inside)
        inside = [
            each
            for each in inside
            if int(hierarchy.parents[each]) not in chosen
            or match(hierarchy.label(each).lower() if lower else hierarchy.label(each))
        ]
        return np.array(inside + found, np.int64)

    def cased(names: list[str]) -> list[str]:
        return [name.lower() for name in names] if lower else names

    if query.where == Where.OP:
        codes = _matching(cased(graph.op_names), match, cancelled)
        return np.flatnonzero(np.isin(graph.ops, codes))
    if query.where == Where.DEVICE:
        codes = _matching(cased(graph.device_names), match, cancelled)
        return np.flatnonzero(np.isin(graph.devices, codes) & (graph.devices >= 0))
    numbers, words = graph.attribute_table
    if query.where == Where.SHAPE:
        words = [
            each.partition("=")[2].strip("[]").replace("×", "x")
            if each.startswith(("_output_shapes=", "shape="))
            else ""
            for each in words
        ]
    rows = np.flatnonzero(np.isin(numbers, _matching(cased(words), match, cancelled)))
    return np.unique(np.searchsorted(graph.attr_start, rows, side="right") - 1)


def _matching(
    names: list[str], match: Callable[[str], object], cancelled: Callable[[], bool]
) -> list[int]:
    found: list[int] = []
    for first in range(0, len(names), _CHUNK):
        if cancelled():
            break
        part = names[first : first + _CHUNK]
        found += [first + at for at, name in enumerate(part) if match(name)]
    return found
