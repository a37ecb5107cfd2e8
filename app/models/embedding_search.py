"""Search among the rows of an embedding by what stands in its metadata."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.axes import matching
from eventglass.app.core.projector.metadata import Column, Metadata

#: Instead of a column's name: every column is searched.
EVERYWHERE = "\0any"


def split_pattern(text: str) -> tuple[str, bool]:
    """Return what is searched and whether it is a regular expression: written between slashes."""
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return text[1:-1], True
    return text, False


def find_rows(
    metadata: Metadata,
    text: str,
    column: str = EVERYWHERE,
    stopped: Callable[[], bool] = lambda: False,
) -> npt.NDArray[np.int64]:
    """Return the rows with `text`, ascending, (k,) int64.

    Without metadata, a number is the number of a row, from 0.

    Raises
    ------
    ValueError
        When a regular expression is none.
    """
    if not metadata.columns:
        number = text.strip().lstrip("#")
        inside = number.isdecimal() and int(number) < metadata.rows
        return np.array([int(number)] if inside else [], np.int64)
    own = metadata.column(column)
    columns: tuple[Column, ...] = metadata.columns if own is None else (own,)
    piece, is_regex = split_pattern(text)
    found = np.empty(0, np.int64)
    for each in columns:
        if stopped():
            break
        found = np.union1d(found, matching(each, piece, is_regex))
    return found
