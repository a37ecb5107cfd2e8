"""Custom axes: directions between groups of rows, and plain dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.metadata import Column


@dataclass(frozen=True, slots=True)
class Axis:
    """A direction: from the centroid of the rows `start` to the centroid of the rows `end`.

    ``direction`` : (d,) float32, as TensorBoard not of length one
    """

    direction: npt.NDArray[np.float32]
    start_count: int
    end_count: int


def matching(column: Column, text: str, regex: bool = False) -> npt.NDArray[np.int64]:
    """Rows whose cell holds `text` (case ignored) or matches; ValueError for a bad expression.

    An empty text matches all rows, as in TensorBoard.
    """
    raise NotImplementedError


def axis(
    vectors: npt.NDArray[np.float32],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> Axis:
    """Return the direction between the centroids of two groups of rows; NaN rows are left out."""
    raise NotImplementedError


def along(
    vectors: npt.NDArray[np.float32], directions: Sequence[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Coordinates (n, k) float32 of the rows along directions."""
    raise NotImplementedError


def dimensions(vectors: npt.NDArray[np.float32], chosen: Sequence[int]) -> npt.NDArray[np.float32]:
    """Coordinates (n, k) float32: the chosen dimensions as they are."""
    raise NotImplementedError
