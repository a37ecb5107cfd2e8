"""Custom axes: directions between groups of rows, and plain dimensions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.metadata import Column

_BLOCK_CELLS = 1 << 20


@dataclass(frozen=True, slots=True)
class Axis:
    """A direction: from the centroid of the rows `start` to the centroid of the rows `end`.

    ``direction`` : (d,) float32, as TensorBoard not of length one; zero where a group is empty
    """

    direction: npt.NDArray[np.float32]
    start_count: int
    end_count: int


def matching(column: Column, text: str, regex: bool = False) -> npt.NDArray[np.int64]:
    """Rows whose cell holds `text` (case ignored) or matches; ValueError for a bad expression.

    An empty text matches all rows, as in TensorBoard.
    """
    if not text:
        return np.arange(len(column.codes))
    if regex:
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"Not a regular expression: {error}") from error
        hits = [pattern.search(each) is not None for each in column.table]
    else:
        folded = text.casefold()
        hits = [folded in each.casefold() for each in column.table]
    # Missing cells have code -1: the last one.
    return np.flatnonzero(np.array([*hits, False])[column.codes])


def centroid(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], int]:
    """Mean (d,) of the chosen rows that are finite, and how many these are; zero without any."""
    total = np.zeros(vectors.shape[1])
    count = 0
    step = max(1, _BLOCK_CELLS // max(1, vectors.shape[1]))
    for begin in range(0, len(rows), step):
        block = vectors[rows[begin : begin + step]].astype(np.float64)
        block = block[np.isfinite(block).all(axis=1)]
        total += block.sum(axis=0)
        count += len(block)
    return total / max(1, count), count


def axis(
    vectors: npt.NDArray[np.float32],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> Axis:
    """Return the direction between the centroids of two groups of rows; NaN rows are left out."""
    begin, begin_count = centroid(vectors, start)
    stop, stop_count = centroid(vectors, end)
    direction = stop - begin if begin_count and stop_count else np.zeros(vectors.shape[1])
    return Axis(direction.astype(np.float32), begin_count, stop_count)


def along(
    vectors: npt.NDArray[np.float32], directions: Sequence[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Coordinates (n, k) float32 of the rows along directions: products, as TensorBoard's."""
    if not directions:
        return np.zeros((len(vectors), 0), np.float32)
    matrix = np.stack(directions, axis=1).astype(np.float64)
    made = np.empty((len(vectors), matrix.shape[1]), np.float32)
    step = max(1, _BLOCK_CELLS // max(1, vectors.shape[1]))
    for begin in range(0, len(vectors), step):
        with np.errstate(invalid="ignore", over="ignore"):
            made[begin : begin + step] = vectors[begin : begin + step].astype(np.float64) @ matrix
    made.flags.writeable = False
    return made


def dimensions(vectors: npt.NDArray[np.float32], chosen: Sequence[int]) -> npt.NDArray[np.float32]:
    """Coordinates (n, k) float32: the chosen dimensions as they are."""
    made = np.ascontiguousarray(vectors[:, list(chosen)])
    made.flags.writeable = False
    return made
