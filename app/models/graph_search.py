"""Finds items by what one types: several words, each looked for in names or in something else.

Words are separated by spaces, and all must hold. ``op:``, ``device:``, ``shape:`` and ``attr:``
say what a word is looked for in; one without is looked for in names. All are regular expressions
where they can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.search import Query, Where, search

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy

FIELDS = {
    "op": Where.OP,
    "device": Where.DEVICE,
    "shape": Where.SHAPE,
    "attr": Where.ATTRIBUTE,
}


def queries_of(text: str) -> list[Query]:
    """Return what each word of a search text asks for."""
    found = []
    for word in text.split():
        field, _, rest = word.partition(":")
        where = FIELDS.get(field)
        if where is None or not rest:
            where, rest = Where.NAME, word
        # Shapes are written in several ways, which only plain words are made equal for.
        found.append(Query(rest, where is not Where.SHAPE and _is_regex(rest), where))
    return found


def find_items(
    hierarchy: Hierarchy, text: str, cancelled: Callable[[], bool] = lambda: False
) -> npt.NDArray[np.int64]:
    """Return the items a search text means, groups before nodes."""
    result: npt.NDArray[np.int64] | None = None
    for query in queries_of(text):
        found = search(hierarchy, query, cancelled).astype(np.int64)
        result = found if result is None else result[np.isin(result, found)]
    return np.empty(0, np.int64) if result is None else result


def _is_regex(word: str) -> bool:
    try:
        re.compile(word)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
